"""Which cells may be best: each is compared with the best of the others.

Multiple comparisons with the best, constrained: Hsu 1984 (The Annals of Statistics 12: 1136-1144); for unequal
variances each cell in turn is the control of one-sided comparisons (Hsu 1996, Multiple Comparisons, chapter 4). With
s_ij the standard error of a pair, and c_i such that, with 1 - level, no mean lies more than c_i s_ij further below the
mean of i than it truly does,

    high_i = max(0, min_j (Y_i - Y_j + c_i s_ij)),         G = the cells with high_i > 0,
    low_i  = 0 if G = {i}, else min(0, min_{j in G, j != i} (Y_i - Y_j - c_j s_ij)).

All hold together, because all follow from the bounds of the one cell that is best: no correction for the number of
cells in its place is needed. We take the constrained form: which cells may be best is the question, for which it is
sharper than the unconstrained one and much sharper than all pairs; by how much one is better, the pairs say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from jaxreg.stats.contrasts import greatest, margin_of
from jaxreg.stats.intervals import detectable, errors, luck, one_sided_values
from jaxreg.stats.judgement import LEAST_BLOCKS, Best, Confirmation, Distance, Estimate, Standing, Terms


def with_best(confirmation: Confirmation, means: Sequence[float], terms: Terms) -> Best:
    """Returns how far each cell is from the best of the others; `means` are those of the cells."""
    cells, scores, count = confirmation.cells, confirmation.scores, len(confirmation.cells)
    if count < 2:
        return Best((), None, None)
    order = sorted(range(count), key=lambda i: -means[i])
    others = [order[1] if i == order[0] else order[0] for i in range(count)]
    values = [means[i] - means[others[i]] for i in range(count)]
    if scores.shape[1] < LEAST_BLOCKS:
        unjudged = (Distance(cells[i], Estimate(values[i]), "undecided", False) for i in order)
        return Best(tuple(unjudged), None, None)
    pairs = _pairwise(confirmation, terms)
    most = float(greatest(np.array([[1, -1]]), confirmation)[0])
    above = np.where(np.eye(count, dtype=bool), np.inf, pairs.values + pairs.reach).min(axis=1)
    candidates = [i for i in order if above[i] > 0]
    distances = []
    for i in order:
        rivals = [j for j in candidates if j != i]
        lows = [max(float(pairs.values[i, j] - pairs.reach[j, i]), -most) for j in rivals]
        close = all(low > -_margin(confirmation, i, j, terms) for j, low in zip(rivals, lows, strict=True))
        standing: Standing = "behind" if above[i] <= 0 else "may be best" if rivals else "best"
        ends = min([0.0, *lows]), float(np.clip(above[i], 0, most))
        distance = Estimate(values[i], float(pairs.standard_errors[i, others[i]]), *ends)
        distances.append(Distance(cells[i], distance, standing, close))
    seen = pairs.detectable if pairs.detectable <= most else None
    return Best(tuple(distances), seen, _luck(confirmation, candidates, terms))


class Pairwise(NamedTuple):
    """Of each cell minus each other, [C, C]: differences, standard errors and c_i s_ij; and what difference is seen."""

    values: np.ndarray
    standard_errors: np.ndarray
    reach: np.ndarray
    detectable: float


def _pairwise(confirmation: Confirmation, terms: Terms) -> Pairwise:
    count = len(confirmation.cells)
    first, second = np.array(list(combinations(range(count), 2))).T
    rows = np.arange(len(first))
    weights = np.zeros((len(first), count))
    weights[rows, first], weights[rows, second] = 1, -1
    parts = errors(weights, confirmation.scores, confirmation.repeated)
    # The control of a group is a cell, minus each other: the signs of its pairs are its weights.
    critical = one_sided_values(parts, weights.T, terms.level, terms.draws, terms.seed)
    values, spreads, reach = (np.zeros((count, count)) for _ in range(3))
    values[first, second], values[second, first] = parts.values, -parts.values
    spreads[first, second] = spreads[second, first] = parts.standard_errors
    reach[first, second] = critical[first, rows] * parts.standard_errors
    reach[second, first] = critical[second, rows] * parts.standard_errors
    seen = [detectable(parts.some(own), critical[i, own]) for i, own in enumerate(weights.T != 0)]
    return Pairwise(values, spreads, reach, float(np.median(seen)))


def _margin(confirmation: Confirmation, i: int, j: int, terms: Terms) -> float:
    weights = np.eye(len(confirmation.cells))[i] - np.eye(len(confirmation.cells))[j]
    return margin_of(confirmation, weights, terms.margins)


def _luck(confirmation: Confirmation, candidates: list[int], terms: Terms) -> float | None:
    if len(candidates) < 2:
        return None
    weights = np.eye(len(confirmation.cells))[candidates]
    return luck(errors(weights, confirmation.scores, confirmation.repeated), terms.draws, terms.seed)
