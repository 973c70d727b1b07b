"""NumPy .npz files: what they give, and what they say of bad input."""

import gzip
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_cases import assert_holds, message_of, with_changed
from idx_files import some_arrays

from jaxreg.data import load_dataset

# What is read


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


# What is refused


def test_an_absent_npz_file_is_refused(tmp_path):
    path = tmp_path / "absent.npz"
    assert message_of(f"npz:{path}") == f"{path}: no such file; it must be an .npz file"


@pytest.mark.parametrize(
    ("offset", "value", "said"),  # of the flags and the compression method in a member's entry of the directory
    [(8, 1, "encrypted"), (10, 99, "compression method")],
)
def test_an_npz_file_that_is_encrypted_or_of_an_unknown_compression_is_refused(tmp_path, offset, value, said):
    spec = write_npz(tmp_path / "data.npz", some_arrays())
    content = bytearray((tmp_path / "data.npz").read_bytes())
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + offset, value)
    (tmp_path / "data.npz").write_bytes(content)
    assert f"{tmp_path / 'data.npz'}: not a readable .npz file" in message_of(spec)
    assert said in message_of(spec)


@pytest.mark.parametrize("content", [b"", b"not a zip file", gzip.compress(b"neither", mtime=0)])
def test_a_file_that_is_no_npz_is_refused(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    text = message_of(f"npz:{path}")
    assert text == f"{path}: not a readable .npz file (File is not a zip file); make it with numpy.savez"


def test_a_folder_for_an_npz_file_is_refused(tmp_path):
    assert message_of(f"npz:{tmp_path}") == f"{tmp_path}: a folder; it must be an .npz file, a file on disk"


@pytest.mark.parametrize("missing", [("y_test",), ("x_test",), ("x_train",), ("x_train", "x_test", "y_test")])
def test_missing_npz_keys_are_named_with_those_that_are_there(tmp_path, missing):
    spec = write_npz(tmp_path / "data.npz", changed(**dict.fromkeys(missing)))
    there = ", ".join(key for key in some_arrays() if key not in missing)
    assert message_of(spec) == (
        f"{tmp_path / 'data.npz'}: no array {missing[0]}; "
        f"it must hold x_train, y_train and, with a test set, x_test, y_test, and holds {there}"
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


def test_an_npz_header_that_is_itself_without_end_is_refused_before_memory_is_taken(tmp_path):
    size = 64 * 2**20
    np.savez(tmp_path / "data.npz", **changed(x_train=None))
    with zipfile.ZipFile(tmp_path / "data.npz", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", size) + bytes(size))
    tracemalloc.start()
    try:
        said = message_of(f"npz:{tmp_path / 'data.npz'}")
        assert tracemalloc.get_traced_memory()[1] < size / 16
    finally:
        tracemalloc.stop()
    assert said.startswith(f"{tmp_path / 'data.npz'}: x_train cannot be read as an .npy array (")


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
            "train images have pixels in 0.0..200.0; floating pixels must be in 0..1; "
            "(x - low) / (high - low) brings low..high there",
        ),
        (
            {"x_train": np.full((40, 5, 4), -0.5)},
            "train images have pixels in -0.5..-0.5; floating pixels must be in 0..1; "
            "(x - low) / (high - low) brings low..high there",
        ),
        (
            {"x_train": np.full((40, 5, 4), 256)},
            "train images have pixels in 256..256; integer pixels must be in 0..255; or floats in 0..1",
        ),
        (
            {"x_train": np.full((40, 5, 4), -1)},
            "train images have pixels in -1..-1; integer pixels must be in 0..255; or floats in 0..1",
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
            "all train labels are 0, one class; there must be at least 2 classes",
        ),
        (
            {"y_train": np.ones(40, int)},
            "all train labels are 1, one class; there must be at least 2 classes",
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
