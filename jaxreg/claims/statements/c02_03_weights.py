"""What L1 and L2 do to weights at equal accuracy: only the important are kept, none grows large (section 2)."""

import jax
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line, spread
from jaxreg.claims.grids import EQUAL_ACCURACY, KINDS, Grid, ask_for_grid, grid_rows, penalty_grid
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.measures import HISTOGRAM, KEPT, growth, needed
from jaxreg.claims.names import EPOCH, LAMBDA, LAYERS, PENALTIES, PROXIMAL, TEST_ACCURACY
from jaxreg.claims.quantities import both_names, mean, plus_minus, quantity
from jaxreg.claims.rule import Check, Limit, above, below
from jaxreg.claims.runs import Run, RunSpec, numbers
from jaxreg.core.penalty import WeightPenalty
from jaxreg.text import NOTHING, Text, joined, same

MOST = Limit(
    0.5,
    Text(
        "that only some weights are left is said where most are gone", "일부만 남는다는 말은 절반 넘게 사라졌을 때 쓴다"
    ),
    "%",
)
HALF = Limit(
    0.5,
    Text(
        "half as many: the least that one would call only the important ones",
        "절반: 중요한 것만 남았다고 말할 수 있는 최소한",
    ),
    "x",
)
LOST = EQUAL_ACCURACY.value  # of held-out images: the most that pruning may cost
CONSTANT = Limit(0.99, Text("float32 rounds", "float32의 반올림"))
PROPORTIONAL = Limit(0.011, Text("a hundredth, rounded", "100분의 1, 반올림 허용"))
PROXIMAL_LAMBDAS = (1e-3, 1e-2, 1e-1, 1.0, 3.0, 10.0)  # no effect to ruin; not L1's, whose pull Adam scales
PATHS = ("none", "l1", "l2")  # of single weights, drawn at one lambda
GROWS = Limit(
    1.1,
    Text("a tenth above the start: there is growth to be prevented", "초깃값보다 10% 커짐: 막을 증가가 있음"),
    "x",
)
RESTRAINED = Limit(
    0.9, Text("a tenth less: the least that counts as held back", "10% 작음: 억제되었다고 볼 최소한"), "x"
)


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


def _needed(runs: tuple[Run, ...]) -> list[float]:
    """Returns for each seed the share of the weights that is needed, the largest first, to lose at most LOST."""
    return [needed(run["pruning"].tolist(), LOST) for run in runs]


def l1_sparsity(lab: Lab) -> Finding:
    """Looks at equal accuracy for weights that are zero, and at how many weights are needed."""
    grid, proximal = penalty_grid(lab), penalty_grid(lab, (PROXIMAL,), PROXIMAL_LAMBDAS)
    at = {kind: grid.equal(kind) for kind in KINDS} | {PROXIMAL: proximal.equal(PROXIMAL)}
    runs = {"none": grid.none} | {kind: runs for kind, (_, runs) in at.items()}
    need = {kind: _needed(group) for kind, group in runs.items()}
    zeros = {kind: numbers(runs[kind], "exact_zero") for kind in ("l1", PROXIMAL)}
    checks = (
        above(EXACT_PROXIMAL, proximal.if_equal(zeros[PROXIMAL], PROXIMAL), MOST),
        above(EXACT, grid.if_equal(zeros["l1"], "l1"), MOST),
        below(NEEDS.format(PENALTIES["none"]), grid.if_equal(np.divide(need["l1"], need["none"]), "l1"), HALF),
        below(NEEDS.format(PENALTIES["l2"]), grid.if_equal(np.divide(need["l1"], need["l2"]), "l1", "l2"), HALF),
        above(L1_PULL, [_pull_ratio(1.0, 0.0)], CONSTANT, "definition"),
        below(L2_PULL, [_pull_ratio(0.0, 1.0)], PROPORTIONAL, "definition"),
    )
    said = {kind: plus_minus(values, "%") for kind, values in need.items()}
    said |= {f"zeros_{kind}": plus_minus(values, "%") for kind, values in zeros.items()}
    said |= {f"right_{kind}": plus_minus(numbers(group, "test_accuracy"), "%") for kind, group in runs.items()}
    said |= {f"lambda_{kind}": quantity(lam) for kind, (lam, _) in at.items()}
    figures = (_pruning(grid, runs), _trajectories(lab, at["l1"][0]), _exact_zeros(grid, proximal))
    unequal = dict.fromkeys(grid.unequal("l1", "l2") + proximal.unequal(PROXIMAL))
    why = joined([SPARSE_WHY.format(**said), *[HOVERS] * (not any(zeros["l1"])), *unequal])
    return Finding(checks, SPARSE_NUMBER.format(**said), why, figures)


SPARSE_NUMBER = Text(
    "exactly 0: {zeros_l1_proximal} of weights with proximal L1, {zeros_l1} with L1; needed: {l1} with L1, {none} "
    "without",
    "정확히 0인 가중치: 근접 L1 {zeros_l1_proximal}, L1 {zeros_l1}; 필요한 가중치: L1 {l1}, 규제 없음 {none}",
)
EXACT = Text("share of weights that are exactly 0, L1 as the study takes it", "정확히 0인 가중치의 비율, 이 연구의 L1")
EXACT_PROXIMAL = Text("share of weights that are exactly 0, proximal L1", "정확히 0인 가중치의 비율, 근접 L1")
NEEDS = Text("share of weights that is needed, L1 relative to {}", "필요한 가중치의 비율, L1 ({} 대비)")
L1_PULL = Text("L1's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L1의 힘 (가중치 1 대비)")
L2_PULL = Text("L2's pull on a weight of 0.01, relative to that on 1", "가중치 0.01을 당기는 L2의 힘 (가중치 1 대비)")
SPARSE_WHY = Text(
    "At the largest lambda that is as accurate as no penalty on validation images, L1 as the study takes it (its "
    "subgradient, under Adam) has {zeros_l1} of its weights at exactly 0. Moved towards 0 after each step, and not "
    "past it (proximal L1, lambda {lambda_l1_proximal}), {zeros_l1_proximal} are 0, at {right_l1_proximal} on test "
    "against {right_none} without. With the smallest weights of the whole network set to 0, no more than one point of "
    "accuracy is lost as long as {l1} of the weights are left with L1 (lambda {lambda_l1}), {l2} with L2 (lambda "
    f"{{lambda_l2}}), {{none}} without; fewer than {KEPT[-1]:.0%} were not tried.",
    "검증 정확도가 규제 없음과 같은 가장 큰 람다에서, 이 연구의 L1(Adam에 주는 하위 기울기)로 학습한 가중치 중 정확히 "
    "0인 비율은 {zeros_l1}입니다. 매 스텝 뒤에 0 쪽으로 옮기되 0을 넘기지 않으면(근접 L1, 람다 {lambda_l1_proximal}) "
    "그 비율은 {zeros_l1_proximal}, 테스트 정확도는 {right_l1_proximal}입니다(규제 없음 {right_none}). 신경망 "
    "전체에서 작은 가중치부터 0으로 만들 때 정확도를 1%p 넘게 잃지 않고 남길 수 있는 최소 비율은 L1(람다 {lambda_l1}) "
    f"{{l1}}, L2(람다 {{lambda_l2}}) {{l2}}, 규제 없음 {{none}}입니다({KEPT[-1]:.0%}보다 적게는 시도하지 않음).",
)
HOVERS = Text(
    "A step of the subgradient goes past 0 and back: small weights hover around 0 and do not land on it.",
    "하위 기울기의 한 걸음은 0을 넘었다가 되돌아오므로, 작은 가중치는 0 주변을 맴돌 뿐 0이 되지 않습니다.",
)
PRUNING_SHOWN = Text(
    "Held-out accuracy of each penalty, at its largest lambda of equal accuracy, with only the largest weights left; "
    "the share that is needed to lose no more than a point, and test accuracy, against lambda.",
    "정확도가 같은 가장 큰 람다에서 큰 가중치만 남겼을 때의 홀드아웃 정확도; 람다에 따른 필요한 가중치의 비율(정확도 "
    "1%p까지 잃음)과 테스트 정확도.",
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


def _pruning(grid: Grid, runs: dict[str, tuple[Run, ...]]) -> Figure:
    curves = {kind: np.array([run["pruning"] for run in group]).T for kind, group in runs.items()}
    shown = tuple(spread(PENALTIES[kind], KEPT, curve, key=kind) for kind, curve in curves.items())
    need = {kind: [_needed(group) for group in rows] for kind, rows in grid.runs.items()}
    level = spread(PENALTIES["none"], grid.lambdas, [_needed(grid.none)] * len(grid.lambdas), key="none", dashed=True)
    needs = (*(spread(PENALTIES[kind], grid.lambdas, rows, key=kind) for kind, rows in need.items()), level)
    held_out = Text("held-out accuracy (%)", "홀드아웃 정확도 (%)")
    panels = (
        Panel(Text("share of weights left", "남긴 가중치의 비율"), held_out, shown, xlog=True, percent=True),
        Panel(LAMBDA, Text("weights needed (%)", "필요한 가중치 (%)"), needs, xlog=True, percent=True),
        Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
    )
    return Figure(PRUNING_SHOWN, panels)


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


def _growth(runs: tuple[Run, ...]) -> np.ndarray:
    return np.array([growth(run.values) for run in runs])  # [seed, layer]


def l2_growth(lab: Lab) -> Finding:
    """Compares the growth of each layer's largest weight from its own start, with and without L2 at equal accuracy."""
    grid = penalty_grid(lab)
    lam, runs = grid.equal("l2")
    l2, none = _growth(runs), _growth(grid.none)
    checks: list[Check] = []
    for i, layer in enumerate(LAYERS):
        checks += [
            above(GROWN.format(layer), none[:, i], GROWS),
            below(LESS.format(layer), grid.if_equal(l2[:, i] / none[:, i], "l2"), RESTRAINED),
        ]
    means = [(mean(l2[:, i].tolist(), "x"), mean(none[:, i].tolist(), "x")) for i in range(len(LAYERS))]
    most = int(np.argmax([without for _, without in means]))
    listed = [
        GROWTHS.format(name, *(quantity(value, "x") for value in pair))
        for name, pair in zip(LAYERS, means, strict=True)
    ]
    decayed = [name for name, (with_l2, without) in zip(LAYERS, means, strict=True) if with_l2 < min(1, without)]
    values = {
        "layer": LAYERS[most],
        "l2": plus_minus(l2[:, most].tolist(), "x"),
        "none": plus_minus(none[:, most].tolist(), "x"),
    }
    why = [GROWTH_WHY.format(lam=quantity(lam), listed=both_names(listed)), *grid.unequal("l2")]
    if decayed:
        why.append(DECAYED.format(both_names(decayed)))
    figures = (_growths(grid), _sizes(grid, lam))
    return Finding(tuple(checks), GROWTH_NUMBER.format(**values), joined(why), figures)


GROWTH_NUMBER = Text(
    "largest weight of {layer}, relative to its start: {l2} with L2, {none} without",
    "{layer}의 가장 큰 가중치, 초깃값 대비: L2 {l2}, 규제 없음 {none}",
)
GROWN = Text(
    "{}: largest weight relative to its start, without a penalty", "{}: 가장 큰 가중치, 초깃값 대비, 규제 없음"
)
LESS = Text("{}: the same with L2, relative to that without", "{}: L2에서의 같은 값, 규제 없음 대비")
GROWTHS = Text("{0} {2} without and {1} with L2", "{0} 규제 없음 {2}, L2 {1}")
GROWTH_WHY = Text(
    "At lambda {lam}, the largest as accurate as no penalty on validation images, the largest weight of each layer is, "
    "relative to the largest that the layer started with: {listed}.",
    "검증 정확도가 규제 없음과 같은 가장 큰 람다 {lam}에서 층마다 가장 큰 가중치는 그 층의 가장 큰 초깃값에 비해 "
    "다음과 같습니다: {listed}.",
)
DECAYED = Text(
    "With L2 it lies below the start, and below that without a penalty, in: {}. There L2 does not only prevent "
    "growth: the weights have decayed.",
    "L2에서 초깃값보다도, 규제가 없을 때보다도 작은 층: {}. 이 층에서는 L2가 증가를 막는 데 그치지 않고 가중치를 "
    "줄였습니다.",
)
SIZES_SHOWN = Text(
    "Where the sizes of all kernel weights lie at lambda {lam}, the left end counting all that are smaller; and the "
    "largest of them against lambda.",
    "람다 {lam}에서 모든 커널 가중치의 크기 분포(왼쪽 끝은 그보다 작은 가중치를 모두 포함)와, 람다에 따른 가장 큰 "
    "가중치.",
)
GROWTHS_SHOWN = Text(
    "Largest weight of each layer against lambda of L2: relative to the largest that the layer started with, and that "
    "relative to the same without a penalty.",
    "L2의 람다에 따른 층별 가장 큰 가중치: 그 층의 가장 큰 초깃값 대비, 그리고 이 값의 규제 없음 대비.",
)


def _growths(grid: Grid) -> Figure:
    rows, level = np.array([_growth(runs) for runs in grid.runs["l2"]]), _growth(grid.none)  # [lambda, seed, layer]
    grown, relative = (
        Text("largest |w| / start", "가장 큰 |w| / 초깃값"),
        Text("relative to no penalty", "규제 없음 대비"),
    )
    panels = []
    for label, values in ((grown, rows), (relative, rows / level)):
        curves = tuple(spread(name, grid.lambdas, values[:, :, i]) for i, name in enumerate(LAYERS))
        panels.append(Panel(LAMBDA, label, curves, title=PENALTIES["l2"], xlog=True, ylog=True))
    return Figure(GROWTHS_SHOWN, tuple(panels))


def _sizes(grid: Grid, lam: float) -> Figure:
    centers = tuple(float(10**x) for x in (HISTOGRAM[:-1] + HISTOGRAM[1:]) / 2)
    runs = {"none": grid.none} | {kind: grid.runs[kind][grid.lambdas.index(lam)] for kind in KINDS}
    means = {kind: np.mean([run["histogram"] for run in group], 0) for kind, group in runs.items()}
    shares = tuple(line(PENALTIES[kind], centers, values, key=kind) for kind, values in means.items())
    share, largest = Text("share of weights (%)", "가중치의 비율 (%)"), Text("largest |w|", "가장 큰 |w|")
    panels = (
        Panel(same("|w|"), share, shares, xlog=True, percent=True),
        Panel(LAMBDA, largest, grid.lines("largest"), xlog=True, ylog=True),
    )
    return Figure(SIZES_SHOWN.format(lam=quantity(lam)), panels)


SPARSE_TITLE = Text("L1 keeps only the important weights", "L1은 중요한 가중치만 남긴다")
SPARSE_QUOTE = Text(
    "L1: only important weights are kept. … The small ones among the weights become 0, and only the large "
    "(important) weights remain.",
    "중요한 weight 들만 유지 … 신경망의 weight 값들 중 작은 값들은 0이 되고, 큰 (중요한) weight 들만 남게 됨",
)
SPARSE_PREDICTION = Text(
    f"At equal accuracy (within {EQUAL_ACCURACY.en}) more than {MOST.en} of the weights are exactly 0, with proximal "
    f"L1 "
    "and with L1 as the study takes it. The share of weights that is needed to lose no more than a point of accuracy, "
    "the "
    f"largest first, is less than {HALF.value:g} of that without a penalty, and of that with L2. L1's pull on a "
    f"weight of 0.01 is above {CONSTANT.value:g} of that on 1, L2's below {PROPORTIONAL.value:g} (by definition).",
    f"같은 정확도({EQUAL_ACCURACY.ko} 이내)에서 가중치의 {MOST.ko} 넘게 정확히 0이며, 이는 근접 L1과 이 연구의 L1에서 "
    f"모두 "
    "그렇다. 큰 것부터 남길 때 정확도를 1%p 넘게 잃지 않는 데 필요한 가중치의 비율은 규제가 없을 때와 L2일 때의 "
    f"{HALF.ko} 미만이다. 가중치 0.01을 당기는 힘은 가중치 1일 때에 비해 L1이 {CONSTANT.value:g}배 초과, L2가 "
    f"{PROPORTIONAL.value:g}배 미만이다(정의).",
)
GROWTH_TITLE = Text("L2 stops weights from growing large", "L2는 가중치가 매우 커지는 것을 막는다")
GROWTH_QUOTE = Text(
    "L2: the absolute size of weights is kept from growing very large. … The larger a weight, the larger, in "
    "proportion, its influence on the loss, so that a particular weight can be prevented from growing very large.",
    "가중치 절대 크기 매우 커짐 방지 … 가중치 갱신 시 weight 값이 클수록 손실함수의 값에 이에 비례하는 큰 "
    "영향. 따라서 특정 가중치가 매우 커지는 것을 방지 가능",
)
GROWTH_PREDICTION = Text(
    f"Without a penalty the largest weight of each layer grows to more than {GROWS.value:g} times the largest that the "
    f"layer started with; with L2 at equal accuracy (within {EQUAL_ACCURACY.en}) this growth is below "
    f"{RESTRAINED.value:g} of that without.",
    f"규제가 없으면 각 층의 가장 큰 가중치는 그 층의 가장 큰 초깃값의 {GROWS.ko}를 넘게 커진다. 같은 "
    f"정확도({EQUAL_ACCURACY.ko} 이내)의 L2에서 이 증가는 규제가 없을 때의 {RESTRAINED.ko} 미만이다.",
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
