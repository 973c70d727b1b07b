"""JAX's own settings: what a run needs of them is pinned while it computes, and what else changes bits is recorded.

They come from JAX_... variables of the environment or from the program before us, a notebook perhaps. They may change
a result without a word (another random generator, 64-bit numbers) or end a run that is right (a diverged loss is NaN).
Of all settings of jax 0.10.2, what is in neither list concerns caches, logs, tracebacks, the choice of devices, which
is recorded by itself, or parts of JAX that are not used here.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import jax
import numpy as np

# By JAX's own contexts, which hold for this thread and come before what the user has set.
PINNED: Mapping[str, Any] = {
    "enable_x64": False,
    "default_prng_impl": "threefry2x32",
    "threefry_partitionable": True,
    "enable_custom_prng": False,
    "legacy_prng_key": "allow",
    "debug_key_reuse": False,
    "numpy_rank_promotion": "allow",
    "numpy_dtype_promotion": "standard",
    "default_matmul_precision": None,
    "softmax_custom_jvp": False,
    "disable_jit": False,
    "debug_nans": False,  # a trial may diverge
    "debug_infs": False,
    "check_tracer_leaks": False,
    "enable_checks": False,
    "no_tracing": False,
    "no_execution": False,
    "thread_guard": False,
    "transfer_guard": "allow",
    "array_garbage_collection_guard": "allow",
}
SEED_OFFSET = "jax_random_seed_offset"  # is added to every seed; without a context, so it is set to 0 and set back
# What a compiler is told may have its reasons on a machine: as it is, and recorded where it is not JAX's default.
RECORDED: Mapping[str, Any] = {
    "jax_compiler_enable_remat_pass": True,
    "jax_default_device": None,
    "jax_disable_most_optimizations": False,
    "jax_enable_pgle": False,
    "jax_exec_time_optimization_effort": 0.0,
    "jax_memory_fitting_effort": 0.0,
    "jax_memory_fitting_level": "O2",
    "jax_optimization_level": "UNKNOWN",
    "jax_threefry_gpu_kernel_lowering": False,
    "jax_use_direct_linearize": True,
    "jax_use_shardy_partitioner": True,
}


@contextmanager
def pinned() -> Iterator[None]:
    """Gives what is computed within it the settings of PINNED; whatever the user had set holds again afterwards.

    NumPy's handling of 1/0 and the like is its default there, too. As a decorator it does the same for a function.
    """
    with ExitStack() as stack:
        stack.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
        for name, value in PINNED.items():
            if hasattr(jax, name):  # a later JAX may have given up a setting
                stack.enter_context(getattr(jax, name)(value))
        if SEED_OFFSET in jax.config.values:
            stack.callback(jax.config.update, SEED_OFFSET, jax.config.values[SEED_OFFSET])
            jax.config.update(SEED_OFFSET, 0)
        yield


def others() -> dict[str, Any]:
    """Returns the settings of RECORDED that are not at JAX's default, as JSON values."""
    now = {name: jax.config.values.get(name, default) for name, default in RECORDED.items()}
    return {
        name: value if isinstance(value, bool | float) else str(value)
        for name, value in now.items()
        if value != RECORDED[name]
    }
