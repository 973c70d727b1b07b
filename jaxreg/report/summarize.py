"""From the records of a study to the numbers and words of its report; pure, and free of matplotlib."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist, median
from typing import Any, Literal

import numpy as np

from jaxreg.records import NORM_TYPES, REG_TYPES, StudyResults, TestResult, TrialRecord
from jaxreg.report.captions import figure_texts
from jaxreg.report.conclusion import conclusion
from jaxreg.report.summary import (
    FEW_TRIALS,
    Axis,
    Confusion,
    FigureName,
    Group,
    History,
    Interval,
    Panel,
    Relation,
    Split,
    Standing,
    Summary,
    TestSummary,
    Winner,
    setting,
)

TREND_TRIALS = 3  # a bin of fewer trials has no median in a trend
TREND_BINS = {"reg_lambda": 2, "learning_rate": 4}  # per decade
AXIS_SPREAD = 6.0  # the accuracy axis reaches this many times (best - median) below the best
AXIS_STEP = 0.005


def summarize(results: StudyResults, lang: str = "en") -> Summary:
    """Returns what the report says of a study: its numbers, conclusion and texts of figures, these in a language."""
    trials = results.trials
    norm_types = _values("norm_types", NORM_TYPES, (t.norm_type for t in trials), results.config)
    reg_types = _values("reg_types", REG_TYPES, (t.reg_type for t in trials), results.config)
    splits = tuple(_split(name, counts) for name, counts in results.class_counts.items())
    num_valid = sum(results.class_counts.get("trial_valid", ()))
    cells = _ranked([_group(trials, norm, reg) for norm in norm_types for reg in reg_types], num_valid)
    summary = Summary(
        config=results.config,
        trials=trials,
        num_diverged=sum(t.diverged for t in trials),
        num_pruned=sum(t.pruned and not t.diverged for t in trials),
        norm_types=norm_types,
        reg_types=reg_types,
        cells=cells,
        norms=_ranked([_group(trials, norm, None) for norm in norm_types], num_valid),
        regs=_ranked([_group(trials, None, reg) for reg in reg_types], num_valid),
        axis=accuracy_axis(trials, cells, num_classes=len(results.class_counts.get("train", ())) or 10),
        history=history(trials),
        relations=_relations(trials, norm_types, reg_types, num_valid),
        importance=results.importance,
        winner=_winner(results.best, cells, num_valid),
        test=None if results.test is None else summarize_test(results.test),
        splits=splits,
        network=results.network,
        seconds=results.seconds,
        lang=lang,
    )
    return replace(summary, conclusion=conclusion(summary), figures=figure_texts(summary))


def counts(trial: TrialRecord) -> bool:
    """Says whether a trial's accuracy can be compared: it trained to its end, with finite numbers."""
    return not trial.diverged and not trial.pruned


def standard_error(accuracy: float, num_examples: int) -> float:
    """Returns the binomial standard error of an accuracy, sqrt(p (1 - p) / n)."""
    return math.sqrt(accuracy * (1.0 - accuracy) / num_examples)


def resolution(first: float, second: float, num_examples: int) -> float | None:
    """Returns two standard errors of the difference of two accuracies, or None if the number of images is unknown.

    The two are taken as independent. Both are measured on the same images, so the true error is rather smaller;
    the luck of initialisation and shuffling is not in it.
    """
    if num_examples == 0:
        return None
    return 2.0 * math.hypot(standard_error(first, num_examples), standard_error(second, num_examples))


def wilson_interval(num_correct: int, num_examples: int, level: float = 0.95) -> Interval:
    """Returns the score interval of a share (Wilson 1927, without continuity correction).

    Its ends solve |p - k/n| = z sqrt(p (1 - p) / n); unlike p +- z se it stays inside 0..1 and holds near 1.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    share = num_correct / num_examples
    shrink = 1.0 + z * z / num_examples
    centre = (share + z * z / (2.0 * num_examples)) / shrink
    half = z * math.sqrt(share * (1.0 - share) / num_examples + (z / (2.0 * num_examples)) ** 2) / shrink
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def summarize_test(result: TestResult) -> TestSummary:
    """Returns the test result with its interval, the accuracy per class, and the errors from most to least frequent."""
    confusion = np.asarray(result.confusion, dtype=np.int64)  # [C, C + 1]
    num_correct, num_examples = int(np.trace(confusion)), int(confusion.sum())
    errors = [Confusion(i, j, int(confusion[i, j])) for i, j in np.argwhere(confusion[:, :-1] > 0).tolist() if i != j]
    totals = confusion.sum(axis=1)
    return TestSummary(
        result=result,
        num_correct=num_correct,
        num_examples=num_examples,
        interval=wilson_interval(num_correct, num_examples) if num_examples else Interval(0.0, 1.0),
        recall=tuple(float(confusion[i, i] / n) if n else None for i, n in enumerate(totals)),
        confusions=tuple(sorted(errors, key=lambda e: -e.count)),
    )


def history(trials: Sequence[TrialRecord]) -> History:
    """Returns the best accuracy so far after each trial, and the trials that raised it."""
    best: float | None = None
    best_so_far: list[float | None] = []
    improved: list[int] = []
    for trial in trials:
        if counts(trial) and (best is None or trial.trial_valid_accuracy > best):
            best = trial.trial_valid_accuracy
            improved.append(trial.number)
        best_so_far.append(best)
    return History(tuple(t.number for t in trials), tuple(best_so_far), tuple(improved))


def accuracy_axis(trials: Sequence[TrialRecord], cells: Sequence[Group], num_classes: int) -> Axis:
    """Returns the range of accuracy worth drawing, in steps of half a point.

    Trials that did not learn (less than halfway from chance to the best) must not squash the picture: the axis ends
    `AXIS_SPREAD` times (best - median of those that did learn) below the best, but never above the best of a cell.
    """
    everything = [t.trial_valid_accuracy for t in trials if math.isfinite(t.trial_valid_accuracy)]
    counted = [t.trial_valid_accuracy for t in trials if counts(t)] or everything
    if not everything:
        return Axis(0.0, 1.0, 0, None)
    best, lowest = max(counted), min(everything)
    learned = [a for a in counted if a > (1.0 / num_classes + best) / 2.0] or counted
    cell_bests = [c.best for c in cells if c.best is not None and c.best >= min(learned)]
    low = min([best - AXIS_SPREAD * (best - median(learned)), best - 2 * AXIS_STEP, *cell_bests])
    low = min((a for a in everything if a >= low), default=lowest)
    low = max(0.0, math.floor(low / AXIS_STEP - 0.2) * AXIS_STEP)
    top = max(everything)
    high = top + max(0.06 * (top - low), 0.0005)
    return Axis(low, high, sum(a < low for a in everything), lowest)


def _values(key: str, order: tuple[str, ...], tried: Iterable[str], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the values of a categorical hyperparameter that were searched or tried, in their usual order."""
    searched = setting(config, key)
    if isinstance(searched, str):
        searched = [part.strip() for part in searched.split(",")]
    found = {str(value) for value in searched or ()} | set(tried)
    return tuple(v for v in order if v in found) + tuple(sorted(found - set(order)))


def _group(trials: Sequence[TrialRecord], norm_type: str | None, reg_type: str | None) -> Group:
    members = [t for t in trials if norm_type in (None, t.norm_type) and reg_type in (None, t.reg_type)]
    counted = [t for t in members if counts(t)]
    best = max(counted, key=lambda t: (t.trial_valid_accuracy, -t.number), default=None)
    accuracies = tuple(t.trial_valid_accuracy for t in counted)
    return Group(
        norm_type=norm_type,
        reg_type=reg_type,
        accuracies=accuracies,
        diverged=sum(t.diverged for t in members),
        pruned=sum(t.pruned and not t.diverged for t in members),
        best=None if best is None else best.trial_valid_accuracy,
        best_trial=None if best is None else best.number,
        median=median(accuracies) if accuracies else None,
    )


def _ranked(groups: Sequence[Group], num_valid: int) -> tuple[Group, ...]:
    """Returns the groups, in their order, each with its standing against the one of the highest best."""
    leader = max(
        (g for g in groups if g.best is not None),
        key=lambda g: (g.best or 0.0, -(g.best_trial or 0)),
        default=None,
    )
    if leader is None or leader.best is None:
        return tuple(groups)
    return tuple(_placed(g, leader.best, g is leader, num_valid) for g in groups)


def _placed(group: Group, top: float, leads: bool, num_valid: int) -> Group:
    if group.best is None:
        return group
    gap, told = top - group.best, resolution(top, group.best, num_valid)
    standing: Standing
    if leads:
        standing = "leader"
    elif group.count < FEW_TRIALS:
        standing = "few"
    else:
        standing = "behind" if told is not None and gap > told else "level"
    return replace(group, gap=gap, resolution=told, standing=standing)


def _winner(trial: TrialRecord | None, cells: Sequence[Group], num_valid: int) -> Winner | None:
    if trial is None:
        return None
    best = trial.trial_valid_accuracy

    def near(accuracy: float) -> bool:
        told = resolution(best, accuracy, num_valid)
        return told is not None and best - accuracy <= told

    return Winner(
        trial=trial,
        standard_error=standard_error(best, num_valid) if num_valid else None,
        resolution=resolution(best, best, num_valid),
        near=max(0, sum(near(a) for c in cells for a in c.accuracies) - 1),
        near_cells=sum(any(near(a) for a in c.accuracies) for c in cells),
    )


def _relations(
    trials: Sequence[TrialRecord], norm_types: Sequence[str], reg_types: Sequence[str], num_valid: int
) -> dict[FigureName, Relation]:
    penalties = [r for r in reg_types if any(t.reg_type == r and t.reg_lambda is not None for t in trials)]
    relations: dict[FigureName, Relation] = {
        "lambda_by_penalty": _relation(trials, "reg_lambda", "reg_type", penalties, num_valid),
        "lambda_by_normalization": _relation(trials, "reg_lambda", "norm_type", norm_types, num_valid),
        "learning_rate_by_normalization": _relation(trials, "learning_rate", "norm_type", norm_types, num_valid),
        "learning_rate_by_penalty": _relation(trials, "learning_rate", "reg_type", reg_types, num_valid),
    }
    return {name: relation for name, relation in relations.items() if any(p.trials for p in relation.panels)}


def _relation(
    trials: Sequence[TrialRecord],
    parameter: Literal["reg_lambda", "learning_rate"],
    by: Literal["norm_type", "reg_type"],
    values: Sequence[str],
    num_valid: int,
) -> Relation:
    with_value = [t for t in trials if getattr(t, parameter) is not None]
    panels = [_panel(v, [t for t in with_value if getattr(t, by) == v], parameter, num_valid) for v in values]
    return Relation(parameter, by, tuple(panels))


def _panel(value: str, trials: Sequence[TrialRecord], parameter: str, num_valid: int) -> Panel:
    x = np.array([getattr(t, parameter) for t in trials if counts(t)], dtype=np.float64)
    y = np.array([t.trial_valid_accuracy for t in trials if counts(t)], dtype=np.float64)
    near_best = None
    told = resolution(float(y.max()), float(y.max()), num_valid) if y.size else None
    if y.size >= FEW_TRIALS and told is not None:
        near = x[y >= y.max() - told]
        near_best = (float(near.min()), float(near.max()), int(near.size))
    steps = TREND_BINS[parameter]
    bins = np.floor(steps * np.log10(x)).astype(int)
    trend = tuple(
        (
            max(10.0 ** (b / steps), float(x.min())),
            min(10.0 ** ((b + 1) / steps), float(x.max())),
            float(np.median(y[bins == b])),
        )
        for b in np.unique(bins).tolist()
        if (bins == b).sum() >= TREND_TRIALS
    )
    return Panel(value, tuple(trials), int(y.size), near_best, trend)


def _split(name: str, class_counts: tuple[int, ...]) -> Split:
    smallest = min(class_counts, default=0)
    return Split(name, tuple(class_counts), max(class_counts) / smallest if smallest else None)
