"""The search space of the seed, and a sampler whose suggestions can be replayed."""

from __future__ import annotations

import itertools
import warnings
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from jaxreg.study.config import StudyConfig


class TrialParams(NamedTuple):
    """What a trial tries; `reg_lambda` is None where there is no penalty."""

    norm_type: str
    reg_type: str
    reg_lambda: float | None
    learning_rate: float


def suggest(trial: optuna.trial.BaseTrial, config: StudyConfig) -> TrialParams:
    """Returns a point of the space: lambda exists only where there is a penalty; it and the rate are log-uniform."""
    norm_type = trial.suggest_categorical("norm_type", config.norm_types)
    reg_type = trial.suggest_categorical("reg_type", config.reg_types)
    reg_lambda = None
    if reg_type != "none":
        reg_lambda = trial.suggest_float("reg_lambda", *config.lambda_range, log=True)
    learning_rate = trial.suggest_float("learning_rate", *config.learning_rate_range, log=True)
    return TrialParams(norm_type, reg_type, reg_lambda, learning_rate)


class ReplayableSampler(BaseSampler):
    """Asks a sampler that is made afresh for each decision, seeded by (study seed, trial number, parameter name).

    A sampler's random state is not kept in a study's storage, so a seeded sampler that is restarted repeats its
    first suggestions. This one has no state: what it suggests follows from the seed and the trials before, so an
    interrupted study continues with the suggestions that it would have made.
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
        return self._relative.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns values of the parameters that are sampled together."""
        return self._relative.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns the value of a parameter that is sampled alone."""
        return self._fresh(trial, param_name).sample_independent(study, trial, param_name, param_distribution)


class BalancedSampler(ReplayableSampler):
    """Random search that takes the cells of normalization and penalty in turn, so that all get the same budget.

    Trial i is of cell i modulo their number: wherever a study is interrupted, no cell is ahead by more than a trial.
    """

    def __init__(self, config: StudyConfig) -> None:
        super().__init__(_random, config.seed)
        self._cells = list(itertools.product(config.norm_types, config.reg_types))

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns the turn's normalization or penalty, or a random value of another parameter."""
        cell = dict(zip(("norm_type", "reg_type"), self._cells[trial.number % len(self._cells)], strict=True))
        if param_name in cell:
            return cell[param_name]
        return super().sample_independent(study, trial, param_name, param_distribution)


def make_sampler(config: StudyConfig) -> BaseSampler:
    """Returns the sampler of `--sampler`: TPE (Bergstra et al. 2011), joint over all parameters, or random search."""
    if config.sampler == "balanced":
        return BalancedSampler(config)
    makers: dict[str, Callable[[int], BaseSampler]] = {"tpe": _tpe, "random": _random}
    return ReplayableSampler(makers[config.sampler], config.seed)


def _random(seed: int) -> RandomSampler:
    return RandomSampler(seed=seed)


def _tpe(seed: int) -> TPESampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # group: with a conditional lambda, multivariate TPE alone would fall back to independent sampling of it.
        return TPESampler(seed=seed, multivariate=True, group=True, constant_liar=False)


def make_pruner(config: StudyConfig) -> optuna.pruners.BasePruner:
    """Returns the pruner of `--pruner`; "none" means none (Optuna itself reads a missing pruner as the median's)."""
    makers: dict[str, Callable[[], optuna.pruners.BasePruner]] = {
        "none": optuna.pruners.NopPruner,
        "median": optuna.pruners.MedianPruner,
        "halving": optuna.pruners.SuccessiveHalvingPruner,
    }
    return makers[config.pruner]()
