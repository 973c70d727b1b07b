"""A verdict by another metric than accuracy: what tuning maximises, what is kept of each image, what is judged."""

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
from jaxreg.records import LANGUAGES
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.words import say
from jaxreg.verdict.write import write_verdict_report

INSIDE = {"tuning": "per-block", "tune_trials": 2, "tune_budget": 1, "blocks": 3, "norm_types": ("none",)}


@pytest.fixture(scope="module", params=["log_loss", "balanced_accuracy"])
def finished(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    write_data(folder / "data.npz")
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
