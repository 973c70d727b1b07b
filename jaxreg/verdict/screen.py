"""What a person sees while the confirmation runs: a bar on a terminal, a line a run elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jaxreg.records import RunRecord, cell_name


@contextmanager
def screen(total: int) -> Iterator[Callable[[RunRecord, int], None]]:
    """Yields what shows one of `total` runs and how many are done."""
    console = Console(highlight=False)
    name, description = TextColumn("[bold]confirmation"), TextColumn("{task.description}")
    columns = (name, BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn(), description)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=total)

        def show(run: RunRecord, done: int) -> None:
            text = f"block {run.block} {cell_name(run.cell)}: {run.test_accuracy:.2%} on test"
            progress.update(bar, completed=done, description=text)
            if not console.is_terminal:
                mark = " diverged" if run.diverged else ""
                console.print(f"[{done}/{total}] {text}{mark}", markup=False, soft_wrap=True)

        yield show
