"""The study in Optuna's storage: opened or continued, and its trials as records."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from jaxreg.errors import InputError
from jaxreg.records import Curve, TrialRecord, best_trial
from jaxreg.study.claims import Claims
from jaxreg.study.config import StudyConfig, hide_password
from jaxreg.study.run_folder import refuse_other_identity
from jaxreg.study.space import make_pruner, make_sampler

SQLITE_TIMEOUT_SECONDS = 60
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def open_study(config: StudyConfig, identity: Mapping[str, Any]) -> optuna.Study:
    """Returns the study of this configuration, new or as it was left.

    Raises:
      InputError: the storage cannot be opened, or holds a study of this name with other settings.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file = (Path(config.out) / "study.db").absolute()
    url = config.storage or URL.create("sqlite", database=str(file)).render_as_string()
    where = f"--storage {hide_password(config.storage)}" if config.storage else str(file)
    try:
        study = optuna.create_study(
            storage=_open_storage(url),
            study_name=config.study_name,
            direction="maximize",
            sampler=make_sampler(config),
            pruner=make_pruner(config),
            load_if_exists=True,
        )
    except (SQLAlchemyError, ImportError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{where}: cannot be opened as a database of Optuna ({type(error).__name__}: {reason})"
        ) from None
    kept = study.user_attrs.get("identity")
    home = str(Path(config.out).resolve())
    if kept is not None:
        refuse_other_identity(f"study {config.study_name} in {where}", kept, identity)
        # The lock on the run folder keeps out a second process; in a storage elsewhere it must be the same folder.
        if config.storage and study.user_attrs["run_folder"] != home:
            raise InputError(f"{where}: study {config.study_name} is run from --out {study.user_attrs['run_folder']}")
    elif study.get_trials(deepcopy=False):
        raise InputError(f"{where}: study {config.study_name} is not one of jaxreg; give another --study-name")
    else:
        study.set_user_attr("identity", dict(identity))
        study.set_user_attr("run_folder", home)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(["trial_valid_accuracy"])
    return study


def _open_storage(url: str) -> optuna.storages.BaseStorage:
    # Another process may be writing to the same file for a while.
    options = {"connect_args": {"timeout": SQLITE_TIMEOUT_SECONDS}} if url.startswith("sqlite") else {}
    return optuna.storages.RDBStorage(url, engine_kwargs=options)


def next_trial(study: optuna.Study, claims: Claims, total: int) -> optuna.Trial | None:
    """Returns a trial that is this process's to run, or None where all up to the total are done or others'.

    It is one that a process which died left running, or else a new one; call it within `claims.queue()`. A trial left
    running is taken over under its own number. Its parameters are a function of the seed, the number and the trials
    before (see `ReplayableSampler`), so it becomes the trial that it would have been.
    """
    trials = study.get_trials(deepcopy=False, states=(TrialState.RUNNING, *FINISHED))
    for trial in trials:
        if trial.state is TrialState.RUNNING and claims.take(trial.number):
            return optuna.Trial(study, trial._trial_id)
    if len(trials) >= total:
        return None
    new = study.ask()
    claims.take(new.number)
    return new


def any_running(study: optuna.Study) -> bool:
    """Returns whether a trial has been taken and not ended, by whomever."""
    return bool(study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))


def finish_trial(study: optuna.Study, trial: optuna.Trial, record: TrialRecord) -> None:
    """Stores the record with the trial, then ends the trial with trial-valid accuracy as its value."""
    values = dataclasses.asdict(record)
    trial.set_user_attr("curve", values.pop("curve"))
    trial.set_user_attr("record", values)
    if record.pruned:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, record.trial_valid_accuracy)


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
                record = self.records[trial.number] = _record(trial)
                self.best = self.best_with(record)
        return tuple(self.records[number] for number in sorted(self.records))

    def best_with(self, record: TrialRecord) -> TrialRecord | None:
        """Returns the winner among the trials that have ended and this one."""
        return best_trial((self.best, record) if self.best else (record,))


def _record(trial: FrozenTrial) -> TrialRecord:
    curve = Curve(**{name: tuple(values) for name, values in trial.user_attrs["curve"].items()})
    values = dict(trial.user_attrs["record"])
    return TrialRecord(**values | {"key": tuple(values["key"]), "curve": curve})


def parameter_importance(study: optuna.Study, trials: tuple[TrialRecord, ...]) -> dict[str, float] | None:
    """Returns each hyperparameter's share in the variance of accuracy (PED-ANOVA), or None where it cannot be told.

    It needs at least MIN_TRIALS_FOR_IMPORTANCE trials that are not all equally good.
    Source: Watanabe, Bansal & Hutter 2023, arXiv:2304.10255.
    """
    accuracies = {t.trial_valid_accuracy for t in trials if not t.pruned}
    if len(trials) < MIN_TRIALS_FOR_IMPORTANCE or len(accuracies) < 2:
        return None
    return optuna.importance.get_param_importances(study)


MIN_TRIALS_FOR_IMPORTANCE = 20
