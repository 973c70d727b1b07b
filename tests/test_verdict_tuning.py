"""Tuning within every block: paired, balanced, blind to the test set until frozen, and the winner's mean exact."""

import csv
import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from test_study import write_data
from test_verdict import CELLS, cell_of, small

import jaxreg
from jaxreg.engine import problem, work
from jaxreg.engine.problem import load_data
from jaxreg.engine.storage import open_study
from jaxreg.errors import InputError
from jaxreg.stats.budget import expected_best, winner_weights
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs, drawn, tuned_runs
from jaxreg.verdict.freeze import winners
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.words import say

INSIDE = {"tuning": "per-block", "tune_trials": 3, "tune_budget": 2}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inside")
    write_data(folder / "data.npz")
    config = small(folder / "run", folder / "data.npz", **INSIDE)
    return config, run_verdict(config)


def timeless(results):
    runs = [dataclasses.replace(run, seconds=0.0) for run in results.runs]
    return runs, results.choices, results.frozen, results.judgement, say(results)


def test_every_block_gives_every_cell_the_same_trials_in_turn(finished):
    _, results = finished
    order = [(block, trial, *cell) for block in (0, 1) for trial in (0, 1, 2) for cell in CELLS]
    assert [(run.block, run.trial, *cell_of(run)) for run in results.runs] == order


def test_cells_share_the_values_of_hyperparameters_that_they_have_and_blocks_do_not(finished):
    config, results = finished
    rates = {(run.block, run.trial): run.params["learning_rate"] for run in results.runs}
    assert len(set(rates.values())) == len(rates) == 6
    for run in results.runs:
        assert run.params["learning_rate"] == rates[run.block, run.trial]
        assert set(run.params) == set(config.comparison.params(run.cell))


@pytest.mark.parametrize("name", ["learning_rate", "reg_lambda"])
def test_a_blocks_values_are_spread_over_the_range_one_in_each_part(name):
    config = VerdictConfig(tune_trials=5)
    low, high, *_ = config.comparison.space[name]
    parts = [np.floor(5 * np.log(np.array(drawn(config, b, name)) / low) / np.log(high / low)) for b in range(40)]
    assert all(sorted(values) == [0, 1, 2, 3, 4] for values in parts)
    assert len({tuple(values) for values in parts}) > 20  # in any order


def test_the_values_depend_on_seed_block_and_name_alone():
    config = VerdictConfig()
    other = dataclasses.replace(config, norm_types=("batch",), reg_types=("l2", "max_norm"), blocks=3, data_seed=4)
    assert drawn(config, 2, "reg_lambda") == drawn(other, 2, "reg_lambda")
    assert drawn(config, 2, "reg_lambda") != drawn(dataclasses.replace(config, seed=1), 2, "reg_lambda")


def test_the_score_is_the_mean_of_the_winner_over_all_choices_of_the_trials(finished):
    config, results = finished
    for place, cell in enumerate(CELLS):
        for block in range(config.blocks):
            own = [run for run in results.runs if (run.block, run.cell) == (block, cell)]
            best = [max(pair, key=lambda run: run.trial_valid_accuracy) for pair in itertools.combinations(own, 2)]
            mean = np.mean([run.test_accuracy for run in best])
            assert results.confirmation.scores[place, block].mean() == pytest.approx(mean, abs=1e-12), (place, block)


@pytest.mark.parametrize(("n", "m"), [(4, 3), (5, 1), (3, 3), (6, 2)])
def test_weights_are_the_shares_of_draws_that_a_trial_wins(n, m):
    values = np.round(np.random.default_rng(n).random(n), 1)  # some are equal: the earliest wins
    wins = np.zeros(n)
    for drawn_ones in itertools.combinations(range(n), m):
        wins[max(drawn_ones, key=lambda i: (values[i], -i))] += 1
    np.testing.assert_allclose(winner_weights(values, m), wins / wins.sum(), atol=1e-12)
    np.testing.assert_allclose(winner_weights(values, m) @ values, expected_best(values)[m - 1], atol=1e-12)


@pytest.mark.parametrize(("values", "budget"), [([], 1), ([0.5, np.nan], 1), ([0.5], 0), ([0.5], 2)])
def test_weights_of_nothing_and_impossible_budgets_are_refused(values, budget):
    with pytest.raises(ValueError, match=r"values|budget"):
        winner_weights(values, budget)


def test_one_that_diverged_wins_only_where_all_did(finished):
    _, results = finished
    own = [run for run in results.runs if (run.block, run.cell) == (0, CELLS[0])]
    first = [dataclasses.replace(own[0], diverged=True, trial_valid_accuracy=1.0), *own[1:]]
    (winner,) = winners(first, budget=3)
    assert winner.trial != 0
    assert winner.weights[0] == 0
    (winner,) = winners([dataclasses.replace(run, diverged=True) for run in own], budget=3)
    assert winner.weights == (1.0, 0.0, 0.0)


def test_nothing_that_is_frozen_knows_the_test_set(finished, tmp_path):
    config, results = finished
    arrays = np.load(config.data.removeprefix("npz:"))
    write_data(tmp_path / "other.npz", x_test=255 - arrays["x_test"])
    other = run_verdict(dataclasses.replace(config, data=f"npz:{tmp_path / 'other.npz'}", out=str(tmp_path / "run")))
    assert winners_of(tmp_path / "run") == winners_of(Path(config.out))
    assert other.choices == results.choices
    assert [run.correct for run in other.runs] != [run.correct for run in results.runs]


def winners_of(folder):
    return json.loads((folder / "frozen.json").read_text())["choices"]


def test_what_is_seen_while_it_runs_knows_nothing_of_the_test_set(finished):
    config, results = finished
    runs = Runs(config, load_data(config), tuple(tuned_runs(config)))
    for record in results.runs[:5]:
        assert runs.value(record) == record.trial_valid_accuracy
        assert f"{record.test_accuracy:.2%}" not in runs.outcome(record) or record.test_accuracy == runs.value(record)


def test_interrupted_it_continues_to_the_same_verdict(finished, tmp_path, monkeypatch):
    config, results = finished
    config = dataclasses.replace(config, out=str(tmp_path / "cut"))
    real, calls = work.finish_trial, itertools.count(1)

    def interrupted(*args, **kwargs):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(work, "finish_trial", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_verdict(config)
    assert not (tmp_path / "cut" / "frozen.json").exists()
    assert timeless(run_verdict(config)) == timeless(results)


def test_a_finished_verdict_only_judges_again_and_a_changed_freeze_is_refused(finished, monkeypatch):
    config, results = finished
    monkeypatch.setattr(problem, "fit_each", None)  # nothing is trained
    assert timeless(run_verdict(config)) == timeless(results)
    path = Path(config.out) / "frozen.json"
    text = path.read_text()
    path.write_text(text.replace("0.6", "0.7", 1))
    with pytest.raises(InputError, match="not what tuning chose"):
        run_verdict(config)
    path.write_text(text)


def test_it_keeps_no_networks_and_says_what_does(finished):
    config, _ = finished
    with pytest.raises(InputError, match="a verdict that tunes in every block keeps no networks; a search"):
        jaxreg.load(config.out)


def test_the_files_say_what_each_run_tried(finished):
    config, results = finished
    with open(Path(config.out) / "runs.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["learning_rate"]) for row in rows] == [run.params["learning_rate"] for run in results.runs]
    assert [row["reg_lambda"] == "" for row in rows] == [run.cell[1] == "none" for run in results.runs]
    summary = json.loads((Path(config.out) / "summary.json").read_text())
    assert (summary["tuning_trials_of_each_cell"], summary["tuning_budget"], summary["runs"]) == (3, 2, 24)


def test_both_languages_say_what_the_intervals_are_about(finished):
    _, results = finished
    judged = dataclasses.replace(results, judgement=results.judgement._replace(num_blocks=3))
    assert "the best of 2 tuning trials in each block for each combination" in say(judged)[-2]
    assert "the luck of tuning is in them" in say(judged)[-1]
    assert "튜닝의 운도 구간에 포함됩니다" in say(judged, "ko")[-1]


def test_another_way_of_tuning_is_another_verdict(finished):
    config, _ = finished
    for changed in ({"tuning": "once", "tune_budget": None}, {"tune_budget": 3}, {"tune_trials": 2}):
        with pytest.raises(InputError, match=f"{next(iter(changed))} was "):
            run_verdict(dataclasses.replace(config, **changed))
    with pytest.raises(InputError, match="seed was 0, now 3"):
        open_study(Runs(dataclasses.replace(config, seed=3), load_data(config), ()))


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({"tuning": "once", "tune_budget": 2}, "--tune-budget 2: allowed is none but with --tuning per-block"),
        ({"tune_budget": 5}, "--tune-budget 5: allowed is an integer in 1..4, the tuning trials"),
        ({"tuning": "twice"}, "--tuning twice: allowed is per-block, once"),
    ],
)
def test_budgets_that_mean_nothing_are_refused(given, allowed):
    with pytest.raises(InputError, match=allowed):
        VerdictConfig(**given)


def test_unset_trials_and_budget_are_those_that_they_stand_for():
    assert VerdictConfig().identity() == VerdictConfig(tune_trials=4, tune_budget=3).identity()
    assert VerdictConfig(tuning="once").identity() == VerdictConfig(tuning="once", tune_trials=16).identity()
    assert [VerdictConfig(tune_trials=n).best_of for n in (1, 2, 3, 4, 8)] == [1, 2, 3, 3, 6]
