"""Korean in figures: the font that is installed for it, or English where there is none, rather than boxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib import font_manager

KOREAN_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Noto Sans CJK JP",  # the name by which matplotlib finds the first font of the collection, which has all of them
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "UnDotum",
)


def plot_language(lang: str) -> str:
    """Returns the language of a figure's words: English where no font for Korean is installed."""
    return lang if lang == "en" or _korean_font() else "en"


@contextmanager
def fonts(lang: str) -> Iterator[None]:
    """Draws with a font that has the language's letters; figures are to be laid out inside."""
    families = [_korean_font(), "DejaVu Sans"] if lang == "ko" else ["DejaVu Sans"]
    with mpl.rc_context({"font.family": [family for family in families if family]}):
        yield


def _korean_font() -> str | None:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in KOREAN_FONTS if name in installed), None)
