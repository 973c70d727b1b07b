"""The freeze: what tuning chose is written and hashed before anything looks at answers to the test set."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jaxreg.errors import InputError
from jaxreg.files import digest, write_json
from jaxreg.records import Cell, Choice, RunRecord, TrialRecord, Winner, best_trial, cell_name
from jaxreg.stats.budget import winner_weights

FROZEN = "frozen.json"


def choose(trials: Sequence[TrialRecord], cells: Sequence[Cell]) -> tuple[Choice, ...]:
    """Returns each cell's best trial by trial-valid accuracy, the earliest on a tie.

    Raises:
      InputError: all trials of a cell diverged.
    """
    choices = []
    for cell in cells:
        own = tuple(trial for trial in trials if trial.cell == cell)
        best = best_trial(own)
        if best is None:
            which = "the only tuning trial" if len(own) == 1 else f"all {len(own)} tuning trials"
            raise InputError(
                f"--learning-rate-range: {which} of {cell_name(cell)} diverged; "
                "start again in another --out with a lower HIGH or more --tune-trials"
            )
        choices.append(Choice(best.methods, best.params, best.number, best.trial_valid_accuracy))
    return tuple(choices)


def winners(runs: Sequence[RunRecord], budget: int) -> tuple[Winner, ...]:
    """Returns what each block's trials say of each cell: how often each would win among `budget` of them, and the best.

    Nothing but accuracy on trial-valid is looked at; one that diverged counts as 0 and loses to any that did not.
    """
    found = []
    for (block, _), own in groupby(runs, lambda run: (run.block, run.cell)):
        trials = tuple(own)
        values = [usable(run) for run in trials]
        best = trials[values.index(max(values))]
        weights = tuple(map(float, winner_weights(values, budget)))
        found.append(Winner(block, best.methods, weights, best.trial, best.params, best.trial_valid_accuracy))
    return tuple(found)


def usable(trial: TrialRecord | RunRecord) -> float:
    """Returns a trial's accuracy as tuning sees it; one that diverged is no use at all."""
    return 0.0 if trial.diverged else trial.trial_valid_accuracy


def freeze(folder: Path, choices: Sequence[Choice] | Sequence[Winner], identity: Mapping[str, Any]) -> str:
    """Writes the choices, or finds them written, and returns their SHA-256.

    Raises:
      InputError: the file holds other choices, or was changed.
    """
    chosen = {"choices": [dataclasses.asdict(choice) for choice in choices], "identity": dict(identity)}
    content = json.loads(json.dumps(chosen))  # as it is read
    frozen = digest(content)
    path = folder / FROZEN
    if path.exists():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            kept = None
        if kept != content | {"sha256": frozen}:
            way_on = "put the file back as it was, or start again in another --out"
            raise InputError(f"{path}: not what tuning chose; {way_on}")
    else:
        write_json(path, content | {"sha256": frozen})
    return frozen
