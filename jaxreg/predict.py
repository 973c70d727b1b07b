"""What a trained network sees in pictures: PNG files or the images of .npz files in, answers out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxreg.data.npz import load_npz_images
from jaxreg.data.pictures import fit_picture, read_png
from jaxreg.errors import InputError
from jaxreg.study.trained import Trained


class Answer(NamedTuple):
    """The network's answer to one picture: the most probable class and the one after it."""

    name: str
    predicted: int
    probability: float
    runner_up: int
    runner_up_probability: float
    label: int | None


class Picture(NamedTuple):
    """A picture in the shape that the network takes, on the scale 0..255, and its class where that is known."""

    name: str
    pixels: np.ndarray
    label: int | None


def classify(trained: Trained, files: Sequence[str], invert: str = "auto") -> list[Answer]:
    """Returns an answer for each PNG file and for each image of each .npz file, in order.

    Args:
      trained: what `jaxreg.load` returns.
      files: paths; what ends in .npz is read as such, and anything else as PNG.
      invert: "auto", "yes" or "no"; see `jaxreg.data.pictures`, which says how pictures are brought into shape.

    Raises:
      InputError: a file cannot be read, or there is nothing in it to classify.
    """
    pictures = [picture for file in files for picture in _read(Path(file), trained, invert)]
    probs = trained.predict_proba(np.stack([picture.pixels for picture in pictures]) / np.float32(255))
    order = np.argsort(-probs, axis=-1, kind="stable")
    return [
        Answer(picture.name, int(first), float(row[first]), int(second), float(row[second]), picture.label)
        for picture, row, (first, second) in zip(pictures, probs, order[:, :2], strict=True)
    ]


def _read(path: Path, trained: Trained, invert: str) -> list[Picture]:
    shape = trained.image_shape
    if path.suffix.lower() != ".npz":
        return [Picture(str(path), fit_picture(str(path), read_png(path, shape[-1]), shape, invert), None)]
    images, labels = load_npz_images(path)
    if images.shape[-1] != shape[-1]:
        raise InputError(f"{path}: images of {images.shape[-1]} channels, the network takes {shape[-1]}")
    names = [f"{path}[{i}]" for i in range(len(images))]
    known = [None] * len(images) if labels is None else labels.tolist()
    fitted = [fit_picture(name, image, shape, invert) for name, image in zip(names, images, strict=True)]
    return [Picture(*row) for row in zip(names, fitted, known, strict=True)]


def accuracy(answers: Sequence[Answer]) -> float | None:
    """Returns the share of right answers among those whose class is known, or None where none is."""
    known = [answer for answer in answers if answer.label is not None]
    return sum(answer.predicted == answer.label for answer in known) / len(known) if known else None
