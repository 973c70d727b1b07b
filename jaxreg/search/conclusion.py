"""The conclusion in words: what a study's numbers say, and what they cannot say."""

import math
from statistics import fmean, stdev

from jaxreg.pages.measure import Measure
from jaxreg.pages.wording import (
    CELLS,
    FINISHED_TRIALS,
    IMAGES,
    OTHER_TRIALS,
    TIMES,
    TRIAL_NUMBERS,
    TRIAL_VALID_IMAGES,
    TRIALS,
    configuration,
    crossed,
    listed,
    method_notes,
    numbered,
)
from jaxreg.records import TrialRecord
from jaxreg.search.precision import standard_error
from jaxreg.search.summary import FEW_TRIALS, Group, Summary, Winner
from jaxreg.text import NOTHING, Text, counted, joined, same

FAIR = 1.5  # times as many trials as in another cell; the best of more is not a fair rival
MAX_FEW, MAX_EMPTY = 12, 4  # more cells of few trials, and of none, are counted, not named

NO_TRIAL = Text(
    "No trial has finished yet, so there is nothing to conclude.",
    "아직 끝난 시도가 없어 결론을 낼 수 없습니다.",
)
NO_WINNER = Text(
    "None of the {trials} can be compared: there is no winner.",
    "{trials} 중 비교할 수 있는 시도가 없어 최고 시도를 정할 수 없습니다.",
)
NO_WINNER_ONE = Text(
    "The one trial that has finished cannot be compared: there is no winner.",
    "끝난 시도 하나를 비교할 수 없어 최고 시도를 정할 수 없습니다.",
)
ONLY = Text("The only trial that counts is", "유효한 시도는 하나뿐입니다.")
BEST_OF = Text("The best of {trials} is", "{trials} 중 최고는")
FIRST_OF = Text(
    "The best of {trials}, the first of {equal} that are equal, is",
    "{trials} 중 최고(동률 {equal}회 중 가장 먼저 나온 시도)는",
)
WINNER = Text(
    "{lead} {configuration}: <named>{valid} on trial-valid (trial {number}), {test} on test (95 % interval {low} to "
    "{high}, {images}).",
    "{lead} {configuration}: trial-valid <metric> {valid} ({number}번 시도), 테스트 <metric> {test} (95% 신뢰구간 "
    "{low} ~ {high}, {images}).",
)
QUOTE = Text(
    "Quote the test <metric>: the images of test take no part in a search, those of trial-valid do.",
    "인용할 값은 테스트 <metric>입니다. 테스트 이미지는 탐색에 쓰이지 않지만 trial-valid 이미지는 쓰입니다.",
)
QUOTE_CHOSEN = Text(
    "Quote the test <metric>: the images of test took no part in the search, while the trial-valid <metric> is the "
    "<high> of {count} and so biased <upward> by the selection.",
    "인용할 값은 테스트 <metric>입니다. 테스트 이미지는 탐색에 쓰이지 않았지만, trial-valid <metric>는 시도 {count}회 "
    "중 최고값이어서 실제보다 <upward>게 나옵니다.",
)
TEST_EQUAL = Text(
    "Test <metric> and trial-valid <metric> are equal here.",
    "여기서는 테스트 <metric>와 trial-valid <metric>가 같습니다.",
)
TEST_APART = Text(
    "Test <metric> is {points} {side} trial-valid <metric>, {judged} (standard error of the difference: {error}).",
    "테스트 <metric>가 trial-valid <metric>보다 {points} {side}, {judged}(차이의 표준오차: {error}).",
)
TEST_WITHIN = Text(
    "no more than two samples of images differ by",
    "이는 서로 다른 두 이미지 표본 사이에서 우연히 생길 수 있는 차이입니다",
)
TEST_BEYOND = Text(
    "more than two samples of images differ by: the test images seem {why}",
    "이는 두 이미지 표본의 우연한 차이보다 큽니다. 이 신경망에는 테스트 이미지가 더 {why} 듯합니다",
)
EASIER = Text("easier for this network", "쉬운")
HARDER = Text(
    "harder for this network, or the selection flatters it",
    "어렵거나, 선택 과정에서 trial-valid <metric>가 더 좋게 나온",
)
AGAIN = Text(
    "The luck of a single run: trained again {count}, with other seeds on the same images, the winner has a mean test "
    "<metric> of {mean} ({low} to {high}{spread}), and one of {valid} on trial-valid.",
    "학습 한 번의 운: 같은 이미지에서 시드만 바꾸어 최고 설정을 {count} 다시 학습하면 테스트 <metric>의 평균은 {mean} "
    "({low} ~ {high}{spread}), trial-valid의 평균은 {valid}입니다.",
)
AGAIN_ONE = Text(
    "Trained again with another seed on the same images, the winner has a test <metric> of {mean}, and one of {valid} "
    "on trial-valid.",
    "같은 이미지에서 시드를 바꾸어 최고 설정을 다시 학습하면 테스트 <metric>는 {mean}, trial-valid <metric>는 "
    "{valid}입니다.",
)
AGAIN_DIVERGED = Text(
    "Trained again {count}, the winner diverged in {lost} of them, which no mean has.",
    "최고 설정을 {count} 다시 학습했을 때 {lost}회는 발산했으며, 평균에는 넣지 않습니다.",
)
SPREAD = Text(", standard deviation {spread}", ", 표준편차 {spread}")
BY_FACTOR = Text("By {factor}: {groups}.", "{factor}별 비교: {groups}.")
LEADER = Text("the <high> <metric> is with {name}, {best} ({trials})", "{name} {best} ({trials})로 가장 <high>습니다")
FEW = Text(
    "{name} {best} ({trials}) rests on too few trials to rank",
    "{name} {best} ({trials})로, 시도가 너무 적어 순위를 매길 수 없습니다",
)
LEVEL = Text(
    "{name} {best} ({trials}) cannot be told apart from it ({gap} <lower>)",
    "{name} {best} ({trials})로 {gap} <lower>지만 최고와 구별할 수 없습니다",
)
BEHIND_FEW = Text(
    "{name} {best} ({trials}) is {gap} <lower>, though {leader} itself has few trials",
    "{name} {best} ({trials})로 {gap} <lower>지만, 최고인 {leader}의 시도도 적습니다",
)
BEHIND = Text(
    "{name} {best} ({trials}) is {gap} <lower>, more than the {resolution} that the sampling of images explains",
    "{name} {best} ({trials})로 {gap} <lower>고, 이는 이미지 표본의 우연으로 설명되는 {resolution}보다 큰 차이입니다",
)
RESOLUTION = Text(
    "What can be told: on {images} <an> <metric> of {accuracy} has a standard error of {error}.",
    "구별의 한계: {images}으로 잰 <metric> {accuracy}의 표준오차는 {error}입니다.",
)
PAIRS = Text(
    "Two trials answer the same images, so they are compared by those that only one of them gets right: two standard "
    "errors of the winner's lead are {resolution} (median over the other trials).",
    "두 시도는 같은 이미지에 답하므로 한쪽만 맞힌 이미지로 비교합니다. 최고 시도와 다른 시도 간 차이의 표준오차 두 "
    "배는 {resolution}입니다(다른 시도들의 중앙값).",
)
PAIRS_SCORED = Text(
    "Two trials answer the same images, so they are compared image by image: two standard errors of the winner's lead "
    "are {resolution} (median over the other trials).",
    "두 시도는 같은 이미지에 답하므로 이미지마다 비교합니다. 최고 시도와 다른 시도 간 차이의 표준오차 두 배는 "
    "{resolution}입니다(다른 시도들의 중앙값).",
)
NEAR = Text(
    "By this, {trials} in {near_cells} of {cells} cannot be told apart from the winner.",
    "이 기준으로 최고 시도와 구별할 수 없는 시도가 {cells} 중 {near_cells}개에 걸쳐 있습니다({trials}).",
)
NEAR_NONE = Text("No other trial is that close to the winner.", "최고 시도에 이만큼 가까운 다른 시도는 없습니다.")
LUCK = Text(
    "The luck of a single training (initialisation, shuffling, draw of the training images) comes on top.",
    "학습 한 번의 우연(초기화, 섞기, 학습 이미지 추출)은 여기에 더해집니다.",
)
UNEQUAL = Text(
    "The cells ({factors}) have {least} to {most} trials that count: the best of n trials <grows> with n, {spent}so "
    "bests of unequal n are not a fair ranking.",
    "조합({factors})마다 유효한 시도의 횟수가 {least}회부터 {most}회까지 서로 다릅니다. n회 중 최고값은 n이 클수록 "
    "{spent}, 횟수가 다른 최고값끼리의 순위는 공정하지 않습니다.",
)
SUCCESS = Text(
    "and the search spends its trials where it has seen success, ", "<grows>고 탐색은 성공한 곳에 시도를 더 쓰므로"
)
FEW_CELLS = Text(
    "Fewer than {limit} trials, so a place that rests on little: {cells}.",
    "시도가 {limit}회 미만이어서 순위의 근거가 약한 조합: {cells}.",
)
VERDICT = Text("Which regularization is best: {command}", "어떤 정규화·규제가 가장 좋은지: {command}")
SINGLE = Text(
    "A search compares single trainings on one draw of the data: that finds a configuration. Which regularization is "
    "best is what the verdict says (jaxreg verdict), with equal numbers of trials and repeated runs.",
    "탐색은 한 번 추출한 데이터에서 한 번씩 학습한 결과를 비교하여 설정을 찾습니다. 어떤 정규화·규제가 가장 "
    "좋은지는 같은 횟수의 시도와 반복 실행으로 비교하는 판정(jaxreg verdict)이 답합니다.",
)
DIVERGED = Text(
    "Diverged (a loss or a weight that is not finite), so not counted: {trials}.",
    "발산하여(손실이나 가중치가 유한하지 않음) 제외한 시도: {trials}.",
)
PRUNED = Text("Pruned before the end, so not counted: {trials}.", "가지치기로 중단되어 제외한 시도: {trials}.")
OUTSIDE = Text(
    "With values outside of the study's ranges, which somebody asked for: {trials}.",
    "탐색 범위를 벗어난 값을 누군가 지정하여 실행한 시도: {trials}.",
)


def conclusion(summary: Summary) -> tuple[Text, ...]:
    """Returns the conclusion as lines of plain text, the answer first."""
    if not summary.trials:
        return (NO_TRIAL,)
    if summary.winner is None:
        none = NO_WINNER_ONE if len(summary.trials) == 1 else NO_WINNER
        return (none.format(trials=counted(len(summary.trials), FINISHED_TRIALS)), *_lost_lines(summary))
    return (
        _winner_line(summary, summary.winner),
        *_standing_lines(summary),
        _test_line(summary, summary.winner),
        *_again_lines(summary),
        _resolution_line(summary, summary.winner),
        *_budget_lines(summary),
        *_note_lines(summary),
        SINGLE,
        *_lost_lines(summary),
    )


def next_question(command: str, lang: str) -> str:
    """Returns what a search does not answer, and the command that does."""
    return VERDICT.format(command=command).to(lang)


def _winner_line(summary: Summary, winner: Winner) -> Text:
    trial, test = winner.trial, winner.test
    ends = (test.low, test.high) if summary.measure.is_share else (test.high, test.low)
    first = ONLY if summary.num_counted == 1 else BEST_OF if winner.equal == 1 else FIRST_OF
    return WINNER.format(
        lead=first.format(trials=counted(summary.num_counted, TRIALS), equal=f"{winner.equal:,}"),
        configuration=configuration(summary.comparison, trial),
        valid=summary.measure.value(trial.score),
        number=trial.number,
        test=summary.measure.value(test.score),
        low=summary.measure.value(ends[0]),
        high=summary.measure.value(ends[1]),
        images=counted(test.num_examples, IMAGES),
    )


def _test_line(summary: Summary, winner: Winner) -> Text:
    """Returns why the test accuracy is the one to quote, and what its difference from trial-valid tells."""
    test, measure = winner.test, summary.measure
    difference = test.score - winner.trial.score
    own_error = standard_error(test.result.accuracy, test.num_examples)
    own_error = own_error if test.result.score_error is None else test.result.score_error
    error = math.hypot(own_error, winner.standard_error)
    better = difference > 0.0
    side = Text("above", "높으며") if better == measure.is_share else Text("below", "낮으며")
    beyond = TEST_BEYOND.format(why=EASIER if better else HARDER)
    chosen = winner.near >= winner.equal  # among others that it cannot be told from, and that are not all alike
    quote = (QUOTE_CHOSEN if chosen else QUOTE).format(count=f"{summary.num_counted:,}")
    judged = TEST_WITHIN if abs(difference) <= 2.0 * error else beyond
    lies = (TEST_APART if difference else TEST_EQUAL).format(
        side=side, points=measure.difference(abs(difference)), judged=judged, error=measure.difference(error)
    )
    return joined([quote, lies])


def _again_lines(summary: Summary) -> list[Text]:
    """Returns what the winner reached when it was trained again, and so what a single run's luck is."""
    measure, every = summary.measure, summary.again
    trained = [repetition for repetition in every if not repetition.diverged]
    count, lost = len(trained), len(every) - len(trained)
    said = [AGAIN_DIVERGED.format(count=counted(len(every), TIMES), lost=lost)] if lost else []
    if not count:
        return said
    tests = [repetition.test_score for repetition in trained]
    low, high = sorted((min(tests), max(tests)), reverse=not measure.is_share)
    spread = SPREAD.format(spread=measure.difference(stdev(tests))) if count > 1 else NOTHING
    valid = fmean(repetition.trial_valid_score for repetition in trained)
    values = {"mean": fmean(tests), "low": low, "high": high, "valid": valid}
    shown = {name: measure.value(score) for name, score in values.items()}
    return [*said, (AGAIN_ONE if count == 1 else AGAIN).format(count=counted(count, TIMES), spread=spread, **shown)]


def _standing_lines(summary: Summary) -> list[Text]:
    """Returns a line for each factor with methods to compare."""
    lines = []
    for factor, _ in summary.comparison.factors:
        groups = summary.groups[factor.name]
        leader = next((g for g in groups if g.standing == "leader"), None)
        if leader is not None and len(groups) > 1:
            others = sorted(
                (g for g in groups if g is not leader), key=lambda g: math.inf if g.best is None else -g.best
            )
            standings = joined([_standing(group, leader, summary.measure) for group in (leader, *others)], "; ")
            lines.append(BY_FACTOR.format(factor=factor.text, groups=standings))
    return lines


def _standing(group: Group, leader: Group, measure: Measure) -> Text:
    trials = counted(group.count, TRIALS)
    return _standing_words(group, leader).format(
        name=group.label,
        best=measure.value(group.best or 0.0),
        trials=Text("{trials}, few", "{trials}, 적음").format(trials=trials) if group.few else trials,
        gap=measure.difference(group.gap or 0.0),
        resolution=measure.difference(group.resolution or 0.0),
        leader=leader.label,
    )


def _standing_words(group: Group, leader: Group) -> Text:
    if group.standing == "leader":
        return LEADER
    if group.standing == "empty":
        return Text("with {name} there is no trial that counts", "{name}에는 유효한 시도가 없습니다")
    if group.gap == 0.0:
        return Text("{name} {best} ({trials}) is as good", "{name} {best} ({trials})로 최고와 같습니다")
    if group.standing == "behind":
        return BEHIND_FEW if leader.few else BEHIND
    return FEW if group.standing == "few" else LEVEL


def _resolution_line(summary: Summary, winner: Winner) -> Text:
    """Returns what the trial-valid images can tell of the winner, and of two trials that answer the same ones."""
    parts = [RESOLUTION, LUCK]
    if winner.resolution is not None:
        parts[1:1] = [PAIRS_SCORED if winner.trial.scores else PAIRS, NEAR if winner.near else NEAR_NONE]
    return joined(parts).format(
        images=counted(sum(summary.class_counts["trial_valid"]), TRIAL_VALID_IMAGES),
        accuracy=summary.measure.value(winner.trial.score),
        error=summary.measure.difference(winner.standard_error),
        resolution=summary.measure.difference(winner.resolution or 0.0),
        trials=counted(winner.near, OTHER_TRIALS),
        near_cells=winner.near_cells,
        cells=counted(len(summary.cells), CELLS),
    )


def _budget_lines(summary: Summary) -> list[Text]:
    """Returns what unequal and small numbers of trials forbid to conclude."""
    lines = []
    sizes = [cell.count for cell in summary.cells if cell.count]
    if max(sizes) > FAIR * min(sizes):
        spent = SUCCESS if summary.setting("sampler") == "tpe" else Text("", "<grows>므로")
        factors = crossed(summary.comparison)
        lines.append(UNEQUAL.format(factors=factors, spent=spent, least=f"{min(sizes):,}", most=f"{max(sizes):,}"))
    few = [cell for cell in summary.cells if cell.few]
    if few and len(summary.cells) > 1:
        cells = joined([same("{} ({})").format(cell.label, cell.count) for cell in few], ", ")
        cells = counted(len(few), CELLS) if len(few) > MAX_FEW else cells
        lines.append(FEW_CELLS.format(limit=FEW_TRIALS, cells=cells))
    empty = [cell.label for cell in summary.cells if cell.count == 0]
    if empty:
        cells = counted(len(empty), CELLS) if len(empty) > MAX_EMPTY else listed(empty)
        lines.append(Text("No trial that counts in {cells}.", "유효한 시도가 없는 조합: {cells}.").format(cells=cells))
    return lines


def _note_lines(summary: Summary) -> list[Text]:
    return [Text(said.en[:1].upper() + said.en[1:], said.ko) for said in method_notes(summary.comparison)]


def _lost_lines(summary: Summary) -> list[Text]:
    """Returns which trials diverged, which were pruned, and which were tried outside of the study's ranges."""
    lost = (
        (DIVERGED, [t.number for t in summary.trials if t.diverged]),
        (PRUNED, [t.number for t in summary.trials if t.pruned and not t.diverged]),
        (OUTSIDE, [t.number for t in summary.trials if _is_outside(t, summary)]),
    )
    return [line.format(trials=numbered(numbers, TRIAL_NUMBERS)) for line, numbers in lost if numbers]


def _is_outside(trial: TrialRecord, summary: Summary) -> bool:
    space = summary.comparison.space
    return any(not space[name].low <= value <= space[name].high for name, value in trial.params.items())
