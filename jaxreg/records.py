"""What one trial and one study leave behind: plain values, written by experiments, read by `stats` and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

LANGUAGES = ("en", "ko")  # of reports and answers

Cell = tuple[str, ...]  # the names of one method of each factor: ("batch", "l2")


def cell_name(cell: Cell) -> str:
    """Returns a cell as options and tables name it: batch/l2."""
    return "/".join(cell)


class Point(NamedTuple):
    """What a trial tries: the name of the method of each factor, and the hyperparameters of these methods."""

    methods: Mapping[str, str]
    params: Mapping[str, float]

    @property
    def cell(self) -> Cell:
        """Returns the cell that the point lies in."""
        return tuple(self.methods.values())


class OfCell:
    """What is of one cell."""

    methods: Mapping[str, str]

    @property
    def cell(self) -> Cell:
        """Returns the cell."""
        return tuple(self.methods.values())


class Scored(OfCell):
    """What has been measured on trial-valid."""

    trial_valid_accuracy: float
    trial_valid_score: float | None

    @property
    def score(self) -> float:
        """Returns what tuning maximises: trial-valid accuracy, or the score of another metric."""
        return self.trial_valid_accuracy if self.trial_valid_score is None else self.trial_valid_score


@dataclass(frozen=True)
class Curve:
    """Per-epoch values of one trial, in order of epochs 1, 2, ...; a loss that is not finite is None.

    Training values are averages over the epoch's examples, taken before each step's update; losses are
    the data term L0, without the penalty.
    """

    train_loss: tuple[float | None, ...]
    train_accuracy: tuple[float, ...]
    valid_loss: tuple[float | None, ...]
    valid_accuracy: tuple[float, ...]


@dataclass(frozen=True)
class TrialRecord(Scored):
    """One finished trial: what was tried, what came of it, and what is needed to run it again alone.

    `methods` has the name of the method of each factor, {"norm_type": "batch", "reg_type": "l2"}; `params` the
    hyperparameters that the cell has, by name. Accuracies are shares in 0..1, epochs count from 1, `key` is the raw
    data of the JAX key from which all of the trial's randomness derives, and `correct` says which trial-valid images
    the best epoch's weights answer right, eight to a byte (np.packbits). Where the metric is another than accuracy,
    `trial_valid_score` is what is maximised, and `scores` has that of each image (float32).
    """

    number: int
    methods: Mapping[str, str]
    params: Mapping[str, float]
    key: tuple[int, ...]
    num_epochs: int
    best_epoch: int
    train_accuracy: float
    train_loss: float | None
    epoch_valid_accuracy: float
    epoch_valid_loss: float | None
    trial_valid_accuracy: float
    trial_valid_loss: float | None
    diverged: bool
    pruned: bool
    seconds: float
    curve: Curve
    correct: bytes
    trial_valid_score: float | None = None
    scores: bytes = b""

    @property
    def counts(self) -> bool:
        """Says whether its accuracy can be compared: it trained to its end, with finite numbers."""
        return not self.diverged and not self.pruned


@dataclass(frozen=True)
class Choice(OfCell):
    """What tuning chose for one cell: the settings of its best trial, or in the middle of those of several blocks.

    Attributes:
      methods: of the cell, by factor.
      params: its hyperparameters.
      trial: number of the best trial; None where there is one in each block.
      score: on trial-valid, of that trial; or what is to be expected of the best.
    """

    methods: Mapping[str, str]
    params: Mapping[str, float]
    trial: int | None
    score: float


@dataclass(frozen=True)
class Winner(OfCell):
    """What tuning within one block chose for one cell.

    Attributes:
      block: which.
      methods: of the cell, by factor.
      weights: how much each of the cell's trials in this block counts; 1 together.
      trial: the best of them, from 0.
      params: its hyperparameters.
      score: its score on trial-valid.
    """

    block: int
    methods: Mapping[str, str]
    weights: tuple[float, ...]
    trial: int
    params: Mapping[str, float]
    score: float


@dataclass(frozen=True)
class RunRecord(Scored):
    """One run of the confirmation: a cell with hyperparameters, trained on one block and measured on the test set.

    Attributes:
      block: which draw of the images; from 0.
      trial: which of the block's runs of this cell, with its initialisation and shuffling; from 0.
      methods: of the cell, by factor.
      params: its hyperparameters.
      trial_valid_accuracy: share of the block's trial-valid images answered right, by which tuning chooses.
      test_accuracy: share of test images answered right.
      test_loss: mean loss L0 on the test set, None where it is not finite.
      train_accuracy: of the kept weights on the block's own training images.
      epoch_valid_accuracy: of the kept weights, by which they were chosen among the epochs.
      num_epochs: epochs trained.
      diverged: whether a loss or a weight was not finite.
      seconds: wall time.
      correct: which test images were answered right, eight to a byte (np.packbits).
      macro_f1: mean over classes of F1 on the test set; None in a record of before it was kept.
      trial_valid_score: by another metric than accuracy, what tuning maximises; None where that is accuracy.
      test_score: likewise the mean of `scores`.
      train_score: likewise on the block's own training images.
      scores: likewise of each test image (float32).
    """

    block: int
    trial: int
    methods: Mapping[str, str]
    params: Mapping[str, float]
    trial_valid_accuracy: float
    test_accuracy: float
    test_loss: float | None
    train_accuracy: float
    epoch_valid_accuracy: float
    num_epochs: int
    diverged: bool
    seconds: float
    correct: bytes
    macro_f1: float | None = None
    trial_valid_score: float | None = None
    test_score: float | None = None
    train_score: float | None = None
    scores: bytes = b""

    @property
    def judged(self) -> float:
        """Returns what is judged: accuracy on the test set, or the score of another metric."""
        return self.test_accuracy if self.test_score is None else self.test_score


def best_trial(trials: tuple[TrialRecord, ...]) -> TrialRecord | None:
    """Returns the winner: highest score on trial-valid among trials neither diverged nor pruned; earliest on a tie."""
    return max((t for t in trials if t.counts), key=lambda t: (t.score, -t.number), default=None)
