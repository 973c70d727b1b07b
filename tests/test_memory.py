"""What a compilation has freed goes back to the system, when it was a long one."""

import jax
import jax.numpy as jnp
import pytest

from jaxreg.study import memory


@pytest.fixture
def released(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "_release_freed_memory", lambda: calls.append(1))
    return calls


def test_memory_is_given_back_after_a_long_compilation_and_after_nothing_else(released):
    memory._after_event(memory.COMPILED, 1.0, fun_name="f")
    assert released == [1]
    memory._after_event(memory.COMPILED, 0.01)
    memory._after_event("/jax/core/compile/jaxpr_trace_duration", 1.0)
    assert released == [1]


def test_jax_tells_of_a_compilation_by_the_name_that_is_listened_for(released, monkeypatch):
    monkeypatch.setattr(memory, "LONG_COMPILATION_SECONDS", 0.0)
    memory.limit_memory.cache_clear()
    memory.limit_memory()
    memory.limit_memory()  # listens once
    before = len(released)
    try:
        jax.jit(lambda x: jnp.sin(x) * 3)(jnp.ones(7)).block_until_ready()
    finally:
        jax.monitoring.unregister_event_duration_listener(memory._after_event)
    assert len(released) > before


def test_giving_memory_back_changes_no_array():
    kept = jnp.arange(1_000)
    memory._release_freed_memory()
    assert int(kept.sum()) == 499_500
