"""Where arrays come from, embedded MNIST, folders of pictures, IDX folders, .npz files, TFDS; and a study's splits."""

from collections.abc import Sequence

from jaxreg.data.arrays import from_arrays, refuse_masked
from jaxreg.data.checks import checked_images
from jaxreg.data.dataset import NOTHING_MORE, TEST_SETTINGS, About, Dataset, RawArrays, make_dataset
from jaxreg.data.embedded import load_embedded
from jaxreg.data.folder import load_folder
from jaxreg.data.form import Form
from jaxreg.data.idx import load_idx_folder
from jaxreg.data.npz import load_npz
from jaxreg.data.splits import (
    Split,
    Splits,
    SplitSizes,
    class_counts,
    draw_repeated,
    draw_splits,
    format_class_counts,
    guessing,
    normalize_pixels,
    split_class_counts,
    take_sizes,
)
from jaxreg.data.tfds_source import load_tfds
from jaxreg.errors import InputError
from jaxreg.text import Text

__all__ = [
    "TEST_SETTINGS",
    "Dataset",
    "Form",
    "RawArrays",
    "Split",
    "SplitSizes",
    "Splits",
    "checked_images",
    "class_counts",
    "draw_repeated",
    "draw_splits",
    "format_class_counts",
    "from_arrays",
    "guessing",
    "load_dataset",
    "make_dataset",
    "normalize_pixels",
    "refuse_masked",
    "split_class_counts",
    "take_sizes",
]

FORMS = Text(
    "embedded, folder:DIR, idx:DIR, npz:FILE or tfds:NAME", "embedded, folder:폴더, idx:폴더, npz:파일, tfds:이름"
)
UNKNOWN = Text(
    "data {spec!r}: unknown; allowed are {forms}", "데이터 {spec!r}: 알 수 없습니다. 사용할 수 있는 값은 {forms}"
)
ONE_SIZE = Text(
    "--image-size {size}: {data} has images of one size; only pictures of folder:DIR are resized",
    "--image-size {size}: {data}의 이미지는 크기가 하나입니다. 크기를 바꾸는 것은 folder:폴더의 사진뿐입니다",
)


def load_dataset(
    spec: str,
    *,
    tfds_dir: str | None = None,
    image_size: Sequence[int] = (),
    test_share: float | None = None,
    test_seed: int = 0,
    more_test_size: int | None = None,
) -> Dataset:
    """Loads the data that a `--data` value names.

    It is `embedded` (8,000 training and 10,000 test images of MNIST, in the package), `folder:DIR` (pictures, a folder
    a class, brought to `image_size`), `idx:DIR` (a folder with the four IDX files), `npz:FILE` (arrays x_train,
    y_train, x_test, y_test), or `tfds:NAME` (TensorFlow Datasets, prepared in `tfds_dir`, by default TFDS's own
    folder). Of one that has no test set, images are held out; one that has gets more if asked; see `make_dataset`.

    Raises:
      InputError: the spec has none of these forms, or the data cannot be read or are not labelled images;
        `make_dataset` and the loader of each source say what is allowed.

    >>> data = load_dataset("embedded")
    >>> data.image_shape, data.num_classes, len(data.train_images), len(data.test_images)
    ((28, 28, 1), 10, 8000, 10000)
    """
    return make_dataset(spec, *_read(spec, tfds_dir, image_size), test_share, test_seed, more_test_size)


def _read(spec: str, tfds_dir: str | None, image_size: Sequence[int]) -> tuple[RawArrays, About]:
    source, _, place = spec.partition(":")
    if source == "folder" and place:
        return load_folder(place, image_size)
    if image_size:
        shown = " ".join(map(str, image_size))
        raise InputError(ONE_SIZE.format(size=shown, data=spec))
    if spec == "embedded":
        return load_embedded(), NOTHING_MORE
    if source == "idx" and place:
        return load_idx_folder(place), NOTHING_MORE
    if source == "npz" and place:
        return load_npz(place), NOTHING_MORE
    if source == "tfds" and place:
        return load_tfds(place, tfds_dir)
    if source == "arrays":
        raise InputError(f"data {spec}: made of arrays in Python; give them again, as jaxreg.data.from_arrays(...)")
    raise InputError(UNKNOWN.format(spec=spec, forms=FORMS))
