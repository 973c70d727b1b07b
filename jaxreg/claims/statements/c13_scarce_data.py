"""Scarce data tells regularizations apart (section 5-1)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaxreg.claims.claim import Claim, Finding, above, plus_minus, quantity
from jaxreg.claims.figure import NOTHING, Figure, Panel, line, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.names import NORMS, PENALTIES, TEST_ACCURACY
from jaxreg.claims.runs import numbers
from jaxreg.text import Text

SHARES = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the study's number of training images
LAMBDAS = {"none": None, "l1": 1e-3}  # that acts and costs no accuracy


class Cell(NamedTuple):
    """One combination of a normalization and a penalty."""

    norm_type: str
    reg_type: str

    @property
    def label(self) -> Text:
        """Returns its name."""
        return Text("{}, {}", "{}, {}").format(NORMS[self.norm_type], PENALTIES[self.reg_type])


def sizes(lab: Lab) -> tuple[int, ...]:
    """Returns the numbers of training images that the pool has room for."""
    config = lab.config
    room = len(lab.dataset.train_labels) - config.epoch_valid_size - config.trial_valid_size
    wanted = [max(1, round(share * config.train_size)) for share in config.thin(SHARES[2:] if config.smoke else SHARES)]
    return tuple(size for size in wanted if size <= max(room, config.train_size))


def epochs_of(lab: Lab, size: int) -> int:
    """Returns the epochs with which every size sees about as many images as the study's size in `--epochs`."""
    return max(1, round(lab.config.epochs * lab.config.train_size / size))


def accuracies(lab: Lab, cell: Cell, count: int) -> list[float]:
    """Returns the test accuracy of a cell on so many training images, for each seed."""
    changes = {"norm_type": cell.norm_type, "train_size": count, "epochs": epochs_of(lab, count)}
    return numbers(lab.runs(lab.spec(cell.reg_type, LAMBDAS[cell.reg_type], **changes)), "test_accuracy")


def measure(lab: Lab) -> Finding:
    """Compares the range of accuracies over the cells at each size, after equally many steps."""
    cells = [Cell(norm, reg) for norm in lab.config.thin(tuple(NORMS)) for reg in lab.config.thin(tuple(LAMBDAS))]
    counts = sizes(lab)
    accuracy = np.array([[accuracies(lab, cell, count) for cell in cells] for count in counts])  # [size, cell, seed]
    wide = accuracy.max(1) - accuracy.min(1)  # [size, seed]
    usual = counts.index(lab.config.train_size) if lab.config.train_size in counts else 0
    checks = (
        above(WHAT.format(counts[0], counts[-1]), wide[0] - wide[-1], 0.0, "points"),
        above(WHAT.format(counts[usual], counts[-1]), wide[usual] - wide[-1], 0.0, "points"),
    )
    values = [plus_minus(wide[i].tolist(), "points") for i in (0, usual, -1)]
    best = [cells[int(i)].label for i in accuracy.mean(2).argmax(1)]
    return Finding(
        checks,
        Text("best minus worst, in points: {} at {}, {} at {}", "최고 − 최저(%p): {1}장에서 {0}, {3}장에서 {2}").format(
            values[0], counts[0], values[-1], counts[-1]
        ),
        WHY.format(
            cells=len(cells),
            small=values[0],
            large=values[-1],
            least=counts[0],
            most=counts[-1],
            noise=quantity(float(accuracy[0].std(1).mean()), "points"),
            quiet=quantity(float(accuracy[-1].std(1).mean()), "points"),
            first=best[0],
            last=best[-1],
        ),
        (_figure(counts, cells, accuracy, wide),),
    )


WHY = Text(
    "Between the best and the worst of {cells} combinations lie {small} points at {least} training images "
    "and {large} at {most}; a difference of the same number of points is easier to tell from chance where "
    "it is larger than the seeds' own spread ({noise} points at {least}, {quiet} at {most}). The best at "
    "{least} is {first}, at {most} {last}.",
    "{cells}개 조합 중 최고와 최저의 차이는 학습 이미지 {least}장에서 {small}%p, {most}장에서 "
    "{large}%p입니다. 차이는 시드 자체의 변동({least}장에서 {noise}%p, {most}장에서 {quiet}%p)보다 클 때 "
    "우연과 구별됩니다. 최고 조합은 {least}장에서 {first}, {most}장에서 {last}입니다.",
)
WHAT = Text(
    "best minus worst combination, at {} minus at {} training images",
    "최고 − 최저 조합의 차이, 학습 이미지 {}장 − {}장",
)


def _figure(counts: tuple[int, ...], cells: list[Cell], accuracy: np.ndarray, wide: np.ndarray) -> Figure:
    sizes = tuple(map(float, counts))
    means = tuple(
        line(c.label, sizes, accuracy[:, i].mean(1), key=c.norm_type, marker=c.reg_type) for i, c in enumerate(cells)
    )
    images = Text("training images", "학습 이미지 수")
    return Figure(
        Text(
            "Test accuracy of each combination (means over seeds), and best minus worst (band: range over seeds), "
            "against the number of training images, after equally many steps.",
            "같은 횟수만큼 학습했을 때 학습 이미지 수에 따른 조합별 테스트 정확도(시드 평균)와 최고 − 최저의 "
            "차이(띠: 시드 범위).",
        ),
        (
            Panel(images, TEST_ACCURACY, means, xlog=True, percent=True),
            Panel(
                images,
                Text("best minus worst (points)", "최고 − 최저 (%p)"),
                (spread(NOTHING, counts, wide),),
                xlog=True,
                percent=True,
            ),
        ),
    )


CLAIM = Claim(
    number=13,
    name="scarce_data",
    section="5-1",
    title=Text("Scarce data tells regularizations apart", "학습 데이터가 조금 부족해야 규제가 변별된다"),
    quote=Text(
        "Training data have to be a little scarce, so that performance tells apart how regularization prevents "
        "overfitting.",
        "학습 데이터 양이 조금 부족해야 Regularization 을 통한 오버피팅 방지 효과에 따른 성능 변별 이 보다 잘 될 "
        "것으로 판단",
    ),
    prediction=Text(
        "The difference between the best and the worst combination of normalization and penalty is larger at the "
        "study's number of training images, and at a quarter of it, than at four times as many.",
        "정규화와 규제의 최고 조합과 최저 조합의 차이는 연구의 학습 이미지 수와 그 4분의 1에서 4배일 때보다 크다.",
    ),
    measure=measure,
)
