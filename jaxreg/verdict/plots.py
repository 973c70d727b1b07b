"""The figures of a verdict: every combination with its interval, the main effects, and what tuning was worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from jaxreg.report.marks import legend, reg_key
from jaxreg.report.style import (
    MEDIUM,
    Theme,
    drawn,
    new_figure,
    norm_color,
    percent_formatter,
    reg_marker,
    style_axes,
)
from jaxreg.stats.judgement import Contrast
from jaxreg.verdict.page_text import TEXT
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.texts import NAMES
from jaxreg.verdict.words import name_cell

FIGURES = ("cells", "effects", "budget")


def draw_verdict(results: VerdictResults, name: str, theme: Theme, lang: str) -> Figure:
    """Returns one of FIGURES."""
    draw: dict[str, Callable[[VerdictResults, Theme, str], Figure]] = {
        "cells": _cells,
        "effects": _effects,
        "budget": _budget,
    }
    return drawn(lang, lambda shown: draw[name](results, theme, shown))


def _cells(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the mean of each combination with its interval, the best on top, above the runs behind it."""
    scores = results.judgement.cells
    fig = new_figure(theme, 8.4, 1.2 + 0.36 * len(scores))
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="x", xlabel=TEXT[lang]["cells_axis"])
    for y, score in enumerate(scores):
        color, marker = norm_color(theme, score.cell.norm_type), reg_marker(score.cell.reg_type)
        runs = [run.test_accuracy for run in results.runs if (run.norm_type, run.reg_type) == score.cell]
        ax.scatter(runs, [y] * len(runs), s=9, color=color, alpha=0.35, linewidth=0, zorder=2)
        if score.test.low is not None and score.test.high is not None:
            ax.plot([score.test.low, score.test.high], [y, y], color=color, linewidth=2.2, zorder=3)
        ax.scatter([score.test.value], [y], s=62, color=color, marker=marker, edgecolor=theme.background, zorder=4)
    _rows(ax, [name_cell(score.cell, lang) for score in scores])
    ax.xaxis.set_major_formatter(percent_formatter())
    return fig


def _rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)


def _effects(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the main effects of normalizations and of penalties with their intervals, and the band of equivalence."""
    judgement, names = results.judgement, NAMES[lang]
    rows: list[tuple[str, Contrast]] = []
    for family, prefix in ((judgement.normalizations, "norm_"), (judgement.penalties, "reg_")):
        rows += [(f"{names[prefix + c.left]} − {names[prefix + c.right]}", c) for c in family.contrasts]
    fig = new_figure(theme, 8.4, 1.2 + 0.36 * max(len(rows), 1))
    ax = fig.add_subplot()
    style_axes(ax, theme, grid="x", xlabel=TEXT[lang]["effects_axis"])
    ax.axvspan(-judgement.margin, judgement.margin, color=theme.band, zorder=0)
    ax.axvline(0, color=theme.muted, linewidth=0.9, zorder=1)
    for y, (_, contrast) in enumerate(rows):
        decided = contrast.decision in ("better", "worse")
        color = theme.ink if decided else theme.muted
        difference = contrast.difference
        if difference.low is not None and difference.high is not None:
            ax.plot([difference.low, difference.high], [y, y], color=color, linewidth=2.2, zorder=3)
        face: dict[str, Any] = {"facecolor": color if decided else theme.background, "edgecolor": color}
        ax.scatter([difference.value], [y], s=52, linewidth=1.6, zorder=4, **face)
    _rows(ax, [name for name, _ in rows])
    ax.xaxis.set_major_formatter(percent_formatter())
    return fig


def _budget(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the expected best of m trials of each combination, one panel a normalization."""
    norms = list(dict.fromkeys(cell.norm_type for cell in results.expected_best))
    fig = new_figure(theme, 8.4, 3.3)
    panels = fig.subplots(1, len(norms), sharey=True, squeeze=False)[0]
    for ax, norm in zip(panels, norms, strict=True):
        style_axes(ax, theme, xlabel=TEXT[lang]["budget_axis"])
        ax.set_title(NAMES[lang][f"norm_{norm}"], fontsize=MEDIUM, color=theme.ink)
        for cell, values in results.expected_best.items():
            if cell.norm_type == norm:
                style: dict[str, Any] = {"marker": reg_marker(cell.reg_type), "markersize": 4, "linewidth": 1.2}
                ax.plot(range(1, len(values) + 1), values, color=norm_color(theme, norm), **style)
        ax.yaxis.set_major_formatter(percent_formatter())
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    panels[0].set_ylabel(TEXT[lang]["budget_value"], fontsize=MEDIUM, color=theme.muted)
    regs = dict.fromkeys(cell.reg_type for cell in results.expected_best)
    legend(fig, [reg_key(reg, NAMES[lang][f"reg_{reg}"], theme) for reg in regs], theme)
    return fig
