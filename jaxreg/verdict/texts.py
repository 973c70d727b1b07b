"""The words of a verdict and of its page: templates that `words`, `tables`, `page` and `plots` fill in.

{one} and {many} are combinations, or methods where there is one factor only. What is filled into Korean words is
followed by no particle that hangs on its last sound.
"""

from __future__ import annotations

from collections.abc import Mapping

from jaxreg.stats.judgement import Decision
from jaxreg.text import Text

COMBINATION = {"one": Text("combination", "조합"), "many": Text("combinations", "조합")}
METHOD = {"one": Text("method", "방법"), "many": Text("methods", "방법")}
MORE = Text(" and {count} more", " 외 {count}개")

# The sentences.
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
    "What regularization buys: {best} is {points} points above {reference} ({low} to {high}); the gap between "
    "training and test accuracy is {gap} points in place of {reference_gap}.",
    "규제로 얻은 것: {best}의 정확도는 {reference}보다 {points}%p 높습니다 ({low} ~ {high}). 학습과 테스트 정확도의 "
    "차이는 {gap}%p이고, {reference}에서는 {reference_gap}%p입니다.",
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
TUNED_ONCE = Text("1 tuning trial", "튜닝 1회")
TUNED = Text("{trials} tuning trials", "튜닝 {trials}회")
TOGETHER = Text(
    " Intervals hold together with {confidence} within each table.",
    " 구간은 각 표 안에서 {confidence} 신뢰도로 동시에 성립합니다.",
)

# The tables.
TEST = Text("test accuracy", "테스트 정확도")
INTERVAL = Text("interval", "구간")
SPREAD = Text("spread over blocks", "블록 간 표준편차")
TRAIN = Text("training accuracy", "학습 정확도")
GAP = Text("gap (points)", "차이 (%p)")
OWN_PARAMS = Text("of its methods", "방법의 설정")
LEFT = Text("left", "왼쪽")
RIGHT = Text("right", "오른쪽")
DIFFERENCE = Text("difference (points)", "차이 (%p)")
DECISION = Text("left is", "왼쪽은")
DECISIONS: Mapping[Decision, Text] = {
    "better": Text("better", "더 나음"),
    "worse": Text("worse", "더 못함"),
    "equivalent": Text("equivalent", "동등"),
    "undecided": Text("undecided", "판정 불가"),
}
HOLM = Text("Wilcoxon, Holm", "Wilcoxon (Holm)")
CORRECTED_T = Text("corrected t", "보정된 t")
SUPERIORITY = Text("higher in", "더 높은 비율")
SUM = Text("sum of {all} alone", "{all} 효과의 합")
BOTH = {"several": Text("The two", "두"), "all": Text("both", "각"), "others": Text("other", "요인")}  # of two factors
ALL = {"several": Text("The factors", "모든"), "all": Text("all", "각"), "others": Text("others", "요인들")}  # of more
INTERACTIONS = Text(
    "Interactions: {factors} together, against the sum of {all} alone",
    "상호작용({factors}): 함께 쓸 때와 {all} 효과의 합",
)
AGAINST = Text("Against {reference}", "다음과 비교: {reference}")
PAIRS = Text("All pairs", "모든 쌍")

# The page.
ANSWER = Text("The answer", "답")
EVIDENCE = Text("The evidence", "근거")
CELLS = Text("Every {one}", "모든 {one}")
CONTRASTS = Text("Every comparison", "모든 비교")
TUNING = Text("Was the tuning budget enough?", "튜닝 예산은 충분했는가?")
METHODS = Text("How it was done", "방법")
CELLS_TITLE = Text("Test accuracy of every {one}", "{one}별 테스트 정확도")
CELLS_CAPTION = Text(
    "Large marks are means over {blocks} blocks with their {confidence} intervals, small ones the single runs. Each "
    "{one} was tuned with the same budget and run on the same blocks.",
    "큰 표시는 {blocks}개 블록의 평균과 {confidence} 구간, 작은 점은 각 실행입니다. 모든 {one}은 같은 예산으로 "
    "튜닝하고 같은 블록에서 실행했습니다.",
)
CELLS_CAPTION_BARE = Text(
    "Single runs: one block gives no intervals. Each {one} was tuned with the same budget and run on the same block.",
    "{one}마다 실행 하나의 결과입니다. 블록이 하나이면 구간을 구할 수 없습니다. 모든 {one}은 같은 예산으로 튜닝하고 "
    "같은 블록에서 실행했습니다.",
)
CELLS_AXIS = Text("test accuracy (%)", "테스트 정확도 (%)")
EFFECTS_TITLE = Text("What {factors} do, averaged over the {others}", "{factors}의 효과 (다른 {others}에 대한 평균)")
EFFECTS_CAPTION = Text(
    "Differences of test accuracy with simultaneous {confidence} intervals; within the band of ±{margin} points two "
    "are called equivalent.",
    "테스트 정확도의 차이와 동시 {confidence} 구간. 구간이 ±{margin}%p 띠 안에 들면 동등한 것으로 봅니다.",
)
EFFECTS_CAPTION_BARE = Text(
    "Differences of test accuracy, without intervals: there are too few blocks to judge.",
    "테스트 정확도의 차이입니다. 판정하기에는 블록이 너무 적어 구간은 없습니다.",
)
EFFECTS_OF_MANY = Text(
    " Of a factor with many methods, the best is compared with each other.",
    " 방법이 많은 요인은 가장 좋은 방법과 나머지의 비교만 보입니다.",
)
EFFECTS_AXIS = Text("difference of test accuracy (points)", "테스트 정확도의 차이 (%p)")
BUDGET_TITLE = Text("The best that fewer tuning trials would have found", "더 적은 튜닝 횟수로 얻었을 최고 정확도")
BUDGET_CAPTION = Text(
    "Expected best trial-valid accuracy of m random trials of each {one}. A curve that still rises at the right end "
    "would rise further with more trials, in part by luck on these images: the chosen configuration itself gains less.",
    "{one}마다 무작위 시도 m회 중 최고 정확도(trial-valid)의 기댓값입니다. 오른쪽 끝에서도 오르는 곡선은 시도를 "
    "늘리면 더 오릅니다. 그 일부는 이 이미지들에서의 운이므로 선택된 설정 자체는 그만큼 좋아지지 않습니다.",
)
BUDGET_AXIS = Text("tuning trials", "튜닝 횟수")
BUDGET_VALUE = Text("expected best (%)", "최고 정확도의 기댓값 (%)")
TUNE = Text(
    "Tune: every {one} of {factors} gets the same number of random trials over the learning rate{own}; the {many} take "
    "turns.",
    "튜닝: {factors}의 모든 {one}이 학습률{own}의 값을 같은 횟수만큼 무작위로 시도합니다. {many}은 차례로 돌아갑니다.",
)
FREEZE = Text(
    "Freeze: the best configuration of each, by accuracy on trial-valid images, is written and hashed before the test "
    "set is looked at.",
    "고정: {one}마다 trial-valid 정확도가 가장 높은 설정을 테스트 데이터를 보기 전에 기록하고 해시를 남깁니다.",
)
CONFIRM = Text(
    "Confirm: all configurations run on the same blocks. A block is one initialisation and shuffling and one fresh "
    "draw of training and validation images from the pool, so that differences are paired.",
    "확인: 모든 설정을 같은 블록에서 실행합니다. 블록은 초기화와 섞기의 시드 하나, 학습·검증 이미지의 새 추출 "
    "하나이므로 차이는 짝지어집니다.",
)
JUDGE = Text(
    "Judge: standard errors take blocks and test images as random, crossed factors; intervals hold together within "
    "each table; the exact Wilcoxon test with Holm's correction and the corrected t-test of Nadeau and Bengio stand "
    "beside them as checks. better and worse: the interval leaves out zero; equivalent: it lies within the margin; "
    "else undecided, and with fewer than three blocks always. Each table keeps its level by itself: of five at 5 % "
    "each, 13 of 100 simulated verdicts had a false interval somewhere.",
    "판정: 표준오차는 블록과 테스트 이미지를 교차된 무작위 요인으로 봅니다. 구간은 각 표 안에서 동시에 성립합니다. "
    "정확 Wilcoxon 검정(Holm 보정)과 Nadeau-Bengio의 보정된 t 검정을 함께 싣습니다. 구간이 0을 포함하지 않으면 더 "
    "나음 또는 더 못함, 구간이 동등 한계 안이면 동등, 그 밖에는 판정 불가입니다. 블록이 3개 미만이면 항상 판정 "
    "불가입니다. 표는 각각 따로 수준을 지킵니다. 다섯 표가 각각 5%일 때, 모의 판정 100번 중 13번은 어딘가에 틀린 "
    "구간이 있었습니다.",
)
OWN = Text(" and, where a method has it, {params}", "과 (방법에 따라) {params}")
FROZEN = Text("SHA-256 of the frozen choices", "고정된 선택의 SHA-256")
SPENT = Text(
    "{minutes} minutes of training in {trials} tuning trials and {runs} confirmation runs",
    "학습 {minutes}분: 튜닝 {trials}회, 확인 실행 {runs}회",
)
FILES = Text(
    "Each figure is in plots/ as PNG; its numbers are in cells.csv (cells.md and cells.tex are the table above) and "
    "runs.csv, contrasts.csv and budget.csv; summary.json is for scripts.",
    "그림은 plots/에 PNG로, 수치는 cells.csv(위의 표는 cells.md와 cells.tex)와 runs.csv, contrasts.csv, budget.csv에 "
    "있습니다. summary.json은 스크립트용입니다.",
)
