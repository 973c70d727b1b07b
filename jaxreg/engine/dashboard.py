"""What optuna-dashboard and TensorBoard show of a study: a note, the figures, training curves; and their commands."""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact

from jaxreg.engine.backends import make_storage
from jaxreg.engine.config import StudyConfig
from jaxreg.errors import InputError, said_in_one_line
from jaxreg.records import TrialRecord

EVENTS = "tensorboard"  # in the run folder
FORMAT = "brain.Event:2"  # what the first event of a file names
MEASURES = {
    "loss/train": "train_loss",
    "loss/valid": "valid_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/valid": "valid_accuracy",
}
OBJECTIVE = "accuracy/trial_valid"
ARTIFACTS = "artifacts"  # in the run folder
# The format of optuna-dashboard's notes, written here so that a note is there even where the extra is not installed.
NOTE_VERSION, NOTE_PART, NOTE_PART_LENGTH = "dashboard:note_ver", "dashboard:note_str:", 2045
OUR_NOTE_VERSION = "jaxreg:note_ver"


def watching(config: StudyConfig) -> tuple[str, ...]:
    """Returns a line for each program that shows the study, with its command, for a shell in the present folder."""
    folder = Path(config.out)
    options = [f"--artifact-dir={folder / ARTIFACTS}", *make_storage(config.storage, config.out).dashboard_words()]
    lines = [_line("Dashboard", "optuna-dashboard", options, "-c constraints.txt -e '.[dashboard]'")]
    if config.tensorboard:
        lines.append(_line("TensorBoard", "tensorboard", [f"--logdir={folder / EVENTS}"], "tensorboard"))
    return tuple(lines)


def _line(title: str, program: str, options: Sequence[str], install: str) -> str:
    # A program beside this Python but not on the shell's path is named with its folder.
    found = program if shutil.which(program) else shutil.which(program, path=str(Path(sys.executable).parent))
    missing = "" if found else f"   (first: pip install {install})"
    return f"{title}: {shlex.join([found or program, *options])}{missing}"


def attach(config: StudyConfig, note: str, figures: Sequence[Path]) -> None:
    """Puts a note (Markdown) and figures beside the study in its storage, in place of those of the run before.

    A note that somebody has edited in the dashboard is left alone; what cannot be written is said on standard error.
    """
    try:
        storage = make_storage(config.storage, config.out)
        with storage.failures(), storage.opening():
            study = optuna.load_study(study_name=config.study_name, storage=storage.open())
            _attach_note(study, note)
            _attach_figures(study, figures, Path(config.out) / ARTIFACTS)
    except (InputError, OSError) as error:
        print(f"no note and figures for the dashboard: {said_in_one_line(error)}", file=sys.stderr)


def _attach_note(study: optuna.Study, note: str) -> None:
    storage, study_id = study._storage, study._study_id
    kept = storage.get_study_system_attrs(study_id)
    version = kept.get(NOTE_VERSION, 0)
    parts = {
        f"{NOTE_PART}{i}": note[start : start + NOTE_PART_LENGTH]
        for i, start in enumerate(range(0, len(note), NOTE_PART_LENGTH))
    }
    parts = {name: "" for name in kept if name.startswith(NOTE_PART)} | parts
    edited = version > kept.get(OUR_NOTE_VERSION, 0)
    if edited or all(kept.get(name) == part for name, part in parts.items()):
        return
    for name, value in {OUR_NOTE_VERSION: version + 1, NOTE_VERSION: version + 1, **parts}.items():
        storage.set_study_system_attr(study_id, name, value)


def _attach_figures(study: optuna.Study, figures: Sequence[Path], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    store = FileSystemArtifactStore(folder)
    known = {meta.filename: meta.artifact_id for meta in get_all_artifact_meta(study)}
    for figure in figures:
        if figure.name in known:
            with open(figure, "rb") as content:
                store.write(known[figure.name], content)
        else:
            upload_artifact(study_or_trial=study, file_path=str(figure), artifact_store=store)


def refuse_without_writer(config: StudyConfig) -> None:
    """Raises an InputError where event files are asked for and the library that writes them is not installed."""
    if config.tensorboard and not find_spec("tensorboardX"):
        install = "pip install -c constraints.txt -e '.[tensorboard]'"
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
                for event in _events(record):
                    writer.write(event.SerializeToString())
            os.replace(aside, path)


def _events(record: TrialRecord) -> Iterator[Any]:
    """Yields the events of a trial that has just ended, its epochs spread evenly over the time that it took."""
    from tensorboardX import summary
    from tensorboardX.proto.event_pb2 import Event

    end = time.time()
    start = end - record.seconds
    yield Event(wall_time=start, file_version=FORMAT)
    for part in summary.hparams({**record.methods, **record.params}, {OBJECTIVE: None}):
        yield Event(wall_time=start, summary=part)
    for tag, name in MEASURES.items():
        for epoch, value in enumerate(getattr(record.curve, name), start=1):
            if value is not None:
                wall_time = start + record.seconds * epoch / record.num_epochs
                yield Event(wall_time=wall_time, step=epoch, summary=summary.scalar(tag, value))
    objective = summary.scalar(OBJECTIVE, record.trial_valid_accuracy)
    yield Event(wall_time=end, step=record.num_epochs, summary=objective)
