"""A verdict in Python: to print, to ask, and to put into a paper."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import Any

from jaxreg.errors import one_of
from jaxreg.pages.markup import paragraphs
from jaxreg.pages.plain import plain_matplotlib
from jaxreg.pages.table import FORMATS, Table
from jaxreg.records import cell_name
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import all_tables, summarize_for_scripts
from jaxreg.verdict.words import say

# A table's heads sort it on a page; a notebook runs no script of ours.
STYLE = ".jaxreg button { all: unset } .jaxreg .best { font-weight: bold } .jaxreg img { max-width: 100% }"


@dataclass(frozen=True, repr=False)
class Verdict:
    """What the numbers say; printed, it is the verdict in words, and in a notebook with a figure and a table.

    Attributes:
      results: everything that the report is made from.
      lang: of words and tables, "en" or "ko".

    >>> from jaxreg import judge
    >>> verdict = judge([[0.90, 0.92, 0.91, 0.93], [0.80, 0.83, 0.81, 0.82]], methods=["new", "old"])
    >>> verdict.best, verdict.better("new", "old")
    (('new',), True)
    >>> "**new**" in verdict.table()
    True
    """

    results: VerdictResults
    lang: str = "en"

    @property
    def words(self) -> tuple[str, ...]:
        """Returns the verdict, the answer first, one thought a string."""
        return say(self.results, self.lang)

    @property
    def best(self) -> tuple[str, ...]:
        """Returns the names of all that may be best, that of the highest mean first."""
        return tuple(cell_name(cell) for cell in self.results.judgement.best.candidates)

    @property
    def summary(self) -> dict[str, Any]:
        """Returns the numbers, as summary.json has them."""
        return summarize_for_scripts(self.results)

    def better(self, left: str, right: str) -> bool | None:
        """Returns whether one is better than another; None where these numbers do not say, or they are equivalent.

        Raises:
          InputError: there is none of this name.
        """
        cells = [cell_name(score.cell) for score in self.results.judgement.cells]
        for name in (left, right):
            one_of("method", name, cells)
        for contrast in self.results.judgement.pairs.contrasts:
            if {contrast.left, contrast.right} == {left, right} and contrast.decided:
                return (contrast.decision == "better") == (contrast.left == left)
        return None

    def table(self, name: str = "best", form: str = "markdown") -> str:
        """Returns a table as Markdown, LaTeX (booktabs) or CSV; what may be best is bold.

        Raises:
          InputError: there is no such table or form.
        """
        tables = {own: table for own, table in all_tables(self.results).items() if table.rows}
        table: Table[Any] = tables[one_of("table", name, tables)]
        return table.written(one_of("form", form, FORMATS), self.lang)

    def figure(self, name: str = "best") -> Any:
        """Returns a figure of the report, matplotlib's: to save, or to be seen in a notebook.

        Raises:
          InputError: there is no such figure.
        """
        with plain_matplotlib():
            from jaxreg.pages.style import LIGHT
            from jaxreg.verdict.plots import draw_verdict, figures

            return draw_verdict(self.results, one_of("figure", name, figures(self.results)), LIGHT, self.lang)

    def __str__(self) -> str:
        return "\n".join(self.words)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Returns the words, the first figure and the first table, as a notebook shows them."""
        with plain_matplotlib():
            from jaxreg.pages.files import svg_bytes
            from jaxreg.verdict.plots import figures

            picture = b64encode(svg_bytes(self.figure(figures(self.results)[0]))).decode()
        shown = f'<img alt="{escape(self.words[0])}" src="data:image/svg+xml;base64,{picture}">'
        first = next(table for table in all_tables(self.results).values() if table.rows)
        table = first.html(self.lang, caption="")
        return f'<div class="jaxreg"><style>{STYLE}</style>{paragraphs(self.words)}{shown}{table}</div>'
