"""The verdict in plain words, generated from the numbers and from nothing else.

{one} and {many} are combinations, or methods where there is one factor only. What is filled into Korean words is
followed by no particle that hangs on its last sound.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.methods.method import Factor, Range
from jaxreg.pages.wording import joined, listed, percent
from jaxreg.records import Choice, cell_name
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS, Contrast, Estimate, Family
from jaxreg.text import Text
from jaxreg.verdict.results import VerdictResults

END = 0.05  # of a range's length on its scale: nearer to an end than this is at the end
MOST_CELLS = 12  # more are not named one by one
MOST_CONTRASTS = 6  # of more, those of the best level stand for all
NOTHING = Text("", "")
COMBINATION = {"one": Text("combination", "조합"), "many": Text("combinations", "조합")}
METHOD = {"one": Text("method", "방법"), "many": Text("methods", "방법")}
MORE = Text(" and {count} more", " 외 {count}개")
ONE_CELL = Text(
    "{best} reaches {accuracy} on test{interval}; there is nothing to compare it with.",
    "{best}: 테스트 정확도 {accuracy}{interval}. 비교할 다른 {one}이 없습니다.",
)
BEST = Text(
    "Best of all: {best}, {accuracy} on test{interval}; it is better than every other {one}.",
    "최고는 {best}: 테스트 정확도 {accuracy}{interval}. 다른 모든 {one}보다 낫습니다.",
)
HIGHEST = Text(
    "The highest mean is that of {best}: {accuracy} on test{interval}.",
    "평균이 가장 높은 {one}은 {best}: 테스트 정확도 {accuracy}{interval}.",
)
SAME = Text("Its mean is also that of {cells}.", "평균이 이와 같은 {one}: {cells}.")
OPEN = Text("It cannot be told apart from {cells}.", "다음과는 구별할 수 없습니다: {cells}.")
ALIKE = Text("Equivalent to it, within {margin} points: {cells}.", "{margin}%p 이내로 동등한 {one}: {cells}.")
BEATS = Text(
    "It is better than {count} of the {others} other {many}.", "나머지 {others}개 {many} 중 {count}개보다 낫습니다."
)
EFFECT = Text("{factor}, averaged over {others}: {said}.", "{factor}({others}에 대한 평균): {said}.")
REST = Text("the other {count} pairs are in its table", "나머지 {count}쌍은 표에 있습니다")
NOTHING_SEEN = Text("no detectable difference{seen}", "검출된 차이가 없습니다{seen}")
SEEN = Text(
    " (one of {points} points would be found with a probability of 80 %)", "({points}%p라면 80% 확률로 검출됩니다)"
)
NONE_SEEN = Text(
    " (no difference, however large, could be shown with these blocks and images)",
    "(이 블록과 이미지로는 아무리 큰 차이도 검출할 수 없습니다)",
)
BETTER = Text(
    "{left} is {points} points better than {right} ({low} to {high})",
    "{left} > {right}, 차이 {points}%p ({low} ~ {high})",
)
EQUAL = Text("{left} and {right} are equivalent ({low} to {high})", "{left} = {right}, 동등 ({low} ~ {high})")
UNKNOWN = Text(
    "{left} and {right} cannot be told apart ({low} to {high})", "{left}, {right}: 구별할 수 없음 ({low} ~ {high})"
)
INTERACTION = Text(
    "{several} act together: what {cells} reaches differs from the sum of their effects.",
    "상호작용이 있습니다: {cells}의 결과는 {several} 효과의 합과 다릅니다.",
)
NO_INTERACTION = Text("No interaction is detectable{seen}{alike}.", "검출된 상호작용이 없습니다{seen}{alike}.")
ACT_ALIKE = Text(
    ": {methods} act alike, as far as can be told, under each {others}",
    ": 알 수 있는 한 {methods}의 효과는 어느 {others}에서나 비슷합니다",
)
BOUGHT = Text(
    "What regularization buys: {best} is {points} points above {reference} ({low} to {high}){gaps}.",
    "규제로 얻은 것: {best}의 정확도는 {reference}보다 {points}%p 높습니다 ({low} ~ {high}){gaps}.",
)
BOUGHT_GAPS = Text(
    "; the gap between training and test accuracy is {gap} points in place of {reference_gap}",
    ". 학습과 테스트 정확도의 차이는 {gap}%p이고, {reference}에서는 {reference_gap}%p입니다",
)
DETECTABLE = Text(
    "What {blocks} blocks can show: a difference between two {many} is found with a probability of 80 % from {pairs} "
    "points on{effects}. Where nothing is found, a smaller one may still exist.",
    "{blocks}개 블록으로 알 수 있는 것: 두 {many}의 차이가 {pairs}%p 이상이면 80% 확률로 검출됩니다{effects}. "
    "검출되지 않았다고 해서 더 작은 차이가 없다는 뜻은 아닙니다.",
)
DETECTABLE_EFFECTS = Text(", one between two {methods} from {points}", " (두 {methods} 사이는 {points}%p 이상)")
UNDETECTABLE = Text(
    "What {blocks} blocks can show: between two {many} no difference, however large, could be shown with these blocks "
    "and images{effects}.",
    "{blocks}개 블록으로 알 수 있는 것: 두 {many}의 차이는, 아무리 커도 이 블록과 이미지로는 검출할 수 "
    "없습니다{effects}.",
)
UNDETECTABLE_MOST = Text(
    "What {blocks} blocks can show: between most {many} no difference, however large, is found with a probability of "
    "80 %{effects}.",
    "{blocks}개 블록으로 알 수 있는 것: 대부분의 {many} 사이에서는 차이가 아무리 커도 80% 확률로 검출되지는 "
    "않습니다{effects}.",
)
UNDETECTABLE_EFFECTS = Text(
    "; one between two {methods} is found with a probability of 80 % from {points} points on",
    " (두 {methods} 사이는 {points}%p 이상이면 80% 확률로 검출됩니다)",
)
TOO_FEW = Text(
    "With fewer than {least} blocks (here {blocks}) chance cannot be judged: no comparison is decided. Give --blocks "
    "{least} or more, better {enough} or 12.",
    "블록이 {least}개 미만이면(현재 {blocks}개) 우연을 가늠할 수 없어 어떤 비교도 판정하지 않습니다. --blocks {least} "
    "이상을, 되도록 {enough}이나 12를 지정하십시오.",
)
DIVERGED = Text(
    "{count} of {runs} confirmation runs diverged ({cells}); they count with the accuracy they have.",
    "확인 실행 {runs}개 중 {count}개가 발산했습니다 ({cells}). 얻은 정확도를 그대로 반영합니다.",
)
DIVERGED_EACH = Text(
    "{count} of {runs} tuning trials diverged ({cells}); they win in no block that has another.",
    "튜닝 시도 {runs}개 중 {count}개가 발산했습니다 ({cells}). 다른 시도가 있는 블록에서는 선택되지 않습니다.",
)
BOUNDARY = Text(
    "Chosen at the end of its range, so that the best may lie outside: {cells}.",
    "범위의 끝에서 선택되어 최적값이 범위 밖에 있을 수 있습니다: {cells}.",
)
BOUNDARY_ONE = Text("{cell} ({name} {value})", "{cell} ({name} {value})")
NOTED = Text("{methods} {note}.", "{methods}: {note}.")
NOTED_EACH = Text("Each of {methods} {note}.", "{methods}: {note}.")
SMOKE = Text(
    "A tiny budget (--smoke): this shows the path, and its numbers mean nothing.",
    "아주 작은 예산(--smoke)입니다. 과정만 보여 주며 수치에는 의미가 없습니다.",
)
SCOPE = Text(
    "This holds for {data}, {train} training images, this network, and {trials} for each {one}.{together}",
    "적용 범위: {data} 데이터, 학습 이미지 {train}장, 이 신경망, {one}마다 {trials}.{together}",
)
TUNED = Text("{trials} tuning trials", "튜닝 {trials}회")
TUNED_EACH = Text("the best of {budget} tuning trials in each block", "블록마다 튜닝 {budget}회 중 최고")
TUNED_EACH_ONE = Text("one random trial in each block", "블록마다 무작위 시도 1회")
ABOUT_METHODS = Text(
    "Every block tunes anew, so the intervals are about methods that are tuned with this budget; the luck of tuning is "
    "in them.",
    "블록마다 새로 튜닝하므로 구간은 이 예산으로 튜닝한 방법 자체에 대한 것이며, 튜닝의 운도 구간에 포함됩니다.",
)
ABOUT_CHOICES = Text(
    "The intervals are about the settings that were chosen once (--tuning once), not about the methods: the luck of "
    "that tuning is not in them.",
    "구간은 한 번 튜닝해 고른 설정(--tuning once)에 대한 것이지 방법 자체에 대한 것이 아닙니다. 튜닝의 운은 구간에 "
    "포함되지 않습니다.",
)
TOGETHER = Text(
    " Intervals hold together with {confidence} within each table.",
    " 구간은 각 표 안에서 {confidence} 신뢰도로 동시에 성립합니다.",
)
BOTH = {"several": Text("The two", "두"), "all": Text("both", "각"), "others": Text("other", "요인")}  # of two factors
ALL = {"several": Text("The factors", "모든"), "all": Text("all", "각"), "others": Text("others", "요인들")}  # of more


def say(results: VerdictResults, lang: str = "en") -> tuple[str, ...]:
    """Returns the verdict, the answer first, one thought a string; `lang` is "en" or "ko"."""
    sentences = (
        sentence.to(lang)
        for part in (_winner, _effects, _interaction, _bought, _power, _cautions, _scope)
        for sentence in part(results)
    )
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def things(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what cells are called: combinations, or methods of the only factor."""
    return COMBINATION if len(comparison.factors) > 1 else METHOD


def several(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what the factors are called together."""
    return BOTH if len(comparison.factors) == 2 else ALL


def effects(results: VerdictResults) -> list[tuple[Factor, Family]]:
    """Returns the factors with several methods and their pairs; of an only factor the cells' pairs say all."""
    crossed = results.comparison.factors if len(results.comparison.factors) > 1 else ()
    families = results.judgement.main_effects
    return [(factor, families[factor.name]) for factor, _ in crossed if families[factor.name].contrasts]


def telling(family: Family) -> tuple[Contrast, ...]:
    """Returns the comparisons of levels that are told: all, or of many those with the best level."""
    contrasts = family.contrasts
    if len(contrasts) <= MOST_CONTRASTS:
        return contrasts
    above = dict.fromkeys((name for c in contrasts for name in (c.left, c.right)), 0.0)
    for contrast in contrasts:
        above[contrast.left] += contrast.difference.value
        above[contrast.right] -= contrast.difference.value
    best = max(above, key=above.__getitem__)
    return tuple(contrast for contrast in contrasts if best in (contrast.left, contrast.right))


def points(difference: float) -> str:
    """Returns a difference of shares in percentage points, `0.16`, without a minus before zero."""
    return f"{100 * difference + 0:.2f}".replace("-0.00", "0.00")


def ends(estimate: Estimate | None) -> str | None:
    """Returns `97.41 – 97.75`, or None where there is no interval."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return f"{points(estimate.low)} – {points(estimate.high)}"


def _winner(results: VerdictResults) -> Iterable[Text]:
    comparison, judgement = results.comparison, results.judgement
    named, best = things(comparison), judgement.cells[0]
    interval = ends(best.test)
    common = {
        "best": comparison.text(best.cell),
        "accuracy": percent(best.test.value),
        "interval": f" ({interval} %)" if interval else "",
    }
    if len(judgement.cells) == 1:
        yield ONE_CELL.format(**common, **named)
        return
    own = [contrast for contrast in judgement.pairs.contrasts if contrast.left == cell_name(best.cell)]
    if all(contrast.decision == "better" for contrast in own):
        yield BEST.format(**common, **named)
        return
    yield HIGHEST.format(**common, **named)
    same = [cell_name(score.cell) for score in judgement.cells[1:] if math.isclose(score.test.value, best.test.value)]
    if same:
        yield SAME.format(cells=_cells(results, same), **named)
    if not judgement.judged:
        return
    for decision, text in (("undecided", OPEN), ("equivalent", ALIKE)):
        found = [contrast.right for contrast in own if contrast.decision == decision]
        if found:
            yield text.format(cells=_cells(results, found), margin=points(judgement.margin), **named)
    if len(own) > 1:  # of a single other one all is said
        yield BEATS.format(count=sum(c.decision == "better" for c in own), others=len(own), **named)


def _cells(results: VerdictResults, names: Sequence[str]) -> Text:
    """Returns cells in words, the best first; of many the first and how many more."""
    found = [results.comparison.text(s.cell) for s in results.judgement.cells if cell_name(s.cell) in names]
    more = MORE.format(count=len(found) - MOST_CELLS) if len(found) > MOST_CELLS else NOTHING
    return joined([joined(found[:MOST_CELLS], "; "), more], "")


def _effects(results: VerdictResults) -> Iterable[Text]:
    if not results.judgement.judged:
        return
    for factor, family in effects(results):
        others = listed([other.plural for other, _ in results.comparison.factors if other != factor])
        if all(contrast.decision == "undecided" for contrast in family.contrasts):
            said = NOTHING_SEEN.format(seen=_seen(family))
        else:
            told = sorted(telling(family), key=lambda contrast: contrast.decision == "undecided")
            parts = [_comparison(results.comparison, factor, contrast) for contrast in told]
            rest = len(family.contrasts) - len(told)
            said = joined([*parts, REST.format(count=rest)] if rest else parts, "; ")
        yield EFFECT.format(factor=factor.text, others=others, said=said)


def _seen(family: Family) -> Text:
    """Returns what would have been found, or that nothing could have been."""
    return NONE_SEEN if family.detectable is None else SEEN.format(points=points(family.detectable))


def _comparison(comparison: Comparison, factor: Factor, contrast: Contrast) -> Text:
    """Returns a comparison with the better level first."""
    left, right, difference = contrast.left, contrast.right, contrast.difference
    assert difference.low is not None
    assert difference.high is not None
    value, low, high = difference.value, difference.low, difference.high
    if value < 0:
        left, right, value, low, high = right, left, -value, -high, -low
    text = {"equivalent": EQUAL, "undecided": UNKNOWN}.get(contrast.decision, BETTER)
    names = {"left": comparison.method(factor.name, left).text, "right": comparison.method(factor.name, right).text}
    return text.format(**names, points=points(value), low=points(low), high=points(high))


def _interaction(results: VerdictResults) -> Iterable[Text]:
    comparison, family = results.comparison, results.judgement.interactions
    found = [contrast.left for contrast in family.contrasts if contrast.decision in ("better", "worse")]
    if found:
        yield INTERACTION.format(cells=_cells(results, found), **several(comparison))
    elif results.judgement.judged and family.contrasts:
        *others, last = (factor for factor, _ in comparison.factors)
        under = listed([factor.text for factor in others])
        alike = NOTHING if family.detectable is None else ACT_ALIKE.format(methods=last.plural, others=under)
        yield NO_INTERACTION.format(seen=_seen(family), alike=alike)


def _bought(results: VerdictResults) -> Iterable[Text]:
    judgement = results.judgement
    best = judgement.cells[0]
    for contrast in judgement.against_reference.contrasts:
        if contrast.left == cell_name(best.cell) and contrast.decision == "better":
            reference = next(score for score in judgement.cells if score.cell == judgement.reference)
            difference, named = contrast.difference, results.comparison.text(reference.cell)
            gaps = NOTHING
            if best.gap and reference.gap:
                values = {"gap": points(best.gap.value), "reference_gap": points(reference.gap.value)}
                gaps = BOUGHT_GAPS.format(reference=named, **values)
            yield BOUGHT.format(
                best=results.comparison.text(best.cell),
                reference=named,
                points=points(difference.value),
                low=points(difference.low or 0),
                high=points(difference.high or 0),
                gaps=gaps,
            )


def _power(results: VerdictResults) -> Iterable[Text]:
    """Says which differences between cells, and between the methods of the first factor, these blocks can show."""
    judgement = results.judgement
    if not judgement.judged:
        yield TOO_FEW.format(blocks=judgement.num_blocks, least=LEAST_BLOCKS, enough=ENOUGH_BLOCKS)
        return
    pairs = judgement.pairs
    if not pairs.contrasts:
        return
    text, of_effects = DETECTABLE, DETECTABLE_EFFECTS
    if pairs.detectable is None:
        none_found = all(contrast.decision == "undecided" for contrast in pairs.contrasts)
        text = UNDETECTABLE if none_found else UNDETECTABLE_MOST
        of_effects = UNDETECTABLE_EFFECTS
    said = NOTHING
    for factor, family in effects(results)[:1]:
        if family.detectable is not None:
            said = of_effects.format(methods=factor.plural, points=points(family.detectable))
    least = points(pairs.detectable or 0)
    yield text.format(blocks=judgement.num_blocks, pairs=least, effects=said, **things(results.comparison))


def _cautions(results: VerdictResults) -> Iterable[Text]:
    diverged = [cell_name(run.cell) for run in results.runs if run.diverged]
    if diverged:
        cells = _cells(results, diverged)
        said = DIVERGED if results.budget is None else DIVERGED_EACH
        yield said.format(count=len(diverged), runs=len(results.runs), cells=cells)
    at_end = [found for choice in results.choices for found in _at_end(results.comparison, choice)]
    if at_end:
        yield BOUNDARY.format(cells=joined(at_end, "; "))
    yield from _notes(results.comparison)
    if results.config["settings"]["smoke"]:
        yield SMOKE


def _at_end(comparison: Comparison, choice: Choice) -> Iterable[Text]:
    for name in sorted(choice.params, key=lambda name: name != LEARNING_RATE):
        value = choice.params[name]
        if not END < _place(value, comparison.space[name]) < 1 - END:
            cell, named = comparison.text(choice.cell), comparison.param(name)
            yield BOUNDARY_ONE.format(cell=cell, name=named, value=f"{value:.2g}")


def _place(value: float, within: Range) -> float:
    """Returns how far a value is on the way from the low to the high end of its range."""
    at, low, high = (math.log(x) if within.log else x for x in (value, within.low, within.high))
    return (at - low) / (high - low)


def _notes(comparison: Comparison) -> Iterable[Text]:
    """Returns what has to be known of methods, those of the same note together."""
    noted: dict[Text, list[Text]] = {}
    for _, methods in comparison.factors:
        for method in methods:
            if method.note:
                noted.setdefault(method.note, []).append(method.text)
    for note, names in noted.items():
        yield (NOTED if len(names) == 1 else NOTED_EACH).format(methods=listed(names), note=note)


def _scope(results: VerdictResults) -> Iterable[Text]:
    settings = results.config["settings"]
    confidence = f"{100 * (1 - results.judgement.level):g} %"
    yield SCOPE.format(
        data=settings["data"],
        train=f"{settings['train_size']:,}",
        trials=_budget(results),
        together=TOGETHER.format(confidence=confidence) if results.judgement.judged else "",
        **things(results.comparison),
    )
    if results.judgement.judged:
        yield ABOUT_CHOICES if results.budget is None else ABOUT_METHODS


def _budget(results: VerdictResults) -> Text:
    if results.budget is not None:
        return (TUNED_EACH_ONE if results.budget == 1 else TUNED_EACH).format(budget=results.budget)
    trials = results.tuned_trials
    return (Text("1 tuning trial", "튜닝 1회") if trials == 1 else TUNED).format(trials=trials)
