"""The sentences of a search's conclusion in each language: templates that `conclusion` fills in."""

from __future__ import annotations

from jaxreg.report.wording import Names

CONCLUSION: Names = {
    "en": {
        "no_trial": "No trial has finished yet, so there is nothing to conclude.",
        "no_winner": "None of the {trials} can be compared: there is no winner.",
        "winner": "The best of {trials} is {configuration}: {valid} on trial-valid (trial {number}).",
        "winner_tested": "The best of {trials} is {configuration}: {valid} on trial-valid (trial {number}), {test} on "
        "test (95 % interval {low} to {high}, {images}).",
        "untested": "The winner was not measured on test; its trial-valid accuracy is biased upward by the selection.",
        "quote_one": "Quote the test accuracy: the images of test take no part in a search, those of trial-valid do.",
        "quote": "Quote the test accuracy: the images of test took no part in the search, while the trial-valid "
        "accuracy is the highest of {count} and so biased upward by the selection.",
        "test_above": "Test lies {points} above it.",
        "test_below": "Test lies {points} below it.",
        "norms": "By normalization: {groups}.",
        "regs": "By penalty: {groups}.",
        "leader": "{name} reached the highest accuracy, {best} ({trials})",
        "empty": "{name} has no trial that counts",
        "few": "{name} {best} ({trials}) rests on too few trials to rank",
        "lower": "{name} {best} ({trials}) is {gap} lower",
        "level": "{name} {best} ({trials}) cannot be told apart from it ({gap} lower)",
        "behind_few": "{name} {best} ({trials}) is {gap} lower, though {leader} itself has few trials",
        "behind": "{name} {best} ({trials}) is {gap} lower, more than the {resolution} that the sampling of images "
        "explains",
        "trials_few": "{trials}, few",
        "resolution": "What can be told: on {images} an accuracy of {accuracy} has a standard error of {error}, so two "
        "results within {resolution} (two standard errors of a difference) cannot be told apart. {luck}",
        "resolution_near": "What can be told: on {images} an accuracy of {accuracy} has a standard error of {error}, "
        "so two results within {resolution} (two standard errors of a difference) cannot be told apart; {trials} in "
        "{near_cells} of {cells} lie that close to the winner. {luck}",
        "luck": "The luck of initialisation, shuffling and the draw of images comes on top.",
        "unequal": "The cells (normalization x penalty) have {least} to {most} trials: the best of n trials grows with "
        "n, and the search spends its trials where it has seen success, so bests of unequal n are not a fair ranking.",
        "few_cells": "Fewer than {limit} trials, so their place rests on little: {cells}.",
        "empty_cells": "No trial that counts in {cells}.",
        "many_empty_cells": "No trial that counts in {count} cells.",
        "single": "This search compares single trainings on one draw of the data; it finds a good configuration, but "
        "to say which regularization is best takes equal numbers of trials and repeated runs.",
        "diverged": "Diverged (a loss that is not finite), so not counted: {trials}.",
        "pruned": "Pruned before the end, so not counted: {trials}.",
        "number": "trial {numbers}",
        "numbers": "trials {numbers}",
        "numbers_cut": "trials {numbers} and {more} more",
    },
    "ko": {
        "no_trial": "아직 끝난 시도가 없어 결론을 낼 수 없습니다.",
        "no_winner": "{trials} 중 비교할 수 있는 시도가 없어 최고 시도를 정할 수 없습니다.",
        "winner": "{trials} 중 최고는 {configuration}: trial-valid 정확도 {valid} ({number}번 시도).",
        "winner_tested": "{trials} 중 최고는 {configuration}: trial-valid 정확도 {valid} ({number}번 시도), 테스트 "
        "정확도 {test} (95 % 신뢰구간 {low} ~ {high}, {images}).",
        "untested": "최고 시도를 테스트 데이터로 측정하지 않았습니다. trial-valid 정확도는 선택 과정 때문에 실제보다 "
        "높게 나옵니다.",
        "quote_one": "인용할 값은 테스트 정확도입니다. 테스트 이미지는 탐색에 쓰이지 않지만 trial-valid 이미지는 "
        "쓰입니다.",
        "quote": "인용할 값은 테스트 정확도입니다. 테스트 이미지는 탐색에 쓰이지 않았지만, trial-valid 정확도는 시도 "
        "{count}회 중 최고값이어서 실제보다 높게 나옵니다.",
        "test_above": "테스트 정확도가 trial-valid 정확도보다 {points} 높습니다.",
        "test_below": "테스트 정확도가 trial-valid 정확도보다 {points} 낮습니다.",
        "norms": "정규화별 비교: {groups}.",
        "regs": "규제별 비교: {groups}.",
        "leader": "{name} {best} ({trials})로 가장 높음",
        "empty": "{name}: 유효한 시도 없음",
        "few": "{name} {best} ({trials})로, 시도가 너무 적어 순위를 매길 수 없음",
        "lower": "{name} {best} ({trials})로 {gap} 낮음",
        "level": "{name} {best} ({trials})로 {gap} 낮지만 최고와 구별할 수 없음",
        "behind_few": "{name} {best} ({trials})로 {gap} 낮지만, 최고인 {leader}의 시도도 적음",
        "behind": "{name} {best} ({trials})로 {gap} 낮고, 이는 이미지 표본의 우연으로 설명되는 {resolution}보다 큰 "
        "차이임",
        "trials_few": "{trials}, 적음",
        "resolution": "구별의 한계: {images}으로 잰 정확도 {accuracy}의 표준오차는 {error}이므로, 차이가 "
        "{resolution}(차이의 표준오차의 두 배) 이내인 두 결과는 구별할 수 없습니다. {luck}",
        "resolution_near": "구별의 한계: {images}으로 잰 정확도 {accuracy}의 표준오차는 {error}이므로, 차이가 "
        "{resolution}(차이의 표준오차의 두 배) 이내인 두 결과는 구별할 수 없습니다. 이만큼 가까운 결과는 최고 시도까지 "
        "포함하여 {cells} 중 {near_cells}개에 걸쳐 있습니다({trials}). {luck}",
        "luck": "초기화, 섞기, 이미지 추출의 우연은 여기에 더해집니다.",
        "unequal": "조합(정규화 × 규제)마다 시도 횟수가 {least}회부터 {most}회까지 서로 다릅니다. n회 중 최고값은 n이 "
        "클수록 커지고 탐색은 성공한 곳에 시도를 더 쓰므로, 횟수가 다른 최고값끼리의 순위는 공정하지 않습니다.",
        "few_cells": "시도가 {limit}회 미만이어서 순위의 근거가 약한 조합: {cells}.",
        "empty_cells": "유효한 시도가 없는 조합: {cells}.",
        "many_empty_cells": "유효한 시도가 없는 조합이 {count}개 있습니다.",
        "single": "이 탐색은 한 번 추출한 데이터에서 한 번씩 학습한 결과를 비교합니다. 좋은 설정을 찾는 데는 알맞지만, "
        "어떤 정규화가 가장 좋은지 말하려면 같은 횟수의 시도와 반복 실행이 필요합니다.",
        "diverged": "발산하여(손실이 유한하지 않음) 세지 않은 시도: {trials}.",
        "pruned": "가지치기로 중단되어 세지 않은 시도: {trials}.",
        "number": "{numbers}번",
        "numbers": "{numbers}번",
        "numbers_cut": "{numbers}번 외 {more}개",
    },
}
