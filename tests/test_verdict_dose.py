"""A dose: differences are paired within blocks and trials, each block gives one for each part of a range."""

import warnings

import numpy as np
import pytest
from verdict_cases import verdict

from jaxreg.pages.files import svg_bytes
from jaxreg.pages.fonts import korean_font
from jaxreg.pages.style import LIGHT
from jaxreg.records import RunRecord
from jaxreg.stats.judgement import Estimate
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import tuned_runs
from jaxreg.verdict.dose import find_doses
from jaxreg.verdict.plots import draw_verdict

CONFIG = VerdictConfig(norm_types=("none", "batch"), reg_types=("none", "l1", "l2"), tune_trials=4, blocks=8)


NUM_TEST = 400
TERMS = {"num_test": NUM_TEST, "level": 0.05, "chance": 0.1}


def near(values):
    return pytest.approx(values, abs=1e-6)  # scores of images are float32


def runs(effect, failing=()):
    """Returns runs whose accuracy is that of block, trial and effect(cell, params)."""
    rng = np.random.default_rng(0)
    common = {(b, t): 0.9 + 0.02 * rng.random() for b in range(CONFIG.blocks) for t in range(CONFIG.num_trials)}
    made = []
    for run in tuned_runs(CONFIG):
        accuracy = common[run.block, run.trial] + effect(run.point.cell, run.point.params)
        if (run.block, run.trial, run.point.cell) in failing:
            accuracy = 0.1
        point = run.point
        values = (run.block, run.trial, point.methods, point.params, accuracy, accuracy)
        shares = np.full(NUM_TEST, accuracy, np.float32)
        made.append(RunRecord(*values, 0.1, 1.0, 0.9, 9, False, 1.0, b"", scores=shares.tobytes()))
    return tuple(made)


def l1_hurts(cell, params):
    return -0.05 * (params["reg_lambda"] > 1e-4) if cell[1] == "l1" else 0.01 if cell[1] == "l2" else 0.0


def test_what_blocks_trials_and_rates_have_in_common_cancels():
    found = {dose.cell: dose for dose in find_doses(CONFIG.comparison, runs(l1_hurts), **TERMS)}
    assert set(found) == {(norm, reg) for norm in ("none", "batch") for reg in ("l1", "l2")}
    for norm in ("none", "batch"):
        l1, l2 = found[norm, "l1"], found[norm, "l2"]
        assert [effect.value for effect in l1.effects] == near([0, 0, -0.05, -0.05])
        assert [effect.value for effect in l2.effects] == near([0.01] * 4)
        assert l1.ends == pytest.approx((1e-6, 1e-5, 1e-4, 1e-3, 1e-2))
        assert l1.hurts_from == pytest.approx(1e-4)
        assert l2.hurts_from is None
        assert l1.best in (0, 1)
        assert l1.gain.value == near(0)


def test_a_run_that_did_not_train_says_nothing_of_a_dose():
    (plan, *_) = [run for run in tuned_runs(CONFIG) if run.point.cell == ("none", "l2")]
    failing = {(plan.block, plan.trial, plan.point.cell)}
    found = {dose.cell: dose for dose in find_doses(CONFIG.comparison, runs(l1_hurts, failing), **TERMS)}
    assert [effect.value for effect in found["none", "l2"].effects] == near([0.01] * 4)


def test_runs_that_chance_spreads_around_a_limit_all_count():
    near_chance = {**TERMS, "chance": 0.905}  # halfway to the best lies among the runs, of which none is apart
    every, some = (find_doses(CONFIG.comparison, runs(l1_hurts), **terms) for terms in (TERMS, near_chance))
    assert every == some


def test_one_trial_or_few_blocks_give_no_dose():
    given = runs(l1_hurts)
    for some in ([run for run in given if run.block < 2], [run for run in given if run.trial < 1]):
        assert find_doses(CONFIG.comparison, tuple(some), **TERMS) == ()


@pytest.mark.skipif(korean_font() is None, reason="no font with Korean letters is installed")
def test_in_korean_the_axis_of_a_strength_has_no_minus_that_the_font_lacks(caplog):
    results = verdict(images=200)
    vars(results)["doses"] = find_doses(CONFIG.comparison, runs(l1_hurts), **TERMS)
    figure = draw_verdict(results, "dose", LIGHT, "ko")
    figure.draw_without_rendering()
    assert len(figure.axes) > 1
    assert not caplog.records


@pytest.mark.parametrize("parts", [0, 1])
def test_parts_of_which_no_block_says_anything_are_on_the_axis_without_a_warning(parts):
    results = verdict(images=200)
    doses = find_doses(CONFIG.comparison, runs(l1_hurts), **TERMS)
    unknown = tuple(Estimate(float("nan")) for _ in doses[0].effects[parts:])
    vars(results)["doses"] = tuple(dose._replace(effects=(*dose.effects[:parts], *unknown)) for dose in doses)
    figure = draw_verdict(results, "dose", LIGHT, "en")
    with warnings.catch_warnings(action="error"):
        svg_bytes(figure)
    for ax in figure.axes:
        low, high = ax.get_xlim()
        assert low < 1e-5 < 1e-3 < high
