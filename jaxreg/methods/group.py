"""Group normalization (Wu & He 2018, arXiv:1803.08494)."""

import jax.numpy as jnp
from jax import Array, lax

from jaxreg.core.model import Standardization
from jaxreg.methods.method import NORMALIZATION, Method
from jaxreg.text import Text

GROUPS = 8  # of 4 to 8 channels in the study's network; the paper's 32 would leave its first layer one channel each


class Group(Standardization):
    """Mean and variance of each sample over all positions and the channels of a group; 8 groups of neighbours.

    Equal to `flax.linen.GroupNorm(num_groups=8)`.
    """

    def moments(self, z: Array, bias: Array, train: bool, mask: Array | None) -> tuple[Array, Array]:
        """Returns mean - bias and variance, [B, 1, ..., C] each."""
        del train, mask
        bias = lax.broadcast_to_rank(bias, z.ndim)
        grouped = (z + bias).reshape(len(z), -1, GROUPS, z.shape[-1] // GROUPS)  # [B, positions, G, C / G]
        shape = (len(z), *(1,) * (z.ndim - 2), z.shape[-1])

        def per_channel(values: Array) -> Array:  # [B, G]
            return jnp.repeat(values, z.shape[-1] // GROUPS, axis=1).reshape(shape)

        return per_channel(grouped.mean((1, 3))) - bias, per_channel(grouped.var((1, 3)))


METHODS = (
    Method(
        "group",
        Text("group normalization", "그룹 정규화"),
        factor=NORMALIZATION,
        short=Text("group", "그룹 정규화"),
        network={"normalization": Group},
        colors=("#cc79a7", "#cc79a7"),
    ),
)
