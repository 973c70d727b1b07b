"""Whether the verdict's statistics keep their promises, by simulated studies with known differences.

    jaxreg calibration                  the table of docs/statistics.md, some minutes
    jaxreg calibration --tuning         how verdicts may tune, with the luck of tuning in them
    jaxreg calibration --looks          what looking again and again costs, with the error shared and without
    jaxreg calibration --holdout        how blocks are correlated that draw their test images too
    jaxreg calibration --studies 50     a quick look

It prints one row of a Markdown table for each case.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

from jaxreg.engine.setting import setting
from jaxreg.errors import InputError

AT_MARGIN = "one is better by the margin"
SMALL, LARGE = 100, 1500  # test images
REPEATED, POOL = "repeated hold-out", 300
TINY: dict[str, Any] = {"ease": 3.0, "blocks": 0.3, "runs": 0.3, "draws": 0.3}  # 82 % right
DRAWS = TINY | {"draws": 0.6}  # of training images, which move a method as much as two trainings differ and more
EASY, EASIEST = {"ease": 9.0}, {"ease": 12.0}
# What is simulated; normalizations, penalties, blocks, test images, what the last cell has more, in logits; the world.
CASES: tuple[tuple[str, int, int, int, int, float, dict[str, Any]], ...] = (
    *(("no differences", 3, 4, blocks, LARGE, 0.0, {}) for blocks in (2, 3, 5, 6, 8, 12, 24)),
    ("one is better", 3, 4, 6, LARGE, 1.03, {}),
    ("one is better", 3, 4, 12, LARGE, 0.61, {}),
    (AT_MARGIN, 3, 4, 12, LARGE, 0.8, {}),
    (AT_MARGIN, 1, 2, 6, LARGE, 0.8, {}),
    ("one is a little better", 3, 4, 12, LARGE, 0.1, {}),
    ("one factor", 1, 2, 3, LARGE, 0.0, {}),
    ("one factor", 1, 2, 3, LARGE, 1.4, {}),
    ("one factor", 1, 3, 12, LARGE, 0.0, {}),
    ("heavy tails", 3, 4, 12, LARGE, 0.0, {"heavy": True}),
    ("a tenth of one method's runs fail", 3, 4, 12, LARGE, 0.0, {"failing": 0.1}),
    ("shares of 4 trainings in a block", 3, 4, 12, LARGE, 0.0, {"trainings": 4}),
    ("shares of 4 trainings, one is better", 3, 4, 12, LARGE, 0.4, {"trainings": 4}),
    ("tuned once, asked about the method", 3, 4, 12, LARGE, 0.0, {"tuned_once": 0.05}),
    # Nearly all answers right, or all of them: many cells tie, and variances come out as zero.
    ("easy images", 3, 4, 3, SMALL, 0.0, EASY),
    ("easy images", 3, 4, 12, SMALL, 0.0, EASY),
    ("easiest images", 3, 4, 12, SMALL, 0.0, EASIEST),
    # Of very small sets, in the place of test images: the pool from which each block draws its own.
    (REPEATED, 1, 4, 6, POOL, 0.0, TINY),
    (REPEATED, 1, 4, 12, POOL, 0.0, TINY),
    (REPEATED, 1, 4, 12, 1000, 0.0, TINY),
    (f"{REPEATED}, draws decide much", 1, 4, 6, POOL, 0.0, DRAWS),
    (f"{REPEATED}, draws decide much", 1, 4, 12, 1000, 0.0, DRAWS),
)
HEADS = (
    *("simulated", "cells", "blocks", "images", "difference", "false alarms", "pairs hold", "distances hold"),
    *("the best are kept", "may be best", "effects hold", "primary wrong", "any wrong", "wrongly equivalent"),
    *("a cell's own holds", "found", "promised for 80 %"),
)


# Blocks, tuning trials, of how many the best counts, and whether there is one tuning for all blocks.
DESIGNS = (
    *((12, 16, 16, True), (48, 16, 16, True)),
    *((12, 4, budget, False) for budget in (4, 3, 2)),
    *((24, 2, 2, False), (8, 6, 4, False), (6, 8, 8, False), (12, 16, 8, False)),
)
DESIGN_HEADS = (
    *("tuned", "trials", "blocks", "trainings", "standard error", "as claimed"),
    *("effects hold", "all of them hold", "a tuned cell reaches"),
)

LOOKS, FEW = (6, 12, 24, 48), 300  # blocks, and test images
LOOK_HEADS = ("looks at blocks", "error rate of each", "difference", "something primary wrong at any look")


HOLD_OUT_HEADS = (
    *("draws, in logits", "blocks", "pool", "correlation found"),
    *("held with none", "with the share of test images", "with that of training images"),
)


@dataclass(frozen=True)
class CalibrationConfig:
    """The settings."""

    studies: int = setting(400, "simulated studies of each case")
    tuning: bool = setting(False, "simulate how verdicts may tune, in place of how they judge")
    looks: bool = setting(False, "simulate verdicts that are looked at again and again (--until-decided)")
    holdout: bool = setting(False, "simulate how blocks that share images are correlated, in place of that")

    def __post_init__(self) -> None:
        if self.studies < 1:
            raise InputError(f"--studies {self.studies}: allowed is an integer of at least 1")
        if self.tuning + self.looks + self.holdout > 1:
            raise InputError("--tuning, --looks, --holdout: allowed is one of them")


CONFIG = CalibrationConfig
KOREAN = """판정의 통계가 약속을 지키는지, 참값을 아는 모의 연구로 확인합니다.

    jaxreg calibration                  docs/statistics.md의 표, 몇 분
    jaxreg calibration --tuning         튜닝의 운까지 포함한 튜닝 방법의 비교
    jaxreg calibration --looks          여러 번 판정할 때의 오류율, 나눌 때와 나누지 않을 때
    jaxreg calibration --holdout        블록마다 테스트 이미지도 추출할 때 블록 사이의 상관
    jaxreg calibration --studies 50     짧게 살펴보기

경우마다 Markdown 표의 한 행을 출력합니다.
"""


def run(config: CalibrationConfig) -> None:
    """Prints one row of a Markdown table a case."""
    chosen = (_tune, config.tuning), (_look, config.looks), (_hold_out, config.holdout)
    next((simulate for simulate, is_chosen in chosen if is_chosen), _judge)(config)


def _look(config: CalibrationConfig) -> None:
    from jaxreg.stats.calibration import calibrate_looks

    print(f"| {' | '.join(LOOK_HEADS)} |\n" + "| --- " * len(LOOK_HEADS) + "|")
    for effect, shared in product((0.0, 0.4), (True, False)):
        missed = calibrate_looks(LOOKS, FEW, config.studies, shared=shared, effect=effect)
        each, difference = ("5 % / 4" if shared else "5 %"), "one is better" if effect else "none"
        print(f"| {', '.join(map(str, LOOKS))} | {each} | {difference} | {_percent(missed)} |", flush=True)


def _tune(config: CalibrationConfig) -> None:
    from jaxreg.stats.designs import Design, simulate_design

    print(f"| {' | '.join(DESIGN_HEADS)} |\n" + "| --- " * len(DESIGN_HEADS) + "|")
    for blocks, trials, budget, once in DESIGNS:
        design = Design(blocks, trials, budget, once)
        found = simulate_design(design, config.studies)
        name = "once, frozen" if once else f"in each block, the best of {budget}"
        shown = [name, str(trials), str(blocks), str(design.trainings), f"{found.error:.3f}", f"{found.claimed:.3f}"]
        shown += [_percent(found.effects), _percent(found.together), f"{found.accuracy:.2f} %"]
        print(f"| {' | '.join(shown)} |", flush=True)


def _hold_out(config: CalibrationConfig) -> None:
    from jaxreg.stats.calibration import World, correlate
    from jaxreg.stats.judgement import Repeated

    print(f"| {' | '.join(HOLD_OUT_HEADS)} |\n" + "| --- " * len(HOLD_OUT_HEADS) + "|")
    for draws in (0.0, 0.3, 0.6, 1.0):
        for blocks, pool in ((6, POOL), (12, POOL), (12, 1000)):
            design = Repeated(pool // 5, pool * 12 // 25, pool)
            world = World(**TINY)._replace(draws=draws)
            found = correlate(blocks, design, world, config.studies)
            shown = [f"{draws:g}", str(blocks), f"{pool:,}", f"{found.correlation:.2f}"]
            print(f"| {' | '.join([*shown, *map(_percent, found.held)])} |", flush=True)


def _judge(config: CalibrationConfig) -> None:
    from jaxreg.stats.calibration import World, calibrate
    from jaxreg.stats.judgement import Repeated

    print(f"| {' | '.join(HEADS)} |\n" + "| --- " * len(HEADS) + "|")
    for name, norms, regs, blocks, images, effect, world in CASES:
        of_margin, given = name == AT_MARGIN, World(**world)
        options: dict[str, Any] = {"effect": effect, "world": given, "at_margin": of_margin}
        if name.startswith(REPEATED):
            options["repeated"] = Repeated(images // 5, images * 12 // 25, images)  # as shared out by default
        found = calibrate(norms, regs, blocks, images, config.studies, **options)
        shown = [name, str(norms * regs), str(blocks), f"{images:,}", _points(found.difference if effect else None)]
        shown += map(_percent, (found.false_alarms, found.joint_coverage, found.best_coverage, found.kept))
        shown += ["" if found.candidates != found.candidates else f"{found.candidates:.1f}"]
        shown += map(_percent, (found.effects_coverage, found.primary_miss, found.any_miss))
        shown += [_percent(found.false_equivalence) if of_margin else "", _percent(found.cell_coverage)]
        shown += [_percent(found.power), _points(found.predicted)]
        print(f"| {' | '.join(shown)} |", flush=True)


def _percent(share: float) -> str:
    return "" if share != share else f"{100 * share:.1f} %"


def _points(difference: float | None) -> str:
    return "none" if difference is None else "" if difference != difference else f"{100 * difference:.2f}"
