"""The runs of an experiment in Optuna's storage: the study, which run comes next, the records of those that ended."""

import copy
import json
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Generic

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from jaxreg.engine.backends import Storage, make_storage
from jaxreg.engine.experiment import Experiment, Plan, Record
from jaxreg.engine.folder_storage import PLAN, RUN, Share
from jaxreg.engine.leases import Leases
from jaxreg.engine.run_folder import refuse_other_identity
from jaxreg.errors import InputError

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
TAKEN_OVER = "taken_over"  # how often a trial was left by a process that died
RECORD = "record:"  # the parts of a record; databases bound the length of one attribute
PARTS = "record_parts"  # how many there are
PART_LENGTH = 32_000  # characters; MySQL takes 65,535 bytes
MAX_NAME = 512  # characters that Optuna's databases keep of a study's name


class OwnStudy(optuna.Study):
    """A study, kept at `home`, that shows nobody the finished trials that somebody else has put into it."""

    _before: int | None = None

    def __init__(self, home: Storage, opened: BaseStorage, experiment: Experiment[Any, Any]) -> None:
        super().__init__(experiment.name, opened, experiment.sampler(), experiment.pruner())
        self.home = home
        self.experiment = experiment

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        trials = super()._get_trials(deepcopy, states, use_cache)
        seen = trials if self._before is None else [trial for trial in trials if trial.number < self._before]
        return [trial for trial in seen if not _is_foreign(trial)]

    def as_known_to(self, number: int) -> "OwnStudy":
        """Returns the study as a trial may know it: the trials that come `lookback` or more before it, and no other."""
        lookback = self.experiment.lookback
        before = [t.number for t in _counted(self._get_trials(deepcopy=False, use_cache=True)) if t.number <= number]
        view = copy.copy(self)
        view._before = 0 if lookback is None else before[max(0, len(before) - lookback)]
        return view


def _is_foreign(trial: FrozenTrial) -> bool:
    """Returns whether a finished trial was added, or ended, by something else than jaxreg."""
    return trial.state in FINISHED and trial.user_attrs.get(RUN) != trial.number


def foreign_trials(study: optuna.Study) -> tuple[int, ...]:
    """Returns the numbers of the finished trials that are left out, because jaxreg has not run them."""
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False, states=FINISHED)
    return tuple(trial.number for trial in trials if _is_foreign(trial))


def open_study(experiment: Experiment[Any, Any], index: int = 0, count: int = 1) -> OwnStudy:
    """Returns the study of an experiment, new or as it was left, unless an InputError says why it cannot be.

    It is for the process of this `index` among `count` on the machine.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    config, name = experiment.config, experiment.name
    home = make_storage(config.storage, config.out, Share(*config.part).part(index, count))
    if len(name) > MAX_NAME:
        raise InputError(f"--study-name: allowed are {MAX_NAME} characters, not {len(name)}")
    if home.independent and experiment.lookback is not None:
        allowed = "--sampler random or balanced, without a pruner"
        raise InputError(f"{home.name}: runs must know nothing of each other there; allowed is {allowed}")
    with home.refusals(), home.opening():
        opened = home.open(name)
        study = optuna.create_study(storage=opened, study_name=name, direction="maximize", load_if_exists=True)
        _make_or_check(study, home.name, experiment)
        own = OwnStudy(home, opened, experiment)
        for place in range(experiment.total if home.independent else 0):  # where others' runs are seen only if made
            _make(own, place)
        return own


def _make_or_check(study: optuna.Study, where: str, experiment: Experiment[Any, Any]) -> None:
    kept = study.user_attrs.get("identity")
    if kept is not None:
        refuse_other_identity(f"study {study.study_name} in {where}", kept, experiment.identity)
    elif study.get_trials(deepcopy=False) or study.directions != [StudyDirection.MAXIMIZE]:
        raise InputError(f"{where}: study {study.study_name} is not one of jaxreg; give another --study-name")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([experiment.metric])
        study.set_user_attr("identity", dict(experiment.identity))


def next_trials(study: OwnStudy, leases: Leases, most: int) -> Iterator[optuna.Trial]:
    """Yields up to `most` trials that are this process's to run; none where all are done, others' or have to wait.

    They are such as a process which died left running, or else new ones; call it within `leases.queue()`. A trial left
    running is taken over under its own number. Its plan is a function of the experiment, the number and the trials
    before (see `ReplayableSampler`), so it becomes the trial that it would have been.

    The number of runs holds without any lock: a trial is made waiting, one process alone can set it running, and none
    does so with one too many, should two have made the last one.
    """
    taken = 0
    while True:
        study._thread_local.cached_all_trials = None  # as study.ask() does; the sampler then reads what is read here
        runs = _runs(study, use_cache=True)
        may_begin = runs[: _may_begin(study, runs)]
        for trial in may_begin:
            if taken < most and trial is not None and _take(study, leases, trial):
                taken += 1
                yield optuna.Trial(study, trial._trial_id)
        missing = [place for place, trial in enumerate(may_begin) if trial is None][: most - taken]
        if not missing:
            return
        for place in missing:
            _make(study, place)


def _runs(study: OwnStudy, use_cache: bool = False) -> list[FrozenTrial | None]:
    """Returns the trial of each run of the experiment in their order, None of one that has not been made."""
    counted = _counted(study._get_trials(deepcopy=False, use_cache=use_cache))
    plans, total = study.experiment.plans, study.experiment.total
    if plans is None:
        return [*counted[:total], *[None] * (total - len(counted))]
    made: dict[str | None, FrozenTrial] = {}
    for trial in counted:
        made.setdefault(trial.user_attrs.get(PLAN), trial)
    return [made.get(plan) for plan in plans]


def _make(study: OwnStudy, place: int) -> None:
    plans = study.experiment.plans
    attrs = {} if plans is None else {PLAN: plans[place]}
    waiting = optuna.trial.create_trial(state=TrialState.WAITING, user_attrs=attrs)
    study._storage.create_new_trial(study._study_id, waiting)


def _may_begin(study: OwnStudy, runs: Sequence[FrozenTrial | None]) -> int:
    """Returns how many of the runs, from the first on, may begin: all has ended that they may know of."""
    lookback = study.experiment.lookback
    open_ones = (place for place, run in enumerate(runs) if run is None or run.state not in FINISHED)
    return len(runs) if lookback is None else next(open_ones, len(runs)) + lookback


def _take(study: OwnStudy, leases: Leases, trial: FrozenTrial) -> bool:
    storage = study._storage
    try:
        if trial.state is TrialState.WAITING and leases.allows(trial.number):
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


def running_trials(study: OwnStudy) -> tuple[int, ...]:
    """Returns the numbers of the runs that have been taken, by whomever, and not ended."""
    return tuple(run.number for run in _runs(study) if run is not None and run.state is TrialState.RUNNING)


def finish_trial(study: OwnStudy, trial: optuna.Trial, record: Any) -> bool:
    """Ends a trial with its record and value; returns whether it had not ended already."""
    text = json.dumps(study.experiment.encode(record), allow_nan=False)
    value = study.experiment.value(record)
    try:
        starts = range(0, len(text), PART_LENGTH)
        for start in starts:
            trial.set_user_attr(f"{RECORD}{start // PART_LENGTH}", text[start : start + PART_LENGTH])
        trial.set_user_attr(PARTS, len(starts))  # of a try that was cut off there may be more
        trial.set_user_attr(RUN, trial.number)
        end: dict[str, Any] = {"state": TrialState.PRUNED} if value is None else {"values": value}
        study.tell(trial, skip_if_finished=True, **end)
    except UpdateFinishedTrialError:
        return False
    return True


class Ended(Generic[Plan, Record]):
    """The records of the runs that have ended, by whichever process; each is read from the storage once."""

    def __init__(self, study: OwnStudy) -> None:
        self._study = study
        self._records: dict[int, Record] = {}  # by the number of the trial

    def update(self) -> tuple[Record, ...]:
        """Returns the records in order of the runs, those of newly ended ones included."""
        runs = [run for run in _runs(self._study) if run is not None and run.state in FINISHED]
        for trial in runs:
            if trial.number not in self._records:
                self._records[trial.number] = self._read(trial)
        return tuple(self._records[trial.number] for trial in runs)

    def add(self, number: int, record: Record) -> None:
        """Takes in the record of a trial that this process has ended."""
        self._records[number] = record

    @property
    def records(self) -> Mapping[int, Record]:
        """Returns what has been read so far, by the trials' numbers."""
        return self._records

    def _read(self, trial: FrozenTrial) -> Record:
        count = trial.user_attrs.get(PARTS, len(trial.user_attrs))  # which records of before do not have
        parts = [trial.user_attrs.get(f"{RECORD}{i}", "") for i in range(count)]
        try:
            record: Record = self._study.experiment.decode(json.loads("".join(parts)))
        except (KeyError, TypeError, ValueError, AttributeError):
            what = f"trial {trial.number} in the storage is not as this version of jaxreg writes it"
            raise InputError(f"{what}; continue with the version in config.json, or in another --out") from None
        return record
