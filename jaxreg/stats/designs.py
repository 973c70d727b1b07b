"""Whether intervals hold for methods: whole verdicts are simulated, with the luck of tuning in them, and judged."""

from itertools import product
from typing import NamedTuple

import numpy as np

from jaxreg.stats.budget import winner_weights
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Confirmation

# How accuracy, in points, depends on learning rate (log10) and lambda: three normalizations with four penalties each, a
# fit to 106 random trials of the default study. The first and the third penalty have no effect, the others more where
# lambda is larger. Standard deviations are like those of real trials and runs.
CURVES = ((95.8, 0.45, -0.2, -0.3), (96.95, 0.45, -0.17, -2.7), (96.9, 0.12, -2.3, -0.5))  # level, slope, bend, penalty
PENALTIES = (0.0, 1.0, 0.0, 0.5)  # how much of lambda acts
RATES, LAMBDAS, MIDDLE = (np.log10(5e-4), np.log10(1e-2)), (-6.0, -2.0), -2.6
BLOCK, SHARED, OWN, SAMPLED = 0.2, 0.15, 0.2, 0.12  # of blocks, of runs of one key, of each run, of trial-valid images
MARGINS = {"norm_type": 1e-9, "reg_type": 1e-9}  # equivalence is not asked about
CELLS = tuple(product("abc", "0123"))


class Design(NamedTuple):
    """How a verdict tunes: `trials` of each cell in each block, of which the best of `budget` counts; or once."""

    blocks: int
    trials: int
    budget: int
    once: bool = False

    @property
    def trainings(self) -> int:
        """Returns how many a verdict of twelve cells makes."""
        return len(CELLS) * (self.trials + self.blocks if self.once else self.trials * self.blocks)


class Held(NamedTuple):
    """What came of a design in many studies, in points; the effect is that of one penalty against another without any.

    Attributes:
      error: standard deviation of the effect over studies.
      claimed: the standard error that was said, mean.
      effects: share of effects of penalties whose interval holds what such tuning leads to on average.
      together: share of studies in which all of the table hold.
      accuracy: of a tuned cell, on average.
    """

    error: float
    claimed: float
    effects: float
    together: float
    accuracy: float


def simulate_design(design: Design, studies: int, seed: int = 0) -> Held:
    """Returns how a design fares in simulated studies; the truth is the mean of twenty times as many, not judged."""
    rng = np.random.default_rng((seed, *design))
    truth = np.mean([_scores(design, rng) for _ in range(20 * studies)], axis=(0, 2))
    levels = truth.reshape(3, 4).mean(axis=0)
    effects, held = [], []
    claimed: list[float] = []
    for study in range(studies):
        scores = _scores(design, rng)
        given = Confirmation(tuple(MARGINS), CELLS, scores[:, :, None])
        family = judge(given, reference=CELLS[0], margins=MARGINS, draws=500, seed=study).main_effects["reg_type"]
        inside = []
        for contrast in family.contrasts:
            assert contrast.difference.interval is not None
            low, high = contrast.difference.interval
            inside.append(low <= levels[int(contrast.left)] - levels[int(contrast.right)] <= high)
        held.append(inside)
        effects.append(scores.reshape(3, 4, -1).mean(axis=(0, 2)) @ [-1, 0, 1, 0])
        claimed += [c.difference.standard_error or 0 for c in family.contrasts if {c.left, c.right} == {"0", "2"}]
    shares = np.array(held)
    numbers = np.std(effects, ddof=1), np.mean(claimed), shares.mean(), shares.all(axis=1).mean(), truth[4]
    return Held(*map(float, numbers))


def _scores(design: Design, rng: np.random.Generator) -> np.ndarray:
    """Returns each cell's score in each block of one study, [C, K]."""
    if not design.once:
        blocks = [_tuned_block(design, rng) for _ in range(design.blocks)]
        return np.stack(blocks, axis=1) + rng.normal(0, BLOCK, design.blocks)
    rates, lambdas = (
        rng.uniform(*RATES, (len(CELLS), design.trials)),
        rng.uniform(*LAMBDAS, (len(CELLS), design.trials)),
    )
    means = _means(rates, lambdas)
    valid = means + rng.normal(0, np.linalg.norm([SHARED, OWN, SAMPLED]), means.shape)
    chosen = np.take_along_axis(means, valid.argmax(axis=1)[:, None], axis=1)
    runs = rng.normal(0, OWN, (len(CELLS), design.blocks)) + rng.normal(0, SHARED, design.blocks)
    return chosen + runs + rng.normal(0, BLOCK, design.blocks)


def _tuned_block(design: Design, rng: np.random.Generator) -> np.ndarray:
    """Returns each cell's score in a block that tunes, [C]; trials of one index share rate, lambda and key."""
    shares = (
        np.stack([rng.permutation(design.trials) for _ in range(2)]) + rng.random((2, design.trials))
    ) / design.trials
    rates, lambdas = (low + (high - low) * share for (low, high), share in zip((RATES, LAMBDAS), shares, strict=True))
    means = _means(np.tile(rates, (len(CELLS), 1)), np.tile(lambdas, (len(CELLS), 1)))
    runs = means + rng.normal(0, SHARED, design.trials) + rng.normal(0, OWN, means.shape)
    valid = runs + rng.normal(0, SAMPLED, runs.shape)
    ranked = np.take_along_axis(runs, valid.argsort(axis=1), axis=1)  # of each cell the worst by trial-valid first
    return ranked @ winner_weights(range(design.trials), design.budget)


def _means(rates: np.ndarray, lambdas: np.ndarray) -> np.ndarray:
    """Returns the mean accuracy of runs of each cell at these learning rates and lambdas, all [C, trials]."""
    level, slope, bend, penalty = np.repeat(np.array(CURVES), len(PENALTIES), axis=0).T[..., None]
    acts = np.tile(np.array(PENALTIES), len(CURVES))[:, None]
    x = rates - MIDDLE
    return level + slope * x + bend * x**2 + penalty * np.log10(1 + acts * 10**lambdas / 1e-3)
