"""Decoupled weight decay: AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101)."""

from typing import Any

import jax
import optax

from jaxreg.core.penalty import is_kernel
from jaxreg.core.train import Hparams
from jaxreg.methods.method import LogUniform, Method
from jaxreg.text import Text


def kernels(params: Any) -> Any:
    """Returns which parameters are kernels, a tree of bools."""
    return jax.tree_util.tree_map_with_path(lambda path, _: is_kernel(path), params)


def adamw(hparams: Hparams) -> optax.GradientTransformation:
    """Returns Adam that takes learning rate times strength times the weight from each kernel weight in every step."""
    return optax.adamw(
        hparams["learning_rate"], b1=0.9, b2=0.999, eps=1e-8, weight_decay=hparams["weight_decay"], mask=kernels
    )


METHODS = (
    Method(
        "weight_decay",
        Text("decoupled weight decay", "분리형 가중치 감쇠"),
        short=Text("weight decay", "가중치 감쇠"),
        space={"weight_decay": LogUniform(1e-4, 1.0, Text("weight decay", "가중치 감쇠"))},
        optimizer=adamw,
        marker="P",
    ),
)
