"""A whole command on the device, start-up included, and what it says it has found."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.section import Table

EXPERIMENTS = Path(__file__).parents[2]
TINY = ("--train-size", "40", "--epoch-valid-size", "20", "--trial-valid-size", "20", "--max-epochs", "2")
SHOWN = ("trials", "epochs", "best_value", "best_params", "test_accuracy", "runs")


def run(script: str, small: tuple[str, ...], tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields the seconds of a command with its default settings, or with `small` and tiny ones."""
    with TemporaryDirectory() as place:
        command = [sys.executable, str(EXPERIMENTS / script), "--out", place, *([*small, *TINY] if tiny else [])]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        row = {"command": script, "seconds": time.perf_counter() - start}
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip() or "nothing was written").splitlines()
            yield row | {"error": lines[-1]}
            return
        summary = json.loads(Path(place, "summary.json").read_text(encoding="utf-8"))
        yield row | {"summary": summary} | _times(Path(place))


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
        (
            row["command"],
            f"{row['seconds']:.1f}",
            row.get("error") or ", ".join(f"{name} {row['summary'][name]}" for name in SHOWN if name in row["summary"]),
        )
        for row in rows
    ]
    return [Table("Whole commands on the device, start-up included", ("", "seconds", "found"), lines)]
