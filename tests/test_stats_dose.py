"""The effect of a strength: means and intervals against numpy and scipy, and a best part that is not too good."""

import numpy as np
import pytest
from scipy import stats

from jaxreg.stats.dose import Part, best_part, part_effects
from jaxreg.stats.intervals import degrees_of_freedom, errors


def part(scores, blocks=None):
    """Returns a part of scores [K, 2, N], with the method and without it."""
    return Part(tuple(range(len(scores)) if blocks is None else blocks), np.asarray(scores))


def differing(values, blocks=None):
    """Returns a part in whose blocks all images differ by these values."""
    with_it = np.asarray(values, float)[:, None, None]
    return part(np.concatenate([with_it, 0 * with_it], axis=1).repeat(50, axis=2), blocks)


def answers(rng, num_blocks, num_images, by_image=1.0):
    """Returns answers [K, 2, N] of two methods that are equally good, and not on the same images."""
    ease = rng.normal(2, 1, num_images) + by_image * rng.normal(size=(2, num_images))
    return rng.random((num_blocks, 2, num_images)) < 1 / (1 + np.exp(-ease))


def test_parts_have_the_errors_of_blocks_and_of_images():
    scores = answers(np.random.default_rng(0), 12, 300)
    (found,) = part_effects([part(scores)], level=0.05, together=8)
    table = scores[:, 0].astype(float) - scores[:, 1]  # [K, N]
    by_block, by_image = table.mean(axis=1), table.mean(axis=0)
    rest = table - by_block[:, None] - by_image[None] + table.mean()
    of_images = max(0, by_image.var(ddof=1) - (rest**2).sum() / (11 * 299) / 12) / 300
    error = np.sqrt(by_block.var(ddof=1) / 12 + of_images + 2 / 300**2)
    assert of_images > 5e-5  # of a total that would be half without it
    assert found.value == pytest.approx(table.mean())
    assert found.standard_error == pytest.approx(error)
    (freedom,) = degrees_of_freedom(errors(np.array([[1.0, -1.0]]), scores.swapaxes(0, 1)))
    reach = stats.t.isf((1 - 0.95 ** (1 / 8)) / 2, freedom) * error
    assert (found.low, found.high) == pytest.approx((table.mean() - reach, table.mean() + reach))


@pytest.mark.parametrize(("num_images", "num_blocks"), [(120, 12), (1000, 24)])
def test_equal_methods_that_differ_by_image_are_told_apart_no_more_often_than_the_level_says(num_images, num_blocks):
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        found = part_effects([part(answers(rng, num_blocks, num_images)) for _ in range(4)], level=0.05, together=4)
        wrong += any((effect.low or 0) > 0 or (effect.high or 0) < 0 for effect in found)
    assert wrong / 300 < 0.08  # the error of 300 studies is 1.3 points


def test_equal_differences_are_not_without_an_interval():
    (found,) = part_effects([differing([-0.02, -0.02, -0.02])], level=0.05, together=2)
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_an_interval_ends_where_shares_do():
    (found,) = part_effects([part([[[1.0], [0.0]], [[0.1], [0.9]], [[1.0], [0.1]]])], level=0.05, together=2)
    assert (found.low, found.high) == (-1, 1)


def test_few_blocks_have_a_mean_and_no_interval_and_none_has_nothing():
    one, none = part_effects([differing([0.1, 0.3]), part(np.zeros((0, 2, 50)))], level=0.05, together=2)
    assert one.value == pytest.approx(0.2)
    assert one.low is None
    assert np.isnan(none.value)


def test_the_best_of_equal_parts_is_not_too_good_and_its_interval_holds():
    rng = np.random.default_rng(1)
    found = [best_part([differing(values) for values in rng.normal(0, 1, (4, 12))], level=0.05)[1] for _ in range(600)]
    naive = [rng.normal(0, 1, (4, 12)).mean(axis=1).max() for _ in range(600)]
    assert abs(np.mean([estimate.value for estimate in found])) < 0.06
    assert np.mean(naive) > 0.25  # what is seen without cross-fitting
    assert 0.93 < np.mean([(e.low or 0) <= 0 <= (e.high or 0) for e in found]) < 0.98


def test_a_part_that_is_truly_better_is_found():
    rng = np.random.default_rng(2)
    chosen, estimate = best_part([differing(values) for values in rng.normal([[0], [0], [1], [0]], 0.2, (4, 12))], 0.05)
    assert chosen == 2
    assert (estimate.low or 0) > 0.5


def test_blocks_of_odd_number_choose_and_those_of_even_number_judge():
    usual = differing([0.1] * 8)
    odd_only = differing([5.0, 0.2, 5.0, 0.2], blocks=(0, 1, 2, 3))
    chosen, estimate = best_part([usual, odd_only, part(np.zeros((0, 2, 50)))], level=0.05)
    assert (chosen, estimate.value) == (1, pytest.approx(5))
