"""What a report says, as plain values: made by `summarize`, drawn by `plots`, laid out by `page`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from jaxreg.engine.confusion import balanced_accuracy, macro_f1
from jaxreg.pages.markup import Picture
from jaxreg.pages.measure import MEASURES, Measure
from jaxreg.records import TrialRecord
from jaxreg.search.records import StudyResults, TestResult
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Factor, Method, Range

    Factors = tuple[tuple[Factor, tuple[Method, ...]], ...]

MAX_COLUMNS = 6  # of the picture of all cells
MANY_PANELS = 6  # a relation of more is drawn in two columns
FEW_TRIALS = 10  # the best of fewer trials than this says little about a cell, and is marked

Standing = Literal["leader", "level", "behind", "few", "empty"]
Evenness = Literal["even", "drawn", "uneven"]  # of classes: even, uneven as a draw of so few images, uneven


def is_short(given: Range) -> bool:
    """Says whether a logarithmic range has less than two powers of ten."""
    return given.high < 100 * given.low


def grid(comparison: Comparison) -> tuple[Factors, Factors]:
    """Returns the factors whose methods make the rows of the picture of all cells, and those that make its columns.

    Columns are the methods of the last factor; the other way round where these are many, for a page is not that wide.
    """
    others, last = comparison.factors[:-1], comparison.factors[-1:]
    return (last, others) if len(last[0][1]) > MAX_COLUMNS else (others, last)


@dataclass(frozen=True)
class Group:
    """The trials that share the methods of some factors, or of all of them: a cell.

    `label` names these methods in short. `accuracies` are the trial-valid accuracies of the trials that count, in the
    order of their numbers. `gap` is how far the group's best lies below the best of its leader, `resolution` two
    standard errors of that difference on the same images; `standing` follows from the two and from the number of
    trials.
    """

    methods: Mapping[str, str]
    label: Text
    accuracies: tuple[float, ...]
    diverged: int
    pruned: int
    best: float | None
    best_trial: int | None
    median: float | None
    gap: float | None = None
    resolution: float | None = None
    standing: Standing = "empty"

    @property
    def count(self) -> int:
        """Returns the number of trials that count."""
        return len(self.accuracies)

    @property
    def few(self) -> bool:
        """Says whether the group has trials, but too few for its best to be ranked."""
        return 0 < self.count < FEW_TRIALS


class Axis(NamedTuple):
    """The useful range of accuracy, low..high; `below` trials lie under it and are drawn in a band of their own."""

    low: float
    high: float
    below: int
    lowest: float | None


class History(NamedTuple):
    """The best trial-valid accuracy after each trial; None before the first trial that counts."""

    best_so_far: tuple[float | None, ...]
    improved: tuple[int, ...]


@dataclass(frozen=True)
class Panel:
    """One panel of a relation: the trials of one method.

    `near_best` is the range of the parameter among the trials that cannot be told from the panel's best, and
    `trend` the median accuracy in bins of the parameter's scale, as (lower edge, upper edge, median).
    """

    method: Method
    trials: tuple[TrialRecord, ...]
    count: int
    near_best: tuple[float, float, int] | None
    trend: tuple[tuple[float, float, float], ...]


class Relation(NamedTuple):
    """Accuracy against one hyperparameter of this range, in one panel for each method of a factor."""

    parameter: str
    range: Range
    by: Factor
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Confusion:
    """One kind of error on test: images of class `actual` predicted as `predicted`."""

    actual: int
    predicted: int
    count: int


class TestSummary(NamedTuple):
    """The winner on test, with the accuracy per class and the most frequent errors.

    The interval low..high, of 95 %, is of accuracy Wilson's, of other scores 1.96 standard errors to each side.
    `unanswered` images have no finite answer; they are wrong, and no error between two classes.
    """

    result: TestResult
    num_correct: int
    num_examples: int
    unanswered: int
    low: float
    high: float
    recall: tuple[float | None, ...]
    confusions: tuple[Confusion, ...]

    @property
    def score(self) -> float:
        """Returns what the winner reaches on test by the metric of the study."""
        return self.result.accuracy if self.result.score is None else self.result.score

    @property
    def balanced_accuracy(self) -> float:
        """Returns the mean accuracy per class over the classes that occur."""
        return balanced_accuracy(np.asarray(self.result.confusion))

    @property
    def macro_f1(self) -> float:
        """Returns the mean F1 per class over the classes that occur."""
        return macro_f1(np.asarray(self.result.confusion))


class Winner(NamedTuple):
    """The trial of highest trial-valid accuracy, the earliest on a tie, and what supports it.

    Attributes:
      trial: which.
      standard_error: of its accuracy, from the sampling of images.
      resolution: two standard errors of its difference to another trial on the same images, the median over the other
        trials that count; None without one.
      equal: trials of its accuracy, itself included.
      near: other trials that cannot be told from it on these images.
      near_cells: the cells that those lie in.
      test: what it does on test.
    """

    trial: TrialRecord
    standard_error: float
    resolution: float | None
    equal: int
    near: int
    near_cells: int
    test: TestSummary


class Split(NamedTuple):
    """Images per class of one split, 0..C-1."""

    name: str
    counts: tuple[int, ...]

    @property
    def ratio(self) -> float:
        """Returns the images of the largest class over those of the smallest that occurs."""
        return max(self.counts) / min(count for count in self.counts if count)

    @property
    def absent(self) -> frozenset[int]:
        """Returns the classes without an image."""
        return frozenset(label for label, count in enumerate(self.counts) if not count)


class Balance(NamedTuple):
    """How even the classes are in the split, of those that accuracy is measured on, where they are least so.

    `guess` is the accuracy there of always naming its largest class, `num_classes` the number of classes that occur
    in the data at all.
    """

    evenness: Evenness
    split: str
    guess: float
    num_classes: int


@dataclass(frozen=True)
class Summary(StudyResults):
    """One study, ready to be printed, drawn and laid out.

    `groups` has the trials of each method, by the names of the factors; `conclusion` plain-text lines, answer first;
    `figures` the figures that this study has data for. These two are in the language `lang`, and so is what is drawn.
    """

    cells: tuple[Group, ...]
    groups: Mapping[str, tuple[Group, ...]]
    axis: Axis
    history: History
    relations: Mapping[str, Relation]
    winner: Winner | None
    splits: tuple[Split, ...]
    balance: Balance
    lang: str
    conclusion: tuple[str, ...] = ()
    figures: tuple[Picture, ...] = ()

    @property
    def num_counted(self) -> int:
        """Returns the number of trials that neither diverged nor were pruned."""
        return sum(trial.counts for trial in self.trials)

    @property
    def measure(self) -> Measure:
        """Returns the metric in words."""
        return MEASURES[self.setting("metric") or "accuracy"]

    def setting(self, name: str) -> Any:
        """Returns a setting of config.json."""
        return self.config.get("settings", {}).get(name)
