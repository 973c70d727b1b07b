"""A training run that a claim asks for, and what it leaves: named arrays, kept as JSON values that hold no code."""

import base64
import dataclasses
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from jaxreg.core.model import CONV_LAYERS

UNSEEN = ("observe", "keep_weights", "prune", "network_digest")  # of a spec, where it is shown to readers


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
    epochs: int  # trained; 0 looks at the network as it was initialised
    train_size: int
    batch_size: int
    observe: tuple[str, ...] = ()  # names of `OBSERVERS` that look at the network before the first and after each epoch
    keep_weights: bool = False  # the last ones, in the run's file
    seed: int = 0  # which initialisation, order and draw of images
    method: str = ""  # the regularizer, where it is more than the penalty of `l1` and `l2`
    numbers: tuple[tuple[str, float], ...] = ()  # the traced numbers of this one, with their names
    start: str = "lecun"  # how weights are drawn: the study's way, or another name of `STARTS`
    patience: int = 0  # of early stopping, whose best weights are kept; 0 trains all epochs and keeps the last
    prune: bool = False  # whether held-out accuracy is measured with the smallest weights set to 0
    network_digest: str = ""  # of the code of a network that a claim brings along: another one is another run

    def text(self) -> str:
        """Returns all settings as one line of JSON, the same for equal specs."""
        settings = dataclasses.asdict(self)
        if not self.network_digest:
            del settings["network_digest"]
        return json.dumps(settings, sort_keys=True)

    def short(self) -> str:
        """Returns for readers what is not as a spec has it by default: learning_rate 0.5, ..., seed 2."""
        values = dataclasses.asdict(self)
        usual = {field.name: field.default for field in dataclasses.fields(self)} | {"l1": 0.0, "l2": 0.0}
        own = [name for name in values if name not in UNSEEN and (name == "seed" or values[name] != usual[name])]
        return ", ".join(f"{name} {values[name]}" for name in own)

    @classmethod
    def read(cls, text: str) -> Self:
        """Returns the spec of a text."""
        settings = json.loads(text)
        numbers = tuple((name, value) for name, value in settings.pop("numbers"))
        return cls(**settings | {"observe": tuple(settings["observe"]), "numbers": numbers})


@dataclass(frozen=True)
class Run:
    """What a run leaves: named arrays.

    Curves [epochs]: train_loss, train_accuracy (before each step's update), valid_loss, valid_accuracy. Of the last
    or best weights: final_train_loss, final_train_accuracy, test_loss, test_accuracy, confusion [C, C + 1]; for the CNN
    near_zero, exact_zero, histogram, largest; by layer layer_norms, its layer_largest weight, and start_largest before
    training. For each observer its values [epochs + 1, ...]; `diverged`, `seconds`;
    where asked for `weights/...` and pruning [KEPT].
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


def final_valid(runs: Iterable[Run]) -> list[float]:
    """Returns the accuracy on validation images after the last epoch, of each run: what settings are chosen by."""
    return [float(run["valid_accuracy"][-1]) for run in runs]


def table(rows: Iterable[Iterable[Run]], name: str) -> np.ndarray:
    """Returns such values of rows of runs, [row, seed]."""
    return np.array([numbers(runs, name) for runs in rows])


def total_norms(rows: Iterable[Iterable[Run]]) -> np.ndarray:
    """Returns the norm of all kernels of rows of runs, [row, seed]."""
    return np.array([[np.linalg.norm(run["layer_norms"]) for run in runs] for runs in rows])


def encode(run: Run) -> dict[str, str]:
    """Returns a run as JSON values: its spec, and an npz file's bytes in base64."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dict(run.values))  # type: ignore[arg-type]
    return {"spec": run.spec.text(), "npz": base64.b64encode(buffer.getvalue()).decode()}


def decode(values: Mapping[str, str]) -> Run:
    """Returns a run from its JSON values; a ValueError, KeyError or TypeError where they are none."""
    try:
        with np.load(io.BytesIO(base64.b64decode(values["npz"], validate=True)), allow_pickle=False) as file:
            return Run(RunSpec.read(values["spec"]), {name: file[name] for name in file.files})
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError("not a run as it was written") from error
