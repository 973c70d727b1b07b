"""What the network of a finished run sees in pictures.

    jaxreg predict runs/search digit.png other.png     one line a picture
    jaxreg predict runs/search images.npz              arrays `images` (and `labels`), or x_test (y_test)
    jaxreg predict runs/search digit.png --cell layer/l2

Of a verdict with --tuning once, RUN is that tuning: runs/verdict/tuning. Arrays of the network's size are taken as they
are. Pictures are read as viewers show them. A network that was trained on a folder of pictures takes them as it took
those: resized as a whole. Else they are brought to what its training images are like: a gray picture on another ground
is turned round (--invert auto; a line on standard error says so), one of another size is cropped to its ink, scaled and
centred where the training images are alike in that, as MNIST's are, else resized as a whole.
"""

import json
from dataclasses import dataclass

from jaxreg.engine.config import LANGUAGE
from jaxreg.engine.setting import argument, setting
from jaxreg.records import LANGUAGES
from jaxreg.text import Text, counted, speak

FIRST_TWO = Text("{}: {} ({:.1%}), then {} ({:.1%})", "{}: {} ({:.1%}), 다음은 {} ({:.1%})")
ACCURACY = Text("accuracy: {share:.2%} of {images}", "정확도: {images}의 {share:.2%}")


@dataclass(frozen=True)
class PredictConfig:
    """The settings of a prediction."""

    run: str = argument(Text("run folder", "실행 폴더"))
    images: tuple[str, ...] = argument(
        Text("pictures (PNG, JPEG ...) or .npz files", "사진(PNG, JPEG 등) 또는 .npz 파일")
    )
    cell: str | None = setting(
        None,
        Text(
            "network of a cell, such as batch/l2 (default: the study's best)",
            "조합의 신경망, 예: batch/l2 (기본값: 탐색의 최고)",
        ),
    )
    invert: str = setting(
        "auto",
        Text("turn pictures round; auto: those on another ground", "밝기를 뒤집습니다. auto: 바탕이 다른 사진만"),
        choices=("auto", "yes", "no"),
    )
    methods: tuple[str, ...] = setting(
        (),
        Text(
            "your Python files with methods, where the normalization is one of them",
            "직접 만든 방법의 파이썬 파일(정규화가 그 가운데 하나일 때)",
        ),
    )
    network: str | None = setting(
        None,
        Text(
            "FILE.py:NAME, your network's class, where the study was of that",
            "FILE.py:NAME, 직접 만든 신경망을 탐색했을 때 그 클래스",
        ),
    )
    json: bool = setting(False, Text("print JSON", "JSON으로 출력"))
    lang: str = setting("en", LANGUAGE, choices=LANGUAGES)


CONFIG = PredictConfig
KOREAN = """끝난 실행의 신경망이 사진을 무엇으로 보는지 알려 줍니다.

    jaxreg predict runs/search digit.png other.png     사진마다 한 줄
    jaxreg predict runs/search images.npz              배열 images(와 labels) 또는 x_test(와 y_test)
    jaxreg predict runs/search digit.png --cell layer/l2

판정(verdict)을 --tuning once로 실행했으면 그 탐색 runs/verdict/tuning이 RUN입니다. 크기가 신경망과 같은 배열은 그대로
씁니다. 사진은 뷰어에 보이는 대로 읽습니다. 사진 폴더로 학습한 신경망에는 학습 때처럼 전체를 크기에 맞춰 넣습니다. 그
밖에는 학습 이미지와 비슷하게 바꿉니다. 바탕이 다른 흑백 사진은 밝기를 뒤집고(--invert auto, 표준 오류에 한 줄로 알림),
크기가 다른 사진은 학습 이미지가 MNIST처럼 모두 그러하면 글자만 잘라 크기와 위치를 맞추고, 아니면 전체 크기를 맞춥니다.
"""


def run(config: PredictConfig) -> None:
    """Classifies and prints."""
    import jaxreg
    from jaxreg import compile_cache  # JAX: nothing that --help needs
    from jaxreg.pages.wording import IMAGES
    from jaxreg.predict import accuracy, classify

    speak(config.lang)
    compile_cache.enable()
    trained = jaxreg.load(config.run, config.cell, config.methods, config.network)
    answers = classify(trained, config.images, config.invert, config.lang)
    share = accuracy(answers)
    if config.json:
        content = {"trial": trained.description["trial"], "answers": [a._asdict() for a in answers], "accuracy": share}
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return
    for answer in answers:
        best, second = answer.predicted_name, answer.runner_up_name
        line = FIRST_TWO.format(answer.name, best, answer.probability, second, answer.runner_up_probability)
        print(line.to(config.lang))
    if share is not None:
        known = counted(sum(answer.label is not None for answer in answers), IMAGES)
        print(ACCURACY.format(share=share, images=known).to(config.lang))
