"""The commands: the same by three names, wherever the package is installed, and none but by its name."""

import dataclasses
import importlib
import io
import re
import shlex
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from test_ends import TINY, ended, write_images

from jaxreg import __main__ as commands
from jaxreg.cli import parse
from jaxreg.commands.search import verdict_on_the_same
from jaxreg.program import called_as
from jaxreg.search.config import StudyConfig
from jaxreg.text import screen_width
from jaxreg.verdict.config import VerdictConfig

ROOT = Path(__file__).parents[1]
OWN = "--reg-types none smooth_l1 --methods own_method.py --network own_network.py:Net"
FILES = {path.stem for path in (ROOT / "jaxreg" / "commands").glob("[!_]*.py")}


def jaxreg(*argv):
    return subprocess.run([sys.executable, "-m", "jaxreg", *argv], capture_output=True, text=True)


def config_of(name):
    return importlib.import_module(f"jaxreg.commands.{name}").CONFIG


def called(monkeypatch, name, *argv):
    """Returns what `jaxreg`, by a path of its own, says and its exit code."""
    monkeypatch.setattr(sys, "argv", [name, *argv])
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as end:
        commands.main()
    return out.getvalue(), end.value.code


def test_every_command_has_its_module_and_its_script():
    assert set(commands.COMMANDS) == FILES
    scripts = {path.stem for path in (ROOT / "experiments").glob("*.py")}
    assert scripts - FILES == {"benchmark", "make_embedded"}
    assert scripts >= FILES


def test_an_installed_package_has_the_program_and_no_benchmark():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["jaxreg"]
    (name, place), *more = project["project"]["scripts"].items()
    assert (name, more) == ("jaxreg", [])
    assert EntryPoint(name, place, "console_scripts").load() is commands.main


@pytest.mark.parametrize("argv", [(), ("--help",), ("-h",)])
def test_the_program_lists_its_commands_in_a_line_each(argv, monkeypatch):
    said, code = called(monkeypatch, "/usr/bin/jaxreg", *argv)
    heading, empty, *lines = said.splitlines()
    assert (code, empty) == (0, "")
    assert "jaxreg NAME --help" in heading
    assert [line.split()[0] for line in lines] == list(commands.COMMANDS)
    assert all(re.fullmatch(r"  \w+ +[A-Z].+\.", line) for line in lines)


@pytest.mark.parametrize("name", commands.COMMANDS)
@pytest.mark.parametrize(
    ("program", "words"), [("bin/jaxreg", "bin/jaxreg"), ("jaxreg/__main__.py", "a/python -m jaxreg")], ids=str
)
def test_the_help_of_a_command_names_it_as_it_was_called(program, words, name, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(Path("a/python").absolute()))
    said, code = called(monkeypatch, program, name, "--help")
    assert code == 0
    assert said.startswith(f"usage: {words} {name} [-h]")
    assert said.count(f"jaxreg {name}") == said.count(f"{words} {name}")
    assert f"experiments/{name}.py" not in said


def test_the_help_of_a_script_names_the_script(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["experiments/search.py", "--help"])
    monkeypatch.setattr(sys, "executable", str(ROOT / "a" / "python"))
    code, said, _ = ended(lambda: commands.run_script("search"), capsys)
    assert code == 0
    assert said.startswith("usage: a/python experiments/search.py [-h]")
    assert "    a/python experiments/search.py --trials 20 --out runs/a   a short look" in said


@pytest.mark.parametrize(
    ("program", "path", "words"),
    [
        ("env/bin/jaxreg", "", "env/bin/jaxreg verdict"),
        ("env/bin/jaxreg", "env/bin", "jaxreg verdict"),
        ("elsewhere/env/bin/jaxreg", "env/bin", "elsewhere/env/bin/jaxreg verdict"),  # not the one that a shell finds
        ("site/jaxreg/__main__.py", "", "env/bin/python -m jaxreg verdict"),
        ("site/jaxreg/__main__.py", "env/bin", "python -m jaxreg verdict"),
        ("experiments/search.py", "", "env/bin/python experiments/verdict.py"),
        ("own/search.py", "", "env/bin/python -m jaxreg verdict"),  # somebody's script that calls us
        ("", "", "env/bin/python -m jaxreg verdict"),  # a notebook, a prompt
    ],
)
def test_a_command_is_printed_in_the_form_that_was_called_and_is_found_from_here(program, path, words, monkeypatch):
    for place in ("env/bin/jaxreg", "env/bin/python", "elsewhere/env/bin/jaxreg"):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).touch(0o755)
    for place in ("experiments/search.py", "experiments/verdict.py", "own/search.py", "own/verdict.py"):
        Path(place).parent.mkdir(exist_ok=True)
        Path(place).touch()
    monkeypatch.setenv("PATH", str(Path(path).absolute()) if path else "/nowhere")
    monkeypatch.setattr(sys, "executable", str(Path("env/bin/python").absolute()))
    monkeypatch.setattr(sys, "argv", [program])
    assert shlex.join(called_as("verdict")) == words
    there = str(Path.cwd())
    Path("in").mkdir()
    monkeypatch.chdir("in")
    if program.startswith("site") and not path:
        assert called_as("verdict")[0] == f"{there}/env/bin/python"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", ""),
        ("--trials 20 --storage sqlite:///a.db --workers 2", "--workers 2"),
        ("--out runs/look --data 'npz:a b.npz'", "--data 'npz:a b.npz' --out runs/look/verdict"),
        ("--out .", "--out verdict"),
        ("--out / --lambda-range 1e-5 1", "--out /verdict --lambda-range 1e-05 1.0"),
        ("--metric brier --lang ko", "--lang ko --metric brier --margin 0.002"),
        (f"{OWN} --train-size 0.5 --lambda-range 1e-5 1", f"--train-size 0.5 {OWN} --lambda-range 1e-05 1.0"),
    ],
)
def test_the_command_after_a_search_is_the_verdict_on_the_same_data_methods_and_network(given, words, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent)
    command = verdict_on_the_same(parse(StudyConfig, "", shlex.split(given))).command()
    before, _, after = command.partition(" verdict")
    assert (before != "", after.strip()) == (True, words)
    assert parse(VerdictConfig, "", shlex.split(after)).command() == command


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_the_text_of_every_command_is_there_in_korean(name):
    module = importlib.import_module(f"jaxreg.commands.{name}")
    assert re.match("[^\n]*[가-힣][^\n]*[.?!]|[^\n]*[가-힣]", module.KOREAN)
    shown = re.findall(rf"^    (jaxreg {name}.*?)(?:  |$)", module.__doc__ or "", re.MULTILINE)
    assert [line for line in shown if line.removesuffix(" --help") not in module.KOREAN] == []


@pytest.mark.parametrize("name", ["search", "verdict", "claims", "judge"])
def test_korean_help_fits_80_columns_of_wide_letters(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said, code = called(monkeypatch, "jaxreg", name, "--help", "--lang", "ko")
    assert code == 0
    assert [line for line in said.partition("자주 쓰는 옵션")[2].splitlines() if screen_width(line) > 80] == []


EXPERIMENTS = ("search", "verdict", "claims", "judge")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_options_stand_in_groups_the_most_used_first_and_have_their_help_in_both_languages(name, monkeypatch):
    said, _ = called(monkeypatch, "jaxreg", name, "--help")
    first = said.partition("most used:\n")[2].partition("\n\n")[0]
    wanted = {"search": "trials", "verdict": "blocks", "claims": "seeds", "judge": "block"}[name]
    assert {f"--{wanted}", "--out", "--lang"} <= set(re.findall(r"--[a-z-]+", first))
    assert said.index("most used:") < said.index("\ndata:")
    for spec in dataclasses.fields(config_of(name)):
        assert re.search("[가-힣]", spec.metadata["help"].ko), spec.name


def test_the_list_of_commands_is_there_in_korean(monkeypatch):
    said, code = called(monkeypatch, "jaxreg", "--lang", "ko", "--help")
    assert code == 0
    assert all(re.search("[가-힣]", line) for line in said.splitlines() if line)
    assert called(monkeypatch, "jaxreg", "--lang=ko")[0] == said


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["search", "--trials", "x"], "오류: --trials 'x': 수가 필요합니다"),
        (["search", "--trials", "0"], "오류: --trials 0: 사용할 수 있는 값은 1 이상의 정수"),
        (["search", "--trial", "3"], "오류: 알 수 없는 인자: --trial 3"),
        (["search", "--trials"], "오류: --trials: 값이 필요합니다"),
        (["search", "--lambda-range", "1"], "오류: --lambda-range: 값 2개가 필요합니다"),
        (["search", "--loss", "mse"], "오류: --loss 'mse': 사용할 수 있는 값은 'cross_entropy', 'softmax_twice'"),
        (["search", "--norm-types", "batch", "batch"], "다음 중 서로 다른 하나 이상: batch, group, layer, none"),
        (["search", "--train-size", "1.5"], "오류: --train-size 1.5: 사용할 수 있는 값은 이미지 1..2147483647장"),
        (["verdict", "--level", "2"], "오류: --level 2.0: 사용할 수 있는 값은 0보다 크고 0.5보다 작은 수"),
        (["judge"], "오류: 필요한 인자가 없습니다: SCORES"),
        (["serch"], "오류: command 'serch': 사용할 수 있는 값은 search, verdict"),
    ],
)
def test_what_cannot_be_used_is_said_in_korean_where_korean_is_asked_for(argv, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["jaxreg", *argv, "--lang", "ko"])
    code, out, err = ended(commands.main, capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_no_command_of_this_name_is_one_line_and_exit_code_2():
    ended = jaxreg("serch", "--trials", "1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"error: command 'serch': allowed is {', '.join(commands.COMMANDS)}\n"


@pytest.mark.slow
def test_a_study_with_workers_runs_by_the_package_alone_and_says_the_same_as_the_script():
    write_images("data.npz", 16)
    options = [*TINY, "--trials", "3"]
    by_name = jaxreg("search", *options, "--workers", "2")
    said = [line for line in by_name.stderr.splitlines() if "another process holds it" not in line]  # a slow machine
    assert (by_name.returncode, said) == (0, [])
    rows = Path("run/trials.csv").read_text()
    script = [sys.executable, str(ROOT / "experiments" / "search.py"), *options]
    by_script = subprocess.run(script, capture_output=True, text=True, check=True)
    assert by_script.stdout.splitlines()[-1] == by_name.stdout.splitlines()[-1]
    assert Path("run/trials.csv").read_text() == rows
