"""What README, README.ko and docs/ show: links lead somewhere, commands are known, the example trains."""

import ast
import dataclasses
import importlib
import os
import re
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from make_pictures import make_pictures
from test_own_methods import run

import jaxreg
from jaxreg.__main__ import COMMANDS
from jaxreg.cli import parse
from jaxreg.data import load_dataset
from jaxreg.engine import problem
from jaxreg.engine.setting import option

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


FEW: dict[str, Any] = {"max_epochs": 1, "workers": 1, "train_size": 24, "epoch_valid_size": 16, "trial_valid_size": 16}
FEWER: dict[str, Any] = {
    "search": {"trials": 2, "again": 1, "norm_types": ("none",), "reg_types": ("none", "l2")},
    "verdict": {"blocks": 3, "tune_trials": 1, "norm_types": ("none",)},
    "compare": {"blocks": 3, "tune_trials": 1, "norm_types": ("none", "batch")},
}


def little(*args, **kwargs):
    """Returns a data set with few test images: to answer 10,000 takes longer than all else here."""
    data = load_dataset(*args, **kwargs)
    return dataclasses.replace(data, test_images=data.test_images[:200], test_labels=data.test_labels[:200])


def test_what_the_readme_shows_runs_from_its_first_line_to_its_last(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(problem, "load_dataset", little)
    make_pictures(Path("photos"), 90, sides=(16, 24))
    Path("scores.csv").write_text("method,block,score\na,0,.9\na,1,.8\na,2,.7\nb,0,.6\nb,1,.5\nb,2,.6\n")
    for name, source in own_files(PAGES[0]).items():
        Path(name).write_text(source, encoding="utf-8")
    for name, words in commands(PAGES[0]):
        given = {part: value if isinstance(value, tuple) else (value,) for part, value in (FEW | FEWER[name]).items()}
        few = [word for part, values in given.items() for word in (option(part), *map(str, values))]
        assert run(name, *words, *few, monkeypatch=monkeypatch) == 0, words
    said = capsys.readouterr().out
    for folder in ("search", "photos", "mine"):
        assert f"Report: runs/{folder}/report.html" in said
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.setattr(jaxreg, "compare", partial(jaxreg.compare, **FEW | FEWER["compare"]), raising=False)
    exec(in_python(PAGES[0]), {"images": load_dataset("embedded").test_images[:3]})
    assert "\\toprule" in capsys.readouterr().out
    assert "L1/2 penalty" in Path("runs/compared/report.html").read_text(encoding="utf-8")


def in_python(page):
    """Returns the block of a README that is typed in Python."""
    (block,) = [block for block in blocks(page, "python") if block.startswith("import jaxreg\n")]
    return block


def test_the_korean_readme_shows_the_same_in_korean():
    english, korean = PAGES[:2]
    assert [(name, [*words, "--lang", "ko"]) for name, words in commands(english)] == list(commands(korean))
    codes = [ast.unparse(ast.parse(in_python(page))) for page in (english, korean)]
    assert codes[0] == codes[1].replace(", lang='ko'", "")
    assert own_files(english).keys() == own_files(korean).keys()


def test_the_readme_is_one_page():
    assert all(len(page.read_text(encoding="utf-8").splitlines()) <= 150 for page in PAGES[:2])
