"""Deeper stacks of the same blocks, whose gradients several claims look at."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from jaxreg.claims.claim import Series, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import ACTIVATIONS, NORMS
from jaxreg.claims.run_file import Run
from jaxreg.claims.spec import RunSpec
from jaxreg.text import Text

DEPTHS = (4, 7, 11)  # convolutions; from the third on all kernels have the same shape
EPOCHS = 8
FIRST = 2  # index of the first convolution with that shape
SMOKE_DEPTH = 4


class Stack(NamedTuple):
    """One deep network: its activation and normalization."""

    activation: str
    norm_type: str

    @property
    def label(self) -> Text:
        """Returns its name."""
        name = ACTIVATIONS[self.activation]
        return name if self.norm_type == "none" else Text("{} + {}", "{} + {}").format(name, NORMS[self.norm_type])


def depths(lab: Lab) -> tuple[int, ...]:
    """Returns the depths to look at."""
    return (SMOKE_DEPTH,) if lab.config.smoke else DEPTHS


def at_start(lab: Lab, stack: Stack, depth: int) -> tuple[Run, ...]:
    """Returns a network of each seed as it was initialised, with its gradients."""
    return lab.runs(_spec(lab, stack, depth, 0))


def trained(lab: Lab, stack: Stack) -> tuple[Run, ...]:
    """Returns the deepest network of each seed, trained (not with `--smoke`), with its gradients epoch by epoch."""
    return lab.runs(_spec(lab, stack, depths(lab)[-1], 0 if lab.config.smoke else EPOCHS))


def _spec(lab: Lab, stack: Stack, depth: int, epochs: int) -> RunSpec:
    return lab.spec(
        activation=stack.activation, norm_type=stack.norm_type, depth=depth, epochs=epochs, observe=("gradients",)
    )


def ratios(runs: tuple[Run, ...], epoch: int = 0) -> list[float]:
    """Returns for each seed the gradient of the first of the equal blocks, relative to the last's if that is not 0."""
    ends = [(float(run["gradients"][epoch][FIRST]), float(run["gradients"][epoch][-1])) for run in runs]
    return [first / last if last else math.nan for first, last in ends]


def by_layer(stack: Stack, runs: tuple[Run, ...], epoch: int = 0) -> Series:
    """Returns gradient size against the layer, from the input on."""
    sizes = np.array([run["gradients"][epoch] for run in runs])
    return spread(stack.label, range(1, sizes.shape[1] + 1), np.maximum(sizes, 1e-12).T.tolist())
