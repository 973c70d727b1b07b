"""A whole training run: epochs, early stopping, and the best epoch's weights."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from jaxreg.core.evaluate import evaluate
from jaxreg.core.model import Variables
from jaxreg.core.program import Program
from jaxreg.core.train import Examples, Hparams, Metrics, Recipe, TrainState, init_state, mean_score, means, train_epoch

Array = jax.Array


# What a run's key is folded with to seed its streams.
INIT, SHUFFLE, NOISE = 0, 1, 2


class FitState(NamedTuple):
    """A run between two epochs; `best` holds the variables of the best epoch so far, epochs count from 1.

    `best_score` is what that reached on epoch-valid, summed over images: by accuracy a number of right answers.
    """

    train: TrainState
    best: Variables
    best_epoch: Array
    best_score: Array
    epoch: Array


class EpochMetrics(NamedTuple):
    """One epoch as the host sees it: sums on train (before each update) and on epoch-valid (after the epoch)."""

    train: Metrics
    valid: Metrics
    best_epoch: Array
    params_finite: Array


class Epoch(NamedTuple):
    """One epoch in numbers for people: means over examples. Losses are L0, without the penalty.

    `valid_score` is by the recipe's metric, None where that is accuracy.
    """

    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float
    valid_score: float | None = None

    @property
    def score(self) -> float:
        """Returns what the epoch reached on epoch-valid, by which one is the best."""
        return self.valid_accuracy if self.valid_score is None else self.valid_score


class FitResult(NamedTuple):
    """The outcome of `fit`.

    Attributes:
      variables: the best epoch's weights (and batch statistics), on the device.
      epochs: what was measured after each epoch.
      best_epoch: the epoch of the highest score on epoch-valid, by default accuracy, from 1; the first on a tie.
      diverged: whether a loss or a weight became infinite or NaN.
      cut_short: whether `on_epoch` ended the run.
    """

    variables: Variables
    epochs: tuple[Epoch, ...]
    best_epoch: int
    diverged: bool
    cut_short: bool


@partial(Program, static_argnums=(0, 1))
def init_fit(recipe: Recipe, image_shape: tuple[int, ...], key: Array) -> FitState:
    """Returns a run that has not trained yet; any first epoch is better than it."""
    state = init_state(recipe, image_shape, jax.random.fold_in(key, INIT))
    least = jnp.int32(-1) if recipe.metric is None else jnp.float32(-jnp.inf)
    return FitState(state, jax.tree.map(jnp.copy, state.variables), jnp.int32(0), least, jnp.int32(0))


def advance(
    recipe: Recipe, hparams: Hparams, state: FitState, train: Examples, valid: Examples, key: Array
) -> tuple[FitState, EpochMetrics]:
    """Returns the run after one more epoch of training and its validation."""
    epoch = state.epoch + 1
    shuffle_key, noise_key = (jax.random.fold_in(jax.random.fold_in(key, stream), epoch) for stream in (SHUFFLE, NOISE))
    train_state, train_metrics = train_epoch(recipe, hparams, state.train, train, shuffle_key, noise_key)
    valid_metrics = evaluate(recipe, train_state.variables, valid).metrics
    # By accuracy in counts, so exact; a tie is no improvement.
    score = valid_metrics.num_correct if valid_metrics.score_sum is None else valid_metrics.score_sum
    improved = score > state.best_score
    if recipe.num_epochs is not None:
        improved = jnp.bool(True)
    best = jax.tree.map(partial(jnp.where, improved), train_state.variables, state.best)
    best_epoch = jnp.where(improved, epoch, state.best_epoch)
    best_score = jnp.maximum(score, state.best_score)
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(train_state.variables)]))
    metrics = EpochMetrics(train_metrics, valid_metrics, best_epoch, finite)
    return FitState(train_state, best, best_epoch, best_score, epoch), metrics


# The one compiled program of the hot path; the state before it is used up.
fit_epoch = Program(advance, static_argnums=0, donate_argnums=2)

Count = TypeVar("Count", int, Array)


def should_stop(epoch: Count, best_epoch: Count, patience: Count) -> bool | Array:
    """Returns whether the last `patience` epochs brought no improvement of the best."""
    return epoch - best_epoch >= patience


def least(*limits: int | None) -> int | None:
    """Returns the least of the limits that there are."""
    return min((limit for limit in limits if limit is not None), default=None)


def epoch_of(metrics: EpochMetrics, num_train: int, num_valid: int) -> Epoch:
    """Returns one epoch's sums as means."""
    score = mean_score(metrics.valid, num_valid)
    return Epoch(*means(metrics.train, num_train), *means(metrics.valid, num_valid), score)


def is_finite(metrics: EpochMetrics, epoch: Epoch) -> bool:
    """Returns whether losses and weights are finite after an epoch; where they are not the run has diverged."""
    return bool(metrics.params_finite) and math.isfinite(epoch.train_loss) and math.isfinite(epoch.valid_loss)


class Trained(NamedTuple):
    """A run after one of its epochs: its state, what was measured, the best epoch so far, and `is_finite` of this one.

    The next epoch uses the state up.
    """

    state: FitState
    epoch: Epoch
    best_epoch: int
    finite: bool


def epochs(
    recipe: Recipe, hparams: Hparams, state: FitState, train: Examples, valid: Examples, key: Array
) -> Iterator[Trained]:
    """Trains on from a state, which it uses up, for as many epochs as are asked for, and yields after each."""
    while True:
        state, device_metrics = fit_epoch(recipe, hparams, state, train, valid, key)
        metrics: EpochMetrics = jax.device_get(device_metrics)
        epoch = epoch_of(metrics, len(train.labels), len(valid.labels))
        yield Trained(state, epoch, int(metrics.best_epoch), is_finite(metrics, epoch))


def fit(
    recipe: Recipe,
    hparams: Hparams,
    train: Examples,
    valid: Examples,
    key: Array,
    *,
    patience: int = 5,
    max_epochs: int | None = None,
    on_epoch: Callable[[int, Epoch], bool] | None = None,
) -> FitResult:
    """Trains until the score on epoch-valid has not improved for `patience` epochs; returns the best epoch's weights.

    A pure function of its arguments: the same key gives the same weights, bit for bit, on the same machine.

    Args:
      recipe: what is static.
      hparams: learning rate and penalty.
      train: the training examples.
      valid: the examples that early stopping looks at (epoch-valid).
      key: a JAX key, the source of initialisation, of shuffling and of what steps draw.
      patience: epochs without improvement that end the run, at least 1.
      max_epochs: an upper bound on the number of epochs; None has none but the recipe's own number.
      on_epoch: is called after each epoch with its number and measures; where it returns True the run ends there.

    >>> from jaxreg.core.model import CNN, ConvLayer
    >>> recipe = Recipe(CNN(2, conv_layers=(ConvLayer(4, padding=1, pool=True),)))
    >>> hparams = {"learning_rate": jnp.float32(1e-3), "l1": jnp.float32(0), "l2": jnp.float32(0)}
    >>> data = Examples(jnp.zeros((4, 4, 4, 1)), jnp.array([0, 0, 0, 1]))
    >>> len(fit(recipe, hparams, data, data, jax.random.key(0), max_epochs=3).epochs)
    3
    """
    state = init_fit(recipe, train.images.shape[1:], key)
    last = least(recipe.num_epochs, max_epochs)
    curve: list[Epoch] = []
    best_epoch, all_finite, cut_short = 0, True, False
    for trained in islice(epochs(recipe, hparams, state, train, valid, key), last):
        state, epoch, best_epoch, finite = trained
        curve.append(epoch)
        all_finite &= finite
        cut_short = on_epoch is not None and bool(on_epoch(len(curve), epoch))
        if cut_short or should_stop(len(curve), best_epoch, patience):
            break
    return FitResult(state.best, tuple(curve), best_epoch, not all_finite, cut_short)
