"""Whether the judgement keeps its promises: studies with known differences are simulated, judged and counted."""

from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from jaxreg.records import Cell
from jaxreg.stats.judge import comparisons, judge
from jaxreg.stats.judgement import Confirmation, Estimate, Judgement

DRAWS = 1000  # for each simulated study
# On the scale of logits, so that runs like those of the default study come out: 97 % right, 0.3 points between blocks,
# and images that are harder for one cell than for another: 0.06 points of standard error between two on 10,000 images.
EASE, IMAGES, IMAGES_OF_CELLS, BLOCKS, RUNS = 6.0, 2.6, 0.8, 0.1, 0.12
NO_MARGIN = 1e-9  # what leaves out zero is then called better or worse, and never equivalent

Expected = Mapping[tuple[str, str], float]  # true difference by left and right


class Calibration(NamedTuple):
    """Shares of simulated studies, or of what is judged in all of them; NaN where nothing of the kind is.

    Attributes:
      false_alarms: of studies in which some pair of equal cells was called better or worse.
      coverage: of pairs whose simultaneous interval holds the true difference.
      joint_coverage: of studies in which all pairs' intervals hold.
      any_miss: of studies in which some interval of the five families does not hold.
      cell_coverage: of cells whose own interval holds the true accuracy.
      power: of pairs that truly differ which were called so, and called so rightly.
      predicted: the difference that 80 % power was promised for, mean over studies.
      difference: the true difference of the last cell from the others.
    """

    false_alarms: float
    coverage: float
    joint_coverage: float
    any_miss: float
    cell_coverage: float
    power: float
    predicted: float
    difference: float


def simulate(
    rng: np.random.Generator, effects: np.ndarray, num_blocks: int, num_images: int, ease: float = EASE
) -> np.ndarray:
    """Returns which images each run answers right, bool [C, K, N]: images and blocks are random and shared by cells.

    `effects` [C] are added to the logits of each cell, whose mean is `ease`.
    """
    of_images = rng.normal(0, IMAGES, num_images) + rng.normal(0, IMAGES_OF_CELLS, (len(effects), 1, num_images))
    of_runs = rng.normal(0, BLOCKS, (1, num_blocks, 1)) + rng.normal(0, RUNS, (len(effects), num_blocks, 1))
    chances = expit((ease + effects[:, None, None] + of_images + of_runs).astype(np.float32))
    return rng.random(chances.shape, np.float32) < chances


def true_accuracies(effects: np.ndarray, ease: float = EASE) -> np.ndarray:
    """Returns the mean accuracy of each cell over all images and blocks that `simulate` draws from, [C]."""
    points, weights = np.polynomial.hermite_e.hermegauss(100)
    spread = np.linalg.norm([IMAGES, IMAGES_OF_CELLS, BLOCKS, RUNS])
    return expit(ease + effects[:, None] + spread * points) @ weights / weights.sum()


def calibrate(
    num_norms: int,
    num_regs: int,
    num_blocks: int,
    num_images: int,
    studies: int,
    *,
    effect: float = 0.0,
    ease: float = EASE,
    level: float = 0.05,
) -> Calibration:
    """Returns how often the judgement of so many simulated `studies` is right.

    Each compares `num_norms` times `num_regs` cells, all equal but for the `effect` of the last, in logits, whose mean
    is `ease`; `level` is the error rate of each family.
    """
    rng = np.random.default_rng((num_norms, num_regs, num_blocks, num_images))
    cells = tuple(product(map(str, range(num_norms)), map(str, range(num_regs))))
    effects = np.zeros(len(cells))
    effects[-1] = effect
    truth = true_accuracies(effects, ease)
    expected: dict[str, dict[tuple[str, str], float]] = {}
    nothing = Confirmation(("norm_type", "reg_type"), cells, np.empty(0), overlap=0.0)
    for name, rows in comparisons(nothing, truth.tolist(), cells[0]).items():
        expected[name] = {(left, right): float(weights @ truth) for left, right, weights in rows}
        expected[name] |= {(right, left): -value for (left, right), value in expected[name].items()}
    counted = []
    for seed in range(studies):
        correct = simulate(rng, effects, num_blocks, num_images, ease)
        judgement = judge(
            nothing._replace(scores=correct), reference=cells[0], margin=NO_MARGIN, level=level, draws=DRAWS, seed=seed
        )
        counted.append(_count(judgement, expected, dict(zip(cells, truth, strict=True))))
    means = np.ma.masked_invalid(counted).mean(axis=0).filled(np.nan)
    return Calibration(*[*map(float, means), float(truth[-1] - truth[0])])


def _count(judgement: Judgement, expected: Mapping[str, Expected], truth: Mapping[Cell, float]) -> list[float]:
    """Returns what one study adds to each number of Calibration but the last."""
    held = {
        name: [_within(c.difference, of[c.left, c.right]) for c in judgement.families[name].contrasts]
        for name, of in expected.items()
    }
    pairs = [(c.decision, expected["pairs"][c.left, c.right]) for c in judgement.pairs.contrasts]
    found = [decision == ("better" if value > 0 else "worse") for decision, value in pairs if value]
    return [
        any(decision != "undecided" for decision, value in pairs if not value),
        float(np.mean(held["pairs"])) if judgement.judged else np.nan,
        all(held["pairs"]) if judgement.judged else np.nan,
        not all(all(family) for family in held.values()) if judgement.judged else np.nan,
        float(np.mean([_within(score.test, truth[score.cell]) for score in judgement.cells])),
        float(np.mean(found)) if found else np.nan,
        judgement.pairs.detectable or np.nan,
    ]


def _within(estimate: Estimate, value: float) -> bool:
    return estimate.low is None or estimate.high is None or estimate.low <= value <= estimate.high
