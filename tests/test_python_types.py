"""What is of another type than the Python interface takes is refused in one line, or taken as what it can only mean."""

from fractions import Fraction
from functools import partial

import jax
import numpy as np
import pytest

import jaxreg
from jaxreg.core.model import Standardization
from jaxreg.data import from_arrays
from jaxreg.errors import InputError
from jaxreg.own import digest
from jaxreg.search.config import StudyConfig

IMAGES, LABELS = np.zeros((4, 16, 16), np.uint8), np.arange(4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"norm_types": None}, "--norm-types None: allowed is a list"),
        ({"reg_types": 3}, "--reg-types 3: allowed is one or more different ones of"),
        ({"methods": None}, "--methods None: allowed is a list"),
        ({"methods": (3,)}, "--methods 3: allowed are paths of Python files, and values jaxreg.Method"),
        ({"learning_rate_range": 3}, "--learning-rate-range 3: allowed is"),
        ({"learning_rate_range": None}, "--learning-rate-range None: allowed is a list"),
        ({"out": None}, "--out None: allowed is a text"),
    ],
)
def test_a_setting_of_another_type_is_refused(settings, said):
    with pytest.raises(InputError) as caught:
        StudyConfig(**settings)
    assert str(caught.value).startswith(said)


def test_one_thing_is_a_list_of_it():
    assert StudyConfig(norm_types="none").norm_types == ("none",)
    assert StudyConfig(image_size=16).image_size == (16,)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (partial(jaxreg.compare, "embedded", methods=None), "methods: a list of names, Python files and methods"),
        (partial(from_arrays, IMAGES, LABELS, class_names=5), "arrays: class_names 5: allowed is a list of texts"),
        (partial(from_arrays, IMAGES, LABELS, class_names="abcd"), "arrays: class_names 'abcd': allowed is a list"),
        (partial(jaxreg.judge, [[0.1, 0.2], [0.3, 0.4]], factors=None), "--factors None: allowed is a list"),
    ],
)
def test_an_argument_of_another_type_is_refused(call, said):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value).startswith(said)


def test_columns_may_have_names_that_are_no_texts():
    table = {
        "method": ["a", "b"] * 3,
        3: [0, 0, 1, 1, 2, 2],
        ("x", 1): range(6),
        "score": [0.1, 0.5, 0.2, 0.6, 0.1, 0.7],
    }
    assert jaxreg.judge(table, block="3").best[0] == "b"


def own_method(value):
    return digest([value])


class Multiplied:
    """A penalty with a part of its own, by an instance."""

    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, params, hparams):
        return self.factor


def normalization(factor):
    class Base(Standardization):
        def _mean(self, z):
            return factor * z.mean()

        def moments(self, z, bias, train, mask):
            return self._mean(z), z.var()

    class Derived(Base):
        pass

    return Derived


def penalty(factor):
    class Penalty:
        def __call__(self, params, hparams):
            return factor

    return Penalty()


def with_rule(factor):
    @jax.custom_vjp
    def function(x):
        return x

    function.defvjp(lambda x: (function(x), None), lambda _, g: (factor * g,))
    return function


@pytest.mark.parametrize(
    "make", [Multiplied, normalization, penalty, with_rule, Fraction, partial(slice, 1), lambda n: range(n)]
)
def test_what_trains_is_known_by_all_that_it_does(make):
    assert digest([make(2)]) == digest([make(2)]) != digest([make(3)])
