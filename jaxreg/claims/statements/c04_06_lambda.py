"""What lambda and the share of L1 do: the strength of a penalty, and elastic net between both (sections 2, 2.1)."""

import math

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, Rows, lines, spread
from jaxreg.claims.grids import KINDS, ask_for_grid, penalty_grid
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.names import LAMBDA, PENALTIES, TEST_ACCURACY
from jaxreg.claims.quantities import plus_minus, quantity
from jaxreg.claims.rule import Check, Limit, above, below, judge
from jaxreg.claims.runs import RunSpec, numbers, table, total_norms
from jaxreg.text import Text, joined, same

NO_CHANGE = Limit(
    0.02, Text("a fiftieth: no effect on weights to speak of", "50분의 1: 가중치에 효과가 없다고 볼 정도"), "%"
)
SAME = Limit(
    0.01,
    Text("a point: what two runs of the same setting may differ by", "1%p: 같은 설정의 두 실행도 이만큼 다를 수 있다"),
    "points",
)
STEADY = Limit(
    1.02, Text("no growth, with a fiftieth to spare for chance", "증가하지 않음 (우연에 50분의 1의 여유)"), "x"
)
RUIN = Limit(
    0.05,
    Text("five points: far more than what methods of the study differ by", "5%p: 연구에서 방법들의 차이보다 훨씬 큼"),
    "points",
)
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
STRENGTHS = (1e-2, 3e-2)  # lambda of the elastic nets
MORE = Limit(
    0.10,
    Text(
        "a tenth of all weights: enough to lie between",
        "전체 가중치의 10분의 1: 사이에 있다고 말할 수 있을 만큼 떨어짐",
    ),
    "points",
)
OUTSIDE = Limit(
    0.02,
    Text(
        "a fiftieth of the distance between L1 and L2: in the figure that is between",
        "L1과 L2 사이 거리의 50분의 1: 그림에서 사이에 있다고 볼 정도",
    ),
    "%",
)


def _first(lambdas: tuple[float, ...], values: np.ndarray, limit: float) -> Text:
    """Returns in words the smallest lambda from which on, up to the largest, values are below a limit."""
    if not np.isfinite(values).all():
        return quantity(math.nan)
    reached = values < limit
    since = len(reached) - int(np.argmin(reached[::-1])) if not reached.all() else 0
    return quantity(lambdas[since]) if since < len(lambdas) else NEVER


def lambda_strength(lab: Lab) -> Finding:
    """Looks at norm, accuracy and gap over the whole range of lambda for each penalty."""
    grid = penalty_grid(lab)
    norms = {kind: total_norms(grid.runs[kind]) / total_norms([grid.none]) for kind in KINDS}  # [lambda, seed]
    reference, near_zero = (np.array(numbers(grid.none, name)) for name in ("test_accuracy", "near_zero"))
    checks: list[Check] = []
    acts, ruins = {}, {}
    for kind, norm in norms.items():
        accuracy, name = grid.rows(kind, "test_accuracy"), PENALTIES[kind]
        checks += [
            below(NORM_CHANGE.format(name), abs(norm[0] - 1), NO_CHANGE),
            below(ACCURACY_CHANGE.format(name), abs(accuracy[0] - reference), SAME),
            below(GROWTH.format(name), (norm[1:] / norm[:-1]).max(0), STEADY),
            above(ACCURACY_LOST.format(name), reference - accuracy[-1], RUIN),
        ]
        acts[kind] = _first(grid.lambdas, norm.mean(1), 1 - 2 * NO_CHANGE.value)
        ruins[kind] = _first(grid.lambdas, accuracy.mean(1), reference.mean() - RUIN.value)
    unused = float(np.mean(grid.rows("l1", "near_zero")[0]) - near_zero.mean())
    gaps = {k: np.subtract(grid.rows(k, "final_train_accuracy"), grid.rows(k, "test_accuracy")) for k in KINDS}
    shrunk, gap = lines(PENALTIES, grid.lambdas, norms), lines(PENALTIES, grid.lambdas, gaps)
    panels = (
        Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
        Panel(LAMBDA, Text("norm, relative", "노름 (상대값)"), shrunk, xlog=True, ylog=True),
        Panel(LAMBDA, Text("gap (points)", "격차 (%p)"), gap, xlog=True, percent=True),
    )
    values = {"ruin": Text(RUIN.en, RUIN.ko), "least": quantity(grid.lambdas[0]), "unused": quantity(unused, "points")}
    why = STRENGTH_WHY.format(**values, **ruins, **{f"acts_{kind}": first for kind, first in acts.items()})
    if unused > NO_CHANGE.value:
        why = joined([why, YET_ZEROS.format(**values)])
    return Finding(tuple(checks), STRENGTH_NUMBER.format(**acts), why, (Figure(STRENGTH_SHOWN, panels),))


NEVER = Text("none measured", "측정한 값 중 없음")
STRENGTH_NUMBER = Text(
    "acts from this lambda on: L1 {l1}, L2 {l2}, elastic net {elastic}",
    "작용하기 시작하는 람다: L1 {l1}, L2 {l2}, 엘라스틱넷 {elastic}",
)
NORM_CHANGE = Text("{}: change of the norm at the smallest lambda", "{}: 가장 작은 람다에서 노름의 변화")
ACCURACY_CHANGE = Text("{}: change of accuracy at the smallest lambda", "{}: 가장 작은 람다에서 정확도의 변화")
GROWTH = Text("{}: largest growth of the norm from one lambda to the next", "{}: 다음 람다로 갈 때 노름의 최대 증가")
ACCURACY_LOST = Text("{}: accuracy lost at the largest lambda", "{}: 가장 큰 람다에서 잃는 정확도")
STRENGTH_WHY = Text(
    "Lambda from which on, up to the largest, the norm is at least 4 % smaller than without a penalty: L1 {acts_l1}, "
    "L2 {acts_l2}, elastic net {acts_elastic}; from which on more than {ruin} of accuracy are lost: L1 {l1}, L2 {l2}, "
    "elastic net {elastic}.",
    "그 값부터 가장 큰 람다까지 노름이 규제가 없을 때보다 4% 이상 작은 람다: L1 {acts_l1}, L2 {acts_l2}, 엘라스틱넷 "
    "{acts_elastic}; 정확도를 {ruin} 넘게 잃는 람다: L1 {l1}, L2 {l2}, 엘라스틱넷 {elastic}.",
)
YET_ZEROS = Text(
    "At lambda {least}, with L1, {unused} more of all weights lie below 0.001 than without: Adam divides a gradient "
    "by its own size, so that even the smallest pull moves those weights that the data leave alone.",
    "람다 {least}의 L1에서도 0.001보다 작은 가중치는 규제가 없을 때보다 {unused} 많습니다. Adam은 gradient를 그 크기로 "
    "나누므로, 아주 작은 힘도 데이터가 건드리지 않는 가중치는 움직입니다.",
)
STRENGTH_SHOWN = Text(
    "Test accuracy, norm of all kernels relative to no penalty, and generalization gap (training minus test accuracy) "
    "against lambda; the study's range ends at 0.01.",
    "람다에 따른 테스트 정확도, 규제 없음 대비 전체 커널의 노름, 일반화 격차(학습 − 테스트 정확도). 원문의 탐색 범위는 "
    "0.01에서 끝납니다.",
)


def overshoot(rows: Rows) -> list[float]:
    """Returns for each seed how far the inner ratios lie outside of the ends, relative to the ends' distance.

    `rows` is [ratio][seed], its first and last row being L2 and L1; 0 means that all lie between.
    """
    values = np.array(rows)
    low, high = np.minimum(values[0], values[-1]), np.maximum(values[0], values[-1])
    outside = np.maximum(values[1:-1] - high, low - values[1:-1]).max(0)
    return (np.maximum(outside, 0) / np.maximum(high - low, 1e-12)).tolist()


def _mixtures(lab: Lab) -> dict[float, list[RunSpec]]:
    """Returns the elastic nets of each ratio, a row of lambdas."""
    ratios = (0.0, 0.5, 1.0) if lab.config.smoke else RATIOS
    return {ratio: [lab.spec("elastic", s, l1_ratio=ratio, prune=True) for s in STRENGTHS] for ratio in ratios}


def elastic_net(lab: Lab) -> Finding:
    """Looks at sparsity and norm as the share of L1 goes from 0 to 1."""
    mixtures = lab.rows(_mixtures(lab))
    ratios, runs = tuple(mixtures), dict(zip(STRENGTHS, zip(*mixtures.values(), strict=True), strict=True))
    sparse, accuracy = ({s: table(rows, name) for s, rows in runs.items()} for name in ("near_zero", "test_accuracy"))
    norms = {s: total_norms(rows) for s, rows in runs.items()}
    checks: list[Check] = []
    for s in STRENGTHS:
        at, apart = quantity(s), sparse[s][-1] - sparse[s][0]
        checks += [
            above(APART.format(at), apart, MORE),
            below(SPARSITY_BETWEEN.format(at), overshoot(sparse[s]), OUTSIDE),
            below(NORM.format(at), overshoot(norms[s]), OUTSIDE),
        ]
    shares = [plus_minus(sparse[STRENGTHS[0]][i].tolist(), "%") for i in (0, ratios.index(0.5), -1)]
    ratio, lam = same("l1_ratio (0: L2, 1: L1)"), Text("lambda {}", "람다 {}")
    near_zero = Text("weights near zero (%)", "0에 가까운 가중치 (%)")
    norm = Text("norm of all kernels", "전체 커널의 노름")
    panels = []
    for label, rows in ((near_zero, sparse), (norm, norms), (TEST_ACCURACY, accuracy)):
        curves = tuple(spread(lam.format(quantity(s)), ratios, row) for s, row in rows.items())
        panels.append(Panel(ratio, label, curves, percent=label != norm))
    outcomes = [one.outcome for one in judge(checks)]
    apart, between = outcomes[::3], [outcome for i, outcome in enumerate(outcomes) if i % 3]
    said = dict(zip(("l2", "half", "l1"), shares, strict=True)) | {"lam": quantity(STRENGTHS[0])}
    why = BETWEEN if set(between) == {"holds"} else joined([NOT_BETWEEN, *[NO_AVERAGE] * ("fails" in between)])
    why = why if set(apart) == {"holds"} else joined([why, NOT_APART])
    return Finding(
        tuple(checks), MIXTURE_NUMBER.format(*shares), why.format(**said), (Figure(MIXTURE_SHOWN, tuple(panels)),)
    )


MIXTURE_NUMBER = Text("weights near zero: {} L2, {} half and half, {} L1", "0에 가까운 가중치: L2 {}, 반반 {}, L1 {}")
MIXTURE_SHOWN = Text(
    "Sparsity, norm and accuracy as the share of L1 in the penalty goes from 0 (L2) to 1 (L1).",
    "규제에서 L1의 비율이 0(L2)에서 1(L1)로 갈 때의 희소성, 노름, 정확도.",
)
APART = Text("lambda {0}: share near zero, L1 minus L2", "람다 {0}: 0에 가까운 비율, L1 − L2")
SPARSITY_BETWEEN = Text(
    "lambda {}: how far sparsity leaves the range of L1 and L2", "람다 {}: 희소성이 L1과 L2 사이를 벗어난 정도"
)
NORM = Text("lambda {}: how far the norm leaves the range of L1 and L2", "람다 {}: 노름이 L1과 L2 사이를 벗어난 정도")
BETWEEN = Text(
    "At lambda {lam} and three times that, every elastic net lies between L1 and L2, in sparsity and in norm: the "
    "share of L1 leads from one to the other.",
    "람다 {lam}, 그리고 그 세 배에서 모든 엘라스틱넷은 희소성과 노름 모두 L1과 L2 사이에 있습니다. L1의 "
    "비율에 따라 L2에서 L1로 이어집니다.",
)
NOT_BETWEEN = Text(
    "Not every elastic net could be shown to lie between L1 and L2: at lambda {lam}, half and half has {half} of its "
    "weights near zero, L2 {l2} and L1 {l1}.",
    "모든 엘라스틱넷이 L1과 L2 사이에 있음을 보이지는 못했습니다. 람다 {lam}에서 0에 가까운 가중치는 반반일 때 "
    "{half}, L2 {l2}, L1 {l1}입니다.",
)
NOT_APART = Text(
    f"That L1 has the larger share near zero, by more than {MORE.en}, could not be shown at both strengths.",
    f"L1의 0에 가까운 비율이 {MORE.ko} 넘게 크다는 것은 두 강도 모두에서 보이지 못했습니다.",
)
NO_AVERAGE = Text(
    "A mixture is not an average of its ends everywhere.", "혼합이 어디서나 양 끝의 평균인 것은 아닙니다."
)

STRENGTH_TITLE = Text(
    "Lambda controls the strength; too small a one does nothing", "람다는 강도를 조절하며, 너무 작으면 효과가 없다"
)
STRENGTH_QUOTE = Text(
    "The constant lambda controls how strongly L1 and L2 regularize; where it is too small, the effect of "
    "regularization decreases.",
    "상수 λ: L1, L2 Regularization 의 정도를 조절하는 역할. 너무 작으면 Regularization 의 효과 감소",
)
STRENGTH_PREDICTION = Text(
    f"For each penalty: the smallest lambda changes the norm by less than {NO_CHANGE.en} and the accuracy by less than "
    f"{SAME.en}; no larger lambda gives a norm above {STEADY.value:g} times that of the one before; the largest costs "
    f"more than {RUIN.en}.",
    f"규제마다: 가장 작은 람다에서 노름(norm)의 변화는 {NO_CHANGE.ko} 미만, 정확도의 변화는 {SAME.ko} 미만이다. 람다가 "
    f"커질 때 노름은 앞선 람다의 {STEADY.ko}를 넘지 않는다. 가장 큰 람다는 정확도를 {RUIN.ko} 넘게 잃는다.",
)
MIXTURE_TITLE = Text("Elastic net combines L1 and L2", "엘라스틱넷은 L1과 L2를 합성한다")
MIXTURE_QUOTE = Text(
    "L1 and L2 regularization can also be combined and applied together. This is called Elastic Net.",
    "위와 같이 L1, L2 정규화를 합성하여 적용할 수도 있다. 이것을 Elastic Net 이라고 한다.",
)
MIXTURE_PREDICTION = Text(
    "As l1_ratio goes from 0 to 1, the share of weights near zero and the norm of all kernels lie between "
    f"those of L2 and of L1 (outside by at most {OUTSIDE.en} of their distance), and L1 has the larger share "
    f"by more than {MORE.en}.",
    "l1_ratio가 0에서 1로 갈 때 0에 가까운 가중치의 비율과 전체 커널의 노름(norm)은 L2와 L1의 값 사이에 "
    f"있고(벗어나도 두 값 차이의 {OUTSIDE.ko} 이내), 비율은 L1이 {MORE.ko} 넘게 크다.",
)

CLAIMS = (
    Claim(
        4, "lambda_strength", "2", STRENGTH_TITLE, STRENGTH_QUOTE, STRENGTH_PREDICTION, ask_for_grid, lambda_strength
    ),
    Claim(6, "elastic_net", "2-1", MIXTURE_TITLE, MIXTURE_QUOTE, MIXTURE_PREDICTION, flat(_mixtures), elastic_net),
)
