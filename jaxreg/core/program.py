"""Compiled programs: `jax.jit` with the options that make XLA fast on the backend at hand."""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, cached_property
from typing import Any, Generic, ParamSpec, TypeVar

import jax

P = ParamSpec("P")
R = TypeVar("R")

# docs/speed.md has the measurements. They change the time, and results by rounding only.
COMPILER_OPTIONS: dict[str, dict[str, str | int]] = {
    "cpu": {
        # YNNPACK for sums only: small matrix products are faster by Eigen, which uses all cores for them.
        "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE",
        # Whole AVX-512 registers where there are such; XLA's default is half of one.
        "xla_cpu_prefer_vector_width": 512,
    },
    "gpu": {
        # Products by the library's first choice: to try others takes longer to compile than it saves, and chooses anew
        # in each process, so that bits would differ between two.
        "xla_gpu_autotune_level": 0,
        "xla_gpu_enable_triton_gemm": False,
        "xla_gpu_deterministic_ops": True,
    },
}


class Program(Generic[P, R]):
    """A function compiled as by `jax.jit(function, **jit_options)`, with this backend's compiler options.

    Only a call shows the backend: a module may be imported before one is chosen.
    """

    def __init__(self, function: Callable[P, R], **jit_options: Any) -> None:
        self.function = function
        self._jit_options = jit_options
        self._called: set[Hashable] = set()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the program, which is compiled at the first call with arguments of these kinds, in its turn."""
        kind = _kind(args, kwargs)
        if kind not in self._called:
            lowered = self.jitted.lower(*args, **kwargs)
            with _Turn.of(lowered.as_text):
                lowered.compile()  # the call finds it
            self._called.add(kind)
        result: R = self.jitted(*args, **kwargs)
        return result

    @cached_property
    def jitted(self) -> Any:
        """What `jax.jit` returns, for `lower` and the like."""
        return jax.jit(self.function, **self._jit_options, compiler_options=compiler_options())


class _Turn:
    """Who may compile: anybody at once, unless somebody has set an order among processes."""

    of: Callable[[Callable[[], str]], AbstractContextManager[object]] = staticmethod(lambda text: nullcontext())


def compile_in_turn(turn: Callable[[Callable[[], str]], AbstractContextManager[object]]) -> None:
    """Has programs compiled within a context, made from what gives the program's text: processes can take turns.

    What one has compiled the next finds in JAX's cache, if there is one.
    """
    _Turn.of = staticmethod(turn)


def _kind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
    """Returns what decides on a new program: the static arguments, the others' structure, shapes and dtypes."""
    leaves, structure = jax.tree.flatten((args, kwargs))
    # A network may have a field dtype, and is no array.
    return structure, tuple((a.shape, a.dtype) if hasattr(a, "__array__") else a for a in leaves)


@cache
def compiler_options() -> dict[str, str | int]:
    """Returns the options for this backend, without such as this version of XLA does not know."""
    options = COMPILER_OPTIONS.get(jax.default_backend(), {})
    return {name: value for name, value in options.items() if _is_known(name, value)}


def _is_known(name: str, value: str | int) -> bool:
    try:
        jax.jit(lambda: 0, compiler_options={name: value})()
    except jax.errors.JaxRuntimeError:  # "No such compile option", or not this value of it
        return False
    return True
