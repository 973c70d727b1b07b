"""How processes for runs start: on Linux as forks of one that has all imports, elsewhere by importing all anew.

A process that has started JAX must not be forked, one that has only imported it may be. It makes its imports beside
those of the command; then each worker is there at once, and what is imported is in memory once.
"""

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.process import BaseProcess
from typing import Any

RUNS_A_WORKER = 4  # a process that starts for fewer costs more time than it saves
PRELOAD = "jaxreg.engine.preload"
READ_AT_IMPORT = "JAX_"  # variables that JAX reads as it is imported, before a fork is given the environment


def ready(workers: int | None, runs: int = 2 * RUNS_A_WORKER) -> None:
    """Has imports begin for the workers that a command starts for so many runs, by default many, where it starts some.

    To be called before all else is imported, which takes as long.
    """
    several = workers > 1 if workers else runs >= 2 * RUNS_A_WORKER
    if several and sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        _imported_with()


def start(name: str, function: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Starts a process that calls a function in this process's environment, and that ends with this process."""
    forks = sys.platform == "linux" and _imported_with() == _settings()
    kind: type[BaseProcess] = get_context("forkserver").Process if forks else get_context("spawn").Process
    process = kind(target=_run, args=(dict(os.environ), function, arguments), name=name, daemon=True)
    process.start()
    return process


def _run(environ: Mapping[str, str], function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()  # a fork has that of the process that it is forked from
    os.environ.update(environ)
    function(*arguments)


@cache
def _imported_with() -> Mapping[str, str]:
    """Starts the process that is forked, and returns the settings of JAX that it has."""
    forkserver.set_forkserver_preload([PRELOAD])
    forkserver.ensure_running()
    return _settings()


def _settings() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(READ_AT_IMPORT)}
