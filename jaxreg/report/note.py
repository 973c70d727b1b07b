"""The note of a run, as Markdown, for programs that show its study beside the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxreg.report.verdict_text import TEXT


def note(answer: Sequence[str], config: Mapping[str, Any], lang: str = "en") -> str:
    """Returns the question, the answer, the command and the settings.

    Args:
      answer: the lines of the conclusion.
      config: the content of config.json.
      lang: "en" or "ko".
    """
    text = TEXT[lang]
    rows = [f"| {name} | {_cell(value)} |" for name, value in config["settings"].items() if value is not None]
    table = "\n".join(["| | |", "| --- | --- |", *rows])
    command = f"`{config['command']}`"  # a block of code would not be wrapped
    return "\n\n".join([f"# {text['title']}", *answer, f"## {text['settings']}", command, table]) + "\n"


def _cell(value: Any) -> str:
    shown = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return shown.replace("|", "\\|")
