"""The report's vocabulary in each language: names, counted things and forms of numbers.

The sentences are templates in `conclusion_text`, `figure_text` and `page_text`. Accuracies are written in per cent,
differences of accuracies in percentage points ("points", "%p"). Korean templates need no particle that hangs on the
last sound of what is filled in: what is counted ends in a fixed counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from jaxreg.records import NORM_TYPES, REG_TYPES, TrialRecord
from jaxreg.report.summary import Group
from jaxreg.verdict.texts import NAMES

Unit = Literal[
    "trial",
    "finished trial",
    "other trial",
    "cell",
    "epoch",
    "improvement",
    "image",
    "test image",
    "trial-valid image",
]
Named = Literal["trial", "class"]
Names = Mapping[str, Mapping[str, str]]  # language -> key -> words

NORM_NAMES: Names = {lang: {norm: names[f"norm_{norm}"] for norm in NORM_TYPES} for lang, names in NAMES.items()}
REG_NAMES: Names = {
    "en": {"none": "no penalty", "l1": "L1 penalty", "l2": "L2 penalty", "elastic": "elastic-net penalty"},
    "ko": {"none": "규제 없음", "l1": "L1 규제", "l2": "L2 규제", "elastic": "엘라스틱넷 규제"},
}
NORM_SHORT: Names = {
    "en": {"none": "no norm", "batch": "batch", "layer": "layer"},
    "ko": NORM_NAMES["ko"],
}
REG_SHORT: Names = {
    "en": {"none": "no penalty", "l1": "L1", "l2": "L2", "elastic": "elastic"},
    "ko": {reg: NAMES["ko"][f"reg_{reg}"] for reg in REG_TYPES},
}
SPLITS: Names = {
    "en": {"train": "train", "epoch_valid": "epoch-valid", "trial_valid": "trial-valid", "test": "test"},
    "ko": {"train": "학습", "epoch_valid": "epoch-valid", "trial_valid": "trial-valid", "test": "테스트"},
}
PARAMETERS: Names = {
    "en": {
        "norm_type": "normalization",
        "reg_type": "penalty",
        "reg_lambda": "lambda",
        "learning_rate": "learning rate",
    },
    "ko": {"norm_type": "정규화", "reg_type": "규제", "reg_lambda": "람다", "learning_rate": "학습률"},
}
STATUS: Names = {
    "en": {"diverged": "diverged", "pruned": "pruned", "complete": "complete"},
    "ko": {"diverged": "발산", "pruned": "가지치기", "complete": "완료"},
}
COUNTED: Mapping[str, Mapping[Unit, tuple[str, str]]] = {  # of one, of several
    "en": {
        "trial": ("{n} trial", "{n} trials"),
        "finished trial": ("{n} finished trial", "{n} finished trials"),
        "other trial": ("{n} other trial", "{n} other trials"),
        "cell": ("{n} cell", "{n} cells"),
        "epoch": ("{n} epoch", "{n} epochs"),
        "improvement": ("{n} improvement", "{n} improvements"),
        "image": ("{n} image", "{n} images"),
        "test image": ("{n} test image", "{n} test images"),
        "trial-valid image": ("{n} trial-valid image", "{n} trial-valid images"),
    },
    "ko": {
        "trial": ("시도 {n}회",) * 2,
        "finished trial": ("끝난 시도 {n}회",) * 2,
        "other trial": ("다른 시도 {n}회",) * 2,
        "cell": ("조합 {n}개",) * 2,
        "epoch": ("{n} 에포크",) * 2,
        "improvement": ("갱신 {n}회",) * 2,
        "image": ("이미지 {n}장",) * 2,
        "test image": ("테스트 이미지 {n}장",) * 2,
        "trial-valid image": ("trial-valid 이미지 {n}장",) * 2,
    },
}
CONFIGURATION: Names = {
    "en": {
        "free": "{norm} with {reg}, learning rate {rate}",
        "penalized": "{norm} with {reg} (lambda {strength}), learning rate {rate}",
    },
    "ko": {
        "free": "{norm} + {reg}, 학습률 {rate}",
        "penalized": "{norm} + {reg} (람다 {strength}), 학습률 {rate}",
    },
}
NUMBERED: Mapping[str, Mapping[Named, tuple[str, str, str]]] = {  # one, several, more than are named
    "en": {
        "trial": ("trial {n}", "trials {n}", "trials {n} and {more} more"),
        "class": ("class {n}", "classes {n}", "classes {n} and {more} more"),
    },
    "ko": {
        "trial": ("{n}번", "{n}번", "{n}번 외 {more}회"),
        "class": ("클래스 {n}", "클래스 {n}", "클래스 {n} 외 {more}개"),
    },
}
MAX_LISTED = 12  # longer lists of numbers are cut
POINTS = {"en": ("{points:.2f} points", "less than 0.01 points"), "ko": ("{points:.2f}%p", "0.01%p 미만")}
REPORT = {"en": "Report: {path}", "ko": "보고서: {path}"}
LAST_OF_A_LIST = {"en": " and ", "ko": ", "}


def answer(lines: Sequence[str], views: Sequence[str], report: Path, lang: str) -> str:
    """Returns what a command prints at its end: the answer, how to look at the study, and where its report is."""
    return "\n\n".join(("\n".join(lines), "\n".join(views), REPORT[lang].format(path=report)))


def percent(share: float, digits: int = 2) -> str:
    """Returns a share as per cent."""
    return f"{100.0 * share:.{digits}f} %"


def points(difference: float, lang: str) -> str:
    """Returns a difference of shares in percentage points; one that is not zero is not written as zero."""
    shown, hidden = POINTS[lang]
    return hidden if 0.0 < abs(difference) < 0.5e-4 else shown.format(points=100.0 * difference)


def scientific(value: float) -> str:
    """Returns a positive number in short scientific form, 3.2e-4."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def counted(count: int, unit: Unit, lang: str) -> str:
    """Returns "1 trial", "2 trials"."""
    return COUNTED[lang][unit][count != 1].format(n=f"{count:,}")


def numbered(numbers: Sequence[int], thing: Named, lang: str) -> str:
    """Returns "trial 3", "trials 3 and 4" or, of many, the first: "trials 3, 4, 5 and 8 more"."""
    forms, more = NUMBERED[lang][thing], len(numbers) - MAX_LISTED
    if more > 0:
        return forms[2].format(n=", ".join(map(str, numbers[:MAX_LISTED])), more=f"{more:,}")
    return forms[len(numbers) != 1].format(n=listed([str(n) for n in numbers], lang))


def listed(parts: Sequence[str], lang: str) -> str:
    """Returns "a, b and c"."""
    return LAST_OF_A_LIST[lang].join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def short(norm_type: str | None, reg_type: str | None, lang: str) -> tuple[str, str]:
    """Returns the short names of a normalization and a penalty, empty for None."""
    norm, reg = norm_type or "", reg_type or ""
    return NORM_SHORT[lang].get(norm, norm), REG_SHORT[lang].get(reg, reg)


def named(group: Group, lang: str) -> str:
    """Returns the short name of a group: "batch + L2", "batch" or "L2"."""
    return " + ".join(name for name in short(group.norm_type, group.reg_type, lang) if name)


def configuration(trial: TrialRecord, lang: str) -> str:
    """Returns what a trial tried, in one phrase."""
    return CONFIGURATION[lang]["free" if trial.reg_lambda is None else "penalized"].format(
        norm=NORM_NAMES[lang].get(trial.norm_type, trial.norm_type),
        reg=REG_NAMES[lang].get(trial.reg_type, trial.reg_type),
        strength=scientific(trial.reg_lambda or 0.0),
        rate=scientific(trial.learning_rate),
    )


def status(trial: TrialRecord, lang: str) -> str:
    """Returns how a trial ended."""
    return STATUS[lang]["diverged" if trial.diverged else "pruned" if trial.pruned else "complete"]
