"""How much of the differences between trials goes with each hyperparameter, and how much chance alone would give.

Trials are ranked by their score, so that one that did not train weighs no more than its place. The share of a
hyperparameter is that of the variance of the ranks which lies between its values: H / (n - 1), with H of Kruskal and
Wallis (1952), which under no effect is about chi-squared with (values - 1) degrees of freedom. Numbers are taken in
quarters of their trials, so that a middle may be best too; those of a method among the trials that have one.

Not Optuna's PED-ANOVA, which compares the best tenth with all, is no share of a variance, and has no measure of chance:
where a search has gathered its trials on the better value, it does not see it.
"""

from collections.abc import Sequence

import numpy as np

from jaxreg.methods.comparison import Comparison
from jaxreg.records import TrialRecord
from jaxreg.search.records import Importance

MIN_TRIALS = 20  # five in a quarter
LEVEL = 0.05  # of the chance that any hyperparameter without an effect passes its mark


def parameter_importance(trials: Sequence[TrialRecord], comparison: Comparison) -> Importance | None:
    """Returns the importance of each factor and hyperparameter that had a choice among the trials that count.

    None where there is none: at least MIN_TRIALS trials must have it, and they must not all be equally good.
    """
    counted = [trial for trial in trials if trial.counts]
    groups = {name: _groups(counted, name) for name in (*comparison.names, *comparison.space)}
    groups = {name: parts for name, parts in groups.items() if _can_tell(parts)}
    if not groups:
        return None
    from scipy import stats  # a second to import

    shares, by_chance = {}, {}
    for name, parts in groups.items():
        freedom = sum(map(len, parts)) - 1
        shares[name] = float(stats.kruskal(*parts).statistic) / freedom
        by_chance[name] = float(stats.chi2.ppf(1.0 - LEVEL / len(groups), len(parts) - 1)) / freedom  # Bonferroni's
    return Importance(shares, by_chance, len(counted))


def _groups(trials: Sequence[TrialRecord], name: str) -> list[list[float]]:
    """Returns the accuracies by the value of a hyperparameter, a number's by the quarter that it is in."""
    tried = [{**trial.methods, **trial.params} for trial in trials]
    having = [trial for trial, values in zip(trials, tried, strict=True) if name in values]
    values = np.array([values[name] for values in tried if name in values])
    if values.size and values.dtype.kind == "f":
        values = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values)
    return [[t.score for t, v in zip(having, values, strict=True) if v == u] for u in np.unique(values)]


def _can_tell(groups: list[list[float]]) -> bool:
    accuracies = [accuracy for group in groups for accuracy in group]
    return len(groups) > 1 and len(accuracies) >= MIN_TRIALS and len(set(accuracies)) > 1
