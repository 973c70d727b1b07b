"""Korean in figures: the font that is installed for it, or English where there is none, rather than boxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager

KOREAN_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "UnDotum",
)
FILES = ("SansCJK", "SansKR", "Nanum", "malgun", "AppleSDGothicNeo", "UnDotum")  # in the names of their files


def plot_language(lang: str) -> str:
    """Returns the language of a figure's words: English where no font for Korean is installed."""
    return lang if lang == "en" or _korean_font() else "en"


@contextmanager
def fonts(lang: str) -> Iterator[None]:
    """Draws with a font that has the language's letters; figures are to be laid out inside."""
    families = [_korean_font(), "DejaVu Sans"] if lang == "ko" else ["DejaVu Sans"]
    with mpl.rc_context({"font.family": [family for family in families if family]}):
        yield


@cache
def _korean_font() -> str | None:
    """Returns the family of a font that has Korean letters, also of one installed since matplotlib last looked."""
    name = _known_font()
    if name is None:
        for path in font_manager.findSystemFonts():
            if any(word in Path(path).name for word in FILES):
                font_manager.fontManager.addfont(path)
        name = _known_font()
    return name


def _known_font() -> str | None:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in KOREAN_FONTS if name in installed), None)
