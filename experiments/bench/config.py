"""The settings of a benchmark: typed, checked, and light to import."""

from __future__ import annotations

import math
import shlex
from dataclasses import asdict, dataclass, fields
from typing import Any

from jaxreg.data.embedded import NUM_TRAIN
from jaxreg.engine.setting import is_number, option, refusal, setting
from jaxreg.errors import InputError
from jaxreg.files import expanded

SECTIONS = ("epochs", "busy", "gemm", "conv", "startup", "overhead", "scaling", "lookback", "storage", "idle", "memory")
ACCELERATOR = "accelerator"  # a section that is measured only where it is asked for
CONTENDERS = ("ours", "torch", "torch_fast", "torch_compiled", "naive")
COMPARING = ("epochs", "busy")  # the sections that measure all contenders


@dataclass(frozen=True)
class BenchmarkConfig:
    """The settings of one benchmark; each is the option of `experiments/benchmark.py` of the same name.

    Raises:
      InputError: a value is not allowed; the line names the option, the value and what is allowed.
    """

    rounds: int = setting(5, "how often each measurement of the epochs and of the matrix product is repeated")
    only: tuple[str, ...] = setting(SECTIONS, "sections to measure", choices=(*SECTIONS, ACCELERATOR))
    contenders: tuple[str, ...] = setting(CONTENDERS, "whose epochs are measured", choices=CONTENDERS)
    train_size: int = setting(1000, "training images of an epoch")
    epoch_valid_size: int = setting(2000, "images that are validated after each epoch")
    out: str = setting("runs/benchmark", "folder of benchmark.json and benchmark.png")
    minutes: float = setting(8.0, "what the parts of the accelerator may take together")

    def __post_init__(self) -> None:
        for name in ("rounds", "train_size", "epoch_valid_size"):
            if getattr(self, name) < 1:
                raise self._refusal(name, "an integer of at least 1")
        if not (is_number(self.minutes) and 0 < self.minutes < math.inf):
            raise self._refusal("minutes", "a number above 0")
        for name, choices in (("only", (*SECTIONS, ACCELERATOR)), ("contenders", CONTENDERS)):
            chosen = getattr(self, name)
            if not chosen or not set(chosen) <= set(choices) or len(set(chosen)) < len(chosen):
                raise self._refusal(name, "one or more different ones of " + ", ".join(choices))
        if "ours" not in self.contenders:
            raise self._refusal("contenders", "a choice with ours, which the others are compared with")
        if self.train_size + self.epoch_valid_size >= NUM_TRAIN:
            raise self._refusal("train_size", f"what with --epoch-valid-size is less than {NUM_TRAIN}")
        if not self.out.strip():
            raise self._refusal("out", "a name that is not empty")
        object.__setattr__(self, "out", expanded(self.out, "--out"))

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    def command(self) -> str:
        """Returns the command line that measures the same again, with only what differs from the defaults."""
        words = ["python", "experiments/benchmark.py"]
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value != spec.default:
                words += [option(spec.name), *map(str, value if isinstance(value, tuple) else [value])]
        return shlex.join(words)

    def _refusal(self, name: str, allowed: str) -> InputError:
        return refusal(name, getattr(self, name), allowed)
