"""IDX folders: what they give, and what they say of bad input."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from data_cases import assert_holds, dataset_or_message, message_of, with_changed
from idx_files import NAMES, idx_bytes, some_arrays, write_idx_folder

from jaxreg.data import load_dataset
from jaxreg.files import read_up_to

# What is read


@pytest.mark.parametrize("gzipped", [False, True])
def test_an_idx_folder_gives_the_arrays_that_were_written_plain_or_gzipped(tmp_path, gzipped):
    arrays = some_arrays()
    folder = write_idx_folder(tmp_path / "idx", arrays, gzipped=gzipped)
    dataset = load_dataset(f"idx:{folder}")
    assert_holds(dataset, arrays)
    assert dataset.num_classes == 3
    assert dataset.name == f"idx:{folder}"


@pytest.mark.parametrize("test_part", ["t10k", "test"])
@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_each_common_name_of_the_idx_files_is_found(tmp_path, test_part, mark, suffix):
    arrays = some_arrays()
    for key, name in NAMES.items():
        renamed = name.replace("t10k", test_part).replace("-idx", f"{mark}idx") + suffix
        content = idx_bytes(arrays[key])
        (tmp_path / renamed).write_bytes(gzip.compress(content) if suffix else content)
    assert_holds(load_dataset(f"idx:{tmp_path}"), arrays)


def test_content_not_name_says_whether_an_idx_file_is_gzipped(tmp_path):
    arrays = some_arrays()
    folder = write_idx_folder(tmp_path, arrays)
    plain = folder / NAMES["x_train"]
    plain.write_bytes(gzip.compress(plain.read_bytes()))
    assert_holds(load_dataset(f"idx:{folder}"), arrays)


# What is refused


def damaged_folder(tmp_path: Path, key: str, content: bytes, *, suffix: str = "") -> tuple[str, Path]:
    """Writes a good folder with one file replaced; returns its spec and that file."""
    folder = write_idx_folder(tmp_path / "idx", some_arrays())
    (folder / NAMES[key]).unlink()
    path = folder / (NAMES[key] + suffix)
    path.write_bytes(content)
    return f"idx:{folder}", path


def test_an_absent_folder_is_refused(tmp_path):
    folder = tmp_path / "absent"
    assert (
        message_of(f"idx:{folder}") == f"{folder}: no such folder; idx:DIR must name a folder with the four IDX files"
    )


@pytest.mark.parametrize("key", sorted(NAMES))
def test_an_absent_idx_file_is_refused_with_the_names_it_may_have(tmp_path, key):
    folder = write_idx_folder(tmp_path, some_arrays())
    (folder / NAMES[key]).unlink()
    part, kind = NAMES[key].split("-")[:2]
    assert message_of(f"idx:{folder}").startswith(f"{folder}: no {part} {kind} file; allowed names: {NAMES[key]}, ")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_an_empty_idx_file_is_refused(tmp_path, suffix):
    spec, path = damaged_folder(tmp_path, "x_train", b"", suffix=suffix)
    assert message_of(spec) == f"{path}: the file is empty; it must be an IDX file of images"


def test_a_gzip_member_of_nothing_is_an_empty_file(tmp_path):
    spec, path = damaged_folder(tmp_path, "x_train", gzip.compress(b""), suffix=".gz")
    assert message_of(spec) == f"{path}: the file is empty; it must be an IDX file of images"


def test_a_truncated_idx_header_is_refused(tmp_path):
    spec, path = damaged_folder(tmp_path, "x_train", idx_bytes(some_arrays()["x_train"])[:9])
    assert message_of(spec) == f"{path}: cut short after 9 bytes; the IDX header alone has 16"


def test_a_truncated_idx_body_is_refused_with_the_numbers(tmp_path):
    spec, path = damaged_folder(tmp_path, "x_train", idx_bytes(some_arrays()["x_train"])[:-5])
    assert message_of(spec) == (
        f"{path}: the header promises 40 x 5 x 4 = 800 bytes of images but only 795 follow; the file is cut short"
    )


def test_bytes_after_the_idx_array_are_refused(tmp_path):
    spec, path = damaged_folder(tmp_path, "y_train", idx_bytes(some_arrays()["y_train"]) + b"\0")
    assert message_of(spec) == (
        f"{path}: the header promises 40 = 40 bytes of labels but more follow; nothing may come after them"
    )


def test_a_second_gzip_member_after_the_idx_array_is_refused(tmp_path):
    member = gzip.compress(idx_bytes(some_arrays()["x_train"]))
    spec, _ = damaged_folder(tmp_path, "x_train", member + member, suffix=".gz")
    assert "but more follow; nothing may come after them" in message_of(spec)


@pytest.mark.parametrize("tail", [b"garbage", b"\x1f", b"\0\0x"])
def test_bytes_after_the_gzip_data_are_refused_with_the_way_to_cut_them_off(tmp_path, tail):
    spec, path = damaged_folder(tmp_path, "x_train", gzip.compress(idx_bytes(some_arrays()["x_train"])) + tail)
    assert message_of(spec) == (
        f"{path}: other bytes follow the gzip data; cut them off (gunzip does, then gzip again) or get the file again"
    )


def test_zeros_that_fill_up_the_end_of_gzip_data_are_no_matter(tmp_path):
    arrays = some_arrays()
    spec, _ = damaged_folder(tmp_path, "x_train", gzip.compress(idx_bytes(arrays["x_train"])) + bytes(500))
    assert_holds(load_dataset(spec), arrays)


def test_a_folder_of_the_name_of_an_idx_file_is_refused_with_the_file_in_it_or_passed_over(tmp_path):
    arrays = some_arrays()
    spec, path = damaged_folder(tmp_path, "x_train", idx_bytes(arrays["x_train"]))
    path.rename("kept")
    path.mkdir()
    assert message_of(spec) == f"{path}: a folder; it must be an IDX file of images, a file on disk"
    inside = path / "train-images.idx3-ubyte"
    Path("kept").rename(inside)
    assert message_of(spec) == (
        f"{path}: a folder; it must be an IDX file of images; move {inside} up in its place, a file on disk"
    )
    inside.rename(path.parent / inside.name)
    assert_holds(load_dataset(spec), arrays)


def test_another_magic_number_is_refused_with_the_right_one(tmp_path):
    spec, path = damaged_folder(tmp_path, "x_train", b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert message_of(spec) == (f"{path}: the magic number is 0x89504e47; an IDX file of images starts with 0x00000803")


def test_an_idx_file_of_floats_is_refused_by_its_magic_number(tmp_path):
    spec, _ = damaged_folder(tmp_path, "x_train", struct.pack(">4I", 0x0D03, 1, 2, 2) + bytes(16))
    assert "the magic number is 0x00000d03" in message_of(spec)


@pytest.mark.parametrize(("key", "other"), [("x_train", "y_train"), ("y_test", "x_test")])
def test_mislabelled_idx_files_are_refused_as_misnamed(tmp_path, key, other):
    spec, path = damaged_folder(tmp_path, key, idx_bytes(some_arrays()[other]))
    text = message_of(spec)
    kinds = {"x": ("images", "0x00000803"), "y": ("labels", "0x00000801")}
    (found, found_magic), (wanted, wanted_magic) = kinds[other[0]], kinds[key[0]]
    assert text == (
        f"{path}: holds {found} (magic number {found_magic}) where {wanted} ({wanted_magic}) must be; is it misnamed?"
    )


def test_idx_images_and_labels_of_different_counts_are_refused_with_both(tmp_path):
    spec, _ = damaged_folder(tmp_path, "y_train", idx_bytes(some_arrays(num_train=39)["y_train"]))
    assert message_of(spec) == f"{spec}: 40 train images but 39 train labels; there must be as many"


def test_every_flipped_byte_of_a_gzipped_idx_file_is_refused_or_harmless(tmp_path):
    arrays = some_arrays(num_train=4)
    folder = write_idx_folder(tmp_path, arrays)
    (folder / NAMES["x_train"]).unlink()
    path = folder / f"{NAMES['x_train']}.gz"
    content = gzip.compress(idx_bytes(arrays["x_train"]))
    for position in range(len(content)):
        path.write_bytes(with_changed(content, position, content[position] ^ 0x41))
        outcome = dataset_or_message(f"idx:{folder}")
        if isinstance(outcome, str):
            assert outcome.startswith(f"{path}: ")
        else:  # gzip's own header has a time stamp, flags and an operating system that mean nothing here
            assert position < 10
            assert_holds(outcome, arrays)


def test_a_gzip_stream_that_is_cut_short_is_refused(tmp_path):
    content = gzip.compress(idx_bytes(some_arrays()["x_train"]))
    spec, path = damaged_folder(tmp_path, "x_train", content[:-20], suffix=".gz")
    assert message_of(spec).startswith(f"{path}: the gzip data are damaged or cut short (")


def test_a_gzip_bomb_is_read_no_further_than_its_header_promises(tmp_path, monkeypatch):
    sizes = []

    def noting_read(stream, size):
        sizes.append(size)
        return read_up_to(stream, size)

    monkeypatch.setattr("jaxreg.data.idx.read_up_to", noting_read)
    bomb = gzip.compress(idx_bytes(np.zeros((2, 5, 4), np.uint8)) + bytes(64 << 20))
    spec, path = damaged_folder(tmp_path, "x_train", bomb, suffix=".gz")
    assert message_of(spec).startswith(f"{path}: the header promises 2 x 5 x 4 = 40 bytes of images but more follow")
    assert sum(sizes) == 16 + 41


def test_an_idx_header_that_promises_more_than_4_gib_is_refused_before_reading(tmp_path):
    header = struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    spec, path = damaged_folder(tmp_path, "x_train", header + bytes(100))
    text = message_of(spec)
    assert text.startswith(f"{path}: the header promises 4294967295 x 4294967295 x 4294967295 = ")
    assert text.endswith("; at most 4294967296 are allowed")


def test_an_idx_header_that_promises_4_gib_takes_no_memory_for_what_is_not_there(tmp_path):
    spec, _ = damaged_folder(tmp_path, "x_train", struct.pack(">4I", 0x803, 2**20, 64, 64) + bytes(100))
    assert "but only 100 follow; the file is cut short" in message_of(spec)


def test_an_unreadable_idx_file_is_refused(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    folder = write_idx_folder(tmp_path, some_arrays())
    monkeypatch.setattr(Path, "open", refuse)  # removing the permission does not stop root
    path = folder / NAMES["x_train"]
    assert message_of(f"idx:{folder}") == f"{path}: cannot be read (Permission denied); it must be an IDX file"


def test_a_file_beside_them_that_is_called_test_something_is_no_test_set(tmp_path):
    arrays = some_arrays()
    write_idx_folder(tmp_path, arrays)
    for path in tmp_path.glob("t10k-*"):
        path.unlink()
    (tmp_path / "test.csv").touch()
    assert load_dataset(f"idx:{tmp_path}").hold_out is not None
