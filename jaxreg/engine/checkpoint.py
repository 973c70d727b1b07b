"""A trained network on disk: Orbax arrays, a description of the model, and a SHA-256 of every file."""

import errno
import functools
import hashlib
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from jaxreg.core.model import ACTIVATIONS, CNN, Variables
from jaxreg.errors import InputError
from jaxreg.files import read_json, write_json
from jaxreg.methods import OwnFile, find_methods
from jaxreg.methods import normalization as kind_of_normalization

WEIGHTS, DESCRIPTION, MANIFEST = "weights", "model.json", "sha256.json"
SPACE_TO_SPARE = 2**18  # bytes, for Orbax's metadata and ours

ImageShape = tuple[int, int, int]  # height, width, channels


class Checkpoint(NamedTuple):
    """A network as it was saved; `description` says which trial it is of and what it reached."""

    model: CNN
    image_shape: ImageShape
    variables: Variables
    description: Mapping[str, Any]


def save_checkpoint(
    folder: Path,
    model: CNN,
    image_shape: ImageShape,
    variables: Variables,
    description: Mapping[str, Any],
    own: tuple[OwnFile, ...] = (),
) -> None:
    """Writes a checkpoint folder, replacing an older one only when the new one is whole on disk.

    `own` are the files of a user's own methods, of which the normalization may be one. Whatever a disk has against it
    is an OSError.
    """
    staging, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    for leftover in (staging, old):
        shutil.rmtree(leftover, ignore_errors=True)
    staging.mkdir(parents=True)
    needed = 2 * sum(leaf.nbytes for leaf in jax.tree.leaves(variables)) + SPACE_TO_SPARE
    if shutil.disk_usage(staging).free < needed:  # Orbax itself would say it in 200 lines
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(staging))
    arrays = {name: jax.device_get(tree) for name, tree in variables.items() if tree}  # batch_stats may be empty
    try:
        with _uninterrupted(), ocp.StandardCheckpointer() as checkpointer:  # leaving it waits for its threads to write
            checkpointer.save((staging / WEIGHTS).absolute(), arrays)
    except ValueError as error:  # what TensorStore makes of any error of a disk
        raise OSError(None, str(error).rsplit(": ", 1)[-1], str(folder)) from error
    norms = find_methods("norm_type", own)
    norm = next(name for name, method in norms.items() if method.normalization is model.normalization)
    fields = {"num_classes": model.num_classes, "normalization": norm, "activation": model.activation}
    write_json(staging / DESCRIPTION, {"model": fields, "image_shape": list(image_shape), **description})
    write_json(staging / MANIFEST, _hashes(staging))
    if folder.exists():
        os.rename(folder, old)
    os.rename(staging, folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Has Ctrl-C wait for the milliseconds of a write: threads of Orbax that are left alone fail at length."""
    if threading.current_thread() is not threading.main_thread():  # only that one is interrupted
        yield
        return
    asked: list[int] = []
    kept = {
        stop: signal.signal(stop, lambda number, _: asked.append(number)) for stop in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for stop, handler in kept.items():
            signal.signal(stop, signal.SIG_DFL if handler is None else handler)
        for number in asked[:1]:
            signal.raise_signal(number)


def load_checkpoint(folder: Path, own: tuple[OwnFile, ...] = ()) -> Checkpoint:
    """Returns the network of a checkpoint folder, its arrays as NumPy; nothing in it is ever executed.

    The files are JSON and plain numbers. The tree of arrays, their shapes and dtype come from the model, and what the
    folder holds must fit them. `own` is as for `save_checkpoint`.

    Raises:
      InputError: the folder is no checkpoint of jaxreg, or a file of it is missing, added or changed.
    """
    try:
        if not (folder / MANIFEST).is_file():
            raise FileNotFoundError(f"no file {MANIFEST}")
        manifest, found = read_json(folder / MANIFEST), _hashes(folder)
        changed = sorted(name for name in {*manifest, *found} if manifest.get(name) != found.get(name))
        if changed:
            raise ValueError(f"{changed[0]} is not as it was saved: SHA-256 differs")
        content = read_json(folder / DESCRIPTION)
        model, image_shape = _read_model(own, **content.pop("model")), tuple(content.pop("image_shape"))
        return Checkpoint(model, image_shape, _restore(folder, model, image_shape), content)
    except Exception as error:  # Orbax and TensorStore, given files that are not theirs, raise what they like
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        raise InputError(f"checkpoint {folder}: not a whole checkpoint of jaxreg ({reason})") from None


def _read_model(own: tuple[OwnFile, ...], num_classes: int, normalization: str, activation: str) -> CNN:
    if type(num_classes) is not int or activation not in ACTIVATIONS:
        raise ValueError(f"{DESCRIPTION} describes no network")
    return CNN(num_classes, kind_of_normalization(normalization, own), activation)


def _restore(folder: Path, model: CNN, image_shape: ImageShape) -> Variables:
    if len(image_shape) != 3 or any(type(size) is not int or size < 1 for size in image_shape):
        raise ValueError(f"{DESCRIPTION} describes no images")
    target = jax.tree.map(lambda leaf: np.empty(leaf.shape, leaf.dtype), _shapes(model, image_shape))
    with ocp.StandardCheckpointer() as checkpointer:
        variables = checkpointer.restore((folder / WEIGHTS).absolute(), target)
    if jax.tree.map(np.shape, variables) != jax.tree.map(np.shape, target):
        raise ValueError("arrays of other shapes than the network's")
    return variables


@functools.cache
def _shapes(model: CNN, image_shape: ImageShape) -> Any:
    images = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
    return jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), images)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
