"""Families of contrasts: which cells or levels are compared, and what each comparison says."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from jaxreg.records import Cell, cell_name
from jaxreg.stats.intervals import (
    Errors,
    critical_values,
    detectable,
    errors,
    image_floor,
    probability_within,
    resolution,
)
from jaxreg.stats.judgement import LEAST_BLOCKS, Confirmation, Contrast, Decision, Estimate, Family, Terms

SUM_ALONE = "sum of both alone"  # what an interaction is compared with
Row = tuple[str, str, np.ndarray]  # left, right, and the weight of each cell


def families(confirmation: Confirmation, groups: Mapping[str, Sequence[Row]], terms: Terms) -> dict[str, Family]:
    """Returns the comparisons that the rows name, all of them judged together, as a family for each group."""
    rows = [row for group in groups.values() for row in group]
    if not rows or confirmation.scores.shape[1] < LEAST_BLOCKS:
        return {name: _unjudged(group, confirmation, terms) for name, group in groups.items()}
    parts = errors(np.array([row[2] for row in rows], float), confirmation.scores, confirmation.repeated)
    wide, narrow = critical_values(parts, (terms.level, 2 * terms.level), terms.draws, terms.seed)
    p_values: list[tuple[float | None, float | None]] = [(None, None)] * len(rows)
    if not confirmation.repeated:  # which Wilcoxon's test, of blocks that are independent, knows nothing of
        wilcoxon = [wilcoxon_p(by_block) for by_block in parts.by_block]
        p_values = list(zip(wilcoxon, holm(wilcoxon), strict=True))
    found, start = {}, 0
    for name, group in groups.items():
        own = slice(start, start + len(group))
        start = own.stop
        family = _family(group, confirmation, parts.some(own), (wide[own], narrow[own]), p_values[own], terms)
        floors = zip(image_floor(parts.some(own), terms.level, len(rows)), family.contrasts, strict=True)
        floor = min((float(f) for f, contrast in floors if contrast.decision == "undecided"), default=None)
        found[name] = family._replace(floor=floor)
    return found


def _family(
    rows: Sequence[Row],
    confirmation: Confirmation,
    parts: Errors,
    critical: tuple[np.ndarray, np.ndarray],
    p_values: Sequence[tuple[float | None, float | None]],
    terms: Terms,
) -> Family:
    """Returns the comparisons of one table; no interval reaches beyond what is possible."""
    if not rows:
        return Family(())
    margins = np.array([margin_of(confirmation, row[2], terms.margins) for row in rows])
    most = greatest(np.array([row[2] for row in rows]), confirmation)
    within, every = probability_within(parts, margins, terms.draws, terms.seed)
    wide, narrow = (_ends(parts, multiples, most) for multiples in critical)
    least, contrasts = resolution(confirmation.scores, confirmation.repeated), []
    for i, (left, right, _) in enumerate(rows):
        by_block = parts.by_block[i]
        difference = Estimate(float(by_block.mean()), float(parts.standard_errors[i]), *wide[i])
        contrasts.append(
            Contrast(
                left=left,
                right=right,
                difference=difference,
                decision=decide(difference, narrow[i], float(margins[i])),
                margin=float(margins[i]),
                narrow=narrow[i],
                within=float(within[i]),
                wilcoxon=p_values[i][0],
                holm=p_values[i][1],
                superiority=superiority(by_block),
                corrected_t=corrected_t_p(by_block, confirmation.overlap, least),
            )
        )
    seen = detectable(parts, critical[0])
    return Family(tuple(contrasts), seen if seen <= most.max() else None, within=every)


def _ends(parts: Errors, multiples: np.ndarray, most: np.ndarray) -> list[tuple[float, float]]:
    """Returns both ends of the intervals of contrasts that are at most so large."""
    reach = multiples * parts.standard_errors
    low, high = np.maximum(parts.values - reach, -most), np.minimum(parts.values + reach, most)
    return [(float(one), float(other)) for one, other in zip(low, high, strict=True)]


def _unjudged(rows: Sequence[Row], confirmation: Confirmation, terms: Terms) -> Family:
    contrasts = []
    for left, right, weights in rows:
        by_block = weights @ confirmation.scores.mean(axis=2)
        margin, share = margin_of(confirmation, weights, terms.margins), superiority(by_block)
        difference = Estimate(float(by_block.mean()))
        contrasts.append(Contrast(left, right, difference, "undecided", margin, None, None, None, None, share, None))
    return Family(tuple(contrasts))


def margin_of(confirmation: Confirmation, weights: np.ndarray, margins: Mapping[str, float]) -> float:
    """Returns the margin of a contrast: the largest of the factors whose methods it weighs differently.

    An interaction weighs none differently; its factors are those of whose methods it has several.
    """
    weighed, several = [], []
    for place, name in enumerate(confirmation.factors):
        totals: dict[str, float] = {}
        for cell, weight in zip(confirmation.cells, weights, strict=True):
            if weight:
                totals[cell[place]] = totals.get(cell[place], 0.0) + float(weight)
        if len(totals) > 1:
            several.append(margins[name])
        if any(abs(total) > 1e-9 for total in totals.values()):
            weighed.append(margins[name])
    return max(weighed or several)


def greatest(weights: np.ndarray, confirmation: Confirmation) -> np.ndarray:
    """Returns how large contrasts can be [M]: of shares half the sum of |w|, 1 for a pair and 2 for an interaction."""
    return np.abs(weights).sum(axis=1) / 2 if confirmation.are_shares else np.full(len(weights), np.inf)


def decide(difference: Estimate, narrow: tuple[float, float], margin: float) -> Decision:
    """Returns what a difference's simultaneous intervals say of it.

    "equivalent" where all of the narrow one, at the level of two one-sided tests (Schuirmann 1987), lies within the
    margin (even where it leaves out 0: too small to matter), else "better" or "worse" where the wide one leaves out 0,
    else "undecided".
    """
    assert difference.interval is not None
    low, high = difference.interval
    if -margin < narrow[0] and narrow[1] < margin:
        return "equivalent"
    if low > 0:
        return "better"
    return "worse" if high < 0 else "undecided"


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


def corrected_t_p(by_block: np.ndarray, overlap: float | None, least: float) -> float | None:
    """Returns the two-sided p of the corrected resampled t-test of Nadeau & Bengio 2003.

        t = mean / sqrt((1 / K + rho / (1 - rho)) s^2),   K - 1 degrees of freedom,

    rho the correlation of two blocks because they share training images. They take the share of test images of a
    resampling, which has no meaning here, where the test set is fixed and no part of the pool; we take the share of
    training images that two blocks have in common. That is conservative: initialisation and shuffling are fresh in
    every block, which lowers rho. An s smaller than `least`, a step that scores are counted in, is not believed.
    Where nobody knows the overlap there is no p.
    """
    if overlap is None:
        return None
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
