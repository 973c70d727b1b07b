"""What a study compares: one method of each factor makes a cell; and the hyperparameters that the cells search."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property

from jaxreg.core.model import CNN
from jaxreg.errors import InputError
from jaxreg.methods import Own, find_methods
from jaxreg.methods.compose import ALWAYS, compose
from jaxreg.methods.method import Factor, LogUniform, Method, Range
from jaxreg.own import OwnNetwork, ended
from jaxreg.records import Cell, RunRecord, TrialRecord, cell_name
from jaxreg.text import Text, same

COLUMNS = {spec.name for record in (TrialRecord, RunRecord) for spec in fields(record)}  # of tables of runs
LEARNING_RATE = "learning_rate"  # the hyperparameter that every cell has
RATES = LogUniform(5e-4, 1e-2, Text("learning rate", "학습률"))


@cache
def compare(
    factors: tuple[tuple[str, tuple[str, ...]], ...],
    ranges: tuple[tuple[str, tuple[float, float]], ...],
    own: tuple[Own, ...] = (),
    network: OwnNetwork | None = None,
) -> Comparison:
    """Returns the comparison of methods by their names, own ones too; an InputError where a cell's do not compose.

    They are to go together with the study's network, or a user's own.
    """
    found = ((find_methods(factor, own), names) for factor, names in factors)
    chosen = [tuple(methods[name] for name in names) for methods, names in found]
    comparison = Comparison(tuple((methods[0].factor, methods) for methods in chosen), dict(ranges))
    make = CNN if network is None else network.make
    for cell in comparison.cells:
        try:
            compose(comparison.methods(cell), 2, network=make)  # what does not compose is refused now
        except (TypeError, ValueError) as error:  # of the network, given a field that is none for it
            if isinstance(error, InputError):
                raise
            raise InputError(ended(error, f"making the network of {cell_name(cell)}")) from error
    return comparison


def _usual_range(factor: Factor, name: str) -> Range:
    """Returns the range that the package's own methods give a hyperparameter whose range is an option."""
    return next(m.space[name] for m in find_methods(factor.name).values() if name in m.space)


@dataclass(frozen=True)
class Comparison:
    """The methods of each factor that are compared, and the ranges of their hyperparameters.

    Attributes:
      factors: the factors, each with its methods, in the order of cells and tables.
      ranges: low and high of hyperparameters, in the place of those that their methods give.

    Raises:
      InputError: two methods give a hyperparameter of one name different ranges, or one gives it the name of what every
        run has, or a range to what has one by an option.

    >>> a, b = (Method(name, Text(f"method {name}", f"방법 {name}")) for name in "ab")
    >>> comparison = Comparison(((a.factor, (a, b)),))
    >>> comparison.cells, comparison.params(("a",)), comparison.text(("b",)).en
    ((('a',), ('b',)), ('learning_rate',), 'method b')
    """

    factors: tuple[tuple[Factor, tuple[Method, ...]], ...]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owners: dict[str, Method] = {}
        for _, methods in self.factors:
            for method in methods:
                if taken := {LEARNING_RATE, *ALWAYS, *self.names, *COLUMNS} & method.space.keys():
                    raise InputError(
                        f"method {method.name}: {', '.join(sorted(taken))} is no name for a hyperparameter of its own; "
                        "every run has it"
                    )
                for name, own in method.space.items():
                    other = owners.setdefault(name, method)
                    if other.space[name] != own:
                        raise InputError(
                            f"methods {other.name} and {method.name}: both have a hyperparameter {name}, with other "
                            "ranges; give one of them another name"
                        )
                    if name in self.ranges and own[:3] != (usual := _usual_range(method.factor, name))[:3]:
                        raise InputError(
                            f"method {method.name}: the range of {name} is an option, and would be lost; give it the "
                            f"usual one, LogUniform({usual.low:g}, {usual.high:g}), or another name"
                        )

    @cached_property
    def space(self) -> Mapping[str, Range]:
        """Returns the ranges of all hyperparameters, those of the methods first, the learning rate last."""
        own = {name: given for _, methods in self.factors for m in methods for name, given in m.space.items()}
        every = own | {LEARNING_RATE: RATES}
        return {name: Range(*self.ranges.get(name, given[:2]), *given[2:]) for name, given in every.items()}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Returns the names of one method of each factor, in all combinations, the last factor's fastest."""
        return tuple(itertools.product(*([m.name for m in methods] for _, methods in self.factors)))

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the names of the factors."""
        return tuple(factor.name for factor, _ in self.factors)

    @cached_property
    def reference(self) -> Cell | None:
        """Returns the cell of methods that change nothing; None where a factor has no such."""
        nothing = [next((m.name for m in methods if m.is_nothing), None) for _, methods in self.factors]
        return None if None in nothing else tuple(name for name in nothing if name is not None)

    @property
    def varied(self) -> tuple[Factor, ...]:
        """Returns the factors that have several methods."""
        return tuple(factor for factor, methods in self.factors if len(methods) > 1)

    def margins(self, given: float | None = None) -> dict[str, float]:
        """Returns the margin of equivalence of each factor: a given one, or its own."""
        return {factor.name: given or factor.margin for factor, _ in self.factors}

    def method(self, factor: str, name: str) -> Method:
        """Returns a method by the name of its factor and its own."""
        return next(m for f, methods in self.factors if f.name == factor for m in methods if m.name == name)

    def methods(self, cell: Cell) -> tuple[Method, ...]:
        """Returns the methods of a cell."""
        return tuple(self.method(*names) for names in zip(self.names, cell, strict=True))

    def params(self, cell: Cell) -> tuple[str, ...]:
        """Returns the names of the hyperparameters of a cell, the learning rate last."""
        return (*dict.fromkeys(name for method in self.methods(cell) for name in method.space), LEARNING_RATE)

    def text(self, cell: Cell) -> Text:
        """Returns a cell in a sentence: batch normalization with L2 penalty."""
        first, *others = (method.text for method in self.methods(cell))
        rest = " and ".join(text.en for text in others)
        return Text(f"{first.en} with {rest}" if rest else first.en, " + ".join(t.ko for t in (first, *others)))

    def label(self, cell: Cell) -> Text:
        """Returns a cell in a figure: batch + L2."""
        labels = [method.label for method in self.methods(cell)]
        return Text(*(" + ".join(words) for words in zip(*labels, strict=True)))

    def param(self, name: str) -> Text:
        """Returns what a hyperparameter is called."""
        return self.space[name].text or same(name.replace("_", " "))
