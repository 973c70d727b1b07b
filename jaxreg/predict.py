"""What a trained network sees in pictures: files of pictures or the images of .npz files in, answers out."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxreg.data.form import bright_grounds
from jaxreg.data.npz import load_npz_images
from jaxreg.data.pictures import Fitted, fit_picture, read_picture
from jaxreg.errors import InputError
from jaxreg.files import expanded
from jaxreg.text import Counted, Text, counted, note
from jaxreg.trained import Trained

# Of so many pictures, of all that there are; and what was done with them.
TURNED = Text(
    "{count} of {all} turned round, light for dark, to be on the ground of the training images; --invert no keeps them "
    "as they are",
    "{all} 가운데 {count}장의 밝기를 뒤집어 학습 이미지와 같은 바탕으로 만들었습니다. 그대로 두려면 --invert no",
)
KEPT = Text(
    "{count} of {all} are on a ground that few of the training images are on; of the network's size and so taken as "
    "they are, --invert yes turns them round",
    "{all} 가운데 {count}장은 학습 이미지에 드문 바탕입니다. 크기가 신경망과 같아 그대로 썼으며, 뒤집으려면 "
    "--invert yes",
)
KEPT_ONE = Text(KEPT.en.replace(" are on a ", " is on a ", 1), KEPT.ko)
OTHER_GROUND = Text(
    "{path}: most images are on another ground than the training images; taken as they are, --invert yes turns them "
    "round",
    "{path}: 이미지 대부분의 바탕이 학습 이미지와 다릅니다. 그대로 썼으며, 뒤집으려면 --invert yes",
)
PICTURES = Counted("{n} picture", "{n} pictures", "사진 {n}장")
NO_CLASS = Text(
    "{path}: a label is {label}; the network has the classes 0..{last}",
    "{path}: 레이블에 {label}이(가) 있습니다. 이 신경망의 클래스는 0..{last}입니다",
)
CHANNELS = Text(
    "{path}: images of {given} channels, the network takes {wanted}",
    "{path}: 채널이 {given}개인 이미지입니다. 신경망은 {wanted}채널을 받습니다",
)


class Answer(NamedTuple):
    """The network's answer to one picture: the most probable class and the one after it, by number and by name.

    `label` is its class where that is known; `inverted` says whether the picture was.
    """

    name: str
    predicted: int
    predicted_name: str
    probability: float
    runner_up: int
    runner_up_name: str
    runner_up_probability: float
    label: int | None
    inverted: bool


class Picture(NamedTuple):
    """A picture in the shape that the network takes, and its class where that is known."""

    name: str
    label: int | None
    fitted: Fitted


def classify(trained: Trained, files: Sequence[str], invert: str = "auto", lang: str = "en") -> list[Answer]:
    """Returns an answer for each picture and for each image of each .npz file, in order.

    What does not end in .npz is read as a picture. Images of an .npz file that have the network's shape are taken as
    `Trained.predict_proba` takes them. All other pictures are brought to what the network's training images are like;
    `jaxreg.data.pictures` says how. `invert` is "yes" or "no" for all, or "auto": pictures, but no arrays, that are not
    on the training images' ground. A line on standard error says what was turned round, or left on another ground.

    Raises:
      InputError: a file cannot be read, or there is nothing in it to classify.
    """
    say = partial(note, lang=lang)
    pictures = [p for file in files for p in _read(Path(expanded(str(file), "picture")), trained, invert, say)]
    turned = sum(picture.fitted.inverted for picture in pictures)
    every = counted(len(pictures), PICTURES)
    if turned and invert == "auto":
        say(TURNED.format(count=turned, all=every))
    kept = sum(picture.fitted.kept for picture in pictures)
    if kept:
        say((KEPT_ONE if kept == 1 else KEPT).format(count=kept, all=every))
    probs = trained.proba_of_pixels(np.stack([picture.fitted.pixels for picture in pictures]))
    order = np.argsort(-probs, axis=-1, kind="stable")
    return [
        Answer(p.name, *best, *second, p.label, p.fitted.inverted)
        for p, row, ranks in zip(pictures, probs, order[:, :2].tolist(), strict=True)
        for best, second in [[(i, trained.class_names[i], float(row[i])) for i in ranks]]
    ]


def _read(path: Path, trained: Trained, invert: str, say: Callable[[Text], None]) -> list[Picture]:
    shape, form = trained.image_shape, trained.form
    if path.suffix.lower() != ".npz":
        picture = read_picture(path, 1 if form.gray else shape[-1])
        return [Picture(str(path), None, fit_picture(str(path), picture, shape, form, invert))]
    images, labels = load_npz_images(path)
    pixels = trained.pixels(images, str(path))
    if pixels.shape[-1] != shape[-1]:
        raise InputError(CHANNELS.format(path=path, given=pixels.shape[-1], wanted=shape[-1]))
    names = [f"{path}[{i}]" for i in range(len(pixels))]
    known = [None] * len(pixels) if labels is None else labels.tolist()
    if labels is not None and labels.max() >= len(trained.class_names):
        raise InputError(NO_CLASS.format(path=path, label=labels.max(), last=len(trained.class_names) - 1))
    return list(map(Picture, names, known, _fit_arrays(path, names, pixels, trained, invert, say)))


def _fit_arrays(
    path: Path, names: Sequence[str], pixels: np.ndarray, trained: Trained, invert: str, say: Callable[[Text], None]
) -> list[Fitted]:
    """Returns the images [N, h, w, c] of one file as the network takes them; all are inverted or none."""
    shape, form = trained.image_shape, trained.form
    same_size = pixels.shape[1:] == shape
    foreign = form.turns(bool(bright_grounds(pixels).mean() > 0.5), same_size=False)
    if same_size:
        if foreign and invert == "auto":
            say(OTHER_GROUND.format(path=path))
        return [Fitted(255 - image if invert == "yes" else image, invert == "yes") for image in pixels]
    if invert == "auto":
        invert = "yes" if foreign else "no"
    gray = pixels.mean(axis=-1, keepdims=True) if form.gray else pixels
    return [fit_picture(name, image, shape, form, invert) for name, image in zip(names, gray, strict=True)]


def accuracy(answers: Sequence[Answer]) -> float | None:
    """Returns the share of right answers among those whose class is known, or None where none is."""
    known = [answer for answer in answers if answer.label is not None]
    return sum(answer.predicted == answer.label for answer in known) / len(known) if known else None
