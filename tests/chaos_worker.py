"""Runs experiments one after another, each in a process of its own, ready at once, which may be killed at any moment.

A line on standard input starts one: search, verdict or claims; its settings; the seconds until it is killed, or null.
The one line of answer is its exit code: 0, or -9 for one that was killed.
It is forked after all imports and before JAX starts, which a fork would not survive.
"""

import contextlib
import json
import multiprocessing
import os
import sys
from typing import Any

from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.run import run_claims
from jaxreg.engine.machine import prepare
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.run import run_verdict

KINDS: dict[str, tuple[Any, Any]] = {"search": (StudyConfig, run_search), "verdict": (VerdictConfig, run_verdict)}
KINDS |= {"claims": (ClaimsConfig, run_claims)}


def experiment(kind, settings):
    config_type, run = KINDS[kind]
    config = config_type(**settings)
    prepare(config)
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        run(config)


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    for line in sys.stdin:
        kind, settings, kill_after = json.loads(line)
        process = fork.Process(target=experiment, args=(kind, settings))
        process.start()
        process.join(kill_after)
        process.kill()  # does nothing to one that has ended
        process.join()
        print(process.exitcode, flush=True)
