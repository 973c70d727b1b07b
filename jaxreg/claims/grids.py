"""The grid of penalties and lambdas that several claims look at, from no effect to ruin."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxreg.claims.figure import Series, lines, spread
from jaxreg.claims.lab import Lab, flat
from jaxreg.claims.names import PENALTIES
from jaxreg.claims.quantities import both_names, mean
from jaxreg.claims.rule import Limit
from jaxreg.claims.runs import Run, RunSpec, final_valid, numbers, table
from jaxreg.text import Text

LAMBDAS = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0, 10.0)
KINDS = ("l1", "l2", "elastic")
EQUAL_ACCURACY = Limit(
    0.01,
    Text("a point: what two runs of the same setting may differ by", "1%p: 같은 설정의 두 실행도 이만큼 다를 수 있다"),
    "points",
)
LEARNED = 0.5  # of the way from chance to all right, from which a network without a penalty has learned
UNEQUAL = Text(
    "No lambda that was tried is as accurate as no penalty with: {}; the smallest stands for it, at another accuracy, "
    "and checks at equal accuracy are open.",
    "시도한 어떤 람다에서도 검증 정확도가 규제 없음에 미치지 못한 규제: {}. 가장 작은 람다의 값을 대신 적었으며, "
    "정확도가 같지 않으므로 같은 정확도에서의 검사는 보류합니다.",
)
UNLEARNED = Text(
    "Without a penalty the network has not learned, so that any penalty is as accurate: checks at equal accuracy are "
    "open.",
    "규제 없이도 신경망이 학습되지 않아 어떤 규제든 정확도가 같습니다. 같은 정확도에서의 검사는 보류합니다.",
)


class Grid(NamedTuple):
    """Runs of each penalty at each lambda, [lambda][seed], and those without a penalty, [seed].

    `enough` is the accuracy from which those without have learned.
    """

    lambdas: tuple[float, ...]
    none: tuple[Run, ...]
    runs: dict[str, tuple[tuple[Run, ...], ...]]
    enough: float

    def rows(self, kind: str, name: str) -> np.ndarray:
        """Returns a measure of a penalty, [lambda, seed]."""
        return table(self.runs[kind], name)

    def equal(self, kind: str) -> tuple[float, tuple[Run, ...]]:
        """Returns the largest lambda as accurate as no penalty on validation images, in the mean, and its runs.

        Where none is, the smallest, which `unequal` says.
        """
        index = max(self._fit(kind), default=0)
        return self.lambdas[index], self.runs[kind][index]

    @property
    def learned(self) -> bool:
        """Returns whether there is an accuracy without a penalty that another could equal."""
        return mean(final_valid(self.none)) >= self.enough

    def if_equal(self, values: Sequence[float] | np.ndarray, *kinds: str) -> np.ndarray:
        """Returns values at equal accuracy, or NaN for each where these penalties have no such lambda."""
        there = self.learned and all(map(self._fit, kinds))
        return np.asarray(values, float) if there else np.full(len(values), np.nan)

    def unequal(self, *kinds: str) -> list[Text]:
        """Returns a sentence on the penalties of which no lambda is as accurate as none, or nothing."""
        if not self.learned:
            return [UNLEARNED]
        names = [PENALTIES[kind] for kind in kinds if not self._fit(kind)]
        return [UNEQUAL.format(both_names(names))] if names else []

    def _fit(self, kind: str) -> list[int]:
        """Returns the places of the lambdas that are as accurate as no penalty."""
        least = mean(final_valid(self.none)) - EQUAL_ACCURACY.value
        return [i for i, runs in enumerate(self.runs[kind]) if mean(final_valid(runs)) >= least]

    def lines(self, name: str) -> tuple[Series, ...]:
        """Returns a measure against lambda, a line for each penalty and a level one without."""
        compared = lines(PENALTIES, self.lambdas, {kind: self.rows(kind, name) for kind in self.runs})
        level = [numbers(self.none, name)] * len(self.lambdas)
        return (*compared, spread(PENALTIES["none"], self.lambdas, level, key="none", dashed=True))


def grid_rows(lab: Lab, kinds: Sequence[str] = KINDS, lambdas: Sequence[float] = LAMBDAS) -> dict[str, list[RunSpec]]:
    """Returns the specs of each penalty at each lambda, and the one without a penalty; without a normalization."""
    rows = {kind: [lab.spec(kind, value, prune=True) for value in lab.config.thin(lambdas)] for kind in kinds}
    return rows | {"none": [lab.spec(prune=True)]}


def penalty_grid(lab: Lab, kinds: Sequence[str] = KINDS, lambdas: Sequence[float] = LAMBDAS) -> Grid:
    """Returns the grid with its runs."""
    runs = lab.rows(grid_rows(lab, kinds, lambdas))
    (none,) = runs.pop("none")
    return Grid(lab.config.thin(lambdas), none, runs, lab.above_chance(LEARNED))


ask_for_grid = flat(grid_rows)
