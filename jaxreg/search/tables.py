"""The tables of a search: as files for scripts, and those of its page, which are in tables/ too."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxreg.files import write_csv
from jaxreg.methods.comparison import Comparison
from jaxreg.pages.markup import plain
from jaxreg.pages.measure import MEASURES
from jaxreg.pages.table import Column, Table, method_columns, param_columns
from jaxreg.pages.wording import DIVERGED, PRUNED, SPLITS, percent, status
from jaxreg.records import TrialRecord
from jaxreg.search.summary import FEW_TRIALS, Confusion, Group, Split, Summary, TestSummary
from jaxreg.text import Text, joined, same

MAX_CONFUSIONS = 8
GAP = Text("points below", "최고와의 차이 (%p)")
GAP_SCORED = Text("behind", "최고와의 차이")
TRIAL = Text("trial", "시도")
EPOCHS = Text("epochs", "에포크")
SECONDS = Text("seconds", "시간 (초)")
KEY = Text("random key", "난수 키")


def write_trials(folder: Path, trials: Sequence[TrialRecord], comparison: Comparison) -> None:
    """Writes trials.csv, one row a trial, and curves.csv, one row an epoch; what does not exist is an empty cell.

    What differs from run to run, the time that a trial took, is apart in times.csv: the other two are the same files
    wherever the study ran on this kind of processor, and however many processes did it.
    """
    apart = ["number", "methods", "params", "curve", "correct", "scores", "seconds"]
    if all(trial.trial_valid_score is None for trial in trials):  # accuracy is the metric
        apart.append("trial_valid_score")
    names = [spec.name for spec in dataclasses.fields(TrialRecord) if spec.name not in apart]
    rows = [
        [
            trial.number,
            *(trial.methods[name] for name in comparison.names),
            *(trial.params.get(name) for name in comparison.space),
            *(" ".join(map(str, v)) if isinstance(v := getattr(trial, name), tuple) else v for name in names),
        ]
        for trial in trials
    ]
    write_csv(folder / "trials.csv", ["number", *comparison.names, *comparison.space, *names], rows)
    measures = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy")
    epochs = [
        [trial.number, epoch, *values]
        for trial in trials
        for epoch, values in enumerate(zip(*(getattr(trial.curve, m) for m in measures), strict=True), start=1)
    ]
    write_csv(folder / "curves.csv", ["number", "epoch", *measures], epochs)
    write_csv(folder / "times.csv", ["number", "seconds"], [[trial.number, trial.seconds] for trial in trials])


def all_tables(summary: Summary) -> dict[str, Table[Any]]:
    """Returns the tables by their names, but for all trials, which trials.csv has."""
    tables: dict[str, Table[Any]] = {"cells": cell_table(summary), "classes": class_table(summary)}
    if summary.winner is not None:
        tables["errors"] = error_table(summary.winner.test, summary.class_names)
    return tables


def cell_table(summary: Summary) -> Table[Group]:
    """Returns the cells with their bests."""
    measure = summary.measure
    columns: list[Column[Group]] = [
        *method_columns(summary.comparison, lambda cell: cell.methods, lambda method: method.label),
        Column("trials", lambda cell: cell.count, Text("trials", "시도 횟수"), form=_marked),
        Column("best", lambda cell: measure.number(cell.best), Text("best", "최고"), form=measure.written),
        Column("median", lambda cell: measure.number(cell.median), Text("median", "중앙값"), form=measure.written),
        Column("gap", lambda cell: cell.gap and round(100.0 * cell.gap, 4), GAP, form="{:.2f}".format)
        if measure.is_share
        else Column("gap", lambda cell: cell.gap, GAP_SCORED, form=measure.difference),
        Column("best_trial", lambda cell: cell.best_trial, Text("best trial", "최고 시도 번호")),
        Column("diverged", lambda cell: cell.diverged, DIVERGED),
        Column("pruned", lambda cell: cell.pruned, PRUNED),
    ]
    return Table(columns, summary.cells)


def _marked(count: int) -> str:
    return f"{count} *" if count < FEW_TRIALS else f"{count}"


def error_table(test: TestSummary, class_names: Sequence[str]) -> Table[Confusion]:
    """Returns the errors that the winner makes most."""
    columns: list[Column[Confusion]] = [
        Column("actual", lambda error: error.actual, Text("actual", "실제"), form=class_names.__getitem__),
        Column("predicted", lambda error: error.predicted, Text("predicted", "예측"), form=class_names.__getitem__),
        Column("images", lambda error: error.count, Text("images", "이미지 수")),
    ]
    return Table(columns, test.confusions[:MAX_CONFUSIONS])


def class_table(summary: Summary) -> Table[int]:
    """Returns the images of each class in each split."""
    label: Column[int] = Column("class", int, Text("class", "클래스"), form=summary.class_names.__getitem__)
    return Table([label, *map(_split, summary.splits)], range(len(summary.splits[0].counts)))


def _split(split: Split) -> Column[int]:
    def form(images: int) -> Text:
        return same("{} ({})").format(f"{images:,}", percent(images / sum(split.counts), 1))

    return Column(split.name, split.counts.__getitem__, SPLITS[split.name], form=form)


def trial_table(summary: Summary) -> Table[TrialRecord]:
    """Returns every trial; where the objective is no accuracy, heads say which is which."""
    measure, accuracy = summary.measure, MEASURES["accuracy"]
    of = {"trial_valid": measure, "epoch_valid": accuracy, "train": accuracy}
    heads = {name: joined([SPLITS[name], *[what.text] * (measure is not accuracy)]) for name, what in of.items()}
    columns: list[Column[TrialRecord]] = [
        Column("trial", lambda trial: trial.number, TRIAL),
        *method_columns(summary.comparison, lambda trial: trial.methods, lambda method: method.label),
        *param_columns(summary.comparison, lambda trial: trial.params),
        Column("trial_valid", lambda trial: measure.number(trial.score), heads["trial_valid"], form=measure.written),
        Column("epoch_valid", lambda trial: trial.epoch_valid_accuracy, heads["epoch_valid"], form=percent),
        Column("train", lambda trial: trial.train_accuracy, heads["train"], form=percent),
        Column("epochs", lambda trial: trial.num_epochs, EPOCHS),
        Column("best_epoch", lambda trial: trial.best_epoch, Text("best epoch", "최고 에포크")),
        Column("seconds", lambda trial: trial.seconds, SECONDS, form="{:.1f}".format),
        Column("status", None, Text("status", "상태"), status, is_text=True),
        Column("key", None, KEY, lambda trial: plain(trial.key), is_text=True),
    ]
    return Table(columns, summary.trials)
