"""What `--storage` names: SQLite in the run folder, a journal, a database or a proxy; how each is opened and leased."""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from jaxreg.errors import KEPT, InputError
from jaxreg.study.config import hide_password
from jaxreg.study.journal import SafeJournal
from jaxreg.study.leases import FileLeases, Leases
from jaxreg.study.locks import PatientLock
from jaxreg.study.proxy_leases import ProxyLeases
from jaxreg.study.server_leases import SERVERS, ServerLeases

SQLITE_TIMEOUT_SECONDS = 60
PROXY_TIMEOUT_SECONDS = 10
SECONDS_TO_PERSIST, SECONDS_BETWEEN_TRIES = 600, 0.5
LEASES = ".leases"
# What to install where a module is missing that goes by another name than its package.
_PACKAGES = {
    "psycopg": "-c constraints.txt -e '.[postgres]'",
    "grpc": "-c constraints.txt -e '.[grpc]'",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
}

UNREACHABLE: tuple[type[Exception], ...] = (OperationalError, InterfaceError, StorageInternalError)
if find_spec("grpc"):
    import grpc

    UNREACHABLE += (grpc.RpcError,)
FAILURES: tuple[type[Exception], ...] = (*UNREACHABLE, SQLAlchemyError)

Answer = TypeVar("Answer")


class Storage(ABC):
    """Where studies are kept: how it is opened, who holds which trial of a study, what to do when it fails.

    Attributes:
      name: what a message calls it; a password is not in it.
      remote: whether it may be away for a while.
    """

    remote: ClassVar[bool] = False

    def __init__(self, address: str) -> None:
        self._address = address
        self.name = f"--storage {hide_password(address)}"

    @abstractmethod
    def open(self) -> optuna.storages.BaseStorage:
        """Returns Optuna's storage; what cannot be opened raises one of many errors, see `refusal`."""

    @abstractmethod
    def opening(self) -> AbstractContextManager[None]:
        """Returns the lock within which schema and study are made, so that processes may start together."""

    @abstractmethod
    def leases(self, study: optuna.Study) -> Leases:
        """Returns this process's leases on the trials of a study, none yet."""

    def dashboard_words(self) -> list[str]:
        """Returns the words with which optuna-dashboard opens the storage, paths as given, a password hidden."""
        return [hide_password(self._address) or ""]

    def persist(self, action: Callable[[], Answer]) -> Answer:
        """Returns what an action on the storage returns; a server that is away is tried again for ten minutes.

        Raises:
          InputError: it stayed away.
        """
        end, said = time.monotonic() + SECONDS_TO_PERSIST, False
        while True:
            try:
                return action()
            except UNREACHABLE as error:
                if not self.remote:
                    raise
                away, kind = f"{self.name}: not reached", type(error).__name__
                if time.monotonic() > end:
                    raise InputError(f"{away} for {SECONDS_TO_PERSIST} s ({kind}); {KEPT}") from None
                if not said:
                    print(f"{away} ({kind}): trying again for {SECONDS_TO_PERSIST} s", file=sys.stderr, flush=True)
                    said = True
                time.sleep(SECONDS_BETWEEN_TRIES)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Says in one line, as an InputError, that it could not be read or written in the middle of a study."""
        try:
            yield
        except FAILURES as error:
            raise InputError(f"{self.name}: cannot be used ({self._reason(error)}); {KEPT}") from error

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Says in one line, as an InputError, why it could not be opened."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # of a database, a driver, a file or a network; each has its own
            raise self.refusal(error) from None

    def refusal(self, error: Exception) -> InputError:
        """Returns the one line of an error with which it could not be opened."""
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ModuleNotFoundError):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            return InputError(f"{self.name}: cannot be opened as a database of Optuna ({self._reason(error)})")
        module = str(cause.name).partition(".")[0]
        install = f"pip install {_PACKAGES.get(module, module)}"
        return InputError(f"{self.name}: needs the module {module}, which is not installed: {install}")

    def _reason(self, error: BaseException) -> str:
        """Returns the first line of an error, or of the one that Optuna has wrapped in it, without a password."""
        error = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
        reason = (str(error).splitlines() or ["no reason given"])[0]
        return without_password(f"{type(error).__name__}: {reason}", self._address)


class Server(Storage):
    """A database server; its own locks are the leases."""

    remote = True

    def open(self) -> optuna.storages.BaseStorage:
        """Returns Optuna's storage, whose connections are tried before they are used."""
        return _database(make_url(self._address), pool_pre_ping=True)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Holds a lock of the database, on a connection of its own."""
        with ServerLeases(self._address) as leases, leases.queue():
            yield

    def leases(self, study: optuna.Study) -> Leases:
        """Returns leases that the server frees when the connection ends."""
        return ServerLeases(self._address, study._study_id)


class _WithFolder(Storage):
    """A storage whose locks are files in a folder."""

    @abstractmethod
    def _folder(self) -> Path:
        """Returns the folder of the locks.

        Raises:
          InputError: the storage keeps nothing.
        """

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Holds a lock in the folder."""
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True)
        with PatientLock(folder / "open.lock").held():
            yield

    def leases(self, study: optuna.Study) -> Leases:
        """Returns leases that the system frees when the process ends."""
        return FileLeases(self._folder() / str(study._study_id))


class _File(_WithFolder):
    """A storage in one file of this machine; the folder of its locks is beside it, however the file is spelt."""

    @abstractmethod
    def _file(self) -> Path | None:
        """Returns the file, links resolved, where there is one."""

    def _folder(self) -> Path:
        file = self._file()
        if file is None or (file.exists() and not file.is_file()):
            raise InputError(f"{self.name}: keeps no trial; a file on a disk is needed")
        return file.with_name(file.name + LEASES)


class Journal(_File):
    """Optuna's journal."""

    def __init__(self, address: str, file: str) -> None:
        super().__init__(address)
        self._given = file

    def open(self) -> optuna.storages.BaseStorage:
        """Returns Optuna's storage; a torn last line is cut off."""
        return optuna.storages.JournalStorage(SafeJournal(Path(self._given).absolute()))

    def dashboard_words(self) -> list[str]:
        """Returns the class of the storage and its file."""
        return ["--storage-class=JournalFileStorage", os.path.join(".", self._given)]

    def _file(self) -> Path:
        return Path(self._given).resolve()


class SQLite(_File):
    """An SQLite file."""

    def open(self) -> optuna.storages.BaseStorage:
        """Returns Optuna's storage; another process may be writing to the same file for a while."""
        return _database(make_url(self._address), connect_args={"timeout": SQLITE_TIMEOUT_SECONDS})

    def _file(self) -> Path | None:
        """Returns the file by what SQLite says; it has many spellings of one in memory, which has none."""
        with create_engine(make_url(self._address), poolclass=NullPool).connect() as connection:
            _, _, file = connection.exec_driver_sql("PRAGMA database_list").one()
        return Path(file) if file else None


class RunFolder(SQLite):
    """SQLite in the run folder."""

    def __init__(self, out: Path) -> None:
        file = (out / "study.db").absolute()
        super().__init__(_sqlite(file))
        self.name, self._out = str(file), out

    def leases(self, study: optuna.Study) -> Leases:
        """Returns leases in the run folder, which has one study."""
        return FileLeases(self._folder())

    def dashboard_words(self) -> list[str]:
        """Returns the address of the file as the run folder was given."""
        return [_sqlite(self._out / "study.db")]

    def _folder(self) -> Path:
        return self._out / LEASES


class Proxy(_WithFolder):
    """Optuna's gRPC proxy; counters in its trials are the leases, and an order is kept in each run folder."""

    remote = True

    def __init__(self, address: str, out: Path) -> None:
        super().__init__(address)
        self._out = out

    def open(self) -> optuna.storages.BaseStorage:
        """Returns Optuna's storage, once the proxy has answered."""
        match = re.fullmatch(r"grpc://([^:/@\s]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})", self._address)
        if not match:
            raise InputError(f"{self.name}: a proxy's address is grpc://HOST:PORT")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            proxy = optuna.storages.GrpcStorageProxy(host=match[1], port=int(match[2]))
        proxy.wait_server_ready(timeout=PROXY_TIMEOUT_SECONDS)
        return proxy

    def leases(self, study: optuna.Study) -> Leases:
        """Returns leases that end a while after their holder was last heard of."""
        return ProxyLeases(study, self._folder() / str(study._study_id))

    def dashboard_words(self) -> list[str]:
        """Returns a place to fill in: the dashboard does not speak to proxies."""
        return ["DATABASE-BEHIND-THE-PROXY"]

    def _folder(self) -> Path:
        return self._out / LEASES


def make_storage(address: str | None, out: str) -> Storage:
    """Returns the storage that `--storage` names, or without a name SQLite in the run folder.

    Raises:
      InputError: it is of no kind that can serve.
    """
    if not address:
        return RunFolder(Path(out))
    if address.startswith("journal:"):
        return Journal(address, address.removeprefix("journal:"))
    if address.startswith("grpc://"):
        return Proxy(address, Path(out))
    try:
        dialect = make_url(address).get_dialect()
    except (NoSuchModuleError, ArgumentError, ValueError):  # the latter two for what is no URL
        dialect = None
    if dialect is None or dialect.is_async or dialect.name not in (*SERVERS, "sqlite"):
        urls = "sqlite:///FILE, postgresql://USER@HOST/DATABASE, mysql+DRIVER://USER@HOST/DATABASE"
        raise InputError(f"--storage {hide_password(address)}: allowed is journal:FILE, {urls}, grpc://HOST:PORT")
    return SQLite(address) if dialect.name == "sqlite" else Server(address)


def _database(url: URL, **options: Any) -> optuna.storages.BaseStorage:
    text = url.render_as_string(hide_password=False)
    return optuna.storages.get_storage(optuna.storages.RDBStorage(text, engine_kwargs=options))


def _sqlite(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()


def without_password(said: str, address: str) -> str:
    """Returns a message without the storage's password, should a library have put it there."""
    said = said.replace(address, hide_password(address) or "")
    found = re.findall(r"^[^:/]+://[^:/@]*:(.*)@|(?i:[?&](?:password|passwd)=)([^&]*)", address)
    for secret in sorted({word for groups in found for word in groups if word}, key=len, reverse=True):
        for form in {secret, unquote(secret)}:
            said = said.replace(form, "***")
    return said
