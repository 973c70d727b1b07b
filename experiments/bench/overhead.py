"""Section "overhead": what a study takes beside its training, and whether that grows with the number of trials."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
import numpy as np

from bench.command import Finished, TimedTrial, read_trials, run, search_command
from bench.config import BenchmarkConfig
from bench.section import Table
from bench.stand_in import EPOCHS, StandIn, stand_in_record
from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables
from jaxreg.core.train import init_state
from jaxreg.engine.experiment import OnEpoch
from jaxreg.engine.problem import make_recipe
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import open_study
from jaxreg.engine.work import work
from jaxreg.records import Cell, Point, TrialRecord
from jaxreg.search.config import StudyConfig
from jaxreg.search.trial import Trials

STUDY_TRIALS = 50
DEFAULT_TRIALS = StudyConfig().trials
STAND_IN_TRIALS = 1000
TRIALS_PER_BEST = 10  # of the stand-in every tenth trial is a new best, whose weights are saved
WINDOW = 50


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the overhead of a real study, and the cost of a trial of a stand-in study at its start and its end."""
    del config
    with TemporaryDirectory() as place:
        folder, cache = Path(place, "study"), Path(place, "cache")
        run(search_command(Path(place, "first"), "--trials", 1, "--max-epochs", 1), cache)  # matplotlib's list of fonts
        finished = run(search_command(folder, "--trials", STUDY_TRIALS, "--workers", 1), cache)
        study = summarize_study(finished, read_trials(folder), (folder / "summary.json").stat().st_mtime)
        measure_stand_in(Path(place, "warm-up"), 2 * TRIALS_PER_BEST)
        times = measure_stand_in(Path(place, "stand-in"), STAND_IN_TRIALS)
    return {"study": study, "stand_in": summarize_stand_in(*times)}


def summarize_study(finished: Finished, trials: Sequence[TimedTrial], measured: float) -> dict[str, float]:
    """Returns where the wall time of a study went; shares are of the time without the start-up.

    The first trial of each normalization compiles, and before the first of all the sampler's libraries are imported. So
    a study of the default length is taken to have these first trials once, the mean of the others for the rest, and
    between trials what lies between the first trial's end and the last one's here.

    Args:
      finished: the command.
      trials: its trials, more than it has normalizations.
      measured: when the kept weights and the winner had been measured again; report and plots follow.
    """
    start, end = trials[0].start, trials[-1].end
    seconds = [t.seconds for t in trials]
    between, measuring, reporting = end - start - sum(seconds), measured - end, finished.end - measured
    per_trial = (end - trials[0].end - sum(seconds[1:])) / (len(trials) - 1)
    first: dict[str, float] = {}
    for trial in trials:
        first.setdefault(trial.norm_type, trial.seconds)
    compiling = sum(first.values())
    mean = (sum(seconds) - compiling) / (len(trials) - len(first))
    in_trials = compiling + (DEFAULT_TRIALS - len(first)) * mean
    beside = DEFAULT_TRIALS * per_trial + reporting
    return {
        "trials": len(trials),
        "start_up_seconds": start - finished.start,
        "in_trials_seconds": sum(seconds),
        "between_trials_seconds": between,
        "measuring_seconds": measuring,
        "reporting_seconds": reporting,
        "between_trials_seconds_per_trial": per_trial,
        "mean_trial_seconds": mean,
        "share": (between + reporting) / (finished.end - start),
        "share_at_default_length": beside / (in_trials + measuring + beside),
    }


class SamplerClock:
    """Adds up the seconds that a sampler takes, which grow with the trials that it learns from."""

    def __init__(self, sampler: Any) -> None:
        self.sampler, self.seconds = sampler, 0.0
        for name in ("infer_relative_search_space", "sample_relative", "sample_independent"):
            setattr(sampler, name, self._timed(getattr(sampler, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*args)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


@dataclass(frozen=True)
class Timed(StandIn):
    """Trials that train nothing, but show epochs and keep weights as real ones do; it is noted when each one begins.

    Every tenth trial is better than all before.

    Attributes:
      began: the clock at the beginning of each trial, and what the sampler had taken of it in all.
    """

    began: list[tuple[float, float]] = field(default_factory=list)

    keep = Trials.keep

    @cached_property
    def clock(self) -> SamplerClock:
        """Returns the clock of the sampler."""
        return SamplerClock(super().sampler())

    def sampler(self) -> Any:
        """Returns the search's own, with a clock."""
        return self.clock.sampler

    @cached_property
    def _variables(self) -> dict[Cell, Variables]:
        task, key = self.task, jax.random.key(0)
        shape = task.train.images.shape[1:]
        cells = self.config.comparison.cells
        return {cell: init_state(make_recipe(task, cell), shape, key).variables for cell in cells}

    def train(self, number: int, point: Point, on_epoch: OnEpoch) -> tuple[TrialRecord, Variables]:
        """Returns the record and the weights of a trial."""
        self.began.append((time.perf_counter(), self.clock.seconds))
        accuracy = 0.9 + (0 if number % TRIALS_PER_BEST else number * 1e-5)
        for epoch in range(1, EPOCHS + 1):
            on_epoch(number, epoch, Epoch(0.1, accuracy, 0.1, accuracy))
        return stand_in_record(number, point, accuracy, EPOCHS), self._variables[point.cell]


def measure_stand_in(folder: Path, trials: int) -> tuple[list[float], list[float]]:
    """Returns for each trial of a stand-in study the seconds from the trial before to it, and the sampler's of them."""
    folder.mkdir()
    timed = Timed(StudyConfig(trials=trials, out=str(folder)))
    timed._variables  # noqa: B018  (made before the clock starts)
    study = open_study(timed)
    start = (time.perf_counter(), 0.0)
    with redirect_stdout(io.StringIO()), Display(timed) as display:
        work(study, display)
    seconds, sampler = np.diff([start, *timed.began], axis=0).T.tolist()
    return seconds, sampler


def summarize_stand_in(seconds: Sequence[float], sampler: Sequence[float]) -> dict[str, Any]:
    """Returns the mean seconds of a trial in the first and the last window: the sampler's, and all others."""
    means = {}
    for start in (0, len(seconds) - WINDOW):
        window = slice(start, start + WINDOW)
        total, sampling = statistics.fmean(seconds[window]), statistics.fmean(sampler[window])
        means[f"{start + 1}-{start + WINDOW}"] = {"sampler": sampling, "others": total - sampling, "total": total}
    rounded = {"seconds": [round(s, 6) for s in seconds], "sampler_seconds": [round(s, 6) for s in sampler]}
    return {"mean_seconds": means, "trials": rounded}


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the real study's shares, and the stand-in's windows."""
    study = result["study"]
    rows = [
        ("start-up, until the first trial", f"{study['start_up_seconds']:.2f} s"),
        ("in trials", f"{study['in_trials_seconds']:.2f} s"),
        ("between trials: Optuna, storage, records, display", f"{study['between_trials_seconds']:.2f} s"),
        ("kept weights and winner, measured again", f"{study['measuring_seconds']:.2f} s"),
        ("report, plots", f"{study['reporting_seconds']:.2f} s"),
        ("share between trials and of the report, without start-up", f"{study['share']:.1%}"),
        (f"the same of {DEFAULT_TRIALS} trials, computed", f"{study['share_at_default_length']:.1%}"),
    ]
    windows = [
        (f"trials {name}", *(f"{1e3 * mean[part]:.1f}" for part in ("total", "sampler", "others")))
        for name, mean in result["stand_in"]["mean_seconds"].items()
    ]
    note = f"{EPOCHS} epochs a trial; the weights of every {TRIALS_PER_BEST}th trial are saved as the best."
    header = ("", "all", "TPE", "all others")
    return [
        Table(f"A default study of {study['trials']} trials", ("", ""), rows),
        Table("A study that trains nothing: milliseconds a trial, mean", header, windows, note),
    ]
