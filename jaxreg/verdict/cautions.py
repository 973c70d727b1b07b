"""What a verdict cannot say: what its blocks can show, what has to be known of its runs, and what it holds for."""

from collections.abc import Iterable

from jaxreg.engine.config import SMOKE
from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.pages.wording import method_notes, percent
from jaxreg.records import Choice, cell_name
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS
from jaxreg.text import NOTHING, Counted, Text, counted, joined, same
from jaxreg.verdict.forms import cells_of, effects, form_of, things
from jaxreg.verdict.looks import LOOKS, say_looks
from jaxreg.verdict.results import VerdictResults

END = 0.05  # of a range's length on its scale: nearer to an end than this is at the end
DETECTABLE = Text(
    "What {blocks} blocks can show: a difference between two {many} is found with a probability of 80 % from {pairs} "
    "on{effects}. Where nothing is found, a smaller one may still exist.",
    "{blocks}개 블록으로 알 수 있는 것: 두 {many}의 차이가 {pairs} 이상이면 80% 확률로 검출됩니다{effects}. "
    "검출되지 않았다고 해서 더 작은 차이가 없다는 뜻은 아닙니다.",
)
DETECTABLE_EFFECTS = Text(", one between two {methods} from {amount}", "(두 {methods} 사이는 {amount} 이상)")
UNDETECTABLE = Text(
    "What {blocks} blocks can show: between two {many} no difference, however large, is found with a probability of "
    "80 %{effects}.",
    "{blocks}개 블록으로 알 수 있는 것: 두 {many}의 차이가 아무리 커도 80% 확률로 검출되지는 않습니다{effects}.",
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
    "; everything else is judged on the {blocks} of {all} blocks that are complete{rare}",
    ". 나머지 판정에는 블록 {all}개 중 온전한 {blocks}개만 썼습니다{rare}",
)
RARE = Text(
    ", but for what fails in half of the blocks or more and counts as it is: {cells}",
    "(블록의 절반 이상에서 실패하여 얻은 값을 그대로 반영한 것: {cells})",
)
COUNTED = Text("; everywhere else they count as they are", ". 그 밖에서는 얻은 값을 그대로 반영합니다")
FLOOR = Text(
    "Of {methods} that are undecided here, none can be shown to be equivalent within {margin} with these test images, "
    "however many blocks: they leave ±{floor} or more.",
    "{methods}: 여기서 보류된 비교는 블록이 아무리 많아도 이 테스트 이미지로는 {margin} 이내로 동등하다고 보일 수 "
    "없습니다. 이미지 표본만으로도 ±{floor} 이상의 폭이 남습니다.",
)
BOUNDARY = Text(
    "Chosen at the end of its range, so that the best may lie outside: {cells}.",
    "범위의 끝에서 선택되어 최적값이 범위 밖에 있을 수 있습니다: {cells}.",
)
BOUNDARY_ONE = same("{cell} ({name} {value})")
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


def power(results: VerdictResults) -> Iterable[Text]:
    """Says which differences between cells, and between the methods of the first factor, these blocks can show."""
    judgement, form = results.judgement, form_of(results.judgement)
    if not judgement.judged:
        yield too_few(results)
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
        if family.detectable is not None and len(results.comparison.varied) > 1:
            said = of_effects.format(methods=factor.plural, amount=form.amount(family.detectable))
    least = form.amount(pairs.detectable or 0)
    yield text.format(blocks=judgement.num_blocks, pairs=least, effects=said, **things(results.comparison))
    for factor, family in effects(results):
        margin = family.contrasts[0].margin
        if family.floor and family.floor > margin:
            amounts = {"margin": form.amount(margin), "floor": form.amount(family.floor)}
            yield FLOOR.format(methods=factor.plural, **amounts)


def too_few(results: VerdictResults) -> Text:
    """Returns that nothing is decided by so few blocks."""
    return TOO_FEW.format(blocks=results.judgement.num_blocks, least=LEAST_BLOCKS, enough=ENOUGH_BLOCKS)


def cautions(results: VerdictResults) -> Iterable[Text]:
    """Yields what has to be known of runs, choices and methods before the answer is believed."""
    yield from _failed(results)
    diverged = [cell_name(run.cell) for run in results.runs if run.diverged]
    if diverged:
        cells = cells_of(results, diverged)
        said = DIVERGED if results.budget is None else DIVERGED_EACH
        yield said.format(count=len(diverged), runs=len(results.runs), cells=cells)
    at_end = [found for choice in results.choices for found in _at_end(results.comparison, choice)]
    if at_end:
        yield BOUNDARY.format(cells=joined(at_end, "; "))
    yield from method_notes(results.comparison)
    if results.config["settings"].get("smoke"):
        yield SMOKE


def _failed(results: VerdictResults) -> Iterable[Text]:
    judgement, form = results.judgement, form_of(results.judgement)
    failed = [cell_name(failure.cell) for failure in judgement.failures if failure.times]
    if not failed:
        return
    blocks = judgement.num_blocks + judgement.incomplete
    below = judgement.failing
    rarely = [cell_name(failure.cell) for failure in judgement.failures if failure.times >= blocks / 2]
    rare = RARE.format(cells=cells_of(results, rarely)) if rarely else NOTHING
    yield FAILED.format(
        count=_counted(sum(failure.times for failure in judgement.failures)),
        runs=blocks * len(judgement.cells),
        limit=NOTHING if below is None else FAILED_BELOW.format(limit=form.score(below)),
        cells=cells_of(results, failed),
        **things(results.comparison),
        rest=COMPLETE.format(blocks=judgement.num_blocks, all=blocks, rare=rare) if judgement.incomplete else COUNTED,
    )


def _counted(times: float) -> str:
    return f"{times:,.0f}" if times == round(times) else f"{times:,.1f}"


def _at_end(comparison: Comparison, choice: Choice) -> Iterable[Text]:
    for name in sorted(choice.params, key=lambda name: name != LEARNING_RATE):
        value = choice.params[name]
        if not END < comparison.space[name].place(value) < 1 - END:
            cell, named = comparison.text(choice.cell), comparison.param(name)
            yield BOUNDARY_ONE.format(cell=cell, name=named, value=f"{value:.2g}")


def scope(results: VerdictResults) -> Iterable[Text]:
    """Yields what holds together, and what it holds for."""
    settings, judgement, repeated = results.config["settings"], results.judgement, results.judgement.repeated
    if judgement.judged and judgement.best.distances:
        level, tables = judgement.level, judgement.num_families + bool(results.doses)
        every = ALL_TABLES.format(tables=tables, every=percent(min(tables * level, 1), None))
        yield TOGETHER.format(
            confidence=percent(1 - level, None),
            effects=EFFECTS if len(results.comparison.varied) > 1 and effects(results) else PAIRS,
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
