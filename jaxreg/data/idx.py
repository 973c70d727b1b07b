"""The four IDX files of an MNIST-like data set, plain or gzipped.

An IDX file is a big-endian header and the array's bytes in C order. The header is a magic number, whose third byte
is the type (0x08: uint8) and whose fourth is the rank, then one 32-bit size for each axis.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from jaxreg.data.bounded import MAX_BYTES, Readable, check_is_file, read_up_to
from jaxreg.data.dataset import RawArrays
from jaxreg.errors import InputError
from jaxreg.files import expanded

_GZIP_MAGIC = b"\x1f\x8b"


class _Kind(NamedTuple):
    """What a file holds, as its magic number says: its plural name and its rank."""

    name: str
    rank: int

    @property
    def magic(self) -> int:
        return 0x0800 + self.rank


_IMAGES = _Kind("images", 3)  # [N, H, W]
_LABELS = _Kind("labels", 1)  # [N]


def load_idx_folder(folder: str | Path) -> RawArrays:
    """Reads the four files of a folder, under any of their common names.

    The names are PART-images-idx3-ubyte or PART-images.idx3-ubyte, and PART-labels-idx1-ubyte or
    PART-labels.idx1-ubyte, PART being train, and t10k or test; each plain or with .gz (plain is taken first).

    Raises:
      InputError: the folder or a file is absent, or a file is not what `read_idx_images` or `read_idx_labels` take.
    """
    folder = Path(expanded(str(folder), "idx:DIR"))
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder; idx:DIR must name a folder with the four IDX files")
    return RawArrays(
        read_idx_images(_find(folder, ("train",), _IMAGES)),
        read_idx_labels(_find(folder, ("train",), _LABELS)),
        read_idx_images(_find(folder, ("t10k", "test"), _IMAGES)),
        read_idx_labels(_find(folder, ("t10k", "test"), _LABELS)),
    )


def read_idx_images(path: str | Path) -> np.ndarray:
    """Returns the images of an IDX file (plain or gzipped, told by its content) as uint8 [N, H, W].

    Raises:
      InputError: the file is absent, unreadable, empty, truncated, longer than its header says, damaged,
        of another magic number than 0x00000803, or promises more than 4 GiB.
    """
    return _read(Path(path), _IMAGES)


def read_idx_labels(path: str | Path) -> np.ndarray:
    """Returns the labels of an IDX file (plain or gzipped, told by its content) as uint8 [N].

    Raises:
      InputError: as in `read_idx_images`; the magic number is 0x00000801.
    """
    return _read(Path(path), _LABELS)


def _find(folder: Path, parts: tuple[str, ...], kind: _Kind) -> Path:
    """Returns the first existing file among the common names."""
    stems = [f"{part}-{kind.name}{mark}idx{kind.rank}-ubyte" for part in parts for mark in "-."]
    paths = [folder / f"{stem}{suffix}" for stem in stems for suffix in ("", ".gz")]
    try:
        names = set(os.listdir(folder))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); it must hold the four IDX files") from error
    there = [path for path in paths if path.name in names]
    for path in sorted(there, key=os.path.isfile, reverse=True):  # some archives have folders of these names
        inside = next((p for p in sorted(path.glob("*")) if p.name.startswith(parts)), None)
        moved = f"; move {inside} up in its place" if inside else ""
        check_is_file(path, f"it must be an IDX file of {kind.name}{moved}")
        return path
    raise InputError(f"{folder}: no {parts[0]} {kind.name} file; allowed names: {', '.join(stems)}, each also with .gz")


def _read(path: Path, kind: _Kind) -> np.ndarray:
    """Opens the file, unpacks it if it is gzipped, and turns every failure into one line."""
    check_is_file(path, "it must be an IDX file")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            return _read_zipped(file, path, kind) if zipped else _read_array(file, path, kind)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: the gzip data are damaged or cut short ({error}); get the file again") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); it must be an IDX file") from error


def _read_zipped(file: BinaryIO, path: Path, kind: _Kind) -> np.ndarray:
    """Reads an IDX file inside gzip; reading up to the end makes gzip check its CRC."""
    with gzip.GzipFile(fileobj=file) as unzipped:
        try:
            return _read_array(unzipped, path, kind)
        except gzip.BadGzipFile as error:
            if not str(error).startswith("Not a gzipped file"):  # said of what comes after a whole one
                raise
            raise InputError(
                f"{path}: other bytes follow the gzip data; cut them off (gunzip does, then gzip again) "
                "or get the file again"
            ) from error


def _read_array(stream: Readable, path: Path, kind: _Kind) -> np.ndarray:
    """Reads header and array, no further than one byte past the size that the header promises."""
    shape = _read_header(stream, path, kind)
    size = math.prod(shape)
    promise = f"the header promises {' x '.join(map(str, shape))} = {size} bytes of {kind.name}"
    if size > MAX_BYTES:
        raise InputError(f"{path}: {promise}; at most {MAX_BYTES} are allowed")
    body = read_up_to(stream, size + 1)
    if len(body) < size:
        raise InputError(f"{path}: {promise} but only {len(body)} follow; the file is cut short")
    if len(body) > size:
        raise InputError(f"{path}: {promise} but more follow; nothing may come after them")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _read_header(stream: Readable, path: Path, kind: _Kind) -> tuple[int, ...]:
    """Returns the array's shape after checking the magic number."""
    header_size = 4 + 4 * kind.rank
    header = read_up_to(stream, 4)
    if not header:
        raise InputError(f"{path}: the file is empty; it must be an IDX file of {kind.name}")
    magic = int.from_bytes(header, "big")
    other = _LABELS if kind is _IMAGES else _IMAGES
    if len(header) == 4 and magic == other.magic:
        raise InputError(
            f"{path}: holds {other.name} (magic number 0x{magic:08x}) where {kind.name} (0x{kind.magic:08x}) must be; "
            "is it misnamed?"
        )
    if len(header) == 4 and magic != kind.magic:
        raise InputError(
            f"{path}: the magic number is 0x{magic:08x}; an IDX file of {kind.name} starts with 0x{kind.magic:08x}"
        )
    header += read_up_to(stream, header_size - 4)
    if len(header) < header_size:
        raise InputError(f"{path}: cut short after {len(header)} bytes; the IDX header alone has {header_size}")
    return struct.unpack(f">{kind.rank}I", header[4:])
