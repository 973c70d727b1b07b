"""Commands: options from a typed config, and one way to end, whatever happens."""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import sys
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from jaxreg.errors import InputError, said_in_one_line

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

Config = TypeVar("Config")


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Raises the parser's message as an InputError."""
        raise InputError(f"{message} (--help shows all options)")


def parse(config_type: type[Config], description: str | None, argv: Sequence[str] | None = None) -> Config:
    """Returns a config from the command line: one option a field, by its type, default and metadata.

    A field without a default is no option but an argument by its place, one or more where it is a tuple.
    Metadata of a field: `help`, and optionally `choices` and `metavar`.

    Raises:
      InputError: an unknown option, or a value that its option does not allow.
    """
    parser = OneLineParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    hints = typing.get_type_hints(config_type)
    for spec in dataclasses.fields(config_type):  # type: ignore[arg-type]
        if spec.default is dataclasses.MISSING:
            several = "+" if typing.get_origin(hints[spec.name]) is tuple else None
            parser.add_argument(spec.name, metavar=spec.name.upper(), help=spec.metadata["help"], nargs=several)
        else:
            parser.add_argument("--" + spec.name.replace("_", "-"), **_argument(spec, hints[spec.name]))
    values = vars(parser.parse_args(argv))
    for name, value in values.items():
        if value == []:  # what Python 3.11 makes of --name=--
            parser.error(f"argument --{name.replace('_', '-')}: expected a value, not --")
    return config_type(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _argument(spec: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    """Returns the keywords of `add_argument` for a field of type T, T | None or tuple[T, ...]; a bool is a switch."""
    keywords: dict[str, Any] = {"default": spec.default, "help": spec.metadata["help"]}
    if isinstance(spec.default, tuple):
        keywords["nargs"] = len(spec.metadata["metavar"]) if "metavar" in spec.metadata else "+"
        hint = typing.get_args(hint)[0]
    elif isinstance(hint, types.UnionType):
        hint = typing.get_args(hint)[0]
    if hint is bool:
        keywords["action"] = argparse.BooleanOptionalAction
    else:
        keywords["type"] = hint
        keywords["metavar"] = spec.metadata.get("metavar", None if "choices" in spec.metadata else spec.name.upper())
    if "choices" in spec.metadata:
        keywords["choices"] = spec.metadata["choices"]
    if spec.default is not None:
        shown = " ".join(map(str, spec.default)) if isinstance(spec.default, tuple) else spec.default
        keywords["help"] += f" (default: {shown})"
    return keywords


def run_command(command: Callable[[], None]) -> NoReturn:
    """Runs a command and exits: 0 done; 130 interrupted; 2 bad input, a full disk or too little memory, in one line.

    Everything finished is kept in each case.
    """
    # Being asked to stop is like Ctrl-C, which a shell has jobs in the background ignore.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    try:
        command()
    except Exception as error:
        line = said_in_one_line(error)
        if line is None:
            raise
        if isinstance(error, BrokenPipeError):  # whoever read our output has gone, and what is left of it goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"error: {line}", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        print("interrupted: everything finished is kept; the same command continues", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)
