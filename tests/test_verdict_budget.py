"""`--budget`: tuning trials and blocks from what first trainings take, chosen once and kept."""

import itertools
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_study import SMALL, write_data

import jaxreg
from jaxreg.cli import parse
from jaxreg.engine.problem import settle
from jaxreg.errors import InputError
from jaxreg.records import RunRecord
from jaxreg.stats.calibration import Promise, promise
from jaxreg.verdict import budget
from jaxreg.verdict import run as run_module
from jaxreg.verdict.budget import Measured, Timing, in_budget, measure, share_out
from jaxreg.verdict.config import SMOKE, VerdictConfig
from jaxreg.verdict.confirm import tuned_runs
from jaxreg.verdict.run import run_verdict

SHARED = {name: value for name, value in SMALL.items() if name != "lookback"}
NONE = ("none", "none")
FEW = {"norm_types": ("none", "batch"), "reg_types": ("none", "l1"), "workers": 2}


def small(**changed):
    return VerdictConfig(**({"data": "npz:data.npz", "out": "run", "budget": "1min"} | SHARED | FEW | changed))


@pytest.fixture
def data():
    write_data("data.npz")


@pytest.fixture
def second_each(monkeypatch):
    """Has a training take a second, time stand still, and what blocks find be known."""
    monkeypatch.setattr(budget, "measure", lambda config, dataset, at_once, until: Measured(at_once / 2, 0.9))
    monkeypatch.setattr(budget, "promise", lambda *_, level: Promise(0.0512, None))
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)


def chosen_of(config):
    return in_budget(*settle(config))


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("30min", 1800), ("2h", 7200), ("1.5h", 5400)])
def test_times_are_read(given, seconds):
    assert VerdictConfig(budget=given).budget_seconds == seconds


@pytest.mark.parametrize("given", ["30", "min", "30 min", "-5s", "0min", "1e3s", "2d", "1h30min", "", "٣s", "1.s"])
def test_what_is_no_time_is_refused_in_one_line(given):
    with pytest.raises(InputError, match=r"^--budget .*: allowed is a number above 0 and its unit") as refused:
        VerdictConfig(budget=given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"blocks": 6}, "--budget 1h: allowed is none with --blocks, which it chooses"),
        ({"tune_trials": 4}, "--budget 1h: allowed is none with --tune-trials, which it chooses"),
        ({"tune_budget": 2}, "--budget 1h: allowed is none with --tune-budget, which it chooses"),
        ({"storage": "folder:x", "share": "1/2"}, "--budget 1h: allowed is none with --share, whose processes"),
        ({"storage": "sqlite:///x.db"}, "--budget 1h: allowed is none with --storage, whose processes"),
    ],
)
def test_it_chooses_alone(given, said):
    with pytest.raises(InputError, match=re.escape(said)):
        VerdictConfig(budget="1h", **given)


@pytest.mark.parametrize("given", [20, 20.0, b"20s"])
def test_a_time_is_a_text(given):
    with pytest.raises(InputError, match=r"^--budget .*: allowed is a text$"):
        VerdictConfig(budget=given)


def test_it_chooses_alone_where_what_is_given_is_the_default_too(tmp_path):
    with pytest.raises(InputError, match=r"^--budget 1h: allowed is none with --blocks, which it chooses$"):
        parse(VerdictConfig, None, ["--blocks", "12", "--budget", "1h"])
    with pytest.raises(InputError, match=r"^budget: it chooses blocks; give one of the two"):
        jaxreg.compare(budget="1h", blocks=12, out=tmp_path / "run")


def test_a_tiny_budget_is_one_by_itself():
    with pytest.raises(InputError, match="--budget 1h: allowed is none with --tune-trials, which --smoke sets"):
        VerdictConfig(budget="1h", smoke=True).effective()
    assert SMOKE["blocks"] == 3


@pytest.mark.parametrize("tuning", ["per-block", "once"])
def test_more_time_never_buys_less(tuning):
    found = [share_out(runs, tuning) for runs in range(2000)]
    cost = [trials + blocks if tuning == "once" else trials * blocks for trials, blocks in found]
    least = cost[0]
    assert found[0] == (2, 3)
    assert all(own <= max(runs, least) for runs, own in enumerate(cost))
    assert all(trials >= 2 and 3 <= blocks <= 48 for trials, blocks in found)
    assert all(a[0] <= b[0] or tuning == "per-block" for a, b in itertools.pairwise(found))
    assert found[-1] == ((64, 48) if tuning == "once" else (16, 48))


def test_the_numbers_are_those_that_the_time_is_enough_for(data, second_each, capsys):
    tested = len(settle(small())[1].test_labels)
    config, kept = chosen_of(small())  # 60 s, a tenth to spare, 2 at once: 108 trainings, 27 of each of 4 cells
    assert (config.tune_trials, config.blocks, config.budget) == (4, 6, None)
    numbers = {"tune_trials": 4, "blocks": 6, "at_once": 2, "seconds": 1.0, "accuracy": 0.9}
    assert kept["budget"] == {"asked": "1min", **numbers}
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        "note: --budget 1min: a training takes 1 s, 2 at once: 4 tuning trials of each of 4 in each of 6 blocks, "
        "96 trainings in about 54 s"
    )
    assert second == (
        "note: --budget 1min: if runs differ by as many points as the study's do, at 90% right on "
        f"{tested} test images, differences are found with a probability of 80 %: between two combinations from 5.1 "
        "points on, between two methods, averaged over the others never"
    )


def test_what_it_finds_is_said_of_accuracy_alone_and_at_the_level_asked_for(data, second_each, monkeypatch, capsys):
    levels = []

    def promised(*_, level):
        levels.append(level)
        return Promise(0.0512, None)

    monkeypatch.setattr(budget, "promise", promised)
    chosen_of(small(metric="log_loss", margin=0.01))
    assert "are found" not in capsys.readouterr().err
    chosen_of(small(level=0.01))
    assert "are found" in capsys.readouterr().err
    assert levels == [0.01]


def test_what_was_chosen_is_part_of_the_run_and_its_command(data, second_each):
    config, _ = chosen_of(small(tuning="once", budget="2min"))
    assert config.identity() == small(budget=None, tuning="once", tune_trials=30, blocks=24).identity()
    assert "--blocks 24" in config.command()
    assert "--budget" not in config.command()


def test_less_than_the_least_is_refused_with_what_the_least_takes(data, second_each):
    with pytest.raises(InputError) as refused:
        chosen_of(small(budget="10s"))
    assert str(refused.value) == (
        "--budget 10s: a training takes 1 s, 2 at once: the least that is judged, 2 tuning trials of each of 4 in each "
        "of 3 blocks, takes about 14 s"
    )


def test_the_same_command_continues_with_the_same_numbers(data, second_each, monkeypatch):
    monkeypatch.setattr(run_module, "_tune_in_blocks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_verdict(small())
    monkeypatch.setattr(budget, "measure", lambda *_: pytest.fail("measured anew"))
    kept = json.loads(Path("run/config.json").read_text())
    assert kept["budget"]["blocks"] == 6
    for again in (small(), small(budget=None, blocks=6)):  # as config.json's command says it
        with pytest.raises(KeyboardInterrupt):
            run_verdict(again)
        assert json.loads(Path("run/config.json").read_text())["budget"] == kept["budget"]
    with pytest.raises(
        InputError, match="--budget 2min: run was begun with --budget 1min; give that, or another --out"
    ):
        run_verdict(small(budget="2min"))


def test_a_run_that_began_without_is_not_continued_by_time(data, second_each, monkeypatch):
    monkeypatch.setattr(run_module, "_tune_in_blocks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_verdict(small(budget=None))
    with pytest.raises(InputError, match="--budget 1min: run was begun with no --budget; give that, or another --out"):
        run_verdict(small())


@pytest.mark.parametrize("at_once", [1, 2])
def test_first_trainings_are_timed_beside_as_many_once_their_programs_are_there(data, monkeypatch, at_once):
    seen = []

    def make_all(study):
        seen.append((study.experiment.config.workers, study.experiment.given))
        for run in study.experiment.given:
            seconds = 100.0 if run.block == 0 else 1.0 + 2 * ("batch" in run.point.cell) + run.trial
            point = (run.point.methods, run.point.params)
            yield RunRecord(run.block, run.trial, *point, 0.7, 0.0, None, 1.0, 0.9, 1, False, seconds, b"")

    monkeypatch.setattr(budget, "run_all", lambda study, display: tuple(make_all(study)))
    config, dataset = settle(small())
    found = measure(config, dataset, at_once)
    ((asked, runs),) = seen
    kinds = (NONE, ("batch", "none"))  # two cells of each program
    assert asked == 2  # as it was given
    trials = range(at_once)
    wanted = [(block, cell, trial) for block in (0, 1) for cell in kinds for trial in trials]
    assert [(run.block, run.point.cell, run.trial) for run in runs] == wanted
    as_tuned = tuned_runs(replace(config, budget=None, blocks=2, tune_trials=at_once))
    assert {*map(str, runs)} == {str(run) for run in as_tuned if run.point.cell in kinds}
    assert found == Measured(2.0 if at_once == 1 else 2.5, 0.7)  # 1 s and 3 s, and one more for the second
    assert not Path("run").exists()


def test_a_training_is_timed_by_processes_that_start_and_end(data):
    config, dataset = settle(small())
    found = measure(config, dataset, 2)
    assert found.seconds > 0
    assert 0 <= found.accuracy <= 1
    assert not Path("run").exists()


def test_measuring_ends_when_the_time_is_up(data, monkeypatch, capsys):
    usual = Timing.ended

    def third_ends_late(self, record, records):
        if len(records) == 3:
            self.until = -1.0
        usual(self, record, records)

    monkeypatch.setattr(Timing, "ended", third_ends_late)
    with pytest.raises(InputError) as refused:
        chosen_of(small(budget="1h", workers=1))
    assert str(refused.value) == (
        "--budget 1h: over before first trainings were measured, compilation included: 3 of 4 ended, and the least "
        "that is judged, 2 tuning trials of each of 4 in each of 3 blocks, is 24 trainings"
    )
    assert len([line for line in capsys.readouterr().out.splitlines() if "[" in line]) == 3
    assert not Path("run").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_in_the_middle_of_a_run_too(workers, data):
    config, dataset = settle(small(workers=workers))
    with pytest.raises(InputError, match=r"over before first trainings were measured.*: 0 of \d ended"):
        measure(config, dataset, workers, until=time.monotonic())


def test_what_blocks_find_is_what_simulated_studies_say():
    (few, _), (many, alike) = (promise((1, 3), blocks, 300, 0.9) for blocks in (4, 12))
    assert few is not None
    assert many is not None
    assert few > 1.5 * many
    assert many == pytest.approx(alike, rel=0.2)  # of an only factor, effects are pairs
    assert promise((2,), 3, 10, 0.5).pairs is None
    pairs, effects = promise((2, 2), 8, 300, 0.9)
    assert effects is not None
    assert pairs is not None
    assert effects < pairs


def test_a_smaller_level_finds_less():
    usual, strict = (promise((2, 2), 8, 1000, 0.9, level=level).pairs for level in (0.05, 0.01))
    assert usual is not None
    assert strict is not None
    assert strict > 1.1 * usual


def test_runs_that_are_less_often_right_spread_by_as_many_points():
    usual, harder = (promise((2, 2), 8, 10_000, accuracy).pairs for accuracy in (0.9665, 0.84))
    assert usual is not None
    assert harder is not None
    assert 1 < harder / usual < 1.5  # more of the images are in doubt; by as many logits, 3.4 times
    (nearly,) = {promise((2, 2), 8, 10_000, 0.999).pairs}
    assert nearly is not None
    assert nearly < usual
