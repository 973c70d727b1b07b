"""What docs/extending.md and docs/network.md show does what it says."""

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
from jaxreg.cli import parse
from jaxreg.data import load_dataset
from jaxreg.engine.foreign import try_own
from jaxreg.engine.problem import load_data
from jaxreg.search.trial import Trials
from jaxreg.verdict.config import VerdictConfig

DOCS = Path(__file__).parents[1] / "docs"
TEXT = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("extending.md", "network.md"))
FILES = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"^jaxreg (.*)$", TEXT, re.MULTILINE)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, source in FILES.items():
        Path(name).write_text(source, encoding="utf-8")


def test_there_is_a_method_a_network_and_a_claim():
    assert set(FILES) == {"mine.py", "c19_smaller_rate.py", "net.py", "varied.py", "use.py", "library.py"}
    names = [command.split()[0] for command in COMMANDS]
    assert names == ["search", "verdict", "search", "verdict", "verdict", "predict"]


@pytest.mark.parametrize("command", COMMANDS[:2])
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


def test_the_network_goes_where_the_commands_say(monkeypatch, capsys):
    arrays = write_data("data.npz")
    np.savez("images.npz", images=arrays["x_test"])
    search, _, varied, predict = [command.split() for command in COMMANDS[2:]]
    tiny = ["--data", "npz:data.npz", *SIZES, "--train-size", "20"]
    assert run(*search, *tiny, "--trials", "3", "--sampler", "balanced", monkeypatch=monkeypatch) == 0
    assert "it has no field normalization; --norm-types is left out" in capsys.readouterr().err
    assert run(*predict, monkeypatch=monkeypatch) == 0
    monkeypatch.syspath_prepend(".")
    runpy.run_path("use.py")
    assert capsys.readouterr().out.endswith(f"({len(arrays['x_test'])}, 4)\n")
    config = parse(VerdictConfig, None, [*varied[1:], *tiny])
    assert list(try_own(Trials(config.tuning_study(), load_data(config)).task)) == []


def test_the_network_learns(monkeypatch, capsys):
    monkeypatch.syspath_prepend(".")
    runpy.run_path("library.py", run_name="__main__")
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
