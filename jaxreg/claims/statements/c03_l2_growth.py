"""L2 stops weights from growing large (section 2)."""

from __future__ import annotations

import numpy as np

from jaxreg.claims.claim import Claim, Finding, below, mean, plus_minus, quantity
from jaxreg.claims.figure import Figure, Panel, line, spread
from jaxreg.claims.grids import EQUAL_ACCURACY, KINDS, Grid, penalty_grid
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import HISTOGRAM
from jaxreg.claims.names import LAMBDA, PENALTIES
from jaxreg.claims.runs import numbers
from jaxreg.text import Text

LARGEST = 0.8  # the largest weight with L2, relative to that without, must be below this
NORM = 0.9  # and so the norm of every layer
LAYERS = ("conv1", "conv2", "conv3", "dense1", "dense2")


def measure(lab: Lab) -> Finding:
    """Compares largest weights and norms with and without L2 at equal accuracy."""
    grid = penalty_grid(lab)
    index = grid.equally_accurate("l2")
    runs = grid.runs["l2"][index]
    largest = np.divide(numbers(runs, "largest"), grid.reference("largest"))
    norms = [float(np.max(a["layer_norms"] / b["layer_norms"])) for a, b in zip(runs, grid.none, strict=True)]
    checks = (
        below(
            Text("largest weight, L2 relative to no penalty", "가장 큰 가중치, 규제 없음 대비 L2"),
            largest,
            LARGEST,
            "x",
        ),
        below(
            Text(
                "norm of the layer that shrinks least, L2 relative to no penalty",
                "가장 덜 줄어든 층의 노름, 규제 없음 대비 L2",
            ),
            norms,
            NORM,
            "x",
        ),
    )
    values = {
        "lam": quantity(grid.lambdas[index]),
        "l2": plus_minus(numbers(runs, "largest")),
        "none": plus_minus(grid.reference("largest")),
        "norm": quantity(mean(norms)),
    }
    return Finding(
        checks,
        Text("largest weight {l2} with L2, {none} without", "가장 큰 가중치: L2 {l2}, 규제 없음 {none}").format(
            **values
        ),
        Text(
            "At lambda {lam}, as accurate as without a penalty, the largest weight is {l2} in place of {none}, and "
            "the layer that L2 touches least keeps {norm} of its norm: a pull in proportion to the weight is "
            "strongest on the large.",
            "규제가 없을 때와 정확도가 같은 람다 {lam}에서 가장 큰 가중치는 {none} 대신 {l2}이고, L2가 가장 덜 "
            "줄인 층의 노름은 {norm}배가 됩니다. 가중치에 비례하는 힘은 큰 가중치에 가장 강하게 작용합니다.",
        ).format(**values),
        (_sizes(grid, index), _layers(grid)),
    )


def _sizes(grid: Grid, index: int) -> Figure:
    centers = tuple(float(10**x) for x in (HISTOGRAM[:-1] + HISTOGRAM[1:]) / 2)
    runs = {"none": grid.none} | {kind: grid.runs[kind][index] for kind in KINDS}
    shares = tuple(
        line(PENALTIES[kind], centers, np.mean([run["histogram"] for run in group], 0), key=kind)
        for kind, group in runs.items()
    )
    return Figure(
        Text(
            "Largest kernel weight against lambda (means over seeds, bands their range); and where the sizes of "
            "all kernel weights lie at lambda {lam}, the left end counting all that are smaller.",
            "람다에 따른 가장 큰 커널 가중치(선은 시드 평균, 띠는 범위)와, 람다 {lam}에서 모든 커널 가중치의 크기 "
            "분포(왼쪽 끝은 그보다 작은 가중치를 모두 포함).",
        ).format(lam=quantity(grid.lambdas[index])),
        (
            Panel(LAMBDA, Text("largest |w|", "가장 큰 |w|"), grid.lines("largest"), xlog=True, ylog=True),
            Panel(
                Text("|w|", "|w|"), Text("share of weights (%)", "가중치의 비율 (%)"), shares, xlog=True, percent=True
            ),
        ),
    )


def _layers(grid: Grid) -> Figure:
    reference = np.mean([run["layer_norms"] for run in grid.none], 0)
    norms = np.array([[run["layer_norms"] / reference for run in runs] for runs in grid.runs["l2"]])
    layers = tuple(spread(Text(name, name), grid.lambdas, norms[:, :, i]) for i, name in enumerate(LAYERS))
    return Figure(
        Text(
            "Norm of each layer's kernel with L2, relative to no penalty, against lambda.",
            "람다에 따른 L2에서의 각 층 커널의 노름 (규제 없음 대비).",
        ),
        (Panel(LAMBDA, Text("norm, relative", "노름 (상대값)"), layers, title=PENALTIES["l2"], xlog=True),),
    )


CLAIM = Claim(
    number=3,
    name="l2_growth",
    section="2",
    title=Text("L2 stops weights from growing large", "L2는 가중치가 매우 커지는 것을 막는다"),
    quote=Text(
        "L2: the absolute size of weights is kept from growing very large. … The larger a weight, the larger, in "
        "proportion, its influence on the loss, so that a particular weight can be prevented from growing very large.",
        "가중치 절대 크기 매우 커짐 방지 … 가중치 갱신 시 weight 값이 클수록 손실함수의 값에 이에 비례하는 큰 "
        "영향. 따라서 특정 가중치가 매우 커지는 것을 방지 가능",
    ),
    prediction=Text(
        f"At equal accuracy (within {100 * EQUAL_ACCURACY:g} points) the largest weight is below {LARGEST} of that "
        f"without a penalty, and the norm of every layer below {NORM}.",
        f"같은 정확도({100 * EQUAL_ACCURACY:g}%p 이내)에서 가장 큰 가중치는 규제가 없을 때의 {LARGEST}배 미만, 모든 "
        f"층의 노름은 {NORM}배 미만이다.",
    ),
    measure=measure,
)
