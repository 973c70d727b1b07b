"""Scores from elsewhere: the verdict that our own have, an independent computation, and one line for what is wrong."""

import csv
import dataclasses
import json
import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats
from test_ends import ended
from test_report_page import read
from verdict_cases import verdict

import jaxreg
from jaxreg import __main__ as commands
from jaxreg.errors import InputError
from jaxreg.judging.config import JudgeConfig
from jaxreg.judging.given import read_file
from jaxreg.judging.run import judged, run_judge
from jaxreg.pages import fonts
from jaxreg.pages.fonts import korean_font
from jaxreg.pages.frame import TERMS
from jaxreg.records import LANGUAGES
from jaxreg.stats.judge import judge
from jaxreg.verdict.forms import form_of
from jaxreg.verdict.tables import all_tables, exported, write_tables
from jaxreg.verdict.words import say

# Published accuracies in per cent over five seeds, as a paper's table has them.
SEEDS = {"plain": [93.1, 93.4, 92.9, 93.3, 93.0], "decay": [94.0, 94.4, 94.1, 94.3, 94.0], "mixup": [94.3, 94.2, 94.4]}
SEEDS["mixup"] += [94.5, 94.1]


def rows_of(table, header=("method", "block", "score")):
    return [list(header), *([name, seed, score] for name, own in table.items() for seed, score in enumerate(own))]


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


@pytest.fixture(scope="module")
def own():
    return verdict(blocks=6, images=400)


def said_of(rows, **settings):
    """Returns what is said of a table, and its judgement."""
    results = judged(read_file(config := JudgeConfig(write("scores.csv", rows), **settings)), config)
    return " ".join(say(results)), results


def test_one_that_excludes_all_others_is_called_no_better_than_it_is_where_its_pairs_are_undecided():
    """Comparisons with the best have one side: by 1.9 standard errors the second is not better, but may be as good."""
    ahead = np.array([2.0, -1.0, 0.5, 1.2, -0.2, 1.8, 0.4, 0.1, 1.5, -0.8, 0.9, 0.3]) / 1000
    rows = rows_of({"new": list(0.8 + ahead), "old": [0.8] * 12})
    said, results = said_of(rows)
    assert [distance.standing for distance in results.judgement.best.distances] == ["best", "behind"]
    assert [pair.decision for pair in results.judgement.pairs.contrasts] == ["undecided"]
    assert "No other method is better than new" in said
    assert "Best of all" not in said
    assert "Best of all: new" in said_of(rows_of({"new": list(0.81 + ahead), "old": [0.8] * 12}))[0]


def test_digits_show_a_difference_that_scatters_less_than_the_scores():
    ahead = [0.031, 0.024, 0.036, 0.029, 0.033, 0.027, 0.030, 0.035]
    scores = np.array([61.2, 95.3, 72.8, 88.1, 54.4, 99.0, 80.5, 67.7])
    said, results = said_of(rows_of({"new": list(scores + ahead), "old": list(scores)}), margin=0.01)
    form = form_of(results.judgement)
    assert (form.number(0.0306), form.end(-0.00004), form.number(-0.00004)) == ("0.0306", "-0.00004", "0.0000")
    assert "0.0 " not in said


def test_equal_scores_of_a_table_leave_nothing_that_more_blocks_would_not_take_away():
    kinds = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    scores = np.round(0.91 + 0.01 * np.random.default_rng(0).standard_normal((4, 6)), 2)
    rows: list[list[Any]] = [["norm", "reg", "seed", "accuracy"]]
    rows += [[*kind, seed, score] for kind, own in zip(kinds, scores, strict=True) for seed, score in enumerate(own)]
    said, results = said_of(rows, score="accuracy", factors=("norm", "reg"), block="seed")
    assert all(not family.floor for family in results.judgement.families.values())
    assert "test images, however many blocks" not in said


def test_scores_that_are_no_shares_are_none_when_their_run_folder_is_judged_again(tmp_path):
    ridge, none = [0.412, 0.401, 0.407, 0.415, 0.398, 0.405], [0.39, 0.384, 0.388, 0.391, 0.38, 0.386]
    rows = rows_of({"ridge": ridge, "none": none}, ("method", "block", "r2"))
    _, results = said_of(rows, score="r2", margin=0.01)
    (tmp_path / "scores.npz").write_bytes(exported(results))
    again = judged(read_file(config := JudgeConfig(str(tmp_path), margin=0.01)), config)
    assert not again.judgement.are_shares
    assert say(again) == say(results)


def test_a_verdicts_own_export_gives_that_verdict(own, tmp_path):
    (tmp_path / "scores.npz").write_bytes(exported(own))
    results = judged(read_file(JudgeConfig(str(tmp_path))), JudgeConfig(str(tmp_path)))  # the run folder
    comparison = own.comparison
    same = judge(own.confirmation, reference=comparison.reference, margins=comparison.margins())
    assert results.judgement == same
    assert results.comparison.factors == comparison.factors
    ours, theirs = say(dataclasses.replace(own, judgement=same)), say(results)
    assert theirs[:-1] == ours[:-2]  # but for what tuning was: these two say what the intervals are about
    assert theirs[-1].startswith("This holds for blocks like these 6 and test images like these 400")


def test_a_long_table_of_single_images_gives_the_verdict_of_the_array(own, tmp_path):
    scores = own.confirmation.scores[:3, :4, :30].astype(int)
    rows = [["block", "image", "norm_type", "reg_type", "score"]]
    for cell, block, image in np.random.default_rng(0).permutation(list(np.ndindex(*scores.shape))):
        rows.append([block, f"i{image}", *own.confirmation.cells[cell], scores[cell, block, image]])
    config = JudgeConfig(write(tmp_path / "long.csv", rows), factors=("norm_type", "reg_type"), chance=0.1)
    found = read_file(config).confirmation
    assert set(found.cells) == set(own.confirmation.cells[:3])
    order = [found.cells.index(cell) for cell in own.confirmation.cells[:3]]
    np.testing.assert_allclose(found.scores[order].mean(axis=(1, 2)), scores.mean(axis=(1, 2)))
    assert found.scores.shape == scores.shape
    assert judged(read_file(config), config).judgement.reference == ("none", "none")


def test_accuracies_over_seeds_are_judged_as_an_independent_computation_does(tmp_path):
    found = judged(
        read_file(JudgeConfig(write(tmp_path / "a.csv", rows_of(SEEDS)))), JudgeConfig("a", margin=0.1)
    ).judgement
    table = np.array(list(SEEDS.values()))
    for contrast in found.pairs.contrasts:
        differences = np.subtract(SEEDS[contrast.left], SEEDS[contrast.right])
        error = np.hypot(stats.sem(differences), 0.1 * np.sqrt(2 / 12 / 5))  # and what rounding to 0.1 adds
        reach = stats.t.isf((1 - 0.95 ** (1 / 3)) / 2, 4) * error  # Sidak's for three pairs
        assert contrast.difference.value == pytest.approx(differences.mean())
        assert contrast.difference.standard_error == pytest.approx(error)
        assert np.ptp(contrast.difference[2:]) == pytest.approx(2 * reach)
    means = table.mean(axis=1)
    names = list(SEEDS)
    one_sided = stats.t.isf(0.05 / 2, 4)
    high = [
        max(0, min(means[i] - means[j] + one_sided * stats.sem(table[i] - table[j]) for j in range(3) if j != i))
        for i in range(3)
    ]
    for distance in found.best.distances:
        assert distance.difference.high == pytest.approx(high[names.index(distance.cell[0])], abs=0.02)
    assert found.best.candidates == (("mixup",), ("decay",))
    assert found.num_images == 1


def test_one_score_a_block_is_said_to_be_a_design_of_its_own_and_no_unit_is_invented():
    for lang, said in (("en", "There is one score a block"), ("ko", "블록마다 점수가 하나입니다")):
        found = jaxreg.judge({"method": [n for n, s in SEEDS.items() for _ in s],
                              "block": [k for s in SEEDS.values() for k in range(len(s))],
                              "score": [x for s in SEEDS.values() for x in s]}, margin=0.1, lang=lang)  # fmt: skip
        words = str(found)
        assert said in words
        assert "94.30" in words
        for unit in ("points", "%p"):
            assert unit not in words
        assert "94.30 %" not in words


def test_frames_mappings_and_arrays_give_the_same_verdict():
    class Frame:
        """What of a data frame is used."""

        columns = ("method", "block", "score")

        def __getitem__(self, name):
            return np.array([row[self.columns.index(name)] for row in rows_of(SEEDS)[1:]], object)

    array = np.array(list(SEEDS.values()))
    first, second = jaxreg.judge(Frame(), margin=0.1), jaxreg.judge(array, methods=list(SEEDS), margin=0.1)
    assert first.words == second.words
    assert second.words == jaxreg.judge(array[:, :, None], methods=list(SEEDS), margin=0.1).words
    assert first.best == ("mixup", "decay")
    assert first.better("mixup", "plain") is True
    assert first.better("plain", "mixup") is False
    assert first.better("decay", "mixup") is None
    assert first.summary["best"][0]["standing"] == "may be best"
    assert first.table("pairs", "csv").startswith("family,left,right,difference")
    assert r"\textbf{mixup}" in first.table(form="latex")
    assert "<table" in first._repr_html_()
    with pytest.raises(InputError, match="method 'none': allowed is mixup, decay, plain"):
        first.better("none", "mixup")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([], {}, "empty"),
        ([["method", "block", "score"]], {}, "no rows"),
        ([["a", "block", "score"], ["x", 1, 2]], {}, "no column 'method'; --factors names one of a, block, score"),
        ([["method", "block", "acc"], ["x", 1, 2]], {}, "no column 'score'; --score names one of"),
        ([["method", "block", "score"], ["x", 1]], {}, "line 2: 2 values, where the first line names 3"),
        ([["method", "block", "score"], ["x", 1, "high"]], {}, "line 2: score is 'high'; a finite number"),
        ([["method", "block", "score"], ["x", 1, "nan"]], {}, "line 2: score is 'nan'"),
        ([["method", "block", "score"], ["x", 1, "inf"]], {}, "line 2: score is 'inf'"),
        ([["method", "block", "score"], ["", 1, 0.5]], {}, "line 2: method is ''; a name"),
        ([["method", "block", "score"], ["x", 1, 0.5], ["x", "1", 0.6]], {}, "line 3: method x, block 1 has its score"),
        ([["method", "block", "score"], ["x", 1, 0.5], ["y", 2, 0.6]], {}, "method x, block 2 has no score, as 2 of 4"),
        (
            [["method", "block", "image", "score"], ["x", 1, "a", 1], ["x", 2, "b", 0]],
            {},
            "block 1, image b has no score",
        ),
        ([["method", "block", "score"], ["x", 1, 0.5], ["y", 1, 0.5]], {}, "all scores are 0.5; there is nothing"),
        ([["method", "block", "score"], ["x", 1, 90], ["y", 1, 91]], {}, "--margin: the scores, 90 to 91, are no"),
        ([["method", "block", "score"], ["x", 1, 0.9], ["y", 1, 0.8]], {"reference": "z"}, "--reference 'z': allowed"),
        ([["method", "block", "score"], ["x", 1, 1e200], ["y", 1, 1]], {"margin": 1}, "a score of 1e\\+200"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_said_in_one_line(rows, options, message, tmp_path):
    config = JudgeConfig(write(tmp_path / "given.csv", rows), **options)
    with pytest.raises(InputError, match=message):
        judged(read_file(config), config)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"other": np.ones(3)}, "no array scores in it; it has other"),
        ({"scores": np.ones((2, 3, 4, 5))}, r"scores are float64 \[2, 3, 4, 5\]"),
        ({"scores": np.array([[0.1, np.nan]])}, r"scores\[0, 1\] is not a finite number"),
        ({"scores": np.eye(2), "methods": np.array(["a", "a"])}, "method a is there twice"),
        ({"scores": np.eye(2), "methods": np.array(["a"])}, "2 names are needed"),
        ({"scores": np.eye(2), "methods": np.array([["a/b", "c"], ["a", "b/c"]])}, "has a / in it"),
        ({"scores": np.eye(2), "train": np.ones(2)}, "train is of shape"),
        ({"scores": np.eye(2), "methods": np.array([{}], object)}, "without objects"),
    ],
)
def test_arrays_that_cannot_be_judged_are_refused(arrays, message, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        read_file(JudgeConfig(str(tmp_path / "a.npz")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 0.5}, "--level 0.5: allowed is a number above 0 and below 0.5"),
        ({"margin": -1}, "--margin -1: allowed is a number above 0"),
        ({"overlap": 2}, "--overlap 2"),
        ({"chance": float("nan")}, "--chance nan"),
        ({"factors": ("block",)}, "columns that are not the same"),
        ({"seed": -1}, "--seed -1"),
        ({"lang": "fr"}, "--lang fr: allowed is en, ko"),
    ],
)
def test_settings_that_are_not_allowed_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        JudgeConfig("a.csv", **options)


def test_a_call_says_which_options_there_are_and_what_an_array_needs():
    with pytest.raises(InputError, match="option 'margins': allowed is "):
        jaxreg.judge(np.eye(2), margins=1)
    with pytest.raises(InputError, match="each method needs each block"):
        jaxreg.judge([[1, 0], [1]])
    with pytest.raises(InputError, match="methods: allowed with an array"):
        jaxreg.judge(SEEDS, methods=["a"])
    with pytest.raises(InputError, match="no such file"):
        jaxreg.judge("nowhere.csv")


def test_runs_that_failed_are_counted_where_chance_is_known():
    scores = np.random.default_rng(0).normal(0.9, 0.01, (2, 8))
    scores[0, 3] = 0.1
    found = jaxreg.judge(scores, methods=["a", "b"], chance=0.1)
    assert "1 of 16 results, each of a method in a block, did not train, which is to end below" in str(found)
    assert found.results.judgement.num_blocks == 7
    assert "| a | 1 | 8 | 12 |" in found.table("failures")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_run_folder_has_the_page_and_every_table_in_each_form(lang, tmp_path):
    table = {"a $b_x$ & <c>": SEEDS["plain"], "d": SEEDS["decay"], "e": SEEDS["mixup"]}
    config = JudgeConfig(write(tmp_path / "a.csv", rows_of(table)), margin=0.1, lang=lang, out=str(tmp_path / "run"))
    results = run_judge(config)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    reader = read(page)
    assert all(address.startswith(("#", "data:")) for address in reader.addresses)
    shown = " ".join(reader.text.split())
    assert all(" ".join(sentence.split()) in shown for sentence in say(results, lang))
    assert len(reader.images) == 2
    assert TERMS.ko not in shown  # its title is not of regularization
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["best"][0]["cell"] == "e"
    for name, rows in all_tables(results).items():
        for ending, form in (("csv", "csv"), ("md", "markdown"), ("tex", "latex")):
            path = tmp_path / "run" / "tables" / f"{name}.{ending}"
            assert path.exists() == bool(rows.rows)
            if rows.rows:
                assert path.read_text() == rows.written(form, lang)
    with pytest.raises(InputError, match=r"margin was 0\.1, now 0\.2"):
        run_judge(JudgeConfig(config.scores, margin=0.2, out=config.out))


def test_the_commands_print_the_answer_and_a_table_and_end_with_one_line_where_they_cannot(
    tmp_path, monkeypatch, capsys
):
    def called(*words):
        monkeypatch.setattr(sys, "argv", ["jaxreg", *words])
        return ended(commands.main, capsys)

    path, run = write(tmp_path / "a.csv", rows_of(SEEDS, ("method", "seed", "accuracy"))), str(tmp_path / "run")
    code, out, _ = called("judge", path, "--block", "seed", "--score", "accuracy", "--margin", "0.1", "--out", run)
    assert code == 0
    assert out.startswith("2 of 3 methods may be best; the highest mean is that of mixup: accuracy 94.30")
    code, out, _ = called("table", run, "--format", "latex")
    assert out.startswith("\\begin{tabular}{lrrrll}\n\\toprule\nmethod & accuracy &")
    wrong = called("table", run, "--table", "budget")
    assert wrong == (2, "", "error: --table 'budget': allowed is best, cells, pairs\n")
    code, out, err = called("judge", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert called("table", str(tmp_path))[0] == 2


def test_a_verdicts_run_folder_has_tables_too(own, tmp_path):
    write_tables(tmp_path, own)
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    families = ("best", "cells", "against_reference", "pairs", "norm_type", "reg_type", "interactions")
    assert names == {f"{name}.{ending}" for name in families for ending in ("csv", "md", "tex")}


def test_corrected_scores_are_not_judged_into_the_folder_of_the_first_and_one_line_says_what_is_allowed(tmp_path):
    path, out = tmp_path / "a.csv", str(tmp_path / "run")
    run_judge(JudgeConfig(write(path, rows_of(SEEDS)), margin=0.1, out=out))
    write(path, rows_of(SEEDS | {"plain": [95.0, *SEEDS["plain"][1:]]}))
    with pytest.raises(InputError) as refused:
        run_judge(JudgeConfig(str(path), margin=0.1, out=out))
    said = str(refused.value)
    assert re.fullmatch(
        r"--out \S+ holds the judgement of other scores or settings \(data_fingerprint was [0-9a-f]{12}\.\.\., now "
        r"[0-9a-f]{12}\.\.\.\); allowed are the same ones, another --out, or this one after it was removed",
        said,
    )
    assert "다른 점수나 설정의 판정" in refused.value.text.ko


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "# the same call in Python"), ("ko", "# 파이썬에서 만든 것으로 실행")]
)
def test_a_judgement_of_arrays_names_no_command_of_a_shell_that_could_not_repeat_it(lang, said, tmp_path):
    found = jaxreg.judge(ROWS, margin=0.01, lang=lang, out=tmp_path / "run")
    assert found.results.config["command"].startswith(said)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert said in page
    assert "jaxreg judge" not in page


ROWS = [[0.9, 0.92, 0.91], [0.8, 0.83, 0.81]]


@pytest.mark.parametrize(
    ("methods", "shown"), [({"a", "b"}, "a list of names"), ("ab", "a list of names"), (5, "a list of names")]
)
def test_names_whose_order_nobody_knows_are_refused(methods, shown):
    with pytest.raises(InputError, match=f"methods: {shown}, in the order of the rows, is needed"):
        jaxreg.judge(ROWS, methods=methods)


MASKED: Any = np.ma.masked_array(ROWS, mask=[[0, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("scores", "options", "said"),
    [
        (MASKED, {}, "scores: some of the values are masked"),
        ({"method": ["a"] * 3, "block": [0, 1, 2], "score": MASKED[1]}, {}, "column 'score': some of the values are"),
        (ROWS, {"methods": ["a", None]}, "methods is 'None'; a name is needed"),
        (ROWS, {"methods": [("a", "x"), ("b",)]}, "rows of names of unequal length"),
        ({"method": ["a", "b"], "block": [0.0, None], "score": [0.1, 0.2]}, {}, "block is 'None'; a name is needed"),
        (ROWS, {"margin": "0.1"}, "--margin 0.1: allowed is a number above 0"),
    ],
)
def test_what_is_missing_is_no_score_and_no_name(scores, options, said):
    with pytest.raises(InputError, match=said):
        jaxreg.judge(scores, **options)


def test_infinite_blocks_have_a_name_and_numbers_of_numpy_are_numbers():
    frame = {"method": ["a"] * 3 + ["b"] * 3, "block": [0.0, 1.0, np.inf] * 2, "score": [0.9, 0.8, 0.7, 0.6, 0.5, 0.6]}
    verdict = jaxreg.judge(frame, seed=np.int64(3), margin=np.float64(0.01))
    assert verdict.best[0] == "a"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_with_another_mark_than_a_comma_is_said_to_have_one(mark, tmp_path):
    (tmp_path / "a.csv").write_text(f"method{mark}block{mark}score\na{mark}0{mark}0.9\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"seem to be separated by {re.escape(repr(mark))}; a comma is needed"):
        jaxreg.judge(tmp_path / "a.csv")


def test_a_sentence_that_begins_with_a_name_leaves_it_as_it_is():
    assert str(jaxreg.judge([[0.9, 0.8, 0.7]], methods=["sgd"])).startswith("sgd reaches a score of ")


@pytest.mark.skipif(korean_font() is None, reason="no font with Korean letters is installed")
def test_names_have_their_letters_in_the_figures_of_an_english_report_too(tmp_path, capsys):
    with warnings.catch_warnings(action="error"):
        jaxreg.judge(ROWS, methods=["배치 정규화", "sgd"], out=tmp_path / "run")
    assert "boxes" not in capsys.readouterr().err


@pytest.mark.parametrize("lang", LANGUAGES)
def test_letters_that_no_font_has_are_said_once_and_warn_of_nothing(lang, tmp_path, capsys):
    fonts._say_boxes.cache_clear()
    with warnings.catch_warnings(action="error"):
        jaxreg.judge(ROWS, methods=["\U00013000 hieroglyph", "sgd"], out=tmp_path / "run", lang=lang)
    assert capsys.readouterr().err.count("figures show boxes for letters") == 1


def test_a_column_that_is_there_twice_and_one_that_is_no_list_are_refused(tmp_path):
    (tmp_path / "twice.csv").write_text("method,block,score,score\na,0,0.1,0.9\n", encoding="utf-8")
    with pytest.raises(InputError, match="the column 'score' is there twice"):
        jaxreg.judge(tmp_path / "twice.csv")
    with pytest.raises(InputError, match="column 'block' is 0; a list with a value for each row"):
        jaxreg.judge({"method": ["a"], "block": 0, "score": [0.8]})


def test_a_column_that_is_there_twice_is_said_to_be():
    class Twice:
        columns = ("method", "block", "score", "score")

        def __getitem__(self, name):
            return named("score")[name]

    with pytest.raises(InputError, match="scores: the column 'score' is there twice; each needs a name of its own"):
        jaxreg.judge(Twice())


def test_a_loss_of_which_less_is_better_is_not_judged_as_a_score():
    frame = {"method": ["a", "b"] * 3, "block": [0, 0, 1, 1, 2, 2], "val_loss": [0.2, 0.4, 0.3, 0.4, 0.2, 0.5]}
    with pytest.raises(InputError, match="val_loss is called as a loss, and of scores more is better"):
        jaxreg.judge(frame, score="val_loss")
    frame["val_loss"] = [-value for value in frame["val_loss"]]
    assert jaxreg.judge(frame, score="val_loss", margin=0.01).best[0] == "a"


def named(score):
    """Returns a table of scores of this name."""
    return {"method": ["a", "b"] * 3, "block": [0, 0, 1, 1, 2, 2], score: [0.2, 0.4, 0.3, 0.4, 0.2, 0.5]}


@pytest.mark.parametrize(
    "name",
    [
        *("logloss", "cross_entropy", "crossentropy", "val_xent", "losses", "test_errors", "WER", "fpr", "mse_test"),
        *("errorRate", "testErr", "top5Err", "testRMSE", "valLoss", "neg_log_likelihood", "deviance", "hinge", "FID"),
        *("nll_loss", "negativeLogLikelihood", "kl_divergence", "mape", "misclassification", "bpd"),
    ],
)
def test_a_loss_is_known_by_many_names(name):
    with pytest.raises(InputError, match="is called as a loss, and of scores more is better"):
        jaxreg.judge(named(name), score=name)


@pytest.mark.parametrize(
    "name",
    ["lossless", "f1", "auc", "per_cent", "terror", "power", "scores", "correct", "share", "testAcc", "log_likelihood"],
)
def test_a_score_is_none(name):
    assert jaxreg.judge(named(name), score=name).best[0] == "b"


@pytest.mark.parametrize("name", ["r2", "R2_score", "r_squared", "mcc", "test_correlation", "cohen_kappa"])
def test_what_is_within_0_and_1_by_chance_is_no_share(name):
    with pytest.raises(InputError, match=f"--margin: the scores, 0.2 to 0.5, are of {name}, which is no share"):
        jaxreg.judge(named(name), score=name)
    verdict = jaxreg.judge(named(name), score=name, margin=0.01)
    assert not verdict.results.judgement.are_shares
    assert "%" not in verdict.words[0].replace("95 %", "")


def test_differences_that_vanish_when_squared_and_a_chance_above_the_best_are_refused():
    with pytest.raises(InputError, match="the scores differ by 1e-200 at most"):
        jaxreg.judge([[1e-200, 0], [0, 1e-200]])
    with pytest.raises(InputError, match=r"--chance 0.95: allowed is a score below that of the best run, 0.92"):
        jaxreg.judge(ROWS, chance=0.95)
