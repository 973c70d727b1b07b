"""The tables of a verdict, for its page and as files: summary.json, cells.*, contrasts.csv, budget.csv, runs.csv."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from jaxreg.files import write_atomically, write_csv, write_json
from jaxreg.methods.comparison import Comparison
from jaxreg.pages.table import Column, Table, method_columns, param_columns
from jaxreg.pages.wording import joined, percent, settings
from jaxreg.records import Choice, RunRecord, cell_name
from jaxreg.stats.judgement import CellScore, Contrast, Decision, Estimate
from jaxreg.text import Text
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.words import effects, ends, points, say, several

FILES = ("runs.csv", "times.csv", "cells.csv", "cells.md", "cells.tex", "contrasts.csv", "budget.csv", "summary.json")
APART = (
    "block",
    "methods",
    "params",
    "correct",
    "seconds",
)  # of a record: elsewhere than in runs.csv

Row = TypeVar("Row")
SPREAD = Text("spread over blocks", "블록 간 표준편차")
TRAIN = Text("training accuracy", "학습 정확도")
OWN_PARAMS = Text("of its methods", "방법의 설정")
DIFFERENCE = Text("difference (points)", "차이 (%p)")
DECISION = Text("left is", "왼쪽은")
DECISIONS: Mapping[Decision, Text] = {
    "better": Text("better", "더 나음"),
    "worse": Text("worse", "더 못함"),
    "equivalent": Text("equivalent", "동등"),
    "undecided": Text("undecided", "판정 불가"),
}
CORRECTED_T = Text("corrected t", "보정된 t")
SUPERIORITY = Text("higher in", "더 높은 비율")
SUM = Text("sum of {all} alone", "{all} 효과의 합")


class CellRow(NamedTuple):
    """A cell with what tuning chose for it and how many of its runs diverged."""

    score: CellScore
    choice: Choice
    diverged: int


def write_tables(folder: Path, results: VerdictResults) -> None:
    """Writes FILES into the run folder; numbers in a CSV are shares, empty where there is none."""
    cells, lang, factors = cell_table(results), results.config["settings"]["lang"], results.comparison.names
    names = [spec.name for spec in dataclasses.fields(RunRecord) if spec.name not in APART]
    space = results.comparison.space
    runs = [
        [run.block, *run.cell, *(run.params.get(name) for name in space), *(getattr(run, name) for name in names)]
        for run in results.runs
    ]
    write_csv(folder / "runs.csv", ["block", *factors, *space, *names], runs)
    times = [[run.block, *run.cell, run.trial, run.seconds] for run in results.runs]
    write_csv(folder / "times.csv", ["block", *factors, "trial", "seconds"], times)
    write_csv(folder / "cells.csv", *cells.csv())
    write_atomically(folder / "cells.md", cells.markdown(lang))
    write_atomically(folder / "cells.tex", cells.latex(lang))
    contrasts = [contrast_table(results, family).csv() for family in results.judgement.families]
    write_csv(folder / "contrasts.csv", contrasts[0][0], [row for _, rows in contrasts for row in rows])
    budget = [[*cell, m, value] for cell, best in results.expected_best.items() for m, value in enumerate(best, 1)]
    write_csv(folder / "budget.csv", [*factors, "trials", "expected_best"], budget)
    write_json(folder / "summary.json", summarize_for_scripts(results))


def cell_table(results: VerdictResults) -> Table[CellRow]:
    """Returns every cell by itself, the best first."""
    comparison, chosen = results.comparison, {choice.cell: choice for choice in results.choices}
    rows = [
        CellRow(score, chosen[score.cell], sum(run.diverged for run in results.runs if run.cell == score.cell))
        for score in results.judgement.cells
    ]

    def own(row: CellRow) -> str | Text:
        *own, _ = settings(comparison, row.choice)
        return joined(own, ", ") if own else "-"

    columns: tuple[Column[CellRow], ...] = (
        *method_columns(comparison, lambda row: row.choice.methods, lambda method: method.text),
        *param_columns(comparison, lambda row: row.choice.params),
        Column("own", None, OWN_PARAMS, own, is_text=True),
        Column[CellRow]("trial_valid_accuracy", lambda row: row.choice.trial_valid_accuracy),
        *_estimate("test", lambda row: row.score.test, Text("test accuracy", "테스트 정확도"), percent, interval=True),
        Column("spread", lambda row: row.score.spread, SPREAD, form=points),
        Column("train", lambda row: row.score.train, TRAIN, form=percent),
        *_estimate("gap", lambda row: row.score.gap, Text("gap (points)", "차이 (%p)"), points),
        Column("diverged", lambda row: row.diverged),
    )
    *others, rate = comparison.space
    params = (rate, *others) if len(others) < 2 else (rate, "own")  # many would be many empty cells
    return Table(columns, rows, (*comparison.names, "test", "test_low", "spread", "train", "gap", *params))


def _estimate(
    name: str, of: Callable[[Row], Estimate | None], head: Text, show: Callable[[float], str], interval: bool = False
) -> Iterator[Column[Row]]:
    """Returns the columns of an estimate: its value, its standard error and the ends of its interval."""

    def part(field: str) -> Callable[[Row], float | None]:
        return lambda row: getattr(of(row), field, None)

    yield Column(name, part("value"), head, form=show)
    yield Column(f"{name}_standard_error", part("standard_error"))
    low = Text("interval", "구간") if interval else None
    yield Column(f"{name}_low", part("low"), low, lambda row: ends(of(row)) or "-")
    yield Column(f"{name}_high", part("high"))


def contrast_table(results: VerdictResults, family: str) -> Table[Contrast]:
    """Returns the comparisons of a family."""
    named = partial(_named, results.comparison, family)
    columns = (
        Column[Contrast]("family", lambda row: family),
        Column("left", lambda row: row.left, Text("left", "왼쪽"), lambda row: named(row.left), is_text=True),
        Column("right", lambda row: row.right, Text("right", "오른쪽"), lambda row: named(row.right), is_text=True),
        *_estimate("difference", lambda row: row.difference, DIFFERENCE, points, interval=True),
        Column("decision", lambda row: row.decision, DECISION, form=DECISIONS.__getitem__, is_text=True),
        Column("wilcoxon", lambda row: row.wilcoxon),
        Column("holm", lambda row: row.holm, Text("Wilcoxon, Holm", "Wilcoxon (Holm)"), form=_p),
        Column("superiority", lambda row: row.superiority, SUPERIORITY, form="{:.0%}".format),
        Column("corrected_t", lambda row: row.corrected_t, CORRECTED_T, form=_p),
    )
    order = ("left", "right", "difference", "difference_low", "decision", "holm", "corrected_t", "superiority")
    return Table(columns, results.judgement.families[family].contrasts, order)


def _named(comparison: Comparison, family: str, key: str) -> Text:
    """Returns what a contrast compares, in words: a method, a cell, or the sum of what methods do alone."""
    if family in comparison.names:
        return comparison.method(family, key).text
    cell = tuple(key.split("/"))
    return comparison.text(cell) if cell in comparison.cells else SUM.format(**several(comparison))


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def summarize_for_scripts(results: VerdictResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, the cells best first, every decision that is not open, the words."""
    judgement = results.judgement
    return {
        "cells": [
            {"cell": cell_name(score.cell), "test_accuracy": score.test.value, "interval": [*score.test[2:]]}
            for score in judgement.cells
        ],
        **{factor.name: [_brief(contrast) for contrast in family.contrasts] for factor, family in effects(results)},
        "pairs": [_brief(contrast) for contrast in judgement.pairs.contrasts],
        "detectable": {name: family.detectable for name, family in judgement.families.items()},
        "blocks": judgement.num_blocks,
        "test_images": judgement.num_images,
        "tuning_trials_of_each_cell": results.tuned_trials,
        "tuning_budget": results.budget,
        "runs": len(results.runs),
        "diverged_runs": sum(run.diverged for run in results.runs),
        "frozen_sha256": results.frozen,
        "verdict": say(results),
        "seconds": results.seconds,
        "data_fingerprint": results.config["data_fingerprint"],
    }


def _brief(contrast: Contrast) -> dict[str, Any]:
    difference = contrast.difference
    return {
        "left": contrast.left,
        "right": contrast.right,
        "difference": difference.value,
        "interval": [difference.low, difference.high],
        "decision": contrast.decision,
    }
