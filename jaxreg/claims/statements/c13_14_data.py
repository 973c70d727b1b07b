"""Why the study measures accuracy, on scarce data (section 5-1)."""

from collections.abc import Sequence

import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, below, mean, plus_minus, quantity
from jaxreg.claims.figure import NOTHING, Figure, Panel, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import balanced_accuracy, macro_f1
from jaxreg.claims.names import NORMS, PENALTIES, TEST_ACCURACY
from jaxreg.claims.runs import RunSpec, table
from jaxreg.data import class_counts
from jaxreg.text import Text

SHARES = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the study's number of training images
LAMBDAS = {"none": None, "l1": 1e-3}  # that acts and costs no accuracy
BALANCED = 1.5  # the largest class may have at most this many times the images of the smallest
SAME = 0.005  # how far balanced accuracy and macro F1 may lie from accuracy
SKEW = 20.0  # how many times as often the easiest class counts in the unbalanced example
MAX_LISTED = 12  # of more empty classes the rest is counted


def _sizes(lab: Lab) -> tuple[int, ...]:
    """Returns the numbers of training images that the pool has room for."""
    usual, epoch_valid, trial_valid = lab.config.sizes
    room = len(lab.dataset.train_labels) - epoch_valid - trial_valid
    shares = (SHARES[2], SHARES[-1]) if lab.config.smoke else SHARES
    wanted = [max(1, round(share * usual)) for share in shares]
    return tuple(size for size in wanted if size <= max(room, usual))


def _cells(lab: Lab) -> list[tuple[str, str]]:
    return [(norm, reg) for norm in lab.config.thin(tuple(NORMS)) for reg in lab.config.thin(tuple(LAMBDAS))]


def _spec(lab: Lab, norm: str, reg: str, size: int) -> RunSpec:
    """Returns the spec of a cell, with about as many steps as at the study's size in `--epochs`."""
    epochs = max(1, round(lab.config.epochs * lab.config.sizes.train / size))
    return lab.spec(reg, LAMBDAS[reg], norm_type=norm, train_size=size, epochs=epochs)


def _asks_sizes(lab: Lab) -> list[RunSpec]:
    return [_spec(lab, *cell, size) for size in _sizes(lab) for cell in _cells(lab)]


def scarce_data(lab: Lab) -> Finding:
    """Compares the range of accuracies over the cells at each size, after equally many steps."""
    cells, sizes = _cells(lab), _sizes(lab)
    rows = table(map(lab.runs, _asks_sizes(lab)), "test_accuracy")
    accuracy = rows.reshape(len(sizes), len(cells), -1)  # [size, cell, seed]
    wide = accuracy.max(1) - accuracy.min(1)  # [size, seed]
    usual = sizes.index(lab.config.sizes.train) if lab.config.sizes.train in sizes else 0
    names = [Text("{}, {}", "{}, {}").format(NORMS[norm], PENALTIES[reg]) for norm, reg in cells]
    best = [names[int(i)] for i in accuracy.mean(2).argmax(1)]
    small, large = (plus_minus(wide[i].tolist(), "points") for i in (0, -1))
    noise, quiet = (quantity(float(accuracy[i].std(1).mean()), "points") for i in (0, -1))
    values = {"least": sizes[0], "most": sizes[-1], "small": small, "large": large, "noise": noise, "quiet": quiet}
    means = tuple(
        line(names[i], np.array(sizes, float), accuracy[:, i].mean(1), key=norm, marker=reg)
        for i, (norm, reg) in enumerate(cells)
    )
    images, apart = Text("training images", "학습 이미지 수"), Text("best minus worst (points)", "최고 − 최저 (%p)")
    panels = (
        Panel(images, TEST_ACCURACY, means, xlog=True, percent=True),
        Panel(images, apart, (spread(NOTHING, sizes, wide),), xlog=True, percent=True),
    )
    checks = (above(APART.format(sizes[i], sizes[-1]), wide[i] - wide[-1], 0.0, "points") for i in (0, usual))
    why = SCARCE_WHY.format(cells=len(cells), first=best[0], last=best[-1], **values)
    return Finding(tuple(checks), SCARCE_NUMBER.format(**values), why, (Figure(SIZES_SHOWN, panels),))


SCARCE_NUMBER = Text(
    "best minus worst, in points: {small} at {least}, {large} at {most}",
    "최고 − 최저(%p): {least}장에서 {small}, {most}장에서 {large}",
)
SCARCE_WHY = Text(
    "Between the best and the worst of {cells} combinations lie {small} points at {least} training images "
    "and {large} at {most}; a difference of the same number of points is easier to tell from chance where "
    "it is larger than the seeds' own spread ({noise} points at {least}, {quiet} at {most}). The best at "
    "{least} is {first}, at {most} {last}.",
    "{cells}개 조합 중 최고와 최저의 차이는 학습 이미지 {least}장에서 {small}%p, {most}장에서 "
    "{large}%p입니다. 차이는 시드 자체의 변동({least}장에서 {noise}%p, {most}장에서 {quiet}%p)보다 클 때 "
    "우연과 구별됩니다. 최고 조합은 {least}장에서 {first}, {most}장에서 {last}입니다.",
)
APART = Text(
    "best minus worst combination, at {} minus at {} training images",
    "최고 − 최저 조합의 차이, 학습 이미지 {}장 − {}장",
)
SIZES_SHOWN = Text(
    "Test accuracy of each combination, and best minus worst, against the number of images, after equally many steps.",
    "같은 횟수만큼 학습했을 때 이미지 수에 따른 조합별 테스트 정확도, 그리고 최고 − 최저의 차이.",
)


def accuracy(counts: np.ndarray) -> float:
    """Returns the share answered right of a confusion matrix."""
    return float(np.trace(counts) / counts.sum())


def skewed(counts: np.ndarray) -> np.ndarray:
    """Returns the confusion matrix as it would be if the class that is told best were SKEW times as common."""
    best = int(np.argmax(np.diag(counts) / np.maximum(counts.sum(1), 1)))
    weights = np.ones(len(counts))
    weights[best] = SKEW
    return counts * weights[:, None]


def _asks_norms(lab: Lab) -> list[RunSpec]:
    return [lab.spec(norm_type=kind) for kind in lab.config.thin(tuple(NORMS))]


def accuracy_is_fair(lab: Lab) -> Finding:
    """Counts classes, and compares accuracy with two metrics that do not depend on class sizes."""
    kinds = lab.config.thin(tuple(NORMS))
    confusions = [[run["confusion"] for run in runs] for runs in map(lab.runs, _asks_norms(lab))]
    matrices = [counts for group in confusions for counts in group]
    labels = {"pool": lab.dataset.train_labels, "test": lab.dataset.test_labels}
    counts = {split: class_counts(values, lab.dataset.num_classes) for split, values in labels.items()}
    balanced = [abs(balanced_accuracy(m) - accuracy(m)) for m in matrices]
    f1 = [abs(macro_f1(m) - accuracy(m)) for m in matrices]
    skew = [abs(balanced_accuracy(skewed(m)) - accuracy(skewed(m))) for m in matrices]
    ratio = max(max(images) / min(filter(None, images)) for images in counts.values())
    values = {"balanced": plus_minus(balanced, "points"), "f1": plus_minus(f1, "points")}
    share, on_test = Text("share of images (%)", "이미지 비율 (%)"), Text("on test (%)", "테스트 (%)")
    classes = tuple(Text(name, name) for name in lab.dataset.class_names)
    bars = tuple(line(SPLITS[name], np.arange(float(len(c))), np.divide(c, sum(c))) for name, c in counts.items())
    points = tuple(
        spread(name, range(len(kinds)), [[metric(m) for m in group] for group in confusions], line=False)
        for name, metric in METRICS
    )
    panels = (
        Panel(Text("class", "클래스"), share, bars, bars=True, names=classes, percent=True),
        Panel(NOTHING, on_test, points, names=tuple(NORMS[kind] for kind in kinds), percent=True),
    )
    checks = (
        below(RATIO, [ratio], BALANCED, "x"),
        below(BALANCED_APART, balanced, SAME, "points"),
        below(F1_APART, f1, SAME, "points"),
        above(SKEW_APART, np.subtract(skew, balanced), 0.0, "points"),
    )
    said = {"ratio": quantity(ratio), "skew": quantity(mean(skew), "points"), "times": f"{SKEW:g}"}
    why = FAIR_WHY.format(empty=_empty(counts, lab.dataset.class_names), **said, **values)
    return Finding(checks, FAIR_NUMBER.format(**values), why, (Figure(METRICS_SHOWN, panels),))


FAIR_NUMBER = Text(
    "accuracy differs from balanced accuracy by {balanced} points, from macro F1 by {f1}",
    "정확도와의 차이: 균형 정확도 {balanced}%p, macro F1 {f1}%p",
)
RATIO = Text(
    "largest class / smallest class that occurs, training pool and test",
    "이미지가 가장 많은 클래스 / 가장 적은 클래스 (이미지가 있는 클래스, 학습 풀과 테스트)",
)
BALANCED_APART = Text("distance of balanced accuracy from accuracy", "균형 정확도와 정확도의 차이")
F1_APART = Text("distance of macro F1 from accuracy", "macro F1과 정확도의 차이")
SKEW_APART = Text(
    f"growth of the first distance, if the easiest class were {SKEW:g} times as common",
    f"가장 쉬운 클래스가 {SKEW:g}배 많다면 첫째 차이가 늘어나는 정도",
)
FAIR_WHY = Text(
    "The largest class has {ratio} times the images of the smallest{empty}, and accuracy, balanced accuracy and "
    "macro F1 differ by {balanced} and {f1} points. If the easiest class were {times} times as common, accuracy "
    "would say {skew} points more than balanced accuracy.",
    "가장 큰 클래스의 이미지는 가장 작은 클래스의 {ratio}배이고{empty}, 정확도와 균형 정확도, macro F1의 차이는 "
    "{balanced}%p, {f1}%p입니다. 가장 쉬운 클래스가 {times}배 많았다면 정확도는 균형 정확도보다 {skew}%p 높게 "
    "나왔을 것입니다.",
)
METRICS_SHOWN = Text(
    "Share of each class in the training pool and the test set; and three metrics on the test set.",
    "학습 풀과 테스트 데이터에서 클래스별 비율, 그리고 테스트 데이터의 세 가지 지표.",
)
METRICS = (
    (Text("accuracy", "정확도"), accuracy),
    (Text("balanced accuracy", "균형 정확도"), balanced_accuracy),
    (Text("macro F1", "macro F1"), macro_f1),
)
SPLITS = {"pool": Text("training pool", "학습 풀"), "test": Text("test set", "테스트")}
EMPTY = Text("no image of class {classes} in the {split}", "{split}에 클래스 {classes}의 이미지 없음")


def _empty(counts: dict[str, tuple[int, ...]], class_names: Sequence[str]) -> Text:
    """Returns in one parenthesis which classes have no image, where there are any."""
    found = []
    for name, images in counts.items():
        empty = [label for label, number in zip(class_names, images, strict=True) if not number]
        more = f" (+ {len(empty) - MAX_LISTED})" if len(empty) > MAX_LISTED else ""
        if empty:
            found.append(EMPTY.format(classes=", ".join(empty[:MAX_LISTED]) + more, split=SPLITS[name]))
    if not found:
        return NOTHING
    return Text(f" ({'; '.join(words.en for words in found)})", f"({'; '.join(words.ko for words in found)})")


SCARCE_TITLE = Text("Scarce data tells regularizations apart", "학습 데이터가 조금 부족해야 규제가 변별된다")
SCARCE_QUOTE = Text(
    "Training data have to be a little scarce, so that performance tells apart how regularization prevents "
    "overfitting.",
    "학습 데이터 양이 조금 부족해야 Regularization 을 통한 오버피팅 방지 효과에 따른 성능 변별 이 보다 잘 될 "
    "것으로 판단",
)
SCARCE_PREDICTION = Text(
    "The difference between the best and the worst combination of normalization and penalty is larger at the "
    "study's number of training images, and at a quarter of it, than at four times as many.",
    "정규화와 규제의 최고 조합과 최저 조합의 차이는 연구의 학습 이미지 수와 그 4분의 1에서 4배일 때보다 크다.",
)
FAIR_TITLE = Text(
    "Accuracy is a fair metric because classes are balanced", "클래스가 균형이므로 정확도는 공정한 지표이다"
)
FAIR_QUOTE = Text(
    "Accuracy. Reason for the choice: the imbalance between classes is small enough for accuracy to measure "
    "performance.",
    "Accuracy. 선정 이유: Accuracy 로 성능을 측정해도 될 정도로, 각 Class 간 데이터 불균형 이 적음",
)
FAIR_PREDICTION = Text(
    f"The largest class has less than {BALANCED} times the images of the smallest; balanced accuracy and macro F1 lie "
    f"within {100 * SAME:g} points of accuracy; with one class {SKEW:g} times as common they would lie further apart.",
    f"가장 큰 클래스의 이미지는 가장 작은 클래스의 {BALANCED}배 미만이다. 균형 정확도와 macro F1은 정확도와 "
    f"{100 * SAME:g}%p 이내로 같다. 한 클래스가 {SKEW:g}배 많다면 차이는 더 커진다.",
)

CLAIMS = (
    Claim(13, "scarce_data", "5-1", SCARCE_TITLE, SCARCE_QUOTE, SCARCE_PREDICTION, _asks_sizes, scarce_data),
    Claim(14, "accuracy_is_fair", "5-1", FAIR_TITLE, FAIR_QUOTE, FAIR_PREDICTION, _asks_norms, accuracy_is_fair),
)
