"""Batch normalization steadies training and restrains weights (section 4.1)."""

from __future__ import annotations

import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, below, plus_minus, quantity
from jaxreg.claims.figure import Figure, Panel, lines
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import effective_range
from jaxreg.claims.names import LEARNING_RATE, NORMS, TEST_ACCURACY
from jaxreg.claims.runs import table
from jaxreg.text import Text

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
EPOCHS = 8
TRAINS = 0.9  # of the way from chance to all right, from which a rate counts as training
KINDS = ("none", "batch")


def ranges(rates: tuple[float, ...], accuracy: np.ndarray, trains: float) -> list[float]:
    """Returns for each seed over how many powers of ten of the rate its accuracy reaches what counts as training."""
    return [effective_range(rates, column.tolist(), trains) for column in accuracy.T]


def measure(lab: Lab) -> Finding:
    """Compares the learning rates that train, the spread over seeds, and the largest weights, with and without."""
    epochs = lab.num_epochs(EPOCHS)
    rates = lab.config.thin(RATES)
    runs = {
        kind: [lab.runs(lab.spec(norm_type=kind, learning_rate=rate, epochs=epochs)) for rate in rates]
        for kind in KINDS
    }
    trains = lab.above_chance(TRAINS)
    accuracy, largest = (
        {kind: table(rows, name) for kind, rows in runs.items()} for name in ("test_accuracy", "largest")
    )
    width = {kind: ranges(rates, rows, trains) for kind, rows in accuracy.items()}
    both = (accuracy["none"].mean(1) >= trains) & (accuracy["batch"].mean(1) >= trains)
    deviation = {kind: float(rows[both].std(1).mean()) if both.any() else np.nan for kind, rows in accuracy.items()}
    nothing = np.full(lab.config.seeds, np.nan)
    ratio = (largest["batch"][both] / largest["none"][both]).mean(0) if both.any() else nothing
    checks = (
        above(WHAT["range"], np.subtract(width["batch"], width["none"]), 0.0),
        below(WHAT["spread"], [deviation["batch"] / (deviation["none"] or np.nan)], 1.0, "x"),
        below(WHAT["largest"], ratio, 1.0, "x"),
    )
    values = {kind: plus_minus(width[kind]) for kind in ("none", "batch")}
    return Finding(
        checks,
        Text(
            "learning rates that train span {batch} powers of ten with batch norm, {none} without",
            "학습되는 학습률의 폭(10의 거듭제곱): 배치 정규화 {batch}, 없음 {none}",
        ).format(**values),
        WHY.format(
            factor=plus_minus(checks[2].values, "x"),
            deviation=quantity(deviation["batch"], "points"),
            reference=quantity(deviation["none"], "points"),
            top=quantity(rates[-1]),
            best=quantity(float(accuracy["batch"][-1].mean()), "%"),
            plain=quantity(float(accuracy["none"][-1].mean()), "%"),
        ),
        (_figure(rates, accuracy, largest),),
        {"trains": quantity(trains, "%"), "chance": quantity(lab.chance, "%")},
    )


WHAT = {
    "range": Text(
        "range of learning rates that train (powers of ten), batch minus none",
        "학습되는 학습률의 폭(10의 거듭제곱), 배치 − 없음",
    ),
    "spread": Text(
        "standard deviation over seeds of accuracy, batch relative to none, at rates where both train",
        "시드에 따른 정확도의 표준편차, 없음 대비 배치 (둘 다 학습되는 학습률)",
    ),
    "largest": Text(
        "largest weight, batch relative to none, at rates where both train",
        "가장 큰 가중치, 없음 대비 배치 (둘 다 학습되는 학습률)",
    ),
}
WHY = Text(
    "At a learning rate of {top} batch normalization reaches {best}, the network without it {plain}. Where both "
    "train, the standard deviation over seeds is {deviation} points against {reference}, and the largest weight "
    "with batch normalization is {factor} of that without: a normalized layer's output does not depend on the size "
    "of its weights, so that nothing holds them back but the learning rate.",
    "학습률 {top}에서 배치 정규화는 {best}, 정규화 없는 신경망은 {plain}에 이릅니다. 둘 다 학습되는 곳에서 시드에 "
    "따른 표준편차는 {deviation}%p 대 {reference}%p이고, 배치 정규화의 가장 큰 가중치는 정규화가 없을 때의 "
    "{factor}입니다. 정규화된 층의 출력은 가중치의 크기와 무관하므로, 학습률 말고는 가중치를 붙잡는 것이 없습니다.",
)


LARGEST = Text("largest |w|", "가장 큰 |w|")


def _figure(rates: tuple[float, ...], accuracy: dict[str, np.ndarray], largest: dict[str, np.ndarray]) -> Figure:
    return Figure(
        Text(
            "Test accuracy and largest kernel weight against the learning rate. Lines are means over seeds, bands "
            "their range.",
            "학습률에 따른 테스트 정확도와 가장 큰 커널 가중치. 선은 시드 평균, 띠는 범위입니다.",
        ),
        (
            Panel(LEARNING_RATE, TEST_ACCURACY, lines(NORMS, rates, accuracy), xlog=True, percent=True),
            Panel(LEARNING_RATE, LARGEST, lines(NORMS, rates, largest), xlog=True, ylog=True),
        ),
    )


CLAIM = Claim(
    number=11,
    name="batch_steadies",
    section="4-1",
    title=Text(
        "Batch normalization steadies training and restrains weights",
        "배치 정규화는 학습을 안정시키고 가중치를 억제한다",
    ),
    quote=Text(
        "It prevents vanishing gradients and the like, so that training is stable. Because mean and variance "
        "differ from batch to batch, a particular weight can be prevented from growing very large.",
        "Gradient vanishing 등을 방지하여 안정적으로 학습할 수 있게 한다. 평균과 분산이 각 batch마다 달라지기 "
        "때문에 특정 weight가 매우 커지는 것을 방지할 수 있다.",
    ),
    prediction=Text(
        "With batch normalization a wider range of learning rates trains (accuracy from {trains} on, "
        f"{TRAINS:.0%} of the way from always answering the most frequent class, {{chance}}, to being always right) "
        "than without; where both train, accuracy varies less over seeds and the largest weight is smaller.",
        "배치 정규화를 쓰면 쓰지 않을 때보다 넓은 범위의 학습률에서 학습된다(정확도 {trains} 이상, 곧 가장 많은 "
        f"클래스로만 답할 때의 {{chance}}에서 모두 맞힐 때까지의 {TRAINS:.0%}). 둘 다 학습되는 곳에서는 시드에 따른 "
        "정확도의 변동과 가장 큰 가중치가 더 작다.",
    ),
    measure=measure,
)
