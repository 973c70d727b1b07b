"""Sentences of the claims follow from their numbers: runs that were never made, with numbers at their ends."""

from dataclasses import replace

import numpy as np
import pytest
from test_claims import stand_in

from jaxreg.claims.catalog import find_claims, find_networks
from jaxreg.claims.claim import ClaimsResults
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.long_runs import TRAIN_LOSS
from jaxreg.claims.page import render_claims
from jaxreg.claims.quantities import quantity
from jaxreg.claims.run import with_runs
from jaxreg.claims.runs import Run
from jaxreg.claims.statements import c05_constraint_region, c07_penalties_and_losses
from jaxreg.claims.statements.c04_06_lambda import BETWEEN, NO_AVERAGE, NOT_APART, _first
from jaxreg.claims.statements.c08_09_gradients import START_DECIDES
from jaxreg.claims.words import ONE_SEED
from jaxreg.data import load_dataset

CLAIMS = {claim.name: claim for claim in find_claims()}
SMALL = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size", "test_size"), 64)


@pytest.fixture(scope="module")
def lab():
    return Lab(ClaimsConfig(**SMALL, seeds=8), load_dataset("embedded"), find_networks(CLAIMS.values()))


def found(lab, name, change=lambda spec: {}):
    """Returns what a claim finds, `change` giving some of the numbers of a run by its spec."""

    def runs(specs):
        made = ((text, spec, stand_in(lab, spec).values) for text, spec in specs.items())
        return {text: Run(spec, {**values, **change(spec)}) for text, spec, values in made}

    return CLAIMS[name].measure(with_runs(lab, [CLAIMS[name]], runs))


def says(finding, text):
    """Returns whether the sentence of a finding has a text, up to what is filled in, in both languages."""
    parts = [own.partition("{}")[0] for own in text]
    return {part in own for part, own in zip(parts, finding.why, strict=True)} == {True}


def is_penalized(spec):
    return spec.l1 or spec.l2 or spec.method


@pytest.mark.parametrize("claim", ["l1_sparsity", "l2_growth"])
def test_where_no_lambda_is_as_accurate_as_none_no_equal_accuracy_is_spoken_of_without_that(lab, claim):
    def accurate(with_penalty):
        return lambda spec: {"valid_accuracy": np.full(spec.epochs, with_penalty if is_penalized(spec) else 0.9)}

    alike, worse = (found(lab, claim, accurate(accuracy)) for accuracy in (0.9, 0.5))
    assert "No lambda that was tried is as accurate" not in alike.why.en
    assert "No lambda that was tried is as accurate as no penalty with: " in worse.why.en
    assert "검증 정확도가 규제 없음에 미치지 못한 규제: " in worse.why.ko
    at_equal = [one for one in worse.measured if np.isnan(one.check.values).all()]
    assert {one.outcome for one in at_equal} == {"open"}
    assert not any(np.isnan(one.check.values).any() for one in alike.measured)
    assert worse.verdict != "yes"


@pytest.mark.parametrize("claim", ["l1_sparsity", "l2_growth"])
def test_a_network_that_has_not_learned_equals_nothing(lab, claim):
    dead = found(lab, claim, lambda spec: {"valid_accuracy": np.full(spec.epochs, 0.1)})
    assert dead.why.en.count("Without a penalty the network has not learned") == 1
    assert any(np.isnan(one.check.values).all() for one in dead.measured)
    assert dead.verdict != "yes"


def test_a_range_that_the_rates_cut_off_is_said_to_be_wider(lab):
    def trains(most):
        return lambda spec: {"test_accuracy": np.float64(0.97 if spec.learning_rate <= most else 0.1)}

    cut, inner = (found(lab, "batch_steadies", trains(most)) for most in (1.0, 0.02))
    assert "the range may be wider" in cut.why.en
    assert "범위가 이보다 넓을 수 있음" in cut.why.ko
    assert "may be wider" not in inner.why.en


def test_where_a_norm_is_no_number_it_is_not_known_from_which_lambda_on_it_acts():
    lambdas = (1e-3, 1e-2, 1e-1)
    assert _first(lambdas, np.array([0.9, 0.5, 0.4]), 0.6) == quantity(1e-2)
    assert _first(lambdas, np.array([0.9, 0.5, np.nan]), 0.6).en == "unknown"


def test_weights_that_are_never_missed_are_not_said_to_cost_a_point(lab):
    never = found(lab, "l1_sparsity", lambda spec: {"pruning": np.full(10, 0.9)})
    assert "no more than one point of accuracy is lost as long as 2.0 % ± 0.0 % of the weights are left" in never.why.en
    assert "fewer than 2% were not tried" in never.why.en


def test_where_no_rate_trains_both_no_spread_is_compared(lab):
    finding = found(lab, "batch_steadies", lambda spec: {"valid_accuracy": np.full(spec.epochs, 0.2)})
    assert "At none of the learning rates do both train" in finding.why.en
    assert "unknown" not in finding.why.en
    assert "알 수 없음" not in finding.why.ko


def test_where_runs_have_no_level_of_loss_in_common_none_is_named(lab):
    def slow(spec):
        gap = np.full((spec.epochs + 1, 4), 2.0)
        gap[:, TRAIN_LOSS] = 1.5
        return {"gap": gap}

    for claim in ("norms_overfitting", "l2_overfitting"):
        finding = found(lab, claim, slow)
        assert "no training loss of 0.003, 0.01, 0.03, 0.1, 0.3 is reached by all runs" in finding.why.en
        assert "unknown" not in finding.why.en + finding.number.en


def mixed(middle, apart=0.5):
    """Returns runs whose sparsity and norm go evenly from L2 to L1, but for `middle` added to sparsity in between."""

    def change(spec):
        ratio = spec.l1 / (spec.l1 + spec.l2)
        near_zero = 0.1 + apart * ratio + middle * (0 < ratio < 1) + 0.001 * spec.seed
        return {"near_zero": np.float64(near_zero), "layer_norms": np.full(5, 2.0 - ratio)}

    return change


def test_an_elastic_net_is_between_or_not_as_the_checks_say_and_open_is_neither(lab):
    between, outside = found(lab, "elastic_net", mixed(0.0)), found(lab, "elastic_net", mixed(0.4))
    one = replace(lab, config=replace(lab.config, seeds=1))
    undecided = found(one, "elastic_net", mixed(0.0))
    assert [finding.verdict for finding in (between, outside, undecided)] == ["yes", "in part", "open"]
    assert [BETWEEN.en[-50:] in finding.why.en for finding in (between, outside, undecided)] == [True, False, False]
    assert [says(finding, NO_AVERAGE) for finding in (between, outside, undecided)] == [False, True, False]
    close = found(lab, "elastic_net", mixed(0.0, 0.06))  # all between, and the ends nearer than the prediction says
    assert (close.verdict, BETWEEN.en[-50:] in close.why.en) == ("in part", True)
    assert [says(finding, NOT_APART) for finding in (between, outside, close)] == [False, False, True]


def test_the_start_is_said_to_decide_only_where_it_does(lab):
    def signals(first):
        return lambda spec: {
            "signals": np.full((spec.epochs + 1, spec.depth - 2), 1.0) * [first(spec), *[1.0] * (spec.depth - 3)]
        }

    alike = found(lab, "vanishing_gradients", signals(lambda spec: 0.01 if spec.activation == "sigmoid" else 0.9))
    differing = found(lab, "vanishing_gradients", signals(lambda spec: 0.01 if spec.start == "torch" else 0.9))
    assert not says(alike, START_DECIDES)
    assert says(differing, START_DECIDES)
    assert "with: sigmoid, tanh, ReLU, leaky ReLU." in differing.why.en


def test_pairs_of_weights_without_an_optimum_are_no_pairs(lab, monkeypatch):
    monkeypatch.setattr(c05_constraint_region, "_solve", lambda lab, run: [])
    finding = found(lab, "constraint_region")
    assert "Of 320 random pairs of weights into the last layer 0 have an optimum" in finding.why.en
    assert finding.figures == ()
    assert finding.verdict == "open"


@pytest.mark.parametrize(("residuals", "first"), [((0.0, 0.5, -0.25), "No, the other"), ((0.0, 1.0, -1.0), "These")])
def test_residuals_that_cannot_tell_two_errors_apart_do_not_say_that_the_text_is_wrong(
    lab, monkeypatch, residuals, first
):
    monkeypatch.setattr(c07_penalties_and_losses, "_residuals", lambda lab, run: np.array(residuals, np.float32))
    finding = found(lab, "penalties_and_losses")
    assert finding.why.en.startswith(first)
    assert (finding.verdict == "no") == (first != "These")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_of_one_seed_no_power_is_stated(lang):
    place = {"data_fingerprint": "", "versions": {}, "machine": {}, "command": ""}
    pages = [
        render_claims(ClaimsResults(place | {"settings": {"seeds": seeds}}, (), 1.0, 1, {}, False), {}, lang)
        for seeds in (1, 8)
    ]
    power = {"en": "a check whose mean lies one standard deviation", "ko": "표준편차 하나만큼 안쪽에 있는 검사는"}[lang]
    assert [power in page for page in pages] == [False, True]
    assert [page.count(ONE_SEED.to(lang)) for page in pages] == [2, 0]  # in the answer, too
