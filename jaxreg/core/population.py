"""Many runs at once: one compiled program that trains K networks side by side, spread over all local devices.

The runs of a population share what is static (the recipe) and differ in all that is traced: key, learning rate,
penalty. They are a leading axis [K] of every array, split over the devices; each device loops over epochs for its
own runs until they have stopped, without a word to the others or to the host. The host looks once every
EPOCHS_PER_BLOCK epochs, to fetch the curves and to see whether any run is left.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from jaxreg.core.fit import (
    Epoch,
    EpochMetrics,
    FitResult,
    FitState,
    advance,
    epoch_of,
    fit,
    init_fit,
    is_finite,
    least,
    should_stop,
)
from jaxreg.core.program import Program
from jaxreg.core.train import Examples, Hparams, Recipe

Array = jax.Array

EPOCHS_PER_BLOCK = 4
AXIS = "run"
UNBOUNDED = jnp.iinfo(jnp.int32).max


def fit_each(
    recipe: Recipe,
    hparams: Sequence[Hparams],
    train: Examples,
    valid: Examples,
    keys: Sequence[Array],
    *,
    size: int = 1,
    patience: int = 5,
    max_epochs: int | None = None,
    on_epoch: Callable[[int, int, Epoch], bool] | None = None,
) -> Iterator[FitResult]:
    """Trains runs of one recipe, each as `fit` does: one by one, or with a `size` above 1 up to so many at once.

    `on_epoch` is called with a run's index, an epoch and its measures; True ends a run that is trained alone.
    """
    if size == 1:
        for i, (numbers, key) in enumerate(zip(hparams, keys, strict=True)):
            look = None if on_epoch is None else partial(on_epoch, i)
            yield fit(recipe, numbers, train, valid, key, patience=patience, max_epochs=max_epochs, on_epoch=look)
        return
    stacked = jax.tree.map(lambda *values: jnp.stack(values), *hparams)
    limits: dict[str, Any] = {"patience": patience, "max_epochs": max_epochs, "size": size, "on_epoch": on_epoch}
    yield from fit_population(recipe, stacked, train, valid, jnp.stack(keys), **limits)


def fit_population(
    recipe: Recipe,
    hparams: Hparams,
    train: Examples,
    valid: Examples,
    keys: Array,
    *,
    patience: int = 5,
    max_epochs: int | None = None,
    size: int = 1,
    on_epoch: Callable[[int, int, Epoch], object] | None = None,
) -> tuple[FitResult, ...]:
    """Trains K runs at once, each as `fit` would train it alone, up to rounding.

    A run that has stopped is frozen and waits for the rest of its device's; it costs time until then, not results.
    Memory: besides the data, once a device, a run holds its weights four times (now, best, and Adam's two moments), a
    shuffled copy of the training set, and what one step keeps for its gradient: on MNIST at batch 32 20 MB on a
    CPU (`memory_analysis()` of the compiled program, the difference that one more run makes) and 52 MiB on a GPU.

    Args:
      recipe: what is static.
      hparams: learning rates and penalties, each [K].
      train: the training examples, the same for all.
      valid: the examples that early stopping looks at (epoch-valid).
      keys: JAX keys [K], the sources of initialisation and shuffling.
      patience: epochs without improvement that end a run, at least 1.
      max_epochs: an upper bound on the number of epochs; None has none.
      size: the program is made for so many runs (and for a multiple of the devices), where there are fewer the rest
        stand still: populations of different K up to the same size share one program.
      on_epoch: is called, when the host looks, with each running run's index, its last epoch's number and measures.
    """
    num_runs = len(keys)
    mesh = jax.make_mesh((jax.local_device_count(),), (AXIS,), (AxisType.Auto,), devices=jax.local_devices())
    padded = -(-max(size, num_runs) // mesh.size) * mesh.size
    index = jnp.minimum(jnp.arange(padded), num_runs - 1)
    each, same = NamedSharding(mesh, P(AXIS)), NamedSharding(mesh, P())
    hparams = jax.tree.map(lambda values: values[index], hparams)
    hparams, keys, running = jax.device_put((hparams, keys[index], jnp.arange(padded) < num_runs), each)
    train, valid = jax.device_put((train, valid), same)
    last = least(recipe.num_epochs, max_epochs)
    limits = jnp.int32(patience), jnp.int32(UNBOUNDED if last is None else last)
    states = _init(recipe, mesh, train.images.shape[1:], keys)
    epochs: list[list[Epoch]] = [[] for _ in range(num_runs)]
    finite = [True] * num_runs
    while True:
        states, running, device_curve = _fit_block(recipe, mesh, hparams, states, running, train, valid, keys, limits)
        curve, ends, still = jax.device_get((device_curve, states.epoch, running))
        for i in range(num_runs):
            for j in range(int(ends[i]) - len(epochs[i])):
                metrics = jax.tree.map(lambda a: a[i, j], curve)  # noqa: B023  (used at once)
                epochs[i].append(epoch_of(metrics, len(train.labels), len(valid.labels)))
                finite[i] &= is_finite(metrics, epochs[i][-1])
            if on_epoch is not None and still[i]:
                on_epoch(i, len(epochs[i]), epochs[i][-1])
        if not still.any():
            break
    best, best_epochs = jax.device_get((states.best, states.best_epoch))
    return tuple(
        FitResult(
            jax.tree.map(lambda a: a[i], best),  # noqa: B023
            tuple(epochs[i]),
            int(best_epochs[i]),
            diverged=not finite[i],
            cut_short=False,
        )
        for i in range(num_runs)
    )


@partial(Program, static_argnums=(0, 1, 2))
def _init(recipe: Recipe, mesh: Mesh, image_shape: tuple[int, ...], keys: Array) -> FitState:
    init = jax.vmap(partial(init_fit.function, recipe, image_shape))
    return jax.shard_map(init, mesh=mesh, in_specs=P(AXIS), out_specs=P(AXIS), check_vma=False)(keys)


@partial(Program, static_argnums=(0, 1), donate_argnums=3)
def _fit_block(
    recipe: Recipe,
    mesh: Mesh,
    hparams: Hparams,
    states: FitState,
    running: Array,
    train: Examples,
    valid: Examples,
    keys: Array,
    limits: tuple[Array, Array],
) -> tuple[FitState, Array, EpochMetrics]:
    """Returns the runs after up to EPOCHS_PER_BLOCK more epochs, which still run, and their measures [K, epoch]."""
    each, same = P(AXIS), P()
    block = jax.shard_map(
        partial(_fit_block_on_device, recipe),
        mesh=mesh,
        in_specs=(each, each, each, same, same, each, same),
        out_specs=each,
        check_vma=False,
    )
    return block(hparams, states, running, train, valid, keys, limits)


def _fit_block_on_device(
    recipe: Recipe,
    hparams: Hparams,
    states: FitState,
    running: Array,
    train: Examples,
    valid: Examples,
    keys: Array,
    limits: tuple[Array, Array],
) -> tuple[FitState, Array, EpochMetrics]:
    patience, max_epochs = limits
    advance_all = jax.vmap(partial(advance, recipe), in_axes=(0, 0, None, None, 0))

    def one_epoch(carry: tuple) -> tuple:
        i, states, running, curve = carry
        ahead, metrics = advance_all(hparams, states, train, valid, keys)
        states = jax.tree.map(lambda new, old: jnp.where(_along(running, new), new, old), ahead, states)
        curve = jax.tree.map(lambda values, now: values.at[:, i].set(now), curve, metrics)
        running &= ~should_stop(states.epoch, states.best_epoch, patience) & (states.epoch < max_epochs)
        return i + 1, states, running, curve

    def unfinished(carry: tuple) -> Array:
        i, _, running, _ = carry
        return (i < EPOCHS_PER_BLOCK) & jnp.any(running)

    _, shapes = jax.eval_shape(advance_all, hparams, states, train, valid, keys)
    curve = jax.tree.map(lambda a: jnp.zeros((a.shape[0], EPOCHS_PER_BLOCK), a.dtype), shapes)
    _, states, running, curve = lax.while_loop(unfinished, one_epoch, (jnp.int32(0), states, running, curve))
    return states, running, curve


def _along(running: Array, leaf: Array) -> Array:
    return running.reshape(-1, *(1,) * (leaf.ndim - 1))
