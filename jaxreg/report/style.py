"""How the report looks: one colour per normalization and one marker per penalty, in a light and a dark theme.

The colours are Okabe and Ito's (2008), told apart by readers with any of the common colour-vision deficiencies;
markers and labels carry the same information without colour. Style is set on each axes: rcParams stay untouched,
but for the fonts while a figure with Korean words is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

MARKERS = {"none": "o", "l1": "^", "l2": "s", "elastic": "D"}
OTHER_MARKERS = ("P", "X", "v", "*")
MARKER_AREAS = {"s": 0.85, "D": 0.75}  # equal areas look unequal: square and diamond are drawn smaller

KOREAN_FONTS = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Noto Sans CJK JP", "Pretendard", "NanumGothic", "NanumBarunGothic"),
    *("Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "UnDotum", "Baekmuk Gulim"),
)

SMALL, MEDIUM, LARGE = 9.5, 11.0, 13.5  # font sizes in points


@dataclass(frozen=True)
class Theme:
    """The colours of a theme; `good` and `bad` are the far ends of the scales of accuracies and of errors."""

    name: str
    background: str
    ink: str
    muted: str
    grid: str
    band: str
    good: str
    bad: str
    norms: Mapping[str, str]
    others: tuple[str, ...]

    @property
    def colors(self) -> tuple[str, ...]:
        """Returns all colours, in an order that is the same for every theme."""
        plain = (self.background, self.ink, self.muted, self.grid, self.band, self.good, self.bad)
        return (*plain, *self.norms.values(), *self.others)


LIGHT = Theme(
    name="light",
    background="#ffffff",
    ink="#1c1e21",
    muted="#5c6269",
    grid="#e4e6e9",
    band="#f1f2f4",
    good="#00805c",
    bad="#d55e00",
    norms={"none": "#4d4d4d", "batch": "#0072b2", "layer": "#e69f00"},
    others=("#cc79a7", "#009e73", "#56b4e9"),
)
DARK = Theme(
    name="dark",
    background="#1a1d21",
    ink="#e9eaec",
    muted="#a3a9b1",
    grid="#32373e",
    band="#24282e",
    good="#2bd3a0",
    bad="#f0803c",
    norms={"none": "#c9cdd2", "batch": "#56b4e9", "layer": "#e69f00"},
    others=("#cc79a7", "#009e73", "#0072b2"),
)
THEMES = (LIGHT, DARK)


def norm_color(theme: Theme, norm_type: str) -> str:
    """Returns the colour of a normalization; one that the theme does not know gets a colour by its name."""
    return theme.norms.get(norm_type) or theme.others[sum(norm_type.encode()) % len(theme.others)]


def reg_marker(reg_type: str) -> str:
    """Returns the marker of a penalty; one that is not known gets a marker by its name."""
    return MARKERS.get(reg_type) or OTHER_MARKERS[sum(reg_type.encode()) % len(OTHER_MARKERS)]


def marker_area(reg_type: str, area: float) -> float:
    """Returns the area in square points at which a penalty's marker looks as large as a circle of `area`."""
    return area * MARKER_AREAS.get(reg_marker(reg_type), 1.0)


def readable(background: str | tuple[float, float, float, float]) -> str:
    """Returns black or white, whichever contrasts more with a background (relative luminance of WCAG 2)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(background)]
    return "#111111" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 else "#ffffff"


@cache
def korean_font() -> str | None:
    """Returns the installed font for Korean words, or None; one that is newer than matplotlib's cache is found too."""
    manager = font_manager.fontManager
    if not {font.name for font in manager.ttflist} & set(KOREAN_FONTS):
        for path in set(font_manager.findSystemFonts()) - {font.fname for font in manager.ttflist}:
            with suppress(OSError, RuntimeError):  # a font that cannot be read is no reason to have no report
                manager.addfont(path)
    installed = {font.name for font in manager.ttflist}
    return next((name for name in KOREAN_FONTS if name in installed), None)


def drawn(lang: str, draw: Callable[[str], Figure]) -> Figure:
    """Returns the figure that `draw` makes in a language, or in English where no font has Korean, rather than boxes."""
    family = korean_font() if lang == "ko" else None
    if family is None:
        return draw("en")
    with mpl.rc_context({"font.family": [family, "DejaVu Sans"]}):
        figure = draw(lang)
        figure.draw_without_rendering()  # some labels are made, and their fonts chosen, only then
    return figure


def new_figure(theme: Theme, width: float, height: float) -> Figure:
    """Returns an empty figure of a size in inches, on the theme's background."""
    return Figure(figsize=(width, height), facecolor=theme.background, layout="constrained")


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
    ax.set_xlabel(xlabel, fontsize=MEDIUM, color=theme.muted)
    ax.set_ylabel(ylabel, fontsize=MEDIUM, color=theme.muted)


def percent_formatter() -> FuncFormatter:
    """Returns a tick formatter that writes shares as per cent, without the sign and without idle zeros."""
    return FuncFormatter(lambda value, _: f"{round(100 * value, 6):g}")
