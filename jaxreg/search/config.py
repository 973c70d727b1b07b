"""The settings of a search: typed, checked, and light to import."""

from __future__ import annotations

from dataclasses import dataclass

from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.engine.setting import MOST_USED, RUNNING, TUNING, setting
from jaxreg.text import Text

SAMPLER_NAMES = ("tpe", "random", "balanced")
PRUNER_NAMES = ("none", "median", "halving")

USUAL_AGAIN, MANY_TRIALS = 5, 20  # repetitions of the winner, of a study of so many trials or more


@dataclass(frozen=True)
class StudyConfig(ProblemConfig):
    """The settings of one study; each is the option of `jaxreg search` of the same name."""

    name = "search"

    trials: int = setting(
        200,
        Text(
            "total number of trials; running again continues to it",
            "시도의 총횟수. 다시 실행하면 그 수까지 이어집니다",
        ),
        MOST_USED,
        identity=False,
        least=1,
    )
    sampler: str = setting(
        "tpe",
        Text(
            "who suggests trials; balanced: random, each cell in turn",
            "시도를 제안하는 방법. balanced: 조합을 번갈아 무작위로",
        ),
        TUNING,
        choices=SAMPLER_NAMES,
    )
    pruner: str = setting(
        "none",
        Text("whether hopeless trials are cut short", "가망 없는 시도를 일찍 끝낼지(가지치기)"),
        TUNING,
        choices=PRUNER_NAMES,
    )
    lookback: int = setting(
        16,
        Text(
            "a trial is suggested knowing the trials up to so many before it, and none after",
            "시도를 제안할 때 몇 번째 앞의 시도까지 알고 있는지",
        ),
        TUNING,
        least=1,
    )
    study_name: str = setting(
        "search", Text("name of the study in its storage", "저장소에서 쓰는 연구의 이름"), RUNNING
    )
    tensorboard: bool = setting(
        False,
        Text("write each trial's curves for TensorBoard, too", "시도마다 학습 곡선을 TensorBoard용으로도 기록합니다"),
        RUNNING,
        identity=False,
    )
    again: int | None = setting(
        None,
        Text(
            "trainings of the winner with other seeds, for the luck of a single run (default: 5 from 20 trials on)",
            "시드를 바꾸어 최고 설정을 다시 학습하는 횟수, 학습 한 번의 운을 잽니다 (기본값: 시도가 20회 이상이면 5)",
        ),
        TUNING,
        identity=False,
        least=0,
    )

    @property
    def num_again(self) -> int:
        """Returns how often the winner is trained again."""
        return (USUAL_AGAIN if self.trials >= MANY_TRIALS else 0) if self.again is None else self.again

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.population or 1) > 1 and self.pruner != "none":
            raise self._refusal("population", "1 with a pruner: trials that train in one program are not cut short")
