"""Every storage: exactly the total of trials, none lost and none twice, whoever dies or is cut off."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import optuna
import pytest
from forks import FORKS
from optuna.trial import TrialState
from postgres_server import free_port
from sqlalchemy.exc import OperationalError
from storage_workers import config_of, finished_numbers, next_trial, opened, runs, stand_in_worker
from waiting import PATIENCE_SECONDS, listens, until

from jaxreg import files
from jaxreg.engine import backends, proxy_leases
from jaxreg.engine.address import without_password
from jaxreg.engine.backends import run_proxy
from jaxreg.engine.journal import SafeJournal
from jaxreg.engine.proxy_leases import ProxyLeases
from jaxreg.engine.server_leases import ServerLeases
from jaxreg.engine.storage import TAKEN_OVER
from jaxreg.errors import InputError


@pytest.fixture
def proxy(tmp_path, monkeypatch):
    pytest.importorskip("grpc", reason="pip install -e '.[grpc]'")
    port = free_port()
    command = [sys.executable, str(Path(__file__).parents[1] / "experiments" / "proxy.py")]
    process = subprocess.Popen([*command, "--storage", f"sqlite:///{tmp_path}/behind.db", "--port", str(port)])
    until(lambda: listens(port), process)
    monkeypatch.setattr(backends, "PROXY_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    yield f"grpc://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def start(config, **options):
    process = FORKS.Process(target=stand_in_worker, args=(config, options), daemon=True)
    process.start()
    return process


def join(*processes):
    for process in processes:
        process.join()
        assert process.exitcode == 0


def assert_whole(config):
    """Every trial up to the total has ended once, and none is left."""
    study = opened(config)
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
    together = {"free": 0, "gates": [Path(config.out, "began") for config in configs]}
    others = [start(config, **together) for config in configs[1:]]
    stand_in_worker(configs[0], together)
    join(*others)
    assert_whole(configs[0])
    assert sorted(runs(*configs)) == list(range(12))  # none was run twice either


@pytest.mark.slow
def test_a_killed_worker_and_a_restarted_server_lose_no_trial_and_duplicate_none(postgres, tmp_path):
    address = postgres.create("faults")
    configs = [config_of(tmp_path / f"machine {i}", address, trials=14) for i in range(3)]
    victim = start(configs[0], free=0, gates=[tmp_path / "never"])
    others = [start(config, free=2, gates=[tmp_path / "stopped"]) for config in configs[1:]]
    until(lambda: runs(configs[0]) and all(len(runs(config)) == 3 for config in configs[1:]))
    os.kill(victim.pid, signal.SIGKILL)
    postgres.stop()
    (tmp_path / "stopped").touch()
    until(lambda: all(Path(config.out, "away").exists() for config in configs[1:]))
    postgres.start()
    join(*others)
    study = assert_whole(configs[1])
    lost = runs(configs[0])[0]
    # Once, or again where its new holder was missed for a moment as the server came back.
    assert study.get_trials(deepcopy=False)[lost].user_attrs[TAKEN_OVER] >= 1
    began = runs(*configs)
    assert began.count(lost) >= 2
    assert sorted(set(began)) == list(range(14))


class Relay:
    """Passes TCP on to a port until it is cut: connections end, and new ones are refused."""

    def __init__(self, port):
        self._target, self._open = port, True
        self._pairs = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            if not self._open:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._target))
            self._pairs += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass

    def cut(self):
        self._open = False
        for end in self._pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def mend(self):
        self._open = True


def test_a_worker_that_was_cut_off_keeps_its_trial_unless_another_has_taken_it_over(postgres, tmp_path):
    address = postgres.create("cut")
    relay = Relay(postgres.port)
    near = config_of(tmp_path / "near", address, trials=2)
    far = config_of(tmp_path / "far", postgres.url("cut", relay.port), trials=2)
    mine, yours = opened(near), opened(far)
    with mine.home.leases(mine) as near_leases, yours.home.leases(yours) as far_leases:
        assert [next_trial(yours, far_leases).number for _ in range(2)] == [0, 1]
        assert next_trial(mine, near_leases) is None
        relay.cut()
        until(lambda: near_leases.take(0))  # the server has seen the end of the connection
        relay.mend()
        assert not far_leases.holds(0)
        assert far_leases.holds(1)
        assert not near_leases.take(1)


def test_behind_a_proxy_a_trial_is_free_once_its_counter_has_stood_still(tmp_path, monkeypatch):
    looks = count(step=61)  # more than the patience from each look at the clock to the next
    monkeypatch.setattr(proxy_leases, "time", SimpleNamespace(monotonic=lambda: next(looks)))
    study = opened(config_of(tmp_path, f"journal:{tmp_path}/study.log", trials=1))
    first = ProxyLeases(study, tmp_path, beat=0.01)
    number = next_trial(study, first).number
    second = ProxyLeases(study, tmp_path)
    for _ in range(10):
        assert next_trial(study, second) is None  # its holder is alive
        beats = first._count
        until(lambda count=beats + 2: first._count >= count)  # one of these is written
    first._over.set()  # and now cut off, though still at work
    assert first.holds(number)
    until(lambda: next_trial(study, second))
    assert second.holds(number)
    assert not first.holds(number)
    assert study.trials[number].user_attrs[TAKEN_OVER] == 1
    second.close()


def test_two_that_make_the_last_trial_at_once_do_not_exceed_the_total(tmp_path):
    study = opened(config_of(tmp_path, f"journal:{tmp_path}/study.log", trials=3))
    for _ in range(5):
        study._storage.create_new_trial(study._study_id, optuna.trial.create_trial(state=TrialState.WAITING))
    leases = [ProxyLeases(study, tmp_path) for _ in range(2)]
    taken = [next_trial(study, leases[i % 2]) for i in range(5)]
    assert [trial and trial.number for trial in taken] == [0, 1, 2, None, None]


@pytest.mark.parametrize("torn", [b'{"op', b'{"op_code":4,"worker_id":"x","trial_'])
def test_a_torn_last_line_of_a_journal_is_cut_off_and_the_study_goes_on(torn, tmp_path):
    config = config_of(tmp_path / "run", f"journal:{tmp_path}/study.log", trials=2)
    opened(config).ask()
    whole = (tmp_path / "study.log").read_bytes()
    (tmp_path / "study.log").write_bytes(whole + torn)
    assert len(opened(config).trials) == 1
    opened(config).ask()
    assert (tmp_path / "study.log").read_bytes().startswith(whole + b'{"op_code"')
    assert len(opened(config).trials) == 2


def test_a_failed_write_to_a_journal_leaves_it_as_it_was(tmp_path, monkeypatch):
    journal = SafeJournal(tmp_path / "study.log")
    journal.append_logs([{"op_code": 0}])
    before = (tmp_path / "study.log").read_bytes()

    def full_disk(_):
        with open(tmp_path / "study.log", "ab") as file:
            file.write(b'{"op_code":1')
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        journal.append_logs([{"op_code": 1}])
    assert (tmp_path / "study.log").read_bytes() == before


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear reader")
    with pytest.raises(InputError, match="cannot be opened"):
        opened(config_of(tmp_path / "run", f"journal:{tmp_path}/letter.txt"))
    assert (tmp_path / "letter.txt").read_text() == "Dear reader"


IN_MEMORY = [
    *("sqlite://", "sqlite+pysqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"),
    *("sqlite:///file::memory:?cache=shared&uri=true", "sqlite:///file:x?mode=memory&cache=shared&uri=true"),
]
NO_FILE = ["journal:.", "journal:", "journal:pipe", "journal:link"]
DEVICES = [f"{kind}/dev/{name}" for kind in ("journal:", "sqlite:///") for name in ("null", "full", "zero")]


@pytest.mark.parametrize("address", [*IN_MEMORY, *NO_FILE, *DEVICES])
def test_a_storage_that_keeps_nothing_is_refused_before_anything_is_made(address, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no devices here")
    os.mkfifo("pipe")
    os.symlink("/dev/null", "link")
    with pytest.raises(InputError, match="keeps no trial; a file on a disk is needed"):
        opened(config_of(tmp_path / "run", address))
    with pytest.raises(
        InputError, match="keeps no trial; a file on a disk is needed" if "sqlite" in address else "URL"
    ):
        run_proxy(address, "localhost", 1, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]
    assert not list(Path("/dev").glob("*.leases"))


@pytest.mark.parametrize("address", ["sqlite:///{}/a.db", "sqlite:///file:{}/a.db?uri=true", "sqlite:///{}/link.db"])
def test_one_file_has_one_folder_of_leases_however_it_is_written(address, tmp_path):
    os.symlink("a.db", tmp_path / "link.db")
    config = config_of(tmp_path / "run", address.format(tmp_path))
    study = opened(config)
    with study.home.leases(study):
        assert [path.name for path in tmp_path.glob("*.leases")] == ["a.db.leases"]


@pytest.mark.parametrize(
    ("address", "module", "install"),
    [
        ("postgresql://me:secret@h/x", "psycopg", "'jaxreg[postgres]'"),
        ("postgresql+psycopg2://me:secret@h/x", "psycopg2", "psycopg2-binary"),
        ("mysql://me:secret@h/x", "MySQLdb", "mysqlclient"),
        ("mysql+pymysql://me:secret@h/x", "pymysql", "pymysql"),
        ("mariadb+mysqlconnector://me:secret@h/x", "mysql", "mysql-connector-python"),
        ("grpc://h:1", "grpc", "'jaxreg[grpc]'"),
    ],
)
def test_a_missing_driver_is_one_line_with_what_to_install(address, module, install, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    for name in [name for name in sys.modules if name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    if module == "grpc":  # which Optuna imports once
        missing = ImportError("no grpc")
        missing.__cause__ = ModuleNotFoundError("No module named 'grpc'", name="grpc")
        monkeypatch.setattr(optuna.storages, "GrpcStorageProxy", Mock(side_effect=missing))
        monkeypatch.setattr(optuna.storages, "run_grpc_proxy_server", Mock(side_effect=missing))
        with pytest.raises(InputError, match="needs the module grpc"):
            run_proxy(f"sqlite:///{tmp_path}/behind.db", "localhost", 1, 1)
    with pytest.raises(InputError) as caught:
        opened(config_of(tmp_path / "run", address))
    said = str(caught.value)
    assert said.endswith(f"needs the module {module}, which is not installed: pip install {install}")
    assert "secret" not in said


@pytest.mark.parametrize(
    "address",
    [
        "oracle://me:secret@h/x",
        "mssql://x",
        "postgres://h/x",
        "mysql+nosuch://h/x",
        "sqlite+nosuch:///x.db",
        "sqlite+aiosqlite:///x.db",
        "memory",
        "nonsense",
        "JOURNAL:x",
    ],
)
def test_a_kind_of_database_that_cannot_serve_is_refused_with_those_that_can(address, tmp_path):
    with pytest.raises(
        InputError, match=r"allowed is journal:FILE, folder:DIR, sqlite:///FILE, postgresql://.*, grpc://HOST:PORT"
    ):
        opened(config_of(tmp_path / "run", address))


@pytest.mark.parametrize("address", ["", "journal:study.log", "grpc://host:1"])
def test_a_proxy_before_what_is_no_database_is_refused(address, tmp_path):
    with pytest.raises(InputError, match="--storage: a proxy needs the SQLAlchemy URL of a database behind it"):
        run_proxy(address, "localhost", 1, 1)
    assert not list(tmp_path.iterdir())


def test_a_name_that_databases_cut_is_refused(tmp_path):
    opened(config_of(tmp_path / "run", None, study_name="x" * 512))
    with pytest.raises(InputError, match="--study-name: allowed are 512 characters, not 513"):
        opened(config_of(tmp_path / "run", None, study_name="x" * 513))


def test_a_servers_lock_that_another_holds_for_long_is_named(postgres, monkeypatch):
    address = postgres.create("locks")
    said = threading.Event()
    theirs, ours = ServerLeases(address, 1), ServerLeases(address, 1)
    assert theirs.take(0)  # both are connected from here on
    assert not ours.take(0)
    monkeypatch.setattr(files, "SECONDS_OF_SILENCE", 0)
    monkeypatch.setattr(files, "tell", lambda line: said.set())
    with ours.queue():
        assert not said.is_set()  # nothing is said of a lock that is free
    with theirs.queue():
        waiting = threading.Thread(target=lambda: ours.queue().__enter__(), daemon=True)
        waiting.start()
        assert said.wait()
    waiting.join()
    assert not waiting.is_alive()
    ours.close()
    theirs.close()


def test_a_server_that_does_not_answer_is_said_to_be_waited_for(monkeypatch):
    pytest.importorskip("psycopg", reason="pip install -e '.[postgres]'")
    silent = socket.create_server(("127.0.0.1", 0))
    said = []

    def hang_up(line):
        said.append(line.en)
        silent.accept()[0].close()

    monkeypatch.setattr(files, "SECONDS_OF_SILENCE", 0)
    monkeypatch.setattr(files, "tell", hang_up)
    held = ServerLeases(f"postgresql://me:secret@127.0.0.1:{silent.getsockname()[1]}/x", 1)
    with pytest.raises(OperationalError):
        held.take(0)
    assert said == ["waiting for the database server to answer"]
    silent.close()


@pytest.mark.parametrize("address", ["grpc://nohost", "grpc://me:secret@host:1"])
def test_what_is_no_storage_is_one_line_without_a_password(address, tmp_path):
    with pytest.raises(InputError) as caught:
        opened(config_of(tmp_path / "run", address))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_wrong_password_is_not_repeated_in_either_form(postgres, tmp_path):
    address = postgres.url("postgres").replace("se%20cret", "other%20word")
    with pytest.raises(InputError, match="password authentication failed") as caught:
        opened(config_of(tmp_path / "run", address))
    assert "other" not in str(caught.value)
    assert "other" not in without_password("no way: other word and other%20word", address)


def test_another_machine_with_other_settings_is_refused_with_the_difference_named(postgres, tmp_path):
    address = postgres.create("settings")
    opened(config_of(tmp_path / "one", address))
    with pytest.raises(InputError, match="seed was 0, now 3"):
        opened(config_of(tmp_path / "two", address, seed=3))
