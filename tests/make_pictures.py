"""Makes a folder of colour pictures of three classes of unequal size from real digits: python make_pictures.py DIR.

Each is a digit of MNIST, turned a little, in a colour of its own on a ground of its own, of its own size; as PNG or
JPEG, some of these lying on their side with an orientation in EXIF, as cameras and telephones save them.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from jaxreg.data import load_dataset

CLASSES = {"three": (3, 0.5), "seven": (7, 0.33), "eight": (8, 0.17)}  # the digit, and its share of the pictures
LYING = 6  # EXIF's orientation of a picture that has to be turned clockwise to be upright


def make_pictures(folder: Path, count: int = 600, sides: tuple[int, int] = (40, 96), seed: int = 0) -> dict[str, int]:
    """Writes pictures into a folder for each class and returns how many there are of each; a seed gives the same."""
    data, rng = load_dataset("embedded"), np.random.default_rng(seed)
    made = {}
    for name, (digit, share) in CLASSES.items():
        (folder / name).mkdir(parents=True)
        rows = rng.permutation(np.flatnonzero(data.train_labels == digit))[: round(share * count)]
        for i, row in enumerate(rows):
            picture = _drawn(data.train_images[row, ..., 0], rng.integers(*sides, size=2), rng)
            _save(picture, folder / name / f"{name} {i + 1}", i, rng)
        made[name] = len(rows)
    return made


def _drawn(digit: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Returns the digit in a colour on a ground of another."""
    mask = Image.fromarray(digit).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
    mask = mask.resize(tuple(size.tolist()), Image.Resampling.BICUBIC)
    ink, ground = rng.integers(0, 110, 3), rng.integers(140, 256, 3)
    if rng.random() < 0.5:
        ink, ground = ground, ink
    picture = Image.new("RGBA", mask.size, (*ground.tolist(), 255))
    picture.paste(Image.new("RGBA", mask.size, (*ink.tolist(), 255)), mask=mask)
    return picture


def _save(picture: Image.Image, place: Path, number: int, rng: np.random.Generator) -> None:
    if number % 2:
        picture.save(place.with_name(f"{place.name}.png"))
        return
    plain, exif = picture.convert("RGB"), Image.Exif()
    if rng.random() < 0.2:
        plain, exif[0x0112] = plain.transpose(Image.Transpose.ROTATE_90), LYING
    plain.save(place.with_name(f"{place.name}.jpg"), quality=92, exif=exif)


if __name__ == "__main__":
    print(make_pictures(Path(sys.argv[1])))
