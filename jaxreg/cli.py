"""Commands: options from a typed config, and one way to end, whatever happens."""

import argparse
import codecs
import dataclasses
import io
import os
import re
import signal
import sys
import types
import typing
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NoReturn, TypeVar

from jaxreg.errors import InputError, NotYet, said_in_one_line
from jaxreg.methods import shipped_names
from jaxreg.records import LANGUAGES
from jaxreg.text import Text, same, screen_width, tell

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "×": "x", "…": "..."})
SEE_HELP = Text("{mistake} (--help shows all options)", "{mistake} (--help로 모든 옵션을 볼 수 있습니다)")
FAILED = Text("error: {}", "오류: {}")
INTERRUPTED = Text(
    "interrupted: everything finished is kept; the same command continues",
    "중단: 끝난 것은 모두 보존되며 같은 명령으로 이어집니다",
)
OPTIONS = Text("[option ...]", "[옵션 ...]")
NEEDED, OTHERS = Text("arguments", "인자"), Text("options", "옵션")
HELP = Text("show this help message and exit", "이 도움말을 보입니다")
DEFAULT = Text(" (default: {})", " (기본값: {})")
# What argparse says, and the same in Korean; what is in brackets is filled in.
MISTAKES = {
    r"unrecognized arguments: (.*)": "알 수 없는 인자: {}",
    r"the following arguments are required: (.*)": "필요한 인자가 없습니다: {}",
    r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)": "{} {}: 사용할 수 있는 값은 {}",
    r"argument (\S+): invalid (?:int|number) value: (.*)": "{} {}: 수가 필요합니다",
    r"argument (\S+): invalid float value: (.*)": "{} {}: 수가 필요합니다",
    r"argument (\S+): expected (?:one|at least one) argument": "{}: 값이 필요합니다",
    r"argument (\S+): expected (\d+) arguments": "{}: 값 {}개가 필요합니다",
}

CHOOSES = Text(
    "--{name} {value}: allowed is none with --{chosen}, which it chooses",
    "--{name} {value}: --{chosen}은(는) 이 옵션이 정하므로 함께 줄 수 없습니다",
)
GIVEN_AGAIN = Text("; given again: {}", ". 다시 주면: {}")

Config = TypeVar("Config")


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Raises the parser's message as an InputError."""
        raise InputError(SEE_HELP.format(mistake=_mistake(message)))


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as argparse lays it out, but that lines end where they do on a screen, where Korean letters are wide."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".lstrip()
            lines = [*lines[:-1], longer] if not lines[-1] or screen_width(longer) <= width else [*lines, word]
        return lines


def asked_language(argv: Sequence[str]) -> str:
    """Returns the language that a command line asks for; in that one mistakes in the others are said."""
    words = [word for pair in pairwise([*argv, ""]) if (word := _language(*pair))]
    return words[-1] if words else "en"


def _language(word: str, following: str) -> str | None:
    name, equals, value = word.partition("=")
    value = value if equals else following
    return value if name == "--lang" and value in LANGUAGES else None


def parse(
    config_type: type[Config],
    description: str | None,
    argv: Sequence[str] | None = None,
    program: str | None = None,
) -> Config:
    """Returns a config from the command line: one option a field, by its type, default and metadata.

    A field without a default is no option but an argument by its place, one or more where it is a tuple.
    Metadata of a field: `help`, and optionally `section`, `choices` and `metavar`; a field that is an option given
    `again` takes what comes after the first, and one that `chooses` others is given without them. `program` is what the
    help calls the command; help has the groups by their places, in each first what the command adds to others' options,
    and is in the language that `argv` asks for.
    An InputError says which option is unknown, or does not allow its value.
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = _parser(config_type, description, program, asked_language(argv))
    values = vars(parser.parse_args(argv))
    specs = {spec.name: spec for spec in dataclasses.fields(config_type)}  # type: ignore[arg-type]
    for name, option in ((name, spec.metadata["again"]) for name, spec in specs.items() if "again" in spec.metadata):
        first, *others = values.get(option, [specs[option].default])
        values |= {option: first, name: tuple(others)}
    for name, value in values.items():
        for chosen in filter(values.__contains__, specs[name].metadata.get("chooses", ())):  # at its default, too
            raise InputError(CHOOSES.format(name=name, value=value, chosen=chosen.replace("_", "-")))
        if value == []:  # what Python 3.11 makes of --name=--
            parser.error(f"argument --{name.replace('_', '-')}: expected a value, not --")
    return config_type(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _parser(config_type: type, description: str | None, program: str | None, lang: str) -> OneLineParser:
    """Returns the parser of a config's fields."""
    hints, specs = typing.get_type_hints(config_type), dataclasses.fields(config_type)
    places = [spec for spec in specs if spec.default is dataclasses.MISSING]
    usage = [_place(spec.name.upper(), several=typing.get_origin(hints[spec.name]) is tuple) for spec in places]
    parser = OneLineParser(
        prog=program,
        usage=" ".join(["%(prog)s [-h]", OPTIONS.to(lang), *usage]),
        description=description,
        formatter_class=Layout,
        allow_abbrev=False,
        add_help=False,
    )
    needed = parser.add_argument_group(NEEDED.to(lang))  # one without any is not shown
    for spec in places:
        several = "+" if typing.get_origin(hints[spec.name]) is tuple else None
        needed.add_argument(spec.name, metavar=spec.name.upper(), help=_help(spec, lang), nargs=several)
    options = sorted((spec for spec in specs if spec not in places), key=partial(_place_of, config_type))
    groups = dict.fromkeys(spec.metadata.get("section") for spec in options)
    shown = {group: parser.add_argument_group((group.title if group else OTHERS).to(lang)) for group in groups}
    again = {spec.metadata["again"]: spec for spec in options if "again" in spec.metadata}
    for spec in options:
        name, keywords = "--" + spec.name.replace("_", "-"), _argument(spec, hints[spec.name], lang)
        if spec.name in again:
            keywords["action"] = "append"
            keywords["help"] += GIVEN_AGAIN.format(_help(again[spec.name], lang)).to(lang)
        if spec not in again.values():
            shown[spec.metadata.get("section")].add_argument(name, **keywords)
    next(iter(shown.values())).add_argument("-h", "--help", action="help", help=HELP.to(lang))
    return parser


def _place(name: str, several: bool) -> str:
    return f"{name} [{name} ...]" if several else name


def _place_of(config_type: type, spec: dataclasses.Field[Any]) -> tuple[int, int]:
    """Returns what options are sorted by: their group's place, then how far from the command they are declared."""
    group = spec.metadata.get("section")
    first = [spec.name in vars(owner).get("__dataclass_fields__", {}) for owner in reversed(config_type.__mro__)].index(
        True
    )
    return group.place if group else 0, -first


def _argument(spec: dataclasses.Field[Any], hint: Any, lang: str) -> dict[str, Any]:
    """Returns the keywords of `add_argument` for a field of type T, T | None or tuple[T, ...]; a bool is a switch.

    The parser has no defaults, so that what it returns is what was given.
    """
    keywords: dict[str, Any] = {"default": argparse.SUPPRESS, "help": _help(spec, lang)}
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
    if "choices" in spec.metadata:
        keywords["choices"] = spec.metadata["choices"]
    return keywords


def _help(spec: dataclasses.Field[Any], lang: str) -> str:
    """Returns the help of a field with its default, in which argparse, which formats it, finds nothing to format."""
    said = spec.metadata["help"]
    text = said.to(lang) if isinstance(said, Text) else said
    if "names" in spec.metadata:
        text = text.format(", ".join(shipped_names(spec.metadata["names"])))
    if spec.default not in (None, (), dataclasses.MISSING):
        shown = " ".join(map(str, spec.default)) if isinstance(spec.default, tuple) else spec.default
        text += DEFAULT.format(shown).to(lang)
    return text.replace("%", "%%")


def _mistake(message: str) -> Text:
    """Returns what argparse says of a command line, in both languages where it is what beginners meet."""
    for pattern, korean in MISTAKES.items():
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return Text(message, korean.format(*found.groups()))
    return same(message)


def number(text: str) -> int | float:
    """Returns a number as it is written, 600 or 0.6; a ValueError where it is none."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def run_command(command: Callable[[], None], lang: str = "en") -> NoReturn:
    """Runs a command and exits: 0 done; 130 interrupted; 2 bad input, a full disk or too little memory, in one line."""
    # Being asked to stop is like Ctrl-C, which a shell has jobs in the background ignore.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    _prepare_streams()
    code = _exit_code(command, lang)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:  # whoever read our output has gone, or its disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it goes nowhere
        if code == 0 and not isinstance(error, BrokenPipeError):  # as `| head` that has read enough of what is done
            code = _failed(said_in_one_line(error) or same(str(error)), lang)
    sys.exit(code)


def _exit_code(command: Callable[[], None], lang: str = "en") -> Any:
    try:
        command()
    except SystemExit as end:  # of --help, for one
        return end.code
    except NotYet as said:
        print(said.text.to(lang))
    except Exception as error:
        line = said_in_one_line(error)
        if line is None:
            raise
        return _failed(line, lang)
    except KeyboardInterrupt:
        tell(INTERRUPTED, lang)
        return EXIT_INTERRUPTED
    return 0


def _failed(line: Text, lang: str) -> int:
    tell(FAILED.format(line), lang)
    return EXIT_BAD_INPUT


def _prepare_streams() -> None:
    """Has standard output and error show what they can of any text, and files of ours never take their places."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed: the next file that is opened, a database perhaps, would be what is printed to
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # workers' files neither
    codecs.register_error("jaxreg", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not None, nor what a test or a notebook has put there
            stream.reconfigure(errors="jaxreg")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Replaces letters that an encoding has not: dashes by hyphens, others by a backslash and their numbers."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "backslashreplace").decode(), error.end
