"""Prints a table of a finished run, ready to paste into a text.

    jaxreg table runs/verdict                                  what may be best, as Markdown
    jaxreg table runs/verdict --format latex --table cells     every combination, for the LaTeX package booktabs

What may be best is in bold. Tables are those of the report, in its language; --table asks for one by its name.
"""

from dataclasses import dataclass
from pathlib import Path

from jaxreg.engine.setting import argument, setting
from jaxreg.errors import InputError, one_of
from jaxreg.pages.table import FORMATS
from jaxreg.text import Text


@dataclass(frozen=True)
class TableConfig:
    """Which table, and how it is written."""

    run: str = argument("run folder of a verdict, a search, claims or `jaxreg judge`")
    table: str | None = setting(None, "name of the table (default: the first of the report)")
    format: str = setting("markdown", "how it is written", choices=tuple(FORMATS))


CONFIG = TableConfig
KOREAN = """끝난 실행의 표를 글에 붙여 넣을 수 있게 출력합니다.

    jaxreg table runs/verdict                                  최고일 수 있는 것, Markdown으로
    jaxreg table runs/verdict --format latex --table cells     모든 조합, LaTeX(booktabs)로

최고일 수 있는 것은 굵게 표시합니다. 표는 보고서의 표이고 언어도 보고서를 따릅니다. --table로 이름을 지정합니다.
"""
NO_TABLES = Text(
    "{run}: no tables in it; the run folder of a finished command of jaxreg is needed",
    "{run}: 표가 없습니다. 끝난 jaxreg 명령의 실행 폴더가 필요합니다",
)
FIRST = ("best", "cells", "claims")  # of a verdict, a search, and claims


def run(config: TableConfig) -> None:
    """Prints the table."""
    folder = Path(config.run) / "tables"
    written = {path.stem: path.with_suffix("") for path in sorted(folder.glob("*.csv"))}
    if not written:
        raise InputError(NO_TABLES.format(run=config.run))
    first = next((name for name in FIRST if name in written), min(written))
    name = one_of("--table", config.table or first, written)
    print(written[name].with_suffix(f".{FORMATS[config.format]}").read_text(encoding="utf-8"), end="")
