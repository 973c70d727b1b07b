"""SIGKILL at random moments, again and again: over storages and experiments the same command ends as undisturbed."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from storage_workers import opened
from test_study import small_config, trials_of, write_data
from test_verdict import small

from jaxreg.claims.config import ClaimsConfig
from jaxreg.engine.checkpoint import load_checkpoint
from jaxreg.engine.storage import open_study
from jaxreg.search.config import StudyConfig

KILLS, TRAINED_KILLS = 10, 4  # of stand-ins over each storage, and of each kind of experiment that trains


class Starter:
    """Starts studies by tests/chaos_worker.py, which kills them."""

    def __init__(self):
        command = [sys.executable, str(Path(__file__).with_name("chaos_worker.py"))]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        self._process = subprocess.Popen(command, env=environ, **pipes)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout

    def run(self, config, kill_after=None, kind="search"):
        """Runs an experiment to its end, or to its death after some seconds, and returns whether it was killed."""
        self._input.write(json.dumps([kind, config, kill_after]).encode() + b"\n")
        code = int(self._output.readline())
        assert code in (0, -signal.SIGKILL)
        return code != 0

    def close(self):
        self._input.close()
        self._process.wait()


@pytest.fixture(scope="module")
def starter():
    starter = Starter()
    yield starter
    starter.close()


def settings(folder, out, storage=None, study_name="search"):
    """Returns ten trials of a small problem, of which the last seven depend on those before."""
    config = small_config(folder / out, folder / "data.npz", trials=10, norm_types=("batch",))
    return config.settings() | {"storage": storage, "study_name": study_name}


def outcome(folder):
    """Returns everything that a run folder says but for times and places."""
    with open(folder / "trials.csv", newline="") as file:
        trials = list(csv.DictReader(file))
    summary = json.loads((folder / "summary.json").read_text()) | {"seconds": None}
    best = load_checkpoint(folder / "best")
    description = dict(best.description) | {"identity": best.description["identity"] | {"study_name": None}}
    return (trials, summary, (folder / "curves.csv").read_text(), description), best.variables


@pytest.fixture(scope="module")
def undisturbed(starter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("läufe und mehr")
    write_data(folder / "data.npz")
    starter.run(settings(folder, "warm"))  # fills the cache of compiled programs
    start = time.monotonic()
    assert not starter.run(settings(folder, "run"))
    return folder, outcome(folder / "run"), time.monotonic() - start


@pytest.mark.slow
def test_killed_at_random_moments_a_study_ends_as_undisturbed(starter, undisturbed):
    folder, (expected, weights), seconds = undisturbed
    for config in killed(
        starter, "search", lambda name: settings(folder, name, study_name=name), seconds, TRAINED_KILLS
    ):
        got, variables = outcome(folder / config["out"])
        assert got == expected
        jax.tree.map(np.testing.assert_array_equal, variables, weights)
        assert_nothing_left(open_study(trials_of(StudyConfig(**config))))


def killed(starter, kind, settings_of, seconds, wanted=KILLS):
    """Yields the settings of experiments that were killed at random moments, and started again, to their end."""
    dice, kills, number = random.Random(kind), 0, 0
    while kills < wanted:
        number += 1
        config = settings_of(f"killed {number}")
        while starter.run(config, dice.uniform(0, seconds) if kills < wanted else None, kind):
            kills += 1
        yield config


def tables(config):
    """Returns the tables of a study, byte for byte."""
    return [(Path(config["out"]) / name).read_bytes() for name in ("trials.csv", "curves.csv")]


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["sqlite", "journal", "postgres"])
def test_killed_at_random_moments_over_any_storage_every_trial_ends_once_and_as_undisturbed(
    storage, starter, tmp_path, request
):
    address = request.getfixturevalue("postgres").create("chaos") if storage == "postgres" else None

    def settings_of(name):
        own = f"journal:{tmp_path}/{name}.log" if storage == "journal" else address
        return settings(tmp_path, name, own, name)

    start = time.monotonic()
    assert not starter.run(settings_of("whole"), kind="stand-in")
    for config in killed(starter, "stand-in", settings_of, time.monotonic() - start):
        assert tables(config) == tables(settings_of("whole"))
        assert_nothing_left(opened(StudyConfig(**config)))


def assert_nothing_left(study):
    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    assert states == [TrialState.COMPLETE] * 10
    assert optuna.get_all_study_names(study._storage).count(study.study_name) == 1


TABLES = {
    "verdict": ("runs.csv", "cells.csv", "contrasts.csv", "frozen.json", "tuning/trials.csv"),
    "claims": ("claims.csv", "checks.csv"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", TABLES)
def test_killed_at_random_moments_a_verdict_and_claims_end_as_undisturbed(kind, starter, tmp_path):
    write_data(tmp_path / "data.npz")
    verdict = small(tmp_path / "run", tmp_path / "data.npz", norm_types=("batch",))
    claims = ClaimsConfig(smoke=True, data=verdict.data, only=("l2_growth",), workers=1).effective()
    config = {"verdict": verdict, "claims": claims}[kind].settings()

    def tables(folder):
        return [(tmp_path / folder / name).read_bytes() for name in TABLES[kind]]

    starter.run(config | {"out": str(tmp_path / "warm")}, kind=kind)
    start = time.monotonic()
    assert not starter.run(config | {"out": str(tmp_path / "whole")}, kind=kind)
    seconds = time.monotonic() - start
    for again in killed(starter, kind, lambda name: config | {"out": str(tmp_path / name)}, seconds, TRAINED_KILLS):
        assert tables(again["out"]) == tables("whole") == tables("warm")
