"""Section "gemm": the machine's rate of float32 matrix multiplication, and the share of it that an epoch comes to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import fmean
from typing import Any

import jax

from bench.config import BenchmarkConfig
from bench.contender import ContenderProcess
from bench.epochs import EPOCHS_PER_TURN
from bench.flops import epoch_flops
from bench.section import Table, spread, spread_text
from bench.workload import NORM_TYPES
from jaxreg.core.ops import matmul

SHAPES = {"square": (2048, 2048, 2048), "conv2 of a batch": (4608, 288, 64)}  # [M, K] times [K, F]
FLOPS_OF_A_TIMING = 10e9  # so many that one timing takes some tens of milliseconds or more

_matmul = jax.jit(matmul)


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the rate of both products and of our epochs, all measured in turn in every round."""
    flops = epoch_flops(config.train_size, config.epoch_valid_size)
    rates: dict[str, list[float]] = {name: [] for name in (*SHAPES, *NORM_TYPES)}
    with ExitStack() as running:
        ours = {norm: running.enter_context(ContenderProcess(config, "ours", norm)) for norm in NORM_TYPES}
        for process in ours.values():
            process.epoch()
        for _ in range(config.rounds):
            for name, shape in SHAPES.items():
                rates[name].append(matmul_rate(*shape))
            for norm, process in ours.items():
                turn = [process.epoch().seconds for _ in range(EPOCHS_PER_TURN)]
                rates[norm].append(sum(flops) / fmean(turn))
    return {
        "flops_of_an_epoch": {"train": flops[0], "validate": flops[1]},
        "flops_per_second": {name: spread(values) for name, values in rates.items()},
        "rounds": rates,
    }


def matmul_rate(m: int, k: int, f: int) -> float:
    """Returns the operations per second of the product of [m, k] and [k, f] in full float32."""
    x, y = (jax.random.normal(jax.random.key(i), shape) for i, shape in enumerate([(m, k), (k, f)]))
    flops = 2 * m * k * f
    calls = round(FLOPS_OF_A_TIMING / flops) + 1
    jax.block_until_ready(_matmul(x, y))
    start = time.perf_counter()
    for _ in range(calls):
        product = _matmul(x, y)
    jax.block_until_ready(product)
    return calls * flops / (time.perf_counter() - start)


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the rates, each beside the rate of the square product."""
    rates = result["flops_per_second"]
    machine = rates["square"]["median"]
    names = {name: f"matrix product, {name} {'x'.join(map(str, shape))}" for name, shape in SHAPES.items()}
    names |= {norm: f"jaxreg, an epoch with norm {norm}" for norm in NORM_TYPES}
    rows = [
        (names[name], spread_text({k: v / 1e9 for k, v in rate.items()}, 1), f"{rate['median'] / machine:.0%}")
        for name, rate in rates.items()
    ]
    flops = result["flops_of_an_epoch"]
    note = (
        f"An epoch: {flops['train'] / 1e9:.1f} GF to train, {flops['validate'] / 1e9:.1f} GF to validate, as direct "
        "convolutions; jaxreg's own need fewer."
    )
    return [Table("Float32 arithmetic", ("", "GF/s: median (least to greatest)", "of the square's"), rows, note)]
