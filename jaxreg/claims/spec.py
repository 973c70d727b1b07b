"""One training run that a claim asks for: everything that decides its result, and its name on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class RunSpec:
    """The settings of one run. Claims that ask for the same run share it.

    Attributes:
      network: which network: "cnn", or the name of one that a claim brings along.
      norm_type: "none", "batch" or "layer".
      activation: after the convolutions.
      depth: number of convolutions; from 4 on the last block is repeated, without pooling.
      l1: factor of sum|w| in the loss.
      l2: factor of sum w^2 in the loss.
      learning_rate: of Adam.
      epochs: trained, all of them; 0 looks at the network as it was initialised.
      train_size: training images.
      batch_size: images a step.
      observe: names of `lab.OBSERVERS` that look at the network before the first and after each epoch.
      keep_weights: whether the last weights are kept in the run's file.
      seed: which initialisation, order and draw of images; from 0.
      method: the regularizer, where it is more than the penalty of `l1` and `l2`, or "".
      numbers: the traced numbers of this one, with their names.
    """

    network: str
    norm_type: str
    activation: str
    depth: int
    l1: float
    l2: float
    learning_rate: float
    epochs: int
    train_size: int
    batch_size: int
    observe: tuple[str, ...]
    keep_weights: bool
    seed: int
    method: str = ""
    numbers: tuple[tuple[str, float], ...] = ()

    def text(self) -> str:
        """Returns all settings as one line of JSON, the same for equal specs."""
        settings = dataclasses.asdict(self)
        if not self.method:  # a run folder of before there were methods is read on
            del settings["method"], settings["numbers"]
        return json.dumps(settings, sort_keys=True)

    def digest(self) -> str:
        """Returns the SHA-256 of the settings."""
        return hashlib.sha256(self.text().encode()).hexdigest()
