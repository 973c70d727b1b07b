"""Whose weights a run folder keeps: the best trial's of the study and of each cell, in step with the storage."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jaxreg.core.evaluate import answer
from jaxreg.core.model import Variables
from jaxreg.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from jaxreg.engine.problem import Task, make_recipe
from jaxreg.engine.run_folder import BEST, CELLS, weights_folder
from jaxreg.errors import InputError
from jaxreg.records import TrialRecord, best_trial, cell_name
from jaxreg.text import Text, tell

ACCURACY_TOLERANCE = 1e-3  # one image in a thousand: another kind of processor rounds sums otherwise

OTHERWISE = Text(
    "{places}: trial {number}, run again, reaches {reached} on trial-valid, but is recorded with {recorded}; other "
    "threads or versions than in config.json?",
    "{places}: {number}번 시도를 다시 실행하니 trial-valid에서 {reached}인데 기록은 {recorded}입니다. 스레드 수나 "
    "버전이 config.json과 다릅니까?",
)
NOT_KEPT = Text("warning: {} The cell's weights are not kept.", "경고: {} 이 조합의 가중치는 남기지 않습니다.")
AGAIN = Text(
    "{places}: not the weights of trial {number}; running it again",
    "{places}: {number}번 시도의 가중치가 아니어서 다시 실행합니다",
)
Part = str | None  # the name of a cell, such as "batch/l2"; None is the whole study
Again = Callable[[TrialRecord], tuple[TrialRecord, Variables]]  # runs a trial again, alone


def best_trials(trials: Sequence[TrialRecord]) -> dict[Part, TrialRecord]:
    """Returns the winner (under None) and the best trial of each cell by its name; what has none is left out."""
    cells: dict[Part, list[TrialRecord]] = {None: list(trials)}
    for trial in trials:
        cells.setdefault(cell_name(trial.cell), []).append(trial)
    best = {cell: best_trial(tuple(own)) for cell, own in cells.items()}
    return {cell: trial for cell, trial in best.items() if trial is not None}


def keep_weights(
    folder: Path, task: Task, ended: Sequence[TrialRecord], record: TrialRecord, variables: Variables
) -> None:
    """Writes the weights of a trial that is about to end, where it is the best of its cell or of the study so far."""
    for cell, best in best_trials((*ended, record)).items():
        if best is record:
            _save(folder, cell, task, record, variables)


def settle_weights(folder: Path, task: Task, trials: Sequence[TrialRecord], again: Again) -> None:
    """Makes the weights in the run folder those of the trials that are best by what the storage says.

    All are read back and measured. Those that are missing, damaged, of another trial or study, or do not reach what is
    recorded (a process died between two writes; another machine ran the trial) are made by running their trial `again`.
    Weights of a cell that do not come out the same are not kept, and a line says so; those of the winner are an
    InputError.
    """
    wanted = best_trials(trials)
    for place in {folder / BEST, *(folder / CELLS).glob("*")} - {weights_folder(folder, cell) for cell in wanted}:
        shutil.rmtree(place, ignore_errors=True)
    lost: dict[int, list[Part]] = {}
    for cell, record in wanted.items():
        if not _reproduces(weights_folder(folder, cell), task, record):
            lost.setdefault(record.number, []).append(cell)
    for cells in lost.values():
        _make_again(folder, task, wanted[cells[0]], cells, again)


def _make_again(folder: Path, task: Task, record: TrialRecord, cells: Sequence[Part], again: Again) -> None:
    places = " and ".join(str(weights_folder(folder, cell)) for cell in cells)
    print(AGAIN.format(places=places, number=record.number).to(task.config.lang), flush=True)
    made, variables = again(record)
    if abs(made.trial_valid_accuracy - record.trial_valid_accuracy) <= ACCURACY_TOLERANCE:
        for cell in cells:
            _save(folder, cell, task, record, variables)
        return
    for cell in cells:
        shutil.rmtree(weights_folder(folder, cell), ignore_errors=True)
    reached, recorded = (f"{one.trial_valid_accuracy:.4%}" for one in (made, record))
    reason = OTHERWISE.format(places=places, number=record.number, reached=reached, recorded=recorded)
    if None in cells:
        raise InputError(reason)
    tell(NOT_KEPT.format(reason), task.config.lang)


def _reproduces(place: Path, task: Task, record: TrialRecord) -> bool:
    """Returns whether a checkpoint is the trial's, whole, and again reaches the accuracy that is recorded."""
    try:
        checkpoint = load_own(place, task)
    except InputError:
        return False
    recipe = make_recipe(task, record.cell)
    if (checkpoint.model, checkpoint.description) != (recipe.model, _describe(task, record)):
        return False
    accuracy = answer(recipe, checkpoint.variables, task.trial_valid).accuracy
    return abs(accuracy - record.trial_valid_accuracy) <= ACCURACY_TOLERANCE


def load_own(place: Path, task: Task) -> Checkpoint:
    """Returns a checkpoint of a study's network."""
    network = task.config.own_network
    return load_checkpoint(place, task.config.own, network and network.cls)


def _save(folder: Path, cell: Part, task: Task, record: TrialRecord, variables: Variables) -> None:
    model, about = make_recipe(task, record.cell).model, _describe(task, record)
    _, height, width, channels = task.train.images.shape
    shape = (height, width, channels)
    config = task.config
    save_checkpoint(weights_folder(folder, cell), model, shape, variables, about, config.own, config.own_network)


def _describe(task: Task, record: TrialRecord) -> dict[str, Any]:
    """Returns what a checkpoint says of its trial, and of the study that it belongs to (as config.json does)."""
    return {
        "trial": record.number,
        "methods": dict(record.methods),
        "params": dict(record.params),
        "best_epoch": record.best_epoch,
        "epoch_valid_accuracy": record.epoch_valid_accuracy,
        "trial_valid_accuracy": record.trial_valid_accuracy,
        **({} if record.trial_valid_score is None else {"score": record.trial_valid_score}),
        "identity": task.config.identity() | {"data_fingerprint": task.data_fingerprint},
        "images": task.form and task.form._asdict(),
        "class_names": list(task.class_names),
    }
