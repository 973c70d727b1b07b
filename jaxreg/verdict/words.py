"""The verdict in plain words, generated from the numbers and from nothing else.

{one} and {many} are combinations, or methods where there is one factor only. What is filled into Korean words is
followed by no particle that hangs on its last sound.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.methods.method import Factor
from jaxreg.pages.wording import PERCENT, ends, listed, number, percent
from jaxreg.records import Choice, cell_name
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS, Contrast, Estimate, Family, Judgement
from jaxreg.text import Counted, Text, counted, joined
from jaxreg.verdict.looks import LOOKS, say_looks
from jaxreg.verdict.results import VerdictResults

END = 0.05  # of a range's length on its scale: nearer to an end than this is at the end
MOST_CELLS = 12  # more are not named one by one
MOST_CONTRASTS = 6  # of more, those of the best level stand for all
NOTHING = Text("", "")
IN_BRACKETS = Text(" ({})", " ({})")
COMBINATION = {"one": Text("combination", "조합"), "many": Text("combinations", "조합")}
METHOD = {"one": Text("method", "방법"), "many": Text("methods", "방법")}
MORE = Text(" and {count} more", " 외 {count}개")
ONE_CELL = Text(
    "{best} reaches a {score} of {accuracy}{interval}; there is nothing to compare it with.",
    "{best}: {score} {accuracy}{interval}. 비교할 다른 {one}이 없습니다.",
)
BEST = Text(
    "Best of all: {best}, {score} {accuracy}{interval}; every other {one} is behind it.",
    "최고는 {best}: {score} {accuracy}{interval}. 다른 모든 {one}은 이에 미치지 못합니다.",
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
    " (no difference, however large, could be shown with these blocks and images)",
    "(이 블록과 이미지로는 아무리 큰 차이도 검출할 수 없습니다)",
)
BETTER = Text(
    "{left} is {amount} better than {right} ({low} to {high})",
    "{left} 쪽이 {right}보다 {amount} 높음 ({low} ~ {high})",
)
EQUAL = Text("{left} and {right} are equivalent ({low} to {high})", "{left} 대 {right}: 동등 ({low} ~ {high})")
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
    "What regularization buys: {best} is {amount} above {reference} in {score} ({low} to {high}){gaps}.",
    "정규화·규제로 얻은 것: {score} 기준으로 {best} 쪽이 {reference}보다 {amount} 높습니다({low} ~ {high}){gaps}.",
)
BOUGHT_GAPS = Text(
    "; the gap between training and test is {gap}, that of {reference} {reference_gap}",
    ". 일반화 격차(학습 − 테스트)는 {gap}, {reference}에서는 {reference_gap}입니다",
)
DETECTABLE = Text(
    "What {blocks} blocks can show: a difference between two {many} is found with a probability of 80 % from {pairs} "
    "on{effects}. Where nothing is found, a smaller one may still exist.",
    "{blocks}개 블록으로 알 수 있는 것: 두 {many}의 차이가 {pairs} 이상이면 80% 확률로 검출됩니다{effects}. "
    "검출되지 않았다고 해서 더 작은 차이가 없다는 뜻은 아닙니다.",
)
DETECTABLE_EFFECTS = Text(", one between two {methods} from {amount}", "(두 {methods} 사이는 {amount} 이상)")
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
    "; one between two {methods} is found with a probability of 80 % from {amount} on",
    "(두 {methods} 사이는 {amount} 이상이면 80% 확률로 검출됩니다)",
)
TOO_FEW = Text(
    "With fewer than {least} blocks (here {blocks}) chance cannot be judged: no comparison is decided. It takes "
    "{least} blocks or more, better {enough} or 12.",
    "블록이 {least}개 미만이면(현재 {blocks}개) 우연을 가늠할 수 없어 어떤 비교도 판정하지 않습니다. {least}개 이상, "
    "되도록 {enough}개나 12개의 블록이 필요합니다.",
)
DIVERGED = Text(
    "{count} of {runs} confirmation runs diverged ({cells}); what they reached before counts.",
    "확인 실행 {runs}회 중 {count}회가 발산했습니다({cells}). 그전에 얻은 값을 반영합니다.",
)
DIVERGED_EACH = Text(
    "{count} of {runs} tuning trials diverged ({cells}); they win in no block that has another.",
    "튜닝 시도 {runs}회 중 {count}회가 발산했습니다({cells}). 다른 시도가 있는 블록에서는 선택되지 않습니다.",
)
FAILED = Text(
    "{count} of {runs} results, each of a {one} in a block, did not train{limit} ({cells}). They are counted in a "
    "table of their own{rest}.",
    "블록별 {one}의 결과 {runs}개 중 {count}개가 학습되지 않았습니다{limit}: {cells}. 이 결과는 별도의 표에서 "
    "셉니다{rest}.",
)
FAILED_BELOW = Text(
    ", which is to end below {limit}, halfway from chance to the best run",
    "(기준: 우연 수준과 가장 좋은 실행의 중간인 {limit} 미만)",
)
COMPLETE = Text(
    "; everything else is judged on the {blocks} of {all} blocks that are complete",
    ". 나머지 판정에는 블록 {all}개 중 온전한 {blocks}개만 썼습니다",
)
COUNTED = Text("; everywhere else they count as they are", ". 그 밖에서는 얻은 값을 그대로 반영합니다")
FLOOR = Text(
    "That {methods} are equivalent within {margin} cannot be shown with these test images, however many blocks: they "
    "leave ±{floor}.",
    "{methods}: {margin} 이내의 동등함은 블록이 아무리 많아도 이 테스트 이미지로는 보일 수 없습니다. 이미지 "
    "표본만으로도 ±{floor}의 폭이 남습니다.",
)
BOUNDARY = Text(
    "Chosen at the end of its range, so that the best may lie outside: {cells}.",
    "범위의 끝에서 선택되어 최적값이 범위 밖에 있을 수 있습니다: {cells}.",
)
BOUNDARY_ONE = Text("{cell} ({name} {value})", "{cell} ({name} {value})")
NOTED = Text("{methods} {note}.", "{methods}: {note}.")
NOTED_EACH = Text("Each of {methods} {note}.", "{methods}: {note}.")
DOSED = Text(
    "{cell}: {param} {low} to {high} chosen by half of the blocks; it brings {gain} in the others{interval}, against "
    "{without}{hurts}.",
    "{cell}: 블록의 절반에서 고른 {param} {low} ~ {high}, 나머지 블록에서 잰 효과는 {without} 대비 "
    "{gain}{interval}{hurts}.",
)
HURTS = Text("; from {value} on it is shown to hurt", "; {value}부터는 해로운 것으로 확인됨")
SMOKE = Text(
    "A tiny budget (--smoke): this shows the path, and its numbers mean nothing.",
    "아주 적은 계산량(--smoke)으로 실행했습니다. 과정만 보여 주며 수치에는 의미가 없습니다.",
)
SCOPE = Text(
    "This holds for {data}, {train}, this network, and {trials} for each {one}.",
    "적용 범위: {data} 데이터, {train}, 이 신경망, {one}마다 {trials}.",
)
TRAINING_IMAGES = Counted("{n} training image", "{n} training images", "학습 이미지 {n}장")
THESE = Counted("this one", "these {n}", "{n}")
TUNED = Counted("{n} tuning trial", "{n} tuning trials", "튜닝 {n}회")
TUNED_EACH = Text("the best of {budget} tuning trials in each block", "블록마다 튜닝 {budget}회 중 최고")
TUNED_EACH_ONE = Text("one random trial in each block", "블록마다 무작위 시도 1회")
ABOUT_METHODS = Text(
    "Every block tunes anew, so the intervals are about methods that are tuned with this budget; the luck of tuning is "
    "in them.",
    "블록마다 새로 튜닝하므로 구간은 이 횟수만큼 튜닝한 방법 자체에 대한 것이며, 튜닝의 운도 구간에 포함됩니다.",
)
ABOUT_CHOICES = Text(
    "The intervals are about the settings that were chosen once (--tuning once), not about the methods: the luck of "
    "that tuning is not in them.",
    "구간은 한 번 튜닝해 고른 설정(--tuning once)에 대한 것이지 방법 자체에 대한 것이 아닙니다. 튜닝의 운은 구간에 "
    "포함되지 않습니다.",
)
GIVEN = Text(
    "This holds for blocks like {blocks} and test images like {images}; how the {many} were tuned and "
    "trained is not known here.",
    "적용 범위: 여기의 블록 {blocks}개, 테스트 이미지 {images}장과 성격이 같은 블록과 이미지. {many}의 튜닝과 학습 "
    "과정은 알 수 없습니다.",
)
REPEATED = Text(
    "Every block has {images} test images of its own, drawn like its training images from the same {pool} (repeated "
    "hold-out). Blocks share images, so that all intervals are as wide as a correlation of {correlation} between "
    "blocks asks for (Nadeau and Bengio 2003); more blocks take only a part of that away.",
    "블록마다 학습 이미지와 테스트 이미지 {images}장을 같은 {pool}장에서 새로 추출했습니다(반복 홀드아웃). 블록끼리 "
    "겹치는 이미지가 있어 모든 구간에 블록 간 상관 {correlation}을 반영했습니다(Nadeau-Bengio 2003). 블록을 늘려도 "
    "그만큼의 폭은 일부만 줄어듭니다.",
)
ONE_SCORE = Text(
    "There is one score a block: what other test images would say is in no interval. This holds for blocks like "
    "{blocks}, taken as independent; how the {many} were tuned and trained is not known here.",
    "블록마다 점수가 하나입니다. 다른 테스트 이미지에서의 변동은 구간에 들어 있지 않습니다. 적용 범위: 여기의 블록 "
    "{blocks}개와 성격이 같은 블록(서로 독립이라고 봅니다). {many}의 튜닝과 학습 과정은 알 수 없습니다.",
)
TOGETHER = Text(
    "Intervals hold together with {confidence} in each table. Two tables are the answer, whatever they say: the "
    "comparison with the best, and {effects}. That something in these two is false has a chance of at most "
    "{primary}{rest}.",
    "구간의 동시 신뢰수준은 표마다 {confidence}입니다. 답이 되는 표는 결과와 관계없이 언제나 두 가지, 최고와의 비교와 "
    "{effects}입니다. 이 두 표에 틀린 것이 하나라도 있을 확률은 {primary} 이하입니다{rest}.",
)
ALL_TABLES = Text("; in all {tables}, of at most {every}", "(표 {tables}개 전체에서는 {every} 이하)")
EFFECTS = Text("the effects of all factors together", "모든 요인의 효과")
PAIRS = Text("all pairs", "모든 쌍")
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


class Form(NamedTuple):
    """How scores and their differences are written: of shares in per cent and points, else as they are.

    Attributes:
      are_shares: whether scores are shares.
      digits: behind the point.
    """

    are_shares: bool
    digits: int

    def score(self, value: float) -> Text:
        """Returns a score: `97.41 %`."""
        shown = f"{value:.{self.digits}f}"
        return percent(value, self.digits) if self.are_shares else Text(shown, shown)

    def number(self, difference: float) -> str:
        """Returns a difference without its unit, `0.16`, and without a minus before zero."""
        shown = f"{(100 if self.are_shares else 1) * difference:.{self.digits}f}"
        return shown.removeprefix("-") if float(shown) == 0 else shown

    def amount(self, difference: float) -> Text:
        """Returns a difference with its unit: `0.16 points`."""
        number = self.number(difference)
        return Text(f"{number} points", f"{number}%p") if self.are_shares else Text(number, number)

    def ends(self, estimate: Estimate | None) -> Text | None:
        """Returns `97.41 to 97.75`, or None where there is no interval."""
        if estimate is None or estimate.low is None or estimate.high is None:
            return None
        return ends(self.number(estimate.low), self.number(estimate.high))

    @property
    def unit(self) -> Text:
        """Returns what stands behind the name of a difference."""
        return Text(" (points)", " (%p)") if self.are_shares else NOTHING


def form_of(judgement: Judgement) -> Form:
    """Returns how the scores of a judgement are written: with two digits of their standard errors, or of a score."""
    if judgement.are_shares:
        return Form(True, 2)
    errors = [score.test.standard_error for score in judgement.cells if score.test.standard_error]
    least = min(errors or [abs(score.test.value) / 100 for score in judgement.cells if score.test.value] or [1.0])
    return Form(False, min(max(1 - math.floor(math.log10(least)), 0), 12))


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
        yield BEST.format(**common)
    else:
        yield (ANY_MAY_BE_BEST if len(candidates) == len(judgement.cells) else MAY_BE_BEST).format(**common)
    same = [cell_name(score.cell) for score in judgement.cells[1:] if math.isclose(score.test.value, best.test.value)]
    if same:
        yield SAME.format(cells=cells_of(results, same), **named)
    if judgement.judged and len(candidates) > 1:
        yield from _candidates(results)


def _candidates(results: VerdictResults) -> Iterable[Text]:
    """Says of those that may be best how far they may be from it, which are close, and how lucky the first may be."""
    comparison, best, form = results.comparison, results.judgement.best, form_of(results.judgement)
    named, told = things(comparison), [d for d in best.distances if d.cell in best.candidates]
    distances = []
    for distance in told[:MOST_CELLS]:
        ends = {"low": form.number(distance.difference.low or 0), "high": form.number(distance.difference.high or 0)}
        distances.append(DISTANCE.format(cell=comparison.text(distance.cell), **ends))
    more = MORE.format(count=len(told) - MOST_CELLS) if len(told) > MOST_CELLS else NOTHING
    listed_ones = joined([joined(distances, "; "), more], "")
    yield DISTANCES.format(unit=form.unit, distances=listed_ones, seen=_seen(best.detectable, form))
    close = [cell_name(distance.cell) for distance in told if distance.is_close]
    if close:
        margin = form.amount(max(results.judgement.margins.values()))
        yield CLOSE.format(margin=margin, cells=cells_of(results, close), **named)
    if best.luck:
        yield LUCK.format(count=len(told), luck=form.amount(best.luck), **named)


def cells_of(results: VerdictResults, names: Collection[str]) -> Text:
    """Returns cells in words, the best first; of many the first and how many more."""
    found = [results.comparison.text(s.cell) for s in results.judgement.cells if cell_name(s.cell) in names]
    more = MORE.format(count=len(found) - MOST_CELLS) if len(found) > MOST_CELLS else NOTHING
    return joined([joined(found[:MOST_CELLS], "; "), more], "")


def _effects(results: VerdictResults) -> Iterable[Text]:
    form = form_of(results.judgement)
    if not results.judgement.judged:
        return
    for factor, family in effects(results):
        others = listed([other.plural for other, _ in results.comparison.factors if other != factor])
        if all(contrast.decision == "undecided" for contrast in family.contrasts):
            margin, probability = form.amount(family.contrasts[0].margin), _probability(family.within or 0)
            within = WITHIN.format(margin=margin, probability=probability)
            said = NOTHING_SEEN.format(seen=_seen(family.detectable, form), within=within)
        else:
            told = sorted(telling(family), key=lambda contrast: contrast.decision == "undecided")
            parts = [_comparison(results, factor, contrast) for contrast in told]
            rest = len(family.contrasts) - len(told)
            said = joined([*parts, REST.format(count=rest)] if rest else parts, "; ")
        yield EFFECT.format(factor=factor.text, others=others, said=said)


def _seen(detectable: float | None, form: Form) -> Text:
    """Returns what would have been found, or that nothing could have been."""
    return NONE_SEEN if detectable is None else SEEN.format(amount=form.amount(detectable))


def _probability(share: float) -> Text:
    """Returns a probability in per cent, never as none or as certain."""
    return PERCENT.format("< 1" if share < 0.01 else "> 99" if share > 0.99 else f"{100 * share:.0f}")


def _comparison(results: VerdictResults, factor: Factor, contrast: Contrast) -> Text:
    """Returns a comparison with the better level first; of equivalent ones with the interval that says so."""
    form, left, right = form_of(results.judgement), contrast.left, contrast.right
    assert contrast.narrow is not None
    low, high = contrast.narrow if contrast.decision == "equivalent" else contrast.difference[2:]
    assert low is not None
    assert high is not None
    value = contrast.difference.value
    if value < 0:
        left, right, value, low, high = right, left, -value, -high, -low
    text = {"equivalent": EQUAL, "undecided": UNKNOWN}.get(contrast.decision, BETTER)
    name = {"left": left, "right": right}
    names = {side: results.comparison.method(factor.name, own).text for side, own in name.items()}
    return text.format(**names, amount=form.amount(value), low=form.number(low), high=form.number(high))


def _interaction(results: VerdictResults) -> Iterable[Text]:
    comparison, family = results.comparison, results.judgement.interactions
    found = [contrast.left for contrast in family.contrasts if contrast.decision in ("better", "worse")]
    if found:
        yield INTERACTION.format(cells=cells_of(results, found), **several(comparison))
    elif results.judgement.judged and family.contrasts:
        *others, last = (factor for factor, _ in comparison.factors)
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
                best=results.comparison.text(best.cell),
                score=results.score,
                reference=named,
                amount=form.amount(difference.value),
                low=form.number(difference.low or 0),
                high=form.number(difference.high or 0),
                gaps=gaps,
            )


def _power(results: VerdictResults) -> Iterable[Text]:
    """Says which differences between cells, and between the methods of the first factor, these blocks can show."""
    judgement, form = results.judgement, form_of(results.judgement)
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
            said = of_effects.format(methods=factor.plural, amount=form.amount(family.detectable))
    least = form.amount(pairs.detectable or 0)
    yield text.format(blocks=judgement.num_blocks, pairs=least, effects=said, **things(results.comparison))
    for factor, family in effects(results):
        margin = family.contrasts[0].margin
        if family.floor and family.floor > margin and any(c.decision == "undecided" for c in family.contrasts):
            amounts = {"margin": form.amount(margin), "floor": form.amount(family.floor)}
            yield FLOOR.format(methods=factor.plural, **amounts)


def _cautions(results: VerdictResults) -> Iterable[Text]:
    yield from _failed(results)
    diverged = [cell_name(run.cell) for run in results.runs if run.diverged]
    if diverged:
        cells = cells_of(results, diverged)
        said = DIVERGED if results.budget is None else DIVERGED_EACH
        yield said.format(count=len(diverged), runs=len(results.runs), cells=cells)
    at_end = [found for choice in results.choices for found in _at_end(results.comparison, choice)]
    if at_end:
        yield BOUNDARY.format(cells=joined(at_end, "; "))
    yield from _notes(results.comparison)
    if results.config["settings"].get("smoke"):
        yield SMOKE


def _failed(results: VerdictResults) -> Iterable[Text]:
    judgement, form = results.judgement, form_of(results.judgement)
    failed = [cell_name(failure.cell) for failure in judgement.failures if failure.times]
    if not failed:
        return
    blocks = judgement.num_blocks + judgement.incomplete
    below = judgement.failing
    yield FAILED.format(
        count=_counted(sum(failure.times for failure in judgement.failures)),
        runs=blocks * len(judgement.cells),
        limit=NOTHING if below is None else FAILED_BELOW.format(limit=form.score(below)),
        cells=cells_of(results, failed),
        **things(results.comparison),
        rest=COMPLETE.format(blocks=judgement.num_blocks, all=blocks) if judgement.incomplete else COUNTED,
    )


def _counted(times: float) -> str:
    return f"{times:,.0f}" if times == round(times) else f"{times:,.1f}"


def _at_end(comparison: Comparison, choice: Choice) -> Iterable[Text]:
    for name in sorted(choice.params, key=lambda name: name != LEARNING_RATE):
        value = choice.params[name]
        if not END < comparison.space[name].place(value) < 1 - END:
            cell, named = comparison.text(choice.cell), comparison.param(name)
            yield BOUNDARY_ONE.format(cell=cell, name=named, value=f"{value:.2g}")


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
    settings, judgement, repeated = results.config["settings"], results.judgement, results.judgement.repeated
    if judgement.judged and judgement.best.distances:
        level, tables = judgement.level, judgement.num_families
        every = ALL_TABLES.format(tables=tables, every=percent(min(tables * level, 1), None))
        yield TOGETHER.format(
            confidence=percent(1 - level, None),
            effects=EFFECTS if effects(results) else PAIRS,
            primary=percent(min(2 * level, 1), None),
            rest=every if tables > 2 else NOTHING,
        )
        yield from say_looks(results.config.get(LOOKS, ()), judgement)
    if repeated:
        of = {"images": f"{repeated.num_images:,}", "pool": f"{repeated.pool:,}"}
        yield REPEATED.format(**of, correlation=f"{repeated.correlation:.2f}")
    if not results.tuned:
        counts = {"blocks": counted(judgement.num_blocks, THESE), "images": counted(judgement.num_images, THESE)}
        yield (ONE_SCORE if judgement.num_images == 1 else GIVEN).format(**counts, **things(results.comparison))
        return
    train = counted(settings["train_size"], TRAINING_IMAGES)
    yield SCOPE.format(data=settings["data"], train=train, trials=_budget(results), **things(results.comparison))
    if judgement.judged:
        yield ABOUT_CHOICES if results.budget is None else ABOUT_METHODS


def _budget(results: VerdictResults) -> Text:
    if results.budget is not None:
        return (TUNED_EACH_ONE if results.budget == 1 else TUNED_EACH).format(budget=results.budget)
    return counted(results.tuned_trials, TUNED)


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
