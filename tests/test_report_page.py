"""The files that a report leaves: one page that needs nothing else, and its figures."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_cases import EDGES, answers, search, study, trial

from jaxreg.commands.table import TableConfig
from jaxreg.commands.table import run as print_table
from jaxreg.pages.files import FORMS
from jaxreg.pages.markup import flat, words
from jaxreg.pages.measure import F1_NOT_JUDGED
from jaxreg.pages.wording import percent
from jaxreg.records import LANGUAGES
from jaxreg.search.page import render
from jaxreg.search.summarize import summarize
from jaxreg.search.tables import all_tables, cell_table
from jaxreg.search.write import draw_all, write_report
from jaxreg.text import Text

VOID = {"meta", "img", "source", "link", "br"}


EVEN = (100,) * 10


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
