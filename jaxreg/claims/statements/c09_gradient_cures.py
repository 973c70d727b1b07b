"""ReLU, batch normalization and layer normalization cure vanishing gradients (sections 3, 4.1, 4.2)."""

from __future__ import annotations

from jaxreg.claims.claim import Check, Claim, Finding, above, both_names, mean, quantity
from jaxreg.claims.deep import Stack, accuracies, at_start, depths, gradients, ratios, trained
from jaxreg.claims.figure import Figure
from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import numbers
from jaxreg.text import Text

CURES = (
    Stack("relu", "none"),
    Stack("leaky_relu", "none"),
    Stack("sigmoid", "batch"),
    Stack("sigmoid", "layer"),
    Stack("relu", "batch"),
    Stack("relu", "layer"),
)
ILL = Stack("sigmoid", "none")
ALIVE = 0.1  # a gradient is alive where the first block gets more than this share of the last block's
TRAINED = 0.8  # of the way from chance to all right, above which a network has trained


def measure(lab: Lab) -> Finding:
    """Compares gradients and accuracy of the deepest network under each cure with those of plain sigmoid."""
    cures = lab.config.thin(CURES)
    stacks = (ILL, *cures)
    start = {stack: at_start(lab, stack, depths(lab)[-1]) for stack in stacks}
    training = {stack: trained(lab, stack) for stack in stacks}
    accuracy = {stack: numbers(runs, "test_accuracy") for stack, runs in training.items()}
    checks: list[Check] = []
    for stack in cures:
        checks += [
            above(WHAT["gradient"].format(stack.label), ratios(start[stack]), ALIVE, "x"),
            above(WHAT["accuracy"].format(stack.label), accuracy[stack], lab.above_chance(TRAINED), "%"),
        ]
    cured = [s for i, s in enumerate(cures) if checks[2 * i].holds and checks[2 * i + 1].holds]
    return Finding(
        tuple(checks),
        Text(
            "{cured} of {all} cures bring the gradient back and train",
            "{all}가지 방법 중 {cured}가지가 gradient를 되살리고 학습됨",
        ).format(cured=len(cured), all=len(cures)),
        WHY.format(
            depth=depths(lab)[-1],
            ill=quantity(mean(ratios(start[ILL]))),
            ill_accuracy=quantity(mean(accuracy[ILL]), "%"),
            cured=both_names([s.label for s in cured]),
        ),
        (Figure(CAPTION, (gradients(start), accuracies(training))),),
        {"trained": quantity(lab.above_chance(TRAINED), "%"), "chance": quantity(lab.chance, "%")},
    )


WHAT = {
    "gradient": Text(
        "{}: first block's gradient relative to the last's, at initialisation",
        "{}: 초기화 때 마지막 블록 대비 첫 블록의 gradient",
    ),
    "accuracy": Text("{}: test accuracy after training", "{}: 학습 후 테스트 정확도"),
}
WHY = Text(
    "Plain sigmoid with {depth} convolutions has {ill} of the gradient left at the first block and ends at "
    "{ill_accuracy}. Both the gradient and the accuracy come back with: {cured}.",
    "합성곱 {depth}층에 sigmoid만 쓰면 첫 블록의 gradient는 {ill}배로 줄고 정확도는 {ill_accuracy}에 그칩니다. "
    "gradient와 정확도가 모두 회복되는 방법: {cured}.",
)
CAPTION = Text(
    "Gradient of each convolution at initialisation, and accuracy while training, in the deepest network.",
    "가장 깊은 신경망에서 초기화 때 각 합성곱의 gradient와, 학습 중의 정확도.",
)


CLAIM = Claim(
    number=9,
    name="gradient_cures",
    section="3, 4-1, 4-2",
    title=Text("ReLU and normalization cure vanishing gradients", "ReLU와 정규화가 gradient vanishing을 해결한다"),
    quote=Text(
        "The cure: activations whose derivative is always 1 in a certain range, ReLU = max(0, x) or Leaky ReLU = "
        "max(0.05x, x); Batch Normalization. … Layer Normalization, too, can prevent vanishing gradients.",
        "특정 범위에서 미분값이 항상 1인 활성화 함수인 ReLU = max(0, x) 또는 Leaky ReLU = max(0.05x, x) 등을 "
        "사용한다. Batch Normalization 을 사용한다. … (Layer Normalization) 역시 Gradient Vanishing을 방지할 수 "
        "있다.",
    ),
    prediction=Text(
        f"In the deepest network each cure leaves the first block more than {ALIVE:g} of the last block's gradient, "
        f"and trains it to more than {{trained}}, {TRAINED:.0%} of the way from always answering the most frequent "
        "class ({chance}) to being always right.",
        f"가장 깊은 신경망에서 각 방법은 첫 블록에 마지막 블록의 {ALIVE:g}배가 넘는 gradient를 남기고, 정확도 "
        "{trained}(가장 많은 클래스로만 답할 때의 {chance}에서 모두 맞힐 때까지의 "
        f"{TRAINED:.0%})를 넘게 학습된다.",
    ),
    measure=measure,
)
