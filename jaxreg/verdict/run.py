"""The verdict: from settings to the judgement, in a run folder that the same command continues in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxreg.data import Dataset
from jaxreg.engine import environment
from jaxreg.engine.backends import make_storage
from jaxreg.engine.experiment import identity_of
from jaxreg.engine.foreign import announce
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.problem import settle
from jaxreg.engine.progress import say_phase
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import run_all
from jaxreg.files import write_json
from jaxreg.records import Cell, Choice, RunRecord, TrialRecord, Winner
from jaxreg.search.run import TRIALS, search_trials
from jaxreg.stats.budget import expected_best
from jaxreg.stats.failures import find_failures
from jaxreg.stats.judge import judge
from jaxreg.text import Text
from jaxreg.verdict.budget import in_budget
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs, chosen_runs, drawn_anew, tuned_runs
from jaxreg.verdict.freeze import FROZEN, choose, freeze, usable, winners
from jaxreg.verdict.looks import LOOKS, look_of, notes_of_floor, planned, refuse_fewer, say_next
from jaxreg.verdict.results import VerdictResults, score_text
from jaxreg.verdict.scores import as_confirmation, mean_macro_f1
from jaxreg.verdict.tables import FILES, RUN_FILES, write_tables

TUNING, CONFIRMATION = Text("tuning", "튜닝"), Text("confirmation", "확인")
RESULTS = (FROZEN, "tuning/", *FILES, *RUN_FILES, "report.html", "plots/")


class Tuned(NamedTuple):
    """What tuning and runs have left: with one study of trials before the runs, or with trials that are the runs."""

    trials: tuple[TrialRecord, ...]
    choices: tuple[Choice, ...]
    winners: tuple[Winner, ...]
    frozen: str
    runs: tuple[RunRecord, ...]
    expected_best: Mapping[Cell, tuple[float, ...]]


@pinned()
def run_verdict(config: VerdictConfig, data: Dataset | None = None) -> VerdictResults:
    """Tunes, freezes and judges, or continues where the same call was interrupted.

    It is on `data` where they are given, such as arrays, in the place of those that the settings name.

    Raises:
      InputError: settings, data or run folder cannot be used.
      NotYet: this process's `--share` is done, and others' are not.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    config, dataset = settle(config, data)
    folder = Path(config.out)
    with locked(folder, *RESULTS):
        dataset = replace(dataset, notes=(*dataset.notes, *_notes(config, dataset)))
        config, budget = in_budget(config, dataset)
        identity = identity_of(config, dataset)
        kept = refuse_other_configuration(folder, identity)
        looks = list((kept or {}).get(LOOKS, ()))
        refuse_fewer(config, looks)
        announce(config, dataset)  # before the folder is of these settings: what is refused can be mended
        about = environment.run_config(config, identity, kept) | dataset.about() | budget | {LOOKS: looks}
        write_json(folder / "config.json", about)
        for look in planned(config):
            looks = [*(other for other in looks if other != look_of(config, look)), look_of(config, look)]
            results = _look(look, dataset, about | {LOOKS: looks})
            write_json(folder / "config.json", results.config)  # before it is told what was seen
            if not say_next(look, config, results.judgement):
                break
        write_tables(folder, results)
    return results


def _notes(config: VerdictConfig, dataset: Dataset) -> Sequence[Text]:
    """Returns what is to be said before anything runs; an InputError where the design or the margin cannot be."""
    return [drawn_anew(config, dataset)] if config.repeated else notes_of_floor(config, len(dataset.test_labels))


def _look(config: VerdictConfig, dataset: Dataset, about: Mapping[str, Any]) -> VerdictResults:
    """Returns what the runs of so many blocks say, and trains those that are missing."""
    tuned = (_tune_in_blocks if config.per_block else _tune_once)(config, dataset, about["identity"])
    comparison = config.comparison
    of_data = dataset.test_labels, len(dataset.train_labels)
    confirmation = as_confirmation(config, tuned.runs, tuned.winners, *of_data)
    terms: dict[str, Any] = {"margins": comparison.margins(config.margin), "level": config.level}
    return VerdictResults(
        config=about,
        comparison=comparison,
        confirmation=confirmation,
        judgement=judge(confirmation, reference=comparison.reference, seed=config.seed, **terms),
        score=score_text(config.metric),
        chance=confirmation.chance,
        trials=tuned.trials,
        choices=tuned.choices,
        frozen=tuned.frozen,
        runs=tuned.runs,
        macro_f1=mean_macro_f1(tuned.runs, tuned.winners, find_failures(confirmation).judged),
        expected_best=tuned.expected_best,
        seconds=sum(t.seconds for t in tuned.trials) + sum(run.seconds for run in tuned.runs),
    )


def _tune_in_blocks(config: VerdictConfig, dataset: Dataset, identity: Mapping[str, Any]) -> Tuned:
    """Makes every block's trials, and freezes what they choose before their answers to the test set are looked at."""
    with make_storage(config.storage, config.out).failures():
        runs = run_all(open_study(Runs(config, dataset, tuple(tuned_runs(config)))))
    ordered = sorted(runs, key=lambda run: (run.block, config.comparison.cells.index(run.cell), run.trial))
    found = winners(ordered, config.best_of)
    digest = freeze(Path(config.out), found, identity)
    curves: dict[Cell, list[np.ndarray]] = defaultdict(list)
    for start in range(0, len(ordered), config.num_trials):
        curves[ordered[start].cell].append(expected_best(usable(ordered[start : start + config.num_trials])))
    best = {cell: tuple(map(float, np.mean(curves[cell], axis=0))) for cell in config.comparison.cells}
    choices = tuple(_typical(found, cell, best[cell][config.best_of - 1]) for cell in best)
    return Tuned((), choices, found, digest, runs, best)


def _typical(found: Sequence[Winner], cell: Cell, accuracy: float) -> Choice:
    """Returns a cell's hyperparameters in the middle (median) of those that won in the blocks."""
    own = [winner for winner in found if winner.cell == cell]
    params = {name: float(np.median([winner.params[name] for winner in own])) for name in own[0].params}
    return Choice(own[0].methods, params, None, accuracy)


def _tune_once(config: VerdictConfig, dataset: Dataset, identity: Mapping[str, Any]) -> Tuned:
    """Tunes in a study of its own, freezes what it chose, and runs that on every block."""
    study, folder = config.tuning_study(), Path(config.out)
    say_phase(1, TUNING, study.trials, config.lang)
    with locked(Path(study.out), *TRIALS), make_storage(study.storage, study.out).failures():
        trials = search_trials(study, dataset, is_part=True).records
    choices = choose(trials, config.comparison.cells)
    digest = freeze(folder, choices, identity)
    chosen = tuple(chosen_runs(config, choices))
    say_phase(2, CONFIRMATION, len(chosen), config.lang)
    with make_storage(config.storage, config.out).failures():
        runs = run_all(open_study(Runs(config, dataset, chosen, digest)))
    cells = config.comparison.cells
    values = {cell: usable([trial for trial in trials if trial.cell == cell]) for cell in cells}
    best = {cell: tuple(map(float, expected_best(values[cell]))) for cell in cells}
    return Tuned(trials, choices, (), digest, runs, best)
