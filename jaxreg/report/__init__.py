"""From the records of a study to a report: `summarize` computes, `write_report` draws and writes.

Figures need matplotlib, a second to import: each `write_*` imports what it needs when called.
"""

from __future__ import annotations

from pathlib import Path

from jaxreg.claims.results import ClaimsResults
from jaxreg.records import StudyResults
from jaxreg.report.note import note
from jaxreg.report.plain import plain_matplotlib
from jaxreg.report.summarize import summarize
from jaxreg.report.summary import Summary
from jaxreg.report.wording import answer

__all__ = [
    "Summary",
    "answer",
    "note",
    "summarize",
    "write_claims_report",
    "write_report",
]


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png` and `report.html` into a run folder, in one of LANGUAGES; returns the path of the page."""
    with plain_matplotlib():
        from jaxreg.report import write

        return write.write_report(results, folder, lang)


def write_claims_report(results: ClaimsResults, folder: Path, lang: str) -> Path:
    """Writes the same of the claims, in English ("en") or Korean ("ko"), and returns the path of the page."""
    with plain_matplotlib():
        from jaxreg.report import claims_write

        return claims_write.write_claims_report(results, folder, lang)
