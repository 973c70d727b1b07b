"""Reading files, no other things, and no more of a stream than its header promises."""

from __future__ import annotations

import stat
from io import BufferedIOBase
from pathlib import Path
from typing import IO

from jaxreg.errors import InputError

MAX_BYTES = 4 * 2**30
"""The largest array (in bytes) that a file may promise: 4 GiB, twenty times the pixels of CIFAR-100."""

_CHUNK = 1 << 20
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_up_to(stream: BufferedIOBase | IO[bytes], size: int) -> bytearray:
    """Returns the next `size` bytes, or fewer where the stream ends; memory follows what it holds, not its header."""
    data = bytearray()
    while len(data) < size and (chunk := stream.read(min(_CHUNK, size - len(data)))):
        data += chunk
    return data


def check_is_file(path: Path, wanted: str) -> None:
    """Raises an InputError unless a path is a regular file, perhaps by a link; a pipe or a device may have no end.

    `wanted` says what it must be, such as "npz:FILE must name an .npz file".
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: no such file; {wanted}") from None
    except (OSError, ValueError) as error:  # the latter for a name with a null character
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); {wanted}") from None
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: {_KINDS.get(stat.S_IFMT(mode), 'no file')}; {wanted}, a file on disk")
