"""What a budget of trials finds: the winner of fewer of them, on average over all that fewer could have been."""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaln


def winner_weights(values: Sequence[float], budget: int) -> np.ndarray:
    """Returns for each of n values how probably it is the greatest of `budget` of them drawn without replacement.

        P(x_(i) wins) = C(i - 1, m - 1) / C(n, m),   x_(1) <= ... <= x_(n),   m = budget

    Of equal ones the earliest wins. What is averaged with these weights is what tuning with m trials leads to, without
    bias for trials that are independent and alike, and with a smaller variance than the winner of one draw has.
    Sources: Dodge et al. 2019, arXiv:1909.03004; Tang et al. 2020, arXiv:2004.13705, for draws without replacement.

    Raises:
      ValueError: no values, one that is not finite, or a budget outside of 1..n.

    >>> winner_weights([0.5, 0.9, 0.7], budget=2).round(3)
    array([0.   , 0.667, 0.333])
    """
    n = len(values)
    if not n or not np.isfinite(values).all():
        raise ValueError("values: one or more finite numbers")
    if not 1 <= budget <= n:
        raise ValueError(f"budget is {budget}: an integer in 1..{n}")
    weights = np.empty(n)
    weights[np.lexsort((-np.arange(n), np.asarray(values)))] = _win(n)[budget - 1]
    return weights


def expected_best(values: Sequence[float]) -> np.ndarray:
    """Returns the expected maximum of m of the n values drawn without replacement, for m = 1..n.

        E_m = sum_i x_(i) * C(i - 1, m - 1) / C(n, m),   x_(1) <= ... <= x_(n)

    Raises:
      ValueError: no values, or one that is not finite.

    >>> expected_best([0.5, 0.9, 0.7]).round(3)
    array([0.7  , 0.833, 0.9  ])
    """
    ordered = np.sort(np.asarray(values, float))
    if not len(ordered) or not np.isfinite(ordered).all():
        raise ValueError("values: one or more finite numbers")
    return _win(len(ordered)) @ ordered


def _win(n: int) -> np.ndarray:
    """Returns for m = 1..n how probably the i-th smallest of n is the greatest of m of them, float [n, n]."""
    i, m = np.arange(1, n + 1)[None, :], np.arange(1, n + 1)[:, None]

    def log_choose(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1)

    below = i < m  # no draw of m has its greatest value among the first m - 1
    return np.exp(np.where(below, -np.inf, log_choose(np.maximum(i, m) - 1, m - 1) - log_choose(np.array(n), m)))
