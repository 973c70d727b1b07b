"""The trials of a search: what one tries is suggested; what comes of it is a pure function of that and its number."""

import base64
import dataclasses
import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from jaxreg.core.evaluate import Answers, answer
from jaxreg.core.fit import FitResult
from jaxreg.core.model import Variables
from jaxreg.core.train import Recipe
from jaxreg.data import Splits
from jaxreg.engine.experiment import Experiment, Foreign, OnEpoch
from jaxreg.engine.problem import (
    Task,
    draw,
    fit_points,
    make_recipe,
    make_task,
    rehearse_point,
    trial_key,
)
from jaxreg.engine.progress import DIVERGED, NONE_YET, configuration
from jaxreg.files import finite_or_none
from jaxreg.pages.measure import MEASURES, Measure
from jaxreg.pages.wording import FINISHED_TRIALS
from jaxreg.records import Curve, Point, TrialRecord, best_trial
from jaxreg.search.config import StudyConfig
from jaxreg.search.events import write_events
from jaxreg.search.space import foreign_value, make_pruner, make_sampler, suggest
from jaxreg.search.weights import keep_weights
from jaxreg.text import NOTHING, Text, counted

ENDED = Text("trial {number}: {score}{mark}  {what}", "{number}번 시도: {score}{mark}  {what}")
PRUNED = Text(" pruned", " 가지치기")
BEST = Text("best {score} (trial {number}: {what})", "최고 {score} ({number}번 시도: {what})")


@dataclass(frozen=True)
class Trials(Experiment[Point, TrialRecord]):
    """The trials of a search on one draw of the data; `is_part` of those that tune for what comes after them."""

    config: StudyConfig
    is_part: bool = False

    @property
    def metric(self) -> str:  # type: ignore[override]
        """Returns what is maximised: a loss is there with the opposite sign."""
        return self._measure_words.maximised(self.config.metric)

    @property
    def _measure_words(self) -> Measure:
        return MEASURES[self.config.metric]

    @property
    def total(self) -> int:
        """Returns `--trials`."""
        return self.config.trials

    @property
    def lookback(self) -> int | None:
        """Returns `--lookback`, None of random trials that nothing cuts short."""
        return self.config.lookback if self.config.sampler == "tpe" or self.prunes else None

    @property
    def prunes(self) -> bool:
        """Returns whether there is a `--pruner`."""
        return self.config.pruner != "none"

    @cached_property
    def splits(self) -> Splits:
        """Returns the draw."""
        return draw(self.config, self.dataset, self.config.data_seed)

    @cached_property
    def task(self) -> Task:
        """Returns what all trials share."""
        return make_task(self.config, self.dataset, self.splits)

    def sampler(self) -> BaseSampler:
        """Returns that of `--sampler`."""
        return make_sampler(self.config)

    def pruner(self) -> BasePruner:
        """Returns that of `--pruner`."""
        return make_pruner(self.config)

    def plan(self, trial: optuna.Trial) -> Point:
        """Returns what the sampler suggests."""
        if (foreign := foreign_value(trial, self.config)) is not None:
            raise Foreign(foreign)
        return suggest(trial, self.config)

    def kind(self, plan: Point) -> Hashable:
        """Returns the recipe."""
        return make_recipe(self.task, plan.cell)

    def run(
        self, runs: Sequence[tuple[int, Point]], size: int, on_epoch: OnEpoch
    ) -> Iterator[tuple[TrialRecord, Variables]]:
        """Trains each network and measures its best epoch's weights on trial-valid.

        A trial's number decides, with the study's seed, all its randomness. One that is cut short is measured with the
        best weights that it has.
        """
        keys = [trial_key(self.config.seed, number) for number, _ in runs]
        fitted = fit_points(self.task, dict(runs), keys, self._measure, size, on_epoch)
        for (number, point), key, (result, valid, seconds) in zip(runs, keys, fitted, strict=True):
            yield _record(number, point, key, result, valid, seconds, self.config.metric), result.variables

    def _measure(self, recipe: Recipe[Any], variables: Variables) -> Answers:
        return answer(recipe, variables, self.task.trial_valid)

    def rehearse(self, plan: Point, size: int) -> None:
        """Trains one epoch and measures on trial-valid."""
        rehearse_point(self.task, plan, self._measure, size)

    def again(self, record: TrialRecord) -> tuple[TrialRecord, Variables]:
        """Runs a trial again, alone."""
        runs = [(record.number, Point(record.methods, record.params))]
        (made,) = self.run(runs, 1, lambda number, epoch, measures: False)
        return made

    def keep(self, folder: Path, ended: Sequence[TrialRecord], record: TrialRecord, variables: Variables) -> None:
        """Writes weights that are the best of their cell or of all, and events for TensorBoard."""
        keep_weights(folder, self.task, ended, record, variables)
        write_events(self.config, [record])

    def so_far(self, records: Sequence[TrialRecord]) -> tuple[Text, StudyConfig] | None:
        """Returns how many trials have ended before the first that has not, and the settings of a study of so many."""
        ended = {record.number for record in records}
        done = next(number for number in itertools.count() if number not in ended)
        if not done or self.config.share is not None or self.is_part:
            return None
        return counted(done, FINISHED_TRIALS), replace(self.config, trials=done)

    def value(self, record: TrialRecord) -> float | None:
        """Returns the score on trial-valid."""
        return None if record.pruned else record.score

    def encode(self, record: TrialRecord) -> dict[str, Any]:
        """Returns JSON values."""
        values = dataclasses.asdict(record) | {"correct": base64.b64encode(record.correct).decode()}
        scores = {"scores": base64.b64encode(record.scores).decode()} if record.scores else {}
        return {k: v for k, v in values.items() if k not in ("scores", "trial_valid_score") or record.scores} | scores

    def decode(self, values: dict[str, Any]) -> TrialRecord:
        """Returns the record."""
        curve = Curve(**{name: tuple(numbers) for name, numbers in values["curve"].items()})
        correct = base64.b64decode(values["correct"], validate=True)
        scores = base64.b64decode(values.get("scores", ""), validate=True)
        read = {"key": tuple(values["key"]), "curve": curve, "correct": correct, "scores": scores}
        return TrialRecord(**values | read)

    def describe(self, plan: Point) -> str:
        """Returns cell and hyperparameters."""
        return configuration(plan)

    def outcome(self, record: TrialRecord) -> Text:
        """Returns number, accuracy and what was tried."""
        mark = DIVERGED if record.diverged else PRUNED if record.pruned else NOTHING
        score = self._measure_words.brief(record.score)
        said = {"number": record.number, "score": score, "mark": mark, "what": configuration(record)}
        return ENDED.format(**said)

    def best(self, records: Sequence[TrialRecord]) -> Text:
        """Returns the winner so far."""
        best = best_trial(tuple(records))
        if best is None:
            return NONE_YET
        score = self._measure_words.brief(best.score)
        return BEST.format(score=score, number=best.number, what=configuration(best))


def _record(
    number: int, point: Point, key: jax.Array, result: FitResult, valid: Answers, seconds: float, metric: str
) -> TrialRecord:
    best = result.epochs[result.best_epoch - 1]
    return TrialRecord(
        number=number,
        methods=point.methods,
        params=point.params,
        key=tuple(jax.random.key_data(key).tolist()),
        num_epochs=len(result.epochs),
        best_epoch=result.best_epoch,
        train_accuracy=best.train_accuracy,
        train_loss=finite_or_none(best.train_loss),
        epoch_valid_accuracy=best.valid_accuracy,
        epoch_valid_loss=finite_or_none(best.valid_loss),
        trial_valid_accuracy=valid.accuracy,
        trial_valid_loss=finite_or_none(valid.loss),
        diverged=result.diverged,
        pruned=result.cut_short,
        seconds=seconds,
        curve=Curve(
            train_loss=tuple(finite_or_none(epoch.train_loss) for epoch in result.epochs),
            train_accuracy=tuple(epoch.train_accuracy for epoch in result.epochs),
            valid_loss=tuple(finite_or_none(epoch.valid_loss) for epoch in result.epochs),
            valid_accuracy=tuple(epoch.valid_accuracy for epoch in result.epochs),
        ),
        correct=np.packbits(valid.correct).tobytes(),
        **({} if metric == "accuracy" else {"trial_valid_score": valid.score, "scores": valid.scores.tobytes()}),
    )
