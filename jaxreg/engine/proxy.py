"""Optuna's gRPC proxy in front of a database."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import optuna

from jaxreg.engine.backends import make_storage
from jaxreg.engine.config import expanded_storage
from jaxreg.errors import InputError


def run_proxy(url: str, host: str, port: int, threads: int) -> None:
    """Serves the database until the process is stopped.

    In front of SQLite it answers one request after the other, whatever `threads` is.

    Raises:
      InputError: the database cannot be opened, or it is no database.
    """
    storage = make_storage(expanded_storage(url), ".")
    if not (url and storage.requests_at_once):
        raise InputError("--storage: a proxy needs the SQLAlchemy URL of a database behind it")
    with storage.refusals(), storage.opening():
        opened = storage.open()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        pool = ThreadPoolExecutor(min(threads, storage.requests_at_once))
        try:
            optuna.storages.run_grpc_proxy_server(opened, host=host, port=port, thread_pool=pool)
        except ImportError as error:
            raise storage.refusal(error) from None
        except RuntimeError as error:  # the port is taken
            raise InputError(f"--host {host} --port {port}: cannot be listened on ({error})") from None
