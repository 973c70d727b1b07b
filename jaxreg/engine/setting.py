"""How a setting is declared: its default, its help in both languages, and the group of options that it stands in."""

from __future__ import annotations

import sys
from dataclasses import field
from typing import Any, NamedTuple

from jaxreg.errors import InputError
from jaxreg.text import Text

MAX_SEED = 2**32 - 1
MAX_COUNT = 2**31 - 1  # as JAX counts
NOT_EMPTY = Text("a name that is not empty", "비어 있지 않은 이름")
REFUSED = Text("{name} {value}: allowed is {allowed}", "{name} {value}: 사용할 수 있는 값은 {allowed}")


class Group(NamedTuple):
    """Options that help shows together, and the place of the group among the others."""

    place: int
    title: Text


MOST_USED = Group(0, Text("most used", "자주 쓰는 옵션"))
COMPARED = Group(1, Text("what is compared", "비교 대상"))
DATA = Group(2, Text("data", "데이터"))
TRAINING = Group(3, Text("training", "학습"))
TUNING = Group(4, Text("tuning and judging", "튜닝과 판정"))
RUNNING = Group(5, Text("where and how it runs", "실행 방법"))
LEVEL = Text(
    "error rate of each family of comparisons; 0.05 gives 95 % intervals",
    "비교 묶음마다의 오류율. 0.05이면 95% 구간",
)


def setting(default: Any, help_text: str | Text, group: Group | None = None, **metadata: Any) -> Any:
    """A field with its one-line help; `identity=False` marks what may change when a run is continued.

    An integer field has `least`, and may have `most`; a field that is a `path` may begin with ~. The size of a split
    has what is `usual`, which is taken where it is not given and fits the data. A field that `chooses` others is given
    without them.
    """
    return field(default=default, metadata={"help": help_text, "section": group, "identity": True} | metadata)


def argument(help_text: str | Text, **metadata: Any) -> Any:
    """A field that is no option but an argument by its place, with its one-line help."""
    return field(metadata={"help": help_text, "identity": True} | metadata)


def option(name: str) -> str:
    """Returns the command-line option of a setting: train_size -> --train-size."""
    return "--" + name.replace("_", "-")


def refusal(name: str, value: object, allowed: str | Text) -> InputError:
    """Returns the error that says what is allowed in the place of a value; one that would not be seen is quoted."""
    shown = " ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    seen = shown == shown.strip() != ""
    return InputError(REFUSED.format(name=option(name), value=shown if seen else repr(value), allowed=allowed))


def is_number(value: object) -> bool:
    """Returns whether a value is a finite number; True and False are none."""
    finite = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -finite <= value <= finite
