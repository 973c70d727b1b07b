"""Embedded MNIST, IDX folders and .npz files: what they give, and what they say of bad input."""

import gzip
import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from idx_files import NAMES, idx_bytes, some_arrays, write_idx_folder

from jaxreg.data import Dataset, embedded, load_dataset, make_embedded
from jaxreg.data.bounded import read_up_to
from jaxreg.data.embedded import EMBEDDED_FILE, load_embedded
from jaxreg.errors import InputError

ROOT = Path(__file__).parents[1]
MNIST = ROOT.parent / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason="the IDX files of MNIST are not beside the repository")


def message_of(spec: str) -> str:
    """Loads bad data and returns the one line that it is refused with."""
    with pytest.raises(InputError) as caught:
        load_dataset(spec)
    text = str(caught.value)
    assert "\n" not in text
    return text


def dataset_or_message(spec: str) -> Dataset | str:
    """Loads data that may be bad; any error but InputError fails the test."""
    try:
        return load_dataset(spec)
    except InputError as error:
        return str(error)


def assert_holds(dataset: Dataset, arrays: dict) -> None:
    """Asserts that a data set has exactly the given arrays, with a channel axis."""
    for images, labels, part in (
        (dataset.train_images, dataset.train_labels, "train"),
        (dataset.test_images, dataset.test_labels, "test"),
    ):
        expected = arrays[f"x_{part}"]
        np.testing.assert_array_equal(images, expected if expected.ndim == 4 else expected[..., np.newaxis])
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(labels, arrays[f"y_{part}"])
        assert labels.dtype == np.int32


def with_changed(content: bytes, position: int, value: int) -> bytes:
    return content[:position] + bytes([value]) + content[position + 1 :]


# The spec


@pytest.mark.parametrize("spec", ["", "mnist", "Embedded", "embedded:", "idx", "idx:", "npz:", "tfds:", "csv:file"])
def test_a_spec_of_another_form_is_refused_with_the_forms_that_are_allowed(spec):
    assert message_of(spec) == f"data {spec!r}: unknown; allowed are embedded, idx:DIR, npz:FILE or tfds:NAME"


def test_importing_the_data_layer_imports_neither_jax_nor_tfds():
    code = "import sys, jaxreg.data; print({'jax', 'flax', 'tensorflow', 'tensorflow_datasets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Embedded


def test_the_embedded_data_are_8000_train_and_10000_test_images_of_ten_classes_in_under_3_mb():
    dataset = load_dataset("embedded")
    assert dataset.name == "embedded"
    assert dataset.train_images.shape == (8000, 28, 28, 1)
    assert dataset.test_images.shape == (10000, 28, 28, 1)
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.num_classes == 10
    assert np.bincount(dataset.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert EMBEDDED_FILE.stat().st_size < 3_000_000


@needs_mnist
def test_the_embedded_data_equal_the_idx_source_pixel_for_pixel():
    ours, source = load_dataset("embedded"), load_dataset(f"idx:{MNIST}")
    drawn = np.sort(np.random.default_rng(1998).choice(60_000, 8_000, replace=False))
    np.testing.assert_array_equal(ours.train_images, source.train_images[drawn])
    np.testing.assert_array_equal(ours.train_labels, source.train_labels[drawn])
    np.testing.assert_array_equal(ours.test_images, source.test_images)
    np.testing.assert_array_equal(ours.test_labels, source.test_labels)


@needs_mnist
@pytest.mark.slow
def test_making_the_embedded_file_again_gives_the_same_arrays_and_the_documented_source_passes(tmp_path, capsys):
    again = tmp_path / "again.xz"
    status = make_embedded.main([str(MNIST), "--out", str(again)])
    # Another liblzma may compress to other bytes, which the script then says; the content may not differ.
    assert status == 0 or "set EMBEDDED_SHA256" in capsys.readouterr().err
    for made, kept in zip(embedded.unpack(again.read_bytes()), load_embedded(), strict=True):
        np.testing.assert_array_equal(made, kept)


def test_the_maker_refuses_a_source_that_is_not_mnist(tmp_path, capsys):
    folder = write_idx_folder(tmp_path / "idx", some_arrays())
    out = tmp_path / "out.xz"
    assert make_embedded.main([str(folder), "--out", str(out)]) == 2
    assert "train_images: SHA-256 is " in capsys.readouterr().err
    assert not out.exists()


def test_a_corrupted_embedded_file_is_refused_with_both_hashes_and_the_way_to_restore_it(tmp_path):
    broken = tmp_path / "mnist.xz"
    broken.write_bytes(with_changed(EMBEDDED_FILE.read_bytes(), 100_000, 0))
    with pytest.raises(InputError) as caught:
        load_embedded(broken)
    text = str(caught.value)
    assert text.startswith(f"{broken}: the embedded data are damaged (SHA-256 is ")
    assert f"must be {embedded.EMBEDDED_SHA256}" in text
    assert "reinstall jaxreg" in text
    assert "\n" not in text


def test_an_absent_embedded_file_is_refused_with_the_way_to_restore_it(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read .*; reinstall jaxreg, or make it again with: python -m"):
        load_embedded(tmp_path / "absent.xz")


def test_the_attribution_beside_the_embedded_file_names_authors_licence_and_the_true_hash():
    text = EMBEDDED_FILE.with_name("MNIST.md").read_text()
    for part in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", embedded.EMBEDDED_SHA256):
        assert part in text


# IDX: what is read


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


# IDX: what is refused


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


# npz: what is read


def write_npz(path: Path, arrays: dict) -> str:
    np.savez(path, **arrays)
    return f"npz:{path}"


def changed(**arrays) -> dict:
    """Returns good arrays with some replaced; None leaves one out."""
    return {key: array for key, array in {**some_arrays(), **arrays}.items() if array is not None}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("shape", [(5, 4), (9, 11, 1), (8, 6, 3)])
def test_an_npz_file_gives_the_arrays_that_were_saved_with_size_and_channels_of_their_own(tmp_path, save, shape):
    arrays = some_arrays(shape=shape, num_classes=4)
    save(tmp_path / "data.npz", **arrays)
    dataset = load_dataset(f"npz:{tmp_path / 'data.npz'}")
    assert_holds(dataset, arrays)
    assert dataset.image_shape == (*shape, 1)[:3]
    assert dataset.num_classes == 4


def test_npz_labels_may_be_a_column_of_any_integer_type_and_arrays_of_any_order(tmp_path):
    arrays = some_arrays()
    spec = write_npz(
        tmp_path / "data.npz",
        changed(
            x_train=np.asfortranarray(arrays["x_train"].astype(">i4")), y_train=arrays["y_train"].astype(">i8")[:, None]
        ),
    )
    assert_holds(load_dataset(spec), arrays)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floating_npz_pixels_of_0_to_1_become_0_to_255(tmp_path, dtype):
    shares = np.linspace(0, 1, 40 * 5 * 4).reshape(40, 5, 4).astype(dtype)
    dataset = load_dataset(write_npz(tmp_path / "data.npz", changed(x_train=shares)))
    assert dataset.train_images.dtype == np.float32
    np.testing.assert_allclose(dataset.train_images[..., 0], shares.astype(np.float64) * 255, rtol=1e-6)
    assert dataset.train_images.max() == 255


def test_the_number_of_classes_is_the_largest_label_of_train_and_test_plus_one(tmp_path):
    labels = np.full(12, 6)
    assert load_dataset(write_npz(tmp_path / "data.npz", changed(y_test=labels))).num_classes == 7


# npz: what is refused


def test_an_absent_npz_file_is_refused(tmp_path):
    path = tmp_path / "absent.npz"
    assert message_of(f"npz:{path}") == f"{path}: no such file; npz:FILE must name an .npz file"


@pytest.mark.parametrize("content", [b"", b"not a zip file", gzip.compress(b"neither", mtime=0)])
def test_a_file_that_is_no_npz_is_refused(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    text = message_of(f"npz:{path}")
    assert text == f"{path}: not a readable .npz file (File is not a zip file); make it with numpy.savez"


def test_a_folder_for_an_npz_file_is_refused(tmp_path):
    assert message_of(f"npz:{tmp_path}").startswith(f"{tmp_path}: not a readable .npz file (")


def test_missing_npz_keys_are_named_with_those_that_are_there(tmp_path):
    spec = write_npz(tmp_path / "data.npz", changed(x_test=None, y_test=None))
    assert message_of(spec) == (
        f"{tmp_path / 'data.npz'}: no array x_test, y_test; "
        "it must hold x_train, y_train, x_test, y_test, and holds x_train, y_train"
    )


class Exploit:
    """Would run when unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("an array was unpickled",))


def test_an_npz_array_of_objects_is_refused_and_never_unpickled(tmp_path):
    objects = np.empty(40, object)
    objects[:] = [Exploit() for _ in range(40)]
    spec = write_npz(tmp_path / "data.npz", changed(y_train=objects))
    assert message_of(spec) == (
        f"{tmp_path / 'data.npz'}: y_train has dtype object; only arrays of numbers are read, never objects"
    )


def npz_with_header(path: Path, header: str, body: bytes) -> str:
    """Writes an .npz file whose x_train has the given .npy header text."""
    text = header.encode() + b" " * (117 - len(header)) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in some_arrays().items():
            stream = io.BytesIO()
            np.save(stream, array)
            archive.writestr(f"{key}.npy", stream.getvalue())
            if key == "x_train":
                archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body)
    return f"npz:{path}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_npz_header_that_claims_a_terabyte_is_refused_before_memory_is_taken(tmp_path):
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1048576, 1024, 1024), }"
    spec = npz_with_header(tmp_path / "data.npz", header, bytes(10))
    assert message_of(spec) == (
        f"{tmp_path / 'data.npz'}: x_train claims to be (1048576, 1024, 1024) of uint8, 1099511627776 bytes, but has 10"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "header",
    [
        "",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (10,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': 'ten', }",
        "-" * 100,
        ",1",
    ],
)
def test_an_npz_member_without_a_valid_header_is_refused(tmp_path, header):
    spec = npz_with_header(tmp_path / "data.npz", header, bytes(10))
    assert message_of(spec).startswith(f"{tmp_path / 'data.npz'}: x_train cannot be read as an .npy array (")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_npz_header_of_negative_sizes_is_refused(tmp_path):
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (-2, -5), }"
    spec = npz_with_header(tmp_path / "data.npz", header, bytes(10))
    assert "x_train claims to be (-2, -5) of uint8" in message_of(spec)


def test_a_flipped_pixel_byte_of_an_npz_file_is_refused_by_its_crc(tmp_path):
    path = tmp_path / "data.npz"
    arrays = some_arrays()
    spec = write_npz(path, arrays)
    content = path.read_bytes()
    position = content.index(arrays["x_train"].tobytes())
    path.write_bytes(with_changed(content, position, content[position] ^ 1))
    assert message_of(spec) == f"{path}: x_train cannot be read as an .npy array (Bad CRC-32 for file 'x_train.npy')"


IMAGES = some_arrays()["x_train"]


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        (
            {"y_train": np.zeros(39, int)},
            "40 train images but 39 train labels; there must be as many",
        ),
        (
            {"x_train": np.where(np.arange(4) == 2, np.nan, np.ones((40, 5, 4)))},
            "train images have NaN or infinite pixels; floating pixels must be in 0..1",
        ),
        (
            {"x_test": np.full((12, 5, 4), np.inf, np.float32)},
            "test images have NaN or infinite pixels; floating pixels must be in 0..1",
        ),
        (
            {"x_train": IMAGES.clip(0, 200).astype(np.float32)},
            "train images have pixels in 0.0..200.0; floating pixels must be in 0..1",
        ),
        (
            {"x_train": np.full((40, 5, 4), -0.5)},
            "train images have pixels in -0.5..-0.5; floating pixels must be in 0..1",
        ),
        (
            {"x_train": np.full((40, 5, 4), 256)},
            "train images have pixels in 256..256; integer pixels must be in 0..255",
        ),
        (
            {"x_train": np.full((40, 5, 4), -1)},
            "train images have pixels in -1..-1; integer pixels must be in 0..255",
        ),
        (
            {"x_train": np.zeros((40, 5, 4), bool)},
            "train images have dtype bool; allowed are integers in 0..255 and floats in 0..1",
        ),
        (
            {"x_train": IMAGES.reshape(40, 20)},
            "train images have shape (40, 20); allowed are [N, height, width] and [N, height, width, channels]",
        ),
        (
            {"x_train": IMAGES[:0], "y_train": np.zeros(0, int)},
            "train images are empty (shape (0, 5, 4)); there must be at least one image",
        ),
        (
            {"x_train": np.zeros((40, 0, 4), np.uint8)},
            "train images are empty (shape (40, 0, 4)); there must be at least one image",
        ),
        (
            {"x_train": IMAGES.reshape(40, 4, 5)},
            "train images are 4x5x1 but test images are 5x4x1 (height x width x channels); they must agree",
        ),
        (
            {"y_train": np.zeros(40)},
            "train labels have dtype float64; labels must be integers from 0",
        ),
        (
            {"y_train": np.zeros((40, 3), int)},
            "train labels have shape (40, 3); allowed are [N] and [N, 1]",
        ),
        (
            {"y_test": np.full(12, -1)},
            "test labels go down to -1; labels must be integers from 0",
        ),
        (
            {"y_train": np.zeros(40, int), "y_test": np.zeros(12, int)},
            "all labels are 0, one class; there must be at least 2 classes",
        ),
        (
            {"y_train": np.full(40, 2**40)},
            "a largest label of 1099511627776 makes 1099511627777 classes, more than the 40 training images; "
            "labels must be 0..classes-1",
        ),
    ],
)
def test_npz_arrays_that_are_no_labelled_images_are_refused(tmp_path, arrays, expected):
    spec = write_npz(tmp_path / "data.npz", changed(**arrays))
    assert message_of(spec) == f"{spec}: {expected}"


# Any damage


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
