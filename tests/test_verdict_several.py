"""Several data sets: a verdict on each, and what is said of the order of methods across them."""

from dataclasses import replace
from pathlib import Path

import pytest
from test_study import write_data
from test_verdict import small
from verdict_cases import verdict

import jaxreg
from jaxreg.cli import parse
from jaxreg.commands.verdict import run
from jaxreg.errors import InputError
from jaxreg.pages.table import FORMATS
from jaxreg.records import LANGUAGES
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.several import across_table, each, say_across

BATCH_WINS, LAYER_WINS, NOBODY_WINS = (0, 3.0, 1.0), (0, 1.0, 3.0), (0, 0, 0)


def of(*effects):
    return {name: verdict(given, blocks=6) for name, given in zip("abc", effects, strict=False)}


def test_an_order_that_turns_is_the_first_thing_said():
    first, *others = (text.en for text in say_across(of(BATCH_WINS, LAYER_WINS)))
    order = "batch normalization is better than layer normalization on a, and worse on b."
    assert first == f"The order differs between data sets: {order}"
    assert "Batch normalization is better than no normalization on each of them." in others
    assert "No combination may be best on each of them." in others


def test_an_order_that_holds_and_one_that_is_told_on_some_only():
    said = [text.en for text in say_across(of(BATCH_WINS, BATCH_WINS, NOBODY_WINS))]
    assert not any("differs" in line for line in said)
    assert "Batch normalization is better than layer normalization on a and b; on c this is not shown." in said
    assert any(line.startswith("May be best on each of them: batch normalization") for line in said)
    assert said[-1].startswith("3 data sets are no sample of all data")


def test_what_is_told_on_no_data_set_is_listed_once():
    (never,) = (text for text in say_across(of(NOBODY_WINS, NOBODY_WINS)) if text.en.startswith("On none"))
    assert never.en.count(" and ") == 9  # of three and of six pairs
    assert "우열이 확인되지 않은" in never.ko


def test_nothing_is_best_on_data_sets_that_are_not_judged():
    said = " ".join(text.en for text in say_across({"a": verdict(blocks=2, images=200), "b": verdict(images=200)}))
    assert "With fewer than 3 blocks (here 2) chance cannot be judged" in said
    assert "best on each" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_has_each_comparison_on_each_data_set(lang):
    table = across_table(of(BATCH_WINS, LAYER_WINS))
    assert len(table.rows) == 2 * (3 + 6)
    for form in FORMATS:
        assert table.written(form, lang).count("a") > 3
    first, head = table.rows[0].contrast.difference, {"en": " to ", "ko": " ~ "}[lang]
    assert first.low is not None
    assert first.high is not None
    shown = f"{100 * first.value:.2f} ({100 * first.low:.2f}{head}{100 * first.high:.2f})"
    assert shown in table.written("markdown", lang)


def test_the_option_given_again_is_each_a_data_set_of_its_own(tmp_path):
    for name in ("one", "two"):
        write_data(tmp_path / f"{name}.npz")
    sources = [f"npz:{tmp_path / name}.npz" for name in ("one", "two")]
    config = parse(VerdictConfig, None, [word for source in sources for word in ("--data", source)])
    assert (config.data, config.also) == (sources[0], (sources[1],))
    assert config.command().count("--data") == 2
    assert parse(VerdictConfig, None, []).data == "embedded"
    small_ones = each(replace(small(tmp_path / "run"), data=sources[0], also=(sources[1],)))
    assert [one.data for one in small_ones] == sources
    assert len({(one.out, one.study_name) for one in small_ones}) == 2
    assert all(Path(one.out).parent == tmp_path / "run" for one in small_ones)


def test_the_command_judges_each_and_writes_a_page_of_all(tmp_path, monkeypatch, capsys):
    write_data(tmp_path / "one.npz")
    write_data(tmp_path / "two.npz", seed=1)
    one, two = (f"npz:{tmp_path / name}.npz" for name in ("one", "two"))
    effects = {one: BATCH_WINS, two: LAYER_WINS}

    def judged(config):
        found = verdict(effects[config.data], blocks=6, images=500)
        Path(config.out).mkdir(parents=True)
        return replace(found, config=found.config | {"settings": found.config["settings"] | config.settings()})

    monkeypatch.setattr("jaxreg.verdict.run.run_verdict", judged)
    monkeypatch.setattr("jaxreg.engine.dashboard.attach", lambda *_: None)  # there is no study
    run(replace(small(tmp_path / "run", tuning="per-block", tune_budget=None), data=one, also=(two,)))
    out = capsys.readouterr().out
    assert "The order differs between data sets" in out
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in page.split('<a href="')[1:] if "report.html" in part]
    assert len(links) == 2
    assert all((tmp_path / "run" / link).is_file() for link in links)


def test_data_that_cannot_be_used_are_refused_before_any_of_them_is_judged(tmp_path):
    write_data(tmp_path / "one.npz")
    one = f"npz:{tmp_path / 'one.npz'}"
    config = replace(small(tmp_path / "run"), data=one)
    with pytest.raises(InputError, match="given twice; each is judged once"):
        each(replace(config, also=(one,)))
    with pytest.raises(InputError, match=r"nowhere\.npz"):
        each(replace(config, also=("npz:nowhere.npz",)))
    with pytest.raises(InputError, match="--data, several: none with --share"):
        replace(config, also=("embedded",), storage=f"folder:{tmp_path}", share="1/2")
    with pytest.raises(InputError, match="also"):
        jaxreg.compare(one, also=("embedded",))


def test_the_folder_of_a_verdict_on_one_data_set_is_not_written_over(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match=r"--out .*: holds a run on one data set; allowed is another folder for sever"):
        each(small(tmp_path, "a.npz", also=("npz:b.npz",)))
