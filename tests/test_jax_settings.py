"""JAX's own settings, from wherever they come, change no trial and end none; what may change one is recorded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from conftest import users_setting
from test_study import small_config, timeless, write_data

import jaxreg
from jaxreg.engine.environment import run_config
from jaxreg.engine.jax_settings import PINNED, RECORDED, others, pinned
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search

SEARCH = Path(__file__).parents[1] / "experiments" / "search.py"
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 16, 16), np.uint8)
ONE = {"norm_types": ("batch",), "reg_types": ("l2",), "loss": "softmax_twice", "trials": 1}
DIVERGING = {"norm_types": ("none",), "reg_types": ("none",), "learning_rate_range": (1e37, 2e37), "trials": 1}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study where nothing is set, and what its network sees in images."""
    folder = tmp_path_factory.mktemp("finished")
    write_data(folder / "data.npz")
    results = run_search(small_config(folder / "run", folder / "data.npz", **ONE))
    return folder, results, jaxreg.load(folder / "run").predict_proba(IMAGES)


CHANGES = [
    ("jax_enable_x64", True),
    ("jax_default_prng_impl", "rbg"),
    ("jax_threefry_partitionable", False),
    ("jax_random_seed_offset", 7),
    ("jax_numpy_rank_promotion", "raise"),
    ("jax_numpy_dtype_promotion", "strict"),
    ("jax_softmax_custom_jvp", True),
    ("jax_transfer_guard", "disallow"),
    ("jax_no_execution", True),
]


@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[name for name, _ in CHANGES])
def test_what_a_user_has_set_of_jax_changes_no_bit_of_a_study_and_of_its_network_and_holds_afterwards(
    name, value, finished, tmp_path
):
    folder, results, probs = finished
    with users_setting(name, value):
        now = jax.config.values[name]
        again = run_search(small_config(tmp_path / "run", folder / "data.npz", **ONE))
        seen = jaxreg.load(tmp_path / "run").predict_proba(IMAGES)
        assert jax.config.values[name] == now
    assert timeless(again) == timeless(results)
    assert again.test == results.test
    assert (seen.dtype, seen.tobytes()) == (probs.dtype, probs.tobytes())


def test_a_trial_that_diverges_is_recorded_as_such_under_a_search_for_nan(tmp_path):
    write_data("data.npz")
    with users_setting("jax_debug_nans", True):
        (trial,) = run_search(small_config(tmp_path / "run", **DIVERGING)).trials
    assert trial.diverged


def test_a_context_of_jax_around_a_call_is_overruled_too(finished, tmp_path):
    folder, results, _ = finished
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        again = run_search(small_config(tmp_path / "run", folder / "data.npz", **ONE))
        assert jax.numpy.zeros(1, float).dtype == np.float64
    assert timeless(again) == timeless(results)


def test_numpys_errors_are_not_raised_within_and_what_was_set_holds_afterwards():
    with np.errstate(all="raise"):
        with pinned(), pytest.warns(RuntimeWarning):
            assert np.isinf(np.float32(1) / np.float32(0))
        with pytest.raises(FloatingPointError):
            np.float32(1) / np.float32(0)


@pytest.mark.as_users
def test_this_jax_knows_every_setting_and_none_that_is_recorded_is_other_than_its_default():
    assert all(hasattr(jax, name) for name in PINNED)
    assert jax.config.values.keys() >= RECORDED.keys()
    assert others() == {}


def recorded(kept=None):
    """Returns the content of a config.json, as it is read again."""
    return json.loads(json.dumps(run_config(StudyConfig(), {"data_fingerprint": "ab"}, kept)))


@pytest.mark.as_users
def test_what_else_may_change_bits_is_recorded_and_said_when_a_run_goes_on_otherwise(capsys, monkeypatch):
    monkeypatch.delenv("NPROC", raising=False)
    kept = recorded()
    assert (kept["machine"]["jax_settings"], kept["machine"]["variables"]) == ({}, {})
    monkeypatch.setenv("NPROC", "3")
    device = jax.devices("cpu")[0]
    with users_setting("jax_memory_fitting_effort", 0.5), users_setting("jax_default_device", device):
        now = recorded(kept)
    settings = {"jax_default_device": str(device), "jax_memory_fitting_effort": 0.5}
    assert (now["machine"]["jax_settings"], now["machine"]["variables"]) == (settings, {"NPROC": "3"})
    assert now["earlier"] == [{"versions": kept["versions"], "machine": kept["machine"]}]
    (note,) = capsys.readouterr().err.splitlines()
    assert f"jax_settings was {{}}, now {settings}" in note
    assert "variables was {}, now {'NPROC': '3'}" in note


def test_a_run_of_a_version_that_recorded_less_goes_on_without_a_note(capsys):
    kept = recorded()
    del kept["machine"]["jax_settings"], kept["machine"]["variables"]
    assert recorded(kept)["earlier"] == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("name", "value"), [("JAX_ENABLE_X64", "maybe"), ("JAX_DEFAULT_PRNG_IMPL", "nosuch")])
def test_a_variable_that_jax_cannot_read_is_one_line_of_a_command(name, value):
    command = [sys.executable, str(SEARCH), "--trials", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, env=os.environ | {name: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: JAX cannot start with the JAX_... variables of the environment: ")
    assert len(ended.stderr.splitlines()) == 1
