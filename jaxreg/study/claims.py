"""Which process runs which trial: locks that the system frees when their holder dies, so no dead one keeps a trial."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout


class Claims:
    """The claims of one process among those that work on a study, as locked files in a folder that all of them see.

    A trial is taken, and ended, within `queue()`: one process at a time. Who holds a trial's claim runs it; a running
    trial that nobody holds was left by a process that died, and is free to be taken over. There is no clock in this:
    no heartbeat to miss, no lease to outlive. Use it as a context; leaving gives up what is held.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._queue = FileLock(folder / "queue.lock")
        self._held: dict[int, FileLock] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for lock in self._held.values():
            lock.release()
        self._held.clear()

    def queue(self) -> AbstractContextManager[object]:
        """Waits for, and holds, the right to take and to end trials; it may be entered again by its holder."""
        return self._queue.acquire()

    def take(self, number: int) -> bool:
        """Returns whether the trial was free and is this process's now."""
        lock = FileLock(self._path(number))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held[number] = lock
        return True

    def give_up(self, number: int) -> None:
        """Ends this process's claim on a trial that has ended."""
        self._held.pop(number).release()
        self._path(number).unlink(missing_ok=True)  # nobody can have opened it: that needs the queue

    def _path(self, number: int) -> Path:
        return self._folder / f"trial-{number}.lock"
