"""Section "scaling": epochs a second of a study with more workers, up to all cores, and with larger populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.command import TimedTrial, read_trials, run, search_command
from bench.config import BenchmarkConfig
from bench.section import Table, paired_ratios, spread, spread_text
from jaxreg.compile_cache import visible_cores

REPEATS = 2
TRIALS = 12, 4  # at least so many, and so many for each that is trained at once
EPOCHS = 4  # fewer than the patience, so that every trial has them all
POPULATIONS = ((1, 2), (1, 4))  # workers, population


def variants(cores: int) -> tuple[tuple[int, int], ...]:
    """Returns workers and population of each variant: 1, 2, 4, ... and as many workers as cores, and populations.

    >>> variants(6)
    ((1, 1), (2, 1), (4, 1), (6, 1), (1, 2), (1, 4))
    """
    doubled = [2**i for i in range(cores.bit_length()) if 2**i < cores]
    return (*((workers, 1) for workers in (*doubled, cores)), *POPULATIONS)


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the rate of each variant of a small study, in interleaved rounds."""
    del config
    rates: dict[tuple[int, int], list[float]] = {variant: [] for variant in variants(visible_cores() or 1)}
    for _ in range(REPEATS):
        for variant, measured in rates.items():
            measured.append(_measure_variant(*variant))
    alone = rates[1, 1]
    return {
        "variants": [
            {
                "workers": workers,
                "population": population,
                "epochs_per_second": spread(values),
                "times_one": spread(paired_ratios(values, alone)),
                "rounds": values,
            }
            for (workers, population), values in rates.items()
        ]
    }


def _measure_variant(workers: int, population: int) -> float:
    least, each = TRIALS
    trials = max(least, each * workers * population)
    study = ("--trials", trials, "--max-epochs", EPOCHS, "--norm-types", "batch", "--sampler", "random")
    with TemporaryDirectory() as place:
        folder = Path(place, "study")
        command = search_command(folder, *study, "--workers", workers, "--population", population)
        run(command, Path(place, "cache"))
        return steady_rate(read_trials(folder), workers * population)


def steady_rate(trials: Sequence[TimedTrial], at_once: int) -> float:
    """Returns epochs per second after the first `at_once` trials have ended, which have waited for the compiler."""
    in_order = sorted(trials, key=lambda trial: trial.end)
    seconds = in_order[-1].end - in_order[at_once - 1].end
    return sum(trial.num_epochs for trial in in_order[at_once:]) / seconds


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns one row a variant."""
    rows = [
        (
            str(variant["workers"]),
            str(variant["population"]),
            spread_text(variant["epochs_per_second"], 2),
            f"{60 / EPOCHS * variant['epochs_per_second']['median']:.0f}",
            spread_text(variant["times_one"], 2),
        )
        for variant in result["variants"]
    ]
    header = ("workers", "population", "epochs per second", f"trials of {EPOCHS} epochs a minute", "times 1 and 1")
    return [Table("A study with workers and population: median (least to greatest)", header, rows)]
