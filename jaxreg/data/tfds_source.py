"""Image-classification sets of TensorFlow Datasets (TFDS), prepared if need be and read as `array_record`.

Preparing (download, unpack, write) needs TensorFlow; reading a prepared folder does not.
"""

import contextlib
import difflib
import importlib.util
import logging
import math
import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from jaxreg.data.dataset import About, RawArrays
from jaxreg.errors import InputError
from jaxreg.files import MAX_BYTES, expanded

INSTALL = "install it with: pip install 'jaxreg[tfds]'"

# TFDS's own ten, each waiting twice as long, take more than three minutes to find that there is no network.
_DOWNLOAD_RETRIES = 5


def load_tfds(name: str, data_dir: str | None = None) -> tuple[RawArrays, About]:
    """Returns the train and, if there are, test arrays of a TFDS set, and the names of its classes.

    The name is as TFDS takes it: NAME, NAME/CONFIG or NAME:VERSION, such as "mnist" or "emnist/digits"; sets are
    prepared in `data_dir`, by default TFDS's own (TFDS_DATA_DIR, or ~/tensorflow_datasets). The examples come in the
    order that TFDS stores them, which is shuffled but fixed.

    Raises:
      InputError: TFDS or array_record is not installed, or TensorFlow where the set is not yet prepared; no such set;
        it has no images of one size with class labels, or no split "train"; it cannot be downloaded, prepared or read;
        or an array is larger than 4 GiB.
    """
    for module in ("tensorflow_datasets", "array_record"):
        if not _installed(module):
            raise InputError(f"tfds:{name}: needs the package {module}, which is not installed; {INSTALL}")
    with _one_line(name, "is not usable"):
        builder = _builder(name, data_dir)
        image_key, label_key = _supervised_keys(name, builder)
    _prepare(name, builder)
    splits = sorted(builder.info.splits)
    if "train" not in splits:
        raise InputError(f"tfds:{name}: needs a split train; it has {', '.join(splits)}")
    parts = [part for part in ("train", "test") if part in splits]
    with _one_line(name, f"cannot be read from {builder.data_path} (delete that folder to prepare it again)"):
        read = [_read_split(name, builder, part, image_key, label_key) for part in parts]
    arrays = RawArrays(*(array for part in read for array in part))
    return arrays, About(class_names=tuple(builder.info.features[label_key].names))


def _builder(name: str, data_dir: str | None) -> Any:
    import tensorflow_datasets as tfds

    folder = None if data_dir is None else Path(expanded(str(data_dir), "--tfds-dir"))
    base = name.split("/")[0].split(":")[0]
    try:
        return tfds.builder(name, data_dir=folder, file_format="array_record")
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(base, known) or ["mnist", "cifar10"]
        raise InputError(f"tfds:{name}: TFDS has no such data set; near names: {', '.join(near)}") from error
    except ValueError as error:
        if "BuilderConfig" not in str(error):
            raise
        known = sorted(tfds.builder_cls(base).builder_configs) or ["none"]
        raise InputError(f"tfds:{name}: no such configuration; {base} has: {', '.join(known)}") from error


def _supervised_keys(name: str, builder: Any) -> tuple[str, str]:
    import tensorflow_datasets as tfds

    features, keys = builder.info.features, list(builder.info.supervised_keys or ())
    kinds = [type(features[key]) for key in keys if isinstance(key, str)]  # a key may be a group of keys
    if len(kinds) != 2 or not issubclass(kinds[0], tfds.features.Image) or kinds[1] is not tfds.features.ClassLabel:
        raise InputError(f"tfds:{name}: is no image-classification set; it must pair an image with a class label")
    image = features[keys[0]]
    if None in image.shape:
        raise InputError(f"tfds:{name}: its images differ in size (shape {image.shape}); all must have one size")
    if image.np_dtype != np.uint8:
        raise InputError(f"tfds:{name}: its images are {np.dtype(image.np_dtype)}; they must be uint8")
    return keys[0], keys[1]


def _prepare(name: str, builder: Any) -> None:
    import tensorflow_datasets as tfds

    with _one_line(name, f"cannot be looked up in {builder.data_path}"):
        if builder.is_prepared():
            return
    if not _installed("tensorflow"):
        where = f"is not prepared in {builder.data_path}"
        raise InputError(f"tfds:{name}: {where}, and preparing needs TensorFlow; {INSTALL}")
    with _one_line(name, "cannot be downloaded and prepared"):
        if not sys.stderr.isatty():
            tfds.disable_progress_bar()
        with contextlib.suppress(ImportError):  # a private module: where it has moved, TFDS is only slower
            from tensorflow_datasets.core.download import downloader

            downloader.MAX_RETRIES = _DOWNLOAD_RETRIES
        # A warning for each retry would bury the one line; not undone, as other downloads go on after the first fails.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        builder.download_and_prepare()


def _read_split(name: str, builder: Any, split: str, image_key: str, label_key: str) -> tuple[np.ndarray, np.ndarray]:
    source = builder.as_data_source(split=split)
    shape = (len(source), *builder.info.features[image_key].shape)
    if (size := math.prod(shape)) > MAX_BYTES:
        raise InputError(f"tfds:{name}: {split} has {size} bytes of images; at most {MAX_BYTES} are allowed")
    images, labels = np.empty(shape, np.uint8), np.empty(len(source), np.int64)
    for start in range(0, len(source), 1000):  # a thousand at a time: a third faster than one by one
        rows = range(start, min(start + 1000, len(source)))
        for i, record in zip(rows, source.__getitems__(list(rows)), strict=True):
            if record[image_key].shape != shape[1:]:
                raise InputError(f"tfds:{name}: {split} images differ in size; all must be {shape[1:]}")
            images[i], labels[i] = record[image_key], record[label_key]
    return images, labels


@contextlib.contextmanager
def _one_line(name: str, failure: str) -> Iterator[None]:
    """Turns whatever TFDS raises inside into one line, and keeps what it prints off standard output."""
    logger = logging.getLogger("absl")
    level = logger.level
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # else importing TensorFlow prints a screen of notes
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except InputError:
        raise
    except Exception as error:  # of libraries that have no common one
        told = str(error).rpartition('}": ')[2] or type(error).__name__  # TFDS repeats its arguments up to }":
        reason = textwrap.shorten(told, 300, placeholder=" ...")
        remedy = f"; {INSTALL}" if isinstance(error, ImportError) and "tensorflow" in reason else ""
        raise InputError(f"tfds:{name}: {failure}: {reason}{remedy}") from error
    finally:
        logger.setLevel(level)


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
