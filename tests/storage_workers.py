"""A worker that trains nothing, in a module of its own so that a spawned process imports no test."""

import contextlib
import io
import json
import math
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from waiting import PATIENCE_SECONDS, until

from bench.stand_in import WEIGHTS, StandIn, stand_in_record
from jaxreg.engine import backends, server_leases
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import FINISHED, next_trials, open_study
from jaxreg.engine.work import work
from jaxreg.search.config import StudyConfig


def config_of(folder, address, **changes):
    return StudyConfig(out=str(folder), storage=address, sampler="random", **changes)


def opened(config):
    """Returns the study of a stand-in."""
    return open_study(StandIn(config))


@dataclass(frozen=True)
class Noted(StandIn):
    """Notes the number of each trial in the run folder as it begins.

    The first trials end at once, as many as the option `free` says; the others when all files of `gates` are there.
    """

    options: Mapping[str, Any] = field(default_factory=dict)

    def train(self, number, point, on_epoch):
        with open(Path(self.config.out, "began"), "a") as file:
            file.write(f"{number}\n")
        if len(runs(self.config)) > self.options.get("free", math.inf):
            until(lambda: all(map(os.path.exists, self.options["gates"])))
        return stand_in_record(number, point, 0.5, 2), WEIGHTS


def next_trial(study, leases):
    """Returns the one trial that a process takes, None where there is none for it."""
    return next(next_trials(study, leases, 1), None)


def stand_in_worker(config, options):
    """Works on a study to its end; the file "away" in the run folder says that the storage is tried again."""
    folder = Path(config.out)
    folder.mkdir(parents=True, exist_ok=True)
    backends.PROXY_TIMEOUT_SECONDS = PATIENCE_SECONDS

    def sleep(seconds):
        (folder / "away").touch()
        time.sleep(seconds)

    clock = SimpleNamespace(monotonic=time.monotonic, sleep=sleep)
    study, quiet = open_study(Noted(config, options=options)), contextlib.redirect_stdout(io.StringIO())
    with patch.object(backends, "time", clock), quiet, Display(study.experiment) as display:
        work(study, display)


def runs(*configs):
    """Returns the numbers of the trials that were begun, in the folders of these configurations."""
    files = [Path(config.out) / "began" for config in configs]
    return [int(line) for file in files if file.exists() for line in file.read_text().split()]


def finished_numbers(study):
    return [trial.number for trial in study.get_trials(deepcopy=False, states=FINISHED)]


if __name__ == "__main__":  # a worker on a host of its own: its folder, address and options
    given = json.loads(sys.argv[1])
    soon = {"idle": 2, "interval": 1, "count": 2}  # seconds after which the server misses a host, in place of a minute
    server_leases._POSTGRES_KEEPALIVE = " ".join(f"-c tcp_keepalives_{name}={value}" for name, value in soon.items())
    server_leases._POSTGRES_KEEPALIVE += " -c tcp_user_timeout=4000"
    stand_in_worker(config_of(given["folder"], given["address"], trials=given["trials"]), given)
