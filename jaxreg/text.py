"""Words in both languages, so that a missing one is an error of the type checker."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple


class Text(NamedTuple):
    """The same words in English and in Korean.

    >>> Text("{} trials of {}", "{1}: {0}회").format(3, Text("a search", "탐색")).to("ko")
    '탐색: 3회'
    """

    en: str
    ko: str

    def to(self, lang: str) -> str:
        """Returns the words in one language."""
        return self.ko if lang == "ko" else self.en

    def __format__(self, spec: str) -> str:
        """Raises a TypeError: in an f-string both languages would be shown as a tuple."""
        raise TypeError(f"{self!r} has two languages; `to` gives one, `format` fills both")

    def format(self, *args: object, **kwargs: object) -> Text:
        """Returns both with the same values filled in; a value that is a Text gives each its own language."""
        return Text(*(_fill(text, lang, args, kwargs) for lang, text in (("en", self.en), ("ko", self.ko))))


NOTHING = Text("", "")


def same(said: str) -> Text:
    """Returns words that are the same in both languages, such as a number or a name."""
    return Text(said, said)


_asked = ["en"]  # the language of this process's screen


def speak(lang: str) -> None:
    """Has what a process says beside its results, where no settings are at hand, be in this language from now on."""
    _asked[:] = [lang]


def tell(said: Text, lang: str | None = None) -> None:
    """Says a line on standard error, where no language is given in that of `speak`."""
    print(said.to(lang or _asked[-1]), file=sys.stderr, flush=True)


def note(said: Text, lang: str | None = None) -> None:
    """Says a line about what was decided, or is unusual, of the user's data and settings."""
    tell(Text("note: {}", "참고: {}").format(said), lang)


class Counted(NamedTuple):
    """What is counted, one of it and several, which Korean does not tell apart; {n} is the number."""

    one: str
    several: str
    korean: str


def counted(count: int, things: Counted) -> Text:
    """Returns "1 trial", "2 trials"."""
    return Text(things.one if count == 1 else things.several, things.korean).format(n=f"{count:,}")


def joined(parts: Sequence[Text], by: str = " ") -> Text:
    """Returns texts one after another."""
    return Text(by.join(part.en for part in parts), by.join(part.ko for part in parts))


def screen_width(text: str) -> int:
    """Returns how many columns of a screen a text takes: two for a Korean letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """Returns a text at the right of so many columns of a screen."""
    return " " * (width - screen_width(text)) + text


def filled(text: str, width: int) -> str:
    """Returns a text at the left of so many columns of a screen."""
    return text + " " * (width - screen_width(text))


def _fill(text: str, lang: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    def own(value: object) -> object:
        return value.to(lang) if isinstance(value, Text) else value

    return text.format(*map(own, args), **{name: own(value) for name, value in kwargs.items()})
