"""What a verdict says and shows, in both languages: true to the numbers, and one page that needs nothing else."""

import csv
import dataclasses
import re

import matplotlib as mpl
import numpy as np
import pytest
from test_report_figures import USERS
from test_report_page import read
from verdict_cases import INITS, NORMS, REGS, methods, verdict

from jaxreg.methods import find_methods
from jaxreg.methods.comparison import LEARNING_RATE
from jaxreg.methods.method import BETTER_WITH_TIME, NORMALIZATION, REGULARIZER
from jaxreg.pages import fonts
from jaxreg.pages.fonts import families
from jaxreg.pages.frame import NOTES, TERMS
from jaxreg.pages.markup import words
from jaxreg.pages.style import LIGHT
from jaxreg.pages.wording import ends, percent
from jaxreg.records import LANGUAGES
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Confirmation
from jaxreg.text import counted
from jaxreg.verdict import cautions, forms, tables
from jaxreg.verdict import page as page_module
from jaxreg.verdict import words as texts
from jaxreg.verdict import write as write_module
from jaxreg.verdict.forms import MOST_DISTANCES, Form, telling
from jaxreg.verdict.page import render_verdict
from jaxreg.verdict.plots import draw_verdict
from jaxreg.verdict.tables import FILES, RUN_FILES, contrast_table, write_tables
from jaxreg.verdict.words import say
from jaxreg.verdict.write import write_verdict_report

ONLY_NONE = methods(NORMALIZATION, "none")
FIGURES = ("best", "cells", "effects", "budget")
NO_FIGURES = {f"verdict_{name}": (b"", b"") for name in FIGURES}


def files_of(figures):
    """Returns the names of the files of figures."""
    return {f"verdict_{name}.{form}" for name in figures for form in ("png", "svg", "pdf")}


@pytest.fixture(scope="module")
def results():
    return verdict()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_answer_comes_first_and_all_numbers_are_those_of_the_judgement(lang, results):
    sentences = say(results, lang)
    best = results.judgement.cells[0]
    assert percent(best.test.value).to(lang) in sentences[0]
    assert best.cell[0] == "batch"
    assert results.comparison.method("norm_type", "batch").text.to(lang) in sentences[0].lower()
    for contrast in results.judgement.main_effects["norm_type"].contrasts:
        assert f"{100 * abs(contrast.difference.value):.2f}" in " ".join(sentences)


def test_what_cannot_be_told_apart_is_said_and_never_called_better():
    nothing = verdict((0, 0, 0), blocks=12)
    words = " ".join(say(nothing))
    assert "Best of all" not in words
    assert "of 12 combinations may be best" in words or "Any of the 12 combinations may be best" in words
    assert "What regularization buys" not in words
    assert "No interaction is detectable" in words


def test_a_clear_winner_is_called_best_of_all():
    clear = verdict((0, 3, 0), (0, 3, 0, 0), blocks=12)
    assert say(clear)[0].startswith("Best of all: batch normalization with L1 penalty, ")


def test_each_comparison_of_levels_names_the_better_one_first_with_its_interval(results):
    words, contrasts = " ".join(say(results)), results.judgement.main_effects["norm_type"].contrasts
    assert {contrast.difference.value > 0 for contrast in contrasts} == {True, False}
    for contrast in contrasts:
        sign = 1 if contrast.difference.value > 0 else -1
        levels = (contrast.left, contrast.right)[::sign]
        better, other = (results.comparison.method("norm_type", level).text.en for level in levels)
        ends = sorted(100 * sign * end for end in (contrast.difference.low, contrast.difference.high))
        assert re.search(
            rf"{better} (is {100 * abs(contrast.difference.value):.2f} points better than|and) {other}"
            rf"( are equivalent| cannot be told apart)? \({ends[0]:.2f} to {ends[1]:.2f}\)",
            words,
        )


def test_what_regularization_buys_is_the_best_minus_none_with_its_interval():
    clear = verdict((0, 3, 0), (0, 3, 0, 0), blocks=12)
    (found,) = (c.difference for c in clear.judgement.against_reference.contrasts if c.left == "batch/l1")
    value, low, high = (f"{100 * x:.2f}" for x in (found.value, found.low, found.high))
    assert (
        f"is {value} points above no normalization with no regularizer in test accuracy ({low} to {high});"
        in " ".join(say(clear))
    )


def test_a_choice_at_the_end_of_its_range_is_said_and_one_within_is_not(results):
    assert "end of its range" not in " ".join(say(results))
    first, second, *others = results.choices
    rate, strength = results.comparison.space[LEARNING_RATE], results.comparison.space["reg_lambda"]
    at_ends = (
        dataclasses.replace(first, params={LEARNING_RATE: rate.low * 1.01}),
        dataclasses.replace(second, params={"reg_lambda": strength.high, LEARNING_RATE: rate.high}),
    )
    words = " ".join(say(dataclasses.replace(results, choices=(*at_ends, *others))))
    named = re.search(
        r"Chosen at the end of its range, so that the best may lie outside: ([^;]*); ([^;]*); ([^;]*)\.", words
    )
    assert named is not None
    assert [re.findall(r"\((.*?) ", part)[0] for part in named.groups()] == ["learning", "learning", "lambda"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ease", [4, 99], ids=["some wrong", "all right"])
@pytest.mark.parametrize("blocks", [1, 2])
def test_one_and_two_blocks_decide_nothing_and_say_so(blocks, ease, lang):
    few = verdict(blocks=blocks, ease=ease, images=500)
    words = say(few, lang)
    assert cautions.TOO_FEW.format(blocks=blocks, least=3, enough=6).to(lang) in words
    of_best = texts.BEST, texts.MAY_BE_BEST, texts.ANY_MAY_BE_BEST, texts.DISTANCES, texts.CLOSE, texts.LUCK
    for text in (*of_best, texts.INTERACTION, texts.NO_INTERACTION):
        assert not any(re.match(pattern(text.to(lang)), sentence) for sentence in words)
    for text in (texts.EFFECT, texts.BOUGHT, cautions.DETECTABLE, cautions.TOGETHER):
        assert not any(re.match(pattern(text.to(lang)), sentence) for sentence in words)
    assert ("(" in words[0]) == (blocks == 2)


def pattern(template):
    return re.sub(r"\\{\w+\\}", ".*", re.escape(template))


def test_what_few_blocks_are_told_to_give_is_judged():
    assert "It takes 3 blocks or more, better 6 or 12." in " ".join(say(verdict(blocks=2, images=200)))
    assert verdict(blocks=3, images=200).judgement.judged


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("blocks", [3, 5, 12])
def test_where_all_answers_are_right_nothing_is_certain(blocks, lang):
    words = " ".join(say(verdict(blocks=blocks, ease=99, images=500), lang))
    assert percent(1.0).to(lang) in words
    assert ends("100.00", "100.00").to(lang) not in words
    assert not re.search(r"(?<![\d.])0\.00(?! \d)", words)  # neither a width nor a difference that could be seen
    for text in (texts.CLOSE, texts.EQUAL, texts.BETTER):
        assert not re.search(pattern(text.to(lang)), words)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("blocks", [3, 6, 12])
def test_where_no_difference_is_found_the_one_that_would_be_is_said(blocks, lang):
    nothing = verdict((0, 0, 0), blocks=blocks, seed=1)
    judgement, words = nothing.judgement, say(nothing, lang)
    for factor, others in ((NORMALIZATION, REGULARIZER), (REGULARIZER, NORMALIZATION)):
        family = judgement.main_effects[factor.name]
        said = texts.NOTHING_SEEN.format(seen=undecided(family), within=within(family))
        said = texts.EFFECT.format(factor=factor.text, others=others.plural, said=said)
        assert capitalized(said.to(lang)) in words
    seen = undecided(judgement.interactions)
    alike = texts.ACT_ALIKE.format(methods=REGULARIZER.plural, others=NORMALIZATION.text)
    assert texts.NO_INTERACTION.format(seen=seen, alike=alike).to(lang) in words


def undecided(family):
    """Returns what is said of a family in which nothing is decided."""
    assert {contrast.decision for contrast in family.contrasts} == {"undecided"}
    return texts.SEEN.format(amount=amount(family.detectable))


def within(family):
    """Returns what is said of how probably all differences of a family are within the margin."""
    probability = texts._probability(family.within)
    return texts.WITHIN.format(margin=amount(family.contrasts[0].margin), probability=probability)


def amount(difference):
    return Form(True, 2).amount(difference)


def capitalized(sentence):
    return sentence[0].upper() + sentence[1:]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_difference_could_be_found_none_is_promised(lang):
    nothing = verdict((0, 0, 0), blocks=3, images=4)
    words = say(nothing, lang)
    assert {contrast.decision for contrast in nothing.judgement.pairs.contrasts} == {"undecided"}
    for family in nothing.judgement.main_effects.values():
        said = texts.NOTHING_SEEN.format(seen=texts.NONE_SEEN, within=within(family))
        assert sum(said.to(lang) in sentence for sentence in words) == 1
    assert texts.NO_INTERACTION.format(seen=texts.NONE_SEEN, alike="").to(lang) in words  # not that they act alike
    assert cautions.UNDETECTABLE.format(blocks=3, effects="", **forms.COMBINATION).to(lang) in words
    assert not re.search(pattern(texts.SEEN.to(lang)), " ".join(words))


def test_what_cannot_be_shown_is_said_as_no_difference_however_large():
    words = " ".join(say(verdict((0, 0, 0), blocks=3, images=4)))
    assert "no detectable difference (none, however large, would be found with a probability of 80 %); all" in words
    assert "What 3 blocks can show: between two combinations no difference, however large, is found with" in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_normalizations_would_show_is_said_where_two_combinations_would_show_nothing(lang):
    given = verdict((0, 0, 0), blocks=3, images=20)
    pairs, norms = given.judgement.pairs, given.judgement.main_effects["norm_type"]
    assert pairs.detectable is None
    said = cautions.UNDETECTABLE_EFFECTS.format(methods=NORMALIZATION.plural, amount=amount(norms.detectable))
    filled = {"blocks": 3, "effects": said} | forms.COMBINATION
    assert cautions.UNDETECTABLE.format(**filled).to(lang) in say(given, lang)
    found = pairs._replace(contrasts=(pairs.contrasts[0]._replace(decision="better"), *pairs.contrasts[1:]))
    some = dataclasses.replace(given, judgement=given.judgement._replace(pairs=found))
    assert cautions.UNDETECTABLE_MOST.format(**filled).to(lang) in say(some, lang)


def test_one_tuning_trial_is_not_several(results):
    config = results.config | {"identity": results.config["identity"] | {"tune_trials": 1}}
    one = say(dataclasses.replace(results, config=config))
    assert "this network, and 1 tuning trial for each combination." in one[-2]
    assert "this network, and 3 tuning trials for each combination." in say(results)[-2]


def judged_anew(results, confirmation, **terms):
    """Returns the results of other scores, or on other terms."""
    terms = {"margins": results.comparison.margins()} | terms
    judgement = judge(confirmation, reference=results.comparison.reference, draws=500, **terms)
    return dataclasses.replace(results, confirmation=confirmation, judgement=judgement)


def test_the_margin_that_is_named_is_that_of_the_factors_that_vary():
    one_norm, both = (verdict((0,) * len(norms[1]), factors=(norms, REGS), images=4000) for norms in (ONLY_NONE, NORMS))
    assert forms.margins(one_norm) == [0.001]
    assert forms.margins(both) == [0.002, 0.001]
    equal = Confirmation(both.confirmation.factors, both.confirmation.cells, np.zeros((12, 6, 10**4), bool))
    sentences = " ".join(say(judged_anew(both, equal)))
    assert "At most 0.20 points below whatever is best: " in sentences
    band = draw_verdict(both, "best", LIGHT, "en").axes[0].patches[0]
    assert band.get_width() == pytest.approx(2 * 0.001)  # what does not reach below it is close to each other


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_hardly_ever_trains_is_named_beside_the_blocks_that_are_left_out(lang, results):
    failed = np.zeros((12, 6))
    failed[0], failed[5, 2] = 1, 1
    of_failing = judged_anew(results, results.confirmation._replace(failed=failed))
    once = results.comparison.text(results.confirmation.cells[5]).to(lang)
    (said,) = [text for text in say(of_failing, lang) if once in text and "7" in text]
    rare = cautions.RARE.format(cells=results.comparison.text(results.confirmation.cells[0]))
    assert rare.to(lang) in said
    failed[0] = 0
    assert rare.to(lang) not in " ".join(say(judged_anew(results, results.confirmation._replace(failed=failed)), lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_decided_about_the_data_is_on_the_page(lang, results):
    notes = {"data_notes": ["x: 3 of 9 test images <twice>"], "data_notes_ko": ["x: 테스트 이미지 9장 중 <3장>"]}
    page = render_verdict(dataclasses.replace(results, config=results.config | notes), NO_FIGURES, lang)
    (note,) = notes["data_notes_ko" if lang == "ko" else "data_notes"]
    assert words(note) in page
    assert words(NOTES.to(lang)) in page
    assert words(NOTES.to(lang)) not in render_verdict(results, NO_FIGURES, lang)


def test_a_margin_and_errors_that_two_digits_would_not_show_have_more():
    usual = verdict(images=200).judgement
    assert forms.form_of(usual).digits == 2
    assert forms.form_of(usual._replace(margins={"norm_type": 1e-5})).digits == 3
    assert forms.form_of(usual._replace(margins={"norm_type": 0.001})).digits == 2


def test_combinations_with_the_highest_mean_are_all_named():
    words = say(verdict((-99, 0, -99), (0, -99, 0, -99), ease=99, images=300))
    first = "2 of 12 combinations may be best; the highest mean is that of batch normalization with no regularizer: "
    assert words[0].startswith(f"{first}test accuracy 100.00 % (")
    assert words[1] == "Its mean is also that of batch normalization with L2 penalty."


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("blocks", "cells", "effects"), [(1, "_BARE", "_BARE"), (2, "", "_BARE"), (3, "", "")])
def test_captions_speak_of_intervals_only_where_there_are_some(blocks, cells, effects, lang):
    page = render_verdict(verdict(blocks=blocks, images=200), NO_FIGURES, lang)
    shown = " ".join(read(page).text.split())
    filled = {"blocks": blocks, "confidence": percent(0.95, None), "margin": amount(0.001)} | forms.COMBINATION
    for name, given in (("BEST", effects), ("CELLS", cells), ("EFFECTS", effects)):
        for end in ("", "_BARE"):
            caption = getattr(page_module, f"{name}_CAPTION{end}").format(**filled).to(lang)
            assert (caption in shown) == (end == given)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_are_written_as_the_language_writes_them_and_columns_of_p_are_explained(lang, results):
    page = render_verdict(results, NO_FIGURES, lang)
    bare = re.sub(r"<(style|script)\b.*?</\1>", " ", page.partition("<pre>")[0], flags=re.DOTALL)
    text = re.sub("<[^>]*>", " ", re.sub("</?span[^>]*>", "", bare)).replace("&nbsp;", " ")
    assert re.findall(r"\d\s*–\s*[−-]?\d", text) == []
    assert re.findall(r"\d%(?!p)" if lang == "en" else r"\d\s+%", text) == []
    assert " ".join(page_module.COLUMNS.to(lang).split()) in " ".join(text.split())
    table = contrast_table(results, "pairs").html(lang, caption="")
    assert "p, Wilcoxon (Holm)" in table if lang == "en" else "Wilcoxon p (Holm)" in table


@pytest.mark.parametrize(
    ("seconds", "said"), [(60.0, "1 minute of training in"), (7200.0, "120 minutes of training in")]
)
def test_one_of_a_thing_is_not_several_on_the_page(seconds, said, results):
    one = dataclasses.replace(results, seconds=seconds, runs=results.runs[:1])
    page = render_verdict(one, NO_FIGURES, "en")
    assert f"{said} 0 tuning trials and 1 confirmation run</p>" in page
    given = dataclasses.replace(
        verdict(blocks=1, images=200), config={**results.config}, choices=(), runs=(), frozen=""
    )
    assert counted(1, cautions.THESE).en == "this one"
    assert "these 1 " not in " ".join(say(given))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_pairs_and_the_comparison_with_the_best_differ_the_page_says_why(lang):
    told = set()
    for seed in range(6):
        given = verdict((0, 0.35, 0.2), blocks=6, images=1000, seed=seed)
        pairs, best = given.judgement.pairs.contrasts, given.judgement.best
        behind = {"/".join(distance.cell) for distance in best.distances if distance.standing == "behind"}
        losing = {c.right if c.decision == "better" else c.left for c in pairs if c.decision in ("better", "worse")}
        shown = re.search(pattern(page_module.DIFFER.to(lang)), read(render_verdict(given, NO_FIGURES, lang)).text)
        assert (shown is not None) == (behind != losing)
        told.add(behind != losing)
    assert True in told


def test_runs_that_diverged_and_a_tiny_budget_are_said(results):
    runs = (dataclasses.replace(results.runs[0], diverged=True), *results.runs[1:])
    words = " ".join(say(dataclasses.replace(results, runs=runs)))
    assert "1 of 72 confirmation runs diverged (no normalization with no regularizer)" in words
    assert "(--smoke)" not in words
    assert "(--smoke)" in " ".join(say(verdict(smoke=True)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_whole_in_each_language_and_needs_nothing_else(lang, results, tmp_path):
    path = write_verdict_report(results, tmp_path, lang)
    page = path.read_text(encoding="utf-8")
    reader = read(page)
    assert f'<html lang="{lang}">' in page
    assert all(address.startswith(("#", "data:")) for address in reader.addresses)
    assert not re.search(r"url\((?!data:|#)", page)
    assert len(reader.images) == len(FIGURES)
    assert all(image["alt"] and len(image["alt"]) > 20 for image in reader.images)
    for address in reader.addresses:
        assert not address.startswith("#") or address[1:] in reader.ids
    shown = " ".join(reader.text.split())
    assert all(" ".join(sentence.split()) in shown for sentence in say(results, lang))
    assert {p.name for p in (tmp_path / "plots").iterdir()} == files_of(FIGURES)


def test_the_korean_page_has_no_english_sentence_left(results, tmp_path):
    page = write_verdict_report(results, tmp_path, "ko").read_text(encoding="utf-8")
    body = re.sub(r"<(style|script|pre|dl).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    body = re.sub(r"&\w+;", " ", body)
    assert not re.findall(r"(?:\b[A-Za-z]{2,}\b[ ,]+){4,}", body.split("<h3>설정")[0].split("SHA-256")[0])


@pytest.mark.parametrize("name", FIGURES)
def test_labels_are_korean_only_where_a_font_has_them(name, results, monkeypatch):
    monkeypatch.setattr(fonts, "korean_font", lambda: None)
    figure = draw_verdict(results, name, LIGHT, "ko")
    texts = [text.get_text() for axes in figure.axes for text in axes.texts + axes.get_yticklabels()]
    texts += [axes.get_xlabel() for axes in figure.axes]
    assert not re.search("[가-힣]", " ".join(texts))


def test_the_tables_hold_every_comparison_and_the_budget_curves(results, tmp_path):
    write_tables(tmp_path, results)
    contrasts, budget = (
        list(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines())) for name in ("contrasts", "budget")
    )
    pairs = [row for row in contrasts if row["family"] == "pairs"]
    assert len(pairs) == 66
    for row, contrast in zip(pairs, results.judgement.pairs.contrasts, strict=True):
        assert (row["left"], row["right"], row["decision"]) == (contrast.left, contrast.right, contrast.decision)
        assert float(row["difference"]) == contrast.difference.value
        assert float(row["difference_low"]) == contrast.difference.low
    first = next(iter(results.expected_best.values()))
    assert [float(row["expected_best"]) for row in budget[:3]] == list(first)


def test_the_table_of_cells_is_the_same_on_the_page_and_for_a_text_and_its_numbers_are_those_for_scripts(tmp_path):
    results = verdict(lang="ko")
    write_tables(tmp_path, results)
    assert {path.name + "/" * path.is_dir() for path in tmp_path.iterdir()} == {*FILES, *RUN_FILES}
    rows = list(csv.DictReader((tmp_path / "cells.csv").read_text().splitlines()))
    assert list(rows[0])[:5] == ["norm_type", "reg_type", "reg_lambda", "learning_rate", "trial_valid_accuracy"]
    plain = (tmp_path / "tables" / "cells.md").read_text().replace("**", "")
    marked = [line.strip("| ").split(" | ") for line in plain.splitlines()]
    tex = re.sub(r"\\textbf{(.*?)}", r"\1", (tmp_path / "tables" / "cells.tex").read_text()).splitlines()
    page = render_verdict(results, NO_FIGURES, "ko")
    assert words(TERMS.ko) in page
    heads, _, *body = marked
    assert heads[:3] == ["정규화", "규제", "테스트 정확도"]
    assert len(rows) == len(body) == len(tex) - 6 == 12
    for row, shown, line in zip(rows, body, tex[4:], strict=False):
        method = results.comparison.method("norm_type", row["norm_type"])
        assert shown[:3] == [*line.split(" & ")[:2], f"{100 * float(row['test']):.2f}%"]
        assert shown[0] == method.text.ko
        assert f"{shown[2].replace(' ', '&nbsp;')}</td>" in page
        assert (shown[-1] == "-") == (row["reg_lambda"] == "") == (row["reg_type"] == "none")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_one_factor_methods_are_compared_in_pairs_and_nothing_is_averaged(lang, tmp_path):
    one = verdict((0, 0.3, 0.9, 0.2), factors=(REGS,))
    words, best = " ".join(say(one, lang)), one.comparison.method("reg_type", "l2").text.to(lang)
    assert best in words
    assert not re.search(pattern(texts.EFFECT.to(lang)), words)
    assert not re.search(pattern(texts.NO_INTERACTION.to(lang)), words)
    assert not re.search(forms.COMBINATION["one"].to(lang), words)
    page = write_verdict_report(one, tmp_path, lang).read_text(encoding="utf-8")
    reader = read(page)
    assert [image["alt"] is not None for image in reader.images] == [True, True, True]
    assert 'href="#evidence"' not in page
    assert not re.search(forms.COMBINATION["one"].to(lang), reader.text.split("SHA-256")[0])
    assert {p.name for p in (tmp_path / "plots").iterdir()} == files_of(("best", "cells", "budget"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("effects", [(0, 0.9), (0, 0.9, 0.5)], ids=["two cells", "three"])
def test_where_one_of_two_factors_varies_nothing_is_averaged_nor_said_twice(effects, lang, tmp_path):
    factors = methods(NORMALIZATION, *("none", "batch", "layer")[: len(effects)]), methods(REGULARIZER, "none")
    one, few = verdict(effects, factors=factors), len(effects) == 2
    words = say(one, lang)
    start = texts.EFFECT_ALONE.to(lang).partition(": ")[0].format(factor=NORMALIZATION.text.to(lang))
    (effect,) = (said for said in words if said.lower().startswith(start + ": "))
    assert one.comparison.method("norm_type", "batch").text.to(lang) in effect
    best = texts.BETTER_OF_TWO if few else texts.BEST
    assert re.match(pattern(best.to(lang)), words[0])
    assert one.judgement.num_families == (2 if few else 3)  # the best, pairs, and of three against the reference
    page = write_verdict_report(one, tmp_path, lang).read_text(encoding="utf-8")
    text = read(page).text
    assert page_module.EFFECTS_TITLE_ALONE.format(factors=NORMALIZATION.text).to(lang) in text
    assert page.partition('id="contrasts"')[2].partition("</section>")[0].count("<h3>") == (1 if few else 2)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_three_factors_each_is_averaged_over_both_others(lang, tmp_path):
    factors = methods(NORMALIZATION, "none", "batch"), methods(REGULARIZER, "none", "l2"), INITS
    three = verdict((0, 0.9), (0, 0), (0, 1), factors=factors)
    words = [sentence.lower() for sentence in say(three, lang)]
    for factor, _ in factors:
        others = [other.plural.to(lang) for other, _ in factors if other != factor]
        averaged = texts.EFFECT.to(lang).partition(": ")[0]
        start = averaged.format(factor=factor.text.to(lang), others=(", " if lang == "ko" else " and ").join(others))
        assert sum(sentence.startswith(start) for sentence in words) == 1
    interactions = contrast_table(three, "interactions")
    assert {sum(name != "none" for name in row.left.split("/")) for row in interactions.rows} == {2, 3}
    shown = read(write_verdict_report(three, tmp_path, lang).read_text(encoding="utf-8")).text
    assert tables.SUM.format(**forms.ALL).to(lang) in shown
    assert tables.SUM.format(**forms.BOTH).en not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_many_methods_the_first_cells_are_named_and_the_best_stands_for_all_pairs(lang):
    factors = methods(NORMALIZATION, "none", "layer"), methods(REGULARIZER, *find_methods("reg_type"))
    many = verdict((0, 0), factors=factors, images=300)
    words = say(many, lang)
    named = next(sentence for sentence in words if re.match(pattern(texts.DISTANCES.to(lang)), sentence))
    assert named.count(";") == MOST_DISTANCES - 1
    assert forms.MORE.format(count=len(many.judgement.best.candidates) - MOST_DISTANCES).to(lang) in named
    told = telling(many.judgement.main_effects["reg_type"])
    assert len(told) == len(find_methods("reg_type")) - 1
    (best,) = set.intersection(*({contrast.left, contrast.right} for contrast in told))
    for contrast in told:
        assert (contrast.difference.value > 0) == (contrast.left == best)
    assert page_module.EFFECTS_OF_MANY.to(lang) in render_verdict(many, NO_FIGURES, lang)
    count = len(factors[1][1])
    decided = say(verdict((0, 0), [3] + [0] * (count - 1), factors=factors, images=300), lang)
    rest = texts.REST.format(count=(count - 1) * (count - 2) // 2).to(lang)
    assert sum(sentence.endswith(f"; {rest}.") for sentence in decided) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_notes_of_compared_methods_are_said_once(lang):
    assert BETTER_WITH_TIME.to(lang) not in " ".join(say(verdict(images=200), lang))
    for names in (["dropout"], ["dropout", "mixup", "cutout"]):
        noted = verdict(factors=(NORMS, methods(REGULARIZER, "none", *names)), images=200)
        (found,) = (sentence for sentence in say(noted, lang) if BETTER_WITH_TIME.to(lang) in sentence)
        assert all(noted.comparison.method("reg_type", name).text.to(lang) in found.lower() for name in names)


@pytest.mark.parametrize(("value", "said"), [(0.06, True), (0.4, False), (0.79, True)])
def test_a_range_without_logarithm_ends_as_it_is(value, said):
    given = verdict(factors=(NORMS, methods(REGULARIZER, "none", "dropout")), images=200)
    choices = tuple(
        dataclasses.replace(choice, params=dict(choice.params) | {"dropout": value})
        if "dropout" in choice.params
        else choice
        for choice in given.choices
    )
    words = " ".join(say(dataclasses.replace(given, choices=choices)))
    assert (f"(dropout rate {value:.2g})" in words) == said


def test_the_report_is_drawn_with_matplotlibs_own_settings(results, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(write_module, "write_page", lambda *_: seen.append(dict(mpl.rcParams)))
    with mpl.rc_context(USERS):
        write_verdict_report(results, tmp_path)
    ours = {name: mpl.rcParamsDefault[name] for name in USERS} | {"font.family": families("en")}
    assert {name: seen[0][name] for name in USERS} == ours


def test_curves_of_a_dose_are_counted_among_the_tables_that_may_be_wrong():
    results = verdict(blocks=6)
    assert "in all 5, of at most 25 %" in " ".join(say(results))
    vars(results)["doses"] = ("a dose",)  # in the place of what is computed once
    assert "in all 6, of at most 30 %" in " ".join(say(results))
