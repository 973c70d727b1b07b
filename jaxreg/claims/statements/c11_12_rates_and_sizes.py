"""Which learning rates and batch sizes the normalizations train at (sections 4.1, 4.2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, lines
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.limits import NO_CHANGE, NO_DIFFERENCE, NO_POINTS
from jaxreg.claims.measures import effective_range
from jaxreg.claims.names import LARGEST_WEIGHT, LEARNING_RATE, NORMS, TEST_ACCURACY
from jaxreg.claims.quantities import plus_minus, quantity
from jaxreg.claims.rule import Limit, above, below
from jaxreg.claims.runs import RunSpec, table
from jaxreg.text import Text

EPOCHS = 8
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
TRAINS = 0.9  # of the way from chance to all right, from which a rate counts as training
USUAL = 32  # the study's batch size; accuracy at a small size is compared with that at it
SIZES = (1, 2, 4, 8, 16, USUAL, 128)
SMALL = 4  # sizes up to this are small
STABLE = Limit(0.03, Text("three points", "3%p"), "points")


def _specs(lab: Lab, kinds: Sequence[str], changes: Sequence[dict[str, Any]]) -> dict[str, list[RunSpec]]:
    """Returns the specs of each normalization with each of these changes."""
    epochs = lab.num_epochs(EPOCHS)
    return {kind: [lab.spec(norm_type=kind, epochs=epochs, **change) for change in changes] for kind in kinds}


def _at_rates(lab: Lab) -> dict[str, list[RunSpec]]:
    return _specs(lab, ("none", "batch"), [{"learning_rate": rate} for rate in lab.config.thin(RATES)])


def batch_steadies(lab: Lab) -> Finding:
    """Compares the learning rates that train, the spread over seeds, and the largest weights, with and without."""
    rates, trains = lab.config.thin(RATES), lab.above_chance(TRAINS)
    runs = lab.rows(_at_rates(lab))
    accuracy, largest = ({k: table(rows, name) for k, rows in runs.items()} for name in ("test_accuracy", "largest"))
    width = {k: [effective_range(rates, seed.tolist(), trains) for seed in rows.T] for k, rows in accuracy.items()}
    both = (accuracy["none"].mean(1) >= trains) & (accuracy["batch"].mean(1) >= trains)
    deviation = {kind: float(rows[both].std(1).mean()) if both.any() else np.nan for kind, rows in accuracy.items()}
    nothing = np.full(lab.config.seeds, np.nan)
    ratio = (largest["batch"][both] / largest["none"][both]).mean(0) if both.any() else nothing
    panels = (
        Panel(LEARNING_RATE, TEST_ACCURACY, lines(NORMS, rates, accuracy), xlog=True, percent=True),
        Panel(LEARNING_RATE, LARGEST_WEIGHT, lines(NORMS, rates, largest), xlog=True, ylog=True),
    )
    checks = (
        above(RANGE, np.subtract(width["batch"], width["none"]), NO_DIFFERENCE),
        below(SPREAD, [deviation["batch"] / (deviation["none"] or np.nan)], NO_CHANGE),
        below(LARGEST, ratio, NO_CHANGE),
    )
    number = STEADY_NUMBER.format(**{kind: plus_minus(values) for kind, values in width.items()})
    reference, spread = (quantity(deviation[kind], "points") for kind in runs)
    plain, best = (quantity(float(accuracy[kind][-1].mean()), "%") for kind in runs)
    values = {"factor": plus_minus(ratio.tolist(), "x"), "deviation": spread, "reference": reference}
    why = STEADY_WHY.format(top=quantity(rates[-1]), best=best, plain=plain, **values)
    terms = {"trains": quantity(trains, "%"), "chance": quantity(lab.chance, "%")}
    return Finding(checks, number, why, (Figure(RATES_SHOWN, panels),), terms)


STEADY_NUMBER = Text(
    "learning rates that train span {batch} powers of ten with batch norm, {none} without",
    "학습되는 학습률의 폭(10의 거듭제곱): 배치 정규화 {batch}, 없음 {none}",
)
RANGE = Text(
    "range of learning rates that train (powers of ten), batch minus none",
    "학습되는 학습률의 폭(10의 거듭제곱), 배치 − 없음",
)
SPREAD = Text(
    "standard deviation over seeds of accuracy, batch relative to none, at rates where both train",
    "시드에 따른 정확도의 표준편차, 없음 대비 배치 (둘 다 학습되는 학습률)",
)
LARGEST = Text(
    "largest weight, batch relative to none, at rates where both train",
    "가장 큰 가중치, 없음 대비 배치 (둘 다 학습되는 학습률)",
)
STEADY_WHY = Text(
    "At a learning rate of {top} batch normalization reaches {best}, the network without it {plain}. Where both "
    "train, the standard deviation over seeds is {deviation} against {reference}, and the largest weight "
    "with batch normalization is {factor} of that without: a normalized layer's output does not depend on the size "
    "of its weights, so that nothing holds them back but the learning rate.",
    "학습률 {top}에서 배치 정규화는 {best}, 정규화 없는 신경망은 {plain}에 이릅니다. 둘 다 학습되는 곳에서 시드에 "
    "따른 표준편차는 {deviation} 대 {reference}이고, 배치 정규화의 가장 큰 가중치는 정규화가 없을 때의 "
    "{factor}입니다. 정규화된 층의 출력은 가중치의 크기와 무관하므로, 학습률 말고는 가중치를 붙잡는 것이 없습니다.",
)
RATES_SHOWN = Text(
    "Test accuracy and largest kernel weight against the learning rate.",
    "학습률에 따른 테스트 정확도와 가장 큰 커널 가중치.",
)


def _at_sizes(lab: Lab) -> dict[str, list[RunSpec]]:
    """Returns specs at each batch size, at a learning rate that a single image's step can still follow."""
    sizes, rate = (1, USUAL) if lab.config.smoke else SIZES, lab.config.learning_rate / 2
    return _specs(lab, ("batch", "layer"), [{"batch_size": size, "learning_rate": rate} for size in sizes])


def small_batches(lab: Lab) -> Finding:
    """Compares both normalizations over batch sizes, with the same images seen and the same learning rate."""
    specs = _at_sizes(lab)
    sizes = [spec.batch_size for spec in specs["batch"]]
    accuracy = {kind: table(rows, "test_accuracy") for kind, rows in lab.rows(specs).items()}
    small = [i for i, size in enumerate(sizes) if size <= SMALL]
    fall = {kind: rows[sizes.index(USUAL)] - rows[small].min(0) for kind, rows in accuracy.items()}
    ahead = accuracy["layer"] - accuracy["batch"]
    size = Text("batch size", "배치 크기")
    panel = Panel(size, TEST_ACCURACY, lines(NORMS, sizes, accuracy), xlog=True, percent=True)
    listed = ", ".join(f"{n}: {quantity(float(row.mean()), 'points').en}" for n, row in zip(sizes, ahead, strict=True))
    checks = (
        below(LAYER, fall["layer"], STABLE),
        above(BATCH, fall["batch"] - fall["layer"], NO_POINTS),
        above(ONE, ahead[0], NO_POINTS),
    )
    number = STABLE_NUMBER.format(**{kind: plus_minus(rows[0], "%") for kind, rows in accuracy.items()})
    caption = SIZES_SHOWN.format(epochs=lab.num_epochs(EPOCHS), rate=quantity(specs["batch"][0].learning_rate))
    return Finding(checks, number, STABLE_WHY.format(listed=listed), (Figure(caption, (panel,)),))


STABLE_NUMBER = Text(
    "at batch size 1: {layer} with layer, {batch} with batch", "배치 크기 1: 레이어 정규화 {layer}, 배치 정규화 {batch}"
)
LAYER = Text(
    f"layer: accuracy lost at the worst small batch size, against {USUAL}",
    f"레이어 정규화: 작은 배치에서 가장 크게 잃는 정확도 ({USUAL} 대비)",
)
BATCH = Text("batch: the same loss, minus that of layer", "배치 정규화의 같은 손실 − 레이어 정규화의 손실")
ONE = Text("accuracy at batch size 1, layer minus batch", "배치 크기 1의 정확도, 레이어 − 배치")
STABLE_WHY = Text(
    "Layer minus batch normalization in points, by batch size: {listed}. A batch of one has no variance in the dense "
    "layer, so that batch normalization leaves it nothing of the image; what layer normalization does to an image "
    "does not depend on the others.",
    "배치 크기별 레이어 − 배치 정규화의 정확도 차이(%p): {listed}. 이미지가 한 장인 배치에서는 완전연결층의 분산이 "
    "0이므로 배치 정규화가 이미지의 정보를 남기지 않습니다. 레이어 정규화가 이미지에 하는 일은 다른 이미지와 "
    "무관합니다.",
)
SIZES_SHOWN = Text(
    "Test accuracy against batch size after {epochs} epochs at learning rate {rate}.",
    "학습률 {rate}로 {epochs} 에포크 학습한 뒤 배치 크기에 따른 테스트 정확도.",
)

STEADY_TITLE = Text(
    "Batch normalization steadies training and restrains weights", "배치 정규화는 학습을 안정시키고 가중치를 억제한다"
)
STEADY_QUOTE = Text(
    "It prevents vanishing gradients and the like, so that training is stable. Because mean and variance "
    "differ from batch to batch, a particular weight can be prevented from growing very large.",
    "Gradient vanishing 등을 방지하여 안정적으로 학습할 수 있게 한다. 평균과 분산이 각 batch마다 달라지기 "
    "때문에 특정 weight가 매우 커지는 것을 방지할 수 있다.",
)
STEADY_PREDICTION = Text(
    "With batch normalization a wider range of learning rates trains (accuracy from {trains} on, "
    f"{TRAINS:.0%} of the way from always answering the most frequent class, {{chance}}, to being always right) "
    "than without; where both train, accuracy varies less over seeds and the largest weight is smaller.",
    "배치 정규화를 쓰면 쓰지 않을 때보다 넓은 범위의 학습률에서 학습된다(정확도 {trains} 이상, 곧 가장 많은 "
    f"클래스로만 답할 때의 {{chance}}에서 모두 맞힐 때까지의 {TRAINS:.0%}). 둘 다 학습되는 곳에서는 시드에 따른 "
    "정확도의 변동과 가장 큰 가중치가 더 작다.",
)
STABLE_TITLE = Text(
    "Layer normalization is stable at small batch sizes", "레이어 정규화는 batch size가 작을 때도 안정적이다"
)
STABLE_QUOTE = Text(
    "The results are stable even when the batch size is small.", "batch size가 작을 때도 안정적인 결과가 나온다."
)
STABLE_PREDICTION = Text(
    f"Over batch sizes up to {SMALL} layer normalization loses less than {100 * STABLE.value:g} points of accuracy "
    f"against batch size {USUAL}, and batch normalization loses more than it; at batch size 1 layer normalization is "
    f"ahead.",
    f"배치 크기 {SMALL} 이하에서 레이어 정규화가 배치 크기 {USUAL}에 비해 잃는 정확도는 {100 * STABLE.value:g}%p "
    "미만이고, 배치 정규화는 그보다 더 잃는다. 배치 크기 1에서는 레이어 정규화가 앞선다.",
)

CLAIMS = (
    Claim(11, "batch_steadies", "4-1", STEADY_TITLE, STEADY_QUOTE, STEADY_PREDICTION, flat(_at_rates), batch_steadies),
    Claim(12, "small_batches", "4-2", STABLE_TITLE, STABLE_QUOTE, STABLE_PREDICTION, flat(_at_sizes), small_batches),
)
