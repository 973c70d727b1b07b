"""The IDX files of an MNIST-like data set, plain or gzipped: four, or without a test set two.

An IDX file is a big-endian header and the array's bytes in C order. The header is a magic number, whose third byte
is the type (0x08: uint8) and whose fourth is the rank, then one 32-bit size for each axis.
"""

import gzip
import math
import os
import struct
import zlib
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from jaxreg.data.dataset import RawArrays
from jaxreg.errors import InputError
from jaxreg.files import MAX_BYTES, check_is_file, expanded, read_up_to
from jaxreg.text import Text

_PARTS = (("train",), ("t10k", "test"))  # what names begin with
_RANKS = {"images": 3, "labels": 1}  # [N, H, W] and [N]

NO_FOLDER = Text(
    "{folder}: no such folder; idx:DIR must name a folder with the four IDX files",
    "{folder}: 그런 폴더가 없습니다. idx:폴더에는 IDX 파일 네 개가 있어야 합니다",
)


def load_idx_folder(folder: str | Path) -> RawArrays:
    """Reads the files of a folder as uint8 arrays, under any of their common names; without a test set two of the four.

    The names are PART-images-idx3-ubyte or PART-images.idx3-ubyte, and PART-labels-idx1-ubyte or
    PART-labels.idx1-ubyte, PART being train, and t10k or test; each plain or with .gz (plain is taken first). Whether a
    file is gzipped is told by its content.

    Raises:
      InputError: the folder or a file is absent; a file is unreadable, empty, truncated, longer than its header says,
        damaged, of another magic number than 0x00000803 (images) or 0x00000801 (labels), or promises more than 4 GiB.
    """
    folder = Path(expanded(str(folder), "idx:DIR"))
    if not os.path.isdir(folder):
        raise InputError(NO_FOLDER.format(folder=folder))
    names = _names(folder)
    tested = [f"{part}{mark}" for part in _PARTS[1] for mark in ("-images", "-labels")]
    parts = _PARTS if any(name.startswith(tuple(tested)) for name in names) else _PARTS[:1]
    return RawArrays(*(_read(_find(folder, names, part, kind), kind) for part in parts for kind in _RANKS))


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); it must hold the four IDX files") from error


def _find(folder: Path, names: set[str], parts: tuple[str, ...], kind: str) -> Path:
    stems = [f"{part}-{kind}{mark}idx{_RANKS[kind]}-ubyte" for part in parts for mark in "-."]
    paths = [folder / f"{stem}{suffix}" for stem in stems for suffix in ("", ".gz")]
    there = [path for path in paths if path.name in names]
    for path in sorted(there, key=os.path.isfile, reverse=True):  # some archives have folders of these names
        inside = next((p for p in sorted(path.glob("*")) if p.name.startswith(parts)), None)
        moved = f"; move {inside} up in its place" if inside else ""
        check_is_file(path, f"it must be an IDX file of {kind}{moved}")
        return path
    raise InputError(f"{folder}: no {parts[0]} {kind} file; allowed names: {', '.join(stems)}, each also with .gz")


def _read(path: Path, kind: str) -> np.ndarray:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if zipped else file as stream:
                return _read_array(stream, path, kind)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        reason = f"the gzip data are damaged or cut short ({error});"
        if str(error).startswith("Not a gzipped file"):  # said of what comes after a whole one
            reason = "other bytes follow the gzip data; cut them off (gunzip does, then gzip again) or"
        raise InputError(f"{path}: {reason} get the file again") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); it must be an IDX file") from error


def _read_array(stream: BufferedIOBase, path: Path, kind: str) -> np.ndarray:
    """Reads header and array, no further than one byte past the promised size: at its end gzip checks its CRC."""
    shape = _read_header(stream, path, kind)
    size = math.prod(shape)
    promise = f"the header promises {' x '.join(map(str, shape))} = {size} bytes of {kind}"
    if size > MAX_BYTES:
        raise InputError(f"{path}: {promise}; at most {MAX_BYTES} are allowed")
    body = read_up_to(stream, size + 1)
    if len(body) < size:
        raise InputError(f"{path}: {promise} but only {len(body)} follow; the file is cut short")
    if len(body) > size:
        raise InputError(f"{path}: {promise} but more follow; nothing may come after them")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _read_header(stream: BufferedIOBase, path: Path, kind: str) -> tuple[int, ...]:
    magic_numbers = {name: 0x0800 + rank for name, rank in _RANKS.items()}
    wanted, size = magic_numbers[kind], 4 + 4 * _RANKS[kind]
    header = read_up_to(stream, size)
    magic = int.from_bytes(header[:4], "big")
    if not header:
        raise InputError(f"{path}: the file is empty; it must be an IDX file of {kind}")
    if len(header) >= 4 and magic != wanted:
        for other, number in magic_numbers.items():
            if magic == number:
                held = f"holds {other} (magic number 0x{magic:08x})"
                raise InputError(f"{path}: {held} where {kind} (0x{wanted:08x}) must be; is it misnamed?")
        raise InputError(f"{path}: the magic number is 0x{magic:08x}; an IDX file of {kind} starts with 0x{wanted:08x}")
    if len(header) < size:
        raise InputError(f"{path}: cut short after {len(header)} bytes; the IDX header alone has {size}")
    return struct.unpack(f">{_RANKS[kind]}I", header[4:])
