"""A population: each run is the run that it would be alone, wherever it stops and whatever its neighbours do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import traced
from test_core_fit import examples, recipe_of

from jaxreg.core import population as population_module
from jaxreg.core.evaluate import answer
from jaxreg.core.fit import fit
from jaxreg.core.population import EPOCHS_PER_BLOCK, fit_population

RATES = (2e-4, 4e-4, 1e-4, 1e30, 4e-5)  # the fourth diverges
PENALTIES = ((0, 0), (1e-4, 0), (0, 1e-3), (0, 0), (1e-4, 1e-4))
# At these rates, of these seeds, noise of 2e-7 in the images moves no loss of a lone run by more than 4e-7 and no
# weight by more than 2e-4. At rates five times as high one of two close maxima gives way to the other, and losses
# move by 1e-3 and more.
DATA = examples(40, seed=11), examples(90, seed=12)


def hparams_of(runs):
    rows = [traced(RATES[i], *PENALTIES[i]) for i in runs]
    return rows, jax.tree.map(lambda *values: jnp.stack(values), *rows)


def keys_of(runs):
    return jnp.stack([jax.random.key(i) for i in runs])


def assert_equal_up_to_rounding(got, want):
    assert (len(got.epochs), got.best_epoch, got.diverged) == (len(want.epochs), want.best_epoch, want.diverged)
    assert not got.cut_short
    accuracies = [[(e.train_accuracy, e.valid_accuracy) for e in result.epochs] for result in (got, want)]
    assert accuracies[0] == accuracies[1]
    losses = [np.array([(e.train_loss, e.valid_loss) for e in result.epochs]) for result in (got, want)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-5, atol=1e-6)
    if want.diverged:
        return  # weights of 1e29 are rounding and nothing else
    for a, b in zip(*(jax.tree.leaves(run.variables) for run in (got, want)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("norm_type", ["none", "batch", "layer"])
def test_each_run_is_the_run_that_it_is_alone_also_beside_one_that_diverges(norm_type):
    runs = (0, 1, 2, 3)
    rows, stacked = hparams_of(runs)
    result = fit_population(recipe_of(norm_type), stacked, *DATA, keys_of(runs), patience=3, max_epochs=6)
    alone = [fit(recipe_of(norm_type), rows[i], *DATA, jax.random.key(i), patience=3, max_epochs=6) for i in runs]
    for got, want in zip(result, alone, strict=True):
        assert_equal_up_to_rounding(got, want)
    assert result[3].diverged
    lengths = [len(run.epochs) for run in result]
    assert len(set(lengths)) > 1  # they stop at different epochs
    assert max(lengths) > EPOCHS_PER_BLOCK  # and not all in the first block
    for i in runs[:3]:
        measured, usual = (answer(recipe_of(norm_type), run.variables, DATA[1]) for run in (result[i], alone[i]))
        assert measured.accuracy == usual.accuracy
        np.testing.assert_allclose(measured.loss, usual.loss, rtol=2e-4)
        np.testing.assert_array_equal(measured.predicted, usual.predicted)


def test_fewer_runs_other_values_and_other_limits_share_one_program_and_the_host_looks_once_a_block(monkeypatch):
    recipe, calls = recipe_of("none"), []
    real = population_module._fit_block

    def counted(*args):
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(population_module, "_fit_block", counted)
    before = real.jitted._cache_size()
    for runs, patience, max_epochs in (((0, 1, 2, 4), 50, 5), ((1, 4), 50, 4), ((2,), 50, 3)):
        rows, stacked = hparams_of(runs)
        calls.clear()
        keys = keys_of(runs)
        result = fit_population(recipe, stacked, *DATA, keys, patience=patience, max_epochs=max_epochs, size=4)
        assert len(result) == len(runs)
        for i, row, run in zip(runs, rows, result, strict=True):
            alone = fit(recipe, row, *DATA, jax.random.key(i), patience=patience, max_epochs=max_epochs)
            assert_equal_up_to_rounding(run, alone)
        assert len(calls) == -(-max(len(run.epochs) for run in result) // EPOCHS_PER_BLOCK)
    assert real.jitted._cache_size() - before <= 1


def test_a_population_of_one_is_a_run_and_on_epoch_sees_the_runs_that_go_on():
    _, stacked = hparams_of((1,))
    seen = []
    result = fit_population(
        recipe_of("none"),
        stacked,
        *DATA,
        keys_of((1,)),
        patience=50,
        max_epochs=EPOCHS_PER_BLOCK + 1,
        size=4,
        on_epoch=lambda *args: seen.append(args),
    )
    (run,) = result
    assert len(run.epochs) == EPOCHS_PER_BLOCK + 1
    assert seen == [(0, EPOCHS_PER_BLOCK, run.epochs[EPOCHS_PER_BLOCK - 1])]


ON_FOUR_DEVICES = """
import json, sys
import jax, numpy as np
sys.path.insert(0, sys.argv[1])
from test_core_population import *
runs = (0, 1, 2, 4, 1)
rows, stacked = hparams_of(runs)
recipe = recipe_of("batch")
texts, sharded, shapes = [], [], []
real = population_module._fit_block
def watched(*args):
    texts.append(real.jitted.lower(*args).compile().as_text()) if not texts else None
    states, *rest = real(*args)
    sharded.append(jax.tree.leaves(states.best)[0].sharding)
    shapes.append(jax.tree.leaves(states.best)[0].shape)
    return states, *rest
population_module._fit_block = watched
result = fit_population(recipe, stacked, *DATA, keys_of(runs), patience=1, max_epochs=3)
for i, row, run in zip(runs, rows, result):
    assert_equal_up_to_rounding(run, fit(recipe, row, *DATA, jax.random.key(i), patience=1, max_epochs=3))
collectives = [w for w in ("all-reduce", "all-gather", "all-to-all", "collective-permute") if w in texts[0]]
print(json.dumps({"devices": len(sharded[0].device_set), "stacked": shapes[0][0], "collectives": collectives,
                  "shard": sharded[0].shard_shape(shapes[0])[0]}))
"""


@pytest.mark.slow
def test_on_four_devices_each_trains_its_own_runs_and_says_nothing_to_the_others():
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    done = subprocess.run(
        [sys.executable, "-c", ON_FOUR_DEVICES, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {"devices": 4, "stacked": 8, "collectives": [], "shard": 2}  # 5 runs, 3 stand still
