"""Gradients vanish towards the input (section 3)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.claims.claim import Check, Claim, Finding, above, below, both_names, mean, quantity
from jaxreg.claims.deep import Stack, accuracies, at_start, depths, gradients, ratios, trained
from jaxreg.claims.figure import Figure, Panel, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import ACTIVATIONS, EPOCH
from jaxreg.claims.runs import Run, numbers
from jaxreg.core.model import ACTIVATIONS as FUNCTIONS
from jaxreg.text import Text

SATURATING, OTHERS = ("sigmoid", "tanh"), ("relu", "leaky_relu")
VANISHED = 0.1  # the gradient has vanished where the first of the equal blocks gets less than this share of the last's
UNTRAINED = 0.5  # of the way from chance to all right, below which a network has not trained

Starts = dict[str, dict[int, tuple[Run, ...]]]  # activation -> depth -> seeds


def derivative(name: str) -> np.ndarray:
    """Returns the derivative of an activation on -4, -3.99, ..., 4, by automatic differentiation."""
    points = jnp.linspace(-4.0, 4.0, 801)
    return np.asarray(jax.vmap(jax.grad(FUNCTIONS[name]))(points))


def measure(lab: Lab) -> Finding:
    """Looks at gradients by layer, depth and activation, at initialisation and in training."""
    names = SATURATING + OTHERS
    start = {a: {d: at_start(lab, Stack(a, "none"), d) for d in depths(lab)} for a in names}
    training = {a: trained(lab, Stack(a, "none")) for a in names}
    deepest = {a: ratios(runs[depths(lab)[-1]]) for a, runs in start.items()}
    largest = {name: float(derivative(name).max()) for name in SATURATING}
    where = {name: float(np.linspace(-4, 4, 801)[derivative(name).argmax()]) for name in SATURATING}
    checks: list[Check] = []
    for name, value in (("sigmoid", 0.25), ("tanh", 1.0)):
        wrong = abs(largest[name] - value) + abs(where[name])
        checks.append(below(WHAT["derivative"].format(ACTIVATIONS[name], value), [wrong], 1e-4))
    checks += [below(WHAT["start"].format(ACTIVATIONS[a]), deepest[a], VANISHED, "x") for a in SATURATING]
    checks += [above(WHAT["start"].format(ACTIVATIONS[a]), deepest[a], VANISHED, "x") for a in OTHERS]
    sigmoid = numbers(training["sigmoid"], "test_accuracy")
    untrained = lab.above_chance(UNTRAINED)
    checks.append(below(WHAT["trained"].format(ACTIVATIONS["sigmoid"]), sigmoid, untrained, "%"))
    shares = {name: quantity(mean(deepest[name])) for name in names}
    vanished = [ACTIVATIONS[name] for name in names if mean(deepest[name]) < VANISHED]
    return Finding(
        tuple(checks),
        Text(
            "first block's gradient, relative to the last's: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
            "마지막 블록 대비 첫 블록의 gradient: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
        ).format(**shares),
        WHY.format(
            depth=depths(lab)[-1], vanished=both_names(vanished), accuracy=quantity(mean(sigmoid), "%"), **shares
        ),
        (_by_layer(lab, start, names), _in_training(names, training)),
        {"untrained": quantity(untrained, "%"), "chance": quantity(lab.chance, "%")},
    )


WHAT = {
    "derivative": Text(
        "{}: distance of the derivative's maximum from {} at x = 0", "{}: 미분값의 최댓값이 x = 0에서 {}인지 (차이)"
    ),
    "start": Text(
        "{}: gradient of the first block relative to the last, at initialisation",
        "{}: 초기화 때 마지막 블록 대비 첫 블록의 gradient",
    ),
    "trained": Text("{}: test accuracy of the deep network after training", "{}: 학습 후 깊은 신경망의 테스트 정확도"),
}
WHY = Text(
    "With {depth} convolutions the gradient of the first block is {sigmoid} of the last block's with sigmoid, "
    "{tanh} with tanh, {relu} with ReLU and {leaky_relu} with leaky ReLU. It vanishes (below a tenth) with: "
    "{vanished}. With sigmoid the deep network ends at {accuracy}. What decides is the product of derivative and "
    "weights over the layers, not the derivative's maximum alone.",
    "합성곱 층이 {depth}개일 때 첫 블록의 gradient는 마지막 블록에 비해 sigmoid {sigmoid}, tanh {tanh}, ReLU "
    "{relu}, Leaky ReLU {leaky_relu}배입니다. 소실(10분의 1 미만)이 나타난 활성화 함수: {vanished}. sigmoid를 쓴 "
    "깊은 신경망의 정확도는 {accuracy}에 그칩니다. 소실을 결정하는 것은 미분값의 최댓값만이 아니라 층을 거치며 "
    "곱해지는 미분값과 가중치의 곱입니다.",
)


def _by_layer(lab: Lab, start: Starts, names: tuple[str, ...]) -> Figure:
    panels = [gradients({Stack(a, "none"): start[a][d] for a in names}, LAYERS.format(d)) for d in depths(lab)[-2:]]
    curves = tuple(line(ACTIVATIONS[a], np.linspace(-4, 4, 801)[::8], derivative(a)[::8]) for a in names)
    panels.append(Panel(Text("x", "x"), Text("derivative", "미분값"), curves))
    return Figure(
        Text(
            "Root mean square of the loss gradient over each convolution's kernel at initialisation, and the "
            "derivatives of the activations. From the third convolution on all kernels have the same shape.",
            "초기화 때 각 합성곱 커널에 대한 손실 gradient의 RMS와 활성화 함수의 미분값. 세 번째 합성곱부터 커널의 "
            "모양이 모두 같습니다.",
        ),
        tuple(panels),
    )


LAYERS = Text("{} convolutions", "합성곱 {}층")


def _in_training(names: tuple[str, ...], training: dict[str, tuple[Run, ...]]) -> Figure:
    epochs = range(len(training[names[0]][0]["gradients"]))
    shares = tuple(spread(ACTIVATIONS[a], epochs, [ratios(training[a], e) for e in epochs]) for a in names)
    first = Text("first block / last block", "첫 블록 / 마지막 블록")
    return Figure(
        Text(
            "The same ratio of gradients while the deepest network trains, and its accuracy on validation images.",
            "가장 깊은 신경망이 학습하는 동안의 gradient 비율과 검증 정확도.",
        ),
        (Panel(EPOCH, first, shares, ylog=True), accuracies({Stack(a, "none"): runs for a, runs in training.items()})),
    )


CLAIM = Claim(
    number=8,
    name="vanishing_gradients",
    section="3",
    title=Text("Gradients vanish towards the input", "입력층에 가까울수록 gradient가 소실된다"),
    quote=Text(
        "The gradient approaches 0 towards the input layer, so that training does not go well. … Where an "
        "activation's derivative is below 1, this value is multiplied again and again in backpropagation. … The "
        "maximum of sigmoid's derivative is only 0.25, at x = 0. … tanh's is largest, 1, at x = 0.",
        "입력층에 가까워질수록 gradient의 값이 0에 가까워져서 학습이 잘 되지 않는 현상 … 활성화 함수의 미분값이 1 "
        "미만 인 경우, 역전파 과정에서 이 값이 계속 곱해지면서 입력층에 가까워질 때는 gradient가 0에 가까워지는 "
        "것이다. … sigmoid 함수의 경우, 미분값의 최댓값은 x=0에서 0.25에 불과하다. … tanh 함수는 미분값이 x=0에서 "
        "1로 최대",
    ),
    prediction=Text(
        "In a stack of equal blocks the first one's gradient is less than a tenth of the last one's with sigmoid "
        "and with tanh, and not with ReLU or leaky ReLU; with sigmoid the deep network stays below {untrained}, "
        "halfway between always answering the most frequent class ({chance}) and being always right; the derivatives' "
        "maxima are 0.25 and 1, at 0.",
        "같은 블록을 쌓은 신경망에서 첫 블록의 gradient는 sigmoid와 tanh에서 마지막 블록의 10분의 1 미만이고 "
        "ReLU와 Leaky ReLU에서는 그렇지 않다. sigmoid를 쓴 깊은 신경망의 정확도는 {untrained} 미만, 곧 가장 많은 "
        "클래스로만 답할 때({chance})와 모두 맞힐 때의 한가운데보다 낮다. 미분값의 최댓값은 x=0에서 각각 0.25와 1이다.",
    ),
    measure=measure,
)
