"""The settings of a search: typed, checked, and light to import."""

from __future__ import annotations

from dataclasses import dataclass

from jaxreg.engine.config import ProblemConfig, setting

SAMPLER_NAMES = ("tpe", "random", "balanced")
PRUNER_NAMES = ("none", "median", "halving")

USUAL_AGAIN, MANY_TRIALS = 5, 20  # repetitions of the winner, of a study of so many trials or more


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
    again: int | None = setting(
        None,
        "trainings of the winner with other seeds, for the luck of a single run (default: 5 after 20 trials or more)",
        identity=False,
        least=0,
    )
    study_name: str = setting("search", "name of the study in its storage")
    tensorboard: bool = setting(False, "write each trial's curves for TensorBoard, too", identity=False)

    @property
    def num_again(self) -> int:
        """Returns how often the winner is trained again."""
        return (USUAL_AGAIN if self.trials >= MANY_TRIALS else 0) if self.again is None else self.again

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.population or 1) > 1 and self.pruner != "none":
            raise self._refusal("population", "1 with a pruner: trials that train in one program are not cut short")
