"""What `--storage` names: SQLite in the run folder, a journal, a database, a proxy, a folder; how each is opened."""

import os
import re
import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from jaxreg.engine.address import expanded_storage, hide_password, without_password
from jaxreg.engine.folder_storage import WHOLE, FolderStorage, Share, ShareLeases
from jaxreg.engine.journal import SafeJournal
from jaxreg.engine.leases import FileLeases, Leases
from jaxreg.engine.proxy_leases import ProxyLeases
from jaxreg.engine.server_leases import SERVERS, ServerLeases
from jaxreg.engine.setting import refusal
from jaxreg.errors import KEPT, InputError
from jaxreg.files import PatientLock
from jaxreg.text import Text, tell

AWAY = Text(
    "{name}: not reached ({kind}): trying again for {seconds} s",
    "{name}: 연결되지 않습니다 ({kind}). {seconds}초 동안 다시 시도합니다",
)
AWAY_FOR_LONG = Text(
    "{name}: not reached for {seconds} s ({kind}); {kept}",
    "{name}: {seconds}초 동안 연결되지 않았습니다 ({kind}). {kept}",
)

NOT_USED = Text("{name}: cannot be used ({reason}); {kept}", "{name}: 쓸 수 없습니다({reason}). {kept}")
SQLITE_TIMEOUT_SECONDS = 60
PROXY_TIMEOUT_SECONDS = 10
SECONDS_TO_PERSIST, SECONDS_BETWEEN_TRIES = 600, 0.5
LEASES, _JOURNAL, _FOLDER = ".leases", "journal:", "folder:"
# What to install where a module is missing that goes by another name than its package.
_PACKAGES = {
    "psycopg": "'jaxreg[postgres]'",
    "grpc": "'jaxreg[grpc]'",
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
    """Where studies are kept: how it is opened, who holds which trial of a study, what to do when it fails."""

    name: str  # what a message calls it, without a password
    requests_at_once: ClassVar[int] = 0  # how many a proxy before it may pass on; 0 of what is no database
    independent: ClassVar[bool] = False  # whether it keeps only runs that know nothing of each other
    _away: ClassVar[tuple[type[Exception], ...]] = ()  # the errors of one that may be away for a while

    def __init__(self, address: str) -> None:
        self._address, self._shown = address, hide_password(address) or ""
        self.name = f"--storage {self._shown}"

    @abstractmethod
    def open(self, study_name: str) -> BaseStorage:
        """Returns Optuna's storage of a study; what cannot be opened raises one of many errors, see `refusals`."""

    @abstractmethod
    def opening(self) -> AbstractContextManager[None]:
        """Returns the lock within which schema and study are made; an InputError says that it keeps nothing."""

    @abstractmethod
    def leases(self, study: optuna.Study) -> Leases:
        """Returns this process's leases on the trials of a study, none yet."""

    def dashboard_words(self) -> list[str]:
        """Returns the words with which optuna-dashboard opens the storage, paths as given, a password hidden."""
        return [self._shown]

    def persist(self, action: Callable[[], Answer]) -> Answer:
        """Returns what an action returns; a server that is away is tried again for ten minutes, then an InputError."""
        end, said = time.monotonic() + SECONDS_TO_PERSIST, False
        while True:
            try:
                return action()
            except self._away as error:
                away = {"name": self.name, "kind": type(error).__name__, "seconds": SECONDS_TO_PERSIST}
                if time.monotonic() > end:
                    raise InputError(AWAY_FOR_LONG.format(**away, kept=KEPT)) from None
                if not said:
                    tell(AWAY.format(**away))
                    said = True
                time.sleep(SECONDS_BETWEEN_TRIES)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Says in one line, as an InputError, that it could not be read or written in the middle of a study."""
        try:
            yield
        except FAILURES as error:
            raise InputError(NOT_USED.format(name=self.name, reason=self._reason(error), kept=KEPT)) from error

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Says in one line, as an InputError, why it could not be opened."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # of a database, a driver, a file or a network; each has its own
            raise self._refusal(error) from None

    def _refusal(self, error: Exception) -> InputError:
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


class _Server(Storage):
    """A database server, whose own locks are the leases."""

    requests_at_once = sys.maxsize
    _away = UNREACHABLE

    def open(self, study_name: str) -> BaseStorage:
        return _database(self._address, pool_pre_ping=True)

    @contextmanager
    def opening(self) -> Iterator[None]:
        with ServerLeases(self._address) as leases, leases.queue():
            yield

    def leases(self, study: optuna.Study) -> Leases:
        return ServerLeases(self._address, study._study_id)


class _WithFolder(Storage):
    """A storage whose locks are files: in a run folder, or else beside the file of the trials, however it is spelt."""

    def __init__(self, address: str, out: Path | None = None) -> None:
        super().__init__(address)
        self._out = out

    def opening(self) -> AbstractContextManager[None]:
        return PatientLock(self._folder() / "open.lock").held()

    def leases(self, study: optuna.Study) -> Leases:
        return FileLeases(self._folder() / str(study._study_id))

    def _folder(self) -> Path:
        if self._out is not None:
            return self._out / LEASES
        file = self._file()
        if file is None or (file.exists() and not file.is_file()):
            raise InputError(f"{self.name}: keeps no trial; a file on a disk is needed")
        return file.with_name(file.name + LEASES)

    def _file(self) -> Path | None:
        """Returns the file that the trials are in, where there is one."""
        return None


class _Journal(_WithFolder):
    """Optuna's journal."""

    def open(self, study_name: str) -> BaseStorage:
        return optuna.storages.JournalStorage(SafeJournal(Path(self._given()).absolute()))

    def dashboard_words(self) -> list[str]:
        return ["--storage-class=JournalFileStorage", os.path.join(".", self._given())]

    def _given(self) -> str:
        return self._address.removeprefix(_JOURNAL)

    def _file(self) -> Path:
        return Path(self._given()).resolve()


class _SQLite(_WithFolder):
    """An SQLite file, which has no locks of rows, by which a server lets one of two requests set a trial running."""

    requests_at_once = 1

    def open(self, study_name: str) -> BaseStorage:  # another process may be writing to the same file for a while
        return _database(self._address, connect_args={"timeout": SQLITE_TIMEOUT_SECONDS})

    def _file(self) -> Path | None:
        """Asks SQLite; it has many spellings of a file in memory, which is none."""
        with create_engine(self._address, poolclass=NullPool).connect() as connection:
            _, _, file = connection.exec_driver_sql("PRAGMA database_list").one()
        return Path(file) if file else None


class _RunFolder(_SQLite):
    """SQLite in the run folder, which has one study."""

    def __init__(self, out: Path) -> None:
        file = (out / "study.db").absolute()
        super().__init__(_sqlite(file), out)
        self.name, self._shown = str(file), _sqlite(out / "study.db")

    def leases(self, study: optuna.Study) -> Leases:
        return FileLeases(self._folder())


class _Proxy(_WithFolder):
    """Optuna's gRPC proxy; counters in the trials are the leases, and the processes of one run folder keep an order."""

    _away = UNREACHABLE

    def open(self, study_name: str) -> BaseStorage:
        match = re.fullmatch(r"grpc://([^:/@\s]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})", self._address)
        if not match:
            raise InputError(f"{self.name}: a proxy's address is grpc://HOST:PORT")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            proxy = optuna.storages.GrpcStorageProxy(host=match[1], port=int(match[2]))
        proxy.wait_server_ready(timeout=PROXY_TIMEOUT_SECONDS)
        return proxy

    def leases(self, study: optuna.Study) -> Leases:
        return ProxyLeases(study, self._folder() / str(study._study_id))

    def dashboard_words(self) -> list[str]:
        return ["DATABASE-BEHIND-THE-PROXY"]  # the dashboard does not speak to proxies


class _Folder(Storage):
    """A folder that machines share, with a run a file."""

    independent = True

    def __init__(self, address: str, share: Share, out: Path) -> None:
        super().__init__(address)
        self._share, self._out = share, out

    def open(self, study_name: str) -> BaseStorage:
        return FolderStorage(Path(self._address.removeprefix(_FOLDER)) / study_name.replace("/", "-"))

    def opening(self) -> AbstractContextManager[None]:
        return nullcontext()

    def leases(self, study: optuna.Study) -> Leases:
        return ShareLeases(self._share, self._out / LEASES)


def make_storage(address: str | None, out: str, share: Share = WHOLE) -> Storage:
    """Returns the storage of `--storage`, by default SQLite in the run folder; an InputError says what is allowed.

    `share` is that of this process, where each has its own.
    """
    if address and address.startswith(_FOLDER):
        return _Folder(address, share, Path(out))
    if not address:
        return _RunFolder(Path(out))
    if address.startswith(_JOURNAL):
        return _Journal(address)
    if address.startswith("grpc://"):
        return _Proxy(address, Path(out))
    try:
        dialect = make_url(address).get_dialect()
    except (NoSuchModuleError, ArgumentError, ValueError):  # the latter two for what is no URL
        dialect = None
    if dialect is None or dialect.is_async or dialect.name not in (*SERVERS, "sqlite"):
        urls = "sqlite:///FILE, postgresql://USER@HOST/DATABASE, mysql+DRIVER://USER@HOST/DATABASE"
        allowed = f"journal:FILE, folder:DIR, {urls}, grpc://HOST:PORT"
        raise refusal("storage", hide_password(address), allowed)
    return _SQLite(address) if dialect.name == "sqlite" else _Server(address)


def run_proxy(address: str, host: str, port: int, threads: int) -> None:
    """Serves a database by Optuna's gRPC proxy until the process is stopped; SQLite, one request after the other."""
    storage = make_storage(expanded_storage(address), ".")
    if not (address and storage.requests_at_once):
        raise InputError("--storage: a proxy needs the SQLAlchemy URL of a database behind it")
    with storage.refusals(), warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        with storage.opening():
            opened = storage.open("")
        pool = ThreadPoolExecutor(min(threads, storage.requests_at_once))
        try:
            optuna.storages.run_grpc_proxy_server(opened, host=host, port=port, thread_pool=pool)
        except RuntimeError as error:  # the port is taken
            raise InputError(f"--host {host} --port {port}: cannot be listened on ({error})") from None


def _database(address: str, **options: Any) -> BaseStorage:
    text = make_url(address).render_as_string(hide_password=False)
    return optuna.storages.get_storage(optuna.storages.RDBStorage(text, engine_kwargs=options))


def _sqlite(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()
