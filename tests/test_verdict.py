"""The balanced comparison on a small problem: fair, repeatable, continuable, and blind to the test set until frozen."""

import csv
import dataclasses
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from forks import Fork, run_command
from test_study import SMALL, write_data

from jaxreg.core import fit as fit_module
from jaxreg.engine import problem, work
from jaxreg.engine.machine import available_cores
from jaxreg.engine.problem import load_data
from jaxreg.engine.storage import open_study
from jaxreg.errors import InputError
from jaxreg.verdict import run as run_module
from jaxreg.verdict.config import SMOKE, VerdictConfig
from jaxreg.verdict.confirm import Runs, chosen_runs
from jaxreg.verdict.freeze import choose
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.scores import as_confirmation
from jaxreg.verdict.words import say

SCRIPT = Path(__file__).parents[1] / "experiments" / "verdict.py"
SHARED = {name: value for name, value in SMALL.items() if name != "lookback"}
FEW = {"norm_types": ("none", "batch"), "reg_types": ("none", "l1"), "tune_trials": 2, "blocks": 2}
SMALL_VERDICT = SHARED | FEW | {"tuning": "once"}
CELLS = [("none", "none"), ("none", "l1"), ("batch", "none"), ("batch", "l1")]


def small(out, data="data.npz", **changed):
    return VerdictConfig(**({"data": f"npz:{data}", "out": str(out)} | SMALL_VERDICT | changed))


def timeless(results):
    """Everything of a verdict that must repeat."""
    trials, runs = ([dataclasses.replace(r, seconds=0.0) for r in rows] for rows in (results.trials, results.runs))
    return trials, results.choices, results.frozen, runs, results.judgement, say(results)


def cell_of(record):
    return record.cell


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verdict")
    write_data(folder / "data.npz")
    config = small(folder / "run", folder / "data.npz")
    return config, run_verdict(config)


def test_every_cell_has_the_same_budget_in_turn_and_searches_of_its_own(finished):
    _, results = finished
    assert [cell_of(trial) for trial in results.trials] == CELLS * 2
    assert len({trial.params["learning_rate"] for trial in results.trials}) == 8


def test_every_cell_is_confirmed_on_the_same_blocks_with_what_was_its_best_trial(finished):
    _, results = finished
    assert [(run.block, *cell_of(run)) for run in results.runs] == [(k, *cell) for k in (0, 1) for cell in CELLS]
    for choice in results.choices:
        own = [trial for trial in results.trials if cell_of(trial) == cell_of(choice)]
        assert choice.score == max(trial.trial_valid_accuracy for trial in own)
        chosen = results.trials[choice.trial]
        assert (choice.methods, choice.params) == (chosen.methods, chosen.params)


def runs_of(config, results):
    return Runs(config, load_data(config), tuple(chosen_runs(config, results.choices)), results.frozen)


def test_blocks_differ_in_images_and_keys_and_the_cells_of_one_share_both(finished, monkeypatch):
    seen = []

    def spy(recipe, hparams, train, valid, keys, **limits):
        seen.append((np.asarray(train.images).tobytes(), jax.random.key_data(keys[0]).tobytes()))
        raise KeyboardInterrupt

    monkeypatch.setattr(problem, "fit_each", spy)
    runs = runs_of(*finished)
    plans = list(runs._runs.values())
    for plan in (plans[0], plans[1], plans[len(CELLS)]):
        with pytest.raises(KeyboardInterrupt):
            next(runs.run([(0, plan)], 1, lambda *_: False))
    assert seen[0] == seen[1]
    assert seen[0][0] != seen[2][0]
    assert seen[0][1] != seen[2][1]


@pytest.mark.slow
@pytest.mark.skipif(available_cores() < 2, reason="no more workers than cores are started")
def test_two_workers_leave_the_files_of_one(finished, tmp_path):
    config, _ = finished
    changed = dataclasses.replace(config, out=str(tmp_path / "run"), workers=2)
    done = Fork(run_command, SCRIPT, *changed.options()).ended()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("2 processes") == 2  # to tune, and to confirm
    for name in ("runs.csv", "cells.csv", "contrasts.csv", "budget.csv", "frozen.json", "tuning/trials.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (Path(config.out) / name).read_bytes()


def test_runs_of_one_block_and_recipe_are_of_one_kind(finished):
    runs = runs_of(*finished)
    kinds = [runs.kind(plan) for plan in runs._runs.values()]
    assert len(set(kinds)) == 2 * len({cell[0] for cell in CELLS})


def test_the_same_seed_gives_the_same_verdict_and_another_seed_another(finished, tmp_path):
    config, results = finished
    again = run_verdict(dataclasses.replace(config, out=str(tmp_path / "again")))
    assert timeless(again) == timeless(results)
    other = run_verdict(dataclasses.replace(config, out=str(tmp_path / "other"), seed=1))
    assert timeless(other) != timeless(results)


@pytest.mark.parametrize(
    ("module", "step", "call"),
    [(work, "finish_trial", 6), (work, "finish_trial", 11), (run_module, "write_tables", 1)],
    ids=["while tuning", "while confirming", "at the end"],
)
def test_interrupted_it_is_balanced_and_continued_it_gives_the_undisturbed_verdict(
    module, step, call, finished, tmp_path, monkeypatch
):
    config, results = finished
    config = dataclasses.replace(config, out=str(tmp_path / "cut"))
    real, calls = getattr(module, step), itertools.count(1)

    def interrupted(*args, **kwargs):
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(module, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_verdict(config)
    with open(tmp_path / "cut" / "tuning" / "trials.csv", newline="") as file:
        done = [(row["norm_type"], row["reg_type"]) for row in csv.DictReader(file)]
    counts = [done.count(cell) for cell in CELLS]
    assert max(counts) - min(counts) <= 1
    assert timeless(run_verdict(config)) == timeless(results)


def test_test_images_change_nothing_before_the_choices_are_frozen(finished, tmp_path):
    config, results = finished
    arrays = np.load(config.data.removeprefix("npz:"))
    write_data(tmp_path / "other.npz", x_test=255 - arrays["x_test"])
    other = run_verdict(dataclasses.replace(config, data=f"npz:{tmp_path / 'other.npz'}", out=str(tmp_path / "run")))
    assert timeless(other)[:2] == timeless(results)[:2]
    assert [run.epoch_valid_accuracy for run in other.runs] == [run.epoch_valid_accuracy for run in results.runs]
    assert [run.correct for run in other.runs] != [run.correct for run in results.runs]


def test_the_choices_are_on_disk_before_the_test_images_are_on_the_device(finished, tmp_path, monkeypatch):
    config, _ = finished
    config = dataclasses.replace(config, out=str(tmp_path / "sealed"))
    read, real = [], jax.device_put

    def put(values, *args):
        if isinstance(values, tuple) and len(values[0]) == 50:
            read.append((tmp_path / "sealed" / "frozen.json").exists())
        return real(values, *args)

    monkeypatch.setattr(jax, "device_put", put)
    run_verdict(config)
    assert read == [True]


def test_choices_or_runs_that_were_changed_and_other_settings_are_refused(finished):
    config, _ = finished
    path = Path(config.out) / "frozen.json"
    text = path.read_text()
    for changed in (text.replace("0.", "0.1", 1), text[: len(text) // 2], ""):
        path.write_text(changed)
        with pytest.raises(InputError, match=path.name):
            run_verdict(config)
    path.write_text(text)
    with pytest.raises(InputError, match="patience was 1, now 6"):
        run_verdict(dataclasses.replace(config, patience=6))


def test_runs_of_other_choices_are_refused(finished):
    config, results = finished
    with pytest.raises(InputError, match=r"verdict.confirmation in .*frozen_sha256 was "):
        open_study(Runs(config, load_data(config), runs_of(config, results).given, "0" * 64))


def test_right_answers_are_kept_bit_for_bit(finished):
    config, results = finished
    confirmation = as_confirmation(config, results.runs, (), np.zeros(50, int), pool_size=100)
    assert confirmation.cells == tuple(CELLS)
    assert confirmation.scores.shape == (4, 2, 50)
    for run in results.runs:
        answers = confirmation.scores[CELLS.index(cell_of(run)), run.block]
        assert answers.mean() == run.test_accuracy
        assert np.packbits(answers == 1).tobytes() == run.correct
    assert confirmation.overlap == 24 / 100


def test_one_block_of_one_cell_is_a_verdict_without_intervals(finished, tmp_path):
    config, _ = finished
    one = run_verdict(
        dataclasses.replace(config, out=str(tmp_path / "one"), blocks=1, norm_types=("none",), reg_types=("l1",))
    )
    assert [cell_of(run) for run in one.runs] == [("none", "l1")]
    assert one.judgement.cells[0].test.low is None
    words = " ".join(say(one))
    assert words.startswith("No normalization with L1 penalty reaches ")
    assert "With fewer than 3 blocks (here 1) chance cannot be judged" in words
    assert "intervals" not in words.lower()


def test_all_cells_of_a_normalization_share_one_program(finished, tmp_path):
    config, _ = finished
    fit_module.fit_epoch.jitted.clear_cache()  # what other tests have left, or what a full memory has let go
    run_verdict(dataclasses.replace(config, out=str(tmp_path / "again"), reg_types=("l1", "l2", "elastic"), seed=5))
    assert fit_module.fit_epoch.jitted._cache_size() == len(config.norm_types) == 2


def test_a_diverged_trial_is_never_chosen_and_a_cell_of_them_alone_is_refused(finished):
    _, results = finished
    bad = tuple(
        dataclasses.replace(trial, diverged=trial.number < 4, trial_valid_accuracy=1.0 - (trial.number >= 4) / 2)
        for trial in results.trials
    )
    assert [choice.trial for choice in choose(bad, CELLS)] == [4, 5, 6, 7]
    advice = "start again in another --out with a lower HIGH or more --tune-trials"
    with pytest.raises(InputError, match=f"-range: the only tuning trial of none/none diverged; {advice}"):
        choose(bad[:4], CELLS)
    with pytest.raises(InputError, match=f"-range: all 2 tuning trials of none/none diverged; {advice}"):
        choose([dataclasses.replace(trial, diverged=True) for trial in bad], CELLS)


@pytest.mark.parametrize(
    ("learning_rate", "reg_lambda", "warned"), [(2e-3, 1e-4, 0), (9.9e-3, 1e-4, 1), (5.1e-4, 1.1e-6, 2)]
)
def test_a_choice_near_the_end_of_its_range_is_warned_of(learning_rate, reg_lambda, warned, finished):
    _, results = finished
    params = {"reg_lambda": reg_lambda, "learning_rate": learning_rate}
    choice = dataclasses.replace(results.choices[1], params=params)
    words = " ".join(say(dataclasses.replace(results, choices=(choice,))))
    assert words.count("(learning rate") + words.count("(lambda") == warned


def test_the_files_give_the_means_of_the_runs(finished):
    config, results = finished
    folder = Path(config.out)
    summary = json.loads((folder / "summary.json").read_text())
    with open(folder / "cells.csv", newline="") as file:
        cells = {(row["norm_type"], row["reg_type"]): row for row in csv.DictReader(file)}
    for cell in CELLS:
        mean = np.mean([run.test_accuracy for run in results.runs if cell_of(run) == cell])
        assert float(cells[cell]["test"]) == pytest.approx(mean, abs=1e-12)
        kept = next(entry for entry in summary["cells"] if entry["cell"] == "/".join(cell))
        assert kept["test_accuracy"] == pytest.approx(mean, abs=1e-12)
    assert summary["verdict"] == list(say(results))
    with open(folder / "runs.csv", newline="") as file:
        assert [float(row["test_accuracy"]) for row in csv.DictReader(file)] == [r.test_accuracy for r in results.runs]


def test_smoke_changes_defaults_only_and_is_part_of_what_a_run_continues_with():
    smoke = VerdictConfig(smoke=True, blocks=5).effective()
    assert (smoke.blocks, smoke.num_trials) == (5, SMOKE["tune_trials"])
    assert smoke.sizes == tuple(SMOKE[f"{name}_size"] for name in ("train", "epoch_valid", "trial_valid"))
    assert smoke.identity() != VerdictConfig().identity()
    assert VerdictConfig().effective() == VerdictConfig()


@pytest.mark.parametrize(
    "words", [["--blocks", "0"], ["--margin", "0"], ["--margin", "1"], ["--level", "nan"], ["--trials", "3"]]
)
def test_bad_input_is_one_line_and_exit_code_2(words):
    result = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert words[0] in result.stderr


@pytest.mark.parametrize("tuning", ["once", "per-block"])
def test_a_method_that_is_refused_can_be_mended_in_its_folder(tuning, tmp_path):
    write_data(tmp_path / "data.npz")
    path = tmp_path / "mine.py"
    path.write_text(
        "from jaxreg import LogUniform, Method, Text\n"
        "def penalty(params, hparams):\n    return hparams['strength'] * params['dense3']['kernel'].sum()\n"
        "space = {'strength': LogUniform(1e-6, 1e-4)}\n"
        "METHODS = [Method('mine', Text('mine', 'mine'), space=space, penalty=penalty)]\n"
    )
    cells: dict[str, Any] = {"norm_types": ("none",), "reg_types": ("none", "mine"), "methods": (str(path),)}
    config = small(tmp_path / "run", tmp_path / "data.npz", tuning=tuning, **cells)
    with pytest.raises(InputError, match=r"mine\.py: a step of none/mine ends with KeyError: 'dense3'"):
        run_verdict(config)
    assert not (tmp_path / "run" / "config.json").exists()
