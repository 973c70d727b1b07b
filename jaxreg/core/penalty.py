"""Weight penalties: L1, L2 and elastic net as two traced numbers, so that all four kinds share one program."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxreg.errors import one_of

Array = jax.Array

PENALTY_SCOPES = ("kernels", "all")


def penalty_coefficients(reg_type: str, reg_lambda: float | None, n: float, l1_ratio: float) -> tuple[float, float]:
    """Returns (l1, l2), the factors of sum|w| and sum w^2 in the loss.

        none (0, 0);  l1 (lambda/n, 0);  l2 (0, lambda/n);  elastic (r lambda/n, (1 - r) lambda/n)

    Args:
      reg_type: "none", "l1", "l2" or "elastic".
      reg_lambda: lambda of the seed's L = L0 + (lambda / n) * sum; None or any number where there is no penalty.
      n: the number that divides lambda: examples in a batch, in the training set, or 1.
      l1_ratio: r, the share of L1 in the elastic net, 0..1.

    Raises:
      ValueError: an unknown `reg_type`, or no `reg_lambda` for a penalty.
    """
    if reg_type == "none":
        return 0.0, 0.0
    if reg_lambda is None:
        raise ValueError(f"reg_type {reg_type!r} needs a reg_lambda")
    strength = reg_lambda / n
    shares = {"none": (0.0, 0.0), "l1": (1.0, 0.0), "l2": (0.0, 1.0), "elastic": (l1_ratio, 1 - l1_ratio)}
    l1_share, l2_share = shares[one_of("reg_type", reg_type, shares)]
    return l1_share * strength, l2_share * strength


def penalty(params: Any, l1: Array, l2: Array, scope: str = "kernels") -> Array:
    """Returns l1 * sum|w| + l2 * sum w^2 over the penalized weights; its gradient is l1 * sign(w) + 2 * l2 * w.

    sign(0) = 0: a weight that is exactly zero stays there, as it does in PyTorch.

    Args:
      params: the network's parameters, a tree of arrays.
      l1: factor of the sum of absolute values, a float32 scalar.
      l2: factor of the sum of squares, a float32 scalar.
      scope: "kernels" penalizes the kernels of every layer; "all" their biases and the norms' scales and shifts too.
    """
    # JAX differentiates |w| at 0 to 1; a constant in place of the zeros makes it 0.
    weights = [jnp.where(w == 0, 0.0, w) for w in penalized_weights(params, scope)]
    return l1 * optax.tree.norm(weights, ord=1) + l2 * optax.tree.norm(weights, ord=2, squared=True)


def penalized_weights(params: Any, scope: str) -> list[Array]:
    """Returns the arrays that a penalty of this scope adds up."""
    one_of("penalty_scope", scope, PENALTY_SCOPES)
    leaves = jax.tree_util.tree_leaves_with_path(params)
    return [leaf for path, leaf in leaves if scope == "all" or path[-1].key == "kernel"]
