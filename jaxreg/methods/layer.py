"""Layer normalization (Ba, Kiros & Hinton 2016, arXiv:1607.06450), all channels of a map in one group."""

import jax.numpy as jnp
from jax import Array, lax

from jaxreg.core.model import Standardization, mean_square
from jaxreg.methods.method import NORMALIZATION, Method
from jaxreg.text import Text


class Layer(Standardization):
    """Mean and variance of each sample over all channels and positions together.

    Equal to `flax.linen.LayerNorm(reduction_axes=all but the batch, feature_axes=-1)`.
    """

    def moments(self, z: Array, bias: Array, train: bool, mask: Array | None) -> tuple[Array, Array]:
        """Returns mean - bias [B, 1, ..., C] and variance [B, 1, ..., 1]."""
        del train, mask
        axes = tuple(range(1, z.ndim))
        mean = jnp.mean(z, axes, keepdims=True) + jnp.mean(bias)  # [B, 1, ..., 1]
        center = lax.stop_gradient(mean) - lax.broadcast_to_rank(bias, z.ndim)
        return mean - lax.broadcast_to_rank(bias, z.ndim), mean_square(z - center, axes, keepdims=True)


METHODS = (
    Method(
        "layer",
        Text("layer normalization", "레이어 정규화"),
        factor=NORMALIZATION,
        short=Text("layer", "레이어 정규화"),
        network={"normalization": Layer},
        colors=("#e69f00", "#e69f00"),
    ),
)
