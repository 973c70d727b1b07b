"""A method of a user's own, for tests: nothing of jaxreg knows its name."""

import jax
import jax.numpy as jnp

from jaxreg import LogUniform, Method, Text


def smooth(params, hparams):
    return hparams["strength"] * sum(jnp.sum(jnp.sqrt(jnp.square(w) + 1e-6)) for w in jax.tree.leaves(params))


smooth_l1 = Method(
    "smooth_l1", Text("smoothed L1", "매끄러운 L1"), space={"strength": LogUniform(1e-6, 1e-3)}, penalty=smooth
)
