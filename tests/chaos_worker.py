"""Runs studies one after another, each in a process of its own that is ready at once and may be killed at any moment.

A line of settings on standard input starts one: its process id is printed, and how it ended when it has.
It is forked after all imports and before JAX starts, which a fork would not survive.
"""

import contextlib
import json
import os
import sys

from jaxreg import compile_cache
from jaxreg.study.config import StudyConfig
from jaxreg.study.search import run_search


def study(line):
    compile_cache.enable()
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        run_search(StudyConfig(**json.loads(line)))


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                study(line)
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
