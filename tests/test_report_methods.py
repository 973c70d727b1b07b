"""Reports of comparisons that are not the seed's: one factor, three, many methods, and methods of a user's own."""

import re
from dataclasses import replace

import pytest
from report_cases import compared, spread, study, trial
from test_report_page import read

from jaxreg.methods import find_methods
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import NORMALIZATION, REGULARIZER, Factor, Method, Uniform
from jaxreg.pages.files import recolored, svg_bytes
from jaxreg.pages.style import DARK, LIGHT, all_colors, cell_color, cell_marker
from jaxreg.records import LANGUAGES
from jaxreg.search.page import render
from jaxreg.search.plots import draw
from jaxreg.search.summarize import figure_names, summarize
from jaxreg.text import Text

START = Factor("start", Text("initialisation", "초깃값"), Text("initialisations", "초깃값"))
STARTS = (
    Method("he", Text("He's initialisation", "He 초깃값"), factor=START, short=Text("He", "He")),
    Method(
        "wide",
        Text("wide initialisation", "넓은 초깃값"),
        factor=START,
        space={"width": Uniform(1.0, 3.0, Text("width", "폭"))},
        network={"width": 2},
        colors=("#123456", "#abcdef"),
        marker="X",
    ),
)
EVERY = compared(find_methods("norm_type"), find_methods("reg_type"))
ONE = compared((), ("none", "l1", "l2", "dropout"))
ALONE = compared((), ("dropout",))
MANY = compared((), find_methods("reg_type"))
THREE = Comparison(((START, STARTS), *compared(("none", "batch"), ("none", "l2")).factors))
COMPARISONS = {
    "one factor": ONE,
    "one method": ALONE,
    "one of many": MANY,
    "three factors": THREE,
    "every method": EVERY,
}
RESULTS = {name: spread(comparison) for name, comparison in COMPARISONS.items()}


def text_of(results, lang):
    """Returns the text of a page, without its settings."""
    summary = summarize(replace(results, config={}), lang)
    page = render(summary, {text.name: (b"<svg/>", b"<svg/>") for text in summary.figures})
    return read(page[page.index("<main>") : page.index("</main>") + 7]).text.replace("\xa0", " ")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_a_page_names_every_method_and_hyperparameter_of_its_comparison_and_no_other(name, lang):
    results, comparison = RESULTS[name], COMPARISONS[name]
    text = text_of(results, lang)
    for factor, methods in comparison.factors:
        assert factor.text.to(lang) in text
        assert all(method.label.to(lang) in text for method in methods)
    assert all(comparison.param(parameter).to(lang) in text for parameter in comparison.space)
    assert not re.search(r"[{}_]", text.replace("search.py", ""))
    if NORMALIZATION.name not in comparison.names:
        assert "normalization" not in text


@pytest.mark.parametrize("name", RESULTS)
def test_every_figure_of_a_comparison_is_drawn_and_recoloured(name):
    summary = summarize(RESULTS[name])
    assert {text.name for text in summary.figures} <= figure_names(COMPARISONS[name])
    for text in summary.figures:
        light = svg_bytes(draw(summary, text.name, LIGHT))
        if text.name == "history":
            assert recolored(light, all_colors(COMPARISONS[name])) == svg_bytes(draw(summary, text.name, DARK))


def test_colours_go_by_the_first_factor_and_markers_by_the_last_and_both_by_the_only_one():
    look = {cell: (cell_color(LIGHT, THREE, cell), cell_marker(THREE, cell)) for cell in THREE.cells}
    assert look["wide", "batch", "l2"] == ("#123456", "s")
    assert cell_color(DARK, THREE, ("wide", "none", "none")) == "#abcdef"
    assert len(set(look.values())) == 4
    for comparison in (ONE, MANY):
        assert len({cell_color(LIGHT, comparison, cell) for cell in comparison.cells}) == len(comparison.cells)
        assert len({cell_marker(comparison, cell) for cell in comparison.cells}) == len(comparison.cells)


@pytest.mark.parametrize(
    ("comparison", "names"),
    [
        (ONE, ["reg_lambda_by_reg_type", "dropout_by_reg_type", "learning_rate_by_reg_type"]),
        (ALONE, ["dropout_by_reg_type", "learning_rate_by_reg_type"]),
        (
            THREE,
            [
                *("width_by_norm_type", "width_by_reg_type", "reg_lambda_by_start", "reg_lambda_by_norm_type"),
                *("learning_rate_by_start", "learning_rate_by_norm_type", "learning_rate_by_reg_type"),
            ],
        ),
    ],
    ids=["one factor", "one method", "three factors"],
)
def test_a_hyperparameter_is_shown_by_the_factors_that_compare_its_methods_or_any(comparison, names):
    assert list(summarize(spread(comparison)).relations) == names


def test_a_linear_range_has_a_linear_axis_plain_numbers_and_bins_of_its_own():
    summary = summarize(spread(ONE))
    relation = summary.relations["dropout_by_reg_type"]
    ((panel,),) = (relation.panels,)
    assert all(high - low <= (0.8 - 0.05) / 8 + 1e-9 for low, high, _ in panel.trend)
    caption = next(text for text in summary.figures if text.name == "dropout_by_reg_type")
    assert "logarithmic" not in caption.alt
    assert "e-" not in caption.caption
    (axes,) = draw(summary, "dropout_by_reg_type", LIGHT).axes
    assert axes.get_xscale() == "linear"


def test_many_panels_stand_in_two_columns_and_many_methods_in_rows():
    summary = summarize(RESULTS["every method"])
    axes = draw(summary, "learning_rate_by_reg_type", LIGHT).axes
    assert len(axes) == 13
    assert len({round(ax.get_position().x0, 2) for ax in axes}) == 2
    cells = next(text for text in summary.figures if text.name == "cells")
    assert cells.alt.startswith("Table of coloured cells, one row for each regularizer and one column for each norm")


def test_what_one_has_to_know_of_methods_is_said_once_of_all_that_it_holds_for():
    notes = [line for line in summarize(RESULTS["every method"]).conclusion if "the longer a network trains" in line]
    assert len(notes) == 1
    assert notes[0].startswith("Dropout, random shifts, cutout and mixup: the better the longer")
    assert not any("the longer a network" in line for line in summarize(study((trial(0, 0.9),))).conclusion)


def test_a_cell_of_one_factor_is_called_by_its_method():
    summary = summarize(spread(ALONE))
    assert re.match(
        r"The best of 120 trials is dropout \(dropout rate 0\.\d+\), learning rate \d", summary.conclusion[0]
    )
    assert not any(line.startswith("By ") for line in summary.conclusion)
    assert REGULARIZER.name in summary.groups


def test_a_method_that_trains_a_fixed_number_of_epochs_is_said_to():
    assert "With no early stopping, a trial trains for 40 epochs in any case" in text_of(RESULTS["every method"], "en")
    assert "in any case" not in text_of(RESULTS["one factor"], "en")
