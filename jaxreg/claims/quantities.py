"""Numbers of the claims in words: with their units, in both languages."""

import math
from collections.abc import Sequence
from typing import Literal

from jaxreg.pages.wording import PERCENT
from jaxreg.text import Text, same

Unit = Literal["", "%", "points", "x"]  # a plain number; a share 0..1 as such, and as a difference; a factor
WITH_UNIT: dict[Unit, Text] = {
    "": same("{}"),
    "%": PERCENT,
    "points": Text("{} points", "{}%p"),
    "x": Text("{} ×", "{}배"),
}
ONE_POINT = Text("1 point", "1%p")
PLUS_MINUS = same("{} ± {}")
RANGE = Text("{} (from {} to {})", "{} ({} ~ {})")
NOTHING_TO_SAY = Text("unknown", "알 수 없음")


def quantity(value: float, unit: Unit = "") -> Text:
    """Returns a number with its unit: 97.1 %, 1.23 points, 0.018 ×."""
    if not math.isfinite(value):
        return NOTHING_TO_SAY
    if unit in ("%", "points"):
        digits = 1 if unit == "%" else 2
        return WITH_UNIT[unit].format(f"{round(100 * value, digits) + 0.0:.{digits}f}")  # + 0.0: no minus before a 0.00
    return WITH_UNIT[unit].format(f"{value:.3g}".replace("e-0", "e-"))


def exact(value: float, unit: Unit = "") -> Text:
    """Returns a number that was chosen, with no more digits than it has: 10 %, 1 point, 0.8 ×."""
    share = unit in ("%", "points")
    shown = f"{100 * value:.4g}" if share else f"{value:g}"
    return ONE_POINT if (unit, shown) == ("points", "1") else WITH_UNIT[unit].format(shown)


def mean(values: Sequence[float], unit: Unit = "") -> float:
    """Returns the mean, of factors the geometric one; NaN where there is none."""
    if unit != "x":
        return sum(values) / len(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if all(value > 0 for value in values) else math.nan


def plus_minus(values: Sequence[float], unit: Unit = "") -> Text:
    """Returns the mean and, over several seeds, the standard deviation: 97.1 % ± 0.2 %; of factors the range."""
    middle = mean(values, unit)
    if len(values) < 2 or not math.isfinite(middle):
        return quantity(middle, unit)
    if unit == "x":
        return RANGE.format(quantity(middle, unit), *map(quantity, (min(values), max(values))))
    deviation = math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
    spread = quantity(deviation, unit) if unit else f"{deviation:.2g}"
    if unit == "points":
        return WITH_UNIT["points"].format(f"{_bare(middle)} ± {_bare(deviation)}")
    return PLUS_MINUS.format(quantity(middle, unit), spread)


def _bare(share: float) -> str:
    return f"{round(100 * share, 2) + 0.0:.2f}"


def both_names(names: Sequence[Text]) -> Text:
    """Returns names as a list in words: a, b; or none."""
    return Text(", ".join(n.en for n in names) or "none", ", ".join(n.ko for n in names) or "해당 없음")
