"""The figures of a search's winner: how it was trained, and what it takes for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from jaxreg.pages.fonts import tick_names
from jaxreg.pages.style import (
    MEDIUM,
    MIDDLE,
    SMALL,
    Theme,
    cell_color,
    log_formatter,
    new_axes,
    new_figure,
    percent_formatter,
    readable,
    style_axes,
)
from jaxreg.pages.wording import SPLITS, percent
from jaxreg.search.marks import note
from jaxreg.search.summary import Summary
from jaxreg.text import Text

MAX_LETTERS = 44  # side by side below the axis
MAX_SQUARES, DOT = 60, 5.0  # classes whose squares are seen; of more, errors are dots of so many square points
MAX_NUMBERED = 24  # a confusion matrix of more classes has no numbers in its cells
MAX_TICKS = 20
LOSS = Text("loss (without penalty)", "손실 (규제 항 제외)")
PREDICTED = Text("predicted class", "예측 클래스")


def draw_training_curve(summary: Summary, theme: Theme) -> Figure:
    """Draws the winner's accuracy and loss over epochs, on train and epoch-valid, the best epoch marked."""
    assert summary.winner is not None
    lang, trial = summary.lang, summary.winner.trial
    curve = trial.curve
    fig = new_figure(theme, MIDDLE, 4.9)
    top, bottom = fig.subplots(2, 1, sharex=True)
    style_axes(top, theme, ylabel=Text("accuracy (%)", "정확도 (%)").to(lang))
    style_axes(bottom, theme, xlabel=Text("epoch", "에포크").to(lang), ylabel=LOSS.to(lang))
    _pair(top, curve.train_accuracy, curve.valid_accuracy, summary, theme)
    _pair(bottom, curve.train_loss, curve.valid_loss, summary, theme)
    shown = [*curve.train_accuracy, *curve.valid_accuracy]
    best = max(shown)
    low = max(min(shown), best - 8.0 * (best - float(np.median(shown))) - 0.01)
    margin = max(0.06 * (best - low), 0.001)
    top.set_ylim(low - margin, best + margin)
    top.yaxis.set_major_formatter(percent_formatter())
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    positive = [v for v in (*curve.train_loss, *curve.valid_loss) if v is not None and v > 0.0]
    if positive and max(positive) > 20.0 * min(positive):
        bottom.set_yscale("log")
        bottom.yaxis.set_major_formatter(log_formatter())
    best_epoch = Text("best epoch {epoch}: {accuracy}", "최고 에포크 {epoch}: {accuracy}")
    text = best_epoch.format(epoch=trial.best_epoch, accuracy=percent(trial.epoch_valid_accuracy)).to(lang)
    arrow = {"arrowstyle": "-", "color": theme.muted}
    place = ((trial.best_epoch, trial.epoch_valid_accuracy), ("data", "data"), (-8, -30))
    note(top, text, *place, theme.ink, ha="right", arrowprops=arrow)
    return fig


def _pair(
    ax: Axes, train: Sequence[float | None], valid: Sequence[float | None], summary: Summary, theme: Theme
) -> None:
    """Draws one quantity on train (dashed, muted) and epoch-valid (solid, the cell's colour)."""
    assert summary.winner is not None
    color = cell_color(theme, summary.comparison, summary.winner.trial.cell)
    ax.axvline(summary.winner.trial.best_epoch, color=theme.muted, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
    for values, name, style, line_color in (
        (train, SPLITS["train"].to(summary.lang), (0, (4, 1.5)), theme.muted),
        (valid, SPLITS["epoch_valid"].to(summary.lang), "-", color),
    ):
        y = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        x = np.arange(1, len(y) + 1)
        ax.plot(x, y, color=line_color, linestyle=style, linewidth=1.8, label=name, marker="o", markersize=3)
    ax.legend(frameon=False, fontsize=SMALL, labelcolor=theme.ink, loc="best")


def draw_confusion(summary: Summary, theme: Theme) -> Figure:
    """Draws the confusion matrix on test: errors shaded by their number, the diagonal kept quiet."""
    assert summary.winner is not None
    lang = summary.lang
    counts = np.asarray(summary.winner.test.result.confusion, dtype=np.int64)[:, :-1]  # [C, C]
    num_classes = counts.shape[0]
    actual = Text("actual class", "실제 클래스").to(lang)
    fig, ax = new_axes(theme, MIDDLE, 4.9, grid="", xlabel=PREDICTED.to(lang), ylabel=actual)
    errors = np.where(np.eye(num_classes, dtype=bool), 0, counts)
    top = max(1, int(errors.max(initial=0)))
    scale = LinearSegmentedColormap.from_list("bad", [theme.background, theme.bad])
    ax.imshow(errors, cmap=scale, vmin=0, vmax=top, interpolation="nearest")
    if num_classes > MAX_SQUARES:
        rows, columns = np.nonzero(errors)
        ax.scatter(columns, rows, s=DOT, c=errors[rows, columns], cmap=scale, vmin=-top, vmax=top, linewidths=0)
    step = max(1, -(-num_classes // MAX_TICKS))
    ticks = range(0, num_classes, step)
    names = tick_names(summary.class_names)
    slant: dict[str, Any] = (
        {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        if (longest := max(map(len, names))) > 3 or longest * len(ticks) > MAX_LETTERS
        else {}
    )
    ax.set_xticks(ticks, [names[t] for t in ticks], **slant)
    ax.set_yticks(ticks, [names[t] for t in ticks])
    ax.tick_params(length=0)
    for i in np.flatnonzero(counts.sum(axis=1)).tolist():  # the quiet squares of classes that occur
        ax.add_patch(Rectangle((i - 0.5, i - 0.5), 1.0, 1.0, facecolor=theme.grid, edgecolor="none"))
    if num_classes <= MAX_NUMBERED:
        _numbers(ax, counts, top, theme)
    return fig


def _numbers(ax: Axes, counts: NDArray[np.int64], top: int, theme: Theme) -> None:
    """Writes the count into each cell that has one, smaller the more classes there are."""
    num_classes = counts.shape[0]
    size = MEDIUM if num_classes <= 4 else max(4.5, SMALL * min(1.0, 11.0 / num_classes))
    for i, j in np.argwhere(counts).tolist():
        strong = i != j and counts[i, j] > 0.6 * top
        ink = readable(theme.bad) if strong else theme.ink if i != j else theme.muted
        weight = "bold" if i != j and counts[i, j] >= 0.5 * top else "normal"
        ax.text(j, i, f"{counts[i, j]}", ha="center", va="center", fontsize=size, color=ink, weight=weight)
