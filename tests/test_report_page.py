"""The files that a report leaves: one page that needs nothing else, and its figures."""

import itertools
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from report_cases import CONFIG, SEED, answers, search, study, trial

from jaxreg.commands.table import TableConfig
from jaxreg.commands.table import run as print_table
from jaxreg.pages import fonts
from jaxreg.pages.files import FORMS, recolored, svg_bytes
from jaxreg.pages.markup import flat, words
from jaxreg.pages.measure import F1_NOT_JUDGED
from jaxreg.pages.style import DARK, LIGHT, all_colors, cell_color, cell_marker
from jaxreg.pages.wording import percent
from jaxreg.records import LANGUAGES
from jaxreg.search.page import render
from jaxreg.search.plots import draw
from jaxreg.search.summarize import summarize
from jaxreg.search.tables import all_tables, cell_table
from jaxreg.search.write import draw_all, write_report
from jaxreg.text import Text

VOID = {"meta", "img", "source", "link", "br"}


class Reader(HTMLParser):
    """Reads a page, checks that its elements nest, and keeps its images, addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(values)
        self.addresses += [values[name] or "" for name in ("src", "srcset", "href") if name in values]
        if values.get("id"):
            self.ids.add(values["id"] or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def blank(results):
    """Returns the page with empty images, for what does not hang on the drawings."""
    summary = summarize(results)
    return render(summary, {f.name: (b"<svg/>", b"<svg/>") for f in summary.figures})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    write_report(search(), path)
    return path


def test_the_page_is_well_formed_and_every_figure_has_alternative_text(folder):
    reader = read((folder / "report.html").read_text())
    assert len(reader.images) == 10
    assert all(len(image["alt"] or "") > 60 for image in reader.images)


def test_the_page_asks_for_nothing_outside_itself(folder):
    page = (folder / "report.html").read_text()
    reader = read(page)
    assert all(a.startswith(("data:image/svg+xml;base64,", "#")) for a in reader.addresses)
    assert "link" not in reader.tags
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_every_link_of_the_contents_leads_to_a_section(folder):
    reader = read((folder / "report.html").read_text())
    anchors = {a[1:] for a in reader.addresses if a.startswith("#")}
    assert anchors
    assert anchors <= reader.ids


def test_each_figure_is_a_file_in_three_forms_too_and_nothing_half_written_is_left(folder):
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    names = {f"{f.name}.{form}" for f in summarize(search()).figures for form in starts}
    assert {p.name for p in (folder / "plots").iterdir()} == names
    assert all((folder / "plots" / name).read_bytes().startswith(starts[name[-3:]]) for name in names)
    assert {p.name for p in folder.iterdir()} == {"plots", "report.html", "tables"}


def test_a_wide_figure_is_drawn_for_phones_too_and_one_that_is_not_needs_no_other(folder):
    page = (folder / "report.html").read_text()
    narrow = re.findall(r'id="fig-(\w+)"><h3>[^<]*</h3><picture><source media="screen and \(max-width: 600px\)', page)
    assert narrow == ["cells", "history", "distribution"]
    assert len(re.findall(r'<picture><source media="screen and \(prefers-color-scheme: dark\)"', page)) == 7


def test_the_page_holds_every_trial_the_settings_and_the_command(folder):
    reader = read((folder / "report.html").read_text())
    assert reader.tags.count("tr") > 200
    assert "python experiments/search.py --trials 200 --seed 0" in reader.text
    assert "learning_rate_range" in reader.text
    assert "4.6.0" in reader.text
    assert "121,994" in reader.text


def test_the_same_results_give_the_same_drawing_byte_for_byte():
    for results, name in ((search(30), "training_curve"), (EDGES["all pruned"], "history")):
        summary = summarize(results)
        first, second = draw_all(summary, name), draw_all(summary, name)
        assert first == second
        assert not re.search(rb"CreationDate|\d{4}-\d\d-\d\dT", first.files["pdf"] + first.files["svg"])
        assert first.files["svg"] == first.shown[0]


def test_a_report_written_again_replaces_the_old_one_and_removes_figures_that_no_longer_hold(tmp_path):
    (tmp_path / "plots").mkdir()
    for form in FORMS:
        (tmp_path / "plots" / f"confusion.{form}").write_bytes(b"old")
    (tmp_path / "plots" / "mine.png").write_bytes(b"kept")
    path = write_report(study(()), tmp_path)
    assert "No trial has finished yet" in path.read_text()
    assert [p.name for p in (tmp_path / "plots").iterdir()] == ["mine.png"]


def test_a_page_that_fails_leaves_the_old_one_whole(tmp_path, monkeypatch):
    path = write_report(study(()), tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_report(study(()), tmp_path)
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"plots", "report.html", "tables"}


def test_what_a_configuration_holds_is_escaped():
    evil = '<script>alert("1")</script>'
    config = {"settings": {"data": evil, evil: [evil]}, evil: evil, "command": evil, "nested": {"a": {"b": evil}}}
    page = blank(replace(study((trial(0, 0.9),), config=config), network=Text(evil, evil)))
    assert evil not in page
    assert page.count("<script>") == 1
    assert page.count("&lt;script&gt;") >= 7
    read(page)


def test_unicode_in_a_configuration_is_kept():
    assert "정규화 <b>" in read(blank(study((trial(0, 0.9),), config={"settings": {"data": "정규화 <b>"}}))).text


def test_percent_signs_and_powers_of_ten_do_not_break_from_their_number():
    assert words("98.1 % at 3.2e-4") == '98.1&nbsp;% at <span class="whole">3.2e-4</span>'


def test_nested_settings_get_dotted_names():
    assert flat({"a": {"b": {"c": 1}}, "d": 2}) == [("a.b.c", 1), ("d", 2)]


@pytest.mark.parametrize(
    ("lang", "ends"),
    [
        ("en", "no longer improves or after the epochs of --max-epochs where these are set, keeps the weights"),
        ("ko", "조기 종료하거나 --max-epochs가 있으면 그 에포크 수에서 끝내며, 최고 에포크의 가중치를"),
    ],
)
def test_the_method_names_both_ends_of_a_trial(lang, ends):
    summary = summarize(study((trial(0, 0.9),)), lang)
    page = render(summary, {text.name: (b"<svg/>", b"<svg/>") for text in summary.figures})
    assert ends in " ".join(read(page).text.split())


def test_cells_with_few_trials_are_marked_in_the_table():
    page = blank(study((*(trial(i, 0.9 + 0.001 * i) for i in range(12)), trial(20, 0.8, "none", "l1"))))
    assert len(re.findall(r'<tr class="few">', page)) == 11
    assert len(re.findall(r"\d+ \*</td>", page)) == 11


def sentences_on_classes(**counts):
    """Returns what the page says above the table of classes, of a study with these images per class."""
    results = study((trial(0, 0.9, correct=answers(0, 0.9, sum(counts["trial_valid"]))),))
    page = blank(replace(results, class_counts=counts))
    return read(page[page.index('id="data"') - 9 : page.index("</p>", page.index('id="data"')) + 4] + "</section>").text


def test_the_page_names_the_classes_that_have_no_image_and_leaves_them_out_of_ratios():
    whole, none = (0, *[100] * 10), (0, 150, 0, 0, *[100] * 7)
    text = sentences_on_classes(train=none, epoch_valid=whole, trial_valid=whole, test=whole)
    assert "those of the smallest that occurs: 1.50 in train, 1.00 in epoch-valid" in text
    assert "No image of class 0 in any split and classes 2 and 3 in train." in text
    assert "would score 10.0\xa0% (with 10 classes of one size: 10.0\xa0%)" in text
    assert "No image" not in sentences_on_classes(
        **dict.fromkeys(("train", "epoch_valid", "trial_valid", "test"), EVEN)
    )


def test_the_page_calls_classes_unbalanced_where_accuracy_is_measured_and_says_what_it_is_then_worth():
    mnist = (192, 230, 210, 205, 190, 180, 195, 215, 150, 233)  # a draw of 2,000: 1.55 times as many
    text = sentences_on_classes(train=EVEN, epoch_valid=mnist, trial_valid=EVEN, test=EVEN)
    assert "1.55 in epoch-valid" in text
    assert "even enough for accuracy to be a fair metric" in text
    text = sentences_on_classes(train=EVEN, epoch_valid=EVEN, trial_valid=EVEN, test=(9000, *EVEN[1:]))
    assert "unbalanced, so accuracy favours the frequent ones: always naming the largest class of test" in text
    assert re.search(
        r"With every class weighed the same, the winner's test accuracy of 89\.\d\d\xa0% would be 89", text
    )
    text = sentences_on_classes(train=(0, 9), epoch_valid=(0, 9), trial_valid=(0, 9), test=(0, 9))
    assert "Only one class occurs" in text
    assert "weighed" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_notes_on_the_data_are_in_the_language_of_the_page(lang):
    said = {"data_notes": ["nothing in it"], "data_notes_ko": ["아무것도 없음"]}
    summary = summarize(search(), lang)
    page = render(replace(summary, config=dict(summary.config) | said), {f.name: (b"", b"") for f in summary.figures})
    for shown, own in (("nothing in it", "en"), ("아무것도 없음", "ko")):
        assert page.count(shown) == (own == lang)
    assert "data_notes" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_macro_f1_of_the_winner_and_says_why_it_is_not_judged(lang):
    summary = summarize(search(), lang)
    page = render(summary, {f.name: (b"<svg/>", b"<svg/>") for f in summary.figures})
    head, f1 = {"en": "macro F1 on test", "ko": "테스트 macro F1"}[lang], percent(summary.winner.test.macro_f1)
    assert f'<th scope="row">{head}</th><td>{words(f1.to(lang))}</td>' in page
    assert words(F1_NOT_JUDGED.to(lang)) in page


EVEN = (100,) * 10
EDGES = {
    "one trial": study((trial(0, 0.9),)),
    "one epoch": study((trial(0, 0.9, num_epochs=1),)),
    "all diverged": study(tuple(trial(i, 0.1, diverged=True) for i in range(3))),
    "all pruned": study(tuple(trial(i, 0.3, pruned=True) for i in range(3))),
    "no penalty": study(tuple(trial(i, 0.9, "none", "none") for i in range(12))),
    "two trials": study((trial(0, 0.9), trial(1, 0.8, "layer", "l1"))),
    "perfect": study(tuple(trial(i, 1.0) for i in range(12))),
    "two classes": study((trial(0, 0.9),), num_classes=2),
    "hundred classes": study((trial(0, 0.5),), num_classes=100),
    "empty config": study((trial(0, 0.9),), config={}),
    "no curve": study((replace(trial(0, 0.9), curve=type(trial(0, 0.9).curve)((), (), (), ())),)),
    "no number": study((trial(0, 0.9), replace(trial(1, 0.9), trial_valid_accuracy=float("nan"), diverged=True))),
}


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
    axes = draw(summary, "confusion", LIGHT).axes[0]
    shown = [tick.get_text() for tick in axes.get_xticklabels()]
    assert shown == [tick.get_text() for tick in axes.get_yticklabels()]
    assert shown == [rf"kind {i} <\$a_b\$ & {{c}}" for i in range(9)] + ["a" * 19 + "…"]


def test_names_whose_letters_no_font_has_are_numbers_at_ticks(monkeypatch):
    monkeypatch.setattr(fonts, "korean_font", lambda: None)
    assert fonts.tick_names(["가", "b"]) == ["0", "1"]
    assert fonts.tick_names(["é", "ß"]) == ["é", "ß"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_tables_of_a_search_are_files_too_and_can_be_printed(lang, tmp_path, capsys):
    write_report(search(), tmp_path, lang)
    summary = summarize(search(), lang)
    names = ("cells", "classes", "errors")
    assert {path.stem for path in (tmp_path / "tables").iterdir()} == set(names)
    for name, table in all_tables(summary).items():
        assert (tmp_path / "tables" / f"{name}.md").read_text(encoding="utf-8") == table.markdown(lang)
    print_table(TableConfig(str(tmp_path)))  # without a name the first
    assert capsys.readouterr().out == cell_table(summary).markdown(lang)
