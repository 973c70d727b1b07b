"""Makes the embedded data from the four IDX files of MNIST: `python experiments/make_embedded.py IDX_DIR`.

The same files give the same bytes again (with the NumPy and liblzma that `MNIST.md` names; other versions could draw
or compress otherwise, and then the check of the result fails).
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import sys
from pathlib import Path

import numpy as np

from jaxreg.data.dataset import RawArrays
from jaxreg.data.embedded import EMBEDDED_FILE, EMBEDDED_SHA256, NUM_TRAIN
from jaxreg.data.idx import load_idx_folder
from jaxreg.errors import InputError

DRAW_SEED = 1998  # the year of the paper that introduced MNIST; any fixed number would do

# Of the decompressed IDX files: there are several gzip packings of the same data.
SOURCE_SHA256 = {
    "train_images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test_images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

# No position bits (pb) and four context bits (lc): the pixels are single bytes, best foretold by their neighbour.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def drawn_indices(pool_size: int) -> np.ndarray:
    """Returns which training images are embedded: `NUM_TRAIN` of them without replacement, in ascending order."""
    return np.sort(np.random.default_rng(DRAW_SEED).choice(pool_size, NUM_TRAIN, replace=False))


def pack(source: RawArrays) -> bytes:
    """Returns the bytes of the embedded file, drawn from full MNIST; `embedded.py` says how they are laid out."""
    drawn = drawn_indices(len(source.train_images))
    layout = (source.train_labels[drawn], source.test_labels, source.train_images[drawn], source.test_images)
    return lzma.compress(b"".join(map(np.ndarray.tobytes, layout)), check=lzma.CHECK_CRC32, filters=_FILTERS)


def check_source(source: RawArrays) -> None:
    """Raises InputError unless the arrays, written as IDX files, have the SHA-256 of MNIST's files."""
    if source.test_images is None:
        raise InputError("no test files; the source must be MNIST")
    for name, array in source._asdict().items():
        header = np.array([0x0800 + array.ndim, *array.shape], ">u4").tobytes()
        found = hashlib.sha256(header + array.tobytes()).hexdigest()
        if found != SOURCE_SHA256[name]:
            raise InputError(f"{name}: SHA-256 is {found}, must be {SOURCE_SHA256[name]}; the source must be MNIST")


def main(arguments: list[str] | None = None) -> int:
    """Writes the file and prints its size and SHA-256; returns 0, or 2 where the source or the result is not right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("idx_dir", metavar="IDX_DIR", help="folder with the four IDX files of MNIST, plain or gzipped")
    parser.add_argument("--out", type=Path, default=EMBEDDED_FILE, help="file to write (default: the package's own)")
    options = parser.parse_args(arguments)
    try:
        source = load_idx_folder(options.idx_dir)
        check_source(source)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    packed = pack(source)
    options.out.write_bytes(packed)
    found = hashlib.sha256(packed).hexdigest()
    print(f"{options.out}: {len(packed)} bytes, SHA-256 {found}")
    if found != EMBEDDED_SHA256:
        print(f"embedded.py expects SHA-256 {EMBEDDED_SHA256}; set EMBEDDED_SHA256 to use this file", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
