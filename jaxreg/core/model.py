"""The CNN of the study: three convolutions and two dense layers, with a normalization before the activations."""

import inspect
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from jaxreg.core.ops import KERNEL_SIZE, conv2d, dropout, eval_chunk, matmul, max_pool
from jaxreg.core.program import Program
from jaxreg.errors import InputError, one_of
from jaxreg.text import Text

Array = jax.Array
Variables = Mapping[str, Any]  # {"params": ...} and, with batch normalization, {"batch_stats": ...}

LEAKY_SLOPE = 0.05  # the study's: max(0.05 x, x)
NORM_EPSILON = 1e-5

# Each is monotone and non-decreasing, which lets max pooling go before it.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "leaky_relu": lambda x: jax.nn.leaky_relu(x, LEAKY_SLOPE),
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
}


class ConvLayer(NamedTuple):
    """One convolution: its output channels, its zero padding, and whether a 2x2 max pool follows."""

    features: int
    padding: int
    pool: bool


CONV_LAYERS = (ConvLayer(32, 1, True), ConvLayer(64, 0, True), ConvLayer(64, 0, False))
DENSE_FEATURES = 64


class Classifier(nn.Module):
    """A network of the house: `__call__(images, train, mask)` returns logits [B, num_classes], and draws only if told.

    Where `mask` [B] is False there is no image: what is computed of the batch, like its moments, leaves it out.
    Training takes any Flax module with these fields, `mask` aside, and gives one that is not of the house a key for
    each step.

    Attributes:
      num_classes: number of logits.
    """

    num_classes: int


def takes_mask(model: Classifier) -> bool:
    """Returns whether a network can be told that some places of a batch hold no image."""
    return "mask" in inspect.signature(type(model).__call__).parameters


def lecun_normal(key: Array, shape: tuple[int, ...]) -> Array:
    """Returns what `nn.initializers.lecun_normal()` does, to the bit: normal, variance 1 / fan-in, truncated.

    It is drawn as one row, which XLA compiles in a third of the time.
    """
    fan_in, size = math.prod(shape[:-1]), math.prod(shape)
    draw = nn.initializers.variance_scaling(1 / fan_in, "fan_in", "truncated_normal")
    return draw(key, (1, size)).reshape(shape)


class Weights(nn.Module):
    """Kernel (LeCun's normal distribution) and bias (zeros) of one linear map."""

    shape: tuple[int, ...]

    @nn.compact
    def __call__(self) -> tuple[Array, Array]:
        """Returns (kernel, bias)."""
        kernel = self.param("kernel", lecun_normal, self.shape)
        return kernel, self.param("bias", nn.initializers.zeros_init(), self.shape[-1:])


class Affine(NamedTuple):
    """What bias and normalization do to a linear map z, its statistics once known: (z - center) * scale + shift."""

    center: Array
    scale: Array
    shift: Array

    def __call__(self, z: Array) -> Array:
        """Returns the normalized map, of the shape of z."""
        center, scale, shift = (lax.broadcast_to_rank(part, z.ndim) for part in self)
        return (z - center) * scale + shift

    def max_pool(self, z: Array) -> Array:
        """Returns the values of z that become the maxima of each window after this map.

        A monotone map commutes with the maximum, so pooling first gives the same network and leaves a quarter of
        the elements to the map and the activation. Where a channel's scale is negative the minima become maxima.
        """
        sign = lax.broadcast_to_rank(jnp.where(self.scale < 0, -1.0, 1.0), z.ndim)
        return sign * max_pool(sign * z)


class Normalization(nn.Module):
    """What stands between a layer's linear map and its activation: here nothing but the bias, u = z + bias."""

    @nn.compact
    def __call__(self, z: Array, bias: Array, train: bool, mask: Array | None = None) -> Affine:
        """Returns the map to apply to z [B, ..., C] (without its bias [C]); a batch is the images in `mask` [B]."""
        return Affine(center=-bias, scale=jnp.ones_like(bias), shift=jnp.zeros_like(bias))


class Standardization(Normalization):
    """A normalization with learned scale gamma and shift beta per channel.

        y = gamma * (u - mean) / sqrt(var + epsilon) + beta,   u = z + bias,   epsilon = 1e-5

    What it takes mean and variance over is what makes one: a subclass says it in `moments`.
    """

    @nn.compact
    def __call__(self, z: Array, bias: Array, train: bool, mask: Array | None = None) -> Affine:
        """Returns the map to apply to z [B, ..., C] (without its bias [C]); a batch is the images in `mask` [B]."""
        gamma = self.param("scale", nn.initializers.ones_init(), z.shape[-1:])
        beta = self.param("bias", nn.initializers.zeros_init(), z.shape[-1:])
        center, var = self.moments(z, bias, train, mask)
        return Affine(center, lax.broadcast_to_rank(gamma, var.ndim) * lax.rsqrt(var + NORM_EPSILON), beta)

    @abstractmethod
    def moments(self, z: Array, bias: Array, train: bool, mask: Array | None) -> tuple[Array, Array]:
        """Returns mean(u) - bias, which is what z is centred by, and var(u), of shapes that broadcast with z."""


def mean_square(x: Array, axes: tuple[int, ...], keepdims: bool = False) -> Array:
    """Returns the mean square, which of u - mean(u) is the variance of u.

    Its derivative by that mean is -2 * average(u - mean) = 0, so callers make the mean a constant to the gradient.
    """
    return jnp.mean(jnp.square(x), axes, keepdims=keepdims)


class CNN(Classifier):
    """The network of the study, 28 > 14 > 12 > 6 > 4 on MNIST; returns logits, to which Softmax is left to the caller.

    Each layer but the last is `activation(normalize(linear map + bias))`, then a 2x2 max pool after the first
    two. All hyperparameters of a trial stay outside: what is a field here is static and decides what is compiled.

    Attributes:
      normalization: the kind of the normalizations of the convolutions and of the first dense layer.
      activation: after the convolutions: "relu", "leaky_relu" (slope 0.05), "sigmoid" or "tanh".
        After the first dense layer it is Sigmoid, always.
      conv_layers: the convolutions; the study's by default, or a deeper stack of such.
      dropout: the share of what goes into the last layer that is set to 0 in training (Srivastava et al. 2014, JMLR
        15), a number or a traced scalar; None has no such layer, and draws nothing.

    Raises:
      InputError: another activation.

    >>> CNN(10, activation="tanh").conv_layers[0]
    ConvLayer(features=32, padding=1, pool=True)
    """

    normalization: type[Normalization] = Normalization
    activation: str = "relu"
    conv_layers: tuple[ConvLayer, ...] = CONV_LAYERS
    dropout: Any = None

    def __post_init__(self) -> None:
        one_of("activation", self.activation, ACTIVATIONS)
        super().__post_init__()

    @nn.compact
    def __call__(self, images: Array, train: bool, mask: Array | None = None) -> Array:
        """Returns logits [B, num_classes] of images [B, H, W, C]; in training, batch statistics move.

        They are those of the images where `mask` [B] is True, or of all without one.
        """
        activation = ACTIVATIONS[self.activation]
        x = images  # [B, 28, 28, 1]
        for i, (features, padding, pool) in enumerate(self.conv_layers, start=1):
            kernel, bias = Weights((KERNEL_SIZE, KERNEL_SIZE, x.shape[-1], features), name=f"conv{i}")()
            z = conv2d(x, kernel, padding)  # [B, 28, 28, 32], [B, 12, 12, 64], [B, 4, 4, 64]
            self.sow("intermediates", f"linear{i}", z)
            affine = self.normalization(name=f"norm{i}")(z, bias, train, mask)
            if pool:
                z = affine.max_pool(z)  # [B, 14, 14, 32], [B, 6, 6, 64]
            x = activation(affine(z))
            self.sow("intermediates", f"activation{i}", x)
        x = x.reshape(x.shape[0], -1)  # [B, 1024]
        kernel, bias = Weights((x.shape[-1], DENSE_FEATURES), name="dense1")()
        z = matmul(x, kernel)  # [B, 64]
        i = len(self.conv_layers) + 1
        self.sow("intermediates", f"linear{i}", z)
        x = jax.nn.sigmoid(self.normalization(name=f"norm{i}")(z, bias, train, mask)(z))
        self.sow("intermediates", f"activation{i}", x)
        if self.dropout is not None and train:
            x = dropout(x, self.dropout, self.make_rng("dropout"))
        kernel, bias = Weights((DENSE_FEATURES, self.num_classes), name="dense2")()
        return matmul(x, kernel) + bias[None]  # [B, 10]


def predict_proba(model: Classifier, variables: Variables, images: Array) -> Array:
    """Returns the Softmax of the logits in evaluation mode: probabilities [N, num_classes] of images [N, H, W, C].

    >>> model, images = CNN(3, conv_layers=(ConvLayer(4, padding=1, pool=True),)), jnp.zeros((5, 4, 4, 1))
    >>> variables = jax.jit(model.init, static_argnames="train")(jax.random.key(0), images, train=False)
    >>> predict_proba(model, variables, images).shape
    (5, 3)
    """
    return jax.nn.softmax(predict_logits(model, variables, images))


def predict_logits(model: Classifier, variables: Variables, images: Array) -> Array:
    """Returns the logits [N, num_classes] in evaluation mode of any number of images [N, H, W, C].

    A smaller last chunk is filled up, so that one program computes all and an image's logits are the same among any.
    """
    size, count = eval_chunk(), len(images)
    filled = jnp.pad(images, [(0, -count % size)] + [(0, 0)] * (images.ndim - 1))
    chunks = [_compiled_forward(model, variables, filled[i : i + size]) for i in range(0, count, size)]
    return jnp.concatenate(chunks)[:count] if chunks else jnp.zeros((0, model.num_classes))


def forward(model: Classifier, variables: Variables, images: Array) -> Array:
    """Returns the logits [B, num_classes] in evaluation mode of one batch."""
    return cast(Array, model.apply(variables, images, train=False))


_compiled_forward = Program(forward, static_argnums=0)


def smallest_image() -> int:
    """Returns the least height and width in pixels that leave every layer at least one position: 16."""
    size = 1
    for layer in reversed(CONV_LAYERS):
        size = (size * 2 if layer.pool else size) + KERNEL_SIZE - 1 - 2 * layer.padding
    return size


TOO_SMALL = Text(
    "images of {height} x {width} pixels: the network needs at least {least} x {least}",
    "{height} x {width} 픽셀의 이미지: 신경망에는 {least} x {least} 이상이 필요합니다",
)


def check_image_shape(image_shape: tuple[int, ...]) -> None:
    """Raises an InputError where images of shape (H, W, C) are too small for the network."""
    least = smallest_image()
    if min(image_shape[:2]) < least:
        height, width = image_shape[:2]
        raise InputError(TOO_SMALL.format(height=height, width=width, least=least))
