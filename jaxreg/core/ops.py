"""The three array operations that cost the time: convolution, max pooling and matrix product.

Each means what its name means on every backend and is float32 throughout: `HIGHEST` precision keeps GPUs from
TF32 and TPUs from bfloat16. How a convolution is computed is chosen here and nowhere else.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array

PRECISION = lax.Precision.HIGHEST
KERNEL_SIZE = 3

MOST_IMAGE_CHANNELS = 3  # grey or colour

# Images that are evaluated at once: on a CPU so few that their patches stay in the cache.
EVAL_CHUNK_ON_CPU = 50
EVAL_CHUNK_ELSEWHERE = 1000


def eval_chunk() -> int:
    """Returns how many images an evaluation takes at once on this backend; the result does not depend on it."""
    return EVAL_CHUNK_ON_CPU if jax.default_backend() == "cpu" else EVAL_CHUNK_ELSEWHERE


def matmul(x: Array, kernel: Array) -> Array:
    """Returns the matrix product of `x` [..., N, K] and `kernel` [..., K, F] in full float32."""
    return jnp.matmul(x, kernel, precision=PRECISION)


def conv2d(x: Array, kernel: Array, padding: int = 0) -> Array:
    """Returns the 3x3 convolution (cross-correlation, stride 1) of a batch of maps.

        y[b, h, w, f] = sum_{i, j, c} x[b, h + i - padding, w + j - padding, c] * kernel[i, j, c, f]

    On a CPU it is made of matrix products, because XLA computes the gradients of its own convolution inside a loop
    by a naive path there, some 50 times slower: one product of image patches for images, Winograd's algorithm for
    the maps of many channels. Elsewhere it is `lax.conv_general_dilated`.

    Args:
      x: maps [B, H, W, C], with H and W at least 3 - 2 * padding.
      kernel: weights [3, 3, C, F].
      padding: rows and columns of zeros on each side.

    Returns:
      maps [B, H - 2 + 2 * padding, W - 2 + 2 * padding, F].
    """
    if jax.default_backend() != "cpu":
        return _conv2d_xla(x, kernel, padding)
    return (_conv2d_patches if x.shape[-1] <= MOST_IMAGE_CHANNELS else _conv2d_winograd)(x, kernel, padding)


def _conv2d_xla(x: Array, kernel: Array, padding: int) -> Array:
    pads = [(padding, padding)] * 2
    dims = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=dims, precision=PRECISION)


def _conv2d_patches(x: Array, kernel: Array, padding: int) -> Array:
    x = jnp.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    b, h, w = x.shape[0], x.shape[1] - KERNEL_SIZE + 1, x.shape[2] - KERNEL_SIZE + 1
    shifts = [x[:, i : i + h, j : j + w] for i in range(KERNEL_SIZE) for j in range(KERNEL_SIZE)]
    patches = jnp.concatenate(shifts, axis=-1).reshape(b * h * w, -1)  # [B H' W', 9 C]
    return matmul(patches, kernel.reshape(-1, kernel.shape[-1])).reshape(b, h, w, -1)


# Winograd's F(4, 3): four outputs y of a filter g of three taps, from six inputs d, by six products in place of twelve:
#
#     y = A^T [(G g) * (B^T d)]
#
# A sum over channels goes inside the brackets, so the products become matrix products. These matrices interpolate at
# 0, 1, -1, 2, -2 and infinity (Lavin & Gray 2016, arXiv:1509.09308). A direct sum rounds two to three times less.
TILE = 4
INPUT_TRANSFORM = (  # B^T
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
KERNEL_TRANSFORM = (  # G
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
OUTPUT_TRANSFORM = (  # A^T
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


def _conv2d_winograd(x: Array, kernel: Array, padding: int) -> Array:
    """Winograd's F(4, 3) over the rows, patches over the columns: half the products, and half the patches' memory."""
    features, reach = kernel.shape[-1], KERNEL_SIZE - 1
    h, w = x.shape[1] + 2 * padding - reach, x.shape[2] + 2 * padding - reach
    tiles = -(-h // TILE)
    bottom = TILE * (tiles + 1) - x.shape[1] - padding  # zeros up to whole tiles, and one tile more
    x = jnp.pad(x, ((0, 0), (padding, bottom), (padding, padding), (0, 0)))
    b, c = x.shape[0], x.shape[-1]
    rows = _unstack(x.reshape(b, tiles + 1, TILE, w + reach, c), axis=2)  # four of [B, T + 1, W, C]
    rows = [row[:, :-1] for row in rows] + [row[:, 1:] for row in rows[:reach]]  # six of [B, T, W, C]
    v = jnp.stack(_combine(INPUT_TRANSFORM, rows))
    patches = jnp.concatenate([v[:, :, :, j : j + w] for j in range(KERNEL_SIZE)], axis=-1)  # [6, B, T, W', 3 C]
    u = jnp.stack(_combine(KERNEL_TRANSFORM, _unstack(kernel.reshape(KERNEL_SIZE, -1, features))))  # [6, 3 C, F]
    m = matmul(patches.reshape(len(u), b * tiles * w, -1), u).reshape(len(u), b, tiles, w, features)
    y = jnp.stack(_combine(OUTPUT_TRANSFORM, _unstack(m)), axis=2)  # [B, T, 4, W', F]
    return y.reshape(b, tiles * TILE, w, features)[:, :h]


def _unstack(x: Array, axis: int = 0) -> list[Array]:
    """Returns the parts along an axis, like `jnp.unstack`, whose gradient would be a sum of padded parts."""
    return [jnp.squeeze(part, axis) for part in lax.split(x, [1] * x.shape[axis], axis)]


def _combine(matrix: Sequence[Sequence[float]], arrays: Sequence[Array]) -> list[Array]:
    """Returns the product of a small matrix of constants with a vector of arrays, its zeros left out."""
    return [reduce(add, [k * a for k, a in zip(row, arrays, strict=True) if k]) for row in matrix]


def dropout(x: Array, rate: Array | float, key: Array) -> Array:
    """Returns x with a share `rate` of its values set to 0, drawn by `key`, and the rest divided by 1 - rate.

    `flax.linen.Dropout` compares its rate with 0, and so takes no traced one.
    """
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


@jax.custom_vjp
def max_pool(x: Array) -> Array:
    """Returns the maximum of each 2x2 window (stride 2): [B, H, W, C] -> [B, H // 2, W // 2, C].

    An odd last row or column belongs to no window. The gradient goes to the window's first maximum in row-major
    order, as in `flax.linen.max_pool`; written with an index map because XLA's own (select-and-scatter) is slow.
    """
    return _max_pool_fwd(x)[0]


def _max_pool_fwd(x: Array) -> tuple[Array, tuple[Array, Array]]:
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    a, b, c, d = (x[:, i:h:2, j:w:2] for i in (0, 1) for j in (0, 1))
    y = jnp.maximum(jnp.maximum(a, b), jnp.maximum(c, d))
    first = jnp.where(a == y, 0, jnp.where(b == y, 1, jnp.where(c == y, 2, 3))).astype(jnp.int8)
    # An empty array carries the input's size to the gradient: residuals may be arrays only.
    return y, (first, jnp.empty((0, *x.shape[1:3]), x.dtype))


def _max_pool_bwd(saved: tuple[Array, Array], dy: Array) -> tuple[Array]:
    first, like_x = saved
    b, h, w, c = dy.shape
    position = jnp.arange(4, dtype=jnp.int8).reshape(1, 1, 2, 1, 2, 1)
    spread = jnp.where(first[:, :, None, :, None] == position, dy[:, :, None, :, None], 0)  # [B, h, 2, w, 2, C]
    odd_h, odd_w = like_x.shape[1] - 2 * h, like_x.shape[2] - 2 * w
    return (jnp.pad(spread.reshape(b, 2 * h, 2 * w, c), ((0, 0), (0, odd_h), (0, odd_w), (0, 0))),)


max_pool.defvjp(_max_pool_fwd, _max_pool_bwd)
