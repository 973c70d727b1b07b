"""Writes the report of a verdict: figures and page."""

from __future__ import annotations

from pathlib import Path

from jaxreg.report.files import as_files, write_page
from jaxreg.report.style import LIGHT
from jaxreg.report.verdict_page import render_verdict
from jaxreg.report.verdict_plots import FIGURES, draw_verdict
from jaxreg.verdict.results import VerdictResults


def write_verdict_report(results: VerdictResults, folder: Path, lang: str) -> Path:
    """Writes `plots/*.png` and `report.html` of a verdict into its run folder and returns the path of the page."""
    figures = ((f"verdict_{name}", as_files(draw_verdict(results, name, LIGHT, lang))) for name in FIGURES)
    return write_page(folder, figures, lambda images: render_verdict(results, images, lang))
