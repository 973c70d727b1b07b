"""The figures of the search: each function turns a part of a `Summary` into a matplotlib `Figure`, without pyplot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from jaxreg.report.figure_text import LABELS
from jaxreg.report.marks import focus, legend, lost_keys, norm_keys, note, reg_keys, scatter, shown
from jaxreg.report.style import (
    LARGE,
    MEDIUM,
    Theme,
    drawn,
    new_figure,
    norm_color,
    readable,
    reg_marker,
    style_axes,
)
from jaxreg.report.summary import FEW_TRIALS, FigureName, Group, Panel, Relation, Summary
from jaxreg.report.winner_plots import draw_confusion, draw_training_curve
from jaxreg.report.wording import NORM_SHORT, PARAMETERS, REG_SHORT, counted, percent, scientific

TILE = 8.5  # font size in a tile
GOLDEN = (sqrt(5.0) - 1.0) / 2.0


def draw(summary: Summary, name: FigureName, theme: Theme) -> Figure:
    """Returns one of the figures that `summary.figures` names, in the summary's language where a font has it."""
    return drawn(summary.lang, lambda lang: _draw(replace(summary, lang=lang), name, theme))


def _draw(summary: Summary, name: FigureName, theme: Theme) -> Figure:
    simple: dict[FigureName, Callable[[Summary, Theme], Figure]] = {
        "cells": draw_cells,
        "history": draw_history,
        "distribution": draw_distribution,
        "importance": draw_importance,
        "training_curve": draw_training_curve,
        "confusion": draw_confusion,
    }
    if name in simple:
        return simple[name](summary, theme)
    return draw_relation(summary, summary.relations[name], theme)


def draw_cells(summary: Summary, theme: Theme) -> Figure:
    """Draws the best accuracy of each cell as tiles, normalizations down and penalties across."""
    rows, columns, lang = summary.norm_types, summary.reg_types, summary.lang
    fig = new_figure(theme, 1.1 + 1.35 * max(2, len(columns)), 0.65 + 0.95 * len(rows))
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="")
    bests = [c.best for c in summary.cells if c.best is not None]
    low = max(min(bests, default=0.0), summary.axis.low)
    high = max(bests, default=1.0)
    scale = LinearSegmentedColormap.from_list("good", [theme.band, theme.good])
    for i, norm in enumerate(rows):
        for j, reg in enumerate(columns):
            cell = summary.cell(norm, reg)
            shade = 0.0 if cell.best is None else 0.1 + 0.9 * max(0.0, cell.best - low) / max(high - low, 1e-9)
            is_winner = summary.winner is not None and summary.winner.trial.number == cell.best_trial
            _tile(ax, (j, i), cell, (theme, lang), scale(shade), is_winner)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    for j, reg in enumerate(columns):
        _key(ax, j - 0.38, -0.64, theme.ink, reg_marker(reg))
        ax.text(j - 0.26, -0.64, REG_SHORT[lang].get(reg, reg), va="center", fontsize=MEDIUM, color=theme.ink)
    for i, norm in enumerate(rows):
        _key(ax, -0.6, i, norm_color(theme, norm), "o")
        ax.text(-0.7, i, NORM_SHORT[lang].get(norm, norm), ha="right", va="center", fontsize=MEDIUM, color=theme.ink)
    return fig


def _tile(
    ax: Axes,
    at: tuple[float, float],
    cell: Group,
    look: tuple[Theme, str],
    color: tuple[float, float, float, float],
    is_winner: bool,
) -> None:
    """Draws one cell: its best in large type, its median and number of trials; hatched where trials are few."""
    (x, y), (theme, lang) = at, look
    face = theme.background if cell.best is None else color
    ink = readable(face)
    edge, line_width = (theme.ink, 2.6) if is_winner else (theme.grid, 0.8)
    ax.add_patch(_rounded(x, y, facecolor=face, edgecolor=edge, linewidth=line_width))
    if cell.few or cell.best is None:
        ax.add_patch(_rounded(x, y, facecolor="none", edgecolor=ink, alpha=0.24, hatch="///", linewidth=0))
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TILE, "color": ink}
    if cell.best is None or cell.median is None:
        ax.text(x, y, LABELS[lang]["not_tried"], **(centred | {"color": theme.muted}))
        return
    if is_winner:
        ax.text(x - 0.38, y - 0.34, "★", **centred)
    ax.text(x, y - 0.16, percent(cell.best), **(centred | {"fontsize": LARGE, "weight": "bold"}))
    ax.text(x, y + 0.1, f"{LABELS[lang]['median']} {percent(cell.median)}", **centred)
    trials = counted(cell.count, "trial", lang)
    text = LABELS[lang]["only"].format(trials=trials) if cell.few else trials
    ax.text(x, y + 0.29, text, style="italic" if cell.few else "normal", **centred)


def _rounded(x: float, y: float, **style: Any) -> FancyBboxPatch:
    """Returns the shape of a tile centred at a point."""
    return FancyBboxPatch((x - 0.46, y - 0.45), 0.92, 0.9, boxstyle="round,pad=0,rounding_size=0.05", **style)


def _key(ax: Axes, x: float, y: float, color: str, marker: str) -> None:
    """Draws the sign of a normalization or penalty beside its name, outside the axes."""
    ax.scatter([x], [y], s=55, color=color, marker=marker, clip_on=False, zorder=5)


def draw_history(summary: Summary, theme: Theme) -> Figure:
    """Draws every trial in order, with the best so far as a step line and the winner ringed."""
    labels = LABELS[summary.lang]
    fig = new_figure(theme, 8.4, 4.7)
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="y", xlabel=labels["trial_number"], ylabel=labels["accuracy_axis"])
    axis = summary.axis
    bottom = focus(ax.yaxis, ax.set_ylim, axis)
    if axis.below:
        ax.axhspan(bottom, axis.low, color=theme.band, zorder=0)
        place = ((1.0, (bottom + axis.low) / 2), ("axes fraction", "data"))
        note(ax, counted(axis.below, "trial", summary.lang), *place, (-6, 0), theme.muted, ha="right", va="center")
    numbers = [t.number for t in summary.trials]
    scatter(ax, summary.trials, numbers, shown(summary.trials, axis), theme, area=34)
    known = [(n, b) for n, b in zip(summary.history.numbers, summary.history.best_so_far, strict=True) if b is not None]
    if known:
        x, y = [n for n, _ in known], [b for _, b in known]
        ax.step(x, y, where="post", color=theme.ink, linewidth=1.6, zorder=2.5)
        winner = summary.history.improved[-1]
        ax.scatter([winner], [y[-1]], s=130, facecolor="none", edgecolor=theme.ink, linewidth=1.5, zorder=5)
        text = labels["best_so_far"].format(accuracy=percent(y[-1]))
        note(ax, text, (x[-1], y[-1]), ("data", "data"), (0, 5), theme.ink, ha="right", va="bottom")
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    penalties = reg_keys(summary.reg_types, theme, summary.lang)
    legend(fig, [*norm_keys(summary, theme), *penalties, *lost_keys(summary, theme)], theme)
    return fig


def draw_distribution(summary: Summary, theme: Theme) -> Figure:
    """Draws every trial of each cell along the accuracy axis, with quartile bar and median where trials are enough."""
    labels, norms, regs = LABELS[summary.lang], NORM_SHORT[summary.lang], REG_SHORT[summary.lang]
    rows, per_norm = len(summary.cells), len(summary.reg_types)
    fig = new_figure(theme, 8.4, 1.2 + 0.42 * rows)
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="x", xlabel=labels["accuracy_axis"])
    left = focus(ax.xaxis, ax.set_xlim, summary.axis)
    if summary.axis.below:
        ax.axvspan(left, summary.axis.low, color=theme.band, zorder=0)
    for row, cell in enumerate(summary.cells):
        _strip(ax, row, cell, summary, theme)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_yticks(range(rows), [regs.get(c.reg_type or "", c.reg_type or "") for c in summary.cells])
    for i, norm in enumerate(summary.norm_types):
        if i:
            ax.axhline(i * per_norm - 0.5, color=theme.muted, linewidth=0.6)
        place = ((0.0, (i + 0.5) * per_norm - 0.5), ("axes fraction", "data"))
        note(
            ax, norms.get(norm, norm), *place, (-88, 0), theme.ink, rotation=90, ha="center", va="center", weight="bold"
        )
    median = Line2D([], [], color=theme.ink, marker="|", markersize=11, markeredgewidth=2.2, linestyle="")
    median.set_label(labels["median"])
    half = Line2D([], [], color=theme.ink, alpha=0.25, linewidth=5, label=labels["middle_half"])
    legend(fig, [median, half, *lost_keys(summary, theme)], theme)
    return fig


def _strip(ax: Axes, row: int, cell: Group, summary: Summary, theme: Theme) -> None:
    """Draws the trials of one cell in a row, spread a little so that they do not hide each other."""
    members = [t for t in summary.trials if (t.norm_type, t.reg_type) == (cell.norm_type, cell.reg_type)]
    spread = [row + 0.5 * ((k * GOLDEN) % 1.0 - 0.5) for k in range(len(members))]
    scatter(ax, members, shown(members, summary.axis), spread, theme)
    if cell.median is not None and cell.count >= FEW_TRIALS:
        low, high = np.quantile(cell.accuracies, [0.25, 0.75])
        ax.plot([low, high], [row, row], color=theme.ink, linewidth=5, alpha=0.25, solid_capstyle="butt", zorder=4)
        ax.plot([cell.median] * 2, [row - 0.34, row + 0.34], color=theme.ink, linewidth=2.2, zorder=5)
    size = LABELS[summary.lang]["few"].format(count=cell.count) if cell.few else f"n = {cell.count}"
    note(ax, size, (1.0, row), ("axes fraction", "data"), (6, 0), theme.muted, va="center")


def draw_relation(summary: Summary, relation: Relation, theme: Theme) -> Figure:
    """Draws accuracy against one hyperparameter on a logarithmic axis, one panel below another."""
    labels, panels = LABELS[summary.lang], relation.panels
    fig = new_figure(theme, 5.8, 1.3 + 1.65 * len(panels))
    axes = fig.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    axes[0].set_xscale("log")
    steps = (1.0, 2.0, 5.0) if relation.parameter == "learning_rate" else (1.0,)  # its range is about a decade
    axes[0].xaxis.set_major_locator(LogLocator(subs=steps))
    axes[0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: scientific(value).replace(".0e", "e")))
    axes[0].xaxis.set_minor_locator(NullLocator())
    for ax, panel in zip(axes, panels, strict=True):
        style_axes(ax, theme)
        bottom = focus(ax.yaxis, ax.set_ylim, summary.axis)
        if summary.axis.below:
            ax.axhspan(bottom, summary.axis.low, color=theme.band, zorder=0)
        _draw_panel(ax, panel, relation, summary, theme)
    axes[-1].set_xlabel(PARAMETERS[summary.lang][relation.parameter], fontsize=MEDIUM, color=theme.muted)
    fig.supylabel(labels["accuracy_axis"], fontsize=MEDIUM, color=theme.muted)
    trend = Line2D([], [], color=theme.ink, linewidth=2.0, label=labels["trend"])
    penalties = [r for r in summary.reg_types if r != "none" or relation.parameter != "reg_lambda"]
    keys = norm_keys(summary, theme) if relation.by == "reg_type" else reg_keys(penalties, theme, summary.lang)
    legend(fig, [*keys, trend, *lost_keys(summary, theme)], theme)
    return fig


def _draw_panel(ax: Axes, panel: Panel, relation: Relation, summary: Summary, theme: Theme) -> None:
    xs = [getattr(t, relation.parameter) for t in panel.trials]
    scatter(ax, panel.trials, xs, shown(panel.trials, summary.axis), theme)
    for low, high, middle in panel.trend:
        if middle >= summary.axis.low:
            ax.plot([low, high], [middle, middle], color=theme.ink, linewidth=2.0, solid_capstyle="butt", zorder=4)
    names = (NORM_SHORT if relation.by == "norm_type" else REG_SHORT)[summary.lang]
    text = f"{names.get(panel.value, panel.value)}  (n = {panel.count})"
    ax.set_title(text, loc="left", fontsize=MEDIUM, color=theme.ink, pad=4)


def draw_importance(summary: Summary, theme: Theme) -> Figure:
    """Draws the share of each hyperparameter as bars, the largest on top, and marks what chance alone gives."""
    found, labels = summary.importance, LABELS[summary.lang]
    assert found is not None
    ranked = sorted(found.shares, key=found.shares.__getitem__)
    shares, marks = [found.shares[n] for n in ranked], [found.by_chance[n] for n in ranked]
    fig = new_figure(theme, 5.8, 1.1 + 0.5 * len(ranked))
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="")
    colors = [theme.muted if found.tells(n) else theme.grid for n in ranked]
    ax.barh([PARAMETERS[summary.lang][n] for n in ranked], shares, color=colors, height=0.6)
    (chance,) = ax.plot(marks, range(len(marks)), "|", color=theme.bad, markersize=17, markeredgewidth=2.4, zorder=4)
    chance.set_label(labels["by_chance"])
    for row, (share, mark) in enumerate(zip(shares, marks, strict=True)):
        size = labels["share"].format(share=percent(share, 0), chance=percent(mark, 0))
        note(ax, size, (max(share, mark), row), ("data", "data"), (6, 0), theme.ink, va="center")
    ax.set_xlim(0, 1.5 * max(*shares, *marks))
    legend(fig, [chance], theme)
    ax.set_xticks([])
    ax.tick_params(axis="y", labelsize=MEDIUM)
    return fig
