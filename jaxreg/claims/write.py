"""Writes the report of the claims: figures and page."""

from functools import partial
from pathlib import Path

from jaxreg.claims.claim import ClaimsResults
from jaxreg.claims.page import render_claims
from jaxreg.claims.tables import figure_name
from jaxreg.pages.plain import plain_matplotlib

with plain_matplotlib():  # loaded with this module: without it nothing is trained
    from jaxreg.claims.plots import draw_claim
    from jaxreg.pages.files import as_files, write_page


def write_claims_report(results: ClaimsResults, folder: Path, lang: str) -> Path:
    """Writes `plots/` and `report.html` of the claims into their run folder and returns the path of the page."""
    figures = (
        (figure_name(claim, index), as_files(partial(draw_claim, figure, lang=lang)))
        for claim, finding in results.findings
        for index, figure in enumerate(finding.figures)
    )
    with plain_matplotlib():
        return write_page(folder, figures, lambda images: render_claims(results, images, lang))
