"""How a spec is trained, on the core's own epochs: the one place of the claims that does."""

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from jaxreg.claims import measures
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.names import ALL_PENALTIES
from jaxreg.claims.observe import OBSERVERS, View
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.core.evaluate import answer
from jaxreg.core.fit import Epoch, FitState, epochs, init_fit, should_stop
from jaxreg.core.model import CNN, CONV_LAYERS, Classifier, ConvLayer, Variables
from jaxreg.core.penalty import WeightPenalty, is_kernel
from jaxreg.core.population import fit_each
from jaxreg.core.train import LOSSES, Examples, Hparams, Recipe, make_hparams
from jaxreg.data import Dataset, draw_splits
from jaxreg.engine.confusion import confusion_matrix
from jaxreg.engine.problem import CLAIMS
from jaxreg.methods import normalization


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


def recipe(config: ClaimsConfig, dataset: Dataset, network: Network, spec: RunSpec) -> Recipe:
    """Returns what is static in a run."""
    return Recipe(
        network.build(spec, dataset.num_classes),
        LOSSES[config.loss],
        WeightPenalty(config.penalty_scope),
        batch_size=spec.batch_size,
        projection=ALL_PENALTIES[spec.method or "none"].projection,
    )


def data(config: ClaimsConfig, dataset: Dataset, network: Network, spec: RunSpec) -> Data:
    """Returns the splits of a run: a fresh draw for each seed, and the same test images for all."""
    data_seed = int(np.random.SeedSequence((config.data_seed, CLAIMS, spec.seed)).generate_state(1)[0])
    sizes = config.sizes._replace(train=spec.train_size)
    order = np.random.default_rng((config.data_seed, CLAIMS)).permutation(len(dataset.test_labels))
    tested = np.sort(order[: config.test_size])
    dataset = replace(dataset, test_images=dataset.test_images[tested], test_labels=dataset.test_labels[tested])
    named = draw_splits(dataset, sizes, data_seed, stratify=config.stratify)._asdict().items()
    return Data(*(Examples(*jax.device_put((network.prepare(s.images, spec, k), s.labels))) for k, s in named))


def numbers(spec: RunSpec) -> Hparams:
    """Returns what is traced in a run."""
    return make_hparams(learning_rate=spec.learning_rate, l1=spec.l1, l2=spec.l2, **dict(spec.numbers))


def key_of(config: ClaimsConfig, spec: RunSpec) -> jax.Array:
    """Returns the key of a run, which its seed decides."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(config.seed), CLAIMS), spec.seed)


def train(config: ClaimsConfig, dataset: Dataset, network: Network, spec: RunSpec) -> Run:
    """Returns the run of a spec: the same arguments give the same values, but for the seconds that it took."""
    start = time.perf_counter()
    splits, static = data(config, dataset, network, spec), recipe(config, dataset, network, spec)
    hparams, key = numbers(spec), key_of(config, spec)
    state = _started(config, dataset, network, spec, splits)
    first = flatten(state.train.variables)

    def look(state: FitState) -> list[np.ndarray]:
        view = View(static, hparams, splits.train, splits.heldout, state.train)
        return [OBSERVERS[name](view) for name in spec.observe]

    curve: list[Epoch] = []
    seen, all_finite = [look(state)], True
    for trained in islice(epochs(static, hparams, state, splits.train, splits.valid, key), spec.epochs):
        state = trained.state
        curve.append(trained.epoch)
        seen.append(look(state))
        all_finite &= trained.finite
        if spec.patience and should_stop(len(curve), trained.best_epoch, spec.patience):
            break
    observed = {name: np.stack(values) for name, values in zip(spec.observe, zip(*seen, strict=True), strict=True)}
    kept = state.best if spec.patience else state.train.variables
    final = _final_measures(static, splits, first, kept, spec)
    return _run(spec, curve, observed | final, not all_finite, time.perf_counter() - start)


def _started(config: ClaimsConfig, dataset: Dataset, network: Network, spec: RunSpec, splits: Data) -> FitState:
    """Returns a run that has not trained yet."""
    # Initial weights depend on neither activation nor batch size: one program makes those of all.
    plain = replace(spec, activation="relu", batch_size=config.batch_size, method="")
    key = key_of(config, spec)
    state = init_fit(recipe(config, dataset, network, plain), splits.train.images.shape[1:], key)
    params = STARTS[spec.start](state.train.params, jax.random.fold_in(key, START))
    return state._replace(train=state.train._replace(params=params))


def _he(params: Any, key: jax.Array) -> Any:
    """Returns kernels of variance 2 / fan-in (He et al. 2015, arXiv:1502.01852)."""
    return jax.tree_util.tree_map_with_path(lambda path, w: 2**0.5 * w if is_kernel(path) else w, params)


def _torch(params: Any, key: jax.Array) -> Any:
    """Returns kernels and biases drawn evenly from -1 / sqrt(fan-in) to 1 / sqrt(fan-in): PyTorch's default."""

    def drawn(i: int, layer: dict[str, jax.Array]) -> dict[str, jax.Array]:
        if "kernel" not in layer:
            return layer
        bound = 1 / float(np.prod(layer["kernel"].shape[:-1])) ** 0.5
        keys = jax.random.split(jax.random.fold_in(key, i))
        names = zip(("kernel", "bias"), keys, strict=True)
        return {name: jax.random.uniform(own, layer[name].shape, minval=-bound, maxval=bound) for name, own in names}

    return {name: drawn(i, params[name]) for i, name in enumerate(sorted(params))}


START = 3  # what a run's key is folded with for a start of its own; the core's streams come before
STARTS: dict[str, Callable[[Any, jax.Array], Any]] = {"lecun": lambda params, key: params, "he": _he, "torch": _torch}


def kind(spec: RunSpec) -> Hashable:
    """Returns what runs have in common that can be trained in one program; one that is observed is alone."""
    if spec.observe or not spec.epochs or spec.start != RunSpec.start:
        return spec
    return replace(spec, l1=0.0, l2=0.0, learning_rate=0.0, numbers=(), keep_weights=False, prune=False)


def train_together(
    config: ClaimsConfig, dataset: Dataset, network: Network, specs: Sequence[RunSpec], size: int
) -> Iterator[Run]:
    """Yields the runs of specs of one kind, which have their data in common, trained up to `size` at once."""
    start, spec = time.perf_counter(), specs[0]
    splits = data(config, dataset, network, spec)
    num_epochs = None if spec.patience else spec.epochs  # all of these, and the last weights are kept
    static = replace(recipe(config, dataset, network, spec), num_epochs=num_epochs)
    keys, hparams = [key_of(config, spec) for spec in specs], [numbers(spec) for spec in specs]
    patience = spec.patience or spec.epochs + 1
    fitted = fit_each(
        static, hparams, splits.train, splits.valid, keys, size=size, patience=patience, max_epochs=spec.epochs
    )
    first = flatten(_started(config, dataset, network, spec, splits).train.variables)
    for own, result in zip(specs, fitted, strict=True):
        final = _final_measures(static, splits, first, result.variables, own)
        yield _run(own, result.epochs, final, result.diverged, (time.perf_counter() - start) / len(specs))


def _run(spec: RunSpec, curve: Sequence[Epoch], measured: dict[str, np.ndarray], diverged: bool, seconds: float) -> Run:
    names = [name for name in Epoch._fields if name != "valid_score"]  # which here is accuracy
    curves = {name: np.array([getattr(epoch, name) for epoch in curve]) for name in names}
    return Run(spec, curves | measured | {"diverged": np.array(diverged), "seconds": np.array(seconds)})


Arrays = dict[str, np.ndarray]


@np.errstate(over="ignore")  # of weights that diverged
def _final_measures(recipe: Recipe, data: Data, start: Arrays, variables: Variables, spec: RunSpec) -> Arrays:
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
        values["near_zero"] = measures.near_zero_share(weights)
        values["exact_zero"] = measures.exact_zero_share(weights)
        values["largest"], values["histogram"] = float(measures.sizes(weights).max()), measures.histogram(weights)
        values["layer_norms"] = measures.layer_norms(weights)
        values["layer_largest"], values["start_largest"] = map(measures.layer_largest, (weights, start))
    if spec.prune:
        thinned = (unflatten(measures.pruned(weights, kept)) for kept in measures.KEPT)
        values["pruning"] = [answer(recipe, thin, data.heldout).accuracy for thin in thinned]
    if spec.keep_weights:
        values |= {f"weights/{name}": w for name, w in weights.items()}
    return {name: np.asarray(value) for name, value in values.items()}


def flatten(tree: Any) -> dict[str, np.ndarray]:
    """Returns the arrays of nested dictionaries by their paths, "params/conv1/kernel"."""
    return {path: np.asarray(leaf) for path, leaf in flatten_dict(jax.device_get(tree), sep="/").items()}


def unflatten(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns the nested dictionaries that `flatten` took apart."""
    return {"params": {}, "batch_stats": {}} | unflatten_dict(arrays, sep="/")
