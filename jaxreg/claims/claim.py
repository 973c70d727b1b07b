"""What a claim is and what measuring it finds: plain values in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jaxreg.claims.figure import Figure
from jaxreg.claims.rule import Check, Judged, Verdict, judge, verdict_of
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.claims.lab import Lab
    from jaxreg.claims.runs import RunSpec
    from jaxreg.claims.train import Network


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

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """Returns the checks as they are judged together."""
        return judge(self.checks)

    @property
    def verdict(self) -> Verdict:
        """Returns what follows from the checks for the claim."""
        return verdict_of(self.judged)

    @property
    def measured(self) -> tuple[Judged, ...]:
        """Returns the checks as they are judged, and what stands beside them, judged by itself."""
        return self.judged + judge(self.beside)


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
    diverged: Mapping[str, tuple[RunSpec, ...]]  # by the name of a claim, of those runs that it reads
    smoke: bool  # whether the budget was the tiny one, whose numbers mean nothing
