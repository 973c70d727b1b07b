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

from jaxreg.engine.setting import argument, setting
from jaxreg.text import counted


@dataclass(frozen=True)
class PredictConfig:
    """The settings of a prediction."""

    run: str = argument("run folder")
    images: tuple[str, ...] = argument("pictures (PNG, JPEG ...) or .npz files")
    cell: str | None = setting(None, "network of a cell, such as batch/l2 (default: the study's best)")
    invert: str = setting("auto", "turn pictures round; auto: those on another ground", choices=("auto", "yes", "no"))
    methods: tuple[str, ...] = setting((), "your Python files with methods, where the normalization is one of them")
    network: str | None = setting(None, "FILE.py:NAME, your network's class, where the study was of that")
    json: bool = setting(False, "print JSON")


CONFIG = PredictConfig
KOREAN = """끝난 실행의 신경망이 사진을 무엇으로 보는지 알려 줍니다.

    jaxreg predict runs/search digit.png other.png     사진마다 한 줄
    jaxreg predict runs/search images.npz              배열 images(와 labels) 또는 x_test(와 y_test)
    jaxreg predict runs/search digit.png --cell layer/l2
"""


def run(config: PredictConfig) -> None:
    """Classifies and prints."""
    import jaxreg
    from jaxreg import compile_cache  # JAX: nothing that --help needs
    from jaxreg.pages.wording import IMAGES
    from jaxreg.predict import accuracy, classify

    compile_cache.enable()
    trained = jaxreg.load(config.run, config.cell, config.methods, config.network)
    answers = classify(trained, config.images, config.invert)
    share = accuracy(answers)
    if config.json:
        content = {"trial": trained.description["trial"], "answers": [a._asdict() for a in answers], "accuracy": share}
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return
    for answer in answers:
        print(
            f"{answer.name}: {answer.predicted_name} ({answer.probability:.1%}), "
            f"then {answer.runner_up_name} ({answer.runner_up_probability:.1%})"
        )
    if share is not None:
        known = counted(sum(answer.label is not None for answer in answers), IMAGES)
        print(f"accuracy: {share:.2%} of {known.en}")
