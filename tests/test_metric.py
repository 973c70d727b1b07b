"""A search by another metric than accuracy: what it maximises, keeps, records and says, in both languages."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from test_report_page import read
from test_study import small_config, write_data

import jaxreg
from jaxreg.errors import InputError
from jaxreg.pages.measure import MEASURES
from jaxreg.records import LANGUAGES, best_trial
from jaxreg.search.run import run_search
from jaxreg.search.summarize import summarize
from jaxreg.search.write import write_report
from jaxreg.verdict.config import VerdictConfig

CELLS = {"norm_types": ("none",), "reg_types": ("none", "l2"), "sampler": "balanced", "trials": 4}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metric")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz", metric="log_loss", **CELLS)
    return config, run_search(config)


def test_the_best_trial_is_the_one_of_the_least_loss_and_its_images_have_scores(finished):
    config, results = finished
    losses = [trial.trial_valid_loss for trial in results.trials]
    np.testing.assert_allclose([-trial.score for trial in results.trials], losses, rtol=1e-5)
    assert best_trial(results.trials).number == int(np.argmin(losses))
    for trial in results.trials:
        scores = np.frombuffer(trial.scores, np.float32)
        assert len(scores) == config.trial_valid_size
        assert float(scores.mean(dtype=np.float64)) == pytest.approx(trial.score, rel=1e-5)
    summary = json.loads((Path(config.out) / "summary.json").read_text())
    assert summary["best_value"] == max(trial.score for trial in results.trials)
    assert summary["test_score"] == pytest.approx(-summary["test_loss"], rel=1e-5)
    assert jaxreg.load(config.out).description["score"] == summary["best_value"]


def test_a_finished_search_is_read_back_from_its_storage_as_it_was(finished):
    config, results = finished
    assert run_search(config).trials == results.trials


@pytest.mark.parametrize("lang", LANGUAGES)
def test_report_axes_and_captions_name_the_metric_as_it_is_usually_written(lang, finished):
    config, results = finished
    name = MEASURES["log_loss"].text.to(lang)
    write_report(results, Path(config.out), lang)
    summary = summarize(results, lang)
    assert name in summary.measure.axis.to(lang)
    assert f"{-summary.winner.trial.score:.4f}" in summary.conclusion[0]
    assert all(name in text.caption + text.title + text.alt for text in summary.figures if text.name == "history")
    text = read((Path(config.out) / "report.html").read_text(encoding="utf-8")).text
    assert name in text
    assert not any(mark in text for mark in ("<metric>", "<high>", "<low", "<named>", "<an>", "<Beyond>", "-0."))


def test_a_run_of_one_metric_is_not_continued_by_another(finished):
    config, _ = finished
    assert config.identity()["metric"] == "log_loss"
    assert "metric" not in dataclasses.replace(config, metric="accuracy").identity()
    with pytest.raises(InputError, match="metric"):
        run_search(dataclasses.replace(config, metric="brier"))


def test_a_verdict_by_another_metric_than_accuracy_is_refused():
    with pytest.raises(InputError, match="--metric brier: allowed is accuracy: a verdict judges no other yet"):
        VerdictConfig(metric="brier")
