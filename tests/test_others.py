"""Trials that somebody else holds, has left beyond the total, or has put into the study: none stops a later start."""

import dataclasses
import io
import math
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.trial import TrialState, create_trial
from rich.console import Console
from sqlalchemy.exc import OperationalError
from storage_workers import opened

from bench.stand_in import WEIGHTS, StandIn, stand_in_record
from jaxreg import files, text
from jaxreg.core.fit import Epoch
from jaxreg.engine import backends, work, workers
from jaxreg.engine.backends import make_storage
from jaxreg.engine.machine import prepare
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import FINISHED, Ended, foreign_trials, open_study
from jaxreg.errors import InputError
from jaxreg.search.config import StudyConfig
from jaxreg.text import Text

RATE = FloatDistribution(5e-4, 1e-2, log=True)


def config_of(**changed):
    given = {"out": "run", "storage": "journal:study.log", "trials": 4, "sampler": "random", "lookback": 1}
    return StudyConfig(**given | changed)


def quality(point):
    """Returns a made-up accuracy, which samplers can follow."""
    return 0.9 - 0.05 * abs(math.log(point.params["learning_rate"] / 2e-3)) - 0.01 * len(point.methods["reg_type"])


@dataclass(frozen=True)
class Quick(StandIn):
    """Trials of that accuracy; Ctrl-C ends the process in one of them."""

    interrupted: int | None = None

    def run(self, runs, size, on_epoch):
        if self.interrupted in [number for number, _ in runs]:
            raise KeyboardInterrupt
        yield from super().run(runs, size, on_epoch)

    def train(self, number, point, on_epoch):
        return stand_in_record(number, point, quality(point), 2), WEIGHTS


@pytest.fixture
def no_waiting(monkeypatch):
    def instead(_):
        raise AssertionError("it waits")

    monkeypatch.setattr(work.time, "sleep", instead)


def run_to_end(config, interrupted=None, kind=Quick):
    """Works on a study to its total, and returns what was tried in each finished trial, and what was said."""
    said = io.StringIO()
    study = open_study(kind(config, interrupted=interrupted))
    work.work(study, Display(study.experiment, Console(file=said, highlight=False)))
    return {t.number: t.params for t in study.get_trials(states=FINISHED)}, said.getvalue()


def states(config):
    study = opened(config)
    return [trial.state.name for trial in study._storage.get_all_trials(study._study_id)]


@pytest.mark.parametrize(("sampler", "population"), [("tpe", 1), ("tpe", 4), ("balanced", 1), ("random", 4)])
def test_a_trial_left_beyond_the_total_is_not_waited_for_and_a_larger_total_runs_it_as_undisturbed(
    sampler, population, no_waiting
):
    of = {"trials": 24, "sampler": sampler, "lookback": 4}
    undisturbed, _ = run_to_end(config_of(out="a", storage="journal:a.log", **of))
    config = config_of(population=population, **of)
    with pytest.raises(KeyboardInterrupt):
        run_to_end(config, 21)
    assert "RUNNING" in states(config)
    left = len(states(config))
    done = states(config).count("COMPLETE")
    least = next(i for i, state in enumerate(states(config)) if state == "RUNNING")
    shorter, said = run_to_end(dataclasses.replace(config, trials=least))
    assert (len(shorter), len(states(config))) == (done, left)
    assert "waiting" not in said
    continued, _ = run_to_end(config)
    assert continued == undisturbed


def test_a_trial_within_the_total_that_nobody_holds_is_run_and_one_beyond_it_is_not(no_waiting):
    config = config_of(trials=6, norm_types=("none",))
    with pytest.raises(KeyboardInterrupt):
        run_to_end(dataclasses.replace(config, population=6), 0)
    assert set(states(config)) == {"RUNNING"}
    run_to_end(dataclasses.replace(config, trials=2))
    assert states(config)[:3] == ["COMPLETE", "COMPLETE", "RUNNING"]


def test_a_trial_that_another_process_holds_is_waited_for_with_one_line_and_taken_over_when_it_is_free(monkeypatch):
    config = config_of(trials=3)
    with pytest.raises(KeyboardInterrupt):
        run_to_end(config, 1)
    study = opened(config)
    other = study.home.leases(study)
    assert other.take(1)
    looks = []

    def instead(_):
        looks.append(states(config)[1])
        if len(looks) == 3:
            other.close()

    monkeypatch.setattr(work.time, "sleep", instead)
    finished, said = run_to_end(config)
    assert looks == ["RUNNING"] * 3
    assert sorted(finished) == [0, 1, 2]
    assert said.splitlines().count("waiting for run 1, which another process holds") == 1
    assert said.count("waiting") == 1


def test_a_terminal_shows_what_is_waited_for_until_the_waiting_is_over():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, highlight=False)
    with Display(StandIn(config_of(trials=9)), console) as display:
        display.waits((3, 5))
        display.waits((5,))
        assert display._running.en == "waiting for run 5, which another process holds"
        display.waits(())
        assert display._running.en == ""
    said = screen.getvalue()
    assert "waiting for runs 3, 5, which other processes hold" in said
    assert "waiting for run 5, which" not in said.rpartition("\n")[0].replace("│", "")


def test_what_workers_wait_for_is_shown_once_all_of_them_wait():
    pipes = [multiprocessing.Pipe(duplex=False) for _ in range(2)]
    crew = [workers.Worker(SimpleNamespace(name=f"worker {i}"), heard) for i, (heard, _) in enumerate(pipes)]
    experiment = StandIn(config_of(trials=9))
    relays = [workers.Relay(experiment, parent) for _, parent in pipes]
    said = io.StringIO()
    waiting: dict[str, tuple[int, ...]] = {}
    display = Display(experiment, Console(file=said))

    def all_said():
        for worker in crew:
            workers._show_said(worker, crew, waiting, display)
        return said.getvalue()

    relays[0].say(Text("trial 2: failed", ""))
    relays[0].waits((4, 7))  # of which the other worker has 4
    assert all_said() == "trial 2: failed\n"
    relays[1].waits((7,))
    assert all_said() == "trial 2: failed\nwaiting for run 7, which another process holds\n"
    relays[0].waits(())
    pipes[1][1].close()  # that worker has ended
    assert "waiting" not in all_said().partition("holds\n")[2]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped here")
def test_workers_that_are_stopped_end_with_the_study_too(monkeypatch):
    monkeypatch.setattr(workers, "SECONDS_TO_END", 0)
    process = multiprocessing.get_context("spawn").Process(target=signal.pause, daemon=True)
    process.start()
    os.kill(process.pid, signal.SIGSTOP)
    workers._end([process])
    assert process.exitcode == -signal.SIGKILL


BAD = {
    "another value": {"norm_type": "group"},
    "a value that only other studies have": {"norm_type": "layer"},
    "another type": {"learning_rate": "0.001"},
    "a list": {"reg_type": ["l1"]},
    "a truth value": {"learning_rate": True},
    "no number": {"reg_lambda": math.nan},
    "infinity": {"learning_rate": math.inf},
    "not positive": {"reg_lambda": 0.0},
    "more than float32 holds": {"learning_rate": 1e300},
    "less than float32 holds": {"learning_rate": 1e-300},
    "less than float32 holds when it is divided by n": {"reg_lambda": 2e-38},
    "another name": {"learning_rat": 1e-3},
}


def test_a_trial_put_into_the_study_with_what_it_does_not_have_fails_in_one_line_and_the_total_is_reached(no_waiting):
    config = config_of(norm_types=("none", "batch"), trials=3)
    study = opened(config)
    for params in BAD.values():
        study.enqueue_trial(params)
    finished, said = run_to_end(config)
    assert list(finished) == [len(BAD) + i for i in range(3)]
    assert states(config) == ["FAIL"] * len(BAD) + ["COMPLETE"] * 3
    lines = [line for line in said.splitlines() if "failed" in line]
    for number, (line, params) in enumerate(zip(lines, BAD.values(), strict=True)):
        ((name, value),) = params.items()
        assert line == (
            f"trial {number}: failed, not run: somebody gave it {name} = {value!r}, which this study does not have"
        )
    assert run_to_end(config) == (finished, "")


def test_parameters_of_others_in_a_waiting_or_a_running_trial_fail_it_and_leave_the_study_as_it_is(no_waiting):
    config = config_of(trials=3)
    run_to_end(dataclasses.replace(config, trials=1))
    study = opened(config)
    for params, distributions in (
        ({"x": 1.0}, {"x": FloatDistribution(0, 2)}),
        ({"learning_rate": 0.05}, {"learning_rate": FloatDistribution(5e-4, 0.1, log=True)}),
        ({"norm_type": "group"}, {"norm_type": CategoricalDistribution(["group", "none"])}),
    ):
        for state in (TrialState.WAITING, TrialState.RUNNING):
            study.add_trial(create_trial(state=state, params=params, distributions=distributions))
    finished, said = run_to_end(config)
    assert list(finished) == [0, 7, 8]
    assert states(config)[1:7] == ["FAIL"] * 6
    assert said.count("which this study does not have") == 6


def test_finished_trials_of_others_are_left_out_of_total_suggestions_and_pruning(no_waiting):
    """What is suggested is what would be, had the others' trials failed."""
    plain = config_of(out="a", storage="journal:a.log", trials=14, sampler="tpe")
    config = config_of(trials=14, sampler="tpe")
    copied = None
    for one in (plain, config):
        run_to_end(dataclasses.replace(one, trials=2))
        study = opened(one)
        copied = copied or study.trials[0]  # has a record, of another number
        for state, params, distributions in (
            (TrialState.COMPLETE, {"learning_rate": 5}, {"learning_rate": IntDistribution(1, 9)}),
            (TrialState.COMPLETE, {"learning_rate": 9e-3}, {"learning_rate": RATE}),
            (TrialState.PRUNED, {}, {}),
            (TrialState.COMPLETE, dict(copied.params), dict(copied.distributions)),
        ):
            values = {"value": 2.0} if state is TrialState.COMPLETE and one is config else {}
            attrs = copied.user_attrs if len(params) > 1 else {}
            study.add_trial(
                create_trial(
                    state=state if one is config else TrialState.FAIL,
                    params=params if one is config else {},
                    distributions=distributions if one is config else {},
                    user_attrs=attrs,
                    **values,
                )
            )
    finished, _ = run_to_end(config)
    assert finished == run_to_end(plain)[0]
    assert len(finished) == 14
    assert foreign_trials(opened(config)) == (2, 3, 4, 5)


def test_a_value_outside_of_its_range_that_was_asked_for_is_tried_without_a_warning(no_waiting):
    config = config_of(trials=14, sampler="tpe")
    opened(config).enqueue_trial({"reg_type": "l2", "reg_lambda": 1, "learning_rate": 0.5})
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        finished, said = run_to_end(config)
    assert (finished[0]["reg_lambda"], finished[0]["learning_rate"]) == (1.0, 0.5)
    assert len(finished) == 14
    assert all(5e-4 <= params["learning_rate"] <= 1e-2 for number, params in finished.items() if number)
    assert "failed" not in said


def test_a_failed_trial_takes_no_cell_its_turn(no_waiting):
    config = config_of(trials=24, sampler="balanced")
    run_to_end(dataclasses.replace(config, trials=5))
    opened(config).enqueue_trial({"norm_type": "group"})
    finished, _ = run_to_end(config)
    assert set(Counter((p["norm_type"], p["reg_type"]) for p in finished.values()).values()) == {2}
    assert len(finished) == 24


def test_a_study_that_takes_no_trial_beside_somebody_elses_says_so_and_loses_nothing(no_waiting):
    config = config_of(storage="sqlite:///study.db")
    other = create_trial(value=1.0, params={"norm_type": 5}, distributions={"norm_type": IntDistribution(1, 9)})
    opened(config).add_trial(other)
    with pytest.raises(InputError, match=r"study search takes no trial of ours .* give another --study-name"):
        run_to_end(config)


@pytest.mark.parametrize("directions", [["minimize"], ["maximize", "maximize"]])
def test_an_empty_study_that_seeks_something_else_is_refused(directions):
    optuna.create_study(storage="sqlite:///study.db", study_name="search", directions=directions)
    with pytest.raises(InputError, match="study search is not one of jaxreg"):
        opened(config_of(storage="sqlite:///study.db"))


class Cut:
    """Ends the process, so to speak, right after some writes to a journal."""

    def __init__(self, every):
        self.every, self.writes, self.kills = every, 0, 0

    def __call__(self, real):
        def write(storage, *args):
            real(storage, *args)
            self.writes += 1
            if self.writes % self.every == 0:
                self.kills += 1
                raise KeyboardInterrupt

        return write


class FallingBehind(Quick):
    """Trials of eight epochs of made-up accuracies."""

    def train(self, number, point, on_epoch):
        values = np.random.default_rng(number).integers(80, 100, 8) / 100
        epochs = enumerate(values, start=1)
        pruned = any(on_epoch(number, epoch, Epoch(0.1, value, 0.1, value)) for epoch, value in epochs)
        record = stand_in_record(number, point, float(values.max()), 8 if not pruned else 8 - len(list(epochs)))
        return dataclasses.replace(record, pruned=pruned), WEIGHTS


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_a_pruned_study_that_is_killed_after_any_write_is_continued_without_a_word_and_ends_as_undisturbed(
    pruner, monkeypatch
):
    def outcome(config):
        run_to_end(config, kind=FallingBehind)
        return Ended(opened(config)).update()

    undisturbed = outcome(config_of(out="a", storage="journal:a.log", trials=12, pruner=pruner))
    assert len({record.num_epochs for record in undisturbed}) > 1
    config, cut = config_of(trials=12, pruner=pruner), Cut(every=23)  # more than the writes of one trial
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        patch.setattr(JournalStorage, "_write_log", cut(JournalStorage._write_log))
        while True:
            try:
                assert outcome(config) == undisturbed
                break
            except KeyboardInterrupt:
                continue
    assert cut.kills >= 5


class Heard(io.StringIO):
    """Standard error that tells when a line was written."""

    def __init__(self):
        super().__init__()
        self.event = threading.Event()

    def write(self, text):
        super().write(text)
        if text.endswith("\n"):
            self.event.set()
        return len(text)


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "waiting for {}: another process holds it\n"), ("ko", "기다리는 중: {}, 다른 프로세스가 쓰고 있습니다\n")],
)
def test_a_lock_that_another_process_holds_for_long_is_named_once(monkeypatch, tmp_path, lang, said):
    heard = Heard()
    monkeypatch.setattr(text, "_asked", [lang])
    monkeypatch.setattr(files, "SECONDS_OF_SILENCE", 0)
    monkeypatch.setattr(sys, "stderr", heard)
    path = tmp_path / "queue.lock"
    theirs, ours = (files.PatientLock(path, 0.001) for _ in range(2))
    with theirs.held():
        pass  # nothing is said of a lock that is free
    assert heard.getvalue() == ""
    theirs.acquire()

    def wait():
        with ours.held():
            pass

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    assert heard.event.wait()
    theirs.release()
    waiting.join()
    assert not waiting.is_alive()
    assert heard.getvalue() == said.format(path)


def test_a_process_speaks_the_language_of_its_settings_where_none_are_at_hand(monkeypatch, capsys):
    monkeypatch.setattr(text, "_asked", ["en"])
    for lang, said in (("ko", "참고: a\n"), ("en", "note: a\n")):
        prepare(StudyConfig(lang=lang, compile_cache=False))
        text.tell(text.Text("note: a", "참고: a"))
        assert capsys.readouterr().err == said


def test_a_server_that_is_away_is_named_once_while_it_is_tried_again(monkeypatch, capsys):
    monkeypatch.setattr(backends.time, "sleep", lambda _: None)
    answers = iter([False] * 3 + [True])

    def action():
        if not next(answers):
            raise OperationalError("SELECT 1", {}, Exception("no route"))
        return 7

    assert make_storage("postgresql://me:secret@host/x", "run").persist(action) == 7
    said = capsys.readouterr().err
    assert said == "--storage postgresql://me:***@host/x: not reached (OperationalError): trying again for 600 s\n"
