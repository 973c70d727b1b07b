"""The tables of a verdict, for its page and as files: summary.json, CSVs, and tables/ in Markdown and LaTeX."""

import dataclasses
import io
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from jaxreg.files import write_atomically, write_csv, write_json, write_texts
from jaxreg.methods.comparison import Comparison
from jaxreg.pages.measure import MACRO_F1
from jaxreg.pages.table import Column, Table, files_of, method_columns, param_columns
from jaxreg.pages.wording import ends, number, percent, settings
from jaxreg.records import Cell, Choice, RunRecord, cell_name
from jaxreg.stats.judgement import CellScore, Contrast, Decision, Distance, Estimate, Failure, Standing
from jaxreg.text import NOTHING, Text, joined
from jaxreg.verdict.dose import Dose
from jaxreg.verdict.forms import Form, effects, form_of, several
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.words import say

RUN_FILES = ("runs.csv", "times.csv", "budget.csv")
FILES = ("cells.csv", "contrasts.csv", "scores.npz", "summary.json", "tables/")
APART = ("block", "methods", "params", "correct", "scores", "seconds")  # of a run's record: elsewhere than in runs.csv
SCORES = ("trial_valid_score", "test_score", "train_score")  # of another metric than accuracy

Row = TypeVar("Row")
SPREAD = Text("spread over blocks", "블록 간 표준편차")
GAP = Text("training minus test", "일반화 격차")
OWN_PARAMS = Text("of its methods", "방법의 하이퍼파라미터")
DIFFERENCE = Text("difference", "차이")
INTERVAL = Text("interval", "신뢰구간")
BEHIND = Text("from the best of the others", "나머지 중 최고와의 차이")
STANDING = Text("standing", "판정")
STANDINGS: Mapping[Standing, Text] = {
    "best": Text("best", "최고"),
    "may be best": Text("may be best", "최고일 수 있음"),
    "behind": Text("no better", "더 낫지 않음"),
    "undecided": Text("undecided", "판정 보류"),
}
STRENGTH = Text("strength", "강도")
BRINGS = Text("against none", "없을 때와의 차이")
GAIN = Text("in blocks that did not choose it", "선택에 쓰지 않은 블록에서의 차이")
CLOSE = Text("within the margin of it", "동등 한계 이내")
YES, NO = Text("yes", "예"), Text("not shown", "확인되지 않음")
TIMES = Text("did not train", "학습 실패 횟수")
OF_BLOCKS = Text("of blocks", "블록 수")
SHARE = Text("share (%)", "비율 (%)")
WITHIN = Text("within the margin", "한계 이내일 확률")
DECISION = Text("left is", "A의 판정")
DECISIONS: Mapping[Decision, Text] = {
    "better": Text("better", "더 나음"),
    "worse": Text("worse", "더 못함"),
    "equivalent": Text("equivalent", "동등"),
    "undecided": Text("undecided", "판정 보류"),
}
CORRECTED_T = Text("p, corrected t", "보정 t 검정 p")
SUPERIORITY = Text("higher in", "A가 높은 블록의 비율")
SUM = Text("sum of {all} alone", "{all} 효과의 합")


class CellRow(NamedTuple):
    """A cell with what tuning chose for it, if it was tuned here, and how many of its runs diverged."""

    score: CellScore
    choice: Choice | None
    diverged: int


def write_tables(folder: Path, results: VerdictResults) -> None:
    """Writes FILES into the run folder, and of a verdict RUN_FILES; numbers in a CSV are shares, empty if not there."""
    lang, factors, tables = results.config["settings"]["lang"], results.comparison.names, all_tables(results)
    if results.tuned:
        apart = (*APART, *SCORES) if results.metric == "accuracy" else APART
        names = [spec.name for spec in dataclasses.fields(RunRecord) if spec.name not in apart]
        space = results.comparison.space
        runs = [
            [run.block, *run.cell, *(run.params.get(name) for name in space), *(getattr(run, name) for name in names)]
            for run in results.runs
        ]
        write_csv(folder / "runs.csv", ["block", *factors, *space, *names], runs)
        times = [[run.block, *run.cell, run.trial, run.seconds] for run in results.runs]
        write_csv(folder / "times.csv", ["block", *factors, "trial", "seconds"], times)
        budget = [[*cell, m, value] for cell, best in results.expected_best.items() for m, value in enumerate(best, 1)]
        write_csv(folder / "budget.csv", [*factors, "trials", "expected_best"], budget)
    write_csv(folder / "cells.csv", *tables["cells"].csv())
    contrasts = [contrast_table(results, family).csv() for family in results.judgement.families]
    write_csv(folder / "contrasts.csv", contrasts[0][0], [row for _, rows in contrasts for row in rows])
    write_texts(folder / "tables", files_of(tables, lang))
    write_atomically(folder / "scores.npz", exported(results))
    write_json(folder / "summary.json", summarize_for_scripts(results))


def exported(results: VerdictResults) -> bytes:
    """Returns the scores that were judged as an .npz file that `jaxreg judge` takes."""
    given = results.confirmation
    known = {
        "train": given.train_scores,
        "overlap": given.overlap,
        "chance": given.chance,
        "failed": given.failed,
        "means_are_shares": given.means_are_shares,
    }
    arrays: dict[str, Any] = {
        "scores": given.scores,
        "methods": np.array(given.cells),
        "factors": np.array(given.factors),
        "score": np.array(results.score),
        **{name: np.asarray(value) for name, value in known.items() if value is not None},
        **({"repeated": np.array(given.repeated)} if given.repeated else {}),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def all_tables(results: VerdictResults) -> dict[str, Table[Any]]:
    """Returns the tables by their names, the answer first; some may be empty."""
    first: dict[str, Table[Any]] = {"best": best_table(results), "cells": cell_table(results)}
    only = results.comparison.names if len(results.comparison.names) == 1 else ()  # its effects are the pairs
    families = {name: contrast_table(results, name) for name in results.judgement.families if name not in only}
    return first | {"dose": dose_table(results), "failures": failure_table(results)} | families


def best_table(results: VerdictResults) -> Table[Distance]:
    """Returns how far each cell is from the best of the others."""
    comparison, form = results.comparison, form_of(results.judgement)
    means = {score.cell: score.test.value for score in results.judgement.cells}
    head = joined([BEHIND, form.unit], "")
    columns: tuple[Column[Distance], ...] = (
        *_cell_columns(comparison, lambda row: row.cell),
        Column("test", lambda row: means[row.cell], results.score, form=form.score),
        *_estimate("distance", lambda row: row.difference, head, form, interval=True),
        Column("standing", lambda row: row.standing, STANDING, form=STANDINGS.__getitem__, is_text=True),
        Column("is_close", lambda row: row.is_close, CLOSE, lambda row: YES if row.is_close else NO, is_text=True),
    )
    candidates = results.judgement.best.candidates if results.judgement.judged else ()
    return Table(columns, results.judgement.best.distances, stands_out=lambda row: row.cell in candidates)


class DosePart(NamedTuple):
    """A part of the range of a dose."""

    dose: Dose
    part: int

    @property
    def effect(self) -> Estimate | None:
        """Returns what the method brings there, if a block knows."""
        effect = self.dose.effects[self.part]
        return None if math.isnan(effect.value) else effect

    @property
    def gain(self) -> Estimate | None:
        """Returns what it brings in the blocks that have not chosen this part."""
        known = self.part == self.dose.best and not math.isnan(self.dose.gain.value)
        return self.dose.gain if known else None


def dose_table(results: VerdictResults) -> Table[DosePart]:
    """Returns what each method brings in each part of its strength's range; the chosen part stands out."""
    comparison, form = results.comparison, form_of(results.judgement)
    rows = [DosePart(dose, part) for dose in results.doses for part in range(len(dose.effects))]

    def within(row: DosePart) -> Text:
        given = comparison.space[row.dose.param]
        part = [number(end, given) for end in row.dose.ends[row.part : row.part + 2]]
        return joined([comparison.param(row.dose.param), ends(*part)])

    columns: tuple[Column[DosePart], ...] = (
        *_cell_columns(comparison, lambda row: row.dose.cell),
        Column("low", lambda row: row.dose.ends[row.part], STRENGTH, within),
        Column("high", lambda row: row.dose.ends[row.part + 1]),
        *_estimate("effect", lambda row: row.effect, joined([BRINGS, form.unit], ""), form, interval=True),
        *_estimate("gain", lambda row: row.gain, joined([GAIN, form.unit], ""), form),
    )
    return Table(columns, rows, stands_out=lambda row: row.part == row.dose.best)


def failure_table(results: VerdictResults) -> Table[Failure]:
    """Returns how often each cell did not train; nothing where all did."""
    judgement = results.judgement
    blocks = judgement.num_blocks + judgement.incomplete
    columns: tuple[Column[Failure], ...] = (
        *_cell_columns(results.comparison, lambda row: row.cell),
        Column("failed", lambda row: row.times, TIMES, form="{:.3g}".format),
        Column("blocks", lambda row: blocks, OF_BLOCKS),
        Column("share", lambda row: row.times / blocks, SHARE, form=lambda share: f"{100 * share:.0f}"),
        Column(
            "share_low",
            lambda row: row.low,
            INTERVAL,
            lambda row: ends(f"{100 * row.low:.0f}", f"{100 * row.high:.0f}"),
        ),
        Column("share_high", lambda row: row.high),
    )
    return Table(columns, judgement.failures if any(failure.times for failure in judgement.failures) else ())


def _cell_columns(comparison: Comparison, cell: Callable[[Row], Cell]) -> list[Column[Row]]:
    def methods(row: Row) -> Mapping[str, str]:
        return dict(zip(comparison.names, cell(row), strict=True))

    return method_columns(comparison, methods, lambda method: method.text)


def cell_table(results: VerdictResults) -> Table[CellRow]:
    """Returns every cell by itself, the best first; those that may be best stand out."""
    comparison, chosen = results.comparison, {choice.cell: choice for choice in results.choices}
    judgement, form = results.judgement, form_of(results.judgement)
    rows = [
        CellRow(score, chosen.get(score.cell), sum(run.diverged for run in results.runs if run.cell == score.cell))
        for score in judgement.cells
    ]

    def own(row: CellRow) -> str | Text:
        *own, _ = settings(comparison, row.choice) if row.choice else [NOTHING]
        return joined(own, ", ") if own else "-"

    called = "accuracy" if results.metric == "accuracy" else "score"
    tuned: tuple[Column[CellRow], ...] = (
        *param_columns(comparison, lambda row: row.choice.params if row.choice else {}),
        Column("own", None, OWN_PARAMS, own, is_text=True),
        Column[CellRow](f"trial_valid_{called}", lambda row: row.choice.score if row.choice else None),
    )
    known = rows[0].score.train is not None
    trained = (
        Column[CellRow]("train", lambda row: row.score.train),
        *_estimate("gap", lambda row: row.score.gap, joined([GAP, form.unit], ""), form),
    )
    f1 = results.macro_f1
    shown_only = (Column[CellRow]("macro_f1", lambda row: f1[row.score.cell], MACRO_F1, form=percent),) if f1 else ()
    columns: tuple[Column[CellRow], ...] = (
        *_cell_columns(comparison, lambda row: row.score.cell),
        *(tuned if results.tuned else ()),
        *_estimate("test", lambda row: row.score.test, results.score, form, form.score, interval=True),
        Column("spread", lambda row: row.score.spread, SPREAD, form=form.number),
        *shown_only,
        *(trained if known else ()),
        *((Column[CellRow]("diverged", lambda row: row.diverged),) if results.tuned else ()),
    )
    *others, rate = comparison.space
    params = (rate, *others) if len(others) < 2 else (rate, "own")  # many would be many empty cells
    also = [column.name for column in shown_only] + ["gap"] * known
    order = (*comparison.names, "test", "test_low", "spread", *also)
    candidates = judgement.best.candidates if judgement.judged else ()
    shown = (*order, *(params if results.tuned else ()))
    return Table(columns, rows, shown, stands_out=lambda row: row.score.cell in candidates)


def _estimate(
    name: str,
    of: Callable[[Row], Estimate | None],
    head: Text,
    form: Form,
    show: Callable[[float], str | Text] | None = None,
    interval: bool = False,
) -> Iterator[Column[Row]]:
    """Returns the columns of an estimate: its value, its standard error and the ends of its interval."""

    def part(field: str) -> Callable[[Row], float | None]:
        return lambda row: getattr(of(row), field, None)

    yield Column(name, part("value"), head, form=show or form.number)
    yield Column(f"{name}_standard_error", part("standard_error"))
    low = INTERVAL if interval else None
    yield Column(f"{name}_low", part("low"), low, lambda row: form.ends(of(row)) or "-")
    yield Column(f"{name}_high", part("high"))


def contrast_table(results: VerdictResults, family: str) -> Table[Contrast]:
    """Returns the comparisons of a family."""
    named, form = partial(_named, results.comparison, family), form_of(results.judgement)
    head = joined([DIFFERENCE, form.unit], "")
    columns = (
        Column[Contrast]("family", lambda row: family),
        Column("left", lambda row: row.left, Text("left", "A"), lambda row: named(row.left), is_text=True),
        Column("right", lambda row: row.right, Text("right", "B"), lambda row: named(row.right), is_text=True),
        *_estimate("difference", lambda row: row.difference, head, form, interval=True),
        Column("decision", lambda row: row.decision, DECISION, form=DECISIONS.__getitem__, is_text=True),
        Column("margin", lambda row: row.margin),
        Column("narrow_low", lambda row: row.narrow and row.narrow[0]),
        Column("narrow_high", lambda row: row.narrow and row.narrow[1]),
        Column("within", lambda row: row.within, WITHIN, form=_share),
        Column("wilcoxon", lambda row: row.wilcoxon),
        Column("holm", lambda row: row.holm, Text("p, Wilcoxon (Holm)", "Wilcoxon p (Holm)"), form=_p),
        Column("superiority", lambda row: row.superiority, SUPERIORITY, form=_share),
        Column("corrected_t", lambda row: row.corrected_t, CORRECTED_T, form=_p),
    )
    corrected = ("corrected_t",) if results.confirmation.overlap is not None else ()
    checks = corrected if results.confirmation.repeated else ("holm", *corrected)
    order = ("left", "right", "difference", "difference_low", "decision", "within", *checks, "superiority")
    return Table(columns, results.judgement.families[family].contrasts, order)


def _named(comparison: Comparison, family: str, key: str) -> Text:
    """Returns what a contrast compares, in words: a method, a cell, or the sum of what methods do alone."""
    if family in comparison.names:
        return comparison.method(family, key).text
    cell = {cell_name(cell): cell for cell in comparison.cells}.get(key)
    return comparison.text(cell) if cell else SUM.format(**several(comparison))


def _share(share: float) -> Text:
    return percent(share, 0)


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def summarize_for_scripts(results: VerdictResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, the cells best first, every decision that is not open, the words."""
    judgement, name = results.judgement, "test_accuracy" if results.metric == "accuracy" else "test_score"
    tuned = {
        "metric": results.metric,
        "tuning_trials_of_each_cell": results.tuned_trials if results.tuned else None,
        "tuning_budget": results.budget,
        "runs": len(results.runs),
        "diverged_runs": sum(run.diverged for run in results.runs),
        "frozen_sha256": results.frozen,
    }
    return {
        "best": [
            {
                "cell": cell_name(distance.cell),
                "standing": distance.standing,
                "distance": distance.difference.value,
                "interval": [*distance.difference[2:]],
                "is_close": distance.is_close,
            }
            for distance in judgement.best.distances
        ],
        "luck_of_the_highest_mean": judgement.best.luck,
        "cells": [
            {"cell": cell_name(score.cell), name: score.test.value, "interval": [*score.test[2:]]}
            for score in judgement.cells
        ],
        **{factor.name: [_brief(contrast) for contrast in family.contrasts] for factor, family in effects(results)},
        "pairs": [_brief(contrast) for contrast in judgement.pairs.contrasts],
        "detectable": {"best": judgement.best.detectable}
        | {name: family.detectable for name, family in judgement.families.items()},
        "within_the_margin": {name: family.within for name, family in judgement.families.items()},
        "failures": {cell_name(failure.cell): failure.times for failure in judgement.failures},
        "blocks": judgement.num_blocks,
        "incomplete_blocks": judgement.incomplete,
        "test_images": judgement.num_images,
        "design": "repeated-holdout" if judgement.repeated else "one-test-set",
        **(tuned if results.tuned else {}),
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
        "margin": contrast.margin,
        "decision": contrast.decision,
    }
