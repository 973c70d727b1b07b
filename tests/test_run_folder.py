"""The run folder: files are whole or absent, one process at a time, and no study is mixed with another."""

import csv
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from report_cases import SEED, trial

from jaxreg.claims import run as claims
from jaxreg.claims.config import ClaimsConfig
from jaxreg.engine.address import hide_password
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.errors import InputError
from jaxreg.files import write_atomically, write_json
from jaxreg.records import Curve, TrialRecord
from jaxreg.search import run as search
from jaxreg.search.config import StudyConfig
from jaxreg.search.tables import write_trials
from jaxreg.verdict import run as verdict
from jaxreg.verdict.config import VerdictConfig

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from jaxreg.engine.run_folder import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def refuse(*_args, **_kwargs):
    raise OSError(28, "No space left on device")


def names(folder=Path()):
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_holds_exactly_the_text_and_replaces_the_one_before():
    path = Path("a file é.csv")
    for text in ("number\n1\n", "Größe,λ\r\n2\n", ""):
        write_atomically(path, text)
        assert path.read_bytes() == text.encode()
    assert names() == [path.name]
    assert path.stat().st_mode & 0o777 == 0o644  # others may read a report; a temporary file's own mode is 0o600


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("before", [None, "old"])
def test_where_writing_fails_the_old_file_stays_and_nothing_else(step, before, monkeypatch):
    path = Path("kept.txt")
    if before is not None:
        path.write_text(before)
    with monkeypatch.context() as patch:
        patch.setattr(os, step, refuse)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(path, "new")
    assert names() == ([] if before is None else [path.name])
    assert before is None or path.read_text() == before


def test_an_interrupt_while_writing_leaves_the_old_file_and_nothing_else(monkeypatch):
    path = Path("kept.txt")
    path.write_text("old")

    def interrupt(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, "new")
    assert names() == [path.name]
    assert path.read_text() == "old"


def test_text_that_cannot_be_encoded_leaves_the_old_file_and_nothing_else():
    path = Path("kept.txt")
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "lone surrogate \udcff")
    assert names() == [path.name]
    assert path.read_text() == "old"


def test_a_file_is_synchronized_and_closed_before_it_takes_its_name(monkeypatch):
    real_fsync, real_replace, synchronized = os.fsync, os.replace, []

    def fsync(handle):
        synchronized.append(handle)
        real_fsync(handle)

    def replace(source, target):
        assert Path(source).read_text() == "new"
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(synchronized[0])
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_atomically(Path("a.txt"), "new")
    assert len(synchronized) == 1


def test_json_reads_back_equal_and_text_in_it_stays_readable():
    content = {"lambda": 1e-6, "accuracy": 0.1 + 0.2, "none": None, "name": "λ ü", "list": [1, True]}
    write_json(Path("a.json"), content)
    assert json.loads(Path("a.json").read_text(encoding="utf-8")) == content
    assert "λ ü" in Path("a.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_json_refuses_what_standard_json_has_not_and_keeps_the_old_file(value):
    write_json(Path("a.json"), {"loss": None})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(Path("a.json"), {"nested": [{"loss": value}]})
    assert json.loads(Path("a.json").read_text()) == {"loss": None}
    assert names() == ["a.json"]


def lock_refusal(folder):
    """Returns the line with which this folder is refused."""
    with pytest.raises(InputError) as caught, locked(folder):
        pass
    return str(caught.value)


def test_locking_makes_the_folder_and_can_be_done_again_after_release():
    folder = Path("läufe/a b/run")
    for _ in range(2):
        with locked(folder):
            assert folder.is_dir()


def test_a_failure_inside_frees_the_folder():
    with pytest.raises(KeyboardInterrupt), locked(Path("run")):
        raise KeyboardInterrupt
    with locked(Path("run")):
        pass


def test_a_second_process_is_refused_until_the_first_is_gone_even_by_kill_9():
    folder = Path("run")
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            assert "--out run: another process is running in this folder" in lock_refusal(folder)
        finally:
            holder.kill()  # SIGKILL: no code of the process runs any more
    with locked(folder):
        pass


@pytest.mark.parametrize("place", ["file", "file/run", "file/a/b"])
def test_a_folder_that_cannot_be_made_is_refused_with_its_name_and_the_reason(place):
    Path("file").write_text("not a folder")
    assert re.fullmatch(rf"--out {place}: .* is needed \((Not a directory|File exists)\)", lock_refusal(Path(place)))
    assert Path("file").read_text() == "not a folder"


def test_a_lock_file_that_cannot_be_opened_is_refused():
    Path("run/.lock").mkdir(parents=True)
    assert "--out run: a folder that can be made and written is needed" in lock_refusal(Path("run"))


def claim(folder, config, identity):
    refuse_other_configuration(folder, identity)
    write_json(folder / "config.json", config)


@pytest.mark.parametrize(
    ("experiment", "run", "config"),
    [
        (search, search.run_search, StudyConfig(out="run")),
        (verdict, verdict.run_verdict, VerdictConfig(out="run")),
        (claims, claims.run_claims, ClaimsConfig(out="run")),
    ],
    ids=["search", "verdict", "claims"],
)
def test_what_is_in_the_way_of_a_result_is_refused_before_anything_is_trained(experiment, run, config, monkeypatch):
    no_data = Mock(num_classes=1, train_labels=np.zeros(1), test_labels=np.zeros(1))
    monkeypatch.setattr(experiment, "settle", lambda config, *data: (config, no_data))
    assert {"summary.json", "report.html", "plots/"} < set(experiment.RESULTS)
    for name in experiment.RESULTS:
        place = Path("run", name)
        if name.endswith("/"):
            place.parent.mkdir(exist_ok=True)
            place.touch()
        else:
            place.mkdir(parents=True)
        with pytest.raises(InputError, match=f"--out run: {place} is not a f.*; move it away"):
            run(config)
        shutil.rmtree("run")


def test_a_folder_of_results_that_cannot_be_written_is_refused(monkeypatch):
    Path("run/plots").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != Path("run/plots"))
    with (
        pytest.raises(InputError, match="run/plots is not a folder that can be written"),
        locked(Path("run"), "plots/"),
    ):
        pass


def test_a_folder_is_claimed_by_its_first_configuration_and_again_by_the_same():
    identity = StudyConfig().identity() | {"data_fingerprint": "ab"}
    for trials in (200, 400):  # the total is no part of the identity
        config = {"settings": StudyConfig(trials=trials).settings(), "identity": identity}
        claim(Path(), config, StudyConfig(trials=trials).identity() | {"data_fingerprint": "ab"})
        assert json.loads(Path("config.json").read_text()) == config


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"seed": 3}, "seed was 0, now 3"),
        ({"norm_types": ("none", "batch")}, "norm_types was ['none', 'batch', 'layer'], now ['none', 'batch']"),
        ({"max_epochs": 7}, "max_epochs was None, now 7"),
        ({"lambda_range": (1e-6, 0.1)}, "lambda_range was [1e-06, 0.01], now [1e-06, 0.1]"),
        ({"seed": 1, "patience": 2}, "seed was 0, now 1; patience was 5, now 2"),
    ],
)
def test_another_configuration_is_refused_with_each_differing_setting_and_both_values(changed, named):
    kept = StudyConfig().identity()
    claim(Path(), {"identity": kept}, kept)
    before = Path("config.json").read_bytes()
    with pytest.raises(InputError) as caught:
        claim(Path(), {"identity": "other"}, StudyConfig(**changed).identity())
    assert f"({named})" in str(caught.value)
    assert Path("config.json").read_bytes() == before


def test_what_only_says_where_or_how_long_may_change_when_a_run_is_continued():
    changed = {"trials": 1, "data": "idx:x", "tfds_dir": "t", "out": "elsewhere", "storage": "folder:x", "share": "1/2"}
    changed |= {"compile_cache": False, "workers": 2, "population": 2, "lang": "ko", "tensorboard": True}
    assert StudyConfig(**changed).identity() == StudyConfig().identity()
    free = {spec.name for spec in dataclasses.fields(StudyConfig)} - StudyConfig().identity().keys()
    # Where a file lies, which is of the identity by its content; and what is there only where it is not as usual.
    assert free == {*changed, "methods", "network", "metric", "costs", "again"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b'"text"', b"{}", b'{"identity": null}', b'{"identity": [1]}'],
)
def test_a_config_json_that_is_not_ours_is_refused_and_left_alone(content):
    Path("config.json").write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json: not a config\.json of jaxreg; move it away or give another"):
        claim(Path(), {}, {"seed": 0})
    assert Path("config.json").read_bytes() == content


def test_a_folder_in_the_place_of_config_json_is_refused():
    Path("config.json").mkdir()
    with pytest.raises(InputError, match=r"config\.json: not a config\.json of jaxreg"):
        claim(Path(), {}, {"seed": 0})


def test_trials_and_curves_are_tables_with_empty_cells_for_what_does_not_exist():
    curve = Curve((2.5, None), (0.1, 0.1 + 0.2), (None, 1e-05), (0.5, 1 / 3))
    first = TrialRecord(
        number=0,
        methods={"norm_type": "batch", "reg_type": "none"},
        params={"learning_rate": 0.1 + 0.2},
        key=(0, 4294967295),
        num_epochs=2,
        best_epoch=1,
        train_accuracy=0.1,
        train_loss=None,
        epoch_valid_accuracy=0.5,
        epoch_valid_loss=None,
        trial_valid_accuracy=1 / 3,
        trial_valid_loss=0.25,
        diverged=True,
        pruned=False,
        seconds=2.5,
        curve=curve,
        correct=b"\xf0",
    )
    folder = Path("läufe, mit komma")
    folder.mkdir()
    write_trials(folder, [first, trial(7, 0.875, "layer", "l1", reg_lambda=3e-5, num_epochs=1)], SEED)
    assert names(folder) == ["curves.csv", "times.csv", "trials.csv"]
    lines = (folder / "trials.csv").read_text().splitlines()
    assert lines[0] == (
        "number,norm_type,reg_type,reg_lambda,learning_rate,key,num_epochs,best_epoch,train_accuracy,train_loss,"
        "epoch_valid_accuracy,epoch_valid_loss,trial_valid_accuracy,trial_valid_loss,diverged,pruned"
    )
    assert lines[1] == (
        "0,batch,none,,0.30000000000000004,0 4294967295,2,1,0.1,,0.5,,0.3333333333333333,0.25,True,False"
    )
    assert lines[2].startswith("7,layer,l1,3e-05,0.002,0 7,1,1,")
    assert len(lines) == 3
    assert (folder / "curves.csv").read_text().splitlines()[:3] == [
        "number,epoch,train_loss,train_accuracy,valid_loss,valid_accuracy",
        "0,1,2.5,0.1,,0.5",
        "0,2,,0.30000000000000004,1e-05,0.3333333333333333",
    ]
    assert (folder / "times.csv").read_text().splitlines()[:2] == ["number,seconds", "0,2.5"]


def test_numbers_read_back_from_the_tables_are_the_recorded_ones_to_the_last_bit():
    records = [trial(n, 0.9 + n / 997, learning_rate=5e-4 * 1.37**n, reg_lambda=1e-6 * 3.3**n) for n in range(5)]
    write_trials(Path(), records, SEED)
    with open("trials.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in ("reg_lambda", "learning_rate"):
        assert [float(row[name]) for row in rows] == [record.params[name] for record in records]
    for name in ("trial_valid_accuracy", "train_loss"):
        assert [float(row[name]) for row in rows] == [getattr(record, name) for record in records]
    with open("times.csv", newline="", encoding="utf-8") as file:
        assert [float(row["seconds"]) for row in csv.DictReader(file)] == [record.seconds for record in records]
    assert [tuple(map(int, row["key"].split())) for row in rows] == [record.key for record in records]
    with open("curves.csv", newline="", encoding="utf-8") as file:
        curves = list(csv.DictReader(file))
    for record in records:
        own = [row for row in curves if int(row["number"]) == record.number]
        assert [int(row["epoch"]) for row in own] == list(range(1, record.num_epochs + 1))
        for name in ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"):
            assert tuple(float(row[name]) for row in own) == getattr(record.curve, name)


def test_a_study_without_trials_has_tables_of_headers_only():
    write_trials(Path(), [], SEED)
    assert len(Path("trials.csv").read_text().splitlines()) == 1
    assert len(Path("curves.csv").read_text().splitlines()) == 1
    assert len(Path("times.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("sqlite:///runs/a.db", "sqlite:///runs/a.db"),
        ("sqlite:////data/a@b/x.db", "sqlite:////data/a@b/x.db"),
        ("sqlite:////data/a:b@c/x.db", "sqlite:////data/a:b@c/x.db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
        ("postgresql+psycopg://me:sec/ret@host:5432/db", "postgresql+psycopg://me:***@host:5432/db"),
        ("mysql://me:sec@ret@host/db", "mysql://me:***@host/db"),
        ("postgresql://host/db?user=me&password=secret&x=1", "postgresql://host/db?user=me&password=***&x=1"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_password_in_a_storage_url_is_shown_nowhere_and_the_rest_stays(url, shown):
    assert hide_password(url) == shown
    config = StudyConfig(storage=url)
    assert config.settings()["storage"] == shown
    assert not any(secret in config.command() for secret in ("secret", "sec/ret", "sec@ret"))
