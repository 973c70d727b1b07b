"""What a comparison says, as plain values: every number that a verdict's words, tables and figures are made from."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from jaxreg.records import Cell

Decision = Literal["better", "worse", "equivalent", "undecided"]
Standing = Literal["best", "may be best", "behind", "undecided"]
LEAST_BLOCKS = 3  # with fewer no comparison is judged
ENOUGH_BLOCKS = 6  # with fewer, errors are too rough to be given more than K - 1 degrees of freedom


class Repeated(NamedTuple):
    """Repeated hold-out: each block draws its own test images, too, from the pool that all share.

    Attributes:
      num_images: the test images of a block.
      num_trained: its training images.
      pool: all images that blocks draw from; more than both together.
    """

    num_images: int
    num_trained: int
    pool: int

    @property
    def correlation(self) -> float:
        """Returns the most that two blocks' scores can be correlated by the images that they share.

        On average two blocks have a share of their training images in common, and a share of their test images; what
        either draw adds to a score is correlated by no more than its share, and what is drawn anew by nothing.
        """
        return max(self.num_images, self.num_trained) / self.pool

    @property
    def share(self) -> float:
        """Returns the share of the pool that a block tests on."""
        return self.num_images / self.pool

    def num_tested(self, num_blocks: int) -> float:
        """Returns how many different images are tested on in so many blocks, on average."""
        return self.pool * (1 - (1 - self.share) ** num_blocks)

    def inflation(self, num_blocks: int) -> float:
        """Returns by how much the variance of a mean over blocks is more than s^2 / K (Nadeau & Bengio 2003).

        1 + K rho / (1 - rho), rho the correlation: blocks without number still leave rho / (1 - rho) s^2.
        """
        return 1 + num_blocks * self.correlation / (1 - self.correlation)


def is_share(scores: np.ndarray) -> bool:
    """Returns whether scores are shares: all lie within 0..1."""
    return bool(scores.min() >= 0 and scores.max() <= 1)


class Confirmation(NamedTuple):
    """What was measured: C cells, each on the same K blocks, each run on the same N test images.

    Attributes:
      factors: the names of the factors that the cells have methods of.
      cells: the C cells.
      scores: of each answer to a test image, [C, K, N], of which more is better: whether it is right, or any finite
        number; one score a block, [C, K, 1], is a design without test images.
      train_scores: mean score of the kept weights on the run's own training images, float [C, K]; None if not known.
      overlap: the share of a block's training images that another block has too, on average; in 0..1; None likewise.
      chance: the score that guessing has, by which runs are found that did not train; None where there is no such.
      failed: the share of a cell's training in a block that failed, float [C, K] in 0..1, where a block has several
        trainings; where it is not given, `failures.failing_below` says by `chance` which runs failed.
      means_are_shares: whether mean scores are shares, which single ones need not be, as of balanced accuracy; None
        where that is so if all scores lie within 0..1.
      repeated: where each block has test images of its own; `scores` are then one a block, its mean.
    """

    factors: tuple[str, ...]
    cells: tuple[Cell, ...]
    scores: np.ndarray
    train_scores: np.ndarray | None = None
    overlap: float | None = None
    chance: float | None = None
    failed: np.ndarray | None = None
    means_are_shares: bool | None = None
    repeated: Repeated | None = None

    @property
    def are_shares(self) -> bool:
        """Returns whether mean scores are shares, within 0..1."""
        return is_share(self.scores) if self.means_are_shares is None else self.means_are_shares


class Terms(NamedTuple):
    """On which terms it is judged.

    Attributes:
      margins: by factor, what difference between its methods is of no practical meaning; above 0.
      level: error rate of each family of comparisons, above 0 and below 0.5.
      draws: random draws that simultaneous intervals are found with.
      seed: of these draws.
    """

    margins: Mapping[str, float]
    level: float
    draws: int
    seed: int


class Estimate(NamedTuple):
    """A mean over blocks with its standard error and interval; these are None where blocks are too few for them."""

    value: float
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Returns both ends of the interval, if there is one."""
        return None if self.low is None or self.high is None else (self.low, self.high)


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


class Failure(NamedTuple):
    """How often a cell did not train: the sum of its failed shares, and an interval of the share of blocks."""

    cell: Cell
    times: float
    low: float
    high: float


class Distance(NamedTuple):
    """How far a cell is from the best of the others; the intervals of all cells hold simultaneously (Hsu 1984).

    Attributes:
      cell: which.
      difference: its mean less the highest among the others; the interval is that of its distance from whichever is
        truly best of the others, and holds 0: it ends there for cells of which the sign is known.
      standing: "best" where no other may be, "behind" where the distance is not above 0, else "may be best".
      is_close: whether it lies less than the margin below each other that may be best.
    """

    cell: Cell
    difference: Estimate
    standing: Standing
    is_close: bool


class Best(NamedTuple):
    """Which cells may be best.

    Attributes:
      distances: of each cell, in the order of the means; none of a single cell.
      detectable: how far behind the best a cell has to be to be found so with a probability of 80 %.
      luck: how much too high the highest mean is on average where all that may be best are equally good.
    """

    distances: tuple[Distance, ...]
    detectable: float | None
    luck: float | None

    @property
    def candidates(self) -> tuple[Cell, ...]:
        """Returns the cells that may be best; all where nothing is judged."""
        return tuple(distance.cell for distance in self.distances if distance.standing != "behind")


class Contrast(NamedTuple):
    """`left` minus `right`, paired over blocks; its interval holds simultaneously with all that are judged with it.

    With fewer than three blocks there is no interval, no p, and nothing is decided.

    Attributes:
      left: what is compared: a cell, a level of a factor, or an interaction, as text.
      right: with what.
      difference: mean difference of scores with its simultaneous interval.
      decision: what intervals and margin say of `left`.
      margin: a smaller difference is of no practical meaning.
      narrow: both ends of the interval that equivalence is judged by, at the level of two one-sided tests: with twice
        the error rate.
      within: the probability that the difference is smaller than the margin, see `intervals.probability_within`.
      wilcoxon: p of the Wilcoxon signed-rank test over blocks, exact; None where these share test images.
      holm: the same after Holm's correction over all that are judged together.
      superiority: share of blocks where left is higher, ties counting half.
      corrected_t: p of the t-test with the variance of Nadeau and Bengio, a conservative check by itself;
        None where the overlap of blocks is not known.
    """

    left: str
    right: str
    difference: Estimate
    decision: Decision
    margin: float
    narrow: tuple[float, float] | None
    within: float | None
    wilcoxon: float | None
    holm: float | None
    superiority: float
    corrected_t: float | None

    @property
    def decided(self) -> bool:
        """Returns whether one is better."""
        return self.decision in ("better", "worse")


class Family(NamedTuple):
    """Contrasts of one table.

    Attributes:
      contrasts: in the order of the cells or levels.
      detectable: the difference that these blocks would find with a probability of 80 %; None where nothing is judged,
        or where it would be more than is possible.
      floor: half the interval of equivalence that the test images leave of those that are undecided, however many
        blocks there are, the least of them; None where none is.
      within: the probability that all differences are smaller than their margins.
    """

    contrasts: tuple[Contrast, ...]
    detectable: float | None = None
    floor: float | None = None
    within: float | None = None


class Judgement(NamedTuple):
    """All that the confirmation says.

    The two primary families, named before anything is measured, are the comparison with the best, and the effects of
    the methods of all factors, judged together. The other families are for a closer look.

    Attributes:
      level: the error rate of each family, 0.05 for intervals that hold together with 95 %.
      margins: by factor, what difference between its methods is of no practical meaning.
      num_blocks: K, the blocks that are judged.
      num_images: N, of each block where these have their own; 1 where there is one score a block.
      are_shares: whether mean scores are shares, within 0..1.
      cells: every cell by itself, best first.
      failures: of each cell, in the order of `cells`; none where it is not known what a failure is.
      failing: the score below which a run failed, where that decides it.
      incomplete: how many blocks are left out, because a run of a cell that trains in others failed there.
      best: the comparison with the best.
      reference: the cell that the others are compared with.
      against_reference: every other cell minus the reference.
      pairs: every pair of cells, the higher mean first.
      main_effects: by the name of each factor: pairs of its methods, averaged over the other factors.
      interactions: whether methods of several factors do more or less together than each alone; against the reference.
      repeated: where each block has test images of its own.
    """

    level: float
    margins: Mapping[str, float]
    num_blocks: int
    num_images: int
    are_shares: bool
    cells: tuple[CellScore, ...]
    failures: tuple[Failure, ...]
    failing: float | None
    incomplete: int
    best: Best
    reference: Cell | None
    against_reference: Family
    pairs: Family
    main_effects: Mapping[str, Family]
    interactions: Family
    repeated: Repeated | None = None

    @property
    def families(self) -> Mapping[str, Family]:
        """Returns all families of contrasts by the names of their tables; main effects are called as their factors."""
        first = {"against_reference": self.against_reference, "pairs": self.pairs}
        return first | dict(self.main_effects) | {"interactions": self.interactions}

    @property
    def num_families(self) -> int:
        """Returns how many families there are that each may be wrong by itself.

        Where one factor alone has several methods, pairs are effects; of two cells the only pair is all there is.
        """
        effects = sum(bool(family.contrasts) for family in self.main_effects.values()) > 1
        against = len(self.against_reference.contrasts)
        against_too = 0 < against < len(self.pairs.contrasts)
        others = bool(self.pairs.contrasts) + bool(self.interactions.contrasts)
        return bool(self.best.distances) + effects + against_too + others

    @property
    def num_open(self) -> int:
        """Returns how many comparisons of the two primary tables are open.

        In the first these are cells that may be best, where they are several, which are not close to it; in the second
        pairs of methods of which none is better and which are not equivalent.
        """
        rivals = [distance for distance in self.best.distances if distance.cell in self.best.candidates]
        of_cells = 0 if len(rivals) < 2 else sum(not distance.is_close for distance in rivals)
        effects = (contrast for family in self.main_effects.values() for contrast in family.contrasts)
        return of_cells + sum(contrast.decision == "undecided" for contrast in effects)

    @property
    def judged(self) -> bool:
        """Returns whether there are blocks enough to decide any comparison."""
        return self.num_blocks >= LEAST_BLOCKS
