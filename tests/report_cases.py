"""Synthetic studies for the tests of the report: a hand-made trial, and a search that looks like a real one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaxreg.methods import find_methods
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import NORMALIZATION, REGULARIZER
from jaxreg.records import Curve, TrialRecord
from jaxreg.search.records import Importance, StudyResults, TestResult
from jaxreg.text import Text

CONFIG: Mapping[str, Any] = {
    "command": "python experiments/search.py --trials 200 --seed 0",
    "settings": {
        "trials": 200,
        "seed": 0,
        "data": "embedded",
        "train_size": 1000,
        "epoch_valid_size": 2000,
        "trial_valid_size": 5000,
        "norm_types": ["none", "batch", "layer"],
        "reg_types": ["none", "l1", "l2", "elastic"],
        "lambda_range": [1e-6, 1e-2],
        "learning_rate_range": [5e-4, 1e-2],
        "loss": "cross_entropy",
        "penalty_n": "batch",
        "penalty_scope": "kernels",
        "activation": "relu",
        "sampler": "tpe",
        "pruner": "none",
    },
    "versions": {"python": "3.11.7", "jax": "0.9.0", "optuna": "4.6.0"},
    "machine": {"device": "cpu", "cores": 2},
    "data_fingerprint": {"name": "mnist", "sha256": "5f3c" * 16},
}
TABLE = """layer     output shape     parameters
conv1     (28, 28, 32)            320
conv2     (12, 12, 64)         18,496
conv3     (4, 4, 64)           36,928
dense1    (64,)                65,600
dense2    (10,)                   650
total                         121,994"""
NETWORK = Text(TABLE, TABLE)


def compared(norm_types=("none", "batch", "layer"), reg_types=("none", "l1", "l2", "elastic")) -> Comparison:
    """Returns the comparison of methods of these names; of one factor where the other has none."""
    named = ((NORMALIZATION, norm_types), (REGULARIZER, reg_types))
    factors = [(f, tuple(find_methods(f.name)[name] for name in names)) for f, names in named if names]
    return Comparison(tuple(factors))


SEED = compared()


def trial(
    number: int,
    accuracy: float,
    norm_type: str = "batch",
    reg_type: str = "l2",
    *,
    reg_lambda: float = 1e-4,
    learning_rate: float = 2e-3,
    diverged: bool = False,
    pruned: bool = False,
    num_epochs: int = 12,
    correct: bytes | None = None,
) -> TrialRecord:
    """Returns a trial with a plausible curve that ends in `accuracy`."""
    best_epoch = max(1, num_epochs - 5)
    rise = [accuracy * (1.0 - 0.5 * math.exp(-0.6 * e)) for e in range(1, num_epochs + 1)]
    valid = [min(v, rise[best_epoch - 1]) - 0.001 * (e != best_epoch - 1) for e, v in enumerate(rise)]
    train = [min(1.0, v + 0.02 * (1.0 - math.exp(-0.3 * e))) for e, v in enumerate(rise)]
    losses = [None if diverged else 2.0 * math.exp(-0.5 * e) + 0.01 for e in range(num_epochs)]
    curve = Curve(
        train_loss=tuple(losses),
        train_accuracy=tuple(train),
        valid_loss=tuple(None if v is None else 0.8 * v + 0.08 for v in losses),
        valid_accuracy=tuple(valid),
    )
    return TrialRecord(
        number=number,
        methods={"norm_type": norm_type, "reg_type": reg_type},
        params=({} if reg_type == "none" else {"reg_lambda": reg_lambda}) | {"learning_rate": learning_rate},
        key=(0, number),
        num_epochs=num_epochs,
        best_epoch=best_epoch,
        train_accuracy=train[best_epoch - 1],
        train_loss=losses[best_epoch - 1],
        epoch_valid_accuracy=valid[best_epoch - 1],
        epoch_valid_loss=curve.valid_loss[best_epoch - 1],
        trial_valid_accuracy=accuracy,
        trial_valid_loss=None if diverged else 0.1,
        diverged=diverged,
        pruned=pruned,
        seconds=2.5,
        curve=curve,
        correct=answers(number, accuracy) if correct is None else correct,
    )


def answers(number: int, accuracy: float, num_images: int = 5000) -> bytes:
    """Returns which images a trial of this accuracy answers right, as a record has it; some are hard for all trials."""
    hardness = np.random.default_rng(0).normal(size=num_images)
    hardness += np.random.default_rng(1 + number).normal(0, 0.5, num_images)
    correct = np.zeros(num_images, bool)
    correct[np.argsort(hardness)[: round(accuracy * num_images)]] = True
    return np.packbits(correct).tobytes()


def confusion(num_classes: int, per_class: int, accuracy: float, seed: int = 0) -> tuple[tuple[int, ...], ...]:
    """Returns a confusion matrix of about the given accuracy, with some errors far more frequent than others."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(num_classes):
        shares = rng.gamma(0.35, size=num_classes)
        shares[i] = 0.0
        shares *= (1.0 - accuracy) / max(shares.sum(), 1e-12)
        shares[i] = max(0.0, 1.0 - shares.sum())
        rows.append((*(int(n) for n in rng.multinomial(per_class, shares)), 0))
    return tuple(rows)


def study(
    trials: tuple[TrialRecord, ...],
    *,
    comparison: Comparison = SEED,
    config: Mapping[str, Any] = CONFIG,
    num_classes: int = 10,
    importance: Importance | None = None,
) -> StudyResults:
    """Returns the results of a study of these trials, on 1,000 / 2,000 / 5,000 / 10,000 nearly balanced images."""
    sizes = {"train": 1000, "epoch_valid": 2000, "trial_valid": 5000, "test": 10_000}
    class_counts = {
        split: tuple(int(n) for n in np.random.default_rng(size).multinomial(size, [1 / num_classes] * num_classes))
        for split, size in sizes.items()
    }
    results = StudyResults(config, comparison, class_counts, NETWORK, trials, importance, None, 2.5 * len(trials))
    if results.best is None:
        return results
    matrix = confusion(num_classes, 10_000 // num_classes, max(0.0, results.best.trial_valid_accuracy - 0.001))
    right = sum(matrix[i][i] for i in range(num_classes))
    test = TestResult(results.best.number, right / sum(map(sum, matrix)), 0.07, matrix)
    return StudyResults(config, comparison, class_counts, NETWORK, trials, importance, test, results.seconds)


def search(num_trials: int = 200, seed: int = 0) -> StudyResults:
    """Returns a search that narrows on batch norm as TPE does; L1 hurts at large lambda, and two trials diverge."""
    rng = np.random.default_rng(seed)
    norms, regs = ["none", "batch", "layer"], ["none", "l1", "l2", "elastic"]
    level = {"none": 0.958, "batch": 0.9755, "layer": 0.968}
    trials = []
    for n in range(num_trials):
        explore = n < 20 or rng.random() < 0.18
        norm = str(rng.choice(norms) if explore else rng.choice(norms, p=[0.02, 0.93, 0.05]))
        reg = str(rng.choice(regs) if explore else rng.choice(regs, p=[0.08, 0.17, 0.5, 0.25]))
        log_lambda = rng.uniform(-6, -2) if explore else float(np.clip(rng.normal(-3.6, 0.7), -6, -2))
        log_rate = rng.uniform(-3.3, -2) if explore else float(np.clip(rng.normal(-2.7, 0.17), -3.3, -2))
        hurt = {"none": 0.0, "l1": 0.012, "l2": 0.001, "elastic": 0.006}[reg] * 10 ** (2 * min(log_lambda + 2.4, 0.3))
        accuracy = level[norm] - 0.02 * (log_rate + 2.75) ** 2 - hurt + rng.normal(0.0, 0.0022)
        broken = n in (7, 61)
        value = float(rng.uniform(0.09, 0.12)) if broken or n == 14 else round(float(accuracy), 4)
        trials.append(
            trial(
                n,
                value,
                norm,
                reg,
                reg_lambda=10**log_lambda,
                learning_rate=10**log_rate,
                diverged=broken,
                num_epochs=int(rng.integers(8, 26)),
            )
        )
    importance = Importance(
        shares={"norm_type": 0.62, "learning_rate": 0.21, "reg_type": 0.1, "reg_lambda": 0.07},
        by_chance={"norm_type": 0.05, "learning_rate": 0.18, "reg_type": 0.14, "reg_lambda": 0.3},
        num_trials=num_trials - 2,
    )
    return study(tuple(trials), importance=importance)


def spread(comparison: Comparison, num_trials: int = 120, seed: int = 0) -> StudyResults:
    """Returns a search over the cells of any comparison, with values anywhere in the ranges."""
    rng = np.random.default_rng(seed)
    names = [*comparison.names, *comparison.space]
    trials = []
    for n in range(num_trials):
        cell = comparison.cells[int(rng.integers(len(comparison.cells)))]
        params = {}
        for name in comparison.params(cell):
            given = comparison.space[name]
            ends = np.log10([given.low, given.high]) if given.log else [given.low, given.high]
            value = float(rng.uniform(*ends))
            params[name] = 10**value if given.log else value
        accuracy = round(0.9 + 0.08 * comparison.cells.index(cell) / len(comparison.cells) + rng.normal(0, 0.004), 4)
        methods = dict(zip(comparison.names, cell, strict=True))
        trials.append(replace(trial(n, accuracy), methods=methods, params=params))
    shares = {name: (i + 1) / 40 for i, name in enumerate(names)}
    return study(
        tuple(trials), comparison=comparison, importance=Importance(shares, dict.fromkeys(names, 0.1), num_trials)
    )


EDGES = {
    "one trial": study((trial(0, 0.9),)),
    "one epoch": study((trial(0, 0.9, num_epochs=1),)),
    "all diverged": study(tuple(trial(i, 0.1, diverged=True) for i in range(3))),
    "all pruned": study(tuple(trial(i, 0.3, pruned=True) for i in range(3))),
    "no penalty": study(tuple(trial(i, 0.9, "none", "none") for i in range(12))),
    "two trials": study((trial(0, 0.9), trial(1, 0.8, "layer", "l1"))),
    "perfect": study(tuple(trial(i, 1.0) for i in range(12))),
    "two classes": study((trial(0, 0.9),), num_classes=2),
    "hundred classes": study((trial(0, 0.5),), num_classes=100),
    "empty config": study((trial(0, 0.9),), config={}),
    "no curve": study((replace(trial(0, 0.9), curve=type(trial(0, 0.9).curve)((), (), (), ())),)),
    "no number": study((trial(0, 0.9), replace(trial(1, 0.9), trial_valid_accuracy=float("nan"), diverged=True))),
}
