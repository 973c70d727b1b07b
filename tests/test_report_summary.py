"""What a report computes and says, against hand-made studies."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from report_cases import answers, compared, confusion, search, study, trial
from scipy.stats import binomtest

import jaxreg
from jaxreg.search.captions import confusion_sentence
from jaxreg.search.precision import compare, error_of, standard_error
from jaxreg.search.records import TestResult
from jaxreg.search.summarize import history, score_axis, summarize, summarize_test
from jaxreg.search.summary import FEW_TRIALS, Group, Summary, Winner


def winner_of(summary: Summary) -> Winner:
    assert summary.winner is not None
    return summary.winner


def cell_of(summary: Summary, *names: str) -> Group:
    return next(cell for cell in summary.cells if tuple(cell.methods.values()) == names)


def many(start, count, accuracy, norm_type="batch", reg_type="l2", **other):
    return tuple(trial(start + i, accuracy - 0.0002 * i, norm_type, reg_type, **other) for i in range(count))


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
    cell = cell_of(summary, "batch", "l2")
    assert (cell.count, cell.best, cell.best_trial, cell.median) == (3, 0.97, 1, 0.96)
    assert (cell.diverged, cell.pruned) == (1, 1)
    assert summary.num_counted == 4
    assert cell_of(summary, "none", "none").count == 1
    assert cell_of(summary, "layer", "l1").count == 0
    assert len(summary.cells) == 12


def test_groups_pool_their_cells_and_the_counts_add_up():
    summary = summarize(search())
    for groups in (summary.cells, *summary.groups.values()):
        assert sum(g.count for g in groups) == 198
        assert max(g.best or 0.0 for g in groups) == winner_of(summary).trial.trial_valid_accuracy
        assert sum(g.standing == "leader" for g in groups) == 1


def test_the_groups_and_cells_are_those_of_the_comparison_in_its_order():
    summary = summarize(study((trial(0, 0.9),), comparison=compared(["batch"], ["l2", "none"])))
    assert [cell.methods for cell in summary.cells] == [
        {"norm_type": "batch", "reg_type": "l2"},
        {"norm_type": "batch", "reg_type": "none"},
    ]
    assert [(g.methods, g.count) for g in summary.groups["norm_type"]] == [({"norm_type": "batch"}, 1)]
    assert [(g.label.en, g.count) for g in summary.groups["reg_type"]] == [("L2", 1), ("no regularizer", 0)]


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
def test_the_interval_of_the_test_accuracy_is_wilsons(right, total):
    result = summarize_test(TestResult(0, right / total, None, ((right, total - right, 0), (0, 0, 0))))
    z = NormalDist().inv_cdf(0.975)
    for end in (result.low, result.high):
        assert abs(end - right / total) == pytest.approx(z * (end * (1 - end) / total) ** 0.5, abs=1e-9)
    assert 0 <= result.low <= right / total <= result.high <= 1
    assert result.low < result.high


def test_the_standard_error_is_the_binomial_one_with_half_an_image_on_each_side():
    q = 100.5 / 5001
    assert standard_error(0.98, 5000) == pytest.approx((q * (1 - q) / 5000) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("num_images", [1, 8, 5000])
def test_all_right_and_none_right_are_not_certain(num_images):
    assert standard_error(1.0, num_images) == pytest.approx(standard_error(0.0, num_images))
    assert standard_error(1.0, num_images) > 0.4 / num_images


def packed(*right: int, num_images: int = 5000) -> bytes:
    """Returns the answers that are right on the images of these numbers, [from, to) pairs."""
    correct = np.zeros(num_images, bool)
    for low, high in zip(right[::2], right[1::2], strict=True):
        correct[low:high] = True
    return np.packbits(correct).tobytes()


@pytest.mark.parametrize(
    ("theirs", "images", "apart"),
    [
        ((0, 4900), 1, False),  # the same answers
        ((0, 4850), 50, True),  # 50 images fewer and none more: 50 > 2 sqrt(50)
        ((50, 4900), 50, True),
        ((250, 5000), 350, True),  # 250 only one way and 100 only the other: 150 > 2 sqrt(350)
        ((250, 5000, 0, 135), 215, False),  # 115 and 100: 15 < 2 sqrt(215)
        ((0, 4896), 4, False),  # 4 = 2 sqrt(4)
        ((0, 4895), 5, True),
    ],
)
def test_two_trials_are_told_apart_by_the_images_that_only_one_of_them_gets_right(theirs, images, apart):
    first, second = trial(0, 0.98, correct=packed(0, 4900)), trial(1, 0.9, correct=packed(*theirs))
    for pair in ((first, second), (second, first)):
        told = compare(pair[0], [pair[1]], 5000)
        assert told.resolution.tolist() == [pytest.approx(2 * images**0.5 / 5000)]
        assert told.apart.tolist() == [apart]


def test_two_images_never_tell_two_trials_apart():
    right, wrong = (trial(i, 1.0 - i, correct=packed(*part, num_images=2)) for i, part in enumerate([(0, 2), ()]))
    assert compare(right, [wrong], 2).apart.tolist() == [False]


def test_nothing_is_told_apart_within_no_points_at_all():
    for accuracy in (1.0, 0.0, 0.97):
        same = answers(0, accuracy)
        trials = tuple(trial(i, accuracy, n, correct=same) for i, n in enumerate(["batch"] * 12 + ["layer"] * 12))
        summary = summarize(study(trials))
        assert winner_of(summary).standard_error > 0.0
        assert winner_of(summary).resolution == pytest.approx(2 / 5000)
        assert "0.00 points" not in said(summary)
        assert f"layer {100 * accuracy:.2f} % (12 trials) is as good" in said(summary)
        assert "the first of 24 that are equal" in said(summary)


def test_few_is_said_of_exactly_the_cells_below_the_threshold():
    trials = (
        many(0, FEW_TRIALS, 0.97) + many(50, FEW_TRIALS - 1, 0.96, "layer", "l1") + many(80, 1, 0.95, "none", "none")
    )
    summary = summarize(study(trials))
    assert [c.label.en for c in summary.cells if c.few] == ["no norm + no regularizer", "layer + L1"]
    line = next(line for line in summary.conclusion if line.startswith("Fewer than 10 trials"))
    assert "layer + L1 (9)" in line
    assert "no norm + no regularizer (1)" in line
    assert "batch" not in line
    caption = next(f.caption for f in summary.figures if f.name == "cells")
    assert "hatched, with fewer than 10 trials that count: 11 of 12 cells" in caption


def test_nothing_is_said_of_few_or_unequal_trials_where_all_cells_have_as_many_and_enough():
    comparison = compared(["none", "batch"], ["none", "l2"])
    cells = [(n, r) for n in ("none", "batch") for r in ("none", "l2")]
    trials = sum((many(20 * i, 10, 0.95, n, r) for i, (n, r) in enumerate(cells)), ())
    text = said(summarize(study(trials, comparison=comparison)))
    assert "Fewer than" not in text
    assert "unequal n" not in text
    assert "few" not in text


def test_a_small_gap_cannot_be_told_apart_a_large_one_can_and_few_trials_are_not_ranked():
    answered = {"batch": (0, 4850), "layer": (0, 4790, 4950, 5000), "none": (0, 4650)}  # layer: 60 fewer, 50 more
    shares = {"batch": 0.97, "layer": 0.968, "none": 0.93}
    trials = tuple(
        trial(100 * i + k, shares[n], n, correct=packed(*answered[n])) for i, n in enumerate(shares) for k in range(20)
    )
    summary = summarize(study(trials))
    assert [g.standing for g in summary.groups["norm_type"]] == ["behind", "leader", "level"]
    line = next(line for line in summary.conclusion if line.startswith("By normalization"))
    assert "the highest accuracy is with batch, 97.00 % (20 trials)" in line
    assert "layer 96.80 % (20 trials) cannot be told apart from it (0.20 points lower)" in line
    assert "no norm 93.00 % (20 trials) is 4.00 points lower, more than the 0.57 points" in line  # 2 sqrt(200) / 5000
    fewer = summarize(study(many(0, 20, 0.97, "batch") + many(20, 3, 0.90, "layer")))
    assert "layer 90.00 % (3 trials, few) rests on too few trials to rank" in said(fewer)


def test_a_group_of_few_trials_that_is_as_high_as_the_leader_is_called_so():
    summary = summarize(study(many(0, 3, 1.0, "batch", "none") + many(20, 1, 1.0, "batch", "l2")))
    assert "the highest accuracy is with no regularizer, 100.00 % (3 trials, few); " in said(summary)
    assert "; L2 100.00 % (1 trial, few) is as good; " in said(summary)
    assert [g.standing for g in summary.groups["reg_type"]] == ["leader", "empty", "level", "empty"]
    lower = summarize(study(many(0, 12, 1.0, "batch", "none") + many(20, 1, 0.9998, "batch", "l2")))
    assert "; L2 99.98 % (1 trial, few) rests on too few trials to rank; " in said(lower)


def test_of_equal_bests_the_earlier_trial_leads_as_it_does_among_trials():
    for first, second in (("batch", "layer"), ("layer", "batch")):
        summary = summarize(study(many(5, 12, 0.97, first) + many(20, 12, 0.97, second)))
        assert winner_of(summary).trial.methods["norm_type"] == first
        assert [g.methods["norm_type"] for g in summary.groups["norm_type"] if g.standing == "leader"] == [first]


def test_the_winner_is_held_against_each_other_trial_and_its_near_ones_lie_in_their_own_cells():
    trials = (
        trial(0, 0.97, "batch", correct=packed(0, 4850)),
        trial(1, 0.9694, "layer", correct=packed(0, 4847)),  # 3 images
        trial(2, 0.96, "batch", correct=packed(0, 4800)),  # 50 images
        trial(3, 0.92, "batch", correct=packed(0, 4600)),  # 250 images
        trial(4, 0.97, "none", correct=packed(0, 4850), pruned=True),
    )
    winner = winner_of(summarize(study(trials)))
    assert winner.resolution == pytest.approx(2 * 50**0.5 / 5000)
    assert (winner.near, winner.near_cells, winner.equal) == (1, 1, 1)
    assert "By this, 1 other trial in 1 of 12 cells cannot be told apart" in said(summarize(study(trials)))
    assert "No other trial is that close" in said(summarize(study(trials[:1] + trials[2:])))
    assert winner_of(summarize(study(trials[:1]))).resolution is None
    assert "Two trials" not in said(summarize(study(trials[:1])))


def test_the_conclusion_names_the_winner_its_test_interval_and_the_bias_of_selection():
    summary = summarize(search())
    trial_number = winner_of(summary).trial.number
    first = summary.conclusion[0]
    assert first.startswith("The best of 198 trials is ")
    assert f"(trial {trial_number})" in first
    assert "95 % interval" in first
    assert "10,000 images" in first
    assert "biased upward by the selection" in said(summary)


@pytest.mark.parametrize(
    ("right", "lies"),
    [
        (9700, "Test accuracy and trial-valid accuracy are equal here."),
        (9720, "Test accuracy is 0.20 points above trial-valid accuracy, no more than two samples of images differ by"),
        (9650, "Test accuracy is 0.50 points below trial-valid accuracy, no more than two samples of images differ by"),
        (9610, "Test accuracy is 0.90 points below trial-valid accuracy, more than two samples of images differ by"),
        (9790, "Test accuracy is 0.90 points above trial-valid accuracy, more than two samples of images differ by"),
    ],
)
def test_every_number_of_the_conclusion_is_the_one_by_hand(right, lies):
    comparison = compared(reg_types=["none", "l2"])
    trials = many(0, 20, 0.97) + many(20, 12, 0.93, "layer") + many(40, 3, 0.90, "none", "none")
    test = TestResult(0, right / 10_000, 0.07, ((right, 0, 0), (10_000 - right, 0, 0)))
    text = said(summarize(replace(study(trials, comparison=comparison), test=test)))
    low, high = binomtest(right, 10_000).proportion_ci(method="wilson")
    error = (0.97 * 0.03 / 5000) ** 0.5  # without the half image, which is not seen in two digits
    other = (right / 10_000 * (1 - right / 10_000) / 10_000) ** 0.5
    if right != 9700:
        lies += {9610: ": the test images seem harder", 9790: ": the test images seem easier"}.get(right, " (standard")
        assert f"(standard error of the difference: {100 * (error**2 + other**2) ** 0.5:.2f} points)" in text
    for part in (
        "The best of 35 trials is batch normalization with L2 penalty (lambda 1.0e-4), learning rate 2.0e-3: "
        f"97.00 % on trial-valid (trial 0), {right / 100:.2f} % on test "
        f"(95 % interval {100 * low:.2f} % to {100 * high:.2f} %, 10,000 images).",
        f"the highest of 35 and so biased upward by the selection. {lies}",
        f"on 5,000 trial-valid images an accuracy of 97.00 % has a standard error of {100 * error:.2f} points.",
        "19 other trials in 1 of 6 cells cannot be told apart from the winner.",
        "have 3 to 20 trials that count",
        "rests on little: no norm + no regularizer (3).",
        "No trial that counts in no norm + L2, batch + no regularizer and layer + no regularizer.",
    ):
        assert part in text


def test_a_group_without_a_trial_that_counts_is_called_so_and_not_ranked():
    text = said(summarize(study(many(0, 20, 0.97) + many(20, 20, 0.1, "layer", diverged=True))))
    assert "the highest accuracy is with batch, 97.00 % (20 trials)" in text
    assert text.count("with layer there is no trial that counts") == 1


def test_diverged_and_pruned_trials_are_named_and_a_long_list_is_cut():
    text = said(summarize(study((*many(0, 3, 0.9), trial(7, 0.1, diverged=True), trial(9, 0.2, pruned=True)))))
    assert "Diverged (a loss or a weight that is not finite), so not counted: trial 7." in text
    assert "Pruned before the end, so not counted: trial 9." in text
    text = said(summarize(study((*many(0, 3, 0.9), *many(10, 20, 0.2, pruned=True)))))
    assert "trials 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and 8 more." in text


def test_trials_outside_of_the_studys_ranges_are_named():
    outside = (trial(6, 0.5, reg_lambda=1.0), trial(7, 0.5, learning_rate=0.5), trial(8, 0.5, learning_rate=1e-4))
    edges = (trial(3, 0.9, reg_lambda=1e-2), trial(4, 0.9, learning_rate=5e-4), trial(5, 0.9, "batch", "none"))
    results = study((*many(0, 3, 0.9), *edges, *outside))
    line = "With values outside of the study's ranges, which somebody asked for: trials 6, 7 and 8."
    assert line in said(summarize(results))
    assert "탐색 범위를 벗어난 값을 누군가 지정하여 실행한 시도: 6, 7, 8번." in said(summarize(results, "ko"))
    assert "outside of the study's ranges" not in said(summarize(study((*many(0, 3, 0.9), *edges))))


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
    assert any("in the shaded band: 1 trial" in f.caption for f in summary.figures if f.name == "history")


def test_the_axis_shows_everything_where_nothing_is_far_off():
    axis = score_axis(many(0, 5, 0.9), (), chance=0.1)
    assert axis.below == 0
    assert axis.low < 0.8996


def test_the_trend_is_the_median_of_bins_with_three_trials_or_more():
    rates = [1.1e-3, 1.2e-3, 1.3e-3, 9e-3]
    trials = tuple(
        trial(i, a, learning_rate=r) for i, (a, r) in enumerate(zip([0.9, 0.92, 0.97, 0.5], rates, strict=True))
    )
    relation = summarize(study(trials)).relations["learning_rate_by_norm_type"]
    ((low, high, middle),) = next(p for p in relation.panels if p.method.name == "batch").trend
    assert middle == 0.92
    assert low == pytest.approx(1.1e-3)
    assert high == pytest.approx(10**-2.75)


def test_lambda_panels_hold_only_trials_that_have_a_lambda():
    summary = summarize(search())
    by_penalty = summary.relations["reg_lambda_by_reg_type"]
    assert [p.method.name for p in by_penalty.panels] == ["l1", "l2", "elastic"]
    with_lambda = sum("reg_lambda" in t.params for t in summary.trials)
    for name in ("reg_lambda_by_reg_type", "reg_lambda_by_norm_type"):
        assert sum(len(p.trials) for p in summary.relations[name].panels) == with_lambda
    assert "reg_lambda_by_reg_type" not in summarize(study(many(0, 5, 0.9, reg_type="none"))).relations


def test_the_test_summary_counts_errors_from_most_to_least_frequent():
    result = summarize_test(TestResult(0, 0.8, None, ((8, 2, 0, 0), (1, 9, 0, 0), (0, 3, 0, 0))))
    assert (result.num_correct, result.num_examples) == (17, 23)
    assert [(e.actual, e.predicted, e.count) for e in result.confusions] == [(2, 1, 3), (0, 1, 2), (1, 0, 1)]
    assert result.recall == (0.8, 0.9, 0.0)
    assert result.balanced_accuracy == pytest.approx(1.7 / 3)
    assert result.macro_f1 == pytest.approx((16 / 19 + 18 / 24 + 0) / 3)


def test_the_error_of_balanced_accuracy_is_that_of_the_classes_shares():
    counts = np.array([9900, 0, 100])
    weights = 10_000 / (2 * np.repeat([9900, 100], [9900, 100]))
    right = np.concatenate([np.arange(9900) < 0.98 * 9900, np.arange(100) < 80])
    found = error_of((weights * right).astype(np.float32), "balanced_accuracy", counts)
    assert found == pytest.approx(np.hypot(standard_error(0.98, 9900), standard_error(0.8, 100)) / 2)
    rng = np.random.default_rng(0)
    drawn = [(rng.binomial(9900, 0.98) / 9900 + rng.binomial(100, 0.8) / 100) / 2 for _ in range(4000)]
    assert found == pytest.approx(np.std(drawn), rel=0.05)
    assert error_of(weights.astype(np.float32), "balanced_accuracy", counts) < 0.005  # all right


def test_classes_of_nearly_one_size_are_not_taken_for_each_other():
    counts = np.array([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])  # MNIST's test set
    weights = (10_000 / (10 * np.repeat(counts, counts))).astype(np.float32)
    every = np.sqrt(sum(standard_error(1.0, n) ** 2 for n in counts)) / 10
    assert error_of(weights, "balanced_accuracy", counts) == pytest.approx(every)


def test_the_least_error_of_a_cost_is_that_of_one_error_of_the_dearest():
    none_wrong = np.zeros(10_000, np.float32)
    dear, cheap = (error_of(none_wrong, "cost", np.array([5000, 5000]), [[0, c], [c, 0]]) for c in (1000.0, 0.001))
    assert dear == pytest.approx(1000 / 10_000)
    assert cheap == pytest.approx(0.001 / 10_000)


@pytest.mark.parametrize(
    ("score", "most", "ends"),
    [(1.0, 1.0, (0.9804, 1.0)), (-0.005, 0.0, (-0.0246, 0.0)), (0.01, 1.0, (0, 0.0296))],
)
def test_the_interval_of_a_score_ends_where_scores_do(score, most, ends):
    result = summarize_test(TestResult(0, 0.8, None, ((8, 2, 0), (1, 9, 0)), score=score, score_error=0.01), most)
    assert (result.low, result.high) == pytest.approx(ends)


def test_an_image_without_a_finite_answer_is_wrong_and_no_error_between_classes():
    result = summarize_test(TestResult(0, 0.8, None, ((8, 0, 2), (1, 9, 0))))
    assert (result.num_correct, result.num_examples) == (17, 20)
    assert result.recall == (0.8, 0.9)
    assert [(e.actual, e.predicted, e.count) for e in result.confusions] == [(1, 0, 1)]
    assert result.unanswered == 2
    assert confusion_sentence(result, ("cat", "a {dog}")).en == (
        "Right: 17 of 20 test images; the most frequent error: class a {dog} taken for class cat (1 image). Without a "
        "finite answer, so wrong: 2 images."
    )


def test_a_class_without_images_has_no_recall_and_no_part_in_the_mean():
    result = summarize_test(TestResult(0, 0.8, None, ((0, 0, 0, 0), (1, 3, 0, 0), (0, 1, 1, 0))))
    assert result.recall == (None, 0.75, 0.5)
    assert result.balanced_accuracy == 0.625


EVEN = (1000,) * 10


def balanced(train=EVEN, trial_valid=EVEN, test=EVEN):
    """Returns the summary of a study on so many images of each class."""
    counts = {"train": train, "epoch_valid": train, "trial_valid": trial_valid, "test": test}
    return summarize(replace(study((trial(0, 0.9, correct=answers(0, 0.9, sum(trial_valid))),)), class_counts=counts))


def test_a_split_says_how_unbalanced_it_is_among_the_classes_that_occur_and_names_the_others():
    splits = {s.name: s for s in balanced(train=(10, 25, 0), trial_valid=(0, 4, 4), test=(4, 4, 4)).splits}
    assert (splits["train"].ratio, splits["train"].absent) == (2.5, {2})
    assert (splits["trial_valid"].ratio, splits["trial_valid"].absent) == (1.0, {0})
    assert splits["test"].absent == set()


@pytest.mark.parametrize(
    ("changed", "evenness", "split", "guess", "num_classes"),
    [
        ({"train": (9000, *EVEN[1:])}, "even", "trial_valid", 0.1, 10),  # nothing is measured on train
        ({"trial_valid": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)}, "even", "trial_valid", 0.1135, 10),
        ({"test": (5000, *EVEN[1:])}, "uneven", "test", 5 / 14, 10),
        ({"trial_valid": (0, *EVEN[1:])}, "even", "trial_valid", 1 / 9, 10),  # it occurs in test
        ({"trial_valid": (3, 2, 0, 2, 1, 1, 0, 1, 3, 3)}, "drawn", "trial_valid", 3 / 16, 10),
        ({"trial_valid": (30, 20, 0, 20, 10, 10, 0, 10, 30, 30)}, "uneven", "trial_valid", 3 / 16, 10),
    ],
)
def test_accuracy_is_called_unfair_only_where_it_is_measured_on_classes_more_uneven_than_a_draw_makes_them(
    changed, evenness, split, guess, num_classes
):
    balance = balanced(**changed).balance
    assert (balance.evenness, balance.split, balance.num_classes) == (evenness, split, num_classes)
    assert balance.guess == pytest.approx(guess)


def test_a_class_that_never_occurs_is_no_class_of_the_comparison():
    empty = (0, *EVEN)
    balance = balanced(train=empty, trial_valid=empty, test=empty).balance
    assert (balance.evenness, balance.guess, balance.num_classes) == ("even", pytest.approx(0.1), 10)


@pytest.mark.parametrize(("module", "absent"), [("search.summarize", "matplotlib"), ("search.write", "scipy.stats")])
def test_a_search_imports_what_takes_long_only_where_it_is_needed(module, absent):
    code = f"import sys, jaxreg.{module}; sys.exit('{absent}' in sys.modules)"
    root = Path(jaxreg.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_the_synthetic_confusion_matrix_keeps_its_totals():
    assert [sum(row) for row in confusion(4, 50, 0.9)] == [50] * 4
