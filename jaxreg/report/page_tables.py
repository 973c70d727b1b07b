"""The tables of a search's page: cells, trials, classes and errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxreg.records import TrialRecord
from jaxreg.report import page_text as text
from jaxreg.report.captions import confusion_sentence
from jaxreg.report.markup import Cell, plain, table, words
from jaxreg.report.style import method_colors
from jaxreg.report.summary import FEW_TRIALS, Group, Split, Summary, TestSummary
from jaxreg.report.wording import (
    CLASS_NUMBERS,
    DIVERGED,
    PRUNED,
    SPLITS,
    TRIALS,
    counted,
    crossed,
    joined,
    listed,
    number,
    numbered,
    percent,
    status,
)
from jaxreg.text import Text

MAX_CLASS_ROWS = 20  # longer tables of classes scroll
MAX_CONFUSIONS = 8


def crossed_title(summary: Summary) -> str:
    """Returns the heading over all cells."""
    title = crossed(summary.comparison).to(summary.lang)
    return title[:1].upper() + title[1:]


def cell_table(summary: Summary) -> str:
    """Returns the cells with their bests; rows of few trials are shaded."""
    factors = [factor.text for factor, _ in summary.comparison.factors]
    columns = (text.NUM_TRIALS, text.BEST, text.MEDIAN, text.GAP, text.BEST_TRIAL, DIVERGED, PRUNED)
    heads = [head.to(summary.lang) for head in (*factors, *columns)]
    top = max((c.best for c in summary.cells if c.best is not None), default=None)
    rows = [_cell_row(cell, summary) for cell in summary.cells]
    marks = [
        "few" if cell.count < FEW_TRIALS else "best" if cell.best == top and cell.standing == "leader" else ""
        for cell in summary.cells
    ]
    return table(heads, rows, caption=crossed_title(summary), marks=marks)


def _cell_row(cell: Group, summary: Summary) -> list[Cell]:
    gap = None if cell.gap is None else round(100.0 * cell.gap, 4)
    return [
        *_method_cells(cell.methods, summary),
        Cell(f"{cell.count}{' *' if cell.count < FEW_TRIALS else ''}", cell.count),
        _share(cell.best),
        _share(cell.median),
        Cell("-" if gap is None else f"{gap:.2f}", gap),
        Cell("-" if cell.best_trial is None else str(cell.best_trial), cell.best_trial),
        _count(cell.diverged),
        _count(cell.pruned),
    ]


def _method_cells(methods: Mapping[str, str], summary: Summary) -> list[Cell]:
    """Returns the names of methods, the first with its colour."""
    comparison, first = summary.comparison, summary.comparison.names[0]
    return [
        Cell(
            comparison.method(factor, name).label.to(summary.lang),
            colors=method_colors(comparison, factor, name) if factor == first else None,
            is_text=True,
        )
        for factor, name in methods.items()
    ]


def _share(value: float | None) -> Cell:
    return Cell("-" if value is None else percent(value), value)


def _count(value: int) -> Cell:
    return Cell(str(value), value)


def error_table(test: TestSummary, lang: str) -> str:
    """Returns the errors that the winner makes most, and the class that it knows least."""
    if not test.confusions:
        return ""
    heads = [head.to(lang) for head in (text.ACTUAL, text.PREDICTED, text.IMAGES)]
    rows = [[_count(e.actual), _count(e.predicted), _count(e.count)] for e in test.confusions[:MAX_CONFUSIONS]]
    worst = min(recall for recall in test.recall if recall is not None)
    hardest = numbered([label for label, recall in enumerate(test.recall) if recall == worst], CLASS_NUMBERS)
    note = text.HARDEST_CLASS.format(classes=hardest, recall=percent(worst))
    title = text.TOP_ERRORS.to(lang)
    return (
        f"<h3>{words(title)}</h3><p>{words(joined([confusion_sentence(test), note]).to(lang))}</p>"
        f"{table(heads, rows, caption=title)}"
    )


def class_table(summary: Summary) -> str:
    """Returns the images of each class in each split, below what their balance means for accuracy."""
    splits, lang = summary.splits, summary.lang
    num_classes = len(splits[0].counts)
    heads = [head.to(lang) for head in (text.CLASS, *(SPLITS[split.name] for split in splits))]
    rows = []
    for label in range(num_classes):
        counts = [(split.counts[label], split.total) for split in splits]
        rows.append([_count(label), *(Cell(f"{n:,} ({percent(n / total, 1)})", n) for n, total in counts)])
    body = table(heads, rows, caption=text.DATA.to(lang), tall=num_classes > MAX_CLASS_ROWS)
    return f"<p>{words(_balance(summary).to(lang))}</p>{body}"


def _balance(summary: Summary) -> Text:
    """Returns how unbalanced the classes are, which are empty, and what follows for accuracy as a metric."""
    balance = summary.balance
    ratios = [text.RATIO.format(ratio=f"{split.ratio:.2f}", split=SPLITS[split.name]) for split in summary.splits]
    parts = [text.RATIOS.format(splits=listed(ratios)), *_absent(summary.splits)]
    fairness = {"even": text.EVEN, "drawn": text.DRAWN, "uneven": text.UNEVEN}[balance.evenness]
    parts.append(
        (text.ONE_CLASS if balance.num_classes == 1 else fairness).format(
            split=SPLITS[balance.split],
            guess=percent(balance.guess, 1),
            classes=balance.num_classes,
            share=percent(1.0 / balance.num_classes, 1),
        )
    )
    if summary.winner is not None and balance.num_classes > 1:
        test = summary.winner.test
        accuracy, balanced = percent(test.result.accuracy), percent(test.balanced_accuracy)
        parts.append(text.WEIGHED.format(accuracy=accuracy, balanced=balanced))
    return joined(parts)


def _absent(splits: Sequence[Split]) -> list[Text]:
    """Returns which classes have no image, in any split or in one."""
    everywhere = frozenset.intersection(*(split.absent for split in splits))
    found = [(text.ABSENT_EVERYWHERE, everywhere, Text("", ""))]
    found += [(text.ABSENT_IN, split.absent - everywhere, SPLITS[split.name]) for split in splits]
    said = [
        form.format(classes=numbered(sorted(absent), CLASS_NUMBERS), split=split)
        for form, absent, split in found
        if absent
    ]
    return [text.ABSENT.format(classes=listed(said))] if said else []


def trial_table(summary: Summary) -> str:
    """Returns every trial, folded."""
    if not summary.trials:
        return ""
    comparison, lang = summary.comparison, summary.lang
    heads = [
        text.TRIAL,
        *(factor.text for factor, _ in comparison.factors),
        *(comparison.param(name) for name in comparison.space),
        *(SPLITS[name] for name in ("trial_valid", "epoch_valid", "train")),
        *(text.EPOCHS, text.BEST_EPOCH, text.SECONDS, text.STATUS, text.KEY),
    ]
    rows = [_trial_row(trial, summary) for trial in summary.trials]
    title = text.SHOW.format(trials=counted(len(rows), TRIALS)).to(lang)
    body = table([head.to(lang) for head in heads], rows, caption=title, tall=True)
    return f"<details><summary>{words(title)}</summary>{body}</details>"


def _trial_row(trial: TrialRecord, summary: Summary) -> list[Cell]:
    values = [(trial.params.get(name), given) for name, given in summary.comparison.space.items()]
    return [
        _count(trial.number),
        *_method_cells(trial.methods, summary),
        *(Cell("-" if value is None else number(value, given), value) for value, given in values),
        _share(trial.trial_valid_accuracy),
        _share(trial.epoch_valid_accuracy),
        _share(trial.train_accuracy),
        _count(trial.num_epochs),
        _count(trial.best_epoch),
        Cell(f"{trial.seconds:.1f}", trial.seconds),
        Cell(status(trial).to(summary.lang), is_text=True),
        Cell(plain(trial.key), is_text=True),
    ]
