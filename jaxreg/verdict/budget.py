"""A verdict within a time: first trainings are measured, and tuning trials and blocks chosen by what they take."""

import dataclasses
import itertools
import time
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from jaxreg.core.fit import Epoch
from jaxreg.data import Dataset
from jaxreg.engine.backends import make_storage
from jaxreg.engine.foreign import try_own
from jaxreg.engine.machine import population_of, workers_of
from jaxreg.engine.problem import draw, make_task, say_notes
from jaxreg.engine.progress import Display
from jaxreg.engine.run_folder import read_configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import made_here, run_all
from jaxreg.errors import InputError
from jaxreg.records import Cell, RunRecord
from jaxreg.stats.calibration import promise
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS
from jaxreg.text import Text, joined
from jaxreg.verdict.config import TRIALS, VerdictConfig
from jaxreg.verdict.confirm import Runs, tuned_runs
from jaxreg.verdict.scores import repeated_of

KEPT = "budget"  # what config.json keeps it as
SPARE = 0.1  # of the time, for processes to start and for the report
LEAST_TRIALS = 2  # one trial is no tuning
MANY_BLOCKS, MOST_BLOCKS = 24, 48  # more time goes into more trials, too; into nothing
MOST_TRIALS = {"per-block": 16, "once": 64}
TAKES = Text("a training takes {seconds} s, {at_once} at once", "학습 1회에 {seconds}초, 동시에 {at_once}회")
IN_EACH = Text(
    "{trials} tuning trials of each of {cells} in each of {blocks} blocks",
    "블록 {blocks}개에서 각각 조합 {cells}개를 {trials}회씩 튜닝",
)
TUNED_ONCE = Text(
    "{trials} tuning trials of each of {cells}, and {blocks} blocks",
    "조합 {cells}개를 {trials}회씩 튜닝, 블록 {blocks}개",
)
CHOSEN_NOW = Text(
    "--budget {budget}: {takes}: {design}, {trainings} trainings in {time}",
    "--budget {budget}: {takes}. {design}, 학습 {trainings}회에 {time}",
)
TOO_SHORT = Text(
    "--budget {budget}: {takes}: the least that is judged, {design}, takes {time}",
    "--budget {budget}: {takes}. 판정에 필요한 최소({design})에 걸리는 시간은 {time}",
)
NO_TIME_TO_MEASURE = Text(
    "--budget {budget}: over before first trainings were measured, compilation included: {done} of {all} ended, and "
    "the least that is judged, {design}, is {trainings} trainings",
    "--budget {budget}: 컴파일을 포함한 첫 학습을 재는 동안 시간이 지났습니다. {all}회 중 {done}회 끝남. "
    "판정에 필요한 최소({design})는 학습 {trainings}회",
)
FINDS = Text(
    "--budget {budget}: if runs differ by as many points as the study's do, at {accuracy} right on {tested} test "
    "images, differences are found with a probability of 80 %: {found}",
    "--budget {budget}: 실행끼리 이 연구만큼(%p) 다르고 테스트 이미지 {tested}장에서 정확도가 {accuracy}라면 80% "
    "확률로 검출되는 차이: {found}",
)
FROM = Text("between {what} from {amount} points on", "{what} 사이 {amount}%p부터")
NEVER = Text("between {what} never", "{what} 사이 검출 불가")
TWO_METHODS, TWO_CELLS = Text("two methods", "두 방법"), Text("two combinations", "두 조합")
AVERAGED = Text("two methods, averaged over the others", "두 방법(나머지 요인에 걸친 평균)")
SECONDS, MINUTES = Text("about {} s", "약 {}초"), Text("about {} min", "약 {}분")
HOURS = Text("about {:.1f} h", "약 {:.1f}시간")


class Measured(NamedTuple):
    """What a training takes beside as many as run at once, without compilation; and what it reached.

    Attributes:
      seconds: of a training; where a process trains several in one program, of each its share.
      accuracy: mean accuracy on trial-valid.
    """

    seconds: float
    accuracy: float


class Timing(Display):
    """Shows first trainings as all others are shown, and ends them when the time is up that the verdict has.

    Attributes:
      config: the verdict's settings.
      until: when that is, on the monotonic clock.
    """

    def __init__(self, experiment: Runs, config: VerdictConfig, until: float) -> None:
        super().__init__(experiment)
        self.config, self.until = config, until

    def look(self) -> None:
        """Shows what there is while others make the runs.

        Raises:
          InputError: the time is up, and there are more of them; likewise at an epoch and at the end of a run.
        """
        super().look()
        self._end_in_time()

    def epoch(self, number: int, what: str, epoch: int, measures: Epoch) -> None:
        """Shows the epoch that a run has reached."""
        super().epoch(number, what, epoch, measures)
        self._end_in_time()

    def ended(self, record: Any, records: Sequence[Any]) -> None:
        """Shows a run that has ended."""
        super().ended(record, records)
        self._end_in_time()

    def _end_in_time(self) -> None:
        if time.monotonic() > self.until and self._done < self._total:
            trials, blocks = share_out(0, self.config.tuning)
            said = {"budget": self.config.budget, "done": self._done, "all": self._total}
            least = {"design": _design(self.config, trials, blocks), "trainings": _total(self.config, trials, blocks)}
            raise InputError(NO_TIME_TO_MEASURE.format(**said, **least))


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
    alone = bool(made_here(experiment))
    usual = TRIALS["per-block"] * ENOUGH_BLOCKS
    at_once = 1 if alone else workers_of(experiment, cells * usual)[0]
    found = measure(config, dataset, at_once, until=start + config.budget_seconds)
    left = config.budget_seconds - (time.monotonic() - start)
    trials, blocks, at_once = _fitting(experiment, found.seconds, left, at_once)
    runs = _total(config, trials, blocks)
    cost = runs * found.seconds / at_once / (1 - SPARE)
    takes = TAKES.format(seconds=f"{found.seconds:.2g}", at_once=at_once)
    said = {"budget": config.budget, "takes": takes, "design": _design(config, trials, blocks)}
    if cost > left:
        raise InputError(TOO_SHORT.format(**said, time=lasting(cost + config.budget_seconds - left)))
    chosen = CHOSEN_NOW.format(**said, trainings=f"{runs:,}", time=lasting(cost))
    finds = [_detects(config, dataset, found.accuracy, blocks)] if config.metric == "accuracy" else []
    say_notes([chosen, *finds], config.lang)  # what scores of another metric find is not known before
    return {"asked": config.budget, "tune_trials": trials, "blocks": blocks, "at_once": at_once, **found._asdict()}


def _fitting(experiment: Runs, seconds: float, left: float, at_once: int) -> tuple[int, int, int]:
    """Returns tuning trials, blocks, and how many of their runs go at once: of few no more than that is good for."""
    config, cells = experiment.config, len(experiment.config.comparison.cells)
    while True:
        trials, blocks = share_out(int((1 - SPARE) * left * at_once / seconds / cells), config.tuning)
        runs = _total(config, trials, blocks)
        if at_once == 1 or (fewer := workers_of(experiment, runs)[0]) >= at_once:
            return trials, blocks, at_once
        at_once = fewer


def _design(config: VerdictConfig, trials: int, blocks: int) -> Text:
    numbers = {"trials": trials, "cells": len(config.comparison.cells), "blocks": blocks}
    return (IN_EACH if config.per_block else TUNED_ONCE).format(**numbers)


def _total(config: VerdictConfig, trials: int, blocks: int) -> int:
    """Returns how many trainings a design has."""
    return len(config.comparison.cells) * (trials * blocks if config.per_block else trials + blocks)


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


def measure(config: VerdictConfig, dataset: Dataset, at_once: int, until: float = np.inf) -> Measured:
    """Makes runs of two blocks as they will be made, so many at once, and takes what those of the second take.

    One cell of each program is enough, with as many trials as there are at once: the first block leaves processes with
    all programs, or nearly all, so that of each program the middle run of the second counts. Where a process trains
    several at once, it trains all cells with their usual trials, so that they fill its programs.

    Raises:
      InputError: the time is up (`until`, on the monotonic clock) before all of them have ended.
    """
    deque(try_own(make_task(config, dataset, draw(config, dataset, config.data_seed))), maxlen=0)
    with TemporaryDirectory(prefix="jaxreg-", ignore_cleanup_errors=True) as place:
        alone: dict[str, Any] = {"out": place, "storage": None, "budget": None, "blocks": 2, "tuning": "per-block"}
        first = dataclasses.replace(config, **alone, study_name=f"{config.study_name}.budget")
        bare = Runs(first, dataset, ())
        alike = defaultdict[Hashable, list[Cell]](list)
        for run in itertools.islice(tuned_runs(first), len(first.comparison.cells)):
            alike[bare.kind(run)].append(run.point.cell)
        if population_of(bare) > 1:
            cells, first = list(first.comparison.cells), dataclasses.replace(first, workers=1)
        else:  # two runs of each process in each block, or it would be too few for as many
            cells, trials = [own[0] for own in alike.values()], at_once * (2 if len(alike) == 1 else 1)
            first = dataclasses.replace(first, tune_trials=trials)
        runs = [run for cell in cells for run in tuned_runs(first) if run.point.cell == cell]
        in_turn = sorted(runs, key=attrgetter("block"))
        with make_storage(None, place).failures():
            experiment = dataclasses.replace(bare, config=first, given=tuple(in_turn))
            timing = Timing(experiment, config, until)
            records: Sequence[RunRecord] = run_all(open_study(experiment), timing)
    timed = [record for record in records if record.block == 1]
    by_kind = [np.median([run.seconds for run in timed if run.cell in own]) for own in alike.values()]
    seconds = np.average(by_kind, weights=[len(own) for own in alike.values()])
    return Measured(float(seconds), float(np.mean([run.trial_valid_accuracy for run in timed])))


def _detects(config: VerdictConfig, dataset: Dataset, accuracy: float, blocks: int) -> Text:
    """Returns in words what so many blocks find, if runs differ as simulated ones do."""
    sizes = [len(methods) for _, methods in config.comparison.factors]
    num_test = len(dataset.test_labels)
    repeated = repeated_of(config, num_test, len(dataset.train_labels))
    found = promise(sizes, blocks, num_test, accuracy, repeated, level=config.level)
    crossed = len(config.comparison.varied) > 1
    named = {TWO_CELLS if crossed else TWO_METHODS: found.pairs} | ({AVERAGED: found.effects} if crossed else {})
    parts = [
        FROM.format(what=what, amount=f"{100 * value:.2g}") if value else NEVER.format(what=what)
        for what, value in named.items()
    ]
    told = {"accuracy": f"{accuracy:.0%}", "tested": f"{num_test:,}", "found": joined(parts, ", ")}
    return FINDS.format(budget=config.budget, **told)


def lasting(seconds: float) -> Text:
    """Returns a time in words, rounded up.

    >>> [lasting(seconds).en for seconds in (61, 7000, 0.2)]
    ['about 2 min', 'about 2.0 h', 'about 1 s']
    """
    if seconds <= 60:
        return SECONDS.format(int(np.ceil(seconds)))
    return MINUTES.format(int(np.ceil(seconds / 60))) if seconds < 5400 else HOURS.format(seconds / 3600 + 0.05)
