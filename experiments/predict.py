"""What the network of a finished run sees in pictures.

    python experiments/predict.py runs/search digit.png other.png     one line a picture
    python experiments/predict.py runs/search images.npz              arrays `images` (and `labels`), or x_test (y_test)
    python experiments/predict.py runs/search digit.png --cell layer/l2

Of a verdict, RUN is its tuning study: runs/verdict/tuning. Pictures are made gray, transparency over white. For a
network on 28x28 they are brought to MNIST's form: bright ink on a dark ground (--invert auto looks at the border),
cropped to the ink, scaled to 20x20, centred by mass; what is 28x28 already is only inverted where need be. For any
other network they are resized to what it takes, and inverted by --invert yes alone.
"""

import json
from dataclasses import dataclass, field

from jaxreg.cli import parse, run_command


@dataclass(frozen=True)
class PredictConfig:
    """The settings of a prediction."""

    run: str = field(metadata={"help": "run folder"})
    images: tuple[str, ...] = field(metadata={"help": "PNG or .npz files"})
    cell: str | None = field(
        default=None, metadata={"help": "network of a cell, such as batch/l2 (default: the study's best)"}
    )
    invert: str = field(
        default="auto", metadata={"help": "whether dark is ink on a bright ground", "choices": ("auto", "yes", "no")}
    )
    json: bool = field(default=False, metadata={"help": "print JSON"})


def predict(config: PredictConfig) -> None:
    """Classifies and prints."""
    import jaxreg
    from jaxreg import compile_cache  # JAX: nothing that --help needs
    from jaxreg.predict import accuracy, classify

    compile_cache.enable()
    trained = jaxreg.load(config.run, config.cell)
    answers = classify(trained, config.images, config.invert)
    share = accuracy(answers)
    if config.json:
        content = {"trial": trained.description["trial"], "answers": [a._asdict() for a in answers], "accuracy": share}
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return
    for answer in answers:
        print(
            f"{answer.name}: {answer.predicted} ({answer.probability:.1%}), "
            f"then {answer.runner_up} ({answer.runner_up_probability:.1%})"
        )
    if share is not None:
        print(f"accuracy: {share:.2%} of {sum(answer.label is not None for answer in answers)} images")


if __name__ == "__main__":
    run_command(lambda: predict(parse(PredictConfig, __doc__)))
