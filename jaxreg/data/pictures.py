"""Pictures from outside as a network takes them: PNG files read safely, brought to MNIST's form or to another size.

For a network on 28x28x1, pictures are made as MNIST's were (LeCun, Bottou, Bengio & Haffner 1998): bright ink on a dark
ground; cropped to the ink, scaled to fit 20x20 with its aspect ratio, and put into 28x28 with its centre of mass in the
middle. Pictures of 28x28 are taken as they are, but for inversion. For any other network they are only resized.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from jaxreg.errors import InputError

MNIST_SHAPE = (28, 28, 1)
INK_BOX = 20  # MNIST's digits fit 20x20
INK_LEVEL = 64  # of 255; what is brighter belongs to the ink when its box is sought
LEAST_CONTRAST = 32  # of 255; less is called an empty picture


def read_png(path: Path, channels: int) -> np.ndarray:
    """Reads a PNG file as uint8 [H, W, channels]: transparency over white; gray (ITU-R 601 luma) or RGB.

    Raises:
      InputError: no such file, no PNG, a damaged one, one of more pixels than Pillow holds to be harmless (89 million),
        or a network of neither 1 nor 3 channels.
    """
    if channels not in (1, 3):
        raise InputError(f"{path}: the network takes images of {channels} channels, a PNG has 1 or 3; give an .npz")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG"]) as image:
                image.load()
                return _over_white(image, "L" if channels == 1 else "RGB")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnidentifiedImageError:
        raise InputError(f"{path}: not a PNG file; allowed are PNG files and .npz files") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{path}: more than {Image.MAX_IMAGE_PIXELS} pixels; give a smaller picture") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise InputError(f"{path}: a PNG file that cannot be read ({error})") from None


def _over_white(image: Image.Image, mode: str) -> np.ndarray:
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    rgba = image.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert(mode)
    return np.asarray(flat).reshape(*rgba.size[::-1], -1)


def fit_picture(name: str, picture: np.ndarray, image_shape: tuple[int, int, int], invert: str = "auto") -> np.ndarray:
    """Returns a picture in the shape that a network takes, float32 [h, w, c] on the scale 0..255.

    Args:
      name: what to call it in an error message.
      picture: [H, W, C] on the scale 0..255, with the network's C.
      image_shape: the network's (h, w, c).
      invert: "yes", "no", or "auto": where the median of the border is bright and the network is on 28x28x1.

    Raises:
      InputError: all pixels are nearly the same, or there is nothing brighter than the ground.
    """
    pixels = picture.astype(np.float32)
    if np.ptp(pixels) < LEAST_CONTRAST:
        raise InputError(f"{name}: an empty picture, all its pixels are nearly the same; nothing to classify")
    if invert == "yes" or (invert == "auto" and image_shape == MNIST_SHAPE and _ground(pixels) > 127):
        pixels = 255 - pixels
    if pixels.shape == image_shape:
        return pixels
    if image_shape == MNIST_SHAPE:
        return _as_mnist(name, pixels[..., 0])[..., np.newaxis]
    height, width, channels = image_shape
    return np.stack([_resize(pixels[..., c], height, width) for c in range(channels)], axis=-1)


def _ground(pixels: np.ndarray) -> float:
    """Returns the median of the outermost pixels."""
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))


def _as_mnist(name: str, pixels: np.ndarray) -> np.ndarray:
    """Returns the ink of [H, W] on a black ground of 28x28, its centre of mass in the middle."""
    ink = np.clip(pixels - _ground(pixels), 0, None)
    if ink.max() < LEAST_CONTRAST:
        raise InputError(f"{name}: no ink, nothing is brighter than the border; --invert yes takes dark for ink")
    ink *= 255 / ink.max()
    rows, columns = (np.flatnonzero((ink > INK_LEVEL).any(axis=axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * INK_BOX / max(ink.shape))) for side in ink.shape)
    ink = _resize(ink, height, width)
    field = np.zeros(MNIST_SHAPE[:2], np.float32)
    top, left = (_start(ink.sum(axis=axis), size) for axis, size in ((1, field.shape[0]), (0, field.shape[1])))
    field[top : top + height, left : left + width] = ink
    return field


def _start(mass: np.ndarray, size: int) -> int:
    """Returns where a row of masses starts in a field of a size so that its centre is in the middle, or nearly."""
    centre = np.arange(len(mass)) @ mass / mass.sum()
    return int(np.clip(round(size / 2 - centre), 0, size - len(mass)))


def _resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns [H, W] resized without aliasing (Lanczos), within 0..255."""
    return np.clip(np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)), 0, 255)
