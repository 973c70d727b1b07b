"""The constraint region (section 2, figure): the loss over two weights, its optimum within it; NumPy in float64."""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, Surface, line
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import PENALTIES
from jaxreg.claims.observe import intermediates
from jaxreg.claims.quantities import mean, plus_minus
from jaxreg.claims.rule import Limit, above, below
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.claims.train import unflatten
from jaxreg.core.model import CONV_LAYERS
from jaxreg.text import Text, same

EPOCHS = 3  # so few that the training images are not yet fitted perfectly and two weights have an optimum
PAIRS = 40
BOUND = 0.5  # of the size that the free optimum has
MORE = Limit(
    0.1,
    Text(
        "one pair of ten: what a reader of the figure would call often",
        "열 쌍 가운데 한 쌍: 그림을 본 사람이 '자주'라고 할 정도",
    ),
    "points",
)
SAME = Limit(0.05, Text("a boundary of 1,440 points is followed no closer", "경계를 점 1,440개로 따라가는 정밀도"))
WORSE_THAN = Limit(0.0, Text("a constraint can only cost", "제약은 손실을 늘릴 뿐이다"))
DIRECTIONS = 1440  # points on a boundary; a multiple of 4, so that the corners are among them
ALL_AROUND = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)


class TwoWeights(NamedTuple):
    """Two weights into one class of a softmax layer, everything else fixed.

    With features h [N, 2] and the class's other input `rest` [N]:

        L0(w) = mean(log(exp(rest + h w) + exp(others)) - score),   score = rest + h w where the label is the class

    which is convex in w.
    """

    features: np.ndarray
    rest: np.ndarray
    others: np.ndarray  # [N] log of the summed exponentials of all other classes
    is_class: np.ndarray  # [N] bool
    truth: np.ndarray  # [N] logit of the label where that is another class

    def loss(self, w: np.ndarray) -> np.ndarray:
        """Returns the mean loss at each of the weights [..., 2]."""
        logit = self.rest + w @ self.features.T
        score = np.where(self.is_class, logit, self.truth)
        return np.asarray((np.logaddexp(logit, self.others) - score).mean(-1))

    def gradient(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns gradient [2] and Hessian [2, 2] at one pair of weights."""
        p = expit(self.rest + self.features @ w - self.others)
        hessian = (self.features * (p * (1 - p))[:, None]).T @ self.features / len(p)
        return ((p - self.is_class)[:, None] * self.features).mean(0), hessian


def make_pair(
    h: np.ndarray, kernel: np.ndarray, bias: np.ndarray, labels: np.ndarray, i: int, j: int, k: int
) -> TwoWeights:
    """Returns the loss over the weights from features i and j to class k; `h` [N, F], `kernel` [F, C], `labels` [N]."""
    logits = h @ kernel + bias
    features = h[:, [i, j]]
    rest = logits[:, k] - features @ kernel[[i, j], k]
    others = np.logaddexp.reduce(np.delete(logits, k, 1), axis=1)
    return TwoWeights(features, rest, others, labels == k, logits[np.arange(len(labels)), labels])


def optimum(pair: TwoWeights, start: np.ndarray, steps: int = 50) -> np.ndarray | None:
    """Returns the unconstrained optimum by Newton's method with halved steps, or None where it is not reached."""
    w = np.array(start, float)
    for _ in range(steps):
        gradient, hessian = pair.gradient(w)
        if np.abs(gradient).max() < 1e-10:
            return w
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient)
        while pair.loss(w - step) > pair.loss(w) and np.abs(step).max() > 1e-12:
            step = step / 2
        w = w - step
    return None


def shapes(l1_ratio: float) -> dict[str, float]:
    """Returns the regions by the share r of L1 in what they bound: r sum |w| + (1 - r) sum w^2."""
    return {"l1": 1.0, "l2": 0.0, "elastic": l1_ratio}


def size(r: float, w: np.ndarray) -> np.ndarray:
    """Returns what a shape bounds, of weights [..., 2]."""
    return np.asarray(r * np.abs(w).sum(-1) + (1 - r) * np.square(w).sum(-1))


def boundary(r: float, bound: float, angles: np.ndarray = ALL_AROUND) -> np.ndarray:
    """Returns the points [..., 2] in the directions of angles [...] where the shape's size is the bound."""
    units = np.stack([np.cos(angles), np.sin(angles)], -1)
    units[np.abs(units) < 1e-12] = 0.0
    linear, square = r * np.abs(units).sum(-1), (1 - r) * np.square(units).sum(-1)
    radius = 2 * bound / (linear + np.sqrt(linear**2 + 4 * square * bound))  # square rho^2 + linear rho = bound
    return units * radius[..., None]


def constrained(pair: TwoWeights, r: float, bound: float) -> np.ndarray:
    """Returns the best point of the boundary: the constrained optimum, since L0 is convex and its own lies outside."""
    points = boundary(r, bound)
    best = int(pair.loss(points).argmin())
    step = 2 * np.pi / DIRECTIONS

    def loss(angle: float) -> float:
        return float(pair.loss(boundary(r, bound, np.array(angle))))

    around = (ALL_AROUND[best] - step, ALL_AROUND[best] + step)
    finer = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-12})
    if finer.fun < float(pair.loss(points[best])):  # never where the best is a corner
        return boundary(r, bound, np.array(finer.x))
    return np.asarray(points[best])


def misfit(pair: TwoWeights, shape: str, w: np.ndarray) -> float:
    """Returns how far the constrained optimum w is from an optimum of L0 + lambda * penalty, for the best lambda.

    Relative to the gradient's norm; 0 where some lambda makes both the same. A weight at 0 under L1 may have any
    gradient of at most lambda.
    """
    gradient, _ = pair.gradient(w)
    direction = np.sign(w) if shape == "l1" else w
    strength = max(0.0, -float(gradient @ direction) / float(direction @ direction))
    rest = gradient + strength * direction
    if shape == "l1":
        rest = np.where(w == 0, np.maximum(np.abs(gradient) - strength, 0), rest)
    return float(np.linalg.norm(rest) / np.linalg.norm(gradient))


class Solved(NamedTuple):
    """A pair of weights with its free optimum and the constrained one for each shape."""

    pair: TwoWeights
    free: np.ndarray
    best: dict[str, np.ndarray]


def _solve(lab: Lab, run: Run) -> list[Solved]:
    """Returns random pairs of weights of a trained network's last layer, solved."""
    weights, train = unflatten(run.weights()), lab.data(run.spec).train
    values = intermediates(lab.recipe(run.spec).model, weights, train.images, train=False)
    h = np.asarray(values[f"activation{len(CONV_LAYERS) + 1}"], np.float64)
    kernel, bias = (np.asarray(weights["params"]["dense2"][name], np.float64) for name in ("kernel", "bias"))
    rng, solved = np.random.default_rng(run.spec.seed), []
    for _ in range(PAIRS):
        i, j = rng.choice(len(kernel), 2, replace=False)
        k = int(rng.integers(kernel.shape[1]))
        pair = make_pair(h, kernel, bias, np.asarray(train.labels), int(i), int(j), k)
        free = optimum(pair, kernel[[i, j], k])
        if free is not None:
            regions = shapes(lab.config.l1_ratio).items()
            best = {name: constrained(pair, r, BOUND * float(size(r, free))) for name, r in regions}
            solved.append(Solved(pair, free, best))
    return solved


def asks(lab: Lab) -> tuple[RunSpec]:
    """Returns the study's network, trained for a short time."""
    return (lab.spec(keep_weights=True, epochs=lab.num_epochs(EPOCHS)),)


def measure(lab: Lab) -> Finding:
    """Solves many pairs of weights under each constraint."""
    solved = [_solve(lab, run) for run in lab.runs(*asks(lab))]
    regions = shapes(lab.config.l1_ratio)
    zeros = {s: [_mean([float((one.best[s] == 0).any()) for one in group]) for group in solved] for s in regions}
    misfits = {
        s: [max((misfit(one.pair, s, one.best[s]) for one in group), default=math.nan) for group in solved]
        for s in ("l1", "l2")
    }
    worse = [
        min((float(o.pair.loss(w) - o.pair.loss(o.free)) for o in group for w in o.best.values()), default=math.nan)
        for group in solved
    ]
    shares = {s: plus_minus(zeros[s], "%") for s in regions}
    checks = (
        above(MORE_ZEROS, np.subtract(zeros["l1"], zeros["l2"]), MORE),
        above(WORSE, worse, WORSE_THAN, "definition"),
        *(below(MISFIT.format(PENALTIES[s]), values, SAME, "definition") for s, values in misfits.items()),
    )
    why = WHY.format(solved=sum(map(len, solved)), pairs=PAIRS * len(solved), **shares)
    figures = tuple(_figure(lab, group) for group in solved if group)[:1]
    return Finding(checks, NUMBER.format(**shares), why, figures)


def _mean(values: list[float]) -> float:
    return mean(values) if values else math.nan


NUMBER = Text(
    "pairs with a zero: L1 {l1}, L2 {l2}, elastic net {elastic}", "0이 있는 쌍: L1 {l1}, L2 {l2}, 엘라스틱넷 {elastic}"
)
MORE_ZEROS = Text("pairs in which a weight is exactly zero, L1 minus L2", "가중치 하나가 정확히 0인 쌍의 비율, L1 − L2")
WORSE = Text("loss at the constrained optimum minus at the free one", "제약 최적점의 손실 − 제약 없는 최적점의 손실")
MISFIT = Text(
    "{}: distance of the constrained optimum from that of a penalty with some lambda",
    "{}: 제약 최적점과, 어떤 람다를 쓴 규제의 최적점의 차이",
)
WHY = Text(
    "Of {pairs} random pairs of weights into the last layer {solved} have an optimum that is found. Within the "
    "diamond of L1 it has a weight of exactly zero in {l1}, within the disc of L2 in {l2}, and within the elastic net "
    "in {elastic}. Those of L1 and L2 are also optima of a penalty with some lambda: the region is not given "
    'beforehand, it follows from lambda. The text\'s "cannot leave it" is true of such an optimum; in training the '
    "penalty is a price and no wall.",
    "마지막 층으로 들어가는 가중치 쌍 {pairs}개 중 최적점을 찾은 것은 {solved}개입니다. 최적점의 한 가중치가 정확히 "
    "0인 쌍의 비율은 L1의 마름모 안에서 {l1}, L2의 원판 안에서 {l2}, 엘라스틱넷 안에서 {elastic}입니다. L1과 L2의 "
    "최적점은 어떤 람다를 쓴 규제의 최적점이기도 합니다. 규제 영역은 미리 정해진 것이 아니라 람다에서 정해집니다. "
    "원문의 '벗어날 수 없다'는 이런 최적점에 대해서만 옳습니다. 학습에서 규제는 벽이 아니라 비용입니다.",
)
CAPTION = Text(
    "Contours of the training loss over two weights of the trained network, computed; the region that each penalty "
    "allows, the optimum without it and the one within it.",
    "학습된 신경망의 두 가중치에 대한 학습 손실의 등고선(계산한 것), 각 규제가 허용하는 영역, 제약이 없을 때와 영역 "
    "안에서의 최적점.",
)


def _figure(lab: Lab, solved: list[Solved]) -> Figure:
    """Draws the first pair whose L1 optimum lies in a corner while both free weights are far from zero."""
    corner = [s for s in solved if (s.best["l1"] == 0).any()] or solved
    shown = max(corner, key=lambda s: float(np.abs(s.free).min() / np.abs(s.free).max()))
    reach = 1.3 * float(np.abs(shown.free).max())
    axis = np.linspace(-reach, reach, 61)
    ticks, loss = tuple(axis.tolist()), shown.pair.loss(np.stack(np.meshgrid(axis, axis), -1))
    surface = Surface(ticks, ticks, tuple(map(tuple, loss.tolist())))
    free, best = Text("optimum without constraint", "제약 없는 최적점"), Text("optimum within", "영역 안의 최적점")
    panels = []
    for shape, r in shapes(lab.config.l1_ratio).items():
        edge = boundary(r, BOUND * float(size(r, shown.free)))
        series = (
            line(PENALTIES[shape], *np.vstack([edge[::4], edge[:1]]).T, key=shape),
            line(free, *shown.free[:, None], key="none", line=False),
            line(best, *shown.best[shape][:, None], key="layer", line=False),
        )
        panels.append(Panel(same("w1"), same("w2"), series, title=PENALTIES[shape], surface=surface))
    return Figure(CAPTION, tuple(panels))


TITLE = Text("The constraint region decides which weights are zero", "어떤 가중치가 0이 되는지는 규제 영역이 정한다")
QUOTE = Text(
    "In the figure the green area is where the values of w1 and w2 are possible, that is, the constraint "
    "region; w1 and w2 cannot leave it.",
    "위 그림에서 연두색 영역은 w1, w2 의 값이 가능한 영역, 즉 규제 영역 을 의미하며, w1, w2 는 해당 영역을 "
    "벗어날 수 없다.",
)
PREDICTION = Text(
    f"Within a region of {BOUND:.0%} of the free optimum's size, L1's optimum has a weight of exactly zero in "
    f"over {100 * MORE.value:g} points more of all pairs than L2's; every constrained optimum has a higher loss than "
    f"the free one, and those of L1 and L2 are optima of a penalty with some lambda (within {SAME.value:g} of the "
    "gradient).",
    f"제약 없는 최적점 크기의 {BOUND:.0%}인 영역에서, 한 가중치가 정확히 0인 쌍의 비율은 L1이 L2보다 "
    f"{100 * MORE.value:g}%p 넘게 크다. 모든 제약 최적점은 손실이 더 높고, L1과 L2의 것은 어떤 람다를 쓴 규제의 "
    f"최적점과 같다(차이는 gradient의 {SAME.value:g} 이내).",
)

CLAIM = Claim(5, "constraint_region", "2", TITLE, QUOTE, PREDICTION, asks, measure)
