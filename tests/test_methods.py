"""Each method against an independent computation, and how methods become a recipe."""

import dataclasses
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import random_examples, random_like, traced
from test_core_fit import examples

from jaxreg.core.fit import fit
from jaxreg.core.model import predict_logits
from jaxreg.core.train import Examples, init_state, loss_fn, make_hparams, train_step
from jaxreg.errors import InputError
from jaxreg.methods import find_methods, normalization
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.compose import compose, numbers_for
from jaxreg.methods.method import NORMALIZATION, REGULARIZER, LogUniform, Method, Reading, Uniform
from jaxreg.text import Text

IMAGE = (16, 16, 1)
STEP = jax.jit(train_step, static_argnums=0)
LOSS = jax.jit(loss_fn, static_argnums=1)
REGULARIZERS, NORMS = find_methods("reg_type"), find_methods("norm_type")


def recipe_of(*names, batch_size=8):
    return compose([REGULARIZERS[name] for name in names], 4, batch_size=batch_size)


def test_a_zero_leaves_the_number_that_another_method_sets_and_a_shared_one_is_shared():
    own = Method(
        "own",
        Text("a", "b"),
        factor=NORMALIZATION,
        space={"strength": LogUniform(1e-6, 1)},
        numbers=lambda values, reading: {"l2": values["strength"]},
    )
    values = {"strength": 1e-3, "reg_lambda": 0.064}
    for methods in ([own, REGULARIZERS["l1"]], [REGULARIZERS["l1"], own]):
        assert numbers_for(methods, values) == {"l1": 0.002, "l2": 1e-3}
    for methods in ([own, REGULARIZERS["l2"]], [REGULARIZERS["l2"], own]):
        with pytest.raises(InputError, match="both set the number l2; one of them at a time"):
            numbers_for(methods, values)
    left, right = (Method(name, Text("a", "b"), space=own.space) for name in ("left", "right"))
    assert numbers_for([left, right], values) == {"l1": 0.0, "l2": 0.0, "strength": 1e-3}


def hparams_of(name, **values):
    return make_hparams(learning_rate=2e-3, **numbers_for([REGULARIZERS[name]], values, Reading(8)))


def state_of(recipe, seed=3):
    shapes = jax.eval_shape(lambda: init_state(recipe, IMAGE, jax.random.key(0)))
    state = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    return state._replace(params=jax.tree.map(jnp.asarray, random_like(state.params, seed)))


def batch_of(n=8):
    return Examples(*map(jnp.asarray, random_examples(n, IMAGE, num_classes=4)))


def test_each_method_is_found_by_its_file_and_says_itself_in_both_languages():
    assert set(NORMS) == {"none", "batch", "layer", "group"}
    assert set(REGULARIZERS) >= {
        "none",
        "l1",
        "l2",
        "elastic",
        "weight_decay",
        "dropout",
        "label_smoothing",
        "max_norm",
    }
    assert set(REGULARIZERS) >= {"max_norm", "l1_proximal", "shift", "cutout", "mixup", "no_early_stopping"}
    for method in (*NORMS.values(), *REGULARIZERS.values()):
        assert all(method.text)
        assert method.colors or method.marker
    markers = [method.marker for method in REGULARIZERS.values()]
    assert len(set(markers)) == len(markers)


@pytest.mark.parametrize("shape", [(3, 6, 5, 32), (3, 64)], ids=["map", "dense"])
def test_group_normalization_equals_flaxs(shape):
    rng = np.random.default_rng(0)
    z, bias = rng.normal(1, 2, shape).astype(np.float32), rng.normal(0, 1, shape[-1]).astype(np.float32)
    params = {"scale": rng.normal(1, 1, shape[-1]).astype(np.float32), "bias": bias[::-1]}
    weights = rng.normal(0, 1, shape).astype(np.float32)

    def ours(z):
        affine: Any = normalization("group")().apply({"params": params}, z, bias, train=True)
        return affine(z)

    def flaxs(z):
        return nn.GroupNorm(num_groups=8, epsilon=1e-5).apply({"params": params}, z + bias[(None,) * (z.ndim - 1)])

    np.testing.assert_allclose(ours(z), flaxs(z), atol=2e-5)
    got, want = (jax.grad(lambda z, f=f: jnp.sum(weights * f(z)))(z) for f in (ours, flaxs))
    np.testing.assert_allclose(got, want, atol=2e-5)


def test_a_network_with_a_dropout_of_its_own_draws_too():
    mine = Method("half", Text("half", "half"), network={"dropout": 0.5})
    recipe = compose([find_methods("norm_type")["none"], mine], num_classes=3)
    assert recipe.draws
    images, labels = random_examples(4, (16, 16, 1), 3)
    state = init_state(recipe, (16, 16, 1), jax.random.key(0))
    batch = Examples(jnp.asarray(images), jnp.asarray(labels))
    jax.eval_shape(lambda: train_step(recipe, traced(1e-3), state, batch, key=jax.random.key(0)))


def test_group_normalization_of_maps_whose_channels_make_no_equal_groups_is_refused():
    with pytest.raises(InputError, match="maps of 12 channels; allowed are multiples of 8"):
        normalization("group")().init(jax.random.key(0), jnp.zeros((2, 12)), jnp.zeros(12), train=True)


@pytest.mark.as_users
def test_weight_decay_is_adam_and_a_share_of_each_kernel_taken_away_with_the_rate():
    recipe, batch = recipe_of("weight_decay"), batch_of()
    state = state_of(recipe)
    plain, _ = STEP(recipe, hparams_of("weight_decay", weight_decay=0.0), state, batch)
    decayed, _ = STEP(recipe, hparams_of("weight_decay", weight_decay=0.5), state, batch)
    adam = recipe_of("none")
    want, _ = STEP(adam, hparams_of("none"), state._replace(opt_state=state_of(adam).opt_state), batch)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7), plain.params, want.params)
    for layer, weights in state.params.items():
        taken = np.asarray(plain.params[layer]["kernel"]) - np.asarray(decayed.params[layer]["kernel"])
        np.testing.assert_allclose(taken, 2e-3 * 0.5 * weights["kernel"], atol=1e-6)
        np.testing.assert_array_equal(plain.params[layer]["bias"], decayed.params[layer]["bias"])


def test_dropout_zeroes_a_share_of_the_last_layers_inputs_in_training_only():
    recipe, batch = recipe_of("dropout"), batch_of()
    state, key = state_of(recipe), jax.random.key(5)
    (none, _), (plain, _) = (
        LOSS(state.params, r, h, {}, batch, None, k)
        for r, h, k in (
            (recipe, hparams_of("dropout", dropout=0.0), key),
            (recipe_of("none"), hparams_of("none"), None),
        )
    )
    np.testing.assert_allclose(none, plain, rtol=1e-6)
    model = recipe.model.clone(dropout=0.4)
    ones = {"params": jax.tree.map(jnp.zeros_like, state.params)}  # Sigmoid of 0: each input of the last layer is 1/2
    kernel = jnp.zeros((64, 4)).at[:, 0].set(1)
    ones["params"]["dense2"] = {"kernel": kernel, "bias": jnp.zeros(4)}
    images = jnp.zeros((400, *IMAGE))
    logits = jax.jit(partial(model.apply, train=True))(ones, images, rngs={"dropout": key})[:, 0]
    kept = np.asarray(logits) * 0.6 / 0.5  # number of inputs that are left, of 64
    np.testing.assert_allclose(kept, np.round(kept), atol=1e-4)
    assert abs(kept.mean() / 64 - 0.6) < 4 * np.sqrt(0.24 / 64 / 400)
    np.testing.assert_array_equal(predict_logits(model, ones, images[:2])[:, 0], [32, 32])


def test_a_recipe_that_draws_is_decided_by_its_key_and_refuses_to_go_without():
    recipe, batch, hparams = recipe_of("dropout"), batch_of(), hparams_of("dropout", dropout=0.5)
    state = state_of(recipe)
    first, again, other = (
        LOSS(state.params, recipe, hparams, {}, batch, None, jax.random.key(i))[0] for i in (1, 1, 2)
    )
    assert first == again != other
    with pytest.raises(ValueError, match="a step of a recipe that draws needs one"):
        loss_fn(state.params, recipe, hparams, {}, batch)


def test_other_values_of_a_methods_hyperparameter_compile_nothing():
    recipe, batch, key = recipe_of("dropout", "mixup"), batch_of(), jax.random.key(0)
    state, before = state_of(recipe), STEP._cache_size()
    for rate in (0.1, 0.2):
        hparams = hparams_of("dropout", dropout=rate) | {"mixup": jnp.float32(rate)}
        STEP(recipe, hparams, state, batch, None, key)
    assert STEP._cache_size() == before + 1


def test_label_smoothing_trains_on_smoothed_labels_and_measures_with_the_labels_as_they_are():
    recipe, batch, key = recipe_of("label_smoothing"), batch_of(), jax.random.key(0)
    state = state_of(recipe)
    loss, (_, metrics) = LOSS(
        state.params, recipe, hparams_of("label_smoothing", label_smoothing=0.3), {}, batch, None, key
    )
    logits = np.asarray(recipe.model.apply({"params": state.params}, batch.images, train=True), np.float64)
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    hard = -logs[np.arange(8), batch.labels]
    np.testing.assert_allclose(metrics.loss_sum, hard.sum(), rtol=1e-5)
    np.testing.assert_allclose(loss, np.mean(0.7 * hard - 0.3 * logs.mean(-1)), rtol=1e-5)


def test_max_norm_scales_down_what_is_outside_of_the_ball_and_nothing_else():
    recipe = recipe_of("max_norm")
    params = state_of(recipe).params
    got = recipe.projection(params, {"max_norm": jnp.float32(0.9)})
    for layer, weights in params.items():
        flat = np.asarray(weights["kernel"], np.float64).reshape(-1, weights["kernel"].shape[-1])
        norms = np.linalg.norm(flat, axis=0)
        want = np.where(norms > 0.9, 0.9 / norms, 1) * flat
        np.testing.assert_allclose(got[layer]["kernel"].reshape(want.shape), want, rtol=1e-5)
        np.testing.assert_array_equal(got[layer]["bias"], weights["bias"])


def test_proximal_l1_moves_each_kernel_weight_towards_zero_and_stops_there():
    recipe, batch = recipe_of("l1_proximal"), batch_of()
    state = state_of(recipe)
    plain, _ = STEP(recipe, hparams_of("l1_proximal", l1_proximal=0.0), state, batch)
    thinned, _ = STEP(recipe, hparams_of("l1_proximal", l1_proximal=40.0), state, batch)  # 2e-3 * 40 / 8 = 0.01
    for layer in state.params:
        before, after = (np.asarray(p[layer]["kernel"], np.float64) for p in (plain.params, thinned.params))
        np.testing.assert_allclose(after, np.sign(before) * np.maximum(np.abs(before) - 0.01, 0), atol=1e-7)
        assert 0 < np.mean(after == 0) < 0.5
        np.testing.assert_array_equal(plain.params[layer]["bias"], thinned.params[layer]["bias"])


def changed(name, value, n=64, there=None):
    """Returns images, labels and what an augmentation makes of them."""
    images, labels = random_examples(n, IMAGE, num_classes=4)
    targets = np.eye(4, dtype=np.float32)[labels]
    there = np.ones(n, bool) if there is None else there
    augment: Any = REGULARIZERS[name].augmentation
    new = augment(images, targets, there, {name: jnp.float32(value)}, jax.random.key(1))
    return images, targets, *map(np.asarray, new)


def test_each_image_is_shifted_by_whole_pixels_within_the_distance_and_its_border_repeated():
    images, targets, new, same = changed("shift", 2.0)
    np.testing.assert_array_equal(same, targets)
    moves = set()
    for image, moved in zip(images, new, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
        found = [(i, j) for i in range(5) for j in range(5) if np.array_equal(padded[i : i + 16, j : j + 16], moved)]
        assert len(found) == 1
        moves |= set(found)
    assert len(moves) > 15  # of 25


def test_cutout_sets_a_square_of_each_image_to_gray_and_leaves_the_rest():
    images, targets, new, same = changed("cutout", 0.5)
    np.testing.assert_array_equal(same, targets)
    for image, cut in zip(images, new, strict=True):
        hole = (cut != image)[..., 0]
        rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        assert hole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert max(len(rows), len(columns)) <= 8
        assert not cut[hole].any()
    assert 8 in {np.count_nonzero((new[i] != images[i]).any((1, 2))) for i in range(64)}  # whole where inside


def test_mixup_mixes_each_example_with_the_next_one_that_there_is():
    there = np.arange(8) < 6
    images, targets, new, mixed = changed("mixup", 1.0, 8, there)
    first = next(i for i in range(5) if not np.array_equal(targets[i], targets[i + 1]))
    share = mixed[first] @ targets[first]
    assert 0 < share < 1
    for i in range(6):
        partner = (i + 1) % 6
        np.testing.assert_allclose(new[i], share * images[i] + (1 - share) * images[partner], atol=1e-5)
        np.testing.assert_allclose(mixed[i], share * targets[i] + (1 - share) * targets[partner], atol=1e-6)


def test_without_early_stopping_the_last_of_a_fixed_number_of_epochs_is_kept():
    recipe = dataclasses.replace(recipe_of("no_early_stopping", batch_size=16), num_epochs=4)
    assert recipe_of("no_early_stopping").num_epochs == 40
    data = examples(40), examples(20, seed=1)
    result = fit(recipe, hparams_of("none"), *data, jax.random.key(0), patience=1)
    assert (len(result.epochs), result.best_epoch) == (4, 4)
    plain = fit(
        recipe_of("none", batch_size=16), hparams_of("none"), *data, jax.random.key(0), patience=4, max_epochs=4
    )
    assert plain.epochs == result.epochs
    assert len(fit(recipe, hparams_of("none"), *data, jax.random.key(0), max_epochs=2).epochs) == 2


def test_methods_that_want_the_same_place_are_refused_in_one_line():
    own = Method("own", Text("own penalty", "내 규제"), penalty=lambda params, hparams: jnp.float32(0))
    with pytest.raises(InputError, match=r"^methods own and own: both set the penalty; one of them at a time$"):
        compose([own, dataclasses.replace(own)], 4)
    with pytest.raises(InputError, match=r"^methods max_norm and l1_proximal: both set the projection"):
        compose([REGULARIZERS["max_norm"], REGULARIZERS["l1_proximal"]], 4)
    both = compose([NORMS["batch"], REGULARIZERS["shift"], REGULARIZERS["cutout"], REGULARIZERS["weight_decay"]], 4)
    assert len(both.augmentations) == 2


def test_an_own_penalty_with_one_strength_is_one_value():
    own = Method(
        "own",
        Text("own penalty", "내 규제"),
        penalty=lambda params, hparams: hparams["strength"] * jnp.sum(params["dense2"]["kernel"] ** 4),
    )
    recipe, batch = compose([own], 4), batch_of()
    state = state_of(recipe)
    losses = [
        LOSS(state.params, recipe, make_hparams(learning_rate=1e-3, strength=s, l1=0, l2=0), {}, batch)[0]
        for s in (0, 2)
    ]
    want = 2 * np.sum(np.asarray(state.params["dense2"]["kernel"], np.float64) ** 4)
    np.testing.assert_allclose(losses[1] - losses[0], want, rtol=1e-4)


def test_the_seeds_cells_share_one_recipe_a_normalization_and_a_foreign_method_costs_one_more_for_each():
    norms = [NORMS[name] for name in ("none", "batch", "layer")]
    seeds = [REGULARIZERS[name] for name in ("none", "l1", "l2", "elastic")]
    foreign = Method(
        "foreign", Text("foreign", "외래"), space={"s": LogUniform(1e-3, 1.0)}, penalty=lambda p, h: h["s"]
    )
    assert len({compose([norm, regularizer], 10) for norm in norms for regularizer in seeds}) == 3
    assert len({compose([norm, regularizer], 10) for norm in norms for regularizer in (*seeds, foreign)}) == 6


def test_a_comparison_has_all_cells_their_hyperparameters_and_a_reference_that_changes_nothing():
    factors = ((NORMALIZATION, (NORMS["layer"], NORMS["none"])), (REGULARIZER, tuple(REGULARIZERS.values())))
    comparison = Comparison(factors, {"learning_rate": (1e-4, 1e-3)})
    assert len(comparison.cells) == 2 * len(REGULARIZERS)
    assert comparison.reference == ("none", "none")
    assert comparison.params(("layer", "l2")) == ("reg_lambda", "learning_rate")
    assert comparison.space["learning_rate"][:3] == (1e-4, 1e-3, True)
    assert list(comparison.space)[-1] == "learning_rate"
    assert comparison.text(("layer", "l2")) == Text("layer normalization with L2 penalty", "레이어 정규화 + L2 규제")
    assert Comparison(((REGULARIZER, (REGULARIZERS["l2"],)),)).reference is None
    for method in (*NORMS.values(), *REGULARIZERS.values()):
        assert method.is_nothing == (method.name == "none")


def test_hyperparameters_of_one_name_and_other_ranges_are_refused():
    other = Method("other", Text("other", "다른"), space={"reg_lambda": Uniform(0.0, 1.0)})
    with pytest.raises(
        InputError, match="methods l2 and other: both have a hyperparameter reg_lambda, with other ranges"
    ):
        Comparison(((REGULARIZER, (REGULARIZERS["l2"], other)),))
