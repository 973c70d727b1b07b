"""The loop of every process that works on a study: take a trial, train, keep the best weights, tell."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables
from jaxreg.errors import InputError
from jaxreg.records import TrialRecord
from jaxreg.study.backends import open_claims, persist, storage_name
from jaxreg.study.claims import Claims
from jaxreg.study.config import StudyConfig
from jaxreg.study.events import write_events
from jaxreg.study.memory import limit_memory
from jaxreg.study.progress import Display
from jaxreg.study.space import Point, foreign_value, suggest
from jaxreg.study.storage import FinishedTrials, fail_trial, finish_trial, next_trial, running_trials
from jaxreg.study.trial import OnEpoch, Task, make_recipe, run_trials
from jaxreg.study.weights import keep_weights

SECONDS_BETWEEN_LOOKS = 0.2


class Job(NamedTuple):
    """A trial that this process has taken, and what it tries."""

    trial: optuna.Trial
    point: Point


Run = Callable[[Task, Sequence[tuple[int, Point]], OnEpoch], Iterator[tuple[TrialRecord, Variables]]]


def work(study: optuna.Study, task: Task, folder: Path, display: Display, run: Run = run_trials) -> None:
    """Runs trials until the study has its total, alone or beside other processes that do the same.

    Trials that a dead process left running are taken over; for one that another process runs, it waits, unless it is
    beyond the total. The weights of a trial that is the best of the study, or of its cell, are on disk before it ends.

    Args:
      study: the study in its storage.
      task: settings and data.
      folder: the run folder: the weights are in it.
      display: is shown every epoch and every trial of this process.
      run: trains; takes the numbers of trials of one recipe and what they try.
    """
    limit_memory()
    finished = FinishedTrials(study)
    display.begin(len(persist(task.config, finished.update)), finished.best)
    jobs: list[Job] = []
    waited: tuple[int, ...] = ()
    with open_claims(task.config, study) as claims:
        while True:
            others = persist(task.config, partial(_take_jobs, study, task, claims, jobs, display.say))
            if others != waited:
                display.waits(others)
                waited = others
            if jobs:
                batch = next_batch(jobs, task)
                jobs = [job for job in jobs if job not in batch]
                _run_batch(study, task, folder, display, run, claims, finished, batch)
            elif others:
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                return


def _take_jobs(
    study: optuna.Study, task: Task, claims: Claims, jobs: list[Job], say: Callable[[str], None]
) -> tuple[int, ...]:
    """Takes trials until `--population` of them share a recipe, or there are no more to take.

    Returns the numbers of others' trials where there is nothing to do but to wait for them.
    """
    config = task.config
    with claims.queue():
        while len(next_batch(jobs, task)) < config.population:
            trial = next_trial(study, claims, config.trials)
            if trial is None:
                break
            try:
                point = _suggest(study, trial, config, say)
            except BaseException:
                claims.give_up(trial.number)  # whoever comes next takes it over
                raise
            if point is None:
                claims.give_up(trial.number)
            else:
                jobs.append(Job(trial, point))
        return () if jobs else running_trials(study, config.trials)


def _suggest(study: optuna.Study, trial: optuna.Trial, config: StudyConfig, say: Callable[[str], None]) -> Point | None:
    """Returns what to try, or None of a trial that was put into the study with what it does not have, and has failed.

    Raises:
      InputError: such a trial was there before the study's own, and its storage takes no others beside it.
    """
    if (foreign := foreign_value(trial, config)) is not None:
        fail_trial(study, trial)
        say(f"trial {trial.number}: failed, not run: somebody gave it {foreign}, which this study does not have")
        return None
    try:
        return suggest(trial, config)
    except UpdateFinishedTrialError:  # somebody else has ended it
        return None
    except ValueError as error:
        raise InputError(
            f"{storage_name(config)}: study {study.study_name} takes no trial of ours beside one that somebody has "
            f"put into it ({error}); give another --study-name"
        ) from None


def next_batch(jobs: Sequence[Job], task: Task) -> list[Job]:
    """Returns the jobs to run at once: `--population` of the recipe that most of them share, the oldest first."""
    recipes = [make_recipe(task, job.point.cell) for job in jobs]
    most = Counter(recipes).most_common(1)
    return [job for job, recipe in zip(jobs, recipes, strict=True) if recipe == most[0][0]][: task.config.population]


def _run_batch(
    study: optuna.Study,
    task: Task,
    folder: Path,
    display: Display,
    run: Run,
    claims: Claims,
    finished: FinishedTrials,
    batch: Sequence[Job],
) -> None:
    trials = {job.trial.number: job.trial for job in batch}

    def on_epoch(number: int, point: Point, epoch: int, measures: Epoch) -> bool:
        display.epoch(number, point, epoch, measures)
        if task.config.pruner == "none":
            return False
        return persist(task.config, lambda: _report(claims, trials[number], epoch, measures))

    for record, variables in run(task, [(job.trial.number, job.point) for job in batch], on_epoch):
        if persist(task.config, partial(_end, study, task, folder, claims, finished, trials, record, variables)):
            write_events(task.config, [record])
            display.trial(record, len(finished.records), finished.best)


def _report(claims: Claims, trial: optuna.Trial, epoch: int, measures: Epoch) -> bool:
    """Tells the pruner of an epoch, and returns whether to end the trial: pruned, or ended by another process.

    A trial that was taken over runs again from its first epoch. What was reported of it stays; it was pruned in none of
    those epochs but perhaps the last, or the others would not have been reported.
    """
    with claims.queue():  # one writer at a time
        try:
            reported = trial._cached_frozen_trial.intermediate_values
            if epoch not in reported:
                trial.report(measures.valid_accuracy, epoch)
            return epoch == max(reported) and trial.should_prune()
        except UpdateFinishedTrialError:
            return True


def _end(
    study: optuna.Study,
    task: Task,
    folder: Path,
    claims: Claims,
    finished: FinishedTrials,
    trials: Mapping[int, optuna.Trial],
    record: TrialRecord,
    variables: Variables,
) -> bool:
    """Ends a trial, unless another process took it over while this one was cut off; returns whether it did."""
    with claims.queue():
        ended = finished.update()
        if not claims.holds(record.number):
            return False
        keep_weights(folder, task, ended, record, variables)
        if finish_trial(study, trials[record.number], record):
            finished.add(record)
        else:  # another process has ended it, or an earlier try of this one whose answer was lost
            finished.update()
        claims.give_up(record.number)
        return True
