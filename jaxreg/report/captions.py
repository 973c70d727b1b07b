"""The words that go with each figure: a title, one sentence made from the data, and the alternative text."""

from __future__ import annotations

from jaxreg.report.summary import FEW_TRIALS, FigureName, FigureText, Group, Panel, Relation, Summary, TestSummary
from jaxreg.report.wording import (
    NORM_SHORT,
    PARAMETERS,
    REG_SHORT,
    TITLES,
    listed,
    named,
    percent,
    plural,
    points,
    scientific,
)


def figure_texts(summary: Summary) -> tuple[FigureText, ...]:
    """Returns the texts of the figures that the study has data for, in the order of the report."""
    if not summary.trials:
        return ()
    drawn: list[tuple[FigureName, tuple[str, str] | None]] = [
        ("cells", _cells(summary)),
        ("history", _history(summary)),
        ("distribution", _distribution(summary)),
        *((name, _relation(relation)) for name, relation in summary.relations.items()),
        ("importance", _importance(summary)),
        ("training_curve", _training_curve(summary)),
        ("confusion", _confusion(summary)),
    ]
    return tuple(
        FigureText(name, TITLES[name], caption=words[1], alt=" ".join(words))
        for name, words in drawn
        if words is not None
    )


def _cells(summary: Summary) -> tuple[str, str]:
    shape = "Table of coloured cells, one row for each normalization and one column for each penalty."
    filled = [cell for cell in summary.cells if cell.best is not None]
    if not filled:
        return shape, "No cell has a trial that counts."
    top = max(filled, key=lambda c: (c.best or 0.0, -(c.best_trial or 0)))
    bottom = min(filled, key=lambda c: c.best or 0.0)
    caption = f"The best trial-valid accuracy is {_best(top)} in {named(top)} ({plural(top.count, 'trial')})"
    if bottom is not top:
        caption += f" and {_best(bottom)}, the lowest, in {named(bottom)} ({plural(bottom.count, 'trial')})"
    few = sum(cell.few for cell in summary.cells)
    if few:
        have = "has" if few == 1 else "have"
        caption += f"; {few} of {plural(len(summary.cells), 'cell')}, hatched, {have} fewer than {FEW_TRIALS} trials"
    return shape, caption + "."


def _best(group: Group) -> str:
    return percent(group.best or 0.0)


def _history(summary: Summary) -> tuple[str, str]:
    shape = "Scatter plot of trial-valid accuracy against trial number, with a step line of the best so far."
    improved = summary.history.improved
    if not improved:
        return shape, f"None of the {plural(len(summary.trials), 'trial')} counts towards a best." + _below(summary)
    first = next(b for b in summary.history.best_so_far if b is not None)
    best = summary.history.best_so_far[-1] or first
    last = summary.trials[-1].number
    caption = f"The search reached its best, {percent(best)}, in trial {improved[-1]} (of trials 0 to {last})"
    if len(improved) > 1:
        gained = "improvement" if len(improved) == 2 else "improvements"
        caption += f", after {len(improved) - 1} {gained} on the {percent(first)} of trial {improved[0]}"
    return shape, caption + "." + _below(summary)


def _below(summary: Summary) -> str:
    axis = summary.axis
    if not axis.below or axis.lowest is None:
        return ""
    lie = "lies" if axis.below == 1 else "lie"
    return (
        f" {plural(axis.below, 'trial')} {lie} below {percent(axis.low, 1)}, in the shaded band "
        f"(lowest {percent(axis.lowest, 1)})."
    )


def _distribution(summary: Summary) -> tuple[str, str]:
    shape = "Strip plot of the trial-valid accuracy of each trial, one row for each normalization and penalty."
    enough = [cell for cell in summary.cells if cell.count >= FEW_TRIALS and cell.median is not None]
    if len(enough) < 2:
        return shape, f"Fewer than two cells have {FEW_TRIALS} trials, so medians are not compared." + _below(summary)
    top, bottom = max(enough, key=lambda c: c.median or 0.0), min(enough, key=lambda c: c.median or 0.0)
    caption = (
        f"Among the cells with at least {FEW_TRIALS} trials, medians run from {percent(bottom.median or 0.0)} in "
        f"{named(bottom)} to {percent(top.median or 0.0)} in {named(top)}."
    )
    return shape, caption + _below(summary)


def _relation(relation: Relation) -> tuple[str, str]:
    parameter = PARAMETERS[relation.parameter]
    shape = (
        f"Scatter plots of trial-valid accuracy against {parameter} on a logarithmic axis, one panel for each "
        f"{PARAMETERS[relation.by]}, with the median in each bin."
    )
    ranges = [_near_best(panel, relation) for panel in relation.panels if panel.near_best is not None]
    few = [_panel_name(panel, relation) for panel in relation.panels if panel.near_best is None]
    if not ranges:
        return shape, f"No panel has the {FEW_TRIALS} trials that a statement about {parameter} would need."
    caption = f"Trials that cannot be told from the best of their panel had a {parameter} of {listed(ranges)}"
    if few:
        caption += f"; too few trials to say: {listed(few)}"
    return shape, caption + "."


def _near_best(panel: Panel, relation: Relation) -> str:
    assert panel.near_best is not None
    low, high, count = panel.near_best
    where = scientific(low) if count == 1 else f"{scientific(low)} to {scientific(high)}"
    return f"{where} with {_panel_name(panel, relation)} ({count} of {panel.count})"


def _panel_name(panel: Panel, relation: Relation) -> str:
    names = NORM_SHORT if relation.by == "norm_type" else REG_SHORT
    return names.get(panel.value, panel.value)


def _importance(summary: Summary) -> tuple[str, str] | None:
    if not summary.importance:
        return None
    ranked = sorted(summary.importance.items(), key=lambda item: -item[1])
    shares = [f"{PARAMETERS.get(name, name)} {percent(share, 0)}" for name, share in ranked]
    caption = (
        f"Estimated share of each hyperparameter in the variance of accuracy: {listed(shares)}; the trials are "
        "not evenly spread, so small differences between shares mean little."
    )
    return "Bar chart of hyperparameter importance.", caption


def _training_curve(summary: Summary) -> tuple[str, str] | None:
    if summary.winner is None or not summary.winner.trial.curve.valid_accuracy:
        return None
    trial = summary.winner.trial
    shape = "Line plots of the winner's accuracy and loss on train and epoch-valid over epochs, the best epoch marked."
    gap = trial.train_accuracy - trial.epoch_valid_accuracy
    caption = (
        f"The winner trained for {plural(trial.num_epochs, 'epoch')} and kept the weights of epoch {trial.best_epoch}: "
        f"{percent(trial.epoch_valid_accuracy)} on epoch-valid and {percent(trial.train_accuracy)} on train, "
        f"{points(abs(gap))} {'higher' if gap >= 0 else 'lower'}."
    )
    return shape, caption


def _confusion(summary: Summary) -> tuple[str, str] | None:
    test = summary.test
    if test is None or not test.num_examples:
        return None
    shape = "Confusion matrix on test: a row for each actual class and a column for each predicted class."
    return shape, confusion_sentence(test)


def confusion_sentence(test: TestSummary) -> str:
    """Returns how many test images are right, and the most frequent kind of error."""
    right = f"{test.num_correct:,} of {plural(test.num_examples, 'test image')} are right"
    if not test.confusions:
        return f"{right}."
    top = test.confusions[0]
    error = f"class {top.actual} taken for class {top.predicted} ({plural(top.count, 'image')})"
    return f"{right}; the most frequent error: {error}."
