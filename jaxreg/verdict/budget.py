"""A verdict within a time: first trainings are measured, and tuning trials and blocks chosen by what they take."""

import dataclasses
import sys
import time
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from jaxreg.data import Dataset
from jaxreg.engine.backends import make_storage
from jaxreg.engine.foreign import try_own
from jaxreg.engine.machine import population_of, workers_of
from jaxreg.engine.problem import draw, make_task
from jaxreg.engine.run_folder import read_configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import made_here, run_all
from jaxreg.errors import InputError
from jaxreg.records import Cell, RunRecord
from jaxreg.stats.calibration import promise
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS
from jaxreg.verdict.config import TRIALS, VerdictConfig
from jaxreg.verdict.confirm import Runs, repeated_of, tuned_runs

KEPT = "budget"  # what config.json keeps it as
SPARE = 0.1  # of the time, for processes to start and for the report
LEAST_TRIALS = 2  # one trial is no tuning
MANY_BLOCKS, MOST_BLOCKS = 24, 48  # more time goes into more trials, too; into nothing
MOST_TRIALS = {"per-block": 16, "once": 64}


class Measured(NamedTuple):
    """What a training takes beside as many as run at once, without compilation, on average; and what it reached.

    Attributes:
      seconds: of a training; where a process trains several in one program, of each its share.
      accuracy: mean accuracy on trial-valid.
    """

    seconds: float
    accuracy: float


def in_budget(config: VerdictConfig, dataset: Dataset) -> tuple[VerdictConfig, dict[str, Any]]:
    """Returns the settings with tuning trials and blocks in the place of `--budget`, and what config.json keeps of it.

    What was chosen is said before anything else runs, and kept: the same command continues with the same numbers.

    Raises:
      InputError: the budget is below what the least costs, or the run folder is of another one.
    """
    kept = read_configuration(Path(config.out)) or {}
    chosen = kept.get(KEPT)
    if config.budget is None:
        return config, {KEPT: chosen} if chosen else {}
    if kept and (not chosen or chosen["asked"] != config.budget):
        begun = f"--budget {chosen['asked']}" if chosen else "no --budget"
        raise InputError(f"--budget {config.budget}: {config.out} was begun with {begun}; give that, or another --out")
    if not chosen:
        chosen = choose(config, dataset)
    numbers = {name: chosen[name] for name in ("tune_trials", "blocks")}
    return dataclasses.replace(config, budget=None, **numbers), {KEPT: chosen}


def choose(config: VerdictConfig, dataset: Dataset) -> dict[str, Any]:
    """Measures, chooses and says what was chosen."""
    start, cells = time.monotonic(), len(config.comparison.cells)
    experiment = Runs(config, dataset, ())
    at_once = 1 if made_here(experiment) else workers_of(experiment, cells * ENOUGH_BLOCKS)[0]
    found = measure(config, dataset, at_once)
    left = config.budget_seconds - (time.monotonic() - start)
    trials, blocks = share_out(int((1 - SPARE) * left * at_once / found.seconds / cells), config.tuning)
    per_cell = trials * blocks if config.per_block else trials + blocks
    cost = cells * per_cell * found.seconds / at_once / (1 - SPARE)
    takes = f"a training takes {found.seconds:.2g} s, {at_once} at once"
    design = f"{trials} tuning trials of each of {cells} in {'each of ' * config.per_block}{blocks} blocks"
    if not config.per_block:
        design = f"{trials} tuning trials of each of {cells}, and {blocks} blocks"
    if cost > left:
        least = f"the least that is judged, {design}, takes {lasting(cost + config.budget_seconds - left)}"
        raise InputError(f"--budget {config.budget}: {takes}: {least}")
    said = f"note: --budget {config.budget}:"
    print(f"{said} {takes}: {design}, {cells * per_cell:,} trainings in {lasting(cost)}", file=sys.stderr)
    print(f"{said} {_detects(config, dataset, found.accuracy, blocks)}", file=sys.stderr, flush=True)
    return {"asked": config.budget, "tune_trials": trials, "blocks": blocks, "at_once": at_once, **found._asdict()}


def share_out(runs: int, tuning: str) -> tuple[int, int]:
    """Returns tuning trials and blocks of so many runs of each cell; the least there is where they are fewer.

    With few runs, six blocks come first, then four trials, then more blocks, as whole verdicts that were simulated say
    (`jaxreg calibration --tuning`). Tuned once, four of seven runs tune, as by default.

    >>> [share_out(runs, "per-block") for runs in (0, 6, 12, 24, 50, 96, 10_000)]
    [(2, 3), (2, 3), (2, 6), (4, 6), (4, 12), (4, 24), (16, 48)]
    >>> share_out(28, "once")
    (16, 12)
    """
    if tuning == "once":
        share = runs * TRIALS["once"] // 28
        trials = min(max(LEAST_TRIALS, min(share, runs - LEAST_BLOCKS)), MOST_TRIALS[tuning])
        return trials, min(max(LEAST_BLOCKS, runs - trials), MOST_BLOCKS)
    few = min(max(LEAST_TRIALS, runs // ENOUGH_BLOCKS), TRIALS[tuning])
    trials = min(max(few, runs // MANY_BLOCKS), MOST_TRIALS[tuning])
    return trials, min(max(LEAST_BLOCKS, runs // trials), MOST_BLOCKS)


def measure(config: VerdictConfig, dataset: Dataset, at_once: int = 1) -> Measured:
    """Makes runs of two blocks as they will be made, so many at once, and takes what those of the second take.

    One cell of each program is enough, with as many trials as there are at once: the first block leaves each process
    with all programs. Where a process trains several at once, it trains all cells with their usual trials, so that they
    fill its programs.
    """
    deque(try_own(make_task(config, dataset, draw(config, dataset, config.data_seed))), maxlen=0)
    with TemporaryDirectory(prefix="jaxreg-", ignore_cleanup_errors=True) as place:
        alone: dict[str, Any] = {"out": place, "storage": None, "budget": None, "blocks": 2, "tuning": "per-block"}
        first = dataclasses.replace(config, **alone, workers=at_once, study_name=f"{config.study_name}.budget")
        bare = Runs(first, dataset, ())
        several = population_of(bare) > 1
        first = dataclasses.replace(first, workers=1) if several else dataclasses.replace(first, tune_trials=at_once)
        runs, alike = list(tuned_runs(first)), defaultdict[Hashable, list[Cell]](list)
        for run in runs[: len(first.comparison.cells)]:
            alike[bare.kind(run)].append(run.point.cell)
        cells = first.comparison.cells if several else [own[0] for own in alike.values()]
        runs = [run for cell in cells for run in runs if run.point.cell == cell]
        in_turn = sorted(runs, key=attrgetter("block"))
        with make_storage(None, place).failures():
            study = open_study(dataclasses.replace(bare, config=first, given=tuple(in_turn)))
            records: Sequence[RunRecord] = run_all(study)
    timed = [record for record in records if record.block == 1]
    by_kind = [np.mean([run.seconds for run in timed if run.cell in own]) for own in alike.values()]
    seconds = np.average(by_kind, weights=[len(own) for own in alike.values()])
    return Measured(float(seconds), float(np.mean([run.trial_valid_accuracy for run in timed])))


def _detects(config: VerdictConfig, dataset: Dataset, accuracy: float, blocks: int) -> str:
    """Returns in words what so many blocks find, if runs differ as simulated ones do."""
    sizes = [len(methods) for _, methods in config.comparison.factors]
    num_test = len(dataset.test_labels)
    repeated = repeated_of(config, num_test, len(dataset.train_labels))
    found = promise(sizes, blocks, num_test, accuracy, repeated)
    crossed = sum(size > 1 for size in sizes) > 1
    named = {"two combinations" if crossed else "two methods": found.pairs}
    if crossed:
        named["two methods, averaged over the others"] = found.effects
    parts = [f"{name} from {100 * value:.2g} points on" if value else f"{name} never" for name, value in named.items()]
    assumed = f"if runs differ by as many points as the study's do, at {accuracy:.0%} right on {num_test:,} test images"
    return f"{assumed}, differences are found with a probability of 80 %: between {', between '.join(parts)}"


def lasting(seconds: float) -> str:
    """Returns a time in words, rounded up.

    >>> lasting(61), lasting(7000), lasting(0.2)
    ('about 2 min', 'about 2.0 h', 'about 1 s')
    """
    if seconds <= 60:
        return f"about {int(np.ceil(seconds))} s"
    return f"about {int(np.ceil(seconds / 60))} min" if seconds < 5400 else f"about {seconds / 3600 + 0.05:.1f} h"
