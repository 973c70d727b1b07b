"""The settings of a search: typed, checked, and light to import."""

from __future__ import annotations

from dataclasses import dataclass

from jaxreg.engine.config import ProblemConfig, setting

SAMPLER_NAMES = ("tpe", "random", "balanced")
PRUNER_NAMES = ("none", "median", "halving")


@dataclass(frozen=True)
class StudyConfig(ProblemConfig):
    """The settings of one study; each is the option of `experiments/search.py` of the same name."""

    script = "experiments/search.py"

    trials: int = setting(200, "total number of trials; running again continues to it", identity=False, least=1)
    sampler: str = setting("tpe", "who suggests trials; balanced: random, each cell in turn", choices=SAMPLER_NAMES)
    pruner: str = setting("none", "whether hopeless trials are cut short", choices=PRUNER_NAMES)
    lookback: int = setting(
        16, "a trial is suggested knowing the trials up to so many before it, and none after", least=1
    )
    study_name: str = setting("search", "name of the study in its storage")
    tensorboard: bool = setting(False, "write each trial's curves for TensorBoard, too", identity=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.population or 1) > 1 and self.pruner != "none":
            raise self._refusal("population", "1 with a pruner: trials that train in one program are not cut short")
