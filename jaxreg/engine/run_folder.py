"""The run folder on disk: who may use it, and whose it is."""

import multiprocessing
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jaxreg.errors import InputError
from jaxreg.files import PatientLock, read_json
from jaxreg.text import Text, joined

NO_LONGER = ("blocks", "margin", "level")  # what older versions kept of a verdict, and may change now
OTHER = Text(
    "{where} holds a study of other settings ({named}): give those, or another place",
    "{where}: 이미 다른 설정의 연구가 있습니다({named}). 같은 설정을 주거나 다른 곳을 지정합니다",
)
IN_THE_WAY = Text(
    "--out {out}: {place} is not {kind}, and the results need that; move it away",
    "--out {out}: {place}: 결과를 쓰려면 필요한 것: {kind}. 다른 곳으로 옮깁니다",
)
FOLDER, FILE = Text("a folder that can be written", "쓸 수 있는 폴더"), Text("a file", "파일")
RUNNING = Text(
    "--out {out}: another process is running in this folder; wait for it or stop it",
    "--out {out}: 이 폴더에서 다른 프로세스가 실행 중입니다. 끝나기를 기다리거나 멈춥니다",
)
NO_FOLDER = Text(
    "--out {out}: a folder that can be made and written is needed ({reason})",
    "--out {out}: 만들고 쓸 수 있는 폴더가 필요합니다({reason})",
)
NOT_GUARDED = (
    "the processes that share the runs run this script once more, for what it defines: have what calls jaxreg stand "
    'under `if __name__ == "__main__":`'
)
NOT_OURS = Text(
    "{path}: not a config.json of jaxreg; move it away or give another --out",
    "{path}: jaxreg의 config.json이 아닙니다. 옮기거나 --out에 다른 폴더를 줍니다",
)
WAS = Text("{name} was {kept}, now {now}", "{name}: 이전 {kept}, 지금 {now}")
BEST, CELLS = "best", "cells"  # folders of weights, in the run folder


@contextmanager
def locked(folder: Path, *results: str) -> Iterator[None]:
    """Makes the folder if need be and holds it for this process; the system frees it when the process dies.

    `results` are names of what will be written into it at last, those of folders with a slash at their end. An
    InputError says that the folder cannot be made or written, is held by another process, or has what is in their way.
    A process that works for the caller's script, and is just running that once more, ends.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):  # as multiprocessing itself knows it
        sys.exit(NOT_GUARDED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in results:
            place, is_folder = folder / name, name.endswith("/")
            fits = place.is_dir() == is_folder and (not is_folder or os.access(place, os.W_OK | os.X_OK))
            if place.exists() and not fits:
                raise InputError(IN_THE_WAY.format(out=folder, place=place, kind=FOLDER if is_folder else FILE))
        lock = PatientLock(folder / ".lock")
        if not lock.take():
            raise InputError(RUNNING.format(out=folder))
    except OSError as error:
        raise InputError(NO_FOLDER.format(out=folder, reason=error.strerror)) from None
    try:
        yield
    finally:
        lock.release()


def weights_folder(folder: Path, cell: str | None = None) -> Path:
    """Returns where a run folder has the weights of its best trial, or those of a cell such as "batch/l2"."""
    return folder / BEST if cell is None else folder / CELLS / cell.replace("/", "-")


def refuse_other_identity(where: str, kept: Mapping[str, Any], now: Mapping[str, Any], said: Text = OTHER) -> None:
    """Raises an InputError that names the settings in which a kept study differs from the one asked for."""
    differing = [
        name for name in {**now, **kept} if kept.get(name) != now.get(name) and (name in now or name not in NO_LONGER)
    ]
    if differing:
        named = [WAS.format(name=name, kept=_shown(name, kept), now=_shown(name, now)) for name in differing]
        raise InputError(said.format(where=where, named=joined(named, "; ")))


def _shown(name: str, identity: Mapping[str, Any]) -> str:
    """Returns a value of an identity, of a SHA-256 as much as tells it from another."""
    value = str(identity.get(name))
    return f"{value[:12]}..." if re.fullmatch("[0-9a-f]{64}", value) else value


def refuse_other_configuration(folder: Path, identity: Mapping[str, Any], said: Text = OTHER) -> dict[str, Any] | None:
    """Returns the folder's config.json, if there is one; an InputError says that it is of another study or none."""
    kept = read_configuration(folder)
    if kept is not None:
        refuse_other_identity(f"--out {folder}", kept["identity"], identity, said)
    return kept


def read_configuration(folder: Path) -> dict[str, Any] | None:
    """Returns the folder's config.json, of whichever study, if there is one; an InputError says that it is none."""
    path = folder / "config.json"
    if not path.exists():
        return None
    try:
        kept = read_json(path)
        kept["identity"] = dict(kept["identity"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(NOT_OURS.format(path=path)) from None
    return kept
