"""Section "idle": what coordination costs 1 to 64 workers on each storage, by trials that sleep as real ones train."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.config import BenchmarkConfig
from bench.section import Table, spread, spread_text
from bench.stand_in import StandIn
from bench.storage import DATABASE, on_each, together
from jaxreg.core.model import Variables
from jaxreg.engine.experiment import OnEpoch
from jaxreg.engine.storage import OwnStudy
from jaxreg.records import Point, TrialRecord
from jaxreg.search.config import StudyConfig

WORKERS = (1, 4, 16, 64)
EACH = 4  # trials for each worker
SECONDS = 6.0  # of a trial on average; they take half to one and a half times as long
SLEPT, CALLS = "slept", "calls"  # files in the folder of a worker


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns for each storage and number of workers the share of time between two trials, and calls of the storage."""
    del config
    return on_each(WORKERS, _measure)


@dataclass(frozen=True)
class Sleeping(StandIn):
    """A search whose trials sleep, so long on average; when each begins and ends is a line in the run folder."""

    average: float = SECONDS

    def train(self, number: int, point: Point, on_epoch: OnEpoch) -> tuple[TrialRecord, Variables]:
        """Returns the record and the weights of a trial."""
        begin = time.time()
        time.sleep(self.average * np.random.default_rng(number).uniform(0.5, 1.5))
        with Path(self.config.out, SLEPT).open("a") as file:
            file.write(f"{begin} {time.time()}\n")
        return super().train(number, point, on_epoch)


def _measure(place: Path, name: str, address: str, workers: int) -> dict[str, Any]:
    trials = EACH * workers
    common: dict[str, Any] = {"trials": trials, "sampler": "random", "storage": address}
    folders = [place / f"{name} {workers} {i}" for i in range(workers)]
    study_name = f"idle {name} {workers} {time.time_ns()}"
    configs = [StudyConfig(**common, study_name=study_name, out=str(out)) for out in folders]
    together(name, [Sleeping(config, average=SECONDS) for config in configs], _counted)
    slept = [np.loadtxt(out / SLEPT, ndmin=2) for out in folders if (out / SLEPT).exists()]
    between = np.concatenate([times[1:, 0] - times[:-1, 1] for times in slept])
    asleep = np.concatenate([times[1:, 1] - times[1:, 0] for times in slept])
    calls = sum(int((out / CALLS).read_text()) for out in folders)
    return {
        "idle": float(between.sum() / (between.sum() + asleep.sum())),
        "seconds_between": spread(between.tolist()),
        "calls_a_trial": calls / trials,
    }


@contextmanager
def _counted(study: OwnStudy) -> Iterator[None]:
    """Counts what is asked of the storage, but not what the storage asks of itself."""
    kind, calls, within = type(study._storage), 0, False

    def counted(asked: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls, within
            if within:
                return asked(*args, **kwargs)
            calls, within = calls + 1, True
            try:
                return asked(*args, **kwargs)
            finally:
                within = False

        return ask

    for name in dir(kind):
        if not name.startswith("_") and callable(getattr(kind, name)):
            setattr(kind, name, counted(getattr(kind, name)))
    yield
    Path(study.experiment.config.out, CALLS).write_text(str(calls))


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns one row for each storage and number of workers."""
    rows = [
        (
            v["storage"],
            str(v["workers"]),
            f"{v['idle']:.1%}",
            spread_text(v["seconds_between"], 2),
            f"{v['calls_a_trial']:.0f}",
        )
        for v in result["variants"]
    ]
    header = ("storage", "workers", "idle", "seconds between two trials", "calls of the storage a trial")
    note = (
        f"Random search, {EACH} trials for each worker, which sleep {SECONDS:g} s on average; "
        f"median (least to greatest). {DATABASE}: the URL of a server to measure."
    )
    return [Table("Time between trials that sleep as long as real ones take, by storage", header, rows, note)]
