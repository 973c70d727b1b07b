"""Gradients vanish towards the input (section 3), and what cures it (sections 3, 4.1, 4.2)."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import NOTHING, Figure, Panel, line, spread
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.names import ACTIVATIONS, EPOCH, NORMS
from jaxreg.claims.quantities import both_names, mean, quantity
from jaxreg.claims.rule import Check, Limit, above, below, judge
from jaxreg.claims.runs import Run, RunSpec, numbers
from jaxreg.core.model import ACTIVATIONS as FUNCTIONS
from jaxreg.text import Text

DEPTHS = (4, 7, 11)  # convolutions; from the third on all kernels have the same shape
FIRST = 2  # index of the first convolution with that shape
EPOCHS = 8
POINTS = np.linspace(-4, 4, 801)  # where derivatives are taken
A_TENTH = Text("a tenth", "10분의 1")
VANISHED = Limit(0.1, A_TENTH, "x")
EXACT = Limit(1e-4, A_TENTH)
UNTRAINED, TRAINED = 0.5, 0.8  # of the way from chance to all right: a network below has not trained, one above has


class Stack(NamedTuple):
    """A deep network of equal blocks: its activation and normalization."""

    activation: str
    norm_type: str = "none"

    @property
    def label(self) -> Text:
        """Returns its name."""
        name = ACTIVATIONS[self.activation]
        return name if self.norm_type == "none" else Text("{} + {}", "{} + {}").format(name, NORMS[self.norm_type])


Stacks = Mapping[Stack, tuple[Run, ...]]  # runs of each seed
PLAIN = tuple(map(Stack, ACTIVATIONS))
CURES = (*PLAIN[2:], *(Stack(activation, norm) for activation in ("sigmoid", "relu") for norm in ("batch", "layer")))


def _specs(lab: Lab, stacks: tuple[Stack, ...], depths: tuple[int, ...]) -> dict[str, list[RunSpec]]:
    """Returns the stacks of each depth as they are initialised, and the deepest trained (not with `--smoke`)."""
    depths, epochs = (DEPTHS[:1], 0) if lab.config.smoke else (depths, EPOCHS)
    wanted = {f"depth {depth}": (depth, 0) for depth in depths} | {"trained": (depths[-1], epochs)}
    return {
        name: [lab.spec(**s._asdict(), depth=depth, epochs=number, observe=("gradients",)) for s in stacks]
        for name, (depth, number) in wanted.items()
    }


def _plain(lab: Lab) -> dict[str, list[RunSpec]]:
    return _specs(lab, PLAIN, DEPTHS)


def _cured(lab: Lab) -> dict[str, list[RunSpec]]:
    return _specs(lab, (PLAIN[0], *lab.config.thin(CURES)), DEPTHS[-1:])


def _read(lab: Lab, specs: dict[str, list[RunSpec]]) -> list[Stacks]:
    """Returns the runs of such specs; the last ones are trained, those before them as they were initialised."""
    return [{Stack(r[0].spec.activation, r[0].spec.norm_type): r for r in row} for row in lab.rows(specs).values()]


def _depth(runs: Stacks) -> int:
    return runs[PLAIN[0]][0].spec.depth


def ratios(runs: tuple[Run, ...], epoch: int = 0) -> list[float]:
    """Returns for each seed the gradient of the first of the equal blocks, relative to the last's if that is not 0."""
    ends = [map(float, run["gradients"][epoch][[FIRST, -1]]) for run in runs]
    return [first / last if last else math.nan for first, last in ends]


def derivative(name: str) -> np.ndarray:
    """Returns the derivative of an activation on -4, -3.99, ..., 4, by automatic differentiation."""
    points = jnp.linspace(-4.0, 4.0, 801)
    return np.asarray(jax.vmap(jax.grad(FUNCTIONS[name]))(points))


def _gradients(runs: Stacks, title: Text = NOTHING) -> Panel:
    """Returns the panel of gradient sizes at initialisation against the layer, from the input on."""
    sizes = {stack: np.array([run["gradients"][0] for run in group]).T for stack, group in runs.items()}
    lines = (spread(s.label, range(1, len(v) + 1), np.maximum(v, 1e-12)) for s, v in sizes.items())
    layer = Text("convolution, from the input", "합성곱 층 (입력부터)")
    return Panel(layer, Text("gradient (RMS)", "gradient (RMS)"), tuple(lines), title, ylog=True)


def _accuracies(runs: Stacks) -> Panel:
    """Returns the panel of accuracies on validation images, epoch by epoch."""
    curves = {stack: np.array([run["valid_accuracy"] for run in group]).T for stack, group in runs.items()}
    lines = tuple(spread(stack.label, range(1, len(c) + 1), c) for stack, c in curves.items())
    return Panel(EPOCH, Text("validation accuracy (%)", "검증 정확도 (%)"), lines, percent=True)


def vanishing_gradients(lab: Lab) -> Finding:
    """Looks at gradients by layer, depth and activation, at initialisation and in training."""
    *starts, trained = _read(lab, _plain(lab))
    start = starts[-1]
    first = {stack.activation: ratios(runs) for stack, runs in start.items()}
    checks: list[Check] = []
    for name, value in (("sigmoid", 0.25), ("tanh", 1.0)):
        slope = derivative(name)
        wrong = abs(float(slope.max()) - value) + abs(float(POINTS[slope.argmax()]))
        checks.append(below(DERIVATIVE.format(ACTIVATIONS[name], value), [wrong], EXACT, "definition"))
    checks += [below(START.format(ACTIVATIONS[name]), first[name], VANISHED) for name in ("sigmoid", "tanh")]
    checks += [above(START.format(ACTIVATIONS[name]), first[name], VANISHED) for name in ("relu", "leaky_relu")]
    accuracy, untrained = numbers(trained[Stack("sigmoid")], "test_accuracy"), lab.above_chance(UNTRAINED)
    checks.append(below(END.format(ACTIVATIONS["sigmoid"]), accuracy, Limit(untrained, A_TENTH, "%")))
    vanished = both_names([ACTIVATIONS[name] for name, values in first.items() if mean(values) < VANISHED.value])
    shares = {name: quantity(mean(values)) for name, values in first.items()}
    why = VANISH_WHY.format(depth=_depth(start), vanished=vanished, accuracy=quantity(mean(accuracy), "%"), **shares)
    figures = (Figure(LAYERS_SHOWN, _by_layer(starts)), Figure(TRAINING_SHOWN, _in_training(trained)))
    terms = {"untrained": quantity(untrained, "%"), "chance": quantity(lab.chance, "%")}
    return Finding(tuple(checks), VANISH_NUMBER.format(**shares), why, figures, terms)


VANISH_NUMBER = Text(
    "first block's gradient, relative to the last's: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
    "마지막 블록 대비 첫 블록의 gradient: sigmoid {sigmoid}, tanh {tanh}, ReLU {relu}",
)
DERIVATIVE = Text(
    "{}: distance of the derivative's maximum from {} at x = 0", "{}: 미분값의 최댓값이 x = 0에서 {}인지 (차이)"
)
START = Text(
    "{}: gradient of the first block relative to the last, at initialisation",
    "{}: 초기화 때 마지막 블록 대비 첫 블록의 gradient",
)
END = Text("{}: test accuracy of the deep network after training", "{}: 학습 후 깊은 신경망의 테스트 정확도")
VANISH_WHY = Text(
    "With {depth} convolutions the gradient of the first block is {sigmoid} of the last block's with sigmoid, "
    "{tanh} with tanh, {relu} with ReLU and {leaky_relu} with leaky ReLU. It vanishes (below a tenth) with: "
    "{vanished}. With sigmoid the deep network ends at {accuracy}. What decides is the product of derivative and "
    "weights over the layers, not the derivative's maximum alone.",
    "합성곱 층이 {depth}개일 때 첫 블록의 gradient는 마지막 블록에 비해 sigmoid {sigmoid}, tanh {tanh}, ReLU "
    "{relu}, Leaky ReLU {leaky_relu}배입니다. 소실(10분의 1 미만)이 나타난 활성화 함수: {vanished}. sigmoid를 쓴 "
    "깊은 신경망의 정확도는 {accuracy}에 그칩니다. 소실을 결정하는 것은 미분값의 최댓값만이 아니라 층을 거치며 "
    "곱해지는 미분값과 가중치의 곱입니다.",
)
LAYERS_SHOWN = Text(
    "Root mean square of the loss gradient over each convolution's kernel at initialisation (from the third on all "
    "have the same shape), and the derivatives of the activations.",
    "초기화 때 각 합성곱 커널(세 번째부터 모양이 모두 같음)에 대한 손실 gradient의 RMS와 활성화 함수의 미분값.",
)
TRAINING_SHOWN = Text(
    "The same ratio of gradients while the deepest network trains, and its accuracy on validation images.",
    "가장 깊은 신경망이 학습하는 동안의 gradient 비율과 검증 정확도.",
)


def _by_layer(starts: list[Stacks]) -> tuple[Panel, ...]:
    convolutions = Text("{} convolutions", "합성곱 {}층")
    panels = [_gradients(start, convolutions.format(_depth(start))) for start in starts[-2:]]
    curves = tuple(line(words, POINTS[::8], derivative(name)[::8]) for name, words in ACTIVATIONS.items())
    return (*panels, Panel(Text("x", "x"), Text("derivative", "미분값"), curves))


def _in_training(trained: Stacks) -> tuple[Panel, ...]:
    epochs = range(len(trained[PLAIN[0]][0]["gradients"]))
    shares = tuple(spread(s.label, epochs, [ratios(runs, e) for e in epochs]) for s, runs in trained.items())
    first = Text("first block / last block", "첫 블록 / 마지막 블록")
    return Panel(EPOCH, first, shares, ylog=True), _accuracies(trained)


def gradient_cures(lab: Lab) -> Finding:
    """Compares gradients and accuracy of the deepest network under each cure with those of plain sigmoid."""
    start, trained = _read(lab, _cured(lab))
    ill, *cures = start
    first = {stack: ratios(runs) for stack, runs in start.items()}
    accuracy = {stack: numbers(runs, "test_accuracy") for stack, runs in trained.items()}
    plain = {"ill": quantity(mean(first[ill])), "ill_accuracy": quantity(mean(accuracy[ill]), "%")}
    enough = lab.above_chance(TRAINED)
    checks: list[Check] = []
    for s in cures:
        checks.append(above(GRADIENT.format(s.label), first[s], VANISHED))
        checks.append(above(ACCURACY.format(s.label), accuracy[s], Limit(enough, A_TENTH, "%")))
    held = [one.outcome == "holds" for one in judge(checks)]
    cured = [s.label for i, s in enumerate(cures) if held[2 * i] and held[2 * i + 1]]
    number = CURE_NUMBER.format(cured=len(cured), all=len(cures))
    why = CURE_WHY.format(depth=_depth(start), cured=both_names(cured), **plain)
    terms = {"trained": quantity(enough, "%"), "chance": quantity(lab.chance, "%")}
    return Finding(tuple(checks), number, why, (Figure(CURE_SHOWN, (_gradients(start), _accuracies(trained))),), terms)


CURE_NUMBER = Text(
    "{cured} of {all} cures bring the gradient back and train",
    "{all}가지 방법 중 {cured}가지가 gradient를 되살리고 학습됨",
)
GRADIENT = Text(
    "{}: first block's gradient relative to the last's, at initialisation",
    "{}: 초기화 때 마지막 블록 대비 첫 블록의 gradient",
)
ACCURACY = Text("{}: test accuracy after training", "{}: 학습 후 테스트 정확도")
CURE_WHY = Text(
    "Plain sigmoid with {depth} convolutions has {ill} of the gradient left at the first block and ends at "
    "{ill_accuracy}. Both the gradient and the accuracy come back with: {cured}.",
    "합성곱 {depth}층에 sigmoid만 쓰면 첫 블록의 gradient는 {ill}배로 줄고 정확도는 {ill_accuracy}에 그칩니다. "
    "gradient와 정확도가 모두 회복되는 방법: {cured}.",
)
CURE_SHOWN = Text(
    "Gradient of each convolution at initialisation, and accuracy while training, in the deepest network.",
    "가장 깊은 신경망에서 초기화 때 각 합성곱의 gradient와, 학습 중의 정확도.",
)

VANISH_TITLE = Text("Gradients vanish towards the input", "입력층에 가까울수록 gradient가 소실된다")
VANISH_QUOTE = Text(
    "The gradient approaches 0 towards the input layer, so that training does not go well. … Where an "
    "activation's derivative is below 1, this value is multiplied again and again in backpropagation. … The "
    "maximum of sigmoid's derivative is only 0.25, at x = 0. … tanh's is largest, 1, at x = 0.",
    "입력층에 가까워질수록 gradient의 값이 0에 가까워져서 학습이 잘 되지 않는 현상 … 활성화 함수의 미분값이 1 미만 "
    "인 경우, 역전파 과정에서 이 값이 계속 곱해지면서 입력층에 가까워질 때는 gradient가 0에 가까워지는 것이다. … "
    "sigmoid 함수의 경우, 미분값의 최댓값은 x=0에서 0.25에 불과하다. … tanh 함수는 미분값이 x=0에서 1로 최대",
)
VANISH_PREDICTION = Text(
    "In a stack of equal blocks the first one's gradient is less than a tenth of the last one's with sigmoid "
    "and with tanh, and not with ReLU or leaky ReLU; with sigmoid the deep network stays below {untrained}, "
    "halfway between always answering the most frequent class ({chance}) and being always right; the derivatives' "
    "maxima are 0.25 and 1, at 0.",
    "같은 블록을 쌓은 신경망에서 첫 블록의 gradient는 sigmoid와 tanh에서 마지막 블록의 10분의 1 미만이고 "
    "ReLU와 Leaky ReLU에서는 그렇지 않다. sigmoid를 쓴 깊은 신경망의 정확도는 {untrained} 미만, 곧 가장 많은 "
    "클래스로만 답할 때({chance})와 모두 맞힐 때의 한가운데보다 낮다. 미분값의 최댓값은 x=0에서 각각 0.25와 1이다.",
)
CURE_TITLE = Text("ReLU and normalization cure vanishing gradients", "ReLU와 정규화가 gradient vanishing을 해결한다")
CURE_QUOTE = Text(
    "The cure: activations whose derivative is always 1 in a certain range, ReLU = max(0, x) or Leaky ReLU = "
    "max(0.05x, x); Batch Normalization. … Layer Normalization, too, can prevent vanishing gradients.",
    "특정 범위에서 미분값이 항상 1인 활성화 함수인 ReLU = max(0, x) 또는 Leaky ReLU = max(0.05x, x) 등을 사용한다. "
    "Batch Normalization 을 사용한다. … (Layer Normalization) 역시 Gradient Vanishing을 방지할 수 있다.",
)
CURE_PREDICTION = Text(
    f"In the deepest network each cure leaves the first block more than {VANISHED.value:g} of the last block's "
    f"gradient, and trains it to more than {{trained}}, {TRAINED:.0%} of the way from always answering the most "
    f"frequent "
    "class ({chance}) to being always right.",
    f"가장 깊은 신경망에서 각 방법은 첫 블록에 마지막 블록의 {VANISHED.value:g}배가 넘는 gradient를 남기고, 정확도 "
    f"{{trained}}(가장 많은 클래스로만 답할 때의 {{chance}}에서 모두 맞힐 때까지의 {TRAINED:.0%})를 넘게 학습된다.",
)

CLAIMS = (
    Claim(
        8, "vanishing_gradients", "3", VANISH_TITLE, VANISH_QUOTE, VANISH_PREDICTION, flat(_plain), vanishing_gradients
    ),
    Claim(9, "gradient_cures", "3, 4-1, 4-2", CURE_TITLE, CURE_QUOTE, CURE_PREDICTION, flat(_cured), gradient_cures),
)
