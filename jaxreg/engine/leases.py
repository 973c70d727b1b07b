"""Which process runs which trial: leases, and locked files, which the system frees when their holder dies."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from jaxreg.files import PatientLock

QUEUE = "queue.lock"


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

    def allows(self, number: int) -> bool:
        """Returns whether this process may begin the trial at all; it may begin any, but where each has its share."""
        return True

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
