"""Looks: at how many blocks a verdict is judged, and on what terms. Whoever looks again errs more often.

With `until_decided` the looks are fixed before the first: at K, 2 K, 4 K and 8 K blocks, each with a quarter of the
error rate, so that all of them together err no more often than one would (Bonferroni's inequality, whatever they have
in common). Looks that nobody had fixed before are kept in config.json, and the page says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jaxreg.errors import InputError
from jaxreg.pages.wording import listed, percent
from jaxreg.stats.intervals import least_margin
from jaxreg.stats.judgement import Judgement
from jaxreg.text import Text, joined, same, tell
from jaxreg.verdict.config import VerdictConfig

LOOKS = "looks"  # in config.json
ALIKE = 0.998  # correlation over images of the answers of methods that differ in a penalty, as measured on MNIST
ACCURACY = 0.97
PLANNED = Text(
    "Looks at {counts} blocks were fixed before the first, each with an error rate of {each} a table, so that a "
    "table errs in {level} of such verdicts at most, all looks together; this one, at {blocks}, {why}.",
    "블록이 {counts}개일 때 판정하기로 미리 정했습니다. 표마다 한 번의 오류율은 {each}, 모두 합해도 {level} "
    "이하입니다. 블록 {blocks}개에서의 이번 판정: {why}.",
)
DECIDED = Text("leaves nothing of the two primary tables open", "두 기본 표에 보류된 비교 없음")
STILL_OPEN = Text("leaves {count} of the primary comparisons open", "기본 표에서 보류된 비교 {count}개")
LOOKED = Text(
    "It was judged before on other terms ({terms}): intervals keep their level where the terms are fixed before the "
    "first look, and whoever goes on until the answer pleases errs more often (--until-decided shares the error).",
    "전에 다른 조건으로 판정한 적이 있습니다({terms}). 구간의 신뢰수준은 처음 판정하기 전에 조건을 정했을 때만 "
    "성립합니다. 마음에 드는 답이 나올 때까지 계속하면 더 자주 틀립니다(--until-decided는 오류율을 나눕니다).",
)
TERMS = Text("{blocks} blocks, level {level}, {margin}", "블록 {blocks}개, 오류율 {level}, {margin}")
USUAL_MARGIN = Text("the usual margins", "기본 한계")
MARGIN = Text("margin {margin}", "한계 {margin}")
FLOOR = Text(
    "with {count} test images equivalence within the margin of {short} can hardly be shown, however many blocks: "
    "methods whose answers are {right} right and nearly the same leave {floor}",
    "테스트 이미지 {count}장으로는 {short}의 한계 이내의 동등함을 블록이 아무리 많아도 보이기 어렵습니다. 정확도 "
    "{right}에 답이 거의 같은 방법 사이에도 {floor}의 폭이 남습니다",
)
NEXT = Text(
    "{blocks} blocks: {count} of the primary comparisons are open; {next} blocks next",
    "블록 {blocks}개: 기본 비교 {count}개가 판정 보류입니다. 다음은 블록 {next}개입니다",
)


def planned(config: VerdictConfig) -> Iterator[VerdictConfig]:
    """Yields the settings of each look that was fixed before, one after the other."""
    for count in config.looks:
        yield replace(config, blocks=count, level=config.level / len(config.looks))


def look_of(config: VerdictConfig, look: VerdictConfig) -> dict[str, Any]:
    """Returns a look as config.json keeps it: blocks, terms, and at which blocks there may be others by plan."""
    return {"blocks": look.blocks, "level": config.level, "margin": config.margin, "plan": list(config.looks)}


def refuse_fewer(config: VerdictConfig, earlier: Sequence[Mapping[str, Any]]) -> None:
    """Raises an InputError where a run that was judged would be judged by fewer blocks: that would be choosing them.

    Looks of one plan are no choice, and come in their order whenever the command is given.
    """
    others = (look for look in earlier if look_of(config, config) | {"blocks": look["blocks"]} != look)
    judged = max((look["blocks"] for look in others), default=0)
    if config.looks[0] < judged:
        raise InputError(
            f"--blocks {config.blocks}: --out {config.out} was judged by {judged}; "
            "allowed are as many or more, or another --out"
        )


def unplanned(looks: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Returns the looks before the last that were not fixed together with it."""
    if not looks:
        return ()
    *others, last = looks
    terms = ("level", "margin", "plan")
    return tuple(look for look in others if any(look[name] != last[name] for name in terms))


def say_looks(looks: Sequence[Mapping[str, Any]], judgement: Judgement) -> Iterable[Text]:
    """Yields what has to be known of the looks, of which the last is this judgement's."""
    if not looks:
        return
    plan, level = looks[-1]["plan"], looks[-1]["level"]
    if len(plan) > 1:
        left = judgement.num_open
        yield PLANNED.format(
            counts=listed([same(f"{count:,}") for count in plan]),
            each=percent(level / len(plan), None),
            level=percent(level, None),
            blocks=looks[-1]["blocks"],
            why=STILL_OPEN.format(count=left) if left else DECIDED,
        )
    if others := unplanned(looks):
        yield LOOKED.format(terms=joined([_terms(look) for look in others], "; "))


def _terms(look: Mapping[str, Any]) -> Text:
    margin = USUAL_MARGIN if look["margin"] is None else MARGIN.format(margin=look["margin"])
    return TERMS.format(blocks=look["blocks"], level=look["level"], margin=margin)


def say_next(look: VerdictConfig, config: VerdictConfig, judgement: Judgement) -> bool:
    """Returns whether a comparison is open and another look was fixed before, and says so on standard error."""
    left, later = judgement.num_open, [count for count in config.looks if count > look.blocks]
    if (judgement.judged and not left) or not later:
        return False
    tell(NEXT.format(blocks=look.blocks, count=left, next=later[0]), config.lang)
    return True


def notes_of_floor(config: VerdictConfig, num_images: int) -> list[Text]:
    """Returns a note of margins that so few test images can hardly show, however many blocks there are, if any.

    Raises:
      InputError: `--margin` is less than one image's share.
    """
    if config.metric != "accuracy":
        return []
    if config.margin is not None and config.margin < 1 / num_images:
        raise InputError(
            f"--margin {config.margin:g}: less than one of {num_images:,} test images, which no number of blocks can "
            f"show; allowed is {1 / num_images:.2g} or more"
        )
    floor = least_margin(num_images, ACCURACY, ALIKE, level=config.level)
    margins = config.comparison.margins(config.margin)
    short = joined(
        [
            joined([factor.text, same(f"({margins[factor.name]:g})")])
            for factor in config.comparison.varied
            if margins[factor.name] < floor
        ],
        ", ",
    )
    said = FLOOR.format(count=f"{num_images:,}", short=short, right=percent(ACCURACY, 0), floor=f"{floor:.2g}")
    return [said] * bool(short.en)
