"""What docs/extending.md shows does what it says."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_claims import TINY, measured
from test_own_methods import SIZES, options, run
from test_study import write_data

from jaxreg.claims.catalog import find_networks
from jaxreg.claims.lab import Lab
from jaxreg.data import load_dataset

TEXT = (Path(__file__).parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"^jaxreg (.*)$", TEXT, re.MULTILINE)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, source in FILES.items():
        Path(name).write_text(source, encoding="utf-8")


def test_there_is_a_method_a_network_and_a_claim():
    assert set(FILES) == {"mine.py", "net.py", "c19_smaller_rate.py"}
    assert [command.split()[0] for command in COMMANDS] == ["search", "verdict"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_method_goes_where_the_commands_say(command, monkeypatch, capsys):
    write_data("data.npz")
    name, *words = command.split()
    budget = options(trials=6, sampler="balanced") if name == "search" else options(tune_trials=1, blocks=3)
    argv = [*words, "--data", "npz:data.npz", "--out", "run", *SIZES, *budget]
    if "--norm-types" not in words:
        argv += ["--norm-types", "none"]
    assert run(name, *argv, monkeypatch=monkeypatch) == 0
    assert "group lasso" in Path("run/report.html").read_text(encoding="utf-8")


def test_the_pieces_as_a_library_fit_together(capsys):
    house = (Path(__file__).parents[1] / "docs" / "house.md").read_text(encoding="utf-8")
    (source,) = [block for block in re.findall(r"```python\n(.*?)```", house, re.DOTALL) if " = fit(" in block]
    exec(source.replace("jax.random.key(0))", "jax.random.key(0), max_epochs=2)"), {})
    assert re.fullmatch(r"[12] \[\d \d \d\] \[\d \d \d\]\n", capsys.readouterr().out)


def test_the_network_learns(capsys):
    runpy.run_path("net.py", run_name="__main__")
    said = re.fullmatch(r"epoch \d: (\d+\.\d)% on epoch-valid\n", capsys.readouterr().out)
    assert said
    assert float(said[1]) > 70


def test_the_claim_is_measured():
    claim = runpy.run_path("c19_smaller_rate.py")["CLAIM"]
    config = replace(TINY, seeds=3)
    found = measured(claim, Lab(config, load_dataset("embedded"), find_networks([claim])), {})
    assert found.verdict == "yes"
    assert np.isfinite(found.checks[0].values).all()
    assert "{" not in "".join((*found.number, *claim.predicts(found)))
