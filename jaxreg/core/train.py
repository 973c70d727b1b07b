"""Training as pure functions: one step, one epoch, one evaluation; every hyperparameter is a traced number."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax
from jax import lax

from jaxreg.core.model import Classifier, Variables, forward
from jaxreg.core.ops import eval_chunk
from jaxreg.core.penalty import PENALTY_SCOPES, penalty
from jaxreg.core.program import Program
from jaxreg.errors import one_of

Array = jax.Array

LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "cross_entropy": optax.softmax_cross_entropy_with_integer_labels,
    # Softmax output given to a cross-entropy that applies Softmax again, as the seed author's notebook did.
    "softmax_twice": lambda logits, labels: optax.softmax_cross_entropy_with_integer_labels(
        jax.nn.softmax(logits), labels
    ),
}


Model = TypeVar("Model", bound=Classifier)


@dataclass(frozen=True)
class Recipe(Generic[Model]):
    """What is static in training: a new value of any field compiles anew.

    Attributes:
      model: the network.
      loss: the data term L0, "cross_entropy" or "softmax_twice".
      penalty_scope: which weights the penalty takes, "kernels" or "all".
      batch_size: examples per step; an epoch's remainder is a smaller last step.

    Raises:
      InputError: another loss or scope.
    """

    model: Model
    loss: str = "cross_entropy"
    penalty_scope: str = "kernels"
    batch_size: int = 32

    def __post_init__(self) -> None:
        one_of("loss", self.loss, LOSSES)
        one_of("penalty_scope", self.penalty_scope, PENALTY_SCOPES)


class Hparams(NamedTuple):
    """What is traced: float32 scalars that a trial chooses (or arrays [K]); other values never compile anew."""

    learning_rate: Array
    l1: Array
    l2: Array

    @classmethod
    def of(cls, learning_rate: float, l1: float = 0.0, l2: float = 0.0) -> "Hparams":
        """Returns the three numbers as float32 arrays."""
        return cls(*(jnp.float32(value) for value in (learning_rate, l1, l2)))


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
    """Sums over examples; divide once by their number. `loss` is L0 alone, without the penalty."""

    loss_sum: Array
    num_correct: Array


NO_ANSWER = -1  # in the place of a class, where an answer is not finite


class Evaluation(NamedTuple):
    """A network's answers to N examples: their metrics, and the class of each [N], NO_ANSWER where it is not finite."""

    metrics: Metrics
    predicted: Array


def adam(learning_rate: Array) -> optax.GradientTransformation:
    """Returns Adam (Kingma & Ba 2015, arXiv:1412.6980) without weight decay; its state does not depend on the rate."""
    return optax.flatten(optax.adam(learning_rate, b1=0.9, b2=0.999, eps=1e-8))


@partial(jax.jit, static_argnums=(0, 1))
def init_state(recipe: Recipe, image_shape: tuple[int, ...], key: Array) -> TrainState:
    """Returns freshly initialised parameters and optimizer state for images of shape (H, W, C)."""
    variables = recipe.model.init(key, jnp.zeros((1, *image_shape)), train=False)
    params = variables["params"]
    return TrainState(params, variables.get("batch_stats", {}), adam(jnp.float32(0)).init(params))


def predict_class(logits: Array) -> Array:
    """Returns the class of the largest logit, int32 [B] of [B, num_classes]; NO_ANSWER where one is not finite.

    (The argmax of NaN is class 0, which would make a diverged network look like one that has learned something.)
    """
    return jnp.where(jnp.all(jnp.isfinite(logits), axis=-1), jnp.argmax(logits, axis=-1), NO_ANSWER)


def measure(recipe: Recipe, logits: Array, labels: Array, mask: Array | None = None) -> Metrics:
    """Returns summed loss and number of right answers; images where `mask` [B] is False are not counted."""
    loss_sum = jnp.sum(LOSSES[recipe.loss](logits, labels), where=mask)
    return Metrics(loss_sum, jnp.sum(predict_class(logits) == labels, dtype=jnp.int32, where=mask))


def loss_fn(
    params: Any, recipe: Recipe, hparams: Hparams, batch_stats: Any, batch: Examples, mask: Array | None = None
) -> tuple[Array, tuple[Any, Metrics]]:
    """Returns L = L0 + l1 * sum|w| + l2 * sum w^2, L0 being the batch's mean loss; and new statistics and metrics.

    The batch is the examples where `mask` [B] is True, or all of them without one.
    """
    variables = {"params": params, "batch_stats": batch_stats}
    logits, updates = recipe.model.apply(variables, batch.images, train=True, mask=mask, mutable=["batch_stats"])
    metrics = measure(recipe, logits, batch.labels, mask)
    data_loss = metrics.loss_sum / (len(batch.labels) if mask is None else jnp.sum(mask))
    loss = data_loss + penalty(params, hparams.l1, hparams.l2, recipe.penalty_scope)
    return loss, (updates.get("batch_stats", {}), metrics)


def train_step(
    recipe: Recipe, hparams: Hparams, state: TrainState, batch: Examples, mask: Array | None = None
) -> tuple[TrainState, Metrics]:
    """Returns the state after one Adam step on a batch, and the batch's metrics before that step.

    The batch is the examples where `mask` [B] is True, or all of them without one.
    """
    gradient = jax.grad(loss_fn, has_aux=True)
    grads, (batch_stats, metrics) = gradient(state.params, recipe, hparams, state.batch_stats, batch, mask)
    updates, opt_state = adam(hparams.learning_rate).update(grads, state.opt_state)
    return TrainState(optax.apply_updates(state.params, updates), batch_stats, opt_state), metrics


def train_epoch(
    recipe: Recipe, hparams: Hparams, state: TrainState, train: Examples, key: Array
) -> tuple[TrainState, Metrics]:
    """Returns the state after every training example has been used once, in an order drawn by `key`.

    N examples make N // batch_size full steps and one step of the remainder, if there is one.
    """
    order = jax.random.permutation(key, len(train.labels))
    step = partial(train_step, recipe, hparams)
    shuffled = Examples(train.images[order], train.labels[order])
    state, metrics = _over_chunks(step, state, shuffled, recipe.batch_size)
    return state, _total(metrics)


def evaluate(recipe: Recipe, variables: Variables, examples: Examples) -> Evaluation:
    """Returns the answers of a network in evaluation mode to all examples, each counted exactly once."""

    def step(variables: Variables, chunk: Examples, mask: Array | None) -> tuple[Variables, Evaluation]:
        logits = forward(recipe.model, variables, chunk.images)
        return variables, Evaluation(measure(recipe, logits, chunk.labels, mask), predict_class(logits))

    _, chunks = _over_chunks(step, variables, examples, eval_chunk())
    return Evaluation(_total(chunks.metrics), chunks.predicted.reshape(-1)[: len(examples.labels)])


@partial(Program, static_argnums=(0, 1))
def evaluate_program(model: Classifier, loss: str, variables: Variables, examples: Examples) -> Evaluation:
    """Is `evaluate`, compiled once for all recipes of a network and a loss."""
    return evaluate(Recipe(model, loss), variables, examples)


class Answers(NamedTuple):
    """A network's answers to N examples as the host sees them.

    Attributes:
      loss: mean L0.
      accuracy: share of right answers.
      predicted: the class of each answer, int32 [N]; NO_ANSWER, which is wrong, where it is not finite.
      correct: whether each is right, bool [N].
    """

    loss: float
    accuracy: float
    predicted: Any
    correct: Any


def answer(recipe: Recipe, variables: Variables, examples: Examples) -> Answers:
    """Returns the answers of a network in evaluation mode to any number of examples."""
    evaluation = evaluate_program(recipe.model, recipe.loss, variables, examples)
    return answers_of(*jax.device_get((evaluation, examples.labels)))


def answers_of(evaluation: Evaluation, labels: Any) -> Answers:
    """Returns an evaluation of examples with these labels [N], both on the host, as answers."""
    return Answers(*means(evaluation.metrics, len(labels)), evaluation.predicted, evaluation.predicted == labels)


def means(metrics: Metrics, num_examples: int) -> tuple[float, float]:
    """Returns mean loss and accuracy."""
    return float(metrics.loss_sum) / num_examples, int(metrics.num_correct) / num_examples


def _total(metrics: Metrics) -> Metrics:
    return Metrics(*(jnp.sum(values) for values in metrics))


def _over_chunks(step: Callable, carry: Any, examples: Examples, size: int) -> tuple[Any, Any]:
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
    return lax.scan(lambda carry, xs: step(carry, *xs), carry, (Examples(*map(chunks, examples)), mask))
