"""A data set made of arrays in Python."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from jaxreg.data.dataset import About, Dataset, RawArrays, make_dataset
from jaxreg.data.splits import integer
from jaxreg.errors import InputError


def from_arrays(
    images: Any,
    labels: Any,
    test_images: Any = None,
    test_labels: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    test_share: float | None = None,
    test_seed: int = 0,
    more_test_size: int | None = None,
) -> Dataset:
    """Returns a data set of images and labels, which are copied and checked as those of files are.

    Its name is `arrays:` and the beginning of its fingerprint: the same arrays are the same data.

    Args:
      images: [N, H, W] or [N, H, W, C], integers in 0..255, floats in 0..1 or booleans; what NumPy makes an array of.
      labels: [N] or [N, 1], integers from 0.
      test_images: the test set; without one, images are held out, of each class its share.
      test_labels: of `test_images`.
      class_names: of the labels 0..C-1; their numbers where it is not given.
      test_share: what is held out where there is no test set (0.2); refused where there is one.
      test_seed: of that draw.
      more_test_size: how many images of the others are added to a test set that there is.

    Raises:
      InputError: the arrays are not of these forms; `make_dataset` says what else is refused. Names are not all
        different, or fewer than there are classes.

    >>> pixels = np.random.default_rng(0).integers(0, 256, (60, 16, 16))
    >>> data = from_arrays(pixels, np.arange(60) % 2, class_names=["cat", "dog"])
    >>> data.image_shape, data.class_names, len(data.train_images), len(data.test_images)
    ((16, 16, 1), ('cat', 'dog'), 48, 12)
    """
    if (test_images is None) != (test_labels is None):
        raise InputError("arrays: test images and test labels: give both, or neither to have some held out")
    if test_share is not None and not (isinstance(test_share, float) and 0 < test_share < 1):
        raise InputError(f"arrays: test_share {test_share}: allowed is a share between 0 and 1")
    seed = integer("arrays: test_seed", test_seed, least=0)
    more = None if more_test_size is None else integer("arrays: more_test_size", more_test_size, least=1)
    raw = RawArrays(_array("images", images), _array("labels", labels))
    if test_images is not None:
        raw = RawArrays(*raw[:2], _array("test_images", test_images), _array("test_labels", test_labels))
    dataset = make_dataset("arrays", raw, About(_names(class_names)), test_share, seed, more)
    return dataclasses.replace(dataset, name=f"arrays:{dataset.fingerprint[:12]}")


def refuse_masked(named: str, values: object) -> None:
    """Refuses an array of NumPy's of which some values are masked: an array of them all would have what is masked."""
    if np.ma.is_masked(values):
        raise InputError(f"{named}: some of the values are masked; allowed are arrays of which all are there")


def _array(name: str, values: Any) -> np.ndarray:
    refuse_masked(f"arrays: {name}", values)
    try:
        array = np.array(values)  # a copy: what its owner does with it later changes no data set
    except (TypeError, ValueError) as error:  # of lists of different lengths, for one
        raise InputError(f"arrays: {name} are no array ({str(error).partition(chr(10))[0]})") from error
    if array.ndim == 0:
        raise InputError(f"arrays: {name} are no array: {str(values)[:80]}")
    return array


def _names(class_names: Sequence[str] | None) -> tuple[str, ...] | None:
    if class_names is None:
        return None
    if isinstance(class_names, str | Set | Mapping) or not isinstance(class_names, Iterable):  # of no or another order
        raise InputError(f"arrays: class_names {class_names!r}: allowed is a list of texts, one for each class")
    names = tuple(class_names)
    if not names or any(not isinstance(name, str) or not name.strip() for name in names) or len({*names}) < len(names):
        shown = ", ".join(map(str, names))
        raise InputError(f"arrays: class_names {shown}: allowed are texts, one for each class and no two alike")
    return names
