"""The note of a run, as Markdown, for programs that show its study beside the trials."""

from collections.abc import Mapping, Sequence
from typing import Any

from jaxreg.text import Text

TITLE = Text("Which regularization is best?", "어떤 정규화·규제가 가장 좋을까?")
SETTINGS = Text("Settings", "설정")


def note(answer: Sequence[str], config: Mapping[str, Any], lang: str = "en") -> str:
    """Returns the question, the answer, the command and the settings that config.json has."""
    rows = [f"| {name} | {_cell(value)} |" for name, value in config["settings"].items() if value is not None]
    table = "\n".join(["| | |", "| --- | --- |", *rows])
    command = f"`{config['command']}`"  # a block of code would not be wrapped
    return "\n\n".join([f"# {TITLE.to(lang)}", *answer, f"## {SETTINGS.to(lang)}", command, table]) + "\n"


def _cell(value: Any) -> str:
    shown = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return shown.replace("|", "\\|")
