"""Runs as whole files in a folder that machines share: no database, no locks, each process its own share.

For runs that know nothing of each other. Every process has the study in its own memory, with the same runs in the same
order; a run that ends becomes a file, by an atomic rename, and others' files become ended runs when trials are looked
at. Two processes that make the same run write the same file.
"""

import hashlib
import os
from collections.abc import Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from jaxreg.engine.leases import QUEUE, Leases
from jaxreg.errors import InputError
from jaxreg.files import PatientLock, digest, read_json, write_json

STUDY = "study.json"
PLAN, RUN = "plan", "run"  # attributes of a trial: the text of its plan, and its own number once it has ended


@dataclass(frozen=True)
class Share:
    """Every `count`-th run, from that with the number `index` on."""

    index: int
    count: int

    def part(self, index: int, count: int) -> "Share":
        """Returns one of `count` parts of this share."""
        return Share(self.index + self.count * index, self.count * count)

    def holds(self, number: int) -> bool:
        """Returns whether a run is of this share."""
        return number % self.count == self.index


WHOLE = Share(0, 1)


class FolderStorage(InMemoryStorage):
    """Optuna's storage in memory, of one study, whose ended trials and attributes are files in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._study = ""  # the hash of what it is of, which its files have
        folder.mkdir(parents=True, exist_ok=True)

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Keeps an attribute of the study."""
        attrs = self.get_study_user_attrs(study_id) | {key: value}
        write_json(self._folder / STUDY, attrs)
        self._study = digest(attrs)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Returns the attributes of the study."""
        path = self._folder / STUDY
        try:
            attrs = read_json(path) if path.exists() else {}
            self._study = digest(attrs)
            return attrs
        except (OSError, ValueError, TypeError):
            raise InputError(f"{path}: not a file of jaxreg; move it away or give another --storage") from None

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Sets a trial's state; one that ends is written."""
        if state.is_finished():
            trial = self.get_trial(trial_id)
            attrs = {name: value for name, value in trial.user_attrs.items() if name != RUN}
            content = {"study": self._study, "state": state.name, "values": values and list(values), "attrs": attrs}
            write_json(self._path(trial), content | {"sha256": digest(content)})
        return super().set_trial_state_values(trial_id, state, values)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Returns the trials, those included that others have ended since."""
        there = set(os.listdir(self._folder))
        for trial in super().get_all_trials(study_id, deepcopy=False):
            if not trial.state.is_finished() and self._path(trial).name in there:
                self._read(trial)
        return super().get_all_trials(study_id, deepcopy, states)

    def _path(self, trial: FrozenTrial) -> Path:
        plan = trial.user_attrs.get(PLAN)
        name = f"{trial.number:05d}" if plan is None else hashlib.sha256(plan.encode()).hexdigest()[:24]
        return self._folder / f"run-{name}.json"

    def _read(self, trial: FrozenTrial) -> None:
        path = self._path(trial)
        try:
            content = read_json(path)
            if content.pop("sha256") != digest(content):
                raise ValueError("changed since it was written")
            state, values, attrs = TrialState[content["state"]], content["values"], dict(content["attrs"])
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"{path}: not a run as it was written; remove it, and it is run again") from None
        if content.get("study", self._study) != self._study:
            raise InputError(f"{path}: a run of other settings or other data; move it away or give another --storage")
        if trial.state is TrialState.WAITING:
            super().set_trial_state_values(trial._trial_id, TrialState.RUNNING)
        for name, value in (attrs | {RUN: trial.number}).items():
            self.set_trial_user_attr(trial._trial_id, name, value)
        super().set_trial_state_values(trial._trial_id, state, values)


class ShareLeases(Leases):
    """The runs of a share are this process's, and nobody else's."""

    def __init__(self, share: Share, folder: Path) -> None:
        self._share = share
        self._queue = PatientLock(folder / QUEUE)
        self._held: set[int] = set()

    def queue(self) -> AbstractContextManager[object]:
        """Waits for the processes that keep weights in the same run folder."""
        return self._queue.held()

    def allows(self, number: int) -> bool:
        """Returns whether the run is of the share."""
        return self._share.holds(number)

    def take(self, number: int, *, new: bool = False) -> bool:
        """Returns whether the run has just been begun by this process."""
        if new:
            self._held.add(number)
        return new

    def holds(self, number: int) -> bool:
        """Returns whether this process has begun the run."""
        return number in self._held

    def give_up(self, number: int) -> None:
        """Forgets the run."""
        self._held.discard(number)

    def close(self) -> None:
        """Forgets all runs."""
        self._held.clear()
