"""The verdict in plain words, generated from the numbers and from nothing else.

{one} and {many} are combinations, or methods where there is one factor only. What is filled into Korean words is
followed by no particle that hangs on its last sound.
"""

import math
from collections.abc import Iterable

from jaxreg.methods.method import Factor
from jaxreg.pages.wording import PERCENT, listed, number, percent
from jaxreg.records import cell_name
from jaxreg.stats.judgement import Contrast, Judgement
from jaxreg.text import NOTHING, Text, joined
from jaxreg.verdict.cautions import cautions, power, scope
from jaxreg.verdict.forms import (
    IN_BRACKETS,
    MORE,
    MOST_DISTANCES,
    Form,
    cells_of,
    effects,
    form_of,
    margins,
    several,
    telling,
    things,
)
from jaxreg.verdict.results import VerdictResults

ONE_CELL = Text(
    "{best} reaches a {score} of {accuracy}{interval}; there is nothing to compare it with.",
    "{best}: {score} {accuracy}{interval}. 비교할 다른 {one}이 없습니다.",
)
BEST = Text(
    "Best of all: {best}, {score} {accuracy}{interval}; every other {one} is behind it.",
    "최고는 {best}: {score} {accuracy}{interval}. 다른 모든 {one}은 이에 미치지 못합니다.",
)
BETTER_OF_TWO = Text(
    "Best of all: {best}, {score} {accuracy}{interval}; the other {one} is behind it.",
    "최고는 {best}: {score} {accuracy}{interval}. 다른 {one}은 이에 미치지 못합니다.",
)
NONE_BETTER = Text(
    "No other {one} is better than {best}, {score} {accuracy}{interval}; where their pairs are undecided, others may "
    "be as good.",
    "{best}보다 나은 다른 {one}은 없습니다: {score} {accuracy}{interval}. 다만 짝 비교가 보류된 {one}은 이와 대등할 수 "
    "있습니다.",
)
MAY_BE_BEST = Text(
    "{count} of {all} {many} may be best; the highest mean is that of {best}: {score} {accuracy}{interval}.",
    "{all}개 {many} 중 {count}개가 최고일 수 있습니다. 평균이 가장 높은 {one}은 {best}: {score} {accuracy}{interval}.",
)
ANY_MAY_BE_BEST = Text(
    "Any of the {all} {many} may be best; the highest mean is that of {best}: {score} {accuracy}{interval}.",
    "{all}개 {many} 모두가 최고일 수 있습니다. 평균이 가장 높은 {one}은 {best}: {score} {accuracy}{interval}.",
)
HIGHEST = Text(
    "The highest mean is that of {best}: {score} {accuracy}{interval}.",
    "평균이 가장 높은 {one}은 {best}: {score} {accuracy}{interval}.",
)
SAME = Text("Its mean is also that of {cells}.", "평균이 이와 같은 {one}: {cells}.")
DISTANCES = Text(
    "How far each of them may be from the best of the others{unit}: {distances}{seen}.",
    "나머지 중 최고와의 차이로 가능한 범위{unit}: {distances} {seen}.",
)
DISTANCE = Text("{cell} ({low} to {high})", "{cell} ({low} ~ {high})")
CLOSE = Text(
    "At most {margin} below whatever is best: {cells}.",
    "무엇이 최고이든 그보다 {margin} 넘게 뒤지지 않는 {one}: {cells}.",
)
LUCK = Text(
    "The highest of {count} means is high by luck, too: by {luck} on average if these {many} are equally good.",
    "{count}개 평균 중 가장 높은 값은 운으로도 높아집니다. 이 {many}들의 실력이 모두 같아도 평균 {luck}만큼 "
    "높아집니다.",
)
EFFECT = Text("{factor}, averaged over {others}: {said}.", "{factor}의 효과(모든 {others}에 걸친 평균): {said}.")
EFFECT_ALONE = Text("{factor}: {said}.", "{factor}의 효과: {said}.")
REST = Text("the other {count} pairs are in its table", "나머지 {count}쌍은 표에 있습니다")
NOTHING_SEEN = Text("no detectable difference{seen}{within}", "검출된 차이가 없습니다{seen}{within}")
SEEN = Text(
    " (one of {amount} would be found with a probability of 80 %)", "({amount}의 차이라면 80% 확률로 검출됩니다)"
)
WITHIN = Text(
    "; all are smaller than {margin} with a probability of {probability} (a model: docs/statistics.md)",
    ". 모든 차이가 {margin}보다 작을 확률은 {probability}입니다(모형: docs/statistics.md)",
)
NONE_SEEN = Text(
    " (none, however large, would be found with a probability of 80 %)",
    "(차이가 아무리 커도 80% 확률로 검출되지는 않습니다)",
)
BETTER = Text(
    "{left} is {amount} better than {right} ({low} to {high})",
    "{left} 쪽이 {right}보다 {amount} 높음 ({low} ~ {high})",
)
EQUAL = Text(
    "{left} and {right} are equivalent ({low} to {high} with {confidence})",
    "{left} 대 {right}: 동등 ({low} ~ {high}, 신뢰수준 {confidence})",
)
UNKNOWN = Text(
    "{left} and {right} cannot be told apart ({low} to {high})", "{left} 대 {right}: 구별할 수 없음 ({low} ~ {high})"
)
INTERACTION = Text(
    "{several} act together: what {cells} reaches differs from the sum of their effects.",
    "상호작용이 있습니다: {cells}의 결과는 {several} 효과의 합과 다릅니다.",
)
NO_INTERACTION = Text("No interaction is detectable{seen}{alike}.", "검출된 상호작용이 없습니다{seen}{alike}.")
ACT_ALIKE = Text(
    ": {methods} act alike, as far as can be told, under each {others}",
    ". 알 수 있는 범위에서 {methods}의 효과는 어느 {others}에서나 비슷합니다",
)
BOUGHT = Text(
    "{bought}: {best} is {amount} above {reference} in {score} ({low} to {high}){gaps}.",
    "{bought}: {score} 기준으로 {best} 쪽이 {reference}보다 {amount} 높습니다({low} ~ {high}){gaps}.",
)
BY_REGULARIZATION = Text("What regularization buys", "정규화·규제로 얻은 것")
AGAINST = Text("Against {reference}", "기준({reference})과의 비교")  # of methods that are not known here
BOUGHT_GAPS = Text(
    "; the gap between training and test is {gap}, that of {reference} {reference_gap}",
    ". 일반화 격차(학습 − 테스트)는 {gap}, {reference}에서는 {reference_gap}입니다",
)
DOSED = Text(
    "{cell}: {param} {low} to {high} chosen by half of the blocks; it brings {gain} in the others{interval}, against "
    "{without}{hurts}.",
    "{cell}: 블록의 절반에서 고른 {param} {low} ~ {high}, 나머지 블록에서 잰 효과는 {without} 대비 "
    "{gain}{interval}{hurts}.",
)
HURTS = Text("; from {value} on it is shown to hurt", "; {value}부터는 해로운 것으로 확인됨")


def say(results: VerdictResults, lang: str = "en") -> tuple[str, ...]:
    """Returns the verdict, the answer first, one thought a string; `lang` is "en" or "ko"."""
    sentences = (
        sentence.to(lang)
        for part in (_winner, _effects, _interaction, _bought, power, cautions, scope)
        for sentence in part(results)
    )
    factors = results.comparison.factors
    texts = {factor.name: factor.text for factor, _ in factors} | {m.name: m.text for _, own in factors for m in own}
    names = tuple(name for name, text in texts.items() if text == (name, name))  # those of a user stay as they are
    return tuple(said if said.startswith(names) else said[0].upper() + said[1:] for said in sentences)


def _winner(results: VerdictResults) -> Iterable[Text]:
    comparison, judgement, form = results.comparison, results.judgement, form_of(results.judgement)
    named, best, candidates = things(comparison), judgement.cells[0], judgement.best.candidates
    interval = form.ends(best.test)
    common = {
        "best": comparison.text(best.cell),
        "score": results.score,
        "accuracy": form.score(best.test.value),
        "interval": IN_BRACKETS.format(PERCENT.format(interval) if form.are_shares else interval)
        if interval
        else NOTHING,
        "count": len(candidates),
        "all": len(judgement.cells),
        **named,
    }
    if len(judgement.cells) == 1:
        yield ONE_CELL.format(**common)
    elif not judgement.judged:
        yield HIGHEST.format(**common)
    elif len(candidates) == 1:
        above_all = BEST if len(judgement.cells) > 2 else BETTER_OF_TWO
        yield (above_all if _is_above_all(judgement) else NONE_BETTER).format(**common)
    else:
        yield (ANY_MAY_BE_BEST if len(candidates) == len(judgement.cells) else MAY_BE_BEST).format(**common)
    same = [cell_name(score.cell) for score in judgement.cells[1:] if math.isclose(score.test.value, best.test.value)]
    if same:
        yield SAME.format(cells=cells_of(results, same), **named)
    if judgement.judged and len(candidates) > 1:
        yield from _candidates(results)


def _is_above_all(judgement: Judgement) -> bool:
    """Returns whether pairs, whose intervals have two sides, show the first to be better than each other."""
    first = cell_name(judgement.cells[0].cell)
    pairs = [pair for pair in judgement.pairs.contrasts if first in (pair.left, pair.right)]
    return all(pair.decision == ("better" if pair.left == first else "worse") for pair in pairs)


def _candidates(results: VerdictResults) -> Iterable[Text]:
    """Says of those that may be best how far they may be from it, which are close, and how lucky the first may be."""
    comparison, best, form = results.comparison, results.judgement.best, form_of(results.judgement)
    named, told = things(comparison), [d for d in best.distances if d.cell in best.candidates]
    distances = []
    for distance in told[:MOST_DISTANCES]:
        ends = {"low": form.end(distance.difference.low or 0), "high": form.end(distance.difference.high or 0)}
        distances.append(DISTANCE.format(cell=comparison.text(distance.cell), **ends))
    more = MORE.format(count=len(told) - MOST_DISTANCES) if len(told) > MOST_DISTANCES else NOTHING
    listed_ones = joined([joined(distances, "; "), more], "")
    yield DISTANCES.format(unit=form.unit, distances=listed_ones, seen=_seen(best.detectable, form))
    close = [cell_name(distance.cell) for distance in told if distance.is_close]
    if close:
        margin = form.amount(max(margins(results)))
        yield CLOSE.format(margin=margin, cells=cells_of(results, close), **named)
    if best.luck:
        yield LUCK.format(count=len(told), luck=form.amount(best.luck), **named)


def _effects(results: VerdictResults) -> Iterable[Text]:
    form = form_of(results.judgement)
    if not results.judgement.judged:
        return
    for factor, family in effects(results):
        others = listed([other.plural for other in results.comparison.varied if other != factor])
        if all(contrast.decision == "undecided" for contrast in family.contrasts):
            margin, probability = form.amount(family.contrasts[0].margin), _probability(family.within or 0)
            within = WITHIN.format(margin=margin, probability=probability)
            said = NOTHING_SEEN.format(seen=_seen(family.detectable, form), within=within)
        else:
            told = sorted(telling(family), key=lambda contrast: contrast.decision == "undecided")
            parts = [_comparison(results, factor, contrast) for contrast in told]
            rest = len(family.contrasts) - len(told)
            said = joined([*parts, REST.format(count=rest)] if rest else parts, "; ")
        yield (EFFECT if others.en else EFFECT_ALONE).format(factor=factor.text, others=others, said=said)


def _seen(detectable: float | None, form: Form) -> Text:
    """Returns what would have been found, or that nothing could have been."""
    return NONE_SEEN if detectable is None else SEEN.format(amount=form.amount(detectable))


def _probability(share: float) -> Text:
    """Returns a probability in per cent, never as none or as certain."""
    return PERCENT.format("< 1" if share < 0.01 else "> 99" if share > 0.99 else f"{100 * share:.0f}")


def _comparison(results: VerdictResults, factor: Factor, contrast: Contrast) -> Text:
    """Returns a comparison with the better level first; of equivalent ones with the interval that says so."""
    form, left, right = form_of(results.judgement), contrast.left, contrast.right
    interval = contrast.narrow if contrast.decision == "equivalent" else contrast.difference.interval
    assert interval is not None
    (low, high), value = interval, contrast.difference.value
    if value < 0:
        left, right, value, low, high = right, left, -value, -high, -low
    text = {"equivalent": EQUAL, "undecided": UNKNOWN}.get(contrast.decision, BETTER)
    name = {"left": left, "right": right}
    names = {side: results.comparison.method(factor.name, own).text for side, own in name.items()}
    confidence = percent(1 - 2 * results.judgement.level, None)  # of equivalence: two one-sided tests
    ends = {"low": form.end(low), "high": form.end(high), "confidence": confidence}
    return text.format(**names, amount=form.amount(value), **ends)


def _interaction(results: VerdictResults) -> Iterable[Text]:
    comparison, family = results.comparison, results.judgement.interactions
    found = [contrast.left for contrast in family.contrasts if contrast.decided]
    if found:
        yield INTERACTION.format(cells=cells_of(results, found), **several(comparison))
    elif results.judgement.judged and family.contrasts:
        *others, last = comparison.varied
        under = listed([factor.text for factor in others])
        alike = NOTHING if family.detectable is None else ACT_ALIKE.format(methods=last.plural, others=under)
        yield NO_INTERACTION.format(seen=_seen(family.detectable, form_of(results.judgement)), alike=alike)


def _bought(results: VerdictResults) -> Iterable[Text]:
    judgement, form = results.judgement, form_of(results.judgement)
    best = judgement.cells[0]
    for contrast in judgement.against_reference.contrasts:
        if contrast.left == cell_name(best.cell) and contrast.decision == "better":
            reference = next(score for score in judgement.cells if score.cell == judgement.reference)
            difference, named = contrast.difference, results.comparison.text(reference.cell)
            gaps = NOTHING
            if best.gap and reference.gap:
                values = {"gap": form.amount(best.gap.value), "reference_gap": form.amount(reference.gap.value)}
                gaps = BOUGHT_GAPS.format(reference=named, **values)
            yield BOUGHT.format(
                bought=BY_REGULARIZATION if results.tuned else AGAINST.format(reference=named),
                best=results.comparison.text(best.cell),
                score=results.score,
                reference=named,
                amount=form.amount(difference.value),
                low=form.end(difference.low or 0),
                high=form.end(difference.high or 0),
                gaps=gaps,
            )


def say_doses(results: VerdictResults) -> Iterable[Text]:
    """Yields what each method brings at its best strength, and from which strength on it hurts."""
    comparison, form = results.comparison, form_of(results.judgement)
    for dose in results.doses:
        if math.isnan(dose.gain.value):  # of these blocks none had both runs trained
            continue
        given, gained = comparison.space[dose.param], form.ends(dose.gain)
        low, high = (number(end, given) for end in dose.ends[dose.best : dose.best + 2])
        hurts = "" if dose.hurts_from is None else HURTS.format(value=number(dose.hurts_from, given))
        without = comparison.text(dose.without)
        said = {"cell": comparison.text(dose.cell), "param": comparison.param(dose.param), "low": low, "high": high}
        interval = IN_BRACKETS.format(gained) if gained else NOTHING
        yield DOSED.format(**said, without=without, gain=form.amount(dose.gain.value), interval=interval, hurts=hurts)
