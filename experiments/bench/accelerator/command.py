"""A whole command on the device, start-up included, and what it says it has found."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.command import run
from bench.section import SectionError, Table

EXPERIMENTS = Path(__file__).parents[2]
TINY = ("--train-size", "40", "--epoch-valid-size", "20", "--trial-valid-size", "20", "--max-epochs", "2")
SHOWN = ("trials", "epochs", "best_value", "best_params", "test_accuracy", "runs")


def measure(script: str, small: tuple[str, ...], tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields the seconds of a command with its default settings, or with `small` and tiny ones."""
    with TemporaryDirectory() as place:
        words = [sys.executable, str(EXPERIMENTS / script), "--out", place, *([*small, *TINY] if tiny else [])]
        try:
            finished = run(words, Path(os.environ["XDG_CACHE_HOME"]))
        except SectionError as error:
            yield {"command": script, "error": str(error)}
            return
        summary = json.loads(Path(place, "summary.json").read_text(encoding="utf-8"))
        yield {"command": script, "seconds": finished.seconds, "summary": summary} | _times(Path(place))


def _times(folder: Path) -> dict[str, Any]:
    """Returns the seconds of each run as they are recorded, where the command leaves them."""
    path = folder / "times.csv"
    if not path.is_file():
        return {}
    with open(path, encoding="utf-8", newline="") as file:
        return {"run_seconds": [float(row["seconds"]) for row in csv.DictReader(file)]}


def tables(rows: list[dict[str, Any]]) -> list[Table]:
    """Returns one row a command."""
    lines = [
        (row["command"], "", row["error"])
        if "error" in row
        else (
            row["command"],
            f"{row['seconds']:.1f}",
            ", ".join(f"{name} {row['summary'][name]}" for name in SHOWN if name in row["summary"]),
        )
        for row in rows
    ]
    return [Table("Whole commands on the device, start-up included", ("", "seconds", "found"), lines)]
