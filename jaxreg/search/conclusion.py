"""The conclusion in words: what a study's numbers say, and what they cannot say."""

from __future__ import annotations

import math

from jaxreg.pages.wording import (
    CELLS,
    FINISHED_TRIALS,
    IMAGES,
    OTHER_TRIALS,
    TRIAL_NUMBERS,
    TRIAL_VALID_IMAGES,
    TRIALS,
    configuration,
    counted,
    crossed,
    joined,
    listed,
    numbered,
    percent,
    points,
)
from jaxreg.records import TrialRecord
from jaxreg.search import conclusion_text as words
from jaxreg.search.precision import standard_error
from jaxreg.search.summary import FEW_TRIALS, Group, Summary, Winner, setting
from jaxreg.text import Text

UNEQUAL = 1.5  # times as many trials as in another cell make a best that is not a fair rival
MAX_FEW, MAX_EMPTY = 12, 4  # more cells of few trials, and of none, are counted, not named


def conclusion(summary: Summary) -> tuple[Text, ...]:
    """Returns the conclusion as lines of plain text, the answer first."""
    if not summary.trials:
        return (words.NO_TRIAL,)
    if summary.winner is None:
        none = words.NO_WINNER_ONE if len(summary.trials) == 1 else words.NO_WINNER
        return (none.format(trials=counted(len(summary.trials), FINISHED_TRIALS)), *_lost_lines(summary))
    return (
        _winner_line(summary, summary.winner),
        *_standing_lines(summary),
        _test_line(summary, summary.winner),
        _resolution_line(summary, summary.winner),
        *_budget_lines(summary),
        *_note_lines(summary),
        words.SINGLE,
        *_lost_lines(summary),
    )


def _winner_line(summary: Summary, winner: Winner) -> Text:
    trial, test = winner.trial, winner.test
    first = words.ONLY if summary.num_counted == 1 else words.BEST_OF if winner.equal == 1 else words.FIRST_OF
    return words.WINNER.format(
        lead=first.format(trials=counted(summary.num_counted, TRIALS), equal=f"{winner.equal:,}"),
        configuration=configuration(summary.comparison, trial),
        valid=percent(trial.trial_valid_accuracy),
        number=trial.number,
        test=percent(test.result.accuracy),
        low=percent(test.interval.low),
        high=percent(test.interval.high),
        images=counted(test.num_examples, IMAGES),
    )


def _test_line(summary: Summary, winner: Winner) -> Text:
    """Returns why the test accuracy is the one to quote, and what its difference from trial-valid tells."""
    test = winner.test
    difference = test.result.accuracy - winner.trial.trial_valid_accuracy
    error = math.hypot(standard_error(test.result.accuracy, test.num_examples), winner.standard_error)
    beyond = words.TEST_EASIER if difference > 0.0 else words.TEST_HARDER
    lies = words.TEST_EQUAL if not difference else words.TEST_ABOVE if difference > 0.0 else words.TEST_BELOW
    chosen = winner.near >= winner.equal  # among others that it cannot be told from, and that are not all alike
    return joined(
        [
            (words.QUOTE_CHOSEN if chosen else words.QUOTE).format(count=f"{summary.num_counted:,}"),
            lies.format(
                points=points(abs(difference)),
                judged=words.TEST_WITHIN if abs(difference) <= 2.0 * error else beyond,
                error=points(error),
            ),
        ]
    )


def _standing_lines(summary: Summary) -> list[Text]:
    """Returns a line for each factor with methods to compare."""
    lines = []
    for factor, _ in summary.comparison.factors:
        groups = summary.groups[factor.name]
        leader = next((g for g in groups if g.standing == "leader"), None)
        if leader is not None and len(groups) > 1:
            others = sorted((g for g in groups if g is not leader), key=lambda g: -(g.best or 0.0))
            standings = joined([_standing(group, leader) for group in (leader, *others)], "; ")
            lines.append(words.BY_FACTOR.format(factor=factor.text, groups=standings))
    return lines


def _standing(group: Group, leader: Group) -> Text:
    trials = counted(group.count, TRIALS)
    return _standing_words(group, leader).format(
        name=group.label,
        best=percent(group.best or 0.0),
        trials=words.TRIALS_FEW.format(trials=trials) if group.few else trials,
        gap=points(group.gap or 0.0),
        resolution=points(group.resolution or 0.0),
        leader=leader.label,
    )


def _standing_words(group: Group, leader: Group) -> Text:
    """Returns which sentence says how a group stands against the leader."""
    if group.standing == "leader":
        return words.LEADER
    if group.standing == "empty":
        return words.EMPTY
    if group.gap == 0.0:
        return words.EQUAL
    if group.standing == "behind":
        return words.BEHIND_FEW if leader.few else words.BEHIND
    return words.FEW if group.standing == "few" else words.LEVEL


def _resolution_line(summary: Summary, winner: Winner) -> Text:
    """Returns what the trial-valid images can tell of the winner, and of two trials that answer the same ones."""
    parts = [words.RESOLUTION, words.LUCK]
    if winner.resolution is not None:
        parts[1:1] = [words.PAIRS, words.NEAR if winner.near else words.NEAR_NONE]
    return joined(parts).format(
        images=counted(summary.num_trial_valid, TRIAL_VALID_IMAGES),
        accuracy=percent(winner.trial.trial_valid_accuracy),
        error=points(winner.standard_error),
        resolution=points(winner.resolution or 0.0),
        trials=counted(winner.near, OTHER_TRIALS),
        near_cells=winner.near_cells,
        cells=counted(len(summary.cells), CELLS),
    )


def _budget_lines(summary: Summary) -> list[Text]:
    """Returns what unequal and small numbers of trials forbid to conclude."""
    lines = []
    sizes = [cell.count for cell in summary.cells if cell.count]
    if max(sizes) > UNEQUAL * min(sizes):
        spent = words.UNEQUAL_TPE if setting(summary.config, "sampler") == "tpe" else words.UNEQUAL
        factors = crossed(summary.comparison)
        lines.append(spent.format(factors=factors, least=f"{min(sizes):,}", most=f"{max(sizes):,}"))
    few = [cell for cell in summary.cells if cell.few]
    if few and len(summary.cells) > 1:
        cells = joined([Text("{} ({})", "{} ({})").format(cell.label, cell.count) for cell in few], ", ")
        cells = counted(len(few), CELLS) if len(few) > MAX_FEW else cells
        lines.append(words.FEW_CELLS.format(limit=FEW_TRIALS, cells=cells))
    empty = [cell.label for cell in summary.cells if cell.count == 0]
    if len(empty) > MAX_EMPTY:
        lines.append(words.MANY_EMPTY_CELLS.format(count=len(empty)))
    elif empty:
        lines.append(words.EMPTY_CELLS.format(cells=listed(empty)))
    return lines


def _note_lines(summary: Summary) -> list[Text]:
    """Returns what a reader has to know of some methods, once for all that share it."""
    methods = [method for _, methods in summary.comparison.factors for method in methods]
    notes = dict.fromkeys(method.note for method in methods if method.note is not None)
    return [words.NOTE.format(methods=listed([m.text for m in methods if m.note == note]), note=note) for note in notes]


def _lost_lines(summary: Summary) -> list[Text]:
    """Returns which trials diverged, which were pruned, and which were tried outside of the study's ranges."""
    lost = (
        (words.DIVERGED, [t.number for t in summary.trials if t.diverged]),
        (words.PRUNED, [t.number for t in summary.trials if t.pruned and not t.diverged]),
        (words.OUTSIDE, [t.number for t in summary.trials if _is_outside(t, summary)]),
    )
    return [line.format(trials=numbered(numbers, TRIAL_NUMBERS)) for line, numbers in lost if numbers]


def _is_outside(trial: TrialRecord, summary: Summary) -> bool:
    space = summary.comparison.space
    return any(not space[name].low <= value <= space[name].high for name, value in trial.params.items())
