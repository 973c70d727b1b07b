"""The judgement against independent references, hand-made cases, and simulated studies with known differences."""

import itertools

import numpy as np
import pytest
from scipy import stats

from jaxreg.stats.budget import expected_best
from jaxreg.stats.calibration import World, calibrate, simulate, true_accuracies
from jaxreg.stats.contrasts import (
    corrected_t_p,
    decide,
    families,
    greatest,
    holm,
    interactions,
    main_effects,
    superiority,
    wilcoxon_p,
)
from jaxreg.stats.designs import Design, simulate_design
from jaxreg.stats.failures import failing_below
from jaxreg.stats.intervals import (
    critical_values,
    detectable,
    errors,
    image_floor,
    least_margin,
    pointwise_multiple,
    resolution,
)
from jaxreg.stats.judge import judge, only
from jaxreg.stats.judgement import Confirmation, Estimate, Terms

FACTORS = ("norm_type", "reg_type")
CELLS = tuple((norm, reg) for norm in ("none", "batch") for reg in ("none", "l1"))
REFERENCE = CELLS[0]


MARGINS = dict.fromkeys((*FACTORS, "method"), 0.001)


def judged_of(given, **options):
    return judge(given, reference=REFERENCE, **{"margins": MARGINS} | options)


def confirmation(effects=(0, 0, 3, 3), num_blocks=6, num_images=300, seed=0):
    correct = simulate(np.random.default_rng(seed), np.array(effects, float), num_blocks, num_images)
    return Confirmation(FACTORS, CELLS, correct, np.full((4, num_blocks), 0.99), overlap=0.125)


def confirmed(correct):
    """Returns right answers [C, K, N] with training accuracies of 1."""
    return Confirmation(FACTORS, CELLS, correct, np.ones(correct.shape[:2]), 0.125)


def ends(estimate):
    return estimate.low, estimate.high


@pytest.fixture(scope="module")
def judged():
    return judged_of(confirmation(), draws=2000)


def test_expected_best_is_the_mean_over_all_draws_without_replacement():
    values = [0.3, 0.9, 0.5, 0.5, 0.1]
    expected = [np.mean([max(draw) for draw in itertools.combinations(values, m)]) for m in range(1, 6)]
    np.testing.assert_allclose(expected_best(values), expected, rtol=1e-12)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.6, 0.7]) == [1.0, 1.0]


@pytest.mark.parametrize("ties", [False, True])
def test_wilcoxon_equals_scipys_exact_test(ties):
    rng = np.random.default_rng(1)
    for _ in range(5):
        differences = rng.normal(0.4, 1, 8)
        if ties:
            differences = np.round(differences, 0)
        signs = stats.PermutationMethod(n_resamples=np.inf, rng=np.random.default_rng(0))
        expected = stats.wilcoxon(differences, zero_method="pratt", method=signs if ties else "exact").pvalue
        assert wilcoxon_p(differences) == pytest.approx(expected, abs=1e-12)
    assert wilcoxon_p(np.zeros(5)) == wilcoxon_p(np.zeros(20)) == 1.0


@pytest.mark.parametrize("num_blocks", [1, 2, 5, 9, 14, 15])
def test_wilcoxon_is_the_share_of_all_patterns_of_signs_with_ties_and_zeros_too(num_blocks):
    patterns = np.array(list(itertools.product((-1, 1), repeat=num_blocks)))
    for seed in range(4):
        differences = np.random.default_rng(seed).integers(-2, 5, num_blocks) / 10_000
        ranks = stats.rankdata(np.abs(differences)) * (differences != 0)
        expected = np.mean(np.abs(patterns @ ranks) >= abs(np.sign(differences) @ ranks))
        assert wilcoxon_p(differences) == pytest.approx(expected, rel=1e-9)


def test_wilcoxon_is_exact_for_any_number_of_blocks():
    for num_blocks in (20, 40):
        differences = np.random.default_rng(num_blocks).normal(0.3, 1, num_blocks)
        assert wilcoxon_p(differences) == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue, rel=1e-9)
    assert wilcoxon_p(np.full(24, 0.01)) == pytest.approx(2 / 2**24, rel=1e-9)
    assert 0 < wilcoxon_p(np.arange(1, 301.0)) < 1e-80


def test_corrected_t_and_superiority_by_hand():
    differences = np.array([1.0, 2.0, 3.0, 2.0])
    t = 2.0 / np.sqrt((1 / 4 + 0.2 / 0.8) * np.var(differences, ddof=1))
    assert corrected_t_p(differences, 0.2, 0.1) == pytest.approx(2 * stats.t.sf(t, 3))
    assert corrected_t_p(differences, 0.0, 0.1) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert corrected_t_p(np.zeros(3), 0.2, 0.1) == 1.0
    equal = np.full(4, 0.03)  # three of a hundred images in every block; a smaller spread than one is not known
    assert corrected_t_p(equal, 0.2, 0.01) == pytest.approx(2 * stats.t.sf(3 / np.sqrt(1 / 4 + 0.2 / 0.8), 3))
    assert superiority(np.array([1, -1, 0, 2])) == 0.625


@pytest.mark.parametrize(
    ("low", "high", "decision"),
    [
        (0.002, 0.004, "better"),
        (-0.004, -0.002, "worse"),
        (-0.0009, 0.0009, "equivalent"),
        (0.0001, 0.0009, "equivalent"),
        (0.0005, 0.002, "better"),
        (-0.002, 0.0005, "undecided"),
    ],
)
def test_decisions(low, high, decision):
    assert decide(Estimate(0.0, None, low, high), (low, high), margin=0.001) == decision


def test_equivalence_is_judged_by_the_narrow_interval_and_a_difference_by_the_wide_one():
    assert decide(Estimate(0.0005, None, -0.0001, 0.0011), (0.0001, 0.0009), margin=0.001) == "equivalent"
    assert decide(Estimate(0.0008, None, -0.0001, 0.0017), (0.0001, 0.0015), margin=0.001) == "undecided"


def test_standard_errors_are_those_of_the_two_way_table():
    correct = confirmation().scores
    parts = errors(np.array([[1.0, 0, -1, 0]]), correct)
    x = correct[0].astype(float) - correct[2]  # [K, N]
    num_blocks, num_images = x.shape
    residual = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()
    mean_square = (residual**2).sum() / ((num_blocks - 1) * (num_images - 1))
    images = (x.mean(0).var(ddof=1) - mean_square / num_blocks) / num_images
    unseen = (1**2 + 1**2) / num_images**2  # one more wrong answer of each of the two cells
    expected = x.mean(1).var(ddof=1) / num_blocks + max(images, 0) + unseen
    assert parts.values[0] == pytest.approx(x.mean(), abs=1e-9)
    assert parts.standard_errors[0] ** 2 == pytest.approx(expected, rel=1e-6)


def test_scores_of_right_and_wrong_are_judged_as_right_and_wrong_answers_are(judged):
    given = confirmation()
    assert judged_of(given._replace(scores=given.scores.astype(float)), draws=2000) == judged


def test_shares_have_the_standard_errors_of_the_two_way_table_too():
    scores = np.random.default_rng(0).beta(8, 1, (2, 5, 40))
    x = scores[0] - scores[1]
    residual = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()
    images = (x.mean(0).var(ddof=1) - (residual**2).sum() / (4 * 39) / 5) / 40
    expected = x.mean(1).var(ddof=1) / 5 + max(images, 0) + 2 / 40**2
    assert errors(np.array([[1.0, -1]]), scores).standard_errors[0] ** 2 == pytest.approx(expected, rel=1e-9)
    for score in judged_of(confirmed(np.random.default_rng(0).beta(8, 1, (4, 6, 40))), draws=100).cells:
        assert 0 <= score.test.low < score.test.value < score.test.high <= 1


@pytest.mark.parametrize("num_images", [1, 40])
def test_scores_on_another_scale_are_judged_alike_and_their_intervals_are_cut_nowhere(num_images):
    scores = np.random.default_rng(0).normal(0, 1, (4, 5, num_images)) + np.reshape([0, 0, 1, 2], (4, 1, 1))
    given = Confirmation(FACTORS, CELLS, scores)
    found, other = (
        judged_of(
            given._replace(scores=factor * scores + shift), margins=dict.fromkeys(FACTORS, factor / 10), draws=500
        )
        for factor, shift in ((1, 0), (50, 1e6))
    )
    for name, rows in found.families.items():
        for left, right in zip(rows.contrasts, other.families[name].contrasts, strict=True):
            assert (left.decision, left.wilcoxon) == (right.decision, right.wilcoxon)
            assert 50 * np.array(left.difference) == pytest.approx(right.difference, rel=1e-5)
        assert 50 * rows.detectable == pytest.approx(other.families[name].detectable, rel=1e-5)
    for left, right in zip(found.cells, other.cells, strict=True):
        assert 50 * np.ptp(ends(left.test)) == pytest.approx(np.ptp(ends(right.test)), rel=1e-5)
    assert max(np.abs(ends(found.interactions.contrasts[0].difference))) > 2  # no share would be


def test_of_one_score_a_block_a_difference_has_the_interval_of_the_paired_t_test():
    scores = np.random.default_rng(2).normal(90, 2, (2, 9, 1))
    given = Confirmation(("method",), (("a",), ("b",)), scores)
    (contrast,) = judge(given, margins=MARGINS, draws=200_000).pairs.contrasts
    paired = stats.ttest_1samp(np.squeeze(scores[0] - scores[1]), 0)
    assert np.ptp(ends(contrast.difference)) == pytest.approx(np.ptp(paired.confidence_interval(0.95)), rel=0.02)
    assert contrast.corrected_t is None
    for score in judge(given, margins=MARGINS, draws=100).cells:
        own = stats.ttest_1samp(score.by_block, 0).confidence_interval(0.95)
        assert ends(score.test) == pytest.approx(own, rel=1e-6)


def test_one_score_a_block_that_is_counted_in_steps_is_no_more_certain_than_its_steps():
    scores = np.full((2, 6, 1), 0.5)
    scores[1] = 0.51  # in every block: what was rounded may differ
    (contrast,) = judge(Confirmation(("method",), (("a",), ("b",)), scores), margins=MARGINS, draws=500).pairs.contrasts
    assert contrast.difference.standard_error == pytest.approx(0.01 * np.sqrt(2 / 12 / 6))


def test_one_contrast_has_the_critical_value_of_t():
    blocks = np.random.default_rng(0).normal(size=(1, 6))
    parts = errors(np.array([[1.0, 0, -1, 0]]), confirmation().scores)
    parts = parts._replace(by_block=blocks, block_variance=blocks.var(axis=1, ddof=1) / 6, image_variance=np.zeros(1))
    assert critical_values(parts, [0.05], 200_000, 0)[0] == pytest.approx(stats.t.ppf(0.975, 5), rel=0.02)


def all_pairs_of(num_blocks):
    weights = np.array([np.eye(4)[a] - np.eye(4)[b] for a, b in itertools.combinations(range(4), 2)])
    return errors(weights, confirmation(num_blocks=num_blocks).scores)


@pytest.mark.parametrize("num_blocks", [3, 4, 5])
def test_with_few_blocks_the_critical_value_is_sidaks_t_with_one_degree_less_than_blocks(num_blocks):
    expected = stats.t.isf((1 - 0.9 ** (1 / 6)) / 2, num_blocks - 1)
    assert critical_values(all_pairs_of(num_blocks), [0.1], 100, 0)[0] == pytest.approx(np.full(6, expected))


def test_with_more_blocks_the_critical_value_is_the_larger_of_sidaks_and_the_bootstraps():
    parts = all_pairs_of(6)
    sidak = pointwise_multiple(parts, 1 - 0.95 ** (1 / 6))
    found = critical_values(parts, [0.05], 20_000, 0)[0]
    bootstrap = found.min()  # one value for all contrasts, and larger than Sidak's of the most precise ones
    assert (found >= sidak - 1e-9).all()
    assert found == pytest.approx(np.maximum(sidak, bootstrap))
    only_images = parts._replace(block_variance=np.zeros(6))
    assert critical_values(only_images, [0.05], 20_000, 0)[0].min() > pointwise_multiple(only_images, 0.05).max()


@pytest.mark.parametrize(
    ("of_blocks", "of_images", "freedom"),
    [(2, 0, 5), (0, 2, 299), (2, 2, 4**2 / (2**2 / 5 + 2**2 / 299)), (3, 1, 4**2 / (3**2 / 5 + 1 / 299))],
)
def test_degrees_of_freedom_are_satterthwaites_by_hand(of_blocks, of_images, freedom):
    parts = errors(np.array([[1.0, 0, -1, 0]]), confirmation().scores)
    parts = parts._replace(block_variance=np.array([of_blocks * 1e-4]), image_variance=np.array([of_images * 1e-4]))
    for level in (0.05, 0.1):
        assert pointwise_multiple(parts, level) == pytest.approx([stats.t.ppf(1 - level / 2, freedom)])


def test_with_few_blocks_a_cells_own_interval_has_one_degree_of_freedom_less_than_blocks():
    for num_blocks in (2, 3, 5):
        parts = errors(np.eye(4), confirmation(num_blocks=num_blocks).scores)
        assert pointwise_multiple(parts, 0.05) == pytest.approx(np.full(4, stats.t.ppf(0.975, num_blocks - 1)))


def test_a_cells_own_intervals_are_by_hand():
    given = confirmation()
    given = given._replace(train_scores=np.random.default_rng(2).uniform(0.9, 1, (4, 6)))
    for score in judged_of(given, level=0.1, draws=100).cells:
        correct, train = (values[CELLS.index(score.cell)] for values in (given.scores, given.train_scores))
        parts = errors(np.ones((1, 1)), correct[None])
        of_images = float(parts.image_variance[0])
        for found, by_block in ((score.test, correct.mean(axis=1)), (score.gap, train - correct.mean(axis=1))):
            of_blocks = by_block.var(ddof=1) / 6
            error = np.sqrt(of_blocks + of_images)
            multiple = stats.t.ppf(0.95, error**4 / (of_blocks**2 / 5 + of_images**2 / 299))
            value = by_block.mean()
            assert found[:2] == pytest.approx((value, error))
            if found is score.gap:
                assert ends(found) == pytest.approx((value - multiple * error, value + multiple * error))
                continue
            wrong = (300 * (1 - value) + 1) / 302
            effective = wrong * (1 - wrong) / error**2
            for end in ends(found):  # Wilson: the shares that lie as many of their own standard errors away
                assert abs(end - value) == pytest.approx(multiple * np.sqrt(end * (1 - end) / effective))
        assert score.spread == pytest.approx(correct.mean(axis=1).std(ddof=1))


def test_an_interval_of_a_share_ends_where_a_share_ends():
    for num_blocks, seed in itertools.product((2, 6), range(3)):
        correct = np.random.default_rng(seed).random((4, num_blocks, 20)) < 0.99
        for given in (correct, ~correct):
            for score in judged_of(confirmed(given), draws=100).cells:
                low, high = ends(score.test)
                assert 0 <= low <= score.test.value <= high <= 1
                assert high - low > 1 / 20


@pytest.mark.parametrize("num_blocks", [2, 3, 6, 14])
def test_answers_that_never_differ_are_not_certain(num_blocks):
    for right in (True, False):
        correct = np.full((4, num_blocks, 200), right)
        found = judged_of(Confirmation(FACTORS, CELLS, correct, np.ones((4, num_blocks)), 0.125), draws=200)
        for score in found.cells:
            multiple = stats.t.ppf(0.975, 199 if num_blocks >= 6 else num_blocks - 1)
            low, high = ends(score.test)
            assert high - low == pytest.approx(multiple**2 / (200 + multiple**2), rel=0.02)  # Wilson's, none of 200
            assert (high if right else low) == right
            sides = 2 if right else 1  # a gap of 1 is the largest there is
            assert np.ptp(ends(score.gap)) == pytest.approx(sides * multiple / 200)
        for rows in found.families.values():
            assert {contrast.decision for contrast in rows.contrasts} == {"undecided"}
            assert num_blocks == 2 or rows.detectable > 2 / 200
            assert {contrast.corrected_t for contrast in rows.contrasts} == {None if num_blocks == 2 else 1.0}


@pytest.mark.parametrize("num_blocks", [3, 6, 12])
def test_differences_that_are_equal_in_every_block_have_an_interval_of_some_width(num_blocks):
    correct = np.ones((2, num_blocks, 1000), bool)
    for block in range(num_blocks):
        correct[0, block, block * 3 : block * 3 + 3] = False  # three wrong answers more, each time on other images
    found = judged_of(Confirmation(FACTORS, CELLS[:2], correct, np.ones((2, num_blocks)), 0.125), draws=200)
    (contrast,) = found.pairs.contrasts
    assert contrast.difference.value == pytest.approx(0.003)
    assert np.ptp(ends(contrast.difference)) > 2 * 1.96 * np.sqrt(2) / 1000
    assert 0 < (contrast.corrected_t or 0) < 0.1


@pytest.mark.parametrize("num_images", [2, 4])
def test_no_interval_of_a_difference_reaches_beyond_what_is_possible(num_images):
    correct = np.random.default_rng(0).random((4, 3, num_images)) < 0.5
    found = judged_of(Confirmation(FACTORS, CELLS, correct, np.ones((4, 3)), 0.125))
    for name, rows in found.families.items():
        limit = 2.0 if name == "interactions" else 1.0
        for contrast in rows.contrasts:
            low, high = ends(contrast.difference)
            assert -limit <= low < contrast.difference.value < high <= limit
        assert rows.detectable is None or 0 < rows.detectable <= limit
    assert found.pairs.detectable is None
    assert ends(found.interactions.contrasts[0].difference) == (-2.0, 2.0)
    for score in found.cells:
        assert all(-1 <= end <= 1 for end in ends(score.gap))


def test_intervals_and_promises_that_are_possible_are_left_as_they_are():
    weights = np.array([[1.0, -1, 0, 0]])
    given = confirmation(num_blocks=3)
    parts = errors(weights, given.scores)
    critical = critical_values(parts, [0.05], 100, 0)[0]
    found = families(given, {"pairs": [("a", "b", weights[0])]}, Terms(MARGINS, 0.05, 100, 0))["pairs"]
    reach = float(critical[0] * parts.standard_errors[0])
    assert ends(found.contrasts[0].difference) == pytest.approx((parts.values[0] - reach, parts.values[0] + reach))
    assert found.detectable == pytest.approx(detectable(parts, critical))


def test_a_contrast_of_shares_is_at_most_half_the_sum_of_its_weights():
    weights = np.array([[1, -1, 0, 0], [0.5, 0.5, -0.5, -0.5], [1, -1, -1, 1]])
    shares, others = (Confirmation(FACTORS, CELLS, np.array([[[0, most]]])) for most in (1.0, 1.1))
    assert greatest(weights, shares).tolist() == [1, 1, 2]
    assert np.isinf(greatest(weights, others)).all()
    assert greatest(weights, others._replace(means_are_shares=True)).tolist() == [1, 1, 2]  # as balanced accuracy


def test_means_that_are_shares_differ_by_no_more_than_one_and_nor_do_gaps():
    rng = np.random.default_rng(0)
    weights = np.where(rng.random(40) < 0.1, 5.0, 0.55)  # an image of a rare class counts more
    right = rng.random((4, 3, 40)) < np.reshape([0.9, 0.2, 0.5, 0.5], (4, 1, 1))
    given = Confirmation(FACTORS, CELLS, right * weights, train_scores=np.ones((4, 3)), means_are_shares=True)
    found = judged_of(given, draws=500)
    for contrast in found.pairs.contrasts:
        assert -1 <= contrast.difference.low <= contrast.difference.high <= 1
    assert found.pairs.detectable is None or found.pairs.detectable <= 1
    assert all(-1 <= score.gap.low <= score.gap.high <= 1 for score in found.cells)


def test_the_range_of_small_integers_does_not_overflow():
    scores = np.array([-100, 100], np.int8).repeat(2).reshape(1, 1, 4)
    assert resolution(scores) == 200 / 4


def test_an_interaction_is_what_both_do_beyond_the_sum_of_each():
    cells = [(norm, reg) for norm in ("none", "batch", "layer") for reg in ("none", "l1")]
    found = {name: dict(zip(cells, weights, strict=True)) for name, _, weights in interactions(cells, cells[0])}
    assert found == {
        f"{norm}/l1": dict.fromkeys(cells, 0)
        | {(norm, "l1"): 1, (norm, "none"): -1, ("none", "l1"): -1, ("none", "none"): 1}
        for norm in ("batch", "layer")
    }


def test_with_three_factors_an_interaction_is_what_all_do_beyond_the_sum_of_each():
    cells = list(itertools.product(("none", "batch"), ("none", "l1"), ("none", "shift")))
    found = {name: dict(zip(cells, weights, strict=True)) for name, _, weights in interactions(cells, cells[0])}
    assert set(found) == {"batch/l1/none", "batch/none/shift", "none/l1/shift", "batch/l1/shift"}
    alone = {("batch", "none", "none"): -1, ("none", "l1", "none"): -1, ("none", "none", "shift"): -1}
    assert found["batch/l1/shift"] == dict.fromkeys(cells, 0) | alone | {("batch", "l1", "shift"): 1, cells[0]: 2}


def test_main_effects_are_averaged_over_all_other_factors_and_of_one_factor_are_its_pairs():
    cells = list(itertools.product(("none", "batch"), ("none", "l1"), ("none", "shift")))
    ((left, right, weights),) = main_effects(cells, 1)
    assert (left, right) == ("l1", "none")
    assert weights.tolist() == [0.25 if cell[1] == "l1" else -0.25 for cell in cells]
    one = [("none",), ("l1",), ("l2",)]
    assert [row[:2] for row in main_effects(one, 0)] == [("l1", "none"), ("l2", "none"), ("l2", "l1")]
    assert interactions(one, one[0]) == []


def test_without_a_reference_or_with_cells_missing_what_needs_them_is_left_out():
    given = confirmation()
    without = judged_of(Confirmation(FACTORS, CELLS[1:], given.scores[1:], given.train_scores[1:], 0.125), draws=100)
    assert without.against_reference.contrasts == without.interactions.contrasts == ()
    assert without.main_effects["norm_type"].contrasts == without.main_effects["reg_type"].contrasts == ()
    assert len(without.pairs.contrasts) == 3


def test_a_clear_difference_is_found_and_equal_cells_are_not_told_apart(judged):
    (norms,) = judged.main_effects["norm_type"].contrasts
    assert (norms.left, norms.right, norms.decision) == ("batch", "none", "better")
    (penalties,) = judged.main_effects["reg_type"].contrasts
    assert penalties.decision in ("undecided", "equivalent")
    assert [c.decision for c in judged.interactions.contrasts] in (["undecided"], ["equivalent"])
    assert len(judged.pairs.contrasts) == 6
    assert len(judged.against_reference.contrasts) == 3
    assert judged.cells[0].cell[0] == "batch"
    for score in judged.cells:
        assert score.gap.value == pytest.approx(0.99 - score.test.value)
        assert 0 <= score.test.low <= score.test.value <= score.test.high <= 1


def test_nothing_depends_on_the_order_of_blocks_images_or_cells(judged):
    given = confirmation()
    rng = np.random.default_rng(3)
    order = [2, 0, 3, 1]
    correct = given.scores[order][:, rng.permutation(6)][:, :, rng.permutation(300)]
    other = judged_of(
        Confirmation(FACTORS, tuple(CELLS[i] for i in order), correct, given.train_scores[order], 0.125), draws=20_000
    )
    again = judged_of(given, draws=20_000)
    for left, right in zip(again.pairs.contrasts, other.pairs.contrasts, strict=True):
        if left.left == right.left:
            assert left.difference.value == pytest.approx(right.difference.value, abs=1e-9)
            assert left.difference.low == pytest.approx(right.difference.low, abs=2e-3)
        assert left.decision == right.decision
    assert judged_of(given, draws=2000) == judged  # the same input, the same output


def test_one_block_decides_nothing_and_one_cell_compares_nothing():
    given = confirmation(num_blocks=1)
    alone = judged_of(given)
    assert {c.decision for c in alone.pairs.contrasts} == {"undecided"}
    assert alone.pairs.detectable is None
    assert alone.cells[0].test.low is None
    one = judged_of(Confirmation(FACTORS, CELLS[:1], given.scores[:1], given.train_scores[:1], 0.1))
    assert one.pairs.contrasts == one.against_reference.contrasts == one.main_effects["reg_type"].contrasts == ()


def test_two_blocks_decide_nothing_and_three_do():
    clear = (0, 0, 6, 6)
    two, three = (judged_of(confirmation(clear, num_blocks, num_images=4000), draws=100) for num_blocks in (2, 3))
    assert list(two.families) == ["against_reference", "pairs", "norm_type", "reg_type", "interactions"]
    for found in two.families.values():
        assert found.contrasts
        assert found.detectable is None
        for contrast in found.contrasts:
            assert (contrast.decision, *contrast.difference[1:]) == ("undecided", None, None, None)
            assert (contrast.wilcoxon, contrast.holm, contrast.corrected_t) == (None, None, None)
    assert (two.judged, three.judged) == (False, True)
    assert two.cells[0].test.low is not None
    assert [c.decision for c in three.main_effects["norm_type"].contrasts] == ["better"]


@pytest.mark.parametrize(("num_images", "decision"), [(300, "undecided"), (20_000, "equivalent")])
def test_cells_that_answer_the_same_are_equivalent_where_there_are_images_enough_to_know(num_images, decision):
    given = confirmation(num_images=num_images)
    same = Confirmation(FACTORS, CELLS, np.repeat(given.scores[:1], 4, axis=0), given.train_scores, 0.125)
    contrasts = judged_of(same, draws=500).pairs.contrasts
    assert {c.decision for c in contrasts} == {decision}
    assert {c.difference.value for c in contrasts} == {0.0}


def test_equal_means_stand_in_the_same_order_among_cells_and_pairs():
    for seed in range(30):
        correct = np.random.default_rng(seed).random((4, 3, 7)) < 0.5
        for cell in (1, 2, 3):  # as many right answers, otherwise spread over blocks
            correct[cell] = np.random.default_rng((seed, cell)).permutation(correct[0].reshape(-1)).reshape(3, 7)
        found = judged_of(Confirmation(FACTORS, CELLS, correct, np.ones((4, 3)), 0.125))
        order = ["/".join(score.cell) for score in found.cells]
        assert [(c.left, c.right) for c in found.pairs.contrasts] == list(itertools.combinations(order, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": np.zeros((4, 6), bool)}, "scores are of shape"),
        ({"scores": np.zeros((3, 6, 9), bool)}, "scores are of shape"),
        ({"scores": np.zeros((4, 6, 9), complex)}, "finite numbers"),
        ({"scores": np.full((4, 6, 9), np.nan)}, "finite numbers"),
        ({"train_scores": np.full((4, 6), np.nan)}, "train_scores"),
        ({"cells": CELLS[:1] * 4}, "once"),
        ({"overlap": 1.5}, "overlap"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        judged_of(confirmation()._replace(**change))
    with pytest.raises(ValueError, match="margin"):
        judged_of(confirmation(), margins=dict.fromkeys(FACTORS, 0))


def test_simulated_studies_have_the_accuracy_that_they_are_compared_with_and_images_of_their_own_for_each_cell():
    effects = np.array([0.0, 0.0, 1.0, 1.0])
    correct = simulate(np.random.default_rng(0), effects, 3, 40_000)
    assert correct.mean(axis=(1, 2)) == pytest.approx(true_accuracies(effects), abs=0.004)
    parts = errors(np.array([[1.0, -1, 0, 0]]), correct)
    assert parts.image_variance[0] * 40_000 > 10 * 2 / 40_000  # more than that of the unseen answers


@pytest.mark.parametrize("num_blocks", [2, 3, 4])
def test_twelve_equal_cells_raise_no_more_false_alarms_with_few_blocks(num_blocks):
    found = calibrate(3, 4, num_blocks, 200, 20)
    assert found.false_alarms <= 0.05
    assert found.cell_coverage >= 0.95
    assert np.isnan(found.predicted) == np.isnan(found.joint_coverage) == (num_blocks == 2)


def test_equal_cells_raise_false_alarms_at_most_at_the_level_and_intervals_hold():
    found = calibrate(2, 2, 8, 300, 200)
    error = np.sqrt(0.05 * 0.95 / 200)
    assert found.false_alarms <= 0.05 + 3 * error
    assert found.joint_coverage >= 0.95 - 3 * error
    assert found.any_miss <= 5 * 0.05
    assert found.cell_coverage >= 0.93


@pytest.mark.parametrize("num_blocks", [3, 12])
def test_where_nearly_all_answers_are_right_intervals_hold(num_blocks):
    found = calibrate(2, 2, num_blocks, 100, 60, world=World(ease=9))
    assert found.false_alarms <= 0.05
    assert found.joint_coverage >= 0.95
    assert found.cell_coverage >= 0.93


def test_a_difference_as_large_as_promised_is_found_about_as_often():
    found = calibrate(2, 2, 8, 300, 100, effect=2)
    assert 0.8 < found.predicted / found.difference < 1.25
    assert 0.65 < found.power < 0.95
    assert found.joint_coverage >= 0.9


def test_intervals_hold_for_methods_where_every_block_tunes_and_not_where_one_tuning_was_frozen():
    once = simulate_design(Design(blocks=12, trials=16, budget=16, once=True), studies=15)
    inside = simulate_design(Design(blocks=12, trials=4, budget=3), studies=15)
    assert once.effects < 0.92
    assert once.claimed < 0.7 * once.error  # the luck of tuning is not in it
    assert inside.effects > 0.95
    assert inside.claimed > 0.7 * inside.error


def test_the_winner_of_fewer_trials_on_average_varies_less_and_reaches_less():
    best, mean = (simulate_design(Design(blocks=6, trials=4, budget=budget), studies=25) for budget in (4, 2))
    assert mean.error < best.error
    assert mean.accuracy < best.accuracy


def best_of(given, **options):
    return judged_of(given, **options).best


def test_the_comparison_with_the_best_is_hsus_by_an_independent_computation():
    given = confirmation((0, 1.5, 4, 4.2), num_blocks=5)
    found = best_of(given)
    scores, count = given.scores.astype(float), 4
    errors_of, means = np.zeros((count, count)), scores.mean(axis=(1, 2))
    for i, j in itertools.permutations(range(count), 2):
        x = scores[i] - scores[j]
        residual = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()
        images = x.mean(0).var(ddof=1) - (residual**2).sum() / (4 * 299) / 5
        errors_of[i, j] = np.sqrt(x.mean(1).var(ddof=1) / 5 + max(images, 0) / 300 + 2 / 300**2)
    reach = stats.t.isf(0.05 / 3, 4) * errors_of  # five blocks: t with four degrees, one-sided for three others
    high = [max(0, min(means[i] - means[j] + reach[i, j] for j in range(4) if j != i)) for i in range(4)]
    candidates = [i for i in range(4) if high[i] > 0]
    for distance in found.distances:
        i = CELLS.index(distance.cell)
        lows = [means[i] - means[j] - reach[i, j] for j in candidates if j != i]
        assert ends(distance.difference) == pytest.approx((min([0, *lows]), high[i]), abs=1e-9)
        assert distance.difference.value == pytest.approx(means[i] - max(np.delete(means, i)))
        assert distance.standing == ("behind" if high[i] == 0 else "may be best")
    assert set(found.candidates) == {CELLS[i] for i in candidates}
    assert 1 < len(candidates) < 4


def test_a_cell_that_is_best_alone_is_said_to_be_and_all_others_are_behind():
    found = best_of(confirmation((0, 0, 0, 6), num_blocks=12, num_images=2000), draws=500)
    assert [distance.standing for distance in found.distances] == ["best", *["behind"] * 3]
    assert found.candidates == (CELLS[3],)
    assert found.distances[0].difference.low == 0 < found.distances[0].difference.high
    assert {distance.difference.high for distance in found.distances[1:]} == {0.0}
    assert found.luck is None


def test_what_a_pair_calls_worse_is_never_among_the_best():
    for seed in range(8):
        found = judged_of(confirmation((0, 0.4, 0.8, 1.2), num_blocks=8, seed=seed), draws=500)
        worse = {contrast.right for contrast in found.pairs.contrasts if contrast.decision == "better"}
        assert not worse & {"/".join(cell) for cell in found.best.candidates}


def test_with_few_blocks_any_cell_may_be_best_and_of_one_cell_nothing_is():
    two = best_of(confirmation(num_blocks=2))
    assert {(distance.standing, distance.is_close) for distance in two.distances} == {("undecided", False)}
    assert len(two.candidates) == 4
    given = confirmation()
    assert best_of(given._replace(cells=CELLS[:1], scores=given.scores[:1], train_scores=None)).distances == ()


def test_cells_that_are_no_worse_than_the_margin_are_close_whatever_is_best():
    given = confirmation((0, 3, 3, 3), num_blocks=12, num_images=3000)
    for margin, close in ((0.5, 4), (0.03, 3), (1e-6, 0)):
        found = best_of(given, margins=dict.fromkeys(FACTORS, margin), draws=500)
        assert sum(distance.is_close for distance in found.distances) == close


def test_the_luck_of_the_highest_mean_is_that_of_the_greatest_of_normal_errors():
    scores = np.random.default_rng(0).normal(0, 1, (4, 100, 1))
    found = best_of(Confirmation(FACTORS, CELLS, scores), margins=dict.fromkeys(FACTORS, 0.1), draws=4000)
    assert len(found.candidates) == 4
    assert found.luck == pytest.approx(1.0294 / 10, rel=0.15)  # the expected greatest of four standard normals


def test_the_luck_of_the_highest_of_few_blocks_is_what_it_comes_to_on_average():
    """By the model that is asked what differences may be, errors of three blocks would have heavier tails."""
    scores = np.random.default_rng(1).normal(0, 1, (60, 4, 3, 1))
    margins = dict.fromkeys(FACTORS, 0.1)
    found = [best_of(Confirmation(FACTORS, CELLS, own), margins=margins, draws=500).luck for own in scores]
    assert np.mean([one for one in found if one]) < 1.0294 / 3**0.5


def test_the_margin_of_a_contrast_is_the_largest_of_the_factors_that_it_compares():
    given = judged_of(confirmation(), margins={"norm_type": 0.002, "reg_type": 0.001}, draws=200)
    for contrast in given.pairs.contrasts:
        crosses = contrast.left.split("/")[0] != contrast.right.split("/")[0]
        assert contrast.margin == (0.002 if crosses else 0.001)
    assert [c.margin for c in given.main_effects["norm_type"].contrasts] == [0.002]
    assert [c.margin for c in given.main_effects["reg_type"].contrasts] == [0.001]
    assert [c.margin for c in given.interactions.contrasts] == [0.002]
    with pytest.raises(ValueError, match="margin above 0 for each factor"):
        judged_of(confirmation(), margins={"norm_type": 0.002})


def test_the_effects_of_all_factors_hold_together():
    given = confirmation(num_blocks=4)
    found = judged_of(given)
    weights = np.array([row[2] for place in (0, 1) for row in main_effects(CELLS, place)])
    reach = stats.t.isf((1 - 0.95 ** (1 / 2)) / 2, 3) * errors(weights, given.scores).standard_errors
    for name, one in zip(FACTORS, reach, strict=True):
        (contrast,) = found.main_effects[name].contrasts
        assert np.ptp(ends(contrast.difference)) == pytest.approx(2 * one)
        narrow = stats.t.isf((1 - 0.90 ** (1 / 2)) / 2, 3) / stats.t.isf((1 - 0.95 ** (1 / 2)) / 2, 3)
        assert np.ptp(contrast.narrow) == pytest.approx(2 * one * narrow)
    assert found.num_families == 5  # the best, effects, pairs, against the reference, interactions


def test_the_probability_within_the_margin_is_that_of_t_for_one_difference():
    scores = np.random.default_rng(3).normal(0, 1, (2, 10, 1))
    for margin in (0.05, 0.3, 1):
        given = Confirmation(("method",), (("a",), ("b",)), scores)
        found = judge(given, margins={"method": margin}, draws=100_000).pairs
        value, error = found.contrasts[0].difference[:2]
        assert error is not None
        expected = np.diff(stats.t.cdf((np.array([-margin, margin]) - value) / error, 9))[0]
        assert found.contrasts[0].within == pytest.approx(expected, abs=0.01)
        assert found.within == found.contrasts[0].within


def test_what_test_images_alone_leave_is_known_before_and_after():
    z = stats.norm.ppf(0.95)
    assert least_margin(10_000, 0.97, 0.95) == pytest.approx(z * np.sqrt(2 * 0.97 * 0.03 * 0.05 / 10_000))
    assert least_margin(2500, 0.97, 0.95, comparisons=6) == pytest.approx(
        2 * least_margin(10_000, 0.97, 0.95, comparisons=6)
    )
    family = judged_of(confirmation(num_blocks=40), draws=500).pairs
    undecided = [contrast for contrast in family.contrasts if contrast.decision == "undecided"]
    assert family.floor is not None
    assert 0 < family.floor < max(np.ptp(contrast.narrow) / 2 for contrast in undecided)


def test_what_the_test_images_leave_is_told_of_what_is_undecided_only():
    weights = np.array([[1.0, -1.0], [0.5, -0.5]])
    scores = np.random.default_rng(0).random((2, 8, 300)) < 0.9
    each = image_floor(errors(weights, scores), 0.05, 3)
    assert each[0] == pytest.approx(2 * each[1])
    decided = judged_of(confirmation((0, 0, 6, 6), num_blocks=12), draws=500).main_effects["norm_type"]
    assert [contrast.decision for contrast in decided.contrasts] != ["undecided"]
    assert decided.floor is None


def failing(num_blocks=6, cells=(0,), blocks=(1,)):
    """Returns a confirmation in which some runs are right by chance only."""
    given = confirmation(num_blocks=num_blocks)
    scores = given.scores.copy()
    for cell, block in itertools.product(cells, blocks):
        scores[cell, block] = np.random.default_rng(0).random(300) < 0.1
    return given._replace(scores=scores, chance=0.1)


def test_a_run_that_does_not_train_is_counted_and_its_block_left_out():
    given = failing()
    found, without = judged_of(given, draws=500), judged_of(only(given, np.arange(6) != 1), draws=500)
    assert (found.num_blocks, found.incomplete) == (5, 1)
    assert found.pairs == without.pairs
    assert {failure.cell: failure.times for failure in found.failures if failure.times} == {CELLS[0]: 1}
    (failure,) = (failure for failure in found.failures if failure.times)
    exact = stats.binomtest(1, 6).proportion_ci(0.95, method="exact")
    assert (failure.low, failure.high) == pytest.approx((exact.low, exact.high))
    best = given.scores.mean(axis=2).max()
    assert found.failing == pytest.approx((0.1 + best) / 2)


def test_a_cell_that_hardly_ever_trains_is_judged_by_what_it_has():
    found = judged_of(failing(blocks=(0, 1, 2, 3)), draws=500)
    assert (found.num_blocks, found.incomplete) == (6, 0)
    assert found.cells[-1].cell == CELLS[0]
    assert found.failures[-1].times == 4


def test_where_too_few_blocks_are_complete_all_are_judged():
    found = judged_of(failing(cells=(0, 2), blocks=(0, 1)), draws=500)
    assert (found.num_blocks, found.incomplete) == (4, 2)
    given = failing(num_blocks=4, blocks=(0,))
    scores = given.scores.copy()
    scores[1, 1] = scores[0, 0]
    found = judged_of(given._replace(scores=scores), draws=500)
    assert (found.num_blocks, found.incomplete) == (4, 0)


@pytest.mark.parametrize("chance", [0.78, 0.80, 0.82])
def test_runs_that_chance_spreads_around_the_limit_have_not_failed(chance):
    for seed in range(30):
        scores = 0.83 + 0.02 * np.random.default_rng(seed).standard_normal((4, 12, 1))
        found = judged_of(Confirmation(FACTORS, CELLS, scores, chance=chance), draws=100)
        assert (found.incomplete, sum(failure.times for failure in found.failures)) == (0, 0)


def test_a_run_fails_that_is_apart_from_at_least_three_that_do_not():
    trained = [0.95, 0.96, 0.97, 0.965]
    assert failing_below(np.array([*trained, 0.12]), 0.11) == pytest.approx(0.54)
    assert failing_below(np.array(trained), 0.11) == pytest.approx(0.54)  # below which there is none
    assert failing_below(np.array([*trained, 0.6, 0.5]), 0.11) is None
    assert failing_below(np.array([0.95, 0.96, 0.12, 0.12]), 0.11) is None
    assert failing_below(np.array([-0.1, -0.12, -0.11, -2.3]), -2.3) == pytest.approx(-1.2)


def test_shares_of_failed_trainings_are_summed_and_nobody_fails_where_chance_is_not_known():
    failed = np.zeros((4, 6))
    failed[0] = 0.25
    found = judged_of(confirmation()._replace(failed=failed), draws=500)
    assert (found.failures[-1].times, found.incomplete, found.failing) == (1.5, 0, None)
    assert judged_of(failing()._replace(chance=None), draws=500).failures == ()
    loss = -np.random.default_rng(0).exponential(0.1, (4, 6, 50))
    loss[2, 3] = -2.3  # as good as guessing
    found = judged_of(Confirmation(FACTORS, CELLS, loss, chance=-2.3), draws=500)
    assert [failure.cell for failure in found.failures if failure.times] == [CELLS[2]]


def test_nothing_is_called_equivalent_too_often_that_differs_by_the_margin():
    found = calibrate(1, 2, 6, 300, 200, effect=3, at_margin=True)
    assert found.false_equivalence <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize("world", [World(heavy=True), World(failing=0.15), World(trainings=3)], ids=str)
def test_intervals_hold_with_heavy_tails_failures_and_averages_of_trainings(world):
    found = calibrate(2, 2, 8, 200, 60, world=world)
    error = np.sqrt(0.05 * 0.95 / 60)
    assert found.joint_coverage >= 0.95 - 3 * error
    assert found.primary_miss <= 0.1 + 3 * error
    assert found.kept >= 0.95 - 3 * error
