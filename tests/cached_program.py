"""A program about as large as a small one of a study, and how often the compile cache had it and got it."""

import collections
import resource

import jax
import jax.numpy as jnp

from jaxreg import compile_cache
from jaxreg.core.program import Program


def say_answer(max_file_bytes=None):
    """Prints the program's answer, hits and new entries; where no file may be larger, the disk is full."""
    events: collections.Counter[str] = collections.Counter()
    jax.monitoring.register_event_listener(lambda event, **_: events.update([event.rsplit("/", 1)[1]]))
    compile_cache.enable()
    x = jnp.ones((8, 8))
    if max_file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))
    print(float(Program(_sorted_sums)(x)), events["cache_hits"], events["cache_misses"])


def _sorted_sums(x):
    for i in range(12):
        x = jnp.sort(jnp.cumsum(jnp.sin(x) @ x + i, axis=i % 2), axis=i % 2)
    return x.sum()


if __name__ == "__main__":
    say_answer()
