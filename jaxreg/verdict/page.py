"""A verdict as one HTML page: the answer and its picture, the evidence, the method. Pure: results and bytes in."""

from __future__ import annotations

from html import escape

from jaxreg.report.assets import CSS, SCRIPT
from jaxreg.report.markup import Cell, Images, Picture, bullets, figure, pairs, paragraphs, table, words
from jaxreg.report.page import POLICY
from jaxreg.report.wording import scientific
from jaxreg.stats.judgement import CellScore, Contrast, Estimate, Family
from jaxreg.verdict.page_text import TEXT
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.texts import NAMES
from jaxreg.verdict.words import percent, points, say

LEAD = 2  # sentences of the verdict that stand first
FAMILIES = ("normalizations", "penalties", "interactions", "against_reference", "pairs")
LONG = 12  # rows from which a table is folded


def render_verdict(results: VerdictResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    text = TEXT[lang]
    sections = [
        ("answer", _answer(results, images, lang)),
        ("evidence", _picture("effects", results, images, lang)),
        ("cells", _cell_table(results, lang)),
        ("contrasts", "".join(_family(results, name, lang) for name in FAMILIES)),
        ("tuning", _picture("budget", results, images, lang)),
        ("method", _method(results, lang)),
    ]
    links = "".join(f'<li><a href="#{name}">{words(text[name])}</a></li>' for name, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{i}. {words(text[name])}</h2>{part}</section>'
        for i, (name, part) in enumerate(sections, start=1)
    )
    minutes = text["seconds"].format(
        minutes=round(results.seconds / 60), trials=len(results.trials), runs=len(results.runs)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(text['title'])}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(text["title"])}</h1><p class="sub">{words(minutes)}</p></header>'
        f'<nav aria-label="{escape(text["contents"])}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(text['footer'])}</footer><script>{SCRIPT}</script></body></html>\n"
    )


def _answer(results: VerdictResults, images: Images, lang: str) -> str:
    sentences = say(results, lang)
    return (
        f'<div class="answer">{paragraphs(sentences[:LEAD])}</div>'
        f"{_picture('cells', results, images, lang)}{bullets(sentences[LEAD:])}"
    )


def _picture(name: str, results: VerdictResults, images: Images, lang: str) -> str:
    text, judgement = TEXT[lang], results.judgement
    given = {"cells": judgement.num_blocks > 1, "effects": judgement.judged}.get(name, True)
    caption = text[f"{name}_caption" if given else f"{name}_caption_bare"].format(
        blocks=judgement.num_blocks, confidence=f"{100 * (1 - judgement.level):g} %", margin=points(judgement.margin)
    )
    alt = f"{text[f'{name}_title']}. {' '.join(say(results, lang)[:LEAD])}" if name == "cells" else caption
    return figure(Picture(f"verdict_{name}", text[f"{name}_title"], caption, alt), images, wide=True)


def _cell_table(results: VerdictResults, lang: str) -> str:
    text = TEXT[lang]
    columns = ("norm_type", "reg_type", "test", "interval", "spread", "train", "gap", "learning_rate", "reg_lambda")
    rows = [_cell_row(results, score, lang) for score in results.judgement.cells]
    return table([text[name] for name in columns], rows, caption=text["cells"])


def _cell_row(results: VerdictResults, score: CellScore, lang: str) -> list[Cell]:
    names = NAMES[lang]
    norm, reg = score.cell
    choice = next(c for c in results.choices if (c.norm_type, c.reg_type) == score.cell)
    return [
        Cell(names[f"norm_{norm}"], norm_type=norm, is_text=True),
        Cell(names[f"reg_{reg}"], is_text=True),
        Cell(percent(score.test.value), score.test.value),
        Cell(_range(score.test), score.test.low),
        Cell("-" if score.spread is None else points(score.spread), score.spread),
        Cell(percent(score.train), score.train),
        Cell(points(score.gap.value), score.gap.value),
        Cell(scientific(choice.learning_rate), choice.learning_rate),
        Cell("-" if choice.reg_lambda is None else scientific(choice.reg_lambda), choice.reg_lambda),
    ]


def _range(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "-"
    return f"{points(estimate.low)} – {points(estimate.high)}"


def _family(results: VerdictResults, name: str, lang: str) -> str:
    family: Family = getattr(results.judgement, name)
    if not family.contrasts:
        return ""
    text = TEXT[lang]
    title = text[f"family_{name}"]
    columns = ("left", "right", "difference", "interval", "decision", "holm", "corrected_t", "superiority")
    rows = [_contrast_row(contrast, name, lang) for contrast in family.contrasts]
    body = table([text[column] for column in columns], rows, caption=title, tall=len(rows) > LONG)
    if len(rows) > LONG:
        return f"<details><summary>{words(title)} ({len(rows)})</summary>{body}</details>"
    return f"<h3>{words(title)}</h3>{body}"


def _contrast_row(contrast: Contrast, family: str, lang: str) -> list[Cell]:
    return [
        Cell(_named(contrast.left, family, lang), is_text=True),
        Cell(_named(contrast.right, family, lang), is_text=True),
        Cell(points(contrast.difference.value), contrast.difference.value),
        Cell(_range(contrast.difference), contrast.difference.low),
        Cell(TEXT[lang][contrast.decision], is_text=True),
        _p_value(contrast.holm),
        _p_value(contrast.corrected_t),
        Cell(f"{contrast.superiority:.0%}", contrast.superiority),
    ]


def _named(key: str, family: str, lang: str) -> str:
    """Returns what a contrast compares, in words."""
    names = NAMES[lang]
    if family in ("normalizations", "penalties"):
        return names[("norm_" if family == "normalizations" else "reg_") + key]
    norm, slash, reg = key.partition("/")
    return names["cell"].format(norm=names[f"norm_{norm}"], reg=names[f"reg_{reg}"]) if slash else names["sum"]


def _p_value(p: float | None) -> Cell:
    return Cell("-" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}", p)


def _method(results: VerdictResults, lang: str) -> str:
    text, config = TEXT[lang], results.config
    top = {text["frozen"]: results.frozen, text["fingerprint"]: config["data_fingerprint"]}
    tables = "".join(
        f"<div><h3>{words(text[name])}</h3>{pairs(config[name])}</div>" for name in ("settings", "versions", "machine")
    )
    return (
        f"{paragraphs(text['method_text'].splitlines())}<h3>{words(text['reproduce'])}</h3>"
        f"<pre>{escape(config['command'])}</pre>{paragraphs([text['files']])}"
        f'{pairs(top)}<div class="pair">{tables}</div>'
    )
