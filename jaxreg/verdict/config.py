"""The settings of a verdict: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxreg.engine.config import ProblemConfig, is_number, setting
from jaxreg.search.config import StudyConfig

# What `--smoke` puts in the place of defaults: the whole path in under a minute, and an answer that means nothing.
SMOKE = {
    "train_size": 200,
    "epoch_valid_size": 200,
    "trial_valid_size": 200,
    "max_epochs": 2,
    "tune_trials": 2,
    "blocks": 3,
}


@dataclass(frozen=True)
class VerdictConfig(ProblemConfig):
    """The settings of one verdict; each is the option of `experiments/verdict.py` of the same name."""

    script = "experiments/verdict.py"
    tiny = SMOKE

    tune_trials: int = setting(16, "tuning trials of each cell", least=1)
    blocks: int = setting(
        12, "confirmation runs of each cell, each with its own seed and draw; 3 or more are judged", least=1
    )
    margin: float = setting(0.001, "differences smaller than this share of test images are equivalent")
    level: float = setting(0.05, "error rate of each family of comparisons; 0.05 gives 95 % intervals")
    study_name: str = setting("verdict", "name in the storage, to which .tuning and .confirmation are added")
    out: str = setting("runs/verdict", "run folder", identity=False, path=True)
    smoke: bool = setting(False, "a tiny budget in place of the defaults, to see the whole path", identity=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("margin", "level"):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value < 1):
                raise self._refusal(name, "a number above 0 and below 1")

    def tuning(self) -> StudyConfig:
        """Returns the settings of the study that tunes: as many random trials for each cell, the cells in turn."""
        shared: dict[str, Any] = {s.name: getattr(self, s.name) for s in dataclasses.fields(ProblemConfig)}
        return StudyConfig(
            **shared | {"out": str(Path(self.out) / "tuning"), "study_name": f"{self.study_name}.tuning"},
            trials=self.tune_trials * len(self.comparison.cells),
            sampler="balanced",
        )
