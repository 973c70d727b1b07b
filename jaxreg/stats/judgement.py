"""What a comparison says, as plain values: every number that a verdict's words, tables and figures are made from."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from jaxreg.records import Cell

Decision = Literal["better", "worse", "equivalent", "undecided"]
LEAST_BLOCKS = 3  # with fewer no comparison is judged
ENOUGH_BLOCKS = 6  # with fewer, errors are too rough to be given more than K - 1 degrees of freedom


class Confirmation(NamedTuple):
    """What was measured: C cells, each on the same K blocks, each run on the same N test images.

    Attributes:
      factors: the names of the factors that the cells have methods of.
      cells: the C cells.
      scores: of each answer to a test image, [C, K, N], of which more is better: whether it is right, or any finite
        number; one score a block, [C, K, 1], is a design without test images.
      train_scores: mean score of the kept weights on the run's own training images, float [C, K]; None if not known.
      overlap: the share of a block's training images that another block has too, on average; in 0..1; None likewise.
    """

    factors: tuple[str, ...]
    cells: tuple[Cell, ...]
    scores: np.ndarray
    train_scores: np.ndarray | None = None
    overlap: float | None = None


class Estimate(NamedTuple):
    """A mean over blocks with its standard error and interval; these are None where blocks are too few for them."""

    value: float
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None


class CellScore(NamedTuple):
    """One cell by itself; intervals are pointwise.

    Attributes:
      cell: which.
      test: mean score on the test images.
      spread: standard deviation of the mean score over blocks.
      train: mean score on the training images, where it is known.
      gap: mean generalization gap, train minus test, where it is known.
      by_block: mean score on the test images in each block.
    """

    cell: Cell
    test: Estimate
    spread: float | None
    train: float | None
    gap: Estimate | None
    by_block: tuple[float, ...]


class Contrast(NamedTuple):
    """`left` minus `right`, paired over blocks; its interval holds simultaneously with all others of its family.

    With fewer than three blocks there is no interval, no p, and nothing is decided.

    Attributes:
      left: what is compared: a cell, a level of a factor, or an interaction, as text.
      right: with what.
      difference: mean difference of scores with its simultaneous interval.
      decision: what interval and margin say of `left`.
      wilcoxon: p of the Wilcoxon signed-rank test over blocks, exact.
      holm: the same after Holm's correction over the family.
      superiority: share of blocks where left is higher, ties counting half.
      corrected_t: p of the t-test with the variance of Nadeau and Bengio, a conservative check by itself;
        None where the overlap of blocks is not known.
    """

    left: str
    right: str
    difference: Estimate
    decision: Decision
    wilcoxon: float | None
    holm: float | None
    superiority: float
    corrected_t: float | None


class Family(NamedTuple):
    """Contrasts that are judged together.

    Attributes:
      contrasts: in the order of the cells or levels.
      detectable: the difference that these blocks would find with a probability of 80 %; None where nothing is judged,
        or where it would be more than is possible.
    """

    contrasts: tuple[Contrast, ...]
    detectable: float | None


class Judgement(NamedTuple):
    """All that the confirmation says.

    Attributes:
      level: the error rate of each family of contrasts, 0.05 for intervals that hold together with 95 %.
      margin: differences smaller than this are called equivalent; a share, 0.001 is 0.1 percentage points.
      num_blocks: K.
      num_images: N.
      cells: every cell by itself, best first.
      reference: the cell that the others are compared with.
      against_reference: every other cell minus the reference.
      pairs: every pair of cells, the higher mean first.
      main_effects: by the name of each factor: pairs of its methods, averaged over the other factors.
      interactions: whether methods of several factors do more or less together than each alone; against the reference.
    """

    level: float
    margin: float
    num_blocks: int
    num_images: int
    cells: tuple[CellScore, ...]
    reference: Cell | None
    against_reference: Family
    pairs: Family
    main_effects: Mapping[str, Family]
    interactions: Family

    @property
    def families(self) -> Mapping[str, Family]:
        """Returns all families by the names that tables have for them; main effects are called as their factors."""
        first = {"against_reference": self.against_reference, "pairs": self.pairs}
        return first | dict(self.main_effects) | {"interactions": self.interactions}

    @property
    def judged(self) -> bool:
        """Returns whether there are blocks enough to decide any comparison."""
        return self.num_blocks >= LEAST_BLOCKS
