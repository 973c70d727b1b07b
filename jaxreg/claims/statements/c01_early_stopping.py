"""Early stopping regularizes (section 1)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaxreg.claims.claim import (
    Check,
    Claim,
    Figure,
    Finding,
    Panel,
    Series,
    above,
    below,
    both_names,
    plus_minus,
    spread,
)
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import early_stop
from jaxreg.claims.names import EPOCH, NORMS
from jaxreg.claims.run_file import Run
from jaxreg.text import Text

EPOCHS = 40  # of the run without early stopping
COST = 0.005  # of the held-out images: what stopping may cost in accuracy
TRAIN_LOSS, TRAIN_ACCURACY, HELD_LOSS, HELD_ACCURACY = range(4)  # columns of the observer "gap"


class Ends(NamedTuple):
    """Gap (held-out minus training loss), held-out loss and accuracy of a run: when stopped early, and at the end."""

    best: int
    stop: int
    gap: tuple[float, float]
    loss: tuple[float, float]
    accuracy: tuple[float, float]


def ends(run: Run, patience: int) -> Ends:
    """Returns what early stopping would have kept of a run, beside what its end has."""
    best, stop = early_stop(run["valid_accuracy"].tolist(), patience)
    kept, last = run["gap"][best], run["gap"][-1]
    return Ends(
        best,
        stop,
        (float(kept[HELD_LOSS] - kept[TRAIN_LOSS]), float(last[HELD_LOSS] - last[TRAIN_LOSS])),
        (float(kept[HELD_LOSS]), float(last[HELD_LOSS])),
        (float(kept[HELD_ACCURACY]), float(last[HELD_ACCURACY])),
    )


def measure(lab: Lab) -> Finding:
    """Trains on past the stop, and compares the weights that stopping keeps with those at the end."""
    epochs = lab.config.epochs if lab.config.smoke else EPOCHS
    norms = ("none", "batch", "layer")
    runs = {norm: lab.runs(lab.spec(norm_type=norm, epochs=epochs, observe=("gap",))) for norm in norms}
    found = {norm: [ends(run, lab.config.patience) for run in group] for norm, group in runs.items()}
    checks: list[Check] = []
    for norm in norms:
        gaps, losses, right = (
            np.array([getattr(e, name) for e in found[norm]]) for name in ("gap", "loss", "accuracy")
        )
        checks += [
            below(WHAT["gap"].format(NORMS[norm]), gaps[:, 0] / gaps[:, 1], 1.0, "x"),
            below(WHAT["loss"].format(NORMS[norm]), losses[:, 0] / losses[:, 1], 1.0, "x"),
            above(WHAT["accuracy"].format(NORMS[norm]), right[:, 0] - right[:, 1], -COST, "points"),
        ]
    plain = found["none"]
    values = {
        "kept": plus_minus([e.gap[0] for e in plain]),
        "last": plus_minus([e.gap[1] for e in plain]),
        "best": plus_minus([e.accuracy[0] for group in found.values() for e in group], "%"),
        "end": plus_minus([e.accuracy[1] for group in found.values() for e in group], "%"),
        "stop": plus_minus([float(e.stop) for group in found.values() for e in group]),
        "smaller": both_names([NORMS[norm] for i, norm in enumerate(norms) if checks[3 * i].holds]),
        "lower": both_names([NORMS[norm] for i, norm in enumerate(norms) if checks[3 * i + 1].holds]),
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
    plain = {name: _rows(runs["none"], column) for name, column in (("train", TRAIN_LOSS), ("held", HELD_LOSS))}
    losses = [
        spread(Text("training images", "학습 이미지"), axis, plain["train"], key="none", dashed=True),
        spread(Text("held-out images", "보류 이미지"), axis, plain["held"], key="none"),
    ]
    gaps = tuple(
        spread(
            NORMS[norm],
            axis,
            (np.array(_rows(group, HELD_LOSS)) - np.array(_rows(group, TRAIN_LOSS))).tolist(),
            key=norm,
        )
        for norm, group in runs.items()
    )
    kept = [
        Series(
            Text("kept by early stopping", "조기 종료가 남긴 가중치"),
            tuple(float(e.best) for e in found[norm]),
            tuple(e.gap[0] for e in found[norm]),
            key=norm,
            line=False,
        )
        for norm in runs
    ]
    accuracies = tuple(spread(NORMS[norm], axis, _rows(group, HELD_ACCURACY), key=norm) for norm, group in runs.items())
    return Figure(
        Text(
            "Loss on training and held-out images without normalization; the gap between both, with marks where "
            "early stopping takes the weights; held-out accuracy.",
            "정규화가 없을 때 학습 이미지와 보류 이미지의 손실, 두 손실의 격차(점은 조기 종료가 가중치를 남기는 "
            "곳), 보류 정확도.",
        ),
        (
            Panel(EPOCH, Text("loss", "손실"), tuple(losses), title=NORMS["none"], ylog=True),
            Panel(EPOCH, Text("gap in loss", "손실 격차"), (*gaps, *kept)),
            Panel(EPOCH, Text("held-out accuracy (%)", "보류 정확도 (%)"), accuracies, percent=True),
        ),
    )


def _rows(runs: tuple[Run, ...], column: int) -> list[list[float]]:
    """Returns one column of the observer after each epoch, [epoch][seed]."""
    return [[float(run["gap"][epoch, column]) for run in runs] for epoch in range(1, len(runs[0]["gap"]))]


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
