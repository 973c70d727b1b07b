"""Each measure of the claims against a case made by hand."""

from functools import partial
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from conftest import cnn, random_examples, traced

from jaxreg.claims import measures
from jaxreg.claims.figure import spread
from jaxreg.claims.long_runs import ACCURACY, LOSS
from jaxreg.claims.measures import effective_range
from jaxreg.claims.observe import intermediates, signals
from jaxreg.claims.runs import Run
from jaxreg.claims.statements.c01_early_stopping import _stopped
from jaxreg.claims.statements.c04_06_lambda import overshoot
from jaxreg.claims.statements.c05_constraint_region import (
    boundary,
    constrained,
    make_pair,
    misfit,
    optimum,
    shapes,
    size,
)
from jaxreg.claims.statements.c08_09_gradients import derivative, ratios
from jaxreg.claims.statements.c11_12_rates_and_sizes import _away
from jaxreg.claims.statements.c13_14_data import accuracy_is_fair
from jaxreg.claims.statements.c15_recurrent_lengths import RowReader, cut, random_lengths
from jaxreg.claims.statements.c16_17_overfitting import common_level
from jaxreg.core.model import CONV_LAYERS, ConvLayer
from jaxreg.core.train import Examples, Recipe, init_state, loss_fn
from jaxreg.text import Text

WEIGHTS = {
    "params/conv1/kernel": np.array([[3.0, -0.0005], [0.0, 4.0]], np.float32),
    "params/dense1/kernel": np.array([-0.5, 0.002], np.float32),
    "params/dense1/bias": np.array([0.0, 100.0], np.float32),
}
NAME = Text("a", "b")


def test_sparsity_counts_kernels_only():
    assert measures.near_zero_share(WEIGHTS) == 2 / 6
    assert measures.near_zero_share(WEIGHTS, 0.01) == 3 / 6
    assert measures.exact_zero_share(WEIGHTS) == 1 / 6


def test_pruning_keeps_the_largest_kernel_weights_and_all_that_is_no_kernel():
    thin = measures.pruned(WEIGHTS, 0.5)
    np.testing.assert_array_equal(thin["params/conv1/kernel"], [[3, 0], [0, 4]])
    np.testing.assert_array_equal(thin["params/dense1/kernel"], np.float32([-0.5, 0]))
    np.testing.assert_array_equal(thin["params/dense1/bias"], WEIGHTS["params/dense1/bias"])
    assert all((measures.pruned(WEIGHTS, 1.0)[name] == w).all() for name, w in WEIGHTS.items())


def test_what_is_needed_is_interpolated_where_too_much_is_lost_for_the_first_time():
    flat = [0.9] * len(measures.KEPT)
    assert measures.needed(flat, 0.01) == 0.02
    assert measures.needed([0.9, 0.88, *flat[2:]], 0.01) == pytest.approx(0.5**0.5)
    assert measures.needed([0.9, 0.9, 0.9, 0.85, 0.99, *flat[5:]], 0.025) == pytest.approx((0.35 * 0.25) ** 0.5)


def test_a_value_at_a_level_of_loss_is_interpolated_where_that_is_first_reached():
    assert measures.at_level([1.0, 0.1, 0.01], [3.0, 2.0, 5.0], 0.1) == pytest.approx(2.0)
    assert measures.at_level([1.0, 0.1, 1.0, 0.01], [3.0, 2.0, 0.0, 9.0], 10**-0.5) == pytest.approx(2.5)
    assert np.isnan(measures.at_level([1.0, 0.5], [0.0, 0.0], 0.1))
    assert np.isnan(measures.at_level([1.0, 0.5], [0.0, 0.0], np.nan))


def test_growth_is_from_a_layers_own_start():
    assert measures.growth({"layer_largest": np.array([2.0, 3.0]), "start_largest": np.array([1.0, 6.0])}).tolist() == [
        2.0,
        0.5,
    ]
    np.testing.assert_allclose(measures.layer_largest(WEIGHTS), [4.0, 0.5])


def test_sizes_of_weights():
    assert measures.sizes(WEIGHTS).max() == 4.0
    np.testing.assert_allclose(measures.layer_norms(WEIGHTS), [5.0, np.hypot(0.5, 0.002)], rtol=1e-6)
    shares = measures.histogram(WEIGHTS)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(1 / 6)  # the exact zero
    assert shares[np.searchsorted(measures.HISTOGRAM, np.log10(3.0)) - 1] == pytest.approx(1 / 6)
    shares = measures.histogram({"params/conv1/kernel": np.array([0, 1e-9, -2.0, 1e9])})
    assert shares[shares > 0].tolist() == [0.5, 0.25, 0.25]
    assert np.flatnonzero(shares).tolist() == [0, 50, 55]  # an eighth of a power of ten each, the ends take the rest


def test_the_claim_on_accuracy_names_an_empty_class_and_compares_the_others():
    labels = np.repeat([1, 2, 3], [30, 20, 20])  # classes counted from 1
    right = np.eye(4, 5, dtype=int) * [0, 30, 18, 20, 0]
    right[2, 3] = 2
    names = {"num_classes": 4, "class_names": tuple("0123")}
    lab = SimpleNamespace(
        config=SimpleNamespace(thin=lambda kinds: kinds[:1]),
        dataset=SimpleNamespace(train_labels=labels, test_labels=labels, **names),
        spec=lambda **_: None,
        runs=lambda _: (Run(None, {"confusion": right}),),
    )
    finding = accuracy_is_fair(lab)
    assert finding.checks[0].values == (1.5,)
    empty = "(no image of class 0 in the training pool; no image of class 0 in the test set)"
    assert f"has 1.5 times the images of the smallest {empty}, and accuracy" in finding.why.en
    assert "1.5배이고(학습 풀에 클래스 0의 이미지 없음; 테스트에 클래스 0의 이미지 없음), 정확도" in finding.why.ko
    balanced, f1 = (30 / 30 + 18 / 20 + 20 / 20) / 3, (1 + 36 / 38 + 40 / 42) / 3
    assert finding.checks[1].values == pytest.approx([abs(balanced - 68 / 70)])
    assert finding.checks[2].values == pytest.approx([abs(f1 - 68 / 70)])


def test_effective_range_is_interpolated_between_rates():
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    assert effective_range(rates, [0.5, 0.95, 0.95, 0.5], 0.9) == pytest.approx(1 + 2 * 0.05 / 0.45)
    assert effective_range(rates, [0.95] * 4, 0.9) == pytest.approx(3)
    assert effective_range(rates, [0.1] * 4, 0.9) == 0.0


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [([0.5, 0.6, 0.6, 0.6, 0.9], 2, (2, 4)), ([0.5, 0.6, 0.7], 5, (3, 3)), ([0.5, 0.4, 0.6, 0.5, 0.5], 2, (3, 5))],
)
def test_early_stop_is_the_rule_of_the_core(values, patience, expected):
    assert measures.early_stop(values, patience) == expected


def test_a_line_has_means_and_the_range_over_seeds():
    line = spread(NAME, [1, 2], [[1.0, 3.0], [5.0, float("nan")]])
    drawn = np.array([line.x, line.y, line.low, line.high])
    # Of the second there is no mean: it would be one of the seeds that chance has left.
    np.testing.assert_array_equal(drawn, [[1.0, 2.0], [2.0, np.nan], [1.0, np.nan], [3.0, np.nan]])


def test_overshoot_is_zero_between_the_ends_and_relative_outside():
    assert overshoot([[0.0], [0.4], [1.0]]) == [0.0]
    assert overshoot([[2.0], [2.5], [0.0]]) == pytest.approx([0.25])


@pytest.mark.parametrize("norm", ["none", "layer"])
def test_signals_add_up_to_the_gradient_of_the_bias_of_their_layer(norm):
    recipe = Recipe(cnn(3, norm, "tanh", (*CONV_LAYERS, ConvLayer(64, 1, False))))
    state = init_state(recipe, (16, 16, 1), jax.random.key(0))
    rng = np.random.default_rng(0)
    batch = Examples(rng.standard_normal((5, 16, 16, 1)).astype(np.float32), np.array([0, 1, 2, 1, 0]))
    gradient = jax.jit(jax.grad(loss_fn, has_aux=True), static_argnums=1)
    grads, _ = gradient(state.params, recipe, traced(1e-3), state.batch_stats, batch)
    found = signals(recipe, traced(1e-3), state, batch)
    assert [signal.shape for signal in found] == [(5, 1, 1, 64)] * 2
    for i, signal in zip((3, 4), found, strict=True):
        bias = grads[f"conv{i}"]["bias"]
        assert np.abs(bias).max() > 1e-5
        np.testing.assert_allclose(signal.sum((0, 1, 2)), bias, rtol=1e-3, atol=1e-7)


def test_batch_normalization_lets_no_signal_through_that_all_images_share():
    recipe = Recipe(cnn(3, "batch"))
    state = init_state(recipe, (16, 16, 1), jax.random.key(0))
    batch = Examples(*random_examples(8, num_classes=3))
    (signal,) = signals(recipe, traced(1e-3), state, batch)
    assert np.abs(signal).max() > 1e-5
    np.testing.assert_allclose(signal.sum((0, 1, 2)), 0, atol=1e-6)


def test_the_ratio_of_signals_compares_the_first_and_last_equal_blocks():
    run = Run(None, {"signals": np.array([[2.0, 3.0, 8.0]])})
    assert ratios((run,)) == [0.25]


def test_early_stopping_by_loss_and_by_accuracy_is_read_off_the_curves():
    gap = np.zeros((5, 4))
    gap[:, LOSS], gap[:, ACCURACY] = [2.0, 1.0, 0.5, 0.8, 0.9], [0.1, 0.5, 0.8, 0.7, 0.9]
    curves = {"valid_loss": np.array([1.0, 0.6, 0.7, 0.8]), "valid_accuracy": np.array([0.1, 0.2, 0.3, 0.4])}
    run = Run(None, curves | {"gap": gap})
    by_loss = _stopped([run], 2, "valid_loss")
    assert [float(part[0]) for part in by_loss] == pytest.approx([2, 4, 0.5, -0.4, -0.4, -0.1])
    assert _stopped([run], 2, "valid_accuracy").best.tolist() == [4]


def test_distances_from_the_median_are_by_seed():
    away = _away(np.array([[0.1, 0.2, 0.6, 0.2], [0.5, 0.5, 0.5, 0.5]]))
    assert away.tolist() == pytest.approx([0.05, 0.0, 0.2, 0.0])
    assert np.isnan(_away(np.zeros((0, 4)))).tolist() == [True] * 4
    assert np.isnan(_away(np.random.default_rng(0).random((7, 2)))).tolist() == [True] * 2  # equal whatever they are


def test_the_level_of_training_loss_is_one_that_all_have_reached():
    def run(*losses):
        return Run(None, {"gap": np.array([[loss, 0, 0, 0] for loss in losses])})

    assert common_level([(run(1.0, 0.05), run(1.0, 0.005)), (run(0.02, 0.5),)]) == 0.1
    assert np.isnan(common_level([(run(2.0, 0.9),)]))


def test_derivatives_have_their_maxima_at_zero():
    assert derivative("sigmoid").max() == pytest.approx(0.25)
    assert derivative("tanh").max() == pytest.approx(1.0)
    assert set(derivative("leaky_relu").round(3)) == {np.float32(0.05), np.float32(1.0)}


def pair_of_weights(seed=0):
    rng = np.random.default_rng(seed)
    h, labels = rng.random((300, 4)), rng.integers(0, 3, 300)
    h[:, 0] += labels == 1  # features 0 and 1 tell class 1, the first more
    h[:, 1] += 0.4 * (labels == 1)
    return make_pair(h, np.zeros((4, 3)), np.zeros(3), labels, 0, 1, 1), h, labels


def test_the_loss_over_two_weights_is_the_networks():
    pair, h, labels = pair_of_weights()
    kernel = np.zeros((4, 3))
    kernel[[0, 1], 1] = 0.7, -1.2
    expected = -jax.nn.log_softmax(h @ kernel)[np.arange(300), labels].mean()
    assert pair.loss(np.array([0.7, -1.2])) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(("shape", "r"), shapes(0.5).items())
def test_constrained_optima_lie_on_the_boundary_and_beat_everything_within(shape, r):
    pair, *_ = pair_of_weights()
    free = optimum(pair, np.zeros(2))
    np.testing.assert_allclose(pair.gradient(free)[0], 0, atol=1e-9)
    bound = 0.5 * float(size(r, free))
    np.testing.assert_allclose(size(r, boundary(r, bound)), bound, rtol=1e-9)
    best = constrained(pair, r, bound)
    within = np.random.default_rng(1).uniform(-1, 1, (4000, 2)) * np.abs(boundary(r, bound)).max()
    within = within[size(r, within) <= bound]
    assert pair.loss(best) <= pair.loss(within).min() + 1e-6
    if shape != "elastic":
        assert misfit(pair, shape, best) < 0.05


@pytest.mark.parametrize(
    ("shape", "w", "gradient", "expected"),
    [
        ("l1", [0.5, 0.0], [-1.0, 0.3], 0.0),  # in a corner any gradient up to lambda = 1
        ("l1", [0.5, 0.0], [-1.0, -1.5], 0.5 / np.hypot(1.0, 1.5)),
        ("l1", [0.5, 0.2], [-1.0, -0.5], np.hypot(0.25, 0.25) / np.hypot(1.0, 0.5)),  # lambda = 0.75
        ("l2", [0.5, 0.0], [-1.0, 0.3], 0.3 / np.hypot(1.0, 0.3)),
        ("l2", [0.4, 0.2], [-1.0, -0.5], 0.0),
        ("l2", [0.4, 0.2], [1.0, 0.5], 1.0),  # no lambda below zero
    ],
)
def test_the_misfit_of_an_optimum_is_by_hand(shape, w, gradient, expected):
    pair = SimpleNamespace(gradient=lambda w: (np.array(gradient), None))
    assert misfit(pair, shape, np.array(w)) == pytest.approx(expected, abs=1e-12)


def test_rows_that_are_cut_off_do_not_reach_the_network():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((4, 16, 16, 1)).astype(np.float32)
    other = images.copy()
    other[:, 9:] = 7.0
    a, b = (cut(x, np.array([9, 3, 9, 9])) for x in (images, other))
    np.testing.assert_array_equal(a, b)
    assert a.shape == (4, 16, 16, 2)
    lengths = random_lengths(1000, 28, 0)
    assert (lengths.min(), lengths.max()) == (10, 20)


@pytest.mark.parametrize("kind", ["none", "batch", "layer"])
def test_in_evaluation_an_image_is_read_alike_in_any_company_and_beyond_known_rows(kind):
    model = RowReader(3, kind)
    images = cut(np.random.default_rng(0).standard_normal((6, 12, 4, 1)).astype(np.float32), np.full(6, 8))
    variables = model.init(jax.random.key(0), images, train=False)
    if kind == "batch":
        _, moved = model.apply(variables, images, train=True, mutable=["batch_stats"])
        variables = {"params": variables["params"], **moved}
        assert float(variables["batch_stats"]["seen"].sum()) == 8
        np.testing.assert_array_equal(variables["batch_stats"]["var"][8:], 1.0)
    longer = cut(np.asarray(images[..., :1]), np.full(6, 12))
    together = model.apply(variables, longer, train=False)
    alone = model.apply(variables, longer[2:3], train=False)
    np.testing.assert_allclose(together[2:3], alone, atol=1e-5)


def test_a_reader_of_rows_leaves_out_of_its_batch_what_the_mask_hides():
    model = RowReader(3, "batch")
    images = np.array(jax.random.normal(jax.random.key(0), (6, 5, 4, 2)))
    images[..., -1] = 1
    mask = np.array([1, 1, 0, 1, 0, 1], bool)
    variables = model.init(jax.random.key(1), images, train=False)
    want, kept = model.apply(variables, images[mask], train=True, mutable=["batch_stats"])
    got, stats = model.apply(variables, images, train=True, mask=mask, mutable=["batch_stats"])
    np.testing.assert_allclose(got[mask], want, rtol=1e-5, atol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), stats, kept)


def test_inner_values_are_those_of_the_mode_that_is_asked_for():
    model, images = cnn(10, "batch"), np.array(jax.random.normal(jax.random.key(0), (4, 16, 16, 1)))
    variables = jax.jit(partial(model.init, train=False))(jax.random.key(1), images)
    for train in (False, True):
        apply = jax.jit(partial(model.apply, train=train, mutable=["intermediates", "batch_stats"]))
        _, state = apply(variables, images)
        values = intermediates(model, variables, images, train=train)
        assert values.keys() == state["intermediates"].keys()
        np.testing.assert_allclose(values["activation4"], state["intermediates"]["activation4"][0], atol=1e-5)
    other = intermediates(model, variables, images, train=False)["activation4"]
    assert np.abs(values["activation4"] - other).max() > 0.01
