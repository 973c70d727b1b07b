"""From the records of a study to the numbers and words of its report; pure, and free of matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from jaxreg.pages.measure import MEASURES
from jaxreg.pages.wording import label
from jaxreg.records import TrialRecord
from jaxreg.search.captions import FIGURES, figure_texts
from jaxreg.search.conclusion import conclusion
from jaxreg.search.precision import compare, error_of, standard_error, wilson_interval
from jaxreg.search.records import StudyResults, TestResult
from jaxreg.search.summary import (
    FEW_TRIALS,
    Axis,
    Balance,
    Confusion,
    Evenness,
    Group,
    History,
    Panel,
    Relation,
    Split,
    Standing,
    Summary,
    TestSummary,
    Winner,
    is_short,
)

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Method, Range

TREND_TRIALS = 3  # a bin of fewer trials has no median in a trend
TREND_BINS = 8  # of a linear axis
AXIS_SPREAD = 6.0  # the accuracy axis reaches this many times (best - median) below the best
AXIS_STEP = 0.005
NORMAL = 1.96  # standard errors on each side of an interval of 95 %
MEASURED = ("trial_valid", "test")  # the splits whose accuracies a report compares
UNEVEN = 0.1  # how far an accuracy may lie from the mean over classes, as a part of the spread of their recalls


def summarize(results: StudyResults, lang: str = "en") -> Summary:
    """Returns what the report says of a study: its numbers, conclusion and texts of figures, these in a language."""
    trials, comparison, class_counts = results.trials, results.comparison, results.class_counts
    splits = tuple(Split(name, tuple(counts)) for name, counts in class_counts.items())
    num_valid = sum(class_counts["trial_valid"])
    named = [dict(zip(comparison.names, cell, strict=True)) for cell in comparison.cells]
    cells = _ranked([_group(results, methods) for methods in named], trials, num_valid)
    metric = results.config.get("settings", {}).get("metric") or "accuracy"
    measure = MEASURES[metric]
    costs = results.config.get("identity", {}).get("costs", ())
    num_classes = sum(n > 0 for n in class_counts["trial_valid"])
    summary = Summary(
        **vars(results),
        cells=cells,
        groups={
            factor.name: _ranked([_group(results, {factor.name: m.name}) for m in methods], trials, num_valid)
            for factor, methods in comparison.factors
        },
        axis=score_axis(
            trials,
            cells,
            measure.chance(num_classes, costs),
            least=0.0 if measure.is_share else -math.inf,
        ),
        history=history(trials),
        relations=_relations(results, num_valid),
        winner=_winner(results, num_valid, metric, costs),
        splits=splits,
        balance=_balance(splits),
        lang=lang,
    )
    said = tuple(measure.words(line).to(lang) for line in conclusion(summary))
    return replace(summary, conclusion=said, figures=figure_texts(summary))


def figure_names(comparison: Comparison) -> set[str]:
    """Returns the names of all figures that a study of a comparison may have."""
    return {*FIGURES, *(f"{name}_by_{factor}" for name in comparison.space for factor in comparison.names)}


def summarize_test(result: TestResult, most: float = 1.0) -> TestSummary:
    """Returns the test result with its interval, the accuracy per class, and the errors from most to least frequent.

    `most` is the greatest score that there can be: 1 of a share, which is 0 at the least, and 0 of a loss.
    """
    confusion = np.asarray(result.confusion, dtype=np.int64)  # [C, C + 1]
    num_correct, num_examples = int(np.trace(confusion)), int(confusion.sum())
    errors = [Confusion(i, j, int(confusion[i, j])) for i, j in np.argwhere(confusion[:, :-1] > 0).tolist() if i != j]
    totals = confusion.sum(axis=1)
    low, high = wilson_interval(num_correct, num_examples)
    if result.score is not None and result.score_error is not None:
        reach = NORMAL * result.score_error
        low, high = max(result.score - reach, 0.0 if most else -math.inf), min(result.score + reach, most)
    return TestSummary(
        result=result,
        num_correct=num_correct,
        num_examples=num_examples,
        unanswered=int(confusion[:, -1].sum()),
        low=low,
        high=high,
        recall=tuple(float(confusion[i, i] / n) if n else None for i, n in enumerate(totals)),
        confusions=tuple(sorted(errors, key=lambda e: -e.count)),
    )


def history(trials: Sequence[TrialRecord]) -> History:
    """Returns the best accuracy so far after each trial, and the trials that raised it."""
    best: float | None = None
    best_so_far: list[float | None] = []
    improved: list[int] = []
    for trial in trials:
        if trial.counts and (best is None or trial.score > best):
            best = trial.score
            improved.append(trial.number)
        best_so_far.append(best)
    return History(tuple(best_so_far), tuple(improved))


def score_axis(trials: Sequence[TrialRecord], cells: Sequence[Group], chance: float, least: float = 0.0) -> Axis:
    """Returns the range of scores worth drawing, in steps of half a point, none below the least that there can be.

    Trials that did not learn (less than halfway from chance to the best) must not squash the picture: the axis ends
    `AXIS_SPREAD` times (best - median of those that did learn) below the best, but never above the best of a cell.
    """
    everything = [t.score for t in trials if math.isfinite(t.score)]
    counted = [t.score for t in trials if t.counts] or everything
    if not everything:
        return Axis(0.0, 1.0, 0, None)
    best, lowest = max(counted), min(everything)
    learned = [a for a in counted if a > (chance + best) / 2.0] or counted
    cell_bests = [c.best for c in cells if c.best is not None and c.best >= min(learned)]
    low = min([best - AXIS_SPREAD * (best - median(learned)), best - 2 * AXIS_STEP, *cell_bests])
    low = min((a for a in everything if a >= low), default=lowest)
    low = max(least, math.floor(low / AXIS_STEP - 0.2) * AXIS_STEP)
    top = max(everything)
    high = top + max(0.06 * (top - low), 0.0005)
    return Axis(low, high, sum(a < low for a in everything), lowest)


def _group(results: StudyResults, methods: Mapping[str, str]) -> Group:
    members = [t for t in results.trials if methods.items() <= t.methods.items()]
    counted = [t for t in members if t.counts]
    best = max(counted, key=lambda t: (t.score, -t.number), default=None)
    accuracies = tuple(t.score for t in counted)
    return Group(
        methods=methods,
        label=label(results.comparison, methods),
        accuracies=accuracies,
        diverged=sum(t.diverged for t in members),
        pruned=sum(t.pruned and not t.diverged for t in members),
        best=best.score if best else None,
        best_trial=best.number if best else None,
        median=median(accuracies) if accuracies else None,
    )


def _ranked(groups: Sequence[Group], trials: Sequence[TrialRecord], num_valid: int) -> tuple[Group, ...]:
    """Returns the groups, in their order, each with its standing against the one of the highest best."""
    filled = [g for g in groups if g.best is not None]
    if not filled:
        return tuple(groups)
    leader = max(filled, key=lambda g: (g.best if g.best is not None else -math.inf, -(g.best_trial or 0)))
    by_number: dict[int | None, TrialRecord] = {t.number: t for t in trials}
    told = compare(by_number[leader.best_trial], [by_number[g.best_trial] for g in filled], num_valid)
    standings = iter(zip(told.resolution.tolist(), told.apart.tolist(), strict=True))
    return tuple(g if g.best is None else _placed(g, leader, *next(standings)) for g in groups)


def _placed(group: Group, leader: Group, resolution: float, apart: bool) -> Group:
    gap = (leader.best or 0.0) - (group.best or 0.0)
    standing: Standing = "behind" if apart else "level"
    if group is leader:
        standing = "leader"
    elif group.few and gap > 0.0:  # equals are equal, however few
        standing = "few"
    return replace(group, gap=gap, resolution=resolution, standing=standing)


def _winner(results: StudyResults, num_valid: int, metric: str, costs: Sequence[Sequence[float]]) -> Winner | None:
    trial = results.best
    if trial is None or results.test is None:
        return None
    others = [t for t in results.trials if t.counts and t.number != trial.number]
    told = compare(trial, others, num_valid)
    near = [t for t, apart in zip(others, told.apart, strict=True) if not apart]
    return Winner(
        trial=trial,
        standard_error=(
            error_of(
                np.frombuffer(trial.scores, np.float32), metric, np.array(results.class_counts["trial_valid"]), costs
            )
            if trial.scores
            else standard_error(trial.trial_valid_accuracy, num_valid)
        ),
        resolution=float(np.median(told.resolution)) if others else None,
        equal=1 + sum(t.score == trial.score for t in others),
        near=len(near),
        near_cells=len({t.cell for t in near}),
        test=summarize_test(results.test, MEASURES[metric].most),
    )


def _relations(results: StudyResults, num_valid: int) -> dict[str, Relation]:
    """Returns the relations of each hyperparameter that was tried, that by the factor of its own methods first.

    They are by the factors that have methods to compare: of its own factor, those that have the hyperparameter.
    """
    relations: dict[str, Relation] = {}
    for name, given in results.comparison.space.items():
        having = [t for t in results.trials if name in t.params]
        own = {f.name: [m for m in methods if name in m.space] for f, methods in results.comparison.factors}
        by = [(factor, own[factor.name] or methods) for factor, methods in results.comparison.factors]
        by.sort(key=lambda candidate: not own[candidate[0].name])
        for factor, methods in [candidate for candidate in by if len(candidate[1]) > 1] or by[:1]:
            tried = [(m, [t for t in having if t.methods[factor.name] == m.name]) for m in methods]
            panels = [_panel(m, trials, name, given, num_valid) for m, trials in tried if trials or name not in m.space]
            if any(panel.trials for panel in panels):
                relations[f"{name}_by_{factor.name}"] = Relation(name, given, factor, tuple(panels))
    return relations


def _panel(method: Method, trials: Sequence[TrialRecord], name: str, given: Range, num_valid: int) -> Panel:
    counted = [t for t in trials if t.counts]
    x = np.array([t.params[name] for t in counted], dtype=np.float64)
    y = np.array([t.score for t in counted], dtype=np.float64)
    near_best = None
    if y.size >= FEW_TRIALS:
        near = x[~compare(counted[int(y.argmax())], counted, num_valid).apart]
        near_best = (float(near.min()), float(near.max()), int(near.size))
    return Panel(method, tuple(trials), int(y.size), near_best, _trend(x, y, given))


def _trend(x: NDArray[np.float64], y: NDArray[np.float64], given: Range) -> tuple[tuple[float, float, float], ...]:
    """Returns the median of y in bins of x: a half or, on a short axis, a quarter of a power of ten wide."""
    steps = (4 if is_short(given) else 2) if given.log else TREND_BINS / (given.high - given.low)
    bins = np.floor(steps * (np.log10(x) if given.log else x)).astype(int)
    found = []
    for b in np.unique(bins).tolist():
        low, high = (10.0 ** (edge / steps) if given.log else edge / steps for edge in (b, b + 1))
        if (bins == b).sum() >= TREND_TRIALS:
            found.append((max(low, float(x.min())), min(high, float(x.max())), float(np.median(y[bins == b]))))
    return tuple(found)


def _balance(splits: Sequence[Split]) -> Balance:
    """Returns how even the classes are where accuracy is measured, in the split where they are least so.

    A class of share p counts p in an accuracy and 1 / C in the mean over classes, so that the two differ by at most
    half of sum |p - 1 / C| times the difference of the best and the worst recall. Images drawn from even classes are
    uneven too: Pearson's X^2 is then C - 1 on average, with a variance of 2 (C - 1).
    """
    counts = {split.name: np.array(split.counts) for split in splits}
    occurring = np.sum(list(counts.values()), axis=0) > 0
    num_classes = int(occurring.sum())
    found = []
    for name in MEASURED:
        total = counts[name].sum()
        shares = counts[name][occurring] / total
        away = shares - 1.0 / num_classes
        by_chance = total * num_classes * (away**2).sum() <= num_classes - 1 + 3.0 * math.sqrt(2.0 * (num_classes - 1))
        distance = float(np.abs(away).sum() / 2.0)
        kind: Evenness = "even" if distance <= UNEVEN else "drawn" if by_chance else "uneven"
        found.append((kind, distance, name, float(shares.max())))
    kind, _, name, guess = max(found, key=lambda f: (get_args(Evenness).index(f[0]), f[1]))
    return Balance(kind, name, guess, num_classes)
