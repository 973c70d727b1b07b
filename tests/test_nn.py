"""The layers for networks of one's own: equal to Flax's, in place of which they stand."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import random_examples, usual_promotion

import jaxreg
from jaxreg.methods import normalization

SAME_AS_OURS = [
    {"kernel_size": (3, 3)},
    {"kernel_size": (3, 3), "padding": "VALID", "use_bias": False},
    {"kernel_size": (3, 3), "padding": 1, "strides": 2},
    {"kernel_size": (5, 4), "padding": "SAME", "strides": (2, 1)},
    {"kernel_size": (1, 1), "strides": None},
    {"kernel_size": (2, 3), "padding": ((0, 1), (2, 0)), "kernel_init": nn.initializers.ones},
]
LEFT_TO_FLAX = [
    {"kernel_size": (3, 3), "kernel_dilation": 2},
    {"kernel_size": (3, 3), "feature_group_count": 2},
    {"kernel_size": (3, 3), "padding": "CIRCULAR"},
    {"kernel_size": (3, 3), "dtype": jnp.bfloat16},
    {"kernel_size": (3,)},
]


def computed(layer, images):
    """Returns variables, output, gradients by variables and by images, and the program's text."""

    def loss(variables, images):
        y = layer.apply(variables, images)
        return jnp.sum(jnp.sin(y).astype(jnp.float32)), y

    variables = layer.init(jax.random.key(3), images)
    program = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    (_, y), grads = program(variables, images)
    return variables, y, grads, str(jax.make_jaxpr(loss)(variables, images))


@pytest.mark.parametrize("fields", SAME_AS_OURS + LEFT_TO_FLAX, ids=lambda given: " ".join(given))
@usual_promotion()
def test_our_convolution_is_flaxs_with_the_same_parameters_results_and_gradients(fields):
    images = jnp.asarray(random_examples(3, (9, 8, 4))[0])
    ours, flaxs = (computed(kind(6, **fields), images) for kind in (jaxreg.nn.Conv, nn.Conv))
    jax.tree.map(np.testing.assert_array_equal, ours[0], flaxs[0])
    assert ours[1].dtype == flaxs[1].dtype
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5), ours[1:3], flaxs[1:3])
    assert ("conv_general_dilated" in ours[3]) == (fields in LEFT_TO_FLAX)


def test_our_convolution_has_the_name_of_flaxs_in_a_network():
    class Two(nn.Module):
        kind: type

        @nn.compact
        def __call__(self, x):
            return self.kind(2, (3, 3))(self.kind(2, (1, 1))(x))

    shapes = [
        jax.tree.map(jnp.shape, Two(k).init(jax.random.key(0), jnp.ones((1, 4, 4, 1))))
        for k in (jaxreg.nn.Conv, nn.Conv)
    ]
    assert shapes[0] == shapes[1]


def test_dropout_equals_flaxs_at_a_number_and_takes_a_traced_one_or_none():
    x, key = jnp.ones((40, 50)), {"dropout": jax.random.key(0)}
    want = nn.Dropout(0.3).apply({}, x, deterministic=False, rngs=key)
    np.testing.assert_array_equal(jaxreg.nn.Dropout(0.3).apply({}, x, deterministic=False, rngs=key), want)
    traced = jax.jit(lambda rate: jaxreg.nn.Dropout(rate).apply({}, x, deterministic=False, rngs=key))
    np.testing.assert_allclose(traced(0.3), want, rtol=1e-6)
    for layer in (jaxreg.nn.Dropout(None), jaxreg.nn.Dropout(0.3)):
        assert layer.apply({}, x, deterministic=True) is x


@pytest.mark.parametrize("name", ["batch", "layer"])
def test_a_varied_normalization_equals_flaxs(name):
    class Net(nn.Module):
        normalization: type

        @nn.compact
        def __call__(self, x, train):
            return jaxreg.nn.normalize(self.normalization, x, train)

    x = jnp.asarray(random_examples(4, (3, 3, 2))[0])
    got, _ = Net(normalization(name)).init_with_output(jax.random.key(0), x, train=True)
    axes = (1, 2, 3) if name == "layer" else (0, 1, 2)
    want = (x - x.mean(axes, keepdims=True)) / jnp.sqrt(x.var(axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
