"""Our contender: the program that a study runs for every epoch of every trial."""

from __future__ import annotations

import time

import jax

from bench.workload import BATCH_SIZE, LEARNING_RATE, SEED, EpochTiming, Workload
from jaxreg.core.evaluate import answer
from jaxreg.core.fit import fit_epoch, init_fit
from jaxreg.core.model import CNN
from jaxreg.core.ops import eval_chunk
from jaxreg.core.train import Examples, Recipe, make_hparams, means
from jaxreg.methods import normalization
from jaxreg.methods.compose import numbers_for


class Ours:
    """Epochs by `fit_epoch`, which trains, validates and keeps the best weights in one compiled program.

    Its part of validation is measured alone as a program of its own.
    """

    def __init__(self, workload: Workload, norm_type: str) -> None:
        model = CNN(workload.num_classes, normalization(norm_type))
        self._recipe = Recipe(model, batch_size=BATCH_SIZE)
        self._train, self._valid = (Examples(*jax.device_put(tuple(split))) for split in workload[1:])
        self._hparams = make_hparams(learning_rate=LEARNING_RATE, **numbers_for([], {}))
        self._key = jax.random.key(SEED)
        self.valid_batch = eval_chunk()
        self._state = init_fit(self._recipe, workload.train.images.shape[1:], self._key)

    def epoch(self) -> EpochTiming:
        """Trains on every training image once, in a fresh order, then validates."""
        start = time.perf_counter()
        state, metrics = fit_epoch(self._recipe, self._hparams, self._state, self._train, self._valid, self._key)
        self._state, metrics = jax.block_until_ready(state), jax.device_get(metrics)
        seconds = time.perf_counter() - start
        _, valid_accuracy = means(metrics.valid, len(self._valid.labels))
        return EpochTiming(seconds, *means(metrics.train, len(self._train.labels)), valid_accuracy)

    def validate(self) -> float:
        """Returns the accuracy on the validation images."""
        return answer(self._recipe, self._state.train.variables, self._valid).accuracy
