"""A verdict as one HTML page: the answer and its picture, the evidence, the method. Pure: results and bytes in."""

from collections.abc import Iterator
from functools import partial

from jaxreg.engine.progress import RUNS
from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.pages.frame import frame, how_it_was_done
from jaxreg.pages.markup import Images, Picture, aside, bullets, figure, folded, heading, paragraphs
from jaxreg.pages.measure import F1_NOT_JUDGED
from jaxreg.pages.note import TITLE
from jaxreg.pages.wording import TEST_IMAGES, TRIALS, listed, percent
from jaxreg.records import cell_name
from jaxreg.text import Counted, Text, counted, joined
from jaxreg.verdict.cautions import TUNED
from jaxreg.verdict.forms import cells_of, effects, form_of, margins, several, telling, things
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import best_table, cell_table, contrast_table, dose_table, failure_table
from jaxreg.verdict.words import say, say_doses

LEAD = 2  # sentences of the verdict that stand first
DIFFER = Text(
    "This table and the comparison with the best do not say the same of: {cells}. That comparison asks of each {one} "
    "whether it is better than all others, and not whether it is worse; this table asks {count} differences together, "
    "in both directions, so that its intervals are wider. There is no contradiction: what one of them leaves open, the "
    "other may show.",
    "이 표와 최고와의 비교에서 판정이 다른 {one}: {cells}. 최고와의 비교는 {one}마다 나머지 모두보다 나은지만 묻고 더 "
    "못한지는 묻지 않습니다. 이 표는 차이 {count}개를 양쪽으로 함께 물으므로 구간이 더 넓습니다. 모순이 아니며, "
    "한쪽에서 보류한 것이 다른 쪽에서는 드러날 수 있습니다.",
)
COLUMNS = Text(
    "Within the margin: the probability that left and right are as good as equal. p: how probable a difference of this "
    "size or more is by chance, were they equal; two tests that stand beside the interval as checks and decide nothing "
    "(holm and corrected_t in contrasts.csv). Higher in: the share of blocks in which left is higher.",
    "한계 이내일 확률: A와 B가 같다고 볼 수 있을 확률. p: A와 B가 같다면 이만하거나 더 큰 차이가 우연히 나올 확률. "
    "구간 옆에 검산으로 싣는 두 검정의 값이며 판정에는 쓰지 않습니다(contrasts.csv의 holm, corrected_t). A가 높은 "
    "블록: A의 점수가 더 높은 블록의 비율.",
)
STANDING = Text("As a table", "표로 보기")
LONG = 12  # rows from which a table is folded
INTERACTIONS = Text(
    "Interactions: {factors} together, against the sum of {all} alone",
    "상호작용({factors}): 함께 쓴 결과와 {all} 효과의 합의 차이",
)
AGAINST = Text("Against {reference}", "기준과의 비교: {reference}")
TUNING = Text("Was the tuning budget enough?", "튜닝 횟수는 충분했는가?")
BEST_TITLE = Text("Which {one} is best?", "어느 {one}이 최고인가?")
BEST_CAPTION = Text(
    "How far each {one} may be from the best of the others, with intervals that hold together with {confidence}. Those "
    "that reach above zero may be best; the others are no better, though some may be as good. What does not reach "
    "below the band, {margin}, is as good as the best for practical purposes.",
    "각 {one}과 나머지 중 최고의 차이로 가능한 범위입니다(동시 신뢰수준 {confidence}). 구간이 0보다 큰 값에 닿으면 "
    "최고일 수 있고, 나머지는 더 낫지 않습니다(대등할 수는 있습니다). {margin} 띠보다 아래로 내려가지 않으면 "
    "실용적으로 최고와 같다고 봅니다.",
)
BEST_CAPTION_BARE = Text(
    "How far each {one} is from the best of the others, without intervals: there are too few blocks to judge.",
    "각 {one}과 나머지 중 최고의 차이입니다. 판정하기에는 블록이 너무 적어 구간은 없습니다.",
)
CELLS_TITLE = Text("Every {one}: {score}", "{one}별 {score}")
CELLS_CAPTION = Text(
    "Large marks are means over {blocks} blocks with their {confidence} intervals, each by itself; small ones are the "
    "blocks. The highest mean is high by luck, too.",
    "큰 표시는 블록 {blocks}개의 평균과 {confidence} 신뢰구간(각각 따로 성립), 작은 점은 각 블록의 값입니다. 가장 "
    "높은 평균은 운으로도 높아집니다.",
)
CELLS_CAPTION_BARE = Text(
    "One block gives no intervals.",
    "블록이 하나이면 구간을 구할 수 없습니다.",
)
EFFECTS_TITLE = Text("What {factors} do, averaged over the {others}", "{factors}의 효과 (다른 {others}에 걸친 평균)")
EFFECTS_TITLE_ALONE = Text("What the {factors} does", "{factors}의 효과")
EFFECTS_CAPTION = Text(
    "Differences with intervals that hold together with {confidence} (thin), and those by which equivalence is judged "
    "(thick): within the band, the margin of the factor, two methods are equivalent.",
    "차이와 그 동시 신뢰구간({confidence}, 가는 선), 동등함을 판정하는 구간(굵은 선)입니다. 굵은 선이 요인의 동등 "
    "한계인 띠 안에 들면 동등한 것으로 봅니다.",
)
EFFECTS_CAPTION_BARE = Text(
    "Differences, without intervals: there are too few blocks to judge.",
    "차이입니다. 판정하기에는 블록이 너무 적어 구간은 없습니다.",
)
EFFECTS_OF_MANY = Text(
    " Of a factor with many methods, the best is compared with each other.",
    " 방법이 많은 요인은 가장 좋은 방법과 나머지의 비교만 보입니다.",
)
DOSE_HEAD = Text("How much of it?", "얼마나 강하게?")
DOSE_TITLE = Text("What each method brings, by its strength", "강도에 따른 각 방법의 효과")
DOSE_CAPTION = Text(
    "{Score} minus that of the same trials without the method: the same images, initialisation, order and "
    "learning rate, at every learning rate alike. Intervals hold together with {confidence}; those "
    "of the sentences above hold each by itself.",
    "이미지, 초기화, 순서, 학습률이 같은 시도에서 그 방법을 쓰지 않았을 때와의 {Score} 차이이며, 모든 학습률에 "
    "대한 평균입니다. 구간의 동시 신뢰수준은 {confidence}입니다(위 문장의 구간은 각각의 신뢰수준입니다).",
)
BUDGET_TITLE = Text("The best that fewer tuning trials would have found", "더 적은 튜닝 횟수로 얻었을 최고 점수")
BUDGET_CAPTION = Text(
    "Expected best trial-valid {signed} of m random trials of each {one}. A curve that still rises at the right end "
    "would rise further with more trials, in part by luck on these images: the chosen configuration itself gains less.",
    "{one}마다 무작위 시도 m회 중 최고 {signed}(trial-valid)의 기댓값입니다. 오른쪽 끝에서도 오르는 곡선은 시도를 "
    "늘리면 더 오릅니다. 그 일부는 이 이미지들에서의 운이므로 선택된 설정 자체는 그만큼 좋아지지 않습니다.",
)
MINUTES = Counted("{n} minute of training", "{n} minutes of training", "학습 {n}분")
CONFIRMATION_RUNS = Counted("{n} confirmation run", "{n} confirmation runs", "확인 실행 {n}회")
METHODS = Counted("{n} method", "{n} methods", "방법 {n}개")
COMBINATIONS = Counted("{n} combination", "{n} combinations", "조합 {n}개")
BLOCKS = Counted("{n} block", "{n} blocks", "블록 {n}개")
TUNE_EACH = Text(
    "Tune in every block: a block is one fresh draw of training and validation images from the pool. In it every {one} "
    "of {factors} gets {trials}, spread evenly over the ranges of the learning rate{own} (Latin hypercube "
    "sampling). Trials of the same index share images, initialisation, order and hyperparameters, so that differences "
    "are paired.",
    "블록마다 튜닝: 블록은 학습·검증 이미지를 새로 추출한 것입니다. 블록마다 {factors}의 모든 {one}이 학습률{own}의 "
    "범위에 고르게 퍼진(라틴 하이퍼큐브) {trials}를 얻습니다. 같은 순번의 시도는 이미지, 초기화, 순서, "
    "하이퍼파라미터를 공유하므로 짝지어 비교합니다.",
)
FREEZE_EACH = Text(
    "Freeze: each trial gets a weight, the probability that it is the best of {budget} of the block's {number} by "
    "{metric} on its trial-valid images. All are written and hashed before any answer to the test set is looked at; "
    "the score of a {one} in a block is the mean with these weights.",
    "고정: 각 시도의 가중치는 그 블록의 시도 {number}회 중 {budget}회를 골랐을 때 trial-valid {metric}가 가장 좋을 "
    "확률입니다. 모든 가중치는 테스트 데이터의 답을 보기 전에 기록하고 해시를 남깁니다. 블록에서 {one}의 점수는 이 "
    "가중치로 구한 평균입니다.",
)
TUNE = Text(
    "Tune: every {one} of {factors} gets the same number of random trials over the learning rate{own}; the {many} take "
    "turns.",
    "튜닝: {factors}의 모든 {one}이 학습률{own}의 값을 같은 횟수만큼 무작위로 시도합니다. {many}을 번갈아 시도합니다.",
)
FREEZE = Text(
    "Freeze: the best configuration of each, by {metric} on trial-valid images, is written and hashed before the test "
    "set is looked at.",
    "고정: {one}마다 trial-valid {metric}가 가장 좋은 설정을 테스트 데이터를 보기 전에 기록하고 해시를 남깁니다.",
)
CONFIRM = Text(
    "Confirm: all configurations run on the same blocks. A block is one initialisation and shuffling and one fresh "
    "draw of training and validation images from the pool, so that differences are paired.",
    "확인: 모든 설정을 같은 블록에서 실행합니다. 블록은 초기화와 섞기의 시드 하나, 새로 추출한 학습·검증 이미지 한 "
    "벌입니다. 모든 설정이 같은 블록을 쓰므로 짝지어 비교합니다.",
)
JUDGE = Text(
    "Judge: standard errors take blocks and test images as random, crossed factors. The comparison with the best is "
    "Hsu's (1984); its intervals, and those of each table, hold together. better and worse: the interval leaves out "
    "zero; equivalent: the narrower interval of two one-sided tests lies within the margin; else undecided, and with "
    "fewer than three blocks always. The probability of lying within the margin is of a model of normal errors in "
    "which any difference is as likely as any other beforehand. The exact Wilcoxon test with Holm's correction and, "
    "where the overlap of blocks is known, the corrected t-test of Nadeau and Bengio stand beside as checks.",
    "판정: 표준오차는 블록과 테스트 이미지를 교차 임의효과로 보고 구합니다. 최고와의 비교는 Hsu(1984)의 방법이며, 그 "
    "구간과 각 표의 구간은 동시에 성립합니다. 구간이 0을 포함하지 않으면 더 나음 또는 더 못함, 두 단측 검정의 더 "
    "좁은 구간이 동등 한계 안이면 동등, 그 밖에는 판정 보류입니다. 블록이 3개 미만이면 항상 판정을 보류합니다. 한계 "
    "이내일 확률은 오차가 정규분포를 따른다는 모형에서, 미리 어떤 차이도 똑같이 그럴듯하다고 보고 구합니다. Wilcoxon "
    "정확 검정(Holm 보정)과, 블록의 겹침을 알 때는 Nadeau-Bengio의 보정 t 검정을 함께 싣습니다.",
)
BLOCKS_ALONE = Text(
    "Here is one score a block: the blocks alone are random, and what test images would add is in no standard error.",
    "여기서는 블록마다 점수가 하나이므로 블록만 임의효과이고, 테스트 이미지에 따른 변동은 표준오차에 없습니다.",
)
HELD_OUT = Text(
    "Repeated hold-out: each block draws its test images anew, too, of each class its share, from all {pool}. The "
    "variance of every difference is (1 / K + ρ / (1 − ρ)) s² over K blocks (Nadeau and Bengio 2003); ρ, {correlation} "
    "here, is the larger of the shares of training and of test images that two blocks have in common. Wilcoxon's test, "
    "which takes blocks as independent, and the effects by strength are left out.",
    "반복 홀드아웃: 블록마다 테스트 이미지도 클래스 비율을 지켜 전체 {pool}장에서 새로 추출합니다. 모든 차이의 분산은 "
    "블록 K개에 대해 (1 / K + ρ / (1 − ρ)) s²이며(Nadeau-Bengio 2003), ρ(여기서는 {correlation})는 두 블록이 함께 쓰는 "
    "학습 이미지의 비율과 테스트 이미지의 비율 중 큰 값입니다. 블록이 서로 독립이라고 보는 Wilcoxon 검정과 강도별 "
    "효과는 싣지 않습니다.",
)
FAIL = Text(
    "Runs that do not train, which end nearer to chance than to the best run and far below all others, are counted by "
    "themselves, with intervals of Clopper and Pearson, each by itself.",
    "학습되지 않은 실행(가장 좋은 실행보다 우연 수준에 가깝고 나머지보다 훨씬 낮은 실행)은 Clopper-Pearson 구간과 함께 "
    "따로 셉니다.",
)
LEFT_OUT = Text(
    "Blocks in which a run of a method that usually trains failed are left out elsewhere.",
    "보통은 학습되는 방법의 실행이 실패한 블록은 다른 판정에서 뺍니다.",
)
FAILURES = Text("Runs that did not train", "학습되지 않은 실행")
OWN = Text(" and, where a method has it, {params}", "과 (방법에 따라) {params}")
SPENT_EACH = Text("{time} in {runs}", "{time}: {runs}")
MEDIANS = Text(
    "Hyperparameters are medians over the blocks' winners.", "하이퍼파라미터는 블록별로 선택된 값의 중앙값입니다."
)
SPENT = Text(
    "{time} in {trials} and {runs}",
    "{time}: {trials}, {runs}",
)
GIVEN = Text(
    "Given scores of {cells} in {blocks}, of {images} each",
    "주어진 점수: {cells}, {blocks}, {images}",
)
GIVEN_ONE = Text(
    "Given scores of {cells} in {blocks}, one each",
    "주어진 점수: {cells}, {blocks}, 블록마다 점수 하나",
)
FILES = Text(
    "Each figure is in plots/ as PNG, SVG and PDF; each table is in tables/ as CSV, Markdown and LaTeX (jaxreg table "
    "prints them). cells.csv and contrasts.csv have all numbers, scores.npz what was judged; summary.json is for "
    "scripts.",
    "그림은 plots/에 PNG, SVG, PDF로, 표는 tables/에 CSV, Markdown, LaTeX로 있습니다(jaxreg table로 출력). 모든 수치는 "
    "cells.csv와 contrasts.csv에, 판정한 점수는 scores.npz에 있고, summary.json은 스크립트용입니다.",
)
RUN_FILES = Text(
    "The runs are in runs.csv, the tuning in budget.csv.", "실행은 runs.csv에, 튜닝은 budget.csv에 있습니다."
)


def render_verdict(results: VerdictResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    named = things(results.comparison)
    every = Text("Every {one}", "모든 {one}").format(**named).to(lang)
    lead, shown = paragraphs(say(results, lang)[:LEAD]), partial(_picture, results=results, images=images, lang=lang)
    standings = best_table(results)
    best = folded(STANDING.to(lang), standings.html(lang, caption=every))
    answer = f'<div class="answer">{lead}</div>{shown("best")}{best * bool(standings.rows)}'
    sections = [
        ("answer", Text("The answer", "결론").to(lang), answer + bullets(say(results, lang)[LEAD:])),
        ("evidence", Text("The evidence", "근거").to(lang), shown("effects")),
        ("cells", every, shown("cells") + _cells(results, lang, every)),
        ("dose", DOSE_HEAD.to(lang), _doses(results, lang, shown("dose"))),
        ("contrasts", Text("Every comparison", "모든 비교").to(lang), _contrasts(results, lang)),
        ("tuning", TUNING.to(lang), shown("budget")),
        ("method", Text("How it was done", "방법").to(lang), _method(results, lang)),
    ]
    title = TITLE if results.tuned else BEST_TITLE.format(**named)
    sub = _given(results).to(lang)
    kept = [section for section in sections if section[2]]
    return frame(kept, title=title.to(lang), sub=sub, lang=lang, terms=results.tuned)


def _given(results: VerdictResults) -> Text:
    """Returns what the results were made from."""
    if results.tuned:
        minutes, runs = counted(round(results.seconds / 60), MINUTES), len(results.runs)
        if results.budget is not None:
            return SPENT_EACH.format(time=minutes, runs=counted(runs, RUNS))
        trials = counted(len(results.trials), TUNED)
        return SPENT.format(time=minutes, trials=trials, runs=counted(runs, CONFIRMATION_RUNS))
    judgement, one_factor = results.judgement, len(results.comparison.varied) < 2
    cells = counted(len(judgement.cells), METHODS if one_factor else COMBINATIONS)
    blocks, images = counted(judgement.num_blocks, BLOCKS), counted(judgement.num_images, TEST_IMAGES)
    return (GIVEN_ONE if judgement.num_images == 1 else GIVEN).format(cells=cells, blocks=blocks, images=images)


def _cells(results: VerdictResults, lang: str, every: str) -> str:
    """Returns the table of cells, and that of failures."""
    notes = [MEDIANS] * (results.budget is not None) + [F1_NOT_JUDGED] * bool(results.macro_f1)
    below = paragraphs([note.to(lang) for note in notes])
    return cell_table(results).html(lang, caption=every) + below + _failures(results, lang)


def _doses(results: VerdictResults, lang: str, picture: str) -> str:
    """Returns what is said of doses, their figure and table, or nothing where there is no dose."""
    if not results.doses:
        return ""
    table, title = dose_table(results), DOSE_HEAD.to(lang)
    every = folded(STANDING.to(lang), table.html(lang, caption=title, tall=True))
    return bullets([said.to(lang) for said in say_doses(results)]) + picture + every


def _failures(results: VerdictResults, lang: str) -> str:
    table, title = failure_table(results), FAILURES.to(lang)
    return heading(title) + table.html(lang, caption=title) if table.rows else ""


def _picture(name: str, results: VerdictResults, images: Images, lang: str) -> str:
    """Returns a figure with its words, or nothing where it was not drawn."""
    judgement, comparison, form = results.judgement, results.comparison, form_of(results.judgement)
    effects_title = EFFECTS_TITLE if len(comparison.varied) > 1 else EFFECTS_TITLE_ALONE
    title, caption = {
        "best": (BEST_TITLE, BEST_CAPTION if judgement.judged else BEST_CAPTION_BARE),
        "cells": (CELLS_TITLE, CELLS_CAPTION if judgement.num_blocks > 1 else CELLS_CAPTION_BARE),
        "effects": (effects_title, EFFECTS_CAPTION if judgement.judged else EFFECTS_CAPTION_BARE),
        "dose": (DOSE_TITLE, DOSE_CAPTION),
        "budget": (BUDGET_TITLE, BUDGET_CAPTION),
    }[name]
    if f"verdict_{name}" not in images:
        return ""
    values = {
        **_named(comparison),
        "score": results.score,
        "Score": Text(results.score.en[:1].upper() + results.score.en[1:], results.score.ko),
        "metric": results.measure.text,
        "signed": results.measure.signed,
        "blocks": judgement.num_blocks,
        "confidence": percent(1 - judgement.level, None),
        "margin": form.amount(min(margins(results))),
    }
    heading, below = title.format(**values).to(lang), caption.format(**values).to(lang)
    if name == "effects" and any(len(telling(family)) < len(family.contrasts) for _, family in effects(results)):
        below += EFFECTS_OF_MANY.to(lang)
    alt = f"{heading}. {' '.join(say(results, lang)[:LEAD])}" if name == "best" else below
    return figure(Picture(f"verdict_{name}", heading, below, alt), images, wide=True)


def _contrasts(results: VerdictResults, lang: str) -> str:
    comparison, judgement = results.comparison, results.judgement
    crossed = effects(results) if len(comparison.varied) > 1 else []  # else the pairs are the effects
    titles = {factor.name: factor.plural for factor, _ in crossed}
    titles["interactions"] = INTERACTIONS.format(**_named(comparison))
    if judgement.reference and len(judgement.cells) > 2:
        methods = comparison.methods(judgement.reference)
        titles["against_reference"] = AGAINST.format(reference=listed([method.text for method in methods]))
    titles["pairs"] = Text("All pairs", "모든 쌍")
    tables = "".join(_family(results, name, title.to(lang), lang) for name, title in titles.items())
    return aside(COLUMNS.to(lang)) + tables if tables else ""


def _family(results: VerdictResults, name: str, title: str, lang: str) -> str:
    table = contrast_table(results, name)
    title = title[0].upper() + title[1:]
    is_long = len(table.rows) > LONG
    differing = [text.to(lang) for text in _differing(results)] if name == "pairs" else []
    body = paragraphs(differing) + table.html(lang, caption=title, tall=is_long)
    if is_long:
        return folded(f"{title} ({len(table.rows)})", body)
    return heading(title) + body if table.rows else ""


def _differing(results: VerdictResults) -> Iterator[Text]:
    """Yields why the comparison with the best says of some cells what no pair says, or the other way round."""
    judgement = results.judgement
    if not judgement.judged:
        return
    pairs = judgement.pairs.contrasts
    losing = {c.right if c.decision == "better" else c.left for c in pairs if c.decided}
    behind = {cell_name(distance.cell) for distance in judgement.best.distances if distance.standing == "behind"}
    if losing != behind:
        yield DIFFER.format(cells=cells_of(results, losing ^ behind), count=len(pairs), **things(results.comparison))


def _method(results: VerdictResults, lang: str) -> str:
    comparison = results.comparison
    failed = any(failure.times for failure in results.judgement.failures)
    alone, left_out = results.judgement.num_images == 1, bool(results.judgement.incomplete)
    facts, files = [], [FILES]
    how = [JUDGE, *[BLOCKS_ALONE] * alone, *[FAIL] * failed, *[LEFT_OUT] * left_out]
    if repeated := results.judgement.repeated:
        shared = {"pool": f"{repeated.pool:,}", "correlation": f"{repeated.correlation:.2f}"}
        how.insert(1, HELD_OUT.format(**shared))
    if results.tuned:
        facts = [(Text("SHA-256 of the frozen choices", "고정한 설정의 SHA-256").to(lang), results.frozen)]
        own = [comparison.param(name) for name in comparison.space if name != LEARNING_RATE]
        values = {"own": OWN.format(params=joined(own, ", ")) if own else "", **_named(comparison)}
        trials = results.tuned_trials
        each = {"trials": counted(trials, TRIALS), "number": trials, "budget": results.budget}
        each |= {"metric": results.measure.text}
        tuning = (TUNE, FREEZE, CONFIRM) if results.budget is None else (TUNE_EACH, FREEZE_EACH)
        how = [*(text.format(**values, **each) for text in tuning), *how]
        files = [FILES, RUN_FILES]
    said, note = ([text.to(lang) for text in texts] for texts in (how, files))
    return how_it_was_done(said, results.config, lang, note=note, facts=facts)


def _named(comparison: Comparison) -> dict[str, Text]:
    """Returns what a comparison's cells and factors are called."""
    factors = listed([factor.text for factor in comparison.varied or [factor for factor, _ in comparison.factors]])
    return {**things(comparison), **several(comparison), "factors": factors}
