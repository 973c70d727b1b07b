"""Verdicts that were never run, for words, tables, figures and pages."""

import itertools

import numpy as np

from jaxreg.records import NORM_TYPES, REG_TYPES, Choice, RunRecord
from jaxreg.stats.budget import expected_best
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Cell, Confirmation
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.results import VerdictResults

PLACE = {"data_fingerprint": "f" * 64, "versions": {"jax": "0"}, "machine": {"cores": 2}, "earlier": []}


def verdict(norm_effects=(0, 0.6, 0.3), reg_effects=(0, 0, 0, 0), blocks=6, images=3000, ease=4, seed=0, **settings):
    """Returns the results of a full factorial in which the effects, in logits, are as given; 99 is all right."""
    config = VerdictConfig(blocks=blocks, tune_trials=3, **settings)
    rng = np.random.default_rng(seed)
    of_images = rng.normal(ease, 2, images)
    cells = [Cell(*cell) for cell in itertools.product(NORM_TYPES, REG_TYPES)]
    effects = [sum(pair) for pair in itertools.product(norm_effects, reg_effects)]
    logits = of_images + rng.normal(0, 0.1, (12, blocks, 1)) + np.array(effects)[:, None, None]
    correct = rng.random((12, blocks, images)) < 1 / (1 + np.exp(-logits))
    confirmation = Confirmation(tuple(cells), correct, np.ones((12, blocks)), overlap=0.125)
    runs = tuple(
        RunRecord(
            k, *cell, float(correct[c, k].mean()), 0.1, 1.0, 0.9, 9, False, 1.0, np.packbits(correct[c, k]).tobytes()
        )
        for k in range(blocks)
        for c, cell in enumerate(cells)
    )
    choices = tuple(Choice(*cell, None if cell.reg_type == "none" else 1e-4, 2e-3, 0, 0.95) for cell in cells)
    best = {cell: tuple(map(float, expected_best(0.9 + 0.01 * rng.random(3)))) for cell in cells}
    judgement = judge(confirmation, margin=config.margin, level=config.level, seed=0)
    described = PLACE | {"settings": config.settings(), "command": config.command()}
    return VerdictResults(described, (), choices, "0" * 64, runs, judgement, best, 60.0)
