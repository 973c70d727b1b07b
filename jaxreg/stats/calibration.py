"""Whether the judgement keeps its promises: studies with known differences are simulated, judged and counted."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import t

from jaxreg.records import Cell
from jaxreg.stats.judge import comparisons, judge
from jaxreg.stats.judgement import Confirmation, Contrast, Estimate, Judgement, Repeated

DRAWS = 1000  # for each simulated study
PROMISING = 3  # simulated studies, the mean of whose promises is one
MOST_ANSWERS = 20_000_000  # of a simulated study; of more, fewer images are taken
SLIGHTLY = 0.01  # by so many logits a slope is taken
CHANCE = 0.1  # what a run that fails gets right
FACTORS = ("norm_type", "reg_type")

Expected = Mapping[tuple[str, str], float]  # true difference by left and right


class World(NamedTuple):
    """How runs differ: standard deviations on the scale of logits, chosen so that runs like the real ones come out.

    97 % are right, blocks spread by 0.3 points, and images are harder for one cell than for another: 0.06 points of
    standard error between two on 10,000 images.

    Attributes:
      ease: of images, on average.
      images: of how easy an image is for all cells.
      images_of_cells: of how much easier it is for one cell.
      blocks: of what all cells of a block have in common.
      runs: of what one run has for itself, tuning inside of the block too.
      tuned_once: of what a cell has in all blocks because it was tuned once.
      heavy: whether blocks and runs have the tails of t with 3 degrees of freedom.
      failing: the chance that a run of the first method of the first factor does not train.
      trainings: of each cell in a block, whose answers are averaged.
      draws: of what a draw of training images makes of each cell, where blocks share some (repeated hold-out).
    """

    ease: float = 6.0
    images: float = 2.6
    images_of_cells: float = 0.8
    blocks: float = 0.1
    runs: float = 0.12
    tuned_once: float = 0.0
    heavy: bool = False
    failing: float = 0.0
    trainings: int = 1
    draws: float = 0.0


WORLD = World()


class Calibration(NamedTuple):
    """Shares of simulated studies, or of what is judged in all of them; NaN where nothing of the kind is.

    Attributes:
      false_alarms: of studies in which some pair of equal cells was called better or worse.
      joint_coverage: of studies in which all pairs' intervals hold.
      best_coverage: of studies in which all distances from the best hold.
      kept: of cells that are truly best, or as good as others that are, which were found to be so perhaps.
      candidates: mean number of cells that may be best.
      effects_coverage: of studies in which the intervals of all factors' effects hold.
      primary_miss: of studies in which something of the two primary families does not hold.
      any_miss: of studies in which something of the five families does not hold.
      false_equivalence: of studies in which some pair was called equivalent that differs by the margin or more.
      cell_coverage: of cells whose own interval holds the true accuracy.
      power: of pairs that truly differ which were called so, and called so rightly.
      predicted: the difference that 80 % power was promised for, mean over studies.
      difference: the true difference of the last cell from the others.
    """

    false_alarms: float
    joint_coverage: float
    best_coverage: float
    kept: float
    candidates: float
    effects_coverage: float
    primary_miss: float
    any_miss: float
    false_equivalence: float
    cell_coverage: float
    power: float
    predicted: float
    difference: float


PRIMARY_MISS = Calibration._fields.index("primary_miss")


def simulate(
    rng: np.random.Generator, effects: np.ndarray, num_blocks: int, num_images: int, world: World = WORLD
) -> np.ndarray:
    """Returns the scores of the answers [C, K, N]: images and blocks are random and shared by cells.

    Whether each is right, or which share of the trainings is. `effects` [C] are added to the logits of each cell.
    """
    count = len(effects)
    of_images = rng.normal(0, world.images, num_images)
    of_images = of_images + rng.normal(0, world.images_of_cells, (count, 1, num_images))
    of_cells = world.ease + effects + rng.normal(0, world.tuned_once, count)
    common = world.blocks * _noise(rng, world, (1, num_blocks, 1))
    fails = rng.random((count, num_blocks, 1)) < world.failing * (np.arange(count) == 0)[:, None, None]
    scores = np.zeros((count, num_blocks, num_images), np.float32)
    for _ in range(world.trainings):
        of_runs = common + world.runs * _noise(rng, world, (count, num_blocks, 1))
        chances = expit((of_cells[:, None, None] + of_images + of_runs).astype(np.float32))
        scores += rng.random(chances.shape, np.float32) < np.where(fails, CHANCE, chances)
    return scores / world.trainings if world.trainings > 1 else scores.astype(bool)


def simulate_repeated(
    rng: np.random.Generator, effects: np.ndarray, num_blocks: int, design: Repeated, world: World = WORLD
) -> np.ndarray:
    """Returns the mean scores [C, K, 1] of blocks that draw training and test images, disjoint, from one pool.

    A training image adds to each cell what it would in every draw that has it, so that what two blocks have of that in
    common is the share of images that they share.
    """
    count, (tested, trained, pool) = len(effects), design
    of_images = rng.normal(0, world.images, pool) + rng.normal(0, world.images_of_cells, (count, pool))
    adds = rng.normal(0, world.draws / trained**0.5, (count, pool))
    scores = np.zeros((count, num_blocks, 1))
    for block in range(num_blocks):
        order = rng.permutation(pool)
        own = effects + world.blocks * _noise(rng, world, (1,)) + world.runs * _noise(rng, world, (count,))
        own = world.ease + own + adds[:, order[tested : tested + trained]].sum(axis=1)
        right = rng.random((count, tested)) < expit(own[:, None] + of_images[:, order[:tested]])
        scores[:, block, 0] = right.mean(axis=1)
    return scores


def _noise(rng: np.random.Generator, world: World, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_t(3, shape) / 3**0.5 if world.heavy else rng.standard_normal(shape)


def true_accuracies(effects: np.ndarray, world: World = WORLD) -> np.ndarray:
    """Returns the mean accuracy of each cell over all images, blocks and tunings that `simulate` draws from, [C]."""
    points, weights = np.polynomial.hermite_e.hermegauss(100)
    parts = (world.images, world.images_of_cells, world.blocks, world.runs, world.tuned_once, world.draws)
    spread = np.linalg.norm(parts)
    return expit(world.ease + effects[:, None] + spread * points) @ weights / weights.sum()


class Promise(NamedTuple):
    """What difference is found with a probability of 80 %; None where not even the largest that is possible is.

    Attributes:
      pairs: of two cells.
      effects: of two methods of a factor, averaged over the others; the largest factor's.
    """

    pairs: float | None
    effects: float | None


def promise(
    sizes: Sequence[int],
    num_blocks: int,
    num_images: int,
    accuracy: float,
    repeated: Repeated | None = None,
    level: float = 0.05,
) -> Promise:
    """Returns what a design would find, `sizes` the methods of each factor, if runs differ as `World` says.

    It is what the judgement of simulated studies promises, their mean. Images are as easy as makes this accuracy, and
    runs and blocks spread by as many points as those of `World`, at the most: on Fashion-MNIST, 84 % right, real
    ones do, where as many logits would spread them three times as far.
    """
    cells = tuple(product(*(map(str, range(size)) for size in sizes)))
    factors = tuple(f"factor {number}" for number in range(len(sizes)))
    margins = dict.fromkeys(factors, 1e-9)
    world = _as_easy_as(float(np.clip(accuracy, 0.02, 0.999)))
    images = min(num_images, max(MOST_ANSWERS // (len(cells) * num_blocks), 100))
    found = []
    equal = np.zeros(len(cells))
    for seed in range(PROMISING):
        rng = np.random.default_rng(seed)
        if repeated is None:
            scores = simulate(rng, equal, num_blocks, images, world)
        else:
            scores = simulate_repeated(rng, equal, num_blocks, repeated, world)
        given = Confirmation(factors, cells, scores, repeated=repeated)
        judgement = judge(given, margins=margins, level=level, draws=DRAWS, seed=seed)
        effects = [family.detectable for family in judgement.main_effects.values() if family.contrasts]
        found.append((judgement.pairs.detectable, max(effects, key=lambda seen: seen or np.inf, default=None)))
    return Promise(*(_mean(column) for column in zip(*found, strict=True)))


def _as_easy_as(accuracy: float) -> World:
    """Returns a world with this accuracy, in which runs and blocks move it by as much as in `WORLD` at the most."""
    around = np.array([-SLIGHTLY, 0.0, SLIGHTLY])
    ease = brentq(lambda ease: true_accuracies(around, World(ease=ease))[1] - accuracy, -40, 40)
    usual, own = (np.ptp(true_accuracies(around, world)) for world in (WORLD, World(ease=ease)))
    share = min(usual / own, 1.0)
    return World(ease=ease, runs=WORLD.runs * share, blocks=WORLD.blocks * share)


class Correlated(NamedTuple):
    """How blocks of repeated hold-out hang together.

    Attributes:
      correlation: of the difference of two equal cells in two blocks.
      held: the share of studies in which a 95 % interval of that difference holds, whose variance is corrected by no
        correlation, by the share of test images that blocks have in common, and by that of training images.
    """

    correlation: float
    held: tuple[float, ...]


def correlate(num_blocks: int, design: Repeated, world: World, studies: int) -> Correlated:
    """Returns what is found in so many simulated studies of two equal cells."""
    differences = np.empty((studies, num_blocks))
    for seed in range(studies):
        rng = np.random.default_rng((seed, num_blocks, *design))
        first, second = simulate_repeated(rng, np.zeros(2), num_blocks, design, world)[:, :, 0]
        differences[seed] = first - second
    means, variances = differences.mean(axis=1), differences.var(axis=1, ddof=1)
    shared = max(float(np.mean(means**2) / variances.mean()) - 1 / num_blocks, 0.0)
    reach = t.ppf(0.975, num_blocks - 1) * np.sqrt(variances)
    held = [
        float(np.mean(np.abs(means) <= reach * np.sqrt(1 / num_blocks + rho / (1 - rho))))
        for rho in (0.0, design.num_images / design.pool, design.num_trained / design.pool)
    ]
    return Correlated(shared / (1 + shared), tuple(held))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def calibrate(
    num_norms: int,
    num_regs: int,
    num_blocks: int,
    num_images: int,
    studies: int,
    *,
    effect: float = 0.0,
    world: World = WORLD,
    at_margin: bool = False,
    level: float = 0.05,
    repeated: Repeated | None = None,
) -> Calibration:
    """Returns how often the judgement of so many simulated `studies` is right.

    Each compares `num_norms` times `num_regs` cells, all equal but for the `effect` of the last, in logits; `level` is
    the error rate of each family. The margin is so small that nothing is ever equivalent, or what the last differs by.
    `repeated` has each block draw its images from a pool, in the place of `num_images` that all have in common.
    """
    rng = np.random.default_rng((num_norms, num_regs, num_blocks, num_images))
    known = _known(num_norms, num_regs, effect, world)
    truth = np.array([*known.truth.values()])
    counted = []
    for seed in range(studies):
        if repeated is None:
            scores = simulate(rng, known.effects, num_blocks, num_images, world)
        else:
            scores = simulate_repeated(rng, known.effects, num_blocks, repeated, world)
        given = known.nothing._replace(scores=scores, repeated=repeated)
        margins = dict.fromkeys(FACTORS, float(truth[-1] - truth[0]) if at_margin else 1e-9)
        judgement = judge(given, reference=given.cells[0], margins=margins, level=level, draws=DRAWS, seed=seed)
        counted.append(_count(judgement, known))
    means = np.ma.masked_invalid(counted).mean(axis=0).filled(np.nan)
    return Calibration(*[*map(float, means), float(truth[-1] - truth[0])])


def calibrate_looks(
    looks: Sequence[int], num_images: int, studies: int, *, shared: bool, effect: float = 0.0, level: float = 0.05
) -> float:
    """Returns the share of simulated studies, each looked at again and again, that ever say something false.

    That is something in the two primary tables of twelve cells, at any of the `looks`, which are numbers of blocks of
    the same study; the error rate is shared among them (`shared`), or each has all of it.
    """
    rng = np.random.default_rng((3, 4, max(looks), num_images))
    known, each = _known(3, 4, effect, WORLD), level / len(looks) if shared else level
    cells, ever = known.nothing.cells, 0
    for seed in range(studies):
        scores = simulate(rng, known.effects, max(looks), num_images)
        judged = partial(judge, reference=cells[0], margins=dict.fromkeys(FACTORS, 1e-9), draws=DRAWS, seed=seed)
        given = (known.nothing._replace(scores=scores[:, :blocks]) for blocks in looks)
        ever += any(_count(judged(one, level=each), known)[PRIMARY_MISS] for one in given)
    return ever / studies


class Known(NamedTuple):
    """What is true of simulated studies.

    Attributes:
      nothing: a study without scores.
      effects: of each cell, in logits, [C].
      truth: the accuracy of each cell.
      expected: true differences of each family of comparisons.
    """

    nothing: Confirmation
    effects: np.ndarray
    truth: Mapping[Cell, float]
    expected: Mapping[str, Expected]


def _known(num_norms: int, num_regs: int, effect: float, world: World) -> Known:
    """Returns what is true of cells that are all equal but for the effect of the last."""
    cells = tuple(product(map(str, range(num_norms)), map(str, range(num_regs))))
    effects = np.zeros(len(cells))
    effects[-1] = effect
    truth = true_accuracies(effects, world)
    nothing = Confirmation(FACTORS, cells, np.empty(0), chance=CHANCE if world.failing else None)
    expected: dict[str, dict[tuple[str, str], float]] = {}
    for groups in comparisons(nothing, truth.tolist(), cells[0]):
        for name, rows in groups.items():
            expected[name] = {(left, right): float(weights @ truth) for left, right, weights in rows}
            expected[name] |= {(right, left): -value for (left, right), value in expected[name].items()}
    return Known(nothing, effects, dict(zip(cells, map(float, truth), strict=True)), expected)


def _count(judgement: Judgement, known: Known) -> list[float]:
    """Returns what one study adds to each number of Calibration but the last."""
    expected, truth = known.expected, known.truth
    own = [_within(score.test, truth[score.cell]) for score in judgement.cells]
    pairs = [(c, expected["pairs"][c.left, c.right]) for c in judgement.pairs.contrasts]
    alarms = any(contrast.decided for contrast, value in pairs if not value)
    if not judgement.judged:
        return [alarms, *[np.nan] * 8, float(np.mean(own)), np.nan, np.nan]
    holds = {name: all(_holds(c, of) for c in judgement.families[name].contrasts) for name, of in expected.items()}
    best = all(
        _within(d.difference, truth[d.cell] - max(value for cell, value in truth.items() if cell != d.cell))
        for d in judgement.best.distances
    )
    effects = all(holds[name] for name in FACTORS)
    found = [contrast.decision == ("better" if value > 0 else "worse") for contrast, value in pairs if value]
    return [
        alarms,
        holds["pairs"],
        best,
        float(np.mean([cell in judgement.best.candidates for cell in truth if truth[cell] == max(truth.values())])),
        len(judgement.best.candidates),
        effects,
        not (best and effects),
        not (best and all(holds.values())),
        any(c.decision == "equivalent" and abs(value) >= (1 - 1e-9) * c.margin for c, value in pairs),
        float(np.mean(own)),
        float(np.mean(found)) if found else np.nan,
        judgement.pairs.detectable or np.nan,
    ]


def _holds(contrast: Contrast, expected: Expected) -> bool:
    return _within(contrast.difference, expected[contrast.left, contrast.right])


def _within(estimate: Estimate, value: float) -> bool:
    return estimate.interval is None or estimate.interval[0] <= value <= estimate.interval[1]
