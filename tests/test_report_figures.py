"""Figures of a page: drawn for every study, in both themes, whatever the user's own settings of matplotlib."""

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from report_cases import CONFIG, EDGES, SEED, search, study, trial
from test_report_page import read

from jaxreg.pages import fonts
from jaxreg.pages.files import recolored, svg_bytes
from jaxreg.pages.style import DARK, LIGHT, all_colors, cell_color, cell_marker
from jaxreg.search.page import render
from jaxreg.search.plots import draw
from jaxreg.search.summarize import summarize
from jaxreg.search.write import draw_all, write_report


@pytest.mark.parametrize("name", EDGES)
def test_a_report_is_drawn_and_written_for(name):
    summary = summarize(EDGES[name])
    images: dict[str, tuple[bytes, bytes]] = {}
    for text in summary.figures:
        draw(summary, text.name, LIGHT).canvas.draw()
        images[text.name] = (b"<svg/>", b"<svg/>")
    reader = read(render(summary, images))
    assert summary.conclusion[0] in reader.text.replace("\xa0", " ")
    assert len(reader.images) == len(summary.figures) >= 3


def test_methods_look_different_in_both_themes():
    for theme in (LIGHT, DARK):
        assert len({cell_color(theme, SEED, cell) for cell in SEED.cells}) == 3
    assert len({cell_marker(SEED, cell) for cell in SEED.cells}) == 4


def test_a_recoloured_figure_is_the_dark_one_and_the_colours_of_a_theme_are_distinct():
    summary = summarize(search(30))
    light, dark = (svg_bytes(draw(summary, "history", theme)) for theme in (LIGHT, DARK))
    assert recolored(light, all_colors(SEED)) == dark
    assert light != dark
    assert len(set(LIGHT)) == len(LIGHT) == len(DARK)


def test_a_figure_of_shades_is_drawn_again_in_the_dark_theme():
    summary = summarize(search(30))
    drawn = draw_all(summary, "cells")
    light, dark, *narrow = drawn.shown
    assert dark == svg_bytes(draw(summary, "cells", DARK)) != recolored(light)
    assert narrow == [svg_bytes(draw(summary, "cells", theme._replace(narrow=True))) for theme in (LIGHT, DARK)]


USERS = {  # what a matplotlibrc may hold; any of these would change a figure, or end it
    "text.usetex": True,
    "axes.formatter.use_locale": True,
    "axes.grid": True,
    "axes.facecolor": "red",
    "font.family": ["serif"],
    "font.size": 20,
    "lines.linewidth": 9,
    "savefig.dpi": 30,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "svg.fonttype": "none",
}


def test_a_report_is_the_same_to_the_byte_whatever_the_users_settings_of_matplotlib_which_stay_as_they_are(tmp_path):
    pages = [write_report(study((trial(0, 0.9), trial(1, 0.8, "none", "l1"))), tmp_path / "plain")]
    with matplotlib.rc_context(USERS):
        before = dict(matplotlib.rcParams)
        pages.append(write_report(study((trial(0, 0.9), trial(1, 0.8, "none", "l1"))), tmp_path / "users"))
        assert dict(matplotlib.rcParams) == before
    plain, users = ({p.name: p.read_bytes() for p in [page, *page.parent.glob("plots/*")]} for page in pages)
    assert len(plain) > 3
    assert users == plain


@pytest.mark.parametrize(
    ("module", "write", "results"),
    [
        ("jaxreg.search.write", "write_report", study(())),
        ("jaxreg.claims.write", "write_claims_report", SimpleNamespace(findings=())),
    ],
)
def test_every_report_is_written_with_matplotlibs_own_settings(module, write, results, monkeypatch, tmp_path):
    seen: list[Any] = []
    defaults: Any = matplotlib.rcParamsDefault
    monkeypatch.setattr(f"{module}.write_page", lambda *_: seen.append(dict(matplotlib.rcParams)))
    with matplotlib.rc_context(USERS):
        getattr(import_module(module), write)(results, tmp_path, "en")
    (settings,) = seen
    ours = {name: defaults[name] for name in USERS} | {"font.family": fonts.families("en")}
    assert {name: settings[name] for name in USERS} == ours


DRAWS = """
from jaxreg.pages.plain import plain_matplotlib
with plain_matplotlib():
    from matplotlib.figure import Figure
    Figure().savefig("figure.png")
"""


@pytest.mark.parametrize(
    "variables",
    [{"MPLBACKEND": "module://of.a.notebook that is not here"}, {"MATPLOTLIBRC": "users"}, {"MPLCONFIGDIR": "users"}],
    ids=lambda variables: next(iter(variables)),
)
def test_settings_with_which_matplotlib_cannot_even_be_loaded_are_left_aside(variables):
    Path("users").mkdir()
    Path("users/matplotlibrc").write_bytes("# für mich".encode("latin-1"))
    subprocess.run([sys.executable, "-c", DRAWS], check=True, env=os.environ | variables)
    assert Path("figure.png").exists()


def test_a_file_of_settings_in_the_folder_itself_with_which_matplotlib_cannot_be_loaded_is_one_line():
    Path("matplotlibrc").write_bytes("# für mich".encode("latin-1"))
    ended = subprocess.run([sys.executable, "-c", DRAWS], capture_output=True, text=True)
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("jaxreg.errors.InputError: matplotlib cannot be loaded ('utf-8' codec can't decode")
    assert "because of a file matplotlibrc in this folder perhaps; everything finished is kept" in said


@pytest.mark.parametrize(("num_classes", "slant"), [(10, 0), (100, 0), (300, 45)])
def test_names_below_a_confusion_matrix_stand_apart_and_its_errors_are_seen(num_classes, slant):
    summary = summarize(study(search(30).trials, num_classes=num_classes))
    figure = draw(summary, "confusion", LIGHT)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    labels = axes.get_xticklabels()
    assert {label.get_rotation() for label in labels} == {slant}
    ends = [label.get_window_extent() for label in labels]
    assert slant or all(left.x1 < right.x0 for left, right in itertools.pairwise(ends))
    counts = np.asarray(summary.winner.test.result.confusion)[:, :-1]
    errors = int(np.count_nonzero(counts) - np.count_nonzero(np.diag(counts)))
    dots = [len(drawn.get_offsets()) for drawn in axes.collections]
    assert sum(dots) == (errors if num_classes > 60 else 0)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_classes_are_called_by_their_names_in_the_page_and_at_the_figures_ticks(lang):
    names = [f"kind {i} <$a_b$ & {{c}}" for i in range(9)] + ["a" * 30]
    named = replace(search(40), config=CONFIG | {"class_names": names})
    summary = summarize(named, lang)
    text = read(render(summary, {text.name: (b"<svg/>", b"<svg/>") for text in summary.figures})).text
    worst = min(summary.winner.test.recall)
    for name in (names[c] for c in range(10) if summary.winner.test.recall[c] == worst):
        assert f"class {name}" in text or f"클래스 {name}" in text
    error = summary.winner.test.confusions[0]
    assert names[error.actual] in text
    assert text.count(names[0]) >= 1  # in the table of classes
    figure = draw(summary, "confusion", LIGHT)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == [f"kind {i} <$a_b$ & {{c}}" for i in range(9)] + ["a" * 19 + "…"]
        assert not any(tick.get_parse_math() for tick in ticks[:9])  # or $a_b$ would be a formula


def test_names_whose_letters_no_font_has_are_numbers_at_ticks(monkeypatch):
    monkeypatch.setattr(fonts, "korean_font", lambda: None)
    assert fonts.tick_names(["가", "b"]) == ["0", "1"]
    assert fonts.tick_names(["é", "ß"]) == ["é", "ß"]
