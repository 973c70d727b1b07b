"""The settings of the claims: typed, checked, and light to import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from jaxreg.engine.config import LEAST_FLOAT32, MOST_FLOAT32, RUN_FOLDER, TINY, TrainingConfig
from jaxreg.engine.setting import DATA, MAX_SEED, MOST_USED, RUNNING, TRAINING, is_number, setting
from jaxreg.text import Text

ALL = "all"

# What `--smoke` puts in the place of defaults: every claim's whole path in a minute, and numbers that mean nothing.
# All sizes are equal: every network's evaluation is compiled for one size only.
SMOKE = dict.fromkeys(("train_size", "epoch_valid_size", "trial_valid_size", "test_size"), 75)
SMOKE |= {"batch_size": 25, "seeds": 1, "epochs": 2}

T = TypeVar("T")


@dataclass(frozen=True)
class ClaimsConfig(TrainingConfig):
    """The settings of the claims; each is the option of `jaxreg claims` of the same name."""

    name = "claims"
    tiny = SMOKE

    seed: int = setting(
        0,
        Text("seed from which the runs' own are derived", "실행마다의 시드를 이끌어 내는 시드"),
        RUNNING,
        least=0,
        most=MAX_SEED,
    )
    epoch_valid_size: int | float | None = setting(
        None,
        Text(
            "images that are looked at after each epoch, likewise (default: 1000)",
            "에포크마다 보는 검증 이미지, 같은 방식 (기본값: 1000)",
        ),
        DATA,
        usual=1000,
    )
    trial_valid_size: int | float | None = setting(
        None,
        Text(
            "images held out from both, for generalization gaps, likewise (default: 2000)",
            "일반화 격차를 재는 홀드아웃 이미지, 같은 방식 (기본값: 2000)",
        ),
        DATA,
        usual=2000,
    )
    test_size: int = setting(
        10_000, Text("test images that are measured, at most", "측정하는 테스트 이미지의 최대 장수"), DATA, least=1
    )
    seeds: int = setting(
        8,
        Text(
            "runs of each setting: own initialisation, order and draw of images; one decides nothing",
            "설정마다 실행 횟수. 실행마다 초기화, 순서, 추출이 다르며 하나로는 판정할 수 없습니다",
        ),
        MOST_USED,
        identity=False,
        least=1,
    )
    epochs: int = setting(
        12,
        Text(
            "epochs of a run, where its claim does not say otherwise",
            "실행의 에포크 수(주장이 따로 정하지 않을 때)",
        ),
        TRAINING,
        least=1,
    )
    learning_rate: float = setting(
        2e-3,
        Text("learning rate, where a claim does not say otherwise", "학습률(주장이 따로 정하지 않을 때)"),
        TRAINING,
    )
    only: tuple[str, ...] = setting(
        (ALL,),
        Text("names or numbers of the claims to measure", "측정할 주장의 이름이나 번호"),
        MOST_USED,
        identity=False,
    )
    study_name: str = setting("claims", Text("name of the runs in their storage", "저장소에서 쓰는 이름"), RUNNING)
    out: str = setting("runs/claims", RUN_FOLDER, MOST_USED, identity=False, path=True)
    list: bool = setting(
        False,
        Text("show the claims and measure nothing", "측정하지 않고 주장의 목록만 보입니다"),
        MOST_USED,
        identity=False,
    )
    smoke: bool = setting(False, TINY, MOST_USED)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (is_number(self.learning_rate) and LEAST_FLOAT32 <= self.learning_rate <= MOST_FLOAT32):
            allowed = f"a number in {LEAST_FLOAT32:.2g}..{MOST_FLOAT32:.2g}, which float32 holds"
            raise self._refusal("learning_rate", allowed)

    def thin(self, values: Sequence[T]) -> tuple[T, ...]:
        """Returns the values to measure at: all, or with `--smoke` only the first and the last."""
        return (values[0], values[-1]) if self.smoke and len(values) > 2 else tuple(values)
