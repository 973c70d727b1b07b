"""Verdicts that were never run, for words, tables, figures and pages."""

import itertools

import numpy as np

from jaxreg.methods import find_methods
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import NORMALIZATION, REGULARIZER, Factor, Method
from jaxreg.records import Choice, RunRecord
from jaxreg.stats.budget import expected_best
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Confirmation
from jaxreg.text import Text
from jaxreg.verdict.results import VerdictResults

PLACE = {"data_fingerprint": "f" * 64, "versions": {"jax": "0"}, "machine": {"cores": 2}, "earlier": []}
SETTINGS = {"data": "mnist", "lang": "en", "seed": 0, "smoke": False, "train_size": 1000}
TUNING = {"tune_trials": 3, "tune_budget": None}  # once
INITIALISATION = Factor("init", Text("initialisation", "초기화"), Text("initialisations", "초기화"))


def methods(factor, *names):
    """Returns a factor with methods of the package."""
    found = find_methods(factor.name)
    return factor, tuple(found[name] for name in names)


NORMS = methods(NORMALIZATION, "none", "batch", "layer")
REGS = methods(REGULARIZER, "none", "l1", "l2", "elastic")
INITS = (
    INITIALISATION,
    (
        Method("none", Text("usual initialisation", "일반 초기화"), INITIALISATION),
        Method("large", Text("large initialisation", "큰 초기화"), INITIALISATION, num_epochs=1),
    ),
)


def verdict(*effects, factors=(NORMS, REGS), blocks=6, images=3000, ease=4, seed=0, tuning=TUNING, **settings):
    """Returns the results of a full factorial in which the effects, in logits, are as given; 99 is all right.

    Args:
      effects: of the methods of each factor; those of batch and layer normalization where none are given.
      factors: with their methods.
      blocks: of the confirmation.
      images: of the test set.
      ease: how easy they are.
      seed: of the numbers.
      tuning: what the identity says of it.
      settings: of the configuration.
    """
    comparison = Comparison(factors)
    given = dict(enumerate(effects or [(0, 0.6, 0.3)]))
    sizes = [given.get(i, [0] * len(methods)) for i, (_, methods) in enumerate(factors)]
    totals = np.array([sum(one) for one in itertools.product(*sizes)])
    cells = comparison.cells
    rng = np.random.default_rng(seed)
    of_images = rng.normal(ease, 2, images)
    logits = of_images + rng.normal(0, 0.1, (len(cells), blocks, 1)) + totals[:, None, None]
    correct = rng.random((len(cells), blocks, images)) < 1 / (1 + np.exp(-logits))
    confirmation = Confirmation(comparison.names, cells, correct, np.ones((len(cells), blocks)), overlap=0.125)
    named = [dict(zip(comparison.names, cell, strict=True)) for cell in cells]
    right = correct.mean(axis=2)
    runs = tuple(
        RunRecord(
            k,
            0,
            named[c],
            {},
            0.95,
            float(right[c, k]),
            0.1,
            1.0,
            0.9,
            9,
            False,
            1.0,
            np.packbits(correct[c, k]).tobytes(),
        )
        for k in range(blocks)
        for c in range(len(cells))
    )
    middle = {name: (r.low * r.high) ** 0.5 if r.log else (r.low + r.high) / 2 for name, r in comparison.space.items()}
    choices = tuple(
        Choice(of, {name: middle[name] for name in comparison.params(cell)}, 0, 0.95)
        for of, cell in zip(named, cells, strict=True)
    )
    best = {cell: tuple(map(float, expected_best(0.9 + 0.01 * rng.random(3)))) for cell in cells}
    judgement = judge(confirmation, reference=comparison.reference, margins=comparison.margins(), draws=2000)
    config = PLACE | {"settings": SETTINGS | settings, "identity": TUNING | tuning, "command": "jaxreg verdict"}
    return VerdictResults(
        config,
        comparison,
        confirmation,
        judgement,
        choices=choices,
        frozen="0" * 64,
        runs=runs,
        expected_best=best,
        seconds=60.0,
    )
