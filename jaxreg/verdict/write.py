"""Writes the report of a verdict: figures and page. To import it is to have all that figures need."""

from __future__ import annotations

from pathlib import Path

from jaxreg.report.plain import plain_matplotlib
from jaxreg.verdict.page import render_verdict
from jaxreg.verdict.results import VerdictResults

with plain_matplotlib():
    from jaxreg.report.files import as_files, write_page
    from jaxreg.report.style import LIGHT
    from jaxreg.verdict.plots import FIGURES, draw_verdict


def write_verdict_report(results: VerdictResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png` and `report.html` of a verdict into its run folder and returns the path of the page."""
    with plain_matplotlib():
        figures = ((f"verdict_{name}", as_files(draw_verdict(results, name, LIGHT, lang))) for name in FIGURES)
        return write_page(folder, figures, lambda images: render_verdict(results, images, lang))
