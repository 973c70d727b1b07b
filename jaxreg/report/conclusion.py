"""The conclusion in words: what a study's numbers say, and what they cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from jaxreg.report.summary import FEW_TRIALS, Group, Summary, TestSummary, Winner
from jaxreg.report.wording import configuration, listed, named, percent, plural, points

MAX_LISTED = 12  # longer lists of trials are cut
MAX_EMPTY = 4  # more cells without a trial are counted, not named


def conclusion(summary: Summary) -> tuple[str, ...]:
    """Returns the conclusion as lines of plain text, the answer first."""
    if not summary.trials:
        return ("No trial has finished yet, so there is nothing to conclude.",)
    if summary.winner is None:
        none = f"None of the {plural(len(summary.trials), 'finished trial')} can be compared: there is no winner."
        return (none, *_lost_lines(summary))
    winner = summary.winner
    if summary.test is not None:
        caution = _test_line(summary.test, winner, summary.num_counted)
    else:
        caution = "The winner was not measured on test; its trial-valid accuracy is biased upward by the selection."
    lines = [
        _winner_line(summary, winner),
        *_standing_lines("By normalization", summary.norms),
        *_standing_lines("By penalty", summary.regs),
        caution,
        *_resolution_lines(summary, winner),
        *_budget_lines(summary),
        *_lost_lines(summary),
    ]
    return tuple(lines)


def _winner_line(summary: Summary, winner: Winner) -> str:
    trial = winner.trial
    line = (
        f"The best of {plural(summary.num_counted, 'trial')} is {configuration(trial)}: "
        f"{percent(trial.trial_valid_accuracy)} on trial-valid (trial {trial.number})"
    )
    if summary.test is None:
        return line + "."
    low, high = summary.test.interval.low, summary.test.interval.high
    return (
        f"{line}, {percent(summary.test.result.accuracy)} on test "
        f"(95 % interval {percent(low)} to {percent(high)}, {plural(summary.test.num_examples, 'image')})."
    )


def _test_line(test: TestSummary, winner: Winner, num_counted: int) -> str:
    difference = test.result.accuracy - winner.trial.trial_valid_accuracy
    side = "above" if difference >= 0 else "below"
    lies = f"Test lies {points(abs(difference))} {side} it."
    if num_counted == 1:
        return f"Quote the test accuracy: the images of test take no part in a search, those of trial-valid do. {lies}"
    return (
        f"Quote the test accuracy: the images of test took no part in the search, while the trial-valid accuracy is "
        f"the highest of {num_counted:,} and so biased upward by the selection. {lies}"
    )


def _standing_lines(title: str, groups: Sequence[Group]) -> list[str]:
    leader = next((g for g in groups if g.standing == "leader"), None)
    if leader is None or leader.best is None or len(groups) < 2:
        return []
    parts = [f"{named(leader)} reached the highest accuracy, {percent(leader.best)} ({_trials(leader)})"]
    others = sorted((g for g in groups if g is not leader), key=lambda g: -(g.best or 0.0))
    parts += [_standing(g, leader) for g in others]
    return [f"{title}: " + "; ".join(parts) + "."]


def _trials(group: Group) -> str:
    return f"{plural(group.count, 'trial')}{', few' if group.few else ''}"


def _standing(group: Group, leader: Group) -> str:
    if group.best is None or group.gap is None:
        return f"{named(group)} has no trial that counts"
    value = f"{named(group)} {percent(group.best)} ({_trials(group)})"
    if group.standing == "few":
        return f"{value} rests on too few trials to rank"
    if group.resolution is None:
        return f"{value} is {points(group.gap)} lower"
    if group.standing == "level":
        return f"{value} cannot be told apart from it ({points(group.gap)} lower)"
    if leader.few:
        return f"{value} is {points(group.gap)} lower, though {named(leader)} itself has few trials"
    explained = f"the {points(group.resolution)} that the sampling of images explains"
    return f"{value} is {points(group.gap)} lower, more than {explained}"


def _resolution_lines(summary: Summary, winner: Winner) -> list[str]:
    if winner.standard_error is None or winner.resolution is None:
        return []
    line = (
        f"What can be told: on {plural(summary.num_trial_valid, 'trial-valid image')} an accuracy of "
        f"{percent(winner.trial.trial_valid_accuracy)} has a standard error of {points(winner.standard_error)}, so two "
        f"results within {points(winner.resolution)} (two standard errors of a difference) cannot be told apart"
    )
    if winner.near:
        cells = f"{winner.near_cells} of {plural(len(summary.cells), 'cell')}"
        line += f"; {plural(winner.near, 'other trial')} in {cells} lie that close to the winner"
    return [f"{line}. The luck of initialisation, shuffling and the draw of images comes on top."]


def _budget_lines(summary: Summary) -> list[str]:
    """Returns what unequal and small numbers of trials forbid to conclude."""
    lines = []
    sizes = [cell.count for cell in summary.cells]
    if max(sizes) > max(1, min(sizes)):
        lines.append(
            f"The cells (normalization x penalty) have {min(sizes)} to {plural(max(sizes), 'trial')}: the best of n "
            "trials grows with n, and the search spends its trials where it has seen success, so bests of "
            "unequal n are not a fair ranking."
        )
    few = [cell for cell in summary.cells if cell.few]
    if few:
        names = ", ".join(f"{named(cell)} ({cell.count})" for cell in few)
        lines.append(f"Fewer than {FEW_TRIALS} trials, so their place rests on little: {names}.")
    empty = [cell for cell in summary.cells if cell.count == 0]
    if empty:
        where = listed([named(cell) for cell in empty]) if len(empty) <= MAX_EMPTY else f"{len(empty)} cells"
        lines.append(f"No trial that counts in {where}.")
    lines.append(
        "This search compares single trainings on one draw of the data; it finds a good configuration, but to say "
        "which regularization is best takes equal numbers of trials and repeated runs."
    )
    return lines


def _lost_lines(summary: Summary) -> list[str]:
    """Returns which trials diverged and which were pruned."""
    diverged = [t.number for t in summary.trials if t.diverged]
    pruned = [t.number for t in summary.trials if t.pruned and not t.diverged]
    lines = []
    if diverged:
        lines.append(f"Diverged (a loss that is not finite), so not counted: {_numbers(diverged)}.")
    if pruned:
        lines.append(f"Pruned before the end, so not counted: {_numbers(pruned)}.")
    return lines


def _numbers(numbers: Sequence[int]) -> str:
    shown = [str(n) for n in numbers[:MAX_LISTED]]
    more = len(numbers) - len(shown)
    return f"{'trial' if len(numbers) == 1 else 'trials'} {listed([*shown, f'{more} more'] if more else shown)}"
