"""The network's array operations: convolution, max pooling and matrix product, which cost the time, and dropout.

Each means what its name means on every backend and is float32 throughout: `HIGHEST` precision keeps GPUs from
TF32 and TPUs from bfloat16. How a convolution is computed is chosen here and nowhere else.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array

PRECISION = lax.Precision.HIGHEST
KERNEL_SIZE = 3

MOST_IMAGE_CHANNELS = 3  # grey or colour

# Images that are evaluated at once: on a CPU so few that their patches stay in the cache, elsewhere enough for a run
# alone, and not too many for the memory of a population.
EVAL_CHUNK_ON_CPU = 20
EVAL_CHUNK_ELSEWHERE = 250


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
    the maps of many channels. On a GPU it is a product of patches for each image, because several runs at once have a
    kernel each, which makes XLA's convolution a grouped one. Elsewhere it is `lax.conv_general_dilated`.

    Args:
      x: maps [B, H, W, C], with H and W at least 3 - 2 * padding.
      kernel: weights [3, 3, C, F].
      padding: rows and columns of zeros on each side.

    Returns:
      maps [B, H - 2 + 2 * padding, W - 2 + 2 * padding, F].
    """
    return WAYS[way_of(x.shape[-1])](x, kernel, padding)


def way_of(channels: int) -> str:
    """Returns how maps of so many channels are convolved on this backend, by its name in WAYS."""
    backend = jax.default_backend()
    if backend == "cpu":
        return "patches" if channels <= MOST_IMAGE_CHANNELS else "winograd"
    return "by_image" if backend == "gpu" else "xla"


def _conv2d_xla(x: Array, kernel: Array, padding: int) -> Array:
    pads = [(padding, padding)] * 2
    dims = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=dims, precision=PRECISION)


def _conv2d_patches(x: Array, kernel: Array, padding: int) -> Array:
    patches = _patches(x, padding)
    y = matmul(patches.reshape(-1, patches.shape[-1]), kernel.reshape(-1, kernel.shape[-1]))
    return y.reshape(*patches.shape[:-1], -1)


def _patches(x: Array, padding: int) -> Array:
    """Returns for each place of the result the 3x3 values that it is made of, [B, H', W', 9 C]."""
    x = jnp.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    h, w = x.shape[1] - KERNEL_SIZE + 1, x.shape[2] - KERNEL_SIZE + 1
    shifts = [x[:, i : i + h, j : j + w] for i in range(KERNEL_SIZE) for j in range(KERNEL_SIZE)]
    return jnp.concatenate(shifts, axis=-1)


def _conv2d_by_image(x: Array, kernel: Array, padding: int) -> Array:
    patches = _patches(x, padding)
    b, h, w, size = patches.shape
    y = _product_by_image(patches.reshape(b, h * w, size), kernel.reshape(size, -1))
    return y.reshape(b, h, w, -1)


@jax.custom_vjp
def _product_by_image(patches: Array, kernel: Array) -> Array:
    """Returns `matmul(patches, kernel)` of [B, N, K] and [K, F], whose gradient by the kernel is summed over images.

    That gradient is a small matrix from a long sum, B N products an element: on a GPU too few threads for too long,
    unless each image has its own product.
    """
    return matmul(patches, kernel)


def _product_by_image_fwd(patches: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return matmul(patches, kernel), (patches, kernel)


def _product_by_image_bwd(saved: tuple[Array, Array], dy: Array) -> tuple[Array, Array]:
    patches, kernel = saved
    by_image = matmul(jnp.swapaxes(patches, 1, 2), dy)  # [B, K, F]
    # Without the barrier XLA makes one product of products and sum.
    return matmul(dy, kernel.T), jnp.sum(lax.optimization_barrier(by_image), 0)


_product_by_image.defvjp(_product_by_image_fwd, _product_by_image_bwd)


# Winograd's F(4, 3): four outputs y of a filter g of three taps, from six inputs d, by six products in place of twelve:
#
#     y = A^T [(G g) * (B^T d)]
#
# In two dimensions it is done along both. A sum over channels goes inside the brackets, so the products become matrix
# products. The matrices interpolate at 0, p, -p, q, -q and infinity (Lavin & Gray 2016, arXiv:1509.09308). With 2/3 and
# 3/2 they round half as much as with the usual 1 and 2: little more than twice as much as a direct sum.
TILE = 4
_P, _Q = 2 / 3, 3 / 2
_PP, _QQ = _P**2, _Q**2
INPUT_TRANSFORM = (  # B^T
    (_PP * _QQ, 0, -_PP - _QQ, 0, 1, 0),
    (0, -_P * _QQ, -_QQ, _P, 1, 0),
    (0, _P * _QQ, -_QQ, -_P, 1, 0),
    (0, -_PP * _Q, -_PP, _Q, 1, 0),
    (0, _PP * _Q, -_PP, -_Q, 1, 0),
    (0, _PP * _QQ, 0, -_PP - _QQ, 0, 1),
)
_BY_P, _BY_Q = 1 / (2 * _PP * (_PP - _QQ)), 1 / (2 * _QQ * (_QQ - _PP))
KERNEL_TRANSFORM = (  # G
    (1 / (_PP * _QQ), 0, 0),
    (_BY_P, _P * _BY_P, _PP * _BY_P),
    (_BY_P, -_P * _BY_P, _PP * _BY_P),
    (_BY_Q, _Q * _BY_Q, _QQ * _BY_Q),
    (_BY_Q, -_Q * _BY_Q, _QQ * _BY_Q),
    (0, 0, 1),
)
OUTPUT_TRANSFORM = (  # A^T
    (1, 1, 1, 1, 1, 0),
    (0, _P, -_P, _Q, -_Q, 0),
    (0, _PP, _PP, _QQ, _QQ, 0),
    (0, _P * _PP, -_P * _PP, _Q * _QQ, -_Q * _QQ, 1),
)


def _conv2d_winograd(x: Array, kernel: Array, padding: int) -> Array:
    """Winograd's F(4, 3) over rows and columns: 36 products for a tile of 16 outputs, which directly are 144.

    A transform of the rows and one of the columns are passes of their own. Without a barrier between them XLA makes one
    of the two, which computes the first anew for each element of the second.
    """
    h, w = (size + 2 * padding - (KERNEL_SIZE - 1) for size in x.shape[1:3])
    t, s = -(-h // TILE), -(-w // TILE)  # rows and columns of tiles
    bottom, right = TILE * (t + 1) - x.shape[1] - padding, TILE * (s + 1) - x.shape[2] - padding
    x = jnp.pad(x, ((0, 0), (padding, bottom), (padding, right), (0, 0)))  # up to whole tiles, and one tile more
    b, c, f = x.shape[0], *kernel.shape[-2:]
    v = lax.optimization_barrier(_transform(INPUT_TRANSFORM, _tile_inputs(x, axis=1)))  # [6, B, T, W, C]
    v = _transform(INPUT_TRANSFORM, _tile_inputs(v, axis=3))  # [6, 6, B, T, S, C]
    u = _transform(KERNEL_TRANSFORM, _unstack(kernel))  # [6, 3, C, F]
    u = _transform(KERNEL_TRANSFORM, _unstack(u, axis=1))  # [6, 6, C, F]
    m = matmul(v.reshape(*u.shape[:2], -1, c), u).reshape(*u.shape[:2], b, t, s, f)
    y = lax.optimization_barrier(_transform(OUTPUT_TRANSFORM, _unstack(m), axis=4))  # [6, B, T, S, 4, F]
    y = _transform(OUTPUT_TRANSFORM, _unstack(y.reshape(len(y), b, t, TILE * s, f)), axis=2)  # [B, T, 4, 4 S, F]
    return y.reshape(b, TILE * t, TILE * s, f)[:, :h, :w]


def _tile_inputs(x: Array, axis: int) -> list[Array]:
    """Returns the six inputs of each tile along an axis of T + 1 times four: x[..., 4 i + k, ...] for i < T, k < 6."""
    tiles = x.shape[axis] // TILE
    parts = _unstack(x.reshape(*x.shape[:axis], tiles, TILE, *x.shape[axis + 1 :]), axis + 1)
    own = [lax.slice_in_dim(part, 0, tiles - 1, axis=axis) for part in parts]
    return own + [lax.slice_in_dim(part, 1, tiles, axis=axis) for part in parts[: KERNEL_SIZE - 1]]


def _unstack(x: Array, axis: int = 0) -> list[Array]:
    """Returns the parts along an axis, like `jnp.unstack`, whose gradient would be a sum of padded parts."""
    return [jnp.squeeze(part, axis) for part in lax.split(x, [1] * x.shape[axis], axis)]


def _transform(matrix: Sequence[Sequence[float]], arrays: Sequence[Array], axis: int = 0) -> Array:
    """Returns the product of a small matrix of constants, its zeros left out, with a vector of arrays, stacked."""
    return jnp.stack([reduce(add, [k * a for k, a in zip(row, arrays, strict=True) if k]) for row in matrix], axis)


WAYS: dict[str, Callable[[Array, Array, int], Array]] = {
    "xla": _conv2d_xla,
    "patches": _conv2d_patches,
    "by_image": _conv2d_by_image,
    "winograd": _conv2d_winograd,
}


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
