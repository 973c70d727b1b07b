"""Whether the verdict's statistics keep their promises, by simulated studies with known differences.

python experiments/calibration.py                  the table of docs/statistics.md, some minutes
python experiments/calibration.py --studies 100    a quick look
"""

from dataclasses import dataclass, field

from jaxreg.cli import parse, run_command
from jaxreg.errors import InputError

# Cells, blocks, test images, and how much the last cell differs, in logits.
CASES = (
    (12, 12, 2000, 0.0),
    (12, 12, 2000, 0.6),
    (3, 12, 2000, 0.0),
    (12, 24, 2000, 0.0),
    (4, 5, 2000, 0.0),
    (12, 5, 1000, 0.0),
)


@dataclass(frozen=True)
class CalibrationConfig:
    """The one setting.

    Raises:
      InputError: it is below 1.
    """

    studies: int = field(default=1000, metadata={"help": "simulated studies of each case"})

    def __post_init__(self) -> None:
        if self.studies < 1:
            raise InputError(f"--studies {self.studies}: allowed is an integer of at least 1")


def calibration(config: CalibrationConfig) -> None:
    """Prints one row a case."""
    from jaxreg.stats.calibration import calibrate

    print("cells blocks images  true points  false alarms  coverage  joint  power  points promised for 80 %")
    for cells, blocks, images, effect in CASES:
        found = calibrate(cells, blocks, images, config.studies, effect=effect)
        print(
            f"{cells:5} {blocks:6} {images:6} {100 * found.difference:12.2f} {found.false_alarms:13.1%} "
            f"{found.coverage:9.1%} {found.joint_coverage:6.1%} {found.power:6.1%} {100 * found.predicted:10.2f}",
            flush=True,
        )


if __name__ == "__main__":
    run_command(lambda: calibration(parse(CalibrationConfig, __doc__)))
