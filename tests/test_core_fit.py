"""Epochs, evaluation, early stopping and the best epoch's weights."""

import itertools
from types import SimpleNamespace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NORM_TYPES, REG_TYPES, SMALL, cnn, random_examples, traced

from jaxreg.core import fit as fit_module
from jaxreg.core.evaluate import Evaluation, answer, evaluate
from jaxreg.core.fit import Epoch, epochs, fit, fit_epoch, init_fit, is_finite
from jaxreg.core.metric import NO_ANSWER
from jaxreg.core.model import predict_logits
from jaxreg.core.ops import eval_chunk
from jaxreg.core.train import Examples, Recipe, init_state, means, measure, train_epoch, train_step
from jaxreg.methods import find_methods
from jaxreg.methods.compose import numbers_for
from jaxreg.methods.method import Reading

IMAGE = (16, 16, 1)
EVALUATE = jax.jit(evaluate, static_argnums=0)


def examples(n, seed=0):
    """Learnable examples: the label is where the image is bright."""
    images, labels = random_examples(n, IMAGE, num_classes=4, seed=seed)
    for image, label in zip(images, labels, strict=True):
        image[8 * (label // 2) : 8 * (label // 2) + 8, 8 * (label % 2) : 8 * (label % 2) + 8] += 0.7
    return Examples(jnp.asarray(images), jnp.asarray(labels))


def recipe_of(norm_type, batch_size=16):
    return Recipe(cnn(4, norm_type, conv_layers=SMALL), batch_size=batch_size)


@pytest.mark.as_users
def test_an_epoch_is_one_step_for_each_full_batch_and_one_for_the_remainder_in_the_drawn_order():
    recipe, hparams, data = recipe_of("batch", 8), traced(1e-3, 1e-4, 1e-4), examples(19)
    state = init_state(recipe, IMAGE, jax.random.key(1))
    key = jax.random.key(2)
    got, got_metrics = jax.jit(train_epoch, static_argnums=0)(recipe, hparams, state, data, key, key)

    order = np.asarray(jax.random.permutation(key, 19))
    assert sorted(order) == list(range(19))  # every example once
    step, want, loss_sum, num_correct = jax.jit(train_step, static_argnums=0), state, 0.0, 0
    for batch in (order[:8], order[8:16], order[16:]):
        want, metrics = step(recipe, hparams, want, Examples(data.images[batch], data.labels[batch]))
        loss_sum, num_correct = loss_sum + float(metrics.loss_sum), num_correct + int(metrics.num_correct)
    assert int(got.opt_state[0].count) == 3
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)
    np.testing.assert_allclose(got_metrics.loss_sum, loss_sum, rtol=1e-5)
    assert int(got_metrics.num_correct) == num_correct


def test_a_training_set_smaller_than_a_batch_is_one_step():
    recipe = recipe_of("none", 32)
    state = init_state(recipe, IMAGE, jax.random.key(1))
    state, _ = jax.jit(train_epoch, static_argnums=0)(
        recipe, traced(1e-3), state, examples(5), *jax.random.split(jax.random.key(2))
    )
    assert int(state.opt_state[0].count) == 1


@pytest.mark.parametrize("count", [1, eval_chunk(), 2 * eval_chunk() + 1])
def test_evaluation_counts_every_example_once_whatever_their_number(count):
    recipe, data = recipe_of("layer"), examples(count)
    variables = init_state(recipe, IMAGE, jax.random.key(1)).variables
    got, predicted, _ = EVALUATE(recipe, variables, data)
    logits = predict_logits(recipe.model, variables, data.images)
    want = measure(recipe, logits, data.labels)
    assert int(got.num_correct) == int(want.num_correct) == int((logits.argmax(-1) == data.labels).sum())
    np.testing.assert_allclose(got.loss_sum, want.loss_sum, rtol=1e-5)
    np.testing.assert_array_equal(predicted, logits.argmax(-1))
    answers = answer(recipe, variables, data)
    np.testing.assert_allclose((answers.loss, answers.accuracy), means(got, count), rtol=1e-6)
    np.testing.assert_array_equal(answers.predicted, predicted)
    np.testing.assert_array_equal(answers.correct, predicted == data.labels)


def test_an_answer_that_is_not_finite_is_wrong_even_for_class_0():
    logits = jnp.array([[jnp.nan, 0.0], [jnp.inf, 0.0], [1.0, 0.0]])
    assert int(measure(Recipe(cnn(2)), logits, jnp.array([0, 0, 0])).num_correct) == 1
    recipe = recipe_of("none")
    variables = jax.tree.map(lambda leaf: leaf * jnp.nan, init_state(recipe, IMAGE, jax.random.key(1)).variables)
    answers = answer(recipe, variables, Examples(examples(3).images, np.zeros(3, np.int32)))
    assert (answers.accuracy, answers.correct.tolist(), answers.predicted.tolist()) == (0, [False] * 3, [NO_ANSWER] * 3)


@pytest.mark.parametrize(
    ("correct", "num_epochs", "best_epoch"),
    [
        ([5, 5, 5, 5, 5, 5, 9], 6, 1),  # ties are no improvement: 5 bad epochs stop
        ([1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7], 12, 7),
        ([5, 4, 4, 4, 4, 6, 1, 1, 1, 1, 1, 9], 11, 6),  # 4 bad epochs do not stop
        ([0, 0, 0, 0, 0, 0, 1], 6, 1),  # even an accuracy of 0 is a first best
        ([3, 2, 3, 2, 3, 2, 8], 6, 1),
    ],
)
def test_early_stopping_follows_the_table(correct, num_epochs, best_epoch, monkeypatch):
    script = iter(correct)

    def scripted(recipe, hparams, state, train, valid, key):
        """The rule of `advance` itself on scripted counts: the evaluation is replaced, nothing else."""
        count = next(script)
        answers = Evaluation(fit_module.Metrics(jnp.float32(1), jnp.int32(count)), jnp.zeros(10, jnp.int32))
        monkeypatch.setattr(fit_module, "evaluate", lambda *args: answers)
        return fit_module.advance(recipe, hparams, state, train, valid, key)

    monkeypatch.setattr(fit_module, "fit_epoch", scripted)
    monkeypatch.setattr(fit_module, "train_epoch", count_epochs)
    result = fit(recipe_of("none"), traced(1e-3), examples(10), examples(10, seed=1), jax.random.key(0))
    assert (len(result.epochs), result.best_epoch) == (num_epochs, best_epoch)
    assert [round(e.valid_accuracy * 10) for e in result.epochs] == correct[:num_epochs]
    # The weights are those of the best epoch: `count_epochs` writes the epoch's number into a bias.
    assert float(result.variables["params"]["dense2"]["bias"][0]) == best_epoch


def count_epochs(recipe, hparams, state, train, shuffle_key, noise_key):
    params = dict(state.params)
    params["dense2"] = {"kernel": params["dense2"]["kernel"], "bias": params["dense2"]["bias"] + 1}
    return state._replace(params=params), fit_module.Metrics(jnp.float32(1), jnp.int32(1))


class Cells(NamedTuple):
    """All twelve cells at two rates, run on the same data, and how many programs that compiled."""

    results: dict
    compiled: list


@pytest.fixture(scope="module")
def cells():
    jax.clear_caches()  # a test before may have compiled the same program
    programs = (init_fit.jitted, fit_epoch.jitted)
    before = [program._cache_size() for program in programs]
    results = {}
    for norm_type, reg_type, rate in itertools.product(NORM_TYPES, REG_TYPES, (1e-3, 4e-3)):
        method = find_methods("reg_type")[reg_type]
        numbers = numbers_for([method], {"reg_lambda": 1e-3}, Reading(16))
        results[norm_type, reg_type, rate] = run(norm_type, traced(rate, **numbers))
    return Cells(results, [program._cache_size() - old for program, old in zip(programs, before, strict=True)])


def run(norm_type, hparams, seed=0):
    data = examples(40), examples(90, seed=1)
    return fit(recipe_of(norm_type), hparams, *data, jax.random.key(seed), patience=2, max_epochs=6)


def test_twelve_cells_at_several_rates_compile_each_program_three_times(cells):
    assert cells.compiled == [3, 3]


def test_each_cell_and_each_rate_is_another_run(cells):
    losses = [result.epochs[-1].train_loss for result in cells.results.values()]
    assert len(set(losses)) == len(losses) == 24


@pytest.mark.parametrize("norm_type", NORM_TYPES)
def test_the_kept_weights_give_again_the_best_epochs_accuracy(norm_type, cells):
    result = cells.results[norm_type, "l2", 4e-3]
    best = result.epochs[result.best_epoch - 1]
    assert len(result.epochs) > 2
    assert best.valid_accuracy == max(e.valid_accuracy for e in result.epochs)
    again = answer(recipe_of(norm_type), result.variables, examples(90, seed=1))
    assert again.accuracy == best.valid_accuracy


def test_the_same_key_gives_the_same_run_bit_for_bit_and_another_key_another_run(cells):
    first = cells.results["batch", "none", 4e-3]
    again, other = run("batch", traced(4e-3)), run("batch", traced(4e-3), seed=8)
    assert first.epochs == again.epochs != other.epochs
    jax.tree.map(np.testing.assert_array_equal, first.variables, again.variables)


def test_a_run_that_diverges_ends_and_says_so():
    data = examples(20)
    result = fit(recipe_of("none"), traced(1e30), data, data, jax.random.key(0), patience=2)
    assert result.diverged
    assert len(result.epochs) == result.best_epoch + 2
    fine = fit(recipe_of("none"), traced(1e-3), data, data, jax.random.key(0), patience=2, max_epochs=2)
    assert not fine.diverged


def test_on_epoch_sees_every_epoch_and_can_end_the_run():
    data, seen = examples(20), []

    def on_epoch(number, epoch):
        seen.append((number, epoch))
        return number == 2

    result = fit(recipe_of("none"), traced(1e-3), data, data, jax.random.key(0), on_epoch=on_epoch)
    assert result.cut_short
    assert [number for number, _ in seen] == [1, 2]
    assert tuple(epoch for _, epoch in seen) == result.epochs
    assert all(isinstance(epoch, Epoch) for epoch in result.epochs)


@pytest.mark.parametrize(
    ("params_finite", "train_loss", "valid_loss", "expected"),
    [(True, 1.0, 1.0, True), (False, 1.0, 1.0, False), (True, np.inf, 1.0, False), (True, 1.0, np.nan, False)],
)
def test_a_run_has_diverged_as_soon_as_its_weights_or_one_loss_are_not_finite(
    params_finite, train_loss, valid_loss, expected
):
    metrics = SimpleNamespace(params_finite=jnp.array(params_finite))
    assert is_finite(metrics, Epoch(train_loss, 0.5, valid_loss, 0.5)) is expected


def test_a_run_is_its_epochs_one_after_the_other_and_its_state_can_be_looked_at_after_each():
    recipe, hparams, data = recipe_of("batch"), traced(2e-3), (examples(40), examples(30, seed=1))
    key = jax.random.key(3)
    whole = fit(recipe, hparams, *data, key, patience=9, max_epochs=3)
    start = init_fit(recipe, IMAGE, key)
    seen: list[Epoch] = []
    for trained in itertools.islice(epochs(recipe, hparams, start, *data, key), 3):
        assert int(trained.state.epoch) == len(seen) + 1
        assert trained.finite
        seen.append(trained.epoch)
    assert tuple(seen) == whole.epochs
    assert trained.best_epoch == whole.best_epoch
    jax.tree.map(np.testing.assert_array_equal, trained.state.best, whole.variables)
