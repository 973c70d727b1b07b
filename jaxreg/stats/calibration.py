"""Whether the judgement keeps its promises: studies with known differences are simulated, judged and counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from jaxreg.stats.contrasts import all_pairs, decide
from jaxreg.stats.intervals import critical_value, detectable, errors
from jaxreg.stats.judgement import Cell, Estimate

DRAWS = 1000  # for each simulated study
# On the scale of logits, so that runs like those of the default study come out: 97 % right, 0.3 points between blocks.
EASE, IMAGES, BLOCKS, RUNS, ANSWERS = 5.0, 2.5, 0.25, 0.15, 1.0


class Calibration(NamedTuple):
    """Shares of simulated studies.

    Attributes:
      false_alarms: in which some pair of equal cells was called better or worse.
      coverage: of pairs whose simultaneous interval holds the true difference, in all studies together.
      joint_coverage: in which all intervals hold.
      power: of pairs that truly differ which were called so, and called so rightly; NaN where none differs.
      predicted: the difference that 80 % power was promised for, mean over studies.
      difference: the true difference of the last cell from the others.
    """

    false_alarms: float
    coverage: float
    joint_coverage: float
    power: float
    predicted: float
    difference: float


def simulate(rng: np.random.Generator, effects: np.ndarray, num_blocks: int, num_images: int) -> np.ndarray:
    """Returns which images each run answers right, bool [C, K, N]: images and blocks are random and shared by cells.

    Args:
      rng: the source of chance.
      effects: added to the logits of each cell, [C].
      num_blocks: K.
      num_images: N.
    """
    logits = EASE + rng.normal(0, IMAGES, num_images) + rng.normal(0, BLOCKS, (1, num_blocks, 1))
    logits = logits + rng.normal(0, RUNS, (len(effects), num_blocks, 1)) + effects[:, None, None]
    logits = logits + rng.normal(0, ANSWERS, (len(effects), num_blocks, num_images))
    return rng.random(logits.shape) < expit(logits)


def calibrate(
    num_cells: int, num_blocks: int, num_images: int, studies: int, *, effect: float = 0.0, level: float = 0.05
) -> Calibration:
    """Returns how often the judgement of simulated studies is right; the last cell differs by `effect` (in logits)."""
    rng = np.random.default_rng((num_cells, num_blocks, num_images))
    effects = np.zeros(num_cells)
    effects[-1] = effect
    truth = simulate(np.random.default_rng(0), effects, 400, num_images * 4).mean(axis=(1, 2))
    difference = float(truth[-1] - truth[:-1].mean()) if effect else 0.0
    cells = [Cell("none", str(i)) for i in range(num_cells)]
    weights = np.array([row[2] for row in all_pairs(cells, np.zeros(num_cells).tolist())])
    expected = weights[:, -1] * difference
    held, found, alarms, promised = [], [], [], []
    for study in range(studies):
        parts = errors(weights, simulate(rng, effects, num_blocks, num_images))
        critical = critical_value(parts, level, DRAWS, study)
        reach = critical * parts.standard_errors
        held.append(np.abs(parts.values - expected) <= reach)
        decisions = [
            decide(Estimate(v, None, v - r, v + r), margin=1e-9) for v, r in zip(parts.values, reach, strict=True)
        ]
        decided = np.array([d in ("better", "worse") for d in decisions])
        alarms.append(bool(decided[expected == 0].any()))
        found.append(decided & (np.sign(parts.values) == np.sign(expected)))
        promised.append(detectable(parts, critical))
    power = float(np.mean(np.array(found)[:, expected != 0])) if effect else float("nan")
    return Calibration(
        false_alarms=float(np.mean(alarms)),
        coverage=float(np.mean(held)),
        joint_coverage=float(np.all(held, axis=1).mean()),
        power=power,
        predicted=float(np.mean(promised)),
        difference=difference,
    )
