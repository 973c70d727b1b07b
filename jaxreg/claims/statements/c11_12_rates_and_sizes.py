"""Which learning rates and batch sizes the normalizations train at (sections 4.1, 4.2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, lines
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.measures import effective_range
from jaxreg.claims.names import LEARNING_RATE, NORMS, TEST_ACCURACY
from jaxreg.claims.quantities import both_names, mean, plus_minus, quantity
from jaxreg.claims.rule import NO_DIFFERENCE, NO_POINTS, Check, Limit, above, below
from jaxreg.claims.runs import Run, RunSpec, final_valid, numbers, table
from jaxreg.text import Text, joined

EPOCHS = 8
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
LEAST_SEEDS = 4  # of which distances from the median tell a spread
TRAINS = 0.9  # of the way from chance to all right, from which a rate counts as training
USUAL = 32  # the study's batch size; accuracy at a small size is compared with that at it
SIZES = (2, 4, 8, USUAL)
TUNED = (3e-4, 1e-3, 3e-3)  # learning rates, of which each size has its best on validation images
STABLE = Limit(
    0.03,
    Text(
        "three points: a loss that anybody would notice, where methods of the study differ by about one",
        "3%p: 누구나 알아챌 하락 (연구에서 방법들의 차이는 1%p 정도)",
    ),
    "points",
)


def _specs(lab: Lab, kinds: Sequence[str], changes: Sequence[dict[str, Any]]) -> dict[str, list[RunSpec]]:
    """Returns the specs of each normalization with each of these changes."""
    epochs = lab.num_epochs(EPOCHS)
    return {kind: [lab.spec(norm_type=kind, epochs=epochs, **change) for change in changes] for kind in kinds}


def _at_rates(lab: Lab) -> dict[str, list[RunSpec]]:
    return _specs(lab, ("none", "batch"), [{"learning_rate": rate} for rate in lab.config.thin(RATES)])


def batch_steadies(lab: Lab) -> Finding:
    """Compares the learning rates that train, and where both do the spread over seeds, with and without."""
    rates, trains = lab.config.thin(RATES), lab.above_chance(TRAINS)
    runs = lab.rows(_at_rates(lab))
    accuracy = {kind: table(rows, "test_accuracy") for kind, rows in runs.items()}  # [rate, seed]
    width = {k: [effective_range(rates, seed.tolist(), trains) for seed in rows.T] for k, rows in accuracy.items()}
    both = np.all([[mean(final_valid(group)) >= trains for group in rows] for rows in runs.values()], axis=0)
    away = {kind: _away(rows[both]) for kind, rows in accuracy.items()}
    checks = (
        above(RANGE, np.subtract(width["batch"], width["none"]), NO_DIFFERENCE),
        above(SPREAD, away["none"] - away["batch"], NO_POINTS),
    )
    number = STEADY_NUMBER.format(**{kind: plus_minus(values) for kind, values in width.items()})
    means = {f"away_{kind}": quantity(float(values.mean()), "points") for kind, values in away.items()}
    shared = both_names([quantity(rate) for rate, so in zip(rates, both, strict=True) if so])
    full = effective_range(rates, [1.0] * len(rates), trains)
    wide = [NORMS[kind] for kind, values in width.items() if max(values) >= full]
    ends = {"low": quantity(rates[0]), "high": quantity(rates[-1]), "wide": both_names(wide)}
    why = joined([STEADY_WHY, *[AT_LEAST.format(**ends)] * bool(wide), WHERE_BOTH if both.any() else NOWHERE_BOTH])
    why = why.format(trains=quantity(trains, "%"), both=shared, **means, **_said(width))
    panel = Panel(LEARNING_RATE, TEST_ACCURACY, lines(NORMS, rates, accuracy), xlog=True, percent=True)
    terms = {"trains": quantity(trains, "%"), "chance": quantity(lab.chance, "%")}
    return Finding(checks, number, why, (Figure(RATES_SHOWN, (panel,)),), terms)


def _away(rows: np.ndarray) -> np.ndarray:
    """Returns for each seed the distance from the seeds' median, the mean over rates [rate, seed]; NaN without any.

    A t test of such distances is one of standard deviations (Brown & Forsythe 1974, JASA 69). Of two or three seeds the
    distances depend on each other: of two they are equal, whatever they are. Then they are NaN, too.
    """
    if not len(rows) or rows.shape[1] < LEAST_SEEDS:
        return np.full(rows.shape[1], np.nan)
    return np.asarray(np.abs(rows - np.median(rows, axis=1, keepdims=True)).mean(0))


def _said(width: dict[str, list[float]]) -> dict[str, Text]:
    return {kind: plus_minus(values) for kind, values in width.items()}


STEADY_NUMBER = Text(
    "learning rates that train span {batch} powers of ten with batch norm, {none} without",
    "학습에 성공하는 학습률의 범위(10의 거듭제곱): 배치 정규화 {batch}, 없음 {none}",
)
RANGE = Text(
    "range of learning rates that train (powers of ten), batch minus none",
    "학습에 성공하는 학습률의 범위(10의 거듭제곱), 배치 − 없음",
)
SPREAD = Text(
    "distance of a seed's accuracy from the seeds' median, none minus batch, at rates where both train",
    "시드의 정확도와 중앙값의 거리, 없음 − 배치 (둘 다 학습되는 학습률)",
)
STEADY_WHY = Text(
    "Rates count as training from {trains} on. Those that train span {batch} powers of ten with batch normalization "
    "and {none} without.",
    "정확도 {trains} 이상이면 학습된 것으로 봅니다. 학습에 성공하는 학습률의 범위는 10의 거듭제곱으로 배치 정규화 "
    "{batch}, 없음 {none}입니다.",
)
AT_LEAST = Text(
    "Where all rates that were tried train, {low} to {high}, the range may be wider than that: {wide}.",
    "시도한 학습률 {low} ~ {high}에서 모두 학습되어 범위가 이보다 넓을 수 있음: {wide}.",
)
WHERE_BOTH = Text(
    "Where both train (learning rates: {both}), a seed's accuracy lies {away_batch} from the seeds' median with batch "
    "normalization, and {away_none} without.",
    "둘 다 학습되는 학습률({both})에서 시드의 정확도와 중앙값의 거리는 배치 정규화 {away_batch}, 없음 "
    "{away_none}입니다.",
)
NOWHERE_BOTH = Text(
    "At none of the learning rates do both train, so that the seeds' spread cannot be compared.",
    "둘 다 학습되는 학습률이 없어 시드에 따른 퍼짐은 비교할 수 없습니다.",
)
RATES_SHOWN = Text("Test accuracy against the learning rate.", "학습률에 따른 테스트 정확도.")


def _sizes(lab: Lab) -> tuple[int, ...]:
    return lab.config.thin(SIZES)


def _at_sizes(lab: Lab) -> dict[tuple[str, int], list[RunSpec]]:
    """Returns the specs of each normalization and batch size, a row of rates."""
    changes = {size: [{"batch_size": size, "learning_rate": r} for r in lab.config.thin(TUNED)] for size in _sizes(lab)}
    kinds = ("layer", "batch")
    return {(kind, size): _specs(lab, (kind,), row)[kind] for kind in kinds for size, row in changes.items()}


def small_batches(lab: Lab) -> Finding:
    """Compares both normalizations over batch sizes, each at its best rate, with the same images seen."""
    best: dict[tuple[str, int], tuple[Run, ...]] = {
        place: max(rows, key=lambda runs: mean(final_valid(runs))) for place, rows in lab.rows(_at_sizes(lab)).items()
    }
    sizes = _sizes(lab)
    accuracy = {k: np.array([numbers(best[k, size], "test_accuracy") for size in sizes]) for k in ("layer", "batch")}
    fall = {kind: rows[-1] - rows[:-1] for kind, rows in accuracy.items()}  # [size, seed]
    checks: list[Check] = [below(LAYER.format(n), f, STABLE) for n, f in zip(sizes, fall["layer"], strict=False)]
    more = fall["batch"] - fall["layer"]
    checks += [above(BATCH.format(n), values, NO_POINTS) for n, values in zip(sizes, more, strict=False)]
    panel = Panel(
        Text("batch size", "배치 크기"), TEST_ACCURACY, lines(NORMS, sizes, accuracy), xlog=True, percent=True
    )
    number = STABLE_NUMBER.format(
        size=sizes[0], **{k: plus_minus(rows[0].tolist(), "%") for k, rows in accuracy.items()}
    )
    listed = [
        AT_SIZE.format(size, *(quantity(float(accuracy[k][i].mean()), "%") for k in ("layer", "batch")), *rates)
        for i, size in enumerate(sizes)
        for rates in [[quantity(best[kind, size][0].spec.learning_rate) for kind in ("layer", "batch")]]
    ]
    why = STABLE_WHY.format(joined(listed, "; "))
    caption = SIZES_SHOWN.format(epochs=lab.num_epochs(EPOCHS))
    return Finding(tuple(checks), number, why, (Figure(caption, (panel,)),))


STABLE_NUMBER = Text(
    "at batch size {size}: {layer} with layer, {batch} with batch",
    "배치 크기 {size}: 레이어 정규화 {layer}, 배치 정규화 {batch}",
)
LAYER = Text(
    f"layer: accuracy lost at batch size {{}}, against {USUAL}",
    f"레이어 정규화: 배치 크기 {{}}에서 잃는 정확도 ({USUAL} 대비)",
)
BATCH = Text(
    "batch: the same loss at {}, minus that of layer", "배치 크기 {}에서 잃는 정확도: 배치 정규화 − 레이어 정규화"
)
AT_SIZE = Text("{0}: layer {1} ({3}), batch {2} ({4})", "{0}: 레이어 {1} ({3}), 배치 {2} ({4})")
STABLE_WHY = Text(
    "Mean test accuracy by batch size, at the learning rate (in parentheses) that is best on validation images. {}. A "
    "batch of one image is left out: the dense layer's batch variance is then 0, and batch normalization leaves "
    "nothing of the image.",
    "배치 크기별 평균 테스트 정확도와, 검증에서 가장 좋은 학습률(괄호 안). {}. 이미지가 한 장인 배치는 뺐습니다. 이때 "
    "완전연결층의 배치 분산은 0이며 배치 정규화가 이미지의 정보를 남기지 않습니다.",
)
SIZES_SHOWN = Text(
    "Test accuracy against batch size after {epochs} epochs, each at its best learning rate.",
    "{epochs} 에포크 학습한 뒤 배치 크기에 따른 테스트 정확도(각각 가장 좋은 학습률).",
)

STEADY_TITLE = Text("Batch normalization steadies training", "배치 정규화는 학습을 안정시킨다")
STEADY_QUOTE = Text(
    "It prevents vanishing gradients and the like, so that training is stable.",
    "Gradient vanishing 등을 방지하여 안정적으로 학습할 수 있게 한다.",
)
STEADY_PREDICTION = Text(
    "With batch normalization a wider range of learning rates trains (accuracy from {trains} on, "
    f"{TRAINS:.0%} of the way from always answering the most frequent class, {{chance}}, to being always right) "
    "than without; at rates where both train, a seed's accuracy lies closer to the seeds' median.",
    "배치 정규화를 쓰면 쓰지 않을 때보다 넓은 범위의 학습률에서 학습된다(정확도 {trains} 이상, 곧 이미지가 "
    f"가장 많은 클래스로만 답할 때의 {{chance}}에서 모두 맞힐 때까지의 {TRAINS:.0%}). 둘 다 학습되는 학습률에서는 "
    "시드의 정확도가 중앙값에 더 가깝다.",
)
STABLE_TITLE = Text(
    "Layer normalization is stable at small batch sizes", "레이어 정규화는 배치 크기가 작을 때도 안정적이다"
)
STABLE_QUOTE = Text(
    "(Its advantage over batch normalization:) the results are stable even when the batch size is small.",
    "(Batch Normalization 과 비교한 장점) batch size가 작을 때도 안정적인 결과가 나온다.",
)
STABLE_PREDICTION = Text(
    f"At batch sizes 2, 4 and 8, each at its best learning rate, layer normalization loses less than {STABLE.en} of "
    f"accuracy against batch size {USUAL}, and batch normalization loses more than it.",
    f"각각 가장 좋은 학습률을 쓸 때, 배치 크기 2, 4, 8에서 레이어 정규화가 배치 크기 {USUAL}에 비해 잃는 정확도는 "
    f"{STABLE.ko} 미만이고, 배치 정규화는 그보다 더 잃는다.",
)

CLAIMS = (
    Claim(11, "batch_steadies", "4-1", STEADY_TITLE, STEADY_QUOTE, STEADY_PREDICTION, flat(_at_rates), batch_steadies),
    Claim(12, "small_batches", "4-2", STABLE_TITLE, STABLE_QUOTE, STABLE_PREDICTION, flat(_at_sizes), small_batches),
)
