"""The weights in a run folder are those that the storage says are best, and load by themselves or are refused."""

import dataclasses
import json
import os
import pickle
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from conftest import random_examples
from test_study import small_config, trials_of, write_data

import jaxreg
from jaxreg.core.evaluate import answer
from jaxreg.core.ops import eval_chunk
from jaxreg.data import load_dataset, normalize_pixels
from jaxreg.engine import checkpoint, work
from jaxreg.engine.checkpoint import load_checkpoint, save_checkpoint
from jaxreg.engine.problem import make_recipe
from jaxreg.engine.run_folder import weights_folder
from jaxreg.errors import InputError
from jaxreg.files import write_json
from jaxreg.methods import normalization
from jaxreg.records import best_trial, cell_name
from jaxreg.search.run import run_search
from jaxreg.search.weights import best_trials, settle_weights

TRIALS = 6
SETTINGS = {"trials": TRIALS, "sampler": "balanced", "norm_types": ("none", "batch"), "reg_types": ("none", "l1")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study of four cells: its configuration, results and task."""
    folder = tmp_path_factory.mktemp("finished")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz", **SETTINGS)
    return config, run_search(config), trials_of(config).task


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the study's folder to spoil, and its configuration."""
    config = dataclasses.replace(finished[0], out=str(tmp_path / "läuf 1"))
    shutil.copytree(finished[0].out, config.out)
    return config, Path(config.out)


def contents(folder):
    """Returns the bytes of the arrays of each kept checkpoint."""
    return {
        place.name: [leaf.tobytes() for leaf in checkpoint.jax.tree.leaves(load_checkpoint(place).variables)]
        for place in [folder / "best", *sorted((folder / "cells").iterdir())]
    }


def assert_in_step(folder, trials, task):
    """Checks each kept checkpoint against the records: the trial, and its accuracy exactly; and that none is more."""
    best = best_trials(trials)
    assert None in best
    kept = {folder / "best", *(folder / "cells").iterdir()}
    assert kept == {weights_folder(folder, cell) for cell in best}
    for cell, record in best.items():
        found = load_checkpoint(weights_folder(folder, cell))
        assert found.description["trial"] == record.number
        accuracy = answer(make_recipe(task, record.cell), found.variables, task.trial_valid).accuracy
        assert accuracy == record.trial_valid_accuracy == found.description["trial_valid_accuracy"]


def test_the_best_of_the_study_and_of_each_cell_are_kept_and_reach_exactly_what_is_recorded(finished):
    config, results, task = finished
    assert_in_step(Path(config.out), results.trials, task)
    summary = json.loads((Path(config.out) / "summary.json").read_text())
    for cell, best in summary["best_by_cell"].items():
        own = tuple(t for t in results.trials if cell_name(t.cell) == cell)
        assert best == {"trial": best_trial(own).number, "trial_valid_accuracy": best_trial(own).trial_valid_accuracy}
    assert set(summary["best_by_cell"]) == {cell_name(t.cell) for t in results.trials}


@pytest.mark.parametrize("calls", [1, 4])
def test_a_process_that_dies_between_the_weights_and_the_storage_leaves_what_the_next_one_sets_right(
    calls, finished, tmp_path, monkeypatch
):
    config = dataclasses.replace(finished[0], out=str(tmp_path / "cut"))
    real, left = work.finish_trial, [calls]

    def die(*args):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(work, "finish_trial", die)
        with pytest.raises(KeyboardInterrupt):
            run_search(config)
    results = run_search(config)
    assert_in_step(Path(config.out), results.trials, finished[2])
    assert contents(Path(config.out)) == contents(Path(finished[0].out))


def test_weights_that_are_missing_damaged_foreign_or_wrong_are_made_again_and_others_removed(finished, copied):
    config, results, task = finished
    _, folder = copied
    best = best_trials(results.trials)
    first, second, third, *_ = cells = sorted(cell for cell in best if cell)
    shutil.rmtree(weights_folder(folder, first))
    (weights_folder(folder, second) / "model.json").write_text("{}")
    shutil.rmtree(folder / "best")
    shutil.copytree(weights_folder(folder, third), folder / "best")
    shutil.copytree(folder / "best", folder / "cells" / "layer-l2")  # a cell that has no best
    shutil.copytree(folder / "best", folder / "cells" / "none-l1.old")  # of a process that died while renaming
    found = load_checkpoint(weights_folder(folder, third))
    zeros = checkpoint.jax.tree.map(np.zeros_like, found.variables)  # the right names, and weights that do not match
    save_checkpoint(weights_folder(folder, third), found.model, found.image_shape, zeros, found.description)
    settle_weights(folder, task, results.trials, trials_of(config).again)
    assert_in_step(folder, results.trials, task)
    assert contents(folder) == contents(Path(finished[0].out))
    settle_weights(folder, task, results.trials, None)  # nothing is left to do
    assert len(cells) == 4


def test_weights_that_cannot_be_made_again_are_one_line_and_are_not_kept(finished, copied, capsys):
    _, results, task = finished
    _, folder = copied
    best = best_trials(results.trials)
    cell = next(cell for cell, record in best.items() if cell and record is not best[None])
    shutil.rmtree(weights_folder(folder, cell))

    def other(record):
        return dataclasses.replace(record, trial_valid_accuracy=record.trial_valid_accuracy - 0.01), {}

    settle_weights(folder, task, results.trials, other)
    assert not weights_folder(folder, cell).exists()
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert f"trial {best[cell].number}, run again, reaches" in line
    shutil.rmtree(folder / "best")
    with pytest.raises(InputError, match=rf"best.*: trial {best[None].number}, run again, reaches"):
        settle_weights(folder, task, results.trials, other)


@pytest.mark.parametrize("state", ["diverged", "pruned"])
def test_a_cell_whose_trials_all_diverged_or_were_pruned_keeps_no_weights(state, finished, copied):
    config, results, task = finished
    _, folder = copied
    gone = cell_name(results.best.cell)
    trials = tuple(dataclasses.replace(t, **{state: True}) if cell_name(t.cell) == gone else t for t in results.trials)
    settle_weights(folder, task, trials, trials_of(config).again)
    assert not weights_folder(folder, cell_name(gone)).exists()
    assert_in_step(folder, trials, task)
    settle_weights(folder, task, (), None)
    assert not (folder / "best").exists()
    assert list((folder / "cells").iterdir()) == []


def test_a_loaded_network_answers_as_the_study_measured_it_and_knows_what_it_is(finished):
    config, results, _ = finished
    dataset = load_dataset(config.data)
    trained = jaxreg.load(config.out)
    assert trained.settings == json.loads((Path(config.out) / "config.json").read_text())["settings"]
    assert trained.description["trial"] == results.best.number
    assert trained.description["params"] == results.best.params
    assert trained.image_shape == (16, 16, 1)
    assert trained.form == dataset.form
    assert json.loads((Path(config.out) / "config.json").read_text())["images"] == dataset.form._asdict()
    probs = trained.predict_proba(dataset.test_images)
    assert probs.shape == (50, 4)
    np.testing.assert_allclose(probs.sum(1), 1, rtol=1e-6)
    assert (probs.argmax(1) == dataset.test_labels).mean() == results.test.accuracy
    logits = trained.predict_logits(dataset.test_images)
    expected = trained.model.apply(trained.variables, normalize_pixels(dataset.test_images), train=False)
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trained.model = trained.model  # type: ignore[misc]


def test_every_form_of_images_gives_the_same_answers_and_their_chunks_do_not_matter(finished, monkeypatch):
    trained = jaxreg.load(str(finished[0].out), "batch/l1")
    assert trained.model.normalization is normalization("batch")
    images = load_dataset(finished[0].data).test_images
    expected = trained.predict_logits(images)
    for form in (images[..., 0], images.astype(np.int64), images / np.float32(255), images / 255):
        np.testing.assert_array_equal(trained.predict_logits(form), expected)
    np.testing.assert_array_equal(trained.predict_logits(images[:-5]), expected[:-5])  # a smaller last chunk
    monkeypatch.setattr("jaxreg.trained.IMAGES_AT_ONCE", 2 * eval_chunk())
    np.testing.assert_array_equal(trained.predict_logits(images), expected)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((2, 16, 15), np.uint8), r"images have shape \(16, 15, 1\), the network takes \(16, 16, 1\)"),
        (np.zeros((2, 16, 16, 3), np.uint8), "the network takes"),
        (np.zeros((16, 16), np.uint8), "allowed are"),
        (np.zeros((0, 16, 16), np.uint8), "empty"),
        (np.full((1, 16, 16), 256), "must be in 0..255"),
        (np.full((1, 16, 16), 255.0), "must be in 0..1"),
        (np.full((1, 16, 16), np.nan), "NaN"),
        (np.full((1, 16, 16), "a"), "dtype"),
        (np.full((1, 16, 16), None), "dtype object"),
    ],
)
def test_images_of_another_shape_dtype_or_range_are_refused_in_one_line(images, said, finished):
    with pytest.raises(InputError, match=said):
        jaxreg.load(finished[0].out).predict_proba(images)


def refusal(folder, cell=None):
    with pytest.raises(InputError) as caught:
        jaxreg.load(folder, cell)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_run_folder_or_has_no_such_cell_is_refused_with_what_there_is(copied):
    _, folder = copied
    assert "not a run folder of jaxreg" in refusal("nowhere")
    assert "there are those of batch/l1, batch/none, none/l1, none/none" in refusal(folder, "layer/l2")
    assert "no weights of cell '../../best'" in refusal(folder, "../../best")
    shutil.rmtree(folder / "best")
    assert "no best/ with weights in it" in refusal(folder)
    (folder / "tuning").mkdir()
    assert f"a verdict's networks are in {folder / 'tuning'}" in refusal(folder)
    for content in (b"", b"[]", b"3", b"\xff", b"{}", b'{"identity": 1, "settings": {}}', b"[" * 100_000):
        (folder / "config.json").write_bytes(content)
        assert "not a config.json of jaxreg" in refusal(folder)


def test_weights_of_another_study_another_cell_or_a_worse_trial_are_refused(copied):
    _, folder = copied
    best = json.loads((folder / "summary.json").read_text())
    cells = {cell: t["trial"] for cell, t in best["best_by_cell"].items()}
    other = next(cell for cell, trial in cells.items() if trial != best["best_trial"])
    shutil.move(folder / "best", folder / "kept")
    shutil.copytree(weights_folder(folder, other), folder / "best")
    assert f"weights of trial {cells[other]}" in refusal(folder)
    shutil.rmtree(folder / "best")
    shutil.move(folder / "kept", folder / "best")
    shutil.rmtree(weights_folder(folder, other))
    shutil.copytree(folder / "best", weights_folder(folder, other))
    assert f"not of {other}" in refusal(folder, other)
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", config | {"identity": config["identity"] | {"data_fingerprint": "00"}})
    assert "weights of another study" in refusal(folder)


def test_a_study_that_was_continued_since_its_summary_loads_its_newer_best(copied):
    _, folder = copied
    summary = json.loads((folder / "summary.json").read_text())
    write_json(folder / "summary.json", summary | {"best_value": 0.01, "best_trial": 99})
    assert jaxreg.load(folder).description["trial"] == summary["best_trial"]
    write_json(folder / "summary.json", summary | {"best_value": summary["best_value"] + 0.01})
    assert "but summary.json says" in refusal(folder)
    (folder / "summary.json").unlink()  # a study that is not finished, or a verdict's tuning
    jaxreg.load(folder)


def test_a_pipe_in_the_place_of_a_runs_file_and_a_home_of_nobody_are_refused_and_not_waited_for(finished, copied):
    _, folder = copied
    for name, said in (
        ("summary.json", "not a summary.json"),
        ("best/sha256.json", "not a whole"),
        ("config.json", "no"),
    ):
        (folder / name).unlink()
        os.mkfifo(folder / name)
        assert said in refusal(folder)
        (folder / name).unlink()
        shutil.copy(Path(finished[0].out) / name, folder / name)
    assert refusal("~nosuchuser/run").startswith("run folder ~nosuchuser/run: there is no home folder ~nosuchuser")


def test_weights_of_an_older_version_are_refused_and_made_again_by_the_same_command(finished, copied):
    config, folder = copied
    for place in (folder / "best", *(folder / "cells").iterdir()):
        content = json.loads((place / "model.json").read_text())
        del content["images"]
        (place / "model.json").write_text(json.dumps(content))
        (place / "sha256.json").write_text(json.dumps(checkpoint._hashes(place)))
    assert "weights that do not say what their training images are like" in refusal(folder)
    run_search(config)
    assert jaxreg.load(folder).form == load_dataset(config.data).form
    assert contents(folder) == contents(Path(finished[0].out))


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("executed"),))


def spoilings(content):
    """Returns a file's bytes cut, emptied, with one bit flipped, and replaced by a pickle that leaves a trace."""
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return [content[:middle], b"", flipped, pickle.dumps(Evil())]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of Orbax's threads, given nonsense
def test_a_spoiled_file_of_any_kind_is_refused_even_where_its_hash_is_made_right_and_nothing_is_executed(copied):
    """With a right hash a flipped bit in the numbers themselves is a number: that is what the hash is for."""
    _, folder = copied
    place = folder / "best"
    for path in sorted(path for path in place.rglob("*") if path.is_file() and path.name != "sha256.json"):
        content = path.read_bytes()
        manifest = (place / "sha256.json").read_bytes()
        for spoiled in spoilings(content):
            path.write_bytes(spoiled)
            assert "is not as it was saved" in refusal(folder)
            (place / "sha256.json").write_text(json.dumps(checkpoint._hashes(place)))
            with suppress(InputError):  # and nothing else
                jaxreg.load(folder)
            (place / "sha256.json").write_bytes(manifest)
        path.write_bytes(content)
    assert not Path("executed").exists()
    jaxreg.load(folder)


def test_loading_unpickles_and_compiles_nothing_of_the_folder(finished):
    code = """
import sys, jaxreg
jaxreg.load(sys.argv[1])  # all imports are done
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event in ("pickle.find_class", "import") else None)
import numpy, jaxreg.trained
jaxreg.load(sys.argv[1], "none/l1")
print([event for event in seen if event.startswith("pickle")])
"""
    ended = subprocess.run([sys.executable, "-c", code, finished[0].out], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def rewrite(place, **changed):
    content = json.loads((place / "model.json").read_text())
    (place / "model.json").write_text(json.dumps(content | changed))
    (place / "sha256.json").write_text(json.dumps(checkpoint._hashes(place)))


@pytest.mark.parametrize(
    "changed",
    [
        {"image_shape": [28, 28, 1]},
        {"image_shape": [16, 16, 3]},
        {"image_shape": [8, 8, 1]},
        {"image_shape": [16, 16]},
        {"image_shape": None},
        {"model": {"num_classes": 5, "normalization": "batch", "activation": "relu"}},
        {"model": {"num_classes": 10**15, "normalization": "batch", "activation": "relu"}},
        {"model": {"num_classes": True, "normalization": "batch", "activation": "relu"}},
        {"model": {"num_classes": 4, "normalization": "none", "activation": "relu"}},
        {"model": {"num_classes": 4, "normalization": "__import__", "activation": "relu"}},
        {"model": {"num_classes": 4, "normalization": "batch", "activation": "relu", "name": "x"}},
    ],
)
def test_a_description_that_the_arrays_do_not_fit_is_refused(changed, copied):
    place = weights_folder(copied[1], "batch/l1")
    rewrite(place, **changed)
    said = refusal(copied[1], "batch/l1")
    assert "not a whole checkpoint of jaxreg" in said or "normalization '__import__': allowed is batch, " in said


def test_importing_jaxreg_imports_no_jax():
    code = "import sys, jaxreg; jaxreg.load; print({'jax', 'numpy', 'optuna', 'orbax', 'PIL'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


def test_other_images_of_a_like_study_do_not_fit(finished):
    images, _ = random_examples(3, (28, 28))
    with pytest.raises(InputError, match="the network takes"):
        jaxreg.load(finished[0].out).predict_proba(np.clip(images, 0, 1))
