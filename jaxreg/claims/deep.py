"""Deeper stacks of the same blocks, whose gradients several claims look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxreg.claims.figure import NOTHING, Panel, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import ACTIVATIONS, EPOCH, NORMS
from jaxreg.claims.runs import Run, RunSpec
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
    ends = [map(float, run["gradients"][epoch][[FIRST, -1]]) for run in runs]
    return [first / last if last else math.nan for first, last in ends]


def gradients(runs: Mapping[Stack, tuple[Run, ...]], title: Text = NOTHING) -> Panel:
    """Returns the panel of gradient sizes at initialisation against the layer, from the input on."""
    sizes = {stack: np.array([run["gradients"][0] for run in group]).T for stack, group in runs.items()}
    lines = (spread(s.label, range(1, len(v) + 1), np.maximum(v, 1e-12)) for s, v in sizes.items())
    layer = Text("convolution, from the input", "합성곱 층 (입력부터)")
    return Panel(layer, Text("gradient (RMS)", "gradient (RMS)"), tuple(lines), title, ylog=True)


def accuracies(runs: Mapping[Stack, tuple[Run, ...]]) -> Panel:
    """Returns the panel of accuracies on validation images, epoch by epoch."""
    curves = {stack: np.array([run["valid_accuracy"] for run in group]).T for stack, group in runs.items()}
    lines = tuple(spread(stack.label, range(1, len(c) + 1), c) for stack, c in curves.items())
    return Panel(EPOCH, Text("validation accuracy (%)", "검증 정확도 (%)"), lines, percent=True)
