"""The laboratory as statements see it: settings, data, and the runs that were asked for; nothing is trained here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from jaxreg.claims import train
from jaxreg.claims.claim import Claim
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.names import ALL_PENALTIES
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.core.train import Recipe
from jaxreg.data import Dataset, guessing
from jaxreg.methods.compose import numbers_for
from jaxreg.methods.method import Reading
from jaxreg.own import digest

K = TypeVar("K")
Rows = Mapping[K, Iterable[RunSpec]]


@dataclass(frozen=True)
class Lab:
    """Says what can be asked for, and shows the runs that were."""

    config: ClaimsConfig
    dataset: Dataset
    networks: Mapping[str, train.Network]  # by the names that specs give
    finished: Mapping[str, Run] = field(default_factory=dict)  # by the text of their specs

    @property
    def chance(self) -> float:
        """Returns the accuracy on the test set of whoever always answers its most frequent class."""
        return guessing(self.dataset.test_labels)

    def above_chance(self, share: float) -> float:
        """Returns the accuracy at a share of the way from chance to all right."""
        return self.chance + share * (1 - self.chance)

    def num_epochs(self, number: int) -> int:
        """Returns a claim's own number of epochs, or with `--smoke` that of the settings."""
        return self.config.epochs if self.config.smoke else number

    def spec(self, reg_type: str = "none", reg_lambda: float | None = None, **changes: Any) -> RunSpec:
        """Returns the spec of the study's network with a penalty, and what is to be different from the defaults."""
        config = self.config
        reading = Reading(config.penalty_divisor, changes.pop("l1_ratio", config.l1_ratio), config.penalty_scope)
        method = ALL_PENALTIES[reg_type]
        numbers = numbers_for([method], dict.fromkeys(method.space, reg_lambda or 0.0), reading)
        l1, l2 = numbers.pop("l1"), numbers.pop("l2")
        values: dict[str, Any] = {name: getattr(config, name) for name in ("learning_rate", "epochs", "batch_size")}
        values["train_size"] = config.sizes.train
        values |= {"l1": l1, "l2": l2, "method": reg_type if numbers else "", "numbers": tuple(numbers.items())}
        if (name := changes.get("network", train.CNN_NETWORK.name)) != train.CNN_NETWORK.name:
            values["network_digest"] = digest(self.networks[name])
        return RunSpec(**values | changes)

    def repeats(self, spec: RunSpec) -> tuple[RunSpec, ...]:
        """Returns the spec with each seed."""
        return tuple(replace(spec, seed=seed) for seed in range(self.config.seeds))

    def runs(self, spec: RunSpec) -> tuple[Run, ...]:
        """Returns the run of each seed."""
        return tuple(map(self.run, self.repeats(spec)))

    def rows(self, specs: Rows[K]) -> dict[K, tuple[tuple[Run, ...], ...]]:
        """Returns the runs of named rows of specs, [row][seed]."""
        return {name: tuple(map(self.runs, row)) for name, row in specs.items()}

    def run(self, spec: RunSpec) -> Run:
        """Returns one run.

        Raises:
          LookupError: no claim has asked for it.
        """
        try:
            return self.finished[spec.text()]
        except KeyError:
            raise LookupError(f"no claim that is measured asks for the run {spec.text()}") from None

    def is_enough_for(self, claim: Claim) -> bool:
        """Says whether all runs that a claim reads are there."""
        first = (run for spec in claim.asks(self) for run in self.repeats(spec))
        return self._has(first) and self._has(claim.asks_then(self))

    def diverged(self, claim: Claim) -> tuple[RunSpec, ...]:
        """Returns the runs that a claim reads in which a loss or a weight was not finite."""
        first = [run for spec in claim.asks(self) for run in self.repeats(spec)]
        read = {spec.text(): spec for spec in (*first, *claim.asks_then(self))}
        return tuple(spec for spec in read.values() if self.run(spec).number("diverged"))

    def _has(self, specs: Iterable[RunSpec]) -> bool:
        return all(spec.text() in self.finished for spec in specs)

    def recipe(self, spec: RunSpec) -> Recipe:
        """Returns what is static in a run."""
        return train.recipe(self.config, self.dataset, self.networks[spec.network], spec)

    def data(self, spec: RunSpec) -> train.Data:
        """Returns the splits of a run."""
        return train.data(self.config, self.dataset, self.networks[spec.network], spec)


def flat(rows: Callable[[Lab], Rows[Any]]) -> Callable[[Lab], Iterable[RunSpec]]:
    """Returns what asks for named rows of specs, one after the other."""
    return lambda lab: [spec for row in rows(lab).values() for spec in row]
