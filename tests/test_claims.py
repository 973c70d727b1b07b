"""The claims end to end on a tiny budget: all run, repeat, continue, and are reported in both languages."""

import itertools
import json
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest
from test_study import write_data

from jaxreg.claims import run as running
from jaxreg.claims import statements
from jaxreg.claims import train as training
from jaxreg.claims.catalog import choose_claims, find_claims, find_networks
from jaxreg.claims.claim import Finding
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import KEPT
from jaxreg.claims.quantities import exact, quantity
from jaxreg.claims.rule import ANY
from jaxreg.claims.run import run_claims, with_runs
from jaxreg.claims.runs import Run, RunSpec, decode, encode
from jaxreg.claims.train import CNN_NETWORK, Network, flatten, kind, train, train_together, unflatten
from jaxreg.claims.words import VERDICTS, found, list_claims, say
from jaxreg.claims.write import write_claims_report
from jaxreg.data import RawArrays, load_dataset, make_dataset
from jaxreg.engine import work
from jaxreg.errors import InputError
from jaxreg.pages.frame import TERMS
from jaxreg.pages.markup import words
from jaxreg.text import Text

TINY = ClaimsConfig(smoke=True).effective()
CLAIMS = find_claims()
NEW_CLAIM = """
from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, Series
from jaxreg.claims.rule import ANY, Limit, above
from jaxreg.text import Text

A = Text("a", "가")


def asks(lab):
    return [lab.spec(epochs=1)]


def measure(lab):
    run = lab.run(*asks(lab))
    panel = Panel(A, A, (Series(A, (0.0, 1.0), (0.0, 1.0)),))
    return Finding((above(A, [run.number("largest")], Limit(0.0, A), "count"),), A, A, (Figure(A, (panel,)),))


CLAIM = Claim(99, "added", "1", A, A, A, asks, measure)
"""


@pytest.fixture(scope="module")
def made():
    """The runs that all tests of this module share, by the texts of their specs."""
    return {}


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("embedded")


@pytest.fixture(scope="module")
def lab(dataset):
    return Lab(TINY, dataset, find_networks(CLAIMS))


def make(lab, made, specs):
    """Trains what has not been made, and returns the runs of the specs."""
    for text, spec in specs.items():
        if text not in made:
            made[text] = decode(encode(train(lab.config, lab.dataset, lab.networks[spec.network], spec)))
    return {text: made[text] for text in specs}


def measured(claim, lab, made):
    """Returns what a claim finds on runs that are trained for it alone."""
    return claim.measure(with_runs(lab, [claim], partial(make, lab, made)))


def trained(lab, spec, made):
    """Returns the run of one spec."""
    return make(lab, made, {spec.text(): spec})[spec.text()]


class Seen(dict):
    """A mapping that knows what has been read of it."""

    def __init__(self, *values):
        super().__init__(*values)
        self.read = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)


def stand_in(lab, spec):
    """Returns a run with everything that a run leaves, its numbers drawn: what to read is known without training."""
    rng = np.random.default_rng(zlib.crc32(spec.text().encode()))
    recipe, classes = lab.recipe(spec), lab.dataset.num_classes
    single = "final_train_loss final_train_accuracy test_loss test_accuracy near_zero exact_zero largest"
    shapes = dict.fromkeys(single.split(), ()) | {"histogram": (56,), "pruning": (len(KEPT),)}
    shapes |= dict.fromkeys(("layer_norms", "layer_largest", "start_largest"), (5,))
    shapes |= dict.fromkeys(("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"), (spec.epochs,))
    looks = {"gap": (4,), "signals": (spec.depth - 2,), "weights": (24,)}
    shapes |= {name: (spec.epochs + 1, *looks[name]) for name in spec.observe}
    values = {name: rng.uniform(0.1, 1, shape) for name, shape in shapes.items()}
    values["confusion"] = rng.uniform(1, 9, (classes, classes + 1)).round()
    if spec.keep_weights:
        images = lab.data(spec).train.images[:2]
        weights = jax.eval_shape(lambda: recipe.model.init(jax.random.key(0), images, train=False))
        drawn = jax.tree.map(lambda leaf: rng.uniform(0, 0.1, leaf.shape).astype(np.float32), weights)
        values |= {f"weights/{name}": leaf for name, leaf in flatten(drawn).items()}
    return Run(spec, values)


@pytest.mark.parametrize("smoke", [False, True], ids=["in full", "tiny"])
@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.name for claim in CLAIMS])
def test_a_claim_reads_all_that_it_asks_for_and_nothing_else(claim, smoke, lab, dataset):
    small = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size", "test_size"), 64)
    lab = replace(lab, config=ClaimsConfig(**small, seeds=2, smoke=smoke))
    lab = with_runs(lab, [claim], lambda specs: {text: stand_in(lab, spec) for text, spec in specs.items()})
    lab = replace(lab, finished=Seen(lab.finished))
    claim.measure(lab)
    assert lab.finished.read == lab.finished.keys()


def test_a_run_that_no_claim_asks_for_is_an_error_that_names_it(lab):
    with pytest.raises(LookupError, match=r'no claim that is measured asks for the run .*"depth": 9,'):
        lab.runs(lab.spec(depth=9))


def test_what_several_claims_ask_for_is_trained_once_and_in_the_order_of_the_claims(lab):
    asked = []

    def stand_ins(specs):
        asked.append(list(specs))
        return {text: stand_in(lab, spec) for text, spec in specs.items()}

    claims = choose_claims(("2", "3", "4", "7"))
    lab = replace(lab, config=replace(TINY, seeds=2))
    assert list(with_runs(lab, claims, stand_ins).finished) == asked[1]
    (first, then), (alone,) = asked, [[s.text() for s in lab.repeats(*claims[3].asks(lab))]]
    assert len(set(first)) == len(first) == 2 * (3 * 2 + 2 + 1 + 1)  # both grids, no penalty, kept weights; two seeds
    assert first[-2:] == alone
    assert then[: len(first)] == first
    assert len(then) - len(first) == 3  # the paths of weights, of one seed


def test_networks_are_known_by_their_names():
    (rows,) = [network for claim in CLAIMS for network in claim.networks]
    assert find_networks(CLAIMS) == {"cnn": CNN_NETWORK, "rows": rows}
    twice = [replace(CLAIMS[0], networks=(rows,)), CLAIMS[-1]]  # two claims may share one
    assert find_networks(twice) == find_networks(CLAIMS)
    other = replace(CLAIMS[0], networks=(Network("cnn", rows.build),))
    with pytest.raises(ValueError, match="two networks of statements have the same name"):
        find_networks([other])


def test_a_run_is_of_its_networks_code_and_the_studys_own_needs_none(lab):
    (rows,) = [network for claim in CLAIMS for network in claim.networks]
    spec, own = lab.spec(network="rows"), lab.spec()
    assert RunSpec.read(spec.text()) == spec
    assert RunSpec.read(own.text()) == own
    assert lab.spec(network="cnn") == own
    assert "digest" not in own.text() + spec.short()
    changed = Network("rows", lambda spec, num_classes: rows.build(spec, num_classes + 0), rows.prepare)
    assert replace(lab, networks=lab.networks | {"rows": changed}).spec(network="rows").text() != spec.text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("CLAIMS = ()", r"claims: c99_broken\.py: there is no CLAIM in it"),
        (NEW_CLAIM.replace("99", "7"), r"claims: .*c99_broken\.py.*: two claims are called 7"),
        (NEW_CLAIM.replace('"added"', '"l2_growth"'), r"claims: .*c99_broken\.py.*: two claims are called l2_growth"),
    ],
)
def test_a_file_of_claims_that_cannot_be_used_is_named_in_one_line(content, said, tmp_path, monkeypatch):
    (tmp_path / "c99_broken.py").write_text(content)
    monkeypatch.setattr(statements, "__path__", [*statements.__path__, str(tmp_path)])
    try:
        with pytest.raises(InputError, match=said):
            find_claims()
    finally:
        del sys.modules[f"{statements.__name__}.c99_broken"]


def test_what_was_found_is_a_line_a_claim_in_both_languages():
    finding = Finding((), Text("a", "가"), Text("b", "나"), ())
    assert found(1, 3, CLAIMS[0], finding).en == "[1/3] 1. Early stopping regularizes: open (a)"
    assert found(1, 3, CLAIMS[0], finding).ko.endswith(": 판정 보류 (가)")


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.name for claim in CLAIMS])
def test_each_claim_is_measured_on_a_tiny_budget(lab, claim, made):
    finding = measured(claim, lab, made)
    assert finding.verdict in VERDICTS
    assert finding.checks
    assert finding.figures
    for check in finding.checks:  # a prediction holds all its checks: what their limits are, and why
        value, unit = abs(check.limit.value), check.limit.unit
        shown = [exact(value, unit), quantity(value, unit), exact(value)]
        for lang in ("en", "ko"):
            said = claim.predicts(finding).to(lang)
            assert check.limit.reason is ANY or any(text.to(lang).split(" ")[0] in said for text in shown), check
        assert all(check.limit.reason)
    texts = [claim.title, claim.quote, claim.predicts(finding), finding.number, finding.why]
    texts += [check.what for check in finding.checks] + [figure.caption for figure in finding.figures]
    for text in texts:
        assert text.en
        assert "{" not in text.en + text.ko
    for text in (claim.title, claim.quote, claim.prediction, finding.why):
        assert re.search("[가-힣]", text.ko)
        assert not re.search("[가-힣]", text.en)


def test_what_depends_on_the_images_height_is_said_with_theirs():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (400, 17, 16), np.uint8), np.arange(400) % 2
    tall = make_dataset("tall", RawArrays(images[:300], labels[:300], images[300:], labels[300:]))
    claim = next(claim for claim in CLAIMS if claim.name == "recurrent_lengths")
    finding = measured(claim, Lab(TINY, tall, find_networks(CLAIMS)), {})
    prediction = claim.predicts(finding)
    assert "trained on 6 to 12 rows" in prediction.en
    assert "at 17, where it loses less than 5 points against 12;" in prediction.en
    assert "6~12행으로" in prediction.ko
    assert finding.number.en.startswith("at 17 rows: ")
    said = [prediction, finding.number, finding.why, *(c.what for c in finding.checks), finding.figures[0].caption]
    assert not re.search(r"\b(10|20|28)\b", " ".join(text.en + text.ko for text in said))


def test_whether_a_network_has_trained_is_judged_from_the_chance_of_these_classes(lab, dataset, made):
    images = np.random.default_rng(0).integers(0, 256, (100, 16, 16), np.uint8)
    two = make_dataset("two", RawArrays(images, np.arange(100) % 2, images, (np.arange(100) < 60).astype(int)))
    assert Lab(TINY, two, {}).chance == 0.6
    assert Lab(TINY, two, {}).above_chance(0.5) == 0.8
    assert lab.chance == np.bincount(dataset.test_labels).max() / 10_000 == 0.1135
    limits = {"vanishing_gradients": 0.5, "gradient_cures": 0.8, "batch_steadies": 0.9}
    for claim in CLAIMS:
        if claim.name in limits:
            limit = quantity(lab.above_chance(limits[claim.name]), "%")
            prediction = claim.predicts(measured(claim, lab, made))
            for text, own in zip(prediction, limit, strict=True):
                assert own in text
                assert re.search("11.[34] ?%", text)


def test_the_statements_of_the_text_are_all_there():
    assert [claim.number for claim in CLAIMS] == list(range(1, 19))
    assert len(list_claims("ko").splitlines()) == 18
    assert [c.name for c in choose_claims(("l2_growth", "2"))] == ["l1_sparsity", "l2_growth"]


def test_the_same_seed_gives_the_same_numbers(lab, made):
    spec = lab.spec("l1", 1e-2, observe=("gap", "weights"))
    again = trained(lab, spec, {})
    for name, values in trained(lab, spec, made).values.items():
        if name != "seconds":
            np.testing.assert_array_equal(values, again[name], err_msg=name)


def test_seeds_draw_other_images_and_other_weights(lab, made):
    specs = [lab.spec(epochs=0, keep_weights=True, seed=seed) for seed in (0, 1)]
    a, b = (lab.data(spec) for spec in specs)
    assert not np.array_equal(a.train.labels, b.train.labels)
    np.testing.assert_array_equal(a.test.images, b.test.images)
    first, second = (trained(lab, spec, made).weights()["params/conv1/kernel"] for spec in specs)
    assert not np.array_equal(first, second)


def test_early_stopping_keeps_the_best_weights_alone_and_is_asked_for_with_others(lab, made, monkeypatch):
    spec = lab.spec(epochs=30, patience=1, learning_rate=0.02)
    run = trained(lab, spec, made)
    curve = run["valid_accuracy"].tolist()
    assert 1 < len(curve) < 30
    assert len(curve) - 1 - curve.index(max(curve)) == 1
    short = trained(lab, replace(spec, epochs=curve.index(max(curve)) + 1, patience=0), made)
    np.testing.assert_array_equal(run["confusion"], short["confusion"])
    seen = []

    def fitted(recipe, *_, **limits):
        seen.append((recipe.num_epochs, limits))
        return ()

    monkeypatch.setattr(training, "fit_each", fitted)
    for one in (spec, replace(spec, patience=0)):
        with pytest.raises(ValueError, match="shorter"):  # as nothing was trained
            list(train_together(lab.config, lab.dataset, CNN_NETWORK, [one], 2))
    limits = {"size": 2, "max_epochs": 30}
    assert seen == [(None, limits | {"patience": 1}), (30, limits | {"patience": 31})]


@pytest.mark.parametrize(("start", "variance"), [("lecun", 1), ("he", 2), ("torch", 1 / 3)])
def test_weights_start_with_the_variance_of_their_rule(lab, made, start, variance):
    weights = trained(lab, lab.spec(epochs=0, start=start, keep_weights=True), made).weights()
    for layer, fan_in in {"conv2": 288, "dense1": 1024}.items():
        kernel, bias = weights[f"params/{layer}/kernel"], weights[f"params/{layer}/bias"]
        assert kernel.var() * fan_in == pytest.approx(variance, rel=0.06)
        assert (np.abs(bias).max() > 0) == (start == "torch")
        if start == "torch":
            assert 0.98 * fan_in**-0.5 < np.abs(kernel).max() <= fan_in**-0.5


def test_proximal_l1_has_exact_zeros_where_the_subgradient_has_none(lab, made):
    proximal, subgradient = (trained(lab, lab.spec(kind, 100.0), made) for kind in ("l1_proximal", "l1"))
    assert proximal.number("exact_zero") > 0.01
    assert subgradient.number("exact_zero") == 0


def test_a_run_is_kept_whole(lab, made):
    run = trained(lab, lab.spec(epochs=0, keep_weights=True), made)
    weights = run.weights()
    assert set(flatten(unflatten(weights))) == set(weights)
    assert run["confusion"].sum() == TINY.test_size
    assert run.number("test_accuracy") == np.trace(run["confusion"]) / TINY.test_size
    assert run["train_loss"].shape == (0,)


def tiny_config(out, **changes):
    return ClaimsConfig(**{"smoke": True, "out": str(out), "only": ("l2_growth",)} | changes).effective()


@pytest.fixture
def ready(lab, made, monkeypatch):
    """Has `run_claims` find the runs that are made already."""
    monkeypatch.setattr(running, "make_all", lambda config, dataset, specs: make(lab, made, specs))


def numbers_of(results):
    """Returns what was found, as text, in which what is no number equals itself, and in how many runs."""
    return repr(results.findings), results.num_runs


@pytest.mark.slow
def test_interrupted_in_one_process_and_continued_by_two_it_ends_as_undisturbed(tmp_path, monkeypatch):
    write_data(tmp_path / "data.npz")
    small = partial(tiny_config, data=f"npz:{tmp_path}/data.npz")
    expected = run_claims(small(tmp_path / "whole", workers=1))
    counted, real = itertools.count(1), work.finish_trial

    def interrupted(*args):
        if next(counted) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(work, "finish_trial", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_claims(small(tmp_path / "half", workers=1))
    results = run_claims(small(tmp_path / "half", workers=2))
    assert numbers_of(results) == numbers_of(expected)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_claim_says_which_of_the_runs_that_it_reads_diverged(tmp_path, ready):
    results = run_claims(tiny_config(tmp_path, learning_rate=1e30))
    specs = results.diverged["l2_growth"]
    assert {spec.learning_rate for spec in specs} == {1e30}
    said = next(line for line in say(results, "en") if line.startswith("Of the runs that claim 3 reads"))
    assert f"reads {len(specs)} diverged, " in said
    assert f"{specs[0].short()}; " in said
    assert specs[0].short() == "l1 4e-08, learning_rate 1e+30, epochs 2, train_size 75, batch_size 25, seed 0"
    assert len(json.loads((tmp_path / "summary.json").read_text())["diverged"]["l2_growth"]) == len(specs)


def test_runs_that_share_all_but_their_numbers_can_be_trained_in_one_program(lab, made):
    specs = [lab.spec("l2", 1e-2, keep_weights=True), lab.spec("l1", 1e-3)]
    assert len({kind(spec) for spec in specs}) == 1
    assert kind(specs[0]) != kind(replace(specs[0], seed=1)) != kind(replace(specs[0], observe=("gap",)))
    together = train_together(lab.config, lab.dataset, CNN_NETWORK, specs, 2)
    for run, alone in zip(together, (trained(lab, spec, made) for spec in specs), strict=True):
        assert run.spec == alone.spec
        assert run.values.keys() == alone.values.keys()
        assert run["valid_accuracy"].tolist() == alone["valid_accuracy"].tolist()
        np.testing.assert_allclose(run["train_loss"], alone["train_loss"], rtol=1e-4)
        np.testing.assert_allclose(run["layer_norms"], alone["layer_norms"], rtol=1e-4)


def test_a_new_statement_is_found_without_registration(tmp_path, monkeypatch, ready):
    (tmp_path / "c99_added.py").write_text(NEW_CLAIM)
    monkeypatch.setattr(statements, "__path__", [*statements.__path__, str(tmp_path)])
    results = run_claims(tiny_config(tmp_path / "out", only=("added",)))
    assert [finding.verdict for _, finding in results.findings] == ["yes"]


def test_a_report_in_both_languages(ready, tmp_path):
    for lang in ("en", "ko"):
        results = run_claims(tiny_config(tmp_path / "out", only=("2", "5", "7"), lang=lang))
        page = write_claims_report(results, tmp_path / "out", lang).read_text(encoding="utf-8")
        assert f'<html lang="{lang}">' in page
        assert (words(TERMS.ko) in page) == (lang == "ko")
        for claim, finding in results.findings:
            assert claim.title.to(lang).replace("&", "&amp;") in page
            assert VERDICTS[finding.verdict].to(lang) in page
        assert page.count("<figure") == sum(len(finding.figures) for _, finding in results.findings)
        assert not re.search(r'<img[^>]*alt=""', page)
        assert not re.search(r'(src|href)="https?:', page)
        assert say(results, lang)[0] in page.replace("&nbsp;", " ")
    names = {path.stem for path in (tmp_path / "out" / "plots").iterdir()}
    assert names == {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert "claim02_l1_sparsity_2" in names


def test_tables_for_scripts(ready, tmp_path):
    results = run_claims(tiny_config(tmp_path / "out"))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    (_, finding), *_ = results.findings
    assert summary["claims"]["l2_growth"]["verdict"] == finding.verdict
    checks = summary["claims"]["l2_growth"]["checks"]
    assert [c["outcome"] for c in checks] == [one.outcome for one in finding.measured]
    assert all(c["reason"] and c["basis"] == "runs" and c["p"] is None for c in checks)  # of one seed
    rows = (tmp_path / "out" / "claims.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("number,name,section,verdict")
    assert len(rows) == 2
    lines = (tmp_path / "out" / "claims.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in lines)
    names = {path.name for path in (tmp_path / "out" / "tables").iterdir()}
    assert names == {f"{name}.{ending}" for name in ("claims", "l2_growth") for ending in ("csv", "md", "tex")}
    table = (tmp_path / "out" / "tables" / "l2_growth.md").read_text(encoding="utf-8").splitlines()
    assert len(table) == 2 + len(checks)


def test_other_settings_are_refused_and_another_language_is_not(ready, tmp_path):
    run_claims(tiny_config(tmp_path / "out"))
    with pytest.raises(InputError, match="epochs was 2, now 3"):
        run_claims(tiny_config(tmp_path / "out", epochs=3))
    run_claims(tiny_config(tmp_path / "out", lang="ko"))


def test_a_run_that_is_not_whole_is_no_run(lab, made):
    kept = encode(trained(lab, lab.spec(epochs=0), made))
    for broken in (kept | {"npz": kept["npz"][:1000]}, {"npz": kept["npz"]}, kept | {"spec": "{"}):
        with pytest.raises((ValueError, KeyError)):
            decode(broken)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"only": ("l3",)}, "--only l3: allowed is all, or: 1 or early_stopping"),
        ({"learning_rate": 0.0}, "--learning-rate 0.0: allowed is a number in 1.2e-38..3.4e+38, which float32 holds"),
        ({"seeds": 0}, "--seeds 0: allowed is an integer of at least 1"),
        ({"lang": "fr"}, "--lang fr: allowed is en, ko"),
    ],
)
def test_bad_settings_are_refused_in_one_line(tmp_path, settings, message):
    with pytest.raises(InputError, match=re.escape(message)):
        run_claims(tiny_config(tmp_path / "out", **settings))


def test_the_command_says_a_mistake_in_one_line_and_exits_with_2(tmp_path):
    script = Path(__file__).parents[1] / "experiments" / "claims.py"
    argv = [sys.executable, str(script), "--only", "l3", "--out", str(tmp_path / "out")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"error: --only l3: allowed is all, or: .*\n", done.stderr)
    assert not (tmp_path / "out").exists()
