"""The rule of the claims: what simulation says of it, and each outcome by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from jaxreg.claims.claim import Finding
from jaxreg.claims.quantities import exact, plus_minus, quantity
from jaxreg.claims.rule import (
    LEVEL,
    NO_CHANGE,
    NO_DIFFERENCE,
    NO_POINTS,
    Limit,
    above,
    adjusted,
    below,
    bounds,
    judge,
    p_value,
    power,
    verdict_of,
)
from jaxreg.claims.words import bounds_of, p_of, rule
from jaxreg.text import Text

NAME = Text("a", "b")
SEEDS, STUDIES = 8, 3000
HALF = Limit(0.5, NAME)


def simulated(means, correlation=0.0, seed=0):
    """Returns the outcomes [study][check] of checks whose values have these means and standard deviation 1."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((STUDIES, 1, SEEDS)) * math.sqrt(abs(correlation))
    own = rng.standard_normal((STUDIES, len(means), SEEDS)) * math.sqrt(1 - abs(correlation))
    signs = np.where(np.arange(len(means)) % 2, np.sign(correlation), 1)[:, None]  # every other one the other way
    values = np.array(means)[:, None] + common * signs + own
    return [[one.outcome for one in judge([above(NAME, v, NO_DIFFERENCE) for v in study])] for study in values]


def share(outcomes, wanted):
    return np.mean([wanted(study) for study in outcomes])


def test_equal_shares_that_rounding_tells_apart_are_equal():
    nearly = [(23 / 24 - 22 / 24) - (24 / 24 - 23 / 24)] * 3
    assert 0 < nearly[0] < 1e-15
    assert [judge((check(NAME, nearly, NO_POINTS),))[0].outcome for check in (above, below)] == ["open", "open"]
    tiny = [1e-14, 1.1e-14, 1.2e-14]  # of other units it is what was measured
    assert judge((above(NAME, tiny, NO_DIFFERENCE),))[0].outcome == "holds"


def test_a_check_one_deviation_inside_is_found_in_four_of_five_and_one_on_its_limit_passes_in_one_of_twenty():
    noise = 3 * math.sqrt(0.05 * 0.95 / STUDIES)
    assert share(simulated([1.0]), lambda study: study == ["holds"]) == pytest.approx(0.815, abs=0.02)
    assert share(simulated([0.0]), lambda study: study == ["holds"]) == pytest.approx(LEVEL, abs=noise)
    assert share(simulated([0.0]), lambda study: study == ["fails"]) == pytest.approx(LEVEL, abs=noise)
    assert power(SEEDS) == pytest.approx(0.815, abs=0.001)
    assert power(1) == 0


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.9])
def test_of_several_checks_on_their_limits_one_passes_in_at_most_one_of_twenty(correlation):
    outcomes = simulated([0.0] * 4, correlation)
    noise = 3 * math.sqrt(0.05 * 0.95 / STUDIES)
    assert share(outcomes, lambda study: "holds" in study) <= LEVEL + noise
    assert share(outcomes, lambda study: "fails" in study) <= LEVEL + noise


def test_a_check_is_found_as_often_beside_others_that_are_plain_and_yes_is_said_wrongly_in_one_of_twenty():
    outcomes = simulated([1.0, 5.0, 5.0, 5.0])
    assert share(outcomes, lambda study: set(study) == {"holds"}) == pytest.approx(0.815, abs=0.02)
    noise = 3 * math.sqrt(0.05 * 0.95 / STUDIES)
    assert share(simulated([0.0, 5.0, 5.0]), lambda study: set(study) == {"holds"}) <= LEVEL + noise


def test_p_values_and_bounds_are_those_of_scipys_t_test():
    values = np.random.default_rng(0).normal(0.3, 1, 8)
    test = stats.ttest_1samp(values, 0, alternative="greater")
    assert p_value(values) == pytest.approx(test.pvalue)
    assert bounds(above(NAME, values, NO_DIFFERENCE))[0] == pytest.approx(test.confidence_interval(0.95).low)
    assert [p_value(np.full(3, x)) for x in (1.0, 0.0, -1.0)] == [0.125, 0.5, 0.875]
    assert math.isnan(p_value(np.array([1.0])))
    assert math.isnan(p_value(np.array([1.0, math.nan])))


def test_where_all_pass_by_themselves_all_hold_and_else_the_steps_are_holms():
    assert adjusted([0.04, 0.05]) == [0.05, 0.05]
    assert adjusted([0.01, 0.6, 0.02]) == pytest.approx([0.03, 0.6, 0.04])
    assert adjusted([math.nan, 0.001]) == [1.0, 0.002]


def test_factors_are_judged_by_their_logarithms():
    one = above(NAME, [0.5, 2.1, 0.5, 2.1], NO_CHANGE)
    assert p_value(np.log(one.values)) == pytest.approx(judge([one])[0].p)
    assert bounds(one)[0] * bounds(one)[1] == pytest.approx(0.5 * 2.1)
    assert judge([above(NAME, [0.0, 1.0], NO_CHANGE)])[0].outcome == "open"


def plain(outcome):
    """Returns a check that comes out so whatever stands beside it."""
    values = {"holds": [1.0, 1.001, 1.002], "fails": [0.0, 0.001, 0.002], "open": [0.0, 0.5, 1.1]}[outcome]
    return above(NAME, values, HALF)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (("holds", "holds"), "yes"),
        (("fails", "fails"), "no"),
        (("holds", "fails", "open"), "in part"),
        (("holds", "open"), "open"),
        (("fails", "open"), "open"),
        (("open",), "open"),
    ],
)
def test_verdicts_follow_from_outcomes(outcomes, verdict):
    finding = Finding(tuple(map(plain, outcomes)), NAME, NAME, ())
    assert tuple(one.outcome for one in finding.judged) == outcomes
    assert finding.verdict == verdict


def test_what_is_true_by_definition_is_no_evidence_and_what_is_counted_is_not_tested():
    so, not_so = above(NAME, [1.0], HALF, "definition"), above(NAME, [0.0], HALF, "definition")
    counted = below(NAME, [0.1], HALF, "count")
    assert verdict_of(judge([so, so])) == "by definition"
    assert verdict_of([]) == "open"
    assert verdict_of(judge([not_so, not_so])) == "no"
    assert verdict_of(judge([so, counted])) == "yes"
    assert verdict_of(judge([so, plain("open")])) == "open"
    assert bounds_of(so).en == "by definition: no evidence"


def test_one_seed_and_a_value_that_is_no_number_leave_a_check_open():
    assert [judge([above(NAME, values, HALF)])[0].outcome for values in ([9.0], [9.0, math.nan])] == ["open", "open"]


@pytest.mark.parametrize("basis", ["count", "definition"])
def test_what_is_counted_or_follows_is_open_where_it_is_no_number(basis):
    (judged,) = judge([above(NAME, [9.0, math.nan], HALF, basis)])
    assert judged.outcome == "open"
    assert verdict_of([judged]) == "open"


def test_what_is_measured_beside_the_checks_is_shown_and_decides_nothing():
    finding = Finding((plain("holds"),), NAME, NAME, (), beside=(plain("fails"),))
    assert finding.verdict == "yes"
    assert [one.outcome for one in finding.measured] == ["holds", "fails"]


def test_numbers_in_words():
    assert plus_minus([0.971, 0.973], "%") == Text("97.2 % ± 0.1 %", "97.2% ± 0.1%")
    assert plus_minus([0.5]).en == "0.5"
    assert plus_minus([0.01, 0.03], "points").en == "2.00 ± 1.41 points"
    assert plus_minus([0.25, 1.0], "x") == Text("0.5 × (from 0.25 to 1)", "0.5배 (0.25 ~ 1)")
    assert rule(above(NAME, [1.0], HALF)).en == "above 0.5"
    assert rule(below(NAME, [1.0, 2.0], Limit(0.01, NAME, "points"))) == Text("below 1 point", "1%p 미만")
    assert exact(0.02, "points").en == "2 points"
    assert quantity(0.0123, "points").en == "1.23 points"
    assert quantity(-0.00001, "points").en == "0.00 points"
    assert quantity(float("nan"), "%").en == "unknown"
    assert [p_of(judge([plain(outcome)])[0]) for outcome in ("holds", "open")] == ["< 0.0001", "0.4630"]
    assert Text("{0} of {x}", "{x} 중 {0}").format(NAME, x=3) == ("a of 3", "3 중 b")
