"""The report as one HTML page: the answer first, then the evidence, then how it was made. Pure: text and bytes in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jaxreg.report.assets import CSS, SCRIPT
from jaxreg.report.captions import confusion_sentence
from jaxreg.report.markup import Cell, Images, bullets, figure, flat, pairs, paragraphs, plain, table, words
from jaxreg.report.summary import FigureName, Group, Summary, TestSummary, Winner, setting
from jaxreg.report.wording import (
    NORM_SHORT,
    PAGE,
    PARAMETERS,
    REG_SHORT,
    SPLITS,
    balance,
    configuration,
    duration,
    percent,
    plural,
    points,
    scientific,
    status,
)

LEAD_LINES = 3  # of the conclusion: the winner, the normalizations, the penalties
MAX_CLASS_ROWS = 20  # longer tables of classes scroll
MAX_CONFUSIONS = 8

# Nothing may be fetched: the page works offline, and says so to the browser.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(summary: Summary, images: Images) -> str:
    """Returns the page of a summary; `images` has the SVGs of every figure that `summary.figures` names."""
    sections = [
        ("conclusion", _conclusion(summary, images)),
        ("trials", _history(summary, images)),
        ("hyperparameters", _hyperparameters(summary, images)),
        ("winner", _winner(summary, images)),
        ("data", _data(summary)),
        ("all_trials", _trials(summary)),
        ("method", _method(summary)),
    ]
    filled = [(name, body) for name, body in sections if body]
    links = "".join(f'<li><a href="#{name}">{words(PAGE[name])}</a></li>' for name, _ in filled)
    body = "".join(
        f'<section id="{name}"><h2>{number}. {words(PAGE[name])}</h2>{content}</section>'
        for number, (name, content) in enumerate(filled, start=1)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(PAGE['title'])}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(PAGE["title"])}</h1><p class="sub">{words(_subtitle(summary))}</p></header>'
        f'<nav aria-label="{escape(PAGE["contents"])}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(PAGE['footer'])}</footer><script>{SCRIPT}</script></body></html>\n"
    )


def _subtitle(summary: Summary) -> str:
    data, seed = setting(summary.config, "data"), setting(summary.config, "seed")
    parts = [
        None if data is None else f"{PAGE['data_name']} {plain(data)}",
        plural(len(summary.trials), "trial"),
        None if seed is None else f"{PAGE['seed']} {plain(seed)}",
        duration(summary.seconds),
    ]
    return " · ".join(part for part in parts if part is not None)


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
    return (
        f'<div class="answer">{paragraphs(lead)}</div>{_tiles(summary, summary.winner)}'
        f"{_figures(summary, images, 'cells', wide=True)}<h3>{words(PAGE['how_sure'])}</h3>{bullets(rest)}"
    )


def _tiles(summary: Summary, winner: Winner) -> str:
    trial = winner.trial
    tiles = []
    if summary.test is not None:
        low, high = percent(summary.test.interval.low), percent(summary.test.interval.high)
        tiles.append((PAGE["test_accuracy"], percent(summary.test.result.accuracy), f"95 %: {low} – {high}"))
    error = "" if winner.standard_error is None else f"± {points(winner.standard_error)} ({PAGE['standard_error']})"
    tiles.append((PAGE["trial_valid_accuracy"], percent(trial.trial_valid_accuracy), error))
    norm, reg = NORM_SHORT.get(trial.norm_type, trial.norm_type), REG_SHORT.get(trial.reg_type, trial.reg_type)
    strength = "" if trial.reg_lambda is None else f"{PARAMETERS['reg_lambda']} {scientific(trial.reg_lambda)}, "
    rate = f"{PARAMETERS['learning_rate']} {scientific(trial.learning_rate)}"
    tiles.append((PAGE["winner_short"], f"{norm} + {reg}", strength + rate))
    lost = summary.num_diverged + summary.num_pruned
    tiles.append((PAGE["counted"], f"{summary.num_counted:,}", f"{lost} {PAGE['not_counted']}" if lost else ""))
    body = "".join(f"<div><dt>{words(a)}</dt><dd>{words(b)}<small>{words(c)}</small></dd></div>" for a, b, c in tiles)
    return f'<dl class="tiles">{body}</dl>'


def _history(summary: Summary, images: Images) -> str:
    return _figures(summary, images, "history", wide=True)


def _hyperparameters(summary: Summary, images: Images) -> str:
    if not summary.trials:
        return ""
    return (
        f"<h3>{words(PAGE['cells'])}</h3>{_cell_table(summary)}<p class='note'>{words(PAGE['cells_note'])}</p>"
        f"{_figures(summary, images, 'distribution', wide=True)}"
        f"{_figures(summary, images, 'lambda_by_penalty', 'lambda_by_normalization')}"
        f"{_figures(summary, images, 'learning_rate_by_normalization', 'learning_rate_by_penalty')}"
        f"{_figures(summary, images, 'importance')}"
    )


def _cell_table(summary: Summary) -> str:
    heads = [PARAMETERS["norm_type"], PARAMETERS["reg_type"]] + [
        PAGE[name] for name in ("num_trials", "best", "median", "gap", "best_trial", "diverged", "pruned")
    ]
    top = max((c.best for c in summary.cells if c.best is not None), default=None)
    rows = [_cell_row(cell) for cell in summary.cells]
    marks = [
        "few" if cell.few or cell.count == 0 else "best" if cell.best == top and cell.standing == "leader" else ""
        for cell in summary.cells
    ]
    return table(heads, rows, caption=PAGE["cells"], marks=marks)


def _cell_row(cell: Group) -> list[Cell]:
    gap = None if cell.gap is None else round(100.0 * cell.gap, 4)
    return [
        Cell(NORM_SHORT.get(cell.norm_type or "", cell.norm_type or ""), norm_type=cell.norm_type, is_text=True),
        Cell(REG_SHORT.get(cell.reg_type or "", cell.reg_type or ""), is_text=True),
        Cell(f"{cell.count}{' *' if cell.count and cell.few else ''}", cell.count),
        _share(cell.best),
        _share(cell.median),
        Cell("-" if gap is None else f"{gap:.2f}", gap),
        Cell("-" if cell.best_trial is None else str(cell.best_trial), cell.best_trial),
        Cell(str(cell.diverged), cell.diverged),
        Cell(str(cell.pruned), cell.pruned),
    ]


def _share(value: float | None) -> Cell:
    return Cell("-" if value is None else percent(value), value)


def _winner(summary: Summary, images: Images) -> str:
    if summary.winner is None:
        return ""
    trial = summary.winner.trial
    values = {
        PAGE["trial"]: trial.number,
        PAGE["configuration"]: configuration(trial),
        PAGE["epochs"]: f"{trial.num_epochs} ({PAGE['best_epoch']} {trial.best_epoch})",
        PAGE["train_accuracy"]: percent(trial.train_accuracy),
        PAGE["epoch_valid_accuracy"]: percent(trial.epoch_valid_accuracy),
        PAGE["trial_valid_accuracy"]: percent(trial.trial_valid_accuracy),
    }
    if summary.test is not None:
        values[PAGE["test_accuracy"]] = percent(summary.test.result.accuracy)
        values[PAGE["generalization_gap"]] = points(trial.train_accuracy - summary.test.result.accuracy)
    values[PAGE["seconds"]] = f"{trial.seconds:.1f}"
    values[PAGE["key"]] = plain(trial.key)
    return (
        f'<div class="pair"><div>{pairs(values)}</div><div>{_classes(summary.test)}</div></div>'
        f"{_figures(summary, images, 'training_curve', 'confusion')}"
        f"<h3>{words(PAGE['network'])}</h3><pre>{escape(summary.network)}</pre>"
    )


def _classes(test: TestSummary | None) -> str:
    """Returns the errors that the winner makes most, and the class that it knows least."""
    if test is None or not test.confusions:
        return ""
    heads = [PAGE["actual"], PAGE["predicted"], PAGE["images"]]
    rows = [
        [Cell(str(e.actual), e.actual), Cell(str(e.predicted), e.predicted), Cell(str(e.count), e.count)]
        for e in test.confusions[:MAX_CONFUSIONS]
    ]
    known = [(recall, label) for label, recall in enumerate(test.recall) if recall is not None]
    worst = min(known)
    note = f"{PAGE['hardest_class']} {worst[1]}: {percent(worst[0])}."
    return (
        f"<h3>{words(PAGE['top_errors'])}</h3><p>{words(confusion_sentence(test))} {words(note)}</p>"
        f"{table(heads, rows, caption=PAGE['top_errors'])}"
    )


def _data(summary: Summary) -> str:
    splits = [split for split in summary.splits if split.counts]
    if not splits:
        return ""
    num_classes = max(len(split.counts) for split in splits)
    heads = [PAGE["class"]] + [SPLITS.get(split.name, split.name) for split in splits]
    rows = []
    for label in range(num_classes):
        counts = [split.counts[label] if label < len(split.counts) else 0 for split in splits]
        shares = zip(counts, splits, strict=True)
        cells = [Cell(f"{n:,} ({percent(n / s.total, 1) if s.total else '-'})", n) for n, s in shares]
        rows.append([Cell(str(label), label), *cells])
    return (
        f"<p>{words(balance(splits))}</p>{table(heads, rows, caption=PAGE['data'], tall=num_classes > MAX_CLASS_ROWS)}"
    )


def _trials(summary: Summary) -> str:
    if not summary.trials:
        return ""
    keys = ("trial", "norm", "reg", "reg_lambda", "learning_rate", "trial_valid", "epoch_valid", "train", "epochs")
    heads = [PAGE.get(k) or PARAMETERS[k] for k in (*keys, "best_epoch", "seconds", "status", "key")]
    rows = [
        [
            Cell(str(t.number), t.number),
            Cell(NORM_SHORT.get(t.norm_type, t.norm_type), norm_type=t.norm_type, is_text=True),
            Cell(REG_SHORT.get(t.reg_type, t.reg_type), is_text=True),
            Cell("-" if t.reg_lambda is None else scientific(t.reg_lambda), t.reg_lambda),
            Cell(scientific(t.learning_rate), t.learning_rate),
            _share(t.trial_valid_accuracy),
            _share(t.epoch_valid_accuracy),
            _share(t.train_accuracy),
            Cell(str(t.num_epochs), t.num_epochs),
            Cell(str(t.best_epoch), t.best_epoch),
            Cell(f"{t.seconds:.1f}", t.seconds),
            Cell(status(t), is_text=True),
            Cell(plain(t.key), is_text=True),
        ]
        for t in summary.trials
    ]
    title = f"{PAGE['show']} {plural(len(rows), 'trial')}"
    return f"<details><summary>{words(title)}</summary>{table(heads, rows, caption=title, tall=True)}</details>"


def _method(summary: Summary) -> str:
    parts: list[str] = [paragraphs(_lines("method_text"))]
    command = summary.config.get("command")
    if command is not None:
        text = command if isinstance(command, str) else " ".join(map(str, command))
        parts.append(f"<h3>{words(PAGE['reproduce'])}</h3><pre>{escape(text)}</pre>")
        parts.append(f"<p class='note'>{words(PAGE['reproduce_note'])}</p>")
    groups = {k: v for k, v in summary.config.items() if flat({k: v}) and k != "command"}
    top = {k: v for k, v in groups.items() if not hasattr(v, "items")}
    tables = ({PAGE["general"]: top} if top else {}) | {k: v for k, v in groups.items() if k not in top}
    parts.append('<div class="pair">')
    for name, values in tables.items():
        parts.append(f"<div><h3>{words(name.replace('_', ' '))}</h3>{pairs(values)}</div>")
    parts.append("</div>")
    return "".join(parts)


def _lines(key: str) -> Sequence[str]:
    return PAGE[key].split("\n")
