"""The words of the search's figures in each language: titles, labels, sentences below, and alternative texts."""

from __future__ import annotations

from collections.abc import Mapping

from jaxreg.report.summary import FEW_TRIALS, FigureName
from jaxreg.report.wording import Names

TITLES: Mapping[str, Mapping[FigureName, str]] = {
    "en": {
        "cells": "Best accuracy by normalization and penalty",
        "history": "Accuracy over trials",
        "distribution": "Every trial, by normalization and penalty",
        "lambda_by_penalty": "Accuracy by lambda, for each penalty",
        "lambda_by_normalization": "Accuracy by lambda, for each normalization",
        "learning_rate_by_normalization": "Accuracy by learning rate, for each normalization",
        "learning_rate_by_penalty": "Accuracy by learning rate, for each penalty",
        "importance": "What the differences between trials go with",
        "training_curve": "The winner's training",
        "confusion": "The winner's errors on test",
    },
    "ko": {
        "cells": "정규화와 규제의 조합별 최고 정확도",
        "history": "시도에 따른 정확도 추이",
        "distribution": "정규화와 규제의 조합별 모든 시도",
        "lambda_by_penalty": "람다에 따른 정확도 (규제별)",
        "lambda_by_normalization": "람다에 따른 정확도 (정규화별)",
        "learning_rate_by_normalization": "학습률에 따른 정확도 (정규화별)",
        "learning_rate_by_penalty": "학습률에 따른 정확도 (규제별)",
        "importance": "시도 간 차이와 함께 달라지는 하이퍼파라미터",
        "training_curve": "최고 시도의 학습 과정",
        "confusion": "최고 시도의 테스트 오류",
    },
}

LABELS: Names = {
    "en": {
        "accuracy_axis": "trial-valid accuracy (%)",
        "accuracy_percent": "accuracy (%)",
        "actual": "actual class",
        "best_epoch": "best epoch {epoch}: {accuracy}",
        "best_so_far": "best so far {accuracy}",
        "by_chance": "chance alone stays below (95 %)",
        "epoch": "epoch",
        "epoch_valid": "epoch-valid",
        "few": "n = {count} (few)",
        "diverged": "diverged",
        "diverged_pruned": "diverged or pruned",
        "loss": "loss (without penalty)",
        "median": "median",
        "middle_half": f"middle half ({FEW_TRIALS} trials or more)",
        "not_tried": "no counted trial",
        "only": "only {trials}",
        "predicted": "predicted class",
        "pruned": "pruned",
        "share": "{share} (by chance up to {chance})",
        "train": "train",
        "trend": "median in each bin",
        "trial_number": "trial",
    },
    "ko": {
        "accuracy_axis": "trial-valid 정확도 (%)",
        "accuracy_percent": "정확도 (%)",
        "actual": "실제 클래스",
        "best_epoch": "최고 에포크 {epoch}: {accuracy}",
        "best_so_far": "현재까지 최고 {accuracy}",
        "by_chance": "우연만으로는 넘지 않는 값(95 %)",
        "epoch": "에포크",
        "epoch_valid": "epoch-valid",
        "few": "n = {count} (적음)",
        "diverged": "발산",
        "diverged_pruned": "발산 또는 가지치기",
        "loss": "손실 (규제 항 제외)",
        "median": "중앙값",
        "middle_half": f"가운데 50% (시도 {FEW_TRIALS}회 이상)",
        "not_tried": "유효한 시도 없음",
        "only": "{trials}뿐",
        "predicted": "예측 클래스",
        "pruned": "가지치기",
        "share": "{share} (우연: 최대 {chance})",
        "train": "학습",
        "trend": "구간별 중앙값",
        "trial_number": "시도 번호",
    },
}

CAPTIONS: Names = {
    "en": {
        "cells_shape": "Table of coloured cells, one row for each normalization and one column for each penalty.",
        "cells_empty": "No cell has a trial that counts.",
        "cells_one": "The best trial-valid accuracy is {best} in {top} ({trials})",
        "cells": "The best trial-valid accuracy is {best} in {top} ({trials}) and {lowest}, the lowest, in {bottom} "
        "({bottom_trials})",
        "cells_equal": "The best trial-valid accuracy is {best} in each of the {filled} with a trial that counts",
        "cells_few_one": "; {few} of {cells}, hatched, has fewer than {limit} trials that count",
        "cells_few": "; {few} of {cells}, hatched, have fewer than {limit} trials that count",
        "history_shape": "Scatter plot of trial-valid accuracy against trial number, with a step line of the best so "
        "far.",
        "history_empty": "No trial counts towards a best.",
        "history_only": "The one trial reached {best}.",
        "history_first": "The search reached its best, {best}, in trial {number} (of trials 0 to {last}).",
        "history": "The search reached its best, {best}, in trial {number} (of trials 0 to {last}), after "
        "{improvements} on the {first} of trial {first_number}.",
        "below_one": " {trials} lies below {low}, in the shaded band (lowest {lowest}).",
        "below": " {trials} lie below {low}, in the shaded band (lowest {lowest}).",
        "distribution_shape": "Strip plot of the trial-valid accuracy of each trial, one row for each normalization "
        "and penalty.",
        "distribution_few": "Fewer than two cells have {limit} trials, so medians are not compared.",
        "distribution": "Among the cells with at least {limit} trials, medians run from {lowest} in {bottom} to "
        "{highest} in {top}.",
        "distribution_equal": "The cells with at least {limit} trials have one median, {highest}.",
        "relation_shape": "Scatter plots of trial-valid accuracy against {parameter} on a logarithmic axis, one panel "
        "for each {by}, with the median in each bin.",
        "relation_few": "No panel has the {limit} trials that a statement about {parameter} would need.",
        "relation": "Trials that cannot be told from the best of their panel had a {parameter} of {ranges}",
        "relation_rest": "; too few trials to say: {panels}",
        "near_same": "{low} with {panel} ({count} of {total})",
        "near": "{low} to {high} with {panel} ({count} of {total})",
        "importance_shape": "Bar chart of how much of the differences between trials goes with each hyperparameter, "
        "with a mark for what chance alone gives.",
        "importance": "Of the variance of the trials' ranks in accuracy, this goes with a hyperparameter: {above}. It "
        "is more than chance gives (marks: 95 %, for all at once).",
        "importance_none": "No hyperparameter goes with more of the variance of the trials' ranks in accuracy than "
        "chance gives (marks: 95 %, for all at once): none can be called important here.",
        "importance_below": " No more than by chance: {below}.",
        "importance_what": " From {trials} that count, numbers taken in quarters of them",
        "importance_lambda": ", lambda among those with a penalty",
        "importance_shared": ". Shares overlap where hyperparameters changed together, and what few trials vary shows "
        "little.",
        "training_curve_shape": "Line plots of the winner's accuracy and loss on train and epoch-valid over epochs, "
        "the best epoch marked.",
        "training_curve_higher": "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on "
        "epoch-valid and {train} on train, {gap} higher.",
        "training_curve_lower": "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on "
        "epoch-valid and {train} on train, {gap} lower.",
        "training_curve_equal": "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on "
        "epoch-valid and on train.",
        "confusion_shape": "Confusion matrix on test: a row for each actual class and a column for each predicted "
        "class.",
        "right": "Right: {right} of {images}.",
        "right_but": "Right: {right} of {images}; the most frequent error: class {actual} taken for class {predicted} "
        "({errors}).",
        "right_tied": "Right: {right} of {images}; {kinds} kinds of error are the most frequent ({errors} each), such "
        "as class {actual} taken for class {predicted}.",
        "unanswered": " Without a finite answer, so wrong: {lost}.",
    },
    "ko": {
        "cells_shape": "색으로 나타낸 표. 행은 정규화, 열은 규제입니다.",
        "cells_empty": "유효한 시도가 있는 조합이 없습니다.",
        "cells_one": "trial-valid 정확도의 최고값은 {top}에서 {best} ({trials})입니다",
        "cells": "조합별 최고 trial-valid 정확도는 {top}에서 {best} ({trials})로 가장 높고, {bottom}에서 {lowest} "
        "({bottom_trials})로 가장 낮습니다",
        "cells_equal": "유효한 시도가 있는 {filled} 모두에서 trial-valid 정확도의 최고값이 {best}입니다",
        "cells_few_one": ". 유효한 시도가 {limit}회 미만인 조합은 빗금으로 표시했습니다({cells} 중 {few}개)",
        "cells_few": ". 유효한 시도가 {limit}회 미만인 조합은 빗금으로 표시했습니다({cells} 중 {few}개)",
        "history_shape": "시도 번호에 따른 trial-valid 정확도의 산점도. 계단선은 그때까지의 최고값입니다.",
        "history_empty": "유효한 시도가 없습니다.",
        "history_only": "단 한 번의 시도에서 정확도는 {best}입니다.",
        "history_first": "0번부터 {last}번까지의 시도 중 {number}번 시도에서 최고 정확도 {best}에 이르렀습니다.",
        "history": "0번부터 {last}번까지의 시도 중 {number}번 시도에서 최고 정확도 {best}에 이르렀습니다. "
        "{first_number}번 시도의 {first}에서 시작하여 {improvements}를 거친 값입니다.",
        "below_one": " {low} 아래의 음영 띠에 놓인 결과: {trials} (최저 {lowest}).",
        "below": " {low} 아래의 음영 띠에 놓인 결과: {trials} (최저 {lowest}).",
        "distribution_shape": "모든 시도의 trial-valid 정확도를 정규화와 규제의 조합마다 한 줄에 나타낸 점그래프.",
        "distribution_few": "시도가 {limit}회 이상인 조합이 둘 미만이어서 중앙값을 비교하지 않습니다.",
        "distribution": "시도가 {limit}회 이상인 조합 중 중앙값이 가장 낮은 조합은 {bottom} ({lowest}), 가장 높은 "
        "조합은 {top} ({highest})입니다.",
        "distribution_equal": "시도가 {limit}회 이상인 조합의 중앙값은 모두 {highest}입니다.",
        "relation_shape": "{parameter}(로그 축)에 따른 trial-valid 정확도의 산점도. {by}마다 패널 하나이며 구간별 "
        "중앙값을 함께 나타냅니다.",
        "relation_few": "{parameter}에 대해 말하려면 한 패널에 시도가 {limit}회 이상 필요하지만, 그런 패널이 없습니다.",
        "relation": "각 패널의 최고값과 구별할 수 없는 시도의 {parameter} 범위: {ranges}",
        "relation_rest": ". 시도가 너무 적어 말할 수 없는 패널: {panels}",
        "near_same": "{panel} {low} ({total}회 중 {count}회)",
        "near": "{panel} {low} ~ {high} ({total}회 중 {count}회)",
        "importance_shape": "시도 간 차이가 각 하이퍼파라미터와 얼마나 함께 달라지는지 나타낸 막대그래프. 우연만으로 "
        "생기는 값이 함께 표시되어 있습니다.",
        "importance": "시도의 정확도 순위 분산 중 하이퍼파라미터의 값에 따라 달라지는 몫: {above}. 우연으로 생기는 "
        "값보다 큽니다(표시: 전체에 대해 95 %).",
        "importance_none": "시도의 정확도 순위 분산 중 어느 하이퍼파라미터의 몫도 우연으로 생기는 값을 넘지 "
        "않습니다(표시: 전체에 대해 95 %). 여기서는 중요하다고 말할 수 있는 것이 없습니다.",
        "importance_below": " 우연을 넘지 않는 것: {below}.",
        "importance_what": " 유효한 {trials}의 결과이며, 수치는 사분위로 나누어",
        "importance_lambda": "(람다는 규제가 있는 시도끼리)",
        "importance_shared": " 비교합니다. 함께 달라진 하이퍼파라미터의 몫은 겹치며, 값을 바꾼 시도가 적으면 몫이 작게 "
        "나옵니다.",
        "training_curve_shape": "에포크에 따른 최고 시도의 학습 및 epoch-valid 정확도와 손실의 꺾은선그래프. 최고 "
        "에포크가 표시되어 있습니다.",
        "training_curve_higher": "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. "
        "epoch-valid 정확도는 {valid}, 학습 정확도는 {train}이며 학습 쪽이 {gap} 높습니다.",
        "training_curve_lower": "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. "
        "epoch-valid 정확도는 {valid}, 학습 정확도는 {train}이며 학습 쪽이 {gap} 낮습니다.",
        "training_curve_equal": "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. "
        "epoch-valid 정확도와 학습 정확도는 모두 {valid}입니다.",
        "confusion_shape": "테스트 이미지의 혼동 행렬. 행은 실제 클래스, 열은 예측 클래스입니다.",
        "right": "{images} 중 {right}장을 맞혔습니다.",
        "right_but": "{images} 중 {right}장을 맞혔습니다. 가장 잦은 오류: 실제 클래스 {actual}, 예측 클래스 "
        "{predicted} ({errors}).",
        "right_tied": "{images} 중 {right}장을 맞혔습니다. 가장 잦은 오류는 {kinds}가지이며(각각 {errors}), "
        "그중 하나는 실제 클래스 {actual}, 예측 클래스 {predicted}입니다.",
        "unanswered": " 답이 유한하지 않아 틀린 것으로 센 것: {lost}.",
    },
}
