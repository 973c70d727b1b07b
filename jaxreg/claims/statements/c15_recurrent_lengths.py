"""Layer normalization works for sequences of any length (section 4.2): a network that reads images row by row."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, line, lines
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import NORMS, TEST_ACCURACY
from jaxreg.claims.quantities import plus_minus, quantity
from jaxreg.claims.rule import NO_POINTS, Limit, above, below
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.claims.train import CNN_NETWORK, Network, unflatten
from jaxreg.core.evaluate import answer
from jaxreg.core.model import NORM_EPSILON, Classifier, Weights
from jaxreg.core.ops import matmul
from jaxreg.core.train import Examples
from jaxreg.errors import one_of
from jaxreg.methods.batch import MOMENTUM
from jaxreg.text import Text

UNITS = 64
SHORTEST, LONGEST = 10 / 28, 20 / 28  # of an image's rows that a training image has, at least and at most
SHARES = (SHORTEST, 15 / 28, LONGEST, 24 / 28, 1.0)  # of an image's rows, at which the network is tested
EPOCHS = 24
KEEPS = Limit(
    -0.05,
    Text(
        "whole images show more than cut ones: who can use them loses next to nothing",
        "온전한 이미지에는 잘린 이미지보다 정보가 많으므로, 쓸 수 있다면 거의 잃지 않아야 한다",
    ),
    "points",
)
HALF = Limit(0.5, Text("half of a batch", "배치의 절반"), "%")

Array = jax.Array
Moments = tuple[Array, Array]


class _Averages(NamedTuple):
    """Running averages of each row's moments, and which rows have been seen."""

    mean: nn.Variable
    var: nn.Variable
    seen: nn.Variable

    def known(self) -> Moments:
        """Returns the moments for each row [H, UNITS]; those of the last row seen for the rows after it."""
        last = jnp.maximum(self.seen.value.sum().astype(jnp.int32) - 1, 0)
        rows = jnp.minimum(jnp.arange(len(self.seen.value)), last)
        return self.mean.value[rows], self.var.value[rows]

    def update(self, moments: Moments, there: Array) -> None:
        """Moves the averages of the rows that some image of the batch has."""
        for kept, new in zip((self.mean, self.var), moments, strict=True):
            moved = MOMENTUM * kept.value + (1 - MOMENTUM) * lax.stop_gradient(new)
            kept.value = jnp.where(there[:, None] > 0, moved, kept.value)
        self.seen.value = jnp.maximum(self.seen.value, there)


class RowReader(Classifier):
    """h_t = tanh(gamma * normalize(x_t W + h_{t-1} U + b) + beta) over an image's rows x_t; its last h is classified.

    "layer" normalizes each image's units; "batch" each unit over the images of the batch that still have a row t, with
    running averages for each t (Cooijmans et al. 2017, arXiv:1603.09025): a row later than any seen in training
    is normalized as the last that was.

    Attributes:
      normalization: "none", "batch" or "layer".
    """

    normalization: str = "none"

    def __post_init__(self) -> None:
        one_of("normalization", self.normalization, tuple(NORMS))
        super().__post_init__()

    @nn.compact
    def __call__(self, images: Array, train: bool, mask: Array | None = None) -> Array:
        """Returns logits of images [B, H, W, C + 1], whose last channel is 1 in the rows that there are."""
        there = images[:, :, 0, -1].T  # [H, B]
        there = there if mask is None else there * mask
        rows = images[..., :-1].reshape(*images.shape[:2], -1).swapaxes(0, 1)  # [H, B, W * C]
        kernel, bias = Weights((rows.shape[-1], UNITS), name="rows")()
        recurrent, _ = Weights((UNITS, UNITS), name="state")()
        gamma = self.param("scale", nn.initializers.ones_init(), (UNITS,))
        beta = self.param("bias", nn.initializers.zeros_init(), (UNITS,))
        shape = (len(there), UNITS)
        known, stats = (jnp.zeros(shape), jnp.ones(shape)), None
        if self.normalization == "batch":
            make = partial(self.variable, "batch_stats")
            seen = make("seen", jnp.zeros, shape[:1])
            stats = _Averages(make("mean", jnp.zeros, shape), make("var", jnp.ones, shape), seen)
            known = stats.known()

        def read(h: Array, step: tuple[Array, Array, Moments]) -> tuple[Array, Moments]:
            x, here, known = step
            z = matmul(x, kernel) + matmul(h, recurrent) + bias  # [B, UNITS]
            mean, var = self._moments(z, here, known, train)
            new = jnp.tanh((z - mean) * lax.rsqrt(var + NORM_EPSILON) * gamma + beta)
            return jnp.where(here[:, None] > 0, new, h), (mean, var)

        h, moments = lax.scan(read, jnp.zeros((images.shape[0], UNITS)), (rows, there, known))
        if stats is not None and train and not self.is_initializing():
            stats.update(moments, there.max(1))
        out, out_bias = Weights((UNITS, self.num_classes), name="dense")()
        return matmul(h, out) + out_bias

    def _moments(self, z: Array, here: Array, known: Moments, train: bool) -> Moments:
        if self.normalization == "none" or (self.normalization == "batch" and not train):
            return known
        if self.normalization == "layer":
            return z.mean(-1, keepdims=True), z.var(-1, keepdims=True)
        weights = here[:, None] / jnp.maximum(here.sum(), 1.0)
        mean = (weights * z).sum(0)
        return mean, (weights * jnp.square(z - mean)).sum(0)


def cut(images: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Returns images [N, H, W, C + 1] of which only the first rows are left, with a channel that says which."""
    there = (np.arange(images.shape[1]) < lengths[:, None]).astype(np.float32)[:, :, None, None]
    mask = np.broadcast_to(there, (*images.shape[:3], 1))
    return np.concatenate([images * there, mask], -1).astype(np.float32)


def rows_of(share: float, height: int) -> int:
    """Returns how many rows are a share of an image's; at least one."""
    return max(1, round(share * height))


def random_lengths(count: int, height: int, seed: int) -> np.ndarray:
    """Returns numbers of rows, drawn from SHORTEST to LONGEST of an image's."""
    low, high = (rows_of(share, height) for share in (SHORTEST, LONGEST))
    return np.random.default_rng(seed).integers(low, high + 1, count)


def _prepare(images: np.ndarray, spec: RunSpec, split: str) -> np.ndarray:
    seed = spec.seed * 8 + ("train", "epoch_valid", "trial_valid", "test").index(split)
    return cut(images, random_lengths(len(images), images.shape[1], seed))


ROWS_NETWORK = Network("rows", lambda spec, num_classes: RowReader(num_classes, spec.norm_type), _prepare)


def _accuracies(lab: Lab, run: Run, lengths: tuple[int, ...]) -> list[float]:
    """Returns the accuracy on test images of which only so many rows are shown."""
    recipe, weights = lab.recipe(run.spec), unflatten(run.weights())
    test = lab.data(replace(run.spec, network=CNN_NETWORK.name)).test  # the same images, whole
    images = np.asarray(test.images)
    shown = (jax.device_put(cut(images, np.full(len(images), length))) for length in lengths)
    return [answer(recipe, weights, Examples(images, test.labels)).accuracy for images in shown]


def asks(lab: Lab) -> list[RunSpec]:
    """Returns, for each normalization, training on images of a part of their rows."""
    epochs = lab.num_epochs(EPOCHS)
    return [lab.spec(network=ROWS_NETWORK.name, norm_type=kind, keep_weights=True, epochs=epochs) for kind in NORMS]


def measure(lab: Lab) -> Finding:
    """Tests on images of other numbers of rows than those in training, with each normalization."""
    height = lab.dataset.image_shape[0]
    low, high = rows_of(SHORTEST, height), rows_of(LONGEST, height)
    lengths = tuple(sorted({*(rows_of(share, height) for share in lab.config.thin(SHARES)), high}))
    runs = zip(NORMS, map(lab.runs, asks(lab)), strict=True)
    found = {kind: np.array([_accuracies(lab, run, lengths) for run in group]) for kind, group in runs}
    last, beyond = lengths.index(high), lengths.index(height)
    ahead, whole = found["layer"] - found["batch"], {kind: values[:, beyond] for kind, values in found.items()}
    known = ahead[:, : last + 1].mean(1)
    drawn = random_lengths(100_000, height, 0)
    averaged = np.array([(drawn > row).mean() for row in range(drawn.max())])
    terms = {"low": low, "high": high, "all": height}
    values = terms | {kind: plus_minus(accuracy.tolist(), "%") for kind, accuracy in whole.items()}
    rows = np.arange(1.0, len(averaged) + 1)
    shares = {"batch": averaged, "layer": np.ones(len(rows))}
    counts = tuple(line(NORMS[kind], rows, share, key=kind) for kind, share in shares.items())
    accuracy = lines(NORMS, lengths, {kind: values.T for kind, values in found.items()})
    panels = (
        Panel(Text("rows shown", "보여 준 행의 수"), TEST_ACCURACY, accuracy, percent=True),
        Panel(Text("row", "행"), Text("values averaged (%)", "평균하는 값 (%)"), counts, percent=True),
    )
    checks = (
        above(LOSS.format(**terms), whole["layer"] - found["layer"][:, last], KEEPS),
        above(AHEAD, known, NO_POINTS),
        above(AHEAD_BEYOND.format(**terms), ahead[:, beyond], NO_POINTS),
        below(FEW, [averaged[-1]], HALF, "definition"),
    )
    said = {"known": plus_minus(known.tolist(), "points"), "few": quantity(float(averaged[-1]), "%"), "units": UNITS}
    figure = Figure(CAPTION.format(**terms), panels)
    return Finding(checks, NUMBER.format(**values), WHY.format(**said, **values), (figure,), terms)


NUMBER = Text(
    "at {all} rows: layer {layer}, batch {batch}, none {none}", "{all}행에서: 레이어 {layer}, 배치 {batch}, 없음 {none}"
)
LOSS = Text("layer: accuracy at {all} rows minus at {high}", "레이어 정규화: {all}행의 정확도 − {high}행의 정확도")
AHEAD = Text("layer minus batch, lengths seen in training", "레이어 − 배치, 학습에 쓰인 길이")
AHEAD_BEYOND = Text("layer minus batch at {all} rows, never seen", "레이어 − 배치, 학습에 없던 {all}행")
FEW = Text(
    "share of a batch over which batch norm averages at the last row",
    "마지막 행에서 배치 정규화가 평균하는 배치의 비율",
)
WHY = Text(
    "Trained on {low} to {high} rows, layer minus batch normalization is {known} on those lengths; at {all} "
    "rows layer normalization has {layer}, batch normalization {batch}, none {none}. Layer normalization always "
    "averages {units} units; at the last row batch normalization has {few} of the batch left to average, and of "
    "later rows no statistics at all.",
    "{low}~{high}행으로 학습했을 때 그 길이에서 레이어 − 배치 정규화의 차이는 {known}이고, {all}행에서는 레이어 "
    "정규화 {layer}, 배치 정규화 {batch}, 정규화 없음 {none}입니다. 레이어 정규화는 언제나 유닛 {units}개를 "
    "평균하지만, 배치 정규화는 마지막 행에서 배치의 {few}만 평균하며 그 뒤의 행에는 통계량이 아예 없습니다.",
)
CAPTION = Text(
    "Test accuracy of a small recurrent network against the number of rows it is shown, trained on {low} to {high}; "
    "and the share of values that each normalization still averages over at a row, in a batch of such images.",
    "{low}~{high}행으로 학습한 작은 순환 신경망의, 보여 준 행의 수에 따른 테스트 정확도; 그리고 그런 이미지의 배치에서 "
    "각 정규화가 행마다 평균하는 값의 비율.",
)

TITLE = Text("Layer normalization suits sequences of any length", "레이어 정규화는 길이가 다른 시퀀스에 적합하다")
QUOTE = Text(
    "Where a recurrent neural network (RNN) is used for NLP, layer normalization is more effective, because "
    "the number of values that are normalized is fixed.",
    "Recurrent Neural Network (RNN) 을 NLP 에 사용할 때, Normalization 대상 데이터 개수가 고정되어 있어서 더 "
    "효과적이다.",
)
PREDICTION = Text(
    "A recurrent network reads images row by row and is trained on {low} to {high} rows. With layer normalization "
    "it is better than with batch normalization at those lengths and at {all}, where it loses less than "
    f"{-100 * KEEPS.value:g} points against {{high}}; by the lengths alone, batch normalization has less than "
    f"{HALF.en} of a "
    "batch left to average at the last row.",
    "순환 신경망이 이미지를 한 행씩 읽으며 {low}~{high}행으로 학습한다. 레이어 정규화는 그 길이와 {all}행에서 배치 "
    f"정규화보다 낫고, {{all}}행에서 {{high}}행보다 잃는 정확도는 {-100 * KEEPS.value:g}%p 미만이다. 길이만으로 "
    f"정해지듯, 배치 정규화가 마지막 행에서 평균하는 것은 배치의 {HALF.ko} 미만이다.",
)

CLAIM = Claim(15, "recurrent_lengths", "4-2", TITLE, QUOTE, PREDICTION, asks, measure, (ROWS_NETWORK,))
