"""The winner trained again: other seeds, the same everything else, resumable, and what the report says of it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from test_study import small_config, write_data

from jaxreg.engine.problem import load_data
from jaxreg.records import LANGUAGES, Point
from jaxreg.search import again
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search
from jaxreg.search.summarize import summarize
from jaxreg.search.trial import Trials

FEW = {"trials": 2, "again": 3, "norm_types": ("none",)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz", **FEW)
    return config, run_search(config)


def test_repetitions_differ_from_the_winner_and_from_each_other_by_their_seeds_alone(finished):
    config, results = finished
    assert [run.number for run in results.again] == [1, 2, 3]
    tested = {results.test.accuracy, *(run.test_score for run in results.again)}
    epochs = [results.best.num_epochs, *(run.num_epochs for run in results.again)]
    assert len(tested) > 1 or len(set(epochs)) > 1
    point = Point(results.best.methods, results.best.params)
    made = again.Again(config, load_data(config), results.best.number, point)
    ((record, _),) = made.run([(0, 2)], 1, lambda *_: False)
    assert dataclasses.replace(record, seconds=0.0) == dataclasses.replace(results.again[1], seconds=0.0)


def test_they_are_kept_and_more_of_them_come_beside(finished, monkeypatch):
    config, results = finished
    assert run_search(dataclasses.replace(config, again=4)).again[:3] == results.again
    monkeypatch.setattr(again.Again, "run", None)
    assert run_search(dataclasses.replace(config, again=0)).again == ()
    assert run_search(config).again == results.again


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_says_what_they_reached(lang, finished):
    config, results = finished
    tests = [run.test_score for run in results.again]
    (line,) = (line for line in summarize(results, lang).conclusion if "다시 학습" in line or "again 3 times" in line)
    assert all(f"{100 * value:.2f}" in line for value in (np.mean(tests), min(tests), max(tests)))
    kept = json.loads((Path(config.out) / "summary.json").read_text())["again"]
    assert [run["test"] for run in kept] == tests
    one = dataclasses.replace(results, again=results.again[:1])
    assert any("with another seed" in line or "시드를 바꾸어" in line for line in summarize(one, lang).conclusion)
    none = summarize(dataclasses.replace(results, again=()), lang).conclusion
    assert not any("again" in line or "다시 학습" in line for line in none)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_those_that_diverged_are_counted_and_in_no_mean(lang, finished):
    _, results = finished
    scores = ((0.95, False), (0.11, True), (0.97, False))
    again = [
        dataclasses.replace(run, test_score=score, trial_valid_score=score, diverged=diverged)
        for run, (score, diverged) in zip(results.again, scores, strict=True)
    ]
    lines = summarize(dataclasses.replace(results, again=tuple(again)), lang).conclusion
    assert any("diverged in 1" in line or "1회는 발산" in line for line in lines)
    (line,) = (line for line in lines if "96.00" in line)
    assert "11.00" not in line
    lost = tuple(dataclasses.replace(run, diverged=True) for run in again)
    assert not any("mean test" in line for line in summarize(dataclasses.replace(results, again=lost), lang).conclusion)


def test_a_study_of_few_trials_has_none_unless_asked():
    assert [StudyConfig(trials=n).num_again for n in (1, 19, 20, 200)] == [0, 0, 5, 5]
    assert StudyConfig(trials=1, again=2).num_again == 2
    assert StudyConfig(again=0).identity() == StudyConfig().identity()


def test_the_trials_do_not_know_of_them(finished):
    config, _ = finished
    assert (
        Trials(config, load_data(config)).identity
        == Trials(dataclasses.replace(config, again=9), load_data(config)).identity
    )
