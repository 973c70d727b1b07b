"""Max-norm: the weights into each unit stay within a ball (Srebro & Shraibman 2005; Srivastava et al. 2014)."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxreg.core.penalty import is_kernel
from jaxreg.core.train import Hparams
from jaxreg.methods.method import LogUniform, Method
from jaxreg.text import Text, same


def project(params: Any, hparams: Hparams) -> Any:
    """Returns the parameters, each unit's incoming kernel weights scaled down to a norm of at most `max_norm`."""

    def within(path: tuple, w: Array) -> Array:
        if not is_kernel(path):
            return w
        norms = jnp.sqrt(jnp.sum(jnp.square(w), tuple(range(w.ndim - 1)), keepdims=True))  # of each output
        return w * jnp.minimum(1, hparams["max_norm"] / jnp.maximum(norms, 1e-12))

    return jax.tree_util.tree_map_with_path(within, params)


METHODS = (
    Method(
        "max_norm",
        Text("max-norm constraint", "max-norm 제약"),
        short=same("max-norm"),
        space={"max_norm": LogUniform(0.3, 4.0, Text("largest norm", "최대 norm"))},
        projection=project,
        marker="*",
    ),
)
