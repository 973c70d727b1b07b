"""Regularization by changing the pictures: random shifts, cutout (arXiv:1708.04552) and mixup (arXiv:1710.09412)."""

import jax
import jax.numpy as jnp
from jax import Array

from jaxreg.core.train import Hparams
from jaxreg.methods.method import BETTER_WITH_TIME, LogUniform, Method, Uniform
from jaxreg.text import Text


def shift(images: Array, targets: Array, there: Array, hparams: Hparams, key: Array) -> tuple[Array, Array]:
    """Returns each image moved by up to `shift` pixels along both axes, its border repeated into what is left free.

    The distances are whole numbers, drawn uniformly from -shift..shift after rounding.
    """
    del there
    height, width = images.shape[1:3]
    moves = jnp.round(jax.random.uniform(key, (len(images), 2), minval=-1, maxval=1) * hparams["shift"]).astype(int)

    def moved(image: Array, move: Array) -> Array:
        rows = jnp.clip(jnp.arange(height) - move[0], 0, height - 1)
        columns = jnp.clip(jnp.arange(width) - move[1], 0, width - 1)
        return image[rows][:, columns]

    return jax.vmap(moved)(images, moves), targets


def cutout(images: Array, targets: Array, there: Array, hparams: Hparams, key: Array) -> tuple[Array, Array]:
    """Returns each image with a square of side `cutout` times its own, centred anywhere, set to 0, the middle gray."""
    del there
    count, height, width = images.shape[:3]
    centres = jax.random.uniform(key, (2, count, 1))
    out = [
        jnp.abs((jnp.arange(size, dtype=jnp.float32)[None] + 0.5) / size - centre) < hparams["cutout"] / 2
        for size, centre in zip((height, width), centres, strict=True)
    ]
    hole = out[0][:, :, None] & out[1][:, None, :]
    return jnp.where(hole[..., None], 0.0, images), targets


def mixup(images: Array, targets: Array, there: Array, hparams: Hparams, key: Array) -> tuple[Array, Array]:
    """Returns t * example + (1 - t) * the next one of the batch, pixels and labels alike; t ~ Beta(a, a), a `mixup`."""
    share = jax.random.beta(key, hparams["mixup"], hparams["mixup"])
    partner = (jnp.arange(len(images)) + 1) % jnp.maximum(jnp.sum(there), 1)
    return tuple(share * x + (1 - share) * x[partner] for x in (images, targets))  # type: ignore[return-value]


METHODS = (
    Method(
        "shift",
        Text("random shifts", "무작위 이동"),
        space={"shift": Uniform(0.5, 4.0, Text("largest shift (pixels)", "최대 이동 (픽셀)"))},
        augmentation=shift,
        marker=">",
        note=BETTER_WITH_TIME,
    ),
    Method(
        "cutout",
        Text("cutout", "컷아웃"),
        space={"cutout": Uniform(0.1, 0.6, Text("side of the square", "사각형의 변"))},
        augmentation=cutout,
        marker="p",
        note=BETTER_WITH_TIME,
    ),
    Method(
        "mixup",
        Text("mixup", "믹스업"),
        space={"mixup": LogUniform(0.05, 2.0, Text("mixup a", "믹스업 a"))},
        augmentation=mixup,
        marker="h",
        note=BETTER_WITH_TIME,
    ),
)
