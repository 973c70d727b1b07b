"""A table, declared once: its columns give HTML for a page, CSV for scripts, Markdown and LaTeX for a text. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jaxreg.pages.markup import words
from jaxreg.pages.wording import number
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Factor, Method, Range

Row = TypeVar("Row")
Value = float | str | bool | None

FORMATS = {"markdown": "md", "latex": "tex", "csv": "csv"}  # and the endings of their files
LATEX = (
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"–": "--", "−": "$-$", "±": r"$\pm$", "<": "$<$", ">": "$>$", " %": r"~\%"}
)
MINUS = re.compile(r"(?<![\w-])-(?=\d)")  # and no hyphen
LATEX_SPECIAL = re.compile("|".join(map(re.escape, sorted(LATEX, key=len, reverse=True))))


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table.

    Attributes:
      name: its head in a CSV.
      value: what a CSV has of a row and a page sorts by, None where it is empty; a column without one is for readers.
      head: what readers see above it; a column without one is for scripts.
      show: what readers see of a row, where it hangs on more than the value.
      is_text: whether readers see words, which stand to the left and are sorted as such.
      form: what readers see of a value that is not empty.
      colors: of the dot before it on a page, on light and on dark ground.
    """

    name: str
    value: Callable[[Row], Value] | None = None
    head: Text | None = None
    show: Callable[[Row], str | Text] | None = None
    is_text: bool = False
    colors: Callable[[Row], tuple[str, str]] | None = None
    form: Callable[[Any], str | Text] = str

    def shown(self, row: Row, lang: str) -> str:
        """Returns what readers see of a row."""
        value = self.value and self.value(row)
        shown = self.show(row) if self.show else "-" if value is None else self.form(value)
        return shown.to(lang) if isinstance(shown, Text) else shown

    @property
    def css(self) -> str:
        """Returns the attribute of its cells on a page."""
        return ' class="text"' if self.is_text else ""

    def td(self, row: Row, lang: str, folds: bool = False) -> str:
        """Returns its cell of a row on a page, with what it is sorted by; with its head, too, in a table that folds."""
        shown, value = self.shown(row, lang), self.value and self.value(row)
        key = shown if self.is_text else "" if value is None else str(value)
        dot = '<span class="dot" style="--light:{};--dark:{}"></span>'.format(*self.colors(row)) if self.colors else ""
        named = f' data-head="{escape(self.head.to(lang))}"' if folds and self.head else ""
        return f'<td{self.css} data-sort="{escape(key)}"{named}>{dot}{words(shown)}</td>'


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Columns and what stands in them.

    Attributes:
      columns: in the order of a CSV.
      rows: what columns take their values from.
      order: names of the columns that readers see, in their order; where it is not given, all that have a head.
      stands_out: which rows readers see in bold.
    """

    columns: Sequence[Column[Row]]
    rows: Sequence[Row]
    order: Sequence[str] = ()
    stands_out: Callable[[Row], bool] = lambda row: False

    def csv(self) -> tuple[list[str], list[list[Value]]]:
        """Returns the header and the rows of a CSV: all that has a value."""
        columns = [(column.name, column.value) for column in self.columns if column.value]
        return [name for name, _ in columns], [[value(row) for _, value in columns] for row in self.rows]

    def html(
        self, lang: str, *, caption: str, marks: Sequence[str] = (), tall: bool = False, folds: bool = False
    ) -> str:
        """Returns a sortable table for a page.

        `marks` gives each row's class; a tall one scrolls under its heads; one that folds, of long texts, has on a
        phone the cells of a row below each other.
        """
        marks = marks or ["best" * self.stands_out(row) for row in self.rows]
        head = "".join(
            f'<th scope="col"{column.css}><button type="button">{words(text)}</button></th>'
            for column, text in zip(self._seen(), self._heads(lang), strict=True)
        )
        classes = [f' class="{mark}"' if mark else "" for mark in marks]
        body = "".join(
            f"<tr{kind}>{''.join(column.td(row, lang, folds) for column in self._seen())}</tr>"
            for kind, row in zip(classes, self.rows, strict=True)
        )
        scroll = "scroll" + " tall" * tall + " folds" * folds
        return (
            f'<div class="{scroll}" role="region" tabindex="0" aria-label="{escape(caption)}"><table class="sortable">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def markdown(self, lang: str) -> str:
        """Returns the table in Markdown."""
        rule = ["---" if column.is_text else "---:" for column in self._seen()]
        lines = self._heads(lang), *self._texts(lang, "**{}**")
        head, *body = ([text.replace("|", "\\|") for text in line] for line in lines)
        return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *body))

    def latex(self, lang: str) -> str:
        """Returns the table as a LaTeX tabular with the rules of the package booktabs."""
        align = "".join("l" if column.is_text else "r" for column in self._seen())
        heads = [_latex(text) for text in self._heads(lang)]
        head, *body = (" & ".join(line) + r" \\" for line in (heads, *self._texts(lang, r"\textbf{{{}}}", _latex)))
        lines = [rf"\begin{{tabular}}{{{align}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
        return "\n".join([*lines, r"\end{tabular}"]) + "\n"

    def written(self, form: str, lang: str) -> str:
        """Returns the table as "markdown", "latex" or "csv"."""
        if form == "csv":
            text, (head, rows) = io.StringIO(), self.csv()
            csv.writer(text, lineterminator="\n").writerows([head, *rows])
            return text.getvalue()
        return self.latex(lang) if form == "latex" else self.markdown(lang)

    def _seen(self) -> list[Column[Row]]:
        columns = {column.name: column for column in self.columns if column.head}
        return [columns[name] for name in self.order or columns]

    def _heads(self, lang: str) -> list[str]:
        return [column.head.to(lang) for column in self._seen() if column.head]

    def _texts(self, lang: str, bold: str, escaped: Callable[[str], str] = str) -> list[list[str]]:
        """Returns what readers see of the rows, those that stand out as `bold` writes them."""
        forms = [bold if self.stands_out(row) else "{}" for row in self.rows]
        return [
            [form.format(escaped(column.shown(row, lang))) for column in self._seen()]
            for form, row in zip(forms, self.rows, strict=True)
        ]


def files_of(tables: Mapping[str, Table[Any]], lang: str) -> dict[str, str]:
    """Returns the files of tables by their names, each as CSV, Markdown and LaTeX; an empty table has none."""
    return {
        f"{name}.{ending}": table.written(form, lang)
        for name, table in tables.items()
        for form, ending in FORMATS.items()
        if table.rows
    }


def _latex(text: str) -> str:
    return MINUS.sub("$-$", LATEX_SPECIAL.sub(lambda found: LATEX[found[0]], text))


def method_columns(
    comparison: Comparison, methods: Callable[[Row], Mapping[str, str]], words: Callable[[Method], Text]
) -> list[Column[Row]]:
    """Returns a column for the methods of each factor; those of the first have the colours that figures give them."""

    def column(factor: Factor, first: bool) -> Column[Row]:
        def colors(row: Row) -> tuple[str, str]:
            from jaxreg.pages.style import method_colors  # matplotlib, which a page has by then

            return method_colors(comparison, factor.name, methods(row)[factor.name])

        return Column(
            factor.name,
            lambda row: methods(row)[factor.name],
            factor.text,
            lambda row: words(comparison.method(factor.name, methods(row)[factor.name])),
            is_text=True,
            colors=colors if first else None,
        )

    return [column(factor, place == 0) for place, (factor, _) in enumerate(comparison.factors)]


def param_columns(comparison: Comparison, params: Callable[[Row], Mapping[str, float]]) -> list[Column[Row]]:
    """Returns a column for each hyperparameter, empty where a cell has none."""

    def column(name: str, given: Range) -> Column[Row]:
        shown = comparison.param(name)
        return Column(name, lambda row: params(row).get(name), shown, form=lambda value: number(value, given))

    return [column(name, given) for name, given in comparison.space.items()]
