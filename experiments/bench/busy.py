"""Section "busy": epochs a second while all cores work, as a study runs: as many processes at once as there are cores.

jaxreg has one thread a process. Each other contender has the number of processes and threads with which it is fastest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any, NamedTuple

from bench.config import BenchmarkConfig
from bench.contender import ContenderProcess
from bench.epochs import NAMES
from bench.section import Table, geometric_mean, paired_ratios, spread, spread_text
from bench.workload import NORM_TYPES
from jaxreg.compile_cache import visible_cores

TURN_SECONDS = 5.0


class Layout(NamedTuple):
    """How a contender fills the cores: so many processes at once, each of so many threads."""

    processes: int
    threads: int

    def __str__(self) -> str:
        return f"{self.processes} x {self.threads}"


def layouts(name: str, cores: int) -> list[Layout]:
    """Returns what is tried with a contender: every way to divide the cores evenly; jaxreg has one thread a process."""
    if name == "ours":
        return [Layout(cores, 1)]
    return [Layout(cores // threads, threads) for threads in range(1, cores + 1) if cores % threads == 0]


class Team:
    """The processes of one contender, which all run at once when it is their turn."""

    def __init__(self, processes: Sequence[ContenderProcess]) -> None:
        self._processes = processes
        self.valid_batches = sorted({process.valid_batch() for process in processes})
        self._run(0)  # a first epoch of each, for which it compiles

    def turn(self) -> float:
        """Returns the epochs a second of all processes together."""
        start = time.monotonic()
        return total_rate(start, self._run(start + TURN_SECONDS))

    def _run(self, until: float) -> list[list[float]]:
        with ThreadPoolExecutor(len(self._processes)) as pool:
            return list(pool.map(lambda process: _ends(process, until), self._processes))


def _ends(process: ContenderProcess, until: float) -> list[float]:
    """Returns the clock at the end of each epoch; the last one is the first that ends after `until`."""
    ends: list[float] = []
    while not ends or ends[-1] < until:
        process.epoch()
        ends.append(time.monotonic())
    return ends


def total_rate(start: float, runs: Sequence[Sequence[float]]) -> float:
    """Returns the epochs a second of runs that began at once, up to the first one's end: until then all have run.

    Args:
      start: the clock when all began.
      runs: the clock at the end of each epoch of each run. An epoch that goes beyond the first run's end counts by
        its share before it.
    """
    stop = min(run[-1] for run in runs)
    epochs = [(begin, end) for run in runs for begin, end in pairwise((start, *run)) if begin < stop]
    return sum((min(end, stop) - begin) / (end - begin) for begin, end in epochs) / (stop - start)


@contextmanager
def _team(config: BenchmarkConfig, name: str, norm_type: str, layout: Layout) -> Iterator[Team]:
    with ExitStack() as running:
        yield Team(
            [
                running.enter_context(ContenderProcess(config, name, norm_type, layout.threads))
                for _ in range(layout.processes)
            ]
        )


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns for each normalization and contender the best layout, its rates, and how many times ours is the rate."""
    cores = visible_cores() or 1
    norms = {norm: _measure_norm(config, norm, cores) for norm in NORM_TYPES}
    return {"cores": cores, "norms": norms, "geometric_mean_ours_times": mean_ratios(norms)}


def _measure_norm(config: BenchmarkConfig, norm_type: str, cores: int) -> dict[str, Any]:
    tried = {name: _try_layouts(config, name, norm_type, cores) for name in config.contenders}
    best = {name: max(rates, key=lambda layout: rates[layout]) for name, rates in tried.items()}
    with ExitStack() as running:
        teams = {name: running.enter_context(_team(config, name, norm_type, best[name])) for name in best}
        rounds: dict[str, list[float]] = {name: [] for name in teams}
        for number in range(config.rounds):
            first = number % len(teams)
            for name in (*config.contenders[first:], *config.contenders[:first]):
                rounds[name].append(teams[name].turn())
        return {
            name: {
                **best[name]._asdict(),
                "valid_batches": teams[name].valid_batches,
                "tried": {str(layout): rate for layout, rate in tried[name].items()},
                **summarize_rounds(rounds["ours"], rates),
            }
            for name, rates in rounds.items()
        }


def _try_layouts(config: BenchmarkConfig, name: str, norm_type: str, cores: int) -> dict[Layout, float]:
    """Returns the rate of a turn of each layout."""
    rates = {}
    for layout in layouts(name, cores):
        with _team(config, name, norm_type, layout) as team:
            rates[layout] = team.turn()
    return rates


def summarize_rounds(ours: Sequence[float], rates: Sequence[float]) -> dict[str, Any]:
    """Returns the spread of a contender's rates, and of the ratio of ours to it in each round."""
    return {"epochs_per_second": spread(rates), "ours_times": spread(paired_ratios(ours, rates)), "rounds": rates}


def mean_ratios(norms: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Returns by contender the geometric mean over the normalizations of the median ratio of ours to it."""
    contenders = next(iter(norms.values()))
    return {name: geometric_mean(runs[name]["ours_times"]["median"] for runs in norms.values()) for name in contenders}


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the rates with the ratios, and below what was tried to find the fastest way."""
    runs = [(norm, name, run) for norm, runs in result["norms"].items() for name, run in runs.items()]
    rows = [
        (
            norm,
            NAMES[name],
            str(Layout(run["processes"], run["threads"])),
            f"{run['epochs_per_second']['median']:.2f}",
            "" if name == "ours" else spread_text(run["ours_times"], 2),
        )
        for norm, name, run in runs
    ]
    means = ", ".join(
        f"{NAMES[name]} {mean:.2f}" for name, mean in result["geometric_mean_ours_times"].items() if name != "ours"
    )
    header = ("norm", "", "processes\nx threads", "epochs\na second", "jaxreg's are\ntimes, paired")
    note = f"Geometric mean of the times over the normalizations: {means}." if means else ""
    title = f"All {result['cores']} cores busy, all processes together: median (least to greatest)"
    return [Table(title, header, rows, note), _choices(runs)]


def _choices(runs: Sequence[tuple[str, str, Mapping[str, Any]]]) -> Table:
    tried = list(dict.fromkeys(layout for _, _, run in runs for layout in run["tried"]))
    rows = [
        (
            norm,
            NAMES[name],
            "/".join(map(str, run["valid_batches"])),
            *(f"{run['tried'][layout]:.2f}" if layout in run["tried"] else "" for layout in tried),
        )
        for norm, name, run in runs
    ]
    note = f"One turn of {TURN_SECONDS:.0f} s each, before the rounds; the fastest goes into them."
    return Table("Epochs a second by processes x threads", ("norm", "", "validates\nat once", *tried), rows, note)
