"""What the tests of the data sources share: loading what may be bad, and comparing what was loaded."""

import numpy as np
import pytest

from jaxreg.data import Dataset, load_dataset
from jaxreg.errors import InputError


def message_of(spec: str) -> str:
    """Loads bad data and returns the one line that it is refused with."""
    with pytest.raises(InputError) as caught:
        load_dataset(spec)
    text = str(caught.value)
    assert "\n" not in text
    return text


def dataset_or_message(spec: str) -> Dataset | str:
    """Loads data that may be bad; any error but InputError fails the test."""
    try:
        return load_dataset(spec)
    except InputError as error:
        return str(error)


def assert_holds(dataset: Dataset, arrays: dict) -> None:
    """Asserts that a data set has exactly the given arrays, with a channel axis."""
    for images, labels, part in (
        (dataset.train_images, dataset.train_labels, "train"),
        (dataset.test_images, dataset.test_labels, "test"),
    ):
        expected = arrays[f"x_{part}"]
        np.testing.assert_array_equal(images, expected if expected.ndim == 4 else expected[..., np.newaxis])
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(labels, arrays[f"y_{part}"])
        assert labels.dtype == np.int32


def with_changed(content: bytes, position: int, value: int) -> bytes:
    return content[:position] + bytes([value]) + content[position + 1 :]
