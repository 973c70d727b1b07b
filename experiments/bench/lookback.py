"""Section "lookback": what it costs that a trial knows only those up to L before it, and how many workers it feeds."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np
import optuna

from bench.config import BenchmarkConfig
from bench.section import Table
from bench.stand_in import StandIn
from jaxreg.engine.storage import OwnStudy
from jaxreg.records import Point
from jaxreg.search.config import StudyConfig
from jaxreg.search.space import suggest

LOOKBACKS = (1, 4, 8, 16, 32)
TRIALS, REPETITIONS = 200, 24
WORKERS = (1, 2, 4, 8, 12, 16, 32, 64)
# The stand-in, shaped like the study in points of accuracy: what a normalization is worth, what a rate off the
# best costs for each factor of e, what regularizers gain at their best lambda (none at others), and the luck of a run.
NORMS = {"none": 95.8, "layer": 96.5, "batch": 96.9}
BEST_RATE, RATE_COST = 2.5e-3, 0.25
GAINS, BEST_LAMBDA, LAMBDA_COST = {"none": 0.0, "l1": 0.25, "l2": 0.1, "elastic": 0.2}, 1e-3, 0.08
NOISE = 0.22
# Epochs of a trial: as the study has them, 19 on the average and at least as many as the patience.
EPOCHS_MEAN, EPOCHS_SPREAD, LEAST_EPOCHS = 19.0, 6.4, 6


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns for each look-back how good the searches' choices truly are, and the idle share of workers."""
    del config
    rng = np.random.default_rng(0)
    durations = np.maximum(LEAST_EPOCHS, rng.normal(EPOCHS_MEAN, EPOCHS_SPREAD, 4000)).tolist()
    return {
        "quality": {str(lookback): [search(lookback, seed) for seed in range(REPETITIONS)] for lookback in LOOKBACKS},
        "idle": {str(n): {str(w): idle_share(durations, w, n) for w in WORKERS} for n in (8, 16, 32, 64)},
    }


def true_accuracy(point: Point) -> float:
    """Returns what a configuration is worth without luck."""
    rate, reg = point.params["learning_rate"], point.methods["reg_type"]
    value = NORMS[point.methods["norm_type"]] - RATE_COST * np.log(rate / BEST_RATE) ** 2
    if reg != "none":
        value += GAINS[reg] - LAMBDA_COST * np.log(point.params["reg_lambda"] / BEST_LAMBDA) ** 2
    return float(value)


def search(lookback: int, seed: int) -> float:
    """Returns the true accuracy of what a search of the default size chooses by accuracies with luck in them."""
    config = StudyConfig(lookback=lookback, seed=seed)
    storage = optuna.storages.InMemoryStorage()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(storage=storage, study_name=config.study_name, direction="maximize")
    study = OwnStudy(None, storage, StandIn(config, None))  # type: ignore[arg-type]
    luck = np.random.default_rng(seed)
    tried = []
    for _ in range(TRIALS):
        trial = study.ask()
        point = suggest(trial, config)
        accuracy = true_accuracy(point) + luck.normal(0, NOISE)
        tried.append((accuracy, true_accuracy(point)))
        trial.set_user_attr("run", trial.number)
        study.tell(trial, accuracy)
    return max(tried)[1]


def idle_share(durations: Sequence[float], workers: int, lookback: int) -> float:
    """Returns the share of time in which workers wait for trials that theirs may know, the storage taking none."""
    free, ended, last = [0.0] * workers, [0.0], 0.0  # ended[i]: when all of the first i trials have
    for i, duration in enumerate(durations):
        known = ended[max(0, i + 1 - lookback)]
        end = max(heapq.heappop(free), known) + duration
        heapq.heappush(free, end)
        ended.append(max(ended[-1], end))
        last = max(last, end)
    return 1 - sum(durations) / (workers * last)


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns quality against the look-back, and idle shares."""
    quality = [
        (lookback, f"{fmean(values):.3f}", f"{stdev(values) / len(values) ** 0.5:.3f}")
        for lookback, values in result["quality"].items()
    ]
    idle = [(name, *(f"{100 * share:.1f} %" for share in row.values())) for name, row in result["idle"].items()]
    return [
        Table(
            f"What {TRIALS} trials of TPE choose, truly worth; {REPETITIONS} searches each",
            ("look-back", "accuracy (%)", "standard error"),
            quality,
            "A stand-in with a known optimum, luck of a run 0.22 points.",
        ),
        Table(
            "Share of time that workers wait, by look-back and number of workers",
            ("look-back", *(f"{workers} workers" for workers in WORKERS)),
            idle,
            "Simulated, trials as long as the study has them (in epochs).",
        ),
    ]
