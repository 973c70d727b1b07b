"""Families of contrasts: which cells or levels are compared, and what each comparison says."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from jaxreg.records import Cell, cell_name
from jaxreg.stats.intervals import critical_values, detectable, errors, is_share, resolution
from jaxreg.stats.judgement import LEAST_BLOCKS, Confirmation, Contrast, Decision, Estimate, Family

SUM_ALONE = "sum of both alone"  # what an interaction is compared with
Row = tuple[str, str, np.ndarray]  # left, right, and the weight of each cell


def family(
    confirmation: Confirmation, rows: Sequence[Row], *, margin: float, level: float, draws: int, seed: int
) -> Family:
    """Returns the comparisons that the rows name, judged together; no interval reaches beyond what is possible."""
    if not rows:
        return Family((), None)
    weights = np.array([row[2] for row in rows], float)
    scores, overlap = confirmation.scores, confirmation.overlap
    if scores.shape[1] < LEAST_BLOCKS:
        by_block = weights @ scores.mean(axis=2)
        return Family(tuple(_unjudged(row, values) for row, values in zip(rows, by_block, strict=True)), None)
    parts = errors(weights, scores)
    critical = critical_values(parts, level, draws, seed)
    limits = greatest(weights) if is_share(scores) else np.full(len(weights), np.inf)
    least = resolution(scores)
    wilcoxon = [wilcoxon_p(by_block) for by_block in parts.by_block]
    reaches, adjusted = critical * parts.standard_errors, holm(wilcoxon)
    contrasts = []
    for i, ((left, right, _), by_block) in enumerate(zip(rows, parts.by_block, strict=True)):
        value = float(by_block.mean())
        low, high = float(max(value - reaches[i], -limits[i])), float(min(value + reaches[i], limits[i]))
        difference = Estimate(value, float(parts.standard_errors[i]), low, high)
        corrected = None if overlap is None else corrected_t_p(by_block, overlap, least)
        checks = wilcoxon[i], adjusted[i], superiority(by_block), corrected
        contrasts.append(Contrast(left, right, difference, decide(difference, margin), *checks))
    seen = detectable(parts, critical)
    return Family(tuple(contrasts), seen if seen <= limits.max() else None)


def greatest(weights: np.ndarray) -> np.ndarray:
    """Returns how large contrasts of shares can be [M]: half the sum of |w|, 1 for a pair and 2 for an interaction."""
    return np.abs(weights).sum(axis=1) / 2


def _unjudged(row: Row, by_block: np.ndarray) -> Contrast:
    difference = Estimate(float(by_block.mean()))
    return Contrast(row[0], row[1], difference, "undecided", None, None, superiority(by_block), None)


def decide(difference: Estimate, margin: float) -> Decision:
    """Returns what a simultaneous interval says of a difference.

    "equivalent" where all of it lies within the margin (even where it leaves out 0: too small to matter), else
    "better" or "worse" where it leaves out 0, else "undecided".
    """
    if difference.low is None or difference.high is None:
        return "undecided"
    if -margin < difference.low and difference.high < margin:
        return "equivalent"
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "undecided"


def wilcoxon_p(by_block: np.ndarray) -> float:
    """Returns the exact two-sided p of the Wilcoxon signed-rank test (1945), with zeros ranked after Pratt 1959.

    It is the share of all 2^K patterns of signs whose rank sum is as far from its middle as the observed one. Patterns
    are counted by their sums of doubled ranks, which are whole numbers even where there are ties.

    >>> wilcoxon_p(np.array([0.01, 0.02, 0.03]))
    0.25
    """
    differences = np.round(by_block, 12)  # equal accuracies are equal, whatever their sums were rounded to
    ranks = np.rint(2 * stats.rankdata(np.abs(differences))).astype(int) * (differences != 0)
    chances = np.zeros(ranks.sum() + 1)  # of each sum of the positive ranks
    chances[0] = 1
    for rank in ranks[ranks > 0]:
        chances[rank:] += chances[:-rank]
        chances /= 2
    from_middle = np.abs(2 * np.arange(len(chances)) - ranks.sum())
    return float(min(chances[from_middle >= abs(np.sign(differences) @ ranks)].sum(), 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values corrected for their number by Holm 1979: step down, never falling.

    >>> holm([0.125, 0.5, 0.25])
    [0.375, 0.5, 0.5]
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values, float)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return [float(p) for p in corrected]


def superiority(by_block: np.ndarray) -> float:
    """Returns the share of blocks in which the contrast is positive, zeros counting half."""
    return float(np.mean(np.sign(np.round(by_block, 12)) / 2 + 0.5))


def corrected_t_p(by_block: np.ndarray, overlap: float, least: float) -> float:
    """Returns the two-sided p of the corrected resampled t-test of Nadeau & Bengio 2003.

        t = mean / sqrt((1 / K + rho / (1 - rho)) s^2),   K - 1 degrees of freedom,

    rho the correlation of two blocks because they share training images. They take the share of test images of a
    resampling, which has no meaning here, where the test set is fixed and no part of the pool; we take the share of
    training images that two blocks have in common. That is conservative: initialisation and shuffling are fresh in
    every block, which lowers rho. An s smaller than `least`, a step that scores are counted in, is not believed.
    """
    num_blocks = len(by_block)
    spread = max(by_block.std(ddof=1), least)
    shared = overlap / (1 - overlap) if overlap < 1 else np.inf
    t = by_block.mean() / (spread * np.sqrt(1 / num_blocks + shared))
    return float(2 * stats.t.sf(abs(t), num_blocks - 1))


def against(cells: Sequence[Cell], reference: Cell | None) -> list[Row]:
    """Returns every other cell minus the reference."""
    if reference not in cells or reference is None:
        return []
    return [_minus(cells, cell, reference) for cell in cells if cell != reference]


def all_pairs(cells: Sequence[Cell], means: Sequence[float]) -> list[Row]:
    """Returns every pair of cells, the one of the higher mean first; pairs in the order of the means."""
    order = sorted(cells, key=lambda cell: -means[list(cells).index(cell)])
    return [_minus(cells, left, right) for left, right in combinations(order, 2)]


def main_effects(cells: Sequence[Cell], factor: int) -> list[Row]:
    """Returns the pairs of a factor's levels, averaged over the other factors; none unless all cells are there.

    `factor` is its place in the cells.
    """
    levels = list(dict.fromkeys(cell[factor] for cell in cells))
    if not _is_factorial(cells):
        return []
    share = {level: np.array([cell[factor] == level for cell in cells]) for level in levels}
    return [
        (right, left, share[right] / share[right].sum() - share[left] / share[left].sum())
        for left, right in combinations(levels, 2)
    ]


def interactions(cells: Sequence[Cell], reference: Cell | None) -> list[Row]:
    """Returns for each cell that has several methods beside the reference's what it does beyond their sum.

    (cell - reference) - sum of (each of its k methods alone - reference)
    """
    if reference not in cells or reference is None or not _is_factorial(cells):
        return []
    rows: list[Row] = []
    for cell in cells:
        own = [i for i, name in enumerate(cell) if name != reference[i]]
        if len(own) > 1:
            weights = np.zeros(len(cells))
            weights[list(cells).index(cell)] = 1
            weights[list(cells).index(reference)] = len(own) - 1
            for i in own:
                weights[list(cells).index((*reference[:i], cell[i], *reference[i + 1 :]))] = -1
            rows.append((cell_name(cell), SUM_ALONE, weights))
    return rows


def _is_factorial(cells: Sequence[Cell]) -> bool:
    return len(cells) == math.prod(len(set(levels)) for levels in zip(*cells, strict=True))


def _minus(cells: Sequence[Cell], left: Cell, right: Cell) -> Row:
    weights = np.zeros(len(cells))
    weights[list(cells).index(left)], weights[list(cells).index(right)] = 1, -1
    return cell_name(left), cell_name(right), weights
