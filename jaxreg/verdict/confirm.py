"""The runs of all cells on the same blocks, each kept with the images that it got right."""

import base64
import dataclasses
import json
import zlib
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import numpy as np
import optuna
from scipy.stats.qmc import LatinHypercube

from jaxreg.core.evaluate import Answers, answer
from jaxreg.core.fit import FitResult
from jaxreg.core.model import Variables
from jaxreg.core.train import Examples, Recipe
from jaxreg.data import Dataset, Splits, draw_repeated
from jaxreg.engine.confusion import confusion_matrix, macro_f1
from jaxreg.engine.experiment import Experiment, OnEpoch, identity_of
from jaxreg.engine.folder_storage import PLAN
from jaxreg.engine.problem import (
    BLOCKS,
    Task,
    draw,
    fit_points,
    make_recipe,
    make_task,
    rehearse_point,
    trial_key,
)
from jaxreg.engine.progress import DIVERGED, NONE_YET, RUNS, configuration
from jaxreg.files import finite_or_none
from jaxreg.pages.measure import MEASURES
from jaxreg.records import Choice, Point, RunRecord, cell_name
from jaxreg.stats.judgement import LEAST_BLOCKS
from jaxreg.text import NOTHING, Counted, Text, counted
from jaxreg.verdict.config import VerdictConfig

SCORED = ("trial_valid_score", "test_score", "train_score", "scores")  # of a record, by another metric than accuracy

ENDED = Text("block {block} {cell}: {score}{mark}", "블록 {block} {cell}: {score}{mark}")
DRAWN_ANEW = Text(
    "--design repeated-holdout: every block draws its own {tested} test images from all {pool} images",
    "--design repeated-holdout: 블록마다 이미지 {pool}장 전체에서 테스트 이미지 {tested}장을 새로 추출합니다",
)
COMPLETE_BLOCKS = Counted("{n} complete block", "{n} complete blocks", "온전한 블록 {n}개")
HIGHEST = Text(
    "highest mean on trial-valid so far {score} ({cell}, {runs})",
    "현재 trial-valid 평균이 가장 높은 조합 {score} ({cell}, {runs})",
)


class BlockRun(NamedTuple):
    """A cell on a block: a draw of the three splits from the pool and, for each trial, a key that all cells share."""

    block: int
    trial: int
    point: Point


class Measured(NamedTuple):
    """The answers of a run's weights to the test set, its own training images, and the block's trial-valid images.

    And the macro F1 of those to the test set.
    """

    test: Answers
    train: Answers
    trial_valid: Answers
    macro_f1: float


def tuned_runs(config: VerdictConfig) -> Iterator[BlockRun]:
    """Yields all trials of all cells, block by block; a block's trials of one index have all in common but the cell.

    So differences between cells are paired: images, initialisation, order, and the values of hyperparameters that both
    have.
    """
    comparison = config.comparison
    for block in range(config.blocks):
        values = {name: drawn(config, block, name) for name in comparison.space}
        for trial in range(config.num_trials):
            for cell in comparison.cells:
                params = {name: values[name][trial] for name in comparison.params(cell)}
                yield BlockRun(block, trial, Point(dict(zip(comparison.names, cell, strict=True)), params))


def drawn(config: VerdictConfig, block: int, name: str) -> list[float]:
    """Returns a block's values of a hyperparameter, one for each trial: a Latin hypercube sample of its range.

    Each value by itself is uniform on the range's scale, and together they are spread over it. They follow from seed,
    block and name alone.
    """
    seeds = np.random.SeedSequence((config.seed, BLOCKS, block, zlib.crc32(name.encode())))
    shares = LatinHypercube(1, rng=np.random.default_rng(seeds)).random(config.num_trials)[:, 0]
    return [config.comparison.space[name].at(share) for share in shares]


def chosen_runs(config: VerdictConfig, choices: Sequence[Choice]) -> Iterator[BlockRun]:
    """Yields each cell's choice on each block."""
    for block in range(config.blocks):
        for choice in choices:
            yield BlockRun(block, 0, Point(choice.methods, choice.params))


@dataclass(frozen=True)
class Runs(Experiment[BlockRun, RunRecord]):
    """The runs of a verdict, in their order; of the data's own splits only the test set is used, or none.

    `frozen` is the hash of the choices that were made before and part of the identity; None where each block tunes.
    """

    config: VerdictConfig
    given: tuple[BlockRun, ...]
    frozen: str | None = None

    @property
    def name(self) -> str:
        """Returns the study's name; where there is one that tunes, a name beside it."""
        return self.config.study_name if self.config.per_block else f"{self.config.study_name}.confirmation"

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Returns settings, data and choices."""
        return identity_of(self.config, self.dataset) | ({"frozen_sha256": self.frozen} if self.frozen else {})

    @property
    def total(self) -> int:
        """Returns how many runs there are."""
        return len(self.given)

    @cached_property
    def _runs(self) -> dict[str, BlockRun]:
        return {json.dumps([run.block, run.trial, *run.point.cell]): run for run in self.given}

    @property
    def plans(self) -> Sequence[str]:
        """Returns block, trial and cell of each run, in their order."""
        return tuple(self._runs)

    def plan(self, trial: optuna.Trial) -> BlockRun:
        """Returns the run of a trial."""
        return self._runs[trial.user_attrs[PLAN]]

    def kind(self, plan: BlockRun) -> Hashable:
        """Returns block and recipe: runs of a block have their data in common."""
        return plan.block, make_recipe(self._task(plan.block)[0], plan.point.cell)

    def _task(self, block: int) -> tuple[Task, Examples]:
        """Returns the draw of a block on the device, and what it is tested on; the last block asked for is kept."""
        if self._drawn.get("block") != block:
            splits = draw_block(self.config, self.dataset, block)
            task = make_task(self.config, self.dataset, splits)
            test = Examples(*jax.device_put(tuple(splits.test))) if self.config.repeated else self._test
            self._drawn.update(block=block, task=(task, test))
        return self._drawn["task"]

    @cached_property
    def _drawn(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _test(self) -> Examples:
        return Examples(*jax.device_put(tuple(draw(self.config, self.dataset, self.config.data_seed).test)))

    def run(
        self, runs: Sequence[tuple[int, BlockRun]], size: int, on_epoch: OnEpoch
    ) -> Iterator[tuple[RunRecord, Variables]]:
        """Trains runs of a block as a trial is trained, and keeps the best epoch's weights' answers to the test set."""
        block = runs[0][1].block
        task, test = self._task(block)
        key = jax.random.fold_in(trial_key(self.config.seed, BLOCKS), block)
        keys = [jax.random.fold_in(key, run.trial) for _, run in runs]
        points = {number: run.point for number, run in runs}
        fitted = fit_points(task, points, keys, partial(_measure, task, test), size, on_epoch)
        for (_, run), (result, measured, seconds) in zip(runs, fitted, strict=True):
            yield _record(run, result, measured, seconds, self.config.metric), result.variables

    def rehearse(self, plan: BlockRun, size: int) -> None:
        """Trains one epoch of a run and measures as it is measured."""
        task, test = self._task(plan.block)
        rehearse_point(task, plan.point, partial(_measure, task, test), size)

    def so_far(self, records: Sequence[RunRecord]) -> tuple[Text, VerdictConfig] | None:
        """Returns how many blocks are complete, and the settings of a verdict by so many, where that is enough.

        Looks that were fixed before are not to be joined by another.
        """
        made = {(record.block, record.trial, record.cell) for record in records}
        missing = (run.block for run in self.given if (run.block, run.trial, run.point.cell) not in made)
        blocks = min(missing, default=self.config.blocks)
        if blocks < LEAST_BLOCKS or self.config.share is not None or self.config.until_decided:
            return None
        return counted(blocks, COMPLETE_BLOCKS), replace(self.config, blocks=blocks)

    @property
    def metric(self) -> str:  # type: ignore[override]
        """Returns what tuning maximises: a loss is there with the opposite sign."""
        return MEASURES[self.config.metric].maximised(self.config.metric)

    def value(self, record: RunRecord) -> float:
        """Returns the score on trial-valid, as nothing that is shown before choices are frozen knows the test set."""
        return record.score

    def encode(self, record: RunRecord) -> dict[str, Any]:
        """Returns JSON values."""
        values = {name: value for name, value in dataclasses.asdict(record).items() if name not in SCORED}
        scored = {name: getattr(record, name) for name in SCORED} if record.scores else {}
        return {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in (values | scored).items()}

    def decode(self, values: dict[str, Any]) -> RunRecord:
        """Returns the record."""
        read: dict[str, Any] = {
            k: base64.b64decode(values[k], validate=True) for k in ("correct", "scores") if k in values
        }
        return RunRecord(**(values | read))

    def describe(self, plan: BlockRun) -> str:
        """Returns block, cell and hyperparameters."""
        return f"block {plan.block} {configuration(plan.point)}"

    def outcome(self, record: RunRecord) -> Text:
        """Returns block, cell and score on trial-valid."""
        mark = DIVERGED if record.diverged else NOTHING
        cell, score = cell_name(record.cell), MEASURES[self.config.metric].brief(record.score)
        return ENDED.format(block=record.block, cell=cell, score=score, mark=mark)

    def best(self, records: Sequence[RunRecord]) -> Text:
        """Returns which cell has the highest mean on trial-valid so far; nothing is known of the test set."""
        if not records:
            return NONE_YET
        scores: dict[str, list[float]] = defaultdict(list)
        for record in records:
            scores[cell_name(record.cell)].append(record.score)
        least = max(map(len, scores.values())) - 1  # as cells take turns, some are one ahead
        means = {cell: sum(own) / len(own) for cell, own in scores.items() if len(own) >= least}
        best = max(means, key=means.__getitem__)
        score = MEASURES[self.config.metric].brief(means[best])
        return HIGHEST.format(score=score, cell=best, runs=counted(len(scores[best]), RUNS))


def draw_block(config: VerdictConfig, dataset: Dataset, block: int) -> Splits:
    """Returns the splits of a block; its own test images, too, where these are drawn anew.

    Raises:
      InputError: the data do not have what is drawn.
    """
    data_seed = int(np.random.SeedSequence((config.data_seed, BLOCKS, block)).generate_state(1)[0])
    return draw_repeated(dataset, config.sizes, data_seed) if config.repeated else draw(config, dataset, data_seed)


def drawn_anew(config: VerdictConfig, dataset: Dataset) -> Text:
    """Returns in words what every block draws, where it draws its test images, too.

    Raises:
      InputError: the data do not have what is drawn.
    """
    tested = len(draw_block(config, dataset, 0).test.labels)
    pool = len(dataset.train_labels) + tested
    return DRAWN_ANEW.format(tested=f"{tested:,}", pool=f"{pool:,}")


def _measure(task: Task, test: Examples, recipe: Recipe[Any], variables: Variables) -> Measured:
    tested, train, trial_valid = (answer(recipe, variables, of) for of in (test, task.train, task.trial_valid))
    counts = confusion_matrix(np.asarray(test.labels), tested.predicted, len(task.class_names))
    return Measured(tested, train, trial_valid, macro_f1(counts))


def _record(run: BlockRun, result: FitResult, measured: Measured, seconds: float, metric: str) -> RunRecord:
    test, train, trial_valid, f1 = measured
    scored = trial_valid.score, test.score, train.score, test.scores.tobytes()
    return RunRecord(
        block=run.block,
        trial=run.trial,
        methods=run.point.methods,
        params=run.point.params,
        trial_valid_accuracy=trial_valid.accuracy,
        test_accuracy=test.accuracy,
        test_loss=finite_or_none(test.loss),
        train_accuracy=train.accuracy,
        epoch_valid_accuracy=result.epochs[result.best_epoch - 1].valid_accuracy,
        num_epochs=len(result.epochs),
        diverged=result.diverged,
        seconds=seconds,
        correct=np.packbits(test.correct).tobytes(),
        macro_f1=f1,
        **({} if metric == "accuracy" else dict(zip(SCORED, scored, strict=True))),
    )
