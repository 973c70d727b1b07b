"""A trained network on disk: Orbax arrays, a description of the model, and a SHA-256 of every file."""

import errno
import functools
import hashlib
import json
import math
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

from jaxreg.core.model import ACTIVATIONS, CNN, Classifier, ConvLayer, Variables, predict_logits
from jaxreg.errors import InputError
from jaxreg.files import read_json, write_json
from jaxreg.methods import Own, find_methods
from jaxreg.methods import normalization as kind_of_normalization
from jaxreg.own import OwnNetwork, fields_of, made

WEIGHTS, DESCRIPTION, MANIFEST = "weights", "model.json", "sha256.json"
ANSWERS_TOLERANCE = 1e-3  # of the largest logit: another kind of processor rounds sums otherwise
SPACE_TO_SPARE = 2**18  # bytes, for Orbax's metadata and ours

ImageShape = tuple[int, int, int]  # height, width, channels


class Checkpoint(NamedTuple):
    """A network as it was saved; `description` says which trial it is of and what it reached."""

    model: Classifier
    image_shape: ImageShape
    variables: Variables
    description: Mapping[str, Any]


def save_checkpoint(
    folder: Path,
    model: Classifier,
    image_shape: ImageShape,
    variables: Variables,
    description: Mapping[str, Any],
    own: tuple[Own, ...] = (),
    network: OwnNetwork | None = None,
) -> None:
    """Writes a checkpoint folder, replacing an older one only when the new one is whole on disk.

    `own` are a user's own methods, of which the normalization may be one; `network` is where the model is
    from, if not from here. Whatever a disk has against it is an OSError.
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
    about = _describe(model, own)
    if network is not None:
        answers = _answers(model, image_shape, variables)
        about |= {"class": type(model).__name__, "name": network.name, "file": network.file.path}
        about |= {"sha256": network.file.sha256, "answers": answers}
    write_json(staging / DESCRIPTION, {"model": about, "image_shape": list(image_shape), **description})
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


def load_checkpoint(folder: Path, own: tuple[Own, ...] = (), network: type[Classifier] | None = None) -> Checkpoint:
    """Returns the network of a checkpoint folder, its arrays as NumPy; nothing in it is ever executed.

    The files are JSON and plain numbers. The tree of arrays, their shapes and dtype come from the model, and what the
    folder holds must fit them. `own` is as for `save_checkpoint`; `network` is the class of a network that is not of
    here, which must answer as it did when it was saved.

    Raises:
      InputError: the folder is no checkpoint of jaxreg, or a file of it is missing, added or changed; it needs another
        class.
    """
    try:
        if not (folder / MANIFEST).is_file():
            raise FileNotFoundError(f"no file {MANIFEST}")
        manifest, found = read_json(folder / MANIFEST), _hashes(folder)
        changed = sorted(name for name in {*manifest, *found} if manifest.get(name) != found.get(name))
        if changed:
            raise ValueError(f"{changed[0]} is not as it was saved: SHA-256 differs")
        content = read_json(folder / DESCRIPTION)
        about, image_shape = content.pop("model"), tuple(content.pop("image_shape"))
        model = _read_own(about, own, network) if "class" in about or network else _read_model(own, **about)
        variables = _restore(folder, model, image_shape)
        if "class" in about:
            _refuse_other_answers(about, model, image_shape, variables)
        return Checkpoint(model, image_shape, variables, content)
    except InputError as error:
        raise InputError(f"checkpoint {folder}: {error}") from None
    except Exception as error:  # Orbax and TensorStore, given files that are not theirs, raise what they like
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        raise InputError(f"checkpoint {folder}: not a whole checkpoint of jaxreg ({reason})") from None


def _describe(model: Classifier, own: tuple[Own, ...]) -> dict[str, Any]:
    """Returns a network's fields as JSON values; of another's, those that are such, and the class has the others."""
    fields = {name: getattr(model, name) for name in sorted(fields_of(model))}
    if "normalization" in fields:
        norms, kind = find_methods("norm_type", own), fields["normalization"]
        fields["normalization"] = next((name for name, m in norms.items() if m.normalization is kind), None)
    if type(model) is CNN:
        usual, always = CNN(model.num_classes), ("num_classes", "normalization", "activation")
        return {name: v for name, v in fields.items() if name in always or v != getattr(usual, name)}
    return {"fields": {name: value for name, value in fields.items() if _is_plain(value)}}


def _is_plain(value: Any) -> bool:
    """Returns whether JSON holds a value as it is, a tuple as a list; an enumeration's member is none."""
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str) or (type(value) is tuple and all(map(_is_plain, value)))


def _from_plain(value: Any) -> Any:
    return tuple(map(_from_plain, value)) if isinstance(value, list) else value


def refuse_unwritable(model: Classifier, own: tuple[Own, ...], named: str) -> None:
    """Raises an InputError where a network, made again from what a checkpoint says of it, would be another."""
    try:
        about = json.loads(json.dumps(_describe(model, own)))
    except TypeError:  # of a number of NumPy, say
        about = None
    if about is not None and type(model) is CNN:
        again: Classifier | None = _read_model(own, **about)
    else:
        again = about and _make_again(about["fields"], type(model), own, named)
    if again != model:
        raise InputError(
            f"{named}: the network, made again of its fields, is another one; allowed are fields that JSON holds, and "
            "others as the class has them by default"
        )


def _make_again(fields: Mapping[str, Any], network: type[Classifier], own: tuple[Own, ...], named: str) -> Classifier:
    if unknown := sorted(fields.keys() - fields_of(network)):
        raise InputError(f"{named}: it has no field {unknown[0]}, which the weights were saved with")
    plain = {name: _from_plain(value) for name, value in fields.items()}
    if plain.get("normalization") is not None:
        plain["normalization"] = kind_of_normalization(plain["normalization"], own)
    return made(network, plain, named)


def _read_own(about: dict[str, Any], own: tuple[Own, ...], network: type[Classifier] | None) -> Classifier:
    needed = about.get("class")
    if network is None or network.__name__ != needed:
        if needed is None:
            raise InputError("weights of the study's own network, which needs no class of yours")
        named = about.get("name", needed)
        where = f"weights of the network {named} of {about['file']}"
        raise InputError(f"{where}: give its class, network={named} or --network {about['file']}:{named}")
    return _make_again(dict(about["fields"]), network, own, f"network {needed}")


def _answers(model: Classifier, image_shape: ImageShape, variables: Variables) -> list[float]:
    """Returns the logits of a picture that is the same always."""
    picture = np.linspace(-1, 1, math.prod(image_shape), dtype=np.float32).reshape(1, *image_shape)
    return [float(logit) for logit in np.nan_to_num(predict_logits(model, variables, jnp.asarray(picture))[0])]


def _refuse_other_answers(
    about: Mapping[str, Any], model: Classifier, image_shape: ImageShape, variables: Variables
) -> None:
    saved, now = np.array(about["answers"]), np.array(_answers(model, image_shape, jax.device_put(variables)))
    if not np.allclose(saved, now, rtol=0, atol=ANSWERS_TOLERANCE * np.abs(saved).max()):
        raise InputError(
            f"the network {about['class']} computes something else than when these weights were saved; the file "
            f"{about['file']} then had SHA-256 {about['sha256'][:16]}..."
        )


def _read_model(own: tuple[Own, ...], num_classes: int, normalization: str, activation: str, **others: Any) -> CNN:
    if type(num_classes) is not int or activation not in ACTIVATIONS or not others.keys() <= fields_of(CNN):
        raise ValueError(f"{DESCRIPTION} describes no network")
    if "conv_layers" in others:
        others["conv_layers"] = tuple(ConvLayer(*layer) for layer in others["conv_layers"])
    return CNN(num_classes, kind_of_normalization(normalization, own), activation, **others)


def _restore(folder: Path, model: Classifier, image_shape: ImageShape) -> Variables:
    if len(image_shape) != 3 or any(type(size) is not int or size < 1 for size in image_shape):
        raise ValueError(f"{DESCRIPTION} describes no images")
    target = jax.tree.map(lambda leaf: np.empty(leaf.shape, leaf.dtype), _shapes(model, image_shape))
    with ocp.StandardCheckpointer() as checkpointer:
        variables = checkpointer.restore((folder / WEIGHTS).absolute(), target)
    if jax.tree.map(np.shape, variables) != jax.tree.map(np.shape, target):
        raise ValueError("arrays of other shapes than the network's")
    return variables


@functools.cache
def _shapes(model: Classifier, image_shape: ImageShape) -> Any:
    images = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
    return jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), images)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
