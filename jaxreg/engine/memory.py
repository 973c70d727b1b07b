"""The memory of a process that compiles and trains for hours."""

import ctypes
import sys
from functools import cache

import jax

COMPILED = "/jax/core/compile/backend_compile_duration"  # JAX's name for the event; a listener is told the seconds
LONG_COMPILATION_SECONDS = 0.1


@cache
def limit_memory() -> None:
    """From now on, the hundreds of MB that a long compilation has freed go back to the system, where glibc can do that.

    The heaps would keep them, and the next program's would come on top.
    """
    _release_freed_memory()  # what reading the data has left
    jax.monitoring.register_event_duration_secs_listener(_after_event)


def _after_event(event: str, duration_secs: float, **_: str | int) -> None:
    if event == COMPILED and duration_secs > LONG_COMPILATION_SECONDS:
        _release_freed_memory()


def _release_freed_memory() -> None:
    trim = None if sys.platform == "win32" else getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
