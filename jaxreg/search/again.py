"""What the luck of a single run is: the winner is trained again with other seeds, on the same images."""

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import optuna

from jaxreg.core.evaluate import Answers, answer
from jaxreg.core.model import Variables
from jaxreg.core.train import Examples, Recipe
from jaxreg.engine.experiment import Experiment, OnEpoch
from jaxreg.engine.folder_storage import PLAN
from jaxreg.engine.problem import REPETITIONS, Task, fit_points, make_recipe, rehearse_point, trial_key
from jaxreg.engine.progress import DIVERGED, configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import run_all
from jaxreg.pages.measure import MEASURES
from jaxreg.pages.wording import FINISHED_TRIALS
from jaxreg.records import Point, TrialRecord
from jaxreg.search.config import StudyConfig
from jaxreg.search.records import Repetition
from jaxreg.search.trial import Trials
from jaxreg.text import NOTHING, Text, counted

ENDED = Text(
    "trial {trial} again, {number} of {all}: {score}{mark}", "{trial}번 시도 다시 학습 {number}/{all}: {score}{mark}"
)


@dataclass(frozen=True)
class Again(Experiment[int, Repetition]):
    """The repetitions of a trial: all is as in the trial but initialisation, shuffling and what a step draws."""

    config: StudyConfig
    trial: int
    point: Point

    @property
    def name(self) -> str:
        """Returns the study's name with that of the trial."""
        return f"{self.config.study_name}.again-{self.trial}"

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Returns settings, data, and what is repeated."""
        return self._trials.identity | {"again": [*self.point.cell, *self.point.params.values()]}

    @property
    def total(self) -> int:
        """Returns `--again`."""
        return self.config.num_again

    @property
    def plans(self) -> Sequence[str]:
        """Returns the numbers of the repetitions, from 1."""
        return tuple(str(number) for number in range(1, self.total + 1))

    def plan(self, trial: optuna.Trial) -> int:
        """Returns which repetition a trial is."""
        return int(trial.user_attrs[PLAN])

    def kind(self, plan: int) -> Hashable:
        """Returns the recipe, which all share."""
        return make_recipe(self._task, self.point.cell)

    @cached_property
    def _trials(self) -> Trials:
        return Trials(self.config, self.dataset)

    @property
    def _task(self) -> Task:
        return self._trials.task

    @cached_property
    def _test(self) -> Examples:
        return Examples(*map(jnp.asarray, self._trials.splits.test))

    def run(
        self, runs: Sequence[tuple[int, int]], size: int, on_epoch: OnEpoch
    ) -> Iterator[tuple[Repetition, Variables]]:
        """Trains as the trial was trained, and measures the best epoch's weights on trial-valid and on test."""
        key = trial_key(self.config.seed, REPETITIONS)
        keys = [jax.random.fold_in(jax.random.fold_in(key, self.trial), plan) for _, plan in runs]
        points = {number: self.point for number, _ in runs}
        fitted = fit_points(self._task, points, keys, self._measure, size, on_epoch)
        for (_, plan), (result, (valid, test), seconds) in zip(runs, fitted, strict=True):
            epochs = len(result.epochs)
            yield Repetition(plan, valid.score, test.score, epochs, result.diverged, seconds), result.variables

    def _measure(self, recipe: Recipe[Any], variables: Variables) -> tuple[Answers, Answers]:
        return answer(recipe, variables, self._task.trial_valid), answer(recipe, variables, self._test)

    def rehearse(self, plan: int, size: int) -> None:
        """Trains one epoch and measures."""
        rehearse_point(self._task, self.point, self._measure, size)

    @property
    def metric(self) -> str:  # type: ignore[override]
        """Returns what the score is called: a loss is there with the opposite sign."""
        return MEASURES[self.config.metric].maximised(self.config.metric)

    def so_far(self, records: Sequence[Repetition]) -> tuple[Text, StudyConfig]:
        """Returns how many trials have ended, and the settings of the study with the repetitions that there are."""
        done = next(number for number in itertools.count() if number + 1 not in {record.number for record in records})
        return counted(self.config.trials, FINISHED_TRIALS), replace(self.config, again=done)

    def value(self, record: Repetition) -> float:
        """Returns the score on trial-valid."""
        return record.trial_valid_score

    def encode(self, record: Repetition) -> dict[str, Any]:
        """Returns JSON values."""
        return asdict(record)

    def decode(self, values: dict[str, Any]) -> Repetition:
        """Returns the record."""
        return Repetition(**values)

    def describe(self, plan: int) -> str:
        """Returns which repetition it is, and hyperparameters."""
        return f"{self.trial}/{plan} {configuration(self.point)}"

    def outcome(self, record: Repetition) -> Text:
        """Returns what a repetition reached."""
        mark = DIVERGED if record.diverged else NOTHING
        score = MEASURES[self.config.metric].brief(record.trial_valid_score)
        return ENDED.format(trial=self.trial, number=record.number, all=self.total, score=score, mark=mark)


def repeat(trials: Trials, winner: TrialRecord) -> tuple[Repetition, ...]:
    """Trains the winner of a study again, or reads what there is of it, and returns all repetitions in their order."""
    again = Again(trials.config, trials.dataset, winner.number, Point(winner.methods, winner.params))
    return run_all(open_study(again)) if again.total else ()
