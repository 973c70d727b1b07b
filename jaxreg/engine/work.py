"""The loop of every process that works on an experiment: take a run, train, keep what must be kept, tell."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables
from jaxreg.engine.experiment import Experiment, Foreign, Plan, Record
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.leases import Leases
from jaxreg.engine.machine import compiles_slowly, population_of
from jaxreg.engine.memory import Room, limit_memory
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import Ended, OwnStudy, finish_trial, next_trials, running_trials
from jaxreg.errors import InputError
from jaxreg.text import Text

SECONDS_BETWEEN_LOOKS = 0.2
FOREIGN = Text(
    "trial {number}: failed, not run: somebody gave it {what}, which this study does not have",
    "{number}번 시도: 실행하지 않고 실패로 처리했습니다. 이 연구에 없는 값이 주어졌습니다: {what}",
)


class Job(NamedTuple):
    """A trial that this process has taken, and its plan."""

    trial: optuna.Trial
    plan: Any


def work(study: OwnStudy, display: Display) -> None:
    """Makes runs until the experiment has all of them, alone or beside other processes that do the same.

    Runs that a dead process left are taken over; for one that another process makes, it waits. What a run must leave
    in the run folder is there before the run ends.
    """
    limit_memory()
    ended: Ended[Any, Any] = Ended(study)
    size = population_of(study.experiment)
    display.begin(study.home.persist(ended.update), size)
    with study.home.leases(study) as leases, ThreadPoolExecutor() as rehearsals:
        _Loop(study, study.experiment, display, leases, ended, size, rehearsals).work()


def next_batch(jobs: Sequence[Job], experiment: Experiment[Plan, Record], size: int) -> list[Job]:
    """Returns the jobs to run at once: up to `size` of the kind that most of them are of, the oldest first."""
    kinds = [experiment.kind(job.plan) for job in jobs]
    most = Counter(kinds).most_common(1)
    return [job for job, kind in zip(jobs, kinds, strict=True) if kind == most[0][0]][:size]


@dataclass
class _Loop(Generic[Plan, Record]):
    """What `work` goes through again and again."""

    study: OwnStudy
    experiment: Experiment[Plan, Record]
    display: Display
    leases: Leases
    ended: Ended[Plan, Record]
    population: int
    rehearsals: Executor
    jobs: list[Job] = field(default_factory=list)  # taken, and not yet begun

    def work(self) -> None:
        waited: tuple[int, ...] = ()
        rehearsed, room = not compiles_slowly(), Room()
        while True:
            others = self.study.home.persist(self._take_jobs)
            if others != waited:
                self.display.waits(others)
                waited = others
            if self.jobs:
                batch = next_batch(self.jobs, self.experiment, self.population)
                self.jobs = [job for job in self.jobs if job not in batch]
                if not rehearsed:
                    self._rehearse_others()
                    rehearsed = True
                self._run_batch(batch)
                room.make()
            elif others:
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                return

    def _rehearse_others(self) -> None:
        """Has threads compile what other kinds of runs need, while the first runs compile theirs and train."""
        one_of_each = {self.experiment.kind(job.plan): job.plan for job in self.jobs}
        for plan in one_of_each.values():  # what fails there fails again, and is told, when it is its turn
            self.rehearsals.submit(pinned()(self.experiment.rehearse), plan, self.population)

    def _take_jobs(self) -> tuple[int, ...]:
        """Takes runs until a population is of one kind; returns others' where there is nothing but to wait for."""
        with self.leases.queue():
            while wanted := self.population - len(next_batch(self.jobs, self.experiment, self.population)):
                left = wanted
                for trial in next_trials(self.study, self.leases, wanted):
                    self._take_in(trial)
                    left -= 1
                if left == wanted:
                    break
            return () if self.jobs else running_trials(self.study)

    def _take_in(self, trial: optuna.Trial) -> None:
        """Makes a job of a trial that has been taken; one that has no plan is given up."""
        try:
            plan = self._plan(trial)
        except BaseException:
            self.leases.give_up(trial.number)  # whoever comes next takes it over
            raise
        if plan is None:
            self.leases.give_up(trial.number)
        else:
            self.jobs.append(Job(trial, plan))

    def _plan(self, trial: optuna.Trial) -> Plan | None:
        """Returns what to do, or None of a trial that has been given what the experiment does not have, and failed."""
        try:
            return self.experiment.plan(trial)
        except Foreign as foreign:
            with suppress(UpdateFinishedTrialError):
                self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)  # it does not count
            self.display.say(FOREIGN.format(number=trial.number, what=str(foreign)))
            return None
        except UpdateFinishedTrialError:  # somebody else has ended it
            return None
        except ValueError as error:  # a trial of somebody else's was there before our own
            raise InputError(
                f"{self.study.home.name}: study {self.study.study_name} takes no trial of ours beside one that "
                f"somebody has put into it ({error}); give another --study-name"
            ) from None

    def _run_batch(self, batch: Sequence[Job]) -> None:
        jobs = {job.trial.number: job for job in batch}
        persist = self.study.home.persist

        def on_epoch(number: int, epoch: int, measures: Epoch) -> bool:
            self.display.epoch(number, self.experiment.describe(jobs[number].plan), epoch, measures)
            if not self.experiment.prunes:
                return False
            return persist(lambda: self._report(jobs[number].trial, epoch, measures))

        results = self.experiment.run([(job.trial.number, job.plan) for job in batch], self.population, on_epoch)
        made = ((job.trial, *result) for job, result in zip(batch, results, strict=True))
        for group in ([run] for run in made) if self.population == 1 else [list(made)]:
            shown: dict[int, Record] = {}
            persist(partial(self._end, group, shown))
            for record in shown.values():
                self.display.ended(record, tuple(self.ended.records.values()))

    def _report(self, trial: optuna.Trial, epoch: int, measures: Epoch) -> bool:
        """Tells the pruner of an epoch, and returns whether to end the trial: pruned, or ended by another process."""
        with self.leases.queue():  # one writer at a time
            try:
                # One that was taken over runs again; of the epochs reported, it was pruned at most in the last.
                reported = trial._cached_frozen_trial.intermediate_values
                if epoch not in reported:
                    trial.report(measures.score, epoch)
                return epoch == max(reported) and trial.should_prune()
            except UpdateFinishedTrialError:
                return True

    def _end(self, group: Sequence[tuple[optuna.Trial, Record, Variables]], ended: dict[int, Record]) -> None:
        """Ends trials, and puts their records into `ended`, unless another process took them over from one cut off."""
        with self.leases.queue():
            before = self.ended.update()
            for trial, record, variables in group:
                if not self.leases.holds(trial.number):
                    continue
                self.experiment.keep(Path(self.experiment.config.out), before, record, variables)
                if finish_trial(self.study, trial, record):
                    self.ended.add(trial.number, record)
                    before = (*before, record)
                else:  # another process has ended it, or an earlier try of this one whose answer was lost
                    before = self.ended.update()
                self.leases.give_up(trial.number)
                ended[trial.number] = record
