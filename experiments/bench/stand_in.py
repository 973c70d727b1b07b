"""A search that trains nothing: its trials end at once, with records of a real trial's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxreg.core.model import Variables
from jaxreg.core.train import Examples
from jaxreg.data import Dataset
from jaxreg.engine.experiment import OnEpoch
from jaxreg.engine.problem import Task
from jaxreg.records import Curve, Point, TrialRecord
from jaxreg.search.trial import Trials

TRIAL_VALID_SIZE = 5000
EPOCHS = 20
_IMAGE, _LABEL = np.zeros((1, 28, 28, 1), np.uint8), np.zeros(1, np.int32)
ONE_IMAGE = Dataset("one black image", _IMAGE, _LABEL, _IMAGE, _LABEL, 10, 255, (), fingerprint="none")
WEIGHTS: Variables = {"params": {"dense": {"kernel": np.zeros((2, 2), np.float32)}}}


@dataclass(frozen=True)
class StandIn(Trials):
    """A search of these settings whose trials train nothing, on no data, and whose weights are not kept."""

    dataset: Dataset = ONE_IMAGE

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Returns the settings."""
        return self.config.identity()

    @cached_property
    def task(self) -> Task:
        """Returns a task whose three splits hold one black image."""
        nothing = Examples(jnp.zeros((1, 28, 28, 1)), jnp.zeros(1, jnp.int32))
        return Task(self.config, tuple("0123456789"), nothing, nothing, nothing, self.dataset.fingerprint, form=None)

    def kind(self, plan: Point) -> str:
        """Returns the normalization, by which the programs of the study differ; JAX does not start for it."""
        return plan.cell[0]

    def run(
        self, runs: Sequence[tuple[int, Point]], size: int, on_epoch: OnEpoch
    ) -> Iterator[tuple[TrialRecord, Variables]]:
        """Yields what `train` returns for each."""
        for number, point in runs:
            yield self.train(number, point, on_epoch)

    def train(self, number: int, point: Point, on_epoch: OnEpoch) -> tuple[TrialRecord, Variables]:
        """Returns the record and the weights of a trial."""
        return stand_in_record(number, point, 0.9, EPOCHS), WEIGHTS

    def keep(self, folder: Path, ended: Sequence[TrialRecord], record: TrialRecord, variables: Variables) -> None:
        """Keeps nothing."""


def stand_in_record(number: int, point: Point, accuracy: float, epochs: int) -> TrialRecord:
    """Returns the record of a trial that had this accuracy in all epochs."""
    return TrialRecord(
        number=number,
        methods=point.methods,
        params=point.params,
        key=(0, 0),
        num_epochs=epochs,
        best_epoch=1,
        train_accuracy=accuracy,
        train_loss=0.1,
        epoch_valid_accuracy=accuracy,
        epoch_valid_loss=0.1,
        trial_valid_accuracy=accuracy,
        trial_valid_loss=0.1,
        diverged=False,
        pruned=False,
        seconds=0.0,
        curve=Curve(*[(0.1,) * epochs, (accuracy,) * epochs] * 2),
        correct=bytes(TRIAL_VALID_SIZE // 8),
    )
