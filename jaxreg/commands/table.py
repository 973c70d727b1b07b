"""Prints a table of a finished run, ready to paste into a text.

    jaxreg table runs/verdict                                  what may be best, as Markdown
    jaxreg table runs/verdict --format latex --table cells     every combination, for the LaTeX package booktabs

What may be best is in bold. Tables are those of the report, in its language; --table asks for one by its name.
"""

from dataclasses import dataclass, field
from pathlib import Path

from jaxreg.engine.config import setting
from jaxreg.errors import InputError, one_of
from jaxreg.pages.table import FORMATS


@dataclass(frozen=True)
class TableConfig:
    """Which table, and how it is written."""

    run: str = field(metadata={"help": "run folder of a verdict, a search, claims or `jaxreg judge`"})
    table: str | None = setting(None, "name of the table (default: the first of the report)")
    format: str = setting("markdown", "how it is written", choices=tuple(FORMATS))


CONFIG = TableConfig
FIRST = ("best", "cells", "claims")  # of a verdict, a search, and claims


def run(config: TableConfig) -> None:
    """Prints the table."""
    folder = Path(config.run) / "tables"
    written = {path.stem: path.with_suffix("") for path in sorted(folder.glob("*.csv"))}
    if not written:
        raise InputError(f"{config.run}: no tables in it; the run folder of a finished command of jaxreg is needed")
    first = next((name for name in FIRST if name in written), min(written))
    name = one_of("--table", config.table or first, written)
    print(written[name].with_suffix(f".{FORMATS[config.format]}").read_text(encoding="utf-8"), end="")
