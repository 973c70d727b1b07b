"""A verdict as files for scripts: summary.json, cells.csv, contrasts.csv, budget.csv, runs.csv."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jaxreg.files import write_csv, write_json
from jaxreg.records import RunRecord
from jaxreg.stats.contrasts import cell_name
from jaxreg.stats.judgement import Estimate, Judgement
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.words import say

FAMILIES = ("against_reference", "pairs", "normalizations", "penalties", "interactions")
ESTIMATE = ("value", "standard_error", "low", "high")


def write_tables(folder: Path, results: VerdictResults) -> None:
    """Writes the five files into the run folder; numbers are shares, empty where there is none."""
    judgement = results.judgement
    names = [spec.name for spec in dataclasses.fields(RunRecord) if spec.name != "correct"]
    write_csv(folder / "runs.csv", names, [[getattr(run, name) for name in names] for run in results.runs])
    write_csv(folder / "cells.csv", *_cells(results))
    write_csv(folder / "contrasts.csv", *_contrasts(judgement))
    budget = [
        [*cell, m, value] for cell, best in results.expected_best.items() for m, value in enumerate(best, start=1)
    ]
    write_csv(folder / "budget.csv", ["norm_type", "reg_type", "trials", "expected_best"], budget)
    write_json(folder / "summary.json", summarize_for_scripts(results))


def _cells(results: VerdictResults) -> tuple[list[str], list[list[Any]]]:
    header = ["norm_type", "reg_type", "reg_lambda", "learning_rate", "trial_valid_accuracy"]
    header += [*_columns("test"), "spread", "train", *_columns("gap"), "diverged"]
    chosen = {(choice.norm_type, choice.reg_type): choice for choice in results.choices}
    rows = []
    for score in results.judgement.cells:
        choice = chosen[score.cell]
        diverged = sum(run.diverged for run in results.runs if (run.norm_type, run.reg_type) == score.cell)
        row = [*score.cell, choice.reg_lambda, choice.learning_rate, choice.trial_valid_accuracy]
        rows.append([*row, *score.test, score.spread, score.train, *score.gap, diverged])
    return header, rows


def _contrasts(judgement: Judgement) -> tuple[list[str], list[list[Any]]]:
    header = ["family", "left", "right", *_columns("difference"), "decision"]
    header += ["wilcoxon", "holm", "superiority", "corrected_t"]
    return header, list(_contrast_rows(judgement))


def _contrast_rows(judgement: Judgement) -> Iterator[list[Any]]:
    for name in FAMILIES:
        for contrast in getattr(judgement, name).contrasts:
            left, right, difference, *rest = contrast
            yield [name, left, right, *difference, *rest]


def _columns(name: str) -> list[str]:
    assert Estimate._fields == ESTIMATE
    return [name, *(f"{name}_{part}" for part in ESTIMATE[1:])]


def summarize_for_scripts(results: VerdictResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, the cells best first, every decision that is not open, the words."""
    judgement = results.judgement
    return {
        "cells": [
            {"cell": cell_name(score.cell), "test_accuracy": score.test.value, "interval": [*score.test[2:]]}
            for score in judgement.cells
        ],
        "normalizations": [_brief(contrast) for contrast in judgement.normalizations.contrasts],
        "penalties": [_brief(contrast) for contrast in judgement.penalties.contrasts],
        "pairs": [_brief(contrast) for contrast in judgement.pairs.contrasts],
        "detectable": {name: getattr(judgement, name).detectable for name in FAMILIES},
        "blocks": judgement.num_blocks,
        "test_images": judgement.num_images,
        "tuning_trials": len(results.trials),
        "confirmation_runs": len(results.runs),
        "diverged_runs": sum(run.diverged for run in results.runs),
        "frozen_sha256": results.frozen,
        "verdict": say(results),
        "seconds": results.seconds,
        "data_fingerprint": results.config["data_fingerprint"],
    }


def _brief(contrast: Any) -> dict[str, Any]:
    difference = contrast.difference
    return {
        "left": contrast.left,
        "right": contrast.right,
        "difference": difference.value,
        "interval": [difference.low, difference.high],
        "decision": contrast.decision,
    }
