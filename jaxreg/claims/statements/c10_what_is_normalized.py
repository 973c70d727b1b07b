"""What each normalization normalizes (section 4)."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import NORMS
from jaxreg.claims.observe import intermediates
from jaxreg.claims.quantities import mean, quantity
from jaxreg.claims.rule import Check, Limit, above, below
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.claims.train import unflatten
from jaxreg.core.model import CNN, CONV_LAYERS, Variables
from jaxreg.text import Text

Array = jax.Array
Layers = list[np.ndarray]

KINDS = ("batch", "layer")
NUM_LAYERS = len(CONV_LAYERS) + 1
CENTERED = Limit(
    1e-3,
    Text(
        "a thousandth of the standard deviation is more than float32 rounds away",
        "표준편차의 1000분의 1: float32의 반올림 오차보다 큼",
    ),
)
UNIT = Limit(
    0.02, Text("epsilon in the denominator takes a little of small variances", "분모의 epsilon이 작은 분산을 조금 줄임")
)
ELSEWHERE = Limit(
    0.05,
    Text("fifty times what is called 0 along the own axis", "자기 축에서 0으로 보는 값의 50배"),
)


def _axes(kind: str, x: np.ndarray) -> tuple[int, ...]:
    """Returns the axes that are normalized together: "batch" all but the channel, "layer" all but the image."""
    return tuple(range(x.ndim - 1)) if kind == "batch" else tuple(range(1, x.ndim))


def _largest_mean(layers: Layers, kind: str) -> float:
    return max(float(np.abs(x.mean(_axes(kind, x))).max()) for x in layers)


def _layers(lab: Lab, run: Run) -> tuple[Layers, Layers]:
    """Returns each layer's values before and after normalization (without gamma and beta) on a batch of test images."""
    images = lab.data(run.spec).test.images[:32]
    before, after = _values(lab.recipe(run.spec).model, unflatten(run.weights()), images)
    return [np.asarray(x, np.float64) for x in before], [np.asarray(x, np.float64) for x in after]


@partial(jax.jit, static_argnums=0)
def _values(model: CNN, variables: Variables, images: Array) -> tuple[list[Array], list[Array]]:
    values = intermediates(model, variables, images, train=True)
    norm = model.normalization()
    before, after = [], []
    for i in range(1, NUM_LAYERS + 1):
        z = values[f"linear{i}"]
        bias = variables["params"][f"conv{i}" if i < NUM_LAYERS else "dense1"]["bias"]
        plain = {"scale": jnp.ones_like(bias), "bias": jnp.zeros_like(bias)}
        stats = {"mean": jnp.zeros_like(bias), "var": jnp.ones_like(bias)}
        affine, _ = norm.apply({"params": plain, "batch_stats": stats}, z, bias, train=True, mutable=["batch_stats"])
        before.append(z + bias)
        after.append(affine(z))
    return before, after


def asks(lab: Lab) -> list[RunSpec]:
    """Returns the study's network with each normalization."""
    return [lab.spec(norm_type=kind, keep_weights=True) for kind in KINDS]


def measure(lab: Lab) -> Finding:
    """Computes mean and variance along both kinds' axes before and after each normalization."""
    runs = zip(KINDS, map(lab.runs, asks(lab)), strict=True)
    values = {kind: [_layers(lab, run) for run in group] for kind, group in runs}
    checks: list[Check] = []
    numbers = {}
    for kind, other in (KINDS, KINDS[::-1]):
        means, across = ([_largest_mean(after, along) for _, after in values[kind]] for along in (kind, other))
        spread = [max(float(np.abs(x.var(_axes(kind, x)) - 1).max()) for x in after) for _, after in values[kind]]
        checks += [
            below(MEAN.format(NORMS[kind], AXES[kind]), means, CENTERED, "definition"),
            below(VARIANCE.format(NORMS[kind], AXES[kind]), spread, UNIT, "definition"),
            above(MEAN.format(NORMS[kind], AXES[other]), across, ELSEWHERE),
        ]
        numbers[kind] = quantity(mean(means))
        numbers[f"{kind}_before"] = quantity(mean([_largest_mean(before, kind) for before, _ in values[kind]]))
    figure = _figure({kind: found[0] for kind, found in values.items()})
    return Finding(tuple(checks), NUMBER.format(**numbers), WHY.format(**numbers), (figure,))


NUMBER = Text(
    "largest |mean|: a channel {batch} with batch, an image {layer} with layer",
    "가장 큰 |평균|: 배치 정규화의 채널 {batch}, 레이어 정규화의 이미지 {layer}",
)
AXES = {
    "batch": Text("each channel, over the batch and positions", "채널마다 (배치와 위치 전체)"),
    "layer": Text("each image, over channels and positions", "이미지마다 (채널과 위치 전체)"),
}
MEAN = Text("{}: largest |mean| of {}", "{}: 가장 큰 |평균|, {}")
VARIANCE = Text("{}: largest |variance - 1| of {}", "{}: 가장 큰 |분산 - 1|, {}")
WHY = Text(
    "Batch normalization takes the largest mean of a channel from {batch_before} to {batch}, layer normalization "
    "that of an image from {layer_before} to {layer}; each leaves the means along the other's axes as they fall.",
    "배치 정규화는 채널 평균의 최댓값을 {batch_before}에서 {batch}로, 레이어 정규화는 이미지 평균의 최댓값을 "
    "{layer_before}에서 {layer}로 낮춥니다. 다른 쪽 축을 따른 평균은 그대로 둡니다.",
)
CAPTION = Text(
    "Means of the first convolution's values before and after each normalization (one seed): 0 only along its axes.",
    "첫 합성곱 값의 정규화 전후 평균(시드 하나): 각 정규화는 자신의 축을 따른 평균만 0으로 만듭니다.",
)


def _figure(values: dict[str, tuple[Layers, Layers]]) -> Figure:
    labels = (Text("before normalization", "정규화 전"), Text("after", "정규화 후"))
    panels = []
    for kind, found in values.items():
        for along, axis in (("batch", Text("channel", "채널")), ("layer", Text("image", "이미지"))):
            means = [layers[0].mean(_axes(along, layers[0])) for layers in found]
            points = tuple(line(n, range(len(m)), m, line=False) for n, m in zip(labels, means, strict=True))
            panels.append(Panel(axis, Text("mean", "평균"), points, title=NORMS[kind]))
    return Figure(CAPTION, tuple(panels))


TITLE = Text("What each normalization normalizes", "각 정규화가 정규화하는 대상")
QUOTE = Text(
    "Batch Normalization: for a layer, the values of the feature at the same place within a batch are normalized "
    "together. Layer Normalization: for a layer, each sample is normalized over all feature values within that sample.",
    "Batch Normalization: 특정 레이어에 대해, 한 batch 내에서 동일한 위치의 feature 의 값 끼리 Normalization. "
    "Layer Normalization: 특정 레이어에 대해, 각 sample 마다 그 sample 내의 모든 feature 값 에 대해 Normalization",
)
PREDICTION = Text(
    f"On all four layers batch normalization brings each channel to mean 0 (within {CENTERED.value:g}) and variance 1 "
    f"(within {UNIT.value:g}) over the batch, layer normalization each image; along the other's axes means above "
    f"{ELSEWHERE.value:g} remain.",
    f"네 층 모두에서 배치 정규화는 배치 전체에 걸쳐 채널마다, 레이어 정규화는 이미지마다 평균을 0({CENTERED.value:g} "
    f"이내), 분산을 1({UNIT.value:g} 이내)로 만든다. 다른 쪽 축을 따라서는 {ELSEWHERE.value:g}를 넘는 평균이 남는다.",
)

CLAIM = Claim(10, "what_is_normalized", "4", TITLE, QUOTE, PREDICTION, asks, measure)
