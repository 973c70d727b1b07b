"""Runs that do not train are counted by themselves: a mean of them and of the others would be the score of none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from jaxreg.stats.judgement import LEAST_BLOCKS, Confirmation, Failure

APART = 5.0  # standard deviations of the runs that trained, by which those that did not are below all of them
LEAST_TRAINED = 3  # runs, for that standard deviation


class Trained(NamedTuple):
    """What of a confirmation did not train, and which blocks of it are judged.

    Attributes:
      failed: the share of each cell's training in each block that failed, [C, K]; None where nobody knows.
      limit: the score below which a run failed, where that is what decides.
      judged: the blocks whose scores are judged, bool [K].
    """

    failed: np.ndarray | None
    limit: float | None
    judged: np.ndarray


def failing_below(scores: np.ndarray, chance: float) -> float | None:
    """Returns the score below which a run did not train: halfway from chance to the best mean score of a run.

    None, so that no run failed, where those below are not apart from those above: by more than five of their standard
    deviations, of three runs or more. A limit among scores that chance spreads would leave out blocks for their
    outcome, and equal methods would come out different.

    `scores` are the mean scores of runs, on any scale on which more is better, and `chance` that of guessing: for
    accuracy the share of the largest class, for another metric that of giving each class the same probability.

    >>> failing_below(np.array([0.97, 0.1, 0.95, 0.96]), chance=0.13)
    0.55
    >>> failing_below(np.array([0.84, 0.80, 0.82, 0.83]), chance=0.8)
    """
    limit = float((chance + max(scores.max(), chance)) / 2)
    trained, failed = scores[scores >= limit], scores[scores < limit]
    if not len(failed):
        return limit
    gap = trained.min(initial=np.inf) - failed.max()
    return limit if len(trained) >= LEAST_TRAINED and gap > APART * trained.std(ddof=1) else None


def find_failures(confirmation: Confirmation) -> Trained:
    """Returns which runs did not train, and so which blocks are complete.

    A block is complete where all cells trained that do so in more than half of the blocks: one that hardly ever does is
    judged by the scores it has. Where less than half of the blocks are complete, or too few to judge, all are judged.
    """
    by_block, failed, limit = confirmation.scores.mean(axis=2), confirmation.failed, None
    every = np.ones(by_block.shape[1], bool)
    if failed is None and confirmation.chance is not None:
        limit = failing_below(by_block.ravel(), confirmation.chance)
        failed = (by_block < (-np.inf if limit is None else limit)).astype(float)
    if failed is None:
        return Trained(None, None, every)
    usual = failed.mean(axis=1) < 0.5
    complete = (failed[usual] < 0.5).all(axis=0)
    enough = complete.sum() >= max(LEAST_BLOCKS, len(complete) / 2)
    return Trained(failed, limit, complete if enough else every)


def count_failures(confirmation: Confirmation, failed: np.ndarray, level: float) -> dict[tuple[str, ...], Failure]:
    """Returns by cell how often it failed, with the interval of Clopper and Pearson 1934, each by itself.

    Of shares of a block's trainings, which vary less than whole failures do, it is on the safe side.
    """
    counts, num_blocks = failed.sum(axis=1), failed.shape[1]
    low = stats.beta.ppf(level / 2, counts, num_blocks - counts + 1)
    high = stats.beta.isf(level / 2, counts + 1, num_blocks - counts)
    ends = np.where(counts > 0, low, 0.0), np.where(counts < num_blocks, high, 1.0)
    rows = zip(confirmation.cells, counts, *ends, strict=True)
    return {cell: Failure(cell, float(count), float(low), float(high)) for cell, count, low, high in rows}
