"""Section "startup": how long the command takes to say its options and to run the smallest study, cold and warm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.command import run, search_command
from bench.config import BenchmarkConfig
from bench.section import Table, spread, spread_text

REPEATS = 3
OPTIONS: dict[str, tuple[object, ...]] = {
    "--help": ("--help",),
    "1 trial of 1 epoch": ("--trials", 1, "--max-epochs", 1),
}


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the wall seconds of each command with an empty folder of caches, and again with what that left there."""
    del config
    seconds: dict[str, dict[str, list[float]]] = {name: {"cold": [], "warm": []} for name in OPTIONS}
    for _ in range(REPEATS):
        with TemporaryDirectory() as place:
            for state in ("cold", "warm"):
                for name, options in OPTIONS.items():
                    command = search_command(Path(place, state), *options)
                    seconds[name][state].append(run(command, Path(place, "cache")).seconds)
    spreads = {name: {state: spread(values) for state, values in states.items()} for name, states in seconds.items()}
    return {"seconds": spreads, "repeats": seconds}


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns one row a command."""
    rows = [
        (name, spread_text(states["cold"], 2), spread_text(states["warm"], 2))
        for name, states in result["seconds"].items()
    ]
    note = "Cold: no cache of compiled programs or fonts yet; the files themselves have been read before."
    return [
        Table("Wall seconds of experiments/search.py: median (least to greatest)", ("", "cold", "warm"), rows, note)
    ]
