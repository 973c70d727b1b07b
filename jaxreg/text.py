"""Words in both languages, so that a missing one is an error of the type checker."""

from __future__ import annotations

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

    def format(self, *args: object, **kwargs: object) -> Text:
        """Returns both with the same values filled in; a value that is a Text gives each its own language."""
        return Text(*(_fill(text, lang, args, kwargs) for lang, text in (("en", self.en), ("ko", self.ko))))


def _fill(text: str, lang: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    def own(value: object) -> object:
        return value.to(lang) if isinstance(value, Text) else value

    return text.format(*map(own, args), **{name: own(value) for name, value in kwargs.items()})
