"""What TensorBoard shows of a search: each trial's curves, as event files in the run folder; and its command."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jaxreg.engine.dashboard import program_line
from jaxreg.errors import InputError
from jaxreg.pages.measure import MEASURES
from jaxreg.records import TrialRecord
from jaxreg.search.config import StudyConfig
from jaxreg.text import same

EVENTS = "tensorboard"  # in the run folder
FORMAT = "brain.Event:2"  # what the first event of a file names
CURVES = {
    "loss/train": "train_loss",
    "loss/valid": "valid_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/valid": "valid_accuracy",
}


def watching_events(config: StudyConfig) -> tuple[str, ...]:
    """Returns a line with TensorBoard's command, where there are event files."""
    logdir = f"--logdir={Path(config.out) / EVENTS}"
    line = program_line(same("TensorBoard"), "tensorboard", [logdir], "tensorboard")
    return (line.to(config.lang),) if config.tensorboard else ()


def refuse_without_writer(config: StudyConfig) -> None:
    """Raises an InputError where event files are asked for and the library that writes them is not installed."""
    if config.tensorboard and not find_spec("tensorboardX"):
        install = "pip install 'jaxreg[tensorboard]'"
        raise InputError(f"--tensorboard: tensorboardX writes the event files and is not installed: {install}")


def write_events(config: StudyConfig, records: Iterable[TrialRecord]) -> None:
    """Writes `tensorboard/trial-00012/events.out.tfevents` for each trial that has none, if `--tensorboard` says so.

    It has loss and accuracy of each epoch, and the trial's settings and objective for the table of hyperparameters.
    """
    if not config.tensorboard:
        return
    from tensorboardX import RecordWriter  # an extra

    for record in records:
        folder = Path(config.out).absolute() / EVENTS / f"trial-{record.number:05d}"
        path = folder / "events.out.tfevents"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            aside = folder / ".aside"
            with closing(RecordWriter(str(aside))) as writer:
                for event in _events(record, config.metric):
                    writer.write(event.SerializeToString())
            os.replace(aside, path)


def _events(record: TrialRecord, metric: str) -> Iterator[Any]:
    """Yields the events of a trial that has just ended, its epochs spread evenly over the time that it took."""
    judged = f"{metric}/trial_valid"
    from tensorboardX import summary
    from tensorboardX.proto.event_pb2 import Event

    end = time.time()
    start = end - record.seconds
    yield Event(wall_time=start, file_version=FORMAT)
    for part in summary.hparams({**record.methods, **record.params}, {judged: None}):
        yield Event(wall_time=start, summary=part)
    for tag, name in CURVES.items():
        for epoch, value in enumerate(getattr(record.curve, name), start=1):
            if value is not None:
                wall_time = start + record.seconds * epoch / record.num_epochs
                yield Event(wall_time=wall_time, step=epoch, summary=summary.scalar(tag, value))
    objective = summary.scalar(judged, MEASURES[metric].number(record.score))
    yield Event(wall_time=end, step=record.num_epochs, summary=objective)
