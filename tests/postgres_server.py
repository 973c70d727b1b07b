"""A real PostgreSQL server for tests, where Debian's package or another one is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Postgres:
    """A PostgreSQL server of its own in a folder, as a user that is not root."""

    def __init__(self, folder, binaries):
        self._folder, self._binaries, self.port = folder, binaries, free_port()
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(folder, "postgres")
        (folder / "password").write_text("se cret\n")
        (folder / "password").chmod(0o644)
        self._run("initdb", "-D", "data", "-U", "me", "-A", "scram-sha-256", "--pwfile=password", "--no-sync")
        self.start()

    def _run(self, program, *words):
        command = [self._binaries / program, *words]
        quiet = subprocess.DEVNULL
        subprocess.run(command, cwd=self._folder, check=True, stdout=quiet, stderr=quiet, user=self._user)

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


@pytest.fixture(scope="session")
def postgres():
    pytest.importorskip("psycopg", reason="pip install -e '.[postgres]'")
    places = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        Path(shutil.which("initdb") or "/").parent,
    ]
    binaries = next((place for place in places if (place / "initdb").exists()), None)
    if binaries is None:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        try:
            server = Postgres(Path(folder), binaries)
        except (subprocess.CalledProcessError, LookupError) as error:
            pytest.skip(f"PostgreSQL does not start here: {error}")
        yield server
        server.stop()
