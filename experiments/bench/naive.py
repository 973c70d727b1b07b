"""The network and the loop as a JAX user would first write them: flax.linen's own layers, one jitted call a step."""

from __future__ import annotations

import time
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training import train_state

from bench.workload import BATCH_SIZE, LEARNING_RATE, SEED, VALID_BATCH, EpochTiming, Workload
from jaxreg.core.model import ACTIVATIONS

Array = jax.Array


class NaiveCNN(nn.Module):
    """The network of `jaxreg.core.model.CNN` in Flax's own layers, with the same names of parameters."""

    num_classes: int
    normalization: str = "none"
    activation: str = "relu"

    @nn.compact
    def __call__(self, x: Array, train: bool) -> Array:
        """Returns logits [B, num_classes] of images [B, H, W, C]."""

        def norm(x: Array, name: str) -> Array:
            if self.normalization == "batch":
                return nn.BatchNorm(
                    use_running_average=not train, momentum=0.9, epsilon=1e-5, use_fast_variance=False, name=name
                )(x)
            if self.normalization == "layer":
                axes = tuple(range(1, x.ndim))
                return nn.LayerNorm(
                    epsilon=1e-5, reduction_axes=axes, feature_axes=-1, use_fast_variance=False, name=name
                )(x)
            return x

        act = ACTIVATIONS[self.activation]
        x = act(norm(nn.Conv(32, (3, 3), padding=1, name="conv1")(x), "norm1"))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = act(norm(nn.Conv(64, (3, 3), padding="VALID", name="conv2")(x), "norm2"))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = act(norm(nn.Conv(64, (3, 3), padding="VALID", name="conv3")(x), "norm3"))
        x = x.reshape(x.shape[0], -1)
        x = nn.sigmoid(norm(nn.Dense(64, name="dense1")(x), "norm4"))
        return nn.Dense(self.num_classes, name="dense2")(x)


class State(train_state.TrainState):
    """Flax's training state, with the running averages of batch normalization."""

    batch_stats: Any


class Naive:
    """Epochs by a Python loop over batches that are cut out on the host, its loss read after every step."""

    valid_batch = VALID_BATCH

    def __init__(self, workload: Workload, norm_type: str) -> None:
        self._train, self._valid = workload.train, workload.valid
        self._rng = np.random.default_rng(SEED)
        model = NaiveCNN(workload.num_classes, norm_type)
        variables = model.init(jax.random.key(SEED), self._train.images[:1], train=False)
        self._state = State.create(
            apply_fn=model.apply,
            params=variables["params"],
            batch_stats=variables.get("batch_stats", {}),
            tx=optax.adam(LEARNING_RATE),
        )

    def epoch(self) -> EpochTiming:
        """Trains on every training image once, in a fresh order, then validates."""
        start = time.perf_counter()
        loss_sum, num_correct = 0.0, 0
        order = self._rng.permutation(len(self._train.labels))
        for i in range(0, len(order), BATCH_SIZE):
            rows = order[i : i + BATCH_SIZE]
            self._state, loss, correct = _train_step(self._state, self._train.images[rows], self._train.labels[rows])
            loss_sum += float(loss) * len(rows)
            num_correct += int(correct)
        valid_accuracy = self.validate()
        seconds = time.perf_counter() - start
        return EpochTiming(seconds, loss_sum / len(order), num_correct / len(order), valid_accuracy)

    def validate(self) -> float:
        """Returns the accuracy on the validation images."""
        num_correct = 0
        for i in range(0, len(self._valid.labels), VALID_BATCH):
            batch = (part[i : i + VALID_BATCH] for part in self._valid)
            num_correct += int(_num_correct(self._state, *batch))
        return num_correct / len(self._valid.labels)


@jax.jit
def _train_step(state: State, images: Array, labels: Array) -> tuple[State, Array, Array]:
    def loss_fn(params: Any) -> tuple[Array, tuple[Array, Any]]:
        variables = {"params": params, "batch_stats": state.batch_stats}
        logits, updates = state.apply_fn(variables, images, train=True, mutable=["batch_stats"])
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
        return loss, (logits, updates.get("batch_stats", {}))

    (loss, (logits, batch_stats)), grads = jax.value_and_grad(loss_fn, has_aux=True)(state.params)
    new_state = state.apply_gradients(grads=grads, batch_stats=batch_stats)
    return new_state, loss, jnp.sum(logits.argmax(-1) == labels)


@jax.jit
def _num_correct(state: State, images: Array, labels: Array) -> Array:
    variables = {"params": state.params, "batch_stats": state.batch_stats}
    return jnp.sum(state.apply_fn(variables, images, train=False).argmax(-1) == labels)
