"""Writes the report of the claims: figures and page."""

from __future__ import annotations

from pathlib import Path

from jaxreg.claims.results import ClaimsResults
from jaxreg.claims.tables import figure_name
from jaxreg.report.claims_page import render_claims
from jaxreg.report.claims_plots import draw_claim
from jaxreg.report.files import as_files, write_page
from jaxreg.report.style import LIGHT


def write_claims_report(results: ClaimsResults, folder: Path, lang: str) -> Path:
    """Writes `plots/*.png` and `report.html` of the claims into their run folder and returns the path of the page."""
    figures = (
        (figure_name(claim, index), as_files(draw_claim(figure, LIGHT, lang)))
        for claim, finding in results.findings
        for index, figure in enumerate(finding.figures)
    )
    return write_page(folder, figures, lambda images: render_claims(results, images, lang))
