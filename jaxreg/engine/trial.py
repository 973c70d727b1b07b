"""A study's data, and one trial: a pure function of settings, splits, the trial's number and what it tries."""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.core.fit import Epoch, FitResult, fit
from jaxreg.core.model import CNN, Variables, check_image_shape
from jaxreg.core.population import evaluate_population, fit_population
from jaxreg.core.train import (
    LOSSES,
    NO_ANSWER,
    Answers,
    Examples,
    Hparams,
    Recipe,
    answer,
    answers_of,
    init_state,
    make_hparams,
    train_step,
)
from jaxreg.data import Dataset, Form, Splits, SplitSizes, draw_splits, load_dataset
from jaxreg.engine.config import StudyConfig, TrainingConfig
from jaxreg.engine.space import Point
from jaxreg.errors import InputError
from jaxreg.methods.compose import compose, numbers_for
from jaxreg.records import Cell, Curve, TrialRecord, cell_name

OnEpoch = Callable[[int, Point, int, Epoch], bool]


class Problem(NamedTuple):
    """Data, the four splits, and the identity: what must be equal for a run to be continued or joined."""

    dataset: Dataset
    splits: Splits
    identity: dict[str, Any]


def load_problem(config: TrainingConfig) -> Problem:
    """Returns the problem of a configuration; every process that works on a study makes the same one."""
    dataset = load_dataset(config.data, tfds_dir=config.tfds_dir)
    check_image_shape(dataset.image_shape)
    sizes = SplitSizes(config.train_size, config.epoch_valid_size, config.trial_valid_size)
    splits = draw_splits(dataset, sizes, config.data_seed)
    return Problem(dataset, splits, config.identity() | {"data_fingerprint": dataset.fingerprint})


def say_notes(dataset: Dataset) -> None:
    """Says on standard error what was decided of the data and what is unusual in them."""
    for note in dataset.notes:
        print(f"note: {note}", file=sys.stderr, flush=True)


class Task(NamedTuple):
    """What all trials of a study share: settings and data, the latter already on the device (test excepted)."""

    config: StudyConfig
    num_classes: int
    train: Examples
    epoch_valid: Examples
    trial_valid: Examples
    data_fingerprint: str
    form: Form | None  # what the images are like, which is kept with the weights; a stand-in for data has none


def make_task(config: StudyConfig, dataset: Dataset, splits: Splits) -> Task:
    """Returns the task, its three splits put on the default device once for the whole study."""
    train, epoch_valid, trial_valid = (Examples(*jax.device_put(tuple(split))) for split in splits[:3])
    return Task(config, dataset.num_classes, train, epoch_valid, trial_valid, dataset.fingerprint, dataset.form)


def make_recipe(task: Task, cell: Cell) -> Recipe[CNN]:
    """Returns what is static in a trial: the same for cells whose methods differ in numbers only."""
    config, loss, reading = task.config, LOSSES[task.config.loss], task.config.reading
    methods, activation, size = config.comparison.methods(cell), config.activation, config.batch_size
    return compose(methods, task.num_classes, activation=activation, loss=loss, batch_size=size, reading=reading)


def hparams_of(config: StudyConfig, point: Point) -> Hparams:
    """Returns what is traced in a trial."""
    numbers = numbers_for(config.comparison.methods(point.cell), point.params, config.reading)
    return make_hparams(learning_rate=point.params["learning_rate"], **numbers)


def refuse_broken_methods(task: Task) -> None:
    """Traces a step of each cell where there are own methods: what they raise is said before any training."""
    comparison = task.config.comparison
    for cell in comparison.cells if task.config.own else ():
        methods = dict(zip(comparison.names, cell, strict=True))
        point = Point(methods, {name: comparison.space[name].low for name in comparison.params(cell)})
        try:
            jax.eval_shape(partial(_first_step, task, point), task.train)
        except Exception as error:  # whatever a user's function raises
            reason = (str(error).splitlines() or [""])[0]
            named = f"--methods {' '.join(task.config.methods)}: a step of {cell_name(cell)}"
            raise InputError(f"{named} ends with {type(error).__name__}: {reason}") from error


def _first_step(task: Task, point: Point, train: Examples) -> object:
    recipe, key = make_recipe(task, point.cell), jax.random.key(0)
    state = init_state(recipe, train.images.shape[1:], key)
    batch = Examples(*(array[: recipe.batch_size] for array in train))
    return train_step(recipe, hparams_of(task.config, point), state, batch, key=key)


def trial_key(seed: int, number: int) -> jax.Array:
    """Returns the key of a trial's randomness, fold_in(key(study seed), trial number)."""
    return jax.random.fold_in(jax.random.key(seed), number)


def run_trials(
    task: Task, trials: Sequence[tuple[int, Point]], on_epoch: OnEpoch
) -> Iterator[tuple[TrialRecord, Variables]]:
    """Runs trials of one recipe, several at once where `--population` says so; returns record and weights of each.

    `on_epoch` is called with a trial's number and what it tries, the epoch and its measures; True ends the trial,
    unless it is one of a population.
    """
    if task.config.population > 1:
        yield from _run_population(task, trials, on_epoch)
    else:
        for number, point in trials:
            yield run_trial(task, number, point, partial(on_epoch, number, point))


def _run_population(
    task: Task, trials: Sequence[tuple[int, Point]], on_epoch: OnEpoch
) -> Iterator[tuple[TrialRecord, Variables]]:
    """Trains all trials in one program and measures them in another; each is given an equal share of the time."""
    start = time.perf_counter()
    config = task.config
    recipe = make_recipe(task, trials[0][1].cell)
    keys = jnp.stack([trial_key(config.seed, number) for number, _ in trials])
    hparams = jax.tree.map(lambda *values: jnp.stack(values), *(hparams_of(config, point) for _, point in trials))
    result = fit_population(
        *(recipe, hparams, task.train, task.epoch_valid, keys),
        patience=config.patience,
        max_epochs=config.max_epochs,
        size=config.population,
        on_epoch=lambda i, epoch, measures: on_epoch(*trials[i], epoch, measures),
    )
    evaluations = jax.device_get(evaluate_population(recipe, result.variables, task.trial_valid))
    labels = jax.device_get(task.trial_valid.labels)
    seconds = (time.perf_counter() - start) / len(trials)
    for i, ((number, point), run) in enumerate(zip(trials, result.runs, strict=True)):
        valid = answers_of(jax.tree.map(lambda a: a[i], evaluations), labels)  # noqa: B023
        yield _record(number, point, keys[i], run, valid, seconds), run.variables


def run_trial(
    task: Task, number: int, point: Point, on_epoch: Callable[[int, Epoch], bool] | None = None
) -> tuple[TrialRecord, Variables]:
    """Trains one network, measures its best-epoch weights on trial-valid, and returns the record and the weights.

    The trial's number decides, with the study's seed, all its randomness. Where `on_epoch`, which is called after each
    epoch, returns True, the trial is pruned: it stops, and is measured with the best weights it has.
    """
    start = time.perf_counter()
    config, key = task.config, trial_key(task.config.seed, number)
    recipe, hparams = make_recipe(task, point.cell), hparams_of(config, point)
    patience, max_epochs = config.patience, config.max_epochs
    result = fit(
        recipe, hparams, task.train, task.epoch_valid, key, patience=patience, max_epochs=max_epochs, on_epoch=on_epoch
    )
    valid = answer(recipe, result.variables, task.trial_valid)
    return _record(number, point, key, result, valid, time.perf_counter() - start), result.variables


def _record(
    number: int, point: Point, key: jax.Array, result: FitResult, valid: Answers, seconds: float
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
    )


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns counts [C, C + 1] of images of class i answered with class j; the last column is of those without answer.

    Labels and answers are [N], the latter NO_ANSWER where there is none; `num_classes` is C.
    """
    counts = np.zeros((num_classes, num_classes + 1), np.int64)
    np.add.at(counts, (labels, np.where(predicted == NO_ANSWER, num_classes, predicted)), 1)
    return counts


def finite_or_none(value: float) -> float | None:
    """Returns a number as JSON has it: None where it is not finite."""
    return value if math.isfinite(value) else None
