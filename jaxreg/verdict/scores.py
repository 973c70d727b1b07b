"""Runs as the arrays that statistics take."""

from collections.abc import Iterator, Sequence

import numpy as np

from jaxreg.data import guessing
from jaxreg.pages.measure import MEASURES
from jaxreg.records import Cell, RunRecord, Winner
from jaxreg.stats.failures import failing_below
from jaxreg.stats.judgement import Confirmation, Repeated
from jaxreg.verdict.config import VerdictConfig


def repeated_of(config: VerdictConfig, num_test: int, pool_size: int) -> Repeated | None:
    """Returns what blocks draw where their test images are drawn, too; `pool_size` is without test images."""
    return Repeated(num_test, config.sizes.train, pool_size + num_test) if config.repeated else None


def as_confirmation(
    config: VerdictConfig, runs: Sequence[RunRecord], winners: Sequence[Winner], test_labels: np.ndarray, pool_size: int
) -> Confirmation:
    """Returns runs as the arrays that statistics take: of a cell's trials in a block the mean that `winners` weigh.

    Without winners each cell has one run in a block. Where each block has test images of its own, its score is their
    mean.
    """
    cells, num_test = config.comparison.cells, len(test_labels)
    chance = chance_of(config, test_labels)
    limit = failing_below(np.array([run.judged for run in runs]), chance)
    scores = np.zeros((len(cells), config.blocks, num_test))
    train, failed = np.zeros((2, len(cells), config.blocks))
    for run, weight in weighed(runs, winners):
        place = cells.index(run.cell), run.block
        scores[place] += weight * scores_of(run, num_test)
        train[place] += weight * (run.train_accuracy if run.train_score is None else run.train_score)
        failed[place] += weight * (limit is not None and run.judged < limit)
    repeated = repeated_of(config, num_test, pool_size)
    return Confirmation(
        config.comparison.names,
        cells,
        scores.mean(axis=2, keepdims=True) if repeated else scores,
        train_scores=train,
        overlap=repeated.correlation if repeated else config.sizes.train / pool_size,
        chance=chance,
        failed=failed,
        means_are_shares=MEASURES[config.metric].is_share,
        repeated=repeated,
    )


def chance_of(config: VerdictConfig, labels: np.ndarray) -> float:
    """Returns the score of guessing: the share of the largest class, or of another metric what even guesses have."""
    if config.metric == "accuracy":
        return guessing(labels)
    return MEASURES[config.metric].chance(len(np.unique(labels)), config.cost_table)


def weighed(runs: Sequence[RunRecord], winners: Sequence[Winner]) -> Iterator[tuple[RunRecord, float]]:
    """Yields each run and how much it counts of its cell's in its block; without winners it is alone."""
    weights = {(winner.block, winner.cell): winner.weights for winner in winners}
    for run in runs:
        yield run, weights.get((run.block, run.cell), (1.0,))[run.trial]


def mean_macro_f1(runs: Sequence[RunRecord], winners: Sequence[Winner], judged: np.ndarray) -> dict[Cell, float]:
    """Returns each cell's macro F1 on the test set, the mean over the blocks that are judged, bool [K].

    There are none where a run's is not known.
    """
    if any(run.macro_f1 is None for run in runs):
        return {}
    totals = dict.fromkeys((run.cell for run in runs), 0.0)
    for run, weight in weighed(runs, winners):
        if judged[run.block]:
            totals[run.cell] += weight * (run.macro_f1 or 0.0) / judged.sum()
    return totals


def scores_of(run: RunRecord, num_test: int) -> np.ndarray:
    """Returns the score of each test image [N]."""
    if run.scores:
        return np.frombuffer(run.scores, np.float32)
    return np.unpackbits(np.frombuffer(run.correct, np.uint8), count=num_test)
