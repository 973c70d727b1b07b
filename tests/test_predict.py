"""Pictures from outside: brought to the form that a network takes, classified as the data themselves, or refused."""

import json
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

import jaxreg
from jaxreg.core.fit import fit
from jaxreg.core.model import CNN
from jaxreg.core.train import Examples, Hparams, Recipe
from jaxreg.data import SplitSizes, draw_splits, load_dataset
from jaxreg.data.embedded import load_embedded
from jaxreg.data.pictures import MNIST_SHAPE, fit_picture, read_png
from jaxreg.errors import InputError
from jaxreg.predict import accuracy, classify
from jaxreg.study.checkpoint import save_checkpoint
from jaxreg.study.run_folder import write_json

PREDICT = Path(__file__).parents[1] / "experiments" / "predict.py"
COUNT = 60


@pytest.fixture(scope="module")
def digits():
    """Test digits [N, 28, 28] uint8 and their labels."""
    raw = load_embedded()
    return raw.test_images[:COUNT], raw.test_labels[:COUNT]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with a network that has learned digits for four epochs."""
    folder = tmp_path_factory.mktemp("mnist") / "run"
    splits = draw_splits(load_dataset("embedded"), SplitSizes(1000, 200, 200), data_seed=0)
    train, valid, *_ = (Examples(*split) for split in splits)
    recipe = Recipe(CNN(10, "batch"))
    result = fit(recipe, Hparams.of(3e-3), train, valid, jax.random.key(0), max_epochs=4)
    about = {"identity": {"seed": 0}, "norm_type": "batch", "reg_type": "none", "trial": 0}
    save_checkpoint(folder / "best", recipe.model, MNIST_SHAPE, result.variables, about)
    write_json(folder / "config.json", {"settings": {"seed": 0}, "identity": {"seed": 0}})
    return folder


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
        found = fit_picture("x", doubled, MNIST_SHAPE)[..., 0]
        rows, columns = (np.flatnonzero((found > 64).any(axis=axis)) for axis in (1, 0))
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
        centre = [found.sum(axis=axis) @ np.arange(28) / found.sum() for axis in (1, 0)]
        np.testing.assert_allclose(centre, 14, atol=0.51)
        assert abs(found - digit).mean() < 12


def test_a_picture_without_aspect_ratio_to_keep_fills_the_box_by_its_longer_side():
    line = np.zeros((200, 90, 1), np.uint8)
    line[20:180, 40:48] = 255
    found = fit_picture("x", line, MNIST_SHAPE)[..., 0]
    assert [np.ptp(np.flatnonzero((found > 64).any(axis=axis))) + 1 for axis in (1, 0)] == [20, 1]
    for place in (np.s_[:1, :], np.s_[:, :1], np.s_[-1:, -1:]):
        corner = np.zeros((40, 40, 1), np.uint8)
        corner[place] = 255
        assert fit_picture("x", corner, MNIST_SHAPE, "no").shape == MNIST_SHAPE
    hammer = np.zeros((40, 40), np.uint8)  # its mass is at one end, and yet it stays inside
    hammer[:4], hammer[:, 20] = 255, 100
    for turns, axis, rows in ((0, 0, slice(8, 28)), (1, 1, slice(8, 28)), (2, 0, slice(20)), (3, 1, slice(20))):
        found = fit_picture("x", np.rot90(hammer, turns)[..., np.newaxis], MNIST_SHAPE, "no")[..., 0]
        assert np.flatnonzero(found.any(axis=1 - axis)).tolist() == list(range(28))[rows]


def test_inversion_is_by_the_border_or_as_told_and_never_unasked_for_other_networks(digits):
    digit = digits[0][0][..., np.newaxis]
    for picture, invert, expected in [
        (digit, "auto", digit),
        (255 - digit, "auto", digit),
        (digit, "yes", 255 - digit),
        (255 - digit, "no", 255 - digit),
    ]:
        np.testing.assert_array_equal(fit_picture("x", picture, MNIST_SHAPE, invert), expected)
    colour = np.full((40, 30, 3), 250, np.uint8)
    colour[10:20] = 5
    plain = fit_picture("x", colour, (20, 24, 3))
    assert plain.shape == (20, 24, 3)
    assert plain[0, 0, 0] == pytest.approx(250, abs=1)
    np.testing.assert_allclose(fit_picture("x", colour, (20, 24, 3), "yes"), 255 - plain, atol=1e-3)


def test_an_npz_file_gives_an_answer_an_image_and_with_labels_the_accuracy(run, digits, tmp_path):
    trained = jaxreg.load(run)
    images, labels = digits
    share = (trained.predict_proba(images).argmax(1) == labels).mean()
    for names in (("images", "labels"), ("x_test", "y_test")):
        np.savez(tmp_path / "a.npz", **dict(zip(names, digits, strict=True)), other=np.zeros(3))
        answers = classify(trained, [str(tmp_path / "a.npz")])
        assert accuracy(answers) == share
        assert answers[7].name == f"{tmp_path / 'a.npz'}[7]"
    np.savez(tmp_path / "a.npz", images=images / 255)
    unlabelled = classify(trained, [str(tmp_path / "a.npz")])
    assert accuracy(unlabelled) is None
    assert [a[:5] for a in unlabelled] == [a[:5] for a in answers]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, data=b""):
    """Returns a gray PNG file that claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a PNG file"),
        (b"P5 2 2 255\n0000", "not a PNG file"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (png_of(28, 28, b"\0" * 29)[:-20], "cannot be read"),
        (png_of(10_000, 10_000), "pixels; give a smaller picture"),
        (png_of(100_000, 100_000), "pixels; give a smaller picture"),
        (png_of(2, 2, b"\0\x80\x80" * 2), "an empty picture"),
    ],
    ids=["empty file", "PGM", "signature alone", "cut", "bomb", "larger bomb", "one gray"],
)
def test_a_file_that_is_no_picture_is_refused_in_one_line(content, said, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=said) as caught:
            fit_picture(str(path), read_png(path, 1), MNIST_SHAPE)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_cut_of_a_png_is_refused_or_read_whole(digits, tmp_path):
    path = tmp_path / "x.png"
    write_png(path, digits[0][0])
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        try:
            np.testing.assert_array_equal(read_png(path, 1)[..., 0], digits[0][0])
        except InputError:
            continue


def test_what_cannot_be_a_picture_of_this_network_is_refused(digits, tmp_path):
    path = tmp_path / "x.png"
    with pytest.raises(InputError, match="no such file"):
        read_png(path, 1)
    with pytest.raises(InputError, match="takes images of 2 channels"):
        read_png(path, 2)
    with pytest.raises(InputError, match=r"no ink.*--invert yes"):
        fit_picture("x", 255 - enlarged(digits[0][0])[..., np.newaxis], MNIST_SHAPE, "no")


def test_pictures_of_16_bits_of_a_palette_and_of_one_bit_are_read_as_what_they_show(digits, tmp_path):
    digit = digits[0][0]
    path = tmp_path / "x.png"
    Image.fromarray(digit.astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_png(path, 1)[..., 0], digit)
    Image.fromarray(digit).convert("P").save(path)
    np.testing.assert_array_equal(read_png(path, 3), np.stack([digit] * 3, axis=-1))
    Image.fromarray(digit > 127).save(path)
    np.testing.assert_array_equal(read_png(path, 1)[..., 0], 255 * (digit > 127))


def command(*argv):
    return subprocess.run([sys.executable, str(PREDICT), *map(str, argv)], capture_output=True, text=True)


def test_the_command_prints_a_line_a_picture_or_json_and_ends_bad_input_with_one_line(run, digits):
    write_png("a b.png", 255 - digits[0][0])
    np.savez("c.npz", images=digits[0][:3], labels=digits[1][:3])
    ended = command(run, "a b.png", "c.npz")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("a b.png: 7 (")
    assert lines[3].startswith("c.npz[2]: ")
    assert lines[4].startswith("accuracy: ")
    found = json.loads(command(run, "a b.png", "--json").stdout)
    assert (found["trial"], found["accuracy"], found["answers"][0]["predicted"]) == (0, None, 7)
    Path("bad.png").write_text("no picture")
    ended = command(run, "bad.png")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "error: bad.png: not a PNG file; allowed are PNG files and .npz files\n"
