"""Pieces for networks of your own: Flax's layers where ours are faster on a CPU, or take what a study varies.

Inside of a loop, as all training here is, XLA computes the gradients of its convolution by a naive path on a CPU, many
times slower than it could (jax issue 12868). `docs/network.md` has the numbers.
"""

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax.linen.linear import canonicalize_padding
from jax import Array, lax

from jaxreg.core import ops
from jaxreg.core.model import Normalization
from jaxreg.core.ops import KERNEL_SIZE, max_pool

__all__ = ["Conv", "Dropout", "Normalization", "max_pool", "normalize"]

FLOAT32 = jnp.dtype("float32")
# The fields of a convolution that ours knows; of others, only what Flax has by default.
OURS = {"features", "kernel_size", "strides", "padding", "use_bias", "dtype", "param_dtype", "kernel_init", "bias_init"}
OURS |= {"precision", "parent", "name"}

Pads = tuple[tuple[int, int], ...]


class Conv(nn.Conv):
    """`flax.linen.Conv`, with the same arguments, parameters and results, whose gradients are fast on a CPU.

    There a float32 convolution of two dimensions without dilations, groups or a mask is made of matrix products in full
    float32, by any kernel and strides. Everything else, and everywhere else, is what Flax does.

    >>> import flax.linen as nn
    >>> images, key = jnp.ones((2, 8, 8, 3)), jax.random.key(0)
    >>> ours, flaxs = (kind(4, (3, 3), padding=1) for kind in (Conv, nn.Conv))
    >>> variables = ours.init(key, images)
    >>> bool(jnp.allclose(ours.apply(variables, images), flaxs.apply(variables, images), atol=1e-5))
    True
    """

    @nn.compact
    def __call__(self, inputs: Array) -> Array:
        """Returns maps [B, H', W', features] of maps [B, H, W, C]."""
        pads = self._pads(inputs)
        if pads is None:
            return super().__call__(inputs)
        size: Any = self.kernel_size
        shape = (*size, inputs.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        y = _convolve(inputs, kernel, _pair(self.strides), pads)
        if self.use_bias:
            y += self.param("bias", self.bias_init, (self.features,), self.param_dtype)[None, None, None]
        return y

    def _pads(self, inputs: Array) -> Pads | None:
        """Returns the rows and columns of zeros that are put around the inputs; None of what is left to Flax."""
        others = (field for field in dataclasses.fields(nn.Conv) if field.name not in OURS)
        if jax.default_backend() != "cpu" or any(getattr(self, field.name) != field.default for field in others):
            return None
        size = () if isinstance(self.kernel_size, int) else tuple(self.kernel_size)
        if (len(size), inputs.ndim) != (2, 4):
            return None
        if {jnp.dtype(kind) for kind in (inputs.dtype, self.param_dtype, self.dtype or "float32")} != {FLOAT32}:
            return None
        padding: Any = canonicalize_padding(self.padding, 2)
        if padding in ("SAME", "VALID"):
            padding = lax.padtype_to_pads(inputs.shape[1:3], size, _pair(self.strides), padding)
        if isinstance(padding, str) or min(map(min, padding)) < 0:  # CIRCULAR, REFLECT
            return None
        room = [n + low + high - k for n, (low, high), k in zip(inputs.shape[1:3], padding, size, strict=True)]
        return tuple(padding) if min(room) >= 0 else None


def _pair(given: Any) -> tuple[int, int]:
    return (given or 1, given or 1) if given is None or isinstance(given, int) else tuple(given)


def _convolve(x: Array, kernel: Array, strides: tuple[int, int], pads: Pads) -> Array:
    """Returns a convolution as one product of patches, or as `core.ops` has it where it has."""
    height, width, _, features = kernel.shape
    padding = pads[0][0]
    if (height, width, strides, pads) == (KERNEL_SIZE, KERNEL_SIZE, (1, 1), ((padding, padding),) * 2):
        return ops.conv2d(x, kernel, padding)
    x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    h, w = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], (height, width), strides, strict=True))
    rows, columns = strides[0] * (h - 1) + 1, strides[1] * (w - 1) + 1
    shifts = [
        x[:, i : i + rows : strides[0], j : j + columns : strides[1]] for i in range(height) for j in range(width)
    ]
    patches = jnp.concatenate(shifts, axis=-1).reshape(len(x) * h * w, -1)  # [B H' W', height width C]
    return ops.matmul(patches, kernel.reshape(-1, features)).reshape(len(x), h, w, features)


class Dropout(nn.Module):
    """`flax.linen.Dropout` with a rate that may be a traced number, as that of a method is, or None, which is none.

    Attributes:
      rate: the share of values that are set to 0 in training; the rest are divided by 1 - rate.

    >>> x = jnp.ones((2, 3))
    >>> Dropout(None).apply({}, x, deterministic=False) is x
    True
    """

    rate: Any

    @nn.compact
    def __call__(self, x: Array, deterministic: bool) -> Array:
        """Returns x, in training (`deterministic=False`) with a share of it dropped."""
        if deterministic or self.rate is None:
            return x
        return ops.dropout(x, self.rate, self.make_rng("dropout"))


def normalize(kind: type[Normalization], x: Array, train: bool, mask: Array | None = None) -> Array:
    """Returns x [B, ..., C] normalized by a kind that a study varies, within a compact `__call__` of a network.

    >>> class Net(nn.Module):
    ...     normalization: type = Normalization
    ...     @nn.compact
    ...     def __call__(self, x, train):
    ...         return normalize(self.normalization, x, train)
    >>> Net().apply({}, jnp.ones((2, 3)), train=True)
    Array([[1., 1., 1.],
           [1., 1., 1.]], dtype=float32)
    """
    bias = jnp.zeros(x.shape[-1:])
    normalized: Array = kind()(x, bias, train, mask)(x)
    return normalized
