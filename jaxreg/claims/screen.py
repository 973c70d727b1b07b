"""What a person sees while claims are measured: a moving line of runs on a terminal, then one line a claim."""

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.words import VERDICTS, time_left
from jaxreg.text import Text

RUNS = Text("runs", "학습")


class Screen:
    """Shows how many of the known runs are there, and what was found; use it as a context.

    Elsewhere than on a terminal, every tenth of the runs is a line.
    """

    def __init__(
        self, total: int, lang: str, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._found, self._lang = total, 0, lang
        self._console, self._clock = console or Console(highlight=False), clock
        columns = (TextColumn(RUNS.to(lang)), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._bar = self._progress.add_task("", total=0)
        self._runs = self._done = self._trained = 0
        self._started = clock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.stop()

    def expect(self, runs: int) -> None:
        """Takes note that so many more runs are needed."""
        self._runs += runs
        self._progress.update(self._bar, total=self._runs)

    def run(self, new: bool) -> None:
        """Shows that one more run is there, and how long the others take if all are yet to be trained."""
        self._done += 1
        self._trained += new
        remaining, left = self._runs - self._done, ""
        if new and remaining:
            left = time_left((self._clock() - self._started) / self._trained * remaining).to(self._lang)
        self._progress.update(self._bar, completed=self._done, description=left)
        tenth = 10 * self._done // self._runs > 10 * (self._done - 1) // self._runs
        if new and tenth and not self._console.is_terminal:
            text = f"[{self._done}/{self._runs}] {RUNS.to(self._lang)}" + (f", {left}" if left else "")
            self._console.print(text, markup=False, soft_wrap=True)

    def found(self, claim: Claim, finding: Finding) -> None:
        """Shows what was found."""
        self._found += 1
        verdict, number = VERDICTS[finding.verdict].to(self._lang), finding.number.to(self._lang)
        text = f"[{self._found}/{self._total}] {claim.number}. {claim.title.to(self._lang)}: {verdict} ({number})"
        self._console.print(text, markup=False, soft_wrap=True)
