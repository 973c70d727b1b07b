"""The words that go with each figure: a title, one sentence made from the data, and the alternative text."""

from __future__ import annotations

from jaxreg.pages.markup import Picture
from jaxreg.pages.wording import (
    CELLS,
    EPOCHS,
    IMAGES,
    IMPROVEMENTS,
    TEST_IMAGES,
    TRIALS,
    combination,
    counted,
    joined,
    listed,
    number,
    percent,
    points,
    quantity,
)
from jaxreg.search import figure_text as words
from jaxreg.search.summary import (
    FEW_TRIALS,
    Confusion,
    Panel,
    Relation,
    Summary,
    TestSummary,
    grid,
)
from jaxreg.text import Text

FIGURES = ("cells", "history", "distribution", "importance", "training_curve", "confusion")  # beside the relations
NOTHING = Text("", "")
Said = tuple[Text, Text, Text]  # the title, what kind of figure it is, and what it shows


def figure_texts(summary: Summary) -> tuple[Picture, ...]:
    """Returns the texts of the figures that the study has data for, in the order of the report."""
    if not summary.trials:
        return ()
    drawn: list[tuple[str, Said | None]] = [
        ("cells", _cells(summary)),
        ("history", _history(summary)),
        ("distribution", _distribution(summary)),
        *((name, _relation(summary, relation)) for name, relation in summary.relations.items()),
        ("importance", _importance(summary)),
        ("training_curve", _training_curve(summary)),
        ("confusion", _confusion(summary)),
    ]
    lang = summary.lang
    return tuple(
        Picture(name, said[0].to(lang), caption=said[2].to(lang), alt=joined(said[1:]).to(lang))
        for name, said in drawn
        if said is not None
    )


def _cells(summary: Summary) -> Said:
    title = words.TITLE_CELLS.format(factors=combination(summary.comparison))
    down, across = (
        joined([factor.text for factor, _ in side] or [NOTHING], " + ") for side in grid(summary.comparison)
    )
    shape = (
        words.CELLS_SHAPE if down.en and across.en else words.CELLS_SHAPE_ROWS if down.en else words.CELLS_SHAPE_COLUMNS
    )
    return title, shape.format(rows=down, columns=across), _cells_caption(summary)


def _cells_caption(summary: Summary) -> Text:
    filled = [cell for cell in summary.cells if cell.best is not None]
    if not filled:
        return words.CELLS_EMPTY
    top = max(filled, key=lambda c: (c.best or 0.0, -(c.best_trial or 0)))
    bottom = min(filled, key=lambda c: c.best or 0.0)
    equal = words.CELLS_EQUAL if bottom.best == top.best else words.CELLS
    caption = (words.CELLS_ONE if len(filled) == 1 else equal).format(
        filled=counted(len(filled), CELLS),
        best=percent(top.best or 0.0),
        top=top.label,
        trials=counted(top.count, TRIALS),
        lowest=percent(bottom.best or 0.0),
        bottom=bottom.label,
        bottom_trials=counted(bottom.count, TRIALS),
    )
    few = sum(cell.count < FEW_TRIALS for cell in summary.cells)
    hatched = words.CELLS_FEW_ONE if few == 1 else words.CELLS_FEW if few else NOTHING
    cells = counted(len(summary.cells), CELLS)
    return joined([caption, hatched.format(few=few, cells=cells, limit=FEW_TRIALS), Text(".", ".")], "")


def _history(summary: Summary) -> Said:
    improved = summary.history.improved
    caption = words.HISTORY_EMPTY
    if improved:
        first = next(b for b in summary.history.best_so_far if b is not None)
        one = words.HISTORY_ONLY if len(summary.trials) == 1 else words.HISTORY_FIRST
        caption = (words.HISTORY if len(improved) > 1 else one).format(
            best=percent(summary.history.best_so_far[-1] or first),
            number=improved[-1],
            last=summary.trials[-1].number,
            improvements=counted(len(improved) - 1, IMPROVEMENTS),
            first=percent(first),
            first_number=improved[0],
        )
    return words.TITLE_HISTORY, words.HISTORY_SHAPE, joined([caption, _below(summary)], "")


def _below(summary: Summary) -> Text:
    axis = summary.axis
    if not axis.below or axis.lowest is None:
        return NOTHING
    return (words.BELOW_ONE if axis.below == 1 else words.BELOW).format(
        trials=counted(axis.below, TRIALS),
        low=percent(axis.low, 1),
        lowest=percent(axis.lowest, 1),
    )


def _distribution(summary: Summary) -> Said:
    enough = [
        (cell.median, cell.label) for cell in summary.cells if cell.count >= FEW_TRIALS and cell.median is not None
    ]
    caption = words.DISTRIBUTION_FEW.format(limit=FEW_TRIALS)
    if len(enough) > 1:
        (highest, top), (lowest, bottom) = (choose(enough, key=lambda cell: cell[0]) for choose in (max, min))
        caption = (words.DISTRIBUTION_EQUAL if highest == lowest else words.DISTRIBUTION).format(
            limit=FEW_TRIALS, lowest=percent(lowest), bottom=bottom, highest=percent(highest), top=top
        )
    factors = combination(summary.comparison)
    return (
        words.TITLE_DISTRIBUTION.format(factors=factors),
        words.DISTRIBUTION_SHAPE.format(factors=factors),
        joined([caption, _below(summary)], ""),
    )


def _relation(summary: Summary, relation: Relation) -> Said:
    parameter = summary.comparison.param(relation.parameter)
    title = words.TITLE_RELATION.format(parameter=parameter, factor=relation.by.text)
    shape = words.RELATION_SHAPE if relation.range.log else words.RELATION_SHAPE_LINEAR
    ranges = [_near_best(panel, relation) for panel in relation.panels if panel.near_best is not None]
    few = [panel.method.label for panel in relation.panels if panel.near_best is None]
    caption = words.RELATION_FEW.format(limit=FEW_TRIALS, parameter=parameter)
    if ranges:
        rest = words.RELATION_REST.format(panels=listed(few)) if few else NOTHING
        parts = [words.RELATION.format(parameter=parameter, ranges=listed(ranges)), rest, Text(".", ".")]
        caption = joined(parts, "")
    return title, shape.format(parameter=parameter, by=relation.by.text), caption


def _near_best(panel: Panel, relation: Relation) -> Text:
    assert panel.near_best is not None
    *ends, count = panel.near_best
    low, high = (number(end, relation.range) for end in ends)
    return (words.NEAR_SAME if low == high else words.NEAR).format(
        low=low, high=high, panel=panel.method.label, count=count, total=panel.count
    )


def _importance(summary: Summary) -> Said | None:
    found, comparison = summary.importance, summary.comparison
    if found is None:
        return None
    ranked = sorted(found.shares, key=lambda name: -found.shares[name])
    told = Text("{} ({})", "{} ({})")
    above = [told.format(quantity(comparison, n), percent(found.shares[n], 0)) for n in ranked if found.tells(n)]
    below = [quantity(comparison, name) for name in ranked if not found.tells(name)]
    everywhere = {*comparison.names}.union(set.intersection(*(set(comparison.params(c)) for c in comparison.cells)))
    some = [comparison.param(name) for name in ranked if name not in everywhere]
    parts = [
        words.IMPORTANCE if above else words.IMPORTANCE_NONE,
        words.IMPORTANCE_BELOW if above and below else NOTHING,
        words.IMPORTANCE_WHAT,
        words.IMPORTANCE_SOME if some else NOTHING,
        words.IMPORTANCE_SHARED,
    ]
    caption = joined(parts, "").format(
        trials=counted(found.num_trials, TRIALS), above=listed(above), below=listed(below), some=listed(some)
    )
    return words.TITLE_IMPORTANCE, words.IMPORTANCE_SHAPE, caption


def _training_curve(summary: Summary) -> Said | None:
    if summary.winner is None or not summary.winner.trial.curve.valid_accuracy:
        return None
    trial = summary.winner.trial
    gap = trial.train_accuracy - trial.epoch_valid_accuracy
    apart = words.TRAINING_CURVE_HIGHER if gap > 0 else words.TRAINING_CURVE_LOWER
    caption = (apart if gap else words.TRAINING_CURVE_EQUAL).format(
        epochs=counted(trial.num_epochs, EPOCHS),
        best=trial.best_epoch,
        valid=percent(trial.epoch_valid_accuracy),
        train=percent(trial.train_accuracy),
        gap=points(abs(gap)),
    )
    return words.TITLE_TRAINING_CURVE, words.TRAINING_CURVE_SHAPE, caption


def _confusion(summary: Summary) -> Said | None:
    if summary.winner is None:
        return None
    return words.TITLE_CONFUSION, words.CONFUSION_SHAPE, confusion_sentence(summary.winner.test)


def confusion_sentence(test: TestSummary) -> Text:
    """Returns how many test images are right, and the most frequent kind of error."""
    kinds = sum(error.count == test.confusions[0].count for error in test.confusions)
    top = test.confusions[0] if kinds else Confusion(0, 0, 0)
    right = words.RIGHT if not kinds else words.RIGHT_BUT if kinds == 1 else words.RIGHT_TIED
    return joined([right, words.UNANSWERED if test.unanswered else NOTHING], "").format(
        right=f"{test.num_correct:,}",
        images=counted(test.num_examples, TEST_IMAGES),
        kinds=f"{kinds:,}",
        actual=top.actual,
        predicted=top.predicted,
        errors=counted(top.count, IMAGES),
        lost=counted(test.unanswered, IMAGES),
    )
