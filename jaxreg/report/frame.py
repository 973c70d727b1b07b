"""The frame of a page: its head, its contents, sections and its foot; it works offline and says so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jaxreg.report.assets import CSS, SCRIPT
from jaxreg.report.markup import words

# Nothing may be fetched, and the browser is told.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def frame(
    sections: Sequence[tuple[str, str, str]],
    *,
    title: str,
    sub: str,
    contents: str,
    footer: str,
    lang: str,
    numbered: bool = True,
) -> str:
    """Returns a page.

    Args:
      sections: id, heading and HTML of each.
      title: above all.
      sub: the line below the title.
      contents: what the list of sections is called.
      footer: the line at the end.
      lang: of all these words, "en" or "ko".
      numbered: whether headings have numbers.
    """
    links = "".join(f'<li><a href="#{name}">{words(heading)}</a></li>' for name, heading, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{f"{number}. " if numbered else ""}{words(heading)}</h2>{content}</section>'
        for number, (name, heading, content) in enumerate(sections, start=1)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(title)}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(title)}</h1><p class="sub">{words(sub)}</p></header>'
        f'<nav aria-label="{escape(contents)}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(footer)}</footer><script>{SCRIPT}</script></body></html>\n"
    )
