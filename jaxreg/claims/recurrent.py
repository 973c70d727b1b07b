"""A small recurrent network that reads images row by row, of which each may have another number."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxreg.claims.lab import Network
from jaxreg.claims.runs import RunSpec
from jaxreg.core.model import NORM_EPSILON, Classifier, Weights
from jaxreg.core.ops import matmul
from jaxreg.errors import one_of
from jaxreg.methods.batch import MOMENTUM

UNITS = 64
KINDS = ("none", "batch", "layer")
SHORTEST, LONGEST = 10 / 28, 20 / 28  # of an image's rows that a training image has, at least and at most

Array = jax.Array
Moments = tuple[Array, Array]


class RowReader(Classifier):
    """h_t = tanh(gamma * normalize(x_t W + h_{t-1} U + b) + beta) over an image's rows x_t; its last h is classified.

    "layer" normalizes each image's units; "batch" each unit over the images of the batch that still have a row t, with
    running averages for each t (Cooijmans et al. 2017, arXiv:1603.09025): a row later than any seen in training
    is normalized as the last that was.

    Attributes:
      normalization: "none", "batch" or "layer".
    """

    normalization: str = "none"

    def __post_init__(self) -> None:
        one_of("normalization", self.normalization, KINDS)
        super().__post_init__()

    @nn.compact
    def __call__(self, images: Array, train: bool, mask: Array | None = None) -> Array:
        """Returns logits of images [B, H, W, C + 1], whose last channel is 1 in the rows that there are."""
        there = images[:, :, 0, -1].T  # [H, B]
        there = there if mask is None else there * mask
        rows = images[..., :-1].reshape(*images.shape[:2], -1).swapaxes(0, 1)  # [H, B, W * C]
        kernel, bias = Weights((rows.shape[-1], UNITS), name="rows")()
        recurrent, _ = Weights((UNITS, UNITS), name="state")()
        gamma = self.param("scale", nn.initializers.ones_init(), (UNITS,))
        beta = self.param("bias", nn.initializers.zeros_init(), (UNITS,))
        stats = self._stats(len(there))

        def read(h: Array, step: tuple[Array, Array, Moments]) -> tuple[Array, Moments]:
            x, here, known = step
            z = matmul(x, kernel) + matmul(h, recurrent) + bias  # [B, UNITS]
            mean, var = self._moments(z, here, known, train)
            new = jnp.tanh((z - mean) * lax.rsqrt(var + NORM_EPSILON) * gamma + beta)
            return jnp.where(here[:, None] > 0, new, h), (mean, var)

        known = (jnp.zeros((len(there), UNITS)), jnp.ones((len(there), UNITS))) if stats is None else stats.known(train)
        h, moments = lax.scan(read, jnp.zeros((images.shape[0], UNITS)), (rows, there, known))
        if stats is not None and train and not self.is_initializing():
            stats.update(moments, there.max(1))
        out, out_bias = Weights((UNITS, self.num_classes), name="dense")()
        return matmul(h, out) + out_bias

    def _stats(self, num_rows: int) -> _Stats | None:
        if self.normalization != "batch":
            return None
        return _Stats(
            self.variable("batch_stats", "mean", jnp.zeros, (num_rows, UNITS)),
            self.variable("batch_stats", "var", jnp.ones, (num_rows, UNITS)),
            self.variable("batch_stats", "seen", jnp.zeros, (num_rows,)),
        )

    def _moments(self, z: Array, here: Array, known: Moments, train: bool) -> Moments:
        if self.normalization == "none" or (self.normalization == "batch" and not train):
            return known
        if self.normalization == "layer":
            return z.mean(-1, keepdims=True), z.var(-1, keepdims=True)
        weights = here[:, None] / jnp.maximum(here.sum(), 1.0)
        mean = (weights * z).sum(0)
        return mean, (weights * jnp.square(z - mean)).sum(0)


class _Stats:
    """Running averages of each row's moments, and which rows have been seen."""

    def __init__(self, mean: nn.Variable, var: nn.Variable, seen: nn.Variable) -> None:
        self._mean, self._var, self._seen = mean, var, seen

    def known(self, train: bool) -> Moments:
        """Returns the moments for each row [H, UNITS]; those of the last row seen for the rows after it."""
        last = jnp.maximum(self._seen.value.sum().astype(jnp.int32) - 1, 0)
        rows = jnp.minimum(jnp.arange(len(self._seen.value)), last)
        return self._mean.value[rows], self._var.value[rows]

    def update(self, moments: Moments, there: Array) -> None:
        """Moves the averages of the rows that some image of the batch has."""
        for kept, new in zip((self._mean, self._var), moments, strict=True):
            moved = MOMENTUM * kept.value + (1 - MOMENTUM) * lax.stop_gradient(new)
            kept.value = jnp.where(there[:, None] > 0, moved, kept.value)
        self._seen.value = jnp.maximum(self._seen.value, there)


def cut(images: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Returns images [N, H, W, C + 1] of which only the first rows are left, with a channel that says which."""
    there = (np.arange(images.shape[1]) < lengths[:, None]).astype(np.float32)[:, :, None, None]
    mask = np.broadcast_to(there, (*images.shape[:3], 1))
    return np.concatenate([images * there, mask], -1).astype(np.float32)


def rows_of(share: float, height: int) -> int:
    """Returns how many rows are a share of an image's; at least one."""
    return max(1, round(share * height))


def random_lengths(count: int, height: int, seed: int) -> np.ndarray:
    """Returns numbers of rows, drawn from SHORTEST to LONGEST of an image's."""
    low, high = (rows_of(share, height) for share in (SHORTEST, LONGEST))
    return np.random.default_rng(seed).integers(low, high + 1, count)


def _prepare(images: np.ndarray, spec: RunSpec, split: str) -> np.ndarray:
    seed = spec.seed * 8 + ("train", "epoch_valid", "trial_valid", "test").index(split)
    return cut(images, random_lengths(len(images), images.shape[1], seed))


def _build(spec: RunSpec, num_classes: int) -> RowReader:
    return RowReader(num_classes, spec.norm_type)


ROWS_NETWORK = Network("rows", _build, _prepare)
