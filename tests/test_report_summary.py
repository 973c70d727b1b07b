"""What a report computes and says, against hand-made studies."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from report_cases import CONFIG, confusion, search, study, trial
from scipy.stats import binomtest

import jaxreg
from jaxreg.records import StudyResults, TestResult
from jaxreg.report import summarize
from jaxreg.report.summarize import accuracy_axis, history, standard_error, summarize_test, wilson_interval
from jaxreg.report.summary import FEW_TRIALS, Summary, Winner


def winner_of(summary: Summary) -> Winner:
    assert summary.winner is not None
    return summary.winner


def many(start, count, accuracy, norm_type="batch", reg_type="l2", **other):
    return tuple(trial(start + i, accuracy - 0.0001 * i, norm_type, reg_type, **other) for i in range(count))


def said(summary: Summary) -> str:
    return "\n".join(summary.conclusion)


def test_a_cell_has_its_count_best_and_median_without_diverged_and_pruned_trials():
    trials = (
        trial(0, 0.95),
        trial(1, 0.97),
        trial(2, 0.96),
        trial(3, 0.10, diverged=True),
        trial(4, 0.99, pruned=True),
        trial(5, 0.90, "none", "none"),
    )
    summary = summarize(study(trials))
    cell = summary.cell("batch", "l2")
    assert (cell.count, cell.best, cell.best_trial, cell.median) == (3, 0.97, 1, 0.96)
    assert (cell.diverged, cell.pruned) == (1, 1)
    assert summary.num_counted == 4
    assert summary.cell("none", "none").count == 1
    assert summary.cell("layer", "l1").count == 0
    assert len(summary.cells) == 12


def test_groups_pool_their_cells_and_the_counts_add_up():
    summary = summarize(search())
    for groups in (summary.cells, summary.norms, summary.regs):
        assert sum(g.count for g in groups) == 198
        assert max(g.best or 0.0 for g in groups) == winner_of(summary).trial.trial_valid_accuracy
        assert sum(g.standing == "leader" for g in groups) == 1


def test_cells_that_were_not_searched_are_not_shown_and_unknown_kinds_come_last():
    config = {"settings": {"norm_types": ["batch"], "reg_types": "l2, group"}}
    summary = summarize(study((trial(0, 0.9),), config=config))
    assert summary.norm_types == ("batch",)
    assert summary.reg_types == ("l2", "group")
    assert summarize(study((trial(0, 0.9, "batch", "l1"),), config={})).reg_types == ("l1",)


def test_best_so_far_never_falls_skips_lost_trials_and_needs_a_strict_improvement():
    trials = (
        trial(0, 0.5, diverged=True),
        trial(1, 0.8),
        trial(2, 0.7),
        trial(3, 0.8),
        trial(4, 0.95, pruned=True),
        trial(5, 0.9),
    )
    result = history(trials)
    assert result.best_so_far == (None, 0.8, 0.8, 0.8, 0.8, 0.9)
    assert result.improved == (1, 5)


@pytest.mark.parametrize(("right", "total"), [(0, 10), (10, 10), (7, 10), (9794, 10_000), (1, 3)])
def test_the_wilson_interval_is_scipys(right, total):
    interval = wilson_interval(right, total)
    expected = binomtest(right, total).proportion_ci(method="wilson")
    assert interval.low == pytest.approx(expected.low, abs=1e-12)
    assert interval.high == pytest.approx(expected.high, abs=1e-12)


def test_the_standard_error_is_the_binomial_one():
    assert standard_error(0.98, 5000) == pytest.approx(0.0019799, abs=1e-7)


def test_few_is_said_of_exactly_the_cells_below_the_threshold():
    trials = (
        many(0, FEW_TRIALS, 0.97) + many(50, FEW_TRIALS - 1, 0.96, "layer", "l1") + many(80, 1, 0.95, "none", "none")
    )
    summary = summarize(study(trials))
    assert [(c.norm_type, c.reg_type) for c in summary.cells if c.few] == [("none", "none"), ("layer", "l1")]
    line = next(line for line in summary.conclusion if line.startswith("Fewer than 10 trials"))
    assert "layer + L1 (9)" in line
    assert "no norm + no penalty (1)" in line
    assert "batch" not in line
    caption = next(f.caption for f in summary.figures if f.name == "cells")
    assert "2 of 12 cells, hatched, have fewer than 10 trials" in caption


def test_nothing_is_said_of_few_or_unequal_trials_where_all_cells_have_as_many_and_enough():
    config = {"settings": {"norm_types": ["none", "batch"], "reg_types": ["none", "l2"]}}
    cells = [(n, r) for n in ("none", "batch") for r in ("none", "l2")]
    trials = sum((many(20 * i, 10, 0.95, n, r) for i, (n, r) in enumerate(cells)), ())
    text = said(summarize(study(trials, config=config)))
    assert "Fewer than" not in text
    assert "unequal n" not in text
    assert "few" not in text


def test_a_small_gap_cannot_be_told_apart_a_large_one_can_and_few_trials_are_not_ranked():
    trials = many(0, 20, 0.97, "batch") + many(20, 20, 0.968, "layer") + many(40, 20, 0.93, "none")
    summary = summarize(study(trials))
    assert [g.standing for g in summary.norms] == ["behind", "leader", "level"]
    line = next(line for line in summary.conclusion if line.startswith("By normalization"))
    assert "batch reached the highest accuracy, 97.00 % (20 trials)" in line
    assert "layer 96.80 % (20 trials) cannot be told apart from it (0.20 points lower)" in line
    assert "no norm 93.00 % (20 trials) is 4.00 points lower, more than the 0.87 points" in line
    fewer = summarize(study(many(0, 20, 0.97, "batch") + many(20, 3, 0.90, "layer")))
    assert "layer 90.00 % (3 trials, few) rests on too few trials to rank" in said(fewer)


def test_of_equal_bests_the_earlier_trial_leads_as_it_does_among_trials():
    for first, second in (("batch", "layer"), ("layer", "batch")):
        summary = summarize(study(many(5, 12, 0.97, first) + many(20, 12, 0.97, second)))
        assert winner_of(summary).trial.norm_type == first
        assert [g.norm_type for g in summary.norms if g.standing == "leader"] == [first]


def test_the_resolution_is_two_standard_errors_of_a_difference():
    summary = summarize(study(many(0, 20, 0.97)))
    assert winner_of(summary).resolution == pytest.approx(2 * 2**0.5 * standard_error(0.97, 5000))
    assert winner_of(summary).near == 19
    assert winner_of(summary).near_cells == 1


def test_the_conclusion_names_the_winner_its_test_interval_and_the_bias_of_selection():
    summary = summarize(search())
    trial_number = winner_of(summary).trial.number
    first = summary.conclusion[0]
    assert first.startswith("The best of 198 trials is ")
    assert f"(trial {trial_number})" in first
    assert "95 % interval" in first
    assert "10,000 images" in first
    assert "biased upward by the selection" in said(summary)


@pytest.mark.parametrize(("right", "lies"), [(9650, "0.50 points below it"), (9720, "0.20 points above it")])
def test_every_number_of_the_conclusion_is_the_one_by_hand(right, lies):
    config = {"settings": {"norm_types": ["none", "batch", "layer"], "reg_types": ["none", "l2"]}}
    trials = many(0, 20, 0.97) + many(20, 12, 0.93, "layer") + many(40, 3, 0.90, "none", "none")
    test = TestResult(0, right / 10_000, 0.07, ((right, 0), (10_000 - right, 0)))
    text = said(summarize(replace(study(trials, config=config), test=test)))
    low, high = binomtest(right, 10_000).proportion_ci(method="wilson")
    error = (0.97 * 0.03 / 5000) ** 0.5
    for part in (
        "The best of 35 trials is batch normalization with L2 penalty (lambda 1.0e-4), learning rate 2.0e-3: "
        f"97.00 % on trial-valid (trial 0), {right / 100:.2f} % on test "
        f"(95 % interval {100 * low:.2f} % to {100 * high:.2f} %, 10,000 images).",
        f"the highest of 35 and so biased upward by the selection. Test lies {lies}.",
        f"on 5,000 trial-valid images an accuracy of 97.00 % has a standard error of {100 * error:.2f} points, "
        f"so two results within {200 * 2**0.5 * error:.2f} points",
        "19 other trials in 1 of 6 cells lie that close to the winner.",
        "have 0 to 20 trials",
        "rests on little: no norm + no penalty (3).",
        "No trial that counts in no norm + L2, batch + no penalty and layer + no penalty.",
    ):
        assert part in text


def test_a_group_without_a_trial_that_counts_is_called_so_and_not_ranked():
    text = said(summarize(study(many(0, 20, 0.97) + many(20, 20, 0.1, "layer", diverged=True))))
    assert "batch reached the highest accuracy, 97.00 % (20 trials)" in text
    assert text.count("layer has no trial that counts") == 1


def test_diverged_and_pruned_trials_are_named_and_a_long_list_is_cut():
    text = said(summarize(study((*many(0, 3, 0.9), trial(7, 0.1, diverged=True), trial(9, 0.2, pruned=True)))))
    assert "Diverged (a loss that is not finite), so not counted: trial 7." in text
    assert "Pruned before the end, so not counted: trial 9." in text
    text = said(summarize(study((*many(0, 3, 0.9), *many(10, 20, 0.2, pruned=True)))))
    assert "trials 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and 8 more." in text


def test_without_trials_or_without_a_winner_the_conclusion_says_so():
    assert summarize(study(())).conclusion == ("No trial has finished yet, so there is nothing to conclude.",)
    lost = summarize(study(many(0, 2, 0.1, diverged=True)))
    assert lost.winner is None
    assert lost.conclusion[0] == "None of the 2 finished trials can be compared: there is no winner."


def test_the_axis_leaves_out_untrained_trials_but_never_the_best_of_a_cell_that_learned():
    trials = (*many(0, 40, 0.98), *many(50, 3, 0.92, "none", "none"), trial(60, 0.1))
    summary = summarize(study(trials))
    assert summary.axis.below == 1
    assert summary.axis.lowest == 0.1
    assert 0.90 < summary.axis.low <= 0.92
    assert summary.axis.high > 0.98
    assert any("1 trial lies below" in f.caption for f in summary.figures if f.name == "history")


def test_the_axis_shows_everything_where_nothing_is_far_off():
    axis = accuracy_axis(many(0, 5, 0.9), (), 10)
    assert axis.below == 0
    assert axis.low < 0.8996


def test_the_trend_is_the_median_of_bins_with_three_trials_or_more():
    rates = [1.1e-3, 1.2e-3, 1.3e-3, 9e-3]
    trials = tuple(
        trial(i, a, learning_rate=r) for i, (a, r) in enumerate(zip([0.9, 0.92, 0.97, 0.5], rates, strict=True))
    )
    relation = summarize(study(trials)).relations["learning_rate_by_normalization"]
    ((low, high, middle),) = next(p for p in relation.panels if p.value == "batch").trend
    assert middle == 0.92
    assert low == pytest.approx(1.1e-3)
    assert high == pytest.approx(10**-2.75)


def test_lambda_panels_hold_only_trials_that_have_a_lambda():
    summary = summarize(search())
    by_penalty = summary.relations["lambda_by_penalty"]
    assert [p.value for p in by_penalty.panels] == ["l1", "l2", "elastic"]
    with_lambda = sum(t.reg_lambda is not None for t in summary.trials)
    for name in ("lambda_by_penalty", "lambda_by_normalization"):
        assert sum(len(p.trials) for p in summary.relations[name].panels) == with_lambda
    assert "lambda_by_penalty" not in summarize(study(many(0, 5, 0.9, reg_type="none"))).relations


def test_the_test_summary_counts_errors_from_most_to_least_frequent():
    result = summarize_test(TestResult(0, 0.8, None, ((8, 2, 0, 0), (1, 9, 0, 0), (0, 3, 0, 0))))
    assert (result.num_correct, result.num_examples) == (17, 23)
    assert [(e.actual, e.predicted, e.count) for e in result.confusions] == [(2, 1, 3), (0, 1, 2), (1, 0, 1)]
    assert result.recall == (0.8, 0.9, 0.0)


def test_an_image_without_a_finite_answer_is_wrong_and_no_error_between_classes():
    result = summarize_test(TestResult(0, 0.8, None, ((8, 0, 2), (1, 9, 0))))
    assert (result.num_correct, result.num_examples) == (17, 20)
    assert result.recall == (0.8, 0.9)
    assert [(e.actual, e.predicted, e.count) for e in result.confusions] == [(1, 0, 1)]


def test_a_split_says_how_unbalanced_it_is():
    results = replace(study(many(0, 2, 0.9)), class_counts={"train": (10, 25), "test": (0, 4)})
    splits = {s.name: s for s in summarize(results).splits}
    assert splits["train"].ratio == 2.5
    assert splits["test"].ratio is None


@pytest.mark.parametrize(("module", "absent"), [("report", "matplotlib"), ("report.write", "scipy.stats")])
def test_a_search_imports_what_takes_long_only_where_it_is_needed(module, absent):
    code = f"import sys, jaxreg.{module}; sys.exit('{absent}' in sys.modules)"
    root = Path(jaxreg.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_an_unknown_number_of_trial_valid_images_leaves_out_what_it_would_support():
    results = StudyResults(CONFIG, {}, "", many(0, 12, 0.9) + many(20, 12, 0.8, "none"), None, None, 1.0)
    text = said(summarize(results))
    assert "What can be told" not in text
    assert "no norm 80.00 % (12 trials) is 10.00 points lower" in text


def test_the_synthetic_confusion_matrix_keeps_its_totals():
    assert [sum(row) for row in confusion(4, 50, 0.9)] == [50] * 4
