"""How precisely images tell an accuracy, and the difference of two that are measured on the same images. Pure.

No error here is zero: that no image was wrong, or that two answered alike, says little of the images not seen.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from jaxreg.records import TrialRecord


def standard_error(accuracy: float, num_images: int) -> float:
    """Returns the standard error sqrt(q (1 - q) / n) of a share, the wrong ones q = (wrong + 1/2) / (n + 1)."""
    q = ((1.0 - accuracy) * num_images + 0.5) / (num_images + 1)
    return math.sqrt(q * (1.0 - q) / num_images)


def wilson_interval(num_right: int, num_images: int) -> tuple[float, float]:
    """Returns the 95 % interval of a share (Wilson 1927, JASA 22), as scipy.stats.binomtest, a second to load, does.

    >>> wilson_interval(9, 10)
    (0.5958499732047615, 0.9821237869049271)
    """
    z = float(ndtri(0.975))
    share, whole = num_right / num_images, 2 * (num_images + z**2)
    center = (2 * num_images * share + z**2) / whole
    reach = z / whole * math.sqrt(4 * num_images * share * (1 - share) + z**2)
    return center - reach if num_right else 0.0, center + reach if num_right < num_images else 1.0


def score_error(scores: NDArray[np.float32], unit: float = 1.0) -> float:
    """Returns the standard error of the mean of scores [N], not less than one image gives that is a unit apart."""
    values = scores.astype(np.float64)
    return max(float(values.std()), unit / math.sqrt(len(values))) / math.sqrt(len(values))


def error_of(
    scores: NDArray[np.float32], metric: str, counts: NDArray[np.int64], costs: Sequence[Sequence[float]] = ()
) -> float:
    """Returns the standard error of the mean score of a metric but accuracy.

    Of balanced accuracy it is that of the mean of the classes' shares, each with an error of its own: how much an image
    counts does not vary. `counts` are the images of each class. Of `costs` the greatest is what one image can make.
    """
    if metric != "balanced_accuracy":
        return score_error(scores, max(map(max, costs)) if costs else 1.0)
    sizes, alike = np.unique(counts[counts > 0], return_counts=True)
    num_classes, variance = alike.sum(), 0.0
    for size, classes in zip(sizes.tolist(), alike.tolist(), strict=True):  # classes of one size count alike
        weight = len(scores) / (num_classes * size)
        share = np.isclose(scores, weight, rtol=1e-6).sum() / (size * classes)  # float32, of one size and no other
        variance += (classes / num_classes * standard_error(share, size * classes)) ** 2
    return math.sqrt(variance)


class Comparison(NamedTuple):
    """A trial against each of T others: two standard errors of the difference, and whether it is more than that [T]."""

    resolution: NDArray[np.float64]
    apart: NDArray[np.bool_]


def compare(trial: TrialRecord, others: Sequence[TrialRecord], num_images: int) -> Comparison:
    """Returns how far a trial's accuracy can be told from others' by the images that only one of the two gets right.

    With b and c the numbers of images that only the one and only the other gets right, the difference is (b - c) / n
    and its standard error sqrt(b + c) / n, where the two do not differ (McNemar 1947); b + c is taken as 1 at least.
    The images that both get right or both get wrong tell nothing. The luck of a training is not in it. Scores of
    another metric are compared image by image, too: by the mean of their differences and its standard error.
    """
    if trial.scores:
        return _compare_scores(trial, others)
    ours = np.frombuffer(trial.correct, np.uint8)
    theirs = np.frombuffer(b"".join(other.correct for other in others), np.uint8).reshape(len(others), ours.size)
    only_ours, only_theirs = (np.bitwise_count(a).sum(axis=1, dtype=int) for a in (ours & ~theirs, theirs & ~ours))
    discordant = np.maximum(only_ours + only_theirs, 1)
    return Comparison(2.0 * np.sqrt(discordant) / num_images, (only_ours - only_theirs) ** 2 > 4 * discordant)


def _compare_scores(trial: TrialRecord, others: Sequence[TrialRecord]) -> Comparison:
    ours = np.frombuffer(trial.scores, np.float32)
    theirs = np.frombuffer(b"".join(other.scores for other in others), np.float32).reshape(len(others), ours.size)
    lead = (ours - theirs).astype(np.float64)
    sizes = np.abs(np.append(theirs, ours))
    unit = float(sizes[sizes > 0].min(initial=np.inf))  # costs may be counted in any
    unit = unit if math.isfinite(unit) else 1.0
    errors = np.array([score_error(row, unit) for row in lead.astype(np.float32)])
    return Comparison(2.0 * errors, np.abs(lead.mean(axis=1)) > 2.0 * errors)
