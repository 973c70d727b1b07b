"""A training run that a claim asks for, and what it leaves: an npz file, complete or not there, that holds no code."""

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxreg.core.model import CONV_LAYERS
from jaxreg.errors import InputError
from jaxreg.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """The settings of one training run: all that decides its result. Claims that ask for the same run share it."""

    network: str = "cnn"  # or the name of one that a claim brings along
    norm_type: str = "none"
    activation: str = "relu"  # after the convolutions
    depth: int = len(CONV_LAYERS)  # convolutions; from 4 on the last block is repeated, without pooling
    l1: float  # factor of sum|w| in the loss
    l2: float  # factor of sum w^2 in the loss
    learning_rate: float
    epochs: int  # trained, all of them; 0 looks at the network as it was initialised
    train_size: int
    batch_size: int
    observe: tuple[str, ...] = ()  # names of `OBSERVERS` that look at the network before the first and after each epoch
    keep_weights: bool = False  # the last ones, in the run's file
    seed: int = 0  # which initialisation, order and draw of images
    method: str = ""  # the regularizer, where it is more than the penalty of `l1` and `l2`
    numbers: tuple[tuple[str, float], ...] = ()  # the traced numbers of this one, with their names

    def text(self) -> str:
        """Returns all settings as one line of JSON, the same for equal specs."""
        settings = dataclasses.asdict(self)
        if not self.method:  # a run folder of before there were methods is read on
            del settings["method"], settings["numbers"]
        return json.dumps(settings, sort_keys=True)

    def digest(self) -> str:
        """Returns the SHA-256 of the settings."""
        return hashlib.sha256(self.text().encode()).hexdigest()


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


def numbers(runs: Iterable[Run], name: str) -> list[float]:
    """Returns a value that is one number, of each run."""
    return [run.number(name) for run in runs]


def table(rows: Iterable[Iterable[Run]], name: str) -> np.ndarray:
    """Returns such values of rows of runs, [row, seed]."""
    return np.array([numbers(runs, name) for runs in rows])


def total_norms(rows: Iterable[Iterable[Run]]) -> np.ndarray:
    """Returns the norm of all kernels of rows of runs, [row, seed]."""
    return np.array([[np.linalg.norm(run["layer_norms"]) for run in runs] for runs in rows])


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
