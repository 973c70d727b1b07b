"""The words of a verdict's report beside its sentences: headings, columns, captions and method, in each language."""

from __future__ import annotations

from collections.abc import Mapping

TEXT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Which regularization is best?",
        "contents": "Contents",
        "answer": "The answer",
        "evidence": "The evidence",
        "cells": "Every combination",
        "contrasts": "Every comparison",
        "tuning": "Was the tuning budget enough?",
        "method": "How it was done",
        "reproduce": "To reproduce it",
        "settings": "Settings",
        "versions": "Versions",
        "machine": "Machine",
        "norm_type": "normalization",
        "reg_type": "penalty",
        "test": "test accuracy",
        "interval": "interval",
        "spread": "spread over blocks",
        "train": "training accuracy",
        "gap": "gap (points)",
        "learning_rate": "learning rate",
        "reg_lambda": "lambda",
        "left": "left",
        "right": "right",
        "difference": "difference (points)",
        "decision": "left is",
        "holm": "Wilcoxon, Holm",
        "corrected_t": "corrected t",
        "superiority": "higher in",
        "better": "better",
        "worse": "worse",
        "equivalent": "equivalent",
        "undecided": "undecided",
        "cells_title": "Test accuracy of every combination",
        "cells_caption": "Large marks are means over {blocks} blocks with their {confidence} intervals, small ones the "
        "single runs. Each combination was tuned with the same budget and run on the same blocks.",
        "cells_caption_bare": "Single runs: one block gives no intervals. Each combination was tuned with the same "
        "budget and run on the same block.",
        "cells_axis": "test accuracy (%)",
        "effects_title": "What normalization and penalty do, averaged over the other",
        "effects_caption": "Differences of test accuracy with simultaneous {confidence} intervals; within the band of "
        "±{margin} points two are called equivalent.",
        "effects_caption_bare": "Differences of test accuracy, without intervals: there are too few blocks to judge.",
        "effects_axis": "difference of test accuracy (points)",
        "budget_title": "The best that fewer tuning trials would have found",
        "budget_caption": "Expected best trial-valid accuracy of m random trials of each combination. A curve that "
        "still rises at the right end would rise further with more trials, in part by luck on these images: the "
        "chosen configuration itself gains less.",
        "budget_axis": "tuning trials",
        "budget_value": "expected best (%)",
        "family_normalizations": "Normalizations",
        "family_penalties": "Penalties",
        "family_interactions": "Interactions: a penalty with a normalization, against the sum of both alone",
        "family_against_reference": "Against no normalization and no penalty",
        "family_pairs": "All pairs",
        "method_text": "Tune: every combination of normalization and penalty gets the same number of random trials "
        "over the learning rate and, where there is a penalty, lambda; the combinations take turns.\n"
        "Freeze: the best configuration of each, by accuracy on trial-valid images, is written and hashed before the "
        "test set is looked at.\n"
        "Confirm: all configurations run on the same blocks. A block is one initialisation and shuffling and one fresh "
        "draw of training and validation images from the pool, so that differences are paired.\n"
        "Judge: standard errors take blocks and test images as random, crossed factors; intervals hold together "
        "within each table; the exact Wilcoxon test with Holm's correction and the corrected t-test of Nadeau and "
        "Bengio stand beside them as checks. better and worse: the interval leaves out zero; equivalent: it lies "
        "within the margin; else undecided, and with fewer than three blocks always. Each of the five tables keeps its "
        "level by itself: at 5 % each, 13 of 100 simulated verdicts had a false interval somewhere.",
        "frozen": "SHA-256 of the frozen choices",
        "fingerprint": "data fingerprint",
        "seconds": "{minutes} minutes of training in {trials} tuning trials and {runs} confirmation runs",
        "files": "Each figure is in plots/ as PNG; its numbers are in cells.csv and runs.csv, contrasts.csv and "
        "budget.csv; summary.json is for scripts.",
        "footer": "Made by jaxreg. Nothing in this page is loaded from elsewhere.",
    },
    "ko": {
        "title": "어떤 정규화가 가장 좋을까?",
        "contents": "차례",
        "answer": "답",
        "evidence": "근거",
        "cells": "모든 조합",
        "contrasts": "모든 비교",
        "tuning": "튜닝 예산은 충분했는가?",
        "method": "방법",
        "reproduce": "재현하기",
        "settings": "설정",
        "versions": "버전",
        "machine": "컴퓨터",
        "norm_type": "정규화",
        "reg_type": "규제",
        "test": "테스트 정확도",
        "interval": "구간",
        "spread": "블록 간 표준편차",
        "train": "학습 정확도",
        "gap": "차이 (%p)",
        "learning_rate": "학습률",
        "reg_lambda": "람다",
        "left": "왼쪽",
        "right": "오른쪽",
        "difference": "차이 (%p)",
        "decision": "왼쪽은",
        "holm": "Wilcoxon (Holm)",
        "corrected_t": "보정된 t",
        "superiority": "더 높은 비율",
        "better": "더 나음",
        "worse": "더 못함",
        "equivalent": "동등",
        "undecided": "판정 불가",
        "cells_title": "조합별 테스트 정확도",
        "cells_caption": "큰 표시는 {blocks}개 블록의 평균과 {confidence} 구간, 작은 점은 각 실행입니다. 모든 "
        "조합은 같은 예산으로 튜닝하고 같은 블록에서 실행했습니다.",
        "cells_caption_bare": "조합마다 실행 하나의 결과입니다. 블록이 하나이면 구간을 구할 수 없습니다. 모든 조합은 "
        "같은 예산으로 튜닝하고 같은 블록에서 실행했습니다.",
        "cells_axis": "테스트 정확도 (%)",
        "effects_title": "정규화와 규제의 효과 (다른 요인에 대한 평균)",
        "effects_caption": "테스트 정확도의 차이와 동시 {confidence} 구간. 구간이 ±{margin}%p 띠 안에 들면 동등한 "
        "것으로 봅니다.",
        "effects_caption_bare": "테스트 정확도의 차이입니다. 판정하기에는 블록이 너무 적어 구간은 없습니다.",
        "effects_axis": "테스트 정확도의 차이 (%p)",
        "budget_title": "더 적은 튜닝 횟수로 얻었을 최고 정확도",
        "budget_caption": "조합마다 무작위 시도 m회 중 최고 정확도(trial-valid)의 기댓값입니다. 오른쪽 끝에서도 "
        "오르는 곡선은 시도를 늘리면 더 오릅니다. 그 일부는 이 이미지들에서의 운이므로 선택된 설정 "
        "자체는 그만큼 좋아지지 않습니다.",
        "budget_axis": "튜닝 횟수",
        "budget_value": "최고 정확도의 기댓값 (%)",
        "family_normalizations": "정규화",
        "family_penalties": "규제",
        "family_interactions": "상호작용: 규제와 정규화를 함께 쓸 때와 각 효과의 합",
        "family_against_reference": "정규화도 규제도 없는 경우와 비교",
        "family_pairs": "모든 쌍",
        "method_text": "튜닝: 정규화와 규제의 모든 조합이 같은 횟수만큼 학습률과 (규제가 있으면) 람다를 무작위로 "
        "시도합니다. 조합은 차례로 돌아갑니다.\n"
        "고정: 조합마다 trial-valid 정확도가 가장 높은 설정을 테스트 데이터를 보기 전에 기록하고 해시를 남깁니다.\n"
        "확인: 모든 설정을 같은 블록에서 실행합니다. 블록은 초기화와 섞기의 시드 하나, 학습·검증 이미지의 새 "
        "추출 하나이므로 차이는 짝지어집니다.\n"
        "판정: 표준오차는 블록과 테스트 이미지를 교차된 무작위 요인으로 봅니다. 구간은 각 표 안에서 동시에 "
        "성립합니다. 정확 Wilcoxon 검정(Holm 보정)과 Nadeau-Bengio의 보정된 t 검정을 함께 싣습니다. 구간이 0을 "
        "포함하지 않으면 더 나음 또는 더 못함, 구간이 동등 한계 안이면 동등, 그 밖에는 판정 불가입니다. 블록이 3개 "
        "미만이면 항상 판정 불가입니다. 다섯 표는 각각 따로 수준을 지킵니다. 표마다 5%일 때, 모의 판정 100번 중 "
        "13번은 어딘가에 틀린 구간이 있었습니다.",
        "frozen": "고정된 선택의 SHA-256",
        "fingerprint": "데이터 지문",
        "seconds": "학습 {minutes}분: 튜닝 {trials}회, 확인 실행 {runs}회",
        "files": "그림은 plots/에 PNG로, 수치는 cells.csv와 runs.csv, contrasts.csv, budget.csv에 있습니다. "
        "summary.json은 스크립트용입니다.",
        "footer": "jaxreg가 만들었습니다. 이 페이지는 외부에서 아무것도 불러오지 않습니다.",
    },
}
