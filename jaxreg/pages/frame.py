"""The frame of a page: its head, its contents, sections and its foot; it works offline and says so. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from jaxreg.pages.assets import CSS, SCRIPT
from jaxreg.pages.markup import aside, bullets, command, heading, pairs, paragraphs, words
from jaxreg.text import Text

CONTENTS = Text("Contents", "목차")
FOOTER = Text(
    "Made by jaxreg. Nothing in this page is loaded from elsewhere.",
    "jaxreg가 만들었습니다. 이 페이지는 외부에서 아무것도 불러오지 않습니다.",
)
# Korean has one word for both, and the study's text uses it.
TERMS = Text(
    "",
    "이 보고서에서 '정규화'는 배치·레이어 정규화 등(normalization)을, '규제'는 L1·L2·엘라스틱넷 등(원문의 L1·L2 "
    "정규화)을 뜻합니다.",
)
NOTES = Text("What was decided about the data", "데이터에 대해 정한 것")
REPRODUCE = Text("To reproduce it", "다시 실행하기")
FINGERPRINT = Text("data fingerprint", "데이터 지문")
GROUPS = {
    "settings": Text("Settings", "설정"),
    "versions": Text("Versions", "버전"),
    "machine": Text("Machine", "실행 환경"),
}

# Nothing may be fetched, and the browser is told.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def frame(
    sections: Sequence[tuple[str, str, str]],
    *,
    title: str,
    sub: str,
    lang: str,
    footer: Text = FOOTER,
    numbered: bool = True,
    terms: bool = True,
) -> str:
    """Returns a page of `sections`, each an id, a heading and HTML; `sub` is the line below the title.

    `terms` is whether the page is about regularization, so that Korean readers are told what its two words mean.
    """
    links = "".join(f'<li><a href="#{name}">{words(heading)}</a></li>' for name, heading, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{f"{number}. " * numbered}{words(heading)}</h2>{content}</section>'
        for number, (name, heading, content) in enumerate(sections, start=1)
    )
    told = TERMS.to(lang) if terms else ""
    note = aside(told) if told else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(title)}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(title)}</h1><p class="sub">{words(sub)}</p>{note}</header>'
        f'<nav aria-label="{escape(CONTENTS.to(lang))}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(footer.to(lang))}</footer><script>{SCRIPT}</script></body></html>\n"
    )


def data_notes(config: Mapping[str, Any], lang: str) -> str:
    """Returns what was decided about the data, or is unusual of them, under a heading; nothing where there is none."""
    notes = config.get("data_notes_ko" if lang == "ko" else "data_notes")
    return f"{heading(NOTES.to(lang))}{bullets(notes)}" if notes else ""


def how_it_was_done(
    lines: Sequence[str],
    config: Mapping[str, Any],
    lang: str,
    *,
    note: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
) -> str:
    """Returns the section on the method: its paragraphs, and from config.json the command, settings and versions.

    `note` stands in paragraphs below the command, `facts` are names and values before the fingerprint of the data.
    """
    groups = "".join(f"<div>{heading(head.to(lang))}{pairs(config[name])}</div>" for name, head in GROUPS.items())
    known = {**dict(facts), FINGERPRINT.to(lang): config["data_fingerprint"]}
    return (
        f"{paragraphs(lines)}{heading(REPRODUCE.to(lang))}{command(config['command'])}"
        f"{paragraphs(note)}{data_notes(config, lang)}{pairs(known)}"
        f'<div class="pair">{groups}</div>'
    )
