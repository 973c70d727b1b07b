"""Weight penalties: L1, L2 and elastic net as two traced numbers, so that all four kinds share one program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxreg.errors import one_of

Array = jax.Array

PENALTY_SCOPES = ("kernels", "all")


def is_kernel(path: tuple[Any, ...]) -> bool:
    """Returns whether a parameter is a kernel: by the last name of its path, as JAX's trees give it."""
    names = [part.key for part in path if isinstance(part, jax.tree_util.DictKey)]  # boxes and lists have others below
    return names[-1:] == ["kernel"]


@dataclass(frozen=True)
class WeightPenalty:
    """The penalty l1 * sum|w| + l2 * sum w^2, whose gradient is l1 * sign(w) + 2 * l2 * w.

    none, L1, L2 and elastic net are this function with other numbers `l1` and `l2` among the hyperparameters, so that
    all share one program. sign(0) = 0: a weight that is exactly zero stays there, as it does in PyTorch.

    Attributes:
      scope: "kernels" penalizes the kernels of every layer; "all" their biases and the norms' scales and shifts too.

    Raises:
      InputError: another scope.

    >>> params = {"dense": {"kernel": jnp.array([-2.0, 0.5]), "bias": jnp.ones(2)}}
    >>> WeightPenalty()(params, {"l1": 1.0, "l2": 0.0})
    Array(2.5, dtype=float32)
    """

    scope: str = "kernels"

    def __post_init__(self) -> None:
        one_of("penalty_scope", self.scope, PENALTY_SCOPES)

    def __call__(self, params: Any, hparams: Mapping[str, Array]) -> Array:
        """Returns the penalty of a tree of parameters, a float32 scalar."""
        leaves = jax.tree_util.tree_leaves_with_path(params)
        chosen = [leaf for path, leaf in leaves if self.scope == "all" or is_kernel(path)]
        # JAX differentiates |w| at 0 to 1; a constant in place of the zeros makes it 0.
        weights = [jnp.where(w == 0, 0.0, w) for w in chosen]
        l1, l2 = hparams["l1"], hparams["l2"]
        return l1 * optax.tree.norm(weights, ord=1) + l2 * optax.tree.norm(weights, ord=2, squared=True)
