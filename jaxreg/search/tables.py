"""The tables of a search in its run folder."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from jaxreg.files import write_csv
from jaxreg.methods.comparison import Comparison
from jaxreg.records import TrialRecord


def write_trials(folder: Path, trials: Sequence[TrialRecord], comparison: Comparison) -> None:
    """Writes trials.csv, one row a trial, and curves.csv, one row an epoch; what does not exist is an empty cell.

    What differs from run to run, the time that a trial took, is apart in times.csv: the other two are the same files
    wherever the study ran on this kind of processor, and however many processes did it.
    """
    apart = ["number", "methods", "params", "curve", "correct", "scores", "seconds"]
    if all(trial.trial_valid_score is None for trial in trials):  # accuracy is the metric
        apart.append("trial_valid_score")
    names = [spec.name for spec in dataclasses.fields(TrialRecord) if spec.name not in apart]
    rows = [
        [
            trial.number,
            *(trial.methods[name] for name in comparison.names),
            *(trial.params.get(name) for name in comparison.space),
            *(" ".join(map(str, v)) if isinstance(v := getattr(trial, name), tuple) else v for name in names),
        ]
        for trial in trials
    ]
    write_csv(folder / "trials.csv", ["number", *comparison.names, *comparison.space, *names], rows)
    measures = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy")
    epochs = [
        [trial.number, epoch, *values]
        for trial in trials
        for epoch, values in enumerate(zip(*(getattr(trial.curve, m) for m in measures), strict=True), start=1)
    ]
    write_csv(folder / "curves.csv", ["number", "epoch", *measures], epochs)
    write_csv(folder / "times.csv", ["number", "seconds"], [[trial.number, trial.seconds] for trial in trials])
