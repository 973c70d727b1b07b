"""What a verdict leaves behind, for its words, tables, figures and report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jaxreg.methods.comparison import Comparison
from jaxreg.pages.measure import MEASURES, Measure
from jaxreg.records import Cell, Choice, RunRecord, TrialRecord
from jaxreg.stats.judgement import Confirmation, Judgement
from jaxreg.text import Text
from jaxreg.verdict.dose import Dose, find_doses

TEST_ACCURACY = Text("test accuracy", "테스트 정확도")
ON_TEST = Text("test {metric}", "테스트 {metric}")


def score_text(metric: str) -> Text:
    """Returns what a score on the test set is called: a loss is negative there, so that more is better."""
    return ON_TEST.format(metric=MEASURES[metric].signed)


@dataclass(frozen=True)
class VerdictResults:
    """Everything that a verdict's report is made from; of what others trained there is no tuning and no run.

    Attributes:
      config: the content of config.json.
      comparison: what is compared.
      confirmation: the scores that are judged.
      judgement: what they say.
      score: what a score is called.
      chance: the score of guessing, where runs are from here.
      trials: all trials of a tuning study, in order of their numbers; none where each block tunes.
      choices: what tuning chose, in the order of the cells; where each block does, the middle of what it chose.
      frozen: SHA-256 of the choices.
      runs: all runs, block by block.
      macro_f1: for each cell its mean macro F1 on the test set; empty where runs are not from here.
      expected_best: for each cell the expected best trial-valid accuracy of 1, 2, ... of its tuning trials.
      seconds: wall time spent in trials and runs.
    """

    config: Mapping[str, Any]
    comparison: Comparison
    confirmation: Confirmation
    judgement: Judgement
    score: Text = TEST_ACCURACY
    chance: float | None = None
    trials: tuple[TrialRecord, ...] = ()
    choices: tuple[Choice, ...] = ()
    frozen: str = ""
    runs: tuple[RunRecord, ...] = ()
    macro_f1: Mapping[Cell, float] = field(default_factory=dict)
    expected_best: Mapping[Cell, tuple[float, ...]] = field(default_factory=dict)
    seconds: float = 0.0

    @cached_property
    def doses(self) -> tuple[Dose, ...]:
        """Returns what each method with a strength brings by its strength; none but where each block tunes.

        Blocks that share test images do not choose and judge apart, and have none either.
        """
        if self.budget is None or self.chance is None or self.confirmation.repeated:
            return ()
        return find_doses(self.comparison, self.runs, self.judgement.num_images, self.judgement.level, self.chance)

    @property
    def metric(self) -> str:
        """Returns by which metric trials are chosen and judged."""
        return str(self.config["settings"].get("metric", "accuracy"))

    @property
    def measure(self) -> Measure:
        """Returns that metric in words."""
        return MEASURES[self.metric]

    @property
    def tuned(self) -> bool:
        """Returns whether it was tuned and trained here."""
        return bool(self.choices)

    @property
    def tuned_trials(self) -> int:
        """Returns the tuning trials of each cell: in each block, or at all."""
        return int(self.config["identity"]["tune_trials"])

    @property
    def budget(self) -> int | None:
        """Returns of how many of a block's trials the winner is judged; None where all blocks have one choice."""
        found = self.config["identity"]["tune_budget"] if self.tuned else None
        return None if found is None else int(found)
