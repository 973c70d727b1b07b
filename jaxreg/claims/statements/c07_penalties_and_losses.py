"""Penalties and losses correspond (section 2)."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import PENALTIES
from jaxreg.claims.quantities import mean, quantity
from jaxreg.claims.rule import Limit, below, judge
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.claims.train import unflatten
from jaxreg.core.model import predict_proba
from jaxreg.core.penalty import WeightPenalty
from jaxreg.text import NOTHING, Text, same

EQUAL = Limit(
    1e-5,
    Text(
        "two sums of the same numbers in float32 differ by less", "float32로 같은 수를 더한 두 합의 차이는 이보다 작다"
    ),
)


def _residuals(lab: Lab, run: Run) -> np.ndarray:
    """Returns predicted probability minus truth of every class and test image, float32."""
    test = lab.data(run.spec).test
    probs = predict_proba(lab.recipe(run.spec).model, unflatten(run.weights()), test.images)
    return np.asarray(probs - jax.nn.one_hot(test.labels, probs.shape[-1]))


def _penalties(values: np.ndarray) -> tuple[float, float]:
    """Returns what the core's own L1 and L2 penalties make of residuals in the place of weights, per residual."""
    tree = {"prediction": {"kernel": jnp.asarray(values)}}
    share, zero = jnp.float32(1 / values.size), jnp.float32(0)
    penalty = WeightPenalty()
    return float(penalty(tree, {"l1": share, "l2": zero})), float(penalty(tree, {"l1": zero, "l2": share}))


def asks(lab: Lab) -> tuple[RunSpec]:
    """Returns the study's network as it is."""
    return (lab.spec(keep_weights=True),)


def measure(lab: Lab) -> Finding:
    """Puts residuals of a trained network in the place of weights, and compares with both error measures."""
    found = []
    for run in lab.runs(*asks(lab)):
        r = _residuals(lab, run).astype(np.float64)
        found.append((*_penalties(r.astype(np.float32)), float(np.abs(r).mean()), float(np.square(r).mean())))
    as_written = {("L1", MSE): (0, 3), ("L2", MAE): (1, 2)}
    other_order = {("L1", MAE): (0, 2), ("L2", MSE): (1, 3)}
    checks, beside = (
        tuple(
            below(WHAT.format(*names), [abs(row[i] - row[j]) / abs(row[j]) for row in found], EQUAL, "definition")
            for names, (i, j) in pairs.items()
        )
        for pairs in (as_written, other_order)
    )
    l1, l2, mae, mse = means = [mean([row[i] for row in found]) for i in range(4)]
    values = dict(zip(("l1", "l2", "mae", "mse"), map(quantity, means), strict=True))
    number = NUMBER.format(**values)
    penalty, error = Text("penalty (L1, L2)", "규제 (L1, L2)"), Text("error (MAE, MSE)", "오차 (MAE, MSE)")
    bars = (line(penalty, (0.0, 1.0), (l1, l2)), line(error, (0.0, 1.0), (mae, mse)))
    both = Text("absolute", "절댓값"), Text("squared", "제곱")
    x = np.linspace(-1, 1, 41)
    y = np.array([_penalties(np.array([value], np.float32)) for value in x])
    curves = tuple(line(PENALTIES[kind], x, y[:, i], key=kind) for i, kind in enumerate(("l1", "l2")))
    exact = (line(MAE, x[::4], np.abs(x[::4]), line=False), line(MSE, x[::4], np.square(x[::4]), line=False))
    panels = (
        Panel(Text("prediction minus truth", "예측 − 정답"), Text("penalty, error", "규제, 오차"), curves + exact),
        Panel(NOTHING, Text("per residual", "잔차당 값"), bars, bars=True, names=both),
    )
    said = ALL_THE_SAME if any(one.outcome == "holds" for one in judge(checks)) else WHY
    return Finding(checks, number, said.format(**values), (Figure(CAPTION, panels),), beside=beside)


NUMBER = same("L1 {l1} = MAE {mae}, L2 {l2} = MSE {mse}")
MSE, MAE = Text("mean squared error", "평균 제곱 오차(MSE)"), Text("mean absolute error", "평균 절대 오차(MAE)")
WHAT = Text("relative difference of {} of residuals and their {}", "잔차의 {} 값과 {}의 상대 차이")
WHY = Text(
    "No, the other way round, and by definition: L1 goes with the mean absolute error ({l1} and {mae}), "
    "L2 with the mean squared error ({l2} and {mse}). Weights or predictions, a sum of absolute values is one, and a "
    "sum of squares the other.",
    "순서가 반대이며, 이는 정의에서 나옵니다. L1은 평균 절대 오차(MAE)와 같고({l1}, {mae}), L2는 평균 제곱 "
    "오차(MSE)와 같습니다({l2}, {mse}). 원문에는 둘의 순서가 바뀌어 있습니다.",
)
ALL_THE_SAME = Text(
    "These residuals are all near 0 or 1, whose absolute value is their square, so that they cannot tell the mean "
    "absolute error (L1 {l1}, error {mae}) from the mean squared error (L2 {l2}, error {mse}). By definition L1 goes "
    "with the former and L2 with the latter.",
    "잔차가 모두 0이나 1에 가까워 절댓값과 제곱이 같으므로, 평균 절대 오차(L1 {l1}, 오차 {mae})와 평균 제곱 오차(L2 "
    "{l2}, 오차 {mse})를 구별할 수 없습니다. 정의에 따르면 L1은 평균 절대 오차와, L2는 평균 제곱 오차와 같습니다.",
)
CAPTION = Text(
    "Penalties of a value beside its absolute and squared error; and of all a network's residuals beside both errors.",
    "값 하나에 대한 규제와 절대 오차, 제곱 오차; 학습된 신경망의 모든 잔차에 대한 규제와 두 오차.",
)

TITLE = Text("Penalties and losses correspond", "규제와 손실 함수는 대응한다")
QUOTE = Text(
    "With the weights replaced by the model's predictions, L1 and L2 regularization are related to the loss "
    "functions Mean Squared Error and Mean Absolute Error, respectively.",
    "L1, L2 정규화는 weight 을 모델의 예측값으로 바꾸면, Loss Function 중 각각 Mean Squared Error, Mean "
    "Absolute Error 와 관련 있다.",
)
PREDICTION = Text(
    "As it is written: the L1 penalty of a network's residuals, per residual, equals their mean squared error, "
    f"and the L2 penalty their mean absolute error (within {EQUAL.value:g} of it).",
    "원문대로라면 신경망 잔차의 L1 규제(잔차당)는 평균 제곱 오차와, L2 규제는 평균 절대 오차와 같아야 한다(상대 차이 "
    f"{EQUAL.value:g} 미만).",
)

CLAIM = Claim(7, "penalties_and_losses", "2", TITLE, QUOTE, PREDICTION, asks, measure)
