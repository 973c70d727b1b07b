"""Pictures from outside: brought to the form that a network takes, classified as the data themselves, or refused."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from conftest import NUM_DIGITS, cnn, random_like, traced
from idx_files import some_arrays
from PIL import Image

import jaxreg
from jaxreg.commands import predict
from jaxreg.core.fit import fit
from jaxreg.core.train import Examples, Recipe
from jaxreg.data import RawArrays, SplitSizes, draw_splits, load_dataset, make_dataset
from jaxreg.data.pictures import fit_picture, read_picture
from jaxreg.engine.checkpoint import save_checkpoint
from jaxreg.errors import InputError
from jaxreg.files import write_json
from jaxreg.predict import accuracy, classify

PREDICT = Path(__file__).parents[1] / "experiments" / "predict.py"
MNIST_SHAPE = (28, 28, 1)
DIGITS = load_dataset("embedded").form


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with a network that has learned digits for four epochs."""
    folder = tmp_path_factory.mktemp("mnist") / "run"
    splits = draw_splits(load_dataset("embedded"), SplitSizes(1000, 200, 200), data_seed=0)
    train, valid, *_ = (Examples(*split) for split in splits)
    recipe = Recipe(cnn(10, "batch"))
    result = fit(recipe, traced(3e-3), train, valid, jax.random.key(0), max_epochs=4)
    return write_run(folder, recipe.model, MNIST_SHAPE, result.variables, DIGITS)


def write_run(folder, model, image_shape, variables, form):
    """Writes a run folder that holds one network, and returns it."""
    about = {"identity": {"seed": 0}, "norm_type": "batch", "reg_type": "none", "trial": 0, "images": form._asdict()}
    save_checkpoint(folder / "best", model, image_shape, variables, about)
    write_json(folder / "config.json", {"settings": {"seed": 0}, "identity": {"seed": 0}})
    return folder


def untrained(train, test=None):
    """Returns a network for images like these, with random weights: no answer of it is sure."""
    test = train if test is None else test
    dataset = make_dataset("x", RawArrays(train, np.arange(len(train)) % 4, test, np.arange(len(test)) % 4))
    model = cnn(4)
    shapes = jax.eval_shape(
        lambda: model.init(jax.random.key(0), np.zeros((1, *dataset.image_shape), np.float32), False)
    )
    return jaxreg.load(write_run(Path("untrained"), model, dataset.image_shape, random_like(shapes), dataset.form))


def padded(images, size=32):
    before = (size - 28) // 2
    return np.pad(images, ((0, 0), (before, size - 28 - before), (before, size - 28 - before)))


def garments(images):
    """Returns pictures of objects on a dark ground that reach the border, some of them along most of it."""
    large = np.stack([enlarged(image[4:24, 4:24], 28) for image in images])
    large[::4] = np.maximum(large[::4], 200)
    return large


def write_png(path, pixels, mode=None):
    Image.fromarray(pixels, mode).save(path)
    return str(path)


def enlarged(digit, size=56):
    return np.asarray(Image.fromarray(digit).resize((size, size), Image.Resampling.BICUBIC))


def on_a_sheet(digit):
    """Returns a dark digit, off the middle of a gray sheet that is not square, with alpha."""
    sheet = np.full((150, 100), 220, np.uint8)
    sheet[80:136, 10:66] -= (enlarged(digit) * 0.8).astype(np.uint8)
    return np.stack([sheet, sheet, sheet, np.full_like(sheet, 255)], axis=-1)


@pytest.mark.parametrize(
    ("render", "least"),
    [
        (lambda d: d, 1.0),
        (lambda d: 255 - d, 1.0),
        (lambda d: np.stack([d] * 3, axis=-1), 1.0),
        (lambda d: np.stack([0 * d, 0 * d, 0 * d, 255 - d], axis=-1), 1.0),  # black of that opacity, over white
        (lambda d: np.repeat(np.repeat(d, 2, 0), 2, 1), 0.95),
        (enlarged, 0.9),
        (lambda d: 255 - enlarged(d, 200), 0.9),
        (on_a_sheet, 0.9),
    ],
    ids=["as it is", "inverted", "RGB", "alpha", "doubled", "56x56", "200x200 inverted", "on a sheet"],
)
def test_digits_as_pictures_get_the_answers_that_they_get_directly(render, least, run, digits, tmp_path):
    trained = jaxreg.load(run)
    direct = trained.predict_proba(digits[0])
    assert (direct.argmax(1) == digits[1]).mean() > 0.85
    files = [write_png(tmp_path / f"{i}.png", render(digit)) for i, digit in enumerate(digits[0])]
    answers = classify(trained, files)
    assert [answer.name for answer in answers] == files
    agreeing = np.mean([answer.predicted for answer in answers] == direct.argmax(1))
    assert agreeing >= least
    if least == 1.0:
        np.testing.assert_array_equal([answer.probability for answer in answers], direct.max(1))


def test_an_mnist_digit_that_is_doubled_comes_back_as_the_form_that_mnist_gave_it(digits):
    for digit in digits[0]:
        doubled = np.repeat(np.repeat(digit, 2, 0), 2, 1)[..., np.newaxis]
        found = fit_picture("x", doubled, MNIST_SHAPE, DIGITS).pixels[..., 0]
        rows, columns = (np.flatnonzero((found > 64).any(axis=axis)) for axis in (1, 0))
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
        centre = [found.sum(axis=axis) @ np.arange(28) / found.sum() for axis in (1, 0)]
        np.testing.assert_allclose(centre, 14, atol=0.51)
        assert abs(found - digit).mean() < 12


def test_a_picture_without_aspect_ratio_to_keep_fills_the_box_by_its_longer_side():
    line = np.zeros((200, 90, 1), np.uint8)
    line[20:180, 40:48] = 255
    found = fit_picture("x", line, MNIST_SHAPE, DIGITS).pixels[..., 0]
    assert [np.ptp(np.flatnonzero((found > 64).any(axis=axis))) + 1 for axis in (1, 0)] == [20, 1]
    for place in (np.s_[:1, :], np.s_[:, :1], np.s_[-1:, -1:]):
        corner = np.zeros((40, 40, 1), np.uint8)
        corner[place] = 255
        assert fit_picture("x", corner, MNIST_SHAPE, DIGITS, "no").pixels.shape == MNIST_SHAPE
    hammer = np.zeros((40, 40), np.uint8)  # its mass is at one end, and yet it stays inside
    hammer[:4], hammer[:, 20] = 255, 100
    for turns, axis, rows in ((0, 0, slice(8, 28)), (1, 1, slice(8, 28)), (2, 0, slice(20)), (3, 1, slice(20))):
        turned = np.rot90(hammer, turns)[..., np.newaxis]
        found = fit_picture("x", turned, MNIST_SHAPE, DIGITS, "no").pixels[..., 0]
        assert np.flatnonzero(found.any(axis=1 - axis)).tolist() == list(range(28))[rows]


def test_ink_that_would_not_fit_into_a_network_that_is_wider_than_high_is_as_high_as_there_is_room():
    form = DIGITS._replace(box=56, by_mass=False)
    ink = np.zeros((60, 60, 1), np.uint8)
    ink[10:40, 10:50] = 255
    found = fit_picture("x", ink, (32, 64, 1), form, "no").pixels[..., 0]
    assert [np.ptp(np.flatnonzero((found > 64).any(axis=axis))) + 1 for axis in (1, 0)] == [32, 43]


def test_a_colour_picture_is_empty_by_the_measure_that_its_networks_images_were_measured_with():
    tile = np.broadcast_to(np.array([40, 75, 95], np.uint8), (8, 8, 3))
    form = DIGITS._replace(gray=False, box=None, pictures=True, least_contrast=55.0)
    np.testing.assert_array_equal(fit_picture("sea", tile, (8, 8, 3), form).pixels, tile)
    with pytest.raises(InputError, match="sea: an empty picture"):
        fit_picture("sea", np.full((8, 8, 3), 75, np.uint8), (8, 8, 3), form)


def test_inversion_is_by_the_ground_or_as_told_and_never_unasked_in_colour(digits):
    digit = digits[0][0][..., np.newaxis]
    inverse = DIGITS._replace(bright=1.0, ground=255, ink=-255)
    for picture, form, invert, expected in [
        (digit, DIGITS, "auto", digit),
        (255 - digit, DIGITS, "auto", digit),
        (digit, DIGITS, "yes", 255 - digit),
        (255 - digit, DIGITS, "no", 255 - digit),
        (255 - digit, inverse, "auto", 255 - digit),
        (digit, inverse, "auto", 255 - digit),
        (255 - digit, DIGITS._replace(bright=0.001), "auto", 255 - digit),  # it could be the one in a thousand
    ]:
        found = fit_picture("x", picture, MNIST_SHAPE, form, invert)
        np.testing.assert_array_equal(found.pixels, expected)
        assert found.inverted == bool((found.pixels != picture).any())
    colour = np.full((40, 30, 3), 250, np.uint8)
    colour[10:20] = 5
    photos = DIGITS._replace(gray=False, box=None)
    plain = fit_picture("x", colour, (20, 24, 3), photos).pixels
    assert plain.shape == (20, 24, 3)
    assert plain[0, 0, 0] == pytest.approx(250, abs=1)
    np.testing.assert_allclose(fit_picture("x", colour, (20, 24, 3), photos, "yes").pixels, 255 - plain, atol=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d,
        lambda d: 255 - d,
        garments,
        lambda d: padded(d)[..., np.newaxis].repeat(3, axis=-1),
        lambda d: np.random.default_rng(0).integers(0, 256, (NUM_DIGITS, 20, 24, 3), np.uint8),
        lambda d: (d > 127).astype(np.uint8),
        lambda d: d / 300,
    ],
    ids=["digits", "dark on white", "objects at the border", "gray in RGB", "colour", "binary", "floats"],
)
def test_the_command_answers_arrays_exactly_as_predict_proba_and_pictures_of_the_networks_size_too(make, digits):
    images = make(digits[0])
    trained = untrained(images)
    blank = np.zeros_like(images[:1])
    np.savez("a.npz", images=np.concatenate([images, blank]))
    answers = classify(trained, ["a.npz"])
    expected = trained.predict_proba(np.concatenate([images, blank]))
    np.testing.assert_array_equal([a.probability for a in answers], expected.max(1))
    assert [a.predicted for a in answers] == expected.argmax(1).tolist()
    assert not any(a.inverted for a in answers)
    if images.max() == 1 or images.dtype != np.uint8:
        return
    for i, image in enumerate(images):
        write_png(f"{i}.png", image)
    answers = classify(trained, [f"{i}.png" for i in range(NUM_DIGITS)])
    np.testing.assert_allclose([a.probability for a in answers], expected[:-1].max(1), rtol=1e-6)
    assert [a.predicted for a in answers] == expected[:-1].argmax(1).tolist()


def off_the_middle(digit):
    """Returns a digit in a corner of a dark picture that is not square."""
    return np.pad(enlarged(digit, 100), ((5, 95), (60, 0)))


@pytest.mark.parametrize("picture", [off_the_middle, lambda d: 255 - off_the_middle(d)], ids=["light", "dark"])
@pytest.mark.parametrize(
    "make",
    [
        lambda d: d,
        lambda d: 255 - d,
        padded,
        lambda d: 230 - padded(d) // 2,
        lambda d: np.repeat(np.repeat(d, 2, 1), 2, 2),
    ],
    ids=["digits", "dark on white", "32x32", "dim, on gray", "56x56"],
)
def test_a_large_picture_comes_as_the_networks_own_training_images_are(make, picture, digits):
    images = make(digits[0])
    form = make_dataset("x", RawArrays(images, digits[1], images, digits[1])).form
    fitted = [fit_picture("x", picture(digit)[..., np.newaxis], (*images.shape[1:], 1), form) for digit in digits[0]]
    away = np.abs(np.stack([fit.pixels[..., 0] for fit in fitted]) - images).mean(axis=(1, 2))
    assert away.mean() < 12  # a centre may round to the next pixel


def test_the_pictures_of_a_gray_set_in_three_channels_are_made_gray_and_brought_to_its_form(digits):
    trained = untrained(padded(digits[0])[..., np.newaxis].repeat(3, axis=-1))
    assert (trained.form.gray, trained.form.box) == (True, 20)
    blue = np.full((200, 200, 3), 255, np.uint8)
    blue[..., :2] -= enlarged(digits[0][0], 200)[..., np.newaxis]
    found = fit_picture("x", read_picture(Path(write_png("a.png", blue)), 1), (32, 32, 3), trained.form)
    assert found.inverted
    assert found.pixels.shape == (32, 32, 3)
    assert abs(found.pixels - padded(digits[0])[0][..., np.newaxis]).mean() < 12


def test_arrays_of_another_size_are_turned_round_all_or_none_by_what_most_are(digits):
    images = digits[0].copy()
    images[:6, 0] = 250  # objects that reach the border, and two along most of it
    images[:2, :, 0], images[:2, :, -1] = 250, 250
    trained = untrained(images)
    assert 0 < trained.form.bright < 0.05
    large = images.repeat(2, 1).repeat(2, 2)
    for given, expected in ((large, False), (255 - large, True)):
        np.savez("a.npz", images=given)
        assert [a.inverted for a in classify(trained, ["a.npz"])] == [expected] * NUM_DIGITS


def test_what_is_turned_round_or_on_another_ground_is_said_in_a_line(digits, capsys):
    trained = untrained(digits[0])
    np.savez("a.npz", images=255 - digits[0])
    answers = classify(trained, ["a.npz", write_png("b.png", 255 - digits[0][0])])
    assert capsys.readouterr().err.splitlines() == [
        "note: a.npz: most images are on another ground than the training images; taken as they are, "
        "--invert yes turns them round",
        "note: 1 of 61 pictures turned round, light for dark, to be on the ground of the training images; "
        "--invert no keeps them as they are",
    ]
    assert [a.inverted for a in answers] == [False] * NUM_DIGITS + [True]
    classify(trained, ["b.png"], lang="ko")
    assert capsys.readouterr().err.startswith("참고: 사진 1장 가운데 1장의 밝기를 뒤집어 ")
    turned = classify(trained, ["a.npz"], "yes")
    np.testing.assert_array_equal([a.probability for a in turned], trained.predict_proba(digits[0]).max(1))
    assert capsys.readouterr().err == ""


def test_a_picture_on_a_rare_ground_that_is_kept_as_it_is_is_said_in_a_line(digits, capsys):
    images = digits[0].copy()
    images[7] = 255 - images[7]
    trained = untrained(images)
    assert 0 < trained.form.bright < 0.05
    files = [write_png(f"{i}.png", pixels) for i, pixels in enumerate((*255 - digits[0][:2], digits[0][2]))]
    kept = (
        "note: {} on a ground that few of the training images are on; of the network's size and so taken as they are, "
        "--invert yes turns them round"
    )
    for given, said in ((files, "2 of 3 pictures are"), (files[1:], "1 of 2 pictures is")):
        assert not any(a.inverted for a in classify(trained, given))
        assert capsys.readouterr().err.splitlines() == [kept.format(said)]
    np.savez("a.npz", images=255 - digits[0])
    classify(trained, ["a.npz"])
    assert capsys.readouterr().err.splitlines() == [
        "note: a.npz: most images are on another ground than the training images; taken as they are, "
        "--invert yes turns them round"
    ]
    for given, invert in ((files, "no"), (files, "yes"), (files[2:], "auto")):
        classify(trained, given, invert)
        assert capsys.readouterr().err == ""


def test_integers_mean_for_a_network_what_they_meant_in_its_training_and_a_faint_array_is_refused(digits):
    trained = untrained(digits[0])
    bits = (digits[0] > 127).astype(np.uint8)
    for faint in (bits, bits[:1], bits * 16, bits / 255):
        with pytest.raises(
            InputError, match=r"use almost none of their scale, 0\.\.1?[61] of 0\.\.255; the network was"
        ):
            trained.predict_proba(faint)
    expected = trained.predict_proba(bits * 255)
    for form in (bits.astype(bool), bits.astype(float)):
        np.testing.assert_array_equal(trained.predict_proba(form), expected)
    assert trained.predict_proba(np.zeros((1, 28, 28), int)).shape == (1, 4)  # a black picture is one
    binary = untrained(bits)
    np.testing.assert_array_equal(binary.predict_proba(bits[:3]), binary.predict_proba(bits[:3].astype(bool)))
    with pytest.raises(InputError, match=r"pixels in 0\.\.255; integer pixels must be in 0\.\.1"):
        binary.predict_proba(digits[0])
    dim = digits[0].copy()
    dim[::10] //= 100  # where nearly black pictures are no exception among the training images, they come alone too
    alone = untrained(dim)
    np.testing.assert_allclose(alone.predict_proba(dim[:1])[0], alone.predict_proba(dim)[0], rtol=1e-5)


def test_one_nearly_black_training_image_does_not_let_pictures_of_another_scale_pass(digits):
    dim = digits[0].copy()
    dim[7] //= 255
    trained = untrained(dim)
    for faint in (dim // 255, dim[7:8], dim / 255**2):
        with pytest.raises(InputError) as caught:
            trained.predict_proba(faint)
        assert str(caught.value) == (
            "predict: given images use almost none of their scale, 0..1 of 0..255; the network was trained on hardly "
            "any so faint: give integers in 0..255 or floats in 0..1; images that are right so are answered among as "
            "many that are not faint"
        )
    answers = trained.predict_proba(dim[:20])
    np.testing.assert_allclose(trained.predict_proba(dim[6:8]), answers[6:8], rtol=1e-5)
    np.testing.assert_allclose(trained.predict_proba(np.stack([dim[7], dim[7], dim[0], dim[1]]))[0], answers[7], 1e-5)
    np.savez("a.npz", images=np.concatenate([dim[:30] // 255, dim[:10]]))
    with pytest.raises(InputError, match=r"^a\.npz: most given images use almost none of their scale, 0\.\.1 of"):
        classify(trained, ["a.npz"])
    file = write_png("7.png", dim[7])
    with pytest.raises(InputError, match=r"7\.png: an empty picture, .*; in an \.npz file among others .* answered$"):
        classify(trained, [file])
    with pytest.raises(InputError, match=r"red\.png: an empty picture"):
        classify(trained, [write_png("red.png", np.full((28, 28, 3), (200, 0, 0), np.uint8))])
    np.savez("a.npz", images=dim)
    assert len(classify(trained, ["a.npz"])) == NUM_DIGITS


def test_weights_that_do_not_say_what_their_images_are_like_are_refused_with_the_way_to_make_them(digits):
    trained = untrained(digits[0])
    for images in (None, {}, DIGITS._asdict() | {"white": 7}, DIGITS._asdict() | {"ground": "dark"}):
        about = {**trained.description, "images": images}
        save_checkpoint(Path("untrained/best"), trained.model, trained.image_shape, trained.variables, about)
        with pytest.raises(
            InputError, match=r"^untrained/best: weights that do not say .* run again .* makes them again$"
        ):
            jaxreg.load("untrained")


def test_an_npz_file_gives_an_answer_an_image_and_with_labels_the_accuracy(run, digits, tmp_path):
    trained = jaxreg.load(run)
    images, labels = digits
    share = (trained.predict_proba(images).argmax(1) == labels).mean()
    for names in (("images", "labels"), ("x_test", "y_test")):
        np.savez(tmp_path / "a.npz", **dict(zip(names, digits, strict=True)), other=np.zeros(3))
        answers = classify(trained, [str(tmp_path / "a.npz")])
        assert accuracy(answers) == share
        assert answers[7].name == f"{tmp_path / 'a.npz'}[7]"
    np.savez(tmp_path / "a.npz", images=images, labels=np.full(len(images), len(trained.class_names)))
    with pytest.raises(InputError, match=f"a label is {len(trained.class_names)}; the network has the classes 0"):
        classify(trained, [str(tmp_path / "a.npz")])
    np.savez(tmp_path / "a.npz", images=images, labels=labels[:-1])
    with pytest.raises(InputError, match=f"{len(images)} given images but {len(images) - 1} given labels"):
        classify(trained, [str(tmp_path / "a.npz")])
    np.savez(tmp_path / "a.npz", images=images / 255)
    unlabelled = classify(trained, [str(tmp_path / "a.npz")])
    assert accuracy(unlabelled) is None
    assert [a[:5] for a in unlabelled] == [a[:5] for a in answers]
    np.savez(tmp_path / "a.npz", images=some_arrays(shape=(28, 28, 3))["x_test"])
    with pytest.raises(InputError, match="images of 3 channels, the network takes 1"):
        classify(trained, [str(tmp_path / "a.npz")])
    np.savez(tmp_path / "a.npz", images=np.zeros(28))
    with pytest.raises(InputError, match=r"images has shape \(28,\)"):
        classify(trained, [str(tmp_path / "a.npz")])


def command(*argv):
    return subprocess.run([sys.executable, str(PREDICT), *map(str, argv)], capture_output=True, text=True)


def test_the_command_speaks_korean(run, digits, capsys):
    np.savez("c.npz", images=digits[0][:3], labels=digits[1][:3])
    predict.run(predict.PredictConfig(str(run), ("c.npz",), lang="ko"))
    line = r"c.npz\[\d\]: \d \(\d+.\d%\), 다음은 \d \(\d+.\d%\)\n"
    assert re.fullmatch(f"({line}){{3}}정확도: 이미지 3장의 [\\d.]+%\n", capsys.readouterr().out)


def test_the_command_prints_a_line_a_picture_or_json_and_ends_bad_input_with_one_line(run, digits):
    write_png("a b.png", 255 - digits[0][0])
    np.savez("c.npz", images=digits[0][:3], labels=digits[1][:3])
    ended = command(run, "a b.png", "c.npz")
    assert ended.returncode == 0
    assert ended.stderr.startswith("note: 1 of 4 pictures turned round")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("a b.png: 7 (")
    assert lines[3].startswith("c.npz[2]: ")
    assert lines[4].startswith("accuracy: ")
    found = json.loads(command(run, "a b.png", "--json").stdout)
    assert (found["trial"], found["accuracy"], found["answers"][0]["predicted"]) == (0, None, 7)
    assert found["answers"][0]["inverted"] is True
    Path("bad.png").write_text("no picture")
    ended = command(run, "bad.png")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert (
        ended.stderr
        == "error: bad.png: no picture that can be read; allowed are PNG, JPEG, WEBP, GIF, BMP, TIFF, PPM\n"
    )
