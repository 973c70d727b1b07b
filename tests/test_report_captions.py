"""What the captions of a search's figures say is what its numbers carry."""

from dataclasses import replace

import numpy as np
import pytest
from report_cases import CONFIG, compared, search, study, trial
from test_report_summary import many, said

from jaxreg.pages.wording import points
from jaxreg.search.records import TestResult
from jaxreg.search.summarize import summarize
from jaxreg.search.summary import Summary

SCORES = np.full(10, -0.5, np.float32).tobytes()


def caption_of(summary: Summary, name: str) -> str:
    return next(text.caption for text in summary.figures if text.name == name)


def test_only_what_is_above_its_mark_is_called_important():
    results = search(40)
    assert results.importance is not None
    caption = caption_of(summarize(results), "importance")
    assert "this goes with a hyperparameter: normalization (62 %) and learning rate (21 %). It is more than" in caption
    assert "No more than by chance: regularizer and lambda. From 38 trials that count" in caption
    noise = replace(results.importance, by_chance=dict.fromkeys(results.importance.shares, 0.7))
    caption = caption_of(summarize(replace(results, importance=noise)), "importance")
    assert caption.startswith("No hyperparameter goes with more")
    assert "62 %" not in caption
    free = replace(results.importance, shares={"learning_rate": 0.9}, by_chance={"learning_rate": 0.2})
    assert "lambda" not in caption_of(summarize(replace(results, importance=free)), "importance")


def test_a_best_of_nothing_is_the_best():
    settings = CONFIG["settings"] | {"metric": "cost"}
    results = study((trial(0, 0.5), trial(1, 0.5)), config=CONFIG | {"settings": settings})
    scores = zip(results.trials, (-0.5, 0.0), strict=True)
    trials = tuple(replace(one, trial_valid_score=score, scores=SCORES) for one, score in scores)
    caption = caption_of(summarize(replace(results, trials=trials)), "history")
    assert "0.0000" in caption
    assert "-0.0000" not in caption


def test_equal_bests_medians_and_values_are_not_ranked_in_captions():
    cells = [(n, r) for n in ("none", "batch", "layer") for r in ("none", "l2")]
    trials = tuple(trial(12 * i + k, 0.95, n, r) for i, (n, r) in enumerate(cells) for k in range(12))
    summary = summarize(study(trials, comparison=compared(reg_types=["none", "l2"])))
    assert (
        caption_of(summary, "cells")
        == "The best trial-valid accuracy is 95.00 % in each of the 6 cells with a trial that counts."
    )
    assert caption_of(summary, "distribution") == "The cells with at least 10 trials have one median, 95.00 %."
    assert "1.0e-4 with batch (12 of 12)" in caption_of(summary, "reg_lambda_by_norm_type")
    alike = tuple(replace(t, train_accuracy=t.epoch_valid_accuracy) for t in trials)
    assert caption_of(summarize(study(alike)), "training_curve").endswith("94.29 % on epoch-valid and on train.")


def test_one_trial_is_called_the_only_one():
    summary = summarize(study((trial(3, 0.9),)))
    assert summary.conclusion[0].startswith("The only trial that counts is batch normalization")
    assert caption_of(summary, "history") == "The one trial reached 90.00 %."
    assert "biased upward" not in said(summary)
    lost = summarize(study((trial(0, 0.1, diverged=True),)))
    assert lost.conclusion[0] == "The one trial that has finished cannot be compared: there is no winner."
    assert caption_of(lost, "history").startswith("No trial counts")


def test_a_winner_far_above_the_others_is_not_called_biased_by_the_selection():
    assert "biased upward" in said(summarize(study(many(0, 12, 0.97))))
    assert "biased upward" not in said(summarize(study((trial(0, 0.97), trial(1, 0.9)))))


def test_errors_that_are_as_frequent_as_each_other_are_not_ranked():
    test = TestResult(0, 0.9, None, ((3, 1, 0, 0), (0, 4, 0, 0), (1, 0, 3, 0)))
    summary = summarize(replace(study((trial(0, 0.9),), num_classes=3), test=test))
    assert caption_of(summary, "confusion") == (
        "Right: 10 of 12 test images; 2 kinds of error are the most frequent (1 image each), such as class 0 taken for "
        "class 1."
    )


@pytest.mark.parametrize(
    ("sizes", "sampler", "is_said"), [((16, 17), "tpe", False), ((10, 20), "tpe", True), ((10, 20), "random", True)]
)
def test_bests_of_unequal_numbers_of_trials_are_unfair_where_the_numbers_differ_much(sizes, sampler, is_said):
    comparison = compared(["none", "batch"], ["l2"])
    trials = many(0, sizes[0], 0.95) + many(30, sizes[1], 0.94, "none")
    text = said(summarize(study(trials, comparison=comparison, config={"settings": {"sampler": sampler}})))
    assert ("unequal n" in text) is is_said
    assert ("where it has seen success" in text) is (is_said and sampler == "tpe")


def test_a_difference_that_is_not_zero_is_not_written_as_zero():
    assert points(0.0).en == "0.00 points"
    assert points(4e-5) == points(-4e-5) == ("less than 0.01 points", "0.01%p 미만")
    assert points(-6e-5).en == "-0.01 points"
