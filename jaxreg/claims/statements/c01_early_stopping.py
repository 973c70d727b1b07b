"""Early stopping regularizes (section 1)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line, lines, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.long_runs import ACCURACY, EPOCHS, LOSS, TRAIN_LOSS, long_run
from jaxreg.claims.measures import early_stop
from jaxreg.claims.names import EPOCH, NORMS
from jaxreg.claims.quantities import both_names, plus_minus
from jaxreg.claims.rule import NO_DIFFERENCE, Check, Limit, above, below, judge
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.text import Text, same

COST = Limit(
    -0.005,
    Text(
        "half a point: what two runs of the same setting may differ by, and no loss that one would notice",
        "0.5%p: 같은 설정의 두 실행도 이만큼 다를 수 있으며, 알아챌 만한 하락이 아니다",
    ),
    "points",
)


class Stopped(NamedTuple):
    """What early stopping leaves of the runs of one setting: arrays [seed], and what further training would have."""

    best: np.ndarray  # the epoch whose weights are kept
    stop: np.ndarray  # the epoch after which training ends
    gap: np.ndarray  # held-out minus training loss, at the kept weights
    gap_more: np.ndarray  # that minus the gap after the last epoch
    loss_more: np.ndarray  # held-out loss likewise
    accuracy_more: np.ndarray  # held-out accuracy likewise


def _stopped(runs: Sequence[Run], patience: int, by: str) -> Stopped:
    """Returns what stopping on a validation measure leaves: "valid_loss", or "valid_accuracy"."""
    sign = -1 if by == "valid_loss" else 1
    best, stop = np.array([early_stop((sign * run[by]).tolist(), patience) for run in runs]).T
    kept = np.array([run["gap"][epoch] for run, epoch in zip(runs, best, strict=True)])  # [seed, 4]
    more = kept - np.array([run["gap"][-1] for run in runs])
    gap, gap_more = (values[:, LOSS] - values[:, TRAIN_LOSS] for values in (kept, more))
    return Stopped(best, stop, gap, gap_more, more[:, LOSS], more[:, ACCURACY])


def _checks(name: Text, found: Stopped, by: Text) -> tuple[Check, ...]:
    return (
        below(GAP.format(name, by), found.gap_more, NO_DIFFERENCE),
        below(HELD_OUT_LOSS.format(name, by), found.loss_more, NO_DIFFERENCE),
        above(HELD_OUT_ACCURACY.format(name, by), found.accuracy_more, COST),
    )


def asks(lab: Lab) -> list[RunSpec]:
    """Returns, for each normalization, training on past the stop."""
    return [long_run(lab, norm_type=norm) for norm in NORMS]


def measure(lab: Lab) -> Finding:
    """Compares the weights that stopping keeps with those at the end, by validation loss as the text says."""
    runs = dict(zip(NORMS, map(lab.runs, asks(lab)), strict=True))
    found = {by: {n: _stopped(group, lab.config.patience, by) for n, group in runs.items()} for by in RULES}
    rows = {by: [_checks(NORMS[n], one, RULES[by]) for n, one in each.items()] for by, each in found.items()}
    checks, beside = (tuple(check for row in rows[by] for check in row) for by in RULES)
    shown = [[one.outcome == "holds" for one in judge(checks)[part::3]] for part in range(3)]
    smaller, lower, kept = (both_names([n for n, so in zip(NORMS.values(), row, strict=True) if so]) for row in shown)
    by_loss, by_accuracy = found["valid_loss"], found["valid_accuracy"]
    gaps = {
        n: np.array([run["gap"][:, LOSS] - run["gap"][:, TRAIN_LOSS] for run in group]) for n, group in runs.items()
    }
    values = {
        "epochs": lab.num_epochs(EPOCHS),
        "kept": plus_minus(by_loss["none"].gap.tolist()),
        "by_accuracy": plus_minus(by_accuracy["none"].gap.tolist()),
        "last": plus_minus(gaps["none"][:, -1].tolist()),
        "stop": plus_minus(by_loss["none"].stop.tolist()),
        "stop_accuracy": plus_minus(by_accuracy["none"].stop.tolist()),
        "costs": _listed({n: one.accuracy_more for n, one in by_loss.items()}),
        "costs_accuracy": _listed({n: one.accuracy_more for n, one in by_accuracy.items()}),
    }
    why = WHY.format(smaller=smaller, lower=lower, accurate=kept, **values)
    return Finding(checks, NUMBER.format(**values), why, (_figure(lab, runs, gaps, by_loss),), beside=beside)


def _listed(differences: dict[str, np.ndarray]) -> Text:
    return both_names(
        [same("{} {}").format(NORMS[n], plus_minus(d.tolist(), "points")) for n, d in differences.items()]
    )


def _figure(
    lab: Lab, runs: dict[str, tuple[Run, ...]], gaps: dict[str, np.ndarray], found: dict[str, Stopped]
) -> Figure:
    axis = range(1, lab.num_epochs(EPOCHS) + 1)
    train, held = (np.array([run["gap"][1:, i] for run in runs["none"]]).T for i in (TRAIN_LOSS, LOSS))
    accuracy = {n: np.array([run["gap"][1:, ACCURACY] for run in group]).T for n, group in runs.items()}
    losses = (
        spread(Text("training images", "학습 이미지"), axis, train, key="none", dashed=True),
        spread(Text("held-out images", "홀드아웃 이미지"), axis, held, key="none"),
    )
    marks = (line(MARK, one.best.astype(float), one.gap, key=n, line=False) for n, one in found.items())
    panels = (
        Panel(EPOCH, Text("loss", "손실"), losses, title=NORMS["none"], ylog=True),
        Panel(
            EPOCH,
            Text("gap in loss", "손실 격차"),
            (*lines(NORMS, axis, {n: g[:, 1:].T for n, g in gaps.items()}), *marks),
        ),
        Panel(EPOCH, Text("held-out accuracy (%)", "홀드아웃 정확도 (%)"), lines(NORMS, axis, accuracy), percent=True),
    )
    return Figure(CAPTION, panels)


RULES = {
    "valid_loss": Text("stopped on loss", "손실 기준 종료"),
    "valid_accuracy": Text("stopped on accuracy", "정확도 기준 종료"),
}
NUMBER = Text(
    "gap in loss without normalization: {kept} when stopped on loss, {by_accuracy} on accuracy, {last} at the end",
    "정규화 없음의 손실 격차: 손실 기준 종료 {kept}, 정확도 기준 종료 {by_accuracy}, 끝 {last}",
)
GAP = Text(
    "{}, {}: gap in loss (held-out minus training) minus that at the end",
    "{}, {}: 손실 격차(홀드아웃 − 학습) − 끝의 격차",
)
HELD_OUT_LOSS = Text("{}, {}: held-out loss minus that at the end", "{}, {}: 홀드아웃 손실 − 끝의 손실")
HELD_OUT_ACCURACY = Text("{}, {}: held-out accuracy minus that at the end", "{}, {}: 홀드아웃 정확도 − 끝의 정확도")
MARK = Text("kept by stopping on loss", "손실 기준 종료가 남긴 가중치")
WHY = Text(
    "Without normalization training ends after {stop} epochs where it is stopped on validation loss, and after "
    "{stop_accuracy} on validation accuracy, which the study uses. Stopping on loss is shown to leave a smaller gap "
    "than {epochs} epochs with: {smaller}; a lower held-out loss with: {lower}; an accuracy within half a point of "
    "that at the end, or above it, with: {accurate}. Its held-out accuracy minus that at the end is, by "
    "normalization: {costs}; by accuracy: {costs_accuracy}.",
    "정규화가 없을 때 종료 시점은 검증 손실 기준 {stop} 에포크, 이 연구가 쓰는 검증 정확도 기준 {stop_accuracy} "
    "에포크입니다. 손실 기준 종료가 {epochs} 에포크보다 손실 격차가 작다고 보인 경우: {smaller}; 홀드아웃 손실이 "
    "낮다고 보인 경우: {lower}; 정확도가 끝보다 높거나 0.5%p 이내로 낮다고 보인 경우: {accurate}. 홀드아웃 정확도 − "
    "끝의 정확도는 손실 기준에서 {costs}, 정확도 기준에서 {costs_accuracy}입니다.",
)
CAPTION = Text(
    "Loss on training and held-out images without normalization; the gap between both, with marks where stopping on "
    "validation loss takes the weights; held-out accuracy.",
    "정규화가 없을 때 학습 이미지와 홀드아웃 이미지의 손실, 두 손실의 격차(점은 검증 손실 기준 종료가 가중치를 남기는 "
    "곳), 홀드아웃 정확도.",
)

TITLE = Text("Early stopping regularizes", "학습 조기 종료는 정규화(regularization)의 일종이다")
QUOTE = Text(
    "To prevent overfitting, training can be stopped early when a certain condition is met, for example that "
    "the lowest loss on the validation data has not been beaten for 5 epochs or more; this, too, is a kind of "
    "regularization.",
    "오버피팅을 방지하기 위해서 validation dataset에서의 loss가 가장 낮은 (=좋은) 기록이 5회의 epoch 이상 갱신되지 "
    "않는 등 특정 조건을 만족시킬 때 학습 조기 종료 (Early Stopping) 를 할 수 있는데, 이것 역시 정규화의 일종이다.",
)
PREDICTION = Text(
    "For each normalization the weights kept by stopping on validation loss have a smaller gap between held-out and "
    f"training loss than those after {EPOCHS} epochs, a lower held-out loss, and a held-out accuracy that is at most "
    f"{-100 * COST.value:g} points lower.",
    f"정규화마다 검증 손실 기준의 조기 종료가 남긴 가중치는 {EPOCHS} 에포크 뒤의 가중치보다 홀드아웃 손실과 학습 "
    f"손실의 격차가 작고, 홀드아웃 손실이 낮으며, 홀드아웃 정확도는 낮아도 {-100 * COST.value:g}%p 이내이다.",
)

CLAIM = Claim(1, "early_stopping", "1", TITLE, QUOTE, PREDICTION, asks, measure)
