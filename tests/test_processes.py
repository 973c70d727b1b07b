"""Processes for runs: forked with all imports where that is the same as a start of their own."""

import multiprocessing
import os
import subprocess
import sys

import pytest

from jaxreg.engine import processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def tell_state(say):
    """Tells how this process was started, what it has imported by then, and one variable of the environment."""
    say.send((type(multiprocessing.current_process()).__name__, "jax" in sys.modules, os.environ.get("ONE")))


def state():
    heard, say = multiprocessing.Pipe(duplex=False)
    processes.start("one", tell_state, say).join()
    return heard.recv()


@linux
def test_a_fork_has_all_imports_and_the_environment_of_now(monkeypatch):
    state()
    monkeypatch.setenv("ONE", "1")
    assert state() == ("ForkServerProcess", True, "1")
    monkeypatch.delenv("ONE")
    assert state() == ("ForkServerProcess", True, None)


@linux
def test_other_settings_of_jax_than_those_it_was_imported_with_need_a_start_of_its_own(monkeypatch):
    state()
    monkeypatch.setenv("JAX_NUMPY_RANK_PROMOTION", "warn")
    assert state()[0] == "SpawnProcess"
    monkeypatch.delenv("JAX_NUMPY_RANK_PROMOTION")
    assert state()[0] == "ForkServerProcess"


def test_elsewhere_each_process_imports_anew(monkeypatch):
    monkeypatch.setattr(processes.sys, "platform", "darwin")
    assert state()[0] == "SpawnProcess"


STARTED = """
from jaxreg.engine import processes
if __name__ == "__main__":
    processes.ready({})
    print(bool(processes._imported_with.cache_info().currsize))
"""


@linux
@pytest.mark.parametrize(
    ("asked", "starts"), [("2", True), ("1", False), ("1, 100", False), ("None", True), ("None, 7", False)]
)
def test_a_command_begins_the_imports_of_its_workers_where_it_will_start_some(asked, starts, tmp_path):
    if len(os.sched_getaffinity(0)) == 1:
        starts = False
    script = tmp_path / "script.py"
    script.write_text(STARTED.format(asked))
    assert subprocess.run([sys.executable, script], capture_output=True, text=True).stdout.split() == [str(starts)]


def preload(before="", **variables):
    """Returns what an interpreter says that makes the imports, and then whether it has the first and the last."""
    code = f"{before}\nimport jaxreg.engine.preload, sys\nprint('jax' in sys.modules, 'alembic' in sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        text=True,
    ).stdout.split()


def test_settings_that_jax_refuses_are_for_the_command_to_say():
    assert preload(JAX_ENABLE_X64="perhaps") == ["False", "False"]


INTERRUPT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "optax":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
"""


def test_ctrl_c_amid_imports_is_for_the_command_to_end_by():
    assert preload(INTERRUPT) == ["True", "True"]


def test_imports_end_with_the_command():
    assert preload("import os\nnumbers = iter([7, 7, 7])\nos.getppid = lambda: next(numbers, 1)") == ["True", "False"]
