"""The report as one HTML page: the answer first, then the evidence, then how it was made. Pure: text and bytes in."""

from __future__ import annotations

from html import escape

from jaxreg.report.assets import CSS, SCRIPT
from jaxreg.report.markup import Images, bullets, figure, flat, pairs, paragraphs, plain, words
from jaxreg.report.page_tables import cell_table, class_table, error_table, trial_table
from jaxreg.report.page_text import PAGE
from jaxreg.report.summary import FigureName, Summary, Winner, setting
from jaxreg.report.wording import PARAMETERS, configuration, counted, percent, points, scientific, short

LEAD_LINES = 3  # of the conclusion: the winner, the normalizations, the penalties

# Nothing may be fetched: the page works offline, and says so to the browser.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(summary: Summary, images: Images) -> str:
    """Returns the page of a summary; `images` has the SVGs of every figure that `summary.figures` names."""
    text = PAGE[summary.lang]
    sections = [
        ("conclusion", _conclusion(summary, images)),
        ("trials", _history(summary, images)),
        ("hyperparameters", _hyperparameters(summary, images)),
        ("winner", _winner(summary, images)),
        ("data", class_table(summary)),
        ("all_trials", trial_table(summary)),
        ("method", _method(summary)),
    ]
    filled = [(name, body) for name, body in sections if body]
    links = "".join(f'<li><a href="#{name}">{words(text[name])}</a></li>' for name, _ in filled)
    body = "".join(
        f'<section id="{name}"><h2>{number}. {words(text[name])}</h2>{content}</section>'
        for number, (name, content) in enumerate(filled, start=1)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{summary.lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(text['title'])}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(text["title"])}</h1><p class="sub">{words(_subtitle(summary))}</p></header>'
        f'<nav aria-label="{escape(text["contents"])}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(text['footer'])}</footer><script>{SCRIPT}</script></body></html>\n"
    )


def _subtitle(summary: Summary) -> str:
    text, data, seed = PAGE[summary.lang], setting(summary.config, "data"), setting(summary.config, "seed")
    parts = [
        None if data is None else text["data_name"].format(data=plain(data)),
        counted(len(summary.trials), "trial", summary.lang),
        None if seed is None else text["seed"].format(seed=plain(seed)),
        duration(summary.seconds, summary.lang),
    ]
    return " · ".join(part for part in parts if part is not None)


def duration(seconds: float, lang: str) -> str:
    """Returns a time of training as seconds, minutes or hours."""
    text = PAGE[lang]
    if seconds < 90.0:
        return text["duration_seconds"].format(seconds=f"{seconds:.0f}")
    minutes = round(seconds / 60.0)
    if minutes < 120:
        return text["duration_minutes"].format(minutes=minutes)
    return text["duration_hours"].format(hours=f"{minutes / 60.0:.1f}")


def _figures(summary: Summary, images: Images, *names: FigureName, wide: bool = False) -> str:
    """Returns those of the named figures that the study has data for; several stand side by side on a wide screen."""
    shown = [figure(text, images, wide=wide) for name in names for text in summary.figures if text.name == name]
    return f'<div class="pair">{"".join(shown)}</div>' if len(shown) > 1 else "".join(shown)


def _conclusion(summary: Summary, images: Images) -> str:
    if summary.winner is None:
        return f'<div class="answer">{paragraphs(summary.conclusion)}</div>' + _figures(
            summary, images, "cells", wide=True
        )
    lead, rest = summary.conclusion[:LEAD_LINES], summary.conclusion[LEAD_LINES:]
    sure = f"<h3>{words(PAGE[summary.lang]['how_sure'])}</h3>{bullets(rest)}"
    return (
        f'<div class="answer">{paragraphs(lead)}</div>{_tiles(summary, summary.winner)}'
        f"{_figures(summary, images, 'cells', wide=True)}{sure}"
    )


def _tiles(summary: Summary, winner: Winner) -> str:
    text, lang, trial = PAGE[summary.lang], summary.lang, winner.trial
    low, high = percent(winner.test.interval.low), percent(winner.test.interval.high)
    tiles = [(text["test_accuracy"], percent(winner.test.result.accuracy), f"95 %: {low} – {high}")]
    below = text["standard_error"].format(error=points(winner.standard_error, lang))
    tiles.append((text["trial_valid_accuracy"], percent(trial.trial_valid_accuracy), below))
    names = PARAMETERS[lang]
    strength = "" if trial.reg_lambda is None else f"{names['reg_lambda']} {scientific(trial.reg_lambda)}, "
    rate = f"{names['learning_rate']} {scientific(trial.learning_rate)}"
    tiles.append((text["winner_short"], " + ".join(short(trial.norm_type, trial.reg_type, lang)), strength + rate))
    lost = summary.num_diverged + summary.num_pruned
    below = text["not_counted"].format(count=lost) if lost else ""
    tiles.append((text["counted"], f"{summary.num_counted:,}", below))
    body = "".join(f"<div><dt>{words(a)}</dt><dd>{words(b)}<small>{words(c)}</small></dd></div>" for a, b, c in tiles)
    return f'<dl class="tiles">{body}</dl>'


def _history(summary: Summary, images: Images) -> str:
    return _figures(summary, images, "history", wide=True)


def _hyperparameters(summary: Summary, images: Images) -> str:
    if not summary.trials:
        return ""
    text = PAGE[summary.lang]
    return (
        f"<h3>{words(text['cells'])}</h3>{cell_table(summary)}<p class='note'>{words(text['cells_note'])}</p>"
        f"{_figures(summary, images, 'distribution', wide=True)}"
        f"{_figures(summary, images, 'lambda_by_penalty', 'lambda_by_normalization')}"
        f"{_figures(summary, images, 'learning_rate_by_normalization', 'learning_rate_by_penalty')}"
        f"{_figures(summary, images, 'importance')}"
    )


def _winner(summary: Summary, images: Images) -> str:
    if summary.winner is None:
        return ""
    text, lang, trial, test = PAGE[summary.lang], summary.lang, summary.winner.trial, summary.winner.test
    values = {
        text["trial"]: trial.number,
        text["configuration"]: configuration(trial, lang),
        text["epochs"]: text["epochs_best"].format(epochs=trial.num_epochs, best=trial.best_epoch),
        text["train_accuracy"]: percent(trial.train_accuracy),
        text["epoch_valid_accuracy"]: percent(trial.epoch_valid_accuracy),
        text["trial_valid_accuracy"]: percent(trial.trial_valid_accuracy),
        text["test_accuracy"]: percent(test.result.accuracy),
        text["generalization_gap"]: points(trial.train_accuracy - test.result.accuracy, lang),
        text["seconds"]: f"{trial.seconds:.1f}",
        text["key"]: plain(trial.key),
    }
    return (
        f'<div class="pair"><div>{pairs(values)}</div><div>{error_table(test, lang)}</div></div>'
        f"{_figures(summary, images, 'training_curve', 'confusion')}"
        f"<h3>{words(text['network'])}</h3><pre>{escape(summary.network)}</pre>"
    )


def _method(summary: Summary) -> str:
    text = PAGE[summary.lang]
    parts: list[str] = [paragraphs(text["method_text"].split("\n"))]
    command = summary.config.get("command")
    if command is not None:
        line = command if isinstance(command, str) else " ".join(map(str, command))
        parts.append(f"<h3>{words(text['reproduce'])}</h3><pre>{escape(line)}</pre>")
        parts.append(f"<p class='note'>{words(text['reproduce_note'])}</p>")
    groups = {k: v for k, v in summary.config.items() if flat({k: v}) and k != "command"}
    top = {k: v for k, v in groups.items() if not hasattr(v, "items")}
    tables = ({text["general"]: top} if top else {}) | {k: v for k, v in groups.items() if k not in top}
    parts.append('<div class="pair">')
    for name, values in tables.items():
        title = text.get(f"group_{name}", name.replace("_", " "))
        parts.append(f"<div><h3>{words(title)}</h3>{pairs(values)}</div>")
    parts.append("</div>")
    return "".join(parts)
