"""L1 by soft-thresholding after each step: exact zeros, which the subgradient under Adam never reaches.

    w <- sign(w) * max(|w| - learning_rate * lambda / n, 0)

Source: proximal gradient descent, Daubechies, Defrise & De Mol 2004; Parikh & Boyd 2014.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jaxreg.core.penalty import is_kernel
from jaxreg.core.train import Hparams
from jaxreg.methods.method import LogUniform, Method, Reading
from jaxreg.text import Text


def soft_threshold(params: Any, hparams: Hparams) -> Any:
    """Returns the parameters with every kernel weight moved towards 0 by learning rate times strength, and not past."""
    step = hparams["learning_rate"] * hparams["l1_proximal"]
    return jax.tree_util.tree_map_with_path(
        lambda path, w: jnp.sign(w) * jnp.maximum(jnp.abs(w) - step, 0) if is_kernel(path) else w, params
    )


def numbers(values: Mapping[str, float], reading: Reading) -> dict[str, float]:
    """Returns the strength lambda / n."""
    return {"l1_proximal": values["l1_proximal"] / reading.n}


METHODS = (
    Method(
        "l1_proximal",
        Text("proximal L1 penalty", "근접 L1 규제"),
        short=Text("proximal L1", "근접 L1"),
        space={"l1_proximal": LogUniform(1e-4, 1.0, Text("lambda of proximal L1", "근접 L1의 람다"))},
        numbers=numbers,
        projection=soft_threshold,
        marker="<",
    ),
)
