"""What README, README.ko and docs/ show: links lead somewhere, commands are known, the example trains."""

import importlib
import os
import re
import shlex
from pathlib import Path

import pytest
from test_own_methods import SIZES, options, run
from test_study import write_data

from jaxreg.__main__ import COMMANDS
from jaxreg.cli import parse

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md"))]
STARTS = {*(f"experiments/{name}.py" for name in COMMANDS), *COMMANDS}


def blocks(page, language):
    """Returns the blocks of code of a language, each command of a shell in one line."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [block.replace("\\\n", " ") for block in found]


def commands(page):
    """Yields the name and the options of every command of ours that a page shows."""
    for line in "\n".join(blocks(page, "sh")).splitlines():
        for part in re.split(r"&&|;|\|\|?", line):
            words = shlex.split(part, comments=True)
            at = next((i for i, word in enumerate(words) if word in STARTS), None)
            if at is not None and re.search(r"jaxreg|python", words[at - 1] if at else ""):
                yield Path(words[at]).stem, [word for word in words[at + 1 :] if word != "$@"]


EVERY = [
    pytest.param(page, *command, id=f"{page.name}-{i}") for page in PAGES for i, command in enumerate(commands(page))
]


def test_there_are_commands_to_try():
    assert len(EVERY) > 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("page", "name", "words"), EVERY)
def test_every_command_is_one_that_we_have(page, name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "1")
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "16")
    for file, source in [item for shown in (*PAGES, page) for item in own_files(shown).items()]:
        Path(file).write_text(source, encoding="utf-8")
    if "--help" not in words and "--list" not in words:
        parse(importlib.import_module(f"jaxreg.commands.{name}").CONFIG, None, [*map(os.path.expandvars, words)])


def own_files(page):
    """Returns the Python files that a page shows, by the name in their first line."""
    return {
        name: f"# {name}\n{source}"
        for block in blocks(page, "python")
        for name, source in re.findall(r"^# (\S+\.py)\n(.*)", block, re.DOTALL)
    }


def test_make_knows_every_target():
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {
        name for page in PAGES for name in re.findall(r"^make ([a-z]+)", "\n".join(blocks(page, "sh")), re.MULTILINE)
    }
    assert {"study", "test", "verdict", "claims", "help"} <= shown <= known


def test_what_make_docs_has_pages_of_is_there_and_says_what_it_is():
    (named,) = re.findall(r"^API := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in ("jaxreg", *(f"jaxreg.{module}" for module in named.split())):
        assert importlib.import_module(name).__doc__


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_the_method_of_the_readme_trains(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (source,) = [source for name, source in own_files(page).items() if name == "mine.py"]
    Path("mine.py").write_text(source, encoding="utf-8")
    write_data("data.npz")
    few = options(trials=2, sampler="balanced", norm_types="none")
    words = ["--methods", "mine.py", "--reg-types", "none", "half", "--data", "npz:data.npz", "--out", "run"]
    assert run("search", *words, *SIZES, *few, monkeypatch=monkeypatch) == 0
    assert "half" in Path("run/trials.csv").read_text(encoding="utf-8")


def test_the_readme_is_one_page():
    assert all(len(page.read_text(encoding="utf-8").splitlines()) <= 150 for page in PAGES[:2])
