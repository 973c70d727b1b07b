"""Writes the report of a verdict: figures and page."""

from functools import partial
from pathlib import Path

from jaxreg.pages.plain import plain_matplotlib
from jaxreg.verdict.page import render_verdict
from jaxreg.verdict.results import VerdictResults

with plain_matplotlib():  # loaded with this module: without it nothing is trained
    from jaxreg.pages.files import as_files, write_page
    from jaxreg.pages.style import all_colors
    from jaxreg.verdict.plots import draw_verdict, figures


def write_verdict_report(results: VerdictResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/` and `report.html` of a verdict into its run folder and returns the path of the page."""
    colors = all_colors(results.comparison)
    with plain_matplotlib():
        drawn = (
            (f"verdict_{name}", as_files(partial(draw_verdict, results, name, lang=lang), colors=colors))
            for name in figures(results)
        )
        return write_page(folder, drawn, lambda images: render_verdict(results, images, lang))
