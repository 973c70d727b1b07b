"""A verdict by another metric than accuracy: what tuning maximises, what is kept of each image, what is judged."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from test_study import write_data
from test_verdict import small

import jaxreg
from jaxreg.engine.problem import load_data
from jaxreg.errors import InputError
from jaxreg.judging.config import JudgeConfig
from jaxreg.judging.run import run_judge
from jaxreg.pages.markup import words
from jaxreg.pages.measure import F1_NOT_JUDGED
from jaxreg.pages.wording import percent
from jaxreg.records import LANGUAGES
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.page import render_verdict
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.scores import as_confirmation, mean_macro_f1
from jaxreg.verdict.words import say
from jaxreg.verdict.write import write_verdict_report

INSIDE = {"tuning": "per-block", "tune_trials": 2, "tune_budget": 1, "blocks": 3, "norm_types": ("none",)}


@pytest.fixture(scope="module", params=["log_loss", "balanced_accuracy"])
def finished(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    data = write_data(folder / "data.npz")
    if request.param == "balanced_accuracy":  # of two classes, so that what is right and what is true say the answers
        write_data(folder / "data.npz", **{name: data[name] // 2 for name in ("y_train", "y_test")})
    margin = {"log_loss": 0.01}.get(request.param)
    config = small(folder / "run", folder / "data.npz", metric=request.param, margin=margin, **INSIDE)
    return config, run_verdict(config)


def test_scores_of_the_test_images_are_those_of_the_metric(finished):
    config, results = finished
    labels = load_data(config).test_labels
    for run in results.runs:
        scores = np.frombuffer(run.scores, np.float32)
        right = np.unpackbits(np.frombuffer(run.correct, np.uint8), count=len(labels))
        if config.metric == "log_loss":
            expected = -run.test_loss
        else:
            expected = np.mean([right[labels == label].mean() for label in np.unique(labels)])
        assert scores.mean(dtype=np.float64) == pytest.approx(expected, rel=1e-5)
        assert run.judged == pytest.approx(expected, rel=1e-5)


def test_what_does_not_train_is_known_by_the_score_that_is_judged(finished):
    config, results = finished
    chance = {"balanced_accuracy": 0.5, "log_loss": -np.log(4)}[config.metric]
    assert results.confirmation.chance == pytest.approx(chance)
    labels = load_data(config).test_labels
    good, bad = (0.97, 0.5) if config.metric == "balanced_accuracy" else (-0.1, -1.4)
    first = [run for run in results.runs if run.trial == 0]  # where one counts, as tuned once
    runs = [dataclasses.replace(run, test_accuracy=0.9, test_score=good + 0.001 * run.block) for run in first]
    runs[0] = dataclasses.replace(runs[0], test_score=bad)
    runs[1] = dataclasses.replace(runs[1], test_accuracy=0.1)  # as classes that are not even may have it
    found = as_confirmation(config, runs, (), labels, 100)
    assert np.argwhere(found.failed).tolist() == [[results.confirmation.cells.index(runs[0].cell), runs[0].block]]


def test_trials_are_weighed_and_judged_by_it(finished):
    _, results = finished
    for cell, scores in zip(results.confirmation.cells, results.confirmation.scores, strict=True):
        for block in range(3):
            own = [run for run in results.runs if (run.cell, run.block) == (cell, block)]
            assert scores[block].mean() == pytest.approx(np.mean([run.judged for run in own]), rel=1e-5)
    best = max(results.judgement.cells, key=lambda score: score.test.value)
    assert results.judgement.cells[0] is best
    for run in results.runs:
        assert run.score == run.trial_valid_score != run.trial_valid_accuracy or run.score == run.trial_valid_accuracy


def f1(labels, predicted, label):
    """Returns F1 from precision and recall."""
    right = np.sum((predicted == label) & (labels == label))
    if not right:
        return 0.0
    precision, recall = right / np.sum(predicted == label), right / np.sum(labels == label)
    return 2 / (1 / precision + 1 / recall)


def test_macro_f1_is_shown_beside_what_is_judged_and_the_page_says_why(finished):
    config, results = finished
    labels = load_data(config).test_labels
    if config.metric == "balanced_accuracy":
        for run in results.runs:
            right = np.unpackbits(np.frombuffer(run.correct, np.uint8), count=len(labels))
            predicted = np.where(right, labels, 1 - labels)
            assert run.macro_f1 == pytest.approx(np.mean([f1(labels, predicted, label) for label in (0, 1)]))
    for cell, mean in results.macro_f1.items():  # a block's trials count the same here, each being the best of one
        assert mean == pytest.approx(np.mean([run.macro_f1 for run in results.runs if run.cell == cell]))
    write_verdict_report(results, Path(config.out), "en")
    with (Path(config.out) / "cells.csv").open() as file:
        rows = {(row["norm_type"], row["reg_type"]): float(row["macro_f1"]) for row in csv.DictReader(file)}
    assert rows == results.macro_f1
    for lang in LANGUAGES:
        page = render_verdict(results, {}, lang)
        assert words(F1_NOT_JUDGED.to(lang)) in page
        for mean in rows.values():
            assert words(percent(mean).to(lang)) in page


def test_macro_f1_is_of_the_blocks_that_are_judged(finished):
    _, results = finished
    some = np.array([True, False, True])
    first = [run for run in results.runs if run.trial == 0]
    for cell, mean in mean_macro_f1(first, (), some).items():
        own = [run.macro_f1 for run in first if run.cell == cell and some[run.block]]
        assert mean == pytest.approx(sum(own) / 2)


def test_runs_of_before_macro_f1_was_kept_are_judged_without_it(finished):
    _, results = finished
    old = dataclasses.replace(
        results, macro_f1=mean_macro_f1([dataclasses.replace(results.runs[0], macro_f1=None)], (), np.ones(1, bool))
    )
    assert old.macro_f1 == {}
    assert "macro F1" not in render_verdict(old, {}, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_figures_and_page_are_of_it(lang, finished):
    config, results = finished
    name = results.score.to(lang)
    assert name in " ".join(say(results, lang))
    shares = config.metric == "balanced_accuracy"
    assert results.judgement.are_shares == shares
    assert ("points" in " ".join(say(results))) == shares
    page = write_verdict_report(results, Path(config.out), lang).read_text(encoding="utf-8")
    assert name in page
    assert "test accuracy" not in page
    assert "테스트 정확도" not in page
    assert json.loads((Path(config.out) / "summary.json").read_text())["metric"] == config.metric


def test_its_run_folder_is_read_back_and_judged_the_same_way(finished):
    config, results = finished
    assert run_verdict(config).runs == results.runs
    margin = max(results.judgement.margins.values())
    again = run_judge(JudgeConfig(config.out, margin=margin, out=f"{config.out}-judged"))
    assert again.judgement.best.candidates == results.judgement.best.candidates
    assert again.judgement.are_shares == results.judgement.are_shares
    assert [s.test.value for s in again.judgement.cells] == [s.test.value for s in results.judgement.cells]


def test_another_metric_is_another_verdict(finished):
    config, _ = finished
    with pytest.raises(InputError, match="metric was"):
        run_verdict(dataclasses.replace(config, metric="brier", margin=0.1))


def test_a_metric_that_is_no_share_needs_a_margin():
    with pytest.raises(InputError, match=r"--margin: --metric brier is no share .* such as 0\.002"):
        VerdictConfig(metric="brier")
    with pytest.raises(InputError, match="--margin: --metric log_loss"):
        jaxreg.compare("embedded", metric="log_loss")
