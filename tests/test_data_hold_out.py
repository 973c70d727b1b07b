"""A test set is held out where a source has none: always the same images, of each class its share, and that is said."""

import numpy as np
import pytest
from data_cases import message_of
from idx_files import NAMES, some_arrays, write_idx_folder
from test_data_splits import uneven_dataset

from jaxreg.data import TEST_SETTINGS, Dataset, RawArrays, class_counts, load_dataset, make_dataset
from jaxreg.data.dataset import HoldOut, MoreTest
from jaxreg.errors import InputError


def pool_of(counts) -> RawArrays:
    """Returns so many images of each class, all different, without a test set."""
    pool = uneven_dataset(counts)
    return RawArrays(pool.train_images, pool.train_labels)


def numbers(images: np.ndarray) -> list[int]:
    """Returns which images of `pool_of` these are."""
    return (images[:, 0, 0, 0].astype(int) * 256 + images[:, 0, 1, 0]).tolist()


def test_each_class_gives_its_share_and_no_image_is_in_both_parts():
    raw = pool_of((300, 150, 50))
    dataset = make_dataset("x", raw)
    assert class_counts(dataset.test_labels, 3) == (60, 30, 10)
    trained, tested = numbers(dataset.train_images), numbers(dataset.test_images)
    assert sorted(trained + tested) == list(range(500))
    assert (trained, tested) == (sorted(trained), sorted(tested))  # each in the order of the source
    for images, labels in ((dataset.train_images, dataset.train_labels), (dataset.test_images, dataset.test_labels)):
        np.testing.assert_array_equal(labels, raw.train_labels[numbers(images)])
    assert dataset.about()["data_notes"][0] == (
        "x: no test set in it: 100 of 500 images are held out as one, of each class its share "
        "(--test-share 0.2, --test-seed 0)"
    )
    assert dataset.hold_out == HoldOut(0.2, 0)


def test_share_and_seed_decide_which_images_are_held_out_and_the_fingerprint_tells():
    raw = pool_of((30, 20))
    first, again, other, more = (
        make_dataset("x", raw, test_share=share, test_seed=seed)
        for share, seed in ((0.2, 0), (0.2, 0), (0.2, 1), (0.5, 0))
    )
    assert numbers(first.test_images) == numbers(again.test_images) != numbers(other.test_images)
    assert first.fingerprint == again.fingerprint
    assert len({dataset.fingerprint for dataset in (first, other, more)}) == 3
    assert (len(more.test_images), more.hold_out) == (25, HoldOut(0.5, 0))


def test_each_class_is_in_both_parts_however_few_it_has_and_however_large_the_share():
    for share in (0.01, 0.99):
        dataset = make_dataset("x", pool_of((2, 3, 40)), test_share=share)
        assert min(class_counts(dataset.train_labels, 3)) >= 1
        assert min(class_counts(dataset.test_labels, 3)) >= 1


@pytest.mark.parametrize("kind", [np.uint64, np.int8, np.uint8])
def test_labels_of_any_integer_type_are_held_out_alike(kind):
    raw = pool_of((30, 20))
    dataset = make_dataset("x", raw._replace(train_labels=raw.train_labels.astype(kind)[:, np.newaxis]))
    assert dataset.fingerprint == make_dataset("x", raw).fingerprint
    with pytest.raises(InputError, match="makes 101 classes, more than the 50 training images"):
        make_dataset("x", raw._replace(train_labels=np.full(50, 100, kind)))


def test_a_class_of_one_image_is_refused():
    with pytest.raises(InputError) as caught:
        make_dataset("x", pool_of((5, 1, 5, 1)))
    assert str(caught.value) == "x: one image of classes 1, 3; at least 2 are needed, one to train and one to test"


def test_a_source_keeps_its_own_test_set_and_a_share_for_it_is_refused():
    with pytest.raises(InputError) as caught:
        load_dataset("embedded", test_share=0.2)
    assert str(caught.value) == (
        "--test-share 0.2: embedded: it has a test set of its own, of 10,000 images, and that is what is tested on; "
        "leave --test-share out"
    )
    assert load_dataset("embedded").hold_out is None


def with_test_set(counts, num_test=20, **asked) -> Dataset:
    """Returns a pool of so many images of each class, with a test set of others, white in a corner."""
    pool = pool_of(counts)
    images, labels = pool.train_images[:num_test].copy(), pool.train_labels[:num_test]
    images[:, -1, -1] = 255
    return make_dataset("x", RawArrays(*pool[:2], images, labels), **asked)


def test_a_test_set_gets_more_images_of_the_pool_which_no_split_draws():
    usual, more, other = (
        with_test_set((300, 150, 50), **asked)
        for asked in ({}, {"more_test_size": 100}, {"more_test_size": 100, "test_seed": 1})
    )
    np.testing.assert_array_equal(more.test_images[:20], usual.test_images)  # its own first
    trained, tested = numbers(more.train_images), numbers(more.test_images[20:])
    assert sorted(trained + tested) == list(range(500))
    assert class_counts(more.test_labels[20:], 3) == (60, 30, 10)  # of each class its share
    np.testing.assert_array_equal(more.test_labels[20:], usual.train_labels[tested])
    assert numbers(other.test_images[20:]) != tested
    assert len({dataset.fingerprint for dataset in (usual, more, other)}) == 3
    assert (more.hold_out, more.more_test) == (None, MoreTest(100, 0))
    assert more.about()["data_notes"][0] == (
        "x: tested on 100 images of the training pool, too, which no split has, 120 in all (--more-test-size 100, "
        "--test-seed 0)"
    )


@pytest.mark.parametrize("size", [2, 48, 10_000])
def test_both_parts_must_have_every_class(size):
    with pytest.raises(InputError) as caught:
        with_test_set((30, 10, 10), more_test_size=size)
    assert str(caught.value) == (
        f"--more-test-size {size}: x: the training pool has 50 images; allowed is an integer in 3..47, so that both "
        "parts have every class"
    )


def test_more_images_are_for_a_test_set_that_there_is():
    with pytest.raises(InputError) as caught:
        make_dataset("x", pool_of((30, 20)), more_test_size=10)
    assert str(caught.value) == (
        "--more-test-size 10: x: it has no test set of its own; --test-share says how many images are held out"
    )


def test_the_settings_say_how_the_test_images_were_drawn():
    assert make_dataset("x", pool_of((30, 20))).test_settings == TEST_SETTINGS | {"test_share": 0.2}
    assert with_test_set((30, 20)).test_settings == TEST_SETTINGS
    more = with_test_set((30, 20), more_test_size=10, test_seed=3)
    assert more.test_settings == {"test_share": None, "test_seed": 3, "more_test_size": 10}


def test_test_images_that_are_among_the_training_images_are_said():
    raw = pool_of((30, 20))
    images = raw.train_images.copy()
    images[10:14] = images[0]  # five alike
    own = make_dataset("x", RawArrays(images[:12], raw.train_labels[19:31], images[12:22], raw.train_labels[25:35]))
    assert "x: 2 of 10 test images are among the training images too, pixel for pixel" in " ".join(
        own.about()["data_notes"]
    )


@pytest.mark.parametrize("source", ["npz", "idx"])
def test_a_file_and_a_folder_without_test_arrays_are_read(source, tmp_path):
    arrays = some_arrays()
    if source == "npz":
        np.savez(tmp_path / "data.npz", x_train=arrays["x_train"], y_train=arrays["y_train"])
        spec = f"npz:{tmp_path / 'data.npz'}"
    else:
        folder = write_idx_folder(tmp_path / "idx", arrays)
        (folder / NAMES["x_test"]).unlink()
        assert "no t10k images file" in message_of(f"idx:{folder}")  # half of a test set is none
        (folder / NAMES["y_test"]).unlink()
        spec = f"idx:{folder}"
    dataset = load_dataset(spec, test_share=0.3, test_seed=5)
    assert isinstance(dataset, Dataset)
    assert (len(dataset.train_images), len(dataset.test_images)) == (28, 12)
    assert "no test set in it: 12 of 40 images" in dataset.about()["data_notes"][0]
