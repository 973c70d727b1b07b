"""The three array operations that cost the time: convolution, max pooling and matrix product.

Each means what its name means on every backend and is float32 throughout: `HIGHEST` precision keeps GPUs from
TF32 and TPUs from bfloat16. How a convolution is computed is chosen here and nowhere else.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

Array = jax.Array

PRECISION = lax.Precision.HIGHEST
KERNEL_SIZE = 3

# Images that are evaluated at once: on a CPU so few that their patches stay in the cache.
EVAL_CHUNK_ON_CPU = 25
EVAL_CHUNK_ELSEWHERE = 1000


def eval_chunk() -> int:
    """Returns how many images an evaluation takes at once on this backend; the result does not depend on it."""
    return EVAL_CHUNK_ON_CPU if jax.default_backend() == "cpu" else EVAL_CHUNK_ELSEWHERE


def matmul(x: Array, kernel: Array) -> Array:
    """Returns the matrix product of `x` [N, K] and `kernel` [K, F] in full float32."""
    return jnp.matmul(x, kernel, precision=PRECISION)


def conv2d(x: Array, kernel: Array, padding: int = 0) -> Array:
    """Returns the 3x3 convolution (cross-correlation, stride 1) of a batch of maps.

        y[b, h, w, f] = sum_{i, j, c} x[b, h + i - padding, w + j - padding, c] * kernel[i, j, c, f]

    On a CPU it is one matrix product of image patches, because XLA computes the gradients of its own convolution
    inside a loop by a naive path there, some 50 times slower; elsewhere it is `lax.conv_general_dilated`.

    Args:
      x: maps [B, H, W, C], with H and W at least 3 - 2 * padding.
      kernel: weights [3, 3, C, F].
      padding: rows and columns of zeros on each side.

    Returns:
      maps [B, H - 2 + 2 * padding, W - 2 + 2 * padding, F].
    """
    if jax.default_backend() == "cpu":
        return _conv2d_patches(x, kernel, padding)
    return _conv2d_xla(x, kernel, padding)


def _conv2d_xla(x: Array, kernel: Array, padding: int) -> Array:
    pads = [(padding, padding)] * 2
    dims = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=dims, precision=PRECISION)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _conv2d_patches(x: Array, kernel: Array, padding: int) -> Array:
    return _conv2d_patches_fwd(x, kernel, padding)[0]


def _conv2d_patches_fwd(x: Array, kernel: Array, padding: int) -> tuple[Array, tuple[Array, Array]]:
    pads = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    patches = _patches(jnp.pad(x, pads))  # [B, H', W', 9 C]
    b, h, w, _ = patches.shape
    y = matmul(patches.reshape(b * h * w, -1), _as_matrix(kernel))
    return y.reshape(b, h, w, -1), (patches, kernel)


def _conv2d_patches_bwd(padding: int, saved: tuple[Array, Array], dy: Array) -> tuple[Array, Array]:
    patches, kernel = saved
    b, h, w, f = dy.shape
    dy_rows = dy.reshape(b * h * w, f)
    d_kernel = matmul(patches.reshape(b * h * w, -1).T, dy_rows).reshape(kernel.shape)
    d_patches = matmul(dy_rows, _as_matrix(kernel).T).reshape(b, h, w, KERNEL_SIZE, KERNEL_SIZE, -1)
    # The adjoint of cutting out patches: each of the nine shifted copies is added back where it was cut, in place.
    reach = KERNEL_SIZE - 1
    dx = jnp.zeros((b, h + reach, w + reach, kernel.shape[2]), dy.dtype)
    for i in range(KERNEL_SIZE):
        for j in range(KERNEL_SIZE):
            total = dx[:, i : i + h, j : j + w] + d_patches[:, :, :, i, j]
            dx = lax.dynamic_update_slice(dx, total, (0, i, j, 0))
    return dx[:, padding : h + reach - padding, padding : w + reach - padding], d_kernel


_conv2d_patches.defvjp(_conv2d_patches_fwd, _conv2d_patches_bwd)


def _patches(x: Array) -> Array:
    """Returns the 3x3 neighbourhood of each inner pixel: [B, H, W, C] -> [B, H - 2, W - 2, 9 C]."""
    h, w = x.shape[1] - KERNEL_SIZE + 1, x.shape[2] - KERNEL_SIZE + 1
    x = lax.optimization_barrier(x)  # or XLA computes x anew for each of the nine copies
    shifts = [x[:, i : i + h, j : j + w] for i in range(KERNEL_SIZE) for j in range(KERNEL_SIZE)]
    return jnp.concatenate(shifts, axis=-1)


def _as_matrix(kernel: Array) -> Array:
    return kernel.reshape(-1, kernel.shape[-1])  # [3, 3, C, F] -> [9 C, F], the order of `_patches`


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
    position = jnp.arange(4, dtype=jnp.int8).reshape(2, 1, 2, 1)
    spread = jnp.where(first[:, :, None, :, None] == position, dy[:, :, None, :, None], 0)  # [B, h, 2, w, 2, C]
    odd_h, odd_w = like_x.shape[1] - 2 * h, like_x.shape[2] - 2 * w
    return (jnp.pad(spread.reshape(b, 2 * h, 2 * w, c), ((0, 0), (0, odd_h), (0, odd_w), (0, 0))),)


max_pool.defvjp(_max_pool_fwd, _max_pool_bwd)
