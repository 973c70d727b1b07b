"""What a claim is and what measuring it finds: plain values in both languages, drawn and printed by `report`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from jaxreg.claims.figure import Figure
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.claims.lab import Lab
    from jaxreg.claims.runs import RunSpec
    from jaxreg.claims.train import Network

Verdict = Literal["yes", "no", "only when"]
Unit = Literal["", "%", "points", "x"]


class Check(NamedTuple):
    """One measurable part of a prediction, with a value for each seed and the rule that they must all obey."""

    what: Text
    values: tuple[float, ...]  # one a seed
    relation: Literal["above", "below"]  # of every value to the limit
    limit: float  # fixed in the code of the claim
    unit: Unit = ""  # "%" and "points" of a share 0..1, "x" a factor, "" a plain number

    @property
    def holds(self) -> bool:
        """Returns whether every seed obeys the rule; a value that is not a number does not."""
        return all(v > self.limit if self.relation == "above" else v < self.limit for v in self.values)


def above(what: Text, values: Iterable[float], limit: float, unit: Unit = "") -> Check:
    """Returns the check that every seed's value is above the limit."""
    return Check(what, tuple(map(float, values)), "above", limit, unit)


def below(what: Text, values: Iterable[float], limit: float, unit: Unit = "") -> Check:
    """Returns the check that every seed's value is below the limit."""
    return Check(what, tuple(map(float, values)), "below", limit, unit)


@dataclass(frozen=True)
class Finding:
    """What a measurement found: checks decide the verdict, `number` is the headline, `why` the one sentence.

    `terms` are what the claim's prediction leaves to the data: numbers of rows, a limit that depends on chance. What
    was measured `beside` stands with the checks and decides nothing.
    """

    checks: tuple[Check, ...]
    number: Text
    why: Text
    figures: tuple[Figure, ...]
    terms: Mapping[str, object] = field(default_factory=dict)
    beside: tuple[Check, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Returns "yes" where all checks hold, "no" where none does, else "only when"."""
        held = [check.holds for check in self.checks]
        return "yes" if all(held) else "only when" if any(held) else "no"

    @property
    def measured(self) -> tuple[Check, ...]:
        """Returns the checks and what stands beside them."""
        return self.checks + self.beside


@dataclass(frozen=True)
class Claim:
    """A statement of the text, what it predicts for this network, and how that is measured.

    What it `asks` for follows from settings and data alone, so that all runs are known before one is trained; the lab
    repeats each for each seed. What it `asks_then` may depend on the results of those, and names its seeds itself.
    """

    number: int  # its place in the report
    name: str  # what `--only` takes
    section: str  # of the text
    title: Text
    quote: Text  # the text's own words in Korean, and in English
    prediction: Text  # what must be seen if it holds; a finding's `terms` fill its braces, if it has any
    asks: Callable[[Lab], Iterable[RunSpec]]  # the runs that it reads
    measure: Callable[[Lab], Finding]  # trains nothing; the same lab and settings give the same finding
    networks: tuple[Network, ...] = ()  # that its specs name, beside the study's own
    asks_then: Callable[[Lab], Iterable[RunSpec]] = lambda lab: ()

    def predicts(self, finding: Finding) -> Text:
        """Returns the prediction for the data that a finding is of."""
        return self.prediction.format(**finding.terms)


@dataclass(frozen=True)
class ClaimsResults:
    """Everything that the report is made from."""

    config: Mapping[str, Any]  # the content of config.json
    findings: tuple[tuple[Claim, Finding], ...]  # of the claims that were measured, in order of their numbers
    seconds: float  # wall time spent in the training runs that they use, each counted once
    num_runs: int
    smoke: bool  # whether the budget was the tiny one, whose numbers mean nothing


def both_names(names: Sequence[Text]) -> Text:
    """Returns names as a list in words: a, b; or none."""
    return Text(", ".join(n.en for n in names) or "none", ", ".join(n.ko for n in names) or "해당 없음")


def mean(values: Sequence[float]) -> float:
    """Returns the mean."""
    return sum(values) / len(values)


def plus_minus(values: Sequence[float], unit: Unit = "") -> str:
    """Returns the mean and, over several seeds, the standard deviation as text: 97.1 % ± 0.2 %."""
    middle = mean(values)
    if len(values) < 2:
        return quantity(middle, unit)
    deviation = math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
    if unit in ("%", "points"):
        return f"{quantity(middle, unit)} ± {quantity(deviation, unit)}"
    return f"{quantity(middle)} ± {deviation:.2g}" + (" ×" if unit == "x" else "")


def quantity(value: float, unit: Unit = "") -> str:
    """Returns a number with its unit as text."""
    if not math.isfinite(value):
        return "-"
    if unit == "%":
        return f"{100 * value:.1f} %"
    if unit == "points":
        return f"{100 * value:.2f}"
    return f"{value:.3g}".replace("e-0", "e-") + (" ×" if unit == "x" else "")
