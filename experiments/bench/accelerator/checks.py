"""Whether the device computes what is meant: the core against float64 on the host, and against itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from bench.section import Table
from bench.workload import NORM_TYPES
from jaxreg.core import ops
from jaxreg.core.fit import FitResult, fit
from jaxreg.core.model import CNN
from jaxreg.core.penalty import WeightPenalty
from jaxreg.core.population import fit_population
from jaxreg.core.train import Examples, Recipe, TrainState, init_state, loss_fn, make_hparams, train_step
from jaxreg.engine.jax_settings import pinned
from jaxreg.methods import normalization

sys.path.insert(0, str(Path(__file__).parents[3] / "tests"))
import numpy_reference as reference

Tree = Any

IMAGE, BATCH = (16, 16, 1), 8
PENALTIES = {"none": (0.0, 0.0), "l1": (0.002, 0.0), "l2": (0.0, 0.006), "elastic": (0.001, 0.004)}
LEARNING_RATE, STEPS_BEFORE = 2e-3, 6
RUNS, EPOCHS = 8, 3
# The tests' own limits of a float32 computation; that of a population is on losses after some epochs.
STEP_LIMIT, CONV_LIMIT, POPULATION_LIMIT = 2e-5, 16 * float(np.finfo(np.float32).eps), 2e-4


def measure(tiny: bool) -> Iterator[dict[str, Any]]:
    """Yields each check: its name, the greatest error relative to the largest of the right values, and what is allowed.

    Where bits are compared there is 0 or 1.
    """
    del tiny
    yield from _convolutions()
    yield from _pooling()
    yield _penalty()
    with ThreadPoolExecutor() as pool:  # most of it is compilation
        for rows in pool.map(_of_norm, NORM_TYPES):
            yield from rows


@pinned()
def _of_norm(norm_type: str) -> list[dict[str, Any]]:
    return [*_steps(norm_type), *_populations(norm_type)]


def _row(check: str, error: float, limit: float) -> dict[str, Any]:
    return {"check": check, "error": float(error), "limit": limit, "holds": bool(error <= limit)}


def _error(got: Tree, want: Tree) -> float:
    """Returns the greatest difference of two trees' leaves, each relative to its largest right value."""
    pairs = zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True)
    return max(float(np.abs(np.float64(a) - b).max() / max(np.abs(b).max(), 1e-6)) for a, b in pairs)


def _convolutions() -> Iterator[dict[str, Any]]:
    """Yields the error of each way to convolve, alone and several at once as in a population, gradients included."""
    rng = np.random.default_rng(0)
    for name, shape, features, padding in (("conv1", (12, 12, 1), 32, 1), ("conv2", (13, 13, 32), 64, 0)):
        x = rng.standard_normal((2, 4, *shape), np.float32)
        kernel = rng.standard_normal((2, 3, 3, shape[-1], features), np.float32)
        height, width = (size + 2 * padding - 2 for size in shape[:2])
        dy = rng.standard_normal((2, 4, height, width, features), np.float32)
        want = [_convolved(padding, *map(np.float64, one)) for one in zip(x, kernel, dy, strict=True)]
        for way in ops.WAYS:
            compute = partial(_with_gradients, ops.WAYS[way], padding)
            got, alone = jax.jit(jax.vmap(compute))(x, kernel, dy), jax.jit(compute)(x[0], kernel[0], dy[0])
            error = max(_error([a[i] for a in got], want[i]) for i in range(2))
            yield _row(f"{name} by {way}, two at once", error, CONV_LIMIT)
            yield _row(f"{name} by {way}, alone", _error(alone, want[0]), CONV_LIMIT)


def _with_gradients(convolve: Any, padding: int, x: Any, kernel: Any, dy: Any) -> tuple[Any, Any, Any]:
    y, pull = jax.vjp(lambda x, kernel: convolve(x, kernel, padding), x, kernel)
    return y, *pull(dy)


def _convolved(padding: int, x: Any, kernel: Any, dy: Any) -> tuple[Any, Any, Any]:
    y, saved = reference.conv_forward(x, kernel, np.zeros(kernel.shape[-1]), padding)
    dx, d_kernel, _ = reference.conv_backward(dy, kernel, padding, saved)
    return y, dx, d_kernel


def _pooling() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(1)
    for name, values in (("", rng.standard_normal((2, 5, 7, 3))), (", ties", rng.integers(0, 2, (2, 4, 6, 3)))):
        x = jnp.asarray(values, jnp.float32)
        got, pull = jax.vjp(jax.jit(ops.max_pool), x)
        want, pull_want = jax.vjp(lambda x: nn.max_pool(x, (2, 2), (2, 2)), x)
        dy = jax.random.normal(jax.random.key(0), want.shape)
        yield _row(f"max pooling{name}", _error((got, pull(dy)), jax.device_get((want, pull_want(dy)))), 0)


def _penalty() -> dict[str, Any]:
    w = jnp.array([[-2.0, 0.0, 0.5]])
    params = {"dense": {"kernel": w, "bias": w}}
    got = jax.jit(jax.grad(WeightPenalty()))(params, {"l1": jnp.float32(0.25), "l2": jnp.float32(0.5)})
    want = {"dense": {"kernel": np.array([[-2.25, 0.0, 0.75]]), "bias": np.zeros((1, 3))}}
    return _row("gradient of the penalty, at 0 too", _error(got, want), 0)


def _steps(norm_type: str) -> Iterator[dict[str, Any]]:
    """Yields the errors of a training step of each cell of a normalization, from a state as in the middle of a run."""
    recipe = Recipe(CNN(10, normalization(norm_type)))
    rng = np.random.default_rng(2)
    images, labels = rng.standard_normal((BATCH, *IMAGE), np.float32), rng.integers(0, 10, BATCH)
    batch = Examples(jnp.float32(images), jnp.int32(labels))
    state, moments, unravel = _mid_training(recipe, rng)
    compute = jax.jit(partial(_loss_gradients_and_step, recipe))
    for reg_type, (l1, l2) in PENALTIES.items():
        hparams = make_hparams(learning_rate=LEARNING_RATE, l1=l1, l2=l2)
        loss, grads, new = compute(hparams, state, batch)
        params = jax.tree.map(np.float64, state.params)
        want_loss, _, want_grads, _ = reference.loss_and_grads(params, np.float64(images), labels, norm_type, l1, l2)
        stepped = jax.tree.map(_adam, params, want_grads, *map(unravel, moments))
        errors = _error(loss, want_loss), _error(grads, want_grads), _error(new.params, stepped)
        yield _row(f"a step of {norm_type}/{reg_type}", max(errors), STEP_LIMIT)


def _adam(w: Any, g: Any, mu: Any, nu: Any) -> Any:
    """Returns weights after a step of Adam, in float64."""
    return reference.adam_step(w, g, mu, nu, STEPS_BEFORE, LEARNING_RATE)[0]


def _loss_gradients_and_step(
    recipe: Recipe[Any], hparams: Any, state: TrainState, batch: Examples
) -> tuple[Any, Tree, TrainState]:
    compute = jax.value_and_grad(loss_fn, has_aux=True)
    (loss, _), grads = compute(state.params, recipe, hparams, state.batch_stats, batch)
    return loss, grads, train_step(recipe, hparams, state, batch)[0]


def _mid_training(recipe: Recipe[Any], rng: np.random.Generator) -> tuple[TrainState, list[Any], Any]:
    """Returns a state whose weights, statistics and moments are all random, and Adam's moments flat, as float64."""
    state = init_state(recipe, IMAGE, jax.random.key(0))
    flat, unravel = ravel_pytree(state.params)
    moments = [1e-2 * rng.standard_normal(flat.shape), 1e-3 * rng.standard_normal(flat.shape) ** 2 + 1e-4]
    adam, *rest = state.opt_state
    mu, nu = (jnp.float32(values) for values in moments)
    adam = adam._replace(count=jnp.int32(STEPS_BEFORE), mu=mu, nu=nu)
    stats = jax.tree.map(lambda a: jnp.float32(rng.uniform(0.5, 1.5, a.shape)), state.batch_stats)
    return TrainState(state.params, stats, (adam, *rest)), [mu, nu], lambda a: jax.tree.map(np.float64, unravel(a))


def _populations(norm_type: str) -> Iterator[dict[str, Any]]:
    """Yields how far runs of a population are from the same runs alone, and whether the same again has equal bits."""
    recipe = Recipe(CNN(10, normalization(norm_type)))
    rng = np.random.default_rng(3)
    train, valid = (
        Examples(jnp.float32(rng.standard_normal((n, *IMAGE))), jnp.int32(rng.integers(0, 10, n))) for n in (64, 96)
    )
    rows = [make_hparams(learning_rate=1e-4 * (1 + i), l1=1e-4 * (i % 2), l2=1e-4 * (i % 3)) for i in range(RUNS)]
    keys = [jax.random.key(i) for i in range(RUNS)]
    stacked = jax.tree.map(lambda *values: jnp.stack(values), *rows)
    limits: dict[str, Any] = {"patience": EPOCHS + 1, "max_epochs": EPOCHS}
    once, again = (
        fit_population(recipe, stacked, train, valid, jnp.stack(keys), size=RUNS, **limits) for _ in range(2)
    )
    alone = [fit(recipe, row, train, valid, key, **limits) for row, key in zip(rows, keys, strict=True)]
    lone_again = fit(recipe, rows[0], train, valid, keys[0], **limits)
    errors = [_error(_losses(a), _losses(b)) for a, b in zip(once, alone, strict=True)]
    yield _row(f"population of {RUNS} against lone runs, {norm_type}", max(errors), POPULATION_LIMIT)
    yield _row(f"the same population twice, {norm_type}: other bits", not _equal(once, again), 0)
    yield _row(f"the same run twice, {norm_type}: other bits", not _equal(alone[0], lone_again), 0)


def _losses(result: FitResult) -> Any:
    return np.array([(epoch.train_loss, epoch.valid_loss) for epoch in result.epochs])


def _equal(a: Tree, b: Tree) -> bool:
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def tables(rows: list[dict[str, Any]]) -> list[Table]:
    """Returns one row a check."""
    lines = [
        (row["check"], f"{row['error']:.1e}", f"{row['limit']:.1e}", "holds" if row["holds"] else "DOES NOT HOLD")
        for row in rows
    ]
    note = "Errors relative to the largest right value, gradients and updated weights included; 0 is equal bits."
    return [Table("The core on the device", ("", "error", "allowed", ""), lines, note)]
