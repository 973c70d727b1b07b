"""Which process runs which trial: leases, and locked files, which the system frees when their holder dies."""

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

QUEUE = "queue.lock"
SECONDS_OF_SILENCE = 5.0


@contextmanager
def said_if_long(waiting_for: str) -> Iterator[None]:
    """Says on standard error what is waited for, where the body has not ended after some seconds."""
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
        self._lock = FileLock(path, poll_interval=poll_seconds)

    def take(self) -> bool:
        """Returns whether the lock was free and is this process's now."""
        with suppress(Timeout):
            self._lock.acquire(timeout=0)
            return True
        return False

    def acquire(self) -> bool:
        """Waits for the lock; the answer, which Optuna asks for, is always yes."""
        if not self.take():
            with said_if_long(f"{self._lock.lock_file}: another process holds it"):
                self._lock.acquire()
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


class Leases(ABC):
    """The leases of one process among those that work on a study; where they are kept depends on the storage.

    A trial is taken, and ended, within `queue()`. Who holds a trial's lease runs it; a running trial that nobody holds
    was left by a process that died, and is free to be taken over. Leases spare double work and keep an order; that no
    trial counts twice does not depend on them, but on the storage, where a trial ends once. Use it as a context;
    leaving gives up what is held.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @abstractmethod
    def queue(self) -> AbstractContextManager[object]:
        """Waits for, and holds, the right to take and to end trials."""

    @abstractmethod
    def take(self, number: int, *, new: bool = False) -> bool:
        """Returns whether the trial was free and is this process's now; a new one has just been made by it."""

    @abstractmethod
    def holds(self, number: int) -> bool:
        """Returns whether the trial is still this process's, which it may not be after having been cut off."""

    @abstractmethod
    def give_up(self, number: int) -> None:
        """Ends this process's lease on a trial that has ended."""

    @abstractmethod
    def close(self) -> None:
        """Gives up everything."""


class FileLeases(Leases):
    """Leases as locked files in a folder that all processes see. There is no clock in this: no beat to miss."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue = PatientLock(folder / QUEUE)
        self._held: dict[int, PatientLock] = {}

    def queue(self) -> AbstractContextManager[object]:
        """Waits for, and holds, the lock of the folder; it may be entered again by its holder."""
        return self._queue.held()

    def take(self, number: int, *, new: bool = False) -> bool:
        """Returns whether the trial's file was free and is locked by this process now."""
        lock = PatientLock(self._path(number))
        if taken := lock.take():
            self._held[number] = lock
        return taken

    def holds(self, number: int) -> bool:
        """Returns whether the trial is this process's: nobody is cut off from the system that it runs on."""
        return number in self._held

    def give_up(self, number: int) -> None:
        """Unlocks and removes the trial's file."""
        self._held.pop(number).release()
        self._path(number).unlink(missing_ok=True)  # nobody can have opened it: that needs the queue

    def close(self) -> None:
        """Unlocks all files."""
        for lock in self._held.values():
            lock.release()
        self._held.clear()

    def _path(self, number: int) -> Path:
        return self._folder / f"trial-{number}.lock"
