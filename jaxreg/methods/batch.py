"""Batch normalization (Ioffe & Szegedy 2015, arXiv:1502.03167)."""

import jax.numpy as jnp
from jax import Array, lax

from jaxreg.core.model import Standardization, mean_square
from jaxreg.methods.method import NORMALIZATION, Method
from jaxreg.text import Text

MOMENTUM = 0.9  # the weight of the old value; PyTorch writes the same as momentum=0.1


class Batch(Standardization):
    """Mean and variance per channel over the batch and all positions in training; their running averages elsewhere.

    Running averages have momentum 0.9, and are those of the biased variance. Equal to `flax.linen.BatchNorm`.
    """

    def moments(self, z: Array, bias: Array, train: bool, mask: Array | None) -> tuple[Array, Array]:
        """Returns mean - bias and variance, [C] each."""
        running_mean = self.variable("batch_stats", "mean", jnp.zeros, bias.shape)
        running_var = self.variable("batch_stats", "var", jnp.ones, bias.shape)
        if not train:
            return running_mean.value - bias, running_var.value
        positions = tuple(range(1, z.ndim - 1))
        where = None if mask is None else mask[:, None]
        mean = jnp.mean(jnp.mean(z, positions), 0, where=where)  # [C]
        centred = z - lax.broadcast_to_rank(lax.stop_gradient(mean), z.ndim)
        var = jnp.mean(mean_square(centred, positions), 0, where=where)
        if not self.is_initializing():
            old, new = MOMENTUM, 1 - MOMENTUM
            running_mean.value = old * running_mean.value + new * lax.stop_gradient(mean + bias)
            running_var.value = old * running_var.value + new * lax.stop_gradient(var)
        return mean, var  # u - mean(u) = z - mean(z): the bias cancels, exactly


METHODS = (
    Method(
        "batch",
        Text("batch normalization", "배치 정규화"),
        factor=NORMALIZATION,
        short=Text("batch", "배치 정규화"),
        network={"normalization": Batch},
        colors=("#0072b2", "#56b4e9"),
    ),
)
