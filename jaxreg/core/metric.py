"""What a network's answers are scored by: a number of each image, whose mean over images is maximised."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp

Array = jax.Array

NO_ANSWER = -1  # in the place of a class, where an answer is not finite
WORST_LOG = -1e6  # the logarithm of the probability that an answer which is not finite gives the right class


def predict_class(logits: Array) -> Array:
    """Returns the class of the largest logit, int32 [B] of [B, num_classes]; NO_ANSWER where one is not finite.

    (The argmax of NaN is class 0, which would make a diverged network look like one that has learned something.)
    """
    return jnp.where(jnp.all(jnp.isfinite(logits), axis=-1), jnp.argmax(logits, axis=-1), NO_ANSWER)


def is_right(logits: Array, labels: Array) -> Array:
    """Returns 1 for each right answer [B] and 0 for each wrong one, float32."""
    return (predict_class(logits) == labels).astype(jnp.float32)


def log_probability(logits: Array, labels: Array) -> Array:
    """Returns the natural logarithm of the probability of the right class [B], the negative log loss."""
    log_probs = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=-1)[:, 0]
    return jnp.maximum(jnp.where(jnp.isfinite(log_probs), log_probs, WORST_LOG), WORST_LOG)


def negative_brier(logits: Array, labels: Array) -> Array:
    """Returns -sum_c (p_c - y_c)^2 of each answer [B] (Brier 1950), from 0, the best, to -2."""
    distance = jnp.sum(jnp.square(jax.nn.softmax(logits) - jax.nn.one_hot(labels, logits.shape[-1])), axis=-1)
    return jnp.where(jnp.isfinite(distance), -distance, -2.0)


@dataclass(frozen=True)
class NegativeCost:
    """The score of an answer by what it costs: -costs[label, class]; one that is not finite costs the most of its row.

    Attributes:
      costs: [C, C], of each true class (row) what each answer costs.

    >>> NegativeCost(((0.0, 1.0), (5.0, 0.0)))(jnp.array([[2.0, 1.0]]), jnp.array([1]))
    Array([-5.], dtype=float32)
    """

    costs: tuple[tuple[float, ...], ...]

    def __call__(self, logits: Array, labels: Array) -> Array:
        """Returns the scores [B] of logits [B, C] where the classes are `labels` [B]."""
        given = jnp.asarray(self.costs, jnp.float32)
        of_no_answer = jnp.max(given, axis=1, keepdims=True)  # NO_ANSWER takes the last column
        return -jnp.concatenate([given, of_no_answer], axis=1)[labels, predict_class(logits)]


@dataclass(frozen=True)
class Metric:
    """A score of each image.

    Attributes:
      score: logits [B, C] and labels [B] to the score of each [B], float32, the higher the better.
      balanced: whether an image counts N / (K n) where its class has n of the N images that are measured, in K classes
        that occur: the mean over images is then the mean over classes.
    """

    score: Callable[[Array, Array], Array]
    balanced: bool = False

    def weights(self, labels: Array, num_classes: int) -> Array:
        """Returns how much an image of each class counts [num_classes] among images with these labels."""
        if not self.balanced:
            return jnp.ones(num_classes)
        counts = jnp.bincount(labels, length=num_classes).astype(jnp.float32)
        share = len(labels) / jnp.sum(counts > 0).astype(jnp.float32)
        return jnp.where(counts > 0, share / jnp.maximum(counts, 1.0), 0.0)


# Beside accuracy, which is counted in whole numbers.
METRICS = {
    "balanced_accuracy": Metric(is_right, balanced=True),
    "log_loss": Metric(log_probability),
    "brier": Metric(negative_brier),
}
