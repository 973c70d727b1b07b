"""The study in Optuna's storage: opened or continued, and its trials as records."""

import base64
import dataclasses
import warnings
from collections.abc import Container, Mapping, Sequence
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from jaxreg.engine.backends import Storage, make_storage
from jaxreg.engine.config import StudyConfig
from jaxreg.engine.leases import Leases
from jaxreg.engine.run_folder import refuse_other_identity
from jaxreg.engine.space import make_pruner, make_sampler
from jaxreg.errors import InputError
from jaxreg.records import Curve, TrialRecord, best_trial

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
TAKEN_OVER = "taken_over"  # how often a trial was left by a process that died
MAX_NAME = 512  # characters that Optuna's databases keep of a study's name


class OwnStudy(optuna.Study):
    """A study, kept at `home`, that shows nobody the finished trials that somebody else has put into it."""

    def __init__(self, home: Storage, opened: BaseStorage, config: StudyConfig) -> None:
        super().__init__(config.study_name, opened, make_sampler(config), make_pruner(config))
        self.home = home

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        return [trial for trial in super()._get_trials(deepcopy, states, use_cache) if not _is_foreign(trial)]


def _is_foreign(trial: FrozenTrial) -> bool:
    """Returns whether a finished trial lacks its record: it was added, or ended, by something else than jaxreg."""
    record = trial.user_attrs.get("record")
    own = isinstance(record, Mapping) and record.get("number") == trial.number
    return trial.state in FINISHED and not own


def foreign_trials(study: optuna.Study) -> tuple[int, ...]:
    """Returns the numbers of the finished trials that are left out, because jaxreg has not run them."""
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False, states=FINISHED)
    return tuple(trial.number for trial in trials if _is_foreign(trial))


def open_study(config: StudyConfig, identity: Mapping[str, Any]) -> OwnStudy:
    """Returns the study of this configuration, new or as it was left, unless an InputError says why it cannot be."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    home = make_storage(config.storage, config.out)
    if len(config.study_name) > MAX_NAME:
        raise InputError(f"--study-name: allowed are {MAX_NAME} characters, not {len(config.study_name)}")
    with home.refusals(), home.opening():
        opened = home.open()
        name = config.study_name
        study = optuna.create_study(storage=opened, study_name=name, direction="maximize", load_if_exists=True)
        _make_or_check(study, home.name, identity)
        return OwnStudy(home, opened, config)


def _make_or_check(study: optuna.Study, where: str, identity: Mapping[str, Any]) -> None:
    kept = study.user_attrs.get("identity")
    if kept is not None:
        refuse_other_identity(f"study {study.study_name} in {where}", kept, identity)
    elif study.get_trials(deepcopy=False) or study.directions != [StudyDirection.MAXIMIZE]:
        raise InputError(f"{where}: study {study.study_name} is not one of jaxreg; give another --study-name")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(["trial_valid_accuracy"])
        study.set_user_attr("identity", dict(identity))


def next_trial(study: optuna.Study, leases: Leases, total: int) -> optuna.Trial | None:
    """Returns a trial that is this process's to run, or None where all up to the total are done or others'.

    It is one that a process which died left running, or else a new one; call it within `leases.queue()`. A trial left
    running is taken over under its own number. Its parameters are a function of the seed, the number and the trials
    before (see `ReplayableSampler`), so it becomes the trial that it would have been.

    The total holds without any lock: a trial is made waiting, one process alone can set it running, and none does so
    with a trial beyond the total, should two have made the last one.
    """
    while True:
        study._thread_local.cached_all_trials = None  # as study.ask() does; the sampler then reads what is read here
        counted = _counted(study._get_trials(deepcopy=False, use_cache=True))[:total]
        for trial in counted:
            if _take(study, leases, trial):
                return optuna.Trial(study, trial._trial_id)
        if len(counted) >= total:
            return None
        study._storage.create_new_trial(study._study_id, optuna.trial.create_trial(state=TrialState.WAITING))


def _take(study: optuna.Study, leases: Leases, trial: FrozenTrial) -> bool:
    storage = study._storage
    try:
        if trial.state is TrialState.WAITING:
            started = storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING)
            return started and leases.take(trial.number, new=True)
        if trial.state is TrialState.RUNNING and leases.take(trial.number):
            times = storage.get_trial(trial._trial_id).user_attrs.get(TAKEN_OVER, 0)
            storage.set_trial_user_attr(trial._trial_id, TAKEN_OVER, times + 1)
            return True
    except UpdateFinishedTrialError:  # its holder has ended it since we looked
        if leases.holds(trial.number):
            leases.give_up(trial.number)
    return False


def _counted(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state is not TrialState.FAIL]


def running_trials(study: optuna.Study, total: int) -> tuple[int, ...]:
    """Returns the numbers of the trials up to the total that have been taken, by whomever, and not ended."""
    counted = _counted(study.get_trials(deepcopy=False))[:total]
    return tuple(trial.number for trial in counted if trial.state is TrialState.RUNNING)


def finish_trial(study: optuna.Study, trial: optuna.Trial, record: TrialRecord) -> bool:
    """Ends a trial with its record, trial-valid accuracy as its value; returns whether it had not ended already."""
    values = dataclasses.asdict(record) | {"correct": base64.b64encode(record.correct).decode()}
    try:
        trial.set_user_attr("curve", values.pop("curve"))
        trial.set_user_attr("record", values)
        end = {"state": TrialState.PRUNED} if record.pruned else {"values": record.trial_valid_accuracy}
        study.tell(trial, skip_if_finished=True, **end)
    except UpdateFinishedTrialError:
        return False
    return True


class FinishedTrials:
    """The records of the trials that have ended, by whichever process; each is read from the storage once."""

    def __init__(self, study: optuna.Study) -> None:
        self._study = study
        self.records: dict[int, TrialRecord] = {}
        self.best: TrialRecord | None = None

    def update(self) -> tuple[TrialRecord, ...]:
        """Returns all records in order of their numbers, those of newly ended trials included."""
        for trial in self._study.get_trials(deepcopy=False, states=FINISHED):
            if trial.number not in self.records:
                self.add(_record(trial))
        return tuple(self.records[number] for number in sorted(self.records))

    def add(self, record: TrialRecord) -> None:
        """Takes in the record of a trial that has ended."""
        self.records[record.number] = record
        self.best = best_trial((self.best, record) if self.best else (record,))


def _record(trial: FrozenTrial) -> TrialRecord:
    try:
        curve = Curve(**{name: tuple(values) for name, values in trial.user_attrs["curve"].items()})
        values = dict(trial.user_attrs["record"])
        correct = base64.b64decode(values["correct"], validate=True)
        return TrialRecord(**values | {"key": tuple(values["key"]), "curve": curve, "correct": correct})
    except (KeyError, TypeError, ValueError, AttributeError):
        what = f"trial {trial.number} in the storage is not as this version of jaxreg writes it"
        raise InputError(f"{what}; continue with the version in config.json, or in another --out") from None
