"""Early stopping regularizes (section 1)."""

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line, lines, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.limits import NO_CHANGE
from jaxreg.claims.measures import early_stop
from jaxreg.claims.names import EPOCH, NORMS
from jaxreg.claims.quantities import both_names, plus_minus
from jaxreg.claims.rule import Check, Limit, above, below, judge
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.text import Text

EPOCHS = 40  # of the run without early stopping
COST = Limit(
    -0.005,
    Text(
        "half a point: about one standard deviation of a run, no loss that one would notice",
        "0.5%p: 실행 하나의 표준편차 정도로, 알아챌 만한 하락이 아님",
    ),
    "points",
)


def _curves(runs: tuple[Run, ...]) -> np.ndarray:
    """Returns loss in training, held-out loss, held-out accuracy and the losses' gap, [4, epoch, seed]."""
    train, _, loss, accuracy = np.stack([run["gap"] for run in runs], -1).swapaxes(0, 1)
    return np.stack([train, loss, accuracy, loss - train])


def asks(lab: Lab) -> list[RunSpec]:
    """Returns, for each normalization, training on past the stop."""
    return [lab.spec(norm_type=norm, epochs=lab.num_epochs(EPOCHS), observe=("gap",)) for norm in NORMS]


def measure(lab: Lab) -> Finding:
    """Compares the weights that stopping keeps with those at the end."""
    runs = dict(zip(NORMS, map(lab.runs, asks(lab)), strict=True))
    curves = {norm: _curves(group) for norm, group in runs.items()}
    stops = {n: [early_stop(r["valid_accuracy"].tolist(), lab.config.patience) for r in rs] for n, rs in runs.items()}
    kept = {n: curves[n][:, [best for best, _ in pairs], range(len(pairs))] for n, pairs in stops.items()}  # [4, seed]
    checks: list[Check] = []
    for norm, name in NORMS.items():
        (_, loss, right, gap), (_, last_loss, last_right, last_gap) = kept[norm], curves[norm][:, -1]
        checks += [
            below(GAP.format(name), gap / last_gap, NO_CHANGE),
            below(LOSS.format(name), loss / last_loss, NO_CHANGE),
            above(ACCURACY.format(name), right - last_right, COST),
        ]
    values = {
        "epochs": lab.num_epochs(EPOCHS),
        "kept": plus_minus(kept["none"][3].tolist()),
        "last": plus_minus(curves["none"][3, -1].tolist()),
        "best": plus_minus([float(value) for values in kept.values() for value in values[2]], "%"),
        "end": plus_minus([float(value) for values in curves.values() for value in values[2, -1]], "%"),
        "stop": plus_minus([stop for pairs in stops.values() for _, stop in pairs]),
        "smaller": both_names(
            [name for name, check in zip(NORMS.values(), judge(checks)[::3], strict=True) if check.outcome == "holds"]
        ),
        "lower": both_names(
            [name for name, check in zip(NORMS.values(), judge(checks)[1::3], strict=True) if check.outcome == "holds"]
        ),
    }
    axis = range(1, lab.num_epochs(EPOCHS) + 1)
    train, held, accuracy, gaps = ({n: c[i, 1:] for n, c in curves.items()} for i in range(4))
    losses = (
        spread(Text("training images", "학습 이미지"), axis, train["none"], key="none", dashed=True),
        spread(Text("held-out images", "보류 이미지"), axis, held["none"], key="none"),
    )
    mark = Text("kept by early stopping", "조기 종료가 남긴 가중치")
    marks = (
        line(mark, [float(best) for best, _ in pairs], kept[n][3], key=n, line=False) for n, pairs in stops.items()
    )
    panels = (
        Panel(EPOCH, Text("loss", "손실"), losses, title=NORMS["none"], ylog=True),
        Panel(EPOCH, Text("gap in loss", "손실 격차"), (*lines(NORMS, axis, gaps), *marks)),
        Panel(EPOCH, Text("held-out accuracy (%)", "보류 정확도 (%)"), lines(NORMS, axis, accuracy), percent=True),
    )
    return Finding(tuple(checks), NUMBER.format(**values), WHY.format(**values), (Figure(CAPTION, panels),))


NUMBER = Text(
    "gap in loss without normalization: {kept} when stopped, {last} at the end",
    "정규화 없음의 손실 격차: 조기 종료 {kept}, 끝 {last}",
)
GAP = Text(
    "{}: gap in loss (held-out minus training), stopped relative to the end",
    "{}: 손실 격차(보류 − 학습), 끝 대비 조기 종료",
)
LOSS = Text("{}: held-out loss, stopped relative to the end", "{}: 보류 데이터의 손실, 끝 대비 조기 종료")
ACCURACY = Text("{}: held-out accuracy, stopped minus the end", "{}: 보류 데이터의 정확도, 조기 종료 − 끝")
WHY = Text(
    "The stop comes after {stop} epochs. In every seed it leaves a smaller gap in loss than {epochs} epochs with: "
    "{smaller}; a lower held-out loss with: {lower}. Held-out accuracy is {best} at the stop and {end} at the end: "
    "where it does not fall, going on does no harm that stopping could prevent, and what stopping saves is time.",
    "조기 종료는 {stop} 에포크에서 일어납니다. {epochs} 에포크보다 모든 시드에서 손실 격차가 작은 경우: {smaller}; "
    "보류 손실이 낮은 경우: {lower}. 보류 정확도는 종료 시점에 {best}, 끝에서 {end}입니다. 정확도가 떨어지지 "
    "않는다면 계속 학습해도 조기 종료가 막을 해가 없으며, 조기 종료가 아끼는 것은 시간입니다.",
)
CAPTION = Text(
    "Loss on training and held-out images without normalization; the gap between both, with marks where early stopping "
    "takes the weights; held-out accuracy.",
    "정규화가 없을 때 학습 이미지와 보류 이미지의 손실, 두 손실의 격차(점은 조기 종료가 가중치를 남기는 곳), 보류 "
    "정확도.",
)

TITLE = Text("Early stopping regularizes", "학습 조기 종료는 정규화의 일종이다")
QUOTE = Text(
    "To prevent overfitting, training can be stopped early when a certain condition is met, for example that "
    "the lowest loss on the validation data has not been beaten for 5 epochs or more; this, too, is a kind of "
    "regularization.",
    "오버피팅을 방지하기 위해서 validation dataset에서의 loss가 가장 낮은 (=좋은) 기록이 5회의 epoch 이상 갱신되지 "
    "않는 등 특정 조건을 만족시킬 때 학습 조기 종료 (Early Stopping) 를 할 수 있는데, 이것 역시 정규화의 일종이다.",
)
PREDICTION = Text(
    "For each normalization the weights kept by early stopping have a smaller gap between held-out and "
    f"training loss than those after {EPOCHS} epochs, a lower held-out loss, and an accuracy that is at most "
    f"{-100 * COST.value:g} points lower.",
    f"정규화마다 조기 종료가 남긴 가중치는 {EPOCHS} 에포크 뒤의 가중치보다 보류 손실과 학습 손실의 격차가 작고, "
    f"보류 손실이 낮으며, 정확도는 낮아도 {-100 * COST.value:g}%p 이내이다.",
)

CLAIM = Claim(1, "early_stopping", "1", TITLE, QUOTE, PREDICTION, asks, measure)
