"""Splits are disjoint, drawn by the data seed alone, normalized, and counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxreg.data import (
    Dataset,
    RawArrays,
    Split,
    Splits,
    SplitSizes,
    class_counts,
    draw_splits,
    format_class_counts,
    load_dataset,
    make_dataset,
    normalize_pixels,
    split_class_counts,
    take_sizes,
)
from jaxreg.data.classes import apportion, deal
from jaxreg.data.dataset import About
from jaxreg.errors import InputError


def indexed_dataset(num_train: int = 500, num_test: int = 30, num_classes: int = 5) -> Dataset:
    """Returns data whose first two pixels hold the image's index, so that a drawn image can be traced."""
    images = np.zeros((num_train, 2, 3), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(num_train), 256)
    test = np.zeros((num_test, 2, 3), np.uint8)
    images[:, 1, 2] = test[:, 1, 2] = 200
    labels = np.arange(num_train) % num_classes
    return make_dataset("indexed", RawArrays(images, labels, test, np.arange(num_test) % num_classes))


def indices_of(split: Split) -> np.ndarray:
    """Returns which images of the training pool a split holds."""
    pixels = np.rint((split.images * 0.5 + 0.5) * 255).astype(int)
    return pixels[:, 0, 0, 0] * 256 + pixels[:, 0, 1, 0]


def drawn(splits: Splits) -> list[int]:
    return np.concatenate([indices_of(split) for split in splits[:3]]).tolist()


# The draw


@settings(max_examples=40, deadline=None)
@given(sizes=st.tuples(*[st.integers(1, 166)] * 3), data_seed=st.integers(0, 2**64))
def test_splits_have_their_sizes_are_disjoint_and_keep_each_image_with_its_label(sizes, data_seed):
    dataset = indexed_dataset()
    splits = draw_splits(dataset, SplitSizes(*sizes), data_seed)
    assert tuple(len(split.images) for split in splits[:3]) == sizes
    assert len(set(drawn(splits))) == sum(sizes)
    for split in splits[:3]:
        np.testing.assert_array_equal(split.labels, dataset.train_labels[indices_of(split)])


def test_the_whole_pool_can_be_drawn():
    splits = draw_splits(indexed_dataset(), SplitSizes(100, 150, 250), 3)
    assert sorted(drawn(splits)) == list(range(500))


def test_the_test_split_is_the_whole_test_set_in_its_order():
    dataset = indexed_dataset()
    test = draw_splits(dataset, SplitSizes(10, 10, 10), 0).test
    np.testing.assert_array_equal(test.images, normalize_pixels(dataset.test_images))
    np.testing.assert_array_equal(test.labels, dataset.test_labels)


def test_the_same_data_seed_draws_the_same_splits_and_another_draws_others():
    dataset, sizes = indexed_dataset(), SplitSizes(50, 60, 70)
    assert drawn(draw_splits(dataset, sizes, 1)) == drawn(draw_splits(dataset, sizes, 1))
    assert drawn(draw_splits(dataset, sizes, 1)) != drawn(draw_splits(dataset, sizes, 2))


def test_the_draw_neither_follows_nor_moves_numpys_global_state():
    dataset, sizes = indexed_dataset(), SplitSizes(50, 60, 70)
    np.random.seed(0)  # noqa: NPY002 - the global state is what this test is about
    first, after = drawn(draw_splits(dataset, sizes, 1)), np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert np.random.random() == after  # noqa: NPY002
    assert drawn(draw_splits(dataset, sizes, 1)) == first


def test_the_training_images_do_not_depend_on_the_sizes_of_the_validation_splits():
    dataset = indexed_dataset()
    few, many = (draw_splits(dataset, SplitSizes(50, n, 2 * n), 4) for n in (5, 100))
    np.testing.assert_array_equal(few.train.images, many.train.images)


def test_changing_the_test_set_changes_no_drawn_split():
    dataset = indexed_dataset()
    other = make_dataset(
        "indexed", RawArrays(dataset.train_images, dataset.train_labels, dataset.test_images[:7], np.zeros(7, int))
    )
    assert drawn(draw_splits(dataset, SplitSizes(50, 60, 70), 1)) == drawn(
        draw_splits(other, SplitSizes(50, 60, 70), 1)
    )


def test_the_default_sizes_are_the_seeds_and_use_up_the_embedded_pool():
    assert SplitSizes() == (1000, 2000, 5000)
    splits = draw_splits(load_dataset("embedded"), SplitSizes(), 0)
    assert [split.images.shape for split in splits] == [(n, 28, 28, 1) for n in (1000, 2000, 5000, 10000)]
    assert {split.images.dtype for split in splits} == {np.dtype(np.float32)}
    assert {split.labels.dtype for split in splits} == {np.dtype(np.int32)}


def test_image_size_and_channels_are_the_datas_own():
    rng = np.random.default_rng(0)
    raw = RawArrays(
        rng.integers(0, 256, (20, 7, 11, 3), np.uint8),
        np.arange(20) % 4,
        rng.integers(0, 256, (5, 7, 11, 3), np.uint8),
        np.ones(5, int),
    )
    dataset = make_dataset("colour", raw)
    splits = draw_splits(dataset, SplitSizes(5, 6, 7), 0)
    assert [split.images.shape for split in splits] == [(n, 7, 11, 3) for n in (5, 6, 7, 5)]
    assert dataset.num_classes == 4


def uneven_dataset(counts: tuple[int, ...]) -> Dataset:
    """Returns data like `indexed_dataset` with so many training images of each class, in the order of classes."""
    dataset = indexed_dataset(sum(counts), num_classes=len(counts))
    labels = np.repeat(np.arange(len(counts)), counts)
    return make_dataset("uneven", RawArrays(dataset.train_images, labels, dataset.test_images, dataset.test_labels))


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(3, 60), min_size=2, max_size=6),
    shares=st.tuples(*[st.floats(0, 1)] * 3),
    data=st.data(),
)
def test_stratified_splits_have_each_class_in_its_share_and_at_least_once(counts, shares, data):
    dataset, least = uneven_dataset(tuple(counts)), len(counts)
    spare = sum(counts) - 3 * least
    parts = np.floor(np.array(shares) / max(1, sum(shares)) * spare).astype(int)
    sizes = SplitSizes(*(least + parts).tolist())
    splits = draw_splits(dataset, sizes, data.draw(st.integers(0, 99)), stratify=True)
    assert tuple(len(split.labels) for split in splits[:3]) == sizes
    assert len(set(drawn(splits))) == sum(sizes)
    for split in splits[:3]:
        np.testing.assert_array_equal(split.labels, dataset.train_labels[indices_of(split)])
        assert set(split.labels.tolist()) == set(range(least))
    if min(counts) > 20:  # the least one that is asked for, and the one that is left for others, then change nothing
        exact = len(splits.train.labels) * np.array(counts) / sum(counts)
        assert np.abs(class_counts(splits.train.labels, least) - exact).max() < 1 or exact.min() < 1


def test_a_stratified_draw_is_of_the_data_seed_is_mixed_and_does_not_depend_on_later_sizes():
    dataset = uneven_dataset((300, 150, 50))
    few, many = (draw_splits(dataset, SplitSizes(100, n, 2 * n), 4, stratify=True) for n in (5, 100))
    assert class_counts(few.train.labels, 3) == (60, 30, 10)
    assert indices_of(few.train).tolist() == indices_of(many.train).tolist()
    assert (np.diff(few.train.labels) < 0).sum() > 10  # not class by class
    assert drawn(few) != drawn(draw_splits(dataset, SplitSizes(100, 5, 10), 5, stratify=True))


def test_where_the_usual_sizes_do_not_fit_the_pool_is_shared_out_and_that_is_said():
    usual, none = SplitSizes(), (None, None, None)
    assert take_sizes(load_dataset("embedded"), none, usual) == (usual, ())
    sizes, (note,) = take_sizes(indexed_dataset(), none, usual)
    assert sizes == (300, 75, 125)
    assert note.en == (
        "indexed: the training pool has 500 images, fewer than 1,000 + 2,000 + 5,000: taken are train 300 (60%), "
        "epoch-valid 75 (15%), trial-valid 125 (25%)"
    )
    sizes, (note,) = take_sizes(indexed_dataset(), (0.5, None, None), usual)
    assert sizes == (250, 94, 156)
    assert "train 250 (50%, as asked), epoch-valid 94 (19%)" in note.en


def test_sizes_may_be_shares_which_fit_where_they_sum_to_one():
    assert take_sizes(indexed_dataset(), (0.7, 0.1, 0.2), SplitSizes()) == ((350, 50, 100), ())
    assert take_sizes(indexed_dataset(99), (0.35, 0.35, 0.3), SplitSizes())[0] == (34, 34, 29)
    assert take_sizes(indexed_dataset(), (0.001, 5, 6), SplitSizes())[0] == (1, 5, 6)


# What is refused


@pytest.mark.parametrize("asked", [(400, 60, 41), (0.9, None, 51), (0.5, 0.4, 0.2), (499, None, None)])
def test_sizes_that_are_asked_for_and_do_not_fit_are_refused(asked):
    with pytest.raises(InputError, match=r"^train .* images, but the training pool of indexed has 500; the disjoint"):
        take_sizes(indexed_dataset(), asked, SplitSizes())


def test_what_cannot_be_stratified_is_refused():
    with pytest.raises(InputError) as caught:
        draw_splits(uneven_dataset((20, 2, 9, 1)), SplitSizes(8, 8, 8), 0, stratify=True)
    assert str(caught.value) == (
        "--stratify: of uneven class 1 has 2, class 3 has 1 to draw from; "
        "one for each of train, epoch-valid, trial-valid is needed"
    )
    with pytest.raises(InputError) as caught:
        draw_splits(uneven_dataset((20, 20, 20)), SplitSizes(8, 2, 1), 0, stratify=True)
    assert str(caught.value) == "--stratify: epoch-valid 2, trial-valid 1: fewer images than uneven has classes, 3"


@pytest.mark.parametrize("field", SplitSizes._fields)
@pytest.mark.parametrize("size", [0, -1, 1.5, 2.0, True, "3", None])
def test_a_split_size_that_is_no_integer_of_at_least_1_is_refused(field, size):
    sizes = SplitSizes(10, 10, 10)._replace(**{field: size})
    with pytest.raises(InputError) as caught:
        draw_splits(indexed_dataset(), sizes, 0)
    assert str(caught.value) == f"{field.replace('_', '-')} size {size}: allowed is an integer of at least 1"


def test_asking_for_more_than_there_is_names_the_numbers():
    with pytest.raises(InputError) as caught:
        draw_splits(indexed_dataset(), SplitSizes(400, 60, 41), 0)
    assert str(caught.value) == (
        "train 400 + epoch-valid 60 + trial-valid 41 = 501 images, but the training pool of indexed has 500; "
        "the disjoint splits must fit into it"
    )


@pytest.mark.parametrize("data_seed", [-1, 1.5, None, True])
def test_a_data_seed_that_is_no_integer_of_at_least_0_is_refused(data_seed):
    with pytest.raises(InputError) as caught:
        draw_splits(indexed_dataset(), SplitSizes(1, 1, 1), data_seed)
    assert str(caught.value) == f"data seed {data_seed}: allowed is an integer of at least 0"


def test_sizes_may_be_numpy_integers():
    splits = draw_splits(indexed_dataset(), SplitSizes(*np.array([2, 3, 4])), 1)
    assert len(splits.trial_valid.labels) == 4


# Pixels


def test_pixels_are_normalized_by_the_seeds_formula():
    pixels = np.arange(256, dtype=np.uint8)
    normalized = normalize_pixels(pixels)
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized, (np.arange(256) / 255 - 0.5) / 0.5, rtol=0, atol=2e-7)
    assert normalized[0] == -1
    assert normalized[255] == 1


# Counts


@given(labels=st.lists(st.integers(0, 6), max_size=50))
def test_class_counts_count_each_class_even_one_that_does_not_occur(labels):
    counts = class_counts(np.array(labels, np.int32), 7)
    assert counts == tuple(labels.count(label) for label in range(7))
    assert all(type(count) is int for count in counts)


def test_the_counts_of_all_splits_have_the_names_that_records_use():
    splits = draw_splits(indexed_dataset(), SplitSizes(100, 150, 250), 0)
    counts = split_class_counts(splits, 5)
    assert {name: sum(numbers) for name, numbers in counts.items()} == {
        "train": 100,
        "epoch_valid": 150,
        "trial_valid": 250,
        "test": 30,
    }
    assert counts["test"] == (6, 6, 6, 6, 6)


def test_the_table_of_counts_shows_each_class_with_its_percentage_and_the_totals():
    table = format_class_counts({"train": (1, 3), "epoch_valid": (1000, 1000)}, ("0", "1"))
    assert [line.split() for line in table.splitlines()] == [
        ["class", "train", "epoch-valid"],
        ["0", "1", "(25.00%)", "1,000", "(50.00%)"],
        ["1", "3", "(75.00%)", "1,000", "(50.00%)"],
        ["total", "4", "(100.00%)", "2,000", "(100.00%)"],
    ]
    assert len({len(line) for line in table.splitlines()}) == 1


# The data set


def test_the_fingerprint_changes_with_any_pixel_label_shape_or_dtype_and_with_nothing_else():
    images, labels = 10 * np.arange(24, dtype=np.uint8).reshape(4, 2, 3), np.array([0, 1, 0, 1])
    base = RawArrays(images, labels, images, labels)
    pixel = images.copy()
    pixel[3, 1, 2] = 1
    variants = [
        base._replace(train_images=pixel),
        base._replace(test_images=pixel),
        base._replace(train_labels=labels[::-1].copy()),
        base._replace(test_labels=labels[::-1].copy()),
        RawArrays(images.reshape(4, 3, 2), labels, images.reshape(4, 3, 2), labels),
        base._replace(train_images=(images / 255).astype(np.float32)),
    ]
    fingerprints = [make_dataset("x", raw).fingerprint for raw in (base, *variants)]
    assert len(set(fingerprints)) == len(fingerprints)
    assert make_dataset("another name", base).fingerprint == fingerprints[0]
    assert len(fingerprints[0]) == 64


def test_the_arrays_of_a_data_set_cannot_be_changed_in_place():
    dataset = indexed_dataset()
    with pytest.raises(ValueError, match="read-only"):
        dataset.train_images[0] = 1


def test_the_arrays_that_a_caller_gives_stay_writable():
    images, labels = 10 * np.arange(24, dtype=np.uint8).reshape(4, 2, 3, 1), np.array([0, 1, 0, 1], np.int32)
    make_dataset("x", RawArrays(images, labels, images, labels))
    images[0], labels[0] = 1, 1


def test_a_label_beyond_the_classes_that_the_source_knows_is_refused():
    images, labels = 10 * np.arange(24, dtype=np.uint8).reshape(4, 2, 3), np.array([0, 1, 0, 3])
    with pytest.raises(InputError, match=r"^x: a label is 3; labels of 3 classes must be 0\.\.2$"):
        make_dataset("x", RawArrays(images, labels, images, labels), About(("a", "b", "c")))


@pytest.mark.parametrize(
    ("labels", "sizes"),
    [
        (np.arange(9000) % 10 + 1, [1000, 2000, 5000]),
        (np.repeat([0, 9], 50), [60, 15, 25]),
        (np.repeat(10 * np.arange(10), 60), [120, 288, 72, 120]),
        (np.repeat([3, 8], [4, 200]), [40, 30, 20]),
    ],
    ids=["from one", "two digits", "tens", "a rare one"],
)
def test_labels_that_no_image_has_change_neither_sizes_nor_what_is_apart(labels, sizes):
    order = np.random.default_rng(0).permutation(len(labels))
    parts = deal(labels, order, sizes)
    assert [len(part) for part in parts] == sizes
    rows = np.concatenate(parts)
    assert len({*rows.tolist()}) == len(rows)
    for part in parts:
        assert {*labels[part].tolist()} == {*labels.tolist()}
    dense = deal(np.unique(labels, return_inverse=True)[1], order, sizes)
    np.testing.assert_array_equal(rows, np.concatenate(dense))


def test_what_cannot_be_shared_out_is_no_answer():
    with pytest.raises(ValueError, match="5 cannot be shared out between 2 and 4"):
        apportion(5, np.array([1, 1]), np.array([2, 2]))
