"""The conclusion in words: what a study's numbers say, and what they cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from jaxreg.report.conclusion_text import CONCLUSION
from jaxreg.report.summary import FEW_TRIALS, Group, Summary, TestSummary, Winner
from jaxreg.report.wording import configuration, counted, listed, named, percent, points

MAX_LISTED = 12  # longer lists of trials are cut
MAX_EMPTY = 4  # more cells without a trial are counted, not named


def conclusion(summary: Summary) -> tuple[str, ...]:
    """Returns the conclusion as lines of plain text in the summary's language, the answer first."""
    text, lang = CONCLUSION[summary.lang], summary.lang
    if not summary.trials:
        return (text["no_trial"],)
    if summary.winner is None:
        none = text["no_winner"].format(trials=counted(len(summary.trials), "finished trial", lang))
        return (none, *_lost_lines(summary))
    winner = summary.winner
    lines = [
        _winner_line(summary, winner),
        *_standing_lines("norms", summary.norms, lang),
        *_standing_lines("regs", summary.regs, lang),
        text["untested"] if summary.test is None else _test_line(summary.test, winner, summary.num_counted, lang),
        *_resolution_lines(summary, winner),
        *_budget_lines(summary),
        *_lost_lines(summary),
    ]
    return tuple(lines)


def _winner_line(summary: Summary, winner: Winner) -> str:
    text, lang, trial = CONCLUSION[summary.lang], summary.lang, winner.trial
    values = {
        "trials": counted(summary.num_counted, "trial", lang),
        "configuration": configuration(trial, lang),
        "valid": percent(trial.trial_valid_accuracy),
        "number": trial.number,
    }
    if summary.test is None:
        return text["winner"].format(**values)
    return text["winner_tested"].format(
        **values,
        test=percent(summary.test.result.accuracy),
        low=percent(summary.test.interval.low),
        high=percent(summary.test.interval.high),
        images=counted(summary.test.num_examples, "image", lang),
    )


def _test_line(test: TestSummary, winner: Winner, num_counted: int, lang: str) -> str:
    text = CONCLUSION[lang]
    difference = test.result.accuracy - winner.trial.trial_valid_accuracy
    lies = text["test_above" if difference >= 0 else "test_below"].format(points=points(abs(difference), lang))
    quote = text["quote_one" if num_counted == 1 else "quote"].format(count=f"{num_counted:,}")
    return f"{quote} {lies}"


def _standing_lines(title: str, groups: Sequence[Group], lang: str) -> list[str]:
    leader = next((g for g in groups if g.standing == "leader"), None)
    if leader is None or leader.best is None or len(groups) < 2:
        return []
    others = sorted((g for g in groups if g is not leader), key=lambda g: -(g.best or 0.0))
    return [CONCLUSION[lang][title].format(groups="; ".join(_standing(g, leader, lang) for g in (leader, *others)))]


def _standing(group: Group, leader: Group, lang: str) -> str:
    text, trials = CONCLUSION[lang], counted(group.count, "trial", lang)
    return text[_standing_key(group, leader)].format(
        name=named(group, lang),
        best=percent(group.best or 0.0),
        trials=text["trials_few"].format(trials=trials) if group.few else trials,
        gap=points(group.gap or 0.0, lang),
        resolution=points(group.resolution or 0.0, lang),
        leader=named(leader, lang),
    )


def _standing_key(group: Group, leader: Group) -> str:
    """Returns which sentence says how a group stands against the leader."""
    if group.best is None or group.gap is None:
        return "empty"
    if group.standing in ("leader", "few"):
        return group.standing
    if group.resolution is None:
        return "lower"
    if group.standing == "level":
        return "level"
    return "behind_few" if leader.few else "behind"


def _resolution_lines(summary: Summary, winner: Winner) -> list[str]:
    if winner.standard_error is None or winner.resolution is None:
        return []
    text, lang = CONCLUSION[summary.lang], summary.lang
    line = text["resolution_near" if winner.near else "resolution"].format(
        images=counted(summary.num_trial_valid, "trial-valid image", lang),
        accuracy=percent(winner.trial.trial_valid_accuracy),
        error=points(winner.standard_error, lang),
        resolution=points(winner.resolution, lang),
        trials=counted(winner.near, "other trial", lang),
        near_cells=winner.near_cells,
        cells=counted(len(summary.cells), "cell", lang),
        luck=text["luck"],
    )
    return [line]


def _budget_lines(summary: Summary) -> list[str]:
    """Returns what unequal and small numbers of trials forbid to conclude."""
    text, lang = CONCLUSION[summary.lang], summary.lang
    lines = []
    sizes = [cell.count for cell in summary.cells]
    if max(sizes) > max(1, min(sizes)):
        lines.append(text["unequal"].format(least=min(sizes), most=f"{max(sizes):,}"))
    few = [cell for cell in summary.cells if cell.few]
    if few:
        cells = ", ".join(f"{named(cell, lang)} ({cell.count})" for cell in few)
        lines.append(text["few_cells"].format(limit=FEW_TRIALS, cells=cells))
    empty = [named(cell, lang) for cell in summary.cells if cell.count == 0]
    if len(empty) > MAX_EMPTY:
        lines.append(text["many_empty_cells"].format(count=len(empty)))
    elif empty:
        lines.append(text["empty_cells"].format(cells=listed(empty, lang)))
    return [*lines, text["single"]]


def _lost_lines(summary: Summary) -> list[str]:
    """Returns which trials diverged and which were pruned."""
    text = CONCLUSION[summary.lang]
    lost = {
        "diverged": [t.number for t in summary.trials if t.diverged],
        "pruned": [t.number for t in summary.trials if t.pruned and not t.diverged],
    }
    return [text[key].format(trials=_numbers(numbers, summary.lang)) for key, numbers in lost.items() if numbers]


def _numbers(numbers: Sequence[int], lang: str) -> str:
    text, shown, more = CONCLUSION[lang], [str(n) for n in numbers[:MAX_LISTED]], len(numbers) - MAX_LISTED
    if more > 0:
        return text["numbers_cut"].format(numbers=", ".join(shown), more=more)
    return text["number" if len(numbers) == 1 else "numbers"].format(numbers=listed(shown, lang))
