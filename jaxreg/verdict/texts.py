"""The words of a verdict in each language: templates that `words` fills in."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "norm_none": "no normalization",
        "norm_batch": "batch normalization",
        "norm_layer": "layer normalization",
        "reg_none": "no penalty",
        "reg_l1": "L1",
        "reg_l2": "L2",
        "reg_elastic": "elastic net",
        "cell": "{norm} with {reg}",
        "sum": "sum of both alone",
        "learning_rate": "learning rate",
        "reg_lambda": "lambda",
    },
    "ko": {
        "norm_none": "정규화 없음",
        "norm_batch": "배치 정규화",
        "norm_layer": "레이어 정규화",
        "reg_none": "규제 없음",
        "reg_l1": "L1",
        "reg_l2": "L2",
        "reg_elastic": "엘라스틱넷",
        "cell": "{norm} + {reg}",
        "sum": "각 효과의 합",
        "learning_rate": "학습률",
        "reg_lambda": "람다",
    },
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "one_cell": "{best} reaches {accuracy} on test{interval}; there is nothing to compare it with.",
        "best": "Best of all: {best}, {accuracy} on test{interval}; it is better than every other combination.",
        "highest": "The highest mean is that of {best}: {accuracy} on test{interval}.",
        "same": "Its mean is also that of {cells}.",
        "open": "It cannot be told apart from {cells}.",
        "equivalent": "Equivalent to it, within {margin} points: {cells}.",
        "beats": "It is better than {count} of the {others} other combinations.",
        "norms": "Normalization, averaged over penalties: {contrasts}.",
        "penalties": "Penalty, averaged over normalizations: {contrasts}.",
        "no_norm_effect": "Normalization, averaged over penalties: no detectable difference{seen}.",
        "no_penalty_effect": "Penalty, averaged over normalizations: no detectable difference{seen}.",
        "seen": " (one of {points} points would be found with a probability of 80 %)",
        "seen_none": " (no difference, however large, could be shown with these blocks and images)",
        "better": "{left} is {points} points better than {right} ({low} to {high})",
        "equal": "{left} and {right} are equivalent ({low} to {high})",
        "unknown": "{left} and {right} cannot be told apart ({low} to {high})",
        "interaction": "The two act together: what {cells} reaches differs from the sum of both effects.",
        "no_interaction": "No interaction is detectable{seen}{alike}.",
        "alike": ": penalties act alike, as far as can be told, under each normalization",
        "bought": "What regularization buys: {best} is {points} points above {reference} ({low} to {high}); the gap "
        "between training and test accuracy is {gap} points in place of {reference_gap}.",
        "detectable": "What {blocks} blocks can show: a difference between two combinations is found with a "
        "probability of 80 % from {pairs} points on{norms}. Where nothing is found, a smaller one may still exist.",
        "detectable_norms": ", one between two normalizations from {points}",
        "undetectable": "What {blocks} blocks can show: between two combinations no difference, however large, could "
        "be shown with these blocks and images{norms}.",
        "undetectable_most": "What {blocks} blocks can show: between most combinations no difference, however large, "
        "is found with a probability of 80 %{norms}.",
        "undetectable_norms": "; one between two normalizations is found with a probability of 80 % from {points} "
        "points on",
        "too_few": "With fewer than {least} blocks (here {blocks}) chance cannot be judged: no comparison is decided. "
        "Give --blocks {least} or more, better {enough} or 12.",
        "diverged": "{count} of {runs} confirmation runs diverged ({cells}); they count with the accuracy they have.",
        "boundary": "Chosen at the end of its range, so that the best may lie outside: {cells}.",
        "boundary_one": "{cell} ({name} {value})",
        "smoke": "A tiny budget (--smoke): this shows the path, and its numbers mean nothing.",
        "scope": "This holds for {data}, {train} training images, this network, and {trials} for each combination."
        "{together}",
        "tuned_one": "{trials} tuning trial",
        "tuned": "{trials} tuning trials",
        "together": " Intervals hold together with {confidence} within each table.",
    },
    "ko": {
        "one_cell": "{best}: 테스트 정확도 {accuracy}{interval}. 비교할 다른 조합이 없습니다.",
        "best": "최고는 {best}: 테스트 정확도 {accuracy}{interval}. 다른 모든 조합보다 낫습니다.",
        "highest": "평균이 가장 높은 조합은 {best}: 테스트 정확도 {accuracy}{interval}.",
        "same": "평균이 이와 같은 조합: {cells}.",
        "open": "다음과는 구별할 수 없습니다: {cells}.",
        "equivalent": "{margin}%p 이내로 동등한 조합: {cells}.",
        "beats": "나머지 {others}개 조합 중 {count}개보다 낫습니다.",
        "norms": "정규화(규제에 대한 평균): {contrasts}.",
        "penalties": "규제(정규화에 대한 평균): {contrasts}.",
        "no_norm_effect": "정규화(규제에 대한 평균): 검출된 차이가 없습니다{seen}.",
        "no_penalty_effect": "규제(정규화에 대한 평균): 검출된 차이가 없습니다{seen}.",
        "seen": "({points}%p라면 80% 확률로 검출됩니다)",
        "seen_none": "(이 블록과 이미지로는 아무리 큰 차이도 검출할 수 없습니다)",
        "better": "{left} > {right}, 차이 {points}%p ({low} ~ {high})",
        "equal": "{left} = {right}, 동등 ({low} ~ {high})",
        "unknown": "{left}, {right}: 구별할 수 없음 ({low} ~ {high})",
        "interaction": "상호작용이 있습니다: {cells}의 결과는 두 효과의 합과 다릅니다.",
        "no_interaction": "검출된 상호작용이 없습니다{seen}{alike}.",
        "alike": ": 알 수 있는 한 규제는 어느 정규화에서나 비슷하게 작용합니다",
        "bought": "규제로 얻은 것: {best}의 정확도는 {reference}보다 {points}%p 높습니다 ({low} ~ {high}). 학습과 "
        "테스트 정확도의 차이는 {gap}%p이고, {reference}에서는 {reference_gap}%p입니다.",
        "detectable": "{blocks}개 블록으로 알 수 있는 것: 두 조합의 차이가 {pairs}%p 이상이면 80% 확률로 "
        "검출됩니다{norms}. 검출되지 않았다고 해서 더 작은 차이가 없다는 뜻은 아닙니다.",
        "detectable_norms": " (두 정규화 사이는 {points}%p 이상)",
        "undetectable": "{blocks}개 블록으로 알 수 있는 것: 두 조합의 차이는, 아무리 커도 이 블록과 이미지로는 "
        "검출할 수 없습니다{norms}.",
        "undetectable_most": "{blocks}개 블록으로 알 수 있는 것: 대부분의 조합 사이에서는 차이가 아무리 커도 80% "
        "확률로 검출되지는 않습니다{norms}.",
        "undetectable_norms": " (두 정규화 사이는 {points}%p 이상이면 80% 확률로 검출됩니다)",
        "too_few": "블록이 {least}개 미만이면(현재 {blocks}개) 우연을 가늠할 수 없어 어떤 비교도 판정하지 않습니다. "
        "--blocks {least} 이상을, 되도록 {enough}이나 12를 지정하십시오.",
        "diverged": "확인 실행 {runs}개 중 {count}개가 발산했습니다 ({cells}). 얻은 정확도를 그대로 반영합니다.",
        "boundary": "범위의 끝에서 선택되어 최적값이 범위 밖에 있을 수 있습니다: {cells}.",
        "boundary_one": "{cell} ({name} {value})",
        "smoke": "아주 작은 예산(--smoke)입니다. 과정만 보여 주며 수치에는 의미가 없습니다.",
        "scope": "적용 범위: {data} 데이터, 학습 이미지 {train}장, 이 신경망, 조합마다 {trials}.{together}",
        "tuned_one": "튜닝 {trials}회",
        "tuned": "튜닝 {trials}회",
        "together": " 구간은 각 표 안에서 {confidence} 신뢰도로 동시에 성립합니다.",
    },
}
