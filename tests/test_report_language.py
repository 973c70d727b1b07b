"""The search's report in Korean: it says what the English one says, wholly in Korean, and no letter is a box."""

import ast
import re
import string
import warnings
from pathlib import Path

import pytest
from matplotlib import font_manager
from matplotlib.text import Text as Artist
from report_cases import SEED, search, study, trial
from test_report_page import EDGES, read
from test_report_summary import many

import jaxreg
from jaxreg.pages import fonts, wording
from jaxreg.pages.fonts import korean_font
from jaxreg.pages.frame import TERMS, frame
from jaxreg.pages.markup import words
from jaxreg.pages.style import LIGHT
from jaxreg.pages.wording import CLASS_NUMBERS, TRIALS, answer, configuration, ends, numbered, percent
from jaxreg.search.page import render
from jaxreg.search.plots import draw
from jaxreg.search.summarize import summarize
from jaxreg.search.write import write_report
from jaxreg.text import Counted, counted

PARTS = ("pages", "search", "verdict", "judging", "engine", "data", "commands")
HOUSE = {part: sorted((Path(jaxreg.__file__).parent / part).glob("*.py")) for part in PARTS}
SOURCES = {part: [path.read_text(encoding="utf-8") for path in paths] for part, paths in HOUSE.items()}
GENERAL = {"one", "many"}  # what a verdict's cells are called, which not both languages need to say everywhere
TEMPLATES = {
    f"{part} {node.args[0].value!r}": tuple(arg.value for arg in node.args)
    for part, sources in SOURCES.items()
    for source in sources
    for node in ast.walk(ast.parse(source))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text"
    if all(isinstance(arg, ast.Constant) for arg in node.args)
}
CASES = EDGES | {
    "no trial": study(()),
    "search": search(),
    "equal": study(many(0, 20, 0.97) + many(20, 20, 0.968, "layer") + many(40, 20, 0.93, "none")),
    "few lead": study(many(0, 3, 0.97) + many(20, 12, 0.9, "layer") + many(40, 15, 0.2, pruned=True)),
    "both lost": study((*many(0, 3, 0.9), trial(7, 0.1, diverged=True), trial(9, 0.2, pruned=True))),
    "outside": study((*many(0, 3, 0.9), trial(7, 0.5, reg_lambda=1.0))),
}
FIGURES = [text.name for text in summarize(search()).figures]
HANGUL = re.compile("[가-힣]")


def fields(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def said(results, lang):
    """Returns every sentence of a report."""
    summary = summarize(results, lang)
    return [*summary.conclusion, *(part for text in summary.figures for part in (text.title, text.caption, text.alt))]


def blank(results, lang):
    summary = summarize(results, lang)
    return render(summary, {text.name: (b"<svg/>", b"<svg/>") for text in summary.figures})


def numbers(lines):
    """Returns the numbers of some text in order of size, without those of names (L1, L2)."""
    return sorted(re.findall(r"(?<![A-Za-z\d.])\d(?:[\d,]*\d)?(?:\.\d+)?(?:e-\d+)?", " ".join(lines)))


def test_every_template_has_the_same_fields_in_both_languages():
    assert len(TEMPLATES) > 200
    for name, (english, korean) in TEMPLATES.items():
        general = GENERAL if name.startswith("verdict") else set()
        assert fields(english) - general == fields(korean) - general, name
        assert HANGUL.search(korean) or not re.search(r"\b[a-z]{6}", re.sub("-valid|{[^}]*}|<[^>]*>", "", korean)), name
        assert not HANGUL.search(english), name


def test_every_template_that_has_a_name_is_used():
    every = "".join(source for sources in SOURCES.values() for source in sources)
    every += (Path(jaxreg.__file__).parent / "claims" / "config.py").read_text(encoding="utf-8")
    for part, sources in SOURCES.items():
        house = "".join(sources) if part in ("pages", "search", "verdict") else every
        for name in re.findall(r"^([A-Z_]+) = Text\(", "".join(sources), re.MULTILINE):
            assert len(re.findall(rf"\b{name}\b", house)) > 1, (part, name)


def test_every_counted_thing_and_form_is_there_in_both_languages():
    for thing in vars(wording).values():
        if isinstance(thing, Counted):
            assert all(fields(form) == {"n"} for form in thing)
    assert (counted(1, TRIALS).en, counted(1200, TRIALS).en) == ("1 trial", "1,200 trials")
    assert [numbered(n, CLASS_NUMBERS).en for n in ([3], [3, 5], range(14))] == [
        "class 3",
        "classes 3 and 5",
        "classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more",
    ]
    assert numbered(range(1212), CLASS_NUMBERS).ko == "클래스 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 외 1,200개"
    assert (counted(1, TRIALS).ko, counted(1200, TRIALS).ko) == ("시도 1회", "시도 1,200회")


@pytest.mark.parametrize("name", CASES)
def test_korean_sentences_say_the_numbers_of_the_english_ones_and_nothing_in_english(name):
    english, korean = said(CASES[name], "en"), said(CASES[name], "ko")
    assert len(english) == len(korean)
    for one, other in zip(english, korean, strict=True):
        assert numbers([one]) == numbers([other]), (one, other)
        assert HANGUL.search(other)
        assert not re.search(r"[{}]|\.\.| \.|\(\)", other)


@pytest.mark.parametrize("name", CASES)
def test_the_korean_page_is_whole_needs_nothing_else_and_has_no_english_sentence(name):
    page = blank(CASES[name], "ko")
    reader = read(page)
    assert '<html lang="ko">' in page
    assert all(address.startswith(("data:", "#")) for address in reader.addresses)
    assert {address[1:] for address in reader.addresses if address.startswith("#")} <= reader.ids
    assert all(len(HANGUL.findall(image["alt"])) > 10 for image in reader.images)
    labels = " ".join(re.findall('aria-label="([^"]*)"', page))
    body = re.sub(r"<(style|script|pre)\b.*?</\1>|<table class=.pairs.*?</table>|<[^>]*>", " ", page, flags=re.DOTALL)
    for text in (body, labels, *(image["alt"] for image in reader.images)):
        assert not re.search(r"(?:[A-Za-z][A-Za-z-]*[\s,.;:]+){3}[A-Za-z]", text)


def test_every_korean_page_on_regularization_says_which_of_two_is_meant_and_no_other_page_does():
    note = words(TERMS.ko)
    assert note in blank(CASES["no trial"], "ko")
    assert note not in blank(CASES["no trial"], "en")
    assert note not in frame((), title="가", sub="나", lang="ko", terms=False)
    assert '<p class="note"></p>' not in blank(CASES["no trial"], "en")


def test_the_korean_report_takes_the_place_of_the_english_one(tmp_path):
    results = study(many(0, 2, 0.9, reg_type="none"))
    assert '<html lang="en">' in write_report(study(()), tmp_path).read_text(encoding="utf-8")
    page = write_report(results, tmp_path, "ko").read_text(encoding="utf-8")
    assert '<html lang="ko">' in page
    assert {text.title for text in summarize(results, "ko").figures} <= set(
        re.findall("<figure.*?<h3>(.*?)</h3>", page)
    )
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {text.name for text in summarize(results).figures}


def test_the_answer_that_is_printed_says_where_the_report_is_in_the_same_language(tmp_path):
    assert answer(("a", "b"), ("D: x",), tmp_path, "en") == f"a\nb\n\nD: x\n\nReport: {tmp_path}"
    assert answer(("가",), ("D: x",), tmp_path, "ko") == f"가\n\nD: x\n\n보고서: {tmp_path}"
    assert configuration(SEED, trial(0, 0.9)).ko == "배치 정규화 + L2 규제 (람다 1.0e-4), 학습률 2.0e-3"
    assert configuration(SEED, trial(0, 0.9, "none", "none")).ko == "정규화 없음 + 규제 없음, 학습률 2.0e-3"


@pytest.mark.parametrize("name", CASES)
def test_per_cent_has_a_space_before_it_in_english_and_none_in_korean_and_a_range_no_dash(name):
    for lang, other_form in (("en", r"\d%"), ("ko", r"\d\s+%")):
        page = blank(CASES[name], lang)
        body = re.sub(r"<(style|script|pre)\b.*?</\1>|<table class=.pairs.*?</table>", " ", page, flags=re.DOTALL)
        text = re.sub("<[^>]*>", " ", re.sub("</?span[^>]*>", "", body)).replace("&nbsp;", " ")
        assert re.findall(f".{{9}}{other_form}", text) == []
        assert re.findall(r"\d\s*[–]\s*[−-]?\d", text) == []
    assert (percent(0.9752).en, percent(0.9752).ko, percent(0.95, None).ko) == ("97.52 %", "97.52%", "95%")
    assert (ends("-0.16", "0.42").en, ends("-0.16", "0.42").ko) == ("-0.16 to 0.42", "-0.16 ~ 0.42")


def test_no_line_is_broken_between_a_per_cent_sign_and_its_ending():
    assert words("98.1 %이며 98.1 % 위") == '98.1&nbsp;<span class="whole">%이며</span> 98.1&nbsp;% 위'


def shown(figure):
    return " ".join(text.get_text() for text in figure.findobj(Artist))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_korean_only_where_a_font_has_it_and_then_no_letter_is_a_box(name, monkeypatch, caplog):
    summary = summarize(search(30), "ko")
    if korean_font():
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # matplotlib warns of each letter that a font has not
            figure = draw(summary, name, LIGHT)
            figure.draw_without_rendering()
        assert HANGUL.search(shown(figure))
        assert not caplog.records  # nor does it log one: of a minus that mathtext has not, or of a bold font
    monkeypatch.setattr(fonts, "korean_font", lambda: None)
    figure = draw(summary, name, LIGHT)
    figure.draw_without_rendering()
    assert not HANGUL.search(shown(figure))


@pytest.mark.skipif(korean_font() is None, reason="no font with Korean letters is installed")
def test_a_font_that_matplotlib_has_not_seen_yet_is_found(monkeypatch):
    known = [font for font in font_manager.fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", known)
    assert korean_font.__wrapped__() == korean_font()
