"""NumPy .npz files: a data set in x_train, y_train (x_test, y_test), or images to classify; never pickled."""

import io
import lzma
import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

from jaxreg.data.checks import checked_labels
from jaxreg.data.dataset import RawArrays
from jaxreg.errors import InputError
from jaxreg.files import MAX_BYTES, check_is_file, expanded, read_up_to
from jaxreg.text import Text

NPZ = Text("it must be an .npz file", ".npz 파일이어야 합니다")
KEYS = ("x_train", "y_train", "x_test", "y_test")
IMAGE_KEYS = (("images", "labels"), ("x_test", "y_test"))
_HEAD = 2**14  # NumPy itself reads no array header of more than 10,000 characters

# What `zipfile` raises on a damaged, encrypted or unknown member; zlib.error and LZMAError are no OSErrors.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError, ValueError)


def load_npz(path: str | Path) -> RawArrays:
    """Reads the arrays x_train [N, H, W] or [N, H, W, C] and y_train [N] or [N, 1], and x_test, y_test if there are.

    Each array's header is read before its data, and no memory is taken for data that are not there.

    Raises:
      InputError: the file is absent, no .npz file or damaged; a key is missing; an array holds Python objects or
        anything else but numbers, or its header claims another size than its part of the file has, or over 4 GiB.
    """
    path = Path(expanded(str(path), "npz:FILE"))
    with _opened(path) as archive:
        names = _names(archive)
        keys = KEYS if {*KEYS[2:]} & {*names} else KEYS[:2]
        missing = ", ".join(key for key in keys if key not in names)
        if missing:
            found, test = ", ".join(names[:8]) or "no array", " and, with a test set, ".join
            needed = test([", ".join(KEYS[:2]), ", ".join(KEYS[2:])])
            raise InputError(f"{path}: no array {missing}; it must hold {needed}, and holds {found}")
        return RawArrays(*(_read_member(path, archive, key) for key in keys))


def load_npz_images(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads the images of an .npz file and, where it has them, their labels: `images`, `labels`, or `x_test`, `y_test`.

    Images are as they are in the file, [N, H, W] or [N, H, W, C]; labels are integers [N].

    Raises:
      InputError: as for `load_npz`; there are no images in it; labels are not what `checked_labels` allows.
    """
    with _opened(path) as archive:
        names = _names(archive)
        keys = next((keys for keys in IMAGE_KEYS if keys[0] in names), None)
        if keys is None:
            raise InputError(f"{path}: no array images, nor x_test; it holds {', '.join(names[:8]) or 'no array'}")
        images = _read_member(path, archive, keys[0])
        if images.ndim not in (3, 4):
            raise InputError(f"{path}: {keys[0]} has shape {images.shape}; images are [N, H, W] or [N, H, W, C]")
        if keys[1] not in names:
            return images, None
        return images, checked_labels(str(path), "given", _read_member(path, archive, keys[1]), len(images))


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    check_is_file(path, NPZ)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except InputError:
        raise
    except _ZIP_ERRORS as error:
        raise InputError(f"{path}: not a readable .npz file ({error}); make it with numpy.savez") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _read_member(path: Path, archive: zipfile.ZipFile, key: str) -> np.ndarray:
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as stream:
        try:
            head = io.BytesIO(stream.read(_HEAD))  # apart, as a header of format 2 may claim 4 GiB for itself
            shape, fortran_order, dtype = _read_header(head)
        except Exception as error:  # NumPy's parser lets through whatever the text makes Python's own parsers raise
            reason = str(error).partition("\n")[0] or type(error).__name__  # NumPy goes on with a dump of the header
            raise InputError(f"{path}: {key} cannot be read as an .npy array ({reason})") from error
        if dtype.kind not in "buif":
            raise InputError(f"{path}: {key} has dtype {dtype}; only arrays of numbers are read, never objects")
        claimed, held = math.prod(shape) * dtype.itemsize, member.file_size - head.tell()
        if min(shape, default=0) < 0 or claimed != held:
            raise InputError(f"{path}: {key} claims to be {shape} of {dtype}, {claimed} bytes, but has {held}")
        if claimed > MAX_BYTES:
            raise InputError(f"{path}: {key} has {claimed} bytes; at most {MAX_BYTES} are allowed")
        data = bytearray(head.read())
        data += read_up_to(stream, claimed - len(data) + 1)  # one more, so that the end is reached and the CRC checked
    if len(data) != claimed:
        raise InputError(f"{path}: {key} has {len(data)} bytes of the {claimed} that its header claims")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Returns (shape, fortran_order, dtype) of a .npy stream; it allocates nothing and unpickles nothing."""
    version = npy_format.read_magic(stream)
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"format version {version} of .npy is not read; (1, 0) and (2, 0) are")
    return readers[version](stream)
