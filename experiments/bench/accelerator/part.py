"""One part in a process of its own, `python -m bench.accelerator.part NAME [--tiny]` in experiments/.

Each line of standard output is a JSON value of the part, written as soon as it is known.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from bench.accelerator import checks, command, device, epochs, rivals
from bench.section import Table
from jaxreg.engine.jax_settings import pinned


class Part(NamedTuple):
    """A part of the section: yields its rows, of tiny sizes or not, and shows them; it may take a share of the time."""

    measure: Callable[[bool], Iterator[dict[str, Any]]]
    tables: Callable[[list[dict[str, Any]]], list[Table]]
    share: float


_STUDY = partial(command.measure, "search.py", ("--trials", "3"))
_VERDICT = partial(command.measure, "verdict.py", ("--blocks", "3", "--tune-trials", "1"))
# In their order. All commands share a cache: the study finds it empty, the verdict and the study again do not.
PARTS = {
    "device": Part(device.measure, device.tables, 0.15),
    "study": Part(_STUDY, command.tables, 0.35),
    "verdict": Part(_VERDICT, command.tables, 0.5),
    "checks": Part(checks.measure, checks.tables, 0.2),
    "rivals": Part(rivals.measure, rivals.tables, 0.2),
    "epochs": Part(epochs.measure, epochs.tables, 0.3),
    "study again": Part(_STUDY, command.tables, 0.35),
}


@pinned()
def main(name: str, *options: str) -> None:
    """Measures a part."""
    for row in PARTS[name].measure("--tiny" in options):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
