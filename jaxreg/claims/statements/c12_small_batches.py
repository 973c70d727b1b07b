"""Layer normalization is stable at small batch sizes (section 4.2)."""

from __future__ import annotations

import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, below, plus_minus, quantity
from jaxreg.claims.figure import Figure, Panel, lines
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import NORMS, TEST_ACCURACY
from jaxreg.claims.runs import table
from jaxreg.text import Text

USUAL = 32  # the study's; accuracy at a small size is compared with that at it
SIZES = (1, 2, 4, 8, 16, USUAL, 128)
EPOCHS = 8
KINDS = ("batch", "layer")
SMALL = 4  # sizes up to this are small
STABLE = 0.03  # of test images: how far accuracy at a small size may fall below that at the study's size


def measure(lab: Lab) -> Finding:
    """Compares both normalizations over batch sizes, with the same images seen and the same learning rate."""
    config = lab.config
    sizes = (1, USUAL) if config.smoke else SIZES
    epochs = lab.num_epochs(EPOCHS)
    rate = config.learning_rate / 2  # that a single image's step can still follow
    runs = {
        kind: [lab.runs(lab.spec(norm_type=kind, batch_size=n, epochs=epochs, learning_rate=rate)) for n in sizes]
        for kind in KINDS
    }
    accuracy = {kind: table(rows, "test_accuracy") for kind, rows in runs.items()}
    small = [i for i, size in enumerate(sizes) if size <= SMALL]
    fall = {kind: accuracy[kind][sizes.index(USUAL)] - accuracy[kind][small].min(0) for kind in KINDS}
    ahead = accuracy["layer"] - accuracy["batch"]
    checks = (
        below(WHAT["layer"], fall["layer"], STABLE, "points"),
        above(WHAT["batch"], fall["batch"] - fall["layer"], 0.0, "points"),
        above(WHAT["one"], ahead[0], 0.0, "points"),
    )
    listed = ", ".join(f"{n}: {quantity(float(row.mean()), 'points')}" for n, row in zip(sizes, ahead, strict=True))
    return Finding(
        checks,
        Text(
            "at batch size 1: {layer} with layer, {batch} with batch",
            "배치 크기 1: 레이어 정규화 {layer}, 배치 정규화 {batch}",
        ).format(**{kind: plus_minus(accuracy[kind][0], "%") for kind in KINDS}),
        WHY.format(listed=listed),
        (_figure(sizes, accuracy, epochs, rate),),
    )


WHAT = {
    "layer": Text(
        f"layer: accuracy lost at the worst small batch size, against {USUAL}",
        f"레이어 정규화: 작은 배치에서 가장 크게 잃는 정확도 ({USUAL} 대비)",
    ),
    "batch": Text("batch: the same loss, minus that of layer", "배치 정규화의 같은 손실 − 레이어 정규화의 손실"),
    "one": Text("accuracy at batch size 1, layer minus batch", "배치 크기 1의 정확도, 레이어 − 배치"),
}
WHY = Text(
    "Layer minus batch normalization in points, by batch size: {listed}. A batch of one has no variance in the dense "
    "layer, so that batch normalization leaves it nothing of the image; what layer normalization does to an image "
    "does not depend on the others.",
    "배치 크기별 레이어 − 배치 정규화의 정확도 차이(%p): {listed}. 이미지가 한 장인 배치에서는 완전연결층의 분산이 "
    "0이므로 배치 정규화가 이미지의 정보를 남기지 않습니다. 레이어 정규화가 이미지에 하는 일은 다른 이미지와 "
    "무관합니다.",
)


def _figure(sizes: tuple[int, ...], accuracy: dict[str, np.ndarray], epochs: int, rate: float) -> Figure:
    caption = Text(
        "Test accuracy against batch size after {epochs} epochs at learning rate {rate}. Lines are means over seeds, "
        "bands their range.",
        "학습률 {rate}로 {epochs} 에포크 학습한 뒤 배치 크기에 따른 테스트 정확도. 선은 시드 평균, 띠는 범위입니다.",
    )
    panel = Panel(
        Text("batch size", "배치 크기"), TEST_ACCURACY, lines(NORMS, sizes, accuracy), xlog=True, percent=True
    )
    return Figure(caption.format(epochs=epochs, rate=quantity(rate)), (panel,))


CLAIM = Claim(
    number=12,
    name="small_batches",
    section="4-2",
    title=Text(
        "Layer normalization is stable at small batch sizes", "레이어 정규화는 batch size가 작을 때도 안정적이다"
    ),
    quote=Text(
        "The results are stable even when the batch size is small.", "batch size가 작을 때도 안정적인 결과가 나온다."
    ),
    prediction=Text(
        f"Over batch sizes up to {SMALL} layer normalization loses less than {100 * STABLE:g} points of accuracy "
        f"against batch size {USUAL}, and batch normalization loses more than it; at batch size 1 layer normalization "
        "is ahead.",
        f"배치 크기 {SMALL} 이하에서 레이어 정규화가 배치 크기 {USUAL}에 비해 잃는 정확도는 {100 * STABLE:g}%p "
        "미만이고, 배치 정규화는 그보다 더 잃는다. 배치 크기 1에서는 레이어 정규화가 앞선다.",
    ),
    measure=measure,
)
