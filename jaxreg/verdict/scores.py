"""Runs as the arrays that statistics take."""

from collections.abc import Iterator, Sequence

import numpy as np

from jaxreg.data import guessing
from jaxreg.pages.measure import MEASURES
from jaxreg.records import Cell, RunRecord, Winner
from jaxreg.stats.failures import halfway
from jaxreg.stats.judgement import Confirmation, Repeated
from jaxreg.verdict.config import VerdictConfig


def repeated_of(config: VerdictConfig, num_test: int, pool_size: int) -> Repeated | None:
    """Returns what blocks draw where their test images are drawn, too; `pool_size` is without test images."""
    return Repeated(num_test, config.sizes.train, pool_size + num_test) if config.repeated else None


def as_confirmation(
    config: VerdictConfig, runs: Sequence[RunRecord], winners: Sequence[Winner], test_labels: np.ndarray, pool_size: int
) -> Confirmation:
    """Returns runs as the arrays that statistics take: of a cell's trials in a block the mean that `winners` weigh.

    Without winners each cell has one run in a block. Whether a run failed says its accuracy, whatever the metric. Where
    each block has test images of its own, its score is their mean.
    """
    cells, num_test = config.comparison.cells, len(test_labels)
    chance = guessing(test_labels)
    limit = halfway(np.array([run.test_accuracy for run in runs]), chance)
    is_accuracy = config.metric == "accuracy"
    scores = np.zeros((len(cells), config.blocks, num_test))
    train, failed = np.zeros((2, len(cells), config.blocks))
    for run, weight in weighed(runs, winners):
        place = cells.index(run.cell), run.block
        scores[place] += weight * _scores(run, num_test)
        train[place] += weight * (run.train_accuracy if run.train_score is None else run.train_score)
        failed[place] += weight * (run.test_accuracy < limit)
    repeated = repeated_of(config, num_test, pool_size)
    return Confirmation(
        config.comparison.names,
        cells,
        scores.mean(axis=2, keepdims=True) if repeated else scores,
        train_scores=train,
        overlap=repeated.correlation if repeated else config.sizes.train / pool_size,
        chance=chance if is_accuracy else None,
        failed=failed,
        means_are_shares=not is_accuracy and MEASURES[config.metric].is_share,
        repeated=repeated,
    )


def weighed(runs: Sequence[RunRecord], winners: Sequence[Winner]) -> Iterator[tuple[RunRecord, float]]:
    """Yields each run and how much it counts of its cell's in its block; without winners it is alone."""
    weights = {(winner.block, winner.cell): winner.weights for winner in winners}
    for run in runs:
        yield run, weights.get((run.block, run.cell), (1.0,))[run.trial]


def mean_macro_f1(runs: Sequence[RunRecord], winners: Sequence[Winner]) -> dict[Cell, float]:
    """Returns each cell's macro F1 on the test set, the mean over all blocks; nothing where a run's is not known."""
    if any(run.macro_f1 is None for run in runs):
        return {}
    blocks, totals = len({run.block for run in runs}), dict.fromkeys((run.cell for run in runs), 0.0)
    for run, weight in weighed(runs, winners):
        totals[run.cell] += weight * (run.macro_f1 or 0.0) / blocks
    return totals


def _scores(run: RunRecord, num_test: int) -> np.ndarray:
    """Returns the score of each test image [N]."""
    if run.scores:
        return np.frombuffer(run.scores, np.float32)
    return np.unpackbits(np.frombuffer(run.correct, np.uint8), count=num_test)
