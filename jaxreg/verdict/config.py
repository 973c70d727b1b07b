"""The settings of a verdict: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxreg.engine.config import RUN_FOLDER, TINY
from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.engine.setting import LEVEL, MOST_USED, RUNNING, TUNING, is_number, setting
from jaxreg.search.config import StudyConfig
from jaxreg.text import Text

BETWEEN = Text("a number above 0 and below {}", "0보다 크고 {}보다 작은 수")
TUNINGS = ("per-block", "once")
TRIALS = {"per-block": 4, "once": 16}  # of each cell: in each block, or at all

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
    """The settings of one verdict; each is the option of `jaxreg verdict` of the same name."""

    name = "verdict"
    tiny = SMOKE

    tuning: str = setting(
        "per-block",
        Text(
            "tune each cell anew in each block, which judges methods; or once, for the settings chosen then",
            "per-block: 블록마다 새로 튜닝하여 방법을 판정. once: 한 번 튜닝해 고른 설정을 판정",
        ),
        TUNING,
        choices=TUNINGS,
    )
    tune_trials: int | None = setting(
        None,
        Text(
            "tuning trials of each cell: in each block (default: 4), or once (default: 16)",
            "조합마다 튜닝 시도의 횟수: 블록마다 (기본값: 4) 또는 한 번 (기본값: 16)",
        ),
        MOST_USED,
        least=1,
    )
    tune_budget: int | None = setting(
        None,
        Text(
            "per block, judge the winner of so many of the trials, on average (default: three quarters)",
            "블록마다 시도 중 몇 회의 승자를 (평균으로) 판정할지 (기본값: 4분의 3)",
        ),
        TUNING,
        least=1,
    )
    blocks: int = setting(
        12,
        Text(
            "blocks, each with its own draw of the images; 3 or more are judged",
            "블록 수. 블록마다 이미지를 새로 추출하며 3개부터 판정합니다",
        ),
        MOST_USED,
        least=1,
    )
    margin: float | None = setting(
        None,
        Text(
            "differences smaller than this share of test images are equivalent (default: that of each factor)",
            "테스트 이미지의 이 비율보다 작은 차이는 동등으로 봅니다 (기본값: 요인마다 다름)",
        ),
        TUNING,
    )
    level: float = setting(0.05, LEVEL, TUNING)
    study_name: str = setting(
        "verdict",
        Text(
            "name in the storage; tuned once, .tuning and .confirmation are added",
            "저장소에서 쓰는 이름. 한 번 튜닝하면 .tuning과 .confirmation이 붙습니다",
        ),
        RUNNING,
    )
    out: str = setting("runs/verdict", RUN_FOLDER, MOST_USED, identity=False, path=True)
    smoke: bool = setting(False, TINY, MOST_USED, identity=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, most in (("margin", 1), ("level", 0.5)):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value < most) and (name, value) != ("margin", None):
                raise self._refusal(name, BETWEEN.format(most))
        if self.metric != "accuracy":
            raise self._refusal("metric", "accuracy: a verdict judges no other yet")
        if self.tune_budget is not None and not self.per_block:
            raise self._refusal("tune_budget", "none but with --tuning per-block")
        if self.tune_budget is not None and self.tune_budget > self.num_trials:
            raise self._refusal("tune_budget", f"an integer in 1..{self.num_trials}, the tuning trials")

    @property
    def per_block(self) -> bool:
        """Returns whether each block tunes anew."""
        return self.tuning == "per-block"

    @property
    def num_trials(self) -> int:
        """Returns the tuning trials of each cell: in each block, or at all."""
        return TRIALS[self.tuning] if self.tune_trials is None else self.tune_trials

    @property
    def budget(self) -> int:
        """Returns of how many of a block's trials the winner is judged: three quarters, rounded up, if not given.

        More are nearer to what long tuning reaches, fewer give the smaller variance.
        """
        return -(-3 * self.num_trials // 4) if self.tune_budget is None else self.tune_budget

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run can only be continued with unchanged, trials and budget as numbers."""
        budget = self.budget if self.per_block else None
        return super().identity() | {"tune_trials": self.num_trials, "tune_budget": budget}

    def tuning_study(self) -> StudyConfig:
        """Returns the settings of the study that tunes: as many random trials for each cell, the cells in turn."""
        shared: dict[str, Any] = {s.name: getattr(self, s.name) for s in dataclasses.fields(ProblemConfig)}
        return StudyConfig(
            **shared | {"out": str(Path(self.out) / "tuning"), "study_name": f"{self.study_name}.tuning"},
            trials=self.num_trials * len(self.comparison.cells),
            sampler="balanced",
        )
