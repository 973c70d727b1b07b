"""Waiting that does not go on without a word: locks that another process, which may be stopped, holds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
    """A locked file that the system frees when its holder dies; its holder may take it again. The folder is made."""

    def __init__(self, path: Path, poll_seconds: float = 0.01) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path)
        self._poll_seconds = poll_seconds  # between two looks at a lock that another process holds

    def take(self) -> bool:
        """Returns whether the lock was free and is this process's now."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def acquire(self) -> bool:
        """Waits for the lock; the answer, which Optuna asks for, is always yes."""
        if not self.take():
            with said_if_long(f"{self._lock.lock_file}: another process holds it"):
                self._lock.acquire(poll_interval=self._poll_seconds)
        return True

    def release(self) -> None:
        """Frees the lock."""
        self._lock.release()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Waits for the lock, and frees it at the end of the context."""
        self.acquire()
        try:
            yield
        finally:
            self.release()
