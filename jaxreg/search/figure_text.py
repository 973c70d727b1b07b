"""The words of the search's figures: titles, labels, sentences below, and alternative texts."""

from __future__ import annotations

from jaxreg.text import Text

TITLE_CELLS = Text("Best accuracy by {factors}", "{factors}별 최고 정확도")
TITLE_HISTORY = Text("Accuracy over trials", "시도에 따른 정확도 추이")
TITLE_DISTRIBUTION = Text("Every trial, by {factors}", "{factors}별 모든 시도")
TITLE_RELATION = Text("Accuracy by {parameter}, for each {factor}", "{parameter}에 따른 정확도 ({factor}별)")
TITLE_IMPORTANCE = Text("What the differences between trials go with", "시도 간 차이와 함께 달라지는 하이퍼파라미터")
TITLE_TRAINING_CURVE = Text("The winner's training", "최고 시도의 학습 과정")
TITLE_CONFUSION = Text("The winner's errors on test", "최고 시도의 테스트 오류")

ACCURACY_AXIS = Text("trial-valid accuracy (%)", "trial-valid 정확도 (%)")
ACCURACY_PERCENT = Text("accuracy (%)", "정확도 (%)")
ACTUAL = Text("actual class", "실제 클래스")
BEST_EPOCH = Text("best epoch {epoch}: {accuracy}", "최고 에포크 {epoch}: {accuracy}")
BEST_SO_FAR = Text("best so far {accuracy}", "현재까지 최고 {accuracy}")
BY_CHANCE = Text("chance alone stays below (95 %)", "우연만으로는 넘지 않는 값(95 %)")
EPOCH = Text("epoch", "에포크")
FEW = Text("n = {count} (few)", "n = {count} (적음)")
DIVERGED_PRUNED = Text("diverged or pruned", "발산 또는 가지치기")
LOSS = Text("loss (without penalty)", "손실 (규제 항 제외)")
MEDIAN = Text("median", "중앙값")
MIDDLE_HALF = Text("middle half ({limit} trials or more)", "가운데 50% (시도 {limit}회 이상)")
NOT_TRIED = Text("no counted trial", "유효한 시도 없음")
ONLY = Text("only {trials}", "{trials}뿐")
PREDICTED = Text("predicted class", "예측 클래스")
SHARE = Text("{share} (by chance up to {chance})", "{share} (우연: 최대 {chance})")
TREND = Text("median in each bin", "구간별 중앙값")
TRIAL_NUMBER = Text("trial", "시도 번호")

CELLS_SHAPE = Text(
    "Table of coloured cells, one row for each {rows} and one column for each {columns}.",
    "색으로 나타낸 표. 행은 {rows}, 열은 {columns}입니다.",
)
CELLS_SHAPE_COLUMNS = Text(
    "Table of coloured cells, one column for each {columns}.",
    "색으로 나타낸 표. 열은 {columns}입니다.",
)
CELLS_SHAPE_ROWS = Text("Table of coloured cells, one row for each {rows}.", "색으로 나타낸 표. 행은 {rows}입니다.")
CELLS_EMPTY = Text("No cell has a trial that counts.", "유효한 시도가 있는 조합이 없습니다.")
CELLS_ONE = Text(
    "The best trial-valid accuracy is {best} in {top} ({trials})",
    "trial-valid 정확도의 최고값은 {top}에서 {best} ({trials})입니다",
)
CELLS = Text(
    "The best trial-valid accuracy is {best} in {top} ({trials}) and {lowest}, the lowest, in {bottom} "
    "({bottom_trials})",
    "조합별 최고 trial-valid 정확도는 {top}에서 {best} ({trials})로 가장 높고, {bottom}에서 {lowest} "
    "({bottom_trials})로 가장 낮습니다",
)
CELLS_EQUAL = Text(
    "The best trial-valid accuracy is {best} in each of the {filled} with a trial that counts",
    "유효한 시도가 있는 {filled} 모두에서 trial-valid 정확도의 최고값이 {best}입니다",
)
CELLS_FEW_ONE = Text(
    "; {few} of {cells}, hatched, has fewer than {limit} trials that count",
    ". 유효한 시도가 {limit}회 미만인 조합은 빗금으로 표시했습니다({cells} 중 {few}개)",
)
CELLS_FEW = Text(
    "; {few} of {cells}, hatched, have fewer than {limit} trials that count",
    ". 유효한 시도가 {limit}회 미만인 조합은 빗금으로 표시했습니다({cells} 중 {few}개)",
)
HISTORY_SHAPE = Text(
    "Scatter plot of trial-valid accuracy against trial number, with a step line of the best so far.",
    "시도 번호에 따른 trial-valid 정확도의 산점도. 계단선은 그때까지의 최고값입니다.",
)
HISTORY_EMPTY = Text("No trial counts towards a best.", "유효한 시도가 없습니다.")
HISTORY_ONLY = Text("The one trial reached {best}.", "단 한 번의 시도에서 정확도는 {best}입니다.")
HISTORY_FIRST = Text(
    "The search reached its best, {best}, in trial {number} (of trials 0 to {last}).",
    "0번부터 {last}번까지의 시도 중 {number}번 시도에서 최고 정확도 {best}에 이르렀습니다.",
)
HISTORY = Text(
    "The search reached its best, {best}, in trial {number} (of trials 0 to {last}), after {improvements} on the "
    "{first} of trial {first_number}.",
    "0번부터 {last}번까지의 시도 중 {number}번 시도에서 최고 정확도 {best}에 이르렀습니다. {first_number}번 시도의 "
    "{first}에서 시작하여 {improvements}를 거친 값입니다.",
)
BELOW_ONE = Text(
    " {trials} lies below {low}, in the shaded band (lowest {lowest}).",
    " {low} 아래의 음영 띠에 놓인 결과: {trials} (최저 {lowest}).",
)
BELOW = Text(
    " {trials} lie below {low}, in the shaded band (lowest {lowest}).",
    " {low} 아래의 음영 띠에 놓인 결과: {trials} (최저 {lowest}).",
)
DISTRIBUTION_SHAPE = Text(
    "Strip plot of the trial-valid accuracy of each trial, one row for each {factors}.",
    "모든 시도의 trial-valid 정확도를 {factors}마다 한 줄에 나타낸 점그래프.",
)
DISTRIBUTION_FEW = Text(
    "Fewer than two cells have {limit} trials, so medians are not compared.",
    "시도가 {limit}회 이상인 조합이 둘 미만이어서 중앙값을 비교하지 않습니다.",
)
DISTRIBUTION = Text(
    "Among the cells with at least {limit} trials, medians run from {lowest} in {bottom} to {highest} in {top}.",
    "시도가 {limit}회 이상인 조합 중 중앙값이 가장 낮은 조합은 {bottom} ({lowest}), 가장 높은 조합은 {top} "
    "({highest})입니다.",
)
DISTRIBUTION_EQUAL = Text(
    "The cells with at least {limit} trials have one median, {highest}.",
    "시도가 {limit}회 이상인 조합의 중앙값은 모두 {highest}입니다.",
)
RELATION_SHAPE = Text(
    "Scatter plots of trial-valid accuracy against {parameter} on a logarithmic axis, one panel for each {by}, with "
    "the median in each bin.",
    "{parameter}(로그 축)에 따른 trial-valid 정확도의 산점도. {by}마다 패널 하나이며 구간별 중앙값을 함께 나타냅니다.",
)
RELATION_SHAPE_LINEAR = Text(
    "Scatter plots of trial-valid accuracy against {parameter}, one panel for each {by}, with the median in each bin.",
    "{parameter}에 따른 trial-valid 정확도의 산점도. {by}마다 패널 하나이며 구간별 중앙값을 함께 나타냅니다.",
)
RELATION_FEW = Text(
    "No panel has the {limit} trials that a statement about {parameter} would need.",
    "{parameter}에 대해 말하려면 한 패널에 시도가 {limit}회 이상 필요하지만, 그런 패널이 없습니다.",
)
RELATION = Text(
    "Trials that cannot be told from the best of their panel had a {parameter} of {ranges}",
    "각 패널의 최고값과 구별할 수 없는 시도의 {parameter} 범위: {ranges}",
)
RELATION_REST = Text("; too few trials to say: {panels}", ". 시도가 너무 적어 말할 수 없는 패널: {panels}")
NEAR_SAME = Text("{low} with {panel} ({count} of {total})", "{panel} {low} ({total}회 중 {count}회)")
NEAR = Text("{low} to {high} with {panel} ({count} of {total})", "{panel} {low} ~ {high} ({total}회 중 {count}회)")
IMPORTANCE_SHAPE = Text(
    "Bar chart of how much of the differences between trials goes with each hyperparameter, with a mark for what "
    "chance alone gives.",
    "시도 간 차이가 각 하이퍼파라미터와 얼마나 함께 달라지는지 나타낸 막대그래프. 우연만으로 생기는 값이 함께 "
    "표시되어 있습니다.",
)
IMPORTANCE = Text(
    "Of the variance of the trials' ranks in accuracy, this goes with a hyperparameter: {above}. It is more than "
    "chance gives (marks: 95 %, for all at once).",
    "시도의 정확도 순위 분산 중 하이퍼파라미터의 값에 따라 달라지는 몫: {above}. 우연으로 생기는 값보다 큽니다(표시: "
    "전체에 대해 95 %).",
)
IMPORTANCE_NONE = Text(
    "No hyperparameter goes with more of the variance of the trials' ranks in accuracy than chance gives (marks: 95 "
    "%, for all at once): none can be called important here.",
    "시도의 정확도 순위 분산 중 어느 하이퍼파라미터의 몫도 우연으로 생기는 값을 넘지 않습니다(표시: 전체에 대해 95 "
    "%). 여기서는 중요하다고 말할 수 있는 것이 없습니다.",
)
IMPORTANCE_BELOW = Text(" No more than by chance: {below}.", " 우연을 넘지 않는 것: {below}.")
IMPORTANCE_WHAT = Text(
    " From {trials} that count, numbers taken in quarters of them",
    " 유효한 {trials}의 결과이며, 수치는 사분위로 나누어",
)
IMPORTANCE_SOME = Text(", {some} among those that have it", "({some}: 그 값이 있는 시도끼리)")
IMPORTANCE_SHARED = Text(
    ". Shares overlap where hyperparameters changed together, and what few trials vary shows little.",
    " 비교합니다. 함께 달라진 하이퍼파라미터의 몫은 겹치며, 값을 바꾼 시도가 적으면 몫이 작게 나옵니다.",
)
TRAINING_CURVE_SHAPE = Text(
    "Line plots of the winner's accuracy and loss on train and epoch-valid over epochs, the best epoch marked.",
    "에포크에 따른 최고 시도의 학습 및 epoch-valid 정확도와 손실의 꺾은선그래프. 최고 에포크가 표시되어 있습니다.",
)
TRAINING_CURVE_HIGHER = Text(
    "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on epoch-valid and {train} on "
    "train, {gap} higher.",
    "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. epoch-valid 정확도는 {valid}, 학습 "
    "정확도는 {train}이며 학습 쪽이 {gap} 높습니다.",
)
TRAINING_CURVE_LOWER = Text(
    "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on epoch-valid and {train} on "
    "train, {gap} lower.",
    "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. epoch-valid 정확도는 {valid}, 학습 "
    "정확도는 {train}이며 학습 쪽이 {gap} 낮습니다.",
)
TRAINING_CURVE_EQUAL = Text(
    "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on epoch-valid and on train.",
    "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. epoch-valid 정확도와 학습 정확도는 "
    "모두 {valid}입니다.",
)
CONFUSION_SHAPE = Text(
    "Confusion matrix on test: a row for each actual class and a column for each predicted class.",
    "테스트 이미지의 혼동 행렬. 행은 실제 클래스, 열은 예측 클래스입니다.",
)
RIGHT = Text("Right: {right} of {images}.", "{images} 중 {right}장을 맞혔습니다.")
RIGHT_BUT = Text(
    "Right: {right} of {images}; the most frequent error: class {actual} taken for class {predicted} ({errors}).",
    "{images} 중 {right}장을 맞혔습니다. 가장 잦은 오류: 실제 클래스 {actual}, 예측 클래스 {predicted} ({errors}).",
)
RIGHT_TIED = Text(
    "Right: {right} of {images}; {kinds} kinds of error are the most frequent ({errors} each), such as class {actual} "
    "taken for class {predicted}.",
    "{images} 중 {right}장을 맞혔습니다. 가장 잦은 오류는 {kinds}가지이며(각각 {errors}), 그중 하나는 실제 클래스 "
    "{actual}, 예측 클래스 {predicted}입니다.",
)
UNANSWERED = Text(" Without a finite answer, so wrong: {lost}.", " 답이 유한하지 않아 틀린 것으로 센 것: {lost}.")
