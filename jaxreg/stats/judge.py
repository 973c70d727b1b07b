"""The judgement: from the score of each answer to what can be said of methods and their combinations."""

from collections.abc import Sequence

import numpy as np

from jaxreg.records import Cell
from jaxreg.stats.contrasts import Row, against, all_pairs, family, interactions, main_effects
from jaxreg.stats.intervals import Errors, errors, is_share, pointwise_multiple, share_intervals
from jaxreg.stats.judgement import CellScore, Confirmation, Estimate, Judgement

MOST = 1e100  # a greater score is taken for a mistake, and its square would overflow
DRAWS = 20_000  # the 95 % quantile of their greatest t is then known to about 0.02


def judge(
    confirmation: Confirmation,
    *,
    reference: Cell | None = None,
    margin: float = 0.001,
    level: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Judgement:
    """Returns everything that the confirmation says; the same input gives the same output.

    Args:
      confirmation: what was measured.
      reference: the cell that each is compared with, besides each other cell; None or one that is not there is none.
      margin: of equivalence, a share of test images, above 0.
      level: error rate of each family of comparisons, within 0..1.
      draws: random draws that the simultaneous intervals are found with.
      seed: of these draws.

    Raises:
      ValueError: shapes disagree, or a number is outside of its range.

    >>> correct = np.random.default_rng(0).random((2, 6, 400)) < np.reshape([0.7, 0.9], (2, 1, 1))
    >>> given = Confirmation(("reg_type",), (("a",), ("b",)), correct)
    >>> [(c.left, c.decision, c.right) for c in judge(given, draws=1000).pairs.contrasts]
    [('b', 'better', 'a')]
    """
    _check(confirmation, margin, level)
    cells = confirmation.cells
    scores = _scores(confirmation, level)
    means = {score.cell: score.test.value for score in scores}  # the same sums, so that ties are ordered the same way
    families = {
        name: family(confirmation, rows, margin=margin, level=level, draws=draws, seed=seed)
        for name, rows in comparisons(confirmation, [means[cell] for cell in cells], reference).items()
    }
    _, num_blocks, num_images = confirmation.scores.shape
    return Judgement(
        level=level,
        margin=margin,
        num_blocks=num_blocks,
        num_images=num_images,
        cells=scores,
        reference=reference if reference in cells else None,
        against_reference=families["against_reference"],
        pairs=families["pairs"],
        main_effects={name: families[name] for name in confirmation.factors},
        interactions=families["interactions"],
    )


def comparisons(confirmation: Confirmation, means: Sequence[float], reference: Cell | None) -> dict[str, list[Row]]:
    """Returns the rows of each family, by the name that `Judgement.families` has for it; `means` order the pairs."""
    cells = confirmation.cells
    return {
        "against_reference": against(cells, reference),
        "pairs": all_pairs(cells, means),
        **{name: main_effects(cells, place) for place, name in enumerate(confirmation.factors)},
        "interactions": interactions(cells, reference),
    }


def _check(confirmation: Confirmation, margin: float, level: float) -> None:
    scores, train = confirmation.scores, confirmation.train_scores
    if scores.ndim != 3 or not scores.size or len(scores) != len(confirmation.cells):
        raise ValueError(f"scores are of shape {scores.shape}: numbers [cells, blocks, images]")
    if scores.dtype.kind not in "biuf" or not np.abs(scores).max() <= MOST:  # not a number is not, either
        raise ValueError(f"scores are of type {scores.dtype}, from {scores.min()} to {scores.max()}: finite numbers")
    if train is not None and not (train.shape == scores.shape[:2] and np.isfinite(train).all()):
        raise ValueError(f"train_scores are of shape {train.shape}: finite numbers [cells, blocks]")
    if len(set(confirmation.cells)) < len(confirmation.cells):
        raise ValueError("cells: each may be there once")
    if confirmation.overlap is not None and not 0 <= confirmation.overlap <= 1:
        raise ValueError(f"overlap is {confirmation.overlap}: a number in 0..1")
    if not (margin > 0 and 0 < level < 1):
        raise ValueError(f"margin {margin}, level {level}: a margin above 0 and a level within 0..1")


def _scores(confirmation: Confirmation, level: float) -> tuple[CellScore, ...]:
    """Returns each cell by itself, the best first."""
    by_block, train = confirmation.scores.mean(axis=2), confirmation.train_scores  # [C, K]
    several = by_block.shape[1] > 1
    parts = errors(np.eye(len(by_block)), confirmation.scores) if several else None
    test = _tests(confirmation.scores, parts, level) if parts else _estimates(by_block.mean(axis=1))
    gaps: Sequence[Estimate | None] = [None] * len(by_block)
    if train is not None:
        apart = train - by_block
        gaps = _gaps(confirmation.scores, parts, apart, level) if parts else _estimates(apart.mean(axis=1))
    scores = [
        CellScore(
            cell,
            test[i],
            float(by_block[i].std(ddof=1)) if several else None,
            None if train is None else float(train[i].mean()),
            gaps[i],
            tuple(map(float, by_block[i])),
        )
        for i, cell in enumerate(confirmation.cells)
    ]
    return tuple(sorted(scores, key=lambda score: -score.test.value))


def _tests(scores: np.ndarray, parts: Errors, level: float) -> list[Estimate]:
    """Returns mean scores: of shares of images with the interval of a share, else with that of t."""
    multiples, num_images = pointwise_multiple(parts, level), scores.shape[2]
    if is_share(scores) and num_images > 1:
        ends = share_intervals(parts.values, parts.standard_errors, multiples, num_images)
    else:
        reach = multiples * parts.standard_errors
        least, most = (0, 1) if is_share(scores) else (-np.inf, np.inf)
        ends = np.maximum(parts.values - reach, least), np.minimum(parts.values + reach, most)
    return _estimates(parts.values, parts.standard_errors, *ends)


def _gaps(scores: np.ndarray, parts: Errors, gaps: np.ndarray, level: float) -> list[Estimate]:
    """Returns the gaps, of shares within -1..1: over blocks they vary in their own way, over images as tests do."""
    parts = parts._replace(by_block=gaps, block_variance=gaps.var(axis=1, ddof=1) / gaps.shape[1])
    reach = pointwise_multiple(parts, level) * parts.standard_errors
    most = 1 if is_share(scores) else np.inf
    ends = (np.clip(parts.values + side * reach, -most, most) for side in (-1, 1))
    return _estimates(parts.values, parts.standard_errors, *ends)


def _estimates(*columns: np.ndarray) -> list[Estimate]:
    return [Estimate(*map(float, row)) for row in zip(*columns, strict=True)]
