"""The run folder on disk: who may use it, and whose it is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jaxreg.errors import InputError
from jaxreg.files import PatientLock, read_json

NO_LONGER = ("blocks", "margin", "level")  # what older versions kept of a verdict, and may change now
BEST, CELLS = "best", "cells"  # folders of weights, in the run folder


@contextmanager
def locked(folder: Path, *results: str) -> Iterator[None]:
    """Makes the folder if need be and holds it for this process; the system frees it when the process dies.

    `results` are names of what will be written into it at last, those of folders with a slash at their end. An
    InputError says that the folder cannot be made or written, is held by another process, or has what is in their way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in results:
            place, is_folder = folder / name, name.endswith("/")
            fits = place.is_dir() == is_folder and (not is_folder or os.access(place, os.W_OK | os.X_OK))
            if place.exists() and not fits:
                kind = "a folder that can be written" if is_folder else "a file"
                raise InputError(f"--out {folder}: {place} is not {kind}, and the results need that; move it away")
        lock = PatientLock(folder / ".lock")
        if not lock.take():
            raise InputError(f"--out {folder}: another process is running in this folder; wait for it or stop it")
    except OSError as error:
        needed = "a folder that can be made and written is needed"
        raise InputError(f"--out {folder}: {needed} ({error.strerror})") from None
    try:
        yield
    finally:
        lock.release()


def weights_folder(folder: Path, cell: str | None = None) -> Path:
    """Returns where a run folder has the weights of its best trial, or those of a cell such as "batch/l2"."""
    return folder / BEST if cell is None else folder / CELLS / cell.replace("/", "-")


def refuse_other_identity(where: str, kept: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises an InputError that names the settings in which a kept study differs from the one asked for."""
    differing = [
        name for name in {**now, **kept} if kept.get(name) != now.get(name) and (name in now or name not in NO_LONGER)
    ]
    if differing:
        named = "; ".join(f"{name} was {kept.get(name)}, now {now.get(name)}" for name in differing)
        raise InputError(f"{where} holds a study of other settings ({named}): give those, or another place")


def refuse_other_configuration(folder: Path, identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns the folder's config.json, if there is one; an InputError says that it is of another study or none."""
    path = folder / "config.json"
    if not path.exists():
        return None
    try:
        kept = read_json(path)
        kept_identity = dict(kept["identity"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: not a config.json of jaxreg; move it away or give another --out") from None
    refuse_other_identity(f"--out {folder}", kept_identity, identity)
    return kept
