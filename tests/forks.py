"""Processes that are there at once: forked after all imports, and before JAX starts, which a fork would not survive.

For tests that start many and do not ask how one comes up; what reads the environment at an import needs a real start.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import jax

FORKS = multiprocessing.get_context("forkserver")
# Modules of the package alone: Python 3.11 looks for them without this process's sys.path.
FORKS.set_forkserver_preload(
    [
        *("jaxreg.engine.work", "jaxreg.search.run", "jaxreg.search.write", "jaxreg.verdict.run"),
        *("alembic.command", "optuna.storages._rdb.models"),  # what the first database loads, in each fork anew
    ]
)
QUICKLY = "JAX_DISABLE_MOST_OPTIMIZATIONS"  # a variable, for the processes that a test starts, and a setting


class Fork:
    """A function, of a module that imports no test, in a process of its own, in this folder and environment."""

    def __init__(self, function, *arguments):
        self._said = tempfile.TemporaryDirectory()
        self._files = [Path(self._said.name, name) for name in ("stdout", "stderr")]
        here = (os.getcwd(), dict(os.environ), self._files)
        self._process = FORKS.Process(target=_run, args=(here, function, arguments))
        self._process.start()
        self.pid, self.kill, self.terminate = self._process.pid, self._process.kill, self._process.terminate

    def poll(self):
        return self._process.exitcode

    def wait(self):
        self._process.join()
        return self._process.exitcode

    def ended(self):
        """Waits for its end, and returns what it has said."""
        return subprocess.CompletedProcess([], self.wait(), *(file.read_text("utf-8") for file in self._files))


def _run(here, function, arguments):
    folder, environ, files = here
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    jax.config.update(QUICKLY.lower(), environ.get(QUICKLY) == "1")
    for descriptor, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND), descriptor)
    function(*arguments)


def run_command(script, *argv):
    """Is a command as `python SCRIPT ARGV...` starts it."""
    sys.argv = [str(script), *argv]
    runpy.run_path(str(script), run_name="__main__")
