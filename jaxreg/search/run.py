"""The search: suggest, train, record, until the study has its trials; then the winner, once, on test."""

from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxreg.core.evaluate import answer
from jaxreg.core.model import Variables
from jaxreg.core.train import Examples
from jaxreg.data import Dataset, Split, format_class_counts, split_class_counts
from jaxreg.engine import environment
from jaxreg.engine.backends import make_storage
from jaxreg.engine.confusion import confusion_matrix
from jaxreg.engine.foreign import announce
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.network import summary
from jaxreg.engine.problem import (
    Task,
    make_recipe,
    say_notes,
    settle,
)
from jaxreg.engine.run_folder import BEST, CELLS, locked, refuse_other_configuration, weights_folder
from jaxreg.engine.storage import Ended, foreign_trials, open_study
from jaxreg.engine.workers import run_all
from jaxreg.files import finite_or_none, write_json
from jaxreg.records import Point, TrialRecord, best_trial, cell_name
from jaxreg.search.again import repeat
from jaxreg.search.config import StudyConfig
from jaxreg.search.events import EVENTS, refuse_without_writer, write_events
from jaxreg.search.importance import parameter_importance
from jaxreg.search.precision import error_of
from jaxreg.search.records import StudyResults, TestResult
from jaxreg.search.tables import write_trials
from jaxreg.search.trial import Trials
from jaxreg.search.weights import best_trials, load_own, settle_weights
from jaxreg.text import NOTHING, Text

NOT_OURS = Text(
    "finished trials in the study that jaxreg has not run are left out: {}",
    "jaxreg가 실행하지 않은, 저장소에 있던 시도는 뺐습니다: {}",
)
# What a study writes into its run folder, and what comes to it when the study has ended.
TRIALS = ("trials.csv", "curves.csv", "times.csv", f"{BEST}/", f"{CELLS}/", f"{EVENTS}/")
RESULTS = (*TRIALS, "summary.json", "report.html", "plots/", "tables/")


@pinned()
def run_search(config: StudyConfig, data: Dataset | None = None) -> StudyResults:
    """Runs or continues a study to its total of trials, and leaves a complete run folder but for the report.

    It is on `data` where they are given, such as arrays, in the place of those that the settings name.

    Raises:
      InputError: settings, data, storage or run folder cannot be used.
      NotYet: this process's `--share` is done, and others' are not.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    config, dataset = settle(config, data)
    folder = Path(config.out)
    with locked(folder, *RESULTS), make_storage(config.storage, config.out).failures():
        return _conclude(search_trials(config, dataset), folder)


class Search(NamedTuple):
    """A study that has its total of trials; `config` is the content of config.json."""

    trials: Trials
    config: dict[str, Any]
    records: tuple[TrialRecord, ...]

    @property
    def class_counts(self) -> dict[str, tuple[int, ...]]:
        """Returns how many images of each class the splits have."""
        return split_class_counts(self.trials.splits, self.trials.dataset.num_classes)


def search_trials(config: StudyConfig, dataset: Dataset, *, is_part: bool = False) -> Search:
    """Runs or continues a study to its total of trials in a locked run folder; the test set is not looked at.

    One that `is_part` of something else has no report of its own.
    """
    refuse_without_writer(config)
    folder, trials = Path(config.out), Trials(config, dataset, is_part)
    kept = refuse_other_configuration(folder, trials.identity)
    full_config = environment.run_config(config, trials.identity, kept) | dataset.about()
    if not is_part:  # which has said it
        announce(config, dataset)
    study = open_study(trials)
    if foreign := study.home.persist(lambda: foreign_trials(study)):
        named = ", ".join(map(str, foreign))
        say_notes([NOT_OURS.format(named)], config.lang)
    write_json(folder / "config.json", full_config)
    counts = split_class_counts(trials.splits, dataset.num_classes)
    network = _network(trials.task, config.comparison.cells[-1], dataset)
    table = format_class_counts(counts, dataset.class_names, config.lang)
    print(table, network.to(config.lang), sep="\n\n", end="\n\n", flush=True)
    ended: Ended[Point, TrialRecord] = Ended(study)
    try:
        run_all(study)
    finally:
        records = study.home.persist(ended.update)
        write_trials(folder, records, config.comparison)
    write_events(config, records)  # those whose process died before it did
    if config.share is None or not is_part:  # all runs are there; a share's part of something else reports nothing
        settle_weights(folder, trials.task, records, trials.again)
    return Search(trials, full_config, records)


def _network(task: Task, cell: tuple[str, ...], dataset: Dataset) -> Text:
    return summary(make_recipe(task, cell).model, dataset.image_shape, task.config.batch_size)


def _conclude(search: Search, folder: Path) -> StudyResults:
    trials, full_config, records = search
    task = trials.task
    winner = best_trial(records)
    test, network = None, NOTHING
    again = () if winner is None else repeat(trials, winner)
    if winner is not None:
        variables = load_own(weights_folder(folder), task).variables
        test = measure_winner(task, winner, variables, trials.splits.test)
        network = _network(task, winner.cell, trials.dataset)
    results = StudyResults(
        config=full_config,
        comparison=task.config.comparison,
        class_counts=search.class_counts,
        network=network,
        trials=records,
        importance=parameter_importance(records, task.config.comparison),
        test=test,
        seconds=sum(record.seconds for record in records) + sum(run.seconds for run in again),
        again=again,
    )
    write_json(folder / "summary.json", summarize_for_scripts(results))
    return results


def measure_winner(task: Task, record: TrialRecord, variables: Variables, test: Split) -> TestResult:
    """Measures the winner on the test set, in one pass that gives accuracy, loss and confusion matrix."""
    answers = answer(make_recipe(task, record.cell), variables, Examples(*map(jnp.asarray, test)))
    confusion = confusion_matrix(test.labels, answers.predicted, len(task.class_names))
    rows = tuple(map(tuple, confusion.tolist()))
    loss = finite_or_none(answers.loss)
    if task.config.metric == "accuracy":
        return TestResult(record.number, answers.accuracy, loss, rows)
    counts = np.bincount(test.labels)
    error = error_of(answers.scores, task.config.metric, counts, task.config.cost_table)
    return TestResult(record.number, answers.accuracy, loss, rows, answers.score, error)


def _scored(score: float | None, name: str = "score") -> dict[str, float]:
    """Returns what is maximised, where that is not accuracy."""
    return {} if score is None else {name: score}


def summarize_for_scripts(results: StudyResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, best value and parameters, test accuracy, seconds."""
    best, trials = results.best, results.trials
    return {
        "trials": len(trials),
        "diverged": sum(t.diverged for t in trials),
        "pruned": sum(t.pruned for t in trials),
        "trials_by_cell": {cell_name(cell): sum(t.cell == cell for t in trials) for cell in results.comparison.cells},
        "best_trial": best and best.number,
        "best_value": best and best.score,
        "best_params": best and {**best.methods, **{name: best.params.get(name) for name in results.comparison.space}},
        "best_epoch": best and best.best_epoch,
        "best_by_cell": {
            cell: {"trial": t.number, "trial_valid_accuracy": t.trial_valid_accuracy} | _scored(t.trial_valid_score)
            for cell, t in best_trials(trials).items()
            if cell is not None
        },
        "test_accuracy": results.test and results.test.accuracy,
        **_scored(results.test.score if results.test else None, "test_score"),
        "test_loss": results.test and results.test.loss,
        "again": [
            {"trial_valid": r.trial_valid_score, "test": r.test_score, "diverged": r.diverged} for r in results.again
        ],
        "importance": results.importance and results.importance.shares,
        "importance_by_chance": results.importance and results.importance.by_chance,
        "epochs": sum(t.num_epochs for t in trials),
        "seconds": results.seconds,
        "data_fingerprint": results.config["data_fingerprint"],
    }
