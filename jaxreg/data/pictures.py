"""Pictures as a network takes them: files read safely, brought to the form of its training images.

This is how `folder:DIR` reads a data set, and how `predict` reads what a network is asked about.

A picture of the network's size is taken as it is. A network that was trained on pictures (`Form.pictures`) takes others
as those of its training were taken, resized as a whole. One that was trained on arrays takes them so too, but where its
training images have ink in a box of one size in the middle (`Form.box`), as MNIST's were made (LeCun, Bottou, Bengio &
Haffner 1998), a picture is cropped to the ink, scaled to that box with its aspect ratio, and put on their ground, its
centre where theirs is; and it is inverted where it is gray and its ground is not that of the training images.

A file is read as viewers show it: with its stored orientation (EXIF), a PNG file's gamma (gAMA, unless sRGB or a colour
profile stands beside it) and its transparency, over white. A colour profile itself, the ratio of a pixel's sides (pHYs)
and frames after the first are not looked at: viewers differ there, and data sets of pictures have none.
"""

import os
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from jaxreg.data.form import Form, borders, bright_grounds, contrasts, ink_box
from jaxreg.errors import InputError
from jaxreg.files import check_is_file
from jaxreg.text import Text

PICTURE = Text("it must be a picture", "사진이어야 합니다")
NO_PICTURE = Text(
    "{path}: no picture that can be read; allowed are {formats}",
    "{path}: 읽을 수 있는 사진이 아닙니다. 사용할 수 있는 형식: {formats}",
)
BROKEN = Text("{path}: a picture that cannot be read ({reason})", "{path}: 읽을 수 없는 사진입니다({reason})")
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""What is read: formats of pixels, which Pillow reads by itself; no drawings or documents, which run other programs."""

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"),
    *(".heic", ".heif", ".avif"),  # which are pictures, too, though they cannot be read
)
LEAST_CONTRAST = 32  # of 255; less is called an empty picture
SCREEN_GAMMA = 2.2  # of the screens that sRGB describes

PLAIN_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")  # of Pillow's, those that it turns into RGBA at once
ORIENTATION = 0x0112  # of EXIF
MAX_UINT16 = 2**16 - 1
MAX_THREADS = 4  # each holds a few copies of its picture

_DEPTH_AT = 24  # where a PNG file has its bits a sample


class Fitted(NamedTuple):
    """A picture in a network's shape, float32 [h, w, c] on the scale 0..255, and what was made of its ground."""

    pixels: np.ndarray
    inverted: bool
    kept: bool = False  # it was not inverted, unasked, though few or none of the training images are on its ground


def read_picture(path: Path, channels: int) -> np.ndarray:
    """Reads a picture as uint8 [H, W, channels]: transparency over white; gray (ITU-R 601 luma) or RGB.

    Raises:
      InputError: no such file, none of `FORMATS`, a damaged one, one of more pixels than Pillow holds to be harmless
        (89 million) or of pixels that are no integers of 16 bits, or a network of neither 1 nor 3 channels.
    """
    if channels not in (1, 3):
        raise InputError(f"{path}: the network takes images of {channels} channels, pictures have 1 or 3; give an .npz")
    with _strict():
        return _decoded(path, "L" if channels == 1 else "RGB")


def read_pictures(paths: Sequence[Path], height: int, width: int) -> Iterator[np.ndarray | InputError]:
    """Yields each picture in turn, as `read_picture` reads it in colour and resized: uint8 [height, width, 3].

    In the place of one that cannot be read is what `read_picture` raises of it. Several threads decode, ahead by a few.
    """

    def read(path: Path) -> np.ndarray | InputError:
        try:
            return resized(_decoded(path, "RGB"), height, width)
        except InputError as error:
            return error

    ahead: deque[Future[np.ndarray | InputError]] = deque()
    with _strict(), ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as threads:
        for path in paths:
            ahead.append(threads.submit(read, path))
            if len(ahead) > 2 * MAX_THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def size_of(path: Path) -> tuple[int, int] | None:
    """Returns height and width of a picture as it is shown, from its header; None where it cannot be read."""
    with suppress(Exception), _strict():
        check_is_file(path, PICTURE)
        with path.open("rb") as file:
            image = Image.open(file, formats=FORMATS)
            if image.format == "TIFF":  # which Pillow turns as it loads it
                image.load()
                return image.size[::-1]
            turned = image.getexif().get(ORIENTATION) in (5, 6, 7, 8)
            return image.size if turned else image.size[::-1]
    return None


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns a picture uint8 [H, W, C] as [height, width, C], resized as a whole and without aliasing (Lanczos)."""
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS)).reshape(height, width, -1)


@contextmanager
def _strict() -> Iterator[None]:
    """Makes a picture too large to be harmless an error, and leaves Pillow's other warnings unsaid; for all threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _decoded(path: Path, mode: str) -> np.ndarray:
    check_is_file(path, PICTURE)
    try:
        with path.open("rb") as file:
            depth = int.from_bytes(file.read(_DEPTH_AT + 1)[_DEPTH_AT:])
            file.seek(0)
            image = Image.open(file, formats=FORMATS)
            depth = depth if image.format == "PNG" else 8
            image.load()
            return _over_white(image, depth, mode)
    except UnidentifiedImageError:
        raise InputError(NO_PICTURE.format(path=path, formats=", ".join(FORMATS))) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{path}: more than {Image.MAX_IMAGE_PIXELS} pixels; give a smaller picture") from None
    except Exception as error:  # whatever Pillow's readers make of damaged files
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(BROKEN.format(path=path, reason=reason)) from None


def _over_white(image: Image.Image, depth: int, mode: str) -> np.ndarray:
    upright = _upright(image)
    gamma = None if {"srgb", "icc_profile"} & image.info.keys() else image.info.get("gamma")
    gamma = gamma if isinstance(gamma, float) else None  # a text that is called so says nothing
    if upright.mode in ("L", "RGB") and "transparency" not in upright.info and not gamma:  # the same, sooner
        return np.asarray(upright.convert(mode)).reshape(*upright.size[::-1], -1)
    rgba = _with_alpha(upright, depth)
    if gamma:
        shown = np.rint(255 * (np.arange(256) / 255) ** (1 / (gamma * SCREEN_GAMMA)))
        rgba = rgba.point([*shown.astype(int).tolist()] * 3 + list(range(256)))
    flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert(mode)
    return np.asarray(flat).reshape(*rgba.size[::-1], -1)


def _upright(image: Image.Image) -> Image.Image:
    """Returns an image turned by its EXIF orientation; where EXIF is damaged as it is, as for viewers."""
    with suppress(Exception):  # what Pillow makes of damaged EXIF
        return ImageOps.exif_transpose(image)
    return image


def _with_alpha(image: Image.Image, depth: int) -> Image.Image:
    """Returns an image as RGBA; Pillow clips gray of 16 bits, and of 2 and 4 takes another gray for transparent."""
    clear = image.info.get("transparency")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > MAX_UINT16:
            raise ValueError(f"gray levels in {values.min()}..{values.max()}, allowed are those of 16 bits")
        rgba = Image.fromarray((values >> 8).astype(np.uint8)).convert("RGBA")
        if isinstance(clear, int):
            rgba.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return rgba
    if image.mode == "L" and isinstance(clear, int):
        image.info["transparency"] = clear * {2: 85, 4: 17}.get(depth, 1)
    if image.mode == "F":
        raise ValueError("gray levels that are no integers")
    return (image if image.mode in PLAIN_MODES else image.convert("RGB")).convert("RGBA")


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
    contrast = float(contrasts(pixels[np.newaxis])[0])
    if contrast < min(LEAST_CONTRAST, form.least_contrast):
        hint = "; in an .npz file among others that are not so it is answered" if same_size and contrast else ""
        raise InputError(f"{name}: an empty picture, all its pixels are nearly the same; nothing to classify{hint}")
    bright = bool(bright_grounds(pixels[np.newaxis])[0])
    inverted = form.turns(bright, same_size) if invert == "auto" else invert == "yes"
    kept = invert == "auto" and not inverted and form.turns(bright, same_size=False)
    if inverted:
        pixels = 255 - pixels
    if not same_size and form.box is not None:
        pixels = _as_trained(name, pixels.mean(axis=-1), height, width, form, form.box)[..., np.newaxis]
    elif not same_size and form.pictures:
        pixels = resized(np.rint(pixels).astype(np.uint8), height, width).astype(np.float32)
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
    scale = min(box / max(ink.shape), height / ink.shape[0], width / ink.shape[1])
    rows, columns = (max(1, round(n * scale)) for n in ink.shape)
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
