"""Label smoothing (Szegedy et al. 2016, arXiv:1512.00567)."""

import optax
from jax import Array

from jaxreg.core.train import Hparams
from jaxreg.methods.method import Method, Uniform
from jaxreg.text import Text


def smooth(images: Array, targets: Array, there: Array, hparams: Hparams, key: Array) -> tuple[Array, Array]:
    """Returns the images, and labels of (1 - a) * target + a / C; the loss that is measured stays unsmoothed."""
    del there, key
    return images, optax.smooth_labels(targets, hparams["label_smoothing"])


METHODS = (
    Method(
        "label_smoothing",
        Text("label smoothing", "레이블 스무딩"),
        space={"label_smoothing": Uniform(0.01, 0.5, Text("smoothing", "스무딩 정도"))},
        augmentation=smooth,
        marker="v",
    ),
)
