"""Runs as files in a folder that machines share: each process its share, no run lost, and one that sees them all."""

import dataclasses
import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from storage_workers import Noted, runs
from test_storage import join, start
from test_study import small_config, write_data

import jaxreg
from jaxreg.cli import _exit_code, parse
from jaxreg.engine import machine, workers
from jaxreg.engine.backends import make_storage
from jaxreg.engine.dashboard import watching
from jaxreg.engine.folder_storage import Share
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import Ended, open_study
from jaxreg.engine.work import work
from jaxreg.engine.workers import run_all
from jaxreg.errors import InputError, NotYet
from jaxreg.files import PatientLock
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search

SHARES = ("1/3", "2/3", "3/3")


def config_of(share=None, out=None, **changed):
    """Returns the settings of a process, which has a run folder of its own."""
    out = Path(out or f"run of {share or 'all'}".replace("/", " of "))
    out.mkdir(exist_ok=True)
    given = {"storage": "folder:shared", "trials": 8, "sampler": "random", "share": share, "out": str(out)}
    return StudyConfig(**given | changed)


def make(config, index=0, count=1):
    """Makes the runs of a share, or of a worker's part of it, and returns the numbers of those begun."""
    before = len(runs(config))
    study = open_study(Noted(config), index, count)
    work(study, Display(study.experiment, Console(file=io.StringIO())))
    return runs(config)[before:]


def records(config):
    return Ended(open_study(Noted(config))).update()


def files():
    return sorted(path.name for path in Path("shared/search").iterdir())


@pytest.mark.parametrize("sampler", ["random", "balanced"])
def test_shares_make_each_run_once_and_together_what_one_process_makes_alone(sampler):
    alone = config_of(out="alone", storage="journal:alone.log", sampler=sampler)
    assert make(alone) == list(range(8))
    assert [make(config_of(share, sampler=sampler)) for share in SHARES] == [[0, 3, 6], [1, 4, 7], [2, 5]]
    assert make(config_of(sampler=sampler)) == []
    assert records(config_of(sampler=sampler)) == records(alone)
    assert files() == [*(f"run-{number:05d}.json" for number in range(8)), "study.json"]


def test_a_share_that_is_done_says_what_is_missing_and_a_process_without_a_share_makes_that_and_sees_all(capsys):
    for share, there in (("1/3", 3), ("3/3", 5)):
        with pytest.raises(NotYet) as said:
            run_all(open_study(Noted(config_of(share))))
        assert str(said.value) == (
            f"this share is done; search: {there} of 8 runs are in --storage folder:shared. "
            "Once all shares are done, the same command goes on"
        )
    all_records = run_all(open_study(Noted(config_of())))
    assert runs(config_of()) == [1, 4, 7]
    assert [record.number for record in all_records] == list(range(8))
    assert all_records == records(config_of("2/3"))
    assert "[6/8] trial 1: " in capsys.readouterr().out


def test_a_search_in_shares_leaves_the_tables_that_one_process_leaves_and_a_share_that_is_done_is_no_failure(capsys):
    write_data("data.npz")
    settings = {"sampler": "balanced", "trials": 4, "norm_types": ("none",)}
    run_search(small_config("alone", **settings))
    settings |= {"storage": "folder:shared"}
    assert _exit_code(lambda: run_search(small_config("first", share="1/2", **settings))) == 0
    assert "\nthis share is done; search: 2 of 4 runs are in " in capsys.readouterr().out
    assert Path("first/trials.csv").read_text().splitlines()[2].startswith("2,")
    results = run_search(small_config("all", **settings))
    assert results.test is not None
    last = run_search(small_config("second", share="2/2", **settings))  # all runs are there, its own and the others'
    assert last.test == results.test
    assert jaxreg.load("second").description["trial"] == results.test.trial
    for name in ("trials.csv", "curves.csv"):
        assert Path("all", name).read_bytes() == Path("alone", name).read_bytes()


def test_of_workers_on_one_run_folder_one_at_a_time_keeps_weights_there():
    study = open_study(Noted(config_of()))
    first, second = (make_storage("folder:shared", "run", Share(0, 1)).leases(study) for _ in range(2))
    with first.queue():
        assert not PatientLock(Path("run/.leases/queue.lock")).take()
        with first.queue():
            pass
    with second.queue():
        pass


def test_a_process_that_dies_costs_the_run_that_it_was_at_and_the_same_command_makes_that(monkeypatch):
    def dies(self, number, point, on_epoch):
        if number == 3:
            raise KeyboardInterrupt
        return real(self, number, point, on_epoch)

    real = Noted.train
    with monkeypatch.context() as patch:
        patch.setattr(Noted, "train", dies)
        with pytest.raises(KeyboardInterrupt):
            make(config_of("1/3"))
    assert make(config_of("1/3")) == [3, 6]
    assert files() == ["run-00000.json", "run-00003.json", "run-00006.json", "study.json"]


def test_a_larger_total_and_another_number_of_shares_continue():
    make(config_of("1/2", trials=4))
    assert make(config_of("2/3", trials=8)) == [1, 4, 7]
    assert make(config_of(trials=9)) == [3, 5, 6, 8]
    assert [record.number for record in records(config_of(trials=9))] == list(range(9))


@pytest.mark.slow
def test_processes_at_work_at_once_make_each_run_once():
    configs = [config_of(share, trials=12) for share in SHARES]
    together = {"free": 0, "gates": [Path(config.out, "began").absolute() for config in configs]}
    absolute = [
        dataclasses.replace(config, storage=f"folder:{Path('shared').absolute()}", out=str(Path(config.out).absolute()))
        for config in configs
    ]
    join(*[start(config, **together) for config in absolute])
    assert [runs(config) for config in configs] == [list(range(i, 12, 3)) for i in range(3)]
    assert len(records(config_of(trials=12))) == 12


def test_the_workers_of_a_share_divide_it():
    share = config_of("2/2")
    assert [make(share, index, 3) for index in range(3)] == [[1, 7], [3], [5]]


@pytest.mark.slow
def test_two_workers_of_a_share_make_it_and_all_that_they_make_is_shown(capsys, monkeypatch):
    monkeypatch.setattr(workers, "work", lambda study, display: None)  # what workers leave, of which there is nothing
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    config = config_of("2/2", workers=2)
    with pytest.raises(NotYet, match="4 of 8 runs"):
        run_all(open_study(Noted(config)))
    assert sorted(runs(config)) == [1, 3, 5, 7]
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "2 processes: --workers"
    assert [line.split("]")[0] for line in shown[1:]] == [f"[{i}/8" for i in range(1, 5)]


DAMAGE = {
    "torn": lambda text: text[:-20],
    "empty": lambda text: "",
    "changed": lambda text: text.replace('"values": [\n    0.5', '"values": [\n    0.6'),
    "without a sum": lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "sha256"}),
    "a list": lambda text: "[]",
    "no text": lambda text: "\udcff",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("share", [None, "2/2"])
def test_a_damaged_run_is_one_line_with_what_to_do_and_is_then_made_again(damage, share):
    make(config_of())
    expected = records(config_of())
    path = Path("shared/search/run-00005.json")
    whole = path.read_text()
    path.write_text(damage(whole), errors="surrogateescape")
    assert path.read_bytes() != whole.encode()
    with pytest.raises(InputError) as said:
        run_all(open_study(Noted(config_of(share, workers=1))))
    assert str(said.value) == f"{path}: not a run as it was written; remove it, and it is run again"
    path.unlink()
    assert make(config_of(share)) == [5]
    assert records(config_of()) == expected


def test_runs_of_another_study_are_refused_though_its_name_is_gone():
    make(config_of())
    Path("shared/search/study.json").unlink()
    with pytest.raises(InputError, match=r"run-0000\d.json: a run of other settings or other data; move it away or"):
        make(config_of(seed=1))
    Path("shared/search/study.json").unlink()
    assert make(config_of()) == []  # its own


def test_a_folder_of_something_else_is_refused_and_left_alone():
    make(config_of())
    Path("shared/search/study.json").write_text("Dear reader")
    with pytest.raises(InputError, match=r"shared/search/study.json: not a file of jaxreg; move it away or give ano"):
        make(config_of())
    assert Path("shared/search/study.json").read_text() == "Dear reader"
    shutil.rmtree("shared")
    Path("shared").write_text("in the way")
    with pytest.raises(InputError, match=r"^--storage folder:shared: cannot be opened [^\n]*$"):
        make(config_of())


def test_other_settings_are_refused_with_the_difference_and_another_study_is_apart():
    make(config_of("1/2"))
    with pytest.raises(InputError, match=r"study search in --storage folder:shared .*\(seed was 0, now 3\)"):
        make(config_of("2/2", seed=3))
    assert make(config_of("2/2", seed=3, study_name="second")) == [1, 3, 5, 7]
    assert len(files()) == 5


@pytest.mark.parametrize("settings", [{"sampler": "tpe"}, {"pruner": "median"}])
def test_runs_that_would_know_of_each_other_are_refused_before_anything_is_made(settings):
    with pytest.raises(InputError) as said:
        make(config_of(**settings))
    assert str(said.value) == (
        "--storage folder:shared: runs must know nothing of each other there; "
        "allowed is --sampler random or balanced, without a pruner"
    )
    assert not Path("shared").exists()


@pytest.mark.parametrize("share", ["0/2", "3/2", "1/0", "-1/2", "a", "", "1", "1/2/3", "1.5/2", "1/9999999999", "1/٢"])
def test_a_share_that_is_none_is_refused(share):
    allowed = f"--share {share or repr(share)}: allowed is I/N with I in 1..N, such as 3/16"
    for given in ((f"--share={share}", "--storage", "folder:x"), (f"--share={share}",)):
        with pytest.raises(InputError) as said:
            parse(StudyConfig, None, given)
        assert str(said.value) == allowed


@pytest.mark.parametrize("storage", [None, "journal:a.log", "sqlite:///a.db"])
def test_a_share_of_a_storage_that_shares_by_itself_is_refused(storage):
    with pytest.raises(InputError, match=r"^--share 1/2: allowed is none but with --storage folder:DIR, "):
        StudyConfig(share="1/2", storage=storage)


def test_there_is_no_command_of_a_dashboard_that_cannot_open_a_folder():
    assert watching(config_of()) == ()
