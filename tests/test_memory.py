"""What a compilation has freed goes back to the system, when it was a long one."""

import ctypes
import mmap
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from jax._src.monitoring import get_event_duration_listeners

from jaxreg.engine import memory

BLOCK, NUM_BLOCKS = 2**16, 2000  # bytes, too few for a mapping of their own; 131 MB


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


def test_jax_tells_of_a_compilation_by_the_name_that_is_listened_for_once(released, monkeypatch):
    monkeypatch.setattr(memory, "LONG_COMPILATION_SECONDS", 0.0)
    already = get_event_duration_listeners().count(memory._after_event)
    memory.limit_memory.cache_clear()
    memory.limit_memory()
    memory.limit_memory()
    try:
        assert get_event_duration_listeners().count(memory._after_event) == already + 1
        released.clear()
        jax.jit(lambda x: jnp.sin(x) * 3)(jnp.ones(7)).block_until_ready()
    finally:
        jax.monitoring.unregister_event_duration_listener(memory._after_event)
    assert released


def test_compiled_programs_are_forgotten_where_they_are_too_many_and_give_the_same_when_they_are_made_again(
    monkeypatch, released
):
    held, program = [memory.BETWEEN_RUNS], jax.jit(lambda x: jnp.sin(x) * 5)
    monkeypatch.setattr(memory, "held_bytes", lambda: held.pop())
    expected, room = program(jnp.ones(7)), memory.Room()
    room.make()  # as much as is allowed
    assert program._cache_size() == 1
    held[:] = [memory.BETWEEN_RUNS, memory.BETWEEN_RUNS + 1]  # before, and what is left
    room.make()
    assert program._cache_size() == 0
    assert released
    assert (program(jnp.ones(7)) == expected).all()
    held[:] = [int(memory.GROWTH * memory.BETWEEN_RUNS)]  # what is needed anyway is not forgotten again and again
    room.make()
    assert program._cache_size() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="glibc and /proc")
def test_what_a_process_holds_grows_with_what_it_fills_and_not_with_what_it_maps(tmp_path):
    before = memory.held_bytes()
    filled = bytearray(b"a" * BLOCK * NUM_BLOCKS)
    assert memory.held_bytes() - before > 0.9 * len(filled)
    (tmp_path / "shared").write_bytes(filled)
    before = memory.held_bytes()
    with open(tmp_path / "shared", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert mapped.find(b"b") == -1  # every page is read
        assert memory.held_bytes() - before < 0.1 * len(mapped)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc and /proc")
def test_freed_memory_goes_back_to_the_system():
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    blocks = [libc.malloc(BLOCK) for _ in range(NUM_BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    for block in blocks[:-1]:  # the last one keeps the heap from shrinking by itself
        libc.free(block)
    before = resident_bytes()
    memory._release_freed_memory()
    after = resident_bytes()
    libc.free(blocks[-1])
    assert after < before - 0.8 * BLOCK * NUM_BLOCKS


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
