"""Every storage: exactly the total of trials, none lost and none twice, whoever dies or is cut off."""

import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from optuna.trial import TrialState
from storage_workers import config_of, finished_numbers, runs, stand_in_worker

from jaxreg.study.storage import open_study

SPAWN = multiprocessing.get_context("spawn")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Postgres:
    """A PostgreSQL server of its own in a folder, as a user that is not root."""

    def __init__(self, folder, binaries):
        self._folder, self._binaries, self.port = folder, binaries, free_port()
        self._user = {"user": "postgres"} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "postgres")
        (folder / "password").write_text("se cret\n")
        (folder / "password").chmod(0o644)
        self._run("initdb", "-D", "data", "-U", "me", "-A", "scram-sha-256", "--pwfile=password", "--no-sync")
        self.start()

    def _run(self, program, *words):
        subprocess.run(
            [self._binaries / program, *words],
            cwd=self._folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._user,
        )  # fmt: skip

    def start(self):
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-p {self.port} -k '' -F", "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def url(self, database, port=None):
        return f"postgresql+psycopg://me:se%20cret@127.0.0.1:{port or self.port}/{database}"

    def create(self, database):
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="me", password="se cret", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        return self.url(database)


@pytest.fixture(scope="module")
def postgres():
    pytest.importorskip("psycopg", reason="pip install -e '.[postgres]'")
    places = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        Path(shutil.which("initdb") or "/").parent,
    ]
    binaries = next((place for place in places if (place / "initdb").exists()), None)
    if binaries is None:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        try:
            server = Postgres(Path(folder), binaries)
        except (subprocess.CalledProcessError, LookupError) as error:
            pytest.skip(f"PostgreSQL does not start here: {error}")
        yield server
        server.stop()


@pytest.fixture
def proxy(tmp_path):
    pytest.importorskip("grpc", reason="pip install -e '.[grpc]'")
    port = free_port()
    command = [sys.executable, str(Path(__file__).parents[1] / "experiments" / "proxy.py")]
    process = subprocess.Popen([*command, "--storage", f"sqlite:///{tmp_path}/behind.db", "--port", str(port)])
    yield f"grpc://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def start(config, **options):
    process = SPAWN.Process(target=stand_in_worker, args=(config, options), daemon=True)
    process.start()
    return process


def join(*processes):
    for process in processes:
        process.join(60)
        assert process.exitcode == 0


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.02)


def assert_whole(config):
    """Every trial up to the total has ended once, and none is left."""
    study = open_study(config, {})
    trials = study.get_trials(deepcopy=False)
    assert sorted(finished_numbers(study)) == list(range(config.trials))
    assert not [t for t in trials if t.state is TrialState.RUNNING]
    return study


@pytest.fixture(params=["journal", "sqlite", "postgres", "grpc"])
def address(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres").create("together")
    if request.param == "grpc":
        return request.getfixturevalue("proxy")
    return f"journal:{tmp_path}/study.log" if request.param == "journal" else f"sqlite:///{tmp_path}/study.db"


@pytest.mark.slow
def test_workers_that_start_at_once_in_folders_of_their_own_share_one_new_study(address, tmp_path):
    configs = [config_of(tmp_path / f"machine {i}", address, trials=12) for i in range(3)]
    join(*(start(config) for config in configs))
    assert_whole(configs[0])
    assert sorted(runs(*configs)) == list(range(12))  # none was run twice either
