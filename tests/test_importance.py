"""How much of the differences between trials goes with a hyperparameter, against chance."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import NORM_TYPES, REG_TYPES
from report_cases import SEED, search, trial
from scipy.stats import rankdata

from jaxreg.records import TrialRecord
from jaxreg.search.importance import parameter_importance


def trials(accuracies, seed=0) -> tuple[TrialRecord, ...]:
    """Returns random trials of these accuracies."""
    rng = np.random.default_rng(seed)
    return tuple(
        trial(
            number,
            float(accuracy),
            str(rng.choice(NORM_TYPES)),
            str(rng.choice(REG_TYPES)),
            reg_lambda=10 ** rng.uniform(-6, -2),
            learning_rate=10 ** rng.uniform(-3.3, -2),
            correct=b"",
        )
        for number, accuracy in enumerate(accuracies)
    )


def importance_of(some):
    return parameter_importance(some, SEED)


def told(found):
    return {name for name in found.shares if found.tells(name)}


def noise(count, seed=0):
    return np.random.default_rng(seed + 100).normal(0.97, 0.003, count)


def test_a_share_is_that_of_the_variance_of_ranks_that_lies_between_values():
    some = trials(np.round(noise(60), 3))
    ranks = rankdata([t.trial_valid_accuracy for t in some])
    means = {
        n: np.mean([r for r, t in zip(ranks, some, strict=True) if t.methods["norm_type"] == n]) for n in NORM_TYPES
    }
    between = np.var([means[t.methods["norm_type"]] for t in some])
    found = importance_of(some)
    assert found is not None
    assert found.shares["norm_type"] == pytest.approx(between / np.var(ranks), rel=1e-9)
    assert found.num_trials == 60


def test_noise_is_called_important_as_seldom_as_promised():
    alarms = [bool(told(importance_of(trials(noise(40, seed), seed)))) for seed in range(200)]
    assert sum(alarms) <= 17  # of 200 at 5 %: more has a probability of 2 %; the draws are fixed


def test_one_better_trial_among_equal_ones_and_trials_that_are_all_equal_make_nothing_important():
    found = importance_of(trials([0.9] * 20 + [0.95]))
    assert found is not None
    assert told(found) == set()
    assert importance_of(trials([0.9] * 30)) is None


def test_what_matters_is_seen_where_a_search_has_gathered_its_trials_on_it():
    found = importance_of(search().trials)  # batch norm leads, and most trials are of it
    assert found is not None
    assert max(found.shares, key=found.shares.__getitem__) == "norm_type"
    assert {"norm_type", "learning_rate"} <= told(found)


def test_trials_that_do_not_count_change_nothing_and_failed_ones_weigh_no_more_than_their_place():
    some = trials(noise(40))
    lost = trial(40, 0.1, "none", "none", diverged=True), trial(41, 0.99, "none", "none", pruned=True)
    assert importance_of((*some, *lost)) == importance_of(some)
    worst = min(some, key=lambda t: t.trial_valid_accuracy)
    failed = [0.1 if t is worst else t.trial_valid_accuracy for t in some]
    assert importance_of(trials(failed)) == importance_of(some)


def test_only_hyperparameters_with_a_choice_and_enough_trials_are_judged():
    assert importance_of(trials(noise(19))) is None
    free = tuple(trial(i, a, "batch", "none", learning_rate=(i + 1) * 1e-4) for i, a in enumerate(noise(20)))
    found = importance_of(free)
    assert found is not None
    assert set(found.shares) == {"learning_rate"}
    assert importance_of(tuple(trial(i, a) for i, a in enumerate(noise(20)))) is None
    few = (*free, *(trial(20 + i, 0.97, reg_lambda=(i + 1) * 1e-5) for i in range(19)))
    assert set(importance_of(few).shares) == {"learning_rate", "reg_type"}
