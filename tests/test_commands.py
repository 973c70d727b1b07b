"""The commands: the same by three names, wherever the package is installed, and none but by its name."""

import io
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from test_cli import TINY, ended, write_images

from jaxreg import __main__ as commands

ROOT = Path(__file__).parents[1]
FILES = {path.stem for path in (ROOT / "jaxreg" / "commands").glob("[!_]*.py")}


def jaxreg(*argv):
    return subprocess.run([sys.executable, "-m", "jaxreg", *argv], capture_output=True, text=True)


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
    ("program", "words"), [("bin/jaxreg", "jaxreg"), ("jaxreg/__main__.py", "python -m jaxreg")], ids=str
)
def test_the_help_of_a_command_names_it_as_it_was_called(program, words, name, monkeypatch):
    said, code = called(monkeypatch, program, name, "--help")
    assert code == 0
    assert said.startswith(f"usage: {words} {name} [-h]")
    assert said.count(f"jaxreg {name}") == said.count(f"{words} {name}")
    assert f"experiments/{name}.py" not in said


def test_the_help_of_a_script_names_the_script(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["search.py", "--help"])
    code, said, _ = ended(lambda: commands.run_script("search"), capsys)
    assert code == 0
    assert said.startswith("usage: python experiments/search.py [-h]")
    assert "    python experiments/search.py --trials 20 --out runs/a   a short look" in said


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
