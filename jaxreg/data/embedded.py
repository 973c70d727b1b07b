"""Real MNIST inside the package: 8,000 of the training images and all 10,000 test images.

`mnist.xz` is one xz stream of uint8 arrays, one after the other, without headers: train labels [8000],
test labels [10000], train images [8000, 28, 28], test images [10000, 28, 28]. `experiments/make_embedded.py` makes it;
`MNIST.md` says where it comes from.
"""

import hashlib
import lzma
from pathlib import Path

import numpy as np

from jaxreg.data.dataset import RawArrays
from jaxreg.errors import InputError

EMBEDDED_FILE = Path(__file__).with_name("mnist.xz")
EMBEDDED_SHA256 = "0cdb29b09382a04a5c3842c76ce5d251fa55a394521fe46f6539362e8ae094fe"
NUM_TRAIN = 8_000
NUM_TEST = 10_000
IMAGE_SHAPE = (28, 28)


def load_embedded(path: Path = EMBEDDED_FILE) -> RawArrays:
    """Reads the embedded MNIST: train [8000, 28, 28], test [10000, 28, 28], uint8; an InputError says it is damaged."""
    restore = "reinstall jaxreg, or make it again with: python experiments/make_embedded.py IDX_DIR"
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the embedded data cannot be read ({error.strerror}); {restore}") from error
    found = hashlib.sha256(packed).hexdigest()
    if found != EMBEDDED_SHA256:
        damaged = f"damaged (SHA-256 is {found}, must be {EMBEDDED_SHA256})"
        raise InputError(f"{path}: the embedded data are {damaged}; {restore}")
    return unpack(packed)


def unpack(packed: bytes) -> RawArrays:
    """Returns the four arrays of the file's bytes."""
    values = np.frombuffer(lzma.decompress(packed), np.uint8)
    labels, images = values[: NUM_TRAIN + NUM_TEST], values[NUM_TRAIN + NUM_TEST :].reshape(-1, *IMAGE_SHAPE)
    return RawArrays(images[:NUM_TRAIN], labels[:NUM_TRAIN], images[NUM_TRAIN:], labels[NUM_TRAIN:])
