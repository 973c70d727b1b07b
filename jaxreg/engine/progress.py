"""What a person sees while a study runs: a live view on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from jaxreg.core.fit import Epoch
from jaxreg.engine.space import Point
from jaxreg.records import TrialRecord, cell_name


class Display:
    """A context that shows trials done, the best so far, the rate and the time left.

    On a terminal it is one picture that is redrawn; elsewhere each finished trial is one line.
    """

    def __init__(self, total: int, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._console = console or Console(highlight=False)
        self._clock = clock
        self._progress = Progress(
            TextColumn("[bold]trials"), BarColumn(bar_width=None), MofNCompleteColumn(), console=self._console
        )
        self._bar = self._progress.add_task("trials", total=total)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._best: TrialRecord | None = None
        self._done = self._done_before = 0
        self._running = ""
        self._waited: set[int] = set()
        self._started = clock()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def begin(self, done: int, best: TrialRecord | None) -> None:
        """Starts the clock of the rate with `done` trials already there."""
        self._done = self._done_before = done
        self._best = best
        self._started = self._clock()
        self._redraw()

    def epoch(self, number: int, point: Point, epoch: int, measures: Epoch) -> None:
        """Shows the epoch that the running trial has reached."""
        reached = f"epoch {epoch}, epoch-valid {measures.valid_accuracy:.2%}"
        self._running = f"trial {number}: {configuration(point)}, {reached}"
        self._redraw()

    def trial(self, record: TrialRecord, done: int, best: TrialRecord | None) -> None:
        """Shows a finished trial."""
        self._done, self._best = done, best
        if self._console.is_terminal:
            self._redraw()
        else:
            mark = " diverged" if record.diverged else " pruned" if record.pruned else ""
            line = f"trial {record.number}: {record.trial_valid_accuracy:.2%}{mark}  {configuration(record)}"
            self._print(f"[{done}/{self._total}] {line} | {self._best_text()} | {self._rate_text()}")

    def waits(self, numbers: Sequence[int]) -> None:
        """Shows which others' trials there are to wait for, once each; no numbers where the waiting is over."""
        several = len(numbers) > 1
        named = f"trial{'s' * several} {', '.join(map(str, numbers))}"
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
            lines = [self._best_text(), self._rate_text(), self._running]
            self._live.update(Group(self._progress, *(Text(line, overflow="ellipsis", no_wrap=True) for line in lines)))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _best_text(self) -> str:
        if self._best is None:
            return "best: none yet"
        best = self._best
        return f"best {best.trial_valid_accuracy:.2%} (trial {best.number}: {configuration(best)})"

    def _rate_text(self) -> str:
        trials = self._done - self._done_before
        if not trials:
            return "rate: after the first trial"
        seconds = (self._clock() - self._started) / trials
        return f"{seconds:.1f} s a trial, {_duration(seconds * max(0, self._total - self._done))} left"


def configuration(tried: Point | TrialRecord) -> str:
    """Returns what was tried in a few words: `batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025`."""
    return ", ".join([cell_name(tried.cell), *(f"{name} {value:.2g}" for name, value in tried.params.items())])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
