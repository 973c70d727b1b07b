"""What a person sees while the confirmation runs: a bar on a terminal, a line a run elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jaxreg.records import RunRecord, cell_name


class Screen:
    """Shows the confirmation's runs as they are done; use it as a context."""

    def __init__(self, total: int, console: Console | None = None) -> None:
        self._total = total
        self._console = console or Console(highlight=False)
        self._progress = Progress(
            TextColumn("[bold]confirmation"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def run(self, run: RunRecord, done: int) -> None:
        """Shows a run, and how many are done."""
        text = f"block {run.block} {cell_name(run.cell)}: {run.test_accuracy:.2%} on test"
        self._progress.update(self._bar, completed=done, description=text)
        if not self._console.is_terminal:
            mark = " diverged" if run.diverged else ""
            self._console.print(f"[{done}/{self._total}] {text}{mark}", markup=False, soft_wrap=True)
