"""Section "conv": gradients of Flax's own convolution and of `jaxreg.nn.Conv`, inside of a loop and one call a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from bench.config import BenchmarkConfig
from bench.section import Table, paired_ratios, spread, spread_text
from bench.workload import BATCH_SIZE
from jaxreg.core.program import Program
from jaxreg.nn import Conv

Array = jax.Array

# Maps [H, W, C], and the layer's features, kernel and stride.
CASES: dict[str, tuple[tuple[int, int, int], int, tuple[int, int], int]] = {
    "3x3 on 14x14x32, 64 features": ((14, 14, 32), 64, (3, 3), 1),
    "5x5 on 14x14x16, 32 features": ((14, 14, 16), 32, (5, 5), 1),
    "3x3, stride 2, on 28x28x16, 32 features": ((28, 28, 16), 32, (3, 3), 2),
    "1x1 on 14x14x64, 64 features": ((14, 14, 64), 64, (1, 1), 1),
}
WAYS = {
    "flax, in a loop": (nn.Conv, True),
    "flax, one call a step": (nn.Conv, False),
    "ours, in a loop": (Conv, True),
}
STEPS = 4


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the seconds of a step, a layer's output and all its gradients, each way in turn in every round."""
    rounds: dict[str, dict[str, list[float]]] = {case: {way: [] for way in WAYS} for case in CASES}
    for case, times in rounds.items():
        steps = {way: make_step(kind, *CASES[case], looped=looped) for way, (kind, looped) in WAYS.items()}
        for _ in range(config.rounds):
            for way, step in steps.items():
                times[way].append(step())
    return {
        "seconds": {case: {way: spread(values) for way, values in times.items()} for case, times in rounds.items()},
        "times_faster": {
            case: spread(paired_ratios(times["flax, in a loop"], times["ours, in a loop"]))
            for case, times in rounds.items()
        },
        "rounds": rounds,
    }


def make_step(
    kind: type[nn.Conv], shape: tuple[int, ...], features: int, size: tuple[int, int], stride: int, *, looped: bool
) -> Callable[[], float]:
    """Returns what takes steps of a layer, compiled, and says the seconds of one."""
    layer, key = kind(features, size, strides=stride), jax.random.key(0)
    batches = jax.random.normal(key, (STEPS, BATCH_SIZE, *shape))
    variables = layer.init(key, batches[0])

    def step(variables: Any, images: Array) -> tuple[Any, Array]:
        def loss(variables: Any, images: Array) -> Array:
            maps: Any = layer.apply(variables, images)
            return jnp.sum(jnp.square(maps))

        own, others = jax.grad(loss, argnums=(0, 1))(variables, images)
        return jax.tree.map(lambda w, g: w - 1e-6 * g, variables, own), jnp.sum(others)

    program: Callable[..., Any] = Program(partial(lax.scan, step) if looped else step)

    def run() -> float:
        start, now = time.perf_counter(), variables
        for images in [batches] if looped else batches:
            now, _ = program(now, images)
        jax.block_until_ready(now)
        return (time.perf_counter() - start) / STEPS

    run()
    return run


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the time of a step of each layer, each way."""
    rows = [
        (
            case,
            *(spread_text({k: 1e3 * v for k, v in times[way].items()}, 1) for way in WAYS),
            spread_text(result["times_faster"][case], 1),
        )
        for case, times in result["seconds"].items()
    ]
    header = ("", *WAYS, "times faster in a loop")
    note = f"A step: {BATCH_SIZE} maps, the output and its gradients by weights and maps. Median (least to greatest)."
    return [Table("Convolutions: milliseconds a step", header, rows, note)]
