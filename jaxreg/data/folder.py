"""A folder of pictures, one folder a class; with train/ and test/ above them, or without.

Classes are in the natural order of their names (2 before 10), and so are the pictures of a class: the same folder gives
the same arrays on every file system.
"""

import itertools
import math
import re
import statistics
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxreg.data.checks import MAX_LISTED
from jaxreg.data.dataset import About, RawArrays
from jaxreg.data.notes import LEFT_OUT, RESIZED
from jaxreg.data.pictures import SUFFIXES, read_pictures, size_of
from jaxreg.errors import InputError
from jaxreg.files import MAX_BYTES, SECONDS_OF_SILENCE, expanded
from jaxreg.text import Text, joined, same, tell

READ = Text("{name}: {done} of {total} pictures read", "{name}: 이미지 {total}장 중 {done}장을 읽었습니다")

PARTS = {"train": ("train", "training"), "test": ("test", "testing")}  # names of folders above those of classes
LAYOUT = Text(
    "DIR/CLASS/PICTURE, or DIR/train/CLASS/PICTURE and DIR/test/CLASS/PICTURE",
    "폴더/클래스/사진, 또는 폴더/train/클래스/사진과 폴더/test/클래스/사진",
)
NO_FOLDER = Text(
    "{folder}: no such folder; folder:DIR must name one with {layout}",
    "{folder}: 그런 폴더가 없습니다. folder:폴더는 다음과 같아야 합니다: {layout}",
)
LOOSE = Text(
    "{folder}: pictures in no folder of a class: {names}; allowed is {layout}",
    "{folder}: 클래스 폴더에 들어 있지 않은 사진: {names}. 다음과 같아야 합니다: {layout}",
)
NO_CLASSES = Text(
    "{folder}: no folders of classes in it; allowed is {layout}",
    "{folder}: 클래스 폴더가 없습니다. 다음과 같아야 합니다: {layout}",
)
DEEPER = Text(
    "{folder}: folders in a folder of a class: {names}; allowed is {layout}",
    "{folder}: 클래스 폴더 안에 폴더가 있습니다: {names}. 다음과 같아야 합니다: {layout}",
)
NO_PICTURES = Text(
    "{folder}: a class without pictures; put some there, or remove the folder",
    "{folder}: 사진이 없는 클래스입니다. 사진을 넣거나 폴더를 지웁니다",
)
SOME_FILES, A_FILE = Text("{bad} of {all} files", "파일 {all}개 중 {bad}개"), Text("a file", "파일 1개")
CANNOT_BE_TAKEN = Text(
    "{data}: {which} cannot be taken; mend or remove: {named}{more}",
    "{data}: 쓸 수 없는 파일이 있습니다({which}). 고치거나 지웁니다: {named}{more}",
)
NOT_OURS = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir")  # what systems leave, as .names
LOOKED_AT = 100  # pictures whose sizes suggest one for all
LONGEST, SHORTEST = 64, 16  # sides of that size: the network needs the latter, and its time grows with the former

Classes = Mapping[str, Sequence[Path]]


class Found(NamedTuple):
    """The pictures of a folder by class, those of test None where it has no such part, and what was left out."""

    train: Classes
    test: Classes | None
    left_out: Sequence[Path]


def load_folder(place: str, image_size: Sequence[int] = ()) -> tuple[RawArrays, About]:
    """Reads all pictures, each resized as a whole to one size: height and width, or one number for both.

    Where no size is given, it is the one that the first pictures of each class have, or their median, made smaller
    until no side is above 64 and none below 16. The images have one channel where all pictures are gray, else three.
    A line on standard error says how far it is, every few seconds.

    Raises:
      InputError: the folder, a folder in it or a picture cannot be read, or they are not as `LAYOUT` says; a class has
        no pictures; the arrays would be larger than 4 GiB.
    """
    folder, name = Path(expanded(place, "folder:DIR")), f"folder:{place}"
    found = find_pictures(folder)
    parts = [part for part in (found.train, found.test) if part is not None]
    paths = [path for part in parts for own in part.values() for path in own]
    size, notes = _image_size(found.train, paths, image_size)
    images = _read_all(name, paths, size)
    names = tuple(found.train)
    number = {label: i for i, label in enumerate(names)}
    labels = np.array([number[label] for part in parts for label, own in part.items() for _ in own])
    num_train = sum(map(len, found.train.values()))
    if found.left_out:
        notes.append(LEFT_OUT.format(names=_named(found.left_out)))
    arrays = (images[:num_train], labels[:num_train], images[num_train:], labels[num_train:])
    return RawArrays(*arrays[: 2 * len(parts)]), About(names, tuple(notes), pictures=True)


def find_pictures(folder: Path) -> Found:
    """Returns the files of a folder by class; links are followed, and whether they are pictures is not looked at."""
    if not folder.is_dir():
        raise InputError(NO_FOLDER.format(folder=folder, layout=LAYOUT))
    folders, beside = _inside(folder)
    above = {part: [path for path in folders if path.name.lower() in names] for part, names in PARTS.items()}
    if not any(_holds_folders(path) for path in above["train"]):
        return Found(_classes(folder, folders), None, beside)
    if len(above["train"]) > 1 or len(above["test"]) > 1 or len(folders) > len(above["train"] + above["test"]):
        draws = "images to validate on are drawn from train: move others there, or away"
        raise InputError(f"{folder}: folders {_named(folders)}; allowed are train and test, once each ({draws})")
    (train, *test), others = zip(*(_part(path) for path in (*above["train"], *above["test"])), strict=True)
    if test and (unknown := [label for label in test[0] if label not in train]):
        raise InputError(
            f"{above['test'][0]}: no class of {above['train'][0]} is called {', '.join(unknown[:MAX_LISTED])}"
        )
    return Found(train, test[0] if test else None, [*beside, *itertools.chain(*others)])


def _part(folder: Path) -> tuple[Classes, Sequence[Path]]:
    """Returns the classes of train or test, and the files beside their folders."""
    folders, beside = _inside(folder)
    return _classes(folder, folders), beside


def _inside(folder: Path) -> tuple[Sequence[Path], Sequence[Path]]:
    """Returns the folders in a folder, and the files beside them; an InputError where pictures are among these."""
    inside = _visible(folder)
    folders = [path for path in inside if path.is_dir()]
    beside = [path for path in inside if path not in folders]
    if loose := [path for path in beside if path.suffix.lower() in SUFFIXES]:
        raise InputError(LOOSE.format(folder=folder, names=_named(loose), layout=LAYOUT))
    return folders, beside


def _classes(folder: Path, folders: Sequence[Path]) -> Classes:
    """Returns the files in each of the folders of classes, by their names in Unicode's composed form."""
    if not folders:
        raise InputError(NO_CLASSES.format(folder=folder, layout=LAYOUT))
    classes: dict[str, list[Path]] = {}
    for path in folders:
        label = unicodedata.normalize("NFC", path.name)
        if label in classes:
            raise InputError(f"{folder}: two folders are called {label}; each class has one")
        try:
            label.encode()
        except UnicodeEncodeError:
            raise InputError(f"{path}: a name that is not in Unicode; rename that class") from None
        classes[label] = _visible(path)
        if deeper := [file for file in classes[label] if file.is_dir()]:
            raise InputError(DEEPER.format(folder=path, names=_named(deeper), layout=LAYOUT))
        if not classes[label]:
            raise InputError(NO_PICTURES.format(folder=path))
    return classes


def _visible(folder: Path) -> list[Path]:
    """Returns what is in a folder, in natural order, but for what is hidden or was left there by a system."""
    try:
        inside = list(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error
    return sorted((p for p in inside if not p.name.startswith(".") and p.name.lower() not in NOT_OURS), key=_natural)


def _natural(path: Path) -> tuple[list[str | int], str]:
    name = unicodedata.normalize("NFC", path.name)
    pieces = re.split("([0-9]+)", name.casefold())  # text and digits in turn
    return [int(piece) if i % 2 else piece for i, piece in enumerate(pieces)], name


def _holds_folders(folder: Path) -> bool:
    return any(path.is_dir() for path in _visible(folder))


def _image_size(classes: Classes, paths: Sequence[Path], asked: Sequence[int]) -> tuple[tuple[int, int], list[Text]]:
    """Returns the height and width to which all pictures are brought, and what is to be said of it.

    The first pictures of `classes` suggest it; whether some are resized all of the `paths` say.
    """
    each = math.ceil(LOOKED_AT / len(classes))
    every = {path: size for path in paths if (size := size_of(path))}
    first = [path for own in classes.values() for path in own[:each]]
    sizes = [every[path] for path in first if path in every] or [(LONGEST, LONGEST)]
    medians = [statistics.median_low(side) for side in zip(*sizes, strict=True)]
    factor = min(1.0, LONGEST / max(medians))
    suggested = [max(SHORTEST, round(factor * side)) for side in medians]
    height, width = (asked[0], asked[-1]) if asked else suggested
    sizes = [*every.values()] or sizes
    if {(height, width)} == {*sizes}:
        return (height, width), []
    least, most = ("x".join(map(str, size)) for size in (min(sizes), max(sizes)))
    seen = same(least) if least == most else Text(f"{least} to {most}", f"{least} ~ {most}")
    return (height, width), [RESIZED.format(sizes=seen, height=height, width=width)]


def _read_all(name: str, paths: Sequence[Path], size: tuple[int, int]) -> np.ndarray:
    """Returns the pictures [N, H, W, C]; one InputError names all that cannot be read."""
    shape = (len(paths), *size, 3)
    if math.prod(shape) > MAX_BYTES:
        most = f"at most {MAX_BYTES} are allowed; give a smaller --image-size"
        raise InputError(f"{name}: {len(paths)} pictures of {size[0]}x{size[1]} take {math.prod(shape)} bytes; {most}")
    images, gray, bad = np.empty(shape, np.uint8), True, []
    for i, picture in enumerate(_said(name, len(paths), read_pictures(paths, *size))):
        if isinstance(picture, InputError):
            bad.append(picture.text)
        else:
            images[i] = picture
            gray = gray and bool((picture == picture[..., :1]).all())
    if bad:
        more = Text(" and {} more", " 외 {}개").format(len(bad) - MAX_LISTED) if len(bad) > MAX_LISTED else ""
        which = SOME_FILES.format(bad=len(bad), all=len(paths)) if len(bad) > 1 else A_FILE
        raise InputError(
            CANNOT_BE_TAKEN.format(data=name, which=which, named=joined(bad[:MAX_LISTED], "; "), more=more)
        )
    return images[..., :1] if gray else images


def _said(name: str, total: int, pictures: Iterator[np.ndarray | InputError]) -> Iterator[np.ndarray | InputError]:
    """Passes pictures on, and says every few seconds on standard error how many there were."""
    said = time.monotonic()
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if time.monotonic() - said >= SECONDS_OF_SILENCE:
            said = time.monotonic()
            tell(READ.format(name=name, done=f"{done:,}", total=f"{total:,}"))


def _named(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - MAX_LISTED} more" if len(paths) > MAX_LISTED else ""
    return f"{', '.join(path.name for path in paths[:MAX_LISTED])}{more}"
