"""The figures of a verdict: every cell with its interval, the main effects, and what tuning was worth."""

import itertools
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from jaxreg.methods.comparison import Comparison
from jaxreg.pages.fonts import drawn
from jaxreg.pages.style import (
    MEDIUM,
    Theme,
    cell_color,
    cell_marker,
    legend,
    log_formatter,
    marker_keys,
    new_axes,
    new_figure,
    percent_formatter,
    style_axes,
)
from jaxreg.records import Cell
from jaxreg.stats.judgement import Contrast, Estimate
from jaxreg.text import NOTHING, Text, joined, same
from jaxreg.verdict.dose import Dose
from jaxreg.verdict.forms import effects, form_of, margins, telling
from jaxreg.verdict.results import VerdictResults

PANELS = 4  # in a row
BLOCKS_BELOW = 0.24  # of a row, where its blocks stand below its interval
MANY_ROWS = 12  # more stand closer
LETTERS, NARROW_LETTERS = 48, 22  # in a line of a name beside a row, of which there are two
BEST_AXIS = Text("distance from the best of the others", "나머지 중 최고와의 차이")
EFFECTS_AXIS = Text("difference of {score}", "{score} 차이")
DOSE_AXIS = Text("against none", "없을 때와의 차이")
BUDGET_VALUE = Text("expected best", "최고의 기댓값")


def figures(results: VerdictResults) -> tuple[str, ...]:
    """Returns the names of a verdict's figures: main effects are there where factors cross."""
    there: dict[str, object] = {"best": results.judgement.best.distances, "cells": True, "effects": effects(results)}
    there["dose"] = results.doses
    return tuple(name for name, is_there in (there | {"budget": results.tuned}).items() if is_there)


def draw_verdict(results: VerdictResults, name: str, theme: Theme, lang: str) -> Figure:
    """Returns one of its figures."""
    draw = {"best": _best, "cells": _cells, "effects": _effects, "dose": _dose, "budget": _budget}[name]
    return drawn(lang, lambda shown: draw(results, theme, shown))


def _best(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws how far each cell may be from the best of the others, those that may be best in their colours."""
    comparison, best = results.comparison, results.judgement.best
    names = [_name(comparison, distance.cell, theme).to(lang) for distance in best.distances]
    fig, ax = _rows(results, names, theme, joined([BEST_AXIS, form_of(results.judgement).unit], "").to(lang))
    margin = min(margins(results))
    ax.axvspan(-margin, margin, color=theme.band, zorder=0)
    ax.axvline(0, color=theme.muted, linewidth=0.9, zorder=1)
    for y, distance in enumerate(best.distances):
        may_be_best = distance.cell in best.candidates
        color = cell_color(theme, comparison, distance.cell) if may_be_best else theme.muted
        _interval(ax, y, distance.difference, color, 2.2)
        face: dict[str, Any] = {"facecolor": color if may_be_best else theme.background, "edgecolor": color}
        marker = cell_marker(comparison, distance.cell)
        ax.scatter([distance.difference.value], [y], s=52, marker=marker, linewidth=1.4, zorder=4, **face)
    return fig


def _cells(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the mean of each cell with its interval, the best on top, and its blocks below."""
    comparison, scores = results.comparison, results.judgement.cells
    names = [_name(comparison, score.cell, theme).to(lang) for score in scores]
    fig, ax = _rows(results, names, theme, joined([results.score, _unit(results)], "").to(lang))
    for y, score in enumerate(scores):
        color, marker = cell_color(theme, comparison, score.cell), cell_marker(comparison, score.cell)
        below = [y + BLOCKS_BELOW] * len(score.by_block)
        ax.scatter(score.by_block, below, s=9, color=color, alpha=0.6, linewidth=0, zorder=2)
        _interval(ax, y, score.test, color, 2.2)
        ax.scatter([score.test.value], [y], s=62, color=color, marker=marker, edgecolor=theme.background, zorder=4)
    return fig


def _unit(results: VerdictResults) -> Text:
    """Returns what stands behind the name of a score on an axis."""
    return same(" (%)") if results.judgement.are_shares else NOTHING


def _interval(ax: Axes, y: int, estimate: Estimate, color: str, linewidth: float) -> None:
    """Draws an interval, where there is one."""
    if estimate.interval is not None:
        ax.plot(estimate.interval, [y, y], color=color, linewidth=linewidth, solid_capstyle="butt", zorder=3)


def _name(comparison: Comparison, cell: Cell, theme: Theme) -> Text:
    """Returns what a cell is called; in short where there is little room."""
    return comparison.label(cell) if theme.narrow else comparison.text(cell)


def two_lines(name: str, letters: int) -> str:
    r"""Returns a name in at most two lines; of a longer one its start and its end, in which many differ.

    >>> two_lines("batch normalization", 13), two_lines("a" * 20 + "b" * 20, 6)
    ('batch\nnormalization', 'aaaaa…\nbbbbbb')
    """
    lines = wrap(name, letters)
    return "\n".join(lines if len(lines) < 3 else [f"{name[: letters - 1]}…", name[-letters:]])


def _rows(results: VerdictResults, names: list[str], theme: Theme, xlabel: str) -> tuple[Figure, Axes]:
    """Returns a figure of named rows against scores; where they are many, they stand closer if their names allow it."""
    rows, shown = len(names), [two_lines(name, NARROW_LETTERS if theme.narrow else LETTERS) for name in names]
    closer = 0.36 if any("\n" in name for name in shown) else 0.22
    height = 1.2 + 0.36 * min(rows, MANY_ROWS) + closer * max(rows - MANY_ROWS, 0)
    fig, ax = new_axes(theme, 8.4, height, grid="x", xlabel=xlabel)
    ax.set_yticks(range(rows), shown)
    ax.set_ylim(rows - 0.5, -0.5)
    _in_percent(ax.xaxis, results)
    return fig, ax


def _in_percent(axis: Axis, results: VerdictResults) -> None:
    """Writes shares in per cent; other scores stay as they are."""
    if results.judgement.are_shares:
        axis.set_major_formatter(percent_formatter())


def _effects(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the main effects of each factor with their intervals, and the bands of equivalence."""
    rows = _effect_rows(results, theme, lang)
    label = joined([EFFECTS_AXIS.format(score=results.score), form_of(results.judgement).unit], "")
    fig, ax = _rows(results, [name for name, _ in rows], theme, label.to(lang))
    ax.axvline(0, color=theme.muted, linewidth=0.9, zorder=1)
    for y, (_, contrast) in enumerate(rows):
        ax.fill_between([-contrast.margin, contrast.margin], y - 0.5, y + 0.5, color=theme.band, linewidth=0, zorder=0)
        color = theme.ink if contrast.decided else theme.muted
        _interval(ax, y, contrast.difference, color, 1.2)
        if contrast.narrow:
            ax.plot(contrast.narrow, [y, y], color=color, linewidth=3.2, zorder=3)
        face: dict[str, Any] = {"facecolor": color if contrast.decided else theme.background, "edgecolor": color}
        ax.scatter([contrast.difference.value], [y], s=52, linewidth=1.6, zorder=4, **face)
    return fig


def _effect_rows(results: VerdictResults, theme: Theme, lang: str) -> list[tuple[str, Contrast]]:
    rows = []
    for factor, family in effects(results):
        for contrast in telling(family):
            levels = (results.comparison.method(factor.name, name) for name in (contrast.left, contrast.right))
            names = (method.label if theme.narrow else method.text for method in levels)
            rows.append((" − ".join(name.to(lang) for name in names), contrast))
    return rows


def _dose(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws what each method brings by its strength, one panel for what cells of the last factor's methods share."""
    comparison, doses = results.comparison, results.doses
    shared = list(dict.fromkeys((dose.cell[:-1], dose.param) for dose in doses))
    label = joined([DOSE_AXIS, form_of(results.judgement).unit], "")
    fig, panels = _panels(theme, len(shared), label.to(lang))
    for (ax, beside), (first, param) in zip(panels, shared, strict=True):
        own = [dose for dose in doses if (dose.cell[:-1], dose.param) == (first, param)]
        style_axes(ax, theme, xlabel=comparison.param(param).to(lang), ylabel=beside)
        title = [method.text.to(lang) for method in comparison.methods(own[0].cell)[:-1]]
        ax.set_title(" + ".join(title), fontsize=MEDIUM, color=theme.ink)
        if comparison.space[param].log:
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter(log_formatter())
        ax.axhline(0, color=theme.muted, linewidth=0.9, zorder=1)
        for place, dose in enumerate(own):
            _draw_dose(ax, dose, (place + 1) / (len(own) + 1), comparison, theme)
        _in_percent(ax.yaxis, results)
    drawn_methods = [m for m in comparison.factors[-1][1] if any(dose.cell[-1] == m.name for dose in doses)]
    legend(fig, marker_keys(comparison, drawn_methods, theme, lang), theme)
    return fig


def _panels(theme: Theme, count: int, ylabel: str) -> tuple[Figure, list[tuple[Axes, str]]]:
    """Returns a figure of so many panels that share their scale, and their axes, each with what it says beside it."""
    across = 1 if theme.narrow else min(count, PANELS)
    down = -(-count // across)
    fig = new_figure(theme, 8.4, 0.4 + 2.9 * down)
    panels = fig.subplots(down, across, sharey=True, squeeze=False).flat
    for ax in panels[count:]:
        ax.set_visible(False)
    return fig, [(ax, ylabel * (place % across == 0)) for place, ax in enumerate(panels[:count])]


def _draw_dose(ax: Axes, dose: Dose, aside: float, comparison: Comparison, theme: Theme) -> None:
    """Draws the means of the parts with their intervals, each a little aside, so that methods stand side by side."""
    color, given = cell_color(theme, comparison, dose.cell), comparison.space[dose.param]
    at = [given._replace(low=low, high=high).at(aside) for low, high in itertools.pairwise(dose.ends)]
    ax.plot(at, [effect.value for effect in dose.effects], color=color, linewidth=0.8, alpha=0.6, zorder=2)
    ax.update_datalim([(x, 0) for x in at])  # parts of which no block says anything, too
    for x, effect in zip(at, dose.effects, strict=True):
        if effect.interval is not None:
            ax.plot([x, x], effect.interval, color=color, linewidth=1.6, zorder=3)
        ax.scatter([x], [effect.value], s=26, color=color, marker=cell_marker(comparison, dose.cell), zorder=4)


def _budget(results: VerdictResults, theme: Theme, lang: str) -> Figure:
    """Draws the expected best of m trials of each cell, one panel for what cells of the last factor's methods share."""
    comparison, curves = results.comparison, results.expected_best
    shared = list(dict.fromkeys(cell[:-1] for cell in curves))
    fig, panels = _panels(theme, len(shared), joined([BUDGET_VALUE, _unit(results)], "").to(lang))
    for (ax, beside), first in zip(panels, shared, strict=True):
        own = {cell: values for cell, values in curves.items() if cell[:-1] == first}
        style_axes(ax, theme, xlabel=Text("tuning trials", "튜닝 횟수").to(lang), ylabel=beside)
        methods = comparison.methods(next(iter(own)))[:-1]
        ax.set_title(" + ".join(method.text.to(lang) for method in methods), fontsize=MEDIUM, color=theme.ink)
        for cell, values in own.items():
            style: dict[str, Any] = {"marker": cell_marker(comparison, cell), "markersize": 4, "linewidth": 1.2}
            ax.plot(range(1, len(values) + 1), values, color=cell_color(theme, comparison, cell), **style)
        _in_percent(ax.yaxis, results)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend(fig, marker_keys(comparison, comparison.factors[-1][1], theme, lang), theme)
    return fig
