"""Group normalization (Wu & He 2018, arXiv:1803.08494)."""

import jax.numpy as jnp
from jax import Array, lax

from jaxreg.core.model import Standardization, mean_square
from jaxreg.core.ops import matmul
from jaxreg.errors import InputError
from jaxreg.methods.method import NORMALIZATION, Method
from jaxreg.text import Text

UNEQUAL = Text(
    "group normalization: maps of {channels} channels; allowed are multiples of {groups}",
    "그룹 정규화: 맵의 채널이 {channels}개입니다. {groups}의 배수여야 합니다",
)
GROUPS = 8  # of 4 to 8 channels in the study's network; the paper's 32 would leave its first layer one channel each


class Group(Standardization):
    """Mean and variance of each sample over all positions and the channels of a group; 8 groups of neighbours.

    Equal to `flax.linen.GroupNorm(num_groups=8)`.
    """

    def moments(self, z: Array, bias: Array, train: bool, mask: Array | None) -> tuple[Array, Array]:
        """Returns mean - bias and variance, [B, 1, ..., C] each: of channels first, and then of groups of these."""
        del train, mask
        positions, bias = tuple(range(1, z.ndim - 1)), lax.broadcast_to_rank(bias, z.ndim)
        average = _averages(z.shape[-1])
        center = matmul(jnp.mean(z, positions, keepdims=True) + bias, average) - bias
        return center, matmul(mean_square(z - lax.stop_gradient(center), positions, keepdims=True), average)


def _averages(channels: int) -> Array:
    """Returns the matrix [C, C] that takes the mean of each group to all of its channels; XLA is slow by reshapes.

    Raises:
      InputError: the groups would not be equal.
    """
    if channels % GROUPS:
        raise InputError(UNEQUAL.format(channels=channels, groups=GROUPS))
    size = channels // GROUPS
    return jnp.kron(jnp.eye(GROUPS), jnp.full((size, size), 1 / size))


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
