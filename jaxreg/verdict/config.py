"""The settings of a verdict: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxreg.engine.config import MAX_COUNT, ProblemConfig, is_number, option, setting
from jaxreg.errors import InputError
from jaxreg.pages.measure import MEASURES
from jaxreg.search.config import StudyConfig

TUNINGS = ("per-block", "once")
DESIGNS = ("one-test-set", "repeated-holdout")
TRIALS = {"per-block": 4, "once": 16}  # of each cell: in each block, or at all
CHOSEN = ("tune_trials", "tune_budget", "blocks")  # by `--budget`
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
    """The settings of one verdict; each is the option of `experiments/verdict.py` of the same name."""

    script = "experiments/verdict.py"
    tiny = SMOKE

    tuning: str = setting(
        "per-block",
        "tune each cell anew in each block, which judges methods; or once, for the settings chosen then",
        choices=TUNINGS,
    )
    tune_trials: int | None = setting(
        None, "tuning trials of each cell: in each block (default: 4), or once (default: 16)", least=1
    )
    tune_budget: int | None = setting(
        None, "per block, judge the winner of so many of the trials, on average (default: three quarters)", least=1
    )
    design: str = setting(
        DESIGNS[0],
        "which images test: one set in all blocks, or without such each block's own draw, for very small sets",
        choices=DESIGNS,
        identity=False,  # which names it where it is another than that of older runs
    )
    budget: str | None = setting(
        None, "time such as 90s, 30min or 2h, by which blocks and tuning trials are chosen", identity=False
    )
    # What a run is judged by may change when it is continued; its looks are kept (`verdict/looks.py`).
    blocks: int = setting(
        12, "blocks, each with its own draw of the images; 3 or more are judged", least=1, identity=False
    )
    until_decided: bool = setting(
        False, "while a primary comparison is open, go on to twice, four times, eight times --blocks", identity=False
    )
    margin: float | None = setting(
        None,
        "differences smaller than this share of test images are equivalent (default: that of each factor)",
        identity=False,
    )
    level: float = setting(0.05, "error rate of each family of comparisons; 0.05 gives 95 % intervals", identity=False)
    also: tuple[str, ...] = setting((), "further data sets, each judged by itself", identity=False, again="data")
    study_name: str = setting("verdict", "name in the storage; tuned once, .tuning and .confirmation are added")
    out: str = setting("runs/verdict", "run folder", identity=False, path=True)
    smoke: bool = setting(False, "a tiny budget in place of the defaults, to see the whole path", identity=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        greatest = 1 if MEASURES[self.metric].is_share else 1e6
        for name, most in (("margin", greatest), ("level", 0.5)):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value < most) and (name, value) != ("margin", None):
                raise self._refusal(name, f"a number above 0 and below {most:g}")
        if self.margin is None and not MEASURES[self.metric].is_share:
            raise InputError(
                f"--margin: --metric {self.metric} is no share and has none by itself; say which difference does not "
                "matter, such as 0.002"
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
        given = [name for name in (*CHOSEN, "until_decided", "share") if getattr(self, name) != default[name]]
        if given:
            why = "which it chooses" if given != ["share"] else "whose processes must know blocks and tuning trials"
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
