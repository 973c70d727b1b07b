"""Why the study measures accuracy, on scarce data (section 5-1)."""

from collections.abc import Callable, Sequence

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import NORMS, PENALTIES, TEST_ACCURACY
from jaxreg.claims.quantities import both_names, mean, plus_minus, quantity
from jaxreg.claims.rule import NO_POINTS, Limit, above, below
from jaxreg.claims.runs import RunSpec, table
from jaxreg.data import class_counts
from jaxreg.engine.confusion import balanced_accuracy, macro_f1
from jaxreg.text import NOTHING, Text, joined, same

Metric = Callable[[np.ndarray], float]  # of a confusion matrix

SHARES = (0.25, 1.0, 4.0)  # of the study's number of training images
LAMBDA = 1e-3  # of L1, that acts and costs no accuracy
CELLS = {  # what is compared, none first: normalization, penalty, lambda
    Text("neither", "둘 다 없음"): ("none", "none", None),
    NORMS["batch"]: ("batch", "none", None),
    NORMS["layer"]: ("layer", "none", None),
    PENALTIES["l1"]: ("none", "l1", LAMBDA),
}
MAX_EPOCHS = 100  # which early stopping does not reach
BALANCED = Limit(
    1.5,
    Text(
        "three images of one class for two of another is the mildest imbalance that is called one",
        "두 클래스가 3 대 2일 때부터 불균형이라고 부른다",
    ),
    "x",
)
SAME = Limit(
    0.005,
    Text("half a point: methods of the study differ by about one", "0.5%p: 연구에서 방법들의 차이는 1%p 정도"),
    "points",
)
SKEW = 20.0  # how many times as often the easiest class counts in the unbalanced example
MAX_LISTED = 12  # of more empty classes the rest is counted


def _sizes(lab: Lab) -> tuple[int, ...]:
    """Returns the numbers of training images that the pool has room for."""
    usual, epoch_valid, trial_valid = lab.config.sizes
    room = len(lab.dataset.train_labels) - epoch_valid - trial_valid
    wanted = [max(1, round(share * usual)) for share in (SHARES[:2] if lab.config.smoke else SHARES)]
    return tuple(size for size in wanted if size <= max(room, usual))


def _cells(lab: Lab) -> tuple[Text, ...]:
    return lab.config.thin(tuple(CELLS))


def _asks_sizes(lab: Lab) -> list[RunSpec]:
    limits = {"epochs": lab.num_epochs(MAX_EPOCHS), "patience": lab.config.patience}
    cells = [CELLS[name] for name in _cells(lab)]
    return [
        lab.spec(reg, lam, norm_type=norm, train_size=size, **limits)
        for size in _sizes(lab)
        for norm, reg, lam in cells
    ]


def scarce_data(lab: Lab) -> Finding:
    """Compares what each method adds at each number of images, trained to early stopping."""
    cells, sizes = _cells(lab), _sizes(lab)
    runs = list(map(lab.runs, _asks_sizes(lab)))
    accuracy = table(runs, "test_accuracy").reshape(len(sizes), len(cells), -1)  # [size, cell, seed]
    added = {name: accuracy[:, i] - accuracy[:, 0] for i, name in enumerate(cells) if i}  # [size, seed], paired by seed
    checks = tuple(
        above(MORE.format(name, f"{sizes[i]:,}", f"{sizes[-1]:,}"), effect[i] - effect[-1], NO_POINTS)
        for name, effect in added.items()
        for i in range(len(sizes) - 1)
    )
    looks = {name: norm if reg == "none" else reg for name, (norm, reg, _) in CELLS.items()}
    means = tuple(spread(name, sizes, accuracy[:, i], key=looks[name]) for i, name in enumerate(cells))
    adds = tuple(spread(name, sizes, effect, key=looks[name]) for name, effect in added.items())
    images, more = Text("training images", "학습 이미지 수"), Text("added accuracy (points)", "더해지는 정확도 (%p)")
    panels = (
        Panel(images, TEST_ACCURACY, means, xlog=True, percent=True),
        Panel(images, more, adds, xlog=True, percent=True),
    )
    listed = {name: [plus_minus(row.tolist(), "points") for row in effect] for name, effect in added.items()}
    said = [joined([name, joined(row, " / ")]) for name, row in listed.items()]
    epochs = np.reshape([len(run["valid_loss"]) for group in runs for run in group], (len(sizes), -1)).mean(1)
    name, added_by = next(iter(listed.items()))
    number = SCARCE_NUMBER.format(
        name=name, least=f"{sizes[0]:,}", most=f"{sizes[-1]:,}", first=added_by[0], last=added_by[-1]
    )
    shown = {"sizes": " / ".join(f"{size:,}" for size in sizes), "epochs": " / ".join(f"{n:.0f}" for n in epochs)}
    why = SCARCE_WHY.format(listed=joined(said, "; "), **shown)
    fewer = both_names([same(f"{size:,}") for size in sizes[:-1]])
    terms = {"fewer": fewer, "most": f"{sizes[-1]:,}"}
    return Finding(checks, number, why, (Figure(SIZES_SHOWN, panels),), terms)


SCARCE_NUMBER = Text(
    "{name} adds {first} at {least} training images, {last} at {most}",
    "{name}의 효과: 학습 이미지 {least}장에서 {first}, {most}장에서 {last}",
)
MORE = Text("{}: added accuracy at {} minus at {} training images", "{}: 더해지는 정확도, 학습 이미지 {}장 − {}장")
SCARCE_WHY = Text(
    "Trained to early stopping ({epochs} epochs in the mean), at {sizes} training images, these add to the accuracy "
    "of the same seed without them: {listed}.",
    "조기 종료까지 학습했을 때(평균 {epochs} 에포크) 학습 이미지 {sizes}장에서 같은 시드의 정확도에 더해지는 값: "
    "{listed}.",
)
SIZES_SHOWN = Text(
    "Test accuracy of each combination against the number of images, trained to early stopping; and what each "
    "normalization and L1 add to the same seed without them.",
    "조기 종료까지 학습했을 때 이미지 수에 따른 조합별 테스트 정확도, 그리고 각 정규화와 L1이 같은 시드의 정확도에 "
    "더하는 값.",
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
    confusions = [[run["confusion"] for run in runs] for runs in map(lab.runs, _asks_norms(lab))]  # [norm][seed]
    labels = {"pool": lab.dataset.train_labels, "test": lab.dataset.test_labels}
    counts = {split: class_counts(values, lab.dataset.num_classes) for split, values in labels.items()}

    def apart(metric: Metric, change: Callable[[np.ndarray], np.ndarray] = lambda counts: counts) -> list[float]:
        """Returns for each seed how far a metric lies from accuracy, the mean over the normalizations."""
        return [
            mean([abs(metric(c) - accuracy(c)) for c in map(change, seed)]) for seed in zip(*confusions, strict=True)
        ]

    balanced, f1, skew = apart(balanced_accuracy), apart(macro_f1), apart(balanced_accuracy, skewed)
    ratio = max(max(images) / min(filter(None, images)) for images in counts.values())
    values = {"balanced": plus_minus(balanced, "points"), "f1": plus_minus(f1, "points")}
    share, on_test = Text("share of images (%)", "이미지 비율 (%)"), Text("on test (%)", "테스트 (%)")
    classes = tuple(same(name) for name in lab.dataset.class_names)
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
        below(RATIO, [ratio], BALANCED, "count"),
        below(BALANCED_APART, balanced, SAME),
        below(F1_APART, f1, SAME),
        above(SKEW_APART, np.subtract(skew, balanced), NO_POINTS),
    )
    said = {"ratio": quantity(ratio), "skew": quantity(mean(skew), "points"), "times": f"{SKEW:g}"}
    why = FAIR_WHY.format(empty=_empty(counts, lab.dataset.class_names), **said, **values)
    return Finding(checks, FAIR_NUMBER.format(**values), why, (Figure(METRICS_SHOWN, panels),))


FAIR_NUMBER = Text(
    "accuracy differs from balanced accuracy by {balanced}, from macro F1 by {f1}",
    "정확도와의 차이: 균형 정확도 {balanced}, macro F1 {f1}",
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
    "macro F1 differ by {balanced} and {f1}. If the easiest class were {times} times as common, accuracy "
    "would differ from balanced accuracy by {skew}.",
    "이미지가 가장 많은 클래스는 가장 적은 클래스의 {ratio}배이고{empty}, 정확도와 균형 정확도, macro F1의 차이는 "
    "{balanced}, {f1}입니다. 가장 쉬운 클래스가 {times}배 많았다면 정확도와 균형 정확도의 차이는 {skew}가 "
    "되었을 것입니다.",
)
METRICS_SHOWN = Text(
    "Share of each class in the training pool and the test set; and three metrics on the test set.",
    "학습 풀과 테스트 데이터에서 클래스별 비율, 그리고 테스트 데이터의 세 가지 지표.",
)
METRICS = (
    (Text("accuracy", "정확도"), accuracy),
    (Text("balanced accuracy", "균형 정확도"), balanced_accuracy),
    (same("macro F1"), macro_f1),
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


SCARCE_TITLE = Text(
    "Scarce data tells regularizations apart", "학습 데이터가 조금 부족해야 정규화·규제의 효과가 변별된다"
)
SCARCE_QUOTE = Text(
    "Training data have to be a little scarce, so that performance tells apart how regularization prevents "
    "overfitting.",
    "학습 데이터 양이 조금 부족해야 Regularization 을 통한 오버피팅 방지 효과에 따른 성능 변별 이 보다 잘 될 "
    "것으로 판단",
)
SCARCE_PREDICTION = Text(
    "Trained to early stopping, batch normalization, layer normalization and L1 each add more accuracy at fewer "
    "training images ({fewer}) than at {most}.",
    "조기 종료까지 학습할 때 배치 정규화, 레이어 정규화, L1이 더하는 정확도는 학습 이미지가 적을 때({fewer}장) 모두, "
    "{most}장일 때보다 크다.",
)
FAIR_TITLE = Text(
    "Accuracy is a fair metric because classes are balanced", "클래스가 균형 잡혀 있으므로 정확도는 공정한 지표이다"
)
FAIR_QUOTE = Text(
    "Accuracy. Reason for the choice: the imbalance between classes is small enough for accuracy to measure "
    "performance.",
    "Accuracy. 선정 이유: Accuracy 로 성능을 측정해도 될 정도로, 각 Class 간 데이터 불균형 이 적음",
)
FAIR_PREDICTION = Text(
    f"The largest class has less than {BALANCED.value:g} times the images of the smallest; balanced accuracy and "
    f"macro F1 lie within {SAME.en} of accuracy; with one class {SKEW:g} times as common they would lie further apart.",
    f"이미지가 가장 많은 클래스는 가장 적은 클래스의 {BALANCED.ko} 미만이다. 균형 정확도와 macro F1은 정확도와 "
    f"차이가 {SAME.ko} 이내이다. 한 클래스가 {SKEW:g}배 많다면 차이는 더 커진다.",
)

CLAIMS = (
    Claim(13, "scarce_data", "5-1", SCARCE_TITLE, SCARCE_QUOTE, SCARCE_PREDICTION, _asks_sizes, scarce_data),
    Claim(14, "accuracy_is_fair", "5-1", FAIR_TITLE, FAIR_QUOTE, FAIR_PREDICTION, _asks_norms, accuracy_is_fair),
)
