"""What optuna-dashboard shows of a study: a note and the figures; and its command."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact

from jaxreg.engine.backends import make_storage
from jaxreg.engine.config import TrainingConfig
from jaxreg.errors import InputError, said_in_one_line
from jaxreg.text import NOTHING, Text, same, tell

DASHBOARD = Text("Dashboard", "대시보드")
FIRST = Text("   (first: pip install {})", "   (먼저: pip install {})")
NO_NOTE = Text("no note and figures for the dashboard: {}", "대시보드에 설명과 그림을 붙이지 못했습니다: {}")
ARTIFACTS = "artifacts"  # in the run folder
# The format of optuna-dashboard's notes, written here so that a note is there even where the extra is not installed.
NOTE_VERSION, NOTE_PART, NOTE_PART_LENGTH = "dashboard:note_ver", "dashboard:note_str:", 2045
OUR_NOTE_VERSION = "jaxreg:note_ver"


def watching(config: TrainingConfig) -> tuple[str, ...]:
    """Returns a line with the dashboard's command, for a shell in the present folder, where it can show the study."""
    storage = make_storage(config.storage, config.out)
    options = [f"--artifact-dir={Path(config.out) / ARTIFACTS}", *storage.dashboard_words()]
    line = program_line(DASHBOARD, "optuna-dashboard", options, "'jaxreg[dashboard]'")
    return () if storage.independent else (line.to(config.lang),)


def program_line(title: Text, program: str, options: Sequence[str], install: str) -> Text:
    """Returns a line with the command of a program, or with what to install first."""
    # A program beside this Python but not on the shell's path is named with its folder.
    found = program if shutil.which(program) else shutil.which(program, path=str(Path(sys.executable).parent))
    missing = NOTHING if found else FIRST.format(install)
    return same("{}: {}{}").format(title, shlex.join([found or program, *options]), missing)


def attach(config: TrainingConfig, note: str, figures: Sequence[Path]) -> None:
    """Puts a note (Markdown) and figures beside the study in its storage, in place of those of the run before.

    A note that somebody has edited in the dashboard is left alone; what cannot be written is said on standard error.
    """
    storage = make_storage(config.storage, config.out)
    if storage.independent:  # which no dashboard can open
        return
    try:
        with storage.failures(), storage.opening():
            study = optuna.load_study(study_name=config.study_name, storage=storage.open(config.study_name))
            _attach_note(study, note)
            _attach_figures(study, figures, Path(config.out) / ARTIFACTS)
    except (InputError, OSError) as error:
        tell(NO_NOTE.format(said_in_one_line(error)), config.lang)


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
