"""The loop of every process that works on a study: take a trial, train, keep the best weights, tell."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables
from jaxreg.engine.dashboard import write_events
from jaxreg.engine.leases import Leases
from jaxreg.engine.memory import limit_memory
from jaxreg.engine.progress import Display
from jaxreg.engine.space import Point, foreign_value, suggest
from jaxreg.engine.storage import FinishedTrials, OwnStudy, finish_trial, next_trial, running_trials
from jaxreg.engine.trial import OnEpoch, Task, make_recipe, run_trials
from jaxreg.engine.weights import keep_weights
from jaxreg.errors import InputError
from jaxreg.records import TrialRecord

SECONDS_BETWEEN_LOOKS = 0.2


class Job(NamedTuple):
    """A trial that this process has taken, and what it tries."""

    trial: optuna.Trial
    point: Point


Run = Callable[[Task, Sequence[tuple[int, Point]], OnEpoch], Iterator[tuple[TrialRecord, Variables]]]


def work(study: OwnStudy, task: Task, folder: Path, display: Display, run: Run = run_trials) -> None:
    """Runs trials until the study has its total, alone or beside other processes that do the same.

    Trials that a dead process left running are taken over; for one that another process runs, it waits, unless it is
    beyond the total. The weights of a trial that is the best of the study, or of its cell, are on disk before it ends.
    """
    limit_memory()
    finished = FinishedTrials(study)
    display.begin(len(study.home.persist(finished.update)), finished.best)
    with study.home.leases(study) as leases:
        _Loop(study, task, folder, display, run, leases, finished).work()


def next_batch(jobs: Sequence[Job], task: Task) -> list[Job]:
    """Returns the jobs to run at once: `--population` of the recipe that most of them share, the oldest first."""
    recipes = [make_recipe(task, job.point.cell) for job in jobs]
    most = Counter(recipes).most_common(1)
    return [job for job, recipe in zip(jobs, recipes, strict=True) if recipe == most[0][0]][: task.config.population]


@dataclass
class _Loop:
    """What `work` goes through again and again."""

    study: OwnStudy
    task: Task
    folder: Path
    display: Display
    run: Run
    leases: Leases
    finished: FinishedTrials

    def work(self) -> None:
        jobs: list[Job] = []
        waited: tuple[int, ...] = ()
        while True:
            others = self.study.home.persist(partial(self._take_jobs, jobs))
            if others != waited:
                self.display.waits(others)
                waited = others
            if jobs:
                batch = next_batch(jobs, self.task)
                jobs = [job for job in jobs if job not in batch]
                self._run_batch(batch)
            elif others:
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                return

    def _take_jobs(self, jobs: list[Job]) -> tuple[int, ...]:
        """Takes trials until `--population` share a recipe; returns others' where there is nothing but to wait for."""
        config = self.task.config
        with self.leases.queue():
            while len(next_batch(jobs, self.task)) < config.population:
                trial = next_trial(self.study, self.leases, config.trials)
                if trial is None:
                    break
                try:
                    point = self._suggest(trial)
                except BaseException:
                    self.leases.give_up(trial.number)  # whoever comes next takes it over
                    raise
                if point is None:
                    self.leases.give_up(trial.number)
                else:
                    jobs.append(Job(trial, point))
            return () if jobs else running_trials(self.study, config.trials)

    def _suggest(self, trial: optuna.Trial) -> Point | None:
        """Returns what to try, or None of a trial that has been given what this study does not have, and failed."""
        config, number = self.task.config, trial.number
        if (foreign := foreign_value(trial, config)) is not None:
            with suppress(UpdateFinishedTrialError):
                self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)  # it does not count
            why = f"somebody gave it {foreign}, which this study does not have"
            self.display.say(f"trial {number}: failed, not run: {why}")
            return None
        try:
            return suggest(trial, config)
        except UpdateFinishedTrialError:  # somebody else has ended it
            return None
        except ValueError as error:  # a trial of somebody else's was there before our own
            raise InputError(
                f"{self.study.home.name}: study {self.study.study_name} takes no trial of ours beside one that "
                f"somebody has put into it ({error}); give another --study-name"
            ) from None

    def _run_batch(self, batch: Sequence[Job]) -> None:
        trials = {job.trial.number: job.trial for job in batch}
        persist = self.study.home.persist

        def on_epoch(number: int, point: Point, epoch: int, measures: Epoch) -> bool:
            self.display.epoch(number, point, epoch, measures)
            if self.task.config.pruner == "none":
                return False
            return persist(lambda: self._report(trials[number], epoch, measures))

        for record, variables in self.run(self.task, [(job.trial.number, job.point) for job in batch], on_epoch):
            if persist(partial(self._end, trials[record.number], record, variables)):
                write_events(self.task.config, [record])
                self.display.trial(record, len(self.finished.records), self.finished.best)

    def _report(self, trial: optuna.Trial, epoch: int, measures: Epoch) -> bool:
        """Tells the pruner of an epoch, and returns whether to end the trial: pruned, or ended by another process."""
        with self.leases.queue():  # one writer at a time
            try:
                # One that was taken over runs again; of the epochs reported, it was pruned at most in the last.
                reported = trial._cached_frozen_trial.intermediate_values
                if epoch not in reported:
                    trial.report(measures.valid_accuracy, epoch)
                return epoch == max(reported) and trial.should_prune()
            except UpdateFinishedTrialError:
                return True

    def _end(self, trial: optuna.Trial, record: TrialRecord, variables: Variables) -> bool:
        """Ends a trial, unless another process took it over while this one was cut off; returns whether it did."""
        with self.leases.queue():
            ended = self.finished.update()
            if not self.leases.holds(record.number):
                return False
            keep_weights(self.folder, self.task, ended, record, variables)
            if finish_trial(self.study, trial, record):
                self.finished.add(record)
            else:  # another process has ended it, or an earlier try of this one whose answer was lost
                self.finished.update()
            self.leases.give_up(record.number)
            return True
