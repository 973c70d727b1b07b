"""The settings of a judgement of given scores: typed, checked, and light to import."""

from __future__ import annotations

from dataclasses import dataclass

from jaxreg.engine.config import LANGUAGE, RUN_FOLDER, SAME_CALL
from jaxreg.engine.setting import (
    COMPARED,
    DATA,
    LEVEL,
    MAX_SEED,
    MOST_USED,
    TUNING,
    argument,
    is_number,
    setting,
)
from jaxreg.engine.settings import Settings
from jaxreg.errors import InputError
from jaxreg.records import LANGUAGES
from jaxreg.text import Text

SCORE = "score"
ARRAYS = "arrays:"  # in the place of a file, where scores are given in Python


@dataclass(frozen=True)
class JudgeConfig(Settings):
    """The settings of one judgement; each is the option of `jaxreg judge` of the same name."""

    name = "judge"

    scores: str = argument(
        Text(
            "CSV file, .npz file, or run folder of a verdict",
            "점수: CSV 파일, .npz 파일 또는 판정(verdict)의 실행 폴더",
        ),
        identity=False,
        path=True,
    )
    factors: tuple[str, ...] = setting(
        ("method",),
        Text(
            "columns that together name a method; several are factors",
            "방법의 이름이 되는 열. 여러 개이면 각각 요인입니다",
        ),
        MOST_USED,
    )
    block: str = setting(
        "block",
        Text(
            "column of the blocks: seeds, draws or folds that all methods have in common",
            "블록의 열: 모든 방법에 공통인 시드, 추출 또는 폴드",
        ),
        MOST_USED,
    )
    image: str = setting(
        "image",
        Text(
            "column of the test images, where there is one score for each",
            "이미지마다 점수가 있을 때 테스트 이미지의 열",
        ),
        DATA,
    )
    score: str = setting(
        SCORE,
        Text(
            "column of the scores, of which more is better (a loss needs a minus)",
            "점수의 열. 클수록 좋아야 합니다(손실은 부호를 바꿉니다)",
        ),
        MOST_USED,
    )
    reference: str | None = setting(
        None,
        Text(
            "method that the others are compared with, such as none, or none/none",
            "나머지와 비교할 기준이 되는 방법, 예: none 또는 none/none",
        ),
        COMPARED,
    )
    margin: float | None = setting(
        None,
        Text(
            "differences smaller than this do not matter (default: of shares 0.001, between the package's "
            "normalizations 0.002)",
            "이보다 작은 차이는 중요하지 않습니다 (기본값: 비율이면 0.001, 이 패키지의 정규화 사이는 0.002)",
        ),
        MOST_USED,
    )
    level: float = setting(0.05, LEVEL, TUNING)
    chance: float | None = setting(
        None,
        Text(
            "the score of guessing: runs halfway from it to the best did not train",
            "찍었을 때의 점수. 그 점수와 최고의 중간에 못 미치면 학습 실패로 봅니다",
        ),
        DATA,
    )
    overlap: float | None = setting(
        None,
        Text(
            "share of training images that two blocks have in common, 0..1; for a check",
            "두 블록이 공유하는 학습 이미지의 비율, 0..1 (검산용)",
        ),
        DATA,
    )
    seed: int = setting(
        0,
        Text("seed of the draws that intervals are found with", "구간을 구하는 추출의 시드"),
        TUNING,
        least=0,
        most=MAX_SEED,
    )
    out: str = setting("runs/judge", RUN_FOLDER, MOST_USED, identity=False, path=True)
    lang: str = setting("en", LANGUAGE, MOST_USED, identity=False, choices=LANGUAGES)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_name("out")
        if len({*self.factors, self.block, self.image, self.score}) < len(self.factors) + 3 or not self.factors:
            raise InputError("--factors, --block, --image, --score: allowed are columns that are not the same")
        for name, least, most in (("level", 0.0, 0.5), ("margin", 0.0, None)):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and least < value and (most is None or value < most)):
                below = "" if most is None else f" and below {most:g}"
                raise self._refusal(name, f"a number above {least:g}{below}")
        if self.chance is not None and not is_number(self.chance):
            raise self._refusal("chance", "a number")
        if self.overlap is not None and not (is_number(self.overlap) and 0 <= self.overlap <= 1):
            raise self._refusal("overlap", "a number in 0..1")

    def command(self) -> str:
        """Returns the command line that does the same again, called as this process was; of arrays there is none."""
        if self.scores == ARRAYS:
            return SAME_CALL.to(self.lang).format(self.scores)
        return super().command()
