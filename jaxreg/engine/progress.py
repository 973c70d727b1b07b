"""What a person sees while an experiment runs: a live view on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from jaxreg.core.fit import Epoch
from jaxreg.engine.experiment import Experiment
from jaxreg.records import Point, TrialRecord, cell_name


class Display:
    """A context that shows the runs of an experiment: those done, the best so far, the rate and the time left.

    On a terminal it is one picture that is redrawn, in a notebook one line; elsewhere each finished run is one line.
    """

    def __init__(
        self,
        experiment: Experiment[Any, Any],
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._experiment = experiment
        self._total = experiment.total
        self._console = console or Console(highlight=False)
        self._clock = clock
        name = TextColumn(f"[bold]{experiment.name}")
        self._progress = Progress(name, BarColumn(bar_width=None), MofNCompleteColumn(), console=self._console)
        self._bar = self._progress.add_task("", total=self._total)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._best = ""
        self._done = self._done_before = 0
        self._running = ""
        self._waited: set[int] = set()
        self._cell: Any = None  # a notebook's handle of the line in it
        self._started = clock()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def begin(self, records: Sequence[Any]) -> None:
        """Starts the clock of the rate with the records that are already there."""
        self._done = self._done_before = len(records)
        self._best = self._experiment.best(records)
        self._started = self._clock()
        self._redraw()
        if self._console.is_jupyter and self._done < self._total:
            self._replace(self._line())

    def epoch(self, number: int, what: str, epoch: int, measures: Epoch) -> None:
        """Shows the epoch that a run has reached, which tries `what`."""
        self._running = f"run {number}: {what}, epoch {epoch}, epoch-valid {measures.valid_accuracy:.2%}"
        self._redraw()

    def ended(self, record: Any, records: Sequence[Any]) -> None:
        """Shows a run that has ended, the last of these records."""
        self._done, self._best = len(records), self._experiment.best(records)
        if self._console.is_terminal:
            self._redraw()
        else:
            show = self._replace if self._console.is_jupyter else self._print
            show(self._line(self._experiment.outcome(record)))

    def waits(self, numbers: Sequence[int]) -> None:
        """Shows which others' runs there are to wait for, once each; no numbers where the waiting is over."""
        several = len(numbers) > 1
        named = f"run{'s' * several} {', '.join(map(str, numbers))}"
        line = f"waiting for {named}, which {'other processes hold' if several else 'another process holds'}"
        if not self._waited.issuperset(numbers):
            self.say(line)
        self._waited.update(numbers)
        self._running = line if numbers else ""
        self._redraw()

    def say(self, line: str) -> None:
        """Shows a line that stays."""
        self._print(line)

    def _redraw(self) -> None:
        if self._console.is_terminal:
            self._progress.update(self._bar, completed=self._done)
            lines = [self._best, self._rate_text(), self._running]
            self._live.update(Group(self._progress, *(Text(line, overflow="ellipsis", no_wrap=True) for line in lines)))

    def _line(self, outcome: str = "") -> str:
        said = (outcome, self._best, self._rate_text())
        return f"[{self._done}/{self._total}] {' | '.join(text for text in said if text)}"

    def _replace(self, line: str) -> None:
        """Shows a line in a notebook's cell, in the place of the one before it."""
        from IPython.display import Pretty, display  # a notebook has it

        if self._cell is None:
            self._cell = display(Pretty(line), display_id=True)
        else:
            self._cell.update(Pretty(line))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _rate_text(self) -> str:
        runs = self._done - self._done_before
        if not runs:
            return "rate: after the first run"
        seconds = (self._clock() - self._started) / runs
        return f"{seconds:.1f} s a run, {_duration(seconds * max(0, self._total - self._done))} left"


def configuration(tried: Point | TrialRecord) -> str:
    """Returns what was tried in a few words: `batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025`."""
    return ", ".join([cell_name(tried.cell), *(f"{name} {value:.2g}" for name, value in tried.params.items())])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
