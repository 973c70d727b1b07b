"""The laboratory: the one place of the claims that trains, on the core's own epochs; what is done once is kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from jaxreg.claims import measures
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.names import ALL_PENALTIES
from jaxreg.claims.observe import OBSERVERS, View
from jaxreg.claims.runs import Run, RunSpec, read_run, write_run
from jaxreg.core.fit import Epoch, FitState, epochs, init_fit
from jaxreg.core.model import CNN, CONV_LAYERS, Classifier, ConvLayer
from jaxreg.core.penalty import WeightPenalty
from jaxreg.core.train import LOSSES, Examples, Recipe, answer, make_hparams
from jaxreg.data import Dataset, Split, SplitSizes, class_counts, draw_splits
from jaxreg.engine.problem import confusion_matrix
from jaxreg.methods import normalization
from jaxreg.methods.compose import numbers_for
from jaxreg.methods.method import Reading

CLAIMS = 2**32 - 2  # takes the place of a trial's number in the keys of runs, as the verdict's blocks have their own


class Network(NamedTuple):
    """How a spec becomes a network, and images become its input."""

    name: str
    build: Callable[[RunSpec, int], Classifier]
    prepare: Callable[[np.ndarray, RunSpec, str], np.ndarray] = lambda images, spec, split: images


def _cnn(spec: RunSpec, num_classes: int) -> CNN:
    block = ConvLayer(64, 1, False)  # what a deeper network repeats; it keeps the map's size
    layers = CONV_LAYERS + (block,) * (spec.depth - len(CONV_LAYERS))
    return CNN(num_classes, normalization(spec.norm_type), spec.activation, layers)


CNN_NETWORK = Network("cnn", _cnn)


class Data(NamedTuple):
    """The splits of one run, on the device."""

    train: Examples
    valid: Examples
    heldout: Examples
    test: Examples


@dataclass(frozen=True)
class Lab:
    """Trains what claims ask for, or reads it where it was trained before."""

    config: ClaimsConfig
    dataset: Dataset
    folder: Path  # where runs are kept
    on_run: Callable[[Run, bool], object] = lambda run, new: None  # sees each one, and whether it is new

    @property
    def chance(self) -> float:
        """Returns the accuracy on the test set of whoever always answers its most frequent class."""
        return max(class_counts(self.dataset.test_labels, self.dataset.num_classes)) / len(self.dataset.test_labels)

    def above_chance(self, share: float) -> float:
        """Returns the accuracy at a share of the way from chance to all right."""
        return self.chance + share * (1 - self.chance)

    def num_epochs(self, number: int) -> int:
        """Returns a claim's own number of epochs, or with `--smoke` that of the settings."""
        return self.config.epochs if self.config.smoke else number

    def spec(self, reg_type: str = "none", reg_lambda: float | None = None, **changes: Any) -> RunSpec:
        """Returns the spec of the study's network with a penalty, and what is to be different from the defaults."""
        config = self.config
        reading = Reading(config.penalty_divisor, changes.pop("l1_ratio", config.l1_ratio), config.penalty_scope)
        method = ALL_PENALTIES[reg_type]
        numbers = numbers_for([method], dict.fromkeys(method.space, reg_lambda or 0.0), reading)
        l1, l2 = numbers.pop("l1"), numbers.pop("l2")
        usual = ("learning_rate", "epochs", "train_size", "batch_size")
        values: dict[str, Any] = {name: getattr(config, name) for name in usual}
        values |= {"l1": l1, "l2": l2, "method": reg_type if numbers else "", "numbers": tuple(numbers.items())}
        return RunSpec(**values | changes)

    def runs(self, spec: RunSpec, network: Network = CNN_NETWORK) -> tuple[Run, ...]:
        """Returns the run of each seed."""
        return tuple(self.run(replace(spec, seed=seed), network) for seed in range(self.config.seeds))

    def run(self, spec: RunSpec, network: Network = CNN_NETWORK) -> Run:
        """Returns one run, trained now or read from its file."""
        kept = read_run(self.folder, spec)
        run = kept or self._train(spec, network)
        if kept is None:
            write_run(self.folder, run)
        self.on_run(run, kept is None)
        return run

    def recipe(self, spec: RunSpec, network: Network = CNN_NETWORK) -> Recipe:
        """Returns what is static in a run."""
        return Recipe(
            network.build(spec, self.dataset.num_classes),
            LOSSES[self.config.loss],
            WeightPenalty(self.config.penalty_scope),
            batch_size=spec.batch_size,
            projection=ALL_PENALTIES[spec.method or "none"].projection,
        )

    def data(self, spec: RunSpec, network: Network = CNN_NETWORK) -> Data:
        """Returns the splits of a run: a fresh draw for each seed, and the same test images for all."""
        config = self.config
        data_seed = int(np.random.SeedSequence((config.data_seed, CLAIMS, spec.seed)).generate_state(1)[0])
        sizes = SplitSizes(spec.train_size, config.epoch_valid_size, config.trial_valid_size)
        splits = draw_splits(self.dataset, sizes, data_seed)
        order = np.random.default_rng((config.data_seed, CLAIMS)).permutation(len(splits.test.labels))
        tested = np.sort(order[: config.test_size])
        test = Split(splits.test.images[tested], splits.test.labels[tested])
        named = splits._replace(test=test)._asdict().items()
        return Data(*(Examples(*jax.device_put((network.prepare(s.images, spec, k), s.labels))) for k, s in named))

    def _train(self, spec: RunSpec, network: Network) -> Run:
        start = time.perf_counter()
        data, recipe = self.data(spec, network), self.recipe(spec, network)
        hparams = make_hparams(learning_rate=spec.learning_rate, l1=spec.l1, l2=spec.l2, **dict(spec.numbers))
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(self.config.seed), CLAIMS), spec.seed)
        # Initial weights depend on neither activation nor batch size: one program makes those of all.
        plain = replace(spec, activation="relu", batch_size=self.config.batch_size, method="")
        state = init_fit(self.recipe(plain, network), data.train.images.shape[1:], key)

        def look(state: FitState) -> list[np.ndarray]:
            view = View(recipe, hparams, data.train, data.heldout, state.train)
            return [OBSERVERS[name](view) for name in spec.observe]

        curve: list[Epoch] = []
        seen, all_finite = [look(state)], True
        for trained in islice(epochs(recipe, hparams, state, data.train, data.valid, key), spec.epochs):
            state = trained.state
            curve.append(trained.epoch)
            seen.append(look(state))
            all_finite &= trained.finite
        kept = {name: np.array([getattr(epoch, name) for epoch in curve]) for name in Epoch._fields}
        kept |= {name: np.stack(values) for name, values in zip(spec.observe, zip(*seen, strict=True), strict=True)}
        kept |= _final_measures(recipe, data, state, spec.keep_weights)
        seconds = np.array(time.perf_counter() - start)
        return Run(spec, kept | {"diverged": np.array(not all_finite), "seconds": seconds})


def _final_measures(recipe: Recipe, data: Data, state: FitState, keep_weights: bool) -> dict[str, np.ndarray]:
    variables = state.train.variables
    train, test = (answer(recipe, variables, examples) for examples in (data.train, data.test))
    labels = np.asarray(data.test.labels)
    values: dict[str, Any] = {
        "final_train_loss": train.loss,
        "final_train_accuracy": train.accuracy,
        "test_loss": test.loss,
        "test_accuracy": test.accuracy,
        "confusion": confusion_matrix(labels, test.predicted, recipe.model.num_classes),
    }
    weights = flatten(variables)
    if isinstance(recipe.model, CNN):
        thin = unflatten(measures.pruned(weights))
        values["pruned_accuracy"] = answer(recipe, thin, data.test).accuracy
        values["near_zero"] = measures.near_zero_share(weights)
        values["exact_zero"] = measures.exact_zero_share(weights)
        values["largest"], values["layer_norms"] = float(measures.sizes(weights).max()), measures.layer_norms(weights)
        values["histogram"] = measures.histogram(weights)
    if keep_weights:
        values |= {f"weights/{name}": w for name, w in weights.items()}
    return {name: np.asarray(value) for name, value in values.items()}


def flatten(tree: Any) -> dict[str, np.ndarray]:
    """Returns the arrays of nested dictionaries by their paths, "params/conv1/kernel"."""
    return {path: np.asarray(leaf) for path, leaf in flatten_dict(jax.device_get(tree), sep="/").items()}


def unflatten(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns the nested dictionaries that `flatten` took apart."""
    return {"params": {}, "batch_stats": {}} | unflatten_dict(arrays, sep="/")
