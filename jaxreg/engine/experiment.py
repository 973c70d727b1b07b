"""What an experiment tells the engine: which runs it has, how one is made, and what is kept of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import optuna
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler

from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables
from jaxreg.data import Dataset
from jaxreg.engine.config import TrainingConfig
from jaxreg.text import NOTHING, Text

Plan = TypeVar("Plan")
Record = TypeVar("Record")

OnEpoch = Callable[[int, int, Epoch], bool]
"""Is called with a run's number, an epoch and its measures; True ends the run, unless it is one of a population."""


def identity_of(config: TrainingConfig, dataset: Dataset) -> dict[str, Any]:
    """Returns what must be equal for an experiment to be continued or joined: settings and data.

    Of data that is their arrays, and the number of classes where there are more than labels.
    """
    data: dict[str, Any] = {"data_fingerprint": dataset.fingerprint}
    if dataset.num_classes > 1 + max(map(int, (dataset.train_labels.max(), dataset.test_labels.max()))):
        data["num_classes"] = dataset.num_classes
    return config.identity() | data


@dataclass(frozen=True)
class Experiment(ABC, Generic[Plan, Record]):
    """The runs of a search, of a confirmation or of claims, as all processes that work on them know them.

    A run is a pure function of the experiment and of its plan. The plans are all known before (`plans`), or each is
    suggested by a sampler when the run is taken, knowing the records of those that come `lookback` or more before it,
    and of no other: who works on the runs, and which ends first, leaves no trace.
    """

    config: TrainingConfig
    dataset: Dataset

    metric: ClassVar[str] = "test_accuracy"  # what a record's `value` is called in the storage

    @property
    def name(self) -> str:
        """Returns the name of the study that keeps the runs in the storage, `--study-name`."""
        return self.config.study_name

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Returns what must be equal for the runs to be continued or joined: settings and data."""
        return identity_of(self.config, self.dataset)

    @property
    @abstractmethod
    def total(self) -> int:
        """Returns how many runs there are."""

    @property
    def plans(self) -> Sequence[str] | None:
        """Returns the runs' plans as texts, all different, or None where they are suggested one by one."""
        return None

    @property
    def lookback(self) -> int | None:
        """Returns L, where run i knows the runs up to i - L and nothing of those after; None where it knows none."""
        return None

    def sampler(self) -> BaseSampler:
        """Returns who suggests."""
        return RandomSampler(self.config.seed)

    def pruner(self) -> BasePruner:
        """Returns who cuts runs short; nobody does unless `prunes`."""
        return NopPruner()

    @property
    def prunes(self) -> bool:
        """Returns whether runs may be cut short."""
        return False

    @abstractmethod
    def plan(self, trial: optuna.Trial) -> Plan:
        """Returns what a run does: from the text with its trial (`PLAN`), or as it is suggested.

        Raises:
          Foreign: somebody has given the trial what this experiment does not have.
        """

    @abstractmethod
    def kind(self, plan: Plan) -> Hashable:
        """Returns what runs must have in common to be trained in one program."""

    @abstractmethod
    def run(self, runs: Sequence[tuple[int, Plan]], size: int, on_epoch: OnEpoch) -> Iterator[tuple[Record, Variables]]:
        """Runs those of one kind, up to `size` at once; yields the record and the weights of each, in their order."""

    def rehearse(self, plan: Plan, size: int) -> None:
        """Compiles what runs of the plan's kind need, by one epoch of it that leaves nothing; nothing to do by default.

        A thread may do it beside runs of another kind.
        """

    def keep(self, folder: Path, ended: Sequence[Record], record: Record, variables: Variables) -> None:
        """Puts on disk what must be there before a run ends; `ended` are the records before it."""

    @abstractmethod
    def value(self, record: Record) -> float | None:
        """Returns what the storage calls the value of a run, None of one that was cut short."""

    @abstractmethod
    def encode(self, record: Record) -> dict[str, Any]:
        """Returns a record as JSON values."""

    @abstractmethod
    def decode(self, values: dict[str, Any]) -> Record:
        """Returns a record from its JSON values; a KeyError, TypeError or ValueError where they are none."""

    @abstractmethod
    def describe(self, plan: Plan) -> str:
        """Returns in a few words what a run tries: `batch/l2, learning_rate 0.0025`."""

    @abstractmethod
    def outcome(self, record: Record) -> Text:
        """Returns in a line what came of a run."""

    def best(self, records: Sequence[Record]) -> Text:
        """Returns in a line what is best so far, nothing where runs do not compete."""
        return NOTHING

    def so_far(self, records: Sequence[Record]) -> tuple[Text, TrainingConfig] | None:
        """Returns what records of a part of the runs are enough for, and the settings that report that; or None."""
        return None


class Foreign(Exception):
    """A trial in the storage has been given what its experiment does not have; the text says what."""
