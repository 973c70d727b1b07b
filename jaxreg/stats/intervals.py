"""Standard errors and simultaneous intervals of linear contrasts, over blocks and test images that are both random.

A run's answer to one test image has a score: 1 where it is right and 0 where it is wrong, a share of several trainings
that are right, or any other number of which more is better. Blocks (initialisation, shuffling, draw of the training
images) and test images are crossed random factors. With D_k the contrast in block k, m_i its mean over blocks on
image i, and r the residual mean square of the two-way table,

    SE^2 = s^2(D) / K  +  max(0, s^2(m) - r / K) / N  +  sum_c w_c^2 u^2 / N^2,

the first term holding the noise of single answers already. Source: random-effects analysis of variance, Searle,
Casella & McCulloch 1992, chapter 4. The last term, w_c the weight of cell c and u what scores range over, is what one
more wrong answer of each cell would add, each on an image of its own: answers that never differ have no variance and
still may differ on the next image. (Agresti & Coull 1998 and Agresti & Min 2005 add such answers to one share and to a
difference of paired ones.) Where there is one score a block and no images, N = 1, the second term is not there, and the
last one is what rounding the scores adds. Where blocks have test images of their own that they share in part
(`Repeated`), the first term is (1 / K + rho / (1 - rho)) s^2(D), the corrected variance of Nadeau & Bengio 2003, and
the second is in it. Why no bootstrap: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from jaxreg.stats.judgement import ENOUGH_BLOCKS, Repeated, is_share

POWER = 0.8
DRAWS_AT_ONCE = 500


class Errors(NamedTuple):
    """M contrasts of C cells: their values and the parts of their standard errors.

    Attributes:
      by_block: the contrast in each block, [M, K].
      by_image: its mean over blocks on each image, [M, N].
      block_variance: s^2(D) / K, times the inflation, [M].
      image_variance: the part of the test images alone, with that of the answers that were not seen, [M]; above 0.
      inflation: 1, or what blocks that share test images make of it, [M].
    """

    by_block: np.ndarray
    by_image: np.ndarray
    block_variance: np.ndarray
    image_variance: np.ndarray
    inflation: np.ndarray

    @property
    def shared(self) -> np.ndarray:
        """Returns the part of the block variance that no number of blocks takes away, of s^2(D) [M]."""
        return (self.inflation - 1) / self.by_block.shape[1]

    @property
    def values(self) -> np.ndarray:
        """Returns the contrasts [M]."""
        return self.by_block.mean(axis=1)

    @property
    def standard_errors(self) -> np.ndarray:
        """Returns the standard errors [M]."""
        return np.sqrt(self.block_variance + self.image_variance)

    def some(self, which: slice | np.ndarray) -> Errors:
        """Returns some of the contrasts."""
        return Errors(*(part[which] for part in self))


def resolution(scores: np.ndarray, repeated: Repeated | None = None) -> float:
    """Returns the least standard error of a cell's mean score in one block: a smaller one is not believed.

    It is the score of one image more, u / N with u = 1 for shares and else all that scores range over; of one score a
    block, of which the steps are known that it is counted in, the standard deviation of rounding, step / sqrt(12).
    """
    num_images = repeated.num_tested(scores.shape[1]) if repeated else scores.shape[2]
    if num_images > 1:
        return (1.0 if is_share(scores) else float(scores.max()) - float(scores.min())) / num_images
    steps = np.diff(np.unique(np.round(scores.astype(float), 12)))
    return float(steps.min(initial=np.inf)) / 12**0.5 if len(steps) else 0.0


def errors(weights: np.ndarray, scores: np.ndarray, repeated: Repeated | None = None) -> Errors:
    """Returns values and standard errors of contrasts of mean scores; at least two blocks.

    `weights` [M, C] has one contrast a row, `scores` [C, K, N] are those of each answer; N is 1 where it is `repeated`.
    """
    _, num_blocks, num_images = scores.shape
    by_block = weights @ scores.mean(axis=2, dtype=np.float64)
    by_image = weights @ scores.mean(axis=1, dtype=np.float64)
    inflation = np.full(len(weights), repeated.inflation(num_blocks) if repeated else 1.0)
    block_variance = inflation * by_block.var(axis=1, ddof=1) / num_blocks
    unseen = (weights**2).sum(axis=1) * resolution(scores, repeated) ** 2
    if num_images == 1:
        return Errors(by_block, by_image, block_variance, unseen if repeated else unseen / num_blocks, inflation)
    mean_square = _residual(weights, scores) / ((num_blocks - 1) * (num_images - 1))
    image_variance = np.maximum(by_image.var(axis=1, ddof=1) - mean_square / num_blocks, 0) / num_images
    return Errors(by_block, by_image, block_variance, image_variance + unseen, inflation)


def _residual(weights: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Returns the residual sum of squares of the two-way table of each contrast [M]: it is that of no mean, either."""
    cells, num_blocks, num_images = scores.shape
    flat = scores.reshape(cells, -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)  # so that no digits are lost where scores are far from 0
    table = flat.reshape(scores.shape)
    squares = np.einsum("mc,cd,md->m", weights, flat @ flat.T, weights)  # summed over blocks and images
    of_blocks = num_images * ((weights @ table.mean(axis=2)) ** 2).sum(axis=1)
    of_images = num_blocks * ((weights @ table.mean(axis=1)) ** 2).sum(axis=1)
    return np.maximum(squares - of_blocks - of_images, 0)


def critical_values(parts: Errors, levels: Sequence[float], draws: int, seed: int) -> list[np.ndarray]:
    """Returns the multiples of the standard errors [M] within which all M contrasts lie together, for some `levels`.

    Each is the t quantile of Sidak 1967 for M intervals, and from ENOUGH_BLOCKS blocks on, where the degrees of freedom
    are Satterthwaite's, at least the bootstrap's: by simulation neither alone keeps the level with six to eight blocks.
    """
    freedom, count = degrees_of_freedom(parts), len(parts.values)
    sidak = [stats.t.isf((1 - (1 - level) ** (1 / count)) / 2, freedom) for level in levels]
    if parts.by_block.shape[1] < ENOUGH_BLOCKS:
        return sidak
    greatest = np.concatenate([np.abs(t).max(axis=1) for t in _studentized(parts, draws, seed)])
    least = np.quantile(greatest, 1 - np.array(levels))
    return [np.maximum(quantile, value) for quantile, value in zip(sidak, least, strict=True)]


def one_sided_values(parts: Errors, signs: np.ndarray, level: float, draws: int, seed: int) -> np.ndarray:
    """Returns multiples [G, M] of the standard errors that no contrast of a group exceeds on one side, with 1 - level.

    `signs` [G, M] says which contrasts are in each group, and which way round: 1, -1, or 0 where it is not in it. The
    values are found as those of two sides are, with the quantile of Bonferroni: Sidak's needs more than is known here.
    """
    freedom, counts = degrees_of_freedom(parts), np.abs(signs).sum(axis=1)
    quantiles = np.array([stats.t.isf(level / count, freedom) for count in counts])
    if parts.by_block.shape[1] < ENOUGH_BLOCKS:
        return quantiles
    groups = [np.flatnonzero(own) for own in signs]
    greatest = np.concatenate(
        [
            np.stack([(t[:, group] * own[group]).max(axis=1) for group, own in zip(groups, signs, strict=True)], axis=1)
            for t in _studentized(parts, draws, seed)
        ]
    )
    return np.maximum(quantiles, np.quantile(greatest, 1 - level, axis=0)[:, None])


def _studentized(parts: Errors, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yields t* of the contrasts, in parts of some studies [R, M], of studies without differences.

    They are drawn from a normal model with the covariances that were observed over blocks and over images; each t* is
    divided by the standard error that its own K blocks give, as the real ones are (parametric bootstrap of max-T:
    Westfall & Young 1993). What blocks have in common because they share images is drawn once a study.
    """
    rng = np.random.default_rng(seed)
    num_contrasts, num_blocks = parts.by_block.shape
    blocks = _root(np.cov(parts.by_block).reshape(num_contrasts, num_contrasts))
    images = _root(_image_covariance(parts))
    for start in range(0, draws, DRAWS_AT_ONCE):
        size = min(DRAWS_AT_ONCE, draws - start)
        by_block = rng.standard_normal((size, num_blocks, blocks.shape[1])) @ blocks.T  # [R, K, M]
        moved = by_block.mean(axis=1) + rng.standard_normal((size, images.shape[1])) @ images.T
        if parts.shared.any():
            moved += rng.standard_normal((size, blocks.shape[1])) @ blocks.T * np.sqrt(parts.shared)
        block_variance = parts.inflation * by_block.var(axis=1, ddof=1) / num_blocks
        yield moved / np.sqrt(block_variance + parts.image_variance)


def probability_within(parts: Errors, margins: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, float]:
    """Returns with what probability each contrast is smaller than its margin [M], and all are.

    The model: before the study any difference is as likely as any other; errors are normal with the covariances that
    were observed over blocks and over images, that of the blocks known to K - 1 degrees of freedom (a multivariate t).
    """
    found = [
        np.abs(parts.values + errors) < margins
        for errors in _probable_errors(parts, draws, np.random.default_rng(seed))
    ]
    return np.mean(np.concatenate(found), axis=0), float(np.mean([rows.all(axis=1).mean() for rows in found]))


def luck(parts: Errors, draws: int, seed: int) -> float:
    """Returns by how much the highest of M means is too high on average, where all are equal.

    Errors are normal with the covariances that were observed, which are taken for the true ones: what is asked is how
    such studies come out on average, and not what this one may be.
    """
    moves = _probable_errors(parts, draws, np.random.default_rng(seed), is_known=True)
    return float(np.mean([move.max(axis=1).mean() for move in moves]))


def _probable_errors(
    parts: Errors, draws: int, rng: np.random.Generator, *, is_known: bool = False
) -> Iterator[np.ndarray]:
    """Yields how far the contrasts may be from their values, in parts of equal size [R, M].

    The covariance of the blocks is known as it was observed, or to K - 1 degrees of freedom.
    """
    num_contrasts, num_blocks = parts.by_block.shape
    blocks = _root(np.cov(parts.by_block).reshape(num_contrasts, num_contrasts) / num_blocks)
    blocks = blocks * np.sqrt(parts.inflation)[:, None]
    images = _root(_image_covariance(parts))
    size = min(DRAWS_AT_ONCE, draws)
    for _ in range(0, draws, size):
        scales = 1.0 if is_known else np.sqrt((num_blocks - 1) / rng.chisquare(num_blocks - 1, (size, 1)))
        of_blocks = scales * rng.standard_normal((size, blocks.shape[1])) @ blocks.T
        yield of_blocks + rng.standard_normal((size, images.shape[1])) @ images.T


def least_margin(
    num_images: int, accuracy: float, correlation: float, *, comparisons: int = 1, level: float = 0.05
) -> float:
    """Returns the smallest margin of equivalence that so many test images allow, however many blocks there are.

        z sqrt(2 q (1 - q) (1 - rho) / N),

    z the normal quantile of two one-sided tests for so many comparisons (Sidak), q the accuracy that is expected, and
    rho the correlation over images of how often two cells answer them right: about 0.998 where cells differ in their
    penalties, 0.95 where they differ in their normalizations. Answers are taken to hang on the image alone, which is
    the most that q (1 - q) can be; a guess for before the study, after which `Family.floor` has what was measured.

    >>> round(least_margin(10_000, accuracy=0.97, correlation=0.95, comparisons=3), 4)
    0.0011
    """
    z = _two_one_sided(level, comparisons)
    return float(z * np.sqrt(2 * accuracy * (1 - accuracy) * (1 - correlation) / num_images))


def image_floor(parts: Errors, level: float, comparisons: int) -> np.ndarray:
    """Returns half the intervals of equivalence that would be left with blocks without number [M]."""
    alone = parts.by_image.shape[1] == 1 and not parts.shared.any()  # one score a block: what rounding adds goes, too
    left = (0 if alone else parts.image_variance) + parts.shared * parts.by_block.var(axis=1, ddof=1)
    return _two_one_sided(level, comparisons) * np.sqrt(left)


def _two_one_sided(level: float, comparisons: int) -> float:
    """Returns the normal quantile of two one-sided tests, of each of so many comparisons (Sidak)."""
    return float(stats.norm.ppf((1 + (1 - 2 * level) ** (1 / comparisons)) / 2))


def _image_covariance(parts: Errors) -> np.ndarray:
    """Returns the covariance of the contrasts [M, M] that test images alone bring; its diagonal is `image_variance`."""
    deviations = parts.by_image - parts.values[:, None]
    covariance = deviations @ deviations.T
    spread = np.diag(covariance)
    scale = np.sqrt(np.divide(parts.image_variance, spread, out=np.zeros_like(spread), where=spread > 0))
    covariance *= np.outer(scale, scale)
    np.fill_diagonal(covariance, parts.image_variance)  # of contrasts that are the same on all images too
    return covariance


def _root(covariance: np.ndarray) -> np.ndarray:
    """Returns A [M, rank] with A A^T equal to the covariance."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > values.max() * 1e-10
    return vectors[:, kept] * np.sqrt(values[kept])


def degrees_of_freedom(parts: Errors) -> np.ndarray:
    """Returns those of the standard errors [M]: by Satterthwaite 1946; K - 1 with few blocks or no images."""
    num_blocks, num_images = parts.by_block.shape[1], parts.by_image.shape[1]
    if num_blocks < ENOUGH_BLOCKS or num_images == 1:
        return np.full(len(parts.image_variance), num_blocks - 1.0)
    spread = parts.block_variance**2 / (num_blocks - 1) + parts.image_variance**2 / (num_images - 1)
    return (parts.block_variance + parts.image_variance) ** 2 / spread


def pointwise_multiple(parts: Errors, level: float) -> np.ndarray:
    """Returns the t quantile of each contrast by itself [M]."""
    return stats.t.ppf(1 - level / 2, degrees_of_freedom(parts))


def share_intervals(
    shares: np.ndarray, standard_errors: np.ndarray, multiples: np.ndarray, num_images: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns both ends of the intervals of shares [M], which end within 0..1: Wilson 1927 with an effective number.

        n = q (1 - q) / SE^2,   q the share of wrong answers with one more wrong and one more right among the images,

    the number of independent answers that would be as exact (Korn & Graubard 1998). With no answer wrong the interval
    ends where that of a binomial share of `num_images` does.
    """
    wrong = ((1 - shares) * num_images + 1) / (num_images + 2)
    squares = multiples**2 * standard_errors**2 / (wrong * (1 - wrong))  # m^2 / n
    centers = (shares + squares / 2) / (1 + squares)
    reach = np.sqrt(squares * shares * (1 - shares) + squares**2 / 4) / (1 + squares)
    return np.clip(centers - reach, 0, shares), np.clip(centers + reach, shares, 1)


def detectable(parts: Errors, critical: np.ndarray) -> float:
    """Returns the difference that a contrast of median precision shows as not zero with a probability of 80 %.

    The power of t with f degrees of freedom is that of a normal variable with mean c (1 - 1 / 4f) and variance
    1 + c^2 / 2f in place of c (Abramowitz & Stegun 1964, 26.7.10).
    """
    freedom = degrees_of_freedom(parts)
    needed = critical * (1 - 1 / (4 * freedom)) + stats.norm.ppf(POWER) * np.sqrt(1 + critical**2 / (2 * freedom))
    return float(np.median(needed * parts.standard_errors))
