"""The trainings that claims ask for, as runs of the engine: each plan is the text of a spec."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import optuna

from jaxreg.claims.catalog import choose_claims, find_claims, find_networks
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import Run, RunSpec, decode, encode
from jaxreg.claims.train import Network, kind, train, train_together
from jaxreg.engine.experiment import Experiment, OnEpoch
from jaxreg.engine.folder_storage import PLAN
from jaxreg.text import Counted, Text, counted

WITH_RUNS = Counted("{n} claim with all its runs", "{n} claims with all their runs", "실행이 모두 끝난 주장 {n}개")
ENDED = Text("{what}: {accuracy} on test", "{what}: 테스트 {accuracy}")


@dataclass(frozen=True)
class Trainings(Experiment[RunSpec, Run]):
    """The runs of specs, each once."""

    config: ClaimsConfig
    specs: tuple[RunSpec, ...]

    @property
    def total(self) -> int:
        """Returns how many specs there are."""
        return len(self.specs)

    @cached_property
    def plans(self) -> Sequence[str]:
        """Returns the texts of the specs."""
        return tuple(spec.text() for spec in self.specs)

    @cached_property
    def _networks(self) -> Mapping[str, Network]:
        return find_networks(find_claims())

    def plan(self, trial: optuna.Trial) -> RunSpec:
        """Returns the spec."""
        return RunSpec.read(trial.user_attrs[PLAN])

    def kind(self, plan: RunSpec) -> Hashable:
        """Returns all but the numbers."""
        return kind(plan)

    def run(
        self, runs: Sequence[tuple[int, RunSpec]], size: int, on_epoch: OnEpoch
    ) -> Iterator[tuple[Run, dict[str, Any]]]:
        """Trains every epoch that a spec asks for."""
        specs = [spec for _, spec in runs]
        network = self._networks[specs[0].network]
        if size > 1 and len(specs) > 1:
            for run in train_together(self.config, self.dataset, network, specs, size):
                yield run, {}
            return
        for spec in specs:
            yield train(self.config, self.dataset, network, spec), {}

    def so_far(self, records: Sequence[Run]) -> tuple[Text, ClaimsConfig] | None:
        """Returns how many claims have all their runs, and the settings that measure these."""
        lab = Lab(self.config, self.dataset, self._networks, {run.spec.text(): run for run in records})
        ready = [claim.name for claim in choose_claims(self.config.only) if lab.is_enough_for(claim)]
        if not ready or self.config.share is not None:
            return None
        return counted(len(ready), WITH_RUNS), replace(self.config, only=tuple(ready))

    def value(self, record: Run) -> float:
        """Returns test accuracy."""
        return record.number("test_accuracy")

    def encode(self, record: Run) -> dict[str, Any]:
        """Returns spec and arrays."""
        return dict(encode(record))

    def decode(self, values: dict[str, Any]) -> Run:
        """Returns the run."""
        return decode(values)

    def describe(self, plan: RunSpec) -> str:
        """Returns what makes a spec."""
        numbers = {"l1": plan.l1, "l2": plan.l2, **dict(plan.numbers), "learning rate": plan.learning_rate}
        given = ", ".join(f"{name} {value:.2g}" for name, value in numbers.items() if value)
        return f"{plan.network} {plan.norm_type}, {given}, seed {plan.seed}"

    def outcome(self, record: Run) -> Text:
        """Returns what was trained and its accuracy."""
        return ENDED.format(what=self.describe(record.spec), accuracy=f"{record.number('test_accuracy'):.2%}")
