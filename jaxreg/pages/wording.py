"""The report's vocabulary: names, counted things and forms of numbers, in both languages.

Sentences stand beside what says them. Accuracies are written in per cent,
differences of accuracies in percentage points ("points", "%p"). Korean templates need no particle that hangs on the
last sound of what is filled in: what is counted ends in a fixed counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jaxreg.records import Choice, TrialRecord
from jaxreg.text import Counted, Text, joined, same

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Range


class Numbered(NamedTuple):
    """What has numbers: one of them, several, and more than are named."""

    one: Text
    several: Text
    more: Text


TIMES = Counted("{n} time", "{n} times", "{n}번")
TRIALS = Counted("{n} trial", "{n} trials", "시도 {n}회")
FINISHED_TRIALS = Counted("{n} finished trial", "{n} finished trials", "끝난 시도 {n}회")
OTHER_TRIALS = Counted("{n} other trial", "{n} other trials", "다른 시도 {n}회")
CELLS = Counted("{n} cell", "{n} cells", "조합 {n}개")
EPOCHS = Counted("{n} epoch", "{n} epochs", "{n} 에포크")
IMPROVEMENTS = Counted("{n} improvement", "{n} improvements", "갱신 {n}회")
IMAGES = Counted("{n} image", "{n} images", "이미지 {n}장")
TEST_IMAGES = Counted("{n} test image", "{n} test images", "테스트 이미지 {n}장")
TRIAL_VALID_IMAGES = Counted("{n} trial-valid image", "{n} trial-valid images", "trial-valid 이미지 {n}장")

TRIAL_NUMBERS = Numbered(
    Text("trial {n}", "{n}번"), Text("trials {n}", "{n}번"), Text("trials {n} and {more} more", "{n}번 외 {more}회")
)
CLASS_NUMBERS = Numbered(
    Text("class {n}", "클래스 {n}"),
    Text("classes {n}", "클래스 {n}"),
    Text("classes {n} and {more} more", "클래스 {n} 외 {more}개"),
)
MAX_LISTED = 12  # longer lists of numbers are cut

SPLITS: Mapping[str, Text] = {
    "train": Text("train", "학습"),
    "epoch_valid": same("epoch-valid"),
    "trial_valid": same("trial-valid"),
    "test": Text("test", "테스트"),
}
DIVERGED = Text("diverged", "발산")
PRUNED = Text("pruned", "가지치기")
COMPLETE = Text("complete", "완료")
PERCENT = Text("{} %", "{}%")
FROM_TO = Text("{} to {}", "{} ~ {}")
POINTS = Text("{points:.2f} points", "{points:.2f}%p")
POINTS_HIDDEN = Text("less than 0.01 points", "0.01%p 미만")
REPORT = Text("Report: {path}", "보고서: {path}")


def answer(lines: Sequence[str], views: Sequence[str], report: Path, lang: str) -> str:
    """Returns what a command prints at its end: the answer, how to look at the study, and where its report is."""
    parts = "\n".join(lines), "\n".join(views), REPORT.to(lang).format(path=report)
    return "\n\n".join(part for part in parts if part)


def percent(share: float, digits: int | None = 2) -> Text:
    """Returns a share as per cent, which Korean writes without a space: 97.52 %; without digits as short as it is."""
    return PERCENT.format(f"{100.0 * share:g}" if digits is None else f"{100.0 * share:.{digits}f}")


def ends(low: object, high: object) -> Text:
    """Returns an interval: -0.16 to 0.42, where a dash would look like a minus."""
    return FROM_TO.format(low, high)


def points(difference: float) -> Text:
    """Returns a difference of shares in percentage points; one that is not zero is not written as zero."""
    return POINTS_HIDDEN if 0.0 < abs(difference) < 0.5e-4 else POINTS.format(points=100.0 * difference)


def scientific(value: float) -> str:
    """Returns a positive number in short scientific form, 3.2e-4."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def number(value: float, given: Range) -> str:
    """Returns the value of a hyperparameter: 0.32, and on a logarithmic scale 3.2e-4."""
    return scientific(value) if given.log and not 0.1 <= value < 1000 else f"{value:.3g}"


def duration(seconds: float) -> Text:
    """Returns a time of training as seconds, minutes or hours."""
    minutes = round(seconds / 60.0)
    if seconds < 90.0:
        return Text("{time:.0f} s of training", "학습 {time:.0f}초").format(time=seconds)
    if minutes < 120:
        return Text("{time} min of training", "학습 {time}분").format(time=minutes)
    return Text("{time:.1f} h of training", "학습 {time:.1f}시간").format(time=minutes / 60.0)


def numbered(numbers: Sequence[int | str], things: Numbered) -> Text:
    """Returns "trial 3", "trials 3 and 4" or, of many, the first: "trials 3, 4, 5 and 8 more"; names likewise."""
    more = len(numbers) - MAX_LISTED
    if more > 0:
        return things.more.format(n=", ".join(map(str, numbers[:MAX_LISTED])), more=f"{more:,}")
    form = things.one if len(numbers) == 1 else things.several
    return form.format(n=listed([same(str(n)) for n in numbers]))


def listed(parts: Sequence[Text]) -> Text:
    """Returns "a, b and c"."""
    if len(parts) < 2:
        return joined(parts)
    return joined([joined(parts[:-1], ", "), Text(" and ", ", "), parts[-1]], "")


def label(comparison: Comparison, methods: Mapping[str, str]) -> Text:
    """Returns the short name of methods by their factors: "batch + L2", "batch" or "L2"."""
    return joined([comparison.method(*names).label for names in methods.items()], " + ")


def combination(comparison: Comparison) -> Text:
    """Returns the factors of a cell in a sentence: "normalization and regularizer"."""
    *others, last = (factor.text for factor, _ in comparison.factors)
    if not others:
        return last
    before = joined(others, ", ")
    return Text(f"{before.en} and {last.en}", f"{before.ko}{_with(before.ko)} {last.ko}의 조합")


def _with(word: str) -> str:
    """Returns the Korean particle for "and" after a word, which hangs on whether it ends in a consonant."""
    place = ord(word[-1]) - ord("가")
    return "과" if 0 <= place < 11172 and place % 28 else "와"


def crossed(comparison: Comparison) -> Text:
    """Returns the factors of a cell as a product: "normalization x regularizer"."""
    names = [factor.text for factor, _ in comparison.factors]
    return Text(joined(names, " x ").en, joined(names, " × ").ko)


def quantity(comparison: Comparison, name: str) -> Text:
    """Returns what a factor or a hyperparameter is called."""
    factors = {factor.name: factor.text for factor, _ in comparison.factors}
    return factors.get(name) or comparison.param(name)


def method_notes(comparison: Comparison) -> list[Text]:
    """Returns what a reader of results has to know of methods, those of the same note together."""
    noted: dict[Text, list[Text]] = {}
    for method in (method for _, methods in comparison.factors for method in methods):
        if method.note:
            noted.setdefault(method.note, []).append(method.text)
    return [same("{methods}: {note}.").format(methods=listed(names), note=note) for note, names in noted.items()]


def settings(comparison: Comparison, trial: TrialRecord | Choice) -> list[Text]:
    """Returns the hyperparameters of a trial or a choice with their values, the learning rate last: "lambda 1.0e-4"."""
    values = {name: number(trial.params[name], comparison.space[name]) for name in comparison.params(trial.cell)}
    return [joined([comparison.param(name), same(value)]) for name, value in values.items()]


def configuration(comparison: Comparison, trial: TrialRecord) -> Text:
    """Returns what a trial tried, in one phrase."""
    *own, rate = settings(comparison, trial)
    cell, inside = comparison.text(trial.cell), joined(own, ", ")
    return joined([Text(f"{cell.en} ({inside.en})", f"{cell.ko} ({inside.ko})") if own else cell, rate], ", ")


def status(trial: TrialRecord) -> Text:
    """Returns how a trial ended."""
    return DIVERGED if trial.diverged else PRUNED if trial.pruned else COMPLETE
