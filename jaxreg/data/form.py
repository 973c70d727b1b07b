"""What the images of a data set are like: how bright, on which ground, and where in the picture their objects are.

It is kept with a network's weights, so that pictures from outside come to it as its training images did.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

FAINT = 24
"""Of 255; images whose pixels differ by less use almost none of their scale (0..1, 0..15 and 0..16 of 0..255 do)."""

INK_SHARE = 0.25  # of a picture's strongest ink; what is fainter does not count when the ink's box is sought
RARE = 0.05  # the share of images that may be otherwise before a data set is not called alike
_FEW = 0.01  # the share of images by which no scale is judged
_SLACK = 0.05  # of the height or width: how far centres may be off the middle
_SAMPLE = 1000  # images that ground, ink and box are measured on


class Form(NamedTuple):
    """What is known of the images that a network was trained on; levels are on the scale 0..255.

    `box` is the longer side in pixels that the ink of nearly all images has, in the middle and clear of the border;
    None where images are not of this kind.
    """

    white: int  # what integer pixels call white, 255 or (binary pictures) 1
    least_contrast: float  # of two pixels of one image; 99 in 100 images have a larger one, blank ones do not count
    gray: bool  # the images have one channel, or all their channels are equal
    bright: float  # the share of images on a bright ground: most of their outermost pixels are above 127
    ground: int  # the usual level of the outermost pixels
    ink: int  # the usual difference of the strongest ink from it, negative where ink is darker than the ground
    box: int | None
    by_mass: bool  # it is the ink's centre of mass that is in the middle, else the middle of its box
    pictures: bool = False  # the images are pictures that were resized as a whole, as others then are, and no more

    def turns(self, bright: bool, same_size: bool) -> bool:
        """Returns whether a picture has to be inverted to be on the ground that the images are on.

        A picture of the images' own size could be one of them, so that one exception among them is enough to let it be.
        Where the images were pictures themselves, none is inverted, as none of them was.
        """
        rare = 0.0 if same_size else RARE
        return not self.pictures and self.gray and (self.bright <= rare if bright else self.bright >= 1 - rare)


def measure_form(train_images: np.ndarray, test_images: np.ndarray, white: int, pictures: bool = False) -> Form:
    """Returns the form of images [N, H, W, C] on the scale 0..255: contrast and ground of all, the rest of training.

    `pictures` says that they were read as pictures, which are gray where they have one channel.
    """
    contrast = np.concatenate([contrasts(train_images), contrasts(test_images)])
    bright = np.concatenate([bright_grounds(train_images), bright_grounds(test_images)])
    some = train_images[:: -(-len(train_images) // _SAMPLE)]
    gray = some.shape[-1] == 1 or bool((some == some[..., :1]).all() and not pictures)
    first = some[..., 0].astype(np.float32)
    ground = np.median(borders(first), axis=1)
    ink = first - ground[:, np.newaxis, np.newaxis]
    strongest = np.abs(ink).max(axis=(1, 2))
    inked = strongest[strongest > 0]
    darker = np.median(ink.sum(axis=(1, 2))) < 0
    box, by_mass = _box(np.abs(ink), strongest) if gray and not pictures else (None, False)
    return Form(
        white=white,
        least_contrast=least_contrast(contrast, blank=255),
        gray=gray,
        bright=float(bright.mean()),
        ground=round(float(np.median(ground))),
        ink=round(float(np.median(inked)) if len(inked) else 255) * (-1 if darker else 1),
        box=box,
        by_mass=by_mass,
        pictures=pictures,
    )


def read_form(values: Mapping[str, Any]) -> Form:
    """Returns the form that `Form._asdict` was written of; KeyError, TypeError or ValueError say that it is none."""
    form = Form(**values)
    numbers = (form.least_contrast, form.bright, form.ground, form.ink)
    limits = ((0, 255), (0, 1), (0, 255), (-255, 255))
    inside = all(type(n) in (int, float) and low <= n <= high for n, (low, high) in zip(numbers, limits, strict=True))
    box = form.box is None or (type(form.box) is int and form.box > 0)
    if not (
        inside
        and box
        and form.white in (1, 255)
        and type(form.gray) is type(form.by_mass) is type(form.pictures) is bool
    ):
        raise ValueError("no form of images")
    return form


def contrasts(images: np.ndarray) -> np.ndarray:
    """Returns the largest minus the smallest pixel of each image [N, H, W, C]."""
    flat = images.reshape(len(images), -1)
    return flat.max(axis=1) - flat.min(axis=1)


def least_contrast(contrast: np.ndarray, blank: float) -> float:
    """Returns the contrast that 99 in 100 images exceed, of the contrasts [N]; `blank` where all images are blank."""
    seen = contrast[contrast > 0]
    return float(np.quantile(seen, _FEW)) if len(seen) else blank


def bright_grounds(images: np.ndarray) -> np.ndarray:
    """Returns of each image [N, H, W, C] whether most of its outermost pixels are above 127."""
    return (borders(images) > 127).mean(axis=1) > 0.5


def ink_box(ink: np.ndarray, strongest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns top, bottom, left and right (ends exclusive) of what is ink in each of [N, H, W]."""
    marked: np.ndarray = ink > INK_SHARE * strongest[:, np.newaxis, np.newaxis]
    rows, columns = (np.asarray(marked.any(axis=axis)) for axis in (2, 1))
    return (
        rows.argmax(axis=1),
        rows.shape[1] - rows[:, ::-1].argmax(axis=1),
        columns.argmax(axis=1),
        columns.shape[1] - columns[:, ::-1].argmax(axis=1),
    )


def borders(images: np.ndarray) -> np.ndarray:
    """Returns the outermost pixels of each image [N, H, W, ...] as [N, n]."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate([edge.reshape(len(images), -1) for edge in edges], axis=1)


def _box(ink: np.ndarray, strongest: np.ndarray) -> tuple[int | None, bool]:
    """Returns `box` and `by_mass` of the ink [N, H, W]; blank images do not count."""
    ink, strongest = ink[strongest > 0], strongest[strongest > 0]
    if not len(ink):
        return None, False
    height, width = ink.shape[1:]
    top, bottom, left, right = ink_box(ink, strongest)
    longer = np.maximum(bottom - top, right - left)
    low, usual, high = np.quantile(longer, [RARE, 0.5, 1 - RARE])
    at_border = (top == 0) | (left == 0) | (bottom == height) | (right == width)
    if high - low > 2 * _SLACK * max(height, width) or at_border.mean() > RARE:
        return None, False
    total = ink.sum(axis=(1, 2))
    by_mass = (ink.sum(axis=2) @ np.arange(height) / total, ink.sum(axis=1) @ np.arange(width) / total)
    by_box = ((top + bottom - 1) / 2, (left + right - 1) / 2)
    for centres in (by_mass, by_box):
        off = [np.abs(c - (n - 1) / 2) > max(1, _SLACK * n) for c, n in zip(centres, (height, width), strict=True)]
        if np.mean(off[0] | off[1]) <= RARE:
            return round(float(usual)), centres is by_mass
    return None, False
