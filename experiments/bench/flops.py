"""The arithmetic of an epoch: floating-point operations of the linear maps, which are nearly all there are."""

from __future__ import annotations

import math
from itertools import pairwise

from jaxreg.core.model import CONV_LAYERS, DENSE_FEATURES
from jaxreg.core.ops import KERNEL_SIZE


def layer_flops(image_shape: tuple[int, int, int], num_classes: int) -> tuple[int, ...]:
    """Returns the operations of each linear map for one image, a multiplication and an addition being two.

        convolution: 2 * H' * W' * 3 * 3 * C * F        dense: 2 * K * F

    H' and W' are the height and width of its output, C and F its input and output channels.
    """
    height, width, channels = image_shape
    flops = []
    for features, padding, pool in CONV_LAYERS:
        height, width = (size + 2 * padding - KERNEL_SIZE + 1 for size in (height, width))
        flops.append(2 * height * width * KERNEL_SIZE**2 * channels * features)
        height, width = (size // 2 if pool else size for size in (height, width))
        channels = features
    sizes = (math.prod((height, width, channels)), DENSE_FEATURES, num_classes)
    return *flops, *(2 * k * f for k, f in pairwise(sizes))


def epoch_flops(
    train_size: int, valid_size: int, image_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10
) -> tuple[int, int]:
    """Returns the operations of training on an epoch's images and of validating it.

        train: 3 * forward - first layer        validate: forward

    The gradients of a linear map with respect to its weights and to its input cost as much as the map itself each,
    and nobody needs the gradient with respect to the images.
    """
    layers = layer_flops(image_shape, num_classes)
    return train_size * (3 * sum(layers) - layers[0]), valid_size * sum(layers)
