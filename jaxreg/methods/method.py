"""What a method is: everything that the package knows of a normalization or a regularizer, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from jaxreg.core.model import Normalization
from jaxreg.core.train import Augmentation, Optimizer, Penalty, Projection
from jaxreg.text import Text

Factor = Literal["normalization", "regularizer"]


class Range(NamedTuple):
    """The range of a searched hyperparameter, low..high, on a logarithmic scale or a linear one."""

    low: float
    high: float
    log: bool = True


class Reading(NamedTuple):
    """How a study reads lambda and the elastic net: the options that all penalties of the seed's kind share.

    Attributes:
      n: what lambda is divided by, L = L0 + (lambda / n) * sum.
      l1_ratio: the share of L1 in the elastic net, 0..1.
      scope: the weights that are penalized, "kernels" or "all".
    """

    n: float = 32.0
    l1_ratio: float = 0.5
    scope: str = "kernels"


@dataclass(frozen=True)
class Method:
    """A normalization or a regularizer; a new one is one file in `jaxreg/methods/`, or one of a user's own.

    Whatever of training a method does not set stays as it is without it.

    Attributes:
      name: what options, tables and records call it.
      text: its name in a sentence, "L1 penalty".
      factor: what it is one of.
      short: its name in a figure, "L1"; `text` where it is not given.
      space: the hyperparameters that it adds, by their names, with the ranges that a search takes by default.
      numbers: the traced numbers of the hyperparameters' values; by default they are these values themselves.
      penalty: what it adds to the loss.
      optimizer: what it takes in the place of Adam.
      projection: what it does to the parameters after each step.
      augmentation: what it does to each batch.
      fields: its hyperparameters that are fields of the network, such as a dropout rate.
      network: static fields of the network, such as the kind of its normalizations.
      num_epochs: a fixed number of epochs in the place of early stopping.
      colors: of a normalization in figures, on light and on dark ground.
      marker: of a regularizer in figures, as matplotlib names them.
    """

    name: str
    text: Text
    factor: Factor = "regularizer"
    short: Text | None = None
    space: Mapping[str, Range] = field(default_factory=dict)
    numbers: Callable[[Mapping[str, float], Reading], Mapping[str, float]] | None = None
    penalty: Penalty | None = None
    optimizer: Optimizer | None = None
    projection: Projection | None = None
    augmentation: Augmentation | None = None
    fields: tuple[str, ...] = ()
    network: Mapping[str, Any] = field(default_factory=dict)
    num_epochs: int | None = None
    colors: tuple[str, str] | None = None
    marker: str = ""

    @property
    def normalization(self) -> type[Normalization]:
        """Returns the kind of normalization that it gives a network."""
        kind: type[Normalization] = self.network.get("normalization", Normalization)
        return kind
