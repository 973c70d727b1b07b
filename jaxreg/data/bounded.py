"""Reading no more of a stream than its header promises."""

from __future__ import annotations

from typing import Protocol

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
