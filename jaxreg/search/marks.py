"""What the figures of a search have in common: its trials as marks, axes of scores, and the keys of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from jaxreg.pages.measure import Measure
from jaxreg.pages.style import MARKER_AREAS, SMALL, Theme, cell_color, cell_marker, method_color, percent_formatter
from jaxreg.pages.wording import DIVERGED, PRUNED
from jaxreg.records import TrialRecord
from jaxreg.search.summary import Axis, Summary
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison

Point = tuple[float, float]
Numbers = Sequence[float]
BAND = 0.1  # height of the band for trials below the axis, as a share of the range shown
RASTER_TRIALS = 1500  # so many markers are drawn as pixels, also in an SVG
DIVERGED_PRUNED = Text("diverged or pruned", "발산 또는 가지치기")


def note(ax: Axes, text: str, at: Point, coordinates: tuple[str, str], offset: Point, color: str, **look: Any) -> None:
    """Writes a small text `offset` points from a place."""
    place: dict[str, Any] = {"xycoords": coordinates, "xytext": offset, "textcoords": "offset points"}
    ax.annotate(text, at, fontsize=SMALL, color=color, annotation_clip=False, **place, **look)


def focus(ax: Axes, axis: Axis, theme: Theme, measure: Measure, *, upright: bool = True) -> float:
    """Limits an axis of scores to its useful range and a shaded band below it, where needed; returns its lower end."""
    ticks, set_limits, shade = (ax.yaxis, ax.set_ylim, ax.axhspan) if upright else (ax.xaxis, ax.set_xlim, ax.axvspan)
    bottom = axis.low - BAND * (axis.high - axis.low) if axis.below else axis.low
    set_limits(bottom, axis.high)
    ticks.set_major_formatter(percent_formatter() if measure.is_share else FuncFormatter(lambda y, _: f"{-y:.4g}"))
    factor, sign = (100, "<") if measure.is_share else (-1, ">")
    if axis.below:
        middle = (bottom + axis.low) / 2
        farther = max(axis.low, middle + 1.2 * (axis.low - bottom))
        inside = [t for t in ticks.get_majorticklocs() if farther < t <= axis.high]
        ticks.set_ticks([middle, *inside], [f"{sign} {factor * axis.low:g}", *(f"{factor * t:.6g}" for t in inside)])
        ticks.get_major_ticks()[0].gridline.set_visible(False)
        shade(bottom, axis.low, color=theme.band, zorder=0)
    set_limits(bottom, axis.high)
    return bottom


def shown(trials: Sequence[TrialRecord], axis: Axis) -> list[float]:
    """Returns where the trials lie on the axis of scores: those below it in the middle of its band."""
    band = axis.low - 0.5 * BAND * (axis.high - axis.low)
    return [t.score if t.score >= axis.low else band for t in trials]


def scatter(
    ax: Axes,
    trials: Sequence[TrialRecord],
    xs: Numbers,
    ys: Numbers,
    ground: tuple[Theme, Comparison],
    area: float = 26,
) -> None:
    """Draws trials in the colours and markers of their cells, hollow if they do not count."""
    theme, comparison = ground
    groups: dict[tuple[str, str, bool], list[tuple[float, float]]] = {}
    for trial, x, y in zip(trials, xs, ys, strict=True):
        kind = cell_color(theme, comparison, trial.cell), cell_marker(comparison, trial.cell)
        groups.setdefault((*kind, not trial.counts), []).append((x, y))
    for (color, marker, hollow), points in groups.items():
        size, pixels = area * MARKER_AREAS.get(marker, 1.0), len(trials) > RASTER_TRIALS
        face, edge, width = ("none", color, 1.3) if hollow else (color, theme.background, 0.5)
        look: dict[str, Any] = {"facecolor": face, "edgecolor": edge, "linewidth": width, "alpha": 0.85, "zorder": 3}
        across, up = zip(*points, strict=True)
        ax.scatter(across, up, s=size, marker=marker, rasterized=pixels, **look)


def color_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of the first factor's colours, as bars, so that none is mistaken for a marker."""
    factor, methods = summary.comparison.factors[0]
    colors = [method_color(theme, summary.comparison, factor.name, method.name) for method in methods]
    return [
        Line2D([], [], color=color, linewidth=7, solid_capstyle="butt", label=method.label.to(summary.lang))
        for method, color in zip(methods, colors, strict=True)
    ]


def lost_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of hollow markers, if there are any."""
    diverged = any(trial.diverged for trial in summary.trials)
    pruned = any(trial.pruned and not trial.diverged for trial in summary.trials)
    if not (diverged or pruned):
        return []
    text = (DIVERGED_PRUNED if diverged and pruned else DIVERGED if diverged else PRUNED).to(summary.lang)
    return [Line2D([], [], color=theme.muted, marker="o", markerfacecolor="none", linestyle="", label=text)]
