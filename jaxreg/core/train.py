"""Training as pure functions: one step, one epoch; every hyperparameter is a traced number."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from jax import lax

from jaxreg.core.metric import Metric, predict_class
from jaxreg.core.model import Classifier, Variables, takes_mask
from jaxreg.core.penalty import WeightPenalty

Array = jax.Array

# What is traced: named float32 scalars that a trial chooses (or arrays [K]); other values never compile anew.
Hparams = Mapping[str, Array]

Loss = Callable[[Array, Array], Array]  # logits [B, C] and labels, int32 [B] or shares [B, C], to the loss of each [B]
Penalty = Callable[[Any, Hparams], Array]  # params to a scalar that is added to the mean loss
Optimizer = Callable[[Hparams], optax.GradientTransformation]
Projection = Callable[[Any, Hparams], Any]  # params after an optimizer's step to those that are kept
# Images [B, H, W, C], label shares [B, num_classes], and which of them there are, changed before a step.
Augmentation = Callable[[Array, Array, Array, Hparams, Array], tuple[Array, Array]]


def make_hparams(**values: float) -> Hparams:
    """Returns named numbers as float32 scalars.

    >>> make_hparams(learning_rate=0.5)
    {'learning_rate': Array(0.5, dtype=float32)}
    """
    return {name: jnp.float32(value) for name, value in values.items()}


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Returns the cross-entropy of Softmax(logits) [B, C] with labels, int32 [B] or shares of the classes [B, C].

    >>> cross_entropy(jnp.zeros((2, 4)), jnp.array([3, 0])) / jnp.log(4)
    Array([1., 1.], dtype=float32)
    """
    if labels.ndim == logits.ndim:
        return optax.softmax_cross_entropy(logits, labels)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels)


def softmax_twice(logits: Array, labels: Array) -> Array:
    """Returns Softmax output given to a cross-entropy that applies Softmax again, as its author's notebook did."""
    return cross_entropy(jax.nn.softmax(logits), labels)


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "softmax_twice": softmax_twice}


KERNEL_PENALTY = WeightPenalty()


def adam(hparams: Hparams) -> optax.GradientTransformation:
    """Returns Adam (Kingma & Ba 2015, arXiv:1412.6980) without weight decay; its state does not depend on the rate."""
    return optax.flatten(optax.adam(hparams["learning_rate"], b1=0.9, b2=0.999, eps=1e-8))


Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class Recipe(Generic[Model]):
    """What is static in training, the network and functions: a new value of any field compiles anew.

    Attributes:
      model: the network.
      loss: the data term L0, which is measured too: `cross_entropy`, `softmax_twice` or another of that kind.
      penalty: what is added to the mean loss.
      batch_size: examples per step; an epoch's remainder is a smaller last step.
      optimizer: makes the transformation of gradients; its state must not depend on the hyperparameters.
      projection: what is done to the parameters after each step of the optimizer; None is nothing.
      augmentations: what is done to each batch, one after the other. They see the labels as shares of the classes.
      fields: hyperparameters that are fields of the network; it is given their traced values.
      num_epochs: so many epochs, whose last weights are kept; None is early stopping, which keeps the best epoch's.
      metric: by which an epoch is the best; None is accuracy.

    >>> from jaxreg.core.model import CNN
    >>> Recipe(CNN(10), loss=softmax_twice, batch_size=64).draws
    False
    """

    model: Model
    loss: Loss = cross_entropy
    penalty: Penalty = KERNEL_PENALTY
    batch_size: int = 32
    optimizer: Optimizer = adam
    projection: Projection | None = None
    augmentations: tuple[Augmentation, ...] = ()
    fields: tuple[str, ...] = ()
    num_epochs: int | None = None
    metric: Metric | None = None

    @property
    def draws(self) -> bool:
        """Returns whether a step draws random numbers, or its network may, and so needs a key."""
        drops = getattr(self.model, "dropout", None) is not None
        return bool(self.augmentations or self.fields) or drops or not isinstance(self.model, Classifier)


class TrainState(NamedTuple):
    """The arrays that a step reads and replaces; `batch_stats` is empty without batch normalization."""

    params: Any
    batch_stats: Any
    opt_state: optax.OptState

    @property
    def variables(self) -> Variables:
        """Returns params and batch_stats as `CNN.apply` takes them."""
        return {"params": self.params, "batch_stats": self.batch_stats}


class Examples(NamedTuple):
    """Images [N, H, W, C] float32 with labels [N] int32."""

    images: Array
    labels: Array


class Metrics(NamedTuple):
    """Sums over examples; divide once by their number. `loss_sum` is of L0 alone, without the penalty.

    `score_sum` is of the recipe's metric; where that is accuracy, or in training, there is none.
    """

    loss_sum: Array
    num_correct: Array
    score_sum: Array | None = None


@partial(jax.jit, static_argnums=(0, 1))
def init_state(recipe: Recipe, image_shape: tuple[int, ...], key: Array) -> TrainState:
    """Returns freshly initialised parameters and optimizer state for images of shape (H, W, C)."""
    variables = recipe.model.init(key, jnp.zeros((1, *image_shape)), train=False)
    params = variables["params"]
    anything: Hparams = defaultdict(
        lambda: jnp.float32(0.5)
    )  # an optimizer's state does not depend on the hyperparameters
    return TrainState(params, variables.get("batch_stats", {}), recipe.optimizer(anything).init(params))


def measure(recipe: Recipe, logits: Array, labels: Array, mask: Array | None = None) -> Metrics:
    """Returns summed loss and number of right answers; images where `mask` [B] is False are not counted."""
    loss_sum = jnp.sum(recipe.loss(logits, labels), where=mask)
    return Metrics(loss_sum, jnp.sum(predict_class(logits) == labels, dtype=jnp.int32, where=mask))


def loss_fn(
    params: Any,
    recipe: Recipe,
    hparams: Hparams,
    batch_stats: Any,
    batch: Examples,
    mask: Array | None = None,
    key: Array | None = None,
) -> tuple[Array, tuple[Any, Metrics]]:
    """Returns L = L0 + penalty, L0 being the batch's mean loss; and new statistics and metrics.

    The batch is the examples where `mask` [B] is True, or all of them without one. Where there are augmentations, L0 is
    that of the changed images and labels, and the metrics are those of the changed images and the labels as they were.
    """
    if recipe.draws and key is None:
        raise ValueError("key: a step of a recipe that draws needs one")
    images, targets = _augmented(recipe, hparams, batch, mask, key)
    model = recipe.model.clone(**{name: hparams[name] for name in recipe.fields})
    logits, updates = train_logits(model, {"params": params, "batch_stats": batch_stats}, images, mask, key)
    metrics = measure(recipe, logits, batch.labels, mask)
    loss_sum = metrics.loss_sum if targets is None else jnp.sum(recipe.loss(logits, targets), where=mask)
    data_loss = loss_sum / (len(batch.labels) if mask is None else jnp.sum(mask).astype(loss_sum.dtype))
    return data_loss + recipe.penalty(params, hparams), (updates.get("batch_stats", {}), metrics)


def train_logits(
    model: Classifier, variables: Variables, images: Array, mask: Array | None = None, key: Array | None = None
) -> tuple[Array, Any]:
    """Returns the logits [B, num_classes] of a network in training, and its new `batch_stats` if it has such."""
    masked: dict[str, Any] = {"mask": mask} if takes_mask(model) else {}
    logits, updates = model.apply(
        variables,
        images,
        train=True,
        **masked,
        mutable=["batch_stats"],
        rngs={"dropout": jax.random.fold_in(key, DROPOUT)} if key is not None else None,
    )
    return logits, updates


def _augmented(
    recipe: Recipe, hparams: Hparams, batch: Examples, mask: Array | None, key: Array | None
) -> tuple[Array, Array | None]:
    """Returns images and label shares after all augmentations; no shares where there is none."""
    if not recipe.augmentations:
        return batch.images, None
    images, targets = batch.images, jax.nn.one_hot(batch.labels, recipe.model.num_classes)
    there = jnp.ones(len(targets), bool) if mask is None else mask
    for i, augment in enumerate(recipe.augmentations):
        images, targets = augment(images, targets, there, hparams, jax.random.fold_in(cast(Array, key), i))
        if recipe.loss in LOSSES.values():  # others may take other labels
            _refuse_others(images, targets, len(there), recipe.model.num_classes)
    return images, targets


def _refuse_others(images: Array, targets: Array, count: int, num_classes: int) -> None:
    """Raises a TypeError where an augmentation has made another number of images or labels, which might broadcast."""
    if jnp.shape(images)[:1] != (count,) or jnp.shape(targets) not in [(count, num_classes), (count,)]:
        given = f"images {[*jnp.shape(images)]} with labels {[*jnp.shape(targets)]}"
        raise TypeError(f"an augmentation makes {given} of a batch of {count}; it must keep their number")


DROPOUT = 2**31  # what a step's key is folded with for the network; augmentations take 0, 1, ...


def train_step(
    recipe: Recipe,
    hparams: Hparams,
    state: TrainState,
    batch: Examples,
    mask: Array | None = None,
    key: Array | None = None,
) -> tuple[TrainState, Metrics]:
    """Returns the state after one step of the optimizer on a batch, and the batch's metrics before that step.

    The batch is the examples where `mask` [B] is True, or all of them without one. The step draws what it draws from
    `key`, which only a recipe that draws needs.

    >>> from jaxreg.core.model import CNN, ConvLayer
    >>> recipe = Recipe(CNN(2, conv_layers=(ConvLayer(4, padding=1, pool=True),)))
    >>> hparams = make_hparams(learning_rate=1e-3, l1=0, l2=1e-4)
    >>> batch = Examples(jnp.zeros((2, 4, 4, 1)), jnp.array([0, 1]))
    >>> state = init_state(recipe, (4, 4, 1), jax.random.key(0))
    >>> jax.jit(train_step, static_argnums=0)(recipe, hparams, state, batch)[0].opt_state[0].count
    Array(1, dtype=int32)
    """
    gradient = jax.grad(loss_fn, has_aux=True)
    grads, (batch_stats, metrics) = gradient(state.params, recipe, hparams, state.batch_stats, batch, mask, key)
    updates, opt_state = recipe.optimizer(hparams).update(grads, state.opt_state, state.params)
    params = optax.apply_updates(state.params, updates)
    if recipe.projection is not None:
        params = recipe.projection(params, hparams)
    return TrainState(params, batch_stats, opt_state), metrics


def train_epoch(
    recipe: Recipe, hparams: Hparams, state: TrainState, train: Examples, shuffle_key: Array, noise_key: Array
) -> tuple[TrainState, Metrics]:
    """Returns the state after every training example has been used once, in an order drawn by `shuffle_key`.

    N examples make N // batch_size full steps and one step of the remainder, if there is one. What the steps draw, if
    they do, comes from `noise_key`.
    """
    order = jax.random.permutation(shuffle_key, len(train.labels))
    shuffled = Examples(train.images[order], train.labels[order])
    num_steps = -(-len(train.labels) // recipe.batch_size)
    keys = jax.random.split(noise_key, num_steps) if recipe.draws else None
    step = partial(train_step, recipe, hparams)
    over = over_chunks if takes_mask(recipe.model) else over_chunks_and_rest
    state, metrics = over(step, state, shuffled, recipe.batch_size, keys)
    return state, total(metrics)


def means(metrics: Metrics, num_examples: int) -> tuple[float, float]:
    """Returns mean loss and accuracy."""
    return float(metrics.loss_sum) / num_examples, int(metrics.num_correct) / num_examples


def mean_score(metrics: Metrics, num_examples: int) -> float | None:
    """Returns the mean score, None where the metric is accuracy."""
    return None if metrics.score_sum is None else float(metrics.score_sum) / num_examples


def total(metrics: Metrics) -> Metrics:
    """Returns the sums of metrics of several chunks."""
    return jax.tree.map(jnp.sum, metrics)


def over_chunks(
    step: Callable, carry: Any, examples: Examples, size: int, keys: Array | None = None
) -> tuple[Any, Any]:
    """Scans `step` over consecutive chunks, a smaller last one included, and stacks what it says of each.

    A last one that is smaller is filled up with zeros that the mask hides: a step of its own size would be as much
    again to compile, in time and in memory.
    """
    count = len(examples.labels)
    size = min(size, count)
    filled = -count % size

    def chunks(a: Array) -> Array:
        return jnp.pad(a, [(0, filled)] + [(0, 0)] * (a.ndim - 1)).reshape(-1, size, *a.shape[1:])

    mask = chunks(jnp.ones(count, bool)) if filled else None
    return lax.scan(lambda carry, xs: step(carry, *xs), carry, (Examples(*map(chunks, examples)), mask, keys))


def over_chunks_and_rest(
    step: Callable, carry: Any, examples: Examples, size: int, keys: Array | None = None
) -> tuple[Any, Any]:
    """Is `over_chunks`, but a smaller last chunk is a step of its own size.

    A network that cannot be told what is only filling would have it in its batch statistics.
    """
    rest = len(examples.labels) % size
    if not rest or rest == len(examples.labels):
        return over_chunks(step, carry, examples, size, keys)
    full, last = Examples(*(a[:-rest] for a in examples)), Examples(*(a[-rest:] for a in examples))
    some, key = (None, None) if keys is None else (keys[:-1], keys[-1])
    carry, stacked = over_chunks(step, carry, full, size, some)
    carry, own = step(carry, last, None, key)
    return carry, jax.tree.map(lambda values, value: jnp.append(values, value), stacked, own)
