"""The memory of a process that compiles and trains for hours."""

import ctypes
import gc
import mmap
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import jax

COMPILED = "/jax/core/compile/backend_compile_duration"  # JAX's name for the event; a listener is told the seconds
LONG_COMPILATION_SECONDS = 0.1
WORKER_BYTES = 1_200 * 2**20  # what a process holds while it compiles the study's largest program; docs/scale.md
# Between runs a process holds no more than this, so that the next compilation has room; of what it needs anyway, half
# as much again.
BETWEEN_RUNS, GROWTH = WORKER_BYTES * 3 // 4, 1.5


@cache
def limit_memory() -> None:
    """From now on, the hundreds of MB that a long compilation has freed go back to the system, where glibc can do that.

    The heaps would keep them, and the next program's would come on top.
    """
    _release_freed_memory()  # what reading the data has left
    jax.monitoring.register_event_duration_secs_listener(_after_event)


class Room:
    """The room for compiled programs, 50 to 100 MB each, which JAX keeps for as long as the process lives."""

    def __init__(self) -> None:
        self._allowed = BETWEEN_RUNS

    def make(self) -> None:
        """Forgets all compiled programs where a process on a CPU has come to hold too much; not while one runs.

        The next run finds its own in the cache on disk, if there is one. The claims need 44 kinds of programs.
        """
        if jax.default_backend() != "cpu" or held_bytes() <= self._allowed:
            return
        jax.clear_caches()
        gc.collect()
        _release_freed_memory()
        self._allowed = max(BETWEEN_RUNS, int(GROWTH * held_bytes()))


def held_bytes() -> int:
    """Returns the memory that is this process's alone; 0 where the system does not tell."""
    with suppress(OSError):
        resident, shared = map(int, Path("/proc/self/statm").read_text().split()[1:3])
        return (resident - shared) * mmap.PAGESIZE
    return 0


def _after_event(event: str, duration_secs: float, **_: str | int) -> None:
    if event == COMPILED and duration_secs > LONG_COMPILATION_SECONDS:
        _release_freed_memory()


def _release_freed_memory() -> None:
    trim = None if sys.platform == "win32" else getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
