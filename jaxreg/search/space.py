"""The space that a study searches, and a sampler whose suggestions can be replayed."""

import copy
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from jaxreg.engine.problem_config import RANGES
from jaxreg.engine.setting import is_number
from jaxreg.engine.storage import OwnStudy
from jaxreg.records import Point
from jaxreg.search.config import StudyConfig

CUT_SHORT = "cut_short"  # of a trial that the pruner has ended


def space(config: StudyConfig) -> dict[str, BaseDistribution]:
    """Returns the distributions of all parameters."""
    comparison = config.comparison
    methods = {factor.name: CategoricalDistribution([m.name for m in own]) for factor, own in comparison.factors}
    return methods | {
        name: FloatDistribution(low, high, log=log) for name, (low, high, log, _) in comparison.space.items()
    }


def suggest(trial: optuna.trial.BaseTrial, config: StudyConfig) -> Point:
    """Returns a point of the space: a method of each factor, then the hyperparameters that these methods have."""
    comparison = config.comparison
    methods, params = {}, {}
    for factor, own in comparison.factors:
        methods[factor.name] = trial.suggest_categorical(factor.name, [m.name for m in own])
    with warnings.catch_warnings():  # a value outside of its range, which was asked for: the report says so
        warnings.filterwarnings("ignore", "Fixed parameter .* is out of range")
        for name in comparison.params(tuple(methods.values())):
            low, high, log, _ = comparison.space[name]
            params[name] = float(trial.suggest_float(name, low, high, log=log))
    return Point(methods, params)


def foreign_value(trial: optuna.Trial, config: StudyConfig) -> str | None:
    """Returns, in words, the first value of a trial that this study does not have, which somebody else has given it."""
    own = space(config)
    for name, distribution in trial.distributions.items():
        if distribution != own.get(name):
            return f"{name} = {trial.params[name]!r} of {distribution}"
    for name, value in trial._fixed_params.items():
        if name not in own or not _fits(config, name, own[name], value):
            return f"{name} = {value!r}"
    return None


def _fits(config: StudyConfig, name: str, distribution: BaseDistribution, value: Any) -> bool:
    """Returns whether a value is one of the choices, or a number that may be tried."""
    if isinstance(distribution, CategoricalDistribution):
        return isinstance(value, str) and value in distribution.choices
    # An option's range may be left as far as float32 holds what is used; those of methods say what has sense.
    least, most = config.bounds(RANGES[name]) if name in RANGES else config.comparison.space[name][:2]
    return is_number(value) and bool(least <= value <= most)


class ReplayableSampler(BaseSampler):
    """Asks a sampler that is made afresh for each decision, seeded by (study seed, trial number, parameter name).

    A sampler's random state is not kept in a study's storage, so a seeded sampler that is restarted repeats its
    first suggestions. This one has no state: what it suggests follows from the seed and from the trials that a trial
    may know (`OwnStudy.as_known_to`), so an interrupted study continues with the suggestions that it would have made,
    and so do several processes.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make = make
        self._seed = seed
        self._relative: BaseSampler = make(seed)

    def _fresh(self, trial: FrozenTrial, name: str = "") -> BaseSampler:
        words = (self._seed, trial.number, zlib.crc32(name.encode()))
        return self._make(int(np.random.SeedSequence(words).generate_state(1)[0]))

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Returns the parameters that are sampled together."""
        self._relative = self._fresh(trial)  # Optuna asks the same sampler for the sample right after this
        return self._relative.infer_relative_search_space(_known(study, trial), trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns values of the parameters that are sampled together."""
        return self._relative.sample_relative(_known(study, trial), trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns the value of a parameter that is sampled alone."""
        fresh = self._fresh(trial, param_name)
        return fresh.sample_independent(_known(study, trial), trial, param_name, param_distribution)


def _known(study: optuna.Study, trial: FrozenTrial) -> optuna.Study:
    """Returns what a trial may know of its study; of one that is not ours, all."""
    return study.as_known_to(trial.number) if isinstance(study, OwnStudy) else study


class ReplayablePruner(BasePruner):
    """Asks a pruner that is made afresh and knows what the trial may know; keeps that it is cut short.

    It does so before the pruner keeps what it has noted. Halving notes, while it decides, which rungs the trial has
    reached, and would not decide again there. A process may die at any moment: now whoever takes the trial over finds
    the decision, or no trace of it and decides the same.
    """

    def __init__(self, make: Callable[[], BasePruner]) -> None:
        self._make = make

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Returns whether to cut the trial short at its last epoch."""
        notes = _Notes(study._storage)
        view = copy.copy(_known(study, trial))
        view._storage = notes  # type: ignore[assignment]
        cut_short = self._make().prune(view, trial) or CUT_SHORT in trial.user_attrs
        if cut_short:
            study._storage.set_trial_user_attr(trial._trial_id, CUT_SHORT, True)
        for note in notes.taken:
            study._storage.set_trial_system_attr(*note)
        return cut_short


class _Notes:
    """A storage to read from, which holds back what is written to it."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage
        self.taken: list[tuple[int, str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.taken.append((trial_id, key, value))


class BalancedSampler(ReplayableSampler):
    """Random search that takes the cells in turn: the i-th trial that counts is of cell i modulo their number."""

    def __init__(self, config: StudyConfig) -> None:
        super().__init__(RandomSampler, config.seed)
        self._comparison = config.comparison

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns the turn's method of a factor, or a random value of a hyperparameter."""
        before = study._get_trials(deepcopy=False, use_cache=True)
        turn = sum(other.number < trial.number and other.state is not TrialState.FAIL for other in before)
        cells = self._comparison.cells
        cell = dict(zip(self._comparison.names, cells[turn % len(cells)], strict=True))
        if param_name in cell:
            return cell[param_name]
        return super().sample_independent(study, trial, param_name, param_distribution)


def make_sampler(config: StudyConfig) -> BaseSampler:
    """Returns the sampler of `--sampler`: TPE (Bergstra et al. 2011), joint over all parameters, or random search."""
    if config.sampler == "balanced":
        return BalancedSampler(config)
    return ReplayableSampler(_tpe if config.sampler == "tpe" else RandomSampler, config.seed)


def _tpe(seed: int) -> TPESampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # group: with a conditional lambda, multivariate TPE alone would fall back to independent sampling of it.
        return TPESampler(seed=seed, multivariate=True, group=True, constant_liar=False)


def make_pruner(config: StudyConfig) -> BasePruner:
    """Returns the pruner of `--pruner`; "none" means none (Optuna itself reads a missing pruner as the median's)."""
    pruners: dict[str, type[BasePruner]] = {"median": MedianPruner, "halving": SuccessiveHalvingPruner}
    return ReplayablePruner(pruners.get(config.pruner, NopPruner))
