"""Commands: options from a typed config, and one way to end, whatever happens."""

import argparse
import codecs
import dataclasses
import io
import os
import signal
import sys
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from jaxreg.errors import InputError, NotYet, said_in_one_line
from jaxreg.methods import shipped_names

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "×": "x", "…": "..."})

Config = TypeVar("Config")


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Raises the parser's message as an InputError."""
        raise InputError(f"{message} (--help shows all options)")


def parse(
    config_type: type[Config], description: str | None, argv: Sequence[str] | None = None, program: str | None = None
) -> Config:
    """Returns a config from the command line: one option a field, by its type, default and metadata.

    A field without a default is no option but an argument by its place, one or more where it is a tuple.
    Metadata of a field: `help`, and optionally `choices` and `metavar`; a field that is an option given `again` takes
    what comes after the first. `program` is what the help calls the command.
    An InputError says which option is unknown, or does not allow its value.
    """
    layout = argparse.RawDescriptionHelpFormatter
    parser = OneLineParser(prog=program, description=description, formatter_class=layout, allow_abbrev=False)
    hints = typing.get_type_hints(config_type)
    specs = dataclasses.fields(config_type)  # type: ignore[arg-type]
    again = {spec.metadata["again"]: spec for spec in specs if "again" in spec.metadata}
    for spec in specs:
        if "again" in spec.metadata:
            continue
        if spec.default is dataclasses.MISSING:
            several = "+" if typing.get_origin(hints[spec.name]) is tuple else None
            text = _literal(spec.metadata["help"])
            parser.add_argument(spec.name, metavar=spec.name.upper(), help=text, nargs=several)
        else:
            keywords = _argument(spec, hints[spec.name])
            if spec.name in again:
                keywords |= {"action": "append", "default": None}
                keywords["help"] += "; given again: " + _literal(again[spec.name].metadata["help"])
            parser.add_argument("--" + spec.name.replace("_", "-"), **keywords)
    values = vars(parser.parse_args(argv))
    for spec in specs:
        if spec.name in again:
            first, *others = values[spec.name] or [spec.default]
            values |= {spec.name: first, again[spec.name].name: tuple(others)}
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
    if isinstance(hint, types.UnionType):
        kinds = typing.get_args(hint)
        hint = number if {int, float} <= {*kinds} else kinds[0]
    if hint is bool:
        keywords["action"] = argparse.BooleanOptionalAction
    else:
        keywords["type"] = hint
        keywords["metavar"] = spec.metadata.get("metavar", None if "choices" in spec.metadata else spec.name.upper())
    if "names" in spec.metadata:
        keywords["help"] = keywords["help"].format(", ".join(shipped_names(spec.metadata["names"])))
    if "choices" in spec.metadata:
        keywords["choices"] = spec.metadata["choices"]
    if spec.default is not None:
        shown = " ".join(map(str, spec.default)) if isinstance(spec.default, tuple) else spec.default
        keywords["help"] += f" (default: {shown})"
    keywords["help"] = _literal(keywords["help"])
    return keywords


def number(text: str) -> int | float:
    """Returns a number as it is written, 600 or 0.6; a ValueError where it is none."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _literal(text: str) -> str:
    """Returns a help text in which argparse, which formats it, finds nothing to format."""
    return text.replace("%", "%%")


def run_command(command: Callable[[], None]) -> NoReturn:
    """Runs a command and exits: 0 done; 130 interrupted; 2 bad input, a full disk or too little memory, in one line."""
    # Being asked to stop is like Ctrl-C, which a shell has jobs in the background ignore.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    _prepare_streams()
    code = _exit_code(command)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:  # whoever read our output has gone, or its disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it goes nowhere
        if code == 0:
            code = _failed(str(said_in_one_line(error)))
    sys.exit(code)


def _exit_code(command: Callable[[], None]) -> Any:
    try:
        command()
    except SystemExit as end:  # of --help, for one
        return end.code
    except NotYet as said:
        print(said)
    except Exception as error:
        line = said_in_one_line(error)
        if line is None:
            raise
        return _failed(line)
    except KeyboardInterrupt:
        print("interrupted: everything finished is kept; the same command continues", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def _failed(line: str) -> int:
    print(f"error: {line}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _prepare_streams() -> None:
    """Has standard output and error show what they can of any text, and files of ours never take their places."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed: the next file that is opened, a database perhaps, would be what is printed to
            os.open(os.devnull, os.O_RDWR)
    codecs.register_error("jaxreg", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not None, nor what a test or a notebook has put there
            stream.reconfigure(errors="jaxreg")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Replaces letters that an encoding has not: dashes by hyphens, others by a backslash and their numbers."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "backslashreplace").decode(), error.end
