"""The tables of a search's page: cells, trials, classes and errors. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jaxreg.records import TrialRecord
from jaxreg.report.captions import confusion_sentence
from jaxreg.report.markup import Cell, plain, table, words
from jaxreg.report.page_text import PAGE
from jaxreg.report.summary import FEW_TRIALS, Group, Split, Summary, TestSummary
from jaxreg.report.wording import (
    PARAMETERS,
    SPLITS,
    counted,
    listed,
    numbered,
    percent,
    scientific,
    short,
    status,
)

MAX_CLASS_ROWS = 20  # longer tables of classes scroll
MAX_CONFUSIONS = 8


def cell_table(summary: Summary) -> str:
    """Returns the cells with their bests; rows of few trials are shaded."""
    text, parameters = PAGE[summary.lang], PARAMETERS[summary.lang]
    heads = [parameters["norm_type"], parameters["reg_type"]] + [
        text[name] for name in ("num_trials", "best", "median", "gap", "best_trial", "diverged", "pruned")
    ]
    top = max((c.best for c in summary.cells if c.best is not None), default=None)
    rows = [_cell_row(cell, summary.lang) for cell in summary.cells]
    marks = [
        "few" if cell.count < FEW_TRIALS else "best" if cell.best == top and cell.standing == "leader" else ""
        for cell in summary.cells
    ]
    return table(heads, rows, caption=text["cells"], marks=marks)


def _cell_row(cell: Group, lang: str) -> list[Cell]:
    norm, reg = short(cell.norm_type, cell.reg_type, lang)
    gap = None if cell.gap is None else round(100.0 * cell.gap, 4)
    return [
        Cell(norm, norm_type=cell.norm_type, is_text=True),
        Cell(reg, is_text=True),
        Cell(f"{cell.count}{' *' if cell.count < FEW_TRIALS else ''}", cell.count),
        _share(cell.best),
        _share(cell.median),
        Cell("-" if gap is None else f"{gap:.2f}", gap),
        Cell("-" if cell.best_trial is None else str(cell.best_trial), cell.best_trial),
        Cell(str(cell.diverged), cell.diverged),
        Cell(str(cell.pruned), cell.pruned),
    ]


def _share(value: float | None) -> Cell:
    return Cell("-" if value is None else percent(value), value)


def error_table(test: TestSummary, lang: str) -> str:
    """Returns the errors that the winner makes most, and the class that it knows least."""
    if not test.confusions:
        return ""
    text = PAGE[lang]
    heads = [text["actual"], text["predicted"], text["images"]]
    rows = [
        [Cell(str(e.actual), e.actual), Cell(str(e.predicted), e.predicted), Cell(str(e.count), e.count)]
        for e in test.confusions[:MAX_CONFUSIONS]
    ]
    worst = min(recall for recall in test.recall if recall is not None)
    hardest = numbered([label for label, recall in enumerate(test.recall) if recall == worst], "class", lang)
    note = text["hardest_class"].format(classes=hardest, recall=percent(worst))
    return (
        f"<h3>{words(text['top_errors'])}</h3><p>{words(confusion_sentence(test, lang))} {words(note)}</p>"
        f"{table(heads, rows, caption=text['top_errors'])}"
    )


def class_table(summary: Summary) -> str:
    """Returns the images of each class in each split, below what their balance means for accuracy."""
    splits = summary.splits
    num_classes = len(splits[0].counts)
    text = PAGE[summary.lang]
    heads = [text["class"]] + [SPLITS[summary.lang].get(split.name, split.name) for split in splits]
    rows = []
    for label in range(num_classes):
        counts = [(split.counts[label], split.total) for split in splits]
        cells = [Cell(f"{n:,} ({percent(n / total, 1)})", n) for n, total in counts]
        rows.append([Cell(str(label), label), *cells])
    body = table(heads, rows, caption=text["data"], tall=num_classes > MAX_CLASS_ROWS)
    return f"<p>{words(_balance(summary))}</p>{body}"


def _balance(summary: Summary) -> str:
    """Returns how unbalanced the classes are, which are empty, and what follows for accuracy as a metric."""
    lang, balance = summary.lang, summary.balance
    text, names = PAGE[lang], SPLITS[lang]
    ratios = [text["ratio"].format(ratio=f"{s.ratio:.2f}", split=names[s.name]) for s in summary.splits]
    parts = [text["ratios"].format(splits=listed(ratios, lang)), *_absent(summary.splits, lang)]
    parts.append(
        text["one_class" if balance.num_classes == 1 else balance.evenness].format(
            split=names[balance.split],
            guess=percent(balance.guess, 1),
            classes=balance.num_classes,
            share=percent(1.0 / balance.num_classes, 1),
        )
    )
    if summary.winner is not None and balance.num_classes > 1:
        test = summary.winner.test
        accuracy, balanced = percent(test.result.accuracy), percent(test.balanced_accuracy)
        parts.append(text["weighed"].format(accuracy=accuracy, balanced=balanced))
    return " ".join(parts)


def _absent(splits: Sequence[Split], lang: str) -> list[str]:
    """Returns which classes have no image, in any split or in one."""
    text, names = PAGE[lang], SPLITS[lang]
    everywhere = frozenset.intersection(*(split.absent for split in splits))
    found = [(text["absent_everywhere"], everywhere, "")]
    found += [(text["absent_in"], split.absent - everywhere, names[split.name]) for split in splits]
    said = [
        form.format(classes=numbered(sorted(absent), "class", lang), split=split)
        for form, absent, split in found
        if absent
    ]
    return [text["absent"].format(classes=listed(said, lang))] if said else []


def trial_table(summary: Summary) -> str:
    """Returns every trial, folded."""
    if not summary.trials:
        return ""
    text, lang = PAGE[summary.lang], summary.lang
    keys = ("trial", "norm", "reg", "reg_lambda", "learning_rate", "trial_valid", "epoch_valid", "train", "epochs")
    heads = [text.get(k) or PARAMETERS[lang][k] for k in (*keys, "best_epoch", "seconds", "status", "key")]
    rows = [_trial_row(trial, lang) for trial in summary.trials]
    title = text["show"].format(trials=counted(len(rows), "trial", lang))
    return f"<details><summary>{words(title)}</summary>{table(heads, rows, caption=title, tall=True)}</details>"


def _trial_row(trial: TrialRecord, lang: str) -> list[Cell]:
    norm, reg = short(trial.norm_type, trial.reg_type, lang)
    return [
        Cell(str(trial.number), trial.number),
        Cell(norm, norm_type=trial.norm_type, is_text=True),
        Cell(reg, is_text=True),
        Cell("-" if trial.reg_lambda is None else scientific(trial.reg_lambda), trial.reg_lambda),
        Cell(scientific(trial.learning_rate), trial.learning_rate),
        _share(trial.trial_valid_accuracy),
        _share(trial.epoch_valid_accuracy),
        _share(trial.train_accuracy),
        Cell(str(trial.num_epochs), trial.num_epochs),
        Cell(str(trial.best_epoch), trial.best_epoch),
        Cell(f"{trial.seconds:.1f}", trial.seconds),
        Cell(status(trial, lang), is_text=True),
        Cell(plain(trial.key), is_text=True),
    ]
