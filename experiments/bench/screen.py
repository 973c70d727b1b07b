"""The tables of the benchmark on the screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from bench.section import Table


def show(table: Table, console: Console | None = None) -> None:
    """Prints a table; numbers stand right, names left."""
    drawn = RichTable(title=table.title, caption=table.note or None, title_justify="left", caption_justify="left")
    for name in table.header:
        drawn.add_column(Text(name), justify="left" if name in ("", "norm") else "right", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    (console or Console(highlight=False)).print(drawn)
