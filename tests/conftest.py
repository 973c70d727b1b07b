"""Shared pieces: random networks and batches, made by NumPy so that both sides of a comparison get the same."""

import os

os.environ["JAX_COMPILATION_CACHE_DIR"] = ""  # no compile cache: tests, and the commands that they start, find none

import jax
import numpy as np
import pytest


def random_examples(n, shape=(16, 16, 1), num_classes=10, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((n, *shape), dtype=np.float32)
    return images, rng.integers(0, num_classes, n).astype(np.int32)


def random_like(tree, seed=0):
    """Returns a tree of the same shapes: kernels near their initial size, everything else random and of both signs."""
    rng = np.random.default_rng(seed)

    def draw(path, leaf):
        values = rng.standard_normal(leaf.shape)
        name = path[-1].key
        if name == "kernel":
            return (values / np.sqrt(np.prod(leaf.shape[:-1]))).astype(np.float32)
        if name == "var":
            return (values**2 + 0.1).astype(np.float32)
        return values.astype(np.float32)  # negative norm scales too

    return jax.tree_util.tree_map_with_path(draw, tree)


@pytest.fixture(autouse=True)
def leave_no_files(tmp_path, monkeypatch):
    """Runs each test in an empty folder."""
    monkeypatch.chdir(tmp_path)
