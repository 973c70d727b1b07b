"""An experiment from its first run to its last, by as many processes as the machine has cores or accelerators."""

import dataclasses
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, NamedTuple

import jax
from rich.console import Console

from jaxreg.engine.backends import make_storage
from jaxreg.engine.experiment import Experiment
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.machine import is_prepared, prepare, workers_of
from jaxreg.engine.progress import Display
from jaxreg.engine.shared import SharedDataset, shared
from jaxreg.engine.storage import Ended, OwnStudy, open_study
from jaxreg.engine.work import work
from jaxreg.errors import InputError, NotYet, said_in_one_line
from jaxreg.own import OwnMethod, is_of_the_script
from jaxreg.text import Counted, Text, counted, joined

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_END = 10.0
NO_DATA: Any = None
ALONE = Text(
    "1 process: {}, made in Python, can be in no other one",
    "프로세스 1개: 파이썬에서 만든 {}: 다른 프로세스로 넘길 수 없습니다",
)
PROCESSES = Counted("{n} process", "{n} processes", "프로세스 {n}개")
SO_FAR = Text("{what}; the report of what is there: {command}", "{what}. 지금까지의 보고서: {command}")
SHARE_DONE = Text(
    "this share is done; {name}: {done} of {all} runs are in {where}. Once all shares are done, the same command goes "
    "on",
    "이 몫은 끝났습니다. {name}: {where}에 실행 {all}회 중 {done}회가 있습니다. 모든 몫이 끝나면 같은 명령으로 "
    "이어집니다",
)
THE_OTHERS, THE_PARENT = Text("the {} left", "남은 {}개가"), Text("this process", "이 프로세스가")
WORKER_DIED = Text(
    "{name} ended with code {code}: its run goes to {left}",
    "{name}: 코드 {code}로 끝났습니다. 맡은 실행은 {left} 이어받습니다",
)


def run_all(study: OwnStudy, display: Display | None = None) -> tuple[Any, ...]:
    """Makes the runs that are missing, by several processes where that is faster, and returns the records of all.

    What is seen meanwhile is for the display, the usual one where none is given. Interrupted, it says by which command
    what there is can be reported.

    Raises:
      InputError: a method is for this process alone, which does not make runs as all others do.
      NotYet: this process's `--share` is done, and others' are not.
    """
    experiment, ended = study.experiment, Ended[Any, Any](study)
    left = experiment.total - len(study.home.persist(ended.update))
    try:
        with display or Display(experiment) as display:
            if left:
                _by_workers(study, left, display)
            work(study, display)  # after workers: what they left
    except KeyboardInterrupt:
        with suppress(Exception):  # a storage that is away or a closed output, of which an interrupted run does not end
            _say_so_far(experiment, ended)
        raise
    records = study.home.persist(ended.update)
    if len(records) < experiment.total:  # of other shares
        there = {"name": experiment.name, "done": len(records), "all": experiment.total, "where": study.home.name}
        raise NotYet(SHARE_DONE.format(**there))
    return records


def _say_so_far(experiment: Experiment[Any, Any], ended: Ended[Any, Any]) -> None:
    """Prints the command that reports what there is, if that is enough; of what is in Python only there is none."""
    found = experiment.so_far(ended.update())
    if found and not experiment.config.only_in_python:
        what, config = found
        print(SO_FAR.format(what=what, command=config.command()).to(config.lang), flush=True)


def _by_workers(study: OwnStudy, left: int, display: Display) -> None:
    """Makes runs by processes of their own where that is faster, or where this one is not as they are to be made."""
    experiment = study.experiment
    if made := made_here(experiment):
        display.say(ALONE.format(made))
        return
    count, why = workers_of(experiment, left)
    if count > 1 or why.en:
        display.say(joined([counted(count, PROCESSES), why], ": "))
    if count > 1 or not is_prepared():
        # JAX is not to take most of a GPU's memory at once.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        run_workers(study, count, display)


def made_here(experiment: Experiment[Any, Any]) -> str:
    """Returns the names of the methods that no other process can have, nothing where there is none.

    Raises:
      InputError: there are such, and this process does not make runs as all others do.
    """
    own = getattr(experiment.config, "own", ())
    names = [method.path for method in own if isinstance(method, OwnMethod) and not method.is_portable]
    made = f"method{'s' * (len(names) > 1)} {', '.join(names)}" if names else ""
    if made and not is_prepared():
        way_on = "put it into a file of yours, or compare before all else that uses JAX"
        raise InputError(f"{made}: made in Python, for this process alone, which computes by several threads; {way_on}")
    return made


@dataclass(frozen=True)
class Place:
    """Which of how many workers one is, on which backend, and the number of the GPU that it sees (None: any)."""

    index: int
    count: int
    backend: str
    gpu: int | None = None


class Worker(NamedTuple):
    """A worker process, and the end of the pipe at which the parent hears what it has to say."""

    process: BaseProcess
    heard: Connection


class Relay(Display):
    """The display of a worker: what it says, and what it waits for, goes to the parent, which shows it."""

    def __init__(self, experiment: Experiment[Any, Any], parent: Connection) -> None:
        super().__init__(experiment, Console(quiet=True, force_terminal=False))
        self._parent = parent

    def say(self, line: Text) -> None:
        """Sends a line."""
        self._parent.send(line)

    def waits(self, numbers: Sequence[int]) -> None:
        """Sends the numbers of the runs that the worker waits for."""
        self._parent.send(tuple(numbers))


def run_workers(study: OwnStudy, count: int, display: Display) -> None:
    """Runs so many processes to their end, and shows the runs that they make.

    They share the data in memory and nothing else but the storage and the leases. Where one dies, the display says so
    and the others take over its run; they all end when this process does. What they leave is for the caller to do.
    """
    experiment = study.experiment
    ended: Ended[Any, Any] = Ended(study)
    display.begin(study.home.persist(ended.update), count)
    backend = jax.default_backend()
    gpus = jax.local_device_count() if backend == "gpu" else 0
    with shared(experiment.dataset) as data:
        places = [Place(index, count, backend, index % gpus if gpus else None) for index in range(count)]
        workers = [_start(experiment, data, place) for place in places]
        try:
            _look_after(workers, study, ended, display)
        finally:
            _end([worker.process for worker in workers])


def _look_after(workers: Sequence[Worker], study: OwnStudy, ended: Ended[Any, Any], display: Display) -> None:
    """Shows what workers make and say, until all have ended."""
    alive = list(workers)
    waiting: dict[str, tuple[int, ...]] = {}
    while alive:
        wait([end for process, heard in alive for end in (process.sentinel, heard)], SECONDS_BETWEEN_LOOKS)
        _show_new(study, ended, display)
        display.look()
        for worker in alive:
            _show_said(worker, alive, waiting, display)
        for worker in [w for w in alive if w.process.exitcode is not None]:
            alive.remove(worker)
            if code := worker.process.exitcode:
                left = THE_OTHERS.format(len(alive)) if alive else THE_PARENT
                display.say(WORKER_DIED.format(name=worker.process.name, code=code, left=left))


def _end(processes: Sequence[BaseProcess]) -> None:
    """Ends processes, those that are stopped too."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(SECONDS_TO_END)
        process.kill()  # does nothing to one that has ended
        process.join()


def _start(experiment: Experiment[Any, Any], data: SharedDataset, place: Place) -> Worker:
    spawn = multiprocessing.get_context("spawn")  # a process that has started JAX must not be forked
    heard, parent = spawn.Pipe(duplex=False)
    bare = dataclasses.replace(experiment, dataset=NO_DATA)  # in its place the worker maps the shared one
    name = f"worker {place.index + 1}"
    process = spawn.Process(target=_worker, args=(bare, data, place, parent), name=name, daemon=True)
    with nullcontext() if is_of_the_script(bare) else _without_the_script():
        process.start()
    parent.close()
    return Worker(process, heard)


@contextmanager
def _without_the_script() -> Iterator[None]:
    """Has processes start without the caller's script, which Python would run once more in each of them."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _show_said(
    worker: Worker, workers: Sequence[Worker], waiting: dict[str, tuple[int, ...]], display: Display
) -> None:
    """Shows what a worker has said; what it waits for once all of them wait, so that none of them has it."""
    try:
        while worker.heard.poll():
            said = worker.heard.recv()
            if isinstance(said, Text):
                display.say(said)
                continue
            waiting[worker.process.name] = said
            display.waits(said if all(waiting.get(other.process.name) for other in workers) else ())
    except (EOFError, OSError):  # it has ended
        return


def _show_new(study: OwnStudy, ended: Ended[Any, Any], display: Display) -> None:
    seen = len(ended.records)
    study.home.persist(ended.update)
    records = list(ended.records.values())
    for done in range(seen + 1, len(records) + 1):
        display.ended(records[done - 1], records[:done])


@pinned()
def _worker(bare: Experiment[Any, Any], data: SharedDataset, place: Place, parent: Connection) -> None:
    """Is one worker process: takes its place, then the same data, the same study and the same loop as a lone one."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        if place.gpu is not None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            os.environ["CUDA_VISIBLE_DEVICES"] = visible.split(",")[place.gpu] if visible else str(place.gpu)
        prepare(bare.config, place.backend)
        experiment = dataclasses.replace(bare, dataset=data.open())
        with make_storage(bare.config.storage, bare.config.out).failures():
            work(open_study(experiment, place.index, place.count), Relay(experiment, parent))
    except KeyboardInterrupt:
        return
    except Exception as error:
        line = said_in_one_line(error)
        if line is None:
            raise
        sys.exit(f"{multiprocessing.current_process().name}: {line.to(bare.config.lang)}")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # at once: a study may be left at any moment
