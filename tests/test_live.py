"""The live view: optuna-dashboard shows a study with its note and figures, and TensorBoard its training curves."""

import contextlib
import dataclasses
import importlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import optuna
import pytest
from postgres_server import free_port
from report_cases import trial
from storage_workers import opened
from test_study import small_config, timeless, write_data
from test_verdict import small as small_verdict
from waiting import listens, until

from jaxreg.engine import dashboard, work
from jaxreg.engine.dashboard import attach, watching
from jaxreg.errors import InputError
from jaxreg.pages.note import note
from jaxreg.records import Curve
from jaxreg.search import events
from jaxreg.search.config import StudyConfig
from jaxreg.search.events import watching_events, write_events
from jaxreg.search.run import run_search

QUICK = {"norm_types": ("none",), "reg_types": ("none", "l1"), "trials": 3}


def run(name, config):
    """Runs a command in this process and returns what it prints on standard output and on standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        importlib.import_module(f"jaxreg.commands.{name}").run(config)
    return out.getvalue(), err.getvalue()


def command_of(out):
    """Returns the command that opens the dashboard, as it was printed."""
    (command,) = re.findall("^(?:Dashboard|대시보드): (.*)$", out, re.MULTILINE)
    return command


@contextlib.contextmanager
def shown_by(command):
    """Starts a dashboard by a command of a shell, and gives a function that fetches a page of it."""
    port = free_port()

    def fetch(page):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}") as answer:
            return answer.read()

    shell = f"exec {command} --quiet --host 127.0.0.1 --port {port}"
    with subprocess.Popen(shell, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            until(lambda: listens(port), server)
            yield fetch
        finally:
            server.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("storage", [None, "journal:a journal é.log"])
def test_the_command_that_is_printed_at_the_end_opens_the_study_with_its_metric_note_and_figures(storage):
    pytest.importorskip("optuna_dashboard", reason="the extra [dashboard] is not installed")
    write_data("data.npz")
    config = small_config("läufe b/run 'x'", storage=storage, **QUICK)
    out, err = run("search", config)
    assert err == ""
    with shown_by(command_of(out)) as fetch:
        (listed,) = json.loads(fetch("/api/studies"))["study_summaries"]
        assert (listed["study_name"], listed["directions"]) == ("search", ["maximize"])
        study = json.loads(fetch(f"/api/studies/{listed['study_id']}"))
        figures = {
            a["filename"]: fetch(f"/artifacts/{listed['study_id']}/{a['artifact_id']}") for a in study["artifacts"]
        }
    assert study["objective_names"] == ["trial_valid_accuracy"]
    assert [t["state"] for t in study["trials"]] == ["Complete"] * 3
    assert "# Which regularization is best?\n\nThe best of 3 trials is no normalization" in study["note"]["body"]
    assert config.command() in study["note"]["body"]
    assert figures == {path.name: path.read_bytes() for path in (Path(config.out) / "plots").glob("*.png")}
    assert "cells.png" in figures


def test_a_verdicts_tuning_study_has_its_answer_and_figures_and_the_command_that_is_printed_names_it():
    read = pytest.importorskip("optuna_dashboard", reason="the extra [dashboard] is not installed")
    write_data("data.npz")
    few = {"norm_types": ("none",), "reg_types": ("none", "l1"), "tune_trials": 1, "blocks": 2, "lang": "ko"}
    config = small_verdict("a run", **few)
    out, _ = run("verdict", config)
    *_, folder, storage = shlex.split(command_of(out))
    assert folder == "--artifact-dir=a run/tuning/artifacts"
    study = optuna.load_study(study_name=config.tuning_study().study_name, storage=storage)
    answer = out.split("\n\n대시보드: ")[0].splitlines()[-1]
    assert read.get_note(study).startswith("# 어떤 정규화·규제가 가장 좋을까?\n\n")
    assert f"\n\n{answer}\n\n" in read.get_note(study)
    kept = {
        m.filename: Path("a run/tuning/artifacts", m.artifact_id) for m in optuna.artifacts.get_all_artifact_meta(study)
    }
    figures = {path.name: path.read_bytes() for path in Path("a run/plots").glob("*.png")}
    assert {name: path.read_bytes() for name, path in kept.items()} == figures


def notes_and_figures(config):
    """Returns the note and the figures as Optuna and its dashboard find them."""
    read = pytest.importorskip("optuna_dashboard", reason="the extra [dashboard] is not installed")
    study = opened(config)
    folder = Path(config.out) / "artifacts"
    figures = [
        (m.filename, (folder / m.artifact_id).read_text()) for m in optuna.artifacts.get_all_artifact_meta(study)
    ]
    return read.get_note(study), figures, len(list(folder.iterdir()))


def test_a_note_of_any_length_and_figures_are_replaced_and_never_doubled():
    config, figure = StudyConfig(out="run"), Path("run/a.png")
    figure.parent.mkdir()
    opened(config)
    for body in ("first", "λ" * 2045, "# long | λ\n" * 1000, "short", ""):
        figure.write_text(body)
        attach(config, body, [figure])
        assert notes_and_figures(config) == (body, [("a.png", body)], 1)


def test_a_note_that_somebody_has_edited_is_left_alone(capsys):
    edit = pytest.importorskip("optuna_dashboard", reason="the extra [dashboard] is not installed").save_note
    config = StudyConfig(out="run")
    Path("run").mkdir()
    attach_to = opened(config)
    attach(config, "ours", [])
    edit(attach_to, "ours, and mine")
    attach(config, "ours again", [])
    assert notes_and_figures(config)[0] == "ours, and mine"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_note_whose_writing_was_cut_off_is_written_whole_the_next_time(calls, monkeypatch):
    config = StudyConfig(out="run")
    Path("run").mkdir()
    storage = opened(config)._storage
    real, left = type(storage).set_study_system_attr, [calls]

    def cut(self, *args):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        real(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "set_study_system_attr", cut)
        with pytest.raises(KeyboardInterrupt):
            attach(config, "a whole note", [])
    attach(config, "a whole note", [])
    assert notes_and_figures(config)[0] == "a whole note"


def test_where_nothing_can_be_attached_one_line_says_so_and_the_run_goes_on(capsys):
    config = StudyConfig(out="run")
    Path("run").mkdir()
    opened(config)
    Path("run/artifacts").write_text("in the way")
    attach(config, "note", [])
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"no note and figures for the dashboard: run/artifacts: File exists[^\n]*\n", said.err)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, "--artifact-dir=runs/search/artifacts sqlite:///runs/search/study.db"),
        ({"out": "a b"}, "'--artifact-dir=a b/artifacts' 'sqlite:///a b/study.db'"),
        ({"storage": "sqlite:///x.db"}, "--artifact-dir=runs/search/artifacts sqlite:///x.db"),
        (
            {"storage": "journal:-x.log", "out": "-r"},
            "--artifact-dir=-r/artifacts --storage-class=JournalFileStorage ./-x.log",
        ),
        (
            {"storage": "postgresql://me:secret@host/db", "out": "r"},
            "--artifact-dir=r/artifacts 'postgresql://me:***@host/db'",
        ),
        ({"storage": "grpc://host:1", "out": "r"}, "--artifact-dir=r/artifacts DATABASE-BEHIND-THE-PROXY"),
    ],
)
def test_the_commands_name_storage_and_folders_without_a_password_and_say_what_is_not_installed(
    settings, options, monkeypatch
):
    where: dict[str, str | None] = {"optuna-dashboard": None, "tensorboard": None}
    monkeypatch.setattr(dashboard.shutil, "which", lambda program, path="on the path": where[program])
    config = StudyConfig(**settings)
    install = "(first: pip install 'jaxreg[dashboard]')"
    assert watching(config) == (f"Dashboard: optuna-dashboard {options}   {install}",)
    where |= {"optuna-dashboard": "/x/optuna-dashboard", "tensorboard": "/x/tensorboard"}
    assert watching(config) == (f"Dashboard: optuna-dashboard {options}",)
    monkeypatch.setattr(dashboard.shutil, "which", lambda program, path=None: path and f"/of python/{program}")
    assert watching_events(config) == ()
    (events_line,) = watching_events(dataclasses.replace(config, tensorboard=True, out="r"))
    assert events_line == "TensorBoard: '/of python/tensorboard' --logdir=r/tensorboard"


def test_the_note_has_answer_command_and_settings_in_either_language_and_no_password():
    config = StudyConfig(storage="postgresql://me:secret@host/db", trials=7)
    for lang, title in (("en", "# Which regularization is best?"), ("ko", "# 어떤 정규화·규제가 가장 좋을까?")):
        text = note(["It is this.", "So."], {"settings": config.settings(), "command": config.command()}, lang)
        assert text.startswith(f"{title}\n\nIt is this.\n\nSo.\n\n## ")
        assert " search --storage 'postgresql://me:***@host/db' --trials 7`" in text
        assert "| lambda_range | 1e-06 0.01 |\n" in text
        assert "secret" not in text
        assert "None" not in text


def test_a_study_with_a_note_and_event_files_continues_as_one_without(tmp_path):
    needs_writer()
    write_data("data.npz")
    plain = run_search(small_config("plain", **QUICK))
    config = small_config("watched", **QUICK | {"trials": 2, "tensorboard": True})
    run("search", config)
    assert timeless(run_search(dataclasses.replace(config, trials=3))) == timeless(plain)


def needs_writer():
    pytest.importorskip("tensorboardX", reason="the extra [tensorboard] is not installed")


def read_events(path):
    """Returns the events of a file: records of length, checksum, bytes, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    found, data = [], path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        found.append(Event.FromString(data[12 : 12 + length]))
        data = data[16 + length :]
    return found


def scalars(path):
    """Returns the numbers of an event file by tag: lists of (step, value)."""
    found: dict[str, list[tuple[int, float]]] = {}
    for event in read_events(path):
        for value in event.summary.value:
            if value.WhichOneof("value") == "simple_value":
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def event_files(folder):
    return sorted((Path(folder) / "tensorboard").iterdir())


def expected(record):
    """Returns what the event file of a record must hold; event files have float32."""
    curve = record.curve
    by_tag = {
        "loss/train": curve.train_loss,
        "loss/valid": curve.valid_loss,
        "accuracy/train": curve.train_accuracy,
        "accuracy/valid": curve.valid_accuracy,
    }
    rows = {
        tag: [(step, float(np.float32(v))) for step, v in enumerate(values, start=1) if v is not None]
        for tag, values in by_tag.items()
    }
    rows["accuracy/trial_valid"] = [(record.num_epochs, float(np.float32(record.trial_valid_accuracy)))]
    return {tag: values for tag, values in rows.items() if values}


def test_event_files_hold_the_curves_of_every_trial_and_a_resumed_study_writes_only_those_that_are_missing():
    needs_writer()
    write_data("data.npz")
    config = small_config(tensorboard=True, **QUICK)
    results = run_search(config)
    folders = event_files("run")
    assert [folder.name for folder in folders] == ["trial-00000", "trial-00001", "trial-00002"]
    for record, folder in zip(results.trials, folders, strict=True):
        assert [path.name for path in folder.iterdir()] == ["events.out.tfevents"]
        assert scalars(folder / "events.out.tfevents") == expected(record)
    before = [(folder / "events.out.tfevents").read_bytes() for folder in folders]
    shutil.rmtree(folders[1])
    folders[1].mkdir()
    (folders[1] / ".aside").write_bytes(before[1][:50])  # left by a process that was killed
    run_search(config)
    after = [(folder / "events.out.tfevents").read_bytes() for folder in event_files("run")]
    assert (after[0], after[2]) == (before[0], before[2])
    assert [path.name for path in folders[1].iterdir()] == ["events.out.tfevents"]
    assert scalars(folders[1] / "events.out.tfevents") == expected(results.trials[1])


def test_the_score_of_an_event_file_is_the_studys_as_it_is_usually_written():
    needs_writer()
    write_events(
        StudyConfig(out="run", tensorboard=True, metric="log_loss"),
        [dataclasses.replace(trial(0, 0.5), trial_valid_score=-0.25)],
    )
    (path,) = Path("run/tensorboard/trial-00000").iterdir()
    assert [value for _, value in scalars(path)["log_loss/trial_valid"]] == [0.25]


def test_an_event_file_is_there_before_its_trial_ends(monkeypatch):
    needs_writer()
    write_data("data.npz")
    seen: list[list[str]] = []
    finish = work.finish_trial

    def end(study, ended, record):
        seen.append([path.name for path in event_files("run")])
        if len(seen) == 3:
            raise KeyboardInterrupt
        return finish(study, ended, record)

    monkeypatch.setattr(work, "finish_trial", end)
    with pytest.raises(KeyboardInterrupt):
        run_search(small_config(tensorboard=True, **QUICK))
    assert seen == [[f"trial-{number:05d}" for number in range(count)] for count in (1, 2, 3)]


def test_an_event_file_has_the_trials_settings_for_the_table_of_hyperparameters_and_no_loss_that_is_not_finite():
    needs_writer()
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    curve = Curve((2.5, None), (0.1, 0.2), (None, None), (0.5, 1 / 3))
    record = dataclasses.replace(trial(7, 0.875, "layer", "l1", reg_lambda=3e-5, num_epochs=2), curve=curve)
    write_events(StudyConfig(out="run", tensorboard=True), [record])
    path = Path("run/tensorboard/trial-00007/events.out.tfevents")
    assert scalars(path) == expected(record)
    assert "loss/valid" not in scalars(path)
    first, *rest = read_events(path)
    assert first.file_version == "brain.Event:2"
    plugged = [v.metadata.plugin_data for event in rest for v in event.summary.value if v.tag.startswith("_hparams_")]
    assert {data.plugin_name for data in plugged} == {"hparams"}
    (start,) = [
        data.session_start_info
        for data in (HParamsPluginData.FromString(p.content) for p in plugged)
        if data.HasField("session_start_info")
    ]
    assert {name: value.string_value or value.number_value for name, value in start.hparams.items()} == {
        "norm_type": "layer",
        "reg_type": "l1",
        "reg_lambda": 3e-5,
        "learning_rate": record.params["learning_rate"],
    }


def test_nothing_is_written_unasked_and_without_the_writer_the_study_does_not_start(monkeypatch):
    write_events(StudyConfig(out="run"), [trial(0, 0.5)])
    assert not Path("run").exists()
    write_data("data.npz")
    monkeypatch.setattr(events, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"^--tensorboard: .* not installed: pip install 'jaxreg\[tensorboard\]'$"):
        run_search(small_config(tensorboard=True, **QUICK))
    assert {path.name for path in Path("run").iterdir()} == {".lock"}


def test_writing_event_files_loads_neither_tensorflow_nor_torch():
    needs_writer()
    code = (
        "import sys\n"
        "from report_cases import trial\n"
        "record, before = trial(0, 0.5), set(sys.modules)\n"
        "from jaxreg.search.config import StudyConfig\n"
        "from jaxreg.search.events import write_events\n"
        "write_events(StudyConfig(tensorboard=True), [record])\n"
        "assert not {'tensorflow', 'torch', 'tensorboard'} & (sys.modules.keys() - before)\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": paths})
