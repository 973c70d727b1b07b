"""Early stopping regularizes (section 1)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaxreg.claims.claim import Check, Claim, Finding, above, below, both_names, plus_minus
from jaxreg.claims.figure import Figure, Panel, line, lines, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import early_stop
from jaxreg.claims.names import EPOCH, NORMS
from jaxreg.claims.runs import Run
from jaxreg.text import Text

EPOCHS = 40  # of the run without early stopping
COST = 0.005  # of the held-out images: what stopping may cost in accuracy
TRAIN_LOSS, TRAIN_ACCURACY, HELD_LOSS, HELD_ACCURACY = range(4)  # columns of the observer "gap"


class Ends(NamedTuple):
    """Gap (held-out minus training loss), held-out loss and accuracy [2] of a run: when stopped early, and at last."""

    best: int
    stop: int
    gap: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray


def ends(run: Run, patience: int) -> Ends:
    """Returns what early stopping would have kept of a run, beside what its end has."""
    best, stop = early_stop(run["valid_accuracy"].tolist(), patience)
    train_loss, _, held_loss, held_accuracy = run["gap"][[best, -1]].T
    return Ends(best, stop, held_loss - train_loss, held_loss, held_accuracy)


def measure(lab: Lab) -> Finding:
    """Trains on past the stop, and compares the weights that stopping keeps with those at the end."""
    epochs = lab.num_epochs(EPOCHS)
    runs = {norm: lab.runs(lab.spec(norm_type=norm, epochs=epochs, observe=("gap",))) for norm in NORMS}
    found = {norm: [ends(run, lab.config.patience) for run in group] for norm, group in runs.items()}
    checks: list[Check] = []
    for norm, group in found.items():
        gaps, losses, right = (np.array([getattr(e, name) for e in group]) for name in ("gap", "loss", "accuracy"))
        checks += [
            below(WHAT["gap"].format(NORMS[norm]), gaps[:, 0] / gaps[:, 1], 1.0, "x"),
            below(WHAT["loss"].format(NORMS[norm]), losses[:, 0] / losses[:, 1], 1.0, "x"),
            above(WHAT["accuracy"].format(NORMS[norm]), right[:, 0] - right[:, 1], -COST, "points"),
        ]
    every = [e for group in found.values() for e in group]
    values = {
        "kept": plus_minus([e.gap[0] for e in found["none"]]),
        "last": plus_minus([e.gap[1] for e in found["none"]]),
        "best": plus_minus([e.accuracy[0] for e in every], "%"),
        "end": plus_minus([e.accuracy[1] for e in every], "%"),
        "stop": plus_minus([e.stop for e in every]),
        "smaller": both_names([NORMS[norm] for norm, check in zip(found, checks[::3], strict=True) if check.holds]),
        "lower": both_names([NORMS[norm] for norm, check in zip(found, checks[1::3], strict=True) if check.holds]),
    }
    return Finding(
        tuple(checks),
        Text(
            "gap in loss without normalization: {kept} when stopped, {last} at the end",
            "정규화 없음의 손실 격차: 조기 종료 {kept}, 끝 {last}",
        ).format(**values),
        WHY.format(epochs=epochs, **values),
        (_figure(runs, found, epochs),),
    )


WHAT = {
    "gap": Text(
        "{}: gap in loss (held-out minus training), stopped relative to the end",
        "{}: 손실 격차(보류 − 학습), 끝 대비 조기 종료",
    ),
    "loss": Text("{}: held-out loss, stopped relative to the end", "{}: 보류 데이터의 손실, 끝 대비 조기 종료"),
    "accuracy": Text("{}: held-out accuracy, stopped minus the end", "{}: 보류 데이터의 정확도, 조기 종료 − 끝"),
}
WHY = Text(
    "The stop comes after {stop} epochs. In every seed it leaves a smaller gap in loss than {epochs} epochs with: "
    "{smaller}; a lower held-out loss with: {lower}. Held-out accuracy is {best} at the stop and {end} at the end: "
    "where it does not fall, going on does no harm that stopping could prevent, and what stopping saves is time.",
    "조기 종료는 {stop} 에포크에서 일어납니다. {epochs} 에포크보다 모든 시드에서 손실 격차가 작은 경우: {smaller}; "
    "보류 손실이 낮은 경우: {lower}. 보류 정확도는 종료 시점에 {best}, 끝에서 {end}입니다. 정확도가 떨어지지 "
    "않는다면 계속 학습해도 조기 종료가 막을 해가 없으며, 조기 종료가 아끼는 것은 시간입니다.",
)


def _figure(runs: dict[str, tuple[Run, ...]], found: dict[str, list[Ends]], epochs: int) -> Figure:
    axis = range(1, epochs + 1)
    curves = {norm: np.stack([run["gap"][1:] for run in group], -1) for norm, group in runs.items()}
    losses = (
        spread(Text("training images", "학습 이미지"), axis, curves["none"][:, TRAIN_LOSS], key="none", dashed=True),
        spread(Text("held-out images", "보류 이미지"), axis, curves["none"][:, HELD_LOSS], key="none"),
    )
    gaps = lines(NORMS, axis, {norm: c[:, HELD_LOSS] - c[:, TRAIN_LOSS] for norm, c in curves.items()})
    kept = tuple(
        line(KEPT, [float(e.best) for e in group], [e.gap[0] for e in group], key=norm, line=False)
        for norm, group in found.items()
    )
    accuracies = lines(NORMS, axis, {norm: c[:, HELD_ACCURACY] for norm, c in curves.items()})
    return Figure(
        Text(
            "Loss on training and held-out images without normalization; the gap between both, with marks where "
            "early stopping takes the weights; held-out accuracy.",
            "정규화가 없을 때 학습 이미지와 보류 이미지의 손실, 두 손실의 격차(점은 조기 종료가 가중치를 남기는 "
            "곳), 보류 정확도.",
        ),
        (
            Panel(EPOCH, Text("loss", "손실"), losses, title=NORMS["none"], ylog=True),
            Panel(EPOCH, Text("gap in loss", "손실 격차"), gaps + kept),
            Panel(EPOCH, Text("held-out accuracy (%)", "보류 정확도 (%)"), accuracies, percent=True),
        ),
    )


KEPT = Text("kept by early stopping", "조기 종료가 남긴 가중치")


CLAIM = Claim(
    number=1,
    name="early_stopping",
    section="1",
    title=Text("Early stopping regularizes", "학습 조기 종료는 정규화의 일종이다"),
    quote=Text(
        "To prevent overfitting, training can be stopped early when a certain condition is met, for example that "
        "the lowest loss on the validation data has not been beaten for 5 epochs or more; this, too, is a kind of "
        "regularization.",
        "오버피팅을 방지하기 위해서 validation dataset에서의 loss가 가장 낮은 (=좋은) 기록이 5회의 epoch 이상 "
        "갱신되지 않는 등 특정 조건을 만족시킬 때 학습 조기 종료 (Early Stopping) 를 할 수 있는데, 이것 역시 "
        "정규화의 일종이다.",
    ),
    prediction=Text(
        "For each normalization the weights kept by early stopping have a smaller gap between held-out and "
        f"training loss than those after {EPOCHS} epochs, a lower held-out loss, and an accuracy that is at most "
        f"{100 * COST:g} points lower.",
        f"정규화마다 조기 종료가 남긴 가중치는 {EPOCHS} 에포크 뒤의 가중치보다 보류 손실과 학습 손실의 격차가 작고, "
        f"보류 손실이 낮으며, 정확도는 낮아도 {100 * COST:g}%p 이내이다.",
    ),
    measure=measure,
)
