"""What every data source gives: checked arrays of images and labels, with a name and a fingerprint."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from jaxreg.data import notes
from jaxreg.data.checks import (
    FAR,
    MAX_LISTED,
    check_scale,
    checked_images,
    checked_labels,
    checked_num_classes,
    joint,
    listed_classes,
    range_of,
    white_of,
)
from jaxreg.data.classes import deal
from jaxreg.data.form import FAINT, RARE, Form, contrasts, measure_form
from jaxreg.errors import InputError
from jaxreg.text import Text, counted, same

HELD_OUT = 2**32 - 3  # in the seed of a draw of test images, which is so no draw of splits (`data_seed` is one number)
TEST_SETTINGS = {"test_share": None, "test_seed": 0, "more_test_size": None}  # by which test images can be drawn


class RawArrays(NamedTuple):
    """The arrays as a source read them, not yet checked; images are [N, H, W] or [N, H, W, C], and test ones absent."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray | None = None
    test_labels: np.ndarray | None = None


class About(NamedTuple):
    """What a source knows of its arrays."""

    class_names: tuple[str, ...] | None = None  # of the labels 0..C-1
    notes: tuple[Text, ...] = ()  # what was decided, a line each
    pictures: bool = False  # the images were pictures, resized as a whole


NOTHING_MORE = About()


class Part(NamedTuple):
    """Checked images [N, H, W, C] and their labels [N], of any integer type: a large one is not yet refused."""

    images: np.ndarray
    labels: np.ndarray


class Arrays(NamedTuple):
    """The four arrays as a data set has them."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


class HoldOut(NamedTuple):
    """Which images of a source without a test set are held out as one: their share, and the seed of their draw."""

    share: float = 0.2
    seed: int = 0


class MoreTest(NamedTuple):
    """How many images of a training pool are in the test set beside the source's own, and the seed of their draw."""

    size: int
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, as large as their source: a training pool to draw splits from, and a test set.

    Arrays are read-only. Pixels are on the scale 0..255; image size, channels and classes are the data's own.
    """

    name: str  # the `--data` value that it was loaded by, such as "embedded" or "idx:DIR"
    train_images: np.ndarray  # the training pool [N, H, W, C]; uint8, or float32 where an npz file held floats
    train_labels: np.ndarray  # int32 [N], in 0..num_classes-1
    test_images: np.ndarray  # [M, H, W, C], of the same image shape
    test_labels: np.ndarray  # int32 [M], in 0..num_classes-1
    num_classes: int  # the largest label + 1, or as many as have names
    white: int  # what integer pixels called white in the source: 255, or 1 where all of them are 0 or 1
    notes: tuple[Text, ...]  # what was decided or is unusual, a line each; for the screen, in English in config.json
    fingerprint: str  # SHA-256 (hex) over the shapes, dtypes and bytes of the four arrays
    class_names: tuple[str, ...] = ()  # of 0..num_classes-1; their numbers where they have no other names
    hold_out: HoldOut | None = None  # how the test set was drawn, None where it is the source's own
    pictures: bool = False  # they were pictures, resized as a whole
    more_test: MoreTest | None = None  # what the source's own test set has got of the training pool

    @property
    def test_settings(self) -> dict[str, Any]:
        """Returns the values of `TEST_SETTINGS` that drew the test images."""
        if self.hold_out is not None:
            return TEST_SETTINGS | {"test_share": self.hold_out.share, "test_seed": self.hold_out.seed}
        if self.more_test is not None:
            return TEST_SETTINGS | {"more_test_size": self.more_test.size, "test_seed": self.more_test.seed}
        return TEST_SETTINGS

    @cached_property
    def form(self) -> Form:
        """Returns what the images are like."""
        return measure_form(self.train_images, self.test_images, self.white, self.pictures)

    def about(self) -> dict[str, Any]:
        """Returns what config.json says of the images."""
        return {
            "images": self.form._asdict(),
            "class_names": list(self.class_names),
            "data_notes": tuple(note.en for note in self.notes),
            "data_notes_ko": tuple(note.ko for note in self.notes),
        }

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Returns (height, width, channels)."""
        height, width, channels = self.train_images.shape[1:]
        return height, width, channels


def make_dataset(
    name: str,
    raw: RawArrays,
    about: About = NOTHING_MORE,
    test_share: float | None = None,
    test_seed: int = 0,
    more_test_size: int | None = None,
) -> Dataset:
    """Checks the arrays of a source and returns them in the one form that the study takes.

    Images are [N, H, W] (they gain a channel axis) or [N, H, W, C], integers in 0..255, floats in 0..1 or booleans (the
    latter two multiplied by 255); where no integer of both parts is above 1 (binary pictures), 1 is white. Labels are
    of an integer dtype, [N] or [N, 1]. Error messages start with `name`, the `--data` value.

    Where there are no test images, some are held out, of each class its share: `test_share`, 0.2 if it is None, as
    `np.random.default_rng((HELD_OUT, test_seed))` permutes them. Where there are, a share is refused, for the test set
    that others report on would then be another, and nobody would know; `more_test_size` images drawn of the pool in the
    same way are added to them, and are in the pool no more.

    Raises:
      InputError: arrays are empty, of another rank, dtype or range than the above, of different lengths or
        image shapes; pixels use almost none of their scale, or one part's do beside the other's; one part is inverted;
        labels are not in 0..num_classes-1; training images are of one class, or fewer than classes; one test image;
        `test_share` is given though there are test images, `more_test_size` though there are none or for more images
        than the pool can give; images are to be drawn, and of a class there is one.
    """
    white = white_of([images for images in (raw.train_images, raw.test_images) if images is not None])
    pool = _checked_part(name, "train", raw.train_images, raw.train_labels, white)
    if raw.test_images is None or raw.test_labels is None:
        if more_test_size is not None:
            raise InputError(notes.NO_TEST_SET.format(size=more_test_size, data=name))
        hold_out = HoldOut(seed=test_seed) if test_share is None else HoldOut(test_share, test_seed)
        size = round(hold_out.share * len(pool.labels))
        train, test = _parted(name, pool, about.class_names, size, test_seed)
    else:
        train, test, hold_out = pool, _checked_part(name, "test", raw.test_images, raw.test_labels, white), None
        if test_share is not None:
            raise InputError(notes.OWN_TEST_SET.format(share=test_share, data=name, count=f"{len(test.images):,}"))
    sizes = ["x".join(map(str, part.images.shape[1:])) for part in (train, test)]
    if sizes[0] != sizes[1]:
        both = f"train images are {sizes[0]} but test images are {sizes[1]}"
        raise InputError(f"{name}: {both} (height x width x channels); they must agree")
    if len(test.images) < 2:
        raise InputError(f"{name}: one test image; there must be at least 2, as one says nothing of a network")
    check_scale(name, train.images, test.images)
    num_classes = checked_num_classes(name, train.labels, test.labels, about.class_names)
    more_test = None if more_test_size is None else MoreTest(more_test_size, test_seed)
    if more_test is not None:
        train, test = _with_more(name, train, test, about.class_names, more_test)
    class_names = about.class_names or tuple(map(str, range(num_classes)))
    checked = (train.images, train.labels.astype(np.int32), test.images, test.labels.astype(np.int32))
    arrays = Arrays(*(array.view() for array in checked))  # views, so that the caller's own arrays stay writable
    for array in arrays:
        array.setflags(write=False)
    said = (*about.notes, *_notes(arrays, class_names, white, hold_out, more_test))
    named = tuple(same("{}: {}").format(name, note) for note in said)
    fingerprint, pictures = _fingerprint(arrays), about.pictures
    return Dataset(name, *arrays, num_classes, white, named, fingerprint, class_names, hold_out, pictures, more_test)


def _checked_part(name: str, part: str, images: np.ndarray, labels: np.ndarray, white: int) -> Part:
    images = checked_images(name, part, images, white)
    return Part(images, checked_labels(name, part, labels, len(images)))


def _parted(name: str, pool: Part, class_names: Sequence[str] | None, size: int, seed: int) -> tuple[Part, Part]:
    """Returns what is left of a pool to draw splits from, and about `size` images to test on, in their order."""
    checked_num_classes(name, pool.labels, pool.labels, class_names)
    pool = Part(pool.images, pool.labels.astype(np.int32))
    counts = np.bincount(pool.labels)
    num_classes = np.count_nonzero(counts)
    single = np.flatnonzero(counts == 1).tolist()
    if single:
        named = listed_classes([class_names[label] if class_names else str(label) for label in single])
        raise InputError(f"{name}: one image of {named}; at least 2 are needed, one to train and one to test")
    size = int(np.clip(size, num_classes, len(pool.labels) - num_classes))
    order = np.random.default_rng((HELD_OUT, seed)).permutation(len(pool.labels))
    (rows,) = deal(pool.labels, order, [size], spare=1)
    tested = np.zeros(len(pool.labels), bool)
    tested[rows] = True
    return Part(pool.images[~tested], pool.labels[~tested]), Part(pool.images[tested], pool.labels[tested])


def _with_more(
    name: str, pool: Part, test: Part, class_names: Sequence[str] | None, more: MoreTest
) -> tuple[Part, Part]:
    """Returns what is left of a pool, and the test set with so many images of the pool behind its own."""
    least = np.count_nonzero(np.bincount(pool.labels))
    most = len(pool.labels) - least
    if not least <= more.size <= most:
        said = {"size": more.size, "data": name, "pool": f"{len(pool.labels):,}"}
        raise InputError(notes.TOO_MANY_MORE.format(**said, least=least, most=most))
    left, drawn = _parted(name, pool, class_names, *more)
    both = zip(test, drawn, strict=True)
    return left, Part(*(np.concatenate(part) for part in both))


def _notes(
    arrays: Arrays, class_names: Sequence[str], white: int, hold_out: HoldOut | None, more_test: MoreTest | None
) -> Iterator[Text]:
    train, test = arrays.train_images, arrays.test_images
    if hold_out is not None:
        counts = {"drawn": f"{len(test):,}", "all": f"{len(train) + len(test):,}"}
        yield notes.HELD_OUT.format(**counts, share=f"{hold_out.share:g}", seed=hold_out.seed)
    if more_test is not None:
        counts = {"drawn": f"{more_test.size:,}", "all": f"{len(test):,}"}
        yield notes.MORE_TEST.format(**counts, **more_test._asdict())
    if white == 1:
        yield notes.BLACK_AND_WHITE
    both = joint(range_of(train), range_of(test))
    if both.high - both.low < 128:
        yield notes.HALF_SCALE.format(pixels=str(both))
    for part, images in (("train", train), ("test", test)):
        highs = images.max(axis=(1, 2, 3))[contrasts(images) > 0]  # blank ones do not count
        share = (highs < FAINT).mean() if len(highs) else 0.0
        if RARE <= share < 1:
            part_of = {"share": f"{share:.0%}", "part": notes.IMAGES[part], "faint": FAINT}
            yield notes.NEARLY_BLACK.format(**part_of, allowed=notes.SCALE)
    measures = {notes.BRIGHTNESS: lambda images: images.mean(axis=(1, 2, 3)), notes.CONTRAST: contrasts}
    for what, measure in measures.items():
        (a, b, c), (d, e, f) = (np.quantile(measure(images), [RARE, 0.5, 1 - RARE]) for images in (train, test))
        if abs(b - e) > FAR and (c < d or f < a):
            ranges = {"train": f"{a:.0f}..{c:.0f}", "test": f"{d:.0f}..{f:.0f}"}
            yield notes.DIFFER.format(what=what, **ranges)
    trained, tested = (
        [hashlib.sha256(image).digest() for image, seen in zip(images, contrasts(images) > 0, strict=True) if seen]
        for images in (train, test)
    )
    known = {*trained}
    if repeated := sum(digest in known for digest in tested):
        yield notes.REPEATED.format(repeated=f"{repeated:,}", all=f"{len(test):,}")
    for use, labels in ((notes.TRAINING, arrays.train_labels), (notes.TEST, arrays.test_labels)):
        counts = np.bincount(labels, minlength=len(class_names)).tolist()
        empty = [name for name, count in zip(class_names, counts, strict=True) if not count]
        if empty:
            numbers = notes.LABELLED.format(len(counts) - 1) if class_names[0] == "0" else ""
            classes = Text(listed_classes(empty), f"클래스 {', '.join(empty[:MAX_LISTED])}")
            count = counted(len(counts), notes.CLASSES)
            yield notes.NO_IMAGE.format(part=use, classes=classes, count=count, numbers=numbers)


def _fingerprint(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        little_endian = array.dtype.newbyteorder("<")
        digest.update(f"{array.shape} {little_endian.str}\n".encode())
        digest.update(np.ascontiguousarray(array, dtype=little_endian).data)
    return digest.hexdigest()
