"""What lambda and the share of L1 do: the strength of a penalty, and elastic net between both (sections 2, 2.1)."""

import numpy as np

from jaxreg.claims.claim import Check, Claim, Finding, above, below, plus_minus, quantity
from jaxreg.claims.figure import Figure, Panel, Rows, lines, spread
from jaxreg.claims.grids import KINDS, ask_for_grid, penalty_grid
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.names import LAMBDA, PENALTIES, TEST_ACCURACY
from jaxreg.claims.runs import RunSpec, numbers, table, total_norms
from jaxreg.text import Text

NOTHING = 0.02  # a lambda does nothing where it changes the norm by less than this share
SAME = 0.01  # and the accuracy by less than this share of test images
STEADY = 1.02  # a larger lambda may not give a norm larger than this times the one before
RUIN = 0.05  # of test images: what the largest lambda must cost
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
STRENGTHS = (1e-2, 3e-2)  # lambda of the elastic nets
OUTSIDE = 0.02  # how far an elastic net may lie outside of L1 and L2, as a share of the distance between them


def _first(lambdas: tuple[float, ...], reached: np.ndarray) -> str:
    """Returns the smallest lambda from which on something has been reached, as text."""
    return quantity(lambdas[int(np.argmax(reached))]) if reached.any() else "-"


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
            below(NORM_CHANGE.format(name), abs(norm[0] - 1), NOTHING, "%"),
            below(ACCURACY_CHANGE.format(name), abs(accuracy[0] - reference), SAME, "points"),
            below(NEW_ZEROS.format(name), grid.rows(kind, "near_zero")[0] - near_zero, NOTHING, "points"),
            below(GROWTH.format(name), (norm[1:] / norm[:-1]).max(0), STEADY, "x"),
            above(ACCURACY_LOST.format(name), reference - accuracy[-1], RUIN, "points"),
        ]
        acts[kind] = _first(grid.lambdas, norm.mean(1) < 1 - 2 * NOTHING)
        ruins[kind] = _first(grid.lambdas, accuracy.mean(1) < reference.mean() - RUIN)
    unused = float(np.mean(grid.rows("l1", "near_zero")[0]) - near_zero.mean())
    gaps = {k: np.subtract(grid.rows(k, "final_train_accuracy"), grid.rows(k, "test_accuracy")) for k in KINDS}
    shrunk, gap = lines(PENALTIES, grid.lambdas, norms), lines(PENALTIES, grid.lambdas, gaps)
    panels = (
        Panel(LAMBDA, TEST_ACCURACY, grid.lines("test_accuracy"), xlog=True, percent=True),
        Panel(LAMBDA, Text("norm, relative", "노름 (상대값)"), shrunk, xlog=True, ylog=True),
        Panel(LAMBDA, Text("gap (points)", "격차 (%p)"), gap, xlog=True, percent=True),
    )
    values = ruins | {"ruin": quantity(RUIN, "points"), "unused": quantity(unused, "points")}
    why = STRENGTH_WHY.format(least=quantity(grid.lambdas[0]), **values)
    return Finding(tuple(checks), STRENGTH_NUMBER.format(**acts), why, (Figure(STRENGTH_SHOWN, panels),))


STRENGTH_NUMBER = Text(
    "acts from lambda {l1} (L1), {l2} (L2), {elastic} (elastic net)",
    "작용 시작: L1 {l1}, L2 {l2}, 엘라스틱넷 {elastic}",
)
NORM_CHANGE = Text("{}: change of the norm at the smallest lambda", "{}: 가장 작은 람다에서 노름의 변화")
ACCURACY_CHANGE = Text("{}: change of accuracy at the smallest lambda", "{}: 가장 작은 람다에서 정확도의 변화")
NEW_ZEROS = Text("{}: more weights near zero at the smallest lambda", "{}: 가장 작은 람다에서 늘어난 0 근처 가중치")
GROWTH = Text("{}: largest growth of the norm from one lambda to the next", "{}: 다음 람다로 갈 때 노름의 최대 증가")
ACCURACY_LOST = Text("{}: accuracy lost at the largest lambda", "{}: 가장 큰 람다에서 잃는 정확도")
STRENGTH_WHY = Text(
    "The norm of all weights falls as lambda grows; L1 takes more than {ruin} points of accuracy from lambda {l1} on, "
    "L2 from {l2}, elastic net from {elastic}. At lambda {least} accuracy stays as it is, yet with L1 {unused} points "
    "more of all weights are near zero: Adam divides a gradient by its own size, so that even the smallest pull moves "
    "those weights that the data leave alone.",
    "람다가 커질수록 전체 가중치의 노름이 줄어듭니다. 정확도를 {ruin}%p 넘게 잃는 람다는 L1 {l1}, L2 {l2}, "
    "엘라스틱넷 {elastic}부터입니다. 람다 {least}에서 정확도는 그대로이지만 L1에서 0에 가까운 가중치는 {unused}%p "
    "늘어납니다. Adam은 gradient를 그 크기로 나누므로, 아주 작은 힘도 데이터가 건드리지 않는 가중치는 움직입니다.",
)
STRENGTH_SHOWN = Text(
    "Test accuracy, norm of all kernels relative to no penalty, and generalization gap (training minus test accuracy) "
    "against lambda; the seed's range ends at 0.01.",
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
    return {ratio: [lab.spec("elastic", s, l1_ratio=ratio) for s in STRENGTHS] for ratio in ratios}


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
            above(APART.format(at), apart, 0.1, "points"),
            below(SPARSITY_BETWEEN.format(at), overshoot(sparse[s]), OUTSIDE),
            below(NORM.format(at), overshoot(norms[s]), OUTSIDE),
        ]
    shares = [plus_minus(sparse[STRENGTHS[0]][i].tolist(), "%") for i in (0, ratios.index(0.5), -1)]
    ratio, lam = Text("l1_ratio (0: L2, 1: L1)", "l1_ratio (0: L2, 1: L1)"), Text("lambda {}", "람다 {}")
    near_zero = Text("weights near zero (%)", "0에 가까운 가중치 (%)")
    norm = Text("norm of all kernels", "전체 커널의 노름")
    panels = []
    for label, rows in ((near_zero, sparse), (norm, norms), (TEST_ACCURACY, accuracy)):
        curves = tuple(spread(lam.format(quantity(s)), ratios, row) for s, row in rows.items())
        panels.append(Panel(ratio, label, curves, percent=label != norm))
    why = (BETWEEN if all(check.holds for check in checks) else NOT_BETWEEN).format(lam=quantity(STRENGTHS[0]))
    return Finding(tuple(checks), MIXTURE_NUMBER.format(*shares), why, (Figure(MIXTURE_SHOWN, tuple(panels)),))


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
    "At lambda {lam} and above, every elastic net lies between L1 and L2, in sparsity and in norm: the share of L1 "
    "turns one into the other.",
    "람다 {lam} 이상에서 모든 엘라스틱넷은 희소성과 노름 모두 L1과 L2 사이에 있습니다. L1의 비율이 하나를 다른 "
    "하나로 바꿉니다.",
)
NOT_BETWEEN = Text(
    "From lambda {lam} on a little L1 already makes most of the zeros, while the norm need not lie between: a "
    "mixture is not an average of its ends everywhere.",
    "람다 {lam}부터 L1이 조금만 섞여도 0에 가까운 가중치가 대부분 생기지만, 노름은 L1과 L2 사이에 있지 않을 수 "
    "있습니다. 혼합이 어디서나 양 끝의 평균인 것은 아닙니다.",
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
    f"For each penalty: the smallest lambda changes the norm by less than {NOTHING:.0%} and the accuracy by "
    f"less than {100 * SAME:g} points; a larger lambda never gives a larger norm (within {STEADY - 1:.0%}); the "
    f"largest costs more than {100 * RUIN:g} points.",
    f"규제마다: 가장 작은 람다에서 노름의 변화는 {NOTHING:.0%} 미만, 정확도의 변화는 {100 * SAME:g}%p 미만이다. 람다가 "
    f"커지면 노름은 커지지 않는다({STEADY - 1:.0%} 이내). 가장 큰 람다는 정확도를 {100 * RUIN:g}%p 넘게 잃는다.",
)
MIXTURE_TITLE = Text("Elastic net combines L1 and L2", "엘라스틱넷은 L1과 L2를 합성한다")
MIXTURE_QUOTE = Text(
    "L1 and L2 regularization can also be combined and applied together. This is called Elastic Net.",
    "위와 같이 L1, L2 정규화를 합성하여 적용할 수도 있다. 이것을 Elastic Net 이라고 한다.",
)
MIXTURE_PREDICTION = Text(
    "As l1_ratio goes from 0 to 1, the share of weights near zero and the norm of all kernels lie between "
    f"those of L2 and of L1 (outside by at most {OUTSIDE:.0%} of their distance), and L1 has the larger share "
    "by more than 10 points.",
    "l1_ratio가 0에서 1로 갈 때 0에 가까운 가중치의 비율과 전체 커널의 노름은 L2와 L1의 값 사이에 "
    f"있고(벗어나도 두 값 차이의 {OUTSIDE:.0%} 이내), 비율은 L1이 10%p 넘게 크다.",
)

CLAIMS = (
    Claim(
        4, "lambda_strength", "2", STRENGTH_TITLE, STRENGTH_QUOTE, STRENGTH_PREDICTION, ask_for_grid, lambda_strength
    ),
    Claim(6, "elastic_net", "2-1", MIXTURE_TITLE, MIXTURE_QUOTE, MIXTURE_PREDICTION, flat(_mixtures), elastic_net),
)
