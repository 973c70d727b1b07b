"""The words that go with each figure: a title, one sentence made from the data, and the alternative text."""

from __future__ import annotations

from jaxreg.report.figure_text import CAPTIONS, TITLES
from jaxreg.report.summary import (
    FEW_TRIALS,
    Confusion,
    FigureName,
    FigureText,
    Group,
    Panel,
    Relation,
    Summary,
    TestSummary,
)
from jaxreg.report.wording import (
    NORM_SHORT,
    PARAMETERS,
    REG_SHORT,
    counted,
    listed,
    named,
    percent,
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
        *((name, _relation(relation, summary.lang)) for name, relation in summary.relations.items()),
        ("importance", _importance(summary)),
        ("training_curve", _training_curve(summary)),
        ("confusion", _confusion(summary)),
    ]
    return tuple(
        FigureText(name, TITLES[summary.lang][name], caption=words[1], alt=" ".join(words))
        for name, words in drawn
        if words is not None
    )


def _cells(summary: Summary) -> tuple[str, str]:
    text, lang = CAPTIONS[summary.lang], summary.lang
    filled = [cell for cell in summary.cells if cell.best is not None]
    if not filled:
        return text["cells_shape"], text["cells_empty"]
    top = max(filled, key=lambda c: (c.best or 0.0, -(c.best_trial or 0)))
    bottom = min(filled, key=lambda c: c.best or 0.0)
    equal = bottom.best == top.best
    caption = text["cells_one" if len(filled) == 1 else "cells_equal" if equal else "cells"].format(
        filled=counted(len(filled), "cell", lang),
        best=_best(top),
        top=named(top, lang),
        trials=counted(top.count, "trial", lang),
        lowest=_best(bottom),
        bottom=named(bottom, lang),
        bottom_trials=counted(bottom.count, "trial", lang),
    )
    few = sum(cell.count < FEW_TRIALS for cell in summary.cells)
    if few:
        cells = counted(len(summary.cells), "cell", lang)
        caption += text["cells_few_one" if few == 1 else "cells_few"].format(few=few, cells=cells, limit=FEW_TRIALS)
    return text["cells_shape"], caption + "."


def _best(group: Group) -> str:
    return percent(group.best or 0.0)


def _history(summary: Summary) -> tuple[str, str]:
    text, lang = CAPTIONS[summary.lang], summary.lang
    improved, below = summary.history.improved, _below(summary)
    if not improved:
        return text["history_shape"], text["history_empty"] + below
    first = next(b for b in summary.history.best_so_far if b is not None)
    only = len(summary.trials) == 1
    caption = text["history" if len(improved) > 1 else "history_only" if only else "history_first"].format(
        best=percent(summary.history.best_so_far[-1] or first),
        number=improved[-1],
        last=summary.trials[-1].number,
        improvements=counted(len(improved) - 1, "improvement", lang),
        first=percent(first),
        first_number=improved[0],
    )
    return text["history_shape"], caption + below


def _below(summary: Summary) -> str:
    axis = summary.axis
    if not axis.below or axis.lowest is None:
        return ""
    return CAPTIONS[summary.lang]["below_one" if axis.below == 1 else "below"].format(
        trials=counted(axis.below, "trial", summary.lang),
        low=percent(axis.low, 1),
        lowest=percent(axis.lowest, 1),
    )


def _distribution(summary: Summary) -> tuple[str, str]:
    text, lang = CAPTIONS[summary.lang], summary.lang
    enough = [cell for cell in summary.cells if cell.count >= FEW_TRIALS and cell.median is not None]
    if len(enough) < 2:
        return text["distribution_shape"], text["distribution_few"].format(limit=FEW_TRIALS) + _below(summary)
    top, bottom = max(enough, key=lambda c: c.median or 0.0), min(enough, key=lambda c: c.median or 0.0)
    caption = text["distribution_equal" if top.median == bottom.median else "distribution"].format(
        limit=FEW_TRIALS,
        lowest=percent(bottom.median or 0.0),
        bottom=named(bottom, lang),
        highest=percent(top.median or 0.0),
        top=named(top, lang),
    )
    return text["distribution_shape"], caption + _below(summary)


def _relation(relation: Relation, lang: str) -> tuple[str, str]:
    text, parameter = CAPTIONS[lang], PARAMETERS[lang][relation.parameter]
    shape = text["relation_shape"].format(parameter=parameter, by=PARAMETERS[lang][relation.by])
    ranges = [_near_best(panel, relation, lang) for panel in relation.panels if panel.near_best is not None]
    few = [_panel_name(panel, relation, lang) for panel in relation.panels if panel.near_best is None]
    if not ranges:
        return shape, text["relation_few"].format(limit=FEW_TRIALS, parameter=parameter)
    caption = text["relation"].format(parameter=parameter, ranges=listed(ranges, lang))
    if few:
        caption += text["relation_rest"].format(panels=listed(few, lang))
    return shape, caption + "."


def _near_best(panel: Panel, relation: Relation, lang: str) -> str:
    assert panel.near_best is not None
    low, high, count = panel.near_best
    ends = scientific(low), scientific(high)
    return CAPTIONS[lang]["near_same" if ends[0] == ends[1] else "near"].format(
        low=ends[0],
        high=ends[1],
        panel=_panel_name(panel, relation, lang),
        count=count,
        total=panel.count,
    )


def _panel_name(panel: Panel, relation: Relation, lang: str) -> str:
    names = NORM_SHORT if relation.by == "norm_type" else REG_SHORT
    return names[lang].get(panel.value, panel.value)


def _importance(summary: Summary) -> tuple[str, str] | None:
    if summary.importance is None:
        return None
    text, lang, found = CAPTIONS[summary.lang], summary.lang, summary.importance
    ranked = sorted(found.shares, key=lambda name: -found.shares[name])
    above = [f"{PARAMETERS[lang][name]} ({percent(found.shares[name], 0)})" for name in ranked if found.tells(name)]
    below = [PARAMETERS[lang][name] for name in ranked if not found.tells(name)]
    parts = [
        text["importance" if above else "importance_none"],
        text["importance_below"] if above and below else "",
        text["importance_what"],
        text["importance_lambda"] if "reg_lambda" in found.shares else "",
        text["importance_shared"],
    ]
    return text["importance_shape"], "".join(parts).format(
        trials=counted(found.num_trials, "trial", lang),
        above=listed(above, lang),
        below=listed(below, lang),
    )


def _training_curve(summary: Summary) -> tuple[str, str] | None:
    if summary.winner is None or not summary.winner.trial.curve.valid_accuracy:
        return None
    text, trial = CAPTIONS[summary.lang], summary.winner.trial
    gap = trial.train_accuracy - trial.epoch_valid_accuracy
    side = "equal" if not gap else "higher" if gap > 0 else "lower"
    caption = text[f"training_curve_{side}"].format(
        epochs=counted(trial.num_epochs, "epoch", summary.lang),
        best=trial.best_epoch,
        valid=percent(trial.epoch_valid_accuracy),
        train=percent(trial.train_accuracy),
        gap=points(abs(gap), summary.lang),
    )
    return text["training_curve_shape"], caption


def _confusion(summary: Summary) -> tuple[str, str] | None:
    if summary.winner is None:
        return None
    return CAPTIONS[summary.lang]["confusion_shape"], confusion_sentence(summary.winner.test, summary.lang)


def confusion_sentence(test: TestSummary, lang: str) -> str:
    """Returns how many test images are right, and the most frequent kind of error."""
    text = CAPTIONS[lang]
    kinds = sum(error.count == test.confusions[0].count for error in test.confusions)
    top = test.confusions[0] if kinds else Confusion(0, 0, 0)
    key = "right" if not kinds else "right_but" if kinds == 1 else "right_tied"
    said = text[key] + (text["unanswered"] if test.unanswered else "")
    return said.format(
        right=f"{test.num_correct:,}",
        images=counted(test.num_examples, "test image", lang),
        kinds=f"{kinds:,}",
        actual=top.actual,
        predicted=top.predicted,
        errors=counted(top.count, "image", lang),
        lost=counted(test.unanswered, "image", lang),
    )
