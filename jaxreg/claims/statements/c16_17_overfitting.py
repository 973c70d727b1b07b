"""Normalization, and L2, prevent overfitting (sections 4 and 2): without early stopping, at equal training loss."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.figure import Figure, Panel, spread
from jaxreg.claims.lab import Lab
from jaxreg.claims.long_runs import ACCURACY, EPOCHS, LOSS, TRAIN_LOSS, long_run
from jaxreg.claims.measures import at_level
from jaxreg.claims.names import EPOCH, NORMS, PENALTIES
from jaxreg.claims.quantities import plus_minus, quantity
from jaxreg.claims.rule import NO_DIFFERENCE, Check, below
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.text import Text, joined, same

LEVELS = (0.003, 0.01, 0.03, 0.1, 0.3)  # of training loss; the lowest is taken that every run compared has reached
SHOWN_LEVELS = (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LAMBDAS = (1e-2, 3e-2)  # of L2: the end of the text's range, and the next step of the grid of the other claims

Group = tuple[Run, ...]  # of each seed


def _norms(lab: Lab) -> list[RunSpec]:
    return [long_run(lab, norm_type=norm) for norm in NORMS]


def _l2(lab: Lab) -> list[RunSpec]:
    return [long_run(lab), *(long_run(lab, "l2", lam) for lam in LAMBDAS)]


def _losses(run: Run) -> tuple[list[float], list[float]]:
    """Returns training and held-out loss before the first and after each epoch, both in evaluation mode."""
    return run["gap"][:, TRAIN_LOSS].tolist(), run["gap"][:, LOSS].tolist()


def common_level(groups: Sequence[Group]) -> float:
    """Returns the lowest of LEVELS that all runs have reached; NaN where there is none."""
    reached = max(min(_losses(run)[0]) for group in groups for run in group)
    return min((level for level in LEVELS if level >= reached), default=math.nan)


def _gaps(group: Group, level: float) -> np.ndarray:
    """Returns for each seed held-out minus training loss where the latter first falls to the level."""
    return np.array([at_level(*_losses(run), level) - level for run in group])


def _compare(none: Group, methods: Mapping[Text, Group], colors: Sequence[str]) -> Finding:
    """Compares methods with none: the gap at equal training loss, and held-out loss after the last epoch."""
    checks: list[Check] = []
    said: list[Text] = []
    for name, group in methods.items():
        level = common_level([none, group])
        gap, reference = _gaps(group, level), _gaps(none, level)
        end, end_none = (np.array([_losses(run)[1][-1] for run in runs]) for runs in (group, none))
        checks += [
            below(GAP.format(name, quantity(level)), gap - reference, NO_DIFFERENCE),
            below(END.format(name), end - end_none, NO_DIFFERENCE),
        ]
        pairs = (gap, reference, end, end_none)
        text = SAID_AT_END if math.isnan(level) else SAID
        said.append(text.format(name, quantity(level), *(plus_minus(values.tolist()) for values in pairs)))
    right = [
        AT_END.format(name, plus_minus([float(run["gap"][-1, ACCURACY]) for run in group], "%"))
        for name, group in {NOBODY: none, **methods}.items()
    ]
    why = WHY.format(joined(said, "; "), joined(right, ", "))
    return Finding(tuple(checks), said[0], why, (_figure({NOBODY: none, **methods}, colors),))


def _figure(groups: Mapping[Text, Group], colors: Sequence[str]) -> Figure:
    held = {name: np.array([_losses(run)[1] for run in group]).T for name, group in groups.items()}
    levels = np.array(SHOWN_LEVELS)
    gaps = {name: np.array([_gaps(group, level) for level in levels]) for name, group in groups.items()}
    looks = dict(zip(groups, colors, strict=True))
    loss, gap = Text("held-out loss", "홀드아웃 손실"), Text("gap in loss", "손실 격차")
    over = tuple(spread(name, range(1, len(rows)), rows[1:], key=looks[name]) for name, rows in held.items())
    at = tuple(spread(name, levels.tolist(), rows, key=looks[name]) for name, rows in gaps.items())
    panels = (Panel(EPOCH, loss, over, ylog=True), Panel(Text("training loss", "학습 손실"), gap, at, xlog=True))
    return Figure(SHOWN, panels)


NOBODY = Text("neither normalization nor penalty", "정규화·규제 없음")
GAP = Text(
    "{}: gap in loss where training loss first falls to {}, minus that without",
    "{}: 학습 손실이 처음 {}까지 내려갔을 때의 손실 격차 − 없을 때의 격차",
)
END = Text(
    "{}: held-out loss after the last epoch, minus that without", "{}: 마지막 에포크의 홀드아웃 손실 − 없을 때의 손실"
)
SAID = Text(
    "{0}: gap {2} against {3} without at a training loss of {1}; held-out loss at the end {4} against {5}",
    "{0}: 학습 손실 {1}에서 격차 {2}(없을 때 {3}), 끝의 홀드아웃 손실 {4}(없을 때 {5})",
)
SAID_AT_END = Text(
    f"{{0}}: no training loss of {', '.join(map(str, LEVELS))} is reached by all runs; held-out loss at the end {{4}} "
    "against {5}",
    f"{{0}}: 모든 실행이 이르는 학습 손실({', '.join(map(str, LEVELS))})이 없음, 끝의 홀드아웃 손실 {{4}}(없을 때 "
    "{5})",
)
AT_END = same("{} {}")
WHY = Text(
    "The gap is held-out minus training loss, both without the penalty and in evaluation mode. {}. Held-out accuracy "
    "after the last epoch: {}.",
    "격차는 홀드아웃 손실 − 학습 손실이며, 둘 다 규제 항을 뺀 평가 모드의 값입니다. {}. 마지막 에포크의 홀드아웃 "
    "정확도: {}.",
)
SHOWN = Text(
    "Held-out loss over the epochs, and the gap between held-out and training loss against training loss: what lies "
    "lower has learned the same of the training images, and overfits less.",
    "에포크에 따른 홀드아웃 손실, 그리고 학습 손실에 따른 손실 격차(홀드아웃 − 학습). 아래에 있을수록 학습 이미지를 "
    "같은 만큼 배우면서 오버피팅이 적습니다.",
)


def norms_overfitting(lab: Lab) -> Finding:
    """Compares batch and layer normalization with none."""
    none, *others = map(lab.runs, _norms(lab))
    names = [NORMS[norm] for norm in NORMS if norm != "none"]
    return _compare(none, dict(zip(names, others, strict=True)), tuple(NORMS))


def l2_overfitting(lab: Lab) -> Finding:
    """Compares L2 of each lambda with no penalty."""
    none, *others = map(lab.runs, _l2(lab))
    names = [Text("{}, lambda {}", "{}, 람다 {}").format(PENALTIES["l2"], quantity(lam)) for lam in LAMBDAS]
    return _compare(none, dict(zip(names, others, strict=True)), ("none", "", ""))


NORMS_TITLE = Text("Normalization prevents overfitting", "정규화(배치·레이어)는 오버피팅을 방지한다")
NORMS_QUOTE = Text(
    "A representative method to prevent overfitting is normalization: batch normalization and layer normalization.",
    "overfitting 을 방지하기 위한 대표적인 방법으로 Normalization 이 있다. Normalization 은 Batch Normalization 과 "
    "Layer Normalization 으로 구분된다.",
)
NORMS_PREDICTION = Text(
    f"In {EPOCHS} epochs without early stopping, batch and layer normalization each have a smaller gap between "
    f"held-out "
    "and training loss than no normalization where training loss first falls to the same level, the lowest of "
    f"{', '.join(map(str, LEVELS))} that all runs compared reach, and a lower held-out loss after the last epoch.",
    f"조기 종료 없이 {EPOCHS} 에포크를 학습할 때, 학습 손실이 같은 수준({', '.join(map(str, LEVELS))} 중 비교하는 "
    f"모든 실행이 "
    "이르는 가장 낮은 값)으로 처음 내려간 시점의 홀드아웃 손실과 학습 손실의 격차, 그리고 마지막 에포크의 홀드아웃 "
    "손실은 배치·레이어 정규화가 정규화 없음보다 작다.",
)
L2_TITLE = Text("L2 prevents overfitting", "L2는 오버피팅을 방지한다")
L2_QUOTE = Text(
    "L2: overfitting is prevented by controlling the absolute value of weights.",
    "weight의 절댓값을 제어하여 overfitting 방지",
)
L2_PREDICTION = Text(
    f"In {EPOCHS} epochs without early stopping, L2 with lambda {LAMBDAS[0]:g} and with {LAMBDAS[1]:g} has a smaller "
    f"gap "
    "between held-out and training loss than no penalty where training loss first falls to the same level, the lowest "
    "of "
    f"{', '.join(map(str, LEVELS))} that all runs compared reach, and a lower held-out loss after the last epoch.",
    f"조기 종료 없이 {EPOCHS} 에포크를 학습할 때, 학습 손실이 같은 수준({', '.join(map(str, LEVELS))} 중 비교하는 "
    f"모든 실행이 "
    "이르는 가장 낮은 값)으로 처음 내려간 시점의 홀드아웃 손실과 학습 손실의 격차, 그리고 마지막 에포크의 홀드아웃 "
    "손실은 람다 "
    f"{LAMBDAS[0]:g}와 {LAMBDAS[1]:g}의 L2가 규제 없음보다 작다.",
)

CLAIMS = (
    Claim(16, "norms_overfitting", "4", NORMS_TITLE, NORMS_QUOTE, NORMS_PREDICTION, _norms, norms_overfitting),
    Claim(17, "l2_overfitting", "2", L2_TITLE, L2_QUOTE, L2_PREDICTION, _l2, l2_overfitting),
)
