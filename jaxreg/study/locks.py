"""Waiting that does not go on without a word: locks that another process, which may be stopped, holds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

SECONDS_OF_SILENCE = 5.0


@contextmanager
def said_if_long(waiting_for: str) -> Iterator[None]:
    """Says on standard error, once, what is waited for, where the body has not ended after some seconds."""
    timer = threading.Timer(SECONDS_OF_SILENCE, _say, (waiting_for,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _say(waiting_for: str) -> None:
    print(f"waiting for {waiting_for}", file=sys.stderr, flush=True)


class PatientLock:
    """A locked file that the system frees when its holder dies; its holder may take it again."""

    def __init__(self, path: Path, poll_seconds: float) -> None:
        self._lock = FileLock(path)
        self._poll_seconds = poll_seconds

    def held(self) -> AbstractContextManager[object]:
        """Waits for the lock, which is freed at the end of the context."""
        try:
            return self._lock.acquire(timeout=0)
        except Timeout:
            with said_if_long(f"{self._lock.lock_file}: another process holds it"):
                return self._lock.acquire(poll_interval=self._poll_seconds)

    def release(self) -> None:
        """Frees the lock."""
        self._lock.release()
