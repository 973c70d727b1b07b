"""The work that all contenders do: the same images, batch size and learning rate, epoch after epoch."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from jaxreg.data import Split, SplitSizes, draw_splits, load_dataset

NORM_TYPES = ("none", "batch", "layer")  # what all contenders know
BATCH_SIZE = 32
LEARNING_RATE = 2.5e-3
SEED = 0
VALID_BATCH = 32  # images that PyTorch and the plain Flax loop validate at once: PyTorch is slower with 100 or 500


class Workload(NamedTuple):
    """The images of an epoch: those to train on, and those to validate afterwards."""

    num_classes: int
    train: Split
    valid: Split


class EpochTiming(NamedTuple):
    """One epoch as a contender measures it.

    Attributes:
      seconds: wall time of training and validation together, until the results are on the host.
      train_loss: mean loss of the epoch's batches, each before its update.
      train_accuracy: accuracy on the epoch's batches, each before its update.
      valid_accuracy: accuracy on the validation images after the epoch.
    """

    seconds: float
    train_loss: float
    train_accuracy: float
    valid_accuracy: float


class Unavailable(Exception):
    """A contender that cannot run on this machine; the message says why in one line."""


class Contender(Protocol):
    """A network with its data and its way to train, ready for its next epoch.

    Attributes:
      valid_batch: how many images it validates at once.
    """

    valid_batch: int

    def epoch(self) -> EpochTiming:
        """Trains on every training image once, in a fresh order, then validates."""

    def validate(self) -> float:
        """Returns the accuracy on the validation images, as an epoch ends with it."""


def load_workload(train_size: int, epoch_valid_size: int) -> Workload:
    """Returns the study's own draw of training and epoch-valid images of the embedded MNIST."""
    dataset = load_dataset("embedded")
    splits = draw_splits(dataset, SplitSizes(train_size, epoch_valid_size, 1), data_seed=0)
    return Workload(dataset.num_classes, splits.train, splits.epoch_valid)
