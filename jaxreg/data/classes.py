"""Draws in which each class has its share."""

from collections.abc import Sequence

import numpy as np


def apportion(total: int, weights: np.ndarray, most: np.ndarray | int) -> np.ndarray:
    """Returns integers [C] of this sum, in proportion to the weights [C] as nearly as can be (largest remainders).

    Where there is weight they are at least 1, and at most `most` [C].

    Raises:
      ValueError: the sum does not allow that.
    """
    exact = total * weights / weights.sum()
    least, most = np.minimum(weights > 0, 1), np.minimum(most, total)
    parts = np.clip(np.floor(exact).astype(int), least, most)
    while (missing := total - parts.sum()) != 0:
        step = int(np.sign(missing))
        possible = parts < most if step > 0 else parts > least
        if not possible.any():
            raise ValueError(f"{total} cannot be shared out between {least.sum()} and {np.sum(most)}")
        parts[np.argmax(np.where(possible, step * (exact - parts), -np.inf))] += step
    return parts


def deal(labels: np.ndarray, order: np.ndarray, sizes: Sequence[int], spare: int = 0) -> list[np.ndarray]:
    """Returns disjoint rows of these sizes, in each the classes by their shares and in the order given.

    `order` [N] permutes the rows; of each class those that come first in it go to the first part, and so on: rows of a
    part do not depend on the sizes of later ones. Each part has one of each class that occurs, and `spare` of each are
    left. So there must be `len(sizes) + spare` of each, and no size may be below the number of classes.
    """
    drawn = labels[order]
    pool = np.bincount(drawn)
    place = np.empty_like(order)  # of each row among those of its class
    for label in np.flatnonzero(pool):
        place[drawn == label] = np.arange(pool[label])
    start, parts = np.zeros_like(pool), []
    for done, size in enumerate(sizes, start=1):
        left = pool - start
        kept = len(sizes) - done + spare  # of each class that occurs: a label that none has is dealt to no part
        end = start + apportion(size, left, np.maximum(left - kept, 0))
        parts.append(order[(start[drawn] <= place) & (place < end[drawn])])
        start = end
    return parts
