"""How many runs a machine makes at once: its cores, its memory, its accelerators, and how a process comes by one core.

On a CPU a run has one thread. Its sums are then added in one order, so that its bits depend on the kind of processor
and on the versions alone, and as many runs at once as there are cores use the machine better than one run on all.
"""

import importlib.util
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
from jax._src import xla_bridge

from jaxreg import compile_cache
from jaxreg.compile_cache import THREADS, visible_cores
from jaxreg.engine.config import TrainingConfig
from jaxreg.engine.experiment import Experiment
from jaxreg.engine.memory import WORKER_BYTES
from jaxreg.errors import InputError
from jaxreg.text import NOTHING, Counted, Text, counted, same, speak

RUNS_A_WORKER = 4  # a process that starts for fewer costs more time than it saves
# What a run of a population holds on MNIST (docs/speed.md), and the share of an accelerator that all may take.
RUN_BYTES, ACCELERATOR_SHARE = 60 * 2**20, 0.5
MAX_POPULATION = 64
CORES = Counted("{n} core", "{n} cores", "코어 {n}개")
RUNS = Counted("{n} run to make", "{n} runs to make", "남은 실행 {n}회")
ASKED = Text("--workers", "--workers로 지정")
CAPPED = Text("--workers {asked}, but {cores} here", "--workers {asked}, 그러나 여기는 {cores}뿐입니다")
A_DEVICE = Text("one for each {} device", "{} 장치마다 하나")
FREE = Text(", {free} GB free for {each} GB each", ", 남은 메모리 {free} GB(하나에 {each} GB)")
WHY = same("{cores}{free}, {runs}")


def prepare(config: TrainingConfig, backend: str | None = None) -> None:
    """Prepares a process that has not used JAX yet: one thread a run, and compiled programs kept if that is wanted.

    What it says where no settings are at hand, it says in their language from then on.

    The thread is for a CPU. A program for a GPU is compiled by as many threads as that variable allows, and one takes
    minutes: where JAX will use an accelerator, or may (`backend`, if it is known), it stays as it is.
    """
    speak(config.lang)
    if not threads_are_set() and not xla_bridge.backends_are_initialized() and (backend or _backend()) == "cpu":
        os.environ[THREADS[0]] = "1"
    if config.compile_cache:
        compile_cache.enable()


def _backend() -> str | None:
    """Returns "cpu" where JAX will start on the CPU, None where that is not known before it starts."""
    if asked := jax.config.values["jax_platforms"]:  # from JAX_PLATFORMS, too
        return "cpu" if asked.split(",")[0] == "cpu" else None
    return None if any(map(importlib.util.find_spec, ("jax_plugins", "libtpu"))) else "cpu"


def is_prepared() -> bool:
    """Returns whether a process makes runs as they are to be made: on a CPU, with the threads that are set for it."""
    return jax.default_backend() != "cpu" or threads_are_set()


def threads_are_set() -> bool:
    """Returns whether the threads of a run are set: one by `prepare`, or as many as the user wants and gets."""
    return bool({*THREADS} & os.environ.keys())


def workers_of(experiment: Experiment[Any, Any], runs_left: int) -> tuple[int, Text]:
    """Returns how many processes to start for the runs that are left, and why so many, in words; of one nothing.

    More than there are cores would share them and be no faster: those asked for beyond are not started, and that is
    said.

    Raises:
      InputError: several are asked for on a TPU, which belongs to one process.
    """
    asked, backend = experiment.config.workers, jax.default_backend()
    if asked is not None:
        if backend == "tpu" and asked > 1:
            way_on = "--population trains several runs on it"
            raise InputError(f"--workers {asked}: a TPU belongs to one process; {way_on}")
        cores = available_cores()
        count = min(asked, cores, max(1, runs_left))
        if asked > cores and runs_left > cores:
            return count, CAPPED.format(asked=asked, cores=counted(cores, CORES))
        return count, ASKED if count > 1 else NOTHING
    if backend != "cpu":
        devices = 1 if backend == "tpu" else jax.local_device_count()
        count = min(devices, max(1, runs_left))
        return count, A_DEVICE.format(backend) if count > 1 else NOTHING
    cores, memory = available_cores(), available_bytes()
    fitting = cores if memory is None else max(1, memory // WORKER_BYTES)
    count = min(cores, fitting, max(1, runs_left // RUNS_A_WORKER), experiment.lookback or cores)
    free, each = f"{(memory or 0) / 2**30:.0f}", f"{WORKER_BYTES / 2**30:.1f}"
    room = NOTHING if memory is None else FREE.format(free=free, each=each)
    shown = {"cores": counted(cores, CORES), "free": room, "runs": counted(runs_left, RUNS)}
    return count, WHY.format(**shown) if count > 1 else NOTHING


def compiles_slowly() -> bool:
    """Returns whether compiling takes long beside training, and by cores that training does not need: off a CPU."""
    return jax.default_backend() != "cpu"


def population_of(experiment: Experiment[Any, Any]) -> int:
    """Returns how many runs of a kind a process trains in one program: those asked for, 1 on a CPU, else by memory."""
    if experiment.config.population is not None:
        return experiment.config.population
    if jax.default_backend() == "cpu" or experiment.prunes:
        return 1
    stats = jax.local_devices()[0].memory_stats() or {}
    room = int(stats.get("bytes_limit", 0) * ACCELERATOR_SHARE) // RUN_BYTES
    return max(1, min(room, MAX_POPULATION, experiment.lookback or MAX_POPULATION))


def available_cores() -> int:
    """Returns how many cores this process may use: those that it sees, or fewer where a container has a quota."""
    cores = visible_cores() or 1
    for quota, period in (line.split() for line in _limits("cpu.max")):
        if quota.isdigit():
            cores = min(cores, max(1, round(int(quota) / int(period))))
    return cores


def available_bytes() -> int | None:
    """Returns how much memory is free for processes, by Linux and by a container's limits; None where unknown."""
    found = []
    with suppress(OSError):  # not Linux
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 2**10 for line in lines if line.startswith("MemAvailable:")]
    for limit, used in zip(_limits("memory.max"), _limits("memory.current"), strict=False):
        if limit.isdigit():
            found.append(max(0, int(limit) - int(used)))
    return min(found, default=None)


def _limits(name: str) -> list[str]:
    """Returns what a file says in this process's control group and in those above it, as far as they are seen."""
    found = []
    with suppress(OSError):
        group = Path("/sys/fs/cgroup", Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/"))
        for folder in (group, *group.parents):
            if (folder / name).is_file():
                found.append((folder / name).read_text().strip())
    return found
