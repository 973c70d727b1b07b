"""What pixels mean is decided once for a data set, and what its images are like is measured, said and recorded."""

import json
from pathlib import Path

import numpy as np
import pytest
from idx_files import some_arrays, write_idx_folder

from jaxreg.data import RawArrays, load_dataset, make_dataset
from jaxreg.data.form import read_form
from jaxreg.errors import InputError
from jaxreg.search import run as search
from jaxreg.search.config import StudyConfig

DIGITS = load_dataset("embedded")
TRAIN, TEST = DIGITS.train_images[:300, ..., 0], DIGITS.test_images[:80, ..., 0]


def made(train=TRAIN, test=TEST, train_labels=None, test_labels=None):
    train_labels = np.arange(len(train)) % 4 if train_labels is None else train_labels
    test_labels = np.arange(len(test)) % 4 if test_labels is None else test_labels
    return make_dataset("x", RawArrays(train, train_labels, test, test_labels))


def refusal(*args, **kwargs):
    with pytest.raises(InputError) as caught:
        made(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def bits(images):
    return (images > 127).astype(np.uint8)


# The scale


@pytest.mark.parametrize("kind", [np.uint8, np.int64, bool, np.float32])
@pytest.mark.parametrize("other", [np.uint8, bool, np.float64])
def test_binary_pictures_are_black_and_white_in_both_parts_whatever_their_dtype(kind, other):
    dataset = made(bits(TRAIN).astype(kind), bits(TEST).astype(other))
    np.testing.assert_array_equal(dataset.train_images[..., 0], 255 * bits(TRAIN))
    np.testing.assert_array_equal(dataset.test_images[..., 0], 255 * bits(TEST))
    said = dataset.about()["data_notes"] == ("x: integer pixels are all 0 or 1: taken as black and white",)
    assert said == (dataset.white == 1) == any(np.issubdtype(dtype, np.integer) for dtype in (kind, other))


def test_an_idx_folder_of_0_and_1_is_black_and_white_too(tmp_path):
    arrays = some_arrays()
    arrays |= {key: bits(arrays[key]) for key in ("x_train", "x_test")}
    dataset = load_dataset(f"idx:{write_idx_folder(tmp_path, arrays)}")
    np.testing.assert_array_equal(dataset.train_images[..., 0], 255 * arrays["x_train"])


@pytest.mark.parametrize("kinds", [(np.uint8, np.float32), (np.float64, np.uint8), (bool, np.float16)])
def test_parts_of_other_dtypes_are_on_one_scale(kinds):
    scaled = [
        bits(i) if kind is bool else i / 255 if issubclass(kind, np.floating) else i
        for kind, i in zip(kinds, (TRAIN, TEST), strict=True)
    ]
    dataset = made(*(images.astype(kind) for images, kind in zip(scaled, kinds, strict=True)))
    assert (dataset.train_images.max(), dataset.test_images.max()) == (255, 255)


@pytest.mark.parametrize(
    ("train", "test", "part", "here"),
    [
        (TRAIN, bits(TEST), "test", "0..1"),
        (bits(TRAIN), TEST, "train", "0..1"),
        (TRAIN / 255, bits(TEST) * np.uint8(15), "test", "0..15"),
        (TRAIN / 255, TEST / 255**2, "test", "0..1"),
        (TRAIN // 16, TEST, "train", "0..15"),
        (bits(TRAIN).astype(bool), TEST / 255**2, "test", "0..1"),
        (TRAIN, np.full_like(TEST, 200), "test", "200..200"),
    ],
)
def test_parts_on_two_scales_are_refused_with_the_range_of_each(train, test, part, here):
    other = "train" if part == "test" else "test"
    assert refusal(train, test) == (
        f"x: {part} images use almost none of their scale, {here} of 0..255, {other} images 0..255; both parts must be "
        "on one scale: give integers in 0..255 or floats in 0..1, x / white with white the value of a white pixel"
    )


@pytest.mark.parametrize(
    ("scale", "found"),
    [
        (lambda i: i // 16, "0..15"),
        (lambda i: np.rint(i / 255 * 16).astype(int), "0..16"),
        (lambda i: i / 255**2, "0..1"),
        (lambda i: 1 + bits(i), "1..2"),
        (lambda i: np.zeros_like(i), "0..0"),
        (lambda i: 0.5 + i / 255**2, "128..128"),
    ],
    ids=["4 bits", "0..16", "scaled twice", "1 and 2", "black", "scaled twice and moved"],
)
def test_data_that_use_almost_none_of_their_scale_are_refused(scale, found):
    assert refusal(scale(TRAIN), scale(TEST)) == (
        f"x: images use almost none of their scale, {found} of 0..255; "
        "give integers in 0..255 or floats in 0..1, x / white with white the value of a white pixel"
    )


def hot(images, count=1):
    """Returns images of which the first few have one white pixel."""
    images = images.copy()
    images[:count, 0, 5] = 255
    return images


@pytest.mark.parametrize("count", [1, 3])
def test_a_white_pixel_in_one_image_of_a_hundred_does_not_hide_that_data_use_almost_none_of_their_scale(count):
    remedy = "give integers in 0..255 or floats in 0..1, x / white with white the value of a white pixel"
    assert refusal(hot(TRAIN // 16, count), TEST // 16) == (
        f"x: images use almost none of their scale, 0..15 of 0..255 but for a few images; {remedy}"
    )
    for test, found in ((TEST // 255, "0..1"), (TEST // 16, "0..15")):
        assert refusal(TRAIN, hot(test)) == (
            f"x: test images use almost none of their scale, {found} of 0..255 but for a few images, train images "
            f"0..255; both parts must be on one scale: {remedy}"
        )
    (note,) = made(hot(TRAIN // 4, count), TEST // 4).about()["data_notes"]
    assert note == (
        "x: pixels are in 0..63 of 0..255 but for a few images, less than half of the scale: taken as they are"
    )


def test_blank_pictures_do_not_hide_that_the_other_part_is_on_another_scale():
    assert "x: test images use almost none of their scale, 0..1 of 0..255, train" in refusal(
        some_blank(TRAIN), TEST // 255
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("white", [1, 15])
def test_two_scales_within_one_part_are_said(share, white):
    train, test = TRAIN.copy(), TEST.copy()
    for images in (train, test):
        some = images[: round(len(images) * share)]
        some[:] = np.rint(some / 255 * white)
    said = (
        f"{share:.0%} of the {{}} images are nearly black, all their pixels below 24 of 255, the others are not: taken "
        "as they are; if they are on another scale, give integers in 0..255 or floats in 0..1, x / white with white "
        "the value of a white pixel"
    )
    assert f"x: {said.format('train')}" in made(train, TEST).about()["data_notes"]
    assert f"x: {said.format('test')}" in made(TRAIN, test).about()["data_notes"]


def bright_few(images):
    """Returns dark images of which one in 25 is bright."""
    return np.where((np.arange(len(images)) % 25 == 0)[:, np.newaxis, np.newaxis], images, images // 6)


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i,
        lambda i: 255 - i,
        bits,
        lambda i: bits(i) * np.uint8(255),
        lambda i: i / 255,
        lambda i: some_blank(i),
        lambda i: np.where((np.arange(len(i)) % 50 == 0)[:, np.newaxis, np.newaxis], i // 100, i),
        lambda i: i // 8 + np.linspace(0, 220, len(i)).astype(np.uint8)[:, np.newaxis, np.newaxis],
        lambda i: i // 16 + np.linspace(40, 220, len(i)).astype(np.uint8)[:, np.newaxis, np.newaxis],
        lambda i: (np.arange(len(i)) % 2 * 255).astype(np.uint8)[:, np.newaxis, np.newaxis] + 0 * i,
        lambda i: bright_few(i),
    ],
    ids=["digits", "inverse", "binary", "0/255", "floats", "blank", "2% dark", "pale", "very pale", "flat", "dark"],
)
def test_nothing_is_said_of_the_scale_of_data_that_use_it(change):
    notes = [
        note
        for note in made(change(TRAIN), change(TEST)).about()["data_notes"]
        if "taken as black and white" not in note
    ]
    assert notes == []


def test_dim_floats_are_only_said_to_be_dim():
    assert made(TRAIN / 255 * 0.2, TEST / 255 * 0.2).about()["data_notes"] == (
        "x: pixels are in 0..51 of 0..255, less than half of the scale: taken as they are",
    )


def test_floats_on_minus_1_to_1_are_refused_with_the_way_to_0_to_1():
    assert refusal(TRAIN / 127.5 - 1, TEST / 127.5 - 1).endswith(
        "pixels in -1.0..1.0; floating pixels must be in 0..1; (x - low) / (high - low) brings low..high there"
    )


def dark_class(images):
    return images // np.where(np.arange(len(images)) % 4 == 0, 100, 1).astype(np.uint8)[:, np.newaxis, np.newaxis]


def some_blank(images):
    return images * (np.arange(len(images)) % 20 > 0).astype(np.uint8)[:, np.newaxis, np.newaxis]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (dark_class(TRAIN), dark_class(TEST)),
        (dark_class(TRAIN), dark_class(TEST)[::4]),  # all of it is of a dark class
        (some_blank(TRAIN), some_blank(TEST)),
        (TRAIN, TEST // 2),
        (TRAIN, TEST[:2]),
        (TRAIN, np.clip(TEST.astype(int) + 60, 0, 255)),
        (TRAIN[:4], TEST[4:6]),
    ],
    ids=["a dark class", "only the dark class", "blank pictures", "half as bright", "two", "brighter", "few"],
)
def test_what_is_only_dark_or_a_little_different_is_taken_as_it_is(train, test):
    dataset = made(train, test)
    np.testing.assert_array_equal(dataset.train_images[..., 0], train)
    np.testing.assert_array_equal(dataset.test_images[..., 0], test)


def test_an_inverted_part_is_refused_and_parts_that_differ_much_or_data_that_are_dark_are_said():
    for train, test, part in ((TRAIN, 255 - TEST, "test"), (1 - TRAIN / 255, TEST, "train")):
        assert f"x: {part} images have a bright ground" in refusal(train, test)
    assert made(255 - TRAIN, 255 - TEST).about()["data_notes"] == ()
    assert made(TRAIN, TEST // 4).about()["data_notes"] == (
        "x: train and test images differ much: the contrast of nine in ten is 254..255 of 0..255 in train, "
        "63..63 in test",
    )
    assert made(TRAIN // 4, TEST // 4).about()["data_notes"] == (
        "x: pixels are in 0..63 of 0..255, less than half of the scale: taken as they are",
    )
    rng = np.random.default_rng(0)
    low, high = (rng.integers(a, a + 120, (50, 16, 16, 3), np.uint8) for a in (0, 130))
    assert "the mean brightness of nine in ten is" in made(low, high).about()["data_notes"][0]
    assert DIGITS.about()["data_notes"] == ()


def test_a_data_set_that_nothing_can_be_learned_or_told_from_is_refused_and_classes_without_an_image_are_named():
    assert refusal(test=TEST[:1]) == "x: one test image; there must be at least 2, as one says nothing of a network"
    assert refusal(train_labels=np.full(300, 3)) == (
        "x: all train labels are 3, one class; there must be at least 2 classes"
    )
    assert made(train_labels=1 + np.arange(300) % 4).about()["data_notes"] == (
        "x: no training image of class 0 (5 classes, labelled 0..4)",
        "x: no test image of class 4 (5 classes, labelled 0..4)",
    )
    (few, none) = made(test_labels=np.full(80, 20)).about()["data_notes"]
    assert "x: no training image of classes 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 5 more (21 classes" in few
    assert "x: no test image of classes 0, 1, 2, " in none


def test_what_was_decided_is_said_before_training_and_written_into_config_json(monkeypatch, capsys):
    np.savez("data.npz", x_train=bits(TRAIN), y_train=np.arange(300) % 4, x_test=bits(TEST), y_test=np.arange(80) % 4)

    def stop(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "run_all", stop)
    config = StudyConfig(data="npz:data.npz", out="run", train_size=10, epoch_valid_size=10, trial_valid_size=10)
    with pytest.raises(KeyboardInterrupt):
        search.run_search(config)
    note = "npz:data.npz: integer pixels are all 0 or 1: taken as black and white"
    assert f"note: {note}\n" in capsys.readouterr().err
    kept = json.loads(Path("run/config.json").read_text())
    assert kept["data_notes"] == [note]
    assert kept["images"]["white"] == 1
    assert read_form(kept["images"]) == load_dataset("npz:data.npz").form


# What images are like


def test_the_form_of_mnist_is_light_ink_in_a_box_of_20_centred_by_mass_on_black():
    assert DIGITS.form._asdict() == {
        "white": 255,
        "least_contrast": 254.0,
        "gray": True,
        "bright": 0.0,
        "ground": 0,
        "ink": 255,
        "box": 20,
        "by_mass": True,
        "pictures": False,
    }


@pytest.mark.parametrize("change", [lambda i: i // 255, lambda i: i // 100, np.zeros_like])
def test_one_nearly_black_image_does_not_make_the_least_contrast(change):
    train = TRAIN.copy()
    train[7] = change(train[7])
    assert made(train, TEST).form.least_contrast == 254
    assert made(train[:60], TEST[:40]).form.least_contrast > 240
    assert made(dark_class(TRAIN), dark_class(TEST)).form.least_contrast == 2  # a quarter is no exception


def centred(image):
    """Returns an image whose ink has its box in the middle."""
    rows, columns = (np.flatnonzero((image > 64).any(axis=axis)) for axis in (1, 0))
    shift = [round((len(image) - 1) / 2 - (a[0] + a[-1]) / 2) for a in (rows, columns)]
    return np.roll(image, shift, (0, 1))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda i: 255 - i, {"bright": 1.0, "ground": 255, "ink": -255, "box": 20, "by_mass": True}),
        (lambda i: 230 - i // 2, {"bright": 1.0, "ground": 230, "ink": -127, "box": 20}),
        (lambda i: np.pad(i, ((0, 0), (2, 2), (2, 2))), {"box": 20, "by_mass": True}),
        (lambda i: i.repeat(2, 1).repeat(2, 2), {"box": 40, "by_mass": True}),
        (lambda i: i[..., np.newaxis].repeat(3, -1), {"gray": True, "box": 20}),
        (lambda i: np.stack([i, i, i // 2], -1), {"gray": False, "box": None}),
        (lambda i: i[:, 4:24, 4:24], {"box": None, "bright": 0.0}),
        (lambda i: np.pad(i, ((0, 0), (0, 20), (0, 20))), {"box": None}),
        (
            lambda i: np.stack([np.roll(a, k % 3 - 1, 0) for k, a in enumerate(np.pad(i, ((0, 0), (9, 9), (9, 9))))]),
            {"box": 20},
        ),
        (lambda i: np.stack([centred(np.pad(a, 4)) for a in i]), {"box": 20, "by_mass": False}),
        (lambda i: some_blank(i), {"box": 20, "least_contrast": 254.0}),
        (lambda i: np.stack([255 - a if k < 3 else a for k, a in enumerate(i)]), {"ground": 0}),
    ],
)
def test_the_form_follows_ground_ink_size_and_place_of_what_images_show(change, expected):
    form = made(change(TRAIN), change(TEST)).form
    assert {name: getattr(form, name) for name in expected} == expected


def test_one_image_on_another_ground_keeps_pictures_of_the_own_size_from_being_turned_but_not_others():
    train = TRAIN.copy()
    train[7] = 255 - train[7]
    form = made(train, TEST).form
    assert 0 < form.bright < 0.05
    assert not form.turns(bright=True, same_size=True)
    assert form.turns(bright=True, same_size=False)
    assert not form.turns(bright=False, same_size=False)


@pytest.mark.parametrize(
    "change",
    [
        {"white": 2},
        {"white": None},
        {"bright": 1.5},
        {"ground": "dark"},
        {"ink": True},
        {"box": 0},
        {"gray": 1},
        {"x": 1},
    ],
)
def test_a_form_of_other_values_is_none(change):
    with pytest.raises((TypeError, ValueError)):
        read_form(DIGITS.form._asdict() | change)
