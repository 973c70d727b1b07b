"""The commands: `jaxreg NAME`, `python -m jaxreg NAME` and `python experiments/NAME.py` are the same."""

import importlib
import shlex
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from jaxreg.cli import asked_language, parse, run_command
from jaxreg.errors import one_of
from jaxreg.program import called_as
from jaxreg.records import LANGUAGES
from jaxreg.text import Text

# Modules of jaxreg.commands.
COMMANDS = ("search", "verdict", "claims", "judge", "table", "predict", "proxy", "calibration")
LIST = Text(
    "Which regularization is best? {} --help shows the options of a command:",
    "어떤 정규화·규제가 가장 좋을까? {} --help로 명령의 옵션을 볼 수 있습니다:",
)


def main() -> NoReturn:
    """Runs the command that the first word names, or without one says which there are."""
    run_command(lambda: _run_named(sys.argv[1:]), asked_language(sys.argv[1:]))


def run_script(name: str) -> NoReturn:
    """Runs a command as `experiments/NAME.py`."""
    run_command(lambda: _run(name, sys.argv[1:]), asked_language(sys.argv[1:]))


def _run_named(argv: Sequence[str]) -> None:
    count = 2 if argv[:1] == ["--lang"] else int(" ".join(argv[:1]).startswith("--lang="))
    before, (name, *options) = argv[:count], argv[count:] or ["--help"]  # a language may stand before the name
    if before:
        one_of("--lang", before[-1].removeprefix("--lang="), LANGUAGES)
    if name in ("-h", "--help"):
        lang = asked_language(argv)
        print(LIST.format(shlex.join(called_as("NAME"))).to(lang) + "\n")
        for name in COMMANDS:
            print(f"  {name:<12} {_load(name)[1].to(lang).partition(chr(10))[0]}")
    else:
        _run(one_of("command", name, COMMANDS), [*before, *options])


def _run(name: str, options: Sequence[str]) -> None:
    """Runs a command, in whose help its name is as it was called."""
    command, text = _load(name)
    words = shlex.join(called_as(name))
    shown = text.to(asked_language(options)).replace(f"jaxreg {name}", words)
    command.run(parse(command.CONFIG, shown, options, words))


def _load(name: str) -> tuple[Any, Text]:
    """Returns the module of a command, and its text."""
    command = importlib.import_module(f"jaxreg.commands.{name}")
    text = command.__doc__ or ""
    return command, Text(text, getattr(command, "KOREAN", text))


if __name__ == "__main__":
    main()
