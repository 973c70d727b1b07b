"""The dose: what a method brings at each part of its strength's range, beside the same trials without it.

Trials of one index in a block share images, initialisation, order and learning rate across cells, and strengths are
spread so that each part of a range has one trial in each block. So a block gives one paired difference for each part.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from jaxreg.methods.comparison import Comparison
from jaxreg.records import Cell, RunRecord
from jaxreg.stats.dose import Part, best_part, part_effects
from jaxreg.stats.failures import failing_below
from jaxreg.stats.judgement import LEAST_BLOCKS, Estimate
from jaxreg.verdict.scores import scores_of


class Dose(NamedTuple):
    """What one method brings in one cell.

    Attributes:
      cell: with the method.
      without: the same cell with nothing in the method's place.
      param: the strength of its method.
      ends: of the parts of its range, one more than there are parts.
      effects: in each part the mean difference of the score on the test set to the cell without the method; all
        intervals of all doses hold together.
      best: the part that blocks of odd number choose.
      gain: what that part brings in the blocks of even number, which have not chosen it.
    """

    cell: Cell
    without: Cell
    param: str
    ends: tuple[float, ...]
    effects: tuple[Estimate, ...]
    best: int
    gain: Estimate

    @property
    def hurts_from(self) -> float | None:
        """Returns the strength from which on every part is shown to hurt; None where none is."""
        harmful = [effect.high is not None and effect.high < 0 for effect in self.effects]
        count = len(list(itertools.takewhile(bool, reversed(harmful))))
        return self.ends[len(harmful) - count] if count else None


def find_doses(
    comparison: Comparison, runs: tuple[RunRecord, ...], num_test: int, level: float, chance: float
) -> tuple[Dose, ...]:
    """Returns the dose of each method with a strength in each cell; none where blocks or trials are too few.

    A run that did not train, being nearer to `chance` than to the best, says nothing of a dose. All runs are tested on
    the same images, `num_test` of them.
    """
    blocks, trials = (len({getattr(run, name) for run in runs}) for name in ("block", "trial"))
    pairs = list(_pairs(comparison)) if blocks >= LEAST_BLOCKS and trials > 1 else []
    results = {(run.cell, run.block, run.trial): run for run in runs}
    limit = failing_below(np.array([run.judged for run in runs]), chance) if pairs else None
    found = []
    for cell, without, param in pairs:
        given = comparison.space[param]
        compared: list[dict[int, tuple[RunRecord, RunRecord]]] = [{} for _ in range(trials)]
        for block, trial in itertools.product(range(blocks), range(trials)):
            run, other = results[cell, block, trial], results[without, block, trial]
            if limit is None or min(run.judged, other.judged) >= limit:
                part = min(int(trials * given.place(run.params[param])), trials - 1)
                compared[part][block] = run, other
        parts = [_part(own, num_test) for own in compared]
        effects = part_effects(parts, level, together=trials * len(pairs))
        ends = tuple(given.at(i / trials) for i in range(trials + 1))
        found.append(Dose(cell, without, param, ends, effects, *best_part(parts, level)))
    return tuple(found)


def _part(compared: Mapping[int, tuple[RunRecord, RunRecord]], num_test: int) -> Part:
    return Part(tuple(compared), np.array([[scores_of(run, num_test) for run in runs] for runs in compared.values()]))


def _pairs(comparison: Comparison) -> Iterator[tuple[Cell, Cell, str]]:
    """Yields each cell with a method of one strength, the same cell with nothing in its place, and strength."""
    for place, (_, methods) in enumerate(comparison.factors):
        nothing = next((method for method in methods if method.is_nothing), None)
        for cell in comparison.cells if nothing else ():
            method = comparison.methods(cell)[place]
            if nothing and len(method.space) == 1:
                yield cell, (*cell[:place], nothing.name, *cell[place + 1 :]), next(iter(method.space))
