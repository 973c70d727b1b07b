"""The report's vocabulary, in English: names and forms of numbers. `conclusion` and `captions` make its sentences.

These three modules hold all prose of the report. Accuracies are written in per cent, differences of accuracies in
percentage points ("points").
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxreg.records import TrialRecord
from jaxreg.report.summary import FEW_TRIALS, FigureName, Group, Split

BALANCED_RATIO = 1.5  # largest over smallest class up to which accuracy is called a fair metric

NORM_NAMES = {"none": "no normalization", "batch": "batch normalization", "layer": "layer normalization"}
REG_NAMES = {"none": "no penalty", "l1": "L1 penalty", "l2": "L2 penalty", "elastic": "elastic-net penalty"}
NORM_SHORT = {"none": "no norm", "batch": "batch", "layer": "layer"}
REG_SHORT = {"none": "no penalty", "l1": "L1", "l2": "L2", "elastic": "elastic"}
SPLITS = {"train": "train", "epoch_valid": "epoch-valid", "trial_valid": "trial-valid", "test": "test"}
PARAMETERS = {
    "norm_type": "normalization",
    "reg_type": "penalty",
    "reg_lambda": "lambda",
    "learning_rate": "learning rate",
}
TITLES: dict[FigureName, str] = {
    "cells": "Best accuracy by normalization and penalty",
    "history": "Accuracy over trials",
    "distribution": "Every trial, by normalization and penalty",
    "lambda_by_penalty": "Accuracy by lambda, for each penalty",
    "lambda_by_normalization": "Accuracy by lambda, for each normalization",
    "learning_rate_by_normalization": "Accuracy by learning rate, for each normalization",
    "learning_rate_by_penalty": "Accuracy by learning rate, for each penalty",
    "importance": "Importance of the hyperparameters",
    "training_curve": "The winner's training",
    "confusion": "The winner's errors on test",
}
LABELS = {
    "accuracy_axis": "trial-valid accuracy (%)",
    "accuracy_percent": "accuracy (%)",
    "actual": "actual class",
    "best_epoch": "best epoch",
    "best_so_far": "best so far",
    "epoch": "epoch",
    "epoch_valid": "epoch-valid",
    "few": "few",
    "diverged": "diverged",
    "loss": "loss (without penalty)",
    "median": "median",
    "middle_half": f"middle half ({FEW_TRIALS} trials or more)",
    "not_tried": "no counted trial",
    "only": "only",
    "or": "or",
    "predicted": "predicted class",
    "pruned": "pruned",
    "train": "train",
    "trend": "median in each bin",
    "trial_number": "trial",
}  # in the figures

PAGE = {
    "title": "Which regularization is best?",
    "contents": "Contents",
    "conclusion": "Conclusion",
    "trials": "Accuracy over trials",
    "hyperparameters": "Accuracy by the value of each hyperparameter",
    "winner": "The winner",
    "data": "Images per class and split",
    "all_trials": "All trials",
    "method": "Method, settings and how to repeat this",
    "footer": "Made by jaxreg from the records of this run. The figures are in the folder plots/ too.",
    "data_name": "data:",
    "seed": "seed",
    "how_sure": "How sure one can be",
    "test_accuracy": "accuracy on test",
    "trial_valid_accuracy": "accuracy on trial-valid",
    "epoch_valid_accuracy": "accuracy on epoch-valid",
    "train_accuracy": "accuracy on train",
    "generalization_gap": "train minus test",
    "standard_error": "one standard error",
    "winner_short": "winner",
    "counted": "trials that count",
    "not_counted": "diverged or pruned",
    "cells": "Normalization x penalty",
    "cells_note": f"Shaded rows, marked *, have fewer than {FEW_TRIALS} trials: their place rests on little. "
    "A click on a head sorts.",
    "num_trials": "trials",
    "best": "best",
    "median": "median",
    "gap": "points below",
    "best_trial": "best trial",
    "diverged": "diverged",
    "pruned": "pruned",
    "trial": "trial",
    "norm": "normalization",
    "reg": "penalty",
    "trial_valid": "trial-valid",
    "epoch_valid": "epoch-valid",
    "train": "train",
    "configuration": "configuration",
    "epochs": "epochs",
    "best_epoch": "best epoch",
    "seconds": "seconds",
    "status": "status",
    "key": "random key",
    "network": "Network",
    "actual": "actual",
    "predicted": "predicted",
    "images": "images",
    "class": "class",
    "hardest_class": "The class recognised least often is",
    "top_errors": "Most frequent errors on test",
    "show": "Show",
    "general": "General",
    "reproduce": "Repeat this run",
    "reproduce_note": "Each trial's randomness derives from its random key in the table above, so that one trial can "
    "be run again alone.",
    "method_text": "Each trial trains the network on train, stops when the accuracy on epoch-valid no longer improves, "
    "keeps the weights of its best epoch and measures them on trial-valid; the search maximises that accuracy. Only "
    "the winner is measured on test, once.\nTrain accuracy and loss are averages over an epoch, taken before each "
    "step's update; losses are without the penalty. An interval is Wilson's, a standard error the binomial one; both "
    "speak of the images measured, not of the luck of a training.",
}  # on the page


def percent(share: float, digits: int = 2) -> str:
    """Returns a share as per cent."""
    return f"{100.0 * share:.{digits}f} %"


def points(difference: float) -> str:
    """Returns a difference of shares in percentage points."""
    return f"{100.0 * difference:.2f} points"


def scientific(value: float) -> str:
    """Returns a positive number in short scientific form, 3.2e-4."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def plural(count: int, noun: str) -> str:
    """Returns "1 trial", "2 trials"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """Returns "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def named(group: Group) -> str:
    """Returns the short name of a group: "batch + L2", "batch" or "L2"."""
    norm = None if group.norm_type is None else NORM_SHORT.get(group.norm_type, group.norm_type)
    reg = None if group.reg_type is None else REG_SHORT.get(group.reg_type, group.reg_type)
    return " + ".join(name for name in (norm, reg) if name)


def configuration(trial: TrialRecord) -> str:
    """Returns what a trial tried, in one phrase."""
    norm = NORM_NAMES.get(trial.norm_type, trial.norm_type)
    reg = REG_NAMES.get(trial.reg_type, trial.reg_type)
    strength = "" if trial.reg_lambda is None else f" (lambda {scientific(trial.reg_lambda)})"
    return f"{norm} with {reg}{strength}, learning rate {scientific(trial.learning_rate)}"


def status(trial: TrialRecord) -> str:
    """Returns how a trial ended."""
    return "diverged" if trial.diverged else "pruned" if trial.pruned else "complete"


def duration(seconds: float) -> str:
    """Returns a time as seconds, minutes or hours."""
    if seconds < 90.0:
        return f"{seconds:.0f} s of training"
    minutes = round(seconds / 60.0)
    return f"{minutes} min of training" if minutes < 120 else f"{minutes / 60.0:.1f} h of training"


def balance(splits: Sequence[Split]) -> str:
    """Returns how unbalanced the classes are, and what follows for accuracy as a metric."""
    ratios = [
        f"{split.ratio:.2f} in {SPLITS.get(split.name, split.name)}" for split in splits if split.ratio is not None
    ]
    absent = [SPLITS.get(split.name, split.name) for split in splits if split.ratio is None]
    worst = max((split.ratio or float("inf") for split in splits), default=float("inf"))
    guess = max((max(split.counts) / split.total for split in splits if split.total), default=0.0)
    parts = []
    if ratios:
        parts.append(f"Images of the largest class over those of the smallest: {listed(ratios)}.")
    if absent:
        parts.append(f"A class is absent in {listed(absent)}.")
    naming = f"always naming the largest class would score at most {percent(guess, 1)}"
    if worst <= BALANCED_RATIO:
        parts.append(f"The classes are balanced enough for accuracy to be a fair metric: {naming}.")
    else:
        parts.append(
            f"The classes are unbalanced, so accuracy favours the frequent ones: {naming}; see the errors too."
        )
    return " ".join(parts)
