"""Settings that are the options of a command: checked as they are declared, written as JSON and as a command line."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from jaxreg.engine.setting import MAX_COUNT, NOT_EMPTY, option, refusal
from jaxreg.errors import InputError
from jaxreg.files import expanded
from jaxreg.program import called_as
from jaxreg.text import Text, same

AT_LEAST = Text("an integer of at least {low}", "{low} 이상의 정수")
INTEGER_IN = Text("an integer in {low}..{high}", "{low}..{high}의 정수")
A_TEXT = Text("a text", "문자열")
A_LIST = Text("a list", "목록")
SOME_OF = Text("one or more different ones of {}", "다음 중 서로 다른 하나 이상: {}")


@dataclass(frozen=True)
class Settings:
    """The settings of a command, each a field as `setting` or `argument` declares it.

    Raises:
      InputError: a value that its declaration does not allow.
    """

    name: ClassVar[str]  # of the command that takes these settings

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            value = in_python(getattr(self, spec.name))
            if isinstance(spec.default, tuple):
                value = (value,) if isinstance(value, str | int | float) else value
                if not isinstance(value, tuple | list):
                    raise self._refusal(spec.name, A_LIST)
            object.__setattr__(self, spec.name, value)
            optional = spec.type in ("str | None", str | None)
            if (optional or spec.type in ("str", str)) and not isinstance(value, str | None if optional else str):
                raise self._refusal(spec.name, A_TEXT)
            if "least" in spec.metadata and not (spec.default is None and value is None):
                self._check_integer(spec.name, spec.metadata["least"], spec.metadata.get("most"))
            if "choices" in spec.metadata:
                self._check_choice(spec.name, spec.metadata["choices"])
            if isinstance(spec.default, bool) and not isinstance(value, bool):
                raise self._refusal(spec.name, "True or False")
            if isinstance(value, str):
                self._check_text(spec.name)
                if "path" in spec.metadata:
                    named = spec.name if is_argument(spec) else option(spec.name)
                    object.__setattr__(self, spec.name, expanded(value, named))

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values."""
        given = {spec.name: getattr(self, spec.name) for spec in dataclasses.fields(self)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in given.items()}

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run can only be continued with unchanged."""
        values = self.settings()
        return {spec.name: values[spec.name] for spec in dataclasses.fields(self) if spec.metadata["identity"]}

    def command(self) -> str:
        """Returns the command line that starts the same again in this folder, called as this process was."""
        return shlex.join([*called_as(self.name), *self.options()])

    def defaults(self, spec: dataclasses.Field[Any]) -> tuple[Any, ...]:
        """Returns the values of a setting that a command line need not name."""
        return (spec.default,)

    def options(self) -> list[str]:
        """Returns the words of the command line that say what differs from the defaults."""
        words: list[str] = []
        values = self.settings()
        for spec in dataclasses.fields(self):
            if is_argument(spec):
                words.append(values[spec.name])
            elif getattr(self, spec.name) not in self.defaults(spec):
                again = spec.metadata.get("again")
                for value in values[spec.name] if again else [values[spec.name]]:
                    words += _words(again or spec.name, value)
        return words

    def _check_integer(self, name: str, low: int, high: int | None = None) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= (high or MAX_COUNT):
            few = high is None and not (isinstance(value, int) and value > MAX_COUNT)
            allowed = AT_LEAST if few else INTEGER_IN
            shown = repr(value) if isinstance(value, str) else value
            raise refusal(name, shown, allowed.format(low=low, high=high or MAX_COUNT))

    def _check_name(self, name: str) -> None:
        if not getattr(self, name).strip():
            raise self._refusal(name, NOT_EMPTY)

    def _check_text(self, name: str) -> None:
        try:
            getattr(self, name).encode()
        except UnicodeEncodeError:  # config.json could not hold it
            raise self._refusal(name, "text in Unicode") from None

    def _check_choice(self, name: str, choices: Sequence[str]) -> None:
        value = getattr(self, name)
        chosen = (value,) if isinstance(value, str) else tuple(value)
        if not chosen or any(c not in choices for c in chosen) or len(set(chosen)) < len(chosen):
            allowed = same("{}") if isinstance(value, str) else SOME_OF
            raise self._refusal(name, allowed.format(", ".join(choices)))

    def _refusal(self, name: str, allowed: str | Text) -> InputError:
        return refusal(name, getattr(self, name), allowed)


def in_python(value: Any) -> Any:
    """Returns a number of NumPy's as Python's own, and a path as text."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if isinstance(getattr(value, "shape", None), tuple) and value.shape == () else value


def is_argument(spec: dataclasses.Field[Any]) -> bool:
    """Returns whether a field is no option but an argument by its place."""
    return spec.default is dataclasses.MISSING


def _words(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [option(name if value else f"no_{name}")]
    if isinstance(value, list):  # an empty one is what the settings left out by themselves
        return [option(name), *map(str, value)] if value else []
    if str(value).startswith("-"):  # apart, it would be read as an option
        return [f"{option(name)}={value}"]
    return [option(name), str(value)]
