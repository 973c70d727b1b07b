"""The confirmation: every cell's frozen choice on the same blocks, each run kept with the images that it got right."""

import base64
import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxreg import files
from jaxreg.core.fit import fit
from jaxreg.core.train import Examples, answer
from jaxreg.data import SplitSizes, draw_splits
from jaxreg.engine.space import Point
from jaxreg.engine.trial import Problem, Task, finite_or_none, hparams_of, make_recipe, make_task, trial_key
from jaxreg.errors import InputError
from jaxreg.records import Choice, RunRecord
from jaxreg.stats.judgement import Confirmation
from jaxreg.verdict.config import VerdictConfig

RUNS = "confirmation"  # in the run folder: one file a run
CONFIRMATION = 2**32 - 1  # takes the place of a trial's number in the keys of blocks; no study has as many trials

OnRun = Callable[[RunRecord, int], None]


class Block(NamedTuple):
    """What all cells share in one block: its splits on the device and the key of initialisation and shuffling."""

    number: int
    task: Task
    test: Examples
    key: jax.Array


def confirm(
    config: VerdictConfig, problem: Problem, choices: Sequence[Choice], digest: str, folder: Path, on_run: OnRun
) -> tuple[RunRecord, ...]:
    """Runs what is not there yet, block by block, and returns all runs; an interrupted call is continued by the next.

    Of the problem's splits only the test set is used. Runs of other choices than those of the `digest` are refused.
    `on_run` is called with each run and the number of those done.

    Raises:
      InputError: a run's file is not one of these choices, or is damaged.
    """
    place = folder / RUNS
    place.mkdir(exist_ok=True)
    test = Examples(*jax.device_put(tuple(problem.splits.test)))
    runs: list[RunRecord] = []
    for number in range(config.blocks):
        block = None
        for choice in choices:
            path = place / f"block-{number:02d}-{'-'.join(choice.cell)}.json"
            run = read_run(path, digest)
            if run is None:
                block = block or _block(config, problem, test, number)
                run = run_once(block, choice)
                write_run(path, run, digest)
            runs.append(run)
            on_run(run, len(runs))
    return tuple(runs)


def _block(config: VerdictConfig, problem: Problem, test: Examples, number: int) -> Block:
    """Returns a block: a fresh draw of the three splits from the pool, and a key of its own."""
    data_seed = int(np.random.SeedSequence((config.data_seed, CONFIRMATION, number)).generate_state(1)[0])
    sizes = SplitSizes(config.train_size, config.epoch_valid_size, config.trial_valid_size)
    task = make_task(config.tuning(), problem.dataset, draw_splits(problem.dataset, sizes, data_seed))
    key = jax.random.fold_in(trial_key(config.seed, CONFIRMATION), number)
    return Block(number, task, test, key)


def run_once(block: Block, choice: Choice) -> RunRecord:
    """Trains a choice on a block as a trial is trained, and measures the best epoch's weights on the test set."""
    start = time.perf_counter()
    task, config = block.task, block.task.config
    recipe, hparams = make_recipe(task, choice.cell), hparams_of(config, Point(choice.methods, choice.params))
    patience, max_epochs = config.patience, config.max_epochs
    result = fit(recipe, hparams, task.train, task.epoch_valid, block.key, patience=patience, max_epochs=max_epochs)
    test, train = (answer(recipe, result.variables, examples) for examples in (block.test, task.train))
    return RunRecord(
        block=block.number,
        methods=choice.methods,
        test_accuracy=test.accuracy,
        test_loss=finite_or_none(test.loss),
        train_accuracy=train.accuracy,
        epoch_valid_accuracy=result.epochs[result.best_epoch - 1].valid_accuracy,
        num_epochs=len(result.epochs),
        diverged=result.diverged,
        seconds=time.perf_counter() - start,
        correct=np.packbits(test.correct).tobytes(),
    )


def write_run(path: Path, run: RunRecord, digest: str) -> None:
    """Writes a run with the hash of the choices that it belongs to."""
    values = dataclasses.asdict(run) | {"correct": base64.b64encode(run.correct).decode(), "frozen_sha256": digest}
    files.write_json(path, values | {"sha256": files.digest(values)})


def read_run(path: Path, digest: str) -> RunRecord | None:
    """Returns a run from its file, or None where there is none.

    Raises:
      InputError: the file is damaged, or of other choices.
    """
    if not path.exists():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("sha256") != files.digest(values):
            raise ValueError("changed since it was written")
        kept = values.pop("frozen_sha256")
        run = RunRecord(**values | {"correct": base64.b64decode(values["correct"], validate=True)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a run as it was written; remove it, and it is run again") from error
    if kept != digest:
        raise InputError(f"{path}: a run of other choices than frozen.json's; remove it, and it is run again")
    return run


def as_confirmation(config: VerdictConfig, runs: Sequence[RunRecord], num_test: int, pool_size: int) -> Confirmation:
    """Returns the runs, which are ordered by blocks and then by cells, as the arrays that statistics take."""
    cells = config.comparison.cells
    bits = np.stack([np.unpackbits(np.frombuffer(run.correct, np.uint8), count=num_test) for run in runs])
    correct = bits.astype(bool).reshape(config.blocks, len(cells), num_test).swapaxes(0, 1)
    train = np.array([run.train_accuracy for run in runs]).reshape(config.blocks, len(cells)).T
    return Confirmation(config.comparison.names, cells, correct, train, overlap=config.train_size / pool_size)
