"""`jaxreg.compare`: a verdict by one call, on arrays as on files, with what is wrong said in one line."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from forks import Fork, run_command

import jaxreg
from jaxreg.data import from_arrays
from jaxreg.engine.machine import available_cores
from jaxreg.engine.run_folder import locked
from jaxreg.errors import InputError
from jaxreg.own import is_of_the_script
from jaxreg.verdict.compare import _methods

FEW = {"blocks": 3, "tune_trials": 2, "max_epochs": 1, "workers": 1}


def pictures():
    rng, labels = np.random.default_rng(0), np.arange(240) % 2
    images = rng.integers(0, 100, (240, 16, 16)).astype(np.uint8)
    images[labels == 1, 4:12, 4:12] += 150
    return images, labels


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    return jaxreg.compare(pictures(), methods=["none", "l2", "batch"], out=tmp_path_factory.mktemp("run"), **FEW)


def test_names_go_to_the_factors_that_have_them(verdict):
    cells = [score.cell for score in verdict.results.judgement.cells]
    assert sorted(cells) == [("batch", "l2"), ("batch", "none"), ("none", "l2"), ("none", "none")]


def test_it_prints_answers_and_tables(verdict):
    assert set(verdict.best) <= {f"{norm}/{reg}" for norm in ("none", "batch") for reg in ("none", "l2")}
    assert "the luck of tuning is in them" in str(verdict)
    assert verdict.better("batch/l2", "batch/none") in (True, False, None)
    assert "\\toprule" in verdict.table(form="latex")
    with pytest.raises(InputError, match="batch/l3"):
        verdict.better("batch/l3", "batch/none")


def test_a_notebook_shows_its_words_a_figure_and_a_table_that_need_no_other_file(verdict):
    shown = verdict._repr_html_()
    for part in (verdict.words[0].split()[0], 'src="data:image/svg+xml;base64,', "<table"):
        assert part in shown
    assert "<script" not in shown
    assert len(verdict.figure("effects").axes) == 1
    assert verdict.figure("effects")._repr_png_().startswith(b"\x89PNG")  # by which it is seen without pyplot
    with pytest.raises(InputError, match="figure 'efects': allowed is best, cells, effects"):
        verdict.figure("efects")


def test_its_page_says_how_much_of_each_method_helps(verdict, tmp_path):
    assert [dose.cell for dose in verdict.results.doses] == [("none", "l2"), ("batch", "l2")]
    out = verdict.results.config["settings"]["out"]
    with open(f"{out}/report.html", encoding="utf-8") as page:
        assert "How much of it?" in page.read()
    with open(f"{out}/tables/dose.csv", encoding="utf-8") as table:
        assert table.readline().startswith("norm_type,reg_type,low,high,effect,")


def test_a_run_on_arrays_names_no_command_of_a_shell_that_could_not_repeat_it(verdict):
    command = verdict.results.config["command"]
    assert command.startswith("# the same call in Python with the same arrays (arrays:")


def test_a_data_set_of_arrays_is_taken_and_continued(verdict):
    out = verdict.results.config["settings"]["out"]
    again = jaxreg.compare(from_arrays(*pictures()), methods=["none", "l2", "batch"], out=out, **FEW)
    assert str(again) == str(verdict)


SCRIPT = """
import jaxreg
from test_compare import FEW, pictures
verdict = jaxreg.compare(pictures(), methods=["none", "l2"], out="run", **FEW | {"workers": 2})
print("the best:", *verdict.best)
"""


@pytest.mark.skipif(available_cores() < 2, reason="no more workers than cores are started")
def test_a_script_needs_no_guard_for_the_processes_that_share_the_runs(verdict):
    Path("script.py").write_text(SCRIPT)
    ended = Fork(run_command, "script.py").ended()
    assert ended.returncode == 0
    said = [line for line in ended.stderr.splitlines() if "another process holds it" not in line]  # a slow machine
    assert all(line.startswith("note: ") for line in said), said
    assert "2 processes" in ended.stdout
    assert ended.stdout.count("the best:") == 1


def test_one_that_defines_what_they_need_is_told_to_have_one(monkeypatch, tmp_path):
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(SystemExit, match='under `if __name__ == "__main__":`'), locked(tmp_path):
        pass
    monkeypatch.setattr(is_of_the_script, "__module__", "__main__")
    monkeypatch.setattr("__main__.is_of_the_script", is_of_the_script, raising=False)
    assert is_of_the_script([is_of_the_script])
    assert not is_of_the_script([pictures])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"data": 3}, "data: allowed is a source such as"),
        ({"methods": ["l3"]}, "method 'l3': allowed is "),
        ({"methods": "l2"}, "methods: a list of names"),
        ({"methods": ["none.py"]}, "--methods none.py: a Python file is needed|none.py"),
        ({"methods": ["none", "l2"], "reg_types": ("none",)}, "reg_types: methods of it are named in methods already"),
        ({"block": 3}, "setting 'block': allowed is "),
        ({"network": int}, "network int: a class that stands in a file of its own"),
        ({"blocks": 0}, "--blocks 0: allowed is"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(given, said, tmp_path):
    with pytest.raises(InputError, match=said) as refused:
        jaxreg.compare(**{"out": tmp_path / "run"} | given)
    assert "\n" not in str(refused.value)


def test_none_goes_to_each_factor_of_which_another_is_named():
    assert _methods(["none", "batch"]) == {"norm_types": ("none", "batch")}
    assert _methods(["none", "l2"]) == {"reg_types": ("none", "l2")}
    assert _methods(["none", "l2", "batch"]) == {"reg_types": ("none", "l2"), "norm_types": ("none", "batch")}
    assert _methods(["none"]) == {"reg_types": ("none",)}
    assert _methods([]) == {}
