"""One training step of every cell against an independent float64 computation."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import numpy_reference as reference
import pytest
from conftest import NORM_TYPES, REG_TYPES, SMALL, cnn, random_examples, random_like, traced
from jax.flatten_util import ravel_pytree

from jaxreg.core.penalty import WeightPenalty
from jaxreg.core.train import Examples, Recipe, TrainState, init_state, loss_fn, measure, softmax_twice, train_step
from jaxreg.methods import find_methods
from jaxreg.methods.compose import numbers_for
from jaxreg.methods.method import Reading

IMAGE = (16, 16, 1)
VALUE_AND_GRAD = jax.jit(jax.value_and_grad(loss_fn, has_aux=True), static_argnums=1)
STEP = jax.jit(train_step, static_argnums=0)


def float64(tree):
    return jax.tree.map(lambda a: np.asarray(a, np.float64), tree)


def assert_trees_close(actual, expected, rtol):
    """Compares leaf by leaf, relative to the largest element of the expected leaf."""
    flat, _ = jax.tree_util.tree_flatten_with_path(actual)
    wanted = dict(jax.tree_util.tree_flatten_with_path(expected)[0])
    assert len(flat) == len(wanted)
    for path, leaf in flat:
        scale = max(np.abs(wanted[path]).max(), 1e-6)
        np.testing.assert_allclose(leaf, wanted[path], rtol=0, atol=rtol * scale, err_msg=str(path))


def mid_training_state(recipe, seed=3):
    """A state whose weights, statistics and Adam moments are all random, as in the middle of a run."""
    state = jax.eval_shape(lambda: init_state(recipe, IMAGE, jax.random.key(0)))
    params, stats = random_like(state.params, seed), random_like(state.batch_stats, seed + 1)
    adam, *rest = state.opt_state
    mu, _ = ravel_pytree(jax.tree.map(lambda a: 0.01 * a, random_like(state.params, seed + 2)))
    nu, _ = ravel_pytree(jax.tree.map(lambda a: 1e-3 * a**2 + 1e-4, random_like(state.params, seed + 3)))
    moments = adam._replace(count=jnp.int32(6), mu=mu, nu=nu)
    return jax.tree.map(jnp.asarray, TrainState(params, stats, (moments, *rest)))


@pytest.mark.as_users
@pytest.mark.parametrize("norm_type", NORM_TYPES)
@pytest.mark.parametrize("reg_type", REG_TYPES)
def test_one_step_of_each_cell_equals_the_hand_derived_float64_computation(norm_type, reg_type):
    recipe = Recipe(cnn(10, norm_type))
    images, labels = random_examples(8, IMAGE)
    state = mid_training_state(recipe)
    numbers = numbers_for([find_methods("reg_type")[reg_type]], {"reg_lambda": 0.05}, Reading(8, 0.3))
    l1, l2 = numbers["l1"], numbers["l2"]
    hparams = traced(2e-3, l1, l2)

    batch = Examples(images, labels)
    (loss, (_, metrics)), grads = VALUE_AND_GRAD(state.params, recipe, hparams, state.batch_stats, batch)
    new, step_metrics = STEP(recipe, hparams, state, batch)

    want_loss, want_data_loss, want_grads, moments = reference.loss_and_grads(
        float64(state.params), images.astype(np.float64), labels, norm_type, l1, l2
    )
    np.testing.assert_allclose(loss, want_loss, rtol=2e-6)
    np.testing.assert_allclose(metrics.loss_sum / 8, want_data_loss, rtol=2e-6)
    np.testing.assert_allclose(step_metrics.loss_sum, metrics.loss_sum, rtol=1e-6)
    assert_trees_close(grads, want_grads, rtol=2e-5)

    _, unravel = ravel_pytree(state.params)  # Adam's moments are one flat array each
    mu, nu = (float64(unravel(values)) for values in (state.opt_state[0].mu, state.opt_state[0].nu))
    stepped = jax.tree.map(
        lambda w, g, mu, nu: reference.adam_step(w, g, mu, nu, 6, 2e-3),
        float64(state.params),
        want_grads,
        mu,
        nu,
    )
    for i, actual in enumerate((new.params, unravel(new.opt_state[0].mu), unravel(new.opt_state[0].nu))):
        assert_trees_close(
            actual, jax.tree.map(lambda t, i=i: t[i], stepped, is_leaf=lambda t: isinstance(t, tuple)), 1e-5
        )
    assert int(new.opt_state[0].count) == 7
    for name, (mean, var) in moments.items():
        kept = float64(state.batch_stats[name])
        np.testing.assert_allclose(new.batch_stats[name]["mean"], 0.9 * kept["mean"] + 0.1 * mean, atol=2e-6)
        np.testing.assert_allclose(new.batch_stats[name]["var"], 0.9 * kept["var"] + 0.1 * var, rtol=2e-5)


@pytest.mark.parametrize("norm_type", NORM_TYPES)
def test_a_step_on_a_masked_batch_is_the_step_on_the_examples_of_the_mask(norm_type):
    recipe, hparams = Recipe(cnn(10, norm_type)), traced(2e-3, 1e-3, 1e-3)
    images, labels = random_examples(8, IMAGE)
    mask = np.array([1, 0, 1, 1, 0, 0, 1, 1], bool)
    state = mid_training_state(recipe)
    want, want_metrics = STEP(recipe, hparams, state, Examples(images[mask], labels[mask]))
    hidden = np.where(mask[:, None, None, None], images, 7.0).astype(np.float32)
    got, metrics = STEP(recipe, hparams, state, Examples(hidden, labels), mask)
    np.testing.assert_allclose(metrics.loss_sum, want_metrics.loss_sum, rtol=1e-5)
    assert int(metrics.num_correct) == int(want_metrics.num_correct)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * max(np.abs(b).max(), 1e-3))


def test_what_the_mask_hides_is_not_measured():
    labels, mask = np.arange(6), np.array([1, 0, 1, 1, 0, 1], bool)
    logits = 5.0 * np.eye(10, dtype=np.float32)[labels]  # all right, each with the same loss
    metrics = measure(Recipe(cnn(10)), logits, labels, mask)
    assert int(metrics.num_correct) == 4
    np.testing.assert_allclose(metrics.loss_sum, 4 * np.log1p(9 * np.exp(-5.0)), rtol=1e-5)


@pytest.mark.parametrize("scope", ["kernels", "all"])
def test_softmax_twice_and_each_penalty_scope_equal_the_float64_computation(scope):
    recipe = Recipe(cnn(10, "layer"), softmax_twice, WeightPenalty(scope))
    images, labels = random_examples(8, IMAGE)
    state = mid_training_state(recipe)
    hparams = traced(1e-3, 0.01, 0.02)
    (loss, _), grads = VALUE_AND_GRAD(state.params, recipe, hparams, {}, Examples(images, labels))
    want_loss, _, want_grads, _ = reference.loss_and_grads(
        float64(state.params), images.astype(np.float64), labels, "layer", 0.01, 0.02, scope, "softmax_twice"
    )
    np.testing.assert_allclose(loss, want_loss, rtol=2e-6)
    assert_trees_close(grads, want_grads, rtol=2e-5)


def test_the_gradient_of_the_penalty_is_l1_sign_w_plus_2_l2_w_and_zero_at_zero():
    w = jnp.array([[-2.0, 0.0, 0.5]])
    grads = jax.grad(WeightPenalty())({"dense": {"kernel": w, "bias": w}}, traced(0, 0.25, 0.5))
    np.testing.assert_array_equal(grads["dense"]["kernel"], [[-0.25 - 2.0, 0.0, 0.25 + 0.5]])
    np.testing.assert_array_equal(grads["dense"]["bias"], [[0.0, 0.0, 0.0]])


@pytest.mark.as_users
def test_zero_coefficients_leave_loss_and_gradient_bit_equal_to_the_plain_ones():
    recipe = Recipe(cnn(10, "batch", conv_layers=SMALL))
    batch = Examples(*random_examples(8, IMAGE))
    state = mid_training_state(recipe)
    (loss, _), grads = VALUE_AND_GRAD(state.params, recipe, traced(1e-3), state.batch_stats, batch)
    plain = dataclasses.replace(recipe, penalty=lambda params, hparams: jnp.float32(0))
    (plain_loss, _), plain_grads = VALUE_AND_GRAD(state.params, plain, traced(1e-3), state.batch_stats, batch)
    np.testing.assert_array_equal(loss, plain_loss)
    jax.tree.map(np.testing.assert_array_equal, grads, plain_grads)


@pytest.mark.parametrize(
    ("reg_type", "expected"),
    [("none", (0, 0)), ("l1", (0.5, 0)), ("l2", (0, 0.5)), ("elastic", (0.125, 0.375))],
)
def test_each_penalty_is_two_numbers_that_share_lambda_over_n(reg_type, expected):
    numbers = numbers_for([find_methods("reg_type")[reg_type]], {"reg_lambda": 16.0}, Reading(32, 0.25))
    assert (numbers["l1"], numbers["l2"]) == expected


def test_the_bias_under_batch_normalization_has_a_gradient_of_exactly_zero():
    recipe = Recipe(cnn(10, "batch"))
    state = mid_training_state(recipe)
    batch = Examples(*random_examples(8, IMAGE))
    _, grads = VALUE_AND_GRAD(state.params, recipe, traced(1e-3), state.batch_stats, batch)
    for layer in ("conv1", "conv2", "conv3", "dense1"):
        np.testing.assert_array_equal(grads[layer]["bias"], 0)
