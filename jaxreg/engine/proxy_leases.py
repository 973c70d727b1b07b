"""Leases behind Optuna's gRPC proxy, which has no locks: a counter that the holder of a trial keeps raising."""

import threading
import time
import uuid
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import optuna

from jaxreg.engine.leases import QUEUE, Leases
from jaxreg.files import PatientLock

BEAT_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
_KEY = "lease"


class ProxyLeases(Leases):
    """Leases as an attribute "holder:count" of each running trial.

    A trial is free once its attribute has not changed for PATIENCE_SECONDS on the observer's own clock; the clocks of
    other machines do not matter. Two processes may judge so at once and both run it: the storage lets one end it.
    """

    def __init__(self, study: optuna.Study, folder: Path, beat: float = BEAT_SECONDS) -> None:
        self._queue = PatientLock(folder / QUEUE)
        self._storage, self._study_id = study._storage, study._study_id
        self._beat = beat
        self._name = uuid.uuid4().hex
        self._count = 0
        self._held: dict[int, int] = {}  # number to Optuna's id
        self._seen: dict[int, tuple[str | None, float]] = {}
        self._over = threading.Event()
        threading.Thread(target=self._keep_beating, daemon=True).start()

    def queue(self) -> AbstractContextManager[object]:
        """Holds the lock of the folder: an order among the processes of one run folder, no more."""
        return self._queue.held()

    def take(self, number: int, *, new: bool = False) -> bool:
        """Returns whether the trial is new, or its holder has not stirred for long, and is this process's now."""
        if number in self._held:
            return False
        trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
        value, now = self._read(trial_id), time.monotonic()
        if not new:
            seen, since = self._seen.setdefault(number, (value, now))
            if seen != value:
                self._seen[number] = (value, now)
                return False
            if now - since < PATIENCE_SECONDS:
                return False
        self._write(trial_id)
        self._held[number] = trial_id
        self._seen.pop(number, None)
        return True

    def holds(self, number: int) -> bool:
        """Returns whether the attribute still names this process."""
        return number in self._held and self._is_mine(self._held[number])

    def give_up(self, number: int) -> None:
        """Stops raising the counter."""
        self._held.pop(number, None)

    def close(self) -> None:
        """Stops raising all counters."""
        self._held.clear()
        self._over.set()

    def _keep_beating(self) -> None:
        while not self._over.wait(self._beat):
            for trial_id in list(self._held.values()):
                with suppress(Exception):
                    if self._is_mine(trial_id):
                        self._write(trial_id)

    def _is_mine(self, trial_id: int) -> bool:
        return (self._read(trial_id) or "").startswith(self._name + ":")

    def _read(self, trial_id: int) -> str | None:
        return self._storage.get_trial(trial_id).system_attrs.get(_KEY)

    def _write(self, trial_id: int) -> None:
        self._count += 1
        self._storage.set_trial_system_attr(trial_id, _KEY, f"{self._name}:{self._count}")
