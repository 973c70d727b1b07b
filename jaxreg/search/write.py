"""Writes the report of a study: tables, figures, page. To import it is to have all that figures need."""

from functools import partial
from pathlib import Path

from jaxreg.files import write_texts
from jaxreg.pages.plain import plain_matplotlib
from jaxreg.pages.table import files_of
from jaxreg.search.records import StudyResults
from jaxreg.search.summarize import figure_names, summarize
from jaxreg.search.summary import Summary
from jaxreg.search.tables import all_tables

with plain_matplotlib():  # here, so that figures that cannot be drawn cost no training
    from jaxreg.pages.files import Drawn, as_files, remove_figures, write_page
    from jaxreg.pages.style import all_colors
    from jaxreg.search.page import render
    from jaxreg.search.plots import draw

SHADED = ("cells", "confusion")  # their shades lie between the colours of a theme


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/`, `report.html` and `tables/` in one of LANGUAGES; returns the path of the page."""
    with plain_matplotlib():
        summary = summarize(results, lang)
        names = [text.name for text in summary.figures]
        figures = ((name, draw_all(summary, name)) for name in names)
        path = write_page(folder, figures, lambda images: render(summary, images))
    write_texts(folder / "tables", files_of(all_tables(summary), lang))
    remove_figures(folder, figure_names(results.comparison) - set(names))  # that no longer hold
    return path


def draw_all(summary: Summary, name: str) -> Drawn:
    """Returns a figure of a study as files."""
    return as_files(partial(draw, summary, name), shaded=name in SHADED, colors=all_colors(summary.comparison))
