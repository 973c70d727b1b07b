"""What the device is, and the two rates that bound everything on it: products and copies in float32."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import jax

from bench.section import Table
from jaxreg.core.ops import matmul
from jaxreg.engine import environment

REPEATS = 5
PRODUCT, COPY = 8192, 2**28  # rows of a square product, elements of a copy
TINY_PRODUCT, TINY_COPY = 256, 2**16


def measure(tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields versions, machine, and the rates of a large product (operations) and a copy (bytes read and written)."""
    rows, elements = (TINY_PRODUCT, TINY_COPY) if tiny else (PRODUCT, COPY)
    matrix = jax.random.normal(jax.random.key(0), (rows, rows))
    values = jax.random.normal(jax.random.key(1), (elements,))
    stats = jax.local_devices()[0].memory_stats() or {}
    yield {
        "machine": environment.machine(),
        "versions": environment.versions(),
        "devices": jax.local_device_count(),
        "bytes": stats.get("bytes_limit"),
        "product_flops": 2 * rows**3 / _seconds(jax.jit(lambda a: matmul(a, a)), matrix),
        "copy_bytes": 2 * values.nbytes / _seconds(jax.jit(lambda a: a + 1), values),
    }


def _seconds(function: Callable[[Any], Any], value: Any) -> float:
    """Returns the least time of a compiled function."""
    jax.block_until_ready(function(value))
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        jax.block_until_ready(function(value))
        times.append(time.perf_counter() - start)
    return min(times)


def tables(rows: list[dict[str, Any]]) -> list[Table]:
    """Returns one table."""
    (row,) = rows
    size = "unknown" if row["bytes"] is None else f"{row['bytes'] / 2**30:.0f} GiB"
    lines = [
        ("devices", f"{row['devices']} x {row['machine']['devices'][0]}, {size}"),
        ("versions", ", ".join(f"{name} {row['versions'][name]}" for name in ("python", "jax", "jaxlib", "flax"))),
        ("large products in float32", f"{row['product_flops'] / 1e12:.1f} TF/s"),
        ("copies", f"{row['copy_bytes'] / 1e12:.2f} TB/s"),
    ]
    return [Table("The device", ("", ""), lines)]
