"""Folders of pictures: what they give, whatever their names, order, forms and sizes, and what they say of bad input."""

import json
import os
import shutil
import unicodedata
import zlib
from pathlib import Path

import numpy as np
import pytest
from data_cases import dataset_or_message, message_of
from make_pictures import make_pictures
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from test_pictures import png_of

from jaxreg.data import Dataset, class_counts, folder, load_dataset
from jaxreg.data.form import read_form
from jaxreg.data.pictures import FORMATS, fit_picture, read_picture, read_pictures
from jaxreg.errors import InputError

SIZE = (20, 24)  # of pictures, height and width


def picture(seed=0, size=SIZE, channels=3):
    shape = (*size, channels) if channels > 1 else size
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def write(path, pixels=None, **options):
    """Writes a picture, its parents too; each path has pixels of its own."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = picture(zlib.crc32(str(path).encode())) if pixels is None else pixels
    Image.fromarray(pixels).save(path, **options)
    return pixels


def write_classes(root="photos", classes=("a", "b"), count=4, suffix="png"):
    """Writes pictures of classes, and returns the pixels by class."""
    return {c: [write(f"{root}/{c}/{i}.{suffix}") for i in range(count)] for c in classes}


def load(root="photos", **options):
    return load_dataset(f"folder:{root}", **options)


# What is read


def test_a_folder_for_each_class_gives_its_pictures_and_names_and_a_test_set_is_held_out():
    pixels = write_classes(count=5)
    dataset = load()
    assert dataset.class_names == ("a", "b")
    assert dataset.image_shape == (*SIZE, 3)
    assert class_counts(dataset.train_labels, 2) == (4, 4)
    assert class_counts(dataset.test_labels, 2) == (1, 1)
    for label, name in enumerate(dataset.class_names):
        found = [
            *dataset.train_images[dataset.train_labels == label],
            *dataset.test_images[dataset.test_labels == label],
        ]
        assert {image.tobytes() for image in found} == {image.tobytes() for image in pixels[name]}
    assert dataset.about()["class_names"] == ["a", "b"]
    assert dataset.form.pictures
    assert read_form(json.loads(json.dumps(dataset.form._asdict()))) == dataset.form


@pytest.mark.parametrize("names", [("train", "test"), ("Training", "TESTING")])
def test_train_and_test_above_the_classes_are_the_two_parts(names):
    train, test = (
        write_classes(f"photos/{part}", ("a", "b"), count) for part, count in zip(names, (3, 2), strict=True)
    )
    dataset = load()
    assert dataset.hold_out is None
    np.testing.assert_array_equal(dataset.train_images, [*train["a"], *train["b"]])
    np.testing.assert_array_equal(dataset.test_images, [*test["a"], *test["b"]])
    np.testing.assert_array_equal(dataset.test_labels, [0, 0, 1, 1])
    assert "test set of its own" in refusal(test_share=0.2)


def refusal(root="photos", **options):
    """Returns the one line that a folder is refused with."""
    with pytest.raises(InputError) as caught:
        load(root, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_class_may_be_missing_in_test_which_is_said_by_its_name_and_train_may_be_alone():
    write_classes("photos/train", ("a", "b"))
    write_classes("photos/test", ("b",))
    assert "folder:photos: no test image of class a (2 classes)" in load().about()["data_notes"]
    shutil.rmtree("photos/test")
    assert load().hold_out is not None


def test_train_and_test_may_be_the_names_of_classes():
    write_classes(classes=("bus", "test", "train"))
    assert load().class_names == ("bus", "test", "train")


def test_the_order_is_that_of_names_numbers_by_their_size_whatever_order_files_were_made_or_are_listed_in(monkeypatch):
    names = ("2", "10", "B", "a1", "a2", "a10", "é")
    for name in reversed(names):
        for i in (10, 9, 1):
            write(f"photos/{name}/{i}.png", np.full((*SIZE, 3), 5 * i + 20 * names.index(name), np.uint8))
    dataset = load(test_share=0.01)
    assert dataset.class_names == ("2", "10", "a1", "a2", "a10", "B", "é")
    first = np.concatenate([dataset.train_images[:, 0, 0, 0], dataset.test_images[:, 0, 0, 0]])
    assert set(first.tolist()) == {5 * i + 20 * n for i in (1, 9, 10) for n in range(7)}
    for part in (dataset.train_images, dataset.test_images):
        of_two = part[:, 0, 0, 0][np.isin(part[:, 0, 0, 0], [5, 45, 50])]
        assert of_two.tolist() == sorted(of_two.tolist())
    real = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: sorted(real(self), reverse=True))
    assert load(test_share=0.01).fingerprint == dataset.fingerprint


def test_a_name_in_either_of_unicodes_forms_is_the_same_class():
    composed, apart = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    write_classes("photos/train", (apart, "x"))
    write_classes("photos/test", (composed, "x"))
    assert load().class_names == (composed, "x")
    write_classes("photos/train", (composed,))
    assert refusal() == f"photos/train: two folders are called {composed}; each class has one"


def test_what_systems_leave_behind_and_what_is_hidden_is_passed_over_and_files_beside_classes_are_said():
    write_classes()
    expected = load()
    assert expected.about()["data_notes"] == expected.about()["data_notes"][:1]  # the test set
    for place in ("photos", "photos/a"):
        for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._0.png", ".hidden.png"):
            Path(place, name).write_bytes(b"nothing")
        Path(place, "__MACOSX").mkdir()
        Path(place, ".git").mkdir()
    assert load().fingerprint == expected.fingerprint
    for name in ("README.md", "labels.csv"):
        Path("photos", name).touch()
    assert "folder:photos: left out, as no folder of a class: labels.csv, README.md" in load().about()["data_notes"]


def test_pictures_of_another_size_that_come_late_or_to_test_on_are_said_to_be_resized():
    for root in ("photos/train", "photos/test"):
        write_classes(root)
    assert not any("resized" in note for note in load().about()["data_notes"])
    write("photos/test/b/9.png", picture(9, (48, 40)))
    assert any("to 48x40 (height x width) are resized as a whole" in note for note in load().about()["data_notes"])


@pytest.mark.parametrize("name", ["photos/x.png", "photos/train/x.jfif", "photos/test/x.heic"])
def test_pictures_beside_the_folders_of_classes_are_refused_in_train_and_test_too(name):
    for root in ("photos/train", "photos/test"):
        write_classes(root)
    Path("photos/train/labels.csv").touch()
    assert any(note.endswith("left out, as no folder of a class: labels.csv") for note in load().about()["data_notes"])
    Path(name).touch()
    assert "pictures in no folder of a class: x." in refusal()


def test_links_to_folders_and_pictures_are_followed_and_one_that_leads_back_ends():
    pixels = write_classes()
    Path("linked").mkdir()
    Path("linked/a").symlink_to(Path("photos/a").absolute())
    Path("linked/b").mkdir()
    for i in range(4):
        Path(f"linked/b/{i}.png").symlink_to(Path(f"photos/b/{i}.png").absolute())
    assert load("linked").fingerprint == load().fingerprint
    assert len(pixels["a"]) == 4
    Path("photos/a/back").symlink_to(Path("photos").absolute())
    assert refusal().startswith("photos/a: folders in a folder of a class: back; allowed is DIR/CLASS/PICTURE")
    Path("photos/a/back").unlink()
    Path("photos/a/round.png").symlink_to("round.png")
    Path("photos/a/gone.png").symlink_to("nowhere.png")
    said = refusal()
    assert said.startswith(
        "folder:photos: 2 of 10 files cannot be taken; mend or remove: photos/a/gone.png: no such file"
    )
    assert "photos/a/round.png: " in said


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tif", "ppm", "gif", "jpg"])
def test_all_formats_give_what_the_picture_library_shows(suffix):
    for name in ("a", "b"):
        for i in range(3):
            smooth = np.linspace(0, 250, SIZE[0] * SIZE[1]).astype(np.uint8).reshape(SIZE)
            write(f"photos/{name}/{i}.{suffix}", np.stack([smooth, smooth[::-1], smooth // 2 + 5 * i], axis=-1))
    dataset = load()
    with Image.open(f"photos/a/0.{suffix}") as image:
        assert image.format in FORMATS
        shown = np.asarray(image.convert("RGB"))
    assert (dataset.train_images == shown).all(axis=(1, 2, 3)).any() or (dataset.test_images == shown).all(
        axis=(1, 2, 3)
    ).any()


def test_gray_pictures_have_one_channel_and_one_in_colour_makes_three():
    for name in ("a", "b"):
        for i in range(3):
            write(f"photos/{name}/{i}.png", picture(i, channels=1))
    gray = picture(7, channels=1)
    write("photos/a/rgb.png", np.stack([gray] * 3, axis=-1))
    assert load().image_shape == (*SIZE, 1)
    assert load().form.gray
    write("photos/a/colour.png")
    assert load().image_shape == (*SIZE, 3)
    assert not load().form.gray


def test_orientation_transparency_and_palettes_are_as_predict_shows_them():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = picture(1, (24, 20))
    write("photos/a/turned.png", np.rot90(pixels, 1), exif=exif)
    clear = np.dstack([picture(2, (24, 20)), np.zeros((24, 20), np.uint8)])
    write("photos/a/clear.png", clear)
    Image.fromarray(picture(3, (24, 20))).quantize(16).save("photos/a/palette.png")
    exif[0x0112] = 8
    write("photos/a/turned.tif", np.rot90(picture(5, (24, 20)), 3), exif=exif)
    info = PngInfo()
    info.add_text("gamma", "2.2")
    write("photos/a/text.png", picture(6, (24, 20)), pnginfo=info)
    for i in range(3):
        write(f"photos/b/{i}.jpg", picture(i, (24, 20)))
    dataset = load(test_share=0.01)
    assert dataset.image_shape == (24, 20, 3)
    assert not any(
        "resized" in note for note in dataset.about()["data_notes"]
    )  # the one on its side has the others' size
    found = {image.tobytes() for image in (*dataset.train_images, *dataset.test_images)}
    expected = [read_picture(path, 3) for path in Path("photos").glob("*/*")]
    assert {image.tobytes() for image in expected} == found
    assert pixels.tobytes() in found
    assert np.full((24, 20, 3), 255, np.uint8).tobytes() in found


# Their size


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(20, 24)], (20, 24)),
        ([(20, 24), (30, 40), (50, 45)], (30, 40)),
        ([(256, 128)], (64, 32)),
        ([(8, 8)], (16, 16)),
        ([(400, 20)], (64, 16)),
    ],
)
def test_without_a_size_the_first_pictures_suggest_one_and_that_is_said(sizes, expected):
    for i in range(6):
        for name in ("a", "b"):
            write(f"photos/{name}/{i}.png", picture(i, sizes[i % len(sizes)]))
    dataset = load()
    assert dataset.image_shape[:2] == expected
    said = [note for note in dataset.about()["data_notes"] if "resized as a whole" in note]
    if len(sizes) == 1 and sizes[0] == expected:
        assert said == []
    else:
        least, most = ("x".join(map(str, size)) for size in (min(sizes), max(sizes)))
        seen = least if least == most else f"{least} to {most}"
        height, width = expected
        assert said == [
            f"folder:photos: pictures of {seen} (height x width) are resized as a whole to {height}x{width} "
            f"(--image-size {height} {width})"
        ]


def test_a_size_that_is_asked_for_is_taken_and_of_other_sources_refused():
    write_classes()
    assert load(image_size=(18,)).image_shape == (18, 18, 3)
    assert load(image_size=(18, 30)).image_shape == (18, 30, 3)
    assert load(image_size=(18, 30)).fingerprint != load().fingerprint
    with pytest.raises(
        ValueError, match=r"^--image-size 18: embedded has images of one size; only pictures of folder:DIR"
    ):
        load_dataset("embedded", image_size=(18,))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_that_was_trained_on_pictures_is_asked_about_them_as_it_was_trained(channels):
    """Even where nearly all are on another ground, or have their ink in one box."""
    for i in range(30):
        pixels = np.zeros((40, 40), np.uint8)
        pixels[8:32, 14 : 20 + i % 5] = 200
        pixels = 255 - pixels if i == 3 else pixels
        for name in ("a", "b"):
            write(
                f"photos/{name}/{i}.png", pixels if channels == 1 else np.stack([pixels, pixels // 2, pixels], axis=-1)
            )
    dataset = load(image_size=(20,), test_share=0.01)
    paths = [Path(f"photos/a/{i}.png") for i in range(30)]
    assert all(isinstance(read, np.ndarray) for read in read_pictures(paths, 20, 20))
    for path in paths:
        fitted = fit_picture(str(path), read_picture(path, channels), dataset.image_shape, dataset.form)
        assert not fitted.inverted
        same = (np.concatenate([dataset.train_images, dataset.test_images]) == fitted.pixels).all(axis=(1, 2, 3))
        assert same.any(), path


# What is refused


def test_what_is_no_folder_of_classes_is_refused():
    assert refusal("nowhere").startswith("nowhere: no such folder; folder:DIR must name one with DIR/CLASS/PICTURE")
    Path("photos").mkdir()
    assert refusal().startswith("photos: no folders of classes in it; allowed is DIR/CLASS/PICTURE, or DIR/train/CLASS")
    write("photos/1.png")
    assert refusal().startswith("photos: pictures in no folder of a class: 1.png; allowed is")
    write_classes()
    assert refusal().startswith("photos: pictures in no folder of a class: 1.png; allowed is")
    os.unlink("photos/1.png")
    Path("photos/c").mkdir()
    Path("photos/c/.hidden.png").touch()
    assert refusal() == "photos/c: a class without pictures; put some there, or remove the folder"


def test_one_class_or_a_class_of_one_picture_is_refused():
    write_classes(classes=("a",))
    assert "there must be at least 2 classes" in refusal()
    write("photos/b c/1.png")
    assert refusal() == ("folder:photos: one image of class b c; at least 2 are needed, one to train and one to test")


def test_folders_beside_train_and_classes_of_test_only_are_refused():
    write_classes("photos/train")
    write_classes("photos/val")
    assert refusal() == (
        "photos: folders train, val; allowed are train and test, once each (images to validate on are drawn from "
        "train: move others there, or away)"
    )
    shutil.rmtree("photos/val")
    write_classes("photos/test", ("a", "c"))
    assert refusal() == "photos/test: no class of photos/train is called c"
    shutil.rmtree("photos/test")
    write("photos/test/1.png")
    assert refusal().startswith("photos/test: pictures in no folder of a class: 1.png")


def test_all_files_that_are_no_readable_pictures_are_named_in_one_line(monkeypatch):
    write_classes()
    shutil.copy("photos/a/0.png", "photos/a/cut.png")
    os.truncate("photos/a/cut.png", 600)
    Path("photos/a/notes.txt").write_text("not a picture")
    Path("photos/b/empty.jpg").touch()
    os.mkfifo("photos/b/pipe.png")
    Path("photos/b/huge.png").write_bytes(png_of(30_000, 30_000))
    Path("photos/b/drawing.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    said = refusal()
    assert said.startswith("folder:photos: 6 of 14 files cannot be taken; mend or remove: photos/a/cut.png: a picture")
    for words in (
        "notes.txt: no picture that can be read; allowed are PNG, JPEG",
        "empty.jpg: no picture",
        "pipe.png: a pipe",
    ):
        assert words in said
    assert "huge.png: more than 89478485 pixels" in said
    monkeypatch.setattr(folder, "MAX_LISTED", 1)
    assert refusal().endswith(" and 5 more")


def test_levels_that_no_16_bits_hold_are_refused_rather_than_shown_as_black_or_white():
    write_classes()
    Image.fromarray(np.full(SIZE, 0.5, np.float32)).save("photos/a/float.tif")
    Image.fromarray(np.full(SIZE, 2**20, np.int32)).save("photos/a/wide.tif")
    said = refusal()
    assert "float.tif: a picture that cannot be read (gray levels that are no integers)" in said
    assert (
        "wide.tif: a picture that cannot be read (gray levels in 1048576..1048576, allowed are those of 16 bits)"
        in said
    )
    for path in ("float", "wide"):
        os.unlink(f"photos/a/{path}.tif")
    Image.fromarray(np.arange(480, dtype=np.uint16).reshape(SIZE) * 130).save("photos/a/sixteen.tif")
    assert load().image_shape == (*SIZE, 3)


def test_a_set_that_takes_too_much_memory_is_refused_before_it_is_taken(monkeypatch):
    write_classes()
    assert refusal(image_size=(50_000, 50_000)).endswith("at most 4294967296 are allowed; give a smaller --image-size")


@pytest.mark.parametrize("cut", range(8))
def test_whatever_happens_to_a_picture_it_is_read_or_refused_in_one_line(cut):
    rng = np.random.default_rng(cut)
    write_classes(count=2)
    for suffix in ("jpg", "gif", "webp", "tif", "bmp", "ppm", "png"):
        path = Path(f"photos/a/x.{suffix}")
        write(path)
        content = bytearray(path.read_bytes())
        for place in rng.integers(0, len(content), 4):
            content[place] = rng.integers(256)
        path.write_bytes(content[: rng.integers(1, len(content))] if cut % 2 else content)
        found = dataset_or_message("folder:photos")
        assert isinstance(found, Dataset) or "\n" not in found
        path.unlink()


def test_how_far_reading_is_is_said_where_it_takes_long(monkeypatch, capsys):
    write_classes()
    load()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(folder, "SECONDS_OF_SILENCE", 0)
    load()
    assert "folder:photos: 3 of 8 pictures read\n" in capsys.readouterr().err


def test_the_pictures_that_are_made_for_trying_out_are_read(tmp_path):
    made = make_pictures(tmp_path / "made", count=30, sides=(16, 24))
    dataset = load_dataset(f"folder:{tmp_path / 'made'}")
    assert made == {"three": 15, "seven": 10, "eight": 5}
    assert dataset.class_names == ("eight", "seven", "three")
    assert len(dataset.train_images) + len(dataset.test_images) == 30


def test_a_name_that_no_unicode_has_is_refused(tmp_path):
    write_classes()
    os.mkdir(b"photos/\xff\xfe")
    assert message_of("folder:photos").endswith("a name that is not in Unicode; rename that class")
