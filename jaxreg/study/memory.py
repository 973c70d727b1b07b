"""The memory of a process that compiles and trains for hours."""

from __future__ import annotations

import ctypes
import sys


def release_freed_memory() -> None:
    """Gives the heap's free pages back to the system, where the C library can (glibc).

    Reading the data and compiling an epoch's program take hundreds of MB for a moment, which the heap would keep:
    the next program's would come on top of them.
    """
    trim = None if sys.platform == "win32" else getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
