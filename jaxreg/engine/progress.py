"""What a person sees while an experiment runs: a live view on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text as Line

from jaxreg.core.fit import Epoch
from jaxreg.engine.experiment import Experiment
from jaxreg.records import Point, TrialRecord, cell_name
from jaxreg.text import NOTHING, Counted, Text, counted

FIRST = Text(
    "compiling and training the first run; time left: after the first runs",
    "첫 실행을 컴파일하고 학습하는 중, 남은 시간은 처음 몇 회 뒤에 표시",
)
EARLY = Text("time left: after the next runs", "남은 시간은 다음 실행 뒤에 표시")
RATE = Text("{seconds:.1f} s a run, {left} left", "실행당 {seconds:.1f}초, 남은 시간 {left}")
RUNNING = Text(
    "run {number}, epoch {epoch}, epoch-valid {accuracy:.2%}: {what}",
    "실행 {number}번, {epoch} 에포크, epoch-valid {accuracy:.2%}: {what}",
)
WAITING = Text(
    "waiting for run {runs}, which another process holds", "다른 프로세스가 맡은 실행 {runs}번을 기다리는 중"
)
WAITING_FOR_SEVERAL = Text(
    "waiting for runs {runs}, which other processes hold", "다른 프로세스들이 맡은 실행 {runs}번을 기다리는 중"
)
NONE_YET = Text("best: none yet", "최고: 아직 없음")
DIVERGED = Text(" diverged", " 발산")  # behind the score of a run
PHASE = Text("phase {number} of {all}: {what}, {runs}", "{all}단계 중 {number}단계: {what}, {runs}")
RUNS = Counted("{n} run", "{n} runs", "실행 {n}회")
SECONDS, MINUTES = Text("{} s", "{}초"), Text("{} min {:02d} s", "{}분 {:02d}초")
HOURS = Text("{} h {:02d} min", "{}시간 {:02d}분")


class Display:
    """A context that shows the runs of an experiment: those done, the best so far, the rate and the time left.

    On a terminal it is one picture that is redrawn, in a notebook one line; elsewhere each finished run is one line.
    All are in the language of the settings.
    """

    def __init__(
        self,
        experiment: Experiment[Any, Any],
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._experiment = experiment
        self._total = experiment.total
        self._lang = experiment.config.lang
        self._console = console or Console(highlight=False)
        self._clock = clock
        name = TextColumn(f"[bold]{experiment.name}")
        self._progress = Progress(name, BarColumn(bar_width=None), MofNCompleteColumn(), console=self._console)
        self._bar = self._progress.add_task("", total=self._total)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._best = NOTHING
        self._done = self._done_before = self._compiling = 0
        self._running = NOTHING
        self._waited: set[int] = set()
        self._cell: Any = None  # a notebook's handle of the line in it
        self._compiled = clock()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def begin(self, records: Sequence[Any], at_once: int = 1) -> None:
        """Starts the clock of the rate with the records that are already there.

        Of the runs that are made `at_once`, the first compile; the rate is that of those after them.
        """
        self._done = self._done_before = len(records)
        self._compiling = at_once
        self._best = self._experiment.best(records)
        self._compiled = self._clock()
        self._redraw()
        if self._console.is_jupyter and self._done < self._total:
            self._replace(self._line())

    def epoch(self, number: int, what: str, epoch: int, measures: Epoch) -> None:
        """Shows the epoch that a run has reached, which tries `what`."""
        accuracy = measures.valid_accuracy
        self._running = RUNNING.format(number=number, what=what, epoch=epoch, accuracy=accuracy)
        self._redraw()

    def ended(self, record: Any, records: Sequence[Any]) -> None:
        """Shows a run that has ended, the last of these records."""
        self._done, self._best = len(records), self._experiment.best(records)
        if self._done - self._done_before <= self._compiling:
            self._compiled = self._clock()
        if self._console.is_terminal:
            self._redraw()
        else:
            show = self._replace if self._console.is_jupyter else self._print
            show(self._line(self._experiment.outcome(record)))

    def look(self) -> None:
        """Is called all the time while others make the runs: shows the rate as it is by now."""
        self._redraw()

    def waits(self, numbers: Sequence[int]) -> None:
        """Shows which others' runs there are to wait for, once each; no numbers where the waiting is over."""
        line = (WAITING_FOR_SEVERAL if len(numbers) > 1 else WAITING).format(runs=", ".join(map(str, numbers)))
        if not self._waited.issuperset(numbers):
            self.say(line)
        self._waited.update(numbers)
        self._running = line if numbers else NOTHING
        self._redraw()

    def say(self, line: Text) -> None:
        """Shows a line that stays."""
        self._print(line.to(self._lang))

    def _redraw(self) -> None:
        if self._console.is_terminal:
            self._progress.update(self._bar, completed=self._done)
            lines = [text.to(self._lang) for text in (self._best, self._rate_text(), self._running)]
            self._live.update(Group(self._progress, *(Line(line, overflow="ellipsis", no_wrap=True) for line in lines)))

    def _line(self, outcome: Text = NOTHING) -> str:
        said = [text.to(self._lang) for text in (outcome, self._best, self._rate_text())]
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

    def _rate_text(self) -> Text:
        """Returns the seconds a run and the time left, by those after the ones that compiled, once as many ended."""
        runs = self._done - self._done_before
        if not runs:
            return FIRST
        if runs < 2 * self._compiling:
            return EARLY if self._done < self._total else NOTHING
        seconds = (self._clock() - self._compiled) / (runs - self._compiling)
        return RATE.format(seconds=seconds, left=_duration(seconds * max(0, self._total - self._done)))


def say_phase(number: int, what: Text, runs: int, lang: str) -> None:
    """Says which of the two phases of an experiment begins, and how many runs it has."""
    print(PHASE.format(number=number, all=2, what=what, runs=counted(runs, RUNS)).to(lang), flush=True)


def configuration(tried: Point | TrialRecord) -> str:
    """Returns what was tried in a few words: `batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025`."""
    return ", ".join([cell_name(tried.cell), *(f"{name} {value:.2g}" for name, value in tried.params.items())])


def _duration(seconds: float) -> Text:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return HOURS.format(hours, minutes)
    return MINUTES.format(minutes, rest) if minutes else SECONDS.format(rest)
