"""Embedded MNIST: what it is, how it was made, and what a damaged file says."""

from pathlib import Path

import numpy as np
import pytest
from data_cases import with_changed
from idx_files import some_arrays, write_idx_folder

import make_embedded
from jaxreg.data import embedded, load_dataset
from jaxreg.data.embedded import EMBEDDED_FILE, load_embedded
from jaxreg.errors import InputError

ROOT = Path(__file__).parents[1]
MNIST = ROOT.parent / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason="the IDX files of MNIST are not beside the repository")


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
    with pytest.raises(
        InputError,
        match=r"cannot be read .*; reinstall jaxreg, or make it again with: python experiments/make_embedded.py",
    ):
        load_embedded(tmp_path / "absent.xz")


def test_the_attribution_beside_the_embedded_file_names_authors_licence_and_the_true_hash():
    text = EMBEDDED_FILE.with_name("MNIST.md").read_text()
    for part in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", embedded.EMBEDDED_SHA256):
        assert part in text
