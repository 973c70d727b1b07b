"""Section "storage": how many trials a second the storages take from 1, 2, 4 and 8 workers that train nothing."""

from __future__ import annotations

import io
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.config import BenchmarkConfig
from bench.section import SectionError, Table
from bench.stand_in import EPOCHS, StandIn
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import FINISHED, OwnStudy, open_study
from jaxreg.engine.work import work
from jaxreg.search.config import StudyConfig

WORKERS = (1, 2, 4, 8)
TRIALS = 40
Beside = Callable[[OwnStudy], AbstractContextManager[None]]  # what is done around a worker's work
DATABASE = "JAXREG_BENCH_DATABASE"  # URL of an empty database of a server


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the rate of each storage for each number of workers, and the trials lost and duplicated."""
    del config
    return on_each(WORKERS, _measure)


def on_each(counts: Sequence[int], measured: Callable[[Path, str, str, int], dict[str, Any]]) -> dict[str, Any]:
    """Returns what is measured of each storage with each number of workers: in a folder, of a name and an address."""
    with TemporaryDirectory() as place, addresses(Path(place)) as storages:
        return {
            "variants": [
                {"storage": name, "workers": workers, **measured(Path(place), name, address, workers)}
                for name, address in storages.items()
                for workers in counts
            ]
        }


@contextmanager
def addresses(folder: Path) -> Iterator[dict[str, str]]:
    """Provides the storages' addresses; a proxy runs in front of the server, or of an SQLite file without one."""
    found = {"SQLite": f"sqlite:///{folder}/study.db", "journal": f"journal:{folder}/study.log"}
    server = os.environ.get(DATABASE)
    if server:
        found["PostgreSQL"] = server
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    behind = server or f"sqlite:///{folder}/behind.db"
    script = Path(__file__).parents[1] / "proxy.py"
    proxy = subprocess.Popen([sys.executable, str(script), "--storage", behind, "--port", str(port)])
    found["gRPC before " + ("PostgreSQL" if server else "SQLite")] = f"grpc://127.0.0.1:{port}"
    try:
        yield found
    finally:
        proxy.terminate()
        proxy.wait()


def _measure(place: Path, name: str, address: str, workers: int) -> dict[str, float]:
    study_name = f"{name} {workers} {time.time_ns()}"
    configs = [
        StudyConfig(trials=TRIALS, sampler="random", storage=address, study_name=study_name, out=str(place / f"{i}"))
        for i in range(workers)
    ]
    together(name, [StandIn(config) for config in configs])
    ended = open_study(StandIn(configs[0])).get_trials(deepcopy=False, states=FINISHED)
    numbers = {trial.number for trial in ended}
    began = sorted(trial.datetime_start for trial in ended if trial.datetime_start)
    seconds = (max(t.datetime_complete for t in ended if t.datetime_complete) - began[0]).total_seconds()
    lost, duplicated = TRIALS - len(numbers & set(range(TRIALS))), len(ended) - len(numbers)
    return {"trials_per_second": TRIALS / seconds, "lost": lost, "duplicated": duplicated}


@contextmanager
def nothing_beside(study: OwnStudy) -> Iterator[None]:
    """Does nothing around a worker's work."""
    yield


def together(name: str, experiments: Sequence[StandIn], beside: Beside = nothing_beside) -> None:
    """Has a process for each of these work on it, all from one moment on and within `beside`.

    Raises:
      SectionError: one of them failed.
    """
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(len(experiments))
    processes = [spawn.Process(target=_worker, args=(one, beside, ready), daemon=True) for one in experiments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SectionError(f"{name}: a worker of {len(experiments)} ended with code {process.exitcode}")


def _worker(experiment: StandIn, beside: Beside, ready: Any) -> None:
    try:
        study = open_study(experiment)
    except BaseException:
        ready.abort()  # or the others would wait for ever
        raise
    Path(experiment.config.out).mkdir(exist_ok=True)
    ready.wait()
    with redirect_stdout(io.StringIO()), Display(experiment) as display, beside(study):
        work(study, display)


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns one row for each storage and number of workers."""
    rows = [
        (v["storage"], str(v["workers"]), f"{v['trials_per_second']:.1f}", str(v["lost"]), str(v["duplicated"]))
        for v in result["variants"]
    ]
    header = ("storage", "workers", "trials per second", "lost", "duplicated")
    note = f"{TRIALS} trials of random search, {EPOCHS} epochs a record. {DATABASE}: the URL of a server to measure."
    return [Table("Trials that train nothing, by storage", header, rows, note)]
