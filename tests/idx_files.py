"""Writes small IDX folders for tests, byte by byte and independently of the reader under test."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def idx_bytes(array: np.ndarray) -> bytes:
    """Returns a uint8 array as the bytes of an IDX file."""
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def some_arrays(
    num_train: int = 40, num_test: int = 12, shape: tuple[int, ...] = (5, 4), num_classes: int = 3
) -> dict[str, Any]:
    """Returns random uint8 images and labels, by the names that .npz files use; every class is in train."""
    rng = np.random.default_rng(7)
    return {
        "x_train": rng.integers(0, 256, (num_train, *shape), np.uint8),
        "y_train": (np.arange(num_train) % num_classes).astype(np.uint8),
        "x_test": rng.integers(0, 256, (num_test, *shape), np.uint8),
        "y_test": rng.integers(0, num_classes, num_test).astype(np.uint8),
    }


def write_idx_folder(folder: Path, arrays: dict[str, Any], *, gzipped: bool = False) -> Path:
    """Writes the four files under their usual names and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, name in NAMES.items():
        content = idx_bytes(arrays[key])
        if gzipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder
