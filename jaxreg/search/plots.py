"""The figures of a search, of which those of its trials are drawn here, without pyplot: `Summary` in, `Figure` out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from jaxreg.pages.fonts import drawn
from jaxreg.pages.style import (
    LARGE,
    MEDIUM,
    MIDDLE,
    Theme,
    legend,
    marker_keys,
    method_color,
    method_marker,
    new_axes,
    new_figure,
    readable,
    style_axes,
)
from jaxreg.pages.wording import TRIALS, label, number, percent, quantity
from jaxreg.search.captions import FIGURES
from jaxreg.search.marks import Point, color_keys, focus, lost_keys, note, scatter, shown
from jaxreg.search.summary import FEW_TRIALS, MANY_PANELS, Group, Panel, Relation, Summary, grid, is_short
from jaxreg.search.winner_plots import draw_confusion, draw_training_curve
from jaxreg.text import Text, counted, screen_width

if TYPE_CHECKING:
    from jaxreg.search.summary import Factors

RGBA = tuple[float, float, float, float]
TILE = 8.5  # font size in a tile
NARROW_TILE = 1.2  # width of a tile on a phone, in inches
LETTER = 0.09  # width of a letter of medium size, in inches
STRIP = 0.42  # height of a row of trials, in inches
GOLDEN = (sqrt(5.0) - 1.0) / 2.0
FEW = Text("n = {count} (few)", "n = {count} (적음)")
MEDIAN = Text("median", "중앙값")
MIDDLE_HALF = Text("middle half ({limit} trials or more)", "가운데 50% (시도 {limit}회 이상)")
SHARE = Text("{share} (by chance up to {chance})", "{share} (우연: 최대 {chance})")


def draw(summary: Summary, name: str, theme: Theme) -> Figure:
    """Returns one of the figures that `summary.figures` names, in the summary's language where a font has it."""
    return drawn(summary.lang, lambda lang: _draw(replace(summary, lang=lang), name, theme))


def _draw(summary: Summary, name: str, theme: Theme) -> Figure:
    if name in summary.relations:
        return draw_relation(summary, summary.relations[name], theme)
    simple = (draw_cells, draw_history, draw_distribution, draw_importance, draw_training_curve, draw_confusion)
    return dict(zip(FIGURES, simple, strict=True))[name](summary, theme)


def draw_cells(summary: Summary, theme: Theme) -> Figure:
    """Draws the best accuracy of each cell as tiles, rows and columns as `grid` says."""
    rows, columns = (_combined(side) for side in grid(summary.comparison))
    if theme.narrow and len(columns) > len(rows):
        rows, columns = columns, rows
    cells = {frozenset(cell.methods.items()): cell for cell in summary.cells}
    beside, above = (_widest(side, summary) for side in (rows, columns))
    tile = (NARROW_TILE if theme.narrow else 1.35) + LETTER * max(0, above - 14)
    width = 1.1 + LETTER * max(0, beside - 13) + tile * max(2, len(columns))
    fig, ax = new_axes(theme, width, 0.65 + 0.95 * len(rows), narrow=width, grid="")
    bests = [c.best for c in summary.cells if c.best is not None]
    low = max(min(bests, default=0.0), summary.axis.low)
    high = max(bests, default=low + 1.0)
    scale = LinearSegmentedColormap.from_list("good", [theme.band, theme.good])
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            cell = cells[frozenset((row | column).items())]
            shade = 0.0 if cell.best is None else 0.1 + 0.9 * max(0.0, cell.best - low) / max(high - low, 1e-9)
            _tile(ax, j, i, cell, summary, theme, scale(shade))
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    for j, column in enumerate(columns):
        _key(ax, (j - 0.38, -0.64), 0.12, column, summary, theme)
    for i, row in enumerate(rows):
        _key(ax, (-0.6, i), -0.1, row, summary, theme)
    return fig


def _widest(names: Sequence[Mapping[str, str]], summary: Summary) -> int:
    """Returns the width of the longest label in Latin letters, of which a Korean one takes two."""
    return max(screen_width(label(summary.comparison, methods).to(summary.lang)) for methods in names)


def _combined(side: Factors) -> list[dict[str, str]]:
    """Returns all combinations of the methods of some factors, one empty one of no factor."""
    names = [factor.name for factor, _ in side]
    combinations = itertools.product(*([method.name for method in methods] for _, methods in side))
    return [dict(zip(names, methods, strict=True)) for methods in combinations]


def _tile(ax: Axes, x: int, y: int, cell: Group, summary: Summary, theme: Theme, color: RGBA) -> None:
    """Draws one cell: its best in large type, its median and number of trials; hatched where trials are few."""
    lang = summary.lang
    is_winner = summary.winner is not None and summary.winner.trial.number == cell.best_trial
    face = theme.background if cell.best is None else color
    ink = readable(face)
    edge, line_width = (theme.ink, 2.6) if is_winner else (theme.grid, 0.8)
    ax.add_patch(_rounded(x, y, facecolor=face, edgecolor=edge, linewidth=line_width))
    if cell.few or cell.best is None:
        ax.add_patch(_rounded(x, y, facecolor="none", edgecolor=ink, alpha=0.24, hatch="///", linewidth=0))
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TILE, "color": ink}
    if cell.best is None or cell.median is None:
        ax.text(x, y, Text("no counted trial", "유효한 시도 없음").to(lang), **(centred | {"color": theme.muted}))
        return
    if is_winner:
        ax.text(x - 0.38, y - 0.34, "★", **centred)
    ax.text(x, y - 0.16, summary.measure.value(cell.best).to(lang), **(centred | {"fontsize": LARGE, "weight": "bold"}))
    ax.text(x, y + 0.1, f"{MEDIAN.to(lang)} {summary.measure.value(cell.median).to(lang)}", **centred)
    trials = counted(cell.count, TRIALS)
    text = Text("only {trials}", "{trials}뿐").format(trials=trials) if cell.few else trials
    ax.text(x, y + 0.29, text.to(lang), style="italic" if cell.few else "normal", **centred)


def _rounded(x: float, y: float, **style: Any) -> FancyBboxPatch:
    return FancyBboxPatch((x - 0.46, y - 0.45), 0.92, 0.9, boxstyle="round,pad=0,rounding_size=0.05", **style)


def _key(ax: Axes, at: Point, aside: float, methods: Mapping[str, str], summary: Summary, theme: Theme) -> None:
    """Names a row or a column outside the axes, with the colour and the marker that its methods have in figures."""
    if not methods:
        return
    comparison = summary.comparison
    first, last = comparison.names[0], comparison.names[-1]
    color = method_color(theme, comparison, first, methods[first]) if first in methods else theme.ink
    marker = method_marker(comparison, last, methods[last]) if last in methods else "o"
    ax.scatter(*at, s=55, color=color, marker=marker, clip_on=False, zorder=5)
    name = label(comparison, methods).to(summary.lang)
    align = "left" if aside > 0 else "right"
    ax.text(at[0] + aside, at[1], name, ha=align, va="center", fontsize=MEDIUM, color=theme.ink)


def draw_history(summary: Summary, theme: Theme) -> Figure:
    """Draws every trial in order, with the best so far as a step line and the winner ringed."""
    lang, axis = summary.lang, summary.axis
    number_axis = Text("trial", "시도 번호").to(lang)
    fig, ax = new_axes(theme, 8.4, 4.7, grid="y", xlabel=number_axis, ylabel=summary.measure.axis.to(lang))
    bottom = focus(ax, axis, theme, summary.measure)
    if axis.below:
        place = ((1.0, (bottom + axis.low) / 2), ("axes fraction", "data"))
        note(ax, counted(axis.below, TRIALS).to(lang), *place, (-6, 0), theme.muted, ha="right", va="center")
    numbers = [t.number for t in summary.trials]
    scatter(ax, summary.trials, numbers, shown(summary.trials, axis), (theme, summary.comparison), area=34)
    known = [(n, b) for n, b in zip(numbers, summary.history.best_so_far, strict=True) if b is not None]
    if known:
        x, y = [n for n, _ in known], [b for _, b in known]
        ax.step(x, y, where="post", color=theme.ink, linewidth=1.6, zorder=2.5)
        winner = summary.history.improved[-1]
        ax.scatter([winner], [y[-1]], s=130, facecolor="none", edgecolor=theme.ink, linewidth=1.5, zorder=5)
        text = (
            Text("best so far {accuracy}", "현재까지 최고 {accuracy}")
            .format(accuracy=summary.measure.value(y[-1]))
            .to(lang)
        )
        note(ax, text, (x[-1], y[-1]), ("data", "data"), (0, 5), theme.ink, ha="right", va="bottom")
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    colors = color_keys(summary, theme) if len(summary.comparison.factors) > 1 else []
    markers = marker_keys(summary.comparison, summary.comparison.factors[-1][1], theme, lang)
    legend(fig, [*colors, *markers, *lost_keys(summary, theme)], theme)
    return fig


def draw_distribution(summary: Summary, theme: Theme) -> Figure:
    """Draws every trial of each cell along the accuracy axis, with quartile bar and median where trials are enough."""
    lang, rows = summary.lang, len(summary.cells)
    *others, (last, methods) = summary.comparison.factors
    blocks = _combined(tuple(others))
    fig, ax = new_axes(theme, 8.4, 1.2 + STRIP * rows, grid="x", xlabel=summary.measure.axis.to(lang))
    focus(ax, summary.axis, theme, summary.measure, upright=False)
    for row, cell in enumerate(summary.cells):
        _strip(ax, row, cell, summary, theme)
    ax.set_ylim(rows - 0.4, -0.6)
    for i in range(1, len(blocks)):
        ax.axhline(i * len(methods) - 0.5, color=theme.muted, linewidth=0.6)
    if LETTER * _widest(blocks, summary) > STRIP * len(methods):  # no room for the names of blocks
        ax.set_yticks(range(rows), [cell.label.to(lang) for cell in summary.cells])
    else:
        ax.set_yticks(range(rows), [method.label.to(lang) for method in methods] * len(blocks))
        beside = max(88, 6 * _widest([{last.name: method.name} for method in methods], summary))
        style: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "center", "weight": "bold"}
        for i, block in enumerate(blocks if others else []):
            place = ((0.0, (i + 0.5) * len(methods) - 0.5), ("axes fraction", "data"))
            note(ax, label(summary.comparison, block).to(lang), *place, (-beside, 0), theme.ink, **style)
    median = Line2D([], [], color=theme.ink, marker="|", markersize=11, markeredgewidth=2.2, linestyle="")
    median.set_label(MEDIAN.to(lang))
    enough = MIDDLE_HALF.format(limit=FEW_TRIALS).to(lang)
    half = Line2D([], [], color=theme.ink, alpha=0.25, linewidth=5, label=enough)
    legend(fig, [median, half, *lost_keys(summary, theme)], theme)
    return fig


def _strip(ax: Axes, row: int, cell: Group, summary: Summary, theme: Theme) -> None:
    """Draws the trials of one cell in a row, spread a little so that they do not hide each other."""
    members = [t for t in summary.trials if t.methods == cell.methods]
    spread = [row + 0.5 * ((k * GOLDEN) % 1.0 - 0.5) for k in range(len(members))]
    scatter(ax, members, shown(members, summary.axis), spread, (theme, summary.comparison))
    if cell.median is not None and cell.count >= FEW_TRIALS:
        low, high = np.quantile(cell.accuracies, [0.25, 0.75])
        ax.plot([low, high], [row, row], color=theme.ink, linewidth=5, alpha=0.25, solid_capstyle="butt", zorder=4)
        ax.plot([cell.median] * 2, [row - 0.34, row + 0.34], color=theme.ink, linewidth=2.2, zorder=5)
    size = FEW.format(count=cell.count).to(summary.lang) if cell.few else f"n = {cell.count}"
    note(ax, size, (1.0, row), ("axes fraction", "data"), (6, 0), theme.muted, va="center")


def draw_relation(summary: Summary, relation: Relation, theme: Theme) -> Figure:
    """Draws accuracy against one hyperparameter, one panel below another, in two columns where they are many."""
    lang, panels = summary.lang, relation.panels
    columns = 2 if len(panels) > MANY_PANELS and not theme.narrow else 1
    rows = -(-len(panels) // columns)
    fig = new_figure(theme, MIDDLE if columns == 1 else 8.4, 1.3 + 1.65 * rows)
    axes = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).T.flatten()
    _scale(axes[0], relation)
    for ax, panel in zip(axes, panels, strict=False):
        style_axes(ax, theme)
        focus(ax, summary.axis, theme, summary.measure)
        _draw_panel(ax, panel, relation, summary, theme)
    for ax in axes[len(panels) :]:
        ax.remove()
    name = summary.comparison.param(relation.parameter).to(lang)
    for lowest in {min(rows, len(panels)), len(panels)}:
        axes[lowest - 1].set_xlabel(name, fontsize=MEDIUM, color=theme.muted)
        axes[lowest - 1].tick_params(axis="x", labelbottom=True)
    fig.supylabel(summary.measure.axis.to(lang), fontsize=MEDIUM, color=theme.muted)
    trend = Line2D([], [], color=theme.ink, linewidth=2.0, label=Text("median in each bin", "구간별 중앙값").to(lang))
    legend(fig, [*_relation_keys(summary, relation, theme), trend, *lost_keys(summary, theme)], theme)
    return fig


def _scale(ax: Axes, relation: Relation) -> None:
    """Gives an axis the scale of a hyperparameter; a short logarithmic one has ticks between the powers of ten."""
    if not relation.range.log:
        return
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if is_short(relation.range) else (1.0,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, relation.range).replace(".0e", "e")))
    ax.xaxis.set_minor_locator(NullLocator())


def _relation_keys(summary: Summary, relation: Relation, theme: Theme) -> list[Line2D]:
    """Returns the keys of what panels do not say: the colours, and the markers of methods that have the parameter."""
    (first, _), (last, methods) = summary.comparison.factors[0], summary.comparison.factors[-1]
    colors = color_keys(summary, theme) if relation.by != first and first != last else []
    having = [m for m in methods if relation.parameter in m.space] or methods
    markers = marker_keys(summary.comparison, having, theme, summary.lang) if relation.by != last else []
    return [*colors, *markers]


def _draw_panel(ax: Axes, panel: Panel, relation: Relation, summary: Summary, theme: Theme) -> None:
    xs = [trial.params[relation.parameter] for trial in panel.trials]
    scatter(ax, panel.trials, xs, shown(panel.trials, summary.axis), (theme, summary.comparison))
    for low, high, middle in panel.trend:
        if middle >= summary.axis.low:
            ax.plot([low, high], [middle, middle], color=theme.ink, linewidth=2.0, solid_capstyle="butt", zorder=4)
    text = f"{panel.method.label.to(summary.lang)}  (n = {panel.count})"
    ax.set_title(text, loc="left", fontsize=MEDIUM, color=theme.ink, pad=4)


def draw_importance(summary: Summary, theme: Theme) -> Figure:
    """Draws the share of each hyperparameter as bars, the largest on top, and marks what chance alone gives."""
    found, lang = summary.importance, summary.lang
    assert found is not None
    ranked = sorted(found.shares, key=found.shares.__getitem__)
    shares, marks = [found.shares[n] for n in ranked], [found.by_chance[n] for n in ranked]
    fig, ax = new_axes(theme, MIDDLE, 1.1 + 0.5 * len(ranked), grid="")
    colors = [theme.muted if found.tells(n) else theme.grid for n in ranked]
    ax.barh([quantity(summary.comparison, n).to(lang) for n in ranked], shares, color=colors, height=0.6)
    (chance,) = ax.plot(marks, range(len(marks)), "|", color=theme.bad, markersize=17, markeredgewidth=2.4, zorder=4)
    chance.set_label(Text("chance alone stays below (95 %)", "우연만으로는 넘지 않는 값(95%)").to(lang))
    for row, (share, mark) in enumerate(zip(shares, marks, strict=True)):
        size = SHARE.format(share=percent(share, 0), chance=percent(mark, 0)).to(lang)
        note(ax, size, (max(share, mark), row), ("data", "data"), (6, 0), theme.ink, va="center")
    ax.set_xlim(0, 1.5 * max(*shares, *marks))
    legend(fig, [chance], theme)
    ax.set_xticks([])
    ax.tick_params(axis="y", labelsize=MEDIUM)
    return fig
