"""The freeze: what tuning chose is written and hashed before anything looks at answers to the test set."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jaxreg.errors import InputError
from jaxreg.files import digest, read_json, write_json
from jaxreg.records import Cell, Choice, RunRecord, TrialRecord, Winner, best_trial, cell_name
from jaxreg.stats.budget import winner_weights

FROZEN = "frozen.json"


def choose(trials: Sequence[TrialRecord], cells: Sequence[Cell]) -> tuple[Choice, ...]:
    """Returns each cell's best trial by its score on trial-valid, the earliest on a tie.

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
        choices.append(Choice(best.methods, best.params, best.number, best.score))
    return tuple(choices)


def winners(runs: Sequence[RunRecord], budget: int) -> tuple[Winner, ...]:
    """Returns what each block's trials say of each cell: how often each would win among `budget` of them, and the best.

    Nothing but the score on trial-valid is looked at; one that diverged loses to any that did not.
    """
    found = []
    for (block, _), own in groupby(runs, lambda run: (run.block, run.cell)):
        trials = tuple(own)
        values = usable(trials)
        best = trials[values.index(max(values))]
        weights = tuple(map(float, winner_weights(values, budget)))
        found.append(Winner(block, best.methods, weights, best.trial, best.params, best.score))
    return tuple(found)


def usable(trials: Sequence[TrialRecord] | Sequence[RunRecord]) -> list[float]:
    """Returns the scores of a cell's trials as tuning sees them: one that diverged is no use, and below all others.

    That is 0 for a share, or else just below the worst of the others.
    """
    scores = [trial.score for trial in trials]
    worst = 0.0 if min(scores) >= 0 else math.nextafter(min(scores), -math.inf)
    return [worst if trial.diverged else trial.score for trial in trials]


def freeze(folder: Path, choices: Sequence[Choice] | Sequence[Winner], identity: Mapping[str, Any]) -> str:
    """Writes the choices, or finds them written, and returns their SHA-256.

    What blocks that were added since have chosen comes after what is there, and stays where fewer are asked for again.

    Raises:
      InputError: the file holds other choices, or was changed.
    """
    chosen = json.loads(json.dumps([dataclasses.asdict(choice) for choice in choices]))  # as it is read
    kept = _read(folder / FROZEN)
    there = [] if kept is None else kept["choices"]
    if kept is not None and len(there) == len(chosen):
        frozen = kept
    else:
        content = {"choices": chosen, "identity": json.loads(json.dumps(dict(identity)))}
        frozen = content | {"sha256": digest(content)}
    if any(one != other for one, other in zip(there, chosen, strict=False)):
        way_on = "put the file back as it was, or start again in another --out"
        raise InputError(f"{folder / FROZEN}: not what tuning chose; {way_on}")
    if len(there) < len(chosen):
        write_json(folder / FROZEN, frozen)
    return str(frozen["sha256"])


def _read(path: Path) -> dict[str, Any] | None:
    """Returns what was frozen, None where nothing was, and no choices that could be anybody's where it was changed."""
    if not path.exists():
        return None
    try:
        kept = read_json(path)
        sound = digest({name: kept[name] for name in ("choices", "identity")}) == kept["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    return kept if sound else {"choices": [None]}
