"""The search: suggest, train, record, until the study has its trials; then the winner, once, on test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna

from jaxreg.core.fit import Epoch
from jaxreg.core.model import Variables, check_image_shape, summary
from jaxreg.data import Dataset, Splits, SplitSizes, draw_splits, format_class_counts, load_dataset, split_class_counts
from jaxreg.errors import InputError
from jaxreg.records import StudyResults, TrialRecord, best_trial
from jaxreg.study import environment
from jaxreg.study.checkpoint import load_checkpoint, save_checkpoint
from jaxreg.study.config import StudyConfig
from jaxreg.study.progress import Display
from jaxreg.study.run_folder import locked, refuse_other_configuration, write_json, write_trials
from jaxreg.study.space import TrialParams, suggest
from jaxreg.study.storage import finish_trial, finished_trials, next_trial, open_study, parameter_importance
from jaxreg.study.trial import Task, make_recipe, make_task, measure, measure_winner, run_trial


def run_search(config: StudyConfig) -> StudyResults:
    """Runs or continues a study to its total of trials, and leaves a complete run folder but for the report.

    Raises:
      InputError: settings, data, storage or run folder cannot be used.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    dataset = load_dataset(config.data, tfds_dir=config.tfds_dir)
    check_image_shape(dataset.image_shape)
    sizes = SplitSizes(config.train_size, config.epoch_valid_size, config.trial_valid_size)
    splits = draw_splits(dataset, sizes, config.data_seed)
    folder = Path(config.out)
    with locked(folder):
        identity = config.identity() | {"data_fingerprint": dataset.fingerprint}
        full_config = _full_config(config, dataset, identity)
        refuse_other_configuration(folder, identity)
        study = open_study(config, identity)
        write_json(folder / "config.json", full_config)
        task = make_task(config, dataset, splits)
        counts = split_class_counts(splits, dataset.num_classes)
        network = summary(make_recipe(task, config.norm_types[-1]).model, dataset.image_shape, config.batch_size)
        print(format_class_counts(counts), network, sep="\n\n", end="\n\n", flush=True)
        try:
            _run_trials(study, task, folder / "best")
        finally:
            trials = finished_trials(study)
            write_trials(folder, trials)
        return _conclude(study, task, splits, folder, full_config, counts, trials)


def _full_config(config: StudyConfig, dataset: Dataset, identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "settings": config.settings(),
        "command": config.command(),
        "data_fingerprint": dataset.fingerprint,
        "versions": environment.versions(),
        "machine": environment.machine(),
        "identity": identity,
    }


def _run_trials(study: optuna.Study, task: Task, best_folder: Path) -> None:
    """Runs trials until the study has its total; the best one's weights are on disk before its trial ends."""
    trials = finished_trials(study)
    done, best = len(trials), best_trial(trials)
    with Display(task.config.trials) as display:
        display.begin(done, best)
        while done < task.config.trials:
            trial = next_trial(study)
            record, variables = _run_one(trial, task, display)
            leader = best_trial((best, record) if best else (record,))
            if leader is record:
                _save_best(best_folder, task, record, variables)
            finish_trial(study, trial, record)
            done, best = done + 1, leader
            display.trial(record, done, best)


def _run_one(trial: optuna.Trial, task: Task, display: Display) -> tuple[TrialRecord, Variables]:
    params = suggest(trial, task.config)

    def on_epoch(epoch: int, measures: Epoch) -> bool:
        display.epoch(trial.number, params, epoch, measures)
        if task.config.pruner == "none":
            return False
        trial.report(measures.valid_accuracy, epoch)
        return trial.should_prune()

    return run_trial(task, trial.number, params, on_epoch)


def _save_best(folder: Path, task: Task, record: TrialRecord, variables: Variables) -> None:
    description = {
        "image_shape": list(task.train.images.shape[1:]),
        "trial": record.number,
        "trial_valid_accuracy": record.trial_valid_accuracy,
    }
    save_checkpoint(folder, make_recipe(task, record.norm_type).model, variables, description)


def _conclude(
    study: optuna.Study,
    task: Task,
    splits: Splits,
    folder: Path,
    full_config: dict[str, Any],
    counts: dict[str, tuple[int, ...]],
    trials: tuple[TrialRecord, ...],
) -> StudyResults:
    winner = best_trial(trials)
    test = None
    network = ""
    if winner is not None:
        variables = _load_winner(folder / "best", task, winner)
        test = measure_winner(task, winner, variables, splits.test)
        network = summary(
            make_recipe(task, winner.norm_type).model, splits.test.images.shape[1:], task.config.batch_size
        )
    results = StudyResults(
        config=full_config,
        class_counts=counts,
        network=network,
        trials=trials,
        importance=parameter_importance(study, trials),
        test=test,
        seconds=sum(trial.seconds for trial in trials),
    )
    write_json(folder / "summary.json", summarize_for_scripts(results))
    return results


def _load_winner(folder: Path, task: Task, winner: TrialRecord) -> Variables:
    """Returns the winner's weights as read back from disk, once they give again the accuracy that was recorded.

    Weights that are missing or another trial's (a process died between two writes) are made again by running the
    winning trial again, alone.

    Raises:
      InputError: neither the weights on disk nor the trial run again give the recorded accuracy.
    """
    try:
        checkpoint = load_checkpoint(folder)
        is_winner = checkpoint.description.get("trial") == winner.number
    except InputError:
        is_winner = False
    if not is_winner:
        params = TrialParams(winner.norm_type, winner.reg_type, winner.reg_lambda, winner.learning_rate)
        record, variables = run_trial(task, winner.number, params)
        _save_best(folder, task, record, variables)
        checkpoint = load_checkpoint(folder)
    _, accuracy = measure(make_recipe(task, winner.norm_type), checkpoint.variables, task.trial_valid)
    if accuracy != winner.trial_valid_accuracy:
        raise InputError(
            f"{folder}: its weights reach {accuracy:.4%} on trial-valid, but trial {winner.number} is recorded with "
            f"{winner.trial_valid_accuracy:.4%}; another number of cores or other versions than in config.json?"
        )
    return checkpoint.variables


def summarize_for_scripts(results: StudyResults) -> dict[str, Any]:
    """Returns the content of summary.json: counts, best value and parameters, test accuracy, seconds."""
    best, trials = results.best, results.trials
    return {
        "trials": len(trials),
        "diverged": sum(t.diverged for t in trials),
        "pruned": sum(t.pruned for t in trials),
        "trials_by_cell": {
            f"{norm}/{reg}": sum((t.norm_type, t.reg_type) == (norm, reg) for t in trials)
            for norm in results.config["settings"]["norm_types"]
            for reg in results.config["settings"]["reg_types"]
        },
        "best_trial": best and best.number,
        "best_value": best and best.trial_valid_accuracy,
        "best_params": best and {name: getattr(best, name) for name in TrialParams._fields},
        "best_epoch": best and best.best_epoch,
        "test_accuracy": results.test and results.test.accuracy,
        "test_loss": results.test and results.test.loss,
        "importance": results.importance,
        "epochs": sum(t.num_epochs for t in trials),
        "seconds": results.seconds,
        "data_fingerprint": results.config["data_fingerprint"],
    }
