"""A verdict as one HTML page: the answer and its picture, the evidence, the method. Pure: results and bytes in."""

from __future__ import annotations

from collections.abc import Sequence

from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.pages.frame import frame, how_it_was_done
from jaxreg.pages.markup import Images, Picture, bullets, figure, paragraphs, words
from jaxreg.pages.note import TITLE
from jaxreg.pages.wording import joined, listed
from jaxreg.text import Text
from jaxreg.verdict import texts
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import cell_table, contrast_table
from jaxreg.verdict.words import effects, points, say, several, telling, things

LEAD = 2  # sentences of the verdict that stand first
LONG = 12  # rows from which a table is folded


def render_verdict(results: VerdictResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    every = texts.CELLS.format(**things(results.comparison)).to(lang)
    sections = [
        ("answer", texts.ANSWER.to(lang), _answer(results, images, lang)),
        ("evidence", texts.EVIDENCE.to(lang), _picture("effects", results, images, lang)),
        ("cells", every, cell_table(results).html(lang, caption=every)),
        ("contrasts", texts.CONTRASTS.to(lang), _contrasts(results, lang)),
        ("tuning", texts.TUNING.to(lang), _picture("budget", results, images, lang)),
        ("method", texts.METHODS.to(lang), _method(results, lang)),
    ]
    spent = texts.SPENT.format(minutes=round(results.seconds / 60), trials=len(results.trials), runs=len(results.runs))
    return frame(
        [section for section in sections if section[2]],
        title=TITLE.to(lang),
        sub=spent.to(lang),
        lang=lang,
    )


def _answer(results: VerdictResults, images: Images, lang: str) -> str:
    sentences = say(results, lang)
    return (
        f'<div class="answer">{paragraphs(sentences[:LEAD])}</div>'
        f"{_picture('cells', results, images, lang)}{bullets(sentences[LEAD:])}"
    )


def _picture(name: str, results: VerdictResults, images: Images, lang: str) -> str:
    """Returns a figure with its words, or nothing where it was not drawn."""
    judgement, comparison = results.judgement, results.comparison
    title, caption = {
        "cells": (texts.CELLS_TITLE, texts.CELLS_CAPTION if judgement.num_blocks > 1 else texts.CELLS_CAPTION_BARE),
        "effects": (texts.EFFECTS_TITLE, texts.EFFECTS_CAPTION if judgement.judged else texts.EFFECTS_CAPTION_BARE),
        "budget": (texts.BUDGET_TITLE, texts.BUDGET_CAPTION),
    }[name]
    if f"verdict_{name}" not in images:
        return ""
    values = {
        **_named(comparison),
        "blocks": judgement.num_blocks,
        "confidence": f"{100 * (1 - judgement.level):g} %",
        "margin": points(judgement.margin),
    }
    heading, below = title.format(**values).to(lang), caption.format(**values).to(lang)
    if name == "effects" and any(len(telling(family)) < len(family.contrasts) for _, family in effects(results)):
        below += texts.EFFECTS_OF_MANY.to(lang)
    alt = f"{heading}. {' '.join(say(results, lang)[:LEAD])}" if name == "cells" else below
    return figure(Picture(f"verdict_{name}", heading, below, alt), images, wide=True)


def _contrasts(results: VerdictResults, lang: str) -> str:
    comparison, judgement = results.comparison, results.judgement
    titles = {factor.name: factor.plural for factor, _ in effects(results)}
    titles["interactions"] = texts.INTERACTIONS.format(**_named(comparison))
    if judgement.reference:
        methods = comparison.methods(judgement.reference)
        titles["against_reference"] = texts.AGAINST.format(reference=listed([method.text for method in methods]))
    titles["pairs"] = texts.PAIRS
    return "".join(_family(results, name, title.to(lang), lang) for name, title in titles.items())


def _family(results: VerdictResults, name: str, title: str, lang: str) -> str:
    table = contrast_table(results, name)
    title = title[0].upper() + title[1:]
    is_long = len(table.rows) > LONG
    body = table.html(lang, caption=title, tall=is_long)
    if is_long:
        return f"<details><summary>{words(title)} ({len(table.rows)})</summary>{body}</details>"
    return f"<h3>{words(title)}</h3>{body}" if table.rows else ""


def _method(results: VerdictResults, lang: str) -> str:
    facts = [(texts.FROZEN.to(lang), results.frozen)]
    how = [text.to(lang) for text in _how(results)]
    return how_it_was_done(how, results.config, lang, note=[texts.FILES.to(lang)], facts=facts)


def _how(results: VerdictResults) -> Sequence[Text]:
    comparison = results.comparison
    own = [comparison.param(name) for name in comparison.space if name != LEARNING_RATE]
    tune = texts.TUNE.format(own=texts.OWN.format(params=joined(own, ", ")) if own else "", **_named(comparison))
    return (tune, texts.FREEZE.format(**things(comparison)), texts.CONFIRM, texts.JUDGE)


def _named(comparison: Comparison) -> dict[str, Text]:
    """Returns what a comparison's cells and factors are called."""
    factors = listed([factor.text for factor, _ in comparison.factors])
    return {**things(comparison), **several(comparison), "factors": factors}
