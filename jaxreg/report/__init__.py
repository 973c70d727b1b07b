"""From the records of a study to a report: `summarize` computes, `report.write` draws and writes (with matplotlib)."""

from __future__ import annotations

from jaxreg.report.note import note
from jaxreg.report.summarize import summarize
from jaxreg.report.summary import Summary
from jaxreg.report.wording import answer

__all__ = ["Summary", "answer", "note", "summarize"]
