"""What a study is about: its data, their splits, and the settings that make it this study and no other."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from jaxreg.core.model import check_image_shape
from jaxreg.data import Dataset, Splits, SplitSizes, class_counts, draw_splits, load_dataset
from jaxreg.study.config import TrainingConfig


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


MAX_LISTED = 12  # of more empty classes the rest is counted


def note_empty_classes(dataset: Dataset) -> None:
    """Says on standard error which of the classes have no image, such as class 0 where labels start at 1."""
    for part, labels in (("training", dataset.train_labels), ("test", dataset.test_labels)):
        empty = np.flatnonzero(np.array(class_counts(labels, dataset.num_classes)) == 0).tolist()
        if empty:
            more = f" and {len(empty) - MAX_LISTED} more" if len(empty) > MAX_LISTED else ""
            classes = f"class{'es' * (len(empty) > 1)} {', '.join(map(str, empty[:MAX_LISTED]))}{more}"
            labelled = f"{dataset.num_classes} classes, labelled 0..{dataset.num_classes - 1}"
            print(f"note: {dataset.name}: no {part} image of {classes} ({labelled})", file=sys.stderr)
