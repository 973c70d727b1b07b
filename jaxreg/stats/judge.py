"""The judgement: from the score of each answer to what can be said of methods and their combinations."""

from collections.abc import Mapping, Sequence

import numpy as np

from jaxreg.records import Cell
from jaxreg.stats.best import with_best
from jaxreg.stats.contrasts import Row, against, all_pairs, families, interactions, main_effects
from jaxreg.stats.failures import count_failures, find_failures
from jaxreg.stats.intervals import Errors, errors, pointwise_multiple, share_intervals
from jaxreg.stats.judgement import CellScore, Confirmation, Estimate, Family, Judgement, Terms, is_share

MOST = 1e100  # a greater score is taken for a mistake, and its square would overflow
DRAWS = 20_000  # the 95 % quantile of their greatest t is then known to about 0.02


def judge(
    confirmation: Confirmation,
    *,
    reference: Cell | None = None,
    margins: Mapping[str, float],
    level: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Judgement:
    """Returns everything that the confirmation says; the same input gives the same output.

    Args:
      confirmation: what was measured.
      reference: the cell that each is compared with, besides each other cell; None or one that is not there is none.
      margins: of equivalence by factor: what difference of scores is of no practical meaning, above 0.
      level: error rate of each family of comparisons, above 0 and below 0.5.
      draws: random draws that the simultaneous intervals are found with.
      seed: of these draws.

    Raises:
      ValueError: shapes disagree, or a number is outside of its range.

    >>> correct = np.random.default_rng(0).random((2, 6, 400)) < np.reshape([0.7, 0.9], (2, 1, 1))
    >>> given = Confirmation(("reg_type",), (("a",), ("b",)), correct)
    >>> found = judge(given, margins={"reg_type": 0.01}, draws=1000)
    >>> [(c.left, c.decision, c.right) for c in found.pairs.contrasts], found.best.candidates
    ([('b', 'better', 'a')], (('b',),))
    """
    terms = Terms(margins, level, draws, seed)
    _check(confirmation, terms)
    trained, cells = find_failures(confirmation), confirmation.cells
    confirmation = only(confirmation, trained.judged)
    scores = _scores(confirmation, level)
    by_cell = {score.cell: score.test.value for score in scores}  # the same sums, so that ties are ordered the same way
    means = [by_cell[cell] for cell in cells]
    found: dict[str, Family] = {}
    for groups in comparisons(confirmation, means, reference):
        found |= families(confirmation, groups, terms)
    failures = {} if trained.failed is None else count_failures(confirmation, trained.failed, level)
    _, num_blocks, num_images = confirmation.scores.shape
    repeated = confirmation.repeated
    return Judgement(
        level=level,
        margins=margins,
        num_blocks=num_blocks,
        num_images=repeated.num_images if repeated else num_images,
        are_shares=confirmation.are_shares,
        cells=scores,
        failures=tuple(failures[score.cell] for score in scores if failures),
        failing=trained.limit,
        incomplete=int((~trained.judged).sum()),
        best=with_best(confirmation, means, terms),
        reference=reference if reference in cells else None,
        against_reference=found["against_reference"],
        pairs=found["pairs"],
        main_effects={name: found[name] for name in confirmation.factors},
        interactions=found["interactions"],
        repeated=repeated,
    )


def only(confirmation: Confirmation, blocks: np.ndarray) -> Confirmation:
    """Returns some blocks of a confirmation."""
    train = confirmation.train_scores
    return confirmation._replace(
        scores=confirmation.scores[:, blocks], train_scores=None if train is None else train[:, blocks]
    )


def comparisons(
    confirmation: Confirmation, means: Sequence[float], reference: Cell | None
) -> list[dict[str, list[Row]]]:
    """Returns the rows by the names that `Judgement.families` has; those that are judged together stand together.

    `means` of the cells order the pairs.
    """
    cells = confirmation.cells
    return [
        {"against_reference": against(cells, reference)},
        {"pairs": all_pairs(cells, means)},
        {name: main_effects(cells, place) for place, name in enumerate(confirmation.factors)},
        {"interactions": interactions(cells, reference)},
    ]


def _check(confirmation: Confirmation, terms: Terms) -> None:
    scores = confirmation.scores
    if scores.ndim != 3 or not scores.size or len(scores) != len(confirmation.cells):
        raise ValueError(f"scores are of shape {scores.shape}: numbers [cells, blocks, images]")
    if scores.dtype.kind not in "biuf" or not float(np.abs(scores).max()) <= MOST:  # not a number is not, either
        raise ValueError(f"scores are of type {scores.dtype}, from {scores.min()} to {scores.max()}: finite numbers")
    for name in ("train_scores", "failed"):
        values = getattr(confirmation, name)
        if values is not None and not (values.shape == scores.shape[:2] and np.isfinite(values).all()):
            raise ValueError(f"{name} are of shape {values.shape}: finite numbers [cells, blocks]")
    if len(set(confirmation.cells)) < len(confirmation.cells):
        raise ValueError("cells: each may be there once")
    if confirmation.overlap is not None and not 0 <= confirmation.overlap <= 1:
        raise ValueError(f"overlap is {confirmation.overlap}: a number in 0..1")
    repeated = confirmation.repeated
    if repeated is not None and not (min(repeated) > 0 and repeated.num_images + repeated.num_trained <= repeated.pool):
        raise ValueError(f"{repeated}: test and training images are needed, together no more than the pool has")
    if repeated is not None and scores.shape[2] != 1:
        raise ValueError(f"scores are of shape {scores.shape}: of repeated hold-out, numbers [cells, blocks, 1]")
    if not (set(terms.margins) >= set(confirmation.factors) and min(terms.margins.values()) > 0 < terms.level < 0.5):
        form = "a margin above 0 for each factor and a level above 0 and below 0.5"
        raise ValueError(f"margins {dict(terms.margins)}, level {terms.level}: {form}")


def _scores(confirmation: Confirmation, level: float) -> tuple[CellScore, ...]:
    """Returns each cell by itself, the best first."""
    by_block, train = confirmation.scores.mean(axis=2), confirmation.train_scores  # [C, K]
    several = by_block.shape[1] > 1
    parts = errors(np.eye(len(by_block)), confirmation.scores, confirmation.repeated) if several else None
    test = _tests(confirmation, parts, level) if parts else _estimates(by_block.mean(axis=1))
    gaps: Sequence[Estimate | None] = [None] * len(by_block)
    if train is not None:
        apart = train - by_block
        gaps = _gaps(confirmation, parts, apart, level) if parts else _estimates(apart.mean(axis=1))
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


def _tests(confirmation: Confirmation, parts: Errors, level: float) -> list[Estimate]:
    """Returns mean scores: of shares of images with the interval of a share, else with that of t."""
    scores = confirmation.scores
    multiples, num_images = pointwise_multiple(parts, level), scores.shape[2]
    if is_share(scores) and num_images > 1:
        ends = share_intervals(parts.values, parts.standard_errors, multiples, num_images)
    else:
        reach = multiples * parts.standard_errors
        least, most = (0, 1) if confirmation.are_shares else (-np.inf, np.inf)
        ends = np.maximum(parts.values - reach, least), np.minimum(parts.values + reach, most)
    return _estimates(parts.values, parts.standard_errors, *ends)


def _gaps(confirmation: Confirmation, parts: Errors, gaps: np.ndarray, level: float) -> list[Estimate]:
    """Returns the gaps, of shares within -1..1: over blocks they vary in their own way, over images as tests do."""
    block_variance = parts.inflation * gaps.var(axis=1, ddof=1) / gaps.shape[1]
    parts = parts._replace(by_block=gaps, block_variance=block_variance)
    reach = pointwise_multiple(parts, level) * parts.standard_errors
    most = 1 if confirmation.are_shares else np.inf
    ends = (np.clip(parts.values + side * reach, -most, most) for side in (-1, 1))
    return _estimates(parts.values, parts.standard_errors, *ends)


def _estimates(*columns: np.ndarray) -> list[Estimate]:
    return [Estimate(*map(float, row)) for row in zip(*columns, strict=True)]
