"""The one place that writes files, each whole or not at all, and that locks them; others' files read with care."""

import csv
import hashlib
import io
import json
import math
import os
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from jaxreg.errors import InputError
from jaxreg.text import Text, tell

MAX_BYTES = 4 * 2**30
"""The largest array (in bytes) that a file may promise: 4 GiB, twenty times the pixels of CIFAR-100."""

SECONDS_OF_SILENCE = 5.0
_CHUNK = 1 << 20
_KINDS = {
    stat.S_IFDIR: Text("a folder", "폴더"),
    stat.S_IFIFO: Text("a pipe", "파이프"),
    stat.S_IFSOCK: Text("a socket", "소켓"),
    stat.S_IFCHR: Text("a device", "장치"),
    stat.S_IFBLK: Text("a device", "장치"),
}
WAITING = Text("waiting for {}", "기다리는 중: {}")
HELD = Text("{}: another process holds it", "{}, 다른 프로세스가 쓰고 있습니다")
NO_FILE = Text("{path}: no such file; {wanted}", "{path}: 그런 파일이 없습니다. {wanted}")
UNREADABLE = Text("{path}: cannot be read ({reason}); {wanted}", "{path}: 읽을 수 없습니다({reason}). {wanted}")
NO_PLAIN_FILE = Text(
    "{path}: {kind}; {wanted}, a file on disk", "{path}: {kind}입니다. 디스크의 파일이어야 합니다. {wanted}"
)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that readers see the old one or the new one, whole, whatever happens in between."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)  # closed by now: Windows renames no open file
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes standard JSON (no NaN), indented, atomically."""
    write_atomically(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def finite_or_none(value: float) -> float | None:
    """Returns a number as JSON has it: None where it is not finite."""
    return value if math.isfinite(value) else None


def read_json(path: Path) -> dict[str, Any]:
    """Returns the JSON object in a file; of another content it is an error of type ValueError or TypeError."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Writes a table as CSV, atomically; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_atomically(path, text.getvalue())


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes files of these names into a folder, which is made where it is missing."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        write_atomically(folder / name, text)


def digest(content: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of JSON values, whatever the order of their names."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def expanded(path: str, option: str) -> str:
    """Returns a path with its leading ~ or ~USER as that home folder, which a shell does not do within --out=~/x.

    Raises:
      InputError: there is no such home folder; the line begins with `option`, what gave the path.
    """
    found = os.path.expanduser(path)
    if found.startswith("~"):
        user = found.split("/")[0]
        raise InputError(f"{option} {path}: there is no home folder {user}; allowed is ./{user} for one of that name")
    return found


def read_up_to(stream: BufferedIOBase | IO[bytes], size: int) -> bytearray:
    """Returns the next `size` bytes, or fewer where the stream ends; memory follows what it holds, not its header."""
    data = bytearray()
    while len(data) < size and (chunk := stream.read(min(_CHUNK, size - len(data)))):
        data += chunk
    return data


def check_is_file(path: Path, wanted: str | Text) -> None:
    """Raises an InputError unless a path is a regular file, perhaps by a link; a pipe or a device may have no end.

    `wanted` says what it must be, such as "npz:FILE must name an .npz file".
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(NO_FILE.format(path=path, wanted=wanted)) from None
    except (OSError, ValueError) as error:  # the latter for a name with a null character
        reason = getattr(error, "strerror", None) or error
        raise InputError(UNREADABLE.format(path=path, reason=reason, wanted=wanted)) from None
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), Text("no file", "파일이 아닌 것"))
        raise InputError(NO_PLAIN_FILE.format(path=path, kind=kind, wanted=wanted))


@contextmanager
def said_if_long(waiting_for: Text) -> Iterator[None]:
    """Says on standard error what is waited for, where the body has not ended after some seconds."""
    timer = threading.Timer(SECONDS_OF_SILENCE, tell, (WAITING.format(waiting_for),))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


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
            with said_if_long(HELD.format(self._lock.lock_file)):
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
