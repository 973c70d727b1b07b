"""Several processes on one machine that work on one study, each on cores or a device of its own."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import jax
from rich.console import Console

from jaxreg import compile_cache
from jaxreg.engine.backends import make_storage
from jaxreg.engine.config import StudyConfig
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import FinishedTrials, OwnStudy, open_study
from jaxreg.engine.trial import load_problem, make_task
from jaxreg.engine.work import work
from jaxreg.errors import InputError, said_in_one_line

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_END = 10.0


class Place(NamedTuple):
    """Where a worker runs: the cores it may use (None: all) and the accelerator it sees (None: as it is)."""

    cores: frozenset[int] | None
    device: int | None


class Worker(NamedTuple):
    """A worker process, and the end of the pipe at which the parent hears what it has to say."""

    process: BaseProcess
    heard: Connection


class Relay(Display):
    """The display of a worker: what it says, and what it waits for, goes to the parent, which shows it."""

    def __init__(self, total: int, parent: Connection) -> None:
        super().__init__(total, Console(quiet=True, force_terminal=False))
        self._parent = parent

    def say(self, line: str) -> None:
        """Sends a line."""
        self._parent.send(line)

    def waits(self, numbers: Sequence[int]) -> None:
        """Sends the numbers of the trials that the worker waits for."""
        self._parent.send(tuple(numbers))


def run_workers(config: StudyConfig, study: OwnStudy, display: Display) -> None:
    """Runs `--workers` processes to their end, and shows the trials that they finish; not on a TPU (InputError).

    They share nothing but the storage and the leases in the run folder. Where one dies, the display says so and the
    others take over its trial; they all end when this process does. What they leave undone is for the caller to do.
    """
    finished = FinishedTrials(study)
    display.begin(len(study.home.persist(finished.update)), finished.best)
    workers = [_start(config, place, f"worker {i}") for i, place in enumerate(places(config.workers), start=1)]
    waiting: dict[str, tuple[int, ...]] = {}
    try:
        while workers:
            wait([end for process, heard in workers for end in (process.sentinel, heard)], SECONDS_BETWEEN_LOOKS)
            _show_new(study, finished, display)
            for worker in workers:
                _show_said(worker, workers, waiting, display)
            for worker in [w for w in workers if w.process.exitcode is not None]:
                workers.remove(worker)
                if code := worker.process.exitcode:
                    left = f"the {len(workers)} left" if workers else "this process"
                    display.say(f"{worker.process.name} ended with code {code}: its trial goes to {left}")
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join(SECONDS_TO_END)
            worker.process.kill()  # one that is stopped, too
            worker.process.join()


def _start(config: StudyConfig, place: Place, name: str) -> Worker:
    spawn = multiprocessing.get_context("spawn")  # a process that has started JAX must not be forked
    heard, parent = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_worker, args=(config, place, parent), name=name, daemon=True)
    process.start()
    parent.close()
    return Worker(process, heard)


def _show_said(
    worker: Worker, workers: Sequence[Worker], waiting: dict[str, tuple[int, ...]], display: Display
) -> None:
    """Shows what a worker has said; what it waits for once all of them wait, so that none of them has it."""
    try:
        while worker.heard.poll():
            said = worker.heard.recv()
            if isinstance(said, str):
                display.say(said)
                continue
            waiting[worker.process.name] = said
            display.waits(said if all(waiting.get(other.process.name) for other in workers) else ())
    except (EOFError, OSError):  # it has ended
        return


def _show_new(study: OwnStudy, finished: FinishedTrials, display: Display) -> None:
    seen = len(finished.records)
    study.home.persist(finished.update)
    for done, record in enumerate(list(finished.records.values())[seen:], start=seen + 1):
        display.trial(record, done, finished.best)


def places(workers: int) -> list[Place]:
    """Returns a place for each worker: an equal share of the cores and, where there are GPUs, one of them in turn."""
    if jax.default_backend() == "tpu":
        raise InputError(f"--workers {workers}: a TPU belongs to one process; --population trains several trials on it")
    gpus = jax.local_device_count() if jax.default_backend() == "gpu" else 0
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return [Place(_share(cores, i, workers), i % gpus if gpus else None) for i in range(workers)]


def _share(cores: list[int], index: int, workers: int) -> frozenset[int] | None:
    """Returns the index-th of `workers` nearly equal shares of neighbours; with too few cores one each, in turn."""
    if not cores:
        return None
    if workers > len(cores):
        return frozenset({cores[index % len(cores)]})
    return frozenset(cores[len(cores) * index // workers : len(cores) * (index + 1) // workers])


@pinned()
def _worker(config: StudyConfig, place: Place, parent: Connection) -> None:
    """Is one worker process: takes its place, then the same data, the same study and the same loop as a lone one."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _move_to(place)  # before JAX looks at the machine
        if config.compile_cache:
            compile_cache.enable()
        problem = load_problem(config)
        with make_storage(config.storage, config.out).failures():
            study = open_study(config, problem.identity)
            relay = Relay(config.trials, parent)
            work(study, make_task(config, problem.dataset, problem.splits), Path(config.out), relay)
    except KeyboardInterrupt:
        return
    except Exception as error:
        line = said_in_one_line(error)
        if line is None:
            raise
        sys.exit(f"{multiprocessing.current_process().name}: {line}")


def _move_to(place: Place) -> None:
    if place.cores is not None:
        os.sched_setaffinity(0, place.cores)
    if place.device is not None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        os.environ["CUDA_VISIBLE_DEVICES"] = visible.split(",")[place.device] if visible else str(place.device)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # at once: a study may be left at any moment
