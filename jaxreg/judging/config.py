"""The settings of a judgement of given scores: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass, field
from typing import Any

from jaxreg.engine.config import MAX_SEED, is_number, option, setting
from jaxreg.errors import InputError, one_of
from jaxreg.files import expanded
from jaxreg.records import LANGUAGES

SCORE = "score"


@dataclass(frozen=True)
class JudgeConfig:
    """The settings of one judgement; each is the option of `jaxreg judge` of the same name."""

    scores: str = field(metadata={"help": "CSV file, .npz file, or run folder of a verdict"})
    factors: tuple[str, ...] = setting(("method",), "columns that together name a method; several are factors")
    block: str = setting("block", "column of the blocks: seeds, draws or folds that all methods have in common")
    image: str = setting("image", "column of the test images, where there is one score for each")
    score: str = setting(SCORE, "column of the scores, of which more is better (a loss needs a minus)")
    reference: str | None = setting(None, "method that the others are compared with, such as none, or none/none")
    margin: float | None = setting(None, "differences smaller than this do not matter (default: of shares, 0.001)")
    level: float = setting(0.05, "error rate of each family of comparisons; 0.05 gives 95 % intervals")
    chance: float | None = setting(None, "the score of guessing: runs halfway from it to the best did not train")
    overlap: float | None = setting(None, "share of training images that two blocks have in common, 0..1; for a check")
    seed: int = setting(0, "seed of the draws that intervals are found with")
    out: str = setting("runs/judge", "run folder")
    lang: str = setting("en", "language of the report and of the answer", choices=LANGUAGES)

    def __post_init__(self) -> None:
        one_of("--lang", self.lang, LANGUAGES)
        for name in ("scores", "out"):
            object.__setattr__(self, name, expanded(getattr(self, name), "--out" if name == "out" else name))
        if not self.out.strip():
            raise InputError("--out: allowed is a name that is not empty")
        if len({*self.factors, self.block, self.image, self.score}) < len(self.factors) + 3 or not self.factors:
            raise InputError("--factors, --block, --image, --score: allowed are columns that are not the same")
        for name, least, most in (("level", 0.0, 0.5), ("margin", 0.0, None)):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and least < value and (most is None or value < most)):
                allowed = f"a number above {least:g}" + ("" if most is None else f" and below {most:g}")
                raise InputError(f"{option(name)} {value}: allowed is {allowed}")
        if self.chance is not None and not is_number(self.chance):
            raise InputError(f"--chance {self.chance}: allowed is a number")
        if self.overlap is not None and not (is_number(self.overlap) and 0 <= self.overlap <= 1):
            raise InputError(f"--overlap {self.overlap}: allowed is a number in 0..1")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed <= MAX_SEED:
            raise InputError(f"--seed {self.seed}: allowed is an integer in 0..{MAX_SEED}")

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in dataclasses.asdict(self).items()}

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run folder can only be written again with unchanged."""
        return {name: value for name, value in self.settings().items() if name not in ("scores", "out", "lang")}

    def command(self) -> str:
        """Returns the command line that does the same again."""
        words = ["jaxreg", "judge", self.scores]
        for spec in dataclasses.fields(self)[1:]:
            value = getattr(self, spec.name)
            if value != spec.default:
                words += [option(spec.name), *map(str, value if isinstance(value, tuple) else [value])]
        return shlex.join(words)
