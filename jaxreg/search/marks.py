"""The marks that the figures of a search share: trials as points, the accuracy axis with its band, and the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.lines import Line2D

from jaxreg.pages.style import (
    SMALL,
    Theme,
    cell_color,
    cell_marker,
    marker_area,
    method_color,
    percent_formatter,
)
from jaxreg.pages.wording import DIVERGED, PRUNED
from jaxreg.records import TrialRecord
from jaxreg.search import figure_text as words
from jaxreg.search.summary import Axis, Summary

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison

BAND = 0.1  # height of the band for trials below the axis, as a share of the range shown
RASTER_TRIALS = 1500  # so many markers are drawn as pixels, also in an SVG


def note(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    coordinates: tuple[str, str],
    offset: tuple[float, float],
    color: str,
    **alignment: Any,
) -> None:
    """Writes a small text `offset` points from a place."""
    place: dict[str, Any] = {
        "xycoords": coordinates,
        "xytext": offset,
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    ax.annotate(text, at, fontsize=SMALL, color=color, **place, **alignment)


def focus(ticks: XAxis | YAxis, set_limits: Callable[[float, float], Any], axis: Axis) -> float:
    """Limits an accuracy axis to its useful range and a band below it, where needed; returns its lower end."""
    bottom = axis.low - BAND * (axis.high - axis.low) if axis.below else axis.low
    set_limits(bottom, axis.high)
    ticks.set_major_formatter(percent_formatter())
    if axis.below:
        inside = [t for t in ticks.get_majorticklocs() if axis.low <= t <= axis.high]
        middle = (bottom + axis.low) / 2
        inside = [t for t in inside if t - middle > 1.2 * (axis.low - bottom)]
        ticks.set_ticks([middle, *inside], [f"< {100 * axis.low:g}", *(f"{100 * t:g}" for t in inside)])
        ticks.get_major_ticks()[0].gridline.set_visible(False)
    set_limits(bottom, axis.high)
    return bottom


def shown(trials: Sequence[TrialRecord], axis: Axis) -> list[float]:
    """Returns where the trials lie on the accuracy axis: those below it in the middle of its band."""
    band = axis.low - 0.5 * BAND * (axis.high - axis.low)
    return [t.trial_valid_accuracy if t.trial_valid_accuracy >= axis.low else band for t in trials]


def scatter(
    ax: Axes,
    trials: Sequence[TrialRecord],
    xs: Sequence[float],
    ys: Sequence[float],
    look: tuple[Theme, Comparison],
    area: float = 26,
) -> None:
    """Draws trials in the colours and markers of their cells, hollow if they do not count."""
    theme, comparison = look
    groups: dict[tuple[str, str, bool], list[tuple[float, float]]] = {}
    for trial, x, y in zip(trials, xs, ys, strict=True):
        kind = cell_color(theme, comparison, trial.cell), cell_marker(comparison, trial.cell)
        groups.setdefault((*kind, not trial.counts), []).append((x, y))
    for (color, marker, hollow), points in groups.items():
        ax.scatter(
            [x for x, _ in points],
            [y for _, y in points],
            s=marker_area(marker, area),
            marker=marker,
            facecolor="none" if hollow else color,
            edgecolor=color if hollow else theme.background,
            linewidth=1.3 if hollow else 0.5,
            alpha=0.85,
            zorder=3,
            rasterized=len(trials) > RASTER_TRIALS,
        )


def color_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of the first factor's colours, as bars, so that none is mistaken for a marker."""
    factor, methods = summary.comparison.factors[0]
    return [
        Line2D(
            [],
            [],
            color=method_color(theme, summary.comparison, factor.name, method.name),
            linewidth=7,
            solid_capstyle="butt",
            label=method.label.to(summary.lang),
        )
        for method in methods
    ]


def lost_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of hollow markers, if there are any."""
    if not summary.num_diverged + summary.num_pruned:
        return []
    either = DIVERGED if not summary.num_pruned else PRUNED
    label = (words.DIVERGED_PRUNED if summary.num_diverged and summary.num_pruned else either).to(summary.lang)
    return [Line2D([], [], color=theme.muted, marker="o", markerfacecolor="none", linestyle="", label=label)]
