"""The search as a whole, on a small problem: repeatable, continuable, without leaks, and honest about divergence."""

import dataclasses
import itertools
import json
import shutil
from pathlib import Path

import jax
import numpy as np
import optuna
import pytest
from conftest import random_examples

from jaxreg.core.evaluate import answer
from jaxreg.engine import problem, storage, work
from jaxreg.engine.checkpoint import load_checkpoint
from jaxreg.engine.problem import load_data, make_recipe, trial_key
from jaxreg.errors import InputError
from jaxreg.records import best_trial
from jaxreg.search import weights
from jaxreg.search.config import StudyConfig
from jaxreg.search.records import StudyResults
from jaxreg.search.run import RESULTS, measure_winner, run_search
from jaxreg.search.space import make_sampler, suggest
from jaxreg.search.trial import Trials

SMALL = {
    "train_size": 24,
    "epoch_valid_size": 30,
    "trial_valid_size": 40,
    "batch_size": 16,
    "patience": 1,
    "max_epochs": 2,
    "workers": 1,
    "lookback": 2,
}


def write_data(path, pool=100, test=50, seed=0, **changed):
    """Writes 16x16 images of 4 classes that can be told apart; `changed` replaces arrays."""
    images, labels = random_examples(pool + test, (16, 16), num_classes=4, seed=seed)
    for image, label in zip(images, labels, strict=True):
        image[8 * (label // 2) : 8 * (label // 2) + 8, 8 * (label % 2) : 8 * (label % 2) + 8] += 1
    pixels = np.clip(127 + 40 * images, 0, 255).astype(np.uint8)
    arrays = {"x_train": pixels[:pool], "y_train": labels[:pool], "x_test": pixels[pool:], "y_test": labels[pool:]}
    np.savez(path, **(arrays | changed))
    return arrays


def small_config(out="run", data="data.npz", **changed):
    return StudyConfig(**({"data": f"npz:{data}", "out": str(out), "trials": 14} | SMALL | changed))


def timeless(results: StudyResults):
    """Everything of the trials that must repeat."""
    return [dataclasses.replace(trial, seconds=0.0) for trial in results.trials]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """An undisturbed study of 14 trials (10 random ones, then TPE), its configuration and its folder."""
    folder = tmp_path_factory.mktemp("finished")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz")
    return config, run_search(config), folder


def test_the_same_seed_gives_the_same_study_trial_for_trial_and_another_seed_another(finished, tmp_path):
    config, results, _ = finished
    again = run_search(dataclasses.replace(config, out=str(tmp_path / "again")))
    assert timeless(again) == timeless(results)
    assert again.test == results.test
    other = run_search(dataclasses.replace(config, out=str(tmp_path / "other"), seed=1, trials=2))
    assert timeless(other) != timeless(results)[:2]


def test_a_trial_run_again_alone_gives_the_recorded_trial(finished):
    config, results, _ = finished
    for record in results.trials[::5]:
        again, _ = trials_of(config).again(record)
        assert dataclasses.replace(again, seconds=record.seconds) == record
        key = jax.random.wrap_key_data(np.array(record.key, np.uint32))
        assert (jax.random.key_data(key) == jax.random.key_data(trial_key(config.seed, record.number))).all()


def test_sizes_that_are_not_given_are_taken_from_the_pool_said_kept_and_the_same_command_continues(tmp_path, capsys):
    write_data("data.npz")
    asked = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size"))
    run_search(small_config(trials=1, **asked))
    taken = "train 60 (60%), epoch-valid 15 (15%), trial-valid 25 (25%)"
    said = capsys.readouterr().err
    assert said.count(f"taken are {taken}") == 1
    kept = json.loads(Path("run/config.json").read_text(encoding="utf-8"))
    assert [kept[part]["train_size"] for part in ("settings", "identity")] == [60, 60]
    assert "--train-size 60 --epoch-valid-size 15 --trial-valid-size 25" in kept["command"]
    assert any(taken in note for note in kept["data_notes"])
    again = run_search(small_config(trials=2, **asked))
    assert len(again.trials) == 2
    assert sum(again.class_counts["train"]) == 60
    with pytest.raises(InputError, match="train_size was 60, now 61"):
        run_search(small_config(trials=2, **asked | {"train_size": 61}))


def test_a_test_set_that_is_held_out_is_part_of_what_a_run_is(tmp_path):
    arrays = write_data("data.npz")
    np.savez("one.npz", x_train=arrays["x_train"], y_train=arrays["y_train"])
    first = run_search(small_config(trials=1, data="one.npz", trial_valid_size=20))
    kept = json.loads(Path("run/config.json").read_text(encoding="utf-8"))
    assert [kept[part]["test_share"] for part in ("settings", "identity")] == [0.2, 0.2]
    assert sum(first.class_counts["test"]) == 20
    run_search(small_config(trials=1, data="one.npz", trial_valid_size=20, test_share=0.2))  # the same
    with pytest.raises(InputError, match=r"test_seed was 0, now 1.*data_fingerprint"):
        run_search(small_config(trials=1, data="one.npz", trial_valid_size=20, test_seed=1))


def trials_of(config):
    return Trials(config, load_data(config))


def task_of(config):
    return trials_of(config).task


@pytest.mark.parametrize(
    ("module", "step", "interrupted_calls"),
    [(problem, "fit_each", (2, 5)), (weights, "save_checkpoint", (1, 4)), (work, "finish_trial", (2, 5))],
    ids=["in training", "before the weights are saved", "before the trial ends"],
)
def test_a_study_interrupted_at_any_moment_and_continued_equals_the_undisturbed_one(
    module, step, interrupted_calls, finished, tmp_path, monkeypatch
):
    config, results, _ = finished
    config = dataclasses.replace(config, out=str(tmp_path / "cut"))
    real, calls = getattr(module, step), itertools.count(1)

    def interrupted(*args, **kwargs):
        if next(calls) in interrupted_calls:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(module, step, interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run_search(config)
    continued = run_search(config)
    assert timeless(continued) == timeless(results)
    assert continued.test == results.test
    kept = load_checkpoint(Path(config.out) / "best")
    jax.tree.map(
        np.testing.assert_array_equal, kept.variables, load_checkpoint(Path(finished[0].out) / "best").variables
    )


def test_a_finished_study_runs_no_trial_and_a_larger_total_continues_it(finished, tmp_path, monkeypatch):
    config, results, _ = finished
    shutil.copytree(config.out, tmp_path / "copy")
    config = dataclasses.replace(config, out=str(tmp_path / "copy"))
    with monkeypatch.context() as patch:
        patch.setattr(problem, "fit_each", None)
        rebuilt = run_search(dataclasses.replace(config, lang="ko"))
    assert dataclasses.replace(rebuilt, config=results.config) == results
    longer = run_search(dataclasses.replace(config, trials=15))
    assert timeless(longer)[:14] == timeless(results)
    assert len(longer.trials) == 15


def test_each_trial_is_recorded_with_its_curve_and_the_winner_with_its_weights(finished):
    config, results, _ = finished
    assert [trial.number for trial in results.trials] == list(range(14))
    for trial in results.trials:
        assert ("reg_lambda" in trial.params) == (trial.methods["reg_type"] != "none")
        assert trial.num_epochs == len(trial.curve.valid_accuracy) == len(trial.curve.train_loss)
        assert trial.epoch_valid_accuracy == max(trial.curve.valid_accuracy)
        assert trial.epoch_valid_accuracy == trial.curve.valid_accuracy[trial.best_epoch - 1]
        assert trial.seconds > 0
    assert results.best.trial_valid_accuracy == max(t.trial_valid_accuracy for t in results.trials) > 0.5
    checkpoint = load_checkpoint(Path(config.out) / "best")
    assert checkpoint.description["trial"] == results.best.number
    task = task_of(config)
    accuracy = answer(make_recipe(task, results.best.cell), checkpoint.variables, task.trial_valid).accuracy
    assert accuracy == results.best.trial_valid_accuracy
    assert results.test.trial == results.best.number
    assert sum(map(sum, results.test.confusion)) == 50
    assert results.test.accuracy == np.trace(results.test.confusion) / 50


def test_the_winners_answer_that_is_not_finite_is_wrong_on_the_test_set_too(finished):
    config, results, _ = finished
    task = task_of(config)
    variables = load_checkpoint(Path(config.out) / "best").variables
    broken = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), variables)
    test = trials_of(config).splits.test
    measured = measure_winner(task, results.best, broken, test)
    confusion = np.array(measured.confusion)
    assert (measured.accuracy, measured.loss) == (0, None)
    np.testing.assert_array_equal(confusion[:, -1], np.bincount(test.labels, minlength=len(task.class_names)))
    assert confusion.sum() == len(test.labels)


def test_each_trials_right_answers_are_kept_with_it_and_make_its_accuracy(finished):
    config, results, _ = finished
    for record in results.trials:
        right = np.unpackbits(np.frombuffer(record.correct, np.uint8), count=config.trial_valid_size)
        assert right.sum() / config.trial_valid_size == record.trial_valid_accuracy


def test_the_run_folder_says_what_happened_in_files_that_scripts_can_read(finished):
    config, results, _ = finished
    summary = json.loads((Path(config.out) / "summary.json").read_text())
    assert summary["trials"] == sum(summary["trials_by_cell"].values()) == 14
    assert summary["best_value"] == results.best.trial_valid_accuracy
    assert summary["best_params"]["learning_rate"] == results.best.params["learning_rate"]
    assert summary["test_accuracy"] == results.test.accuracy
    kept = json.loads((Path(config.out) / "config.json").read_text())
    assert kept["settings"]["train_size"] == 24
    assert len(kept["data_fingerprint"]) == 64
    assert {"jax", "optuna", "python"} <= kept["versions"].keys()
    left = {path.name for path in Path(config.out).iterdir()}
    assert left == {
        *("config.json", "study.db", "summary.json", "trials.csv", "curves.csv", "times.csv", "best", "cells"),
        *(".lock", ".leases"),
    }
    checked = {name.rstrip("/") for name in RESULTS}  # at the start, for what is in their way
    assert left - checked == {"config.json", "study.db", ".lock", ".leases"}


def test_test_images_change_nothing_but_the_test_result(finished, tmp_path):
    config, results, folder = finished
    x_test = np.load(folder / "data.npz")["x_test"]
    write_data(tmp_path / "other.npz", x_test=255 - x_test)
    other = run_search(dataclasses.replace(config, data=f"npz:{tmp_path / 'other.npz'}", out=str(tmp_path / "run")))
    assert timeless(other) == timeless(results)
    assert other.test.trial == results.test.trial
    assert other.test != results.test


def test_trial_valid_images_change_nothing_in_training(finished):
    config, results, _ = finished
    trials, record = trials_of(config), results.trials[0]
    blank = trials.task.trial_valid._replace(images=0 * trials.task.trial_valid.images)
    trials.__dict__["task"] = trials.task._replace(trial_valid=blank)
    other, _ = trials.again(record)
    assert other.curve == record.curve
    assert other.trial_valid_loss != record.trial_valid_loss


def test_a_diverged_trial_is_recorded_with_the_accuracy_that_it_has_and_never_wins(tmp_path):
    write_data(tmp_path / "data.npz")
    config = small_config(learning_rate_range=(1e28, 1e30), norm_types=("none",), trials=2)
    results = run_search(config)
    assert [trial.diverged for trial in results.trials] == [True, True]
    assert results.best is None
    assert results.test is None
    assert all(trial.trial_valid_accuracy < 0.6 for trial in results.trials)
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["diverged"], summary["best_value"], summary["test_accuracy"]) == (2, None, None)


def test_the_winner_is_the_best_trial_that_neither_diverged_nor_was_pruned_and_the_earliest_on_a_tie(finished):
    base = finished[1].trials[0]
    trials = [
        dataclasses.replace(base, number=i, trial_valid_accuracy=accuracy, diverged=diverged, pruned=pruned)
        for i, (accuracy, diverged, pruned) in enumerate(
            [(0.9, False, False), (0.99, True, False), (0.95, False, True), (0.92, False, False), (0.92, False, False)]
        )
    ]
    assert best_trial(tuple(trials)).number == 3
    assert best_trial(()) is None


def test_weights_that_were_lost_are_made_again_by_replaying_the_winner(finished, tmp_path):
    config, results, _ = finished
    shutil.copytree(config.out, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "best")
    again = run_search(dataclasses.replace(config, out=str(tmp_path / "copy")))
    assert again.test == results.test
    assert load_checkpoint(tmp_path / "copy" / "best").description["trial"] == results.best.number


def test_a_folder_of_another_configuration_is_refused_with_the_difference_named(finished):
    config, _, _ = finished
    with pytest.raises(InputError, match=r"holds a study of other settings \(patience was 1, now 2\)"):
        run_search(dataclasses.replace(config, patience=2))


def test_other_data_under_the_same_settings_are_refused(finished, tmp_path):
    config, _, _ = finished
    write_data(tmp_path / "other.npz", seed=5)
    with pytest.raises(InputError, match="data_fingerprint was"):
        run_search(dataclasses.replace(config, data=f"npz:{tmp_path / 'other.npz'}"))


def test_a_study_in_a_storage_of_its_own_is_continued_only_with_the_same_settings(tmp_path):
    write_data(tmp_path / "data.npz")
    config = small_config(trials=1, norm_types=("none",), storage=f"sqlite:///{tmp_path}/elsewhere.db")
    run_search(config)
    assert not (tmp_path / "run" / "study.db").exists()
    with pytest.raises(InputError, match="seed was 0, now 3"):
        run_search(dataclasses.replace(config, out="second", seed=3))
    elsewhere = run_search(dataclasses.replace(config, out="second"))  # joins, and has the winner trained again
    assert len(elsewhere.trials) == 1
    assert (tmp_path / "second" / "best").exists()
    optuna.create_study(storage=config.storage, study_name="foreign").add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(InputError, match="study foreign is not one of jaxreg"):
        run_search(dataclasses.replace(config, out="third", study_name="foreign"))


@pytest.mark.parametrize("url", ["sqlite:////proc/none/x.db", "postgresql://me:secret@127.0.0.1:1/x"])
def test_a_storage_that_cannot_be_opened_is_one_line_without_the_password(url, tmp_path):
    write_data("data.npz")
    with pytest.raises(InputError, match="cannot be opened as a database of Optuna") as caught:
        storage.open_study(trials_of(small_config(storage=url)))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_space_is_the_seeds_and_lambda_exists_only_where_there_is_a_penalty():
    config = StudyConfig()
    study = optuna.create_study(sampler=make_sampler(config))
    seen = set()
    for _ in range(60):
        trial = study.ask()
        tried = suggest(trial, config)
        study.tell(trial, 0.5)
        seen.add(tried.cell)
        assert {**tried.methods, **tried.params} == trial.params
        assert ("reg_lambda" in tried.params) == (tried.methods["reg_type"] != "none")
        assert 5e-4 <= tried.params["learning_rate"] <= 1e-2
        assert 1e-6 <= tried.params.get("reg_lambda", 1e-2) <= 1e-2
        assert all(d.log for name, d in trial.distributions.items() if name in ("reg_lambda", "learning_rate"))
    assert len(seen) == 12


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_suggestions_depend_on_the_seed_and_the_trials_before_but_not_on_the_process(sampler):
    config = StudyConfig(sampler=sampler)

    def values(restarts):
        study = optuna.create_study(sampler=make_sampler(config))
        rows = []
        for number in range(25):
            if restarts:
                study.sampler = make_sampler(config)
            trial = study.ask()
            rows.append(suggest(trial, config))
            study.tell(trial, -abs(np.log(rows[-1].params["learning_rate"] / 3e-3)) - number % 3)
        return rows

    rows = values(restarts=False)
    assert rows == values(restarts=True)
    assert len({tuple(row.params.items()) for row in rows}) == 25


def test_with_a_pruner_hopeless_trials_are_cut_short_recorded_and_never_win(tmp_path):
    write_data(tmp_path / "data.npz")
    config = small_config(pruner="median", norm_types=("none",), trials=12, patience=6, max_epochs=6)
    results = run_search(config)
    pruned = [trial for trial in results.trials if trial.pruned]
    assert pruned
    assert len(results.trials) == 12
    assert not results.best.pruned
    assert all(trial.num_epochs < 6 for trial in pruned)
