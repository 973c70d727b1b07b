"""The examples in docstrings give what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import jaxreg
from jaxreg.core.fit import fit
from jaxreg.core.model import CNN, predict_proba
from jaxreg.core.penalty import WeightPenalty
from jaxreg.core.train import Recipe, cross_entropy, make_hparams, train_step
from jaxreg.data import class_counts, draw_splits, from_arrays, load_dataset, normalize_pixels
from jaxreg.engine.network import summary
from jaxreg.methods import find_methods
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.compose import compose, numbers_for
from jaxreg.nn import Conv, Dropout, normalize
from jaxreg.stats.budget import expected_best
from jaxreg.stats.contrasts import holm, wilcoxon_p
from jaxreg.stats.judge import judge
from jaxreg.verdict.answer import Verdict

PACKAGE = Path(jaxreg.__file__).parent
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
PUBLIC = (
    *(jaxreg.Factor, jaxreg.LogUniform, jaxreg.Method, jaxreg.Text, jaxreg.Uniform),
    *(jaxreg.compare, jaxreg.judge, jaxreg.load, Verdict, Conv, Dropout, normalize),
    *(CNN, Recipe, WeightPenalty, cross_entropy, fit, make_hparams, predict_proba, summary, train_step),
    *(class_counts, draw_splits, from_arrays, load_dataset, normalize_pixels),
    *(Comparison, compose, expected_best, find_methods, holm, judge, numbers_for, wilcoxon_p),
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_examples_of_a_module_give_what_they_say(path):
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("piece", PUBLIC, ids=lambda piece: piece.__name__)
def test_each_public_piece_has_an_example(piece):
    assert ">>> " in piece.__doc__
