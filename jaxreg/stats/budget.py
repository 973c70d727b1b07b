"""Whether a budget of trials was enough: the best that fewer of them would have found."""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaln


def expected_best(values: Sequence[float]) -> np.ndarray:
    """Returns the expected maximum of m of the n values drawn without replacement, for m = 1..n.

        E_m = sum_i x_(i) * C(i - 1, m - 1) / C(n, m),   x_(1) <= ... <= x_(n)

    It is the unbiased estimator for trials that are independent and alike, as those of random search are.
    Sources: Dodge et al. 2019, arXiv:1909.03004; Tang et al. 2020, arXiv:2004.13705, for draws without replacement.

    Raises:
      ValueError: no values, or one that is not finite.

    >>> expected_best([0.5, 0.9, 0.7]).round(3)
    array([0.7  , 0.833, 0.9  ])
    """
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    if not n or not np.isfinite(ordered).all():
        raise ValueError("values: one or more finite numbers")
    i, m = np.arange(1, n + 1)[None, :], np.arange(1, n + 1)[:, None]

    def log_choose(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1)

    below = i < m  # no draw of m has its greatest value among the first m - 1
    logs = np.where(below, -np.inf, log_choose(np.maximum(i, m) - 1, m - 1) - log_choose(np.array(n), m))
    return np.exp(logs) @ ordered
