"""Leases on a database server: locks of a connection, which the server frees when the connection ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from jaxreg.engine.leases import Leases
from jaxreg.files import HELD, said_if_long
from jaxreg.text import Text

LOCK = Text("the study's lock on the database server", "데이터베이스 서버에 있는 연구의 잠금")
ANSWER = Text("the database server to answer", "데이터베이스 서버의 응답")
# PostgreSQL is told to notice within about a minute that the holder's machine has gone without a word.
_POSTGRES_KEEPALIVE = "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=4"
_POSTGRES_KEEPALIVE += " -c tcp_user_timeout=60000"  # nothing is kept alive while an answer is on its way (in ms)


class _Words(NamedTuple):
    """How a server says: take if free, wait and take, free; each of the lock :n of the study :s."""

    take: str
    wait: str
    free: str


_YEAR = 365 * 24 * 3600
_NAME = "CONCAT('jaxreg.', :s, '.', :n)"
_WORDS = {
    "postgresql": _Words(
        "SELECT pg_try_advisory_lock(CAST(:s AS int), CAST(:n AS int))",
        "SELECT pg_advisory_lock(CAST(:s AS int), CAST(:n AS int))",
        "SELECT pg_advisory_unlock(CAST(:s AS int), CAST(:n AS int))",
    ),
    "mysql": _Words(
        f"SELECT GET_LOCK({_NAME}, 0)",
        f"SELECT GET_LOCK({_NAME}, {_YEAR})",  # -1 would be for ever on MySQL, and no lock at all on MariaDB
        f"SELECT RELEASE_LOCK({_NAME})",
    ),
}
_WORDS["mariadb"] = _WORDS["mysql"]
SERVERS = tuple(_WORDS)
_QUEUE = -1  # no trial has this number
_NO_STUDY = -1  # the lock within which studies are made


class ServerLeases(Leases):
    """Leases as session locks of PostgreSQL or MySQL, on a connection that is used for nothing else.

    When the connection is lost, so are its locks. They are asked for again on a new one: a trial that nobody has taken
    over meanwhile is kept, another is not.
    """

    def __init__(self, url: str, study_id: int = _NO_STUDY) -> None:
        engine = create_engine(url)
        self._words = _WORDS[engine.dialect.name]
        options = {"options": _POSTGRES_KEEPALIVE} if engine.dialect.name == "postgresql" else {}
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options)
        self._study_id = study_id
        self._held: set[int] = set()
        self._connection: Connection | None = None

    @contextmanager
    def queue(self) -> Iterator[None]:
        """Waits for, and holds, the study's lock."""
        if not self._ask(self._words.take, _QUEUE):
            with said_if_long(HELD.format(LOCK)):
                self._ask(self._words.wait, _QUEUE)
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # then the server has freed it
                self._ask(self._words.free, _QUEUE)

    def take(self, number: int, *, new: bool = False) -> bool:
        """Returns whether the trial's lock was free and is of this connection now."""
        if number in self._held or not self._ask(self._words.take, number):
            return False
        self._held.add(number)
        return True

    def holds(self, number: int) -> bool:
        """Returns whether the trial's lock is of this connection, or of a new one where the old was lost."""
        self._ask("SELECT 1", number)
        return number in self._held

    def give_up(self, number: int) -> None:
        """Frees the trial's lock."""
        if number in self._held:
            self._held.discard(number)
            self._ask(self._words.free, number)

    def close(self) -> None:
        """Ends the connection and with it all locks."""
        self._held.clear()
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def _ask(self, words: str, number: int) -> bool:
        """Returns the server's answer; a connection that turns out to be lost is replaced once, with its locks."""
        for attempt in (1, 2):
            try:
                return bool(self._execute(self._connect(), words, number))
            except DBAPIError as error:
                self._connection = None
                if attempt == 2 or not error.connection_invalidated:
                    raise
        raise AssertionError("not reached")

    def _connect(self) -> Connection:
        if self._connection is None:
            with said_if_long(ANSWER):
                connection = self._engine.connect()
            self._held = {number for number in self._held if self._execute(connection, self._words.take, number)}
            self._connection = connection
        return self._connection

    def _execute(self, connection: Connection, words: str, number: int) -> object:
        parameters = {"s": self._study_id, "n": number} if ":n" in words else {}
        answer = connection.execute(text(words), parameters).scalar()
        return answer if words != self._words.wait else True
