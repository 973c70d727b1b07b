"""The rule that every claim is judged by: what a check is, when it holds, and what follows for its claim.

A check's values, one a seed, are taken for a sample; its claim is about their mean. One-sided t tests ask whether the
mean lies beyond the limit, and whether it lies on the other side of it, each at LEVEL. A claim's checks are tested
together, by the steps of Holm 1979 from the largest p on (Hochberg 1988, Biometrika 75): of all checks of a claim that
do not hold, one is said to hold in at most 5 % of all studies, and likewise of those that hold. Where all pass by
themselves all hold, which needs no correction (Berger 1982, Technometrics 24).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import nctdtr, stdtr, stdtrit  # of Student's t; scipy.stats takes a second to load

from jaxreg.claims.quantities import Unit, exact
from jaxreg.text import Text

LEVEL = 0.05

Relation = Literal["above", "below"]
Basis = Literal["runs", "count", "definition"]
Outcome = Literal["holds", "fails", "open"]
Verdict = Literal["yes", "no", "in part", "open", "by definition"]


class Limit(NamedTuple):
    """A limit, fixed before anything is run, and why it is there. In a prediction's f-string: {LIMIT.en}."""

    value: float
    reason: Text
    unit: Unit = ""  # "%" and "points" of a share 0..1, "x" a factor, "" a plain number

    @property
    def en(self) -> str:
        """Returns the limit with its unit in English."""
        return exact(self.value, self.unit).en

    @property
    def ko(self) -> str:
        """Returns it in Korean."""
        return exact(self.value, self.unit).ko


# What several claims have in common.
ANY = Text("the text names no amount: any difference counts", "원문이 크기를 말하지 않으므로 어떤 차이든 인정한다")
NO_DIFFERENCE = Limit(0.0, ANY)
NO_POINTS = Limit(0.0, ANY, "points")
NO_CHANGE = Limit(1.0, ANY, "x")


class Check(NamedTuple):
    """One measurable part of a prediction: values, and on which side of a limit their mean is to lie.

    The basis of values is runs, one value a seed, which scatter with it; a count of the data, which does not; or a
    definition, from which the check follows, so that its truth is no evidence.
    """

    what: Text
    values: tuple[float, ...]
    relation: Relation
    limit: Limit
    basis: Basis = "runs"


class Judged(NamedTuple):
    """A check as it was judged: its outcome, and the adjusted p of the side on which its mean lies; NaN without."""

    check: Check
    outcome: Outcome
    p: float


def above(what: Text, values: Iterable[float], limit: Limit, basis: Basis = "runs") -> Check:
    """Returns the check that the mean is above the limit."""
    return Check(what, tuple(map(float, values)), "above", limit, basis)


def below(what: Text, values: Iterable[float], limit: Limit, basis: Basis = "runs") -> Check:
    """Returns the check that the mean is below the limit."""
    return Check(what, tuple(map(float, values)), "below", limit, basis)


DIGITS = 12  # of shares and their differences: what comes after is rounding, by which equal ones differ


def beyond(check: Check) -> np.ndarray:
    """Returns how far each value lies beyond the limit, on its side; of factors the logarithms are compared."""
    values, limit = np.array(check.values), check.limit.value
    if check.limit.unit == "x":
        with np.errstate(divide="ignore", invalid="ignore"):
            values, limit = np.log(values), math.log(limit)
    distances = values - limit
    if check.limit.unit in ("%", "points"):
        distances = distances.round(DIGITS)
    return distances * (1.0 if check.relation == "above" else -1.0)


def p_value(distances: np.ndarray) -> float:
    """Returns the one-sided p of a mean above 0 in Student's t test; NaN of one value, or where one is not finite.

    Of equal values, in which nothing says how they scatter, it is that of the sign test, 2^-n.
    """
    if len(distances) < 2 or not np.isfinite(distances).all():
        return math.nan
    middle, error = float(distances.mean()), float(distances.std(ddof=1)) / math.sqrt(len(distances))
    if error == 0:
        by_sign = 0.5 ** len(distances)
        return 0.5 if middle == 0 else by_sign if middle > 0 else 1 - by_sign
    return float(stdtr(len(distances) - 1, -middle / error))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Returns p-values corrected for their number by Hochberg 1988; NaN counts as 1.

    >>> adjusted([0.04, 0.01, 0.03])
    [0.04, 0.03, 0.04]
    """
    p = np.nan_to_num(np.array(p_values, float), nan=1.0)
    order = np.argsort(-p)
    stepped = np.empty(len(p))
    stepped[order] = np.minimum.accumulate(np.arange(1, len(p) + 1) * p[order])
    return stepped.tolist()


def judge(checks: Sequence[Check]) -> tuple[Judged, ...]:
    """Returns the checks of a claim as they are judged together."""
    tested = [check for check in checks if check.basis == "runs"]
    p = [p_value(beyond(check)) for check in tested]
    holding, failing = adjusted(p), adjusted([1 - value for value in p])
    sides = iter(zip(p, holding, failing, strict=True))
    return tuple(_tested(check, *next(sides)) if check.basis == "runs" else _compared(check) for check in checks)


def _tested(check: Check, p: float, holding: float, failing: float) -> Judged:
    if math.isnan(p):
        return Judged(check, "open", math.nan)
    outcome: Outcome = "holds" if holding <= LEVEL else "fails" if failing <= LEVEL else "open"
    return Judged(check, outcome, holding if p <= 0.5 else failing)


def _compared(check: Check) -> Judged:
    distances = beyond(check)
    if np.isnan(distances).any():
        return Judged(check, "open", math.nan)
    return Judged(check, "holds" if (distances > 0).all() else "fails", math.nan)


def verdict_of(judged: Sequence[Judged]) -> Verdict:
    """Returns what follows from its checks for a claim.

    yes: all hold; no: all fail; in part: some hold and some fail; open: anything else. What holds by definition says
    nothing of a claim, unless it is all there is.
    """
    outcomes = {one.outcome for one in judged if (one.check.basis, one.outcome) != ("definition", "holds")}
    if judged and not outcomes:
        return "by definition"
    if outcomes >= {"holds", "fails"}:
        return "in part"
    return "yes" if outcomes == {"holds"} else "no" if outcomes == {"fails"} else "open"


def power(seeds: int) -> float:
    """Returns how often a single check is found whose mean lies one standard deviation beyond its limit."""
    if seeds < 2:
        return 0.0
    return float(1 - nctdtr(seeds - 1, math.sqrt(seeds), stdtrit(seeds - 1, 1 - LEVEL)))


def bounds(check: Check) -> tuple[float, float]:
    """Returns the one-sided bounds of a check's mean, each at LEVEL and of this check alone; NaN without any."""
    values, factor = np.array(check.values), check.limit.unit == "x"
    if check.basis != "runs" or len(values) < 2 or not np.isfinite(beyond(check)).all():
        return math.nan, math.nan
    values = np.log(values) if factor else values
    reach = float(stdtrit(len(values) - 1, 1 - LEVEL)) * float(values.std(ddof=1)) / math.sqrt(len(values))
    low, high = float(values.mean()) - reach, float(values.mean()) + reach
    return (math.exp(low), math.exp(high)) if factor else (low, high)
