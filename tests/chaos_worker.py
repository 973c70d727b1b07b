"""Runs experiments one after another, each in a process of its own, ready at once, which may be killed at any moment.

A line on standard input starts one: its kind, of those below; its settings; the seconds until it is killed, or null.
The one line of answer is its exit code: 0, or -9 for one that was killed.
It is forked after all imports and before JAX starts, which a fork would not survive.
"""

import contextlib
import json
import math
import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alembic.command
from optuna.storages._rdb import models

from bench.stand_in import WEIGHTS, StandIn, stand_in_record
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.run import run_claims
from jaxreg.engine.backends import make_storage
from jaxreg.engine.machine import prepare
from jaxreg.engine.progress import Display
from jaxreg.engine.run_folder import locked
from jaxreg.engine.storage import Ended, open_study
from jaxreg.engine.work import work
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import TRIALS, run_search
from jaxreg.search.tables import write_trials
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.run import run_verdict


@dataclass(frozen=True)
class Quick(StandIn):
    """Trials that train nothing, with accuracies that TPE can follow."""

    def train(self, number, point, on_epoch):
        accuracy = 0.9 - 0.05 * abs(math.log(point.params["learning_rate"] / 2e-3))
        return stand_in_record(number, point, accuracy, 2), WEIGHTS


def run_stand_in(config):
    """Is a search without training, weights and summary: its folder, its storage and its loop are a search's own."""
    folder = Path(config.out)
    with locked(folder, *TRIALS), make_storage(config.storage, config.out).failures():
        study = open_study(Quick(config))
        with Display(study.experiment) as display:
            work(study, display)
        write_trials(folder, Ended(study).update(), config.comparison)


LOADED_BY_THE_FIRST_DATABASE = (alembic.command, models)  # otherwise, in each fork anew
KINDS: dict[str, tuple[Any, Any]] = {"search": (StudyConfig, run_search), "verdict": (VerdictConfig, run_verdict)}
KINDS |= {"claims": (ClaimsConfig, run_claims), "stand-in": (StudyConfig, run_stand_in)}


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
