"""Checkpoints: what is loaded is what was saved, to the last bit, or it is refused; a new one never costs the old."""

import json
import os
import shutil
import signal
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import cnn, random_like

from jaxreg.engine import checkpoint
from jaxreg.engine.checkpoint import load_checkpoint, save_checkpoint
from jaxreg.errors import InputError

BEST = Path("run/best")
SHAPE = (16, 16, 1)


def make_network(normalization="none", activation="relu", seed=0):
    """Returns a small CNN on 16x16 images and random variables of it; nothing is compiled."""
    model = cnn(4, normalization, activation)
    shapes = jax.eval_shape(lambda: model.init(jax.random.key(0), jnp.zeros((1, *SHAPE)), train=False))
    return model, random_like(shapes, seed)


def save(seed, folder=BEST):
    """Saves a network whose weights and description tell which seed it is of."""
    model, variables = make_network(seed=seed)
    save_checkpoint(folder, model, SHAPE, variables, {"trial": seed})
    return variables


def assert_bit_equal(found, expected):
    def compare(a, b):
        assert isinstance(a, np.ndarray)
        assert (a.dtype, a.shape, a.tobytes()) == (np.float32, b.shape, np.asarray(b).tobytes())

    jax.tree.map(compare, found, expected)  # raises where the structures differ


def assert_holds(seed, variables, folder=BEST):
    found = load_checkpoint(folder)
    assert found.description["trial"] == seed
    assert_bit_equal(found.variables, variables)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A checkpoint folder to copy and spoil."""
    folder = tmp_path_factory.mktemp("saved") / "best"
    save(0, folder)
    return folder


@pytest.mark.parametrize(
    ("normalization", "activation"), [("none", "tanh"), ("batch", "relu"), ("layer", "leaky_relu")]
)
def test_a_network_comes_back_bit_for_bit_with_its_model_and_description(normalization, activation):
    model, variables = make_network(normalization, activation)
    variables["params"]["conv1"]["bias"][:4] = [np.nan, np.inf, -0.0, 1e-45]  # what a comparison by value would miss
    description = {"trial": 7, "trial_valid_accuracy": 0.1 + 0.2, "note": "größer, λ"}
    save_checkpoint(BEST, model, SHAPE, variables, description)
    found = load_checkpoint(BEST)
    assert found.model == model
    assert found.image_shape == SHAPE
    assert found.description == description
    assert json.loads((BEST / "model.json").read_text()) == {
        "model": {"num_classes": 4, "normalization": normalization, "activation": activation},
        "image_shape": list(SHAPE),
        **description,
    }
    assert_bit_equal(found.variables, variables)
    assert ("batch_stats" in found.variables) == (normalization == "batch")


def test_arrays_on_the_device_are_saved_like_those_of_numpy():
    model, variables = make_network()
    save_checkpoint(BEST, model, SHAPE, jax.device_put(variables), {"trial": 0})
    assert_holds(0, variables)


def test_a_folder_name_with_spaces_and_letters_of_any_language_will_do():
    folder = Path("läufe mit λ/best one")
    assert_holds(0, save(0, folder), folder)


def test_a_new_checkpoint_replaces_the_old_one_and_nothing_else_is_left():
    save(1)
    assert_holds(2, save(2))
    assert [path.name for path in BEST.parent.iterdir()] == ["best"]


def test_nothing_in_a_checkpoint_is_a_pickle(saved):
    files = [path for path in saved.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        assert path.suffix not in (".pkl", ".pickle", ".npy", ".npz", ".pt")
        assert path.read_bytes()[:1] != b"\x80"  # how every pickle of protocol 2 and later begins


def fail(*_args, **_kwargs):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (checkpoint.ocp.StandardCheckpointer, "save"),
        (checkpoint, "write_json"),
        (checkpoint, "_hashes"),
        (os, "rename"),
    ],
    ids=["writing the arrays", "writing the description", "hashing", "moving into place"],
)
def test_where_saving_fails_the_old_checkpoint_stays_and_the_next_saving_succeeds(owner, step, monkeypatch):
    old = save(1)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, fail)
        with pytest.raises(OSError, match="No space left"):
            save(2)
    assert_holds(1, old)
    assert_holds(3, save(3))
    assert [path.name for path in BEST.parent.iterdir()] == ["best"]


def test_a_process_that_dies_between_the_two_renames_leaves_both_whole_beside_the_place_and_the_next_saving_succeeds(
    monkeypatch,
):
    old = save(1)
    real = os.rename

    def die_at_the_second(source, target):
        if Path(source).name == "best.new":
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            save(2)
    with pytest.raises(InputError, match="checkpoint run/best: not a whole checkpoint of jaxreg"):
        load_checkpoint(BEST)  # a study then runs the winning trial again
    assert_holds(1, old, Path("run/best.old"))
    assert load_checkpoint(Path("run/best.new")).description["trial"] == 2
    assert_holds(3, save(3))
    assert [path.name for path in BEST.parent.iterdir()] == ["best"]


def test_leftovers_of_a_process_that_died_do_no_harm():
    variables = save(1)
    for name in ("best.new", "best.old"):
        (BEST.parent / name / "weights").mkdir(parents=True)
        (BEST.parent / name / "weights" / "half").write_bytes(b"\0")
    assert_holds(1, variables)
    assert_holds(2, save(2))
    assert [path.name for path in BEST.parent.iterdir()] == ["best"]


def spoiled(saved):
    shutil.copytree(saved, BEST)
    return sorted(path for path in BEST.rglob("*") if path.is_file())


def refusal():
    with pytest.raises(InputError) as caught:
        load_checkpoint(BEST)
    message = str(caught.value)
    assert message.startswith("checkpoint run/best: ")
    assert "\n" not in message
    return message


def test_one_flipped_bit_in_any_file_is_refused_and_the_file_named(saved):
    files = spoiled(saved)
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        for position in {0, len(content) // 2, len(content) - 1}:
            flipped = bytearray(content)
            flipped[position] ^= 1
            path.write_bytes(flipped)
            if path.name == "sha256.json" and json_equal(content, flipped):
                continue
            message = refusal()
            if path.name != "sha256.json":  # the list itself then names another file, or cannot be read
                assert f"{path.relative_to(BEST).as_posix()} is not as it was saved" in message
        path.write_bytes(content)
    load_checkpoint(BEST)


def json_equal(a, b):
    """Returns whether both are the same JSON: the last byte of the list is a line feed, which says nothing."""
    try:
        return json.loads(a) == json.loads(b)
    except ValueError:
        return False


def test_a_missing_file_is_refused_and_named(saved):
    for path in spoiled(saved):
        content = path.read_bytes()
        path.unlink()
        message = refusal()
        assert path.relative_to(BEST).as_posix() in message
        path.write_bytes(content)
    load_checkpoint(BEST)


@pytest.mark.parametrize("name", ["extra.txt", "weights/d/extra", "weights/params.pkl"])
def test_a_file_more_than_was_saved_is_refused_and_named(name, saved):
    spoiled(saved)
    (BEST / name).write_bytes(b"x")
    assert f"{name} is not as it was saved" in refusal()


def test_an_absent_folder_an_empty_one_and_a_file_are_no_checkpoints():
    assert "not a whole checkpoint of jaxreg" in refusal()
    BEST.mkdir(parents=True)
    assert "not a whole checkpoint of jaxreg" in refusal()
    BEST.rmdir()
    BEST.write_text("a file")
    assert "not a whole checkpoint of jaxreg" in refusal()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b"3", b'"a"', b"[1]", b"{}"])
def test_a_list_of_hashes_that_is_none_is_refused(content, saved):
    spoiled(saved)
    (BEST / "sha256.json").write_bytes(content)
    refusal()


@pytest.mark.parametrize("model", [None, [], {}, {"num_classes": 4, "size": 3}])
def test_a_description_of_no_model_is_refused_even_where_its_hash_is_right(model, saved):
    spoiled(saved)
    (BEST / "model.json").write_text(json.dumps({"model": model}))
    (BEST / "sha256.json").write_text(json.dumps(checkpoint._hashes(BEST)))
    assert "not a whole checkpoint of jaxreg" in refusal()


def test_a_checkpoint_without_arrays_is_refused_even_where_all_hashes_are_right(saved):
    spoiled(saved)
    shutil.rmtree(BEST / "weights")
    (BEST / "sha256.json").write_text(json.dumps(checkpoint._hashes(BEST)))
    assert "not a whole checkpoint of jaxreg" in refusal()


def test_an_interruption_waits_until_the_write_has_ended(monkeypatch):
    real, asked = checkpoint.ocp.StandardCheckpointer.save, []

    def interrupted(*args, **kwargs):
        signal.raise_signal(signal.SIGINT)
        asked.append(signal.SIGINT)
        return real(*args, **kwargs)

    monkeypatch.setattr(checkpoint.ocp.StandardCheckpointer, "save", interrupted)
    before = signal.getsignal(signal.SIGINT)
    model = cnn(3)
    variables = model.init(jax.random.key(0), jnp.zeros((1, 16, 16, 1)), train=False)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(Path("best"), model, (16, 16, 1), variables, {})
    assert asked  # after the signal the write went on
    assert signal.getsignal(signal.SIGINT) is before
    assert Path("best.new", checkpoint.WEIGHTS).exists()
