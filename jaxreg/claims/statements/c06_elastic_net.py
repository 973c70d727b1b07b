"""Elastic net combines L1 and L2 (section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from jaxreg.claims.claim import Check, Claim, Finding, above, below, plus_minus, quantity
from jaxreg.claims.figure import Figure, Panel, Rows, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import TEST_ACCURACY
from jaxreg.claims.runs import table, total_norm
from jaxreg.text import Text

RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
STRENGTHS = (1e-2, 3e-2)  # lambda
OUTSIDE = 0.02  # how far an elastic net may lie outside of L1 and L2, as a share of the distance between them


def overshoot(rows: Rows) -> list[float]:
    """Returns for each seed how far the inner ratios lie outside of the ends, relative to the ends' distance.

    `rows` is [ratio][seed], its first and last row being L2 and L1; 0 means that all lie between.
    """
    values = np.array(rows)
    low, high = np.minimum(values[0], values[-1]), np.maximum(values[0], values[-1])
    outside = np.maximum(values[1:-1] - high, low - values[1:-1]).max(0)
    return (np.maximum(outside, 0) / np.maximum(high - low, 1e-12)).tolist()


def measure(lab: Lab) -> Finding:
    """Looks at sparsity and norm as the share of L1 goes from 0 to 1."""
    ratios = lab.config.thin(RATIOS) if not lab.config.smoke else (0.0, 0.5, 1.0)
    runs = {
        s: [lab.runs(lab.spec("elastic", s, l1_ratio=ratio)) for ratio in ratios] for s in lab.config.thin(STRENGTHS)
    }
    sparse = {s: table(rows, "near_zero") for s, rows in runs.items()}
    norms = {s: np.array([[total_norm(run) for run in row] for row in rows]) for s, rows in runs.items()}
    accuracy = {s: table(rows, "test_accuracy") for s, rows in runs.items()}
    checks: list[Check] = []
    for strength in runs:
        at = quantity(strength)
        checks += [
            above(
                Text("lambda {0}: share near zero, L1 minus L2", "람다 {0}: 0에 가까운 비율, L1 − L2").format(at),
                sparse[strength][-1] - sparse[strength][0],
                0.1,
                "points",
            ),
            below(BETWEEN["sparse"].format(at), overshoot(sparse[strength]), OUTSIDE),
            below(BETWEEN["norm"].format(at), overshoot(norms[strength]), OUTSIDE),
        ]
    first, half = next(iter(runs)), ratios.index(0.5)
    shares = [plus_minus(sparse[first][i].tolist(), "%") for i in (0, half, -1)]
    held = all(check.holds for check in checks)
    return Finding(
        tuple(checks),
        Text("weights near zero: {} L2, {} half and half, {} L1", "0에 가까운 가중치: L2 {}, 반반 {}, L1 {}").format(
            *shares
        ),
        (WHY_HELD if held else WHY_NOT).format(lam=quantity(first)),
        (_figure(ratios, sparse, norms, accuracy),),
    )


BETWEEN = {
    "sparse": Text(
        "lambda {}: how far sparsity leaves the range of L1 and L2", "람다 {}: 희소성이 L1과 L2 사이를 벗어난 정도"
    ),
    "norm": Text(
        "lambda {}: how far the norm leaves the range of L1 and L2", "람다 {}: 노름이 L1과 L2 사이를 벗어난 정도"
    ),
}
WHY_HELD = Text(
    "At lambda {lam} and above, every elastic net lies between L1 and L2, in sparsity and in norm: the share of L1 "
    "turns one into the other.",
    "람다 {lam} 이상에서 모든 엘라스틱넷은 희소성과 노름 모두 L1과 L2 사이에 있습니다. L1의 비율이 하나를 다른 "
    "하나로 바꿉니다.",
)
WHY_NOT = Text(
    "From lambda {lam} on a little L1 already makes most of the zeros, while the norm need not lie between: a "
    "mixture is not an average of its ends everywhere.",
    "람다 {lam}부터 L1이 조금만 섞여도 0에 가까운 가중치가 대부분 생기지만, 노름은 L1과 L2 사이에 있지 않을 수 "
    "있습니다. 혼합이 어디서나 양 끝의 평균인 것은 아닙니다.",
)


def _figure(ratios: Sequence[float], *measured: Mapping[float, np.ndarray]) -> Figure:
    ratio = Text("l1_ratio (0: L2, 1: L1)", "l1_ratio (0: L2, 1: L1)")
    panels = tuple(
        Panel(
            ratio,
            label,
            tuple(spread(LAMBDA_IS.format(quantity(s)), ratios, row) for s, row in rows.items()),
            percent="%" in label.en,
        )
        for label, rows in zip((NEAR_ZERO, NORM, TEST_ACCURACY), measured, strict=True)
    )
    return Figure(
        Text(
            "Sparsity, norm and accuracy as the share of L1 in the penalty goes from 0 (L2) to 1 (L1). Lines are "
            "means over seeds, bands their range.",
            "규제에서 L1의 비율이 0(L2)에서 1(L1)로 갈 때의 희소성, 노름, 정확도. 선은 시드 평균, 띠는 범위입니다.",
        ),
        panels,
    )


LAMBDA_IS = Text("lambda {}", "람다 {}")
NEAR_ZERO = Text("weights near zero (%)", "0에 가까운 가중치 (%)")
NORM = Text("norm of all kernels", "전체 커널의 노름")

CLAIM = Claim(
    number=6,
    name="elastic_net",
    section="2-1",
    title=Text("Elastic net combines L1 and L2", "엘라스틱넷은 L1과 L2를 합성한다"),
    quote=Text(
        "L1 and L2 regularization can also be combined and applied together. This is called Elastic Net.",
        "위와 같이 L1, L2 정규화를 합성하여 적용할 수도 있다. 이것을 Elastic Net 이라고 한다.",
    ),
    prediction=Text(
        "As l1_ratio goes from 0 to 1, the share of weights near zero and the norm of all kernels lie between "
        f"those of L2 and of L1 (outside by at most {OUTSIDE:.0%} of their distance), and L1 has the larger share "
        "by more than 10 points.",
        "l1_ratio가 0에서 1로 갈 때 0에 가까운 가중치의 비율과 전체 커널의 노름은 L2와 L1의 값 사이에 "
        f"있고(벗어나도 두 값 차이의 {OUTSIDE:.0%} 이내), 비율은 L1이 10%p 넘게 크다.",
    ),
    measure=measure,
)
