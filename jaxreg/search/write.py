"""Writes the report of a study: summary, figures, page. To import it is to have all that figures need."""

from pathlib import Path

from jaxreg.files import write_texts
from jaxreg.pages.plain import plain_matplotlib
from jaxreg.pages.table import files_of
from jaxreg.search.records import StudyResults
from jaxreg.search.summarize import figure_names, summarize
from jaxreg.search.summary import Summary
from jaxreg.search.tables import all_tables

with plain_matplotlib():  # here, so that figures that cannot be drawn cost no training
    from jaxreg.pages.files import Drawn, as_files, write_page
    from jaxreg.pages.style import DARK, LIGHT, all_colors
    from jaxreg.search.page import render
    from jaxreg.search.plots import draw

SHADED = ("cells", "confusion")  # their shades lie between the colours of a theme


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png`, `report.html` and `tables/` in one of LANGUAGES; returns the path of the page."""
    with plain_matplotlib():
        summary = summarize(results, lang)
        names = [text.name for text in summary.figures]
        figures = ((name, draw_all(summary, name)) for name in names)
        path = write_page(folder, figures, lambda images: render(summary, images))
    write_texts(folder / "tables", files_of(all_tables(summary), lang))
    for name in figure_names(results.comparison) - set(names):  # figures of an earlier report that no longer hold
        (folder / "plots" / f"{name}.png").unlink(missing_ok=True)
    return path


def draw_all(summary: Summary, name: str) -> Drawn:
    """Returns a figure of a study as files."""
    dark = draw(summary, name, DARK) if name in SHADED else None
    return as_files(draw(summary, name, LIGHT), dark, colors=all_colors(summary.comparison))
