"""Whether the verdict's statistics keep their promises, by simulated studies with known differences.

jaxreg calibration                  the table of docs/statistics.md, some minutes
jaxreg calibration --studies 50     a quick look
"""

from dataclasses import dataclass

from jaxreg.engine.config import setting
from jaxreg.errors import InputError

# Normalizations, penalties, blocks, test images, how much the last cell differs and how easy images are, in logits.
CASES = (
    *((3, 4, blocks, 2000, 0.0, 6.0) for blocks in (2, 3, 4, 5, 6, 8, 12, 24)),
    (3, 4, 6, 2000, 0.93, 6.0),
    (3, 4, 12, 2000, 0.53, 6.0),
    (1, 2, 3, 2000, 0.0, 6.0),
    (1, 2, 3, 2000, 1.4, 6.0),
    (1, 3, 5, 2000, 0.0, 6.0),
    (1, 3, 12, 2000, 0.0, 6.0),
    # Nearly all answers right, or all of them: many cells tie, and variances come out as zero.
    (3, 4, 3, 100, 0.0, 9.0),
    (3, 4, 12, 100, 0.0, 9.0),
    (3, 4, 12, 100, 0.0, 12.0),
)


@dataclass(frozen=True)
class CalibrationConfig:
    """The one setting."""

    studies: int = setting(500, "simulated studies of each case")

    def __post_init__(self) -> None:
        if self.studies < 1:
            raise InputError(f"--studies {self.studies}: allowed is an integer of at least 1")


CONFIG = CalibrationConfig


def run(config: CalibrationConfig) -> None:
    """Prints one row of a Markdown table a case."""
    import numpy as np

    from jaxreg.stats.calibration import calibrate, true_accuracies

    print(
        "| cells | blocks | images | accuracy | true difference | false alarms | pairs hold | all pairs hold "
        "| any of five tables wrong | a cell's own holds | found | promised for 80 % |\n" + "| --- " * 12 + "|"
    )
    for norms, regs, blocks, images, effect, ease in CASES:
        found = calibrate(norms, regs, blocks, images, config.studies, effect=effect, ease=ease)
        shares = (found.false_alarms, found.coverage, found.joint_coverage, found.any_miss, found.cell_coverage)
        row = [f"{norms * regs} | {blocks} | {images:,} | {100 * true_accuracies(np.zeros(1), ease)[0]:.2f} %"]
        row += [f"{100 * found.difference:.2f}" if effect else "none"]
        row += ["" if share != share else f"{100 * share:.1f} %" for share in (*shares, found.power)]
        row += ["" if found.predicted != found.predicted else f"{100 * found.predicted:.2f}"]
        print("| " + " | ".join(row) + " |", flush=True)
