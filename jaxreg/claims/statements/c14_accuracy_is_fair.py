"""Accuracy is a fair metric here because classes are balanced (section 5-1)."""

from __future__ import annotations

import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, below, mean, plus_minus, quantity
from jaxreg.claims.figure import NOTHING, Figure, Panel, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import balanced_accuracy, macro_f1
from jaxreg.claims.names import NORMS
from jaxreg.claims.runs import Run
from jaxreg.data import class_counts
from jaxreg.text import Text

BALANCED = 1.5  # the largest class may have at most this many times the images of the smallest
SAME = 0.005  # how far balanced accuracy and macro F1 may lie from accuracy
SKEW = 20.0  # how many times as often the easiest class counts in the unbalanced example


def accuracy(counts: np.ndarray) -> float:
    """Returns the share answered right of a confusion matrix."""
    return float(np.trace(counts) / counts.sum())


def skewed(counts: np.ndarray) -> np.ndarray:
    """Returns the confusion matrix as it would be if the class that is told best were SKEW times as common."""
    best = int(np.argmax(np.diag(counts) / np.maximum(counts.sum(1), 1)))
    weights = np.ones(len(counts))
    weights[best] = SKEW
    return counts * weights[:, None]


def measure(lab: Lab) -> Finding:
    """Counts classes, and compares accuracy with two metrics that do not depend on class sizes."""
    runs = {kind: lab.runs(lab.spec(norm_type=kind)) for kind in lab.config.thin(tuple(NORMS))}
    matrices = [run["confusion"] for group in runs.values() for run in group]
    labels = {"pool": lab.dataset.train_labels, "test": lab.dataset.test_labels}
    counts = {split: class_counts(values, lab.dataset.num_classes) for split, values in labels.items()}
    balanced = [abs(balanced_accuracy(m) - accuracy(m)) for m in matrices]
    f1 = [abs(macro_f1(m) - accuracy(m)) for m in matrices]
    skew = [abs(balanced_accuracy(skewed(m)) - accuracy(skewed(m))) for m in matrices]
    ratio = max(max(numbers) / min(filter(None, numbers)) for numbers in counts.values())
    checks = (
        below(WHAT["ratio"], [ratio], BALANCED, "x"),
        below(WHAT["balanced"], balanced, SAME, "points"),
        below(WHAT["f1"], f1, SAME, "points"),
        above(WHAT["skew"], np.subtract(skew, balanced), 0.0, "points"),
    )
    values = {
        "ratio": quantity(ratio),
        "balanced": plus_minus(balanced, "points"),
        "f1": plus_minus(f1, "points"),
        "skew": quantity(mean(skew), "points"),
        "times": f"{SKEW:g}",
        "empty": _empty(counts),
    }
    return Finding(
        checks,
        Text(
            "accuracy differs from balanced accuracy by {balanced} points, from macro F1 by {f1}",
            "정확도와의 차이: 균형 정확도 {balanced}%p, macro F1 {f1}%p",
        ).format(**values),
        WHY.format(**values),
        (_figure(runs, counts),),
    )


WHAT = {
    "ratio": Text(
        "largest class / smallest class that occurs, training pool and test",
        "이미지가 가장 많은 클래스 / 가장 적은 클래스 (이미지가 있는 클래스, 학습 풀과 테스트)",
    ),
    "balanced": Text("distance of balanced accuracy from accuracy", "균형 정확도와 정확도의 차이"),
    "f1": Text("distance of macro F1 from accuracy", "macro F1과 정확도의 차이"),
    "skew": Text(
        f"growth of the first distance, if the easiest class were {SKEW:g} times as common",
        f"가장 쉬운 클래스가 {SKEW:g}배 많다면 첫째 차이가 늘어나는 정도",
    ),
}
WHY = Text(
    "The largest class has {ratio} times the images of the smallest{empty}, and accuracy, balanced accuracy and "
    "macro F1 differ by {balanced} and {f1} points. If the easiest class were {times} times as common, accuracy "
    "would say {skew} points more than balanced accuracy.",
    "가장 큰 클래스의 이미지는 가장 작은 클래스의 {ratio}배이고{empty}, 정확도와 균형 정확도, macro F1의 차이는 "
    "{balanced}%p, {f1}%p입니다. 가장 쉬운 클래스가 {times}배 많았다면 정확도는 균형 정확도보다 {skew}%p 높게 "
    "나왔을 것입니다.",
)


METRICS = (
    (Text("accuracy", "정확도"), accuracy),
    (Text("balanced accuracy", "균형 정확도"), balanced_accuracy),
    (Text("macro F1", "macro F1"), macro_f1),
)
SPLITS = {"pool": Text("training pool", "학습 풀"), "test": Text("test set", "테스트")}
EMPTY = Text("no image of class {classes} in the {split}", "{split}에 클래스 {classes}의 이미지 없음")
MAX_LISTED = 12  # of more empty classes the rest is counted


def _empty(counts: dict[str, tuple[int, ...]]) -> Text:
    """Returns in one parenthesis which classes have no image, where there are any."""
    found = []
    for name, numbers in counts.items():
        empty = [label for label, number in enumerate(numbers) if not number]
        more = f" (+ {len(empty) - MAX_LISTED})" if len(empty) > MAX_LISTED else ""
        if empty:
            found.append(EMPTY.format(classes=", ".join(map(str, empty[:MAX_LISTED])) + more, split=SPLITS[name]))
    if not found:
        return NOTHING
    return Text(f" ({'; '.join(words.en for words in found)})", f"({'; '.join(words.ko for words in found)})")


def _figure(runs: dict[str, tuple[Run, ...]], counts: dict[str, tuple[int, ...]]) -> Figure:
    metrics = tuple(
        spread(name, range(len(runs)), [[metric(r["confusion"]) for r in group] for group in runs.values()], line=False)
        for name, metric in METRICS
    )
    classes = tuple(Text(str(i), str(i)) for i in range(len(counts["pool"])))
    bars = tuple(line(SPLITS[name], np.arange(float(len(c))), np.divide(c, sum(c))) for name, c in counts.items())
    return Figure(
        Text(
            "Share of each class in the training pool and the test set; and three metrics on the test set (points: "
            "means over seeds).",
            "학습 풀과 테스트 데이터에서 클래스별 비율, 그리고 테스트 데이터의 세 가지 지표(점: 시드 평균).",
        ),
        (
            Panel(
                Text("class", "클래스"),
                Text("share of images (%)", "이미지 비율 (%)"),
                bars,
                bars=True,
                names=classes,
                percent=True,
            ),
            Panel(
                NOTHING,
                Text("on test (%)", "테스트 (%)"),
                metrics,
                names=tuple(NORMS[kind] for kind in runs),
                percent=True,
            ),
        ),
    )


CLAIM = Claim(
    number=14,
    name="accuracy_is_fair",
    section="5-1",
    title=Text(
        "Accuracy is a fair metric because classes are balanced", "클래스가 균형이므로 정확도는 공정한 지표이다"
    ),
    quote=Text(
        "Accuracy. Reason for the choice: the imbalance between classes is small enough for accuracy to measure "
        "performance.",
        "Accuracy. 선정 이유: Accuracy 로 성능을 측정해도 될 정도로, 각 Class 간 데이터 불균형 이 적음",
    ),
    prediction=Text(
        f"The largest class has less than {BALANCED} times the images of the smallest; balanced accuracy and macro "
        f"F1 lie within {100 * SAME:g} points of accuracy; with one class {SKEW:g} times as common they would lie "
        "further apart.",
        f"가장 큰 클래스의 이미지는 가장 작은 클래스의 {BALANCED}배 미만이다. 균형 정확도와 macro F1은 정확도와 "
        f"{100 * SAME:g}%p 이내로 같다. 한 클래스가 {SKEW:g}배 많다면 차이는 더 커진다.",
    ),
    measure=measure,
)
