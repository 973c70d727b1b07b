"""Seconds of an epoch of a lone run and of populations, by each way to convolve, and the memory of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from bench.flops import epoch_flops
from bench.section import Table
from bench.workload import BATCH_SIZE, LEARNING_RATE, load_workload
from jaxreg.core import ops
from jaxreg.core.fit import fit
from jaxreg.core.model import CNN
from jaxreg.core.population import EPOCHS_PER_BLOCK, fit_population
from jaxreg.core.train import Examples, Recipe, make_hparams
from jaxreg.methods import normalization
from jaxreg.methods.compose import numbers_for

TRAIN, VALID = 1000, 2000
TINY_TRAIN, TINY_VALID = 40, 20
EPOCHS = 2 * EPOCHS_PER_BLOCK
FOREVER = 1000  # epochs of patience
CHOSEN = "chosen"
# Normalization, way to convolve and number of runs, in the order of what one wants to know first.
CASES: tuple[tuple[str, str, int], ...] = (
    *(("batch", CHOSEN, size) for size in (1, 8, 32, 128)),
    *((norm, CHOSEN, 32) for norm in ("none", "layer")),
    *(("batch", way, 8) for way in ("xla", "patches", "winograd")),
    *((norm, CHOSEN, size) for norm in ("none", "layer") for size in (1, 8, 128)),
    *(("batch", way, size) for way in ("xla", "patches", "winograd") for size in (1, 32)),
)
TINY_CASES = (("none", CHOSEN, 1), ("none", "by_image", 2))


def measure(tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields for each case the seconds of an epoch of all runs, and the peak of memory so far."""
    workload = load_workload(*((TINY_TRAIN, TINY_VALID) if tiny else (TRAIN, VALID)))
    train, valid = (Examples(*jax.device_put(tuple(split))) for split in workload[1:])
    usual = ops.way_of
    for norm_type, way, size in TINY_CASES if tiny else CASES:
        recipe: Recipe[Any] = Recipe(CNN(workload.num_classes, normalization(norm_type)), batch_size=BATCH_SIZE)
        ops.way_of = usual if way == CHOSEN else partial(_always, way)
        jax.clear_caches()
        yield {"norm_type": norm_type, "way": way, "size": size} | _measure(recipe, train, valid, size)
    ops.way_of = usual


def _always(way: str, channels: int) -> str:
    del channels
    return way


def _measure(recipe: Recipe[Any], train: Examples, valid: Examples, size: int) -> dict[str, Any]:
    """Returns seconds: of the first epoch, which compiles, and of one of those that follow."""
    hparams = make_hparams(learning_rate=LEARNING_RATE, **numbers_for([], {}))
    keys = jax.random.split(jax.random.key(0), size)
    stacked = jax.tree.map(lambda value: jnp.stack([value] * size), hparams)

    def run(epochs: int) -> float:
        start = time.perf_counter()
        if size == 1:
            fit(recipe, hparams, train, valid, keys[0], patience=FOREVER, max_epochs=epochs)
        else:
            fit_population(recipe, stacked, train, valid, keys, patience=FOREVER, max_epochs=epochs, size=size)
        return time.perf_counter() - start

    first = run(1)
    short, long = run(EPOCHS_PER_BLOCK), run(EPOCHS + EPOCHS_PER_BLOCK)
    stats = jax.local_devices()[0].memory_stats() or {}
    return {"first": first, "epoch": (long - short) / EPOCHS, "peak_bytes": stats.get("peak_bytes_in_use")}


def tables(rows: list[dict[str, Any]]) -> list[Table]:
    """Returns one row for each normalization, way and size."""
    flops = sum(epoch_flops(TRAIN, VALID))
    lines = [
        (
            row["norm_type"],
            row["way"],
            str(row["size"]),
            f"{1e3 * row['epoch']:.1f}",
            f"{1e3 * row['epoch'] / row['size']:.2f}",
            f"{flops * row['size'] / row['epoch'] / 1e12:.1f}",
            f"{row['first']:.1f}",
            "" if row["peak_bytes"] is None else f"{row['peak_bytes'] / 2**20:.0f}",
        )
        for row in rows
    ]
    header = ("norm", "convolution", "runs", "ms an epoch", "ms a run's", "TF/s", "first, s", "peak, MiB")
    note = (
        f"An epoch: {TRAIN} images trained, {VALID} validated. TF/s: as if by direct convolution. First: compilation."
    )
    return [Table("Epochs on the device", header, lines, note)]
