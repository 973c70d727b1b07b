"""Disjoint splits of a training pool, their normalized pixels, and the counts of their classes."""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from jaxreg.data.checks import MAX_LISTED
from jaxreg.data.classes import apportion, deal
from jaxreg.data.dataset import Dataset
from jaxreg.data.notes import AS_ASKED, TAKEN
from jaxreg.errors import InputError
from jaxreg.text import NOTHING, Text, joined, padded, same, screen_width

TOO_MANY = Text(
    "{asked} = {sum} images, but the training pool of {data} has {pool}; the disjoint splits must fit into it",
    "{asked} = 이미지 {sum}장인데 {data}에서 학습에 쓸 이미지는 {pool}장뿐입니다. 겹치지 않는 분할이 모두 "
    "들어가야 합니다",
)
CLASS, TOTAL = Text("class", "클래스"), Text("total", "합계")


class SplitSizes(NamedTuple):
    """How many images each split draws from the training pool; the protocol of the study's text is the default."""

    train: int = 1000
    epoch_valid: int = 2000  # whose accuracy is looked at after each epoch, for early stopping
    trial_valid: int = 5000  # whose accuracy is the objective of a trial


SHARES = SplitSizes(0.60, 0.15, 0.25)  # type: ignore[arg-type]  # of a pool that has fewer images than is usual


class Split(NamedTuple):
    """Images float32 [n, H, W, C] in -1..1 (see `normalize_pixels`) and labels int32 [n]."""

    images: np.ndarray
    labels: np.ndarray


class Splits(NamedTuple):
    """Three disjoint draws from the training pool, and the whole test set."""

    train: Split
    epoch_valid: Split
    trial_valid: Split
    test: Split


def take_sizes(
    dataset: Dataset, asked: Sequence[int | float | None], usual: SplitSizes
) -> tuple[SplitSizes, tuple[Text, ...]]:
    """Returns the sizes of splits as counts, and in a line what was taken in the place of what is usual, if anything.

    Those asked for are counts, or shares of the training pool (rounded down, 1 at least); None asks for what is usual.
    Where this does not fit, what is left of the pool goes to those that were not asked for, in proportion to `SHARES`.

    Raises:
      InputError: those asked for do not fit into the pool, or leave less than one image for each other.
    """
    pool = len(dataset.train_images)
    given = [max(1, math.floor(size * pool + 1e-9)) if isinstance(size, float) else size for size in asked]
    whole = [u if size is None else size for size, u in zip(given, usual, strict=True)]
    if sum(whole) <= pool:
        return SplitSizes(*whole), ()
    names = [name.replace("_", "-") for name in SplitSizes._fields]
    fixed = {name: size for name, size in zip(names, given, strict=True) if size is not None}
    free = {name: share for name, size, share in zip(names, given, SHARES, strict=True) if size is None}
    left = pool - sum(fixed.values())
    if not free or left < len(free):
        raise _too_many(dataset, fixed | dict.fromkeys(free, 1))
    taken = dict(zip(free, apportion(left, np.array([*free.values()]), left).tolist(), strict=True))
    sizes = fixed | taken
    one = same("{} {} ({}{})")
    said = [
        one.format(name, f"{sizes[name]:,}", f"{sizes[name] / pool:.0%}", AS_ASKED if name in fixed else NOTHING)
        for name in names
    ]
    needed = {"pool": f"{pool:,}", "whole": " + ".join(f"{size:,}" for size in whole)}
    note = TAKEN.format(data=dataset.name, **needed, said=joined(said, ", "))
    return SplitSizes(*(sizes[name] for name in names)), (note,)


def draw_splits(dataset: Dataset, sizes: SplitSizes, data_seed: int, stratify: bool = False) -> Splits:
    """Draws disjoint splits from the training pool without replacement; the test set stays whole.

    One permutation of the pool by `np.random.default_rng(data_seed)` is cut into train, epoch-valid and trial-valid,
    in this order. So nothing but the data seed and the pool's size decides the draw, and the same training images
    are drawn whatever the sizes of the validation splits. With `stratify` the permutation of each class is cut, so that
    each split has the classes in the proportions of the pool, and at least one image of each that the pool has.

    Raises:
      InputError: a size is not an integer of at least 1, the sizes together exceed the training pool, or
        `data_seed` is not an integer of at least 0; to stratify, a class has too few images or a split too few for all.

    >>> from jaxreg.data import load_dataset
    >>> splits = draw_splits(load_dataset("embedded"), SplitSizes(100, 200, 300), data_seed=0)
    >>> splits.train.images.shape, len(splits.test.labels)
    ((100, 28, 28, 1), 10000)
    """
    named = {"train": sizes.train, "epoch-valid": sizes.epoch_valid, "trial-valid": sizes.trial_valid}
    counts = [integer(f"{name} size", size, least=1) for name, size in named.items()]
    pool_size = len(dataset.train_images)
    if sum(counts) > pool_size:
        raise _too_many(dataset, dict(zip(named, counts, strict=True)))
    order = np.random.default_rng(integer("data seed", data_seed, least=0)).permutation(pool_size)
    if stratify:
        drawn = _stratified(dataset, dict(zip(named, counts, strict=True)), order)
    else:
        *drawn, _ = np.split(order, np.cumsum(counts))
    splits = [(dataset.train_images[rows], dataset.train_labels[rows]) for rows in drawn]
    splits.append((dataset.test_images, dataset.test_labels))
    return Splits(*(Split(normalize_pixels(images), labels) for images, labels in splits))


def draw_repeated(dataset: Dataset, sizes: SplitSizes, data_seed: int) -> Splits:
    """Draws all four parts from all images of a data set whose test set was held out: repeated hold-out.

    The test set is as large as the one that was held out; each part has of each class its share, and one at least.

    Raises:
      InputError: the data have a test set of their own, a class has too few images, or a part too few for all classes.

    >>> from jaxreg.data import from_arrays
    >>> pixels = np.random.default_rng(0).integers(0, 256, (60, 16, 16))
    >>> data = from_arrays(pixels, np.arange(60) % 2)
    >>> [len(split.labels) for split in draw_repeated(data, SplitSizes(28, 8, 12), data_seed=0)]
    [28, 8, 12, 12]
    """
    if dataset.hold_out is None:
        there = f"{dataset.name} has a test set of its own, on which all are tested"
        raise InputError(f"--design repeated-holdout: {there}; allowed is one-test-set")
    parts = ((dataset.train_images, dataset.test_images), (dataset.train_labels, dataset.test_labels))
    images, labels = (np.concatenate(part) for part in parts)
    pool = replace(dataset, train_images=images, train_labels=labels)
    named = {"test": len(dataset.test_labels), "train": sizes.train}
    named |= {"epoch-valid": sizes.epoch_valid, "trial-valid": sizes.trial_valid}
    order = np.random.default_rng(integer("data seed", data_seed, least=0)).permutation(len(labels))
    test, *drawn = _stratified(pool, named, order, "--design repeated-holdout")
    return Splits(*(Split(normalize_pixels(images[rows]), labels[rows]) for rows in (*drawn, test)))


def _too_many(dataset: Dataset, counts: Mapping[str, int]) -> InputError:
    asked = " + ".join(f"{name} {counts[name]}" for name in ("train", "epoch-valid", "trial-valid"))
    there = {"sum": sum(counts.values()), "data": dataset.name, "pool": len(dataset.train_images)}
    return InputError(TOO_MANY.format(asked=asked, **there))


def _stratified(
    dataset: Dataset, sizes: Mapping[str, int], order: np.ndarray, named: str = "--stratify"
) -> list[np.ndarray]:
    """Returns the rows of each split, of each class as many as its share of the pool makes, in the order given."""
    pool = np.bincount(dataset.train_labels)
    num_classes = np.count_nonzero(pool)
    few = np.flatnonzero((pool > 0) & (pool < len(sizes))).tolist()
    small = [f"{name} {size}" for name, size in sizes.items() if size < num_classes]
    if few:
        names = dataset.class_names
        there = ", ".join(f"class {names[c]} has {pool[c]}" for c in few[:MAX_LISTED]) + " ..." * (
            len(few) > MAX_LISTED
        )
        raise InputError(
            f"{named}: of {dataset.name} {there} to draw from; one for each of {', '.join(sizes)} is needed"
        )
    if small:
        raise InputError(f"{named}: {', '.join(small)}: fewer images than {dataset.name} has classes, {num_classes}")
    return deal(dataset.train_labels, order, [*sizes.values()])


def normalize_pixels(images: np.ndarray) -> np.ndarray:
    """Returns (x / 255 - 0.5) / 0.5 as float32: pixels of 0..255 become -1..1.

    >>> normalize_pixels(np.array([0, 255]))
    array([-1.,  1.], dtype=float32)
    """
    return (images.astype(np.float32) / 255 - 0.5) / 0.5


def class_counts(labels: np.ndarray, num_classes: int) -> tuple[int, ...]:
    """Returns how many of the labels [n] are of each class 0..num_classes-1.

    >>> class_counts(np.array([0, 2, 2]), 3)
    (1, 0, 2)
    """
    return tuple(np.bincount(labels, minlength=num_classes).tolist())


def guessing(labels: np.ndarray) -> float:
    """Returns the accuracy of guessing: the share of the largest class.

    >>> guessing(np.array([0, 2, 2, 1]))
    0.5
    """
    return float(np.bincount(labels).max()) / len(labels)


def split_class_counts(splits: Splits, num_classes: int) -> dict[str, tuple[int, ...]]:
    """Returns the class counts of each split, by "train", "epoch_valid", "trial_valid" and "test"."""
    return {name: class_counts(split.labels, num_classes) for name, split in splits._asdict().items()}


def format_class_counts(counts: Mapping[str, Sequence[int]], class_names: Sequence[str], lang: str = "en") -> str:
    """Returns a text table of class counts and percentages: one row a class, one column a split, the total last."""
    columns = [_column(name, numbers) for name, numbers in counts.items()]
    heads = [CLASS.to(lang), *class_names, TOTAL.to(lang)]
    wide = max(map(screen_width, heads))
    rows = zip(heads, *columns, strict=True)
    return "\n".join("  ".join(padded(cell, 18 if i else wide) for i, cell in enumerate(row)) for row in rows)


def _column(name: str, numbers: Sequence[int]) -> list[str]:
    total = sum(numbers)
    shares = [f"{number:,} ({number / max(total, 1):6.2%})" for number in numbers]
    return [name.replace("_", "-"), *shares, f"{total:,} (100.00%)"]


def integer(name: str, value: int, *, least: int) -> int:
    """Returns a value that is an integer of at least `least`; an InputError says that it is none."""
    try:
        number = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise InputError(f"{name} {value}: allowed is an integer of at least {least}")
    return number
