"""Runs studies one after another, each in a process of its own that is ready at once and may be killed at any moment.

A line on standard input starts one: its settings, and the seconds after which it is killed, or null.
The one line of answer is its exit code: 0, or -9 for one that was killed.
It is forked after all imports and before JAX starts, which a fork would not survive.
"""

import contextlib
import json
import multiprocessing
import os
import sys

from jaxreg import compile_cache
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search


def study(settings):
    compile_cache.enable()
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        run_search(StudyConfig(**settings))


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    for line in sys.stdin:
        settings, kill_after = json.loads(line)
        process = fork.Process(target=study, args=(settings,))
        process.start()
        process.join(kill_after)
        process.kill()  # does nothing to one that has ended
        process.join()
        print(process.exitcode, flush=True)
