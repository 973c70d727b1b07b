"""A data set that several processes of a machine read once: its arrays as files, which the system maps for all."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from jaxreg.data import Dataset


class SharedDataset(NamedTuple):
    """Where the arrays of a data set are, and the rest of it."""

    folder: Path
    rest: dict[str, object]
    arrays: tuple[str, ...]

    def open(self) -> Dataset:
        """Returns the data set; its arrays are the memory of whoever reads them first."""
        arrays = {name: np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in self.arrays}
        return Dataset(**self.rest, **arrays)  # type: ignore[arg-type]


@contextmanager
def shared(dataset: Dataset) -> Iterator[SharedDataset]:
    """Writes the arrays into a temporary folder, which is there as long as the context."""
    values = {field.name: getattr(dataset, field.name) for field in dataclasses.fields(dataset)}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    with TemporaryDirectory(prefix="jaxreg-", ignore_cleanup_errors=True) as place:
        for name, array in arrays.items():
            np.save(Path(place, f"{name}.npy"), array)
        rest = {name: value for name, value in values.items() if name not in arrays}
        yield SharedDataset(Path(place), rest, tuple(arrays))
