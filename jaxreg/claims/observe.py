"""What is looked at while a run trains: functions of the network between two epochs, each a NumPy array."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.core.evaluate import answer
from jaxreg.core.model import CNN, Affine, Classifier, Normalization, Variables
from jaxreg.core.train import Examples, Hparams, Recipe, TrainState, loss_fn

GRADIENT_IMAGES = 128  # of training
TRACED_WEIGHTS = 24  # a fixed few of the last convolution's kernel

Array = jax.Array


class View(NamedTuple):
    """What an observer sees: the recipe and numbers of a run, its splits, and the network now."""

    recipe: Recipe
    hparams: Hparams
    train: Examples
    heldout: Examples
    state: TrainState


@partial(jax.jit, static_argnums=0, static_argnames="train")
def intermediates(model: Classifier, variables: Variables, images: Array, *, train: bool) -> dict[str, Array]:
    """Returns the values within a network that it names (`linear1`, `activation4` ...), for a batch of images."""
    _, state = model.apply(variables, images, train=train, mutable=["intermediates", "batch_stats"])
    return {name: value for name, (value,) in state["intermediates"].items()}


@partial(jax.jit, static_argnums=0)
def signals(recipe: Recipe[CNN], hparams: Hparams, state: TrainState, batch: Examples) -> list[Array]:
    """Returns dL/dz for the linear map z of each convolution without pooling, from input to output: what goes back.

    A normalization is shown z + 0 in the place of z, and L is differentiated by this 0.
    """
    names = [f"{i}" for i, layer in enumerate(recipe.model.conv_layers, start=1) if not layer.pool]
    linear = jax.eval_shape(partial(intermediates, recipe.model, train=True), state.variables, batch.images)
    zeros = {f"norm{i}": jnp.zeros(linear[f"linear{i}"].shape) for i in names}

    def loss(moves: dict[str, Array]) -> Array:
        def moved(call: Callable[..., Any], args: Any, kwargs: Any, context: nn.module.InterceptorContext) -> Any:
            move = moves.get(context.module.name or "")
            if move is None or not isinstance(context.module, Normalization) or context.method_name != "__call__":
                return call(*args, **kwargs)
            z, *rest = args
            affine: Affine = call(z + move, *rest, **kwargs)
            return affine._replace(center=affine.center - move)

        with nn.intercept_methods(moved):
            return loss_fn(state.params, recipe, hparams, state.batch_stats, batch)[0]

    found = jax.grad(loss)(zeros)
    return [found[f"norm{i}"] for i in names]


def _signals(view: View) -> np.ndarray:
    """Root mean square of each of the signals on some training images."""
    batch = Examples(*(values[:GRADIENT_IMAGES] for values in view.train))
    found = signals(view.recipe, view.hparams, view.state, batch)
    return np.array([float(jnp.sqrt(jnp.mean(jnp.square(signal)))) for signal in found])


def _gap(view: View) -> np.ndarray:
    """Loss and accuracy in evaluation mode on the training images, then on the images held out."""
    answers = (answer(view.recipe, view.state.variables, examples) for examples in (view.train, view.heldout))
    return np.array([value for found in answers for value in found[:2]])


def _weights(view: View) -> np.ndarray:
    kernel = np.asarray(view.state.params["conv3"]["kernel"]).ravel()
    return kernel[:: max(1, kernel.size // TRACED_WEIGHTS)][:TRACED_WEIGHTS]


OBSERVERS: dict[str, Callable[[View], np.ndarray]] = {"signals": _signals, "gap": _gap, "weights": _weights}
