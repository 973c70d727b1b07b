"""The letters of figures: fonts for the words of both languages and for a user's names, and what is said of none."""

import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure

from jaxreg.text import Text, note

KOREAN_FONTS = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Noto Sans CJK JP", "Pretendard", "NanumGothic", "NanumBarunGothic"),
    *("Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "UnDotum", "Baekmuk Gulim"),
)
# The bold of a Korean font may call itself semibold, of which matplotlib would warn at each figure.
logging.getLogger(font_manager.__name__).addFilter(lambda said: "Failed to find font weight" not in str(said.msg))
BOXES = Text(
    "figures show boxes for letters of names that no font of this machine has",
    "이 컴퓨터의 글꼴에 없는 글자는 그림에 네모로 나옵니다",
)
MAX_TICK = 20  # letters of a name at a tick


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


def families(lang: str) -> list[str]:
    """Returns the fonts of figures, of which each has the letters that those before it lack."""
    korean = korean_font()
    both = ["DejaVu Sans", *([korean] if korean else [])]
    return both[::-1] if lang == "ko" else both


@contextmanager
def noting_boxes() -> Iterator[None]:
    """Says once in a process, in the place of matplotlib's warnings, that no font has some letters of a figure."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    others = [one for one in caught if not re.match("Glyph .* missing from", str(one.message))]
    for one in others:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if len(others) < len(caught):
        _say_boxes()


@cache
def _say_boxes() -> None:
    note(BOXES)


def drawn(lang: str, draw: Callable[[str], Figure]) -> Figure:
    """Returns the figure that `draw` makes in a language, or in English where no font has Korean, rather than boxes."""
    if lang == "en" or korean_font() is None:
        return _without_formulas(draw("en"))
    with mpl.rc_context({"font.family": families("ko")}):
        figure = _without_formulas(draw(lang))
        with noting_boxes():
            figure.draw_without_rendering()  # some labels are made, and their fonts chosen, only then
    return figure


def _without_formulas(figure: Figure) -> Figure:
    """Returns a figure whose names stay as they are where they have a $; only matplotlib's own numbers are formulas."""
    for text in figure.findobj(mpl.text.Text):
        if "$" in text.get_text() and "mathdefault" not in text.get_text():
            text.set_parse_math(False)
    return figure


def tick_names(names: Sequence[str]) -> list[str]:
    """Returns a user's names as ticks show them, short; their numbers where no font has a letter."""
    if not _has(mpl.rcParams["font.family"], set().union(*names)):
        return [str(number) for number in range(len(names))]
    return [name if len(name) <= MAX_TICK else f"{name[: MAX_TICK - 1]}…" for name in names]


def _has(fonts: Sequence[str], letters: Iterable[str]) -> bool:
    paths = [font_manager.findfont(font_manager.FontProperties(family=[name])) for name in fonts]
    known = [font_manager.get_font(path).get_charmap() for path in paths]
    return all(any(ord(letter) in charmap for charmap in known) for letter in letters)
