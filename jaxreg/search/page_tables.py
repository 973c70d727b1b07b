"""The tables of a search's page: cells, trials, classes and errors. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jaxreg.pages.markup import plain, words
from jaxreg.pages.table import Column, Row, Table, method_columns, param_columns
from jaxreg.pages.wording import (
    CLASS_NUMBERS,
    DIVERGED,
    PRUNED,
    SPLITS,
    TRIALS,
    counted,
    crossed,
    joined,
    listed,
    numbered,
    percent,
    status,
)
from jaxreg.records import TrialRecord
from jaxreg.search import page_text as text
from jaxreg.search.captions import confusion_sentence
from jaxreg.search.summary import FEW_TRIALS, Confusion, Group, Split, Summary, TestSummary
from jaxreg.text import Text

MAX_CLASS_ROWS = 20  # longer tables of classes scroll
MAX_CONFUSIONS = 8


def crossed_title(summary: Summary) -> str:
    """Returns the heading over all cells."""
    title = crossed(summary.comparison).to(summary.lang)
    return title[:1].upper() + title[1:]


def cell_table(summary: Summary) -> str:
    """Returns the cells with their bests; rows of few trials are shaded."""
    columns: list[Column[Group]] = [
        *method_columns(summary.comparison, lambda cell: cell.methods, lambda method: method.label),
        Column(
            "trials",
            lambda cell: cell.count,
            text.NUM_TRIALS,
            lambda cell: f"{cell.count}{' *' if cell.count < FEW_TRIALS else ''}",
        ),
        _share("best", text.BEST, lambda cell: cell.best),
        _share("median", text.MEDIAN, lambda cell: cell.median),
        Column("gap", _gap, text.GAP, lambda cell: "-" if cell.gap is None else f"{_gap(cell):.2f}"),
        Column("best_trial", lambda cell: cell.best_trial, text.BEST_TRIAL),
        Column("diverged", lambda cell: cell.diverged, DIVERGED),
        Column("pruned", lambda cell: cell.pruned, PRUNED),
    ]
    top = max((c.best for c in summary.cells if c.best is not None), default=None)
    marks = [
        "few" if cell.count < FEW_TRIALS else "best" if cell.best == top and cell.standing == "leader" else ""
        for cell in summary.cells
    ]
    return Table(columns, summary.cells).html(summary.lang, caption=crossed_title(summary), marks=marks)


def _gap(cell: Group) -> float | None:
    return None if cell.gap is None else round(100.0 * cell.gap, 4)


def _share(name: str, head: Text, value: Callable[[Row], float | None]) -> Column[Row]:
    def show(row: Row) -> str:
        share = value(row)
        return "-" if share is None else percent(share)

    return Column(name, value, head, show)


def error_table(test: TestSummary, lang: str) -> str:
    """Returns the errors that the winner makes most, and the class that it knows least."""
    if not test.confusions:
        return ""
    columns: list[Column[Confusion]] = [
        Column("actual", lambda error: error.actual, text.ACTUAL),
        Column("predicted", lambda error: error.predicted, text.PREDICTED),
        Column("images", lambda error: error.count, text.IMAGES),
    ]
    worst = min(recall for recall in test.recall if recall is not None)
    hardest = numbered([label for label, recall in enumerate(test.recall) if recall == worst], CLASS_NUMBERS)
    note = text.HARDEST_CLASS.format(classes=hardest, recall=percent(worst))
    title = text.TOP_ERRORS.to(lang)
    return (
        f"<h3>{words(title)}</h3><p>{words(joined([confusion_sentence(test), note]).to(lang))}</p>"
        f"{Table(columns, test.confusions[:MAX_CONFUSIONS]).html(lang, caption=title)}"
    )


def class_table(summary: Summary) -> str:
    """Returns the images of each class in each split, below what their balance means for accuracy."""
    num_classes = len(summary.splits[0].counts)
    columns: list[Column[int]] = [Column("class", lambda label: label, text.CLASS), *map(_split, summary.splits)]
    body = Table(columns, range(num_classes)).html(
        summary.lang, caption=text.DATA.to(summary.lang), tall=num_classes > MAX_CLASS_ROWS
    )
    return f"<p>{words(_balance(summary).to(summary.lang))}</p>{body}"


def _split(split: Split) -> Column[int]:
    return Column(
        split.name,
        lambda label: split.counts[label],
        SPLITS[split.name],
        lambda label: f"{split.counts[label]:,} ({percent(split.counts[label] / split.total, 1)})",
    )


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
    columns: list[Column[TrialRecord]] = [
        Column("trial", lambda trial: trial.number, text.TRIAL),
        *method_columns(summary.comparison, lambda trial: trial.methods, lambda method: method.label),
        *param_columns(summary.comparison, lambda trial: trial.params),
        _share("trial_valid", SPLITS["trial_valid"], lambda trial: trial.trial_valid_accuracy),
        _share("epoch_valid", SPLITS["epoch_valid"], lambda trial: trial.epoch_valid_accuracy),
        _share("train", SPLITS["train"], lambda trial: trial.train_accuracy),
        Column("epochs", lambda trial: trial.num_epochs, text.EPOCHS),
        Column("best_epoch", lambda trial: trial.best_epoch, text.BEST_EPOCH),
        Column("seconds", lambda trial: trial.seconds, text.SECONDS, lambda trial: f"{trial.seconds:.1f}"),
        Column("status", None, text.STATUS, status, is_text=True),
        Column("key", None, text.KEY, lambda trial: plain(trial.key), is_text=True),
    ]
    title = text.SHOW.format(trials=counted(len(summary.trials), TRIALS)).to(summary.lang)
    body = Table(columns, summary.trials).html(summary.lang, caption=title, tall=True)
    return f"<details><summary>{words(title)}</summary>{body}</details>"
