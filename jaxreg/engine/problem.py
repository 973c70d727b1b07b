"""What runs are made of: data, what all runs of a comparison share, and what a cell and its numbers become."""

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import jax

from jaxreg.core.fit import FitResult
from jaxreg.core.metric import METRICS, Metric, NegativeCost
from jaxreg.core.model import CNN, Variables, check_image_shape
from jaxreg.core.population import fit_each
from jaxreg.core.train import LOSSES, Examples, Hparams, Recipe, make_hparams
from jaxreg.data import TEST_SETTINGS, Dataset, Form, Splits, draw_splits, load_dataset, take_sizes
from jaxreg.engine.config import TrainingConfig
from jaxreg.engine.experiment import OnEpoch
from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.errors import InputError
from jaxreg.methods.compose import compose, numbers_for
from jaxreg.records import Cell, Point
from jaxreg.text import Text, note

# Numbers in a trial's place, in keys and in the seeds of draws, of what is no trial: no study has as many.
BLOCKS, REPETITIONS, CLAIMS = 2**32 - 1, 2**32 - 2, 2**32 - 2  # no experiment has both of the latter

Measured = TypeVar("Measured")
Settings = TypeVar("Settings", bound=TrainingConfig)


def load_data(config: TrainingConfig) -> Dataset:
    """Returns the data set of a configuration, which the network can take."""
    if config.image_size:
        _check_shape(config, (config.image_size[0], config.image_size[-1]))  # before pictures are read
    asked = {name: getattr(config, name) for name in ("tfds_dir", "image_size", *TEST_SETTINGS)}
    dataset = load_dataset(config.data, **asked)
    _check_shape(config, dataset.image_shape)
    return dataset


def _check_shape(config: TrainingConfig, image_shape: tuple[int, ...]) -> None:
    if getattr(config, "network", None) is None:  # an own one says itself what it takes
        check_image_shape(image_shape)


def settle(config: Settings, given: Dataset | None = None) -> tuple[Settings, Dataset]:
    """Returns the settings of an experiment as its data make them, and the data: those given, or those of `--data`.

    The sizes of splits are counts, and the share of a test set is what was held out. What was taken unasked is a note
    of the data.

    Raises:
      InputError: the data or settings for them cannot be used.
    """
    dataset = load_data(config) if given is None else _as_given(config, given)
    costs = getattr(config, "cost_table", ())
    if costs and len(costs) != dataset.num_classes:
        needed = f"the data have {dataset.num_classes} classes, and allowed is a row for each"
        raise InputError(f"--costs: {len(costs)} rows; {needed}")
    asked = (config.train_size, config.epoch_valid_size, config.trial_valid_size)
    sizes, note = take_sizes(dataset, asked, config.usual_sizes)
    taken: dict[str, Any] = {f"{name}_size": size for name, size in sizes._asdict().items()} | {"data": dataset.name}
    if dataset.pictures:
        taken["image_size"] = dataset.image_shape[:2]
    taken |= dataset.test_settings
    return dataclasses.replace(config, **taken), dataclasses.replace(dataset, notes=(*dataset.notes, *note))


def _as_given(config: TrainingConfig, dataset: Dataset) -> Dataset:
    """Returns a data set that the network can take; settings that made it cannot be other ones now."""
    _check_shape(config, dataset.image_shape)
    asked = {name: getattr(config, name) for name in TEST_SETTINGS}
    if asked not in (TEST_SETTINGS, dataset.test_settings) or config.image_size not in ((), dataset.image_shape[:2]):
        given = f"{dataset.name}: the data set that is given"
        none = ", ".join(TEST_SETTINGS)
        raise InputError(f"{given} has its test images and its size; allowed are no {none} and image_size")
    return dataset


def draw(config: TrainingConfig, dataset: Dataset, data_seed: int) -> Splits:
    """Returns splits of the sizes that are set."""
    return draw_splits(dataset, config.sizes, data_seed, stratify=config.stratify)


def say_notes(notes: Iterable[Text], lang: str) -> None:
    """Says on standard error, before anything runs, what was decided and what is unusual."""
    for said in notes:
        note(said, lang)


class Task(NamedTuple):
    """What all runs on one draw share: settings and data, the latter already on the device (test excepted)."""

    config: ProblemConfig
    class_names: tuple[str, ...]
    train: Examples
    epoch_valid: Examples
    trial_valid: Examples
    data_fingerprint: str
    form: Form | None  # what the images are like, which is kept with the weights; a stand-in for data has none


def make_task(config: ProblemConfig, dataset: Dataset, splits: Splits) -> Task:
    """Returns the task, its three splits put on the default device once."""
    train, epoch_valid, trial_valid = (Examples(*jax.device_put(tuple(split))) for split in splits[:3])
    return Task(config, dataset.class_names, train, epoch_valid, trial_valid, dataset.fingerprint, dataset.form)


def make_recipe(task: Task, cell: Cell) -> Recipe[Any]:
    """Returns what is static in a run: the same for cells whose methods differ in numbers only."""
    config, own = task.config, task.config.own_network
    network = partial(CNN, activation=config.activation) if own is None else own.make
    methods, loss, size = config.comparison.methods(cell), LOSSES[config.loss], config.batch_size
    recipe = compose(
        methods, len(task.class_names), network=network, loss=loss, batch_size=size, reading=config.reading
    )
    return replace(recipe, metric=metric_of(config))


def metric_of(config: ProblemConfig) -> Metric | None:
    """Returns what answers are scored by; None is accuracy."""
    return Metric(NegativeCost(config.cost_table)) if config.cost_table else METRICS.get(config.metric)


def hparams_of(config: ProblemConfig, point: Point) -> Hparams:
    """Returns what is traced in a run."""
    numbers = numbers_for(config.comparison.methods(point.cell), point.params, config.reading)
    return make_hparams(learning_rate=point.params["learning_rate"], **numbers)


def trial_key(seed: int, number: int) -> jax.Array:
    """Returns the key of a trial's randomness, fold_in(key(study seed), trial number)."""
    return jax.random.fold_in(jax.random.key(seed), number)


class Fitted(NamedTuple, Generic[Measured]):
    """A run that has been trained and measured, and the seconds that it took: of a population each an equal share."""

    result: FitResult
    measured: Measured
    seconds: float


def fit_points(
    task: Task,
    points: Mapping[int, Point],
    keys: Sequence[jax.Array],
    measure: Callable[[Recipe[Any], Variables], Measured],
    size: int,
    on_epoch: OnEpoch,
) -> Iterator[Fitted[Measured]]:
    """Trains what is to be tried under each number, all of one recipe, up to `size` at once, and measures weights."""
    config, numbers = task.config, list(points)
    recipe = make_recipe(task, points[numbers[0]].cell)
    hparams = [hparams_of(config, point) for point in points.values()]
    start = time.perf_counter()
    for result in fit_each(
        *(recipe, hparams, task.train, task.epoch_valid, keys),
        size=size,
        patience=config.patience,
        max_epochs=config.max_epochs,
        on_epoch=lambda index, epoch, measures: on_epoch(numbers[index], epoch, measures),
    ):
        measured = measure(recipe, result.variables)
        yield Fitted(result, measured, (time.perf_counter() - start) / (1 if size == 1 else len(numbers)))
        start = time.perf_counter() if size == 1 else start


def rehearse_point(task: Task, point: Point, measure: Callable[[Recipe[Any], Variables], object], size: int) -> None:
    """Has the programs of such a run compiled: trains one epoch of it as one of a population, and measures."""
    brief = task._replace(config=replace(task.config, max_epochs=1))
    deque(fit_points(brief, {0: point}, [jax.random.key(0)], measure, size, lambda *_: False), maxlen=0)
