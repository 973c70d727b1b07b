"""All settings of a study: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from jaxreg.engine.address import expanded_storage, hide_password
from jaxreg.engine.setting import (
    DATA,
    MAX_COUNT,
    MAX_SEED,
    MOST_USED,
    RUNNING,
    TRAINING,
    is_number,
    setting,
)
from jaxreg.engine.settings import Settings
from jaxreg.records import LANGUAGES
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.data import SplitSizes

LOSS_NAMES = ("cross_entropy", "softmax_twice")
SCOPE_NAMES = ("kernels", "all")
SAME_CALL = Text(
    "# the same call in Python with the same {}",
    "# 파이썬에서 만든 것으로 실행했으므로 셸 명령이 없습니다. 같은 것으로 같은 함수를 호출합니다: {}",
)
LANGUAGE = Text(
    "language of the screen, of the report and of the answer", "화면, 보고서, 결론의 언어: en(영어) 또는 ko(한국어)"
)
COUNT_OR_SHARE = Text(
    "a number of images in 1..{}, or a share of them between 0 and 1", "이미지 1..{}장, 또는 0과 1 사이의 비율"
)
SHARE = Text("a share between 0 and 1", "0과 1 사이의 비율")
HEIGHT_WIDTH = Text("one or two integers of at least 1, HEIGHT WIDTH", "1 이상의 정수 하나나 둘, 높이 너비")
TINY = Text(
    "a tiny budget in place of the defaults, to see the whole path", "아주 적은 계산량으로 전체 과정을 한 번 실행합니다"
)
SMOKE = Text(
    "A tiny budget (--smoke): this shows the path, and its numbers mean nothing.",
    "아주 적은 계산량(--smoke)으로 실행했습니다. 과정만 보여 주며 수치에는 의미가 없습니다.",
)
RUN_FOLDER = Text("run folder", "실행 폴더: 결과와 보고서를 두는 곳")
LEAST_FLOAT32, MOST_FLOAT32 = 2.0**-126, (2 - 2**-23) * 2.0**127  # smaller ones lose digits, or are taken for 0


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """The settings of every experiment that trains on drawn splits; an InputError says which values are allowed."""

    tiny: ClassVar[Mapping[str, Any]]  # what `--smoke` puts in the place of defaults, where there is that option

    seed: int = setting(
        0,
        Text(
            "seed of the search and the trials: initialisation and shuffling", "탐색과 학습(초기화, 섞기)의 난수 시드"
        ),
        RUNNING,
        least=0,
        most=MAX_SEED,
    )
    # Where the data come from may change; their fingerprint is part of the identity.
    data: str = setting(
        "embedded",
        Text(
            "embedded | folder:DIR | idx:DIR | npz:FILE | tfds:NAME",
            "데이터: embedded(내장 MNIST) | folder:폴더(클래스마다 사진 폴더 하나) | idx:폴더 | npz:파일 | tfds:이름",
        ),
        MOST_USED,
        identity=False,
    )
    tfds_dir: str | None = setting(
        None,
        Text("where TFDS keeps its sets (default: TFDS's own)", "TFDS 데이터가 있는 폴더 (기본값: TFDS의 폴더)"),
        DATA,
        identity=False,
        path=True,
    )
    image_size: tuple[int, ...] = setting(
        (),
        Text(
            "height and width of folder:DIR's pictures, or one number for both; else as the first ones suggest",
            "folder: 사진의 높이와 너비, 같으면 수 하나. 주지 않으면 처음 사진들을 보고 정합니다",
        ),
        DATA,
    )
    test_share: float | None = setting(
        None,
        Text(
            "share of images held out to test on, where data have no test set (default: 0.2)",
            "테스트 세트가 없는 데이터에서 테스트용으로 떼어 둘 비율 (기본값: 0.2)",
        ),
        DATA,
    )
    more_test_size: int | None = setting(
        None,
        Text(
            "where data have a test set: so many images of the training pool are tested on, too, and no split has them",
            "테스트 세트가 있는 데이터에서 테스트에 더할 학습용 이미지 수. 어떤 분할에도 들어가지 않습니다",
        ),
        DATA,
        least=1,
    )
    test_seed: int = setting(
        0,
        Text("seed of the draw of those test images", "그 테스트 이미지를 추출하는 시드"),
        DATA,
        least=0,
        most=MAX_SEED,
    )
    data_seed: int = setting(
        0,
        Text(
            "seed of the draw of the splits; nothing else depends on it",
            "분할을 추출하는 시드. 다른 것은 바뀌지 않습니다",
        ),
        DATA,
        least=0,
        most=MAX_SEED,
    )
    train_size: int | float | None = setting(
        None,
        Text(
            "training images: a number, or a share such as 0.6 (default: 1000)",
            "학습 이미지: 장수 또는 0.6과 같은 비율 (기본값: 1000)",
        ),
        DATA,
        usual=1000,
    )
    epoch_valid_size: int | float | None = setting(
        None,
        Text(
            "images that early stopping looks at after each epoch, likewise (default: 2000)",
            "에포크마다 조기 종료를 정하는 검증 이미지, 같은 방식 (기본값: 2000)",
        ),
        DATA,
        usual=2000,
    )
    trial_valid_size: int | float | None = setting(
        None,
        Text(
            "images whose accuracy is a trial's objective, likewise (default: 5000)",
            "정확도가 시도의 목표값이 되는 검증 이미지, 같은 방식 (기본값: 5000)",
        ),
        DATA,
        usual=5000,
    )
    stratify: bool = setting(
        False,
        Text(
            "draw each class into each split by its share, not as they come",
            "분할마다 클래스 비율이 같도록 추출합니다",
        ),
        DATA,
    )
    batch_size: int = setting(
        32, Text("images per training step", "학습 한 단계의 이미지 수(배치 크기)"), TRAINING, least=1
    )
    patience: int = setting(
        5,
        Text(
            "epochs without improvement on epoch-valid that end a trial",
            "epoch-valid에서 나아지지 않아 시도를 끝내는 에포크 수",
        ),
        TRAINING,
        least=1,
    )
    loss: str = setting(
        "cross_entropy", Text("data term of the loss", "손실의 데이터 항"), TRAINING, choices=LOSS_NAMES
    )
    penalty_n: str = setting(
        "batch",
        Text(
            "n in lambda / n: batch (its size), train (the training-set size), a number",
            "lambda / n의 n: batch(배치 크기), train(학습 이미지 수) 또는 수",
        ),
        TRAINING,
    )
    penalty_scope: str = setting(
        "kernels",
        Text("what is penalized: kernels, or all parameters", "규제 대상: 커널(kernels) 또는 모든 파라미터(all)"),
        TRAINING,
        choices=SCOPE_NAMES,
    )
    l1_ratio: float = setting(
        0.5, Text("share of L1 in the elastic net, 0..1", "Elastic Net에서 L1의 비율, 0..1"), TRAINING
    )
    out: str = setting("runs/search", RUN_FOLDER, MOST_USED, identity=False, path=True)
    lang: str = setting("en", LANGUAGE, MOST_USED, identity=False, choices=LANGUAGES)
    workers: int | None = setting(
        None,
        Text(
            "processes that share the runs, one core or GPU each (default: as many as there are)",
            "실행을 나누어 맡는 프로세스 수, 하나가 코어나 GPU 하나를 씁니다 (기본값: 있는 만큼)",
        ),
        MOST_USED,
        identity=False,
        least=1,
    )
    population: int | None = setting(
        None,
        Text(
            "runs of one kind that a process trains in one program (default: 1 on a CPU, else by memory)",
            "한 프로그램으로 함께 학습하는 같은 종류의 실행 수 (기본값: CPU에서 1, 그 밖에는 메모리에 따라)",
        ),
        RUNNING,
        identity=False,
        least=1,
    )
    storage: str | None = setting(
        None,
        Text(
            "journal:FILE | folder:DIR | SQLAlchemy URL | grpc://HOST:PORT (default: SQLite in the run folder)",
            "저장소: journal:파일 | folder:폴더 | SQLAlchemy URL | grpc://호스트:포트 (기본값: 실행 폴더의 SQLite)",
        ),
        RUNNING,
        identity=False,
    )
    study_name: str = setting("jaxreg", Text("name of the runs in their storage", "저장소에서 쓰는 이름"), RUNNING)
    share: str | None = setting(
        None,
        Text(
            "I/N: with --storage folder:DIR, the I-th of N shares only",
            "I/N: --storage folder:폴더와 함께, 전체를 N으로 나눈 몫 가운데 I번째만",
        ),
        RUNNING,
        identity=False,
    )
    compile_cache: bool = setting(
        True,
        Text(
            "keep compiled programs in the user's cache folder", "컴파일한 프로그램을 사용자의 캐시 폴더에 보관합니다"
        ),
        RUNNING,
        identity=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for spec in dataclasses.fields(self):
            if "usual" in spec.metadata:
                self._check_size(spec.name)
        if not (is_number(self.l1_ratio) and (self.l1_ratio in (0, 1) or 1e-6 <= self.l1_ratio <= 1 - 1e-6)):
            raise self._refusal("l1_ratio", "0, 1 or a number in 1e-6..0.999999")
        sides = self.image_size
        if len(sides) > 2 or any(
            isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_COUNT for n in sides
        ):
            raise self._refusal("image_size", HEIGHT_WIDTH)
        if self.test_share is not None and not (is_number(self.test_share) and 0 < self.test_share < 1):
            raise self._refusal("test_share", SHARE)
        self._check_name("out")
        self._check_name("study_name")
        object.__setattr__(self, "storage", expanded_storage(self.storage))
        self._check_share()
        self.penalty_divisor  # noqa: B018  (its check)

    @property
    def penalty_divisor(self) -> float:
        """Returns n in lambda / n as a number."""
        if self.penalty_n in ("batch", "train"):
            return self.batch_size if self.penalty_n == "batch" else self.sizes.train
        try:
            n = float(self.penalty_n)
        except ValueError:
            n = math.nan
        if not 1e-20 <= n <= 1e20:
            raise self._refusal("penalty_n", "batch, train or a number in 1e-20..1e20")
        return n

    @property
    def usual_sizes(self) -> SplitSizes:
        """Returns what the splits have where it is not given, and there are as many images."""
        from jaxreg.data import SplitSizes  # NumPy: nothing that --help needs

        tiny = self.tiny if getattr(self, "smoke", False) else {}
        specs = [spec for spec in dataclasses.fields(self) if "usual" in spec.metadata]
        return SplitSizes(*(tiny.get(spec.name, spec.metadata["usual"]) for spec in specs))

    @property
    def sizes(self) -> SplitSizes:
        """Returns the sizes of the splits; one that depends on data not yet known (`problem.settle`) is the usual."""
        asked = (self.train_size, self.epoch_valid_size, self.trial_valid_size)
        usual = self.usual_sizes
        return type(usual)(*(a if isinstance(a, int) else u for a, u in zip(asked, usual, strict=True)))

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values; a password in the storage URL is hidden."""
        return super().settings() | {"storage": hide_password(self.storage)}

    @property
    def part(self) -> tuple[int, int]:
        """Returns the index, from 0, and the number of shares that `--share` says."""
        index, _, count = (self.share or "1/1").partition("/")
        return int(index) - 1, int(count)

    @property
    def only_in_python(self) -> tuple[str, ...]:
        """Returns what of these settings a command line cannot name."""
        return (f"arrays ({self.data})",) if self.data.startswith("arrays:") else ()

    def effective(self) -> Self:
        """Returns these settings, or with `--smoke` the tiny ones wherever a setting is at its default.

        Sizes of splits are not yet set by it: the tiny ones are then the usual.
        """
        defaults = {spec.name: spec.default for spec in dataclasses.fields(self) if "usual" not in spec.metadata}
        tiny = self.tiny.items() if getattr(self, "smoke", False) else ()
        return dataclasses.replace(self, **{k: v for k, v in tiny if k in defaults and getattr(self, k) == defaults[k]})

    def command(self) -> str:
        """Returns the command line that starts the same again in this folder, called as this process was.

        Of what is in Python only there is no such line, and it says so as a shell's comment.
        """
        if self.only_in_python:
            return SAME_CALL.to(self.lang).format(" and ".join(self.only_in_python))
        return super().command()

    def defaults(self, spec: dataclasses.Field[Any]) -> tuple[Any, ...]:
        """Returns the default of a setting; of the size of a split, what it usually is, too."""
        usual = {f"{name}_size": size for name, size in self.usual_sizes._asdict().items()}
        return (spec.default, usual.get(spec.name, spec.default))

    def _check_size(self, name: str) -> None:
        value = getattr(self, name)
        whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COUNT
        if not (value is None or whole or (isinstance(value, float) and 0 < value < 1)):
            raise self._refusal(name, COUNT_OR_SHARE.format(MAX_COUNT))

    def _check_share(self) -> None:
        if self.share is None:
            return
        match = re.fullmatch("([0-9]{1,9})/([0-9]{1,9})", self.share)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise self._refusal("share", "I/N with I in 1..N, such as 3/16")
        if not (self.storage or "").startswith("folder:"):
            raise self._refusal("share", "none but with --storage folder:DIR, as others share runs by themselves")
