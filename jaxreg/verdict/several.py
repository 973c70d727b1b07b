"""Several data sets: a verdict on each, and whether the order of the methods holds on all.

Two or three sets are no sample of all data. So nothing is averaged over them, and no interval is about another one:
what is said is on which of them a comparison was decided, and which way.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from jaxreg.engine.problem import settle
from jaxreg.errors import InputError
from jaxreg.files import write_atomically
from jaxreg.methods.method import Factor
from jaxreg.pages.frame import frame
from jaxreg.pages.markup import bullets, paragraphs, words
from jaxreg.pages.note import TITLE
from jaxreg.pages.table import Column, Table
from jaxreg.pages.wording import listed
from jaxreg.stats.judgement import Contrast
from jaxreg.text import Text, joined, same
from jaxreg.verdict.cautions import too_few
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.forms import form_of, things
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import DECISION, DECISIONS, DIFFERENCE
from jaxreg.verdict.words import say

HOLDS = Text("{left} is better than {right} on each of them.", "{left} 쪽이 {right}보다 모든 데이터에서 낫습니다.")
DIFFERS = Text(
    "The order differs between data sets: {left} is better than {right} on {these}, and worse on {those}.",
    "데이터에 따라 순서가 다릅니다. {left} 쪽이 {right}보다 나은 데이터: {these}, 못한 데이터: {those}.",
)
IN_PART = Text(
    "{left} is better than {right} on {these}; on {others} this is not shown.",
    "{left} 쪽이 {right}보다 나은 데이터: {these}. {others}에서는 확인되지 않습니다.",
)
NOT_TOLD = Text(
    "On none of them is one shown to be better: {pairs}.", "어느 데이터에서도 우열이 확인되지 않은 쌍: {pairs}."
)
PAIR = Text("{left} and {right}", "{left} 대 {right}")
BEST_ON_ALL = Text("May be best on each of them: {cells}.", "모든 데이터에서 최고일 수 있는 {one}: {cells}.")
BEST_ON_NONE = Text("No {one} may be best on each of them.", "모든 데이터에서 최고일 수 있는 {one}은 없습니다.")
SETS = Text(
    "{count} data sets are no sample of all data: nothing is averaged over them, and on another the order may be "
    "another.",
    "데이터 {count}개는 모든 데이터의 표본이 아닙니다. 평균을 내지 않으며, 다른 데이터에서는 순서가 다를 수 있습니다.",
)
ACROSS = Text("Across the data sets", "데이터 사이의 비교")
OWN_PAGE = Text("Its report", "보고서")
FACTOR, DATA, LEFT, RIGHT = Text("factor", "요인"), Text("data", "데이터"), Text("left", "A"), Text("right", "B")
VALUE = same("{value} ({ends})")


class Row(NamedTuple):
    """A comparison of two methods of a factor on one data set."""

    factor: Factor
    data: str
    contrast: Contrast
    results: VerdictResults

    def text(self, method: str) -> Text:
        """Returns a method in words."""
        return self.results.comparison.method(self.factor.name, method).text

    @property
    def difference(self) -> Text:
        """Returns the difference with its interval, where there is one."""
        form, difference = form_of(self.results.judgement), self.contrast.difference
        value, ends = form.number(difference.value), form.ends(difference)
        return VALUE.format(value=value, ends=ends) if ends else same(value)


def each(config: VerdictConfig) -> tuple[VerdictConfig, ...]:
    """Returns the settings of the verdict on each data set, in a folder of its own inside `out`.

    Raises:
      InputError: two are the same, one of them cannot be used, or `out` is of one: said before anything runs.
    """
    sources = (config.data, *config.also)
    if twice := next((source for source in sources if sources.count(source) > 1), None):
        raise InputError(f"--data {twice}: given twice; each is judged once")
    if (Path(config.out) / "config.json").exists():  # whose page would be written over
        raise InputError(f"--out {config.out}: holds a run on one data set; allowed is another folder for several")
    names = [re.sub(r"[^\w.-]+", "-", source).strip("-") for source in sources]
    folders = [name if names.count(name) == 1 else f"{name}-{place}" for place, name in enumerate(names, 1)]
    found = tuple(
        replace(
            config, data=source, also=(), out=str(Path(config.out) / name), study_name=f"{config.study_name}.{name}"
        )
        for source, name in zip(sources, folders, strict=True)
    )
    for one in found:
        settle(one.effective())
    return found


def say_across(given: Mapping[str, VerdictResults]) -> tuple[Text, ...]:
    """Returns what holds on all data sets, and what does not: a reversed order first."""
    first = next(iter(given.values()))
    comparison, named = first.comparison, things(first.comparison)
    differs, others, untold = [], [], []
    for factor, left, right in _pairs(first):
        ways = {name: _way(results, factor, left, right) for name, results in given.items()}
        better, worse = ([name for name, way in ways.items() if way == side] for side in (1, -1))
        texts = {"left": comparison.method(factor, left).text, "right": comparison.method(factor, right).text}
        turned = {"left": texts["right"], "right": texts["left"]}
        if better and worse:
            differs.append(DIFFERS.format(**texts, these=_listed(better), those=_listed(worse)))
        elif better or worse:
            told, shown = (better, texts) if better else (worse, turned)
            rest = [name for name in given if name not in told]
            others.append(
                IN_PART.format(**shown, these=_listed(told), others=_listed(rest)) if rest else HOLDS.format(**shown)
            )
        else:
            untold.append(PAIR.format(**texts))
    never = [NOT_TOLD.format(pairs=joined(untold, "; "))] if untold else []
    shared = [c for c in comparison.cells if all(c in results.judgement.best.candidates for results in given.values())]
    cells = joined([comparison.text(cell) for cell in shared], "; ")
    best = BEST_ON_ALL.format(cells=cells, **named) if shared else BEST_ON_NONE.format(**named)
    unjudged = [too_few(results) for results in given.values() if not results.judgement.judged]
    best = unjudged[0] if unjudged else best
    said = (*differs, *others, *never, best, SETS.format(count=len(given)))
    return tuple(Text(text.en[:1].upper() + text.en[1:], text.ko) for text in said)


def _pairs(results: VerdictResults) -> Iterable[tuple[str, str, str]]:
    """Yields the factor and two methods of each comparison, that of the higher mean first."""
    for factor, family in results.judgement.main_effects.items():
        for contrast in family.contrasts:
            names = contrast.left, contrast.right
            yield factor, *(names if contrast.difference.value >= 0 else names[::-1])


def _contrast(results: VerdictResults, factor: str, left: str, right: str) -> tuple[Contrast, int]:
    """Returns the comparison of two methods, and -1 where it stands the other way round."""
    for contrast in results.judgement.main_effects[factor].contrasts:
        if {contrast.left, contrast.right} == {left, right}:
            return contrast, 1 if contrast.left == left else -1
    raise KeyError((factor, left, right))


def _way(results: VerdictResults, factor: str, left: str, right: str) -> int:
    """Returns 1 where left is better than right, -1 where it is worse, and 0 where neither is told."""
    contrast, sign = _contrast(results, factor, left, right)
    return sign * {"better": 1, "worse": -1}.get(contrast.decision, 0)


def _listed(names: Sequence[str]) -> Text:
    return listed([same(name) for name in names])


def write_across(folder: Path, given: Mapping[str, VerdictResults], lang: str) -> Path:
    """Writes the page that compares the data sets, `report.html`, and returns its path."""
    first = next(iter(given.values()))
    said, table = say_across(given), across_table(given)
    answer = f'<div class="answer">{paragraphs([said[0].to(lang)])}</div>' + bullets([s.to(lang) for s in said[1:]])
    sections = [
        ("across", ACROSS.to(lang), answer + table.html(lang, caption=ACROSS.to(lang), tall=len(table.rows) > 20)),
        *(
            (f"set{place}", name, paragraphs(say(results, lang)[:2]) + _link(results, folder, lang))
            for place, (name, results) in enumerate(given.items(), 1)
        ),
    ]
    path = folder / "report.html"
    sub = " · ".join(given)
    write_atomically(path, frame(sections, title=TITLE.to(lang), sub=sub, lang=lang, terms=first.tuned))
    return path


def _link(results: VerdictResults, folder: Path, lang: str) -> str:
    place = Path(results.config["settings"]["out"]).relative_to(folder)
    return f'<p><a href="{place.as_posix()}/report.html">{words(OWN_PAGE.to(lang))}</a></p>'


def across_table(given: Mapping[str, VerdictResults]) -> Table[Row]:
    """Returns each comparison of two methods on each data set."""
    first = next(iter(given.values()))
    factors = {factor.name: factor for factor, _ in first.comparison.factors}
    rows = [
        Row(factors[factor], name, _contrast(results, factor, left, right)[0], results)
        for factor, left, right in _pairs(first)
        for name, results in given.items()
    ]
    head = joined([DIFFERENCE, form_of(first.judgement).unit], "")
    columns: tuple[Column[Row], ...] = (
        Column("factor", lambda row: row.factor.name, FACTOR, lambda row: row.factor.text, is_text=True),
        Column("left", lambda row: row.contrast.left, LEFT, lambda row: row.text(row.contrast.left), is_text=True),
        Column("right", lambda row: row.contrast.right, RIGHT, lambda row: row.text(row.contrast.right), is_text=True),
        Column("data", lambda row: row.data, DATA, is_text=True),
        Column("difference", lambda row: row.contrast.difference.value, head, lambda row: row.difference),
        Column("decision", lambda row: row.contrast.decision, DECISION, form=DECISIONS.__getitem__, is_text=True),
    )
    return Table(columns, rows, stands_out=lambda row: row.contrast.decided)
