"""What figures of the claims are made of: plain values with words in both languages, drawn by `plots`."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxreg.text import NOTHING, Text

Values = Sequence[float] | np.ndarray
Rows = Sequence[Sequence[float]] | np.ndarray  # [x][seed]


class Series(NamedTuple):
    """Values of a panel: a line, points or bars, with the range over seeds.

    `key` decides the colour: a normalization, a penalty, or "" for the next; `marker` may name a penalty's marker.
    """

    label: Text
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    key: str = ""
    marker: str = ""
    line: bool = True
    dashed: bool = False


class Surface(NamedTuple):
    """A function of two variables for contour lines: z[i][j] at (x[j], y[i])."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[tuple[float, ...], ...]


class Panel(NamedTuple):
    """One pair of axes; with `names`, x counts them from 0, and points or `bars` are drawn."""

    xlabel: Text
    ylabel: Text
    series: tuple[Series, ...]
    title: Text = NOTHING
    bars: bool = False
    xlog: bool = False
    ylog: bool = False
    percent: bool = False
    names: tuple[Text, ...] = ()
    surface: Surface | None = None


class Figure(NamedTuple):
    """Panels side by side, with a sentence below that says what they show."""

    caption: Text
    panels: tuple[Panel, ...]


def line(label: Text, x: Values, y: Values, **look: Any) -> Series:
    """Returns a series of these values."""
    return Series(label, tuple(np.asarray(x).tolist()), tuple(np.asarray(y).tolist()), **look)


def spread(label: Text, x: Sequence[float], rows: Rows, **look: Any) -> Series:
    """Returns a line of means with the range over seeds; `rows` has one value a seed for each x.

    Where one is not finite there is no point: a mean of the others would be one of seeds that chance has chosen.
    """
    all_there = [row if np.isfinite(row).all() else [math.nan] for row in np.asarray(rows, float).tolist()]
    means = tuple(sum(row) / len(row) for row in all_there)
    lows, highs = tuple(min(row) for row in all_there), tuple(max(row) for row in all_there)
    return Series(label, tuple(map(float, x)), means, lows, highs, **look)


def lines(names: Mapping[str, Text], x: Sequence[float], rows: Mapping[str, Rows]) -> tuple[Series, ...]:
    """Returns such a line for each method, in its colour and with its name of `names`."""
    return tuple(spread(names[name], x, values, key=name) for name, values in rows.items())
