"""What docs/data.md shows does what it says."""

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest
from make_pictures import make_pictures
from test_own_methods import options, run

from jaxreg.data import load_dataset

TEXT = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", TEXT, re.DOTALL))
# Fashion-MNIST is a package of Debian, which is not everywhere.
COMMANDS = [words for words in re.findall(r"^jaxreg (.*)$", TEXT, re.MULTILINE) if "fashion" not in words]
TINY = options(max_epochs=1, batch_size=16, workers=1)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Real digits as pictures of three classes of unequal size, called as in the text."""
    folder = tmp_path_factory.mktemp("photos")
    make_pictures(folder / "made", count=60, sides=(20, 32))
    for name, own in zip(("daisy", "rose", "tulip"), sorted((folder / "made").iterdir()), strict=True):
        (folder / "photos" / name).mkdir(parents=True)
        for i, path in enumerate(sorted(own.iterdir()), start=1):
            path.rename(folder / "photos" / name / f"{i}{path.suffix if i > 1 else '.jpg'}")
    return folder / "photos"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, photos):
    monkeypatch.syspath_prepend(tmp_path)
    shutil.copytree(photos, "photos")
    for name, source in FILES.items():
        Path(name).write_text(source, encoding="utf-8")


def test_the_text_has_the_commands_and_files_that_are_run_here():
    assert [command.split()[0] for command in COMMANDS] == ["search", "predict", "verdict", "search", "search"]
    assert set(FILES) == {"arrays.py", "in_python.py"}


def test_a_look_at_a_folder_of_pictures_and_the_networks_answer(monkeypatch, capsys):
    look, ask = (command.split() for command in COMMANDS[:2])
    assert run(*look, *TINY, "--norm-types", "none", "--trials", "2", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().err
    assert re.search(r"note: folder:photos: pictures of .* resized as a whole to \d+x\d+", said)
    assert "12 of 60 images are held out as one, of each class its share" in said
    assert "taken are train 29 (60%), epoch-valid 7 (15%), trial-valid 12 (25%)" in said
    kept = json.loads(Path("runs/look/config.json").read_text(encoding="utf-8"))
    assert kept["class_names"] == ["daisy", "rose", "tulip"]
    assert [note for note in kept["data_notes"] if f"note: {note}\n" not in said] == []
    for name in kept["class_names"]:
        assert name in Path("runs/look/report.html").read_text(encoding="utf-8")
    assert run(*ask, monkeypatch=monkeypatch) == 0
    answer = r"photos/rose/1.jpg: (daisy|rose|tulip) \(\d+.\d%\), then (daisy|rose|tulip) \(\d+.\d%\)\n"
    said = capsys.readouterr()
    assert re.fullmatch(answer, said.out)
    assert said.err == ""
    assert run(*ask, "--json", monkeypatch=monkeypatch) == 0
    (found,) = json.loads(capsys.readouterr().out)["answers"]
    assert found["predicted_name"] == kept["class_names"][found["predicted"]]
    assert run(*look, *TINY, "--norm-types", "none", "--test-seed", "1", monkeypatch=monkeypatch) == 2
    assert "test_seed was 0, now 1" in capsys.readouterr().err


def test_a_verdict_on_a_folder_of_pictures(monkeypatch, capsys):
    budget = options(tune_trials=1, blocks=3)
    methods = ["--norm-types", "none", "--reg-types", "none", "l2"]
    assert run(*COMMANDS[2].split(), *TINY, *methods, *budget, monkeypatch=monkeypatch) == 0
    assert json.loads(Path("runs/photos/summary.json").read_text(encoding="utf-8"))["test_images"] == 12


def test_what_was_decided_can_be_decided_by_you(monkeypatch, capsys):
    assert run(*COMMANDS[3].split(), *TINY, "--norm-types", "none", "--trials", "1", monkeypatch=monkeypatch) == 0
    kept = json.loads(Path("runs/other/config.json").read_text(encoding="utf-8"))["identity"]
    assert (kept["image_size"], kept["test_share"], kept["train_size"], kept["stratify"]) == ([32, 32], 0.3, 21, True)


def test_arrays_in_a_file_and_in_python(monkeypatch, capsys):
    runpy.run_path("arrays.py")
    few = options(trials=1, norm_types="none")
    assert run(*COMMANDS[4].replace("--trials 20", "").split(), *TINY, *few, monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    source = Path("in_python.py").read_text(encoding="utf-8")
    Path("tiny.py").write_text(source.replace("trials=20", "trials=1, workers=1, max_epochs=1"), encoding="utf-8")
    runpy.run_path("tiny.py", run_name="__main__")
    *_, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"arrays:[0-9a-f]{12} \('top', 'middle', 'bottom'\)", last)
    found = load_dataset("npz:arrays.npz").fingerprint
    assert json.loads(Path("runs/python/config.json").read_text(encoding="utf-8"))["data_fingerprint"] == found
