"""A trained network on disk: Orbax arrays, a description of the model, and a SHA-256 of every file."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import orbax.checkpoint as ocp

from jaxreg.core.model import CNN, Variables
from jaxreg.errors import InputError

WEIGHTS, DESCRIPTION, MANIFEST = "weights", "model.json", "sha256.json"
SPACE_TO_SPARE = 2**18  # bytes, for Orbax's metadata and ours


class Checkpoint(NamedTuple):
    """A network as it was saved; `description` says which trial it is of and what it reached."""

    model: CNN
    variables: Variables
    description: Mapping[str, Any]


def save_checkpoint(folder: Path, model: CNN, variables: Variables, description: Mapping[str, Any]) -> None:
    """Writes a checkpoint folder, replacing an older one only when the new one is whole on disk.

    Raises:
      OSError: the disk is full, or cannot be written.
    """
    staging, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    for leftover in (staging, old):
        shutil.rmtree(leftover, ignore_errors=True)
    staging.mkdir(parents=True)
    _check_space(staging, variables)
    try:
        with ocp.StandardCheckpointer() as checkpointer:  # asynchronous: leaving the block waits for the write
            checkpointer.save((staging / WEIGHTS).absolute(), jax.device_get(dict(variables)))
    except ValueError as error:  # what TensorStore makes of any error of a disk
        reason = str(error).rsplit(": ", 1)[-1]
        raise OSError(None, reason, str(folder)) from error
    fields = {"num_classes": model.num_classes, "normalization": model.normalization, "activation": model.activation}
    (staging / DESCRIPTION).write_text(json.dumps({"model": fields, **description}, indent=2) + "\n", encoding="utf-8")
    (staging / MANIFEST).write_text(json.dumps(_hashes(staging), indent=2) + "\n", encoding="utf-8")
    if folder.exists():
        os.rename(folder, old)
    os.rename(staging, folder)
    shutil.rmtree(old, ignore_errors=True)


def _check_space(folder: Path, variables: Variables) -> None:
    """Raises an OSError where the disk has no room for the weights; Orbax itself would say it in 200 lines."""
    needed = 2 * sum(leaf.nbytes for leaf in jax.tree.leaves(variables)) + SPACE_TO_SPARE
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def load_checkpoint(folder: Path) -> Checkpoint:
    """Returns the network of a checkpoint folder, its arrays as NumPy; nothing in it is ever executed.

    Raises:
      InputError: the folder is no checkpoint of jaxreg, or a file of it is missing, added or changed.
    """
    try:
        manifest = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        found = _hashes(folder)
        changed = sorted(name for name in {*manifest, *found} if manifest.get(name) != found.get(name))
        if changed:
            raise InputError(f"checkpoint {folder}: {changed[0]} is not as it was saved (SHA-256 differs)")
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        model = CNN(**description["model"])
        with ocp.StandardCheckpointer() as checkpointer:
            return Checkpoint(model, checkpointer.restore((folder / WEIGHTS).absolute()), description)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"checkpoint {folder}: not a whole checkpoint of jaxreg ({error})") from None


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
