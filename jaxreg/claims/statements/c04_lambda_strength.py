"""Too small a lambda does nothing; lambda controls the strength (section 2)."""

from __future__ import annotations

import numpy as np

from jaxreg.claims.claim import Check, Claim, Finding, above, below, quantity
from jaxreg.claims.figure import Figure, Panel, lines
from jaxreg.claims.grids import KINDS, Grid, penalty_grid
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import LAMBDA, PENALTIES, TEST_ACCURACY
from jaxreg.claims.runs import total_norm
from jaxreg.text import Text

NOTHING = 0.02  # a lambda does nothing where it changes the norm by less than this share
SAME = 0.01  # and the accuracy by less than this share of test images
STEADY = 1.02  # a larger lambda may not give a norm larger than this times the one before
RUIN = 0.05  # of test images: what the largest lambda must cost


def norms(grid: Grid, kind: str) -> np.ndarray:
    """Returns the norm of all kernels relative to that without a penalty, [lambda, seed]."""
    total = np.array([[total_norm(run) for run in runs] for runs in (*grid.runs[kind], grid.none)])
    return total[:-1] / total[-1]


def gaps(grid: Grid, kind: str) -> np.ndarray:
    """Returns training minus test accuracy, [lambda, seed]."""
    return np.subtract(grid.rows(kind, "final_train_accuracy"), grid.rows(kind, "test_accuracy"))


def first(lambdas: tuple[float, ...], reached: np.ndarray) -> str:
    """Returns the smallest lambda from which on something has been reached, as text."""
    return quantity(lambdas[int(np.argmax(reached))]) if reached.any() else "-"


def measure(lab: Lab) -> Finding:
    """Looks at norm, accuracy and gap over the whole range of lambda for each penalty."""
    grid = penalty_grid(lab)
    reference = np.array(grid.reference("test_accuracy"))
    near_zero = np.array(grid.reference("near_zero"))
    checks: list[Check] = []
    acts, ruins = {}, {}
    for kind in KINDS:
        norm, accuracy = norms(grid, kind), np.array(grid.rows(kind, "test_accuracy"))
        name = PENALTIES[kind]
        checks += [
            below(WHAT["norm"].format(name), abs(norm[0] - 1), NOTHING, "%"),
            below(WHAT["accuracy"].format(name), abs(accuracy[0] - reference), SAME, "points"),
            below(WHAT["zero"].format(name), np.array(grid.rows(kind, "near_zero")[0]) - near_zero, NOTHING, "points"),
            below(WHAT["steady"].format(name), (norm[1:] / norm[:-1]).max(0), STEADY, "x"),
            above(WHAT["ruin"].format(name), reference - accuracy[-1], RUIN, "points"),
        ]
        acts[kind] = first(grid.lambdas, norm.mean(1) < 1 - 2 * NOTHING)
        ruins[kind] = first(grid.lambdas, accuracy.mean(1) < reference.mean() - RUIN)
    unused = float(np.mean(grid.rows("l1", "near_zero")[0]) - near_zero.mean())
    return Finding(
        tuple(checks),
        Text(
            "acts from lambda {l1} (L1), {l2} (L2), {elastic} (elastic net)",
            "작용 시작: L1 {l1}, L2 {l2}, 엘라스틱넷 {elastic}",
        ).format(**acts),
        Text(
            "The norm of all weights falls as lambda grows; L1 takes more than {ruin} points of accuracy from "
            "lambda {l1} on, L2 from {l2}, elastic net from {elastic}. At lambda {least} accuracy stays as it is, "
            "yet with L1 {unused} points more of all weights are near zero: Adam divides a gradient by its own "
            "size, so that even the smallest pull moves those weights that the data leave alone.",
            "람다가 커질수록 전체 가중치의 노름이 줄어듭니다. 정확도를 {ruin}%p 넘게 잃는 람다는 L1 {l1}, L2 {l2}, "
            "엘라스틱넷 {elastic}부터입니다. 람다 {least}에서 정확도는 그대로이지만 L1에서 0에 가까운 가중치는 "
            "{unused}%p 늘어납니다. Adam은 gradient를 그 크기로 나누므로, 아주 작은 힘도 데이터가 건드리지 않는 "
            "가중치는 움직입니다.",
        ).format(
            ruin=quantity(RUIN, "points"), unused=quantity(unused, "points"), least=quantity(grid.lambdas[0]), **ruins
        ),
        (_figure(grid),),
    )


WHAT = {
    "norm": Text("{}: change of the norm at the smallest lambda", "{}: 가장 작은 람다에서 노름의 변화"),
    "accuracy": Text("{}: change of accuracy at the smallest lambda", "{}: 가장 작은 람다에서 정확도의 변화"),
    "zero": Text("{}: more weights near zero at the smallest lambda", "{}: 가장 작은 람다에서 늘어난 0 근처 가중치"),
    "steady": Text(
        "{}: largest growth of the norm from one lambda to the next", "{}: 다음 람다로 갈 때 노름의 최대 증가"
    ),
    "ruin": Text("{}: accuracy lost at the largest lambda", "{}: 가장 큰 람다에서 잃는 정확도"),
}


def _figure(grid: Grid) -> Figure:
    norm = lines(PENALTIES, grid.lambdas, {kind: norms(grid, kind) for kind in KINDS})
    gap = lines(PENALTIES, grid.lambdas, {kind: gaps(grid, kind) for kind in KINDS})
    return Figure(
        Text(
            "Test accuracy, norm of all kernels relative to no penalty, and generalization gap (training minus "
            "test accuracy) against lambda; the seed's range ends at 0.01.",
            "람다에 따른 테스트 정확도, 규제 없음 대비 전체 커널의 노름, 일반화 격차(학습 − 테스트 정확도). 원문의 "
            "탐색 범위는 0.01에서 끝납니다.",
        ),
        (
            Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
            Panel(LAMBDA, Text("norm, relative", "노름 (상대값)"), norm, xlog=True, ylog=True),
            Panel(LAMBDA, Text("gap (points)", "격차 (%p)"), gap, xlog=True, percent=True),
        ),
    )


CLAIM = Claim(
    number=4,
    name="lambda_strength",
    section="2",
    title=Text(
        "Lambda controls the strength; too small a one does nothing", "람다는 강도를 조절하며, 너무 작으면 효과가 없다"
    ),
    quote=Text(
        "The constant lambda controls how strongly L1 and L2 regularize; where it is too small, the effect of "
        "regularization decreases.",
        "상수 λ: L1, L2 Regularization 의 정도를 조절하는 역할. 너무 작으면 Regularization 의 효과 감소",
    ),
    prediction=Text(
        f"For each penalty: the smallest lambda changes the norm by less than {NOTHING:.0%} and the accuracy by "
        f"less than {100 * SAME:g} points; a larger lambda never gives a larger norm (within {STEADY - 1:.0%}); the "
        f"largest costs more than {100 * RUIN:g} points.",
        f"규제마다: 가장 작은 람다에서 노름의 변화는 {NOTHING:.0%} 미만, 정확도의 변화는 {100 * SAME:g}%p 미만이다. "
        f"람다가 커지면 노름은 커지지 않는다({STEADY - 1:.0%} 이내). 가장 큰 람다는 정확도를 {100 * RUIN:g}%p 넘게 "
        "잃는다.",
    ),
    measure=measure,
)
