"""What is looked at while a run trains: functions of the network between two epochs, each a NumPy array."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.core.model import Classifier, Variables
from jaxreg.core.train import Examples, Hparams, Recipe, TrainState, answer, loss_fn

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
def gradient_sizes(recipe: Recipe, hparams: Hparams, state: TrainState, batch: Examples) -> Array:
    """Returns the root mean square of the loss gradient over each convolution's kernel, from input to output."""
    grads, _ = jax.grad(loss_fn, has_aux=True)(state.params, recipe, hparams, state.batch_stats, batch)
    layers = sorted((name for name in grads if name.startswith("conv")), key=lambda name: int(name[4:]))
    return jnp.stack([jnp.sqrt(jnp.mean(jnp.square(grads[name]["kernel"]))) for name in layers])


def _gradients(view: View) -> np.ndarray:
    batch = Examples(*(values[:GRADIENT_IMAGES] for values in view.train))
    return np.asarray(gradient_sizes(view.recipe, view.hparams, view.state, batch))


def _gap(view: View) -> np.ndarray:
    """Loss and accuracy in evaluation mode on the training images, then on the images held out."""
    answers = (answer(view.recipe, view.state.variables, examples) for examples in (view.train, view.heldout))
    return np.array([value for found in answers for value in found[:2]])


def _weights(view: View) -> np.ndarray:
    kernel = np.asarray(view.state.params["conv3"]["kernel"]).ravel()
    return kernel[:: max(1, kernel.size // TRACED_WEIGHTS)][:TRACED_WEIGHTS]


OBSERVERS: dict[str, Callable[[View], np.ndarray]] = {"gradients": _gradients, "gap": _gap, "weights": _weights}
