"""The settings of the claims: typed, checked, and light to import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from jaxreg.engine.config import LEAST_FLOAT32, MAX_SEED, MOST_FLOAT32, TrainingConfig, is_number, setting

ALL = "all"

# What `--smoke` puts in the place of defaults: every claim's whole path in a minute, and numbers that mean nothing.
# All sizes are equal: every network's evaluation is compiled for one size only.
SMOKE = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size", "test_size"), 75)
SMOKE |= {"batch_size": 25, "seeds": 1, "epochs": 2}

T = TypeVar("T")


@dataclass(frozen=True)
class ClaimsConfig(TrainingConfig):
    """The settings of the claims; each is the option of `experiments/claims.py` of the same name."""

    script = "experiments/claims.py"
    tiny = SMOKE

    seed: int = setting(0, "seed from which the runs' own are derived", least=0, most=MAX_SEED)
    epoch_valid_size: int | float | None = setting(
        None, "images that are looked at after each epoch, likewise (default: 1000)", usual=1000
    )
    trial_valid_size: int | float | None = setting(
        None, "images held out from both, for generalization gaps, likewise (default: 2000)", usual=2000
    )
    test_size: int = setting(10_000, "test images that are measured, at most", least=1)
    seeds: int = setting(
        8,
        "runs of each setting: own initialisation, order and draw of images; one decides nothing",
        identity=False,
        least=1,
    )
    epochs: int = setting(12, "epochs of a run, where its claim does not say otherwise", least=1)
    learning_rate: float = setting(2e-3, "learning rate, where a claim does not say otherwise")
    only: tuple[str, ...] = setting((ALL,), "names or numbers of the claims to measure", identity=False)
    study_name: str = setting("claims", "name of the runs in their storage")
    out: str = setting("runs/claims", "run folder", identity=False, path=True)
    list: bool = setting(False, "show the claims and measure nothing", identity=False)
    smoke: bool = setting(False, "a tiny budget in place of the defaults, to see the whole path")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (is_number(self.learning_rate) and LEAST_FLOAT32 <= self.learning_rate <= MOST_FLOAT32):
            allowed = f"a number in {LEAST_FLOAT32:.2g}..{MOST_FLOAT32:.2g}, which float32 holds"
            raise self._refusal("learning_rate", allowed)

    def thin(self, values: Sequence[T]) -> tuple[T, ...]:
        """Returns the values to measure at: all, or with `--smoke` only the first and the last."""
        return (values[0], values[-1]) if self.smoke and len(values) > 2 else tuple(values)
