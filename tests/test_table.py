"""A table declared once is the same table in HTML, CSV, Markdown and LaTeX."""

import re

import pytest
from test_report_page import read

from jaxreg.pages.table import Column, Table, files_of
from jaxreg.text import Text

ROWS = [("50 % of a_b & c|d", 0.5, None), ("<b>", 2.0, 3)]
TABLE = Table(
    (
        Column("key", lambda row: row[0][:2], Text("name", "이름"), lambda row: row[0], is_text=True),
        Column("half", lambda row: row[1] / 2),
        Column("number", lambda row: row[1], Text("number (%)", "수"), lambda row: Text(f"{row[1]:.1f}", "일")),
        Column("count", lambda row: row[2], Text("count", "횟수")),
        Column("seen", None, Text("seen", "본 것"), lambda row: "x", colors=lambda row: ("#000000", "#ffffff")),
    ),
    ROWS,
    order=("key", "count", "number", "seen"),
)


def test_a_csv_has_the_values_of_all_columns_that_have_some_in_their_order():
    assert TABLE.csv() == (["key", "half", "number", "count"], [["50", 0.25, 0.5, None], ["<b", 1.0, 2.0, 3]])


def test_readers_see_the_columns_with_a_head_in_the_order_for_them():
    reader = read(TABLE.html("en", caption="all", marks=["", "best"]))
    assert reader.text.startswith("namecountnumber (%)seen50\xa0% of a_b & c|d-0.5x<b>32.0x")
    assert read(TABLE.html("ko", caption="all")).text.startswith("이름횟수수본 것")


def test_a_page_sorts_numbers_by_their_values_and_words_by_themselves_and_shows_colours():
    page = TABLE.html("en", caption="all")
    assert 'class="text" data-sort="&lt;b&gt;"' in page
    assert '<td data-sort="2.0">2.0</td>' in page
    assert '<td data-sort="">-</td>' in page
    assert page.count('style="--light:#000000;--dark:#ffffff"') == len(ROWS)


def test_in_a_table_that_folds_each_cell_has_its_head():
    page = TABLE.html("ko", caption="all", folds=True)
    assert 'class="scroll folds"' in page
    assert re.findall(r'data-head="(.*?)"', page) == ["이름", "횟수", "수", "본 것"] * len(ROWS)
    assert "data-head" not in TABLE.html("ko", caption="all")


def test_markdown_escapes_its_bars():
    assert TABLE.markdown("en").splitlines() == [
        "| name | count | number (%) | seen |",
        "| --- | ---: | ---: | ---: |",
        "| 50 % of a_b & c\\|d | - | 0.5 | x |",
        "| <b> | 3 | 2.0 | x |",
    ]


def test_latex_escapes_what_means_something_to_it():
    assert TABLE.latex("en").splitlines() == [
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r"name & count & number (\%) & seen \\",
        r"\midrule",
        r"50~\% of a\_b \& c|d & - & 0.5 & x \\",
        r"$<$b$>$ & 3 & 2.0 & x \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_without_an_order_readers_see_all_columns_with_a_head_in_their_order():
    assert Table(TABLE.columns, ROWS).markdown("en").startswith("| name | number (%) | count | seen |")


def test_each_table_that_has_rows_is_three_files():
    files = files_of({"all": TABLE, "none": Table(TABLE.columns, [])}, "en")
    assert files == {
        "all.md": TABLE.markdown("en"),
        "all.tex": TABLE.latex("en"),
        "all.csv": TABLE.written("csv", "en"),
    }


def test_words_in_two_languages_are_not_filled_into_a_string_of_one():
    both = Text("a", "가")
    with pytest.raises(TypeError, match="has two languages"):
        f"{both}"
    assert Text("{} b", "{} 나").format(both) == ("a b", "가 나")
