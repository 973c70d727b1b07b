"""What a method is: everything that the package knows of a normalization or a regularizer, as one value."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from jaxreg.core.model import Normalization
from jaxreg.core.train import Augmentation, Optimizer, Penalty, Projection
from jaxreg.errors import InputError
from jaxreg.own import digest
from jaxreg.text import Text


class Factor(NamedTuple):
    """A question to which each of its methods is one answer; a cell of a comparison has one method of each factor.

    Attributes:
      name: what parameters of a study and columns of tables call it; `--norm-types` is the option of "norm_type".
      text: what a sentence calls it.
      plural: what a heading over several of its methods says.
      margin: of equivalence, a share of test images: what difference between its methods is of no practical meaning.

    >>> Factor("norm_type", Text("normalization", "정규화"), Text("normalizations", "정규화"), 0.002) == NORMALIZATION
    True
    """

    name: str
    text: Text
    plural: Text
    margin: float = 0.001


# Networks that differ in it answer so differently that 10,000 test images tell no less than 0.1 points.
NORMALIZATION = Factor("norm_type", Text("normalization", "정규화"), Text("normalizations", "정규화"), margin=0.002)
REGULARIZER = Factor("reg_type", Text("regularizer", "규제"), Text("regularizers", "규제"))


class Range(NamedTuple):
    """The range of a searched hyperparameter, low..high, on a logarithmic scale or a linear one, and what it is called.

    Of hyperparameters of one name in a comparison, all ranges must be the same: they are one hyperparameter.
    """

    low: float
    high: float
    log: bool
    text: Text | None = None

    def at(self, share: float) -> float:
        """Returns the value that lies so far, 0..1, on the way from low to high, on the range's scale.

        >>> LogUniform(0.01, 1.0).at(0.5)
        0.1
        """
        low, high = self.low, self.high
        return float(low * (high / low) ** share if self.log else low + (high - low) * share)

    def place(self, value: float) -> float:
        """Returns how far a value is on that way; the inverse of `at`."""
        at, low, high = (math.log(x) if self.log else x for x in (value, self.low, self.high))
        return (at - low) / (high - low)


def LogUniform(low: float, high: float, text: Text | None = None) -> Range:
    """Returns the range of a hyperparameter of which each factor is as likely as any other; 0 < low < high.

    >>> LogUniform(0.001, 1.0)
    Range(low=0.001, high=1.0, log=True, text=None)
    """
    return Range(low, high, True, text)


def Uniform(low: float, high: float, text: Text | None = None) -> Range:
    """Returns the range of a hyperparameter of which each value is as likely as any other; low < high.

    >>> Uniform(0.25, 0.75)
    Range(low=0.25, high=0.75, log=False, text=None)
    """
    return Range(low, high, False, text)


SMALLEST, LARGEST = 1e-37, 1e37  # of numbers that are used in float32


def _is_finite(value: Any) -> bool:
    """Returns whether something is a number, of JAX's too, and finite."""
    try:
        return not isinstance(value, str) and math.isfinite(value)
    except (TypeError, OverflowError):
        return False


# What of a method trains, beside its hyperparameters.
TRAINS = ("numbers", "penalty", "optimizer", "projection", "augmentation", "fields", "network", "num_epochs")
BETTER_WITH_TIME = Text(
    "the better the longer a network trains; judged at this patience and no other",
    "오래 학습할수록 효과가 커지는 방법이며, 이 patience에서의 결과로만 판단했습니다",
)


class Reading(NamedTuple):
    """How a study reads lambda and the elastic net: the options that all penalties of the study's text share.

    Attributes:
      n: what lambda is divided by, L = L0 + (lambda / n) * sum.
      l1_ratio: the share of L1 in the elastic net, 0..1.
      scope: the weights that are penalized, "kernels" or "all".
    """

    n: float = 32.0
    l1_ratio: float = 0.5
    scope: str = "kernels"


@dataclass(frozen=True, eq=False)
class Method:
    """A normalization or a regularizer; a new one is one file in `jaxreg/methods/`, or one of a user's own.

    Whatever of training a method does not set stays as it is without it.

    Attributes:
      name: what options, tables and records call it.
      text: its name in a sentence, "L1 penalty".
      factor: what it is one of.
      short: its name in a figure, "L1"; `text` where it is not given.
      space: the hyperparameters that it adds, by their names, with the ranges that a search takes by default.
      numbers: the traced numbers of the hyperparameters' values; by default they are these values themselves.
      penalty: what it adds to the loss.
      optimizer: what it takes in the place of Adam.
      projection: what it does to the parameters after each step.
      augmentation: what it does to each batch.
      fields: its hyperparameters that are fields of the network in training, such as a dropout rate; evaluation, which
        does not know them, must not depend on them.
      network: static fields of the network, such as the kind of its normalizations.
      num_epochs: a fixed number of epochs in the place of early stopping.
      colors: in figures, on light and on dark ground; one by its place among the others where it is not given.
      marker: in figures, as matplotlib names them; likewise.
      note: what a reader of its results has to know, as that it needs longer training than others.

    Raises:
      InputError: a name that is not of lower-case letters, digits and _; a range that is none, or beyond 1e-37..1e37;
        a part of another kind than it is here.

    >>> mine = Method("mine", Text("my penalty", "내 규제"), space={"strength": LogUniform(1e-6, 1e-2)},
    ...               penalty=lambda params, hparams: hparams["strength"] * abs(params["dense2"]["kernel"]).sum())
    >>> mine.factor.name, mine.label.en, mine.is_nothing
    ('reg_type', 'my penalty', False)
    """

    name: str
    text: Text
    factor: Factor = REGULARIZER
    short: Text | None = None
    space: Mapping[str, Range] = field(default_factory=dict)
    numbers: Callable[[Mapping[str, float], Reading], Mapping[str, float]] | None = None
    penalty: Penalty | None = None
    optimizer: Optimizer | None = None
    projection: Projection | None = None
    augmentation: Augmentation | None = None
    fields: tuple[str, ...] = ()
    network: Mapping[str, Any] = field(default_factory=dict)
    num_epochs: int | None = None
    colors: tuple[str, str] | None = None
    marker: str = ""
    note: Text | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[a-z0-9_]+", self.name):
            raise InputError(f"method {self.name!r}: allowed is a name of letters, digits and _, in lower case")
        if self.colors and not (
            len(self.colors) == 2 and all(re.fullmatch("#[0-9a-f]{6}", str(color)) for color in self.colors)
        ):
            raise InputError(
                f"method {self.name}: colors {self.colors}: allowed are two like #0072b2, for light and dark"
            )
        if self.marker not in ("", *"ov^<>12348spP*hH+xXDd|_"):
            raise InputError(
                f"method {self.name}: marker {self.marker!r}: allowed is one of matplotlib's, such as o ^ s D"
            )
        self._check_parts()
        for name, given in self.space.items():
            self._check_hyperparameter(name, given)

    def _check_hyperparameter(self, name: Any, given: Any) -> None:
        """Refuses what is no name and no range, and values that float32, in which they are used, has not."""
        if not isinstance(name, str) or not re.fullmatch("[a-z0-9_]+", name):
            raise InputError(f"method {self.name}: hyperparameter {name!r}: allowed are letters, digits and _")
        if not isinstance(given, Range):
            raise InputError(f"method {self.name}: {name} {given!r}: allowed is LogUniform(low, high) or Uniform")
        low, high, log = cast("tuple[Any, Any, bool]", given[:3])
        least = "0 < low < high" if log else "low < high"
        wanted = f"allowed are numbers {least} that float32 holds"
        numbers = _is_finite(low) and _is_finite(high)
        if not (numbers and low < high and (low >= SMALLEST or not log) and max(-low, high) <= LARGEST):
            raise InputError(f"method {self.name}: {name} ranges over {low}..{high}; {wanted}")

    def _check_parts(self) -> None:
        """Refuses what is not of the kind that its part is."""
        for part in ("text", "short", "note"):
            given = getattr(self, part)
            worded = isinstance(given, Text) and all(isinstance(words, str) for words in given)
            if not worded and (part == "text" or given is not None):
                raise InputError(f"method {self.name}: {part} {given!r}: allowed is Text(english, korean)")
        if not isinstance(self.factor, Factor):
            raise InputError(f"method {self.name}: factor {self.factor!r}: allowed is NORMALIZATION or REGULARIZER")
        if not (isinstance(self.fields, tuple | list) and all(isinstance(name, str) for name in self.fields)):
            raise InputError(f"method {self.name}: fields {self.fields!r}: allowed are names, as in ('dropout',)")
        for part in ("numbers", "penalty", "optimizer", "projection", "augmentation"):
            if (given := getattr(self, part)) is not None and not callable(given):
                raise InputError(f"method {self.name}: {part} {given!r}: allowed is a function")
        for part in ("space", "network"):
            if not isinstance(given := getattr(self, part), Mapping):
                raise InputError(f"method {self.name}: {part} {given!r}: allowed is a mapping of names")
        epochs = self.num_epochs
        if epochs is not None and (isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1):
            raise InputError(f"method {self.name}: num_epochs {epochs!r}: allowed is an integer of at least 1")

    def traced(self, values: Mapping[str, float], reading: Reading) -> Mapping[str, float]:
        """Returns the traced numbers of its hyperparameters at these values.

        Raises:
          InputError: its function `numbers` fails, or returns something else.
        """
        if self.numbers is None:
            return values
        try:
            numbers: Any = self.numbers(values, reading)
        except Exception as error:  # whatever a user's function raises
            raise InputError(f"method {self.name}: numbers ends with {type(error).__name__}: {error}") from error
        if not isinstance(numbers, Mapping) or not all(
            isinstance(name, str) and name != "learning_rate" and _is_finite(value) for name, value in numbers.items()
        ):
            allowed = "a mapping of names, learning_rate none of them, to finite numbers"
            raise InputError(f"method {self.name}: numbers returns {numbers!r}; allowed is {allowed}")
        return numbers

    @property
    def digest(self) -> str:
        """Returns the SHA-256 of what trains in it, see `own.digest`; words and looks may change."""
        ranges = {name: given[:3] for name, given in self.space.items()}
        return digest([self.name, self.factor.name, ranges, *(getattr(self, name) for name in TRAINS)])

    @property
    def label(self) -> Text:
        """Returns its short name."""
        return self.short or self.text

    @property
    def is_nothing(self) -> bool:
        """Returns whether it changes nothing, and so is what the others of its factor are compared with."""
        return not (self.space or self.fields or self.network or self.num_epochs) and not any(
            (self.numbers, self.penalty, self.optimizer, self.projection, self.augmentation)
        )

    @property
    def static(self) -> Mapping[str, Any]:
        """Returns `network`, with a normalization's kind always in it: a network's own default is another method."""
        return ({"normalization": self.normalization} if self.factor == NORMALIZATION else {}) | dict(self.network)

    @property
    def normalization(self) -> type[Normalization]:
        """Returns the kind of normalization that it gives a network."""
        kind: type[Normalization] = self.network.get("normalization", Normalization)
        return kind
