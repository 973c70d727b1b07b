"""What a search leaves behind: everything that its report is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jaxreg.methods.comparison import Comparison
from jaxreg.records import TrialRecord, best_trial
from jaxreg.text import Text


@dataclass(frozen=True)
class TestResult:
    """The winner measured once on the test set.

    `confusion[i][j]` counts images of class i predicted as j; its last column, one more than there are classes, those
    whose answer is not finite. `score` is by another metric than accuracy, with its standard error.
    """

    __test__ = False  # not a test class, whatever pytest makes of the name

    trial: int
    accuracy: float
    loss: float | None
    confusion: tuple[tuple[int, ...], ...]
    score: float | None = None
    score_error: float | None = None


@dataclass(frozen=True)
class Repetition:
    """The winner trained again with other seeds.

    Attributes:
      number: which repetition, from 1.
      trial_valid_score: on trial-valid, accuracy or the score of another metric.
      test_score: likewise on test.
      num_epochs: epochs trained.
      diverged: whether a loss or a weight was not finite.
      seconds: wall time.
    """

    number: int
    trial_valid_score: float
    test_score: float
    num_epochs: int
    diverged: bool
    seconds: float


@dataclass(frozen=True)
class Importance:
    """How much of the differences between the trials that count goes with each hyperparameter.

    Attributes:
      shares: of the variance of the trials' ranks in accuracy that lies between the values of each hyperparameter.
      by_chance: what these shares stay below in 95 of 100 studies where accuracy has nothing to do with any of them.
      num_trials: trials that count.
    """

    shares: Mapping[str, float]
    by_chance: Mapping[str, float]
    num_trials: int

    def tells(self, name: str) -> bool:
        """Says whether a hyperparameter goes with more than chance gives."""
        return self.shares[name] > self.by_chance[name]


@dataclass(frozen=True)
class StudyResults:
    """Everything a report is made from; nothing in it needs JAX, Optuna or the data.

    Attributes:
      config: the content of config.json.
      comparison: the methods that are compared, and the ranges of their hyperparameters.
      class_counts: images per class of each split, for "train", "epoch_valid", "trial_valid", "test".
      network: the winner's network as printed text in both languages (layer, output shape, parameters).
      trials: the finished trials in order of their numbers.
      importance: of each hyperparameter, or None where it cannot be told.
      test: the winner on test, or None where there is no winner (no trial that converged).
      seconds: wall time spent in trials and repetitions.
      again: the winner trained again.
    """

    config: Mapping[str, Any]
    comparison: Comparison
    class_counts: Mapping[str, tuple[int, ...]]
    network: Text
    trials: tuple[TrialRecord, ...]
    importance: Importance | None
    test: TestResult | None
    seconds: float
    again: tuple[Repetition, ...] = field(default=(), kw_only=True)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Returns the names of the classes 0..C-1."""
        tested = self.test.confusion if self.test else ()
        numbers = range(max(len(tested), *map(len, self.class_counts.values())))
        return tuple(self.config.get("class_names") or map(str, numbers))

    @property
    def best(self) -> TrialRecord | None:
        """Returns the trial of highest score on trial-valid, the earliest on a tie, or None."""
        return best_trial(self.trials)
