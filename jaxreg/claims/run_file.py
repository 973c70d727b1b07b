"""One run on disk: arrays in an npz file that is complete or not there, and holds no code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxreg.claims.spec import RunSpec
from jaxreg.errors import InputError
from jaxreg.files import write_atomically


@dataclass(frozen=True)
class Run:
    """What a run leaves: named arrays.

    Curves [epochs]: train_loss, train_accuracy (before each step's update), valid_loss, valid_accuracy. Of the last
    weights: final_train_loss, final_train_accuracy, test_loss, test_accuracy, confusion [C, C + 1]; for the CNN
    near_zero, pruned_accuracy, largest, layer_norms, histogram. For each observer its values [epochs + 1, ...];
    `diverged`, `seconds`; where asked for `weights/...`.
    """

    spec: RunSpec
    values: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def number(self, name: str) -> float:
        """Returns a value that is one number."""
        return float(self.values[name])

    def weights(self) -> dict[str, np.ndarray]:
        """Returns the last weights by their paths, "params/conv1/kernel"."""
        return {k.removeprefix("weights/"): v for k, v in self.values.items() if k.startswith("weights/")}


def run_path(folder: Path, spec: RunSpec) -> Path:
    """Returns where a run is kept: a file named after its settings."""
    return folder / f"{spec.digest()}.npz"


def read_run(folder: Path, spec: RunSpec) -> Run | None:
    """Returns a run from its file, or None where there is none.

    Raises:
      InputError: the file is damaged, or of another run.
    """
    path = run_path(folder, spec)
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            values = {name: file[name] for name in file.files}
        if str(values.pop("spec")) != spec.text():
            raise ValueError("another run")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not a run as it was written; remove it, and it is run again") from error
    return Run(spec, values)


def write_run(folder: Path, run: Run) -> None:
    """Writes a run to its file."""
    buffer = io.BytesIO()
    np.savez(buffer, spec=np.array(run.spec.text()), **dict(run.values))  # type: ignore[arg-type]
    write_atomically(run_path(folder, run.spec), buffer.getvalue())
