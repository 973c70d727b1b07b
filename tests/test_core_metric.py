"""The scores of images and their means, each against an independent computation in float64."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import traced

from jaxreg.core.evaluate import answer
from jaxreg.core.fit import fit
from jaxreg.core.metric import METRICS, WORST_LOG, Metric, NegativeCost
from jaxreg.core.population import fit_population
from jaxreg.core.train import Examples, Recipe

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (53, 3)).astype(np.float32)
LABELS = np.where(np.arange(53) < 40, 0, 1).astype(np.int32)  # uneven, and one of the three classes does not occur


class Given(nn.Module):
    """Answers with the pixels, times a weight."""

    num_classes: int

    @nn.compact
    def __call__(self, images, train):
        weight = self.param("kernel", nn.initializers.ones_init(), (1, 1))
        return images.reshape(len(images), -1) * weight


def examples(logits=LOGITS, labels=LABELS):
    return Examples(jnp.asarray(logits)[:, None, :, None], jnp.asarray(labels))


COSTS = ((0.0, 1.0, 7.5), (20.0, 0.0, 2.0), (1.0, 1.0, 0.5))
ALL_METRICS = {**METRICS, "cost": Metric(NegativeCost(COSTS))}


def answered(name, logits=LOGITS):
    recipe = Recipe(Given(3), metric=ALL_METRICS.get(name))
    return answer(recipe, {"params": {"kernel": jnp.ones((1, 1))}, "batch_stats": {}}, examples(logits))


def probabilities(logits=LOGITS):
    e = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def expected(name):
    probs, right = probabilities(), LOGITS.argmax(-1) == LABELS
    if name == "balanced_accuracy":
        return np.mean([right[c == LABELS].mean() for c in (0, 1)])
    if name == "log_loss":
        return np.log(probs[np.arange(53), LABELS]).mean()
    if name == "cost":
        return -np.mean([COSTS[label][answer] for label, answer in zip(LABELS, LOGITS.argmax(-1), strict=True)])
    if name == "brier":
        return -np.square(probs - np.eye(3)[LABELS]).sum(-1).mean()
    return right.mean()


@pytest.mark.parametrize("name", ["accuracy", *ALL_METRICS])
def test_a_score_is_the_mean_of_those_of_the_images_and_equals_its_definition(name):
    found = answered(name)
    assert found.score == pytest.approx(expected(name), rel=1e-5)
    assert found.scores.shape == (53,)
    assert float(np.mean(found.scores, dtype=np.float64)) == pytest.approx(found.score, rel=1e-5)
    assert found.accuracy == pytest.approx(expected("accuracy"))


@pytest.mark.parametrize(
    ("name", "worst"), [("balanced_accuracy", 0.0), ("log_loss", WORST_LOG), ("brier", -2.0), ("cost", -7.5)]
)
def test_an_answer_that_is_not_finite_is_the_worst(name, worst):
    logits = LOGITS.copy()
    logits[3] = np.nan
    assert answered(name, logits).scores[3] == worst


def test_balanced_accuracy_does_not_depend_on_which_images_of_a_class_are_right():
    order = np.r_[RNG.permutation(40), 40 + RNG.permutation(13)]
    shuffled = LOGITS[order]
    assert answered("balanced_accuracy", shuffled).score == answered("balanced_accuracy").score


def test_early_stopping_keeps_the_epoch_that_is_best_by_the_metric_in_both_ways_to_train():
    """One weight that grows: accuracy is the same always, and so the first epoch's; log loss has a best one."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 32)
    logits = (np.eye(3)[labels] + rng.normal(0, 0.8, (32, 3))).astype(np.float32)
    data, key = examples(logits, labels.astype(np.int32)), jax.random.key(0)
    numbers = traced(0.3)
    by_accuracy = fit(Recipe(Given(3), batch_size=8), numbers, data, data, key, max_epochs=8, patience=8)
    recipe = Recipe(Given(3), batch_size=8, metric=METRICS["log_loss"])
    alone = fit(recipe, numbers, data, data, key, max_epochs=8, patience=8)
    assert by_accuracy.best_epoch == 1
    scores = [epoch.valid_score for epoch in alone.epochs]
    assert alone.best_epoch == 1 + int(np.argmax(scores)) > 1
    np.testing.assert_allclose(scores, [-epoch.valid_loss for epoch in alone.epochs], rtol=1e-5)
    stacked = jax.tree.map(lambda a: a[None], numbers)
    (together,) = fit_population(recipe, stacked, data, data, key[None], max_epochs=8, patience=8)
    assert together.best_epoch == alone.best_epoch
    np.testing.assert_allclose([epoch.score for epoch in together.epochs], scores, rtol=1e-5)
