"""Looks: a verdict goes on to more blocks and other terms, says so, and shares its error where looks were planned."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from test_study import write_data
from test_verdict import small
from verdict_cases import NORMS, verdict

import jaxreg.verdict.run
from jaxreg.errors import InputError
from jaxreg.records import LANGUAGES
from jaxreg.stats.calibration import calibrate, calibrate_looks
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.freeze import FROZEN
from jaxreg.verdict.looks import LOOKS, planned
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.words import say

PERCENT_SIGN = {"en": " %", "ko": "%"}
INSIDE = {"tuning": "per-block", "tune_trials": 2, "norm_types": ("none",)}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Returns a verdict of three blocks at once, and one of two that was continued with three and another margin."""
    folder = tmp_path_factory.mktemp("grown")
    write_data(folder / "data.npz")
    config = small(folder / "at-once", folder / "data.npz", blocks=3, **INSIDE)
    at_once = run_verdict(config)
    first = dataclasses.replace(config, out=str(folder / "grown"), blocks=2)
    run_verdict(first)
    shutil.copy(folder / "grown" / FROZEN, folder / "of-two.json")
    return at_once, run_verdict(dataclasses.replace(first, blocks=3, margin=0.2)), folder


def test_a_verdict_that_has_grown_is_the_one_of_as_many_blocks(grown):
    at_once, later, folder = grown
    for name in ("runs.csv", "cells.csv"):
        assert (folder / "grown" / name).read_bytes() == (folder / "at-once" / name).read_bytes()
    assert later.frozen == at_once.frozen
    assert json.loads((folder / "of-two.json").read_text())["choices"] == [
        choice for choice in json.loads((folder / "grown" / FROZEN).read_text())["choices"] if choice["block"] < 2
    ]


def test_it_says_on_which_terms_it_was_judged_before_and_one_judged_once_does_not(grown):
    at_once, later, folder = grown
    kept = json.loads((folder / "grown" / "config.json").read_text())[LOOKS]
    assert [(look["blocks"], look["margin"]) for look in kept] == [(2, None), (3, 0.2)]
    assert any("judged before on other terms (2 blocks, level 0.05, the usual margins)" in said for said in say(later))
    assert any("블록 2개, 오류율 0.05, 기본 한계" in said for said in say(later, "ko"))
    assert not any("judged before" in said for said in say(at_once))


def test_other_terms_train_nothing_and_the_same_terms_again_are_no_new_look(grown, monkeypatch):
    at_once, _, folder = grown
    monkeypatch.setattr("jaxreg.verdict.confirm.Runs.run", None)
    config = small(folder / "at-once", folder / "data.npz", blocks=3, **INSIDE)
    assert run_verdict(config).config[LOOKS] == at_once.config[LOOKS]
    wider = run_verdict(dataclasses.replace(config, level=0.01))
    assert wider.judgement.level == 0.01
    assert [look["level"] for look in wider.config[LOOKS]] == [0.05, 0.01]


def test_blocks_that_were_judged_are_not_taken_away(grown):
    *_, folder = grown
    config = small(folder / "grown", folder / "data.npz", blocks=2, **INSIDE)
    with pytest.raises(InputError, match=r"--blocks 2: .* was judged by 3; allowed are as many or more"):
        run_verdict(config)


def test_planned_looks_are_gone_through_again_by_the_same_command(grown, monkeypatch):
    at_once, _, folder = grown
    shutil.copytree(folder / "at-once", folder / "planned")
    shutil.copy(folder / "of-two.json", folder / "planned" / FROZEN)
    monkeypatch.setattr("jaxreg.verdict.confirm.Runs.run", None)  # all of them are there
    monkeypatch.setattr(VerdictConfig, "looks", (2, 3))
    config = small(folder / "planned", folder / "data.npz", blocks=2, until_decided=True, **INSIDE)
    with pytest.raises(InputError, match=r"--blocks 2: .* was judged by 3"):  # not by this plan
        run_verdict(config)
    path = folder / "planned" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {LOOKS: []}))
    first = run_verdict(config)
    again = run_verdict(config)
    assert [look["blocks"] for look in again.config[LOOKS]] == [2, 3]
    assert (again.judgement.num_blocks, again.frozen) == (3, at_once.frozen)
    assert say(again) == say(first)
    assert json.loads((folder / "planned" / FROZEN).read_text())["sha256"] == at_once.frozen


def test_choices_of_the_first_blocks_that_were_changed_are_not_overwritten_by_more_blocks(grown):
    *_, folder = grown
    path = folder / "grown" / FROZEN
    text = path.read_text()
    path.write_text(text.replace("0.", "0.1", 1))
    with pytest.raises(InputError, match=FROZEN):
        run_verdict(small(folder / "grown", folder / "data.npz", blocks=4, **INSIDE))
    path.write_text(text)


def test_planned_looks_double_the_blocks_and_share_the_error():
    looks = list(planned(VerdictConfig(until_decided=True, level=0.04)))
    assert [(look.blocks, look.level) for look in looks] == [(12, 0.01), (24, 0.01), (48, 0.01), (96, 0.01)]
    assert [(look.blocks, look.level) for look in planned(VerdictConfig(level=0.04))] == [(12, 0.04)]


@pytest.mark.parametrize(("effects", "ends_at"), [((0, 3.0, 1.0), 6), ((0, 0, 0), 48)])
def test_it_goes_on_until_nothing_is_open_or_no_look_is_left(effects, ends_at, tmp_path, monkeypatch, capsys):
    write_data(tmp_path / "data.npz")
    config = small(tmp_path / "run", tmp_path / "data.npz", blocks=6, until_decided=True, **INSIDE)

    def look(config, dataset, about):
        found = verdict(effects, factors=(NORMS,), blocks=config.blocks, images=1000)
        return dataclasses.replace(found, config=about)

    monkeypatch.setattr(jaxreg.verdict.run, "_look", look)
    results = run_verdict(config)
    assert results.judgement.num_blocks == ends_at
    assert results.config[LOOKS][-1]["blocks"] == ends_at
    said = capsys.readouterr().err
    assert ("; 12 blocks next" in said) == (ends_at > 6)
    left = results.judgement.num_open
    why = f"at {ends_at}, leaves {left} of the primary" if left else f"at {ends_at}, leaves nothing of"
    assert any("Looks at 6, 12, 24 and 48 blocks" in one and why in one for one in say(results))
    assert all(any(f"1.25{PERCENT_SIGN[lang]}" in one for one in say(results, lang)) for lang in LANGUAGES)
    assert not any("judged before" in one for one in say(results))
    assert run_verdict(config).config[LOOKS] == results.config[LOOKS]


def test_a_look_that_was_told_is_kept_though_the_next_is_interrupted(tmp_path, monkeypatch):
    write_data(tmp_path / "data.npz")
    config = small(tmp_path / "run", tmp_path / "data.npz", blocks=6, until_decided=True, **INSIDE)

    def look(config, dataset, about):
        if config.blocks > 6 and stop:
            raise KeyboardInterrupt
        found = verdict((0, 0, 0), factors=(NORMS,), blocks=config.blocks, images=1000)
        return dataclasses.replace(found, config=about)

    monkeypatch.setattr(jaxreg.verdict.run, "_look", look)
    stop = True
    with pytest.raises(KeyboardInterrupt):
        run_verdict(config)
    stop = False
    results = run_verdict(
        dataclasses.replace(config, blocks=12, until_decided=False)
    )  # who has seen it goes on at will
    assert [look["blocks"] for look in results.config[LOOKS]] == [6, 12]
    assert any("judged before" in one for one in say(results))


def test_looks_that_cannot_be_are_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="--until-decided: none with --share"):
        VerdictConfig(until_decided=True, storage=f"folder:{tmp_path}", share="1/2")
    with pytest.raises(InputError, match=r"--blocks 2000000000: allowed is an integer in 1\.\.268435455"):
        VerdictConfig(until_decided=True, blocks=2_000_000_000)


def test_a_margin_of_less_than_an_image_is_refused_and_one_of_hardly_more_is_noted(tmp_path):
    write_data(tmp_path / "data.npz")
    config = small(tmp_path / "run", tmp_path / "data.npz", **INSIDE)
    with pytest.raises(InputError, match=r"--margin 0\.01: less than one of 50 test images.* allowed is 0\.02 or more"):
        run_verdict(dataclasses.replace(config, margin=0.01))
    assert not Path(config.out, "config.json").exists()


def test_simulated_looks_are_counted_like_simulated_studies_and_a_look_more_is_a_chance_more_to_err():
    one, shared = (calibrate_looks(looks, 200, 8, shared=True, level=0.45) for looks in ((12,), (6, 12)))
    assert one == calibrate(3, 4, 12, 200, 8, level=0.45).primary_miss
    assert max(one, shared) < calibrate_looks((6, 12), 200, 8, shared=False, level=0.45)
