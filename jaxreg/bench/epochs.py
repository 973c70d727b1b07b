"""Section "epochs": seconds per epoch of every contender and normalization, in interleaved rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from jaxreg.bench.config import BenchmarkConfig
from jaxreg.bench.contender import ContenderProcess
from jaxreg.bench.section import Spread, Table, geometric_mean, paired_ratios, spread, spread_text
from jaxreg.bench.workload import EpochTiming
from jaxreg.records import NORM_TYPES

NAMES = {"ours": "jaxreg", "torch": "PyTorch loop", "naive": "plain Flax loop"}
Epochs = Mapping[str, Mapping[str, Sequence[EpochTiming]]]  # by normalization and contender; the first is the warm-up


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns every epoch of every contender, and their medians, spreads and ratios without the first epoch."""
    epochs = _measure_rounds(config)
    raw = {norm: {name: [e._asdict() for e in run] for name, run in runs.items()} for norm, runs in epochs.items()}
    return summarize(epochs) | {"epochs": raw}


def _measure_rounds(config: BenchmarkConfig) -> Epochs:
    """Runs a warm-up and then the rounds; in each every contender has one epoch, first in turn one after the other."""
    epochs: dict[str, dict[str, list[EpochTiming]]] = {
        norm: {name: [] for name in config.contenders} for norm in NORM_TYPES
    }
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
                    epochs[norm][name].append(processes[norm, name].epoch())
    return epochs


def summarize(epochs: Epochs) -> dict[str, Any]:
    """Returns by normalization and contender the spreads, and by contender the geometric mean of its median ratios."""
    norms = {
        norm: {name: _summarize_run(run[1:], runs["ours"][1:]) for name, run in runs.items()}
        for norm, runs in epochs.items()
    }
    contenders = next(iter(norms.values()))
    means = {name: geometric_mean(runs[name]["times_ours"]["median"] for runs in norms.values()) for name in contenders}
    return {"norms": norms, "geometric_mean_times_ours": means}


def _summarize_run(run: Sequence[EpochTiming], ours: Sequence[EpochTiming]) -> dict[str, Spread]:
    return {
        "seconds": spread(e.seconds for e in run),
        "train_seconds": spread(e.seconds - e.valid_seconds for e in run),
        "valid_seconds": spread(e.valid_seconds for e in run),
        "times_ours": spread(paired_ratios([e.seconds for e in run], [e.seconds for e in ours])),
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
        (norm, NAMES[name], *(f"{epoch['valid_accuracy']:.1%}" for epoch in run))
        for norm, runs in epochs.items()
        for name, run in runs.items()
    ]
    header = ("norm", "", *(f"epoch {number}" for number in range(1, len(rows[0]) - 1)))
    note = "Epoch 1 is the warm-up: its work counts here, its time nowhere. Each starts as its own library does."
    return Table("Epoch-valid accuracy after the same number of epochs", header, rows, note)
