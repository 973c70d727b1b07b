"""What a study is about: its data, their splits, and the settings that make it this study and no other."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from jaxreg.core.model import check_image_shape
from jaxreg.data import Dataset, Splits, SplitSizes, draw_splits, load_dataset
from jaxreg.engine.config import TrainingConfig


class Problem(NamedTuple):
    """Data, the four splits, and the identity: what must be equal for a run to be continued or joined."""

    dataset: Dataset
    splits: Splits
    identity: dict[str, Any]


def load_problem(config: TrainingConfig) -> Problem:
    """Returns the problem of a configuration; every process that works on a study makes the same one.

    Raises:
      InputError: the data cannot be read, are too few or their images too small.
    """
    dataset = load_dataset(config.data, tfds_dir=config.tfds_dir)
    check_image_shape(dataset.image_shape)
    sizes = SplitSizes(config.train_size, config.epoch_valid_size, config.trial_valid_size)
    splits = draw_splits(dataset, sizes, config.data_seed)
    return Problem(dataset, splits, config.identity() | {"data_fingerprint": dataset.fingerprint})


def say_notes(dataset: Dataset) -> None:
    """Says on standard error what was decided of the data and what is unusual in them."""
    for note in dataset.notes:
        print(f"note: {note}", file=sys.stderr, flush=True)
