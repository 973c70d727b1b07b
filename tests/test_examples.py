"""The notebook for a class: it runs from top to bottom, and is the script beside it."""

import runpy
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


def cells(path):
    return [(cell.cell_type, cell.source) for cell in jupytext.read(path).cells]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_notebook_has_the_cells_of_its_script(script):
    assert cells(script.with_suffix(".ipynb")) == cells(script), "make notebook"


@pytest.mark.slow
def test_it_runs_from_top_to_bottom_and_shows_a_picture_for_each_part(monkeypatch, capsys):
    monkeypatch.setenv("JAXREG_TINY", "1")
    plt.switch_backend("agg")
    shown: list[list[int]] = []
    monkeypatch.setattr(plt, "show", lambda: shown.append([len(ax.lines) + len(ax.patches) for ax in plt.gcf().axes]))
    made = runpy.run_path(str(EXAMPLES / "which_regularization.py"))
    assert [all(numbers) for numbers in shown] == [True, True, True]
    verdict = made["verdict"]
    assert {score.cell for score in verdict.results.judgement.cells} == {
        (norm, reg) for norm in ("none", "batch") for reg in ("none", "l2")
    }
    assert str(verdict) in capsys.readouterr().out
    assert Path("runs/notebook/report.html").exists()
