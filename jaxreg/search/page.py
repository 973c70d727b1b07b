"""The report as one HTML page: the answer first, then the evidence, then how it was made. Pure: text and bytes in."""

from __future__ import annotations

import math
from html import escape

from jaxreg.pages.frame import frame
from jaxreg.pages.markup import Images, bullets, figure, flat, pairs, paragraphs, plain, words
from jaxreg.pages.note import TITLE
from jaxreg.pages.wording import TRIALS, configuration, counted, duration, joined, percent, points, settings
from jaxreg.search import page_text as text
from jaxreg.search.page_tables import cell_table, class_table, crossed_title, error_table, trial_table
from jaxreg.search.summary import FEW_TRIALS, MANY_PANELS, Summary, Winner, setting


def render(summary: Summary, images: Images) -> str:
    """Returns the page of a summary; `images` has the SVGs of every figure that `summary.figures` names."""
    sections = [
        ("conclusion", text.CONCLUSION, _conclusion(summary, images)),
        ("trials", text.TRIALS, _figures(summary, images, "history", wide=True)),
        ("hyperparameters", text.HYPERPARAMETERS, _hyperparameters(summary, images)),
        ("winner", text.WINNER, _winner(summary, images)),
        ("data", text.DATA, class_table(summary)),
        ("all_trials", text.ALL_TRIALS, trial_table(summary)),
        ("method", text.METHOD, _method(summary)),
    ]
    lang = summary.lang
    return frame(
        [(name, title.to(lang), body) for name, title, body in sections if body],
        title=TITLE.to(lang),
        sub=_subtitle(summary),
        lang=lang,
        contents=text.CONTENTS,
        footer=text.FOOTER,
    )


def _subtitle(summary: Summary) -> str:
    data, seed = setting(summary.config, "data"), setting(summary.config, "seed")
    parts = [
        None if data is None else text.DATA_NAME.format(data=plain(data)),
        counted(len(summary.trials), TRIALS),
        None if seed is None else text.SEED.format(seed=plain(seed)),
        duration(summary.seconds),
    ]
    return joined([part for part in parts if part is not None], " · ").to(summary.lang)


def _figures(summary: Summary, images: Images, *names: str, wide: bool = False) -> str:
    """Returns those of the named figures that the study has data for; several stand side by side on a wide screen."""
    shown = [figure(said, images, wide=wide) for name in names for said in summary.figures if said.name == name]
    return f'<div class="pair">{"".join(shown)}</div>' if len(shown) > 1 else "".join(shown)


def _conclusion(summary: Summary, images: Images) -> str:
    cells = _figures(summary, images, "cells", wide=True)
    if summary.winner is None:
        return f'<div class="answer">{paragraphs(summary.conclusion)}</div>{cells}'
    num_lead = 1 + sum(len(groups) > 1 for groups in summary.groups.values())  # the winner, and the factors compared
    lead, rest = summary.conclusion[:num_lead], summary.conclusion[num_lead:]
    return (
        f'<div class="answer">{paragraphs(lead)}</div>{_tiles(summary, summary.winner)}'
        f"{cells}<h3>{words(text.HOW_SURE.to(summary.lang))}</h3>{bullets(rest)}"
    )


def _tiles(summary: Summary, winner: Winner) -> str:
    lang, trial, comparison = summary.lang, winner.trial, summary.comparison
    low, high = percent(winner.test.interval.low), percent(winner.test.interval.high)
    lost = summary.num_diverged + summary.num_pruned
    error = text.STANDARD_ERROR.format(error=points(winner.standard_error)).to(lang)
    chosen = joined(settings(comparison, trial), ", ").to(lang)
    tiles = [
        (text.TEST_ACCURACY, percent(winner.test.result.accuracy), f"95 %: {low} – {high}"),
        (text.TRIAL_VALID_ACCURACY, percent(trial.trial_valid_accuracy), error),
        (text.WINNER_SHORT, comparison.label(trial.cell).to(lang), chosen),
        (text.COUNTED, f"{summary.num_counted:,}", text.NOT_COUNTED.format(count=lost).to(lang) if lost else ""),
    ]
    body = "".join(
        f"<div><dt>{words(a.to(lang))}</dt><dd>{words(b)}<small>{words(c)}</small></dd></div>" for a, b, c in tiles
    )
    return f'<dl class="tiles">{body}</dl>'


def _hyperparameters(summary: Summary, images: Images) -> str:
    if not summary.trials:
        return ""
    note = text.CELLS_NOTE.format(limit=FEW_TRIALS).to(summary.lang)
    return (
        f"<h3>{words(crossed_title(summary))}</h3>{cell_table(summary)}<p class='note'>{words(note)}</p>"
        f"{_figures(summary, images, 'distribution', wide=True)}{_relations(summary, images)}"
        f"{_figures(summary, images, 'importance')}"
    )


def _relations(summary: Summary, images: Images) -> str:
    """Returns the relations, those of many panels below the others."""
    wide = [name for name, relation in summary.relations.items() if len(relation.panels) > MANY_PANELS]
    rest = [name for name in summary.relations if name not in wide]
    return _figures(summary, images, *rest) + _figures(summary, images, *wide, wide=True)


def _winner(summary: Summary, images: Images) -> str:
    if summary.winner is None:
        return ""
    lang, trial, test = summary.lang, summary.winner.trial, summary.winner.test
    values = {
        text.TRIAL: str(trial.number),
        text.CONFIGURATION: configuration(summary.comparison, trial).to(lang),
        text.EPOCHS: text.EPOCHS_BEST.format(epochs=trial.num_epochs, best=trial.best_epoch).to(lang),
        text.TRAIN_ACCURACY: percent(trial.train_accuracy),
        text.EPOCH_VALID_ACCURACY: percent(trial.epoch_valid_accuracy),
        text.TRIAL_VALID_ACCURACY: percent(trial.trial_valid_accuracy),
        text.TEST_ACCURACY: percent(test.result.accuracy),
        text.GENERALIZATION_GAP: points(trial.train_accuracy - test.result.accuracy).to(lang),
        text.SECONDS: f"{trial.seconds:.1f}",
        text.KEY: plain(trial.key),
    }
    table = pairs({name.to(lang): value for name, value in values.items()})
    return (
        f'<div class="pair"><div>{table}</div><div>{error_table(test, lang)}</div></div>'
        f"{_figures(summary, images, 'training_curve', 'confusion')}"
        f"<h3>{words(text.NETWORK.to(lang))}</h3><pre>{escape(summary.network)}</pre>"
    )


def _method(summary: Summary) -> str:
    lang = summary.lang
    parts: list[str] = [paragraphs(text.METHOD_TEXT.to(lang).split("\n"))]
    for method in (method for _, methods in summary.comparison.factors for method in methods if method.num_epochs):
        epochs = min(method.num_epochs or 0, setting(summary.config, "max_epochs") or math.inf)
        parts.append(paragraphs([text.FIXED_EPOCHS.format(method=method.text, epochs=epochs).to(lang)]))
    command = summary.config.get("command")
    if command is not None:
        line = command if isinstance(command, str) else " ".join(map(str, command))
        parts.append(f"<h3>{words(text.REPRODUCE.to(lang))}</h3><pre>{escape(line)}</pre>")
        parts.append(f"<p class='note'>{words(text.REPRODUCE_NOTE.to(lang))}</p>")
    groups = {k: v for k, v in summary.config.items() if flat({k: v}) and k != "command"}
    top = {k: v for k, v in groups.items() if not hasattr(v, "items")}
    tables = ({text.GENERAL.to(lang): top} if top else {}) | {k: v for k, v in groups.items() if k not in top}
    parts.append('<div class="pair">')
    for name, values in tables.items():
        title = text.GROUPS[name].to(lang) if name in text.GROUPS else name.replace("_", " ")
        parts.append(f"<div><h3>{words(title)}</h3>{pairs(values)}</div>")
    parts.append("</div>")
    return "".join(parts)
