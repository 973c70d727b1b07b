"""L1 keeps only the important weights (section 2)."""

from __future__ import annotations

import jax
import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, below, mean, plus_minus, quantity
from jaxreg.claims.figure import NOTHING, Figure, Panel, Series, line, lines, spread
from jaxreg.claims.grids import EQUAL_ACCURACY, KINDS, Grid, penalty_grid
from jaxreg.claims.lab import Lab
from jaxreg.claims.measures import NEAR_ZERO
from jaxreg.claims.names import EPOCH, LAMBDA, PENALTIES, PROXIMAL, TEST_ACCURACY
from jaxreg.claims.runs import numbers
from jaxreg.core.penalty import WeightPenalty
from jaxreg.text import Text

MORE = 0.10  # of all kernel weights: the least by which L1's share near zero must exceed that of the others
LOST = 0.01  # of test images: the most that pruning may cost
SMALL, LARGE = 0.01, 1.0  # the weights whose pulls are compared
PROXIMAL_LAMBDAS = (1e-3, 1e-2, 1e-1, 1.0, 3.0, 10.0)  # no effect to ruin; not L1's, whose pull Adam scales


def pull_ratio(l1: float, l2: float) -> float:
    """Returns the penalty's gradient at a small weight, divided by that at a large one."""
    gradient = jax.jit(jax.grad(lambda w, l1, l2: WeightPenalty()({"layer": {"kernel": w}}, {"l1": l1, "l2": l2})))
    small, large = gradient(np.array([SMALL, LARGE], np.float32), l1, l2)
    return float(small / large)


def measure(lab: Lab) -> Finding:
    """Compares the shares of weights near zero at equal accuracy, and what pruning them costs."""
    grid = penalty_grid(lab)
    chosen = {kind: grid.equally_accurate(kind) for kind in ("l1", "l2")}
    share = {kind: grid.rows(kind, "near_zero")[i] for kind, i in chosen.items()}
    share["none"] = grid.reference("near_zero")
    runs = grid.runs["l1"][chosen["l1"]]
    lost = np.subtract(numbers(runs, "test_accuracy"), numbers(runs, "pruned_accuracy")).tolist()
    checks = (
        above(WHAT["l2"], np.subtract(share["l1"], share["l2"]), MORE, "points"),
        above(WHAT["none"], np.subtract(share["l1"], share["none"]), MORE, "points"),
        below(WHAT["pruned"], lost, LOST, "points"),
        above(WHAT["l1_pull"], [pull_ratio(1.0, 0.0)], 0.99),
        below(WHAT["l2_pull"], [pull_ratio(0.0, 1.0)], 0.02),
        above(WHAT["exact"], numbers(runs, "exact_zero"), 0.0, "%"),
    )
    shares = {kind: plus_minus(values, "%") for kind, values in share.items()}
    proximal = penalty_grid(lab, (PROXIMAL,), PROXIMAL_LAMBDAS)
    reached = proximal.runs[PROXIMAL][proximal.equally_accurate(PROXIMAL)]
    zeros = numbers(reached, "exact_zero")
    return Finding(
        checks,
        Text(
            "{l1} of weights near zero with L1, {l2} with L2, {none} without",
            "0에 가까운 가중치: L1 {l1}, L2 {l2}, 규제 없음 {none}",
        ).format(**shares),
        WHY.format(
            lam=quantity(grid.lambdas[chosen["l1"]]),
            change=f"{-100 * mean(lost):+.2f}",
            near=NEAR_ZERO,
            proximal=quantity(proximal.lambdas[proximal.equally_accurate(PROXIMAL)]),
            zeros=plus_minus(zeros, "%"),
            accuracy=plus_minus(numbers(reached, "test_accuracy"), "%"),
            none=plus_minus(grid.reference("test_accuracy"), "%"),
        ),
        (_against_lambda(grid), _trajectories(lab, grid.lambdas[chosen["l1"]]), _exact_zeros(grid, proximal)),
        beside=(above(WHAT["proximal"], zeros, 0.0, "%"),),
    )


WHAT = {
    "l2": Text(
        "share of weights near zero at equal accuracy, L1 minus L2", "같은 정확도에서 0에 가까운 가중치 비율, L1 − L2"
    ),
    "none": Text("the same, L1 minus no penalty", "위와 같은 비율, L1 − 규제 없음"),
    "pruned": Text(
        "accuracy lost by pruning all of L1's weights near zero",
        "L1에서 0에 가까운 가중치를 모두 제거할 때 잃는 정확도",
    ),
    "l1_pull": Text(
        "L1's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L1의 힘 (가중치 1 대비)"
    ),
    "l2_pull": Text(
        "L2's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L2의 힘 (가중치 1 대비)"
    ),
    "exact": Text("share of weights that are exactly zero, L1", "정확히 0인 가중치의 비율, L1"),
    "proximal": Text(
        "beside the verdict: share of weights that are exactly zero at equal accuracy, proximal L1",
        "판정과 별도: 같은 정확도에서 정확히 0인 가중치의 비율, 근접 L1",
    ),
}
WHY = Text(
    "At lambda {lam} L1 holds most weights below {near}; setting all of them to zero moves accuracy by {change} "
    "points. In training they do not become exactly zero: the constant pull drives them past zero and back, so "
    "that the small ones hover around it and are zeros only once they are pruned. Another method for the same "
    "penalty makes zeros: proximal L1 moves each weight towards 0 after every step of Adam, and not past it. At "
    "lambda {proximal}, {zeros} of all weights are exactly 0, at an accuracy of {accuracy} against {none} without.",
    "람다 {lam}에서 L1은 대부분의 가중치를 {near} 미만으로 묶어 둡니다. 이를 모두 0으로 만들면 정확도는 {change}%p "
    "변합니다. 학습 중에 정확히 0이 되지는 않습니다. 일정한 힘이 가중치를 0 너머로 밀었다가 되돌리므로 작은 "
    "가중치는 0 주변을 맴돌며, 제거(pruning)해야 비로소 0이 됩니다. 같은 규제를 다른 방법으로 풀면 0이 "
    "생깁니다. 근접 L1은 Adam의 매 스텝 뒤에 가중치를 0 쪽으로 옮기되 0을 넘기지 않습니다. 람다 {proximal}에서 "
    "모든 가중치 중 정확히 0인 비율은 {zeros}, 정확도는 {accuracy}입니다(규제 없음 {none}).",
)


LOST_BY_PRUNING = Text("lost by pruning (points)", "제거로 잃는 정확도 (%p)")


def _against_lambda(grid: Grid) -> Figure:
    near = Text("weights below {near} (%)", "{near} 미만인 가중치 (%)").format(near=NEAR_ZERO)
    lost = {k: np.subtract(grid.rows(k, "test_accuracy"), grid.rows(k, "pruned_accuracy")) for k in KINDS}
    return Figure(
        Text(
            "Share of kernel weights near zero, test accuracy, and what is lost of it by setting all of them to "
            "zero. Lines are means over seeds, bands their range.",
            "0에 가까운 커널 가중치의 비율, 테스트 정확도, 그리고 이 가중치를 모두 0으로 만들 때 잃는 정확도. 선은 "
            "시드 평균, 띠는 범위입니다.",
        ),
        (
            Panel(LAMBDA, near, grid.lines("near_zero"), xlog=True, percent=True),
            Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
            Panel(LAMBDA, LOST_BY_PRUNING, lines(PENALTIES, grid.lambdas, lost), xlog=True, percent=True),
        ),
    )


def _exact_zeros(grid: Grid, proximal: Grid) -> Figure:
    def both(name: str) -> tuple[Series, ...]:
        grids = {"l1": grid, PROXIMAL: proximal}
        return tuple(spread(PENALTIES[k], g.lambdas, g.rows(k, name), key=k) for k, g in grids.items())

    exact = Text("weights of exactly 0 (%)", "정확히 0인 가중치 (%)")
    return Figure(
        Text(
            "Share of kernel weights that are exactly zero, and test accuracy, against each method's lambda: the "
            "subgradient under Adam (L1), and soft-thresholding after each of Adam's steps (proximal L1).",
            "각 방법의 람다에 따른 정확히 0인 커널 가중치의 비율과 테스트 정확도: Adam에 주는 하위 기울기(L1)와 "
            "Adam의 매 스텝 뒤의 연성 임계값 처리(근접 L1).",
        ),
        (
            Panel(LAMBDA, exact, both("exact_zero"), xlog=True, percent=True),
            Panel(LAMBDA, TEST_ACCURACY, both("test_accuracy"), xlog=True, percent=True),
        ),
    )


def _trajectories(lab: Lab, lam: float) -> Figure:
    """Draws the same weights over a run without a penalty, with L1, and with L2 of the same lambda as L1's."""
    panels = []
    for kind in ("none", "l1", "l2"):
        run = lab.run(lab.spec(kind, lam, observe=("weights",)))
        paths = tuple(line(NOTHING, range(len(path)), path, key=kind) for path in run["weights"].T)
        panels.append(Panel(EPOCH, Text("weight", "가중치"), paths, title=PENALTIES[kind]))
    caption = Text(
        "The same weights of the last convolution, from the same start, lambda {lam}. L1 pulls each with the same "
        "force, so that small ones reach zero and stay near it; L2's pull fades as a weight shrinks.",
        "같은 초깃값에서 출발한 마지막 합성곱 층의 같은 가중치들, 람다 {lam}. L1은 모든 가중치를 같은 힘으로 "
        "당기므로 작은 가중치는 0에 닿아 그 부근에 머뭅니다. L2의 힘은 가중치가 작아질수록 약해집니다.",
    )
    return Figure(caption.format(lam=quantity(lam)), tuple(panels))


CLAIM = Claim(
    number=2,
    name="l1_sparsity",
    section="2",
    title=Text("L1 keeps only the important weights", "L1은 중요한 가중치만 남긴다"),
    quote=Text(
        "L1: only important weights are kept. … The small ones among the weights become 0, and only the large "
        "(important) weights remain.",
        "중요한 weight 들만 유지 … 신경망의 weight 값들 중 작은 값들은 0이 되고, 큰 (중요한) weight 들만 남게 됨",
    ),
    prediction=Text(
        f"At equal accuracy (within {100 * EQUAL_ACCURACY:g} points) the share of weights near zero is "
        f"{100 * MORE:g} points larger with L1 than with L2 and than without; pruning them costs less than "
        f"{100 * LOST:g} points; L1's pull does not depend on a weight's size, and L2's does; some weights are "
        "exactly 0.",
        f"같은 정확도({100 * EQUAL_ACCURACY:g}%p 이내)에서 0에 가까운 가중치의 비율은 L1에서 L2나 규제 없음보다 "
        f"{100 * MORE:g}%p 이상 크다. 이를 제거해도 정확도 손실은 {100 * LOST:g}%p 미만이다. L1의 힘은 가중치의 "
        "크기와 무관하고 L2의 힘은 크기에 비례한다. 정확히 0인 가중치가 생긴다.",
    ),
    measure=measure,
)
