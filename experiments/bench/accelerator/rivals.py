"""Seconds of an epoch of PyTorch's loops on the same device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from bench.contender import make_contender
from bench.epochs import NAMES
from bench.section import Table
from bench.workload import NORM_TYPES, Unavailable, load_workload

RIVALS = ("torch", "torch_fast", "torch_compiled")
SECONDS, TINY_SECONDS = 2.0, 0.0
LEAST_EPOCHS = 2


def measure(tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields for each loop and normalization the mean seconds of an epoch, after a first one."""
    workload = load_workload(*((40, 20) if tiny else (1000, 2000)))
    for name in RIVALS:
        for norm_type in ("batch",) if name == "torch_compiled" else NORM_TYPES:  # compilation takes half a minute
            row: dict[str, Any] = {"rival": name, "norm_type": norm_type}
            try:
                contender = make_contender(name, workload, norm_type)
                first = contender.epoch().seconds
            except Unavailable as error:
                yield row | {"unavailable": str(error)}
                continue
            seconds: list[float] = []
            start = time.perf_counter()
            while len(seconds) < LEAST_EPOCHS or time.perf_counter() - start < (TINY_SECONDS if tiny else SECONDS):
                seconds.append(contender.epoch().seconds)
            yield row | {"first": first, "epoch": sum(seconds) / len(seconds), "epochs": len(seconds)}


def tables(rows: list[dict[str, Any]]) -> list[Table]:
    """Returns one row for each loop and normalization."""
    lines = [
        (row["norm_type"], NAMES[row["rival"]], row["unavailable"], "")
        if "unavailable" in row
        else (row["norm_type"], NAMES[row["rival"]], f"{1e3 * row['epoch']:.1f}", f"{row['first']:.1f}")
        for row in rows
    ]
    return [Table("PyTorch on the same device", ("norm", "", "ms an epoch", "first, s"), lines)]
