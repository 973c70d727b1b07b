"""How the report looks: colours by the methods of the first factor, markers by those of the last, light and dark.

The first colours are Okabe and Ito's (2008), told apart by readers with any of the common colour-vision deficiencies;
markers and labels carry the same information without colour. Style is set on each axes: rcParams stay untouched.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from textwrap import fill
from typing import Any, NamedTuple, TypeVar

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import Method
from jaxreg.pages.plain import plain_matplotlib
from jaxreg.records import Cell

Look = TypeVar("Look")
Colors = tuple[str, str]  # on light and on dark ground

PALETTE: tuple[Colors, ...] = (  # of methods without colours of their own
    *(("#0072b2", "#56b4e9"), ("#e69f00", "#e69f00"), ("#cc79a7", "#cc79a7"), ("#009e73", "#009e73")),
    *(("#d55e00", "#f0803c"), ("#56b4e9", "#0072b2"), ("#6a994e", "#a7d489"), ("#7b3294", "#b58ad6")),
    *(("#8c6d1f", "#c9a94a"), ("#00545c", "#5fc9d3"), ("#a50026", "#ff8a9a"), ("#3b3bb3", "#9c9cf5")),
)
PLAIN = ("#4d4d4d", "#c9cdd2")  # of one that changes nothing
MARKERS = ("o", "^", "s", "D", "P", "X", "v", "*", "<", ">", "p", "h", "d", "H", "8")  # of methods without their own
MARKER_AREAS = {"s": 0.85, "D": 0.75, "*": 1.8}  # times that of a circle that looks as large

SMALL, MEDIUM, LARGE = 9.5, 11.0, 13.5  # font sizes in points
PHONE = 4.3  # inches; about as wide as a phone shows a figure without making its letters much smaller
MIDDLE = 4.8  # inches; as wide as a figure that need not be drawn for phones by itself, and half of a page
PHONE_LETTERS = 26  # in a line below an axis there
KEY_WIDTH, LETTER_WIDTH = 0.65, 0.085  # of a legend's mark with its gaps, and of a Latin letter, in inches


class Theme(NamedTuple):
    """The colours of a theme; `good` and `bad` are the far ends of the scales of accuracies and of errors.

    A figure in a narrow theme is for the screen of a phone.
    """

    background: str
    ink: str
    muted: str
    grid: str
    band: str
    good: str
    bad: str
    narrow: bool = False

    def pick(self, colors: Colors) -> str:
        """Returns which of two colours is for this theme's ground."""
        return colors[self.background == DARK.background]


LIGHT = Theme("#ffffff", "#1c1e21", "#5c6269", "#e4e6e9", "#f1f2f4", "#00805c", "#d55e00")
DARK = Theme("#1a1d21", "#e9eaec", "#a3a9b1", "#32373e", "#24282e", "#2bd3a0", "#f0803c")


def method_colors(comparison: Comparison, factor: str, name: str) -> Colors:
    """Returns a method's colours, or those of its place among the methods of its factor that have none."""
    methods = _methods(comparison, factor)
    given = {n: m.colors or (PLAIN if m.is_nothing else None) for n, m in methods.items()}
    own = {n: colors for n, colors in given.items() if colors}
    return own.get(name) or _by_place(methods, name, PALETTE, own)


def method_color(theme: Theme, comparison: Comparison, factor: str, name: str) -> str:
    """Returns a method's colour on the ground of a theme."""
    return theme.pick(method_colors(comparison, factor, name))


def method_marker(comparison: Comparison, factor: str, name: str) -> str:
    """Returns a method's marker, or that of its place among the methods of its factor that have none."""
    methods = _methods(comparison, factor)
    own = {n: m.marker for n, m in methods.items() if m.marker}
    return own.get(name) or _by_place(methods, name, MARKERS, own)


def _methods(comparison: Comparison, factor: str) -> dict[str, Method]:
    return {method.name: method for f, methods in comparison.factors if f.name == factor for method in methods}


def _by_place(names: Iterable[str], name: str, looks: Sequence[Look], own: Mapping[str, Look]) -> Look:
    """Returns a look that no other method has, as long as there are enough."""
    free = [look for look in looks if look not in own.values()] or looks
    return free[[n for n in names if n not in own].index(name) % len(free)]


def cell_color(theme: Theme, comparison: Comparison, cell: Cell) -> str:
    """Returns the colour of a cell: that of its first method."""
    return method_color(theme, comparison, comparison.names[0], cell[0])


def cell_marker(comparison: Comparison, cell: Cell) -> str:
    """Returns the marker of a cell: that of its last method."""
    return method_marker(comparison, comparison.names[-1], cell[-1])


def all_colors(comparison: Comparison) -> list[Colors]:
    """Returns the colours of all methods of a comparison."""
    return [method_colors(comparison, f.name, m.name) for f, methods in comparison.factors for m in methods]


def readable(background: str | tuple[float, float, float, float]) -> str:
    """Returns black or white, whichever contrasts more with a background (relative luminance of WCAG 2)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(background)]
    return "#111111" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 else "#ffffff"


class Shown(Figure):
    """A figure that a notebook shows, whether or not it has loaded pyplot, by which it knows others."""

    def _repr_png_(self) -> bytes:
        with plain_matplotlib():
            buffer = BytesIO()
            self.savefig(buffer, format="png")
        return buffer.getvalue()


def new_figure(theme: Theme, width: float, height: float, narrow: float = PHONE) -> Figure:
    """Returns an empty figure of a size in inches, on the theme's background; in a narrow theme of at most `narrow`."""
    size = (min(width, narrow) if theme.narrow else width), height
    return Shown(figsize=size, facecolor=theme.background, layout="constrained")


def style_axes(ax: Axes, theme: Theme, *, grid: str = "both", xlabel: str = "", ylabel: str = "") -> None:
    """Gives an axes the theme: no box, light grid below the data, muted ticks; `grid` is "both", "x", "y" or ""."""
    ax.set_facecolor(theme.background)
    ax.set_axisbelow(True)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom" and grid != "")
        spine.set_color(theme.muted)
        spine.set_linewidth(0.8)
    for axis in ("x", "y"):
        if grid in (axis, "both"):
            ax.grid(True, axis=axis, which="major", color=theme.grid, linewidth=0.8)
    ax.tick_params(which="both", colors=theme.muted, labelcolor=theme.ink, labelsize=SMALL, length=3, width=0.8)
    ax.tick_params(axis="y", which="both", length=0)
    ax.set_xlabel(fill(xlabel, PHONE_LETTERS) if theme.narrow else xlabel, fontsize=MEDIUM, color=theme.muted)
    ax.set_ylabel(ylabel, fontsize=MEDIUM, color=theme.muted)


def new_axes(theme: Theme, width: float, height: float, narrow: float = PHONE, **style: str) -> tuple[Figure, Axes]:
    """Returns a figure of one axes, with the options of `style_axes`."""
    fig = new_figure(theme, width, height, narrow)
    ax = fig.add_subplot()
    style_axes(ax, theme, **style)
    return fig, ax


def percent_formatter() -> FuncFormatter:
    """Returns a tick formatter that writes shares as per cent, without the sign and without idle zeros."""
    return FuncFormatter(lambda value, _: f"{round(100 * value, 6):g}")


def log_formatter() -> FuncFormatter:
    """Returns a tick formatter for logarithmic axes, `0.01` and `1e-5`: of 10 to the -5 Korean fonts lack the minus."""
    return FuncFormatter(lambda value, _: f"{value:,g}".replace("e-0", "e-").replace("e+0", "e"))


def marker_keys(comparison: Comparison, methods: Sequence[Method], theme: Theme, lang: str) -> list[Line2D]:
    """Returns the key of the last factor's markers, in its colours too where it is the only one."""
    factor, alone = comparison.names[-1], len(comparison.names) == 1
    keys = []
    for method in methods:
        color = method_color(theme, comparison, factor, method.name) if alone else theme.muted
        look: dict[str, Any] = {"marker": method_marker(comparison, factor, method.name), "markersize": 6.5}
        keys.append(Line2D([], [], color=color, linestyle="", label=method.label.to(lang), **look))
    return keys


def fitting(names: Sequence[str], width: float) -> int:
    """Returns in how many columns a legend of some names fits a width in inches, its rows about equally long."""
    longest = max(sum(1 + (letter > "\u1100") for letter in name) for name in names)  # Korean letters are wide
    columns = max(1, int(width / (KEY_WIDTH + LETTER_WIDTH * longest)))
    return math.ceil(len(names) / math.ceil(len(names) / columns))


def legend(fig: Figure, handles: list[Line2D], theme: Theme) -> None:
    """Puts a key above the axes, in rows that fit the figure's width."""
    wide = fig.get_figwidth() > 7
    columns = len(handles) if len(handles) <= (8 if wide else 5) else 6 if wide else 4
    if handles and fig.get_figwidth() <= MIDDLE:
        columns = fitting([str(handle.get_label()) for handle in handles], fig.get_figwidth())
    look = {"frameon": False, "fontsize": SMALL, "labelcolor": theme.ink}
    spaces = {"handlelength": 1.0, "handletextpad": 0.5, "columnspacing": 1.4, "borderaxespad": 0.2}
    if handles:
        fig.legend(handles=handles, loc="outside upper left", ncols=columns, **look, **spaces)
