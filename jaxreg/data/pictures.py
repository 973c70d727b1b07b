"""Pictures from outside as a network takes them: PNG files read safely, brought to the form of its training images.

A picture of the network's size is taken as it is. Of any other, where the training images have ink in a box of one
size in the middle (`Form.box`), as MNIST's were made (LeCun, Bottou, Bengio & Haffner 1998), it is cropped to the ink,
scaled to that box with its aspect ratio, and put on their ground, its centre where theirs is; else it is resized as a
whole. It is inverted only where it is gray and its ground is not that of the training images.

A PNG file is read as viewers show it: with its stored orientation (eXIf), its gamma (gAMA, unless sRGB or a colour
profile stands beside it) and its transparency, over white. A colour profile itself, the ratio of a pixel's sides (pHYs)
and frames after the first are not looked at: viewers differ there, and data sets of pictures have none.
"""

import warnings
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from jaxreg.data.form import Form, borders, bright_grounds, ink_box
from jaxreg.errors import InputError
from jaxreg.files import check_is_file

LEAST_CONTRAST = 32  # of 255; less is called an empty picture
SCREEN_GAMMA = 2.2  # of the screens that sRGB describes

_DEPTH_AT = 24  # where a PNG file has its bits a sample


class Fitted(NamedTuple):
    """A picture in a network's shape, float32 [h, w, c] on the scale 0..255, and what was made of its ground."""

    pixels: np.ndarray
    inverted: bool
    kept: bool = False  # it was not inverted, unasked, though few or none of the training images are on its ground


def read_png(path: Path, channels: int) -> np.ndarray:
    """Reads a PNG file as uint8 [H, W, channels]: transparency over white; gray (ITU-R 601 luma) or RGB.

    Raises:
      InputError: no such file, no PNG, a damaged one, one of more pixels than Pillow holds to be harmless (89 million),
        or a network of neither 1 nor 3 channels.
    """
    if channels not in (1, 3):
        raise InputError(f"{path}: the network takes images of {channels} channels, a PNG has 1 or 3; give an .npz")
    check_is_file(path, "it must be a PNG or .npz file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with path.open("rb") as file:
                depth = int.from_bytes(file.read(_DEPTH_AT + 1)[_DEPTH_AT:])
                file.seek(0)
                image = Image.open(file, formats=["PNG"])
                image.load()
                return _over_white(image, depth, "L" if channels == 1 else "RGB")
    except UnidentifiedImageError:
        raise InputError(f"{path}: not a PNG file; allowed are PNG files and .npz files") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{path}: more than {Image.MAX_IMAGE_PIXELS} pixels; give a smaller picture") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise InputError(f"{path}: a PNG file that cannot be read ({error})") from None


def _over_white(image: Image.Image, depth: int, mode: str) -> np.ndarray:
    rgba = _with_alpha(_upright(image), depth)
    gamma = image.info.get("gamma")
    if gamma and not {"srgb", "icc_profile"} & image.info.keys():
        shown = np.rint(255 * (np.arange(256) / 255) ** (1 / (gamma * SCREEN_GAMMA)))
        rgba = rgba.point([*shown.astype(int).tolist()] * 3 + list(range(256)))
    flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert(mode)
    return np.asarray(flat).reshape(*rgba.size[::-1], -1)


def _upright(image: Image.Image) -> Image.Image:
    """Returns an image turned by its EXIF orientation; where EXIF is damaged as it is, as for viewers."""
    with suppress(Exception), warnings.catch_warnings():  # what Pillow makes of damaged EXIF
        warnings.simplefilter("ignore")
        return ImageOps.exif_transpose(image)
    return image


def _with_alpha(image: Image.Image, depth: int) -> Image.Image:
    """Returns an image as RGBA; Pillow clips gray of 16 bits, and of 2 and 4 takes another gray for transparent."""
    clear = image.info.get("transparency")
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.uint32)
        rgba = Image.fromarray((values >> 8).astype(np.uint8)).convert("RGBA")
        if isinstance(clear, int):
            rgba.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return rgba
    if image.mode == "L" and isinstance(clear, int):
        image.info["transparency"] = clear * {2: 85, 4: 17}.get(depth, 1)
    return image.convert("RGBA")


def fit_picture(
    name: str, picture: np.ndarray, image_shape: tuple[int, int, int], form: Form, invert: str = "auto"
) -> Fitted:
    """Returns a picture as a network takes it whose images are of this shape (h, w, c) and form.

    The picture is [H, W, C] on the scale 0..255, with the network's C, or 1 where the form is gray. `invert` is "yes",
    "no", or "auto": where the ground is not that of the training images. Error messages start with `name`.

    Raises:
      InputError: all pixels are nearly the same, or there is no ink on the ground.
    """
    pixels = picture.astype(np.float32)
    height, width, _ = image_shape
    same_size = pixels.shape[:2] == (height, width)
    if np.ptp(pixels) < min(LEAST_CONTRAST, form.least_contrast):
        hint = "; in an .npz file among others that are not so it is answered" if same_size and np.ptp(pixels) else ""
        raise InputError(f"{name}: an empty picture, all its pixels are nearly the same; nothing to classify{hint}")
    bright = bool(bright_grounds(pixels[np.newaxis])[0])
    inverted = form.turns(bright, same_size) if invert == "auto" else invert == "yes"
    kept = invert == "auto" and not inverted and form.turns(bright, same_size=False)
    if inverted:
        pixels = 255 - pixels
    if not same_size and form.box is not None:
        pixels = _as_trained(name, pixels.mean(axis=-1), height, width, form, form.box)[..., np.newaxis]
    elif not same_size:
        pixels = np.stack([_resize(pixels[..., c], height, width) for c in range(pixels.shape[-1])], axis=-1)
    return Fitted(np.broadcast_to(pixels, image_shape), inverted, kept)


def _as_trained(name: str, pixels: np.ndarray, height: int, width: int, form: Form, box: int) -> np.ndarray:
    """Returns the ink of [H, W] as the training images have theirs: size, place, strength and ground."""
    ink = np.clip((pixels - np.median(borders(pixels[np.newaxis]))) * np.sign(form.ink), 0, None)
    if ink.max() < LEAST_CONTRAST:
        than = "brighter" if form.ink > 0 else "darker"
        raise InputError(f"{name}: no ink, nothing is {than} than the border; try the other of --invert yes and no")
    top, bottom, left, right = (int(end[0]) for end in ink_box(ink[np.newaxis], ink.max(keepdims=True)[0]))
    ink = ink[top:bottom, left:right] / ink.max()
    rows, columns = (max(1, round(n * box / max(ink.shape))) for n in ink.shape)
    ink = _resize(255 * ink, rows, columns) / 255
    field = np.zeros((height, width), np.float32)
    row, column = (_start(ink.sum(axis=axis), size, form.by_mass) for axis, size in ((1, height), (0, width)))
    field[row : row + rows, column : column + columns] = ink
    return np.clip(form.ground + form.ink * field, 0, 255)


def _start(mass: np.ndarray, size: int, by_mass: bool) -> int:
    """Returns where a row of masses starts in a field of a size so that its centre is in the middle, or nearly."""
    centre = np.arange(len(mass)) @ mass / mass.sum() if by_mass else len(mass) / 2
    return int(np.clip(round(size / 2 - centre), 0, size - len(mass)))


def _resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns [H, W] resized without aliasing (Lanczos), within 0..255."""
    return np.clip(np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)), 0, 255)
