"""The network: its size, its shapes, and equality with the same network made of flax.linen's own layers."""

import re
from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NORM_TYPES, cnn, random_examples, random_like
from jax import lax

from bench.naive import NaiveCNN
from jaxreg.claims.statements.c15_recurrent_lengths import RowReader
from jaxreg.core import ops
from jaxreg.core.model import (
    ACTIVATIONS,
    check_image_shape,
    lecun_normal,
    predict_logits,
    predict_proba,
    smallest_image,
)
from jaxreg.core.penalty import WeightPenalty
from jaxreg.engine.network import summary
from jaxreg.errors import InputError
from jaxreg.text import screen_width


def init(model, shape=(28, 28, 1)):
    return jax.eval_shape(partial(model.init, train=False), jax.random.key(0), jnp.zeros((2, *shape)))


@pytest.mark.parametrize(("normalization", "parameters"), [("none", 121_994), ("batch", 122_442), ("layer", 122_442)])
def test_the_network_has_the_parameters_of_the_protocol(normalization, parameters):
    variables = init(cnn(10, normalization))
    assert sum(leaf.size for leaf in jax.tree.leaves(variables["params"])) == parameters
    assert f"{parameters:,}" in summary(cnn(10, normalization), (28, 28, 1)).en


@pytest.mark.parametrize("shape", [(3, 3, 1, 32), (3, 3, 32, 64), (5, 2), (64, 10)], ids=str)
def test_kernels_are_drawn_as_flax_draws_them_to_the_bit(shape):
    for key in jax.random.split(jax.random.key(3), 5):
        np.testing.assert_array_equal(lecun_normal(key, shape), nn.initializers.lecun_normal()(key, shape))


def test_the_summary_is_as_wide_in_korean():
    english, korean = (said.splitlines() for said in summary(cnn(10, "batch"), (28, 28, 1)))
    assert korean[0].split() == ["층", "출력", "형태", "파라미터"]
    assert korean[-1].split() == ["합계", "122,442"]
    assert [screen_width(line) for line in korean] == [len(line) for line in english]


def test_the_summary_names_layers_shapes_and_parameters():
    lines = summary(cnn(10, "batch"), (28, 28, 1)).en.splitlines()
    table = {
        line.split()[0]: re.split(r"  +", line)[1:] for line in lines if line.startswith(("conv", "norm", "dense"))
    }
    assert table == {
        "conv1": ["[32, 28, 28, 32]", "320"],
        "norm1": ["[32, 28, 28, 32]", "64"],
        "conv2": ["[32, 12, 12, 64]", "18,496"],
        "norm2": ["[32, 12, 12, 64]", "128"],
        "conv3": ["[32, 4, 4, 64]", "36,928"],
        "norm3": ["[32, 4, 4, 64]", "128"],
        "dense1": ["[32, 64]", "65,600"],
        "norm4": ["[32, 64]", "128"],
        "dense2": ["[32, 10]", "650"],
    }


APPLY = jax.jit(lambda model, *args: model.apply(*args), static_argnums=(0, 3))


def weighted_logits(model, variables, images, weights, train):
    """A scalar whose gradient reaches every parameter, the logits, and the new batch statistics."""
    logits, updates = model.apply(variables, images, train=train, mutable=["batch_stats"])
    return jnp.sum(logits * weights), (logits, updates)


GRAD = jax.jit(jax.value_and_grad(weighted_logits, argnums=1, has_aux=True), static_argnums=(0, 4))


@pytest.mark.parametrize("normalization", NORM_TYPES)
@pytest.mark.parametrize("shape", [pytest.param((28, 28, 1), marks=pytest.mark.as_users), (19, 17, 3)], ids=str)
def test_values_gradients_and_statistics_equal_those_of_flax_layers(normalization, shape):
    model, reference = cnn(7, normalization), NaiveCNN(7, normalization)
    images, _ = random_examples(5, shape)
    variables = random_like(init(model, shape))
    jax.tree.map(lambda a, b: None, variables, init(reference, shape))  # the same tree
    weights = random_examples(5, (7,))[0]
    for train in (True, False):
        (_, (logits, updates)), grads = GRAD(model, variables, images, weights, train)
        (_, (want_logits, want_updates)), want_grads = GRAD(reference, variables, images, weights, train)
        np.testing.assert_allclose(logits, want_logits, atol=2e-5)
        for got, want in ((updates, want_updates), (grads["params"], want_grads["params"])):
            for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(got), jax.tree.leaves(want), strict=True):
                np.testing.assert_allclose(a, b, rtol=0, atol=3e-5 * max(1, np.abs(b).max()), err_msg=str(path))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_each_activation_is_applied_after_the_convolutions(activation):
    images, _ = random_examples(3, (16, 16, 1))
    variables = random_like(init(cnn(4, "layer"), (16, 16, 1)))
    got = APPLY(cnn(4, "layer", activation), variables, images, False)
    want = APPLY(NaiveCNN(4, "layer", activation), variables, images, False)
    np.testing.assert_allclose(got, want, atol=2e-5)


def test_leaky_relu_is_the_maximum_of_x_and_a_twentieth_of_it():
    x = jnp.array([-2.0, -0.1, 0.0, 0.3])
    np.testing.assert_allclose(ACTIVATIONS["leaky_relu"](x), jnp.maximum(0.05 * x, x))


def test_batch_statistics_move_in_training_and_never_in_evaluation():
    model = cnn(10, "batch")
    variables = random_like(init(model, (16, 16, 1)))
    images, _ = random_examples(6, (16, 16, 1))
    apply = jax.jit(partial(model.apply, mutable=["batch_stats"]), static_argnames="train")
    _, kept = apply(variables, images, train=False)
    _, moved = apply(variables, images, train=True)
    jax.tree.map(np.testing.assert_array_equal, kept["batch_stats"], variables["batch_stats"])
    for old, new in zip(jax.tree.leaves(variables["batch_stats"]), jax.tree.leaves(moved["batch_stats"]), strict=True):
        assert np.all(old != new)


def test_layer_normalization_of_a_sample_does_not_depend_on_the_rest_of_its_batch():
    model = cnn(10, "layer")
    variables = random_like(init(model, (16, 16, 1)))
    images, _ = random_examples(6, (16, 16, 1))
    together = APPLY(model, variables, images, True)
    alone = APPLY(model, variables, images[2:3], True)
    np.testing.assert_allclose(together[2:3], alone, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, ops.eval_chunk(), 2 * ops.eval_chunk() + 1])
def test_predictions_of_any_number_of_images_are_probabilities_in_their_order(count):
    model = cnn(10)
    variables = random_like(init(model, (16, 16, 1)))
    images, _ = random_examples(count, (16, 16, 1))
    probs = predict_proba(model, variables, images)
    assert probs.shape == (count, 10)
    np.testing.assert_allclose(probs.sum(-1), 1, rtol=1e-5)
    if count:
        np.testing.assert_allclose(
            predict_logits(model, variables, images)[-1:], APPLY(model, variables, images[-1:], False), atol=1e-5
        )


def test_images_smaller_than_the_network_needs_are_refused_with_the_least_size():
    least = smallest_image()
    assert least == 16
    check_image_shape((least, least, 3))
    with pytest.raises(InputError, match="15 x 28 pixels: the network needs at least 16 x 16"):
        check_image_shape((15, 28, 1))


def with_gradients(function, x, kernel, dy):
    """Returns a function's value, and what gradients by its arguments become of the one by the value."""
    value, vjp = jax.vjp(function, x, kernel)
    return (value, *vjp(dy))


@pytest.mark.parametrize("method", ops.WAYS.values(), ids=ops.WAYS)
@pytest.mark.parametrize(("shape", "features"), [((2, 7, 5, 1), 4), ((3, 6, 6, 3), 2), ((1, 3, 8, 32), 5)], ids=str)
@pytest.mark.parametrize("padding", [0, 1])
def test_every_convolution_method_equals_linen_conv_in_value_and_gradient(method, shape, features, padding):
    x, kernel = random_examples(1, shape)[0][0], random_examples(1, (3, 3, shape[-1], features), seed=1)[0][0]

    def linen(x, kernel):
        return nn.Conv(features, (3, 3), padding=padding, use_bias=False).apply({"params": {"kernel": kernel}}, x)

    dy = random_examples(1, jax.eval_shape(linen, x, kernel).shape, seed=2)[0][0]
    got, want = (
        jax.jit(partial(with_gradients, function))(x, kernel, dy)
        for function in (lambda x, k: method(x, k, padding), linen)
    )
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=16 * np.finfo(np.float32).eps * np.abs(b).max())


@pytest.mark.as_users
@pytest.mark.parametrize("layer", ["conv2", "conv3"])
def test_winograds_rounding_is_at_most_three_times_that_of_a_direct_sum_for_the_networks_own_layers(layer):
    shape, features, padding = {"conv2": ((8, 13, 13, 32), 64, 1), "conv3": ((8, 6, 6, 64), 64, 0)}[layer]
    x, kernel = random_examples(8, shape[1:])[0], random_examples(1, (3, 3, shape[-1], features), seed=1)[0][0]
    pads = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(np.float64(x), pads), (3, 3), axis=(1, 2))
    want = np.einsum("bhwcij,ijcf->bhwf", windows, np.float64(kernel), optimize=True)
    direct, winograd = (
        np.sqrt(np.mean(np.square(jax.jit(method, static_argnums=2)(x, kernel, padding) - want)))
        for method in (ops._conv2d_patches, ops._conv2d_winograd)
    )
    assert winograd < 3 * direct
    assert winograd < 8 * np.finfo(np.float32).eps * np.sqrt(np.mean(np.square(want)))


@pytest.mark.parametrize(
    ("backend", "ways"),
    [
        ("cpu", ["patches", "patches", "winograd", "winograd"]),
        ("gpu", ["by_image"] * 4),
        ("tpu", ["xla"] * 4),
    ],
)
def test_images_and_maps_are_convolved_by_the_way_of_each_backend(backend, ways, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    for way in ops.WAYS:
        monkeypatch.setitem(ops.WAYS, way, lambda *args, way=way: way)
    chosen = [ops.conv2d(jnp.ones((1, 5, 5, c)), jnp.ones((3, 3, c, 2))) for c in (1, 3, 4, 32)]
    assert chosen == ways


def test_the_gradient_by_a_kernel_is_summed_over_products_of_single_images():
    x, kernel = jnp.ones((5, 6, 6, 2)), jnp.ones((3, 3, 2, 4))
    text = str(jax.make_jaxpr(jax.grad(lambda k: jnp.sum(ops.WAYS["by_image"](x, k, 0))))(kernel))
    assert "f32[5,18,4]" in text  # an image's own gradient, before the sum
    assert "optimization_barrier" in text


@pytest.mark.parametrize("shape", [(2, 4, 6, 3), (2, 5, 7, 1)], ids=str)
@pytest.mark.parametrize("tied", [False, True])
def test_max_pool_equals_linen_max_pool_in_value_and_gradient_ties_included(shape, tied):
    x = random_examples(1, shape)[0][0]
    x = np.round(x) if tied else x  # few different values: most windows have several maxima
    got, got_vjp = jax.vjp(ops.max_pool, x)
    want, want_vjp = jax.vjp(lambda x: nn.max_pool(x, (2, 2), (2, 2)), x)
    np.testing.assert_array_equal(got, want)
    dy = random_examples(1, want.shape, seed=2)[0][0]
    np.testing.assert_array_equal(got_vjp(dy)[0], want_vjp(dy)[0])


@pytest.mark.parametrize("backend", ["cpu", "gpu", "tpu"])
def test_the_whole_network_is_the_same_function_by_the_method_of_every_backend(backend, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    model = cnn(10, "batch")
    variables = random_like(init(model, (16, 16, 1)))
    images, _ = random_examples(4, (16, 16, 1))
    logits = jax.jit(partial(model.apply, train=False))(variables, images)
    want = APPLY(NaiveCNN(10, "batch"), variables, images, False)
    np.testing.assert_allclose(logits, want, atol=2e-5)


def test_products_ask_for_full_float32_on_every_backend():
    text = str(jax.make_jaxpr(ops.matmul)(jnp.ones((2, 3)), jnp.ones((3, 2))))
    text += str(jax.make_jaxpr(lambda x, k: ops._conv2d_xla(x, k, 0))(jnp.ones((1, 4, 4, 1)), jnp.ones((3, 3, 1, 2))))
    assert text.count("HIGHEST") >= 2
    assert ops.PRECISION == lax.Precision.HIGHEST


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (
            lambda: cnn(10, "bacth"),
            "normalization 'bacth': allowed is batch, group, layer, none; your own needs its file, --methods",
        ),
        (
            lambda: cnn(10, "Layer"),
            "normalization 'Layer': allowed is batch, group, layer, none; your own needs its file, --methods",
        ),
        (lambda: cnn(10, activation="swish"), "activation 'swish': allowed is relu, leaky_relu, sigmoid, tanh"),
        (lambda: RowReader(10, "instance"), "normalization 'instance': allowed is none, batch, layer"),
        (lambda: WeightPenalty("biases"), "penalty_scope 'biases': allowed is kernels, all"),
    ],
)
def test_a_name_that_there_is_not_is_refused_where_it_is_given(make, line):
    with pytest.raises(InputError, match=f"^{line}$"):
        make()
