"""Gradients vanish towards the input (section 3), and what cures it (sections 3, 4.1, 4.2)."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, Series, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import ACTIVATIONS, EPOCH, NORMS
from jaxreg.claims.quantities import both_names, mean, plus_minus, quantity
from jaxreg.claims.rule import Check, Limit, above, below, judge
from jaxreg.claims.runs import Run, RunSpec, final_valid, numbers
from jaxreg.core.model import ACTIVATIONS as FUNCTIONS
from jaxreg.core.model import CONV_LAYERS
from jaxreg.text import NOTHING, Text, joined, same

DEPTHS = (4, 7, 11)  # convolutions; those from the third on are equal blocks
EPOCHS = 12
RATES = (5e-4, 1.5e-3, 5e-3)  # of the text's range; each network is judged at its best on validation images
POINTS = np.linspace(-4, 4, 801)  # where derivatives are taken
VANISHED = Limit(
    0.1,
    Text(
        "a tenth over eight blocks is a loss of a quarter in each: less is no vanishing",
        "여덟 블록에서 10분의 1이면 블록마다 4분의 1을 잃는 셈이며, 이보다 덜하면 소실이라고 하지 않는다",
    ),
    "x",
)
EXACT = Limit(1e-4, Text("float32 rounds", "float32의 반올림"))
UNTRAINED, TRAINED = 0.5, 0.8  # of the way from chance to all right: a network below has not trained, one above has
HALFWAY = Text(
    "halfway from always the most frequent class to all right",
    "이미지가 가장 많은 클래스로만 답할 때와 모두 맞힐 때의 한가운데",
)
MOST_OF_IT = Text(
    f"{TRAINED:.0%} of the way from always the most frequent class to all right",
    f"이미지가 가장 많은 클래스로만 답할 때의 정확도에서 모두 맞힐 때까지의 {TRAINED:.0%}",
)
STARTS = {
    "torch": Text("PyTorch's start", "PyTorch의 초기화"),  # the text's
    "lecun": Text("LeCun's start", "LeCun 초기화"),  # the study's
    "he": Text("He's start", "He 초기화"),
}
AGAINST_DEPTH = ("torch", "he")  # the starts whose signal is drawn against depth


class Stack(NamedTuple):
    """A deep network of equal blocks: its activation and normalization, and how its weights are drawn."""

    activation: str
    norm_type: str = "none"
    start: str = "torch"

    @property
    def label(self) -> Text:
        """Returns its name."""
        name = ACTIVATIONS[self.activation]
        if self.norm_type != "none":
            name = same("{} + {}").format(name, NORMS[self.norm_type])
        return name if self.start == "torch" else same("{}, {}").format(name, STARTS[self.start])


SIGMOID = Stack("sigmoid")
PLAIN = tuple(Stack(activation, start=start) for start in STARTS for activation in ACTIVATIONS)
CURES = (
    *(Stack(activation, start=start) for start in ("torch", "he") for activation in ("relu", "leaky_relu")),
    *(Stack(activation, norm) for activation in ("sigmoid", "relu") for norm in ("batch", "layer")),
)


def _depths(lab: Lab) -> tuple[int, ...]:
    return (len(CONV_LAYERS),) if lab.config.smoke else DEPTHS


def _shown_depths(lab: Lab, stack: Stack) -> tuple[int, ...]:
    """Returns the depths at which a stack is looked at: all of them where a figure shows them."""
    return _depths(lab) if stack.start in AGAINST_DEPTH else _depths(lab)[-1:]


def _untrained(lab: Lab, stack: Stack, depth: int) -> RunSpec:
    return lab.spec(**stack._asdict(), depth=depth, epochs=0, observe=("signals",))


def _at_rates(lab: Lab, stack: Stack) -> list[RunSpec]:
    """Returns the deepest network trained at each rate."""
    depth, epochs = _depths(lab)[-1], lab.num_epochs(EPOCHS)
    rates = lab.config.thin(RATES)
    return [lab.spec(**stack._asdict(), depth=depth, epochs=epochs, learning_rate=rate) for rate in rates]


def _best(lab: Lab, stack: Stack) -> tuple[Run, ...]:
    """Returns the runs of a stack at the rate that is best on validation images, in the mean."""
    return max(map(lab.runs, _at_rates(lab, stack)), key=lambda runs: mean(final_valid(runs)))


def _asks_plain(lab: Lab) -> Iterable[RunSpec]:
    return [_untrained(lab, stack, d) for stack in PLAIN for d in _shown_depths(lab, stack)] + _at_rates(lab, SIGMOID)


def _asks_cures(lab: Lab) -> Iterable[RunSpec]:
    stacks = (SIGMOID, *lab.config.thin(CURES))
    first = [_untrained(lab, stack, _depths(lab)[-1]) for stack in stacks]
    return first + [spec for stack in stacks for spec in _at_rates(lab, stack)]


def ratios(runs: Iterable[Run]) -> list[float]:
    """Returns for each seed what comes back to the first of the equal blocks, relative to the last; NaN of nothing."""
    ends = [map(float, run["signals"][0][[0, -1]]) for run in runs]
    return [first / last if last else math.nan for first, last in ends]


def derivative(name: str) -> np.ndarray:
    """Returns the derivative of an activation on -4, -3.99, ..., 4, by automatic differentiation."""
    points = jnp.linspace(-4.0, 4.0, 801)
    return np.asarray(jax.vmap(jax.grad(FUNCTIONS[name]))(points))


def _by_layer(runs: Mapping[Text, tuple[Run, ...]], title: Text = NOTHING) -> Panel:
    """Returns the panel of signals before training against the layer, from the input on."""

    def shown(label: Text, group: tuple[Run, ...]) -> Series:
        sizes = np.array([run["signals"][0] for run in group]).T  # [block, seed]
        return spread(label, range(3, 3 + len(sizes)), np.maximum(sizes, 1e-20))

    layer = Text("convolution, from the input", "합성곱 층 (입력부터)")
    lines = tuple(shown(label, group) for label, group in runs.items())
    return Panel(layer, same("dL/dz (RMS)"), lines, title, ylog=True)


def vanishing_gradients(lab: Lab) -> Finding:
    """Looks at the signal that goes back, by layer, depth, activation and start, and at what sigmoid learns of it."""
    depths = _depths(lab)
    runs = {stack: [lab.runs(_untrained(lab, stack, d)) for d in _shown_depths(lab, stack)] for stack in PLAIN}
    first = {stack: ratios(rows[-1]) for stack, rows in runs.items()}
    trained, untrained = _best(lab, SIGMOID), lab.above_chance(UNTRAINED)
    accuracy = numbers(trained, "test_accuracy")
    checks: list[Check] = []
    for stack, values in first.items():
        what = SIGNAL.format(ACTIVATIONS[stack.activation], STARTS[stack.start])
        rule = below if stack.activation in ("sigmoid", "tanh") else above
        checks.append(rule(what, values, VANISHED))
    checks.append(below(END, accuracy, Limit(untrained, HALFWAY, "%")))
    for name, value in (("sigmoid", 0.25), ("tanh", 1.0)):
        slope = derivative(name)
        wrong = abs(float(slope.max()) - value) + abs(float(POINTS[slope.argmax()]))
        checks.append(below(DERIVATIVE.format(ACTIVATIONS[name], value), [wrong], EXACT, "definition"))
    listed = [
        WITH_START.format(
            start, *(quantity(mean(first[Stack(activation, start=key)], "x"), "x") for activation in ACTIVATIONS)
        )
        for key, start in STARTS.items()
    ]
    said = {f"{activation}": plus_minus(first[Stack(activation)], "x") for activation in ACTIVATIONS}
    why = VANISH_WHY.format(
        depth=depths[-1],
        listed=joined(listed, "; "),
        accuracy=plus_minus(accuracy, "%"),
        rate=quantity(trained[0].spec.learning_rate),
    )
    outcomes = {stack: one.outcome for stack, one in zip(first, judge(checks), strict=False)}
    differing = [
        words
        for name, words in ACTIVATIONS.items()
        if {outcomes[Stack(name, start=start)] for start in STARTS} >= {"holds", "fails"}
    ]
    if differing:
        why = joined([why, START_DECIDES.format(both_names(differing))])
    terms = {"untrained": quantity(untrained, "%"), "chance": quantity(lab.chance, "%"), "depth": depths[-1]}
    figures = (_layers(runs), _depth_figure(runs, depths))
    return Finding(tuple(checks), VANISH_NUMBER.format(**said), why, figures, terms)


VANISH_NUMBER = Text(
    "signal at the first block relative to the last, with PyTorch's start: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
    "마지막 블록 대비 첫 블록의 신호, PyTorch의 초기화: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
)
SIGNAL = Text(
    "{}, {}: dL/dz of the first block relative to the last, before training",
    "{}, {}: 마지막 블록 대비 첫 블록의 dL/dz, 학습 전",
)
END = Text(
    "sigmoid, PyTorch's start: test accuracy at the best rate",
    "sigmoid, PyTorch의 초기화: 가장 좋은 학습률의 테스트 정확도",
)
DERIVATIVE = Text(
    "{}: distance of the derivative's maximum from {} at x = 0", "{}: 미분값의 최댓값이 x = 0에서 {}인지 (차이)"
)
WITH_START = Text("{}: sigmoid {}, tanh {}, ReLU {}, leaky ReLU {}", "{}: sigmoid {}, tanh {}, ReLU {}, Leaky ReLU {}")
VANISH_WHY = Text(
    "What comes back to the first of the equal blocks of {depth} convolutions, relative to the last. {listed}. With "
    "sigmoid and PyTorch's start, at its best rate ({rate}), the network ends at {accuracy}.",
    "합성곱 {depth}층에서, 모양이 같은 블록 중 첫 블록에 돌아오는 신호를 마지막 블록과 비교하면 다음과 같습니다. "
    "{listed}. sigmoid와 PyTorch의 초기화를 쓴 신경망은 가장 좋은 학습률({rate})에서 정확도 {accuracy}에 이릅니다.",
)
START_DECIDES = Text(
    "Whether it vanishes is shown to depend on the start with: {}. A layer multiplies the signal by the weights as "
    "well as by the derivative.",
    "소실 여부가 가중치의 초기화에 따라 달라진다고 보인 활성화 함수: {}. 층마다 신호에 미분값뿐 아니라 가중치도 "
    "곱해집니다.",
)
LAYERS_SHOWN = Text(
    "Root mean square of dL/dz over each of the equal blocks, before training, in the deepest network, by how its "
    "weights are drawn.",
    "가장 깊은 신경망에서 학습 전 각 블록의 dL/dz(RMS), 가중치 초기화별.",
)
DEPTHS_SHOWN = Text(
    "The signal at the first block relative to the last, against the number of convolutions; and the derivatives of "
    "the activations.",
    "합성곱 층 수에 따른, 마지막 블록 대비 첫 블록의 신호와 활성화 함수의 미분값.",
)


def _layers(runs: Mapping[Stack, list[tuple[Run, ...]]]) -> Figure:
    def of(key: str) -> dict[Text, tuple[Run, ...]]:
        return {words: runs[Stack(activation, start=key)][-1] for activation, words in ACTIVATIONS.items()}

    return Figure(LAYERS_SHOWN, tuple(_by_layer(of(key), start) for key, start in STARTS.items()))


def _depth_figure(runs: Mapping[Stack, list[tuple[Run, ...]]], depths: tuple[int, ...]) -> Figure:
    depth, signal = Text("convolutions", "합성곱 층 수"), Text("first block / last block", "첫 블록 / 마지막 블록")
    panels = []
    for key in AGAINST_DEPTH:
        rows = {words: runs[Stack(activation, start=key)] for activation, words in ACTIVATIONS.items()}
        curves = tuple(spread(words, depths, [ratios(group) for group in row]) for words, row in rows.items())
        panels.append(Panel(depth, signal, curves, STARTS[key], ylog=True))
    slopes = tuple(line(words, POINTS[::8], derivative(name)[::8]) for name, words in ACTIVATIONS.items())
    return Figure(DEPTHS_SHOWN, (*panels, Panel(same("x"), Text("derivative", "미분값"), slopes)))


def gradient_cures(lab: Lab) -> Finding:
    """Compares signal and accuracy of the deepest network under each cure, at its best rate, with plain sigmoid's."""
    cures, depth, enough = lab.config.thin(CURES), _depths(lab)[-1], lab.above_chance(TRAINED)
    start = {stack: lab.runs(_untrained(lab, stack, depth)) for stack in (SIGMOID, *cures)}
    trained = {stack: _best(lab, stack) for stack in start}
    accuracy = {stack: numbers(runs, "test_accuracy") for stack, runs in trained.items()}
    checks: list[Check] = []
    for stack in cures:
        checks.append(above(CURED_SIGNAL.format(stack.label), ratios(start[stack]), VANISHED))
        checks.append(above(ACCURACY.format(stack.label), accuracy[stack], Limit(enough, MOST_OF_IT, "%")))
    holds = [one.outcome == "holds" for one in judge(checks)]
    cured = [stack.label for stack, *both in zip(cures, holds[::2], holds[1::2], strict=True) if all(both)]
    reached = [
        REACHED.format(
            stack.label,
            plus_minus(ratios(start[stack]), "x"),
            quantity(mean(accuracy[stack]), "%"),
            quantity(runs[0].spec.learning_rate),
        )
        for stack, runs in trained.items()
    ]
    listed = joined(reached, "; ")
    number = CURE_NUMBER.format(cured=len(cured), all=len(cures))
    why = CURE_WHY.format(depth=depth, cured=both_names(cured), listed=listed)
    terms = {"trained": quantity(enough, "%"), "chance": quantity(lab.chance, "%"), "depth": depth}
    curves = {stack: np.array([run["valid_accuracy"] for run in runs]).T for stack, runs in trained.items()}
    lines = tuple(spread(stack.label, range(1, len(c) + 1), c) for stack, c in curves.items())
    valid = Panel(EPOCH, Text("validation accuracy (%)", "검증 정확도 (%)"), lines, percent=True)
    signals = _by_layer({stack.label: runs for stack, runs in start.items()})
    return Finding(tuple(checks), number, why, (Figure(CURE_SHOWN, (signals, valid)),), terms)


CURE_NUMBER = Text(
    "shown to keep the signal and to train: {cured} of {all} cures",
    "신호를 지키고 학습된다고 보인 방법: {all}가지 중 {cured}가지",
)
CURED_SIGNAL = Text(
    "{}: dL/dz of the first block relative to the last, before training",
    "{}: 마지막 블록 대비 첫 블록의 dL/dz, 학습 전",
)
ACCURACY = Text("{}: test accuracy at the best rate", "{}: 가장 좋은 학습률의 테스트 정확도")
REACHED = Text("{0}: {1}, {2} at rate {3}", "{0}: {1}, 학습률 {3}에서 {2}")
CURE_WHY = Text(
    "Signal at the first block of {depth} convolutions relative to the last, before training, and test accuracy at the "
    "rate that is best on validation images; with PyTorch's start where no other is named. {listed}. Both are shown "
    "for: {cured}.",
    "합성곱 {depth}층에서 학습 전 마지막 블록 대비 첫 블록의 신호와, 검증에서 가장 좋은 학습률의 테스트 정확도(따로 "
    "적지 않으면 PyTorch의 초기화). {listed}. 둘 다 보인 방법: {cured}.",
)
CURE_SHOWN = Text(
    "Root mean square of dL/dz over each block before training, and accuracy while training at the best rate, in the "
    "deepest network.",
    "가장 깊은 신경망에서 학습 전 각 블록의 dL/dz(RMS)와, 가장 좋은 학습률로 학습하는 동안의 정확도.",
)

VANISH_TITLE = Text("Gradients vanish towards the input", "입력층에 가까울수록 gradient가 소실(vanishing)된다")
VANISH_QUOTE = Text(
    "The gradient approaches 0 towards the input layer, so that training does not go well. … Where an "
    "activation's derivative is below 1, this value is multiplied again and again in backpropagation. … The "
    "maximum of sigmoid's derivative is only 0.25, at x = 0. … tanh's is largest, 1, at x = 0.",
    "입력층에 가까워질수록 gradient의 값이 0에 가까워져서 학습이 잘 되지 않는 현상 … 활성화 함수의 미분값이 1 미만 "
    "인 경우, 역전파 과정에서 이 값이 계속 곱해지면서 입력층에 가까워질 때는 gradient가 0에 가까워지는 것이다. … "
    "sigmoid 함수의 경우, 미분값의 최댓값은 x=0에서 0.25에 불과하다. … tanh 함수는 미분값이 x=0에서 1로 최대",
)
VANISH_PREDICTION = Text(
    "As the text gives the activation as the cause, it decides whatever the start. In {depth} convolutions, with "
    "PyTorch's start (the text's), LeCun's and He's, the signal dL/dz that comes back to the first of the equal "
    "blocks is "
    f"less than {VANISHED.value:g} of the last one's with sigmoid and with tanh, and more than that with ReLU and "
    f"leaky "
    "ReLU. With sigmoid and PyTorch's start the network stays below {untrained} at its best rate, halfway between "
    "always answering the most frequent class ({chance}) and being always right. By definition, the derivatives' "
    "maxima are 0.25 "
    f"and 1, at 0 (within {EXACT.value:g}).",
    "원문은 활성화 함수를 원인으로 들므로 초기화와 무관해야 한다. 합성곱 {depth}층에서 PyTorch(원문), LeCun, He의 "
    "초기화 모두, 모양이 같은 블록 중 첫 블록에 돌아오는 신호 dL/dz는 sigmoid와 tanh에서 마지막 블록의 "
    f"{VANISHED.ko} 미만이고 ReLU와 Leaky ReLU에서 그보다 크다. sigmoid와 PyTorch의 초기화를 쓴 신경망의 정확도는 "
    f"가장 좋은 "
    "학습률에서 {untrained} 미만, 곧 이미지가 가장 많은 클래스로만 답할 때({chance})와 모두 맞힐 때의 한가운데보다 "
    "낮다. 정의에 따라 "
    f"미분값의 최댓값은 x=0에서 각각 0.25와 1이다(차이 {EXACT.value:g} 미만).",
)
CURE_TITLE = Text(
    "ReLU and normalization cure vanishing gradients",
    "ReLU와 정규화(배치·레이어)가 gradient 소실(vanishing)을 해결한다",
)
CURE_QUOTE = Text(
    "The cure: activations whose derivative is always 1 in a certain range, ReLU = max(0, x) or Leaky ReLU = "
    "max(0.05x, x); Batch Normalization. … Layer Normalization, too, can prevent vanishing gradients.",
    "특정 범위에서 미분값이 항상 1인 활성화 함수인 ReLU = max(0, x) 또는 Leaky ReLU = max(0.05x, x) 등을 사용한다. "
    "Batch Normalization 을 사용한다. … (Layer Normalization) 역시 Gradient Vanishing을 방지할 수 있다.",
)
CURE_PREDICTION = Text(
    "In {depth} convolutions each cure (ReLU and leaky ReLU, with PyTorch's start and with He's; batch and layer "
    "normalization, with sigmoid and with ReLU) leaves the first of the equal blocks more than "
    f"{VANISHED.value:g} of the last one's dL/dz before training, and at its best rate it reaches more than "
    f"{{trained}} on test, {TRAINED:.0%} of the way from always answering the most frequent class ({{chance}}) to "
    f"being always right.",
    "합성곱 {depth}층에서 각 방법(PyTorch와 He의 초기화를 쓴 ReLU와 Leaky ReLU, sigmoid나 ReLU와 함께 쓴 배치·레이어 "
    f"정규화)은 학습 전 모양이 같은 블록 중 첫 블록에 마지막 블록의 {VANISHED.ko}가 넘는 dL/dz를 남기고, 가장 좋은 "
    f"학습률에서 테스트 정확도가 {{trained}}(이미지가 가장 많은 클래스로만 답할 때의 {{chance}}에서 모두 맞힐 때까지의 "
    f"{TRAINED:.0%})를 넘는다.",
)

CLAIMS = (
    Claim(
        8, "vanishing_gradients", "3", VANISH_TITLE, VANISH_QUOTE, VANISH_PREDICTION, _asks_plain, vanishing_gradients
    ),
    Claim(9, "gradient_cures", "3, 4-1, 4-2", CURE_TITLE, CURE_QUOTE, CURE_PREDICTION, _asks_cures, gradient_cures),
)
