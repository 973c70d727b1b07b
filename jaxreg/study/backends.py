"""What `--storage` names: SQLite in the run folder, a journal, a database or a proxy; and the leases beside it."""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from jaxreg.errors import KEPT, InputError
from jaxreg.study.config import StudyConfig, hide_password
from jaxreg.study.journal import SafeJournal
from jaxreg.study.leases import POLL_SECONDS, FileLeases, Leases
from jaxreg.study.locks import PatientLock
from jaxreg.study.proxy_leases import ProxyLeases
from jaxreg.study.server_leases import SERVERS, ServerLeases

SQLITE_TIMEOUT_SECONDS = 60
PROXY_TIMEOUT_SECONDS = 10
SECONDS_TO_PERSIST, SECONDS_BETWEEN_TRIES = 600, 0.5
LEASES = ".leases"  # in the run folder
_JOURNAL, _PROXY = "journal:", "grpc://"
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


def storage_name(config: StudyConfig) -> str:
    """Returns what a message calls the storage; a password is not in it."""
    return f"--storage {hide_password(config.storage)}" if config.storage else str(_default_file(config))


def open_storage(config: StudyConfig) -> optuna.storages.BaseStorage:
    """Returns the storage that `--storage` names; what cannot be opened raises one of many errors."""
    if config.storage and config.storage.startswith(_JOURNAL):
        return optuna.storages.JournalStorage(SafeJournal(_journal(config.storage)))
    if config.storage and config.storage.startswith(_PROXY):
        return _open_proxy(config.storage)
    url = _url(config)
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.get_backend_name() == "sqlite":  # another process may be writing to the same file for a while
        options = {"connect_args": {"timeout": SQLITE_TIMEOUT_SECONDS}}
    text = url.render_as_string(hide_password=False)
    return optuna.storages.get_storage(optuna.storages.RDBStorage(text, engine_kwargs=options))


def _open_proxy(address: str) -> optuna.storages.BaseStorage:
    match = re.fullmatch(r"grpc://([^:/@\s]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})", address)
    if not match:
        raise InputError(f"--storage {hide_password(address)}: a proxy's address is grpc://HOST:PORT")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        proxy = optuna.storages.GrpcStorageProxy(host=match[1], port=int(match[2]))
    proxy.wait_server_ready(timeout=PROXY_TIMEOUT_SECONDS)
    return proxy


def dashboard_words(config: StudyConfig) -> list[str]:
    """Returns the words with which optuna-dashboard opens the storage, paths as they were given, a password hidden."""
    if config.storage is None:
        return [URL.create("sqlite", database=str(Path(config.out) / "study.db")).render_as_string()]
    if config.storage.startswith(_JOURNAL):
        return ["--storage-class=JournalFileStorage", os.path.join(".", config.storage.removeprefix(_JOURNAL))]
    if config.storage.startswith(_PROXY):
        return ["DATABASE-BEHIND-THE-PROXY"]  # it does not speak to proxies
    return [hide_password(config.storage) or ""]


def opening(config: StudyConfig) -> AbstractContextManager[object]:
    """Returns the lock within which schema and study are made, so that processes may start together.

    Raises:
      InputError: the storage keeps nothing, or its locks are not known here.
    """
    if _on_server(config):
        return _Opening(ServerLeases(str(config.storage)))
    folder = _leases_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    return PatientLock(folder / "open.lock", POLL_SECONDS).held()


class _Opening:
    """The lock of a database within which studies are made, on a connection of its own."""

    def __init__(self, leases: ServerLeases) -> None:
        self._leases = leases
        self._lock = leases.queue()

    def __enter__(self) -> None:
        self._lock.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._lock.__exit__(*error)
        self._leases.close()


def open_leases(config: StudyConfig, study: optuna.Study) -> Leases:
    """Returns this process's leases on the trials of a study, none yet."""
    if _on_server(config):
        return ServerLeases(str(config.storage), study._study_id)
    folder = _leases_folder(config)
    if config.storage:
        folder /= str(study._study_id)
    if config.storage and config.storage.startswith(_PROXY):
        return ProxyLeases(study, folder)
    return FileLeases(folder)


def persist(config: StudyConfig, action: Callable[[], Answer]) -> Answer:
    """Returns what an action on the storage returns; a server that is away is tried again for ten minutes.

    Raises:
      InputError: it stayed away.
    """
    end, said = time.monotonic() + SECONDS_TO_PERSIST, False
    while True:
        try:
            return action()
        except UNREACHABLE as error:
            if not _remote(config):
                raise
            away = f"{storage_name(config)}: not reached"
            if time.monotonic() > end:
                raise InputError(f"{away} for {SECONDS_TO_PERSIST} s ({type(error).__name__}); {KEPT}") from None
            if not said:
                trying = f"trying again for {SECONDS_TO_PERSIST} s"
                print(f"{away} ({type(error).__name__}): {trying}", file=sys.stderr, flush=True)
                said = True
            time.sleep(SECONDS_BETWEEN_TRIES)


@contextmanager
def storage_failures(config: StudyConfig) -> Iterator[None]:
    """Says in one line, as an InputError, that a storage could not be read or written in the middle of a study."""
    try:
        yield
    except FAILURES as error:
        raise InputError(f"{storage_name(config)}: cannot be used ({_reason(config, error)}); {KEPT}") from error


def refusal_of(config: StudyConfig, error: Exception) -> InputError:
    """Returns the one line of an error with which a storage could not be opened."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ModuleNotFoundError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        module = str(cause.name).partition(".")[0]
        install = f"pip install {_PACKAGES.get(module, module)}"
        return InputError(f"{storage_name(config)}: needs the module {module}, which is not installed: {install}")
    return InputError(f"{storage_name(config)}: cannot be opened as a database of Optuna ({_reason(config, error)})")


def _reason(config: StudyConfig, error: BaseException) -> str:
    """Returns the first line of an error, or of the one that Optuna has wrapped in it, without a password."""
    error = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
    reason = (str(error).splitlines() or ["no reason given"])[0]
    return without_password(f"{type(error).__name__}: {reason}", config.storage)


def without_password(said: str, storage: str | None) -> str:
    """Returns a message without the storage's password, should a library have put it there."""
    if storage is None:
        return said
    said = said.replace(storage, hide_password(storage) or "")
    found = re.findall(r"^[^:/]+://[^:/@]*:(.*)@|(?i:[?&](?:password|passwd)=)([^&]*)", storage)
    for secret in sorted({word for groups in found for word in groups if word}, key=len, reverse=True):
        for form in {secret, unquote(secret)}:
            said = said.replace(form, "***")
    return said


def _default_file(config: StudyConfig) -> Path:
    return (Path(config.out) / "study.db").absolute()


def _journal(storage: str) -> Path:
    return Path(storage.removeprefix(_JOURNAL)).absolute()


def _url(config: StudyConfig) -> URL:
    return make_url(config.storage) if config.storage else URL.create("sqlite", database=str(_default_file(config)))


def _leases_folder(config: StudyConfig) -> Path:
    """Returns the folder of the leases: beside the file that the trials are in, else in the run folder."""
    if not config.storage or config.storage.startswith(_PROXY):
        return Path(config.out) / LEASES
    file = _trials_file(config)
    return file.with_name(file.name + LEASES)


def _trials_file(config: StudyConfig) -> Path:
    """Returns the file that a journal or SQLite keeps the trials in, links resolved.

    Raises:
      InputError: there is none: memory, a device, a folder.
    """
    journal = str(config.storage).startswith(_JOURNAL)
    file = _journal(str(config.storage)).resolve() if journal else _sqlite_file(_url(config))
    if file is None or (file.exists() and not file.is_file()):
        raise InputError(f"{storage_name(config)}: keeps no trial; a file on a disk is needed")
    return file


def _sqlite_file(url: URL) -> Path | None:
    """Returns the file of a database, by what SQLite says; it has many spellings of one in memory, which has none."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        _, _, file = connection.exec_driver_sql("PRAGMA database_list").one()
    return Path(file) if file else None


def _remote(config: StudyConfig) -> bool:
    return bool(config.storage) and (str(config.storage).startswith(_PROXY) or _on_server(config))


def _on_server(config: StudyConfig) -> bool:
    """Returns whether the trials are on a database server.

    Raises:
      InputError: on one whose locks are not known here.
    """
    if not config.storage or config.storage.startswith((_JOURNAL, _PROXY)):
        return False
    try:
        dialect = _url(config).get_dialect()
    except (NoSuchModuleError, ArgumentError):  # the latter for what is no URL
        dialect = None
    if dialect is None or dialect.is_async or dialect.name not in (*SERVERS, "sqlite"):
        urls = "sqlite:///FILE, postgresql://USER@HOST/DATABASE, mysql+DRIVER://USER@HOST/DATABASE"
        raise InputError(f"{storage_name(config)}: allowed is journal:FILE, {urls}, grpc://HOST:PORT")
    return bool(dialect.name != "sqlite")
