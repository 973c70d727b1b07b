"""What a person sees while claims are measured: a moving line on a terminal, one line a claim elsewhere."""

from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.runs import Run
from jaxreg.claims.words import VERDICTS


class Screen:
    """Shows which claim is measured and how many runs it has used; use it as a context."""

    def __init__(self, total: int, lang: str, console: Console | None = None) -> None:
        self._total, self._lang = total, lang
        self._console = console or Console(highlight=False)
        columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._line = self._progress.add_task("", total=None)
        self._title, self._done, self._runs, self._trained = "", 0, 0, 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.stop()

    def claim(self, claim: Claim) -> None:
        """Shows that a claim begins."""
        self._title, self._runs, self._trained = f"{claim.number}. {claim.title.to(self._lang)}", 0, 0

    def run(self, run: Run, new: bool) -> None:
        """Shows a run that was asked for."""
        self._runs += 1
        self._trained += new
        text = f"[{self._done}/{self._total}] {self._title}: {self._runs} runs, {self._trained} of them new"
        self._progress.update(self._line, description=text)

    def found(self, finding: Finding) -> None:
        """Shows what was found."""
        self._done += 1
        verdict, number = VERDICTS[finding.verdict].to(self._lang), finding.number.to(self._lang)
        text = f"[{self._done}/{self._total}] {self._title}: {verdict} ({number})"
        self._console.print(text, markup=False, soft_wrap=True)
