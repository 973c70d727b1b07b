"""What arrays must be to be images and labels, and which ranges their pixels have."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxreg.data import notes
from jaxreg.data.form import FAINT, RARE, borders, contrasts, least_contrast
from jaxreg.errors import InputError

ALLOWED_PIXELS = notes.SCALE.en
CHANNELS = (1, 3, 4)  # that pictures have
MAX_LISTED = 12  # of more empty classes the rest is counted
FAR = 64  # of 255; medians of train and test that are further apart are said
_TALL = 16  # images that are so high and no wider than pictures have channels are none
_FEW = 100  # one image of so many may have pixels that the rest have not; of `_SOME` and more, one always
_SOME = 20


def listed_classes(names: Sequence[str]) -> str:
    """Returns "class a", or "classes a, b"; of many the first."""
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return f"class{'es' * (len(names) > 1)} {', '.join(names[:MAX_LISTED])}{more}"


def checked_images(name: str, part: str, images: np.ndarray, white: int) -> np.ndarray:
    """Returns images as a contiguous [N, H, W, C] array of uint8 or float32 on the scale 0..255.

    They are [N, H, W] or [N, H, W, C], integers in 0..white, floats in 0..1 or booleans. Error messages start with
    `name`, where they are from, and say which `part` of it.

    Raises:
      InputError: there are none, or they have another rank, dtype or range.
    """
    if images.ndim not in (3, 4):
        allowed = "[N, height, width] and [N, height, width, channels]"
        raise InputError(f"{name}: {part} images have shape {images.shape}; allowed are {allowed}")
    if images.ndim == 3 and images.shape[2] in CHANNELS and images.shape[1] >= _TALL:
        height, width = images.shape[1:]
        there = f"{images.shape[0]} images of {height} x {width} pixels; one picture with channels is [1, height, ...]"
        raise InputError(f"{name}: {part} images have shape {images.shape}, which would be {there}")
    if images.ndim == 4 and images.shape[1] in CHANNELS and min(images.shape[2:]) >= _TALL:
        raise InputError(f"{name}: {part} images have shape {images.shape}; channels come last: [N, height, width, C]")
    if images.size == 0:
        raise InputError(f"{name}: {part} images are empty (shape {images.shape}); there must be at least one image")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.dtype.kind == "b":
        images, white = images.astype(np.uint8), 1
    if images.dtype.kind in "ui":
        _check_range(name, part, images, "integer", white)
        pixels = np.ascontiguousarray(images, dtype=np.uint8)
        return pixels if white == 255 else pixels * np.uint8(255)
    if images.dtype.kind == "f":
        if not np.isfinite(images).all():
            raise InputError(f"{name}: {part} images have NaN or infinite pixels; floating pixels must be in 0..1")
        _check_range(name, part, images, "floating", 1)
        return np.ascontiguousarray(images, dtype=np.float32) * np.float32(255)
    allowed = f"integers in 0..{white}, floats in 0..1 and booleans"
    raise InputError(f"{name}: {part} images have dtype {images.dtype}; allowed are {allowed}")


def _check_range(name: str, part: str, images: np.ndarray, kind: str, largest: int) -> None:
    low, high = images.min(), images.max()
    if low < 0 or high > largest:
        remedy = "(x - low) / (high - low) brings low..high there" if kind == "floating" else "or floats in 0..1"
        needed = f"{kind} pixels must be in 0..{largest}; {remedy}"
        raise InputError(f"{name}: {part} images have pixels in {low}..{high}; {needed}")


def white_of(parts: Sequence[np.ndarray]) -> int:
    """Returns what integer pixels call white: 1 where all integers of all parts are 0 or 1, else 255."""
    whole = [images for images in parts if images.dtype.kind in "ui" and images.size]
    return 1 if whole and all(images.min() >= 0 and images.max() <= 1 for images in whole) else 255


def check_scale(name: str, train: np.ndarray, test: np.ndarray) -> None:
    """Raises InputError where pixels cannot be on the scale 0..255, by themselves or beside the other part's."""
    parts = {"train": train, "test": test}
    ranges = {part: range_of(images) for part, images in parts.items()}
    both = joint(*ranges.values())
    if both.high - both.low < FAINT:
        raise InputError(f"{name}: images use almost none of their scale, {both}; {ALLOWED_PIXELS}")
    for part, other in (("train", "test"), ("test", "train")):
        faintest = least_contrast(contrasts(parts[other]), blank=0)
        if ranges[part].high - ranges[part].low < min(FAINT, faintest):
            here, there = ranges[part], ranges[other].levels
            raise InputError(
                f"{name}: {part} images use almost none of their scale, {here}, {other} images {there}; "
                f"both parts must be on one scale: {ALLOWED_PIXELS}"
            )
    grounds = {part: np.median(borders(images), axis=1) for part, images in parts.items()}
    for part, other in (("train", "test"), ("test", "train")):
        if np.quantile(grounds[part], RARE) > 255 - FAR and np.quantile(grounds[other], 1 - RARE) < FAR:
            grounds_are = f"{part} images have a bright ground (at the border) and {other} images a dark one"
            raise InputError(f"{name}: {grounds_are}; one part is inverted: give both alike")


class Range(NamedTuple):
    """The lowest and highest pixel that images have, and whether that is so but for a few of them."""

    low: float
    high: float
    but_a_few: bool

    @property
    def levels(self) -> str:
        """Returns "low..high"."""
        return f"{self.low:.3g}..{self.high:.3g}"

    def __str__(self) -> str:
        return f"{self.levels} of 0..255{' but for a few images' * self.but_a_few}"


def range_of(images: np.ndarray) -> Range:
    """Returns the range of the pixels of all but a few images [N, H, W, C]; blank ones count where all are blank."""
    lows, highs = images.min(axis=(1, 2, 3)), images.max(axis=(1, 2, 3))
    extremes = lows.min(), highs.max()
    if (lows < highs).any():
        lows, highs = lows[lows < highs], highs[lows < highs]
    few = max(len(lows) // _FEW, int(len(lows) >= _SOME))
    low, high = float(np.sort(lows)[few]), float(np.sort(highs)[-1 - few])
    return Range(low, high, (low, high) != extremes)


def joint(a: Range, b: Range) -> Range:
    """Returns the range of what is in either."""
    return Range(min(a.low, b.low), max(a.high, b.high), a.but_a_few or b.but_a_few)


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
    if labels.min(initial=0) < 0:
        raise InputError(f"{name}: {part} labels go down to {labels.min()}; labels must be integers from 0")
    return labels


def checked_num_classes(
    name: str, train_labels: np.ndarray, test_labels: np.ndarray, class_names: Sequence[str] | None
) -> int:
    """Returns the largest label + 1, or the number of names; raises InputError where the labels do not go with it."""
    largest = max(int(train_labels.max()), int(test_labels.max()))
    num_classes = len(class_names) if class_names else largest + 1
    if largest >= num_classes:
        raise InputError(f"{name}: a label is {largest}; labels of {num_classes} classes must be 0..{num_classes - 1}")
    if num_classes > len(train_labels):
        makes = f"a largest label of {num_classes - 1} makes {num_classes} classes"
        few = f"more than the {len(train_labels)} training images"
        raise InputError(f"{name}: {makes}, {few}; labels must be 0..classes-1")
    if train_labels.min() == train_labels.max():
        raise InputError(f"{name}: all train labels are {train_labels[0]}, one class; there must be at least 2 classes")
    return num_classes
