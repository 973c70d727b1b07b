"""The commands: `jaxreg NAME`, `python -m jaxreg NAME` and `python experiments/NAME.py` are the same."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jaxreg.cli import parse, run_command
from jaxreg.errors import one_of

# Modules of jaxreg.commands.
COMMANDS = ("search", "verdict", "claims", "judge", "table", "predict", "proxy", "calibration")


def main() -> NoReturn:
    """Runs the command that the first word names, or without one says which there are."""
    run_command(lambda: _run_named(sys.argv[1:]))


def run_script(name: str) -> NoReturn:
    """Runs a command as `experiments/NAME.py`."""
    run_command(lambda: _run(name, f"python experiments/{name}.py", sys.argv[1:]))


def _run_named(argv: Sequence[str]) -> None:
    program = "python -m jaxreg" if Path(sys.argv[0]).name == "__main__.py" else "jaxreg"
    name, *options = argv or ["--help"]
    if name in ("-h", "--help"):
        print(f"Which regularization is best? {program} NAME --help shows the options of a command:\n")
        for name in COMMANDS:
            print(f"  {name:<12} {_load(name)[1].partition(chr(10))[0]}")
    else:
        _run(one_of("command", name, COMMANDS), f"{program} {name}", options)


def _run(name: str, words: str, options: Sequence[str]) -> None:
    """Runs a command, in whose help its name is as it was called."""
    command, text = _load(name)
    command.run(parse(command.CONFIG, text.replace(f"jaxreg {name}", words), options, words))


def _load(name: str) -> tuple[Any, str]:
    """Returns the module of a command, and its text."""
    command = importlib.import_module(f"jaxreg.commands.{name}")
    return command, command.__doc__ or ""


if __name__ == "__main__":
    main()
