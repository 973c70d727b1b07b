"""A journal file of Optuna that a writer's death or a full disk cannot spoil."""

import os
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend

from jaxreg.files import PatientLock

POLL_SECONDS = 0.001
_LINE_BEGINS = b'{"op_code"'


class SafeJournal(JournalFileBackend):
    """Appends whole lines or nothing: what a dead writer left of one is cut off, and what cannot be written whole too.

    A ValueError says that the file is no journal.
    """

    def __init__(self, path: Path) -> None:
        # Optuna's own lock would keep the others waiting for 30 s when its holder dies.
        self._writing = PatientLock(path.with_name(path.name + ".lock"), POLL_SECONDS)
        super().__init__(str(path), self._writing)  # type: ignore[arg-type]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Writes one line a log, all or none."""
        with self._writing.held():
            self._cut_torn_line()
            size = os.stat(self._file_path).st_size
            try:
                super().append_logs(logs)  # takes the lock again, which its holder may
            except BaseException:
                os.truncate(self._file_path, size)
                raise

    def _cut_torn_line(self) -> None:
        with open(self._file_path, "rb+") as file:
            size = file.seek(0, os.SEEK_END)
            start, tail = size, b""
            while start > 0 and b"\n" not in tail:
                step = min(start, 1 << 16)
                start -= step
                file.seek(start)
                tail = file.read(step) + tail
            torn = tail[tail.rfind(b"\n") + 1 :]
            if torn and not (torn.startswith(_LINE_BEGINS) or _LINE_BEGINS.startswith(torn)):
                raise ValueError("not a journal of Optuna")
            if torn:
                file.truncate(size - len(torn))
