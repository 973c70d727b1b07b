"""What holds for every source of data: its spec, and that any damage is refused in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from data_cases import dataset_or_message, message_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from idx_files import NAMES, some_arrays, write_idx_folder

from jaxreg.data import SplitSizes, from_arrays, load_dataset, take_sizes
from jaxreg.errors import InputError

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("spec", ["", "mnist", "Embedded", "embedded:", "idx", "idx:", "npz:", "tfds:", "csv:file"])
def test_a_spec_of_another_form_is_refused_with_the_forms_that_are_allowed(spec):
    assert (
        message_of(spec) == f"data {spec!r}: unknown; allowed are embedded, folder:DIR, idx:DIR, npz:FILE or tfds:NAME"
    )


@pytest.mark.parametrize("name", ["zero", "pipe", "socket", "folder", "link"])
def test_what_is_no_file_on_disk_and_may_have_no_end_is_refused_before_it_is_read(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    os.mkfifo("pipe")
    Path("folder").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        Path("zero").symlink_to("/dev/zero")
        Path("link").symlink_to("pipe")
        kind = {"zero": "a device", "link": "a pipe"}.get(name, f"a {name}")
        assert message_of(f"npz:{name}") == f"{name}: {kind}; it must be an .npz file, a file on disk"
        folder = write_idx_folder(Path("idx"), some_arrays())
        for key, wanted in (("x_train", "images"), ("y_test", "labels")):
            path = folder / NAMES[key]
            content = path.read_bytes()
            path.unlink()
            path.symlink_to(Path(name).absolute())
            assert message_of("idx:idx") == f"{path}: {kind}; it must be an IDX file of {wanted}, a file on disk"
            path.unlink()
            path.write_bytes(content)
    path = folder / NAMES["x_train"]
    path.rename("elsewhere")
    path.symlink_to(Path("elsewhere").absolute())  # a link to a file is a file
    load_dataset("idx:idx")


@pytest.mark.parametrize("source", ["npz", "idx"])
def test_a_home_folder_of_nobody_and_names_that_no_file_can_have_are_refused(source, tmp_path, monkeypatch):
    where = "~nosuchuser/data.npz"
    form = {"npz": "npz:FILE", "idx": "idx:DIR"}[source]
    assert message_of(f"{source}:{where}").startswith(
        f"{form} {where}: there is no home folder ~nosuchuser; allowed is"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    assert message_of(f"{source}:~/absent").startswith(f"{tmp_path}/absent: no such f")
    for name in ("a\0b", "x" * 300, "file.npz/inside"):
        Path("file.npz").touch()
        assert message_of(f"{source}:{name}").startswith(f"{name}: ")


def test_importing_the_data_layer_imports_neither_jax_nor_tfds():
    code = "import sys, jaxreg.data; print({'jax', 'flax', 'tensorflow', 'tensorflow_datasets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_to_a_file_it_is_read_or_refused_in_one_line(tmp_path, data):
    arrays = some_arrays(num_train=6, num_test=4)
    source = data.draw(st.sampled_from(["npz", "npz compressed", "idx", "idx gzipped"]))
    if source.startswith("npz"):
        path = tmp_path / "data.npz"
        (np.savez if source == "npz" else np.savez_compressed)(path, **arrays)
        spec = f"npz:{path}"
    else:
        folder = write_idx_folder(tmp_path / source, arrays, gzipped=source == "idx gzipped")
        path = sorted(folder.iterdir())[data.draw(st.integers(0, 3))]
        spec = f"idx:{folder}"
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    outcome = dataset_or_message(spec)
    if isinstance(outcome, str):
        assert "\n" not in outcome
    else:
        assert len(outcome.train_images) == len(outcome.train_labels)


@pytest.mark.parametrize(
    ("spec", "korean"),
    [
        ("folder:nowhere", "nowhere: 그런 폴더가 없습니다"),
        ("folder:empty", "empty: 클래스 폴더가 없습니다"),
        ("folder:bare", "bare/a: 사진이 없는 클래스입니다"),
        ("folder:loose", "loose: 클래스 폴더에 들어 있지 않은 사진: x.png"),
        ("npz:none.npz", "none.npz: 그런 파일이 없습니다"),
        ("npz:empty", "empty: 폴더입니다"),
        ("idx:nowhere", "nowhere: 그런 폴더가 없습니다"),
        ("mnist", "데이터 'mnist': 알 수 없습니다"),
    ],
)
def test_what_a_first_data_source_has_wrong_is_said_in_korean_too(spec, korean):
    for folder in ("empty", "bare/a", "loose/a"):
        Path(folder).mkdir(parents=True)
    Path("loose/x.png").touch()
    with pytest.raises(InputError) as refused:
        load_dataset(spec)
    assert refused.value.text.ko.startswith(korean)
    assert "{" not in refused.value.text.ko + str(refused.value)


def test_what_was_taken_of_small_data_is_a_note_in_both_languages():
    images = np.tile(np.arange(256, dtype=np.uint8), 100 * 16 * 16 // 256).reshape(100, 16, 16)
    dataset = from_arrays(images, np.arange(100) % 2)
    sizes, (note,) = take_sizes(dataset, (None, None, None), SplitSizes())
    assert sum(sizes) == 80
    assert note.en.endswith("taken are train 48 (60%), epoch-valid 12 (15%), trial-valid 20 (25%)")
    assert note.ko.endswith("나누었습니다: train 48 (60%), epoch-valid 12 (15%), trial-valid 20 (25%)")
    (held_out,) = [told for told in dataset.notes if "--test-share" in told.en]
    assert "테스트 세트가 없어 이미지 100장 중 20장을" in held_out.ko
