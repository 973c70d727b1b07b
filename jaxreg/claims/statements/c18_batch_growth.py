"""Batch normalization keeps single weights from growing large (section 4.1)."""

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.long_runs import EPOCHS, long_run
from jaxreg.claims.measures import growth
from jaxreg.claims.names import LAYERS, NORMS
from jaxreg.claims.quantities import plus_minus
from jaxreg.claims.rule import NO_CHANGE, below
from jaxreg.claims.runs import RunSpec
from jaxreg.text import NOTHING, Text, joined

KINDS = ("none", "batch")


def asks(lab: Lab) -> list[RunSpec]:
    """Returns long training without a normalization, and with batch normalization."""
    return [long_run(lab, norm_type=norm) for norm in KINDS]


def measure(lab: Lab) -> Finding:
    """Compares the growth of each layer's largest weight from its own start."""
    none, batch = (np.array([growth(run.values) for run in runs]) for runs in map(lab.runs, asks(lab)))  # [seed, layer]
    checks = tuple(below(GROWTH.format(name), batch[:, i] / none[:, i], NO_CHANGE) for i, name in enumerate(LAYERS))
    said = [
        SAID.format(name, *(plus_minus(values[:, i].tolist(), "x") for values in (none, batch)))
        for i, name in enumerate(LAYERS)
    ]
    places = range(len(LAYERS))
    points = tuple(
        spread(NORMS[k], places, rows.T, key=k, line=False) for k, rows in zip(KINDS, (none, batch), strict=True)
    )
    panel = Panel(NOTHING, Text("largest |w| / start", "가장 큰 |w| / 초깃값"), points, names=LAYERS, ylog=True)
    why = WHY.format(joined(said, "; "), epochs=lab.num_epochs(EPOCHS))
    ratio = {name: plus_minus((batch[:, i] / none[:, i]).tolist(), "x") for name, i in (("first", 0), ("last", -1))}
    return Finding(checks, NUMBER.format(**ratio), why, (Figure(SHOWN, (panel,)),))


NUMBER = Text(
    "growth of the largest weight with batch normalization, relative to none: conv1 {first}, dense2 {last}",
    "정규화 없음 대비 배치 정규화에서 가장 큰 가중치의 증가: conv1 {first}, dense2 {last}",
)
GROWTH = Text(
    "{}: largest weight relative to its start, batch relative to none",
    "{}: 가장 큰 가중치(초깃값 대비), 없음 대비 배치",
)
SAID = Text("{} {} without, {} with", "{} 없음 {}, 배치 {}")
WHY = Text(
    "After {epochs} epochs at the study's usual rate, the largest weight of each layer is, relative to the largest "
    "that it started with, without and with batch normalization: {}. A normalized layer (all but dense2) gives the "
    "same output for weights of any size, so that this output does not hold them back.",
    "보통의 학습률로 {epochs} 에포크 학습한 뒤 층마다 가장 큰 가중치는 그 층의 가장 큰 초깃값에 비해 다음과 같습니다: "
    "{}. 정규화된 층(dense2를 뺀 모든 층)의 출력은 가중치의 크기와 무관하므로, 출력이 가중치의 크기를 제한하지 "
    "않습니다.",
)
SHOWN = Text(
    "Largest weight of each layer after training, relative to the largest that it started with.",
    "학습 뒤 층별 가장 큰 가중치, 그 층의 가장 큰 초깃값 대비.",
)

TITLE = Text(
    "Batch normalization keeps single weights from growing large", "배치 정규화는 특정 가중치가 매우 커지는 것을 막는다"
)
QUOTE = Text(
    "Because mean and variance differ from batch to batch, a particular weight can be prevented from growing very "
    "large.",
    "평균과 분산이 각 batch마다 달라지기 때문에 특정 weight가 매우 커지는 것을 방지할 수 있다.",
)
PREDICTION = Text(
    f"In {EPOCHS} epochs without early stopping the largest weight of each of the five layers grows less, relative to "
    f"the "
    "largest that the layer started with, with batch normalization than without.",
    f"조기 종료 없이 {EPOCHS} 에포크를 학습할 때, 다섯 층 모두에서 가장 큰 가중치는 그 층의 가장 큰 초깃값에 비해 배치 "
    "정규화에서 덜 커진다.",
)

CLAIM = Claim(18, "batch_growth", "4-1", TITLE, QUOTE, PREDICTION, asks, measure)
