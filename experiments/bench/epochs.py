"""Section "epochs": seconds per epoch of every contender and normalization, in interleaved rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import fmean
from typing import Any, NamedTuple

from bench.config import BenchmarkConfig
from bench.contender import ContenderProcess
from bench.section import Spread, Table, geometric_mean, paired_ratios, spread, spread_text
from bench.workload import NORM_TYPES, EpochTiming

NAMES = {
    "ours": "jaxreg",
    "torch": "PyTorch loop",
    "torch_fast": "fast PyTorch loop",
    "torch_compiled": "compiled PyTorch",
    "naive": "plain Flax loop",
}
EPOCHS_PER_TURN = 4  # in a row, as in a trial: the first finds the caches full of what another contender left there


class Turn(NamedTuple):
    """A contender's epochs in a row, and the seconds of a validation alone after them."""

    epochs: Sequence[EpochTiming]
    valid_seconds: float


Turns = Mapping[str, Mapping[str, Sequence[Turn]]]  # by normalization and contender; the first is the warm-up


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns every epoch of every contender, and their medians, spreads and ratios without the first turn."""
    turns = _measure_rounds(config)
    return summarize(turns) | {"epochs": as_json(turns)}


def as_json(turns: Turns) -> dict[str, Any]:
    """Returns all epochs by normalization and contender, those of one turn after those of another."""
    return {
        norm: {name: [epoch._asdict() for turn in run for epoch in turn.epochs] for name, run in runs.items()}
        for norm, runs in turns.items()
    }


def _measure_rounds(config: BenchmarkConfig) -> Turns:
    """Runs a warm-up and then the rounds; in each every contender has a turn, first in turn one after the other."""
    turns: dict[str, dict[str, list[Turn]]] = {norm: {name: [] for name in config.contenders} for norm in NORM_TYPES}
    with ExitStack() as running:
        processes = {
            (norm, name): running.enter_context(ContenderProcess(config, name, norm))
            for norm in NORM_TYPES
            for name in config.contenders
        }
        for number in range(config.rounds + 1):
            first = number % len(config.contenders)
            for norm in NORM_TYPES:
                for name in (*config.contenders[first:], *config.contenders[:first]):
                    turns[norm][name].append(_turn(processes[norm, name]))
    return turns


def _turn(process: ContenderProcess) -> Turn:
    epochs = [process.epoch() for _ in range(EPOCHS_PER_TURN)]
    return Turn(epochs, process.validation_seconds())


def summarize(turns: Turns) -> dict[str, Any]:
    """Returns by normalization and contender the spreads, and by contender the geometric mean of its median ratios."""
    norms = {
        norm: {name: _summarize_run(run[1:], runs["ours"][1:]) for name, run in runs.items()}
        for norm, runs in turns.items()
    }
    contenders = next(iter(norms.values()))
    means = {name: geometric_mean(runs[name]["times_ours"]["median"] for runs in norms.values()) for name in contenders}
    return {"norms": norms, "geometric_mean_times_ours": means}


def _summarize_run(run: Sequence[Turn], ours: Sequence[Turn]) -> dict[str, Spread]:
    seconds, our_seconds = ([fmean(epoch.seconds for epoch in turn.epochs) for turn in turns] for turns in (run, ours))
    valid_seconds = [turn.valid_seconds for turn in run]
    return {
        "seconds": spread(seconds),
        "train_seconds": spread(total - valid for total, valid in zip(seconds, valid_seconds, strict=True)),
        "valid_seconds": spread(valid_seconds),
        "times_ours": spread(paired_ratios(seconds, our_seconds)),
    }


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the times, and the accuracies that show that the work is the same."""
    rows = [
        (
            norm,
            NAMES[name],
            spread_text(run["seconds"]),
            *(f"{run[part]['median']:.3f}" for part in ("train_seconds", "valid_seconds")),
            spread_text(run["times_ours"], 2),
        )
        for norm, runs in result["norms"].items()
        for name, run in runs.items()
    ]
    means = result["geometric_mean_times_ours"]
    note = "Geometric mean of the times of jaxreg over the normalizations: " + ", ".join(
        f"{NAMES[name]} {mean:.2f}" for name, mean in means.items() if name != "ours"
    )
    header = ("norm", "", "s per epoch", "train", "validate", "times jaxreg, paired")
    return [
        Table("Seconds per epoch: median (least to greatest)", header, rows, note if len(means) > 1 else ""),
        _accuracies(result["epochs"]),
    ]


def _accuracies(epochs: Mapping[str, Any]) -> Table:
    rows = [
        (
            norm,
            NAMES[name],
            *(f"{epoch['valid_accuracy']:.1%}" for epoch in run[EPOCHS_PER_TURN - 1 :: EPOCHS_PER_TURN]),
        )
        for norm, runs in epochs.items()
        for name, run in runs.items()
    ]
    header = ("norm", "", *(f"epoch {EPOCHS_PER_TURN * number}" for number in range(1, len(rows[0]) - 1)))
    note = (
        f"A turn has {EPOCHS_PER_TURN} epochs in a row. The first turn is the warm-up: its work counts here, its time "
        "nowhere. Each starts as its own library does."
    )
    return Table("Epoch-valid accuracy after the same number of epochs", header, rows, note)
