"""The confirmation: every cell's frozen choice on the same blocks, each run kept with the images that it got right."""

import base64
import dataclasses
import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np
import optuna

from jaxreg.core.fit import FitResult
from jaxreg.core.model import CNN, Variables
from jaxreg.core.train import Answers, Examples, Recipe, answer
from jaxreg.engine.experiment import Experiment, OnEpoch
from jaxreg.engine.folder_storage import PLAN
from jaxreg.engine.problem import Task, draw, finite_or_none, fit_points, identity_of, make_recipe, make_task, trial_key
from jaxreg.engine.progress import configuration
from jaxreg.records import Choice, Point, RunRecord, cell_name
from jaxreg.stats.judgement import Confirmation
from jaxreg.verdict.config import VerdictConfig

CONFIRMATION = 2**32 - 1  # takes the place of a trial's number in the keys of blocks; no study has as many trials


class BlockRun(NamedTuple):
    """A choice on a block: a draw of the three splits from the pool and a key, which all cells have in common."""

    block: int
    choice: Choice


class Measured(NamedTuple):
    """The answers of a run's weights to the test set and to its own training images."""

    test: Answers
    train: Answers


@dataclass(frozen=True)
class Runs(Experiment[BlockRun, RunRecord]):
    """The runs of the confirmation, block by block; `frozen` is the hash of the choices, and part of the identity.

    Of the data's own splits only the test set is used.
    """

    config: VerdictConfig
    choices: tuple[Choice, ...]
    frozen: str

    @property
    def name(self) -> str:
        """Returns the study's name beside that of the tuning."""
        return f"{self.config.study_name}.confirmation"

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Returns settings, data and choices."""
        return identity_of(self.config, self.dataset) | {"frozen_sha256": self.frozen}

    @property
    def total(self) -> int:
        """Returns how many runs there are."""
        return self.config.blocks * len(self.choices)

    @cached_property
    def _runs(self) -> dict[str, BlockRun]:
        runs = [BlockRun(block, choice) for block in range(self.config.blocks) for choice in self.choices]
        return {json.dumps([run.block, *run.choice.cell]): run for run in runs}

    @property
    def plans(self) -> Sequence[str]:
        """Returns block and cell of each run, the cells of a block together."""
        return tuple(self._runs)

    def plan(self, trial: optuna.Trial) -> BlockRun:
        """Returns the run of a trial."""
        return self._runs[trial.user_attrs[PLAN]]

    def kind(self, plan: BlockRun) -> Hashable:
        """Returns block and recipe: runs of a block have their data in common."""
        return plan.block, make_recipe(self._task(plan.block), plan.choice.cell)

    def _task(self, block: int) -> Task:
        """Returns the draw of a block on the device; that of the last block asked for is kept."""
        if self._drawn.get("block") != block:
            data_seed = int(np.random.SeedSequence((self.config.data_seed, CONFIRMATION, block)).generate_state(1)[0])
            task = make_task(self.config, self.dataset, draw(self.config, self.dataset, data_seed))
            self._drawn.update(block=block, task=task)
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
        """Trains choices on a block as a trial is trained, and measures the best epoch's weights on the test set."""
        block = runs[0][1].block
        task = self._task(block)
        key = jax.random.fold_in(trial_key(self.config.seed, CONFIRMATION), block)
        points = {number: Point(run.choice.methods, run.choice.params) for number, run in runs}

        def measure(recipe: Recipe[CNN], variables: Variables) -> Measured:
            return Measured(*(answer(recipe, variables, examples) for examples in (self._test, task.train)))

        fitted = fit_points(task, points, [key] * len(runs), measure, size, on_epoch)
        for (_, run), (result, measured, seconds) in zip(runs, fitted, strict=True):
            yield _record(run, result, measured, seconds), result.variables

    def value(self, record: RunRecord) -> float:
        """Returns test accuracy."""
        return record.test_accuracy

    def encode(self, record: RunRecord) -> dict[str, Any]:
        """Returns JSON values."""
        return dataclasses.asdict(record) | {"correct": base64.b64encode(record.correct).decode()}

    def decode(self, values: dict[str, Any]) -> RunRecord:
        """Returns the record."""
        return RunRecord(**values | {"correct": base64.b64decode(values["correct"], validate=True)})

    def describe(self, plan: BlockRun) -> str:
        """Returns block, cell and hyperparameters."""
        return f"block {plan.block} {configuration(Point(plan.choice.methods, plan.choice.params))}"

    def outcome(self, record: RunRecord) -> str:
        """Returns block, cell and accuracy."""
        mark = " diverged" if record.diverged else ""
        return f"block {record.block} {cell_name(record.cell)}: {record.test_accuracy:.2%} on test{mark}"


def _record(run: BlockRun, result: FitResult, measured: Measured, seconds: float) -> RunRecord:
    test, train = measured
    return RunRecord(
        block=run.block,
        methods=run.choice.methods,
        test_accuracy=test.accuracy,
        test_loss=finite_or_none(test.loss),
        train_accuracy=train.accuracy,
        epoch_valid_accuracy=result.epochs[result.best_epoch - 1].valid_accuracy,
        num_epochs=len(result.epochs),
        diverged=result.diverged,
        seconds=seconds,
        correct=np.packbits(test.correct).tobytes(),
    )


def as_confirmation(config: VerdictConfig, runs: Sequence[RunRecord], num_test: int, pool_size: int) -> Confirmation:
    """Returns the runs, which are ordered by blocks and then by cells, as the arrays that statistics take."""
    cells = config.comparison.cells
    bits = np.stack([np.unpackbits(np.frombuffer(run.correct, np.uint8), count=num_test) for run in runs])
    scores = bits.astype(bool).reshape(config.blocks, len(cells), num_test).swapaxes(0, 1)
    train = np.array([run.train_accuracy for run in runs]).reshape(config.blocks, len(cells)).T
    return Confirmation(config.comparison.names, cells, scores, train, overlap=config.train_size / pool_size)
