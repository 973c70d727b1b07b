"""What every data source gives: checked arrays of images and labels, with a name and a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jaxreg.errors import InputError


class RawArrays(NamedTuple):
    """The four arrays as a source read them, not yet checked; images are [N, H, W] or [N, H, W, C]."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, as large as their source: a training pool to draw splits from, and a test set.

    Arrays are read-only. Pixels are on the scale 0..255; image size, channels and classes are the data's own.

    Attributes:
      name: the `--data` value that it was loaded by, such as "embedded" or "idx:DIR".
      train_images: the training pool [N, H, W, C]; uint8, or float32 where an npz file held floats.
      train_labels: int32 [N], in 0..num_classes-1.
      test_images: the test set [M, H, W, C], of the same image shape.
      test_labels: int32 [M], in 0..num_classes-1.
      num_classes: number of classes; the largest label + 1, or what TFDS says.
      fingerprint: SHA-256 (hex) over the shapes, dtypes and bytes of the four arrays.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    num_classes: int
    fingerprint: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Returns (height, width, channels)."""
        height, width, channels = self.train_images.shape[1:]
        return height, width, channels


def make_dataset(name: str, raw: RawArrays, num_classes: int | None = None) -> Dataset:
    """Checks the arrays of a source and returns them in the one form that the study takes.

    Args:
      name: the `--data` value; error messages start with it.
      raw: images [N, H, W] (they gain a channel axis) or [N, H, W, C], integers in 0..255 or floats in 0..1
        (multiplied by 255); labels of an integer dtype, [N] or [N, 1].
      num_classes: number of classes where the source knows it; by default the largest label + 1.

    Raises:
      InputError: arrays are empty, of another rank, dtype or range than the above, of different lengths or
        image shapes; labels are not in 0..num_classes-1; fewer than 2 classes, or more than training images.
    """
    train_images = checked_images(name, "train", raw.train_images)
    test_images = checked_images(name, "test", raw.test_images)
    if train_images.shape[1:] != test_images.shape[1:]:
        raise InputError(
            f"{name}: train images are {_by(train_images.shape[1:])} but test images are "
            f"{_by(test_images.shape[1:])} (height x width x channels); they must agree"
        )
    train_labels = checked_labels(name, "train", raw.train_labels, len(train_images))
    test_labels = checked_labels(name, "test", raw.test_labels, len(test_images))
    num_classes = _checked_num_classes(name, train_labels, test_labels, num_classes)
    checked = (train_images, train_labels.astype(np.int32), test_images, test_labels.astype(np.int32))
    arrays = RawArrays(*(array.view() for array in checked))  # views, so that the caller's own arrays stay writable
    for array in arrays:
        array.setflags(write=False)
    return Dataset(name, *arrays, num_classes=num_classes, fingerprint=_fingerprint(arrays))


def checked_images(name: str, part: str, images: np.ndarray) -> np.ndarray:
    """Returns images as a contiguous [N, H, W, C] array of uint8 or float32 on the scale 0..255.

    Args:
      name: where they are from; error messages start with it.
      part: which images of it.
      images: [N, H, W] or [N, H, W, C], integers in 0..255 or floats in 0..1.

    Raises:
      InputError: there are none, or they have another rank, dtype or range.
    """
    if images.ndim not in (3, 4):
        raise InputError(
            f"{name}: {part} images have shape {images.shape}; allowed are [N, height, width] "
            "and [N, height, width, channels]"
        )
    if images.size == 0:
        raise InputError(f"{name}: {part} images are empty (shape {images.shape}); there must be at least one image")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.dtype.kind in "ui":
        _check_range(name, part, images, "integer", 255)
        return np.ascontiguousarray(images, dtype=np.uint8)
    if images.dtype.kind == "f":
        if not np.isfinite(images).all():
            raise InputError(f"{name}: {part} images have NaN or infinite pixels; floating pixels must be in 0..1")
        _check_range(name, part, images, "floating", 1)
        return np.ascontiguousarray(images, dtype=np.float32) * np.float32(255)
    raise InputError(
        f"{name}: {part} images have dtype {images.dtype}; allowed are integers in 0..255 and floats in 0..1"
    )


def _check_range(name: str, part: str, images: np.ndarray, kind: str, largest: int) -> None:
    """Raises InputError unless all pixels are in 0..largest."""
    low, high = images.min(), images.max()
    if low < 0 or high > largest:
        raise InputError(f"{name}: {part} images have pixels in {low}..{high}; {kind} pixels must be in 0..{largest}")


def checked_labels(name: str, part: str, labels: np.ndarray, num_images: int) -> np.ndarray:
    """Returns labels as an array [N] of non-negative integers, one for each image, or raises an InputError."""
    if labels.dtype.kind not in "ui":
        raise InputError(f"{name}: {part} labels have dtype {labels.dtype}; labels must be integers from 0")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise InputError(f"{name}: {part} labels have shape {labels.shape}; allowed are [N] and [N, 1]")
    if len(labels) != num_images:
        raise InputError(f"{name}: {num_images} {part} images but {len(labels)} {part} labels; there must be as many")
    if labels.min() < 0:
        raise InputError(f"{name}: {part} labels go down to {labels.min()}; labels must be integers from 0")
    return labels


def _checked_num_classes(name: str, train_labels: np.ndarray, test_labels: np.ndarray, given: int | None) -> int:
    """Returns the number of classes, checked against the labels; labels are not yet cast, so none has wrapped."""
    largest = max(int(train_labels.max()), int(test_labels.max()))
    num_classes = largest + 1 if given is None else given
    if largest >= num_classes:
        raise InputError(f"{name}: a label is {largest}; labels of {num_classes} classes must be 0..{num_classes - 1}")
    if num_classes > len(train_labels):
        raise InputError(
            f"{name}: a largest label of {num_classes - 1} makes {num_classes} classes, more than the "
            f"{len(train_labels)} training images; labels must be 0..classes-1"
        )
    if train_labels.min() == train_labels.max():
        raise InputError(f"{name}: all train labels are {train_labels[0]}, one class; there must be at least 2 classes")
    return num_classes


def _fingerprint(arrays: RawArrays) -> str:
    """Returns the SHA-256 (hex) over shape, dtype (little-endian) and bytes of each array, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        little_endian = array.dtype.newbyteorder("<")
        digest.update(f"{array.shape} {little_endian.str}\n".encode())
        digest.update(np.ascontiguousarray(array, dtype=little_endian).data)
    return digest.hexdigest()


def _by(shape: tuple[int, ...]) -> str:
    """Returns a shape as text, such as 28x28x1."""
    return "x".join(str(size) for size in shape)
