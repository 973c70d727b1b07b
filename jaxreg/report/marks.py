"""The marks that the figures of a search share: trials as points, the accuracy axis with its band, and the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxreg.records import TrialRecord
from jaxreg.report.figure_text import LABELS
from jaxreg.report.style import SMALL, Theme, marker_area, norm_color, percent_formatter, reg_marker
from jaxreg.report.summary import Axis, Summary
from jaxreg.report.wording import NORM_SHORT, REG_SHORT

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
    ax.annotate(
        text,
        at,
        xycoords=coordinates,
        xytext=offset,
        textcoords="offset points",
        fontsize=SMALL,
        color=color,
        annotation_clip=False,
        **alignment,
    )


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
    theme: Theme,
    area: float = 26,
) -> None:
    """Draws trials in their normalization's colour and their penalty's marker, hollow if they do not count."""
    groups: dict[tuple[str, str, bool], list[tuple[float, float]]] = {}
    for trial, x, y in zip(trials, xs, ys, strict=True):
        groups.setdefault((trial.norm_type, trial.reg_type, trial.diverged or trial.pruned), []).append((x, y))
    for (norm, reg, hollow), points in groups.items():
        color = norm_color(theme, norm)
        ax.scatter(
            [x for x, _ in points],
            [y for _, y in points],
            s=marker_area(reg, area),
            marker=reg_marker(reg),
            facecolor="none" if hollow else color,
            edgecolor=color if hollow else theme.background,
            linewidth=1.3 if hollow else 0.5,
            alpha=0.85,
            zorder=3,
            rasterized=len(trials) > RASTER_TRIALS,
        )


def norm_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of colours, as bars, so that no marker is mistaken for a penalty's."""
    names = NORM_SHORT[summary.lang]
    return [
        Line2D([], [], color=norm_color(theme, n), linewidth=7, solid_capstyle="butt", label=names.get(n, n))
        for n in summary.norm_types
    ]


def reg_keys(reg_types: Sequence[str], theme: Theme, lang: str) -> list[Line2D]:
    """Returns the key of markers."""
    return [reg_key(reg, REG_SHORT[lang].get(reg, reg), theme) for reg in reg_types]


def reg_key(reg_type: str, label: str, theme: Theme) -> Line2D:
    """Returns the key of one penalty's marker."""
    return Line2D([], [], color=theme.muted, marker=reg_marker(reg_type), markersize=6.5, linestyle="", label=label)


def lost_keys(summary: Summary, theme: Theme) -> list[Line2D]:
    """Returns the key of hollow markers, if there are any."""
    lost = (("diverged", summary.num_diverged), ("pruned", summary.num_pruned))
    label = LABELS[summary.lang].get("_".join(kind for kind, count in lost if count), "")
    hollow = Line2D([], [], color=theme.muted, marker="o", markerfacecolor="none", linestyle="", label=label)
    return [hollow] if label else []


def legend(fig: Figure, handles: list[Line2D], theme: Theme) -> None:
    """Puts a key above the axes, in rows that fit the figure's width."""
    wide = fig.get_figwidth() > 7
    if handles:
        fig.legend(
            handles=handles,
            loc="outside upper left",
            ncols=len(handles) if wide or len(handles) <= 5 else 4,
            frameon=False,
            fontsize=SMALL,
            labelcolor=theme.ink,
            handlelength=1.0,
            handletextpad=0.5,
            columnspacing=1.4,
            borderaxespad=0.2,
        )
