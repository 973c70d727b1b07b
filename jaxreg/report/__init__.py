"""From the records of a study to a report: `summarize` computes, `write_report` draws and writes.

Figures need matplotlib and a verdict scipy.stats, a second to import: each `write_*` imports what it needs when called.
"""

from __future__ import annotations

from pathlib import Path

from jaxreg.records import StudyResults
from jaxreg.report.note import note
from jaxreg.report.plain import plain_matplotlib
from jaxreg.report.summarize import summarize
from jaxreg.report.summary import Summary
from jaxreg.report.wording import answer
from jaxreg.verdict.results import VerdictResults

__all__ = [
    "Summary",
    "answer",
    "note",
    "summarize",
    "write_report",
    "write_verdict_report",
]


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png` and `report.html` into a run folder, in one of LANGUAGES; returns the path of the page."""
    with plain_matplotlib():
        from jaxreg.report import write

        return write.write_report(results, folder, lang)


def write_verdict_report(results: VerdictResults, folder: Path, lang: str) -> Path:
    """Writes the same of a verdict and returns the path of the page."""
    with plain_matplotlib():
        from jaxreg.report import verdict_write

        return verdict_write.write_verdict_report(results, folder, lang)
