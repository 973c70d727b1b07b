"""What L1 and L2 do to weights at equal accuracy: only the important are kept, none grows large (section 2)."""

import jax
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import NOTHING, Figure, Panel, line, lines, spread
from jaxreg.claims.grids import EQUAL_ACCURACY, KINDS, Grid, ask_for_grid, grid_rows, penalty_grid
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.measures import HISTOGRAM, NEAR_ZERO
from jaxreg.claims.names import EPOCH, LAMBDA, LARGEST_WEIGHT, PENALTIES, PROXIMAL, TEST_ACCURACY
from jaxreg.claims.quantities import mean, plus_minus, quantity
from jaxreg.claims.rule import Limit, above, below
from jaxreg.claims.runs import RunSpec, numbers
from jaxreg.core.penalty import WeightPenalty
from jaxreg.text import Text

TENTH = Text("a tenth of all weights", "전체 가중치의 10분의 1")
MORE = Limit(0.10, TENTH, "points")
LOST = Limit(0.01, TENTH, "points")
ZERO = Limit(0.0, TENTH, "%")
PULL, FADES = Limit(0.99, TENTH), Limit(0.02, TENTH)
PROXIMAL_LAMBDAS = (1e-3, 1e-2, 1e-1, 1.0, 3.0, 10.0)  # no effect to ruin; not L1's, whose pull Adam scales
PATHS = ("none", "l1", "l2")  # of single weights, drawn at one lambda
LARGEST = Limit(0.8, TENTH, "x")
NORM = Limit(0.9, TENTH, "x")


def _pull_ratio(l1: float, l2: float) -> float:
    """Returns the penalty's gradient at a weight of 0.01, divided by that at 1."""
    gradient = jax.jit(jax.grad(lambda w, l1, l2: WeightPenalty()({"layer": {"kernel": w}}, {"l1": l1, "l2": l2})))
    small, large = gradient(np.array([0.01, 1.0], np.float32), l1, l2)
    return float(small / large)


def _grids(lab: Lab) -> dict[str, list[RunSpec]]:
    return grid_rows(lab) | grid_rows(lab, (PROXIMAL,), PROXIMAL_LAMBDAS)


def _paths(lab: Lab) -> list[RunSpec]:
    """Returns a run without a penalty, with L1, and with L2, at the largest lambda that leaves L1 as accurate."""
    lam, _ = penalty_grid(lab).equal("l1")
    return [lab.spec(kind, lam, observe=("weights",)) for kind in PATHS]


def l1_sparsity(lab: Lab) -> Finding:
    """Compares the shares of weights near zero at equal accuracy, and what pruning them costs."""
    grid, proximal = penalty_grid(lab), penalty_grid(lab, (PROXIMAL,), PROXIMAL_LAMBDAS)
    (lam, l1), (_, l2), (far, reached) = grid.equal("l1"), grid.equal("l2"), proximal.equal(PROXIMAL)
    share = {kind: numbers(runs, "near_zero") for kind, runs in {"l1": l1, "l2": l2, "none": grid.none}.items()}
    lost = np.subtract(numbers(l1, "test_accuracy"), numbers(l1, "pruned_accuracy")).tolist()
    zeros = numbers(reached, "exact_zero")
    checks = (
        above(MORE_THAN_L2, np.subtract(share["l1"], share["l2"]), MORE),
        above(MORE_THAN_NONE, np.subtract(share["l1"], share["none"]), MORE),
        below(PRUNED, lost, LOST),
        above(L1_PULL, [_pull_ratio(1.0, 0.0)], PULL, "definition"),
        below(L2_PULL, [_pull_ratio(0.0, 1.0)], FADES, "definition"),
        above(EXACT, numbers(l1, "exact_zero"), ZERO),
    )
    number = SPARSE_NUMBER.format(**{kind: plus_minus(values, "%") for kind, values in share.items()})
    accuracy, none = (plus_minus(numbers(runs, "test_accuracy"), "%") for runs in (reached, grid.none))
    values = {
        "lam": quantity(lam),
        "change": quantity(-mean(lost), "points"),
        "near": NEAR_ZERO,
        "proximal": quantity(far),
    }
    why = SPARSE_WHY.format(zeros=plus_minus(zeros, "%"), accuracy=accuracy, none=none, **values)
    figures = (_against_lambda(grid), _trajectories(lab, lam), _exact_zeros(grid, proximal))
    return Finding(checks, number, why, figures, beside=(above(EXACT_PROXIMAL, zeros, ZERO),))


SPARSE_NUMBER = Text(
    "{l1} of weights near zero with L1, {l2} with L2, {none} without",
    "0에 가까운 가중치: L1 {l1}, L2 {l2}, 규제 없음 {none}",
)
MORE_THAN_L2 = Text(
    "share of weights near zero at equal accuracy, L1 minus L2", "같은 정확도에서 0에 가까운 가중치 비율, L1 − L2"
)
MORE_THAN_NONE = Text("the same, L1 minus no penalty", "위와 같은 비율, L1 − 규제 없음")
PRUNED = Text(
    "accuracy lost by pruning all of L1's weights near zero", "L1에서 0에 가까운 가중치를 모두 제거할 때 잃는 정확도"
)
L1_PULL = Text("L1's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L1의 힘 (가중치 1 대비)")
L2_PULL = Text("L2's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L2의 힘 (가중치 1 대비)")
EXACT = Text("share of weights that are exactly zero, L1", "정확히 0인 가중치의 비율, L1")
EXACT_PROXIMAL = Text(
    "beside the verdict: share of weights that are exactly zero at equal accuracy, proximal L1",
    "판정과 별도: 같은 정확도에서 정확히 0인 가중치의 비율, 근접 L1",
)
SPARSE_WHY = Text(
    "At lambda {lam} L1 holds most weights below {near}; setting all of them to zero moves accuracy by {change}. "
    " In training they do not become exactly zero: the constant pull drives them past zero and back, so "
    "that the small ones hover around it and are zeros only once they are pruned. Another method for the same "
    "penalty makes zeros: proximal L1 moves each weight towards 0 after every step of Adam, and not past it. At "
    "lambda {proximal}, {zeros} of all weights are exactly 0, at an accuracy of {accuracy} against {none} without.",
    "람다 {lam}에서 L1은 대부분의 가중치를 {near} 미만으로 묶어 둡니다. 이를 모두 0으로 만들면 정확도는 {change} "
    "변합니다. 학습 중에 정확히 0이 되지는 않습니다. 일정한 힘이 가중치를 0 너머로 밀었다가 되돌리므로 작은 "
    "가중치는 0 주변을 맴돌며, 제거(pruning)해야 비로소 0이 됩니다. 같은 규제를 다른 방법으로 풀면 0이 "
    "생깁니다. 근접 L1은 Adam의 매 스텝 뒤에 가중치를 0 쪽으로 옮기되 0을 넘기지 않습니다. 람다 {proximal}에서 "
    "모든 가중치 중 정확히 0인 비율은 {zeros}, 정확도는 {accuracy}입니다(규제 없음 {none}).",
)
NEAR_ZERO_SHOWN = Text(
    "Kernel weights near zero against lambda, test accuracy, and what of it is lost by setting all of them to zero.",
    "람다에 따른 0에 가까운 커널 가중치의 비율, 테스트 정확도, 그리고 이를 모두 0으로 만들 때 잃는 정확도.",
)
PATHS_SHOWN = Text(
    "The same weights of the last convolution from the same start, at lambda {lam}. As a weight shrinks, L1's pull on "
    "it stays as it is, and L2's fades.",
    "같은 초깃값에서 출발한 마지막 합성곱 층의 같은 가중치들, 람다 {lam}. 가중치가 작아져도 L1의 힘은 그대로이고 L2의 "
    "힘은 약해집니다.",
)
ZEROS_SHOWN = Text(
    "Share of kernel weights that are exactly zero, and test accuracy, against lambda: the subgradient under Adam "
    "(L1), and soft-thresholding after each of Adam's steps (proximal L1).",
    "람다에 따른 정확히 0인 커널 가중치의 비율과 테스트 정확도: Adam에 주는 하위 기울기(L1)와 Adam의 매 스텝 뒤의 연성 "
    "임계값 처리(근접 L1).",
)


def _against_lambda(grid: Grid) -> Figure:
    near = Text("weights below {near} (%)", "{near} 미만인 가중치 (%)").format(near=NEAR_ZERO)
    pruned = Text("lost by pruning (points)", "제거로 잃는 정확도 (%p)")
    lost = {k: np.subtract(grid.rows(k, "test_accuracy"), grid.rows(k, "pruned_accuracy")) for k in KINDS}
    panels = (
        Panel(LAMBDA, near, grid.lines("near_zero"), xlog=True, percent=True),
        Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
        Panel(LAMBDA, pruned, lines(PENALTIES, grid.lambdas, lost), xlog=True, percent=True),
    )
    return Figure(NEAR_ZERO_SHOWN, panels)


def _exact_zeros(*grids: Grid) -> Figure:
    panels = []
    exact = Text("weights of exactly 0 (%)", "정확히 0인 가중치 (%)")
    for name, label in (("exact_zero", exact), ("test_accuracy", TEST_ACCURACY)):
        pairs = zip(("l1", PROXIMAL), grids, strict=True)
        both = tuple(spread(PENALTIES[kind], grid.lambdas, grid.rows(kind, name), key=kind) for kind, grid in pairs)
        panels.append(Panel(LAMBDA, label, both, xlog=True, percent=True))
    return Figure(ZEROS_SHOWN, tuple(panels))


def _trajectories(lab: Lab, lam: float) -> Figure:
    """Draws the same weights over a run without a penalty, with L1, and with L2 of the same lambda as L1's."""
    panels = []
    for kind, run in zip(PATHS, map(lab.run, _paths(lab)), strict=True):
        paths = tuple(line(NOTHING, range(len(path)), path, key=kind) for path in run["weights"].T)
        panels.append(Panel(EPOCH, Text("weight", "가중치"), paths, title=PENALTIES[kind]))
    return Figure(PATHS_SHOWN.format(lam=quantity(lam)), tuple(panels))


def l2_growth(lab: Lab) -> Finding:
    """Compares largest weights and norms with and without L2 at equal accuracy."""
    grid = penalty_grid(lab)
    lam, runs = grid.equal("l2")
    l2, none = numbers(runs, "largest"), numbers(grid.none, "largest")
    norms = [float(np.max(a["layer_norms"] / b["layer_norms"])) for a, b in zip(runs, grid.none, strict=True)]
    values = {"l2": plus_minus(l2), "none": plus_minus(none), "lam": quantity(lam), "norm": quantity(mean(norms))}
    checks = (below(SIZE, np.divide(l2, none), LARGEST), below(LAYER, norms, NORM))
    figures = (_sizes(grid, lam), _layers(grid))
    return Finding(checks, GROWTH_NUMBER.format(**values), GROWTH_WHY.format(**values), figures)


GROWTH_NUMBER = Text("largest weight {l2} with L2, {none} without", "가장 큰 가중치: L2 {l2}, 규제 없음 {none}")
SIZE = Text("largest weight, L2 relative to no penalty", "가장 큰 가중치, 규제 없음 대비 L2")
LAYER = Text(
    "norm of the layer that shrinks least, L2 relative to no penalty", "가장 덜 줄어든 층의 노름, 규제 없음 대비 L2"
)
GROWTH_WHY = Text(
    "At lambda {lam}, as accurate as without a penalty, the largest weight is {l2} in place of {none}, and the layer "
    "that L2 touches least keeps {norm} of its norm: a pull in proportion to the weight is strongest on the large.",
    "규제가 없을 때와 정확도가 같은 람다 {lam}에서 가장 큰 가중치는 {none} 대신 {l2}이고, L2가 가장 덜 줄인 층의 "
    "노름은 {norm}배가 됩니다. 가중치에 비례하는 힘은 큰 가중치에 가장 강하게 작용합니다.",
)
SIZES_SHOWN = Text(
    "Largest kernel weight against lambda; and where the sizes of all kernel weights lie at lambda {lam}, the left end "
    "counting all that are smaller.",
    "람다에 따른 가장 큰 커널 가중치와, 람다 {lam}에서 모든 커널 가중치의 크기 분포(왼쪽 끝은 그보다 작은 가중치를 "
    "모두 포함).",
)
LAYERS_SHOWN = Text("Norm of each layer by lambda, relative to no penalty.", "람다에 따른 층별 노름 (규제 없음 대비).")


def _sizes(grid: Grid, lam: float) -> Figure:
    centers = tuple(float(10**x) for x in (HISTOGRAM[:-1] + HISTOGRAM[1:]) / 2)
    runs = {"none": grid.none} | {kind: grid.runs[kind][grid.lambdas.index(lam)] for kind in KINDS}
    means = {kind: np.mean([run["histogram"] for run in group], 0) for kind, group in runs.items()}
    shares = tuple(line(PENALTIES[kind], centers, values, key=kind) for kind, values in means.items())
    share = Text("share of weights (%)", "가중치의 비율 (%)")
    panels = (
        Panel(LAMBDA, LARGEST_WEIGHT, grid.lines("largest"), xlog=True, ylog=True),
        Panel(Text("|w|", "|w|"), share, shares, xlog=True, percent=True),
    )
    return Figure(SIZES_SHOWN.format(lam=quantity(lam)), panels)


def _layers(grid: Grid) -> Figure:
    reference = np.mean([run["layer_norms"] for run in grid.none], 0)
    norms = np.array([[run["layer_norms"] / reference for run in runs] for runs in grid.runs["l2"]])
    names = ("conv1", "conv2", "conv3", "dense1", "dense2")
    layers = tuple(spread(Text(name, name), grid.lambdas, norms[:, :, i]) for i, name in enumerate(names))
    panel = Panel(LAMBDA, Text("norm, relative", "노름 (상대값)"), layers, title=PENALTIES["l2"], xlog=True)
    return Figure(LAYERS_SHOWN, (panel,))


SPARSE_TITLE = Text("L1 keeps only the important weights", "L1은 중요한 가중치만 남긴다")
SPARSE_QUOTE = Text(
    "L1: only important weights are kept. … The small ones among the weights become 0, and only the large "
    "(important) weights remain.",
    "중요한 weight 들만 유지 … 신경망의 weight 값들 중 작은 값들은 0이 되고, 큰 (중요한) weight 들만 남게 됨",
)
SPARSE_PREDICTION = Text(
    f"At equal accuracy (within {100 * EQUAL_ACCURACY:g} points) the share of weights near zero is "
    f"{100 * MORE.value:g} points larger with L1 than with L2 and than without; pruning them costs less than "
    f"{100 * LOST.value:g} points; "
    "L1's pull does not depend on a weight's size, and L2's does; some weights are exactly 0.",
    f"같은 정확도({100 * EQUAL_ACCURACY:g}%p 이내)에서 0에 가까운 가중치의 비율은 L1에서 L2나 규제 없음보다 "
    f"{100 * MORE.value:g}%p 이상 크다. 이를 제거해도 정확도 손실은 {100 * LOST.value:g}%p 미만이다. L1의 힘은 "
    f"가중치의 "
    "크기와 무관하고 L2의 힘은 크기에 비례한다. 정확히 0인 가중치가 생긴다.",
)
GROWTH_TITLE = Text("L2 stops weights from growing large", "L2는 가중치가 매우 커지는 것을 막는다")
GROWTH_QUOTE = Text(
    "L2: the absolute size of weights is kept from growing very large. … The larger a weight, the larger, in "
    "proportion, its influence on the loss, so that a particular weight can be prevented from growing very large.",
    "가중치 절대 크기 매우 커짐 방지 … 가중치 갱신 시 weight 값이 클수록 손실함수의 값에 이에 비례하는 큰 "
    "영향. 따라서 특정 가중치가 매우 커지는 것을 방지 가능",
)
GROWTH_PREDICTION = Text(
    f"At equal accuracy (within {100 * EQUAL_ACCURACY:g} points) the largest weight is below {LARGEST.value} of that "
    f"without a penalty, and the norm of every layer below {NORM.value}.",
    f"같은 정확도({100 * EQUAL_ACCURACY:g}%p 이내)에서 가장 큰 가중치는 규제가 없을 때의 {LARGEST.value}배 미만, 모든 "
    f"층의 노름은 {NORM.value}배 미만이다.",
)

CLAIMS = (
    Claim(
        2,
        "l1_sparsity",
        "2",
        SPARSE_TITLE,
        SPARSE_QUOTE,
        SPARSE_PREDICTION,
        flat(_grids),
        l1_sparsity,
        asks_then=_paths,
    ),
    Claim(3, "l2_growth", "2", GROWTH_TITLE, GROWTH_QUOTE, GROWTH_PREDICTION, ask_for_grid, l2_growth),
)
