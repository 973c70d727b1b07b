"""Writes the report of a study: summary, figures, page."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from jaxreg.records import StudyResults
from jaxreg.report.files import Drawn, as_files, write_page
from jaxreg.report.page import render
from jaxreg.report.plots import draw
from jaxreg.report.style import DARK, LIGHT
from jaxreg.report.summarize import summarize
from jaxreg.report.summary import FigureName, Summary

SHADED: tuple[FigureName, ...] = ("cells", "confusion")  # their shades lie between the colours of a theme


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png` and `report.html` into a run folder and returns the path of the page."""
    summary = summarize(results, lang)
    names = [text.name for text in summary.figures]
    figures = ((name, draw_all(summary, name)) for name in names)
    path = write_page(folder, figures, lambda images: render(summary, images))
    for name in set(get_args(FigureName)) - set(names):  # figures of an earlier report that no longer hold
        (folder / "plots" / f"{name}.png").unlink(missing_ok=True)
    return path


def draw_all(summary: Summary, name: FigureName) -> Drawn:
    """Returns a figure of a study as files."""
    return as_files(draw(summary, name, LIGHT), draw(summary, name, DARK) if name in SHADED else None)
