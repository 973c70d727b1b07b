"""Draws any figure of the claims: panels of lines, bars or contours, in either language."""

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator

from jaxreg.claims.figure import Figure, Panel, Series, Surface
from jaxreg.claims.names import ALL_NORMS, ALL_PENALTIES, NORMS, PENALTIES
from jaxreg.pages.fonts import drawn, tick_names
from jaxreg.pages.style import (
    MEDIUM,
    PALETTE,
    PLAIN,
    SMALL,
    Theme,
    fitting,
    log_formatter,
    new_figure,
    percent_formatter,
    style_axes,
)

HEIGHT, WIDTH = 3.2, 4.1  # of one panel, in inches
OTHER_COLORS = (2, 3, 5)  # places in the palette, of what is no normalization
NEXT_MARKERS = "osD^vPX*"  # of what is no method
DASHES = (4, 2)
MANY = 20  # more points than this are not marked one by one
SHORT = 2.5  # powers of ten; a shorter logarithmic axis would have one or two ticks at them
NAME_LETTERS = 14  # in a line of a name on the axis
FEW_NAMES, MAX_NAMES = 6, 20  # more stand aslant where they are long; of more yet not all are named
LETTERS = 2  # of names beside each other
BESIDE = 0.14  # how far apart the points of one name are, where x are names


def draw_claim(figure: Figure, theme: Theme, lang: str) -> Canvas:
    """Returns a figure of the claims."""
    return drawn(lang, lambda shown: _draw(figure, theme, shown))


def _draw(figure: Figure, theme: Theme, lang: str) -> Canvas:
    across, down = (1, len(figure.panels)) if theme.narrow else (len(figure.panels), 1)
    canvas = new_figure(theme, max(6.4, WIDTH * across), HEIGHT * down + 0.5)
    same = len({(panel.ylabel, panel.ylog) for panel in figure.panels}) == 1
    axes = canvas.subplots(down, across, squeeze=False, sharey=same)
    for ax, panel in zip(axes.flat, figure.panels, strict=True):
        _panel(ax, panel, theme, lang)
    _legend(canvas, figure, theme, lang)
    return canvas


def _panel(ax: Axes, panel: Panel, theme: Theme, lang: str) -> None:
    style_axes(
        ax, theme, grid="y" if panel.names else "both", xlabel=panel.xlabel.to(lang), ylabel=panel.ylabel.to(lang)
    )
    ax.set_title(panel.title.to(lang), fontsize=MEDIUM, color=theme.ink)
    if panel.xlog:
        ax.set_xscale("log")
    if panel.ylog:
        ax.set_yscale("log")
    if panel.surface is not None:
        _contour(ax, panel.surface, theme)
    for index, series in enumerate(panel.series):
        if panel.names:
            _over_names(ax, panel, index, theme)
        else:
            _line(ax, series, index, theme)
    if panel.xlog:
        _log_ticks(ax.xaxis, sorted({x for series in panel.series for x in series.x}))
    if panel.ylog:
        _log_ticks(ax.yaxis)
    if panel.names:
        _name_ticks(ax, [name.to(lang) for name in panel.names])
    if panel.percent:
        ax.yaxis.set_major_formatter(percent_formatter())
    ax.minorticks_off()


def _name_ticks(ax: Axes, names: Sequence[str]) -> None:
    """Names the places of an axis; of many only some, and long ones among several aslant."""
    shown = tick_names(names)
    places = range(0, len(names), -(-len(names) // MAX_NAMES))
    aslant = len(names) > FEW_NAMES and max(map(len, shown)) > LETTERS
    slant: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if aslant else {}
    labels = [shown[place] if aslant else fill(shown[place], NAME_LETTERS) for place in places]
    ax.set_xticks(places, labels, **slant)
    ax.tick_params(axis="x", labelsize=SMALL)


def _log_ticks(axis: Axis, values: Sequence[float] = ()) -> None:
    """Gives a short logarithmic axis ticks at these values, or where they are none or many, at 1, 2 and 5."""
    low, high = axis.get_view_interval()
    axis.set_major_formatter(log_formatter())
    if math.log10(high / low) < SHORT:
        axis.set_major_locator(FixedLocator(values) if 0 < len(values) < MANY else LogLocator(subs=(1, 2, 5)))


def _look(series: Series, index: int, theme: Theme) -> tuple[str, str]:
    """Returns colour and marker of a series: those of its normalization or penalty, or the next."""
    norms = {name: theme.pick(ALL_NORMS[name].colors or PLAIN) for name in NORMS}
    others = [theme.pick(PALETTE[place]) for place in OTHER_COLORS]
    if series.key in norms:
        return norms[series.key], ALL_PENALTIES[series.marker or "none"].marker
    if series.key in PENALTIES:
        colors = (*others, theme.bad)
        return colors[list(PENALTIES).index(series.key) - 1], ALL_PENALTIES[series.key].marker
    colors = (*norms.values(), *others)
    return colors[index % len(colors)], NEXT_MARKERS[index % len(NEXT_MARKERS)]


def _line(ax: Axes, series: Series, index: int, theme: Theme) -> None:
    color, marker = _look(series, index, theme)
    if series.low is not None and series.high is not None:
        ax.fill_between(series.x, series.low, series.high, color=color, alpha=0.18, linewidth=0)
    (line,) = ax.plot(series.x, series.y, color=color, linewidth=1.6 if series.line else 0, markersize=4.5)
    if series.dashed:
        line.set_dashes(DASHES)
    if _marked(series):
        line.set_marker(marker)


def _over_names(ax: Axes, panel: Panel, index: int, theme: Theme) -> None:
    """Draws a series of bars, or of points, side by side with the panel's others; with their ranges as lines."""
    series, count = panel.series[index], len(panel.series)
    color, marker = _look(series, index, theme)
    width = 0.8 / count
    places = [x + (index - (count - 1) / 2) * (width if panel.bars else BESIDE) for x in series.x]
    if panel.bars:
        ax.bar(places, series.y, width * 0.92, color=color)
    else:
        ax.plot(places, series.y, color=color, marker=marker, linewidth=0, markersize=6)
    if series.low is not None and series.high is not None:
        width, color = (1.2, theme.ink) if panel.bars else (1.6, color)
        ax.vlines(places, series.low, series.high, color=color, linewidth=width)


def _marked(series: Series) -> bool:
    """Returns whether points are marked: those of a line only where they are few."""
    few = len(series.x) <= MANY and bool(series.label.en)
    return not series.line or (few and not series.dashed)


def _contour(ax: Axes, surface: Surface, theme: Theme) -> None:
    x, y, z = (np.array(values) for values in surface)
    low, high = float(z.min()), float(z.max())
    levels = low + (high - low) * np.array([0.005, 0.02, 0.05, 0.1, 0.18, 0.28, 0.4, 0.55, 0.75])
    ax.contour(x, y, z, levels=levels, colors=theme.muted, linewidths=0.8)
    ax.set_aspect("equal")


def _legend(canvas: Canvas, figure: Figure, theme: Theme, lang: str) -> None:
    """Names every look once, below all panels."""
    handles: dict[str, Line2D] = {}
    for panel in figure.panels:
        for index, series in enumerate(panel.series):
            name = series.label.to(lang)
            color, marker = _look(series, index, theme)
            if name and name not in handles:
                width = 7 if panel.bars else 1.8 if series.line else 0
                shown = "" if panel.bars or not _marked(series) else marker
                handles[name] = Line2D([], [], color=color, marker=shown, linewidth=width, markersize=5, label=name)
                if series.dashed:
                    handles[name].set_dashes(DASHES)
    if handles:
        canvas.legend(
            handles=list(handles.values()),
            loc="outside lower center",
            ncols=fitting(list(handles), canvas.get_figwidth()),
            frameon=False,
            fontsize=SMALL,
            labelcolor=theme.ink,
        )
