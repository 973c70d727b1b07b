"""Reading files, no other things, and no more of a stream than its header promises."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Protocol

from jaxreg.errors import InputError

MAX_BYTES = 4 * 2**30
"""The largest array (in bytes) that a file may promise: 4 GiB, twenty times the pixels of CIFAR-100."""

_CHUNK = 1 << 20


class Readable(Protocol):
    """A binary stream."""

    def read(self, size: int, /) -> bytes:
        """Returns up to `size` bytes; none at the end."""
        ...


def read_up_to(stream: Readable, size: int) -> bytearray:
    """Returns the next `size` bytes, or fewer where the stream ends.

    It reads in chunks, so that memory follows what the stream really holds, not what a header promises.
    """
    data = bytearray()
    while len(data) < size and (chunk := stream.read(min(_CHUNK, size - len(data)))):
        data += chunk
    return data


def check_is_file(path: Path, wanted: str) -> None:
    """Raises an InputError unless a path is a regular file, perhaps by a link; a pipe or a device may have no end.

    Args:
      path: what was given.
      wanted: what it must be, such as "npz:FILE must name an .npz file".
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: no such file; {wanted}") from None
    except (OSError, ValueError) as error:  # the latter for a name with a null character
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); {wanted}") from None
    if not stat.S_ISREG(mode):
        kind = next((name for name, test in _KINDS.items() if test(mode)), "no file")
        raise InputError(f"{path}: {kind}; {wanted}, a file on disk")


_KINDS = {
    "a folder": stat.S_ISDIR,
    "a pipe": stat.S_ISFIFO,
    "a socket": stat.S_ISSOCK,
    "a device": lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode),
}
