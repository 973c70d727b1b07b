"""Which classes are taken for which, and what is counted from that."""

import numpy as np

from jaxreg.core.metric import NO_ANSWER


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns counts [C, C + 1] of images of class i answered with class j; the last column is of those without answer.

    Labels and answers are [N], the latter NO_ANSWER where there is none; `num_classes` is C.
    """
    counts = np.zeros((num_classes, num_classes + 1), np.int64)
    np.add.at(counts, (labels, np.where(predicted == NO_ANSWER, num_classes, predicted)), 1)
    return counts


def occurring(counts: np.ndarray) -> np.ndarray:
    """Returns the classes that have an image: those over which a mean over classes is taken."""
    return np.flatnonzero(counts.sum(1))


def balanced_accuracy(counts: np.ndarray) -> float:
    """Returns the mean over the classes that occur of the share answered right."""
    classes = occurring(counts)
    return float(np.mean(np.diag(counts)[classes] / counts.sum(1)[classes]))


def macro_f1(counts: np.ndarray) -> float:
    """Returns the mean over the classes that occur of F1 = 2 tp / (2 tp + fp + fn)."""
    classes = occurring(counts)
    return float(np.mean(2 * np.diag(counts)[classes] / (counts.sum(0)[classes] + counts.sum(1)[classes])))
