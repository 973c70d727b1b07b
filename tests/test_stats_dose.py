"""The effect of a strength: means and intervals against scipy, and a best part that is not too good."""

import numpy as np
import pytest
from scipy import stats

from jaxreg.stats.dose import best_part, part_effects


def test_parts_have_the_means_and_intervals_of_a_paired_t_test():
    differences = np.random.default_rng(0).normal(0.1, 0.2, (4, 12))
    differences[2, 5] = np.nan
    for row, found in zip(differences, part_effects(differences, level=0.05, together=8), strict=True):
        known = row[np.isfinite(row)]
        expected = stats.ttest_1samp(known, 0).confidence_interval((1 - 0.05) ** (1 / 8))
        assert found.value == pytest.approx(known.mean())
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_few_blocks_have_a_mean_and_no_interval_and_none_has_nothing():
    one, none = part_effects(np.array([[0.1, 0.3], [np.nan, np.nan]]), level=0.05, together=2)
    assert one.value == pytest.approx(0.2)
    assert one.low is None
    assert np.isnan(none.value)


def test_the_best_of_equal_parts_is_not_too_good_and_its_interval_holds():
    rng = np.random.default_rng(1)
    found = [best_part(rng.normal(0, 1, (4, 12)), level=0.05)[1] for _ in range(600)]
    naive = [rng.normal(0, 1, (4, 12)).mean(axis=1).max() for _ in range(600)]
    assert abs(np.mean([estimate.value for estimate in found])) < 0.06
    assert np.mean(naive) > 0.25  # what is seen without cross-fitting
    assert 0.93 < np.mean([(e.low or 0) <= 0 <= (e.high or 0) for e in found]) < 0.98


def test_a_part_that_is_truly_better_is_found():
    rng = np.random.default_rng(2)
    part, estimate = best_part(rng.normal([[0], [0], [1], [0]], 0.2, (4, 12)), level=0.05)
    assert part == 2
    assert (estimate.low or 0) > 0.5
