"""Compiled programs: the options they are given, on which backend, and what these may change."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import cnn, random_examples

from jaxreg.core.model import forward
from jaxreg.core.program import COMPILER_OPTIONS, Program, compiler_options


@pytest.fixture(autouse=True)
def ask_again():
    """What is remembered of this backend is forgotten before and after."""
    compiler_options.cache_clear()
    yield
    compiler_options.cache_clear()


def test_this_version_of_xla_knows_the_options_of_each_backend_and_one_that_has_none_gets_none(monkeypatch):
    assert compiler_options() == COMPILER_OPTIONS["cpu"]
    for backend, options in (("gpu", COMPILER_OPTIONS["gpu"]), ("tpu", {})):
        compiler_options.cache_clear()
        monkeypatch.setattr(jax, "default_backend", lambda backend=backend: backend)
        assert compiler_options() == options


@pytest.mark.parametrize(
    "unknown", [{"xla_cpu_of_another_version": 1}, {"xla_cpu_prefer_vector_width": "wide"}], ids=str
)
def test_an_option_or_a_value_that_xla_does_not_know_is_left_out(unknown, monkeypatch):
    known = {"xla_cpu_prefer_vector_width": 256}
    monkeypatch.setitem(COMPILER_OPTIONS, "cpu", {"xla_cpu_parallel_codegen_split_count": 2} | unknown)
    assert compiler_options() == {"xla_cpu_parallel_codegen_split_count": 2}
    monkeypatch.setitem(COMPILER_OPTIONS, "cpu", known)
    compiler_options.cache_clear()
    assert compiler_options() == known


def test_a_program_is_the_function_compiled_once_for_each_kind_of_arguments():
    traced = []

    @partial(Program, static_argnums=0)
    def scaled(power, x):
        traced.append(power)
        return x**power

    for power, size in ((2, 3), (2, 3), (3, 3), (2, 4)):
        np.testing.assert_array_equal(scaled(power, jnp.full(size, 2.0)), np.full(size, 2.0**power))
    assert traced == [2, 3, 2]
    assert scaled.function(2, 5) == 25


def test_the_options_change_results_by_rounding_only():
    model, images = cnn(10, "layer"), random_examples(8, (28, 28, 1))[0]
    variables = model.init(jax.random.key(0), images, train=False)
    got, want = (compiled(model, variables, images) for compiled in (Program(forward, static_argnums=0), plain()))
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())


def plain():
    return jax.jit(forward, static_argnums=0)
