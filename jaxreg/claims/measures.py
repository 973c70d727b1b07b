"""What is measured on weights, predictions and curves: pure NumPy functions."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

Weights = Mapping[str, np.ndarray]  # "conv1/kernel" -> array

NEAR_ZERO = 1e-3  # kernels start with standard deviations from 0.03 to 0.33
KEPT = (1.0, 0.5, 0.35, 0.25, 0.18, 0.125, 0.09, 0.06, 0.04, 0.02)  # shares of kernel weights that pruning leaves
HISTOGRAM = np.linspace(-6, 1, 57)  # edges in powers of ten; what lies outside counts in the end bins


def kernels(weights: Weights) -> dict[str, np.ndarray]:
    """Returns the kernels by their layers."""
    return {name.rsplit("/", 1)[0]: w for name, w in weights.items() if name.endswith("/kernel")}


def sizes(weights: Weights) -> np.ndarray:
    """Returns the absolute values of all kernel weights."""
    return np.concatenate([np.abs(w).ravel() for w in kernels(weights).values()])


def near_zero_share(weights: Weights, threshold: float = NEAR_ZERO) -> float:
    """Returns the share of kernel weights whose absolute value is below the threshold."""
    return float(np.mean(sizes(weights) < threshold))


def exact_zero_share(weights: Weights) -> float:
    """Returns the share of kernel weights that are exactly zero."""
    return float(np.mean(sizes(weights) == 0))


def pruned(weights: Weights, kept: float) -> dict[str, np.ndarray]:
    """Returns the weights with all kernel weights but this share, the largest of the whole network, set to zero."""
    threshold = np.quantile(sizes(weights), 1 - kept) if kept < 1 else 0.0
    return {
        name: np.where(np.abs(w) < threshold, 0, w).astype(w.dtype) if name.endswith("/kernel") else w
        for name, w in weights.items()
    }


def needed(accuracies: Sequence[float], lost: float) -> float:
    """Returns the least share of KEPT that loses at most `lost` of the accuracy with all, log-interpolated.

    Counted from 1 down to where more is lost for the first time; the least of KEPT where that never happens.
    """
    spare = np.asarray(accuracies, float) - accuracies[0] + lost
    for i in range(1, len(KEPT)):
        if spare[i] < 0:
            way = spare[i - 1] / (spare[i - 1] - spare[i])
            return float(KEPT[i - 1] * (KEPT[i] / KEPT[i - 1]) ** way)
    return KEPT[-1]


def layer_norms(weights: Weights) -> np.ndarray:
    """Returns the Euclidean norm of each layer's kernel, in the order of the layers' names."""
    return np.array([float(np.linalg.norm(w)) for _, w in sorted(kernels(weights).items())])


def layer_largest(weights: Weights) -> np.ndarray:
    """Returns the largest absolute value of each layer's kernel, in the order of the layers' names."""
    return np.array([float(np.abs(w).max()) for _, w in sorted(kernels(weights).items())])


def growth(measured: Mapping[str, np.ndarray]) -> np.ndarray:
    """Returns each layer's largest weight relative to the largest that it started with, of what a run has measured."""
    return np.asarray(measured["layer_largest"] / measured["start_largest"])


def histogram(weights: Weights) -> np.ndarray:
    """Returns the share of kernel weights whose log10 |w| lies in each bin of HISTOGRAM."""
    logs = np.log10(np.maximum(sizes(weights), 10.0 ** HISTOGRAM[0]))
    counts, _ = np.histogram(np.clip(logs, HISTOGRAM[0], HISTOGRAM[-1]), HISTOGRAM)
    return counts / logs.size


def effective_range(rates: Sequence[float], accuracies: Sequence[float], least: float) -> float:
    """Returns over how many powers of ten of the ascending rates the accuracy reaches `least`, log-interpolated."""
    logs, values = np.log10(rates), np.asarray(accuracies, float) - least
    total = 0.0
    for width, a, b in zip(np.diff(logs), values[:-1], values[1:], strict=True):
        if a >= 0 and b >= 0:
            total += width
        elif a >= 0 or b >= 0:
            total += width * max(a, b) / abs(a - b)
    return float(total)


def early_stop(num_correct: Sequence[float], patience: int) -> tuple[int, int]:
    """Returns the epochs (from 1) of the best value and of the stop, by the rule of `core.fit`: a tie is no better."""
    best = 0
    for epoch, value in enumerate(num_correct, start=1):
        if best == 0 or value > num_correct[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(num_correct)


def at_level(losses: Sequence[float], values: Sequence[float], level: float) -> float:
    """Returns the value where falling losses first reach a level, log-interpolated; NaN where they never do."""
    for i, (before, after) in enumerate(pairwise(losses)):
        if after <= level < before:
            way = np.log(before / level) / np.log(before / after) if after > 0 else 1.0
            return float(values[i] + way * (values[i + 1] - values[i]))
    return float("nan")
