"""A search by another metric than accuracy: what it maximises, keeps, records and says, in both languages."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from test_report_page import read
from test_study import small_config, write_data

import jaxreg
from jaxreg.engine.confusion import balanced_accuracy, confusion_matrix, macro_f1
from jaxreg.errors import InputError
from jaxreg.pages.measure import MEASURES
from jaxreg.records import LANGUAGES, best_trial
from jaxreg.search.run import run_search
from jaxreg.search.summarize import summarize
from jaxreg.search.tables import cell_table
from jaxreg.search.write import write_report

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


def test_files_have_losses_as_they_are_and_small_costs_have_digits(finished):
    table = cell_table(summarize(finished[1], "en"))
    heads, rows = table.csv()
    best = {row["reg_type"]: row["best"] for row in (dict(zip(heads, row, strict=True)) for row in rows)}
    losses = {reg: min(-t.score for t in finished[1].trials if t.methods["reg_type"] == reg) for reg in ("none", "l2")}
    assert best == losses
    assert f"{losses['l2']:.4f}" in table.markdown("en")
    cost = MEASURES["cost"]
    assert [cost.value(-value).en for value in (0.0, 3e-5, 0.04, 1234.5)] == [
        "0.0000",
        "3.0e-05",
        "0.0400",
        "1234.5000",
    ]
    assert cost.difference(2e-5).en == "2.0e-05"


def test_a_run_of_one_metric_is_not_continued_by_another(finished):
    config, _ = finished
    assert config.identity()["metric"] == "log_loss"
    assert "metric" not in dataclasses.replace(config, metric="accuracy").identity()
    for other in ("brier", "accuracy"):
        with pytest.raises(InputError, match="metric was log_loss, now"):
            run_search(dataclasses.replace(config, metric=other))


COSTS = "0,1,1,1\n1,0,1,1\n1,1,0,1\n9,9,9,0\n"


def test_costs_of_confusions_are_what_is_minimised_and_part_of_the_study(tmp_path):
    write_data(tmp_path / "data.npz")
    (tmp_path / "costs.csv").write_text(COSTS)
    of_costs = {"metric": "cost", "costs": str(tmp_path / "costs.csv")}
    config = small_config(tmp_path / "run", tmp_path / "data.npz", **of_costs, **CELLS | {"trials": 2})
    results = run_search(config)
    for trial in results.trials:
        scores = np.frombuffer(trial.scores, np.float32)
        assert set(scores.tolist()) <= {0.0, -1.0, -9.0}
        assert (scores == 0).mean() == pytest.approx(trial.trial_valid_accuracy)
    assert "mean cost" in summarize(results).conclusion[0]
    (tmp_path / "costs.csv").write_text(COSTS.replace("9", "8"))
    with pytest.raises(InputError, match="costs was"):
        run_search(dataclasses.replace(config))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0,1\n1,0\n", "--costs: 2 rows; the data have 4 classes"),
        ("0,1\n1\n", "row 2: 1 numbers, where there are 2 rows"),
        ("0,x\n1,0\n", "row 1: 'x'; allowed is a row for each class"),
        ("0,-1\n1,0\n", "row 1: '-1'; allowed"),
        ("1,1\n1,1\n", "every answer costs the same"),
        ("", "0 rows; allowed is a row for each class"),
        (None, "cannot be read"),
    ],
)
def test_costs_that_cannot_be_are_refused_in_one_line(text, said, tmp_path):
    write_data(tmp_path / "data.npz")
    if text is not None:
        (tmp_path / "costs.csv").write_text(text)
    of_costs = {"metric": "cost", "costs": str(tmp_path / "costs.csv")}
    with pytest.raises(InputError, match=said):
        run_search(small_config(tmp_path / "run", tmp_path / "data.npz", **of_costs))


@pytest.mark.parametrize("given", [{"metric": "cost"}, {"costs": "costs.csv"}])
def test_costs_and_their_metric_go_together(given):
    with pytest.raises(InputError, match="--metric cost and --costs FILE: allowed is both or neither"):
        small_config(**given)


def test_metrics_of_an_unbalanced_confusion_matrix():
    labels, predicted = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, -1])
    counts = confusion_matrix(labels, predicted, 2)
    np.testing.assert_array_equal(counts, [[3, 1, 0], [0, 1, 1]])
    assert balanced_accuracy(counts) == (0.75 + 0.5) / 2  # an answer that is not finite is wrong
    assert macro_f1(counts) == pytest.approx((6 / 7 + 2 / 4) / 2)
    balanced = np.array([[8, 2, 0], [1, 1, 0]])
    assert balanced_accuracy(balanced) == pytest.approx((0.8 + 0.5) / 2)
    assert macro_f1(balanced) == pytest.approx((16 / 19 + 2 / 5) / 2)


def test_a_class_without_images_is_in_no_mean_over_classes():
    assert macro_f1(np.eye(3, 4) * [5, 5, 0, 0]) == balanced_accuracy(np.eye(3, 4) * [5, 5, 0, 0]) == 1
    taken_for_it = np.array([[0, 0, 0, 0], [1, 9, 0, 0], [0, 0, 10, 0]])
    assert balanced_accuracy(taken_for_it) == pytest.approx(0.95)
    assert macro_f1(taken_for_it) == pytest.approx((18 / 19 + 1) / 2)
