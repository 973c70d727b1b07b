"""The search: suggest, train, record, until the study has its trials; then the winner, once, on test."""

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import optuna

from jaxreg.core.model import Variables, summary
from jaxreg.core.train import Examples, answer
from jaxreg.data import Split, Splits, format_class_counts, split_class_counts
from jaxreg.engine import environment
from jaxreg.engine.backends import make_storage
from jaxreg.engine.checkpoint import load_checkpoint
from jaxreg.engine.config import StudyConfig
from jaxreg.engine.dashboard import EVENTS, refuse_without_writer, write_events
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.progress import Display
from jaxreg.engine.run_folder import BEST, CELLS, locked, refuse_other_configuration, weights_folder, write_trials
from jaxreg.engine.storage import FinishedTrials, foreign_trials, open_study
from jaxreg.engine.trial import (
    Problem,
    Task,
    confusion_matrix,
    finite_or_none,
    load_problem,
    make_recipe,
    make_task,
    refuse_broken_methods,
    say_notes,
)
from jaxreg.engine.weights import best_trials, settle_weights
from jaxreg.engine.work import work
from jaxreg.engine.workers import run_workers
from jaxreg.files import write_json
from jaxreg.records import TrialRecord, best_trial, cell_name
from jaxreg.search.importance import parameter_importance
from jaxreg.search.records import StudyResults, TestResult

# What a study writes into its run folder, and what comes to it when the study has ended.
TRIALS = ("trials.csv", "curves.csv", f"{BEST}/", f"{CELLS}/", f"{EVENTS}/")
RESULTS = (*TRIALS, "summary.json", "report.html", "plots/")


@pinned()
def run_search(config: StudyConfig) -> StudyResults:
    """Runs or continues a study to its total of trials, and leaves a complete run folder but for the report.

    Raises:
      InputError: settings, data, storage or run folder cannot be used.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    problem = load_problem(config)
    folder = Path(config.out)
    with locked(folder, *RESULTS), make_storage(config.storage, config.out).failures():
        search = search_trials(config, problem)
        counts = split_class_counts(problem.splits, problem.dataset.num_classes)
        return _conclude(search, problem.splits, folder, counts)


class Search(NamedTuple):
    """A study that has its total of trials; `config` is the content of config.json."""

    study: optuna.Study
    task: Task
    config: dict[str, Any]
    trials: tuple[TrialRecord, ...]


def search_trials(config: StudyConfig, problem: Problem) -> Search:
    """Runs or continues a study to its total of trials in a locked run folder; the test set is not looked at."""
    refuse_without_writer(config)
    if config.workers > 1:  # JAX is not to take most of a GPU's memory at once
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    folder = Path(config.out)
    kept = refuse_other_configuration(folder, problem.identity)
    full_config = environment.run_config(config, problem.identity, kept) | problem.dataset.about()
    say_notes(problem.dataset)
    study = open_study(config, problem.identity)
    if foreign := study.home.persist(lambda: foreign_trials(study)):
        named = ", ".join(map(str, foreign))
        print(f"note: finished trials in the study that jaxreg has not run are left out: {named}", file=sys.stderr)
    write_json(folder / "config.json", full_config)
    task = make_task(config, problem.dataset, problem.splits)
    refuse_broken_methods(task)
    counts = split_class_counts(problem.splits, problem.dataset.num_classes)
    model = make_recipe(task, config.comparison.cells[-1]).model
    network = summary(model, problem.dataset.image_shape, config.batch_size)
    print(format_class_counts(counts), network, sep="\n\n", end="\n\n", flush=True)
    try:
        with Display(config.trials) as display:
            if config.workers > 1:
                run_workers(config, study, display)
            work(study, task, folder, display)  # after workers: what they left
    finally:
        trials = study.home.persist(FinishedTrials(study).update)
        write_trials(folder, trials, config.comparison)
    write_events(config, trials)  # those whose process died before it did
    settle_weights(folder, task, trials)
    return Search(study, task, full_config, trials)


def _conclude(search: Search, splits: Splits, folder: Path, counts: dict[str, tuple[int, ...]]) -> StudyResults:
    _, task, full_config, trials = search
    winner = best_trial(trials)
    test, network = None, ""
    if winner is not None:
        variables = load_checkpoint(weights_folder(folder), task.config.own).variables
        test = measure_winner(task, winner, variables, splits.test)
        network = summary(make_recipe(task, winner.cell).model, splits.test.images.shape[1:], task.config.batch_size)
    results = StudyResults(
        config=full_config,
        comparison=task.config.comparison,
        class_counts=counts,
        network=network,
        trials=trials,
        importance=parameter_importance(trials, task.config.comparison),
        test=test,
        seconds=sum(trial.seconds for trial in trials),
    )
    write_json(folder / "summary.json", summarize_for_scripts(results))
    return results


def measure_winner(task: Task, record: TrialRecord, variables: Variables, test: Split) -> TestResult:
    """Measures the winner on the test set, in one pass that gives accuracy, loss and confusion matrix."""
    answers = answer(make_recipe(task, record.cell), variables, Examples(*map(jnp.asarray, test)))
    confusion = confusion_matrix(test.labels, answers.predicted, task.num_classes)
    rows = tuple(map(tuple, confusion.tolist()))
    return TestResult(record.number, answers.accuracy, finite_or_none(answers.loss), rows)


def summarize_for_scripts(results: StudyResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, best value and parameters, test accuracy, seconds."""
    best, trials = results.best, results.trials
    return {
        "trials": len(trials),
        "diverged": sum(t.diverged for t in trials),
        "pruned": sum(t.pruned for t in trials),
        "trials_by_cell": {cell_name(cell): sum(t.cell == cell for t in trials) for cell in results.comparison.cells},
        "best_trial": best and best.number,
        "best_value": best and best.trial_valid_accuracy,
        "best_params": best and {**best.methods, **{name: best.params.get(name) for name in results.comparison.space}},
        "best_epoch": best and best.best_epoch,
        "best_by_cell": {
            cell: {"trial": t.number, "trial_valid_accuracy": t.trial_valid_accuracy}
            for cell, t in best_trials(trials).items()
            if cell is not None
        },
        "test_accuracy": results.test and results.test.accuracy,
        "test_loss": results.test and results.test.loss,
        "importance": results.importance and results.importance.shares,
        "importance_by_chance": results.importance and results.importance.by_chance,
        "epochs": sum(t.num_epochs for t in trials),
        "seconds": results.seconds,
        "data_fingerprint": results.config["data_fingerprint"],
    }
