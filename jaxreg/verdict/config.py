"""The settings of a verdict: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxreg.engine.config import RUN_FOLDER, TINY
from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.engine.setting import DATA, LEVEL, MAX_COUNT, MOST_USED, RUNNING, TUNING, is_number, option, setting
from jaxreg.errors import InputError
from jaxreg.pages.measure import MEASURES
from jaxreg.search.config import StudyConfig
from jaxreg.text import Text

BETWEEN = Text("a number above 0 and below {}", "0보다 크고 {}보다 작은 수")
TUNINGS = ("per-block", "once")
DESIGNS = ("one-test-set", "repeated-holdout")
TRIALS = {"per-block": 4, "once": 16}  # of each cell: in each block, or at all
CHOSEN = ("tune_trials", "tune_budget", "blocks")  # by `--budget`
MARGIN = 0.002  # an example of a difference that does not matter, where a metric has none by itself
UNITS = {"s": 1, "min": 60, "h": 3600}

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
        identity=False,  # as what it is judged by, it may change when it is continued: `verdict/looks.py`
    )
    design: str = setting(
        DESIGNS[0],
        Text(
            "which images test: one set in all blocks, or without such each block's own draw, for very small sets",
            "테스트 이미지: 모든 블록에 한 세트, 또는 그런 세트 없이 블록마다 새로 추출(아주 작은 데이터)",
        ),
        TUNING,
        choices=DESIGNS,
        identity=False,  # which names it where it is another than that of older runs
    )
    budget: str | None = setting(
        None,
        Text(
            "time such as 90s, 30min or 2h, by which blocks and tuning trials are chosen",
            "90s, 30min, 2h와 같은 시간. 블록과 튜닝 시도의 횟수를 여기에 맞춥니다",
        ),
        MOST_USED,
        identity=False,
        chooses=CHOSEN,
    )
    until_decided: bool = setting(
        False,
        Text(
            "while a primary comparison is open, go on to twice, four times, eight times --blocks",
            "보류된 기본 비교가 있으면 --blocks의 2배, 4배, 8배까지 계속합니다",
        ),
        TUNING,
        identity=False,
    )
    margin: float | None = setting(
        None,
        Text(
            "smaller differences do not matter: a share of test images, or so much of a loss (default: each factor's)",
            "이보다 작은 차이는 동등으로 봅니다: 테스트 이미지의 비율, 손실이면 그 값 (기본값: 요인마다 다름)",
        ),
        TUNING,
        identity=False,
    )
    level: float = setting(0.05, LEVEL, TUNING, identity=False)
    also: tuple[str, ...] = setting(
        (),
        Text("further data sets, each judged by itself", "데이터를 더합니다. 각각 따로 판정합니다"),
        DATA,
        identity=False,
        again="data",
    )
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
        greatest = 1 if MEASURES[self.metric].is_share else 1e6
        for name, most in (("margin", greatest), ("level", 0.5)):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value < most) and (name, value) != ("margin", None):
                raise self._refusal(name, BETWEEN.format(f"{most:g}"))
        if self.margin is None and not MEASURES[self.metric].is_share:
            raise InputError(
                f"--margin: --metric {self.metric} is no share and has none by itself; say which difference does not "
                f"matter, such as {MARGIN}"
            )
        if self.also and self.share is not None:
            raise InputError("--data, several: none with --share; give each data set an array of its own")
        if self.until_decided and self.share is not None:
            raise InputError("--until-decided: none with --share, whose looks are the last command's")
        if self.until_decided and self.looks[-1] > MAX_COUNT:
            raise self._refusal("blocks", f"an integer in 1..{MAX_COUNT // 8} with --until-decided")
        if self.budget is not None:
            self._check_budget()
        if self.repeated and not self.per_block:
            raise self._refusal("design", "none but one-test-set with --tuning once, which has seen test images before")
        if self.tune_budget is not None and not self.per_block:
            raise self._refusal("tune_budget", "none but with --tuning per-block")
        if self.tune_budget is not None and self.tune_budget > self.num_trials:
            raise self._refusal("tune_budget", f"an integer in 1..{self.num_trials}, the tuning trials")

    def _check_budget(self) -> None:
        self.budget_seconds  # noqa: B018  (its check)
        default = {spec.name: spec.default for spec in dataclasses.fields(self)}
        given = [
            name for name in (*CHOSEN, "until_decided", "share", "storage") if getattr(self, name) != default[name]
        ]
        if given:
            together = given[0] in ("share", "storage")
            why = "whose processes must know blocks and tuning trials" if together else "which it chooses"
            why = "which --smoke sets" if self.smoke else why
            raise self._refusal("budget", f"none with {option(given[0])}, {why}")

    @property
    def budget_seconds(self) -> float:
        """Returns the time that is asked for."""
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(s|min|h)", self.budget or "")
        if not match or not float(match[1]):
            raise self._refusal("budget", "a number above 0 and its unit, s, min or h, such as 90s, 30min or 2h")
        return float(match[1]) * UNITS[match[2]]

    @property
    def repeated(self) -> bool:
        """Returns whether each block draws its own test images, too."""
        return self.design == "repeated-holdout"

    @property
    def looks(self) -> tuple[int, ...]:
        """Returns by how many blocks it is judged: at the most, where it goes on until it is decided."""
        return tuple(self.blocks * 2**i for i in range(4 if self.until_decided else 1))

    @property
    def per_block(self) -> bool:
        """Returns whether each block tunes anew."""
        return self.tuning == "per-block"

    @property
    def num_trials(self) -> int:
        """Returns the tuning trials of each cell: in each block, or at all."""
        return TRIALS[self.tuning] if self.tune_trials is None else self.tune_trials

    @property
    def best_of(self) -> int:
        """Returns of how many of a block's trials the winner is judged: three quarters, rounded up, if not given.

        More are nearer to what long tuning reaches, fewer give the smaller variance.
        """
        return -(-3 * self.num_trials // 4) if self.tune_budget is None else self.tune_budget

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run can only be continued with unchanged, trials and budget as numbers."""
        budget = self.best_of if self.per_block else None
        design = {"design": self.design if self.repeated else None}  # None: as older runs have it
        return super().identity() | {"tune_trials": self.num_trials, "tune_budget": budget} | design

    def tuning_study(self) -> StudyConfig:
        """Returns the settings of the study that tunes: as many random trials for each cell, the cells in turn."""
        shared: dict[str, Any] = {s.name: getattr(self, s.name) for s in dataclasses.fields(ProblemConfig)}
        return StudyConfig(
            **shared | {"out": str(Path(self.out) / "tuning"), "study_name": f"{self.study_name}.tuning"},
            trials=self.num_trials * len(self.comparison.cells),
            sampler="balanced",
        )
