"""Arrays in Python are a data set as a file of them is: the same checks, the same runs, and a name from its content."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from data_cases import assert_holds
from idx_files import some_arrays
from test_study import small_config, write_data

from jaxreg.data import from_arrays, load_dataset
from jaxreg.engine.experiment import identity_of
from jaxreg.engine.problem import settle
from jaxreg.errors import InputError
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search


def given(**changed):
    arrays = some_arrays() | changed
    return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]


def refusal(*arrays, **options):
    with pytest.raises(InputError) as caught:
        from_arrays(*arrays, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_arrays_are_the_data_set_that_a_file_of_them_is():
    arrays = some_arrays()
    np.savez("data.npz", **arrays)
    of_file, of_arrays = load_dataset("npz:data.npz"), from_arrays(*given())
    assert_holds(of_arrays, arrays)
    assert of_arrays.fingerprint == of_file.fingerprint
    assert of_arrays.name == f"arrays:{of_file.fingerprint[:12]}"
    assert of_arrays.form == of_file.form
    assert of_arrays.class_names == ("0", "1", "2")


def test_lists_and_arrays_of_jax_are_taken_and_a_test_set_is_held_out():
    images, labels = given()[:2]
    expected = from_arrays(images, labels, test_share=0.3, test_seed=2)
    assert expected.hold_out == (0.3, 2)
    for taken in ((images.tolist(), labels.tolist()), (jnp.asarray(images), jnp.asarray(labels))):
        assert from_arrays(*taken, test_share=0.3, test_seed=2).fingerprint == expected.fingerprint
    assert from_arrays(images, labels, class_names=["a", "b", "c"]).class_names == ("a", "b", "c")


def test_what_is_done_to_the_arrays_later_changes_no_data_set():
    images, labels, *test = given()
    dataset = from_arrays(images, labels, *test)
    before = dataset.train_images.copy()
    images[:], labels[:] = 0, 0
    np.testing.assert_array_equal(dataset.train_images, before)
    with pytest.raises(ValueError, match="read-only"):
        dataset.train_images[0] = 0


def test_arrays_that_are_no_data_set_are_refused():
    images, labels, test_images, test_labels = given()
    assert refusal(images, labels, test_images) == (
        "arrays: test images and test labels: give both, or neither to have some held out"
    )
    assert refusal([[1, 2], [3]], labels).startswith("arrays: images are no array (")
    assert refusal(images, 3) == "arrays: labels are no array: 3"
    assert refusal(images, labels[:-1]).startswith("arrays: 40 train images but 39 train labels")
    assert refusal(images, [str(label) for label in labels]).endswith("labels must be integers from 0")
    for share in (0, 1.0, "half", True):
        assert refusal(images, labels, test_share=share).endswith("allowed is a share between 0 and 1")
    for seed in (-1, 1.5, "one"):
        assert refusal(images, labels, test_seed=seed).endswith("allowed is an integer of at least 0")
    assert "has a test set of its own" in refusal(images, labels, test_images, test_labels, test_share=0.2)
    for names in (["a", "a", "b"], [], ["a", " "], [1, 2, 3]):
        assert refusal(images, labels, class_names=names).endswith("one for each class and no two alike")
    for unordered in ({"a", "b", "c"}, {"c": 2, "a": 0, "b": 1}):
        assert refusal(images, labels, class_names=unordered).endswith("a list of texts, one for each class")
    assert refusal(images, labels, class_names=["a", "b"]).endswith("a label is 2; labels of 2 classes must be 0..1")


def test_masked_arrays_are_refused_and_those_that_mask_nothing_are_taken():
    images, labels = np.arange(60 * 256).reshape(60, 16, 16) % 256, np.arange(60) % 2
    for masked in (
        (np.ma.masked_greater(images, 250), labels),
        (images, np.ma.masked_equal(labels, 1)),
    ):
        with pytest.raises(InputError, match="some of the values are masked"):
            from_arrays(*masked)
    assert from_arrays(np.ma.asarray(images), labels).fingerprint == from_arrays(images, labels).fingerprint


def test_a_run_on_arrays_is_the_run_on_their_file_is_known_by_its_content_and_is_continued():
    arrays = write_data("data.npz")
    data = from_arrays(*arrays.values(), class_names=list("abcd"))
    ours, files = (run_search(small_config(out, trials=1), d) for out, d in (("ours", data), ("files", None)))
    assert ours.trials[0].trial_valid_accuracy == files.trials[0].trial_valid_accuracy
    assert ours.class_names == ("a", "b", "c", "d")
    kept = json.loads(Path("ours/config.json").read_text(encoding="utf-8"))
    assert kept["settings"]["data"] == data.name
    assert kept["data_fingerprint"] == kept["identity"]["data_fingerprint"] == data.fingerprint
    assert len(run_search(small_config("ours", trials=2), data).trials) == 2
    other = from_arrays(arrays["x_test"], arrays["y_test"])
    with pytest.raises(InputError, match="data_fingerprint was"):
        run_search(small_config("ours", trials=2, train_size=None, epoch_valid_size=None, trial_valid_size=None), other)
    with pytest.raises(InputError, match=r"^data arrays:0123: made of arrays in Python; give them again"):
        load_dataset("arrays:0123")


@pytest.mark.parametrize(
    "settings", [{"test_share": 0.5}, {"test_seed": 1}, {"image_size": (20,)}, {"more_test_size": 9}]
)
def test_settings_that_a_data_set_has_of_its_own_are_refused_beside_it(settings):
    images, labels = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8), np.arange(40) % 2
    data = from_arrays(images, labels)
    with pytest.raises(InputError, match=r"allowed are no test_share, test_seed, more_test_size and image_size$"):
        settle(small_config(**settings), data)
    sizes = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size"))
    settled, _ = settle(small_config(**sizes), data)
    assert (settled.sizes, settled.test_share) == ((19, 5, 8), 0.2)
    assert settle(settled, data)[0] == settled


def test_a_test_set_gets_more_images_of_the_arrays_and_the_settings_say_it():
    images, labels = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8), np.arange(40) % 2
    data = from_arrays(images, labels, images[:10] // 2, labels[:10], more_test_size=np.int64(12))
    assert (len(data.train_labels), len(data.test_labels)) == (28, 22)
    sizes = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size"))
    settled, _ = settle(small_config(**sizes), data)
    assert (settled.more_test_size, sum(settled.sizes)) == (12, 28)
    assert settle(settled, data)[0] == settled  # as it is settled once more, by a verdict that tunes once
    for size in (0, 2.0, "3"):
        assert refusal(images, labels, more_test_size=size).endswith("allowed is an integer of at least 1")


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((28, 28, 1), "28 images of 28 x 1 pixels; one picture with channels is [1, height, ...]"),
        ((40, 32, 3), "40 images of 32 x 3 pixels"),
        ((40, 3, 32, 32), "channels come last: [N, height, width, C]"),
    ],
)
def test_one_picture_with_channels_and_channels_that_come_first_are_not_read_as_what_they_are_not(shape, said):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert said in refusal(pixels, np.arange(shape[0]) % 2)


@pytest.mark.parametrize("shape", [(40, 2, 3), (40, 16, 2), (40, 1, 20, 1), (40, 20, 20, 4)])
def test_small_images_and_any_channels_at_the_end_are_read(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert from_arrays(pixels, np.arange(40) % 2).image_shape[:2] == shape[1:3]


def test_other_numbers_of_classes_are_other_runs_and_names_alone_are_not():
    arrays, names = given(), ["a", "b", "c", "d"]
    plain, three, four = (
        identity_of(StudyConfig(), from_arrays(*arrays, class_names=some)) for some in (None, names[:3], names)
    )
    assert plain == three
    assert four == plain | {"num_classes": 4}
