"""The judgement: from which images each run answered right to what can be said of normalizations and penalties."""

from __future__ import annotations

import numpy as np

from jaxreg.stats.contrasts import against, all_pairs, family, interactions, main_effects
from jaxreg.stats.intervals import errors, pointwise_multiple
from jaxreg.stats.judgement import Cell, CellScore, Confirmation, Estimate, Judgement

DRAWS = 20_000  # the 95 % quantile of their greatest t is then known to about 0.02
REFERENCE = Cell("none", "none")


def judge(
    confirmation: Confirmation,
    *,
    reference: Cell = REFERENCE,
    margin: float = 0.001,
    level: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Judgement:
    """Returns everything that the confirmation says; the same input gives the same output.

    Args:
      confirmation: C cells on the same K blocks and N images.
      reference: what each cell is compared with, besides each other cell.
      margin: of equivalence, a share of test images, above 0.
      level: error rate of each family of comparisons, within 0..1.
      draws: random draws that the simultaneous intervals are found with.
      seed: of these draws.

    Raises:
      ValueError: shapes disagree, or a number is outside of its range.
    """
    _check(confirmation, margin, level)
    cells = confirmation.cells
    means = [float(mean) for mean in confirmation.correct.mean(axis=(1, 2))]
    rows = {
        "against_reference": against(cells, reference),
        "pairs": all_pairs(cells, means),
        "normalizations": main_effects(cells, "norm_type"),
        "penalties": main_effects(cells, "reg_type"),
        "interactions": interactions(cells, reference),
    }
    families = {
        name: family(confirmation, of, margin=margin, level=level, draws=draws, seed=seed) for name, of in rows.items()
    }
    _, num_blocks, num_images = confirmation.correct.shape
    return Judgement(
        level=level,
        margin=margin,
        num_blocks=num_blocks,
        num_images=num_images,
        cells=_scores(confirmation, level),
        reference=reference if reference in cells else None,
        **families,
    )


def _check(confirmation: Confirmation, margin: float, level: float) -> None:
    correct, train = confirmation.correct, confirmation.train_accuracy
    if (
        correct.ndim != 3
        or correct.dtype != bool
        or min(correct.shape) < 1
        or correct.shape[2] < 2
        or len(correct) != len(confirmation.cells)
    ):
        raise ValueError(
            f"correct is {correct.dtype} {correct.shape}: bool [cells, blocks, images], two images or more"
        )
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
    num_cells, num_blocks, _ = confirmation.correct.shape
    accuracy = confirmation.correct.mean(axis=2)  # [C, K]
    gaps = confirmation.train_accuracy - accuracy
    test, gap = [_alone(float(v)) for v in accuracy.mean(axis=1)], [_alone(float(v)) for v in gaps.mean(axis=1)]
    if num_blocks > 1:
        parts = errors(np.eye(num_cells), confirmation.correct)
        test = _estimates(parts.values, parts.standard_errors, pointwise_multiple(parts, level))
        test = [e._replace(low=max(e.low or 0, 0), high=min(e.high or 0, 1)) for e in test]  # it is a share
        # The gap varies over blocks in its own way, and over images as the test accuracy does.
        of_gap = parts._replace(by_block=gaps, block_variance=gaps.var(axis=1, ddof=1) / num_blocks)
        gap = _estimates(gaps.mean(axis=1), of_gap.standard_errors, pointwise_multiple(of_gap, level))
    scores = [
        CellScore(
            cell,
            test[i],
            float(accuracy[i].std(ddof=1)) if num_blocks > 1 else None,
            float(confirmation.train_accuracy[i].mean()),
            gap[i],
        )
        for i, cell in enumerate(confirmation.cells)
    ]
    return tuple(sorted(scores, key=lambda score: -score.test.value))


def _alone(value: float) -> Estimate:
    return Estimate(value, None, None, None)


def _estimates(values: np.ndarray, standard_errors: np.ndarray, multiples: np.ndarray) -> list[Estimate]:
    return [
        Estimate(float(v), float(e), float(v - m * e), float(v + m * e))
        for v, e, m in zip(values, standard_errors, multiples, strict=True)
    ]
