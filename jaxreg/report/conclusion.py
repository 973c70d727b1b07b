"""The conclusion in words: what a study's numbers say, and what they cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from jaxreg.records import TrialRecord
from jaxreg.report.conclusion_text import CONCLUSION
from jaxreg.report.precision import standard_error
from jaxreg.report.summary import FEW_TRIALS, Group, Summary, Winner, setting
from jaxreg.report.wording import configuration, counted, listed, named, numbered, percent, points

UNEQUAL = 1.5  # times as many trials as in another cell make a best that is not a fair rival
MAX_EMPTY = 4  # more cells without a trial are counted, not named


def conclusion(summary: Summary) -> tuple[str, ...]:
    """Returns the conclusion as lines of plain text in the summary's language, the answer first."""
    text, lang = CONCLUSION[summary.lang], summary.lang
    if not summary.trials:
        return (text["no_trial"],)
    if summary.winner is None:
        none = text["no_winner_one" if len(summary.trials) == 1 else "no_winner"]
        return (none.format(trials=counted(len(summary.trials), "finished trial", lang)), *_lost_lines(summary))
    winner = summary.winner
    lines = [
        _winner_line(summary, winner),
        *_standing_lines("norms", summary.norms, lang),
        *_standing_lines("regs", summary.regs, lang),
        _test_line(summary, winner),
        _resolution_line(summary, winner),
        *_budget_lines(summary),
        *_lost_lines(summary),
    ]
    return tuple(lines)


def _winner_line(summary: Summary, winner: Winner) -> str:
    text, lang, trial, test = CONCLUSION[summary.lang], summary.lang, winner.trial, winner.test
    lead = text["only" if summary.num_counted == 1 else "best_of" if winner.equal == 1 else "first_of"]
    return text["winner"].format(
        lead=lead.format(trials=counted(summary.num_counted, "trial", lang), equal=f"{winner.equal:,}"),
        configuration=configuration(trial, lang),
        valid=percent(trial.trial_valid_accuracy),
        number=trial.number,
        test=percent(test.result.accuracy),
        low=percent(test.interval.low),
        high=percent(test.interval.high),
        images=counted(test.num_examples, "image", lang),
    )


def _test_line(summary: Summary, winner: Winner) -> str:
    """Returns why the test accuracy is the one to quote, and what its difference from trial-valid tells."""
    text, lang, test = CONCLUSION[summary.lang], summary.lang, winner.test
    difference = test.result.accuracy - winner.trial.trial_valid_accuracy
    error = math.hypot(standard_error(test.result.accuracy, test.num_examples), winner.standard_error)
    beyond = "test_easier" if difference > 0.0 else "test_harder"
    lies = text["test_equal" if not difference else "test_above" if difference > 0.0 else "test_below"].format(
        points=points(abs(difference), lang),
        judged=text["test_within" if abs(difference) <= 2.0 * error else beyond],
        error=points(error, lang),
    )
    chosen = winner.near >= winner.equal  # among others that it cannot be told from, and that are not all alike
    return f"{text['quote_chosen' if chosen else 'quote'].format(count=f'{summary.num_counted:,}')} {lies}"


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
    if group.standing == "leader":
        return "leader"
    if group.gap == 0.0:
        return "equal"
    return "behind_few" if group.standing == "behind" and leader.few else group.standing


def _resolution_line(summary: Summary, winner: Winner) -> str:
    """Returns what the trial-valid images can tell of the winner, and of two trials that answer the same ones."""
    text, lang = CONCLUSION[summary.lang], summary.lang
    parts = [text["resolution"], text["luck"]]
    if winner.resolution is not None:
        parts[1:1] = [text["pairs"], text["near" if winner.near else "near_none"]]
    return " ".join(parts).format(
        images=counted(summary.num_trial_valid, "trial-valid image", lang),
        accuracy=percent(winner.trial.trial_valid_accuracy),
        error=points(winner.standard_error, lang),
        resolution=points(winner.resolution or 0.0, lang),
        trials=counted(winner.near, "other trial", lang),
        near_cells=winner.near_cells,
        cells=counted(len(summary.cells), "cell", lang),
    )


def _budget_lines(summary: Summary) -> list[str]:
    """Returns what unequal and small numbers of trials forbid to conclude."""
    text, lang = CONCLUSION[summary.lang], summary.lang
    lines = []
    sizes = [cell.count for cell in summary.cells if cell.count]
    if max(sizes) > UNEQUAL * min(sizes):
        tuned = setting(summary.config, "sampler") == "tpe"
        spent = text["unequal_tpe" if tuned else "unequal"]
        lines.append(spent.format(least=f"{min(sizes):,}", most=f"{max(sizes):,}"))
    few = [cell for cell in summary.cells if cell.few]
    if few and len(summary.cells) > 1:
        cells = ", ".join(f"{named(cell, lang)} ({cell.count})" for cell in few)
        lines.append(text["few_cells"].format(limit=FEW_TRIALS, cells=cells))
    empty = [named(cell, lang) for cell in summary.cells if cell.count == 0]
    if len(empty) > MAX_EMPTY:
        lines.append(text["many_empty_cells"].format(count=len(empty)))
    elif empty:
        lines.append(text["empty_cells"].format(cells=listed(empty, lang)))
    return [*lines, text["single"]]


def _lost_lines(summary: Summary) -> list[str]:
    """Returns which trials diverged, which were pruned, and which were tried outside of the study's ranges."""
    text = CONCLUSION[summary.lang]
    lost = {
        "diverged": [t.number for t in summary.trials if t.diverged],
        "pruned": [t.number for t in summary.trials if t.pruned and not t.diverged],
        "outside": [t.number for t in summary.trials if _is_outside(t, summary.config)],
    }
    return [
        text[key].format(trials=numbered(numbers, "trial", summary.lang)) for key, numbers in lost.items() if numbers
    ]


def _is_outside(trial: TrialRecord, config: Mapping[str, Any]) -> bool:
    values = {"lambda_range": trial.reg_lambda, "learning_rate_range": trial.learning_rate}
    ranges = {name: setting(config, name) for name in values}
    return any(
        value is not None and ranges[name] is not None and not ranges[name][0] <= value <= ranges[name][1]
        for name, value in values.items()
    )
