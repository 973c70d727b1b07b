"""How a verdict names and counts things: combinations and factors, scores and their differences."""

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import Factor
from jaxreg.pages.wording import ends, percent
from jaxreg.records import cell_name
from jaxreg.stats.judgement import Contrast, Estimate, Family, Judgement
from jaxreg.text import NOTHING, Text, joined, same
from jaxreg.verdict.results import VerdictResults

LEAST = 1e-12  # less is rounding
MOST_CELLS = 12  # more are not named one by one
MOST_DISTANCES = 6  # of more that may be best, the first are told and all are drawn
MOST_CONTRASTS = 6  # of more, those of the best level stand for all
IN_BRACKETS = same(" ({})")
COMBINATION = {"one": Text("combination", "조합"), "many": Text("combinations", "조합")}
METHOD = {"one": Text("method", "방법"), "many": Text("methods", "방법")}
MORE = Text(" and {count} more", " 외 {count}개")
BOTH = {"several": Text("The two", "두"), "all": Text("both", "각"), "others": Text("other", "요인")}  # of two factors
ALL = {"several": Text("The factors", "모든"), "all": Text("all", "각"), "others": Text("others", "요인들")}  # of more


def things(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what cells are called: combinations, or methods of the only factor that has several."""
    return COMBINATION if len(comparison.varied) > 1 else METHOD


def several(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what the factors are called together."""
    return BOTH if len(comparison.varied) == 2 else ALL


def effects(results: VerdictResults) -> list[tuple[Factor, Family]]:
    """Returns the factors with several methods and their pairs; of an only factor the cells' pairs say all."""
    crossed = results.comparison.factors if len(results.comparison.factors) > 1 else ()
    families = results.judgement.main_effects
    return [(factor, families[factor.name]) for factor, _ in crossed if families[factor.name].contrasts]


def telling(family: Family) -> tuple[Contrast, ...]:
    """Returns the comparisons of levels that are told: all, or of many those with the best level."""
    contrasts = family.contrasts
    if len(contrasts) <= MOST_CONTRASTS:
        return contrasts
    above = dict.fromkeys((name for c in contrasts for name in (c.left, c.right)), 0.0)
    for contrast in contrasts:
        above[contrast.left] += contrast.difference.value
        above[contrast.right] -= contrast.difference.value
    best = max(above, key=above.__getitem__)
    return tuple(contrast for contrast in contrasts if best in (contrast.left, contrast.right))


def margins(results: VerdictResults) -> list[float]:
    """Returns the margins of the factors with several methods, or of all where none has."""
    given, varied = results.judgement.margins, [factor.name for factor in results.comparison.varied]
    return [given[name] for name in varied or given]


class Form(NamedTuple):
    """How scores and their differences are written: of shares in per cent and points, else as they are.

    Attributes:
      are_shares: whether scores are shares.
      digits: behind the point.
    """

    are_shares: bool
    digits: int

    def score(self, value: float) -> Text:
        """Returns a score: `97.41 %`."""
        if self.are_shares:
            return percent(value, self.digits)
        return same(_without_sign_of_zero(f"{value:.{self.digits}f}"))

    def number(self, difference: float) -> str:
        """Returns a difference without its unit, `0.16`, and without a minus before zero."""
        return _without_sign_of_zero(f"{self._factor * difference:.{self.digits}f}")

    def end(self, difference: float) -> str:
        """Returns an end of an interval: a number that is written as zero, `0.00`, only where it is."""
        shown, value = self.number(difference), self._factor * difference
        if float(shown) or abs(value) < LEAST:
            return shown
        return f"{value:.{math.ceil(-math.log10(abs(value)))}f}"

    def amount(self, difference: float) -> Text:
        """Returns a difference with its unit: `0.16 points`."""
        number = self.number(difference)
        return Text(f"{number} points", f"{number}%p") if self.are_shares else same(number)

    def ends(self, estimate: Estimate | None) -> Text | None:
        """Returns `97.41 to 97.75`, or None where there is no interval."""
        if estimate is None or estimate.interval is None:
            return None
        return ends(*map(self.end, estimate.interval))

    @property
    def _factor(self) -> int:
        return 100 if self.are_shares else 1

    @property
    def unit(self) -> Text:
        """Returns what stands behind the name of a difference."""
        return Text(" (points)", " (%p)") if self.are_shares else NOTHING


def _without_sign_of_zero(shown: str) -> str:
    return shown.removeprefix("-") if float(shown) == 0 else shown


def form_of(judgement: Judgement) -> Form:
    """Returns how the scores of a judgement are written: with two digits of the least standard error, or of a score.

    Shares have two digits of per cent, and more only where one of an error or of a margin would not be seen.
    """
    errors = [score.test.standard_error for score in judgement.cells if score.test.standard_error]
    if judgement.are_shares:
        least = 100 * min([*errors, *judgement.margins.values()])
        return Form(True, min(max(-math.floor(math.log10(least)), 2), 12))
    errors += [pair.difference.standard_error for pair in judgement.pairs.contrasts if pair.difference.standard_error]
    least = min(errors or [abs(score.test.value) / 100 for score in judgement.cells if score.test.value] or [1.0])
    return Form(False, min(max(1 - math.floor(math.log10(least)), 0), 12))


def cells_of(results: VerdictResults, names: Collection[str]) -> Text:
    """Returns cells in words, the best first; of many the first and how many more."""
    found = [results.comparison.text(s.cell) for s in results.judgement.cells if cell_name(s.cell) in names]
    more = MORE.format(count=len(found) - MOST_CELLS) if len(found) > MOST_CELLS else NOTHING
    return joined([joined(found[:MOST_CELLS], "; "), more], "")
