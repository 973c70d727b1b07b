"""A user's own methods and network, tried on the data before any run: what is wrong with them is said in one line."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxreg.core.model import Classifier, Variables, takes_mask
from jaxreg.core.penalty import is_kernel
from jaxreg.core.train import Examples, Recipe, init_state, train_logits, train_step
from jaxreg.data import Dataset
from jaxreg.engine.checkpoint import refuse_unwritable
from jaxreg.engine.problem import Task, draw, hparams_of, make_recipe, make_task, say_notes
from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.errors import InputError
from jaxreg.methods import shipped_names
from jaxreg.methods.compose import ALWAYS
from jaxreg.own import ended
from jaxreg.records import Point, cell_name
from jaxreg.text import same

TRIED = 4  # images that an untrained network is asked about
KNOWN = {"params", "batch_stats"}  # the collections of a network's variables that training keeps


def announce(config: ProblemConfig, dataset: Dataset) -> None:
    """Says on standard error, before any run, what was decided of data and settings, and tries what is a user's own.

    Raises:
      InputError: an own method or network cannot be trained, or a network's answers are no logits.
    """
    say_notes(dataset.notes, config.lang)
    own = config.own or config.own_network
    tried = try_own(make_task(config, dataset, draw(config, dataset, config.data_seed))) if own else ()
    say_notes(config.notes, config.lang)
    say_notes((same(note) for note in tried), config.lang)


def try_own(task: Task) -> Iterator[str]:
    """Tries what is a user's own, and yields what is to be said of it.

    Raises:
      InputError: it cannot be trained, or its answers are no logits.
    """
    config = task.config
    if not (config.own or config.own_network):
        return
    named = [f"--methods {' '.join(given.path for given in config.own)}"] if config.own else []
    named += [config.own_network.option] if config.own_network else []
    for model in {make_recipe(task, point.cell).model for point in _points(task)}:
        refuse_unwritable(model, config.own, " ".join(named))
    for point in _points(task, at=None):  # where two numbers are not equal by chance
        try:
            hparams_of(config, point)
        except InputError as error:
            raise InputError(f"{' '.join(named)}: {error}") from None
    if config.own_network is not None:
        yield from _try_network(task, config.own_network.option)
    _trace_steps(task, " ".join(named))
    if config.own:
        _try_methods(task)


def _points(task: Task, at: float | None = 0.0) -> Iterator[Point]:
    """Yields one point of each cell, its hyperparameters so far, 0..1, through their ranges; None: each another way."""
    comparison = task.config.comparison
    spread = {name: (place + 1) / (len(comparison.space) + 2) for place, name in enumerate(comparison.space)}
    for cell in comparison.cells:
        methods = dict(zip(comparison.names, cell, strict=True))
        ways = {name: spread[name] if at is None else at for name in comparison.params(cell)}
        yield Point(methods, {name: comparison.space[name].at(way) for name, way in ways.items()})


def _trace_steps(task: Task, named: str) -> None:
    """Traces a step of each cell, and one of the last batch where it is smaller."""
    for point in _points(task):
        try:
            jax.eval_shape(partial(_first_steps, task, point), task.train)
        except Exception as error:  # whatever a user's function raises
            raise InputError(f"{named}: {ended(error, f'a step of {cell_name(point.cell)}')}") from error


def _try_methods(task: Task) -> None:
    """Tries an own penalty, optimizer or field of the network at the first weights; in one cell of each."""
    comparison, image_shape = task.config.comparison, task.train.images.shape[1:]
    both = zip(_points(task), _points(task, at=1.0), strict=True)
    points = {method: ends for ends in reversed([*both]) for method in ends[0].methods.items()}
    for (factor, name), ends in points.items():
        method = comparison.method(factor, name)
        if name in shipped_names(factor) or not (method.penalty or method.optimizer or method.fields):
            continue
        named = f"--methods {' '.join(given.path for given in task.config.own)}: method {name}"
        recipe = make_recipe(task, ends[0].cell)
        params = init_state(recipe, image_shape, jax.random.key(task.config.seed)).params
        if method.fields:
            _try_fields(recipe, task, ends, named)
        if method.penalty is not None:
            _try_penalty(recipe, params, task, ends[0], named)
        if method.optimizer is not None:
            states = [_leaves(recipe.optimizer(hparams_of(task.config, point)).init(params)) for point in ends]
            if not all(map(partial(np.array_equal, equal_nan=True), *states)):
                raise InputError(
                    f"{named}: its optimizer has hyperparameters in its state, as optax.inject_hyperparams has them; "
                    "allowed is a state that does not depend on them, as it is made once for all"
                )


def _try_fields(recipe: Recipe[Any], task: Task, ends: tuple[Point, Point], named: str) -> None:
    """Refuses fields that an answer depends on: only training gives the network their values."""
    images = task.train.images[:TRIED]
    variables = recipe.model.init(jax.random.key(task.config.seed), images[:1], train=False)
    given = [{name: hparams_of(task.config, point)[name] for name in recipe.fields} for point in ends]
    answers = [recipe.model.clone(**values).apply(variables, images, train=False) for values in ({}, *given)]
    if not all(np.array_equal(answers[0], other, equal_nan=True) for other in answers[1:]):
        raise InputError(
            f"{named}: with train=False the network's answers depend on {', '.join(recipe.fields)}, which it is "
            "given in training only; allowed are fields that count there only, as a dropout rate does"
        )


def _leaves(state: Any) -> list[Array]:
    """Returns the arrays of an optimizer's state, of random keys their numbers."""
    leaves = map(jnp.asarray, jax.tree.leaves(state))
    return [jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf for leaf in leaves]


def _try_penalty(recipe: Recipe[Any], params: Any, task: Task, point: Point, named: str) -> None:
    """Refuses a penalty that is not finite, or has no finite gradient; one without a gradient at 0, as biases are 0."""

    def penalty(params: Any, hparams: Mapping[str, Array]) -> Array:
        return jnp.asarray(recipe.penalty(params, hparams), jnp.float32)  # of an integer there is no gradient

    found = jax.jit(jax.value_and_grad(penalty))(params, hparams_of(task.config, point))
    for what, values in zip(("penalty", "penalty's gradient"), found, strict=True):
        if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(values)):
            at = ", ".join(f"{param} {value:g}" for param, value in point.params.items())
            raise InputError(f"{named}: its {what} at the first weights is not finite (at {at})")


def _first_steps(task: Task, point: Point, train: Examples) -> object:
    recipe, key = make_recipe(task, point.cell), jax.random.key(0)
    state, hparams = init_state(recipe, train.images.shape[1:], key), hparams_of(task.config, point)
    rest = 0 if takes_mask(recipe.model) else len(train.labels) % recipe.batch_size
    for size in {recipe.batch_size, rest} - {0}:
        batch = Examples(*(array[:size] for array in train))
        before, (state, _) = state, train_step(recipe, hparams, state, batch, key=key if recipe.draws else None)
        _refuse_another(before, state)
    return state


def _refuse_another(before: Any, after: Any) -> None:
    """Raises a TypeError where a step has made arrays of another kind of those that the next one is to take."""
    kinds = [
        {
            jax.tree_util.keystr(path, simple=True, separator="/"): f"{leaf.dtype} {list(leaf.shape)}"
            for path, leaf in leaves
        }
        for leaves in map(jax.tree_util.tree_leaves_with_path, (before, after))
    ]
    for name in dict.fromkeys([*kinds[0], *kinds[1]]):
        was, is_now = (kind.get(name, "nothing") for kind in kinds)
        if was != is_now:
            raise TypeError(f"{name} was {was} and is {is_now} after it; it must stay what it is")


def _try_network(task: Task, named: str) -> Iterator[str]:
    """Tries the network of each kind that the cells need, untrained, and says which weights no penalty reaches."""
    points = list(_points(task))
    for model in {make_recipe(task, point.cell).model for point in points}:
        shapes = _checked_variables(model, task.train.images, named)
        _check_answers(model, task, named)
    if jax.default_backend() == "cpu" and _uses(model, shapes, task.train.images.shape[1:], "conv_general_dilated"):
        yield f"{named}: XLA's convolution has slow gradients on a CPU; jaxreg.nn.Conv takes Flax's place"
    unreached = sorted(_unreached(shapes["params"]))
    nothing = len(unreached) == len(jax.tree.leaves(shapes["params"]))
    weights = ", ".join(f"{name} {list(shape)}" for name, shape in unreached if len(shape) > 1)
    scoped = task.config.penalty_scope == "kernels"
    penalized = scoped and any(float(hparams_of(task.config, point)[name]) for point in points for name in ALWAYS)
    if penalized and nothing:
        raise InputError(f"{named}: no parameter is called kernel, and so a penalty has none; --penalty-scope all has")
    if penalized and weights:
        yield f"{named}: not penalized, as they are not called kernel: {weights} (--penalty-scope all)"
    kernels_only = ", ".join(_of_kernels(task))
    if kernels_only and nothing:
        raise InputError(f"{named}: no parameter is called kernel, and so {kernels_only} would change none")
    if kernels_only and weights:
        yield f"{named}: {kernels_only} leave as they are, as they are not called kernel: {weights}"


def _of_kernels(task: Task) -> Iterator[str]:
    """Yields the shipped methods of a study that act on kernels, whatever is penalized."""
    for factor, methods in task.config.comparison.factors:
        for method in methods:
            if method.name in shipped_names(factor.name) and (method.optimizer or method.projection):
                yield method.name


def _uses(model: Classifier, shapes: Variables, image_shape: tuple[int, ...], primitive: str) -> bool:
    """Returns whether a network asks XLA for an operation."""
    image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
    return primitive in str(jax.make_jaxpr(lambda v, x: model.apply(v, x, train=False))(shapes, image))


def _unreached(params: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if not is_kernel(path):
            yield jax.tree_util.keystr(path, simple=True, separator="/"), leaf.shape


def _checked_variables(model: Classifier, images: Array, named: str) -> Mapping[str, Any]:
    """Returns the shapes of a network's variables; refuses answers that are no logits by their shape or dtype."""

    def init(images: Array) -> Any:
        return model.init(jax.random.key(0), images, train=False)

    def logits(train: bool, variables: Variables, images: Array) -> Any:
        if train:
            return train_logits(model, variables, images, key=jax.random.key(0))[0]
        return model.apply(variables, images, train=False)

    one = jax.ShapeDtypeStruct((1, *images.shape[1:]), jnp.float32)
    shapes: Mapping[str, Any] = _tried(named, "making its parameters", lambda: jax.eval_shape(init, one))
    if not shapes.get("params"):
        raise InputError(f"{named}: it has no parameters, and so nothing to train")
    if unknown := sorted(set(shapes) - KNOWN):
        raise InputError(f"{named}: it has variables of {', '.join(unknown)}; allowed are params and batch_stats")
    for size, train in ((1, False), (3, False), (3, True)):
        some = jax.ShapeDtypeStruct((size, *images.shape[1:]), jnp.float32)
        said = f"answering {size} of the images {list(images.shape[1:])}" + (" in training" if train else "")
        found = _tried(named, said, lambda: jax.eval_shape(partial(logits, train), shapes, some))  # noqa: B023
        wanted = f"logits float32 [{size}, {model.num_classes}]"
        if not isinstance(found, jax.ShapeDtypeStruct):
            raise InputError(f"{named}: {said} it returns a {type(found).__name__}, not {wanted}")
        if (found.shape, found.dtype) != ((size, model.num_classes), jnp.float32):
            raise InputError(f"{named}: {said} it returns {found.dtype} {list(found.shape)}, not {wanted}")
    return shapes


def _tried(named: str, what: str, action: Any) -> Any:
    try:
        return action()
    except Exception as error:  # whatever a user's network raises
        raise InputError(f"{named}: {ended(error, what)}") from error


def _check_answers(model: Classifier, task: Task, named: str) -> None:
    """Refuses a network whose answers, before training, are not finite, no logits, or hang together within a batch."""
    images = task.train.images[:TRIED]

    @jax.jit
    def answers(images: Array) -> Any:
        variables = model.init(jax.random.key(task.config.seed), images[:1], train=False)
        return model.apply(variables, images, train=False), model.apply(variables, images[:1], train=False)

    together, alone = map(np.asarray, _tried(named, "answering the first images", lambda: answers(images)))
    if not np.isfinite(together).all():
        raise InputError(f"{named}: before training, its answers to the first images are not finite")
    if not np.allclose(together[:1], alone, rtol=1e-3, atol=1e-3 * np.abs(together).max()):
        raise InputError(f"{named}: with train=False, its answer to an image depends on the others of the batch")
    if takes_mask(model):
        _check_mask(model, task, named)
    if (together >= 0).all() and np.allclose(together.sum(-1), 1, atol=1e-3):
        raise InputError(f"{named}: it returns probabilities; logits are needed, which have no Softmax")


def _check_mask(model: Classifier, task: Task, named: str) -> None:
    """Refuses a network whose training depends on what fills up a batch, where its argument `mask` is False."""
    images, there = task.train.images[:TRIED], jnp.arange(TRIED) < TRIED - 1

    @jax.jit
    def trained(images: Array) -> Any:
        key = jax.random.key(task.config.seed)
        variables = model.init(key, images[:1], train=False)
        logits, updates = train_logits(model, variables, images, there, key)
        return logits[:-1], updates

    filled = [images.at[-1].set(value) for value in (0.0, 1.0)]
    one, other = (_tried(named, "a step with a mask", lambda: trained(batch)) for batch in filled)  # noqa: B023
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if not np.allclose(a, b, rtol=1e-3, atol=1e-3 * max(float(np.abs(a).max()), 1e-6)):
            raise InputError(
                f"{named}: it takes a mask, but what stands where the mask is False changes its training; leave that "
                "out of moments over the batch, or do without the argument (a smaller last batch is then its own step)"
            )
