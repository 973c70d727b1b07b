"""The judgement: from which images each run answered right to what can be said of methods and their combinations."""

from collections.abc import Sequence

import numpy as np

from jaxreg.records import Cell
from jaxreg.stats.contrasts import Row, against, all_pairs, family, interactions, main_effects
from jaxreg.stats.intervals import errors, pointwise_multiple, share_intervals
from jaxreg.stats.judgement import CellScore, Confirmation, Estimate, Judgement

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
    >>> given = Confirmation(("reg_type",), (("a",), ("b",)), correct, train_accuracy=np.ones((2, 6)), overlap=0.1)
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
    _, num_blocks, num_images = confirmation.correct.shape
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
    correct, train = confirmation.correct, confirmation.train_accuracy
    sized = correct.ndim == 3 and min(correct.shape) >= 1 and correct.shape[2] >= 2
    if correct.dtype != bool or not sized or len(correct) != len(confirmation.cells):
        form = "bool [cells, blocks, images], two images or more"
        raise ValueError(f"correct is {correct.dtype} {correct.shape}: {form}")
    if train.shape != correct.shape[:2] or not np.isfinite(train).all():
        raise ValueError(f"train_accuracy is of shape {train.shape}: finite numbers [cells, blocks]")
    if len(set(confirmation.cells)) < len(confirmation.cells):
        raise ValueError("cells: each may be there once")
    if not 0 <= confirmation.overlap <= 1:
        raise ValueError(f"overlap is {confirmation.overlap}: a number in 0..1")
    if not (margin > 0 and 0 < level < 1):
        raise ValueError(f"margin {margin}, level {level}: a margin above 0 and a level within 0..1")


def _scores(confirmation: Confirmation, level: float) -> tuple[CellScore, ...]:
    """Returns each cell by itself, the best first."""
    accuracy = confirmation.correct.mean(axis=2)  # [C, K]
    gaps = confirmation.train_accuracy - accuracy
    several = accuracy.shape[1] > 1
    test = _tests(confirmation, level) if several else _estimates(accuracy.mean(axis=1))
    gap = _gaps(confirmation, gaps, level) if several else _estimates(gaps.mean(axis=1))
    spreads = [float(values.std(ddof=1)) if several else None for values in accuracy]
    train = [float(values.mean()) for values in confirmation.train_accuracy]
    scores = map(CellScore, confirmation.cells, test, spreads, train, gap)
    return tuple(sorted(scores, key=lambda score: -score.test.value))


def _tests(confirmation: Confirmation, level: float) -> list[Estimate]:
    parts = errors(np.eye(len(confirmation.cells)), confirmation.correct)
    num_images = confirmation.correct.shape[2]
    ends = share_intervals(parts.values, parts.standard_errors, pointwise_multiple(parts, level), num_images)
    return _estimates(parts.values, parts.standard_errors, *ends)


def _gaps(confirmation: Confirmation, gaps: np.ndarray, level: float) -> list[Estimate]:
    """Returns the gaps, within -1..1: they vary over blocks in their own way, over images as test accuracies do."""
    parts = errors(np.eye(len(gaps)), confirmation.correct)
    parts = parts._replace(by_block=gaps, block_variance=gaps.var(axis=1, ddof=1) / gaps.shape[1])
    reach = pointwise_multiple(parts, level) * parts.standard_errors
    ends = (np.clip(parts.values + side * reach, -1, 1) for side in (-1, 1))
    return _estimates(parts.values, parts.standard_errors, *ends)


def _estimates(*columns: np.ndarray) -> list[Estimate]:
    return [Estimate(*map(float, row)) for row in zip(*columns, strict=True)]
