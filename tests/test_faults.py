"""A disk that fails at any write, before or after it happened: one line, and the same command ends as undisturbed."""

import dataclasses
import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from sqlalchemy.engine.default import DefaultDialect
from test_study import small_config, timeless, write_data

from jaxreg.engine import environment, workers
from jaxreg.engine.checkpoint import load_checkpoint
from jaxreg.errors import InputError, said_in_one_line
from jaxreg.search.run import run_search
from jaxreg.search.trial import Trials

# Everything by which a study changes the disk: files of ours, Orbax's folder once it is whole, the database.
WRITES = {
    "flush": (os, "fsync"),
    "name": (os, "replace"),
    "name a folder": (os, "rename"),
    "commit": (DefaultDialect, "do_commit"),
}
MAX_FAULTS = 6  # places of each kind, evenly spread, the first and the last among them


class Faulty:
    """A function whose call number `at` fails: it does its work before that, or it does not."""

    def __init__(self, real, at, after):
        self.real, self.at, self.after, self.calls = real, at, after, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.calls != self.at:
            return self.real(*args, **kwargs)
        if self.after:
            self.real(*args, **kwargs)
        if isinstance(args[0], DefaultDialect):
            raise sqlite3.OperationalError("database or disk is full")
        raise OSError(28, "No space left on device")

    def __get__(self, instance, owner):
        return partial(self, instance)  # as a function does that is a method


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz", trials=2)
    return config, run_search(config)


def outcome(config, results):
    best = load_checkpoint(Path(config.out) / "best")
    summary = json.loads((Path(config.out) / "summary.json").read_text())
    return timeless(results), results.test, best.description, summary | {"seconds": None}, best.variables


def assert_same(config, results, undisturbed):
    *ours, weights = outcome(config, results)
    *theirs, expected = outcome(*undisturbed)
    assert ours == theirs
    jax.tree.map(np.testing.assert_array_equal, weights, expected)


def run_with(monkeypatch, write, at, after, config):
    """Runs the study with one fault, and returns how often it wrote."""
    owner, name = WRITES[write]
    with monkeypatch.context() as patch:
        faulty = Faulty(getattr(owner, name), at, after)
        patch.setattr(owner, name, faulty)
        failed = None
        try:
            run_search(config)
        except Exception as error:
            failed = error
    assert failed is None or said_in_one_line(failed), "a traceback"  # Optuna tries some commits again by itself
    return faulty.calls


@pytest.mark.slow
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_fails_costs_nothing_but_another_start(write, undisturbed, tmp_path, monkeypatch):
    config = dataclasses.replace(undisturbed[0], out=str(tmp_path / "count"))
    total = run_with(monkeypatch, write, 0, False, config)
    assert total >= 2
    for at in sorted({*np.linspace(1, total, MAX_FAULTS).round().astype(int).tolist()}):
        for after in (False, True):
            config = dataclasses.replace(config, out=str(tmp_path / "läufe a" / f"{at} {after}"))
            run_with(monkeypatch, write, at, after, config)
            assert_same(config, run_search(config), undisturbed)
            shutil.rmtree(config.out)


def test_a_worker_that_cannot_write_ends_with_one_line(undisturbed, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system", "study.db")

    data, trials = SimpleNamespace(open=lambda: None), Trials(undisturbed[0], None)
    monkeypatch.setattr(workers, "open_study", refuse)
    monkeypatch.setattr(workers.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit, match=r"MainProcess: study\.db: Read-only file system; every"):
        workers._worker(trials, data, workers.Place(0, 1, "cpu"), multiprocessing.Pipe()[1])


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("--seed x:\n  wrong"), "--seed x: wrong"),
        (
            OSError(28, "No space left on device", "a.csv"),
            "a.csv: No space left on device; everything finished",
        ),
        (BrokenPipeError(32, "Broken pipe"), "Broken pipe; everything finished is kept"),
        (MemoryError("Unable to allocate 9 GiB"), "Unable to allocate 9 GiB: fewer --workers"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.\nmore"), "RESOURCE_EXHAUSTED: Out of mem"),
    ],
)
def test_what_a_machine_refuses_is_one_line(error, line):
    said = said_in_one_line(error)
    assert said is not None
    assert said.en.startswith(line)
    assert "\n" not in said.en + said.ko


@pytest.mark.parametrize("error", [ValueError("x"), RuntimeError("INTERNAL: a bug"), KeyError("x"), AssertionError()])
def test_a_mistake_of_ours_has_no_line(error):
    assert said_in_one_line(error) is None


@pytest.mark.parametrize("platform", ["cuda", "no-such-device"])
def test_a_device_that_is_missing_is_refused_before_anything_is_written(platform, tmp_path):
    command = [sys.executable, str(Path(__file__).parents[1] / "experiments" / "search.py"), "--out", "run"]
    environ = os.environ | {"JAX_PLATFORMS": platform}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert f"JAX_PLATFORMS={platform}: JAX cannot use it here" in result.stderr
    assert not (tmp_path / "run" / "config.json").exists()


def test_a_study_that_goes_on_with_another_number_of_threads_says_so_and_keeps_both(
    undisturbed, tmp_path, monkeypatch, capsys
):
    config = dataclasses.replace(undisturbed[0], out=str(tmp_path / "moved"), trials=1)
    run_search(config)
    assert json.loads((tmp_path / "moved" / "config.json").read_text())["earlier"] == []
    here = environment.machine()["threads"]
    monkeypatch.setattr(environment, "threads", lambda: 777)
    for _ in range(2):
        run_search(config)
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1
    assert f"threads was {here}, now 777" in notes[0]
    kept = json.loads((tmp_path / "moved" / "config.json").read_text())
    assert (kept["machine"]["threads"], [before["machine"]["threads"] for before in kept["earlier"]]) == (777, [here])


def test_processors_of_one_name_are_told_apart_by_their_vectors(monkeypatch):
    for flags, vectors in (("fpu fma avx2 avx sse", "avx avx2 fma"), ("avx512f avx2", "avx2 avx512f"), ("fpu", "")):
        monkeypatch.setattr(environment, "processor", lambda: [f"flags\t\t: {flags}", "model name\t: AMD EPYC"])  # noqa: B023
        here = environment.machine()
        assert (here["processor"], here["vectors"]) == ("AMD EPYC", vectors)


def test_a_trial_of_another_version_is_refused_and_nothing_changed(undisturbed, tmp_path):
    config = dataclasses.replace(undisturbed[0], out=str(tmp_path / "old"))
    shutil.copytree(undisturbed[0].out, config.out)
    with closing(sqlite3.connect(tmp_path / "old" / "study.db")) as database, database:
        database.execute("UPDATE trial_user_attributes SET value_json = '\"{}\"' WHERE key = 'record:0'")
    before = (tmp_path / "old" / "study.db").read_bytes()
    with pytest.raises(InputError, match="trial 0 in the storage is not as this version of jaxreg writes it"):
        run_search(config)
    assert (tmp_path / "old" / "study.db").read_bytes() == before


@pytest.mark.parametrize("version", ["v2.6.0.a", "v99.0.0"])
def test_a_storage_of_another_schema_is_refused_in_one_line(version, undisturbed, tmp_path):
    config = dataclasses.replace(undisturbed[0], out=str(tmp_path / "old"))
    shutil.copytree(undisturbed[0].out, config.out)
    with closing(sqlite3.connect(tmp_path / "old" / "study.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    with pytest.raises(InputError, match="cannot be opened as a database of Optuna") as caught:
        run_search(config)
    assert "\n" not in str(caught.value)
