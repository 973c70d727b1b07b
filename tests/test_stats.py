"""The judgement against independent references, hand-made cases, and simulated studies with known differences."""

import itertools

import numpy as np
import pytest
from scipy import stats

from jaxreg.stats.budget import expected_best
from jaxreg.stats.calibration import calibrate, simulate
from jaxreg.stats.contrasts import corrected_t_p, decide, holm, interactions, superiority, wilcoxon_p
from jaxreg.stats.intervals import critical_value, errors, pointwise_multiple
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Cell, Confirmation, Estimate

CELLS = tuple(Cell(norm, reg) for norm in ("none", "batch") for reg in ("none", "l1"))


def confirmation(effects=(0, 0, 3, 3), num_blocks=6, num_images=300, seed=0):
    correct = simulate(np.random.default_rng(seed), np.array(effects, float), num_blocks, num_images)
    return Confirmation(CELLS, correct, np.full((4, num_blocks), 0.99), overlap=0.125)


@pytest.fixture(scope="module")
def judged():
    return judge(confirmation(), draws=2000)


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
    assert wilcoxon_p(np.arange(1, 21.0)) < 1e-3  # by scipy's approximation


def test_corrected_t_and_superiority_by_hand():
    differences = np.array([1.0, 2.0, 3.0, 2.0])
    t = 2.0 / np.sqrt((1 / 4 + 0.2 / 0.8) * np.var(differences, ddof=1))
    assert corrected_t_p(differences, 0.2) == pytest.approx(2 * stats.t.sf(t, 3))
    assert corrected_t_p(differences, 0.0) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert corrected_t_p(np.zeros(3), 0.2) == 1.0
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
        (None, None, "undecided"),
    ],
)
def test_decisions(low, high, decision):
    assert decide(Estimate(0.0, None, low, high), margin=0.001) == decision


def test_standard_errors_are_those_of_the_two_way_table():
    correct = confirmation().correct
    parts = errors(np.array([[1.0, 0, -1, 0]]), correct)
    x = correct[0].astype(float) - correct[2]  # [K, N]
    num_blocks, num_images = x.shape
    residual = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()
    mean_square = (residual**2).sum() / ((num_blocks - 1) * (num_images - 1))
    images = (x.mean(0).var(ddof=1) - mean_square / num_blocks) / num_images
    expected = x.mean(1).var(ddof=1) / num_blocks + max(images, 0)
    assert parts.values[0] == pytest.approx(x.mean(), abs=1e-9)
    assert parts.standard_errors[0] ** 2 == pytest.approx(expected, rel=1e-6)


def test_one_contrast_has_the_critical_value_of_t():
    blocks = np.random.default_rng(0).normal(size=(1, 6))
    parts = errors(np.array([[1.0, 0, -1, 0]]), confirmation().correct)
    parts = parts._replace(by_block=blocks, block_variance=blocks.var(axis=1, ddof=1) / 6, image_variance=np.zeros(1))
    assert critical_value(parts, 0.05, 200_000, 0) == pytest.approx(stats.t.ppf(0.975, 5), rel=0.02)


@pytest.mark.parametrize(
    ("of_blocks", "of_images", "freedom"),
    [(2, 0, 5), (0, 2, 299), (2, 2, 4**2 / (2**2 / 5 + 2**2 / 299)), (3, 1, 4**2 / (3**2 / 5 + 1 / 299)), (0, 0, 5)],
)
def test_degrees_of_freedom_are_satterthwaites_by_hand(of_blocks, of_images, freedom):
    parts = errors(np.array([[1.0, 0, -1, 0]]), confirmation().correct)
    parts = parts._replace(block_variance=np.array([of_blocks * 1e-4]), image_variance=np.array([of_images * 1e-4]))
    for level in (0.05, 0.1):
        assert pointwise_multiple(parts, level) == pytest.approx([stats.t.ppf(1 - level / 2, freedom)])


def test_a_cells_own_intervals_are_by_hand():
    given = confirmation()
    given = given._replace(train_accuracy=np.random.default_rng(2).uniform(0.9, 1, (4, 6)))
    for score in judge(given, level=0.1, draws=100).cells:
        correct, train = (values[CELLS.index(score.cell)] for values in (given.correct, given.train_accuracy))
        parts = errors(np.ones((1, 1)), correct[None])
        of_images = float(parts.image_variance[0])
        for found, by_block in ((score.test, correct.mean(axis=1)), (score.gap, train - correct.mean(axis=1))):
            of_blocks = by_block.var(ddof=1) / 6
            error = np.sqrt(of_blocks + of_images)
            reach = stats.t.ppf(0.95, error**4 / (of_blocks**2 / 5 + of_images**2 / 299)) * error
            assert found == pytest.approx((by_block.mean(), error, by_block.mean() - reach, by_block.mean() + reach))
        assert score.spread == pytest.approx(correct.mean(axis=1).std(ddof=1))


def test_an_interval_of_a_share_ends_where_a_share_ends():
    correct = np.ones((4, 6, 20), bool)
    correct[:, 0, 0] = False
    for given, end in ((correct, "high"), (~correct, "low")):
        for score in judge(Confirmation(CELLS, given, np.ones((4, 6)), 0.125), draws=100).cells:
            assert getattr(score.test, end) == (end == "high")
            assert 0 < score.test.value < 1


def test_an_interaction_is_what_both_do_beyond_the_sum_of_each():
    cells = [Cell(norm, reg) for norm in ("none", "batch", "layer") for reg in ("none", "l1")]
    found = {name: dict(zip(cells, weights, strict=True)) for name, _, weights in interactions(cells, cells[0])}
    assert found == {
        f"{norm}/l1": dict.fromkeys(cells, 0)
        | {Cell(norm, "l1"): 1, Cell(norm, "none"): -1, Cell("none", "l1"): -1, Cell("none", "none"): 1}
        for norm in ("batch", "layer")
    }


def test_without_a_reference_or_with_cells_missing_what_needs_them_is_left_out():
    given = confirmation()
    without = judge(Confirmation(CELLS[1:], given.correct[1:], given.train_accuracy[1:], 0.125), draws=100)
    assert without.against_reference.contrasts == without.interactions.contrasts == ()
    assert without.normalizations.contrasts == without.penalties.contrasts == ()
    assert len(without.pairs.contrasts) == 3


def test_a_clear_difference_is_found_and_equal_cells_are_not_told_apart(judged):
    (norms,) = judged.normalizations.contrasts
    assert (norms.left, norms.right, norms.decision) == ("batch", "none", "better")
    (penalties,) = judged.penalties.contrasts
    assert penalties.decision in ("undecided", "equivalent")
    assert [c.decision for c in judged.interactions.contrasts] in (["undecided"], ["equivalent"])
    assert len(judged.pairs.contrasts) == 6
    assert len(judged.against_reference.contrasts) == 3
    assert judged.cells[0].cell.norm_type == "batch"
    for score in judged.cells:
        assert score.gap.value == pytest.approx(0.99 - score.test.value)
        assert 0 <= score.test.low <= score.test.value <= score.test.high <= 1


def test_nothing_depends_on_the_order_of_blocks_images_or_cells(judged):
    given = confirmation()
    rng = np.random.default_rng(3)
    order = [2, 0, 3, 1]
    correct = given.correct[order][:, rng.permutation(6)][:, :, rng.permutation(300)]
    other = judge(
        Confirmation(tuple(CELLS[i] for i in order), correct, given.train_accuracy[order], 0.125), draws=20_000
    )
    again = judge(given, draws=20_000)
    for left, right in zip(again.pairs.contrasts, other.pairs.contrasts, strict=True):
        if left.left == right.left:
            assert left.difference.value == pytest.approx(right.difference.value, abs=1e-9)
            assert left.difference.low == pytest.approx(right.difference.low, abs=2e-3)
        assert left.decision == right.decision
    assert judge(given, draws=2000) == judged  # the same input, the same output


def test_one_block_decides_nothing_and_one_cell_compares_nothing():
    given = confirmation(num_blocks=1)
    alone = judge(given)
    assert {c.decision for c in alone.pairs.contrasts} == {"undecided"}
    assert alone.pairs.critical is None
    assert alone.cells[0].test.low is None
    one = judge(Confirmation(CELLS[:1], given.correct[:1], given.train_accuracy[:1], 0.1))
    assert one.pairs.contrasts == one.against_reference.contrasts == one.penalties.contrasts == ()


def test_cells_that_answer_the_same_are_equivalent():
    given = confirmation()
    same = Confirmation(CELLS, np.repeat(given.correct[:1], 4, axis=0), given.train_accuracy, 0.125)
    contrasts = judge(same, draws=500).pairs.contrasts
    assert {c.decision for c in contrasts} == {"equivalent"}
    assert {c.difference.value for c in contrasts} == {0.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"correct": np.zeros((4, 6), bool)}, "correct is"),
        ({"correct": np.zeros((3, 6, 9), bool)}, "correct is"),
        ({"correct": np.zeros((4, 6, 9))}, "correct is"),
        ({"train_accuracy": np.full((4, 6), np.nan)}, "train_accuracy"),
        ({"cells": CELLS[:1] * 4}, "once"),
        ({"overlap": 1.5}, "overlap"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        judge(confirmation()._replace(**change))
    with pytest.raises(ValueError, match="margin"):
        judge(confirmation(), margin=0)


def test_equal_cells_raise_false_alarms_at_most_at_the_level_and_intervals_hold():
    found = calibrate(num_cells=4, num_blocks=8, num_images=300, studies=300)
    error = np.sqrt(0.05 * 0.95 / 300)
    assert found.false_alarms <= 0.05 + 3 * error
    assert found.joint_coverage >= 0.95 - 3 * error
    assert found.coverage > 0.97


def test_a_difference_as_large_as_promised_is_found_about_as_often():
    found = calibrate(num_cells=4, num_blocks=8, num_images=300, studies=150, effect=1.3)
    assert 0.5 < found.predicted / found.difference < 2
    slack = found.difference / found.predicted
    assert found.power > (0.7 if slack > 1 else 0.4)
    assert found.joint_coverage >= 0.9
