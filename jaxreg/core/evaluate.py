"""Evaluation as a pure function: what a network answers to any number of examples, and how good that is."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxreg.core.metric import Metric, predict_class
from jaxreg.core.model import Classifier, Variables, forward
from jaxreg.core.ops import eval_chunk
from jaxreg.core.program import Program
from jaxreg.core.train import Array, Examples, Loss, Metrics, Recipe, mean_score, means, measure, over_chunks, total


class Evaluation(NamedTuple):
    """A network's answers to N examples: their metrics, and the class of each [N], NO_ANSWER where it is not finite.

    `scores` [N] are by the recipe's metric; where that is accuracy there are none.
    """

    metrics: Metrics
    predicted: Array
    scores: Array | None = None


def evaluate(recipe: Recipe, variables: Variables, examples: Examples) -> Evaluation:
    """Returns the answers of a network in evaluation mode to all examples, each counted exactly once."""
    metric, labels = recipe.metric, examples.labels

    def step(variables: Variables, chunk: Examples, mask: Array | None, _: None) -> tuple[Variables, Evaluation]:
        logits = forward(recipe.model, variables, chunk.images)
        scores = None if metric is None else metric.score(logits, chunk.labels)
        return variables, Evaluation(measure(recipe, logits, chunk.labels, mask), predict_class(logits), scores)

    _, chunks = over_chunks(step, variables, examples, eval_chunk())
    summed, predicted = total(chunks.metrics), chunks.predicted.reshape(-1)[: len(labels)]
    if metric is None:
        return Evaluation(summed, predicted)
    scores, weights = chunks.scores.reshape(-1)[: len(labels)], metric.weights(labels, recipe.model.num_classes)
    # Summed by classes first: which images of a class are right makes no difference, and equals are equal.
    by_class = jax.ops.segment_sum(scores, labels, recipe.model.num_classes)
    return Evaluation(summed._replace(score_sum=jnp.sum(weights * by_class)), predicted, weights[labels] * scores)


@partial(Program, static_argnums=(0, 1, 2))
def evaluate_program(
    model: Classifier, loss: Loss, metric: Metric | None, variables: Variables, examples: Examples
) -> Evaluation:
    """Is `evaluate`, compiled once for all recipes of a network, a loss and a metric."""
    return evaluate(Recipe(model, loss, metric=metric), variables, examples)


class Answers(NamedTuple):
    """A network's answers to N examples as the host sees them.

    Attributes:
      loss: mean L0.
      accuracy: share of right answers.
      predicted: the class of each answer, int32 [N]; NO_ANSWER, which is wrong, where it is not finite.
      correct: whether each is right, bool [N].
      scores: of each by the recipe's metric, float32 [N], the higher the better; by accuracy 1 or 0.
      score: their mean.
    """

    loss: float
    accuracy: float
    predicted: Any
    correct: Any
    scores: Any
    score: float


def answer(recipe: Recipe, variables: Variables, examples: Examples) -> Answers:
    """Returns the answers of a network in evaluation mode to any number of examples."""
    evaluation = evaluate_program(recipe.model, recipe.loss, recipe.metric, variables, examples)
    return answers_of(*jax.device_get((evaluation, examples.labels)))


def answers_of(evaluation: Evaluation, labels: Any) -> Answers:
    """Returns an evaluation of examples with these labels [N], both on the host, as answers."""
    loss, accuracy = means(evaluation.metrics, len(labels))
    correct = evaluation.predicted == labels
    scores = correct.astype("float32") if evaluation.scores is None else evaluation.scores
    score = mean_score(evaluation.metrics, len(labels))
    return Answers(loss, accuracy, evaluation.predicted, correct, scores, accuracy if score is None else score)
