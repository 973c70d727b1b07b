"""Shared pieces: random networks and batches, made by NumPy so that both sides of a comparison get the same."""

import atexit
import gc
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import jax
import numpy as np
import optax
import pytest
from forks import QUICKLY
from jax._src import compiler
from postgres_server import postgres  # noqa: F401  (a fixture for all)
from waiting import limited

from jaxreg import compile_cache
from jaxreg.core.model import CNN, CONV_LAYERS, ConvLayer
from jaxreg.core.train import make_hparams
from jaxreg.data.embedded import load_embedded
from jaxreg.engine import memory
from jaxreg.methods import normalization
from jaxreg.records import Point

# What one test has compiled is there for all: in this process, in pytest's others and in those that tests start.
# The user's own cache stays as it is.
# All of it, and the folders of the tests, are in memory where there is room: databases wait for a disk at each commit.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
# XLA's emitters of fused loops take two thirds of its time, and what they make is a few per cent faster.
EMITTERS = "xla_cpu_use_fusion_emitters"
if "PYTEST_XDIST_WORKER" not in os.environ:
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    folder = tempfile.mkdtemp(prefix="jaxreg-tests-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XDG_CACHE_HOME"] = folder
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --{EMITTERS}=false".strip()  # read once a process
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):  # with which each process makes that of all its imports anew
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
os.environ["NPROC"] = "1"  # as in the product, a run has one thread
jax.config.update("jax_compilation_cache_dir", None)
compile_cache.enable()
memory.limit_memory()


NORM_TYPES, REG_TYPES = ("none", "batch", "layer"), ("none", "l1", "l2", "elastic")  # of the seed's study


def point(norm_type="none", reg_type="none", **params):
    """Returns what a trial tries; a learning rate of 1e-3 where none is given."""
    rate = params.pop("learning_rate", 1e-3)
    return Point({"norm_type": norm_type, "reg_type": reg_type}, {**params, "learning_rate": rate})


SMALL = (ConvLayer(4, padding=1, pool=True), ConvLayer(6, padding=0, pool=False))  # what tests of any network train


def cnn(num_classes, norm_type="none", activation="relu", conv_layers=CONV_LAYERS):
    """Returns the study's network with the normalization of a name."""
    return CNN(num_classes, normalization(norm_type), activation, conv_layers)


def traced(learning_rate, l1=0.0, l2=0.0):
    """Returns the numbers of a trial of the seed's study."""
    return make_hparams(learning_rate=learning_rate, l1=l1, l2=l2)


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


# The files that take longest, which begin first: whole files go to the workers of pytest-xdist, and none is to be last.
LONGEST = (
    *("workers", "claims", "chaos", "verdict", "benchmark_sections", "own_methods", "faults", "browser", "compare"),
    *("extending", "docs", "core_step", "core_fit", "compile_cache", "scale"),
)


def pytest_collection_modifyitems(items):
    order = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    # Of a file's tests those marked `as_users` come first: what is compiled one way is no use for the other.
    items.sort(key=lambda item: (order.get(item.path.stem, len(order)), item.path, not is_as_users(item)))


@pytest.hookimpl(wrapper=True)
def within_patience():
    """Ends a step of a test that hangs."""
    with limited():
        return (yield)


pytest_runtest_setup = pytest_runtest_call = pytest_runtest_teardown = within_patience


GROWTH_BYTES = 600 * 2**20
left: dict[str, int] = {}  # the bytes of this process when it last let go
peaks: dict[str, int] = {}  # of each worker of pytest-xdist


def bytes_of(name):
    """Returns a figure of this process's memory by Linux's name for it, and 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def pytest_runtest_logfinish():
    """Forgets what tests have compiled as soon as this process has grown by much: programs are in the cache anyway."""
    if bytes_of("VmRSS") > left.setdefault("here", bytes_of("VmRSS")) + GROWTH_BYTES:
        jax.clear_caches()
        gc.collect()
        memory._release_freed_memory()
        left["here"] = bytes_of("VmRSS")


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["peak"] = bytes_of("VmHWM")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    peaks[node.gateway.id] = getattr(node, "workeroutput", {}).get("peak", 0)


def pytest_terminal_summary(terminalreporter):
    for process, peak in sorted((peaks or {"this process": bytes_of("VmHWM")}).items()):
        terminalreporter.write_line(f"{process} held {peak / 2**20:.0f} MiB at most")


@contextmanager
def users_setting(name, value):
    """Has a user set something of JAX for the process, as a variable JAX_... or a notebook does."""
    before = jax.config.values[name]
    jax.config.update(name, value)
    try:
        yield
    finally:
        jax.config.update(name, before)


@contextmanager
def usual_promotion():
    """Lets others' code widen and broadcast silently, as JAX does by default; a context or a decorator."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.fixture(autouse=True, scope="module")
def strict_promotion(request):
    """Runs the tests of the core and of the methods where JAX widens no dtype and no rank that the code does not.

    One place is not ours: optax's Adam raises a float to an integer's power.
    """
    if not request.module.__name__.startswith(("test_core_", "test_methods")):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optax.tree, "bias_correction", usual_promotion()(optax.tree.bias_correction))
        with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
            yield


def is_as_users(item):
    return item.get_closest_marker("as_users") is not None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """Has XLA compile the programs of a test that is marked `as_users` as users have them, before any of its fixtures.

    Those test what programs compute, to the last digits that there are. What all others test does not depend on
    rounding: their programs are compiled in a fourth of the time, to slower code.
    """
    quickly = not is_as_users(item)
    if jax.config.values[QUICKLY.lower()] is not quickly:
        jax.clear_caches()
        jax.config.update(QUICKLY.lower(), quickly)
        os.environ[QUICKLY] = str(int(quickly))  # of the processes that a test starts


def with_emitters_for_users(get_compile_options):
    def get(*args, env_options_overrides=None, **kwargs):
        emitters = {} if jax.config.values[QUICKLY.lower()] else {EMITTERS: "True"}
        return get_compile_options(*args, env_options_overrides={**(env_options_overrides or {}), **emitters}, **kwargs)

    return get


compiler.get_compile_options = with_emitters_for_users(compiler.get_compile_options)


@pytest.fixture(autouse=True)
def leave_no_files(tmp_path, monkeypatch):
    """Runs each test in an empty folder."""
    monkeypatch.chdir(tmp_path)


NUM_DIGITS = 60


@pytest.fixture(scope="session")
def digits():
    """Test digits [N, 28, 28] uint8 and their labels."""
    raw = load_embedded()
    assert raw.test_images is not None
    assert raw.test_labels is not None
    return raw.test_images[:NUM_DIGITS], raw.test_labels[:NUM_DIGITS]
