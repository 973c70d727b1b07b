"""Trials that train nothing: their records and their task, of a real trial's size."""

from __future__ import annotations

import jax.numpy as jnp

from jaxreg.core.train import Examples
from jaxreg.search.config import StudyConfig
from jaxreg.records import Point
from jaxreg.engine.trial import Task
from jaxreg.records import Curve, TrialRecord

TRIAL_VALID_SIZE = 5000


def stand_in_task(config: StudyConfig) -> Task:
    """Returns a task whose three splits hold one black image."""
    nothing = Examples(jnp.zeros((1, 28, 28, 1)), jnp.zeros(1, jnp.int32))
    return Task(config, 10, nothing, nothing, nothing, data_fingerprint="none", form=None)


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
