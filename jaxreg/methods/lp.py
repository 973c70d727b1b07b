"""L1, L2 and elastic net: one penalty with two numbers, so that all of them, and none, share a program.

    L = L0 + (lambda / n) * sum|w|,   L = L0 + (lambda / n) * sum w^2,   and r times the one plus 1 - r times the other

Sources: Tibshirani 1996 (L1, the lasso), Hoerl & Kennard 1970 (L2, ridge), Zou & Hastie 2005 (elastic net).
"""

from collections.abc import Callable, Mapping

from jaxreg.methods.method import LogUniform, Method, Reading
from jaxreg.text import Text, same

SPACE = {"reg_lambda": LogUniform(1e-6, 1e-2, Text("lambda", "람다"))}


def _shares(l1_share: Callable[[Reading], float]) -> Callable[[Mapping[str, float], Reading], dict[str, float]]:
    def numbers(values: Mapping[str, float], reading: Reading) -> dict[str, float]:
        strength, share = values["reg_lambda"] / reading.n, l1_share(reading)
        return {"l1": share * strength, "l2": (1 - share) * strength}

    return numbers


METHODS = (
    Method(
        "l1",
        Text("L1 penalty", "L1 규제"),
        short=same("L1"),
        space=SPACE,
        numbers=_shares(lambda reading: 1.0),
        marker="^",
    ),
    Method(
        "l2",
        Text("L2 penalty", "L2 규제"),
        short=same("L2"),
        space=SPACE,
        numbers=_shares(lambda reading: 0.0),
        marker="s",
    ),
    Method(
        "elastic",
        Text("elastic-net penalty", "엘라스틱넷 규제"),
        short=Text("elastic", "엘라스틱넷"),
        space=SPACE,
        numbers=_shares(lambda reading: reading.l1_ratio),
        marker="D",
    ),
)
