"""What an interrupted experiment has runs enough for, and the command that reports it."""

import dataclasses
from dataclasses import replace
from types import SimpleNamespace

import pytest
from test_study import SMALL, write_data

from jaxreg.claims.catalog import choose_claims, find_claims, find_networks
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.run import once
from jaxreg.claims.trainings import Trainings
from jaxreg.cli import parse
from jaxreg.engine import workers
from jaxreg.engine.problem import settle
from jaxreg.engine.storage import open_study
from jaxreg.records import Choice, Point
from jaxreg.search.again import Again
from jaxreg.search.config import StudyConfig
from jaxreg.search.trial import Trials
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs, chosen_runs, tuned_runs
from jaxreg.verdict.looks import planned

FEW = {name: value for name, value in SMALL.items() if name != "lookback"} | {"data": "npz:data.npz", "out": "run"}


@pytest.fixture(autouse=True)
def data():
    write_data("data.npz")


def enough(experiment, records):
    """Returns the words and the settings, which are there."""
    found = experiment.so_far(list(records))
    assert found is not None
    return found


def numbered(*numbers):
    return [SimpleNamespace(number=number) for number in numbers]


def made(run):
    return SimpleNamespace(block=run.block, trial=run.trial, cell=run.point.cell)


def test_a_search_has_its_finished_trials():
    trials = Trials(*settle(StudyConfig(**SMALL | FEW, trials=40)))
    assert trials.so_far([]) is None
    assert trials.so_far(numbered(1)) is None  # trial 0 would be made, and this one left out
    ended = numbered(0, 1, 3)
    what, config = enough(trials, ended)
    assert what == ("2 finished trials", "끝난 시도 2회")
    assert config == replace(trials.config, trials=2)
    assert parse(StudyConfig, None, config.options()) == config
    assert replace(trials, is_part=True).so_far(ended) is None  # of a verdict, whose test images nobody has looked at


def test_a_search_that_repeats_its_winner_has_all_its_trials():
    config, dataset = settle(StudyConfig(**SMALL | FEW, trials=40, again=4))
    again = Again(config, dataset, 7, Point({}, {}))
    what, settings = enough(again, numbered(1, 2, 4))
    assert what.en == "40 finished trials"
    assert settings == replace(config, again=2)


def test_a_verdict_has_the_blocks_before_the_first_that_lacks_a_run():
    config, dataset = settle(VerdictConfig(**FEW, blocks=5, tune_trials=2, norm_types=("none",)))
    runs = tuple(tuned_runs(config))
    experiment = Runs(config, dataset, runs)
    of_block = len(runs) // 5
    assert experiment.so_far(list(map(made, runs[: 3 * of_block - 1]))) is None  # of two nothing is judged
    others = runs[: 3 * of_block] + runs[3 * of_block + 1 :]
    what, settings = enough(experiment, map(made, others))
    assert what == ("3 complete blocks", "온전한 블록 3개")
    assert settings == replace(config, blocks=3)
    assert parse(VerdictConfig, None, settings.options()) == settings


def test_looks_that_were_fixed_before_are_joined_by_no_other():
    config, dataset = settle(VerdictConfig(**FEW, blocks=3, tune_trials=2, norm_types=("none",), until_decided=True))
    for look in planned(config):
        runs = tuple(tuned_runs(look))
        assert Runs(look, dataset, runs).so_far(list(map(made, runs))) is None


def test_a_verdict_that_is_tuned_once_has_none_before_each_choice_ran_on_it():
    config, dataset = settle(VerdictConfig(**FEW, tuning="once", blocks=4, tune_trials=2, norm_types=("none",)))
    cells = [dict(zip(config.comparison.names, cell, strict=True)) for cell in config.comparison.cells]
    runs = tuple(chosen_runs(config, [Choice(methods, {}, 0, 0.5) for methods in cells]))
    experiment = Runs(config, dataset, runs, "digest")
    assert experiment.so_far(list(map(made, runs[:11]))) is None
    assert enough(experiment, map(made, runs[:15]))[1].blocks == 3


def test_claims_have_those_whose_runs_are_all_there():
    config, dataset = settle(ClaimsConfig(smoke=True, only=("early_stopping", "l1_sparsity"), out="run").effective())
    lab = Lab(config, dataset, find_networks(find_claims()))
    first, second = choose_claims(config.only)
    specs = once(run for claim in (first, second) for spec in claim.asks(lab) for run in lab.repeats(spec))
    of_first = once(run for spec in first.asks(lab) for run in lab.repeats(spec))
    assert 0 < len(of_first) < len(specs)
    trainings = Trainings(config, dataset, tuple(specs.values()))
    runs = [SimpleNamespace(spec=spec) for spec in of_first.values()]
    assert trainings.so_far(runs[1:]) is None
    what, settings = enough(trainings, runs)
    assert what == ("1 claim with all its runs", "실행이 모두 끝난 주장 1개")
    assert settings == replace(config, only=("early_stopping",))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_an_interrupted_experiment_says_it_with_the_command(monkeypatch, capsys, lang):
    config, dataset = settle(StudyConfig(**SMALL | FEW, trials=40, lang=lang))
    study = open_study(Trials(config, dataset))

    monkeypatch.setattr(workers, "work", interrupted)
    monkeypatch.setattr(workers, "_by_workers", lambda *_: None)
    command = f"{ONE[lang]}{replace(config, trials=1).command()}\n"
    ended = tuple(numbered(0))
    for records, only_in_python, said in (((), (), ""), (ended, (), command), (ended, ("arrays (x)",), "")):
        monkeypatch.setattr(workers.Ended, "update", lambda _, records=records: records)
        monkeypatch.setattr(StudyConfig, "only_in_python", only_in_python)
        with pytest.raises(KeyboardInterrupt):
            workers.run_all(study)
        assert capsys.readouterr().out == said


def test_an_output_that_is_closed_is_no_other_end(monkeypatch):
    study = open_study(Trials(*settle(StudyConfig(**SMALL | FEW, trials=40))))
    monkeypatch.setattr(workers, "work", interrupted)
    monkeypatch.setattr(workers, "_by_workers", lambda *_: None)
    monkeypatch.setattr(Trials, "so_far", closed)
    with pytest.raises(KeyboardInterrupt):
        workers.run_all(study)


def interrupted(*_):
    raise KeyboardInterrupt


def closed(*_):
    raise BrokenPipeError


ONE = {"en": "1 finished trial; the report of what is there: ", "ko": "끝난 시도 1회. 지금까지의 보고서: "}


def test_a_process_that_has_a_share_says_nothing_as_others_have_the_rest():
    config, dataset = settle(VerdictConfig(**FEW, blocks=3, storage="folder:shared", share="1/2"))
    runs = tuple(tuned_runs(config))
    assert Runs(config, dataset, runs).so_far(list(map(made, runs))) is None
    assert Runs(dataclasses.replace(config, share=None), dataset, runs).so_far(list(map(made, runs))) is not None
