"""How an effect depends on a strength: paired differences in the parts of its range, and the best part cross-fitted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxreg.stats.intervals import errors, pointwise_multiple
from jaxreg.stats.judgement import LEAST_BLOCKS, Estimate, is_share

MINUS = np.array([[1.0, -1.0]])


class Part(NamedTuple):
    """One part of a range: which blocks say something of it, and what.

    Attributes:
      blocks: their numbers, K of them.
      scores: of each answer to a test image, with the method and without it, [K, 2, N].
    """

    blocks: tuple[int, ...]
    scores: np.ndarray

    def some(self, odd: bool) -> "Part":
        """Returns the blocks of odd or of even number."""
        own = [i for i, block in enumerate(self.blocks) if block % 2 == odd]
        return Part(tuple(self.blocks[i] for i in own), self.scores[own])

    @property
    def mean(self) -> float:
        """Returns the mean difference, below all others where there is no block."""
        return float(np.diff(self.scores.mean(axis=(0, 2)))[0] * -1) if self.blocks else -np.inf


def part_effects(parts: Sequence[Part], level: float, together: int) -> tuple[Estimate, ...]:
    """Returns for each part of a range the mean difference, with its interval over blocks and test images.

    Args:
      parts: the parts; their blocks are independent, and their images the same.
      level: the error rate of all intervals together.
      together: how many there are, in all ranges; each keeps 1 - (1 - level)^(1 / together) (Sidak 1967).

    >>> right = np.random.default_rng(0).random((4, 2, 500)) < np.reshape([0.9, 0.7], (2, 1))
    >>> round(part_effects([Part((0, 1, 2, 3), right)], level=0.05, together=1)[0].value, 1)
    0.2
    """
    own = 1 - (1 - level) ** (1 / together)
    return tuple(_estimate(part, own) for part in parts)


def best_part(parts: Sequence[Part], level: float) -> tuple[int, Estimate]:
    """Returns the part that the blocks of odd number choose, and what it brings in those of even number.

    The best of several means is too high by what chance has added to it; blocks that have not chosen do not know that.
    (Both halves by turns would use all blocks, but the two depend on each other: of nominal 95 % intervals 91 % held in
    simulations.) `parts` as in `part_effects`, of two blocks or more.
    """
    chosen = int(np.argmax([part.some(odd=True).mean for part in parts]))
    return chosen, _estimate(parts[chosen].some(odd=False), level)


def _estimate(part: Part, level: float) -> Estimate:
    if not part.blocks:
        return Estimate(float("nan"))
    if len(part.blocks) < LEAST_BLOCKS:
        return Estimate(part.mean)
    scores = part.scores.swapaxes(0, 1)  # [2, K, N]
    found = errors(MINUS, scores)
    (value,), (error,), (multiple,) = found.values, found.standard_errors, pointwise_multiple(found, level)
    most = 1.0 if is_share(scores) else np.inf
    ends = np.clip([value - multiple * error, value + multiple * error], -most, most)
    return Estimate(float(value), float(error), *map(float, ends))
