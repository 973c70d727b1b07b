"""The study's command as a child process, and what its run folder tells about its time."""

from __future__ import annotations

import csv
import os
import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from bench.section import SectionError

SEARCH = Path(__file__).parents[1] / "search.py"


class Finished(NamedTuple):
    """A command that has ended well; the two times are of the wall clock, in seconds since the epoch."""

    start: float
    end: float
    stdout: str

    @property
    def seconds(self) -> float:
        """Returns how long the command took."""
        return self.end - self.start


class TimedTrial(NamedTuple):
    """A finished trial of a run folder; `start` and `end` are when Optuna asked for it and was told its value."""

    start: float
    end: float
    seconds: float
    num_epochs: int
    norm_type: str


def search_command(folder: Path, *options: object) -> list[str]:
    """Returns the command of a study with a run folder and options."""
    return [sys.executable, str(SEARCH), "--out", str(folder), *map(str, options)]


def run(command: Sequence[str], cache: Path) -> Finished:
    """Runs a command to its end with its caches in a folder.

    Raises:
      SectionError: its exit code is not 0; the line has the command, the code and the last line it wrote.
    """
    start = time.time()
    done = subprocess.run(
        command, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, capture_output=True, encoding="utf-8", check=False
    )
    end = time.time()
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "nothing was written").splitlines()[-1]
        raise SectionError(f"{shlex.join(command)}: exit code {done.returncode}: {last}")
    return Finished(start, end, done.stdout)


def read_trials(folder: Path) -> list[TimedTrial]:
    """Returns the trials of a run folder in order of their numbers."""
    with closing(sqlite3.connect(folder / "study.db")) as database:
        times = database.execute("SELECT datetime_start, datetime_complete FROM trials ORDER BY number").fetchall()
    with open(folder / "trials.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(folder / "times.csv", encoding="utf-8", newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    return [
        TimedTrial(_timestamp(start), _timestamp(end), own, int(row["num_epochs"]), row["norm_type"])
        for (start, end), own, row in zip(times, seconds, rows, strict=True)
    ]


def _timestamp(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()  # Optuna writes local time
