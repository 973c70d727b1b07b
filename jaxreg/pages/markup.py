"""Small parts of an HTML page: escaped text, lists, figures. Whatever enters as a string is escaped here, once."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

WHOLE = re.compile(r"\d\.\de-\d+|%[가-힣]+")  # no line is broken inside
# figure name -> SVGs for light and for dark screens; of a wide figure then those for narrow light and dark ones
Images = Mapping[str, tuple[bytes, ...]]
DARK, NARROW = "(prefers-color-scheme: dark)", "(max-width: 600px)"
SCREENS = (DARK, NARROW, f"{NARROW} and {DARK}")  # of all but the first, which is for paper too


class Picture(NamedTuple):
    """The words that go with a figure: the name of its file, a title, a sentence below, and the alternative text."""

    name: str
    title: str
    caption: str
    alt: str


def words(text: str) -> str:
    """Returns plain text as HTML: escaped, and with no line break inside 98.1 % or 3.2e-4."""
    return WHOLE.sub(r'<span class="whole">\g<0></span>', escape(text).replace(" %", "&nbsp;%"))


def paragraphs(lines: Sequence[str]) -> str:
    """Returns one paragraph for each line."""
    return "".join(f"<p>{words(line)}</p>" for line in lines)


def bullets(lines: Sequence[str]) -> str:
    """Returns the lines as a list."""
    return f'<ul class="sure">{"".join(f"<li>{words(line)}</li>" for line in lines)}</ul>' if lines else ""


def heading(title: str) -> str:
    """Returns the heading of a part of a section."""
    return f"<h3>{words(title)}</h3>"


def aside(text: str) -> str:
    """Returns what is said beside the matter."""
    return f'<p class="note">{words(text)}</p>'


def folded(title: str, body: str) -> str:
    """Returns a title that shows what is below it when it is asked for."""
    return f"<details><summary>{words(title)}</summary>{body}</details>"


def command(text: str) -> str:
    """Returns a command to copy, its lines as long as the page is wide."""
    return f'<pre class="command">{escape(text)}</pre>'


def pairs(values: Mapping[str, Any]) -> str:
    """Returns names and values as a table of two columns; nested names are joined by dots."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{words(plain(value))}</td></tr>' for name, value in flat(values)
    )
    return f'<div class="scroll"><table class="pairs"><tbody>{rows}</tbody></table></div>'


def flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Returns the leaves of a nested mapping with dotted names, in their order."""
    leaves: list[tuple[str, Any]] = []
    for name, value in values.items():
        leaves += flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return leaves


def plain(value: Any) -> str:
    """Returns a value of a configuration as text."""
    if value is None:
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value)
    return str(value)


def figure(text: Picture, images: Images, *, wide: bool = False) -> str:
    """Returns a figure with title, sentence and alternative text; a wide one is as wide as the page."""
    light, *others = (f"data:image/svg+xml;base64,{b64encode(svg).decode()}" for svg in images[text.name])
    sources = [f'<source media="screen and {on}" srcset="{svg}">' for on, svg in zip(SCREENS, others, strict=False)]
    kind = ' class="wide"' if wide else ""
    return (
        f'<figure{kind} id="fig-{text.name}"><h3>{words(text.title)}</h3>'
        f'<picture>{"".join(reversed(sources))}<img src="{light}" alt="{escape(text.alt)}"></picture>'
        f"<figcaption>{words(text.caption)}</figcaption></figure>"
    )
