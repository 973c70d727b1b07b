"""What a verdict leaves behind, for its words, tables, figures and report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxreg.methods.comparison import Comparison
from jaxreg.records import Cell, Choice, RunRecord, TrialRecord
from jaxreg.stats.judgement import Judgement


@dataclass(frozen=True)
class VerdictResults:
    """Everything that a verdict's report is made from.

    Attributes:
      config: the content of config.json.
      trials: all trials of a tuning study, in order of their numbers; none where each block tunes.
      choices: what tuning chose, in the order of the cells; where each block does, the middle of what it chose.
      frozen: SHA-256 of the choices.
      runs: all runs, block by block.
      block_scores: of each cell the mean score of each block.
      judgement: what it says.
      expected_best: for each cell the expected best trial-valid accuracy of 1, 2, ... of its tuning trials.
      seconds: wall time spent in trials and runs.
    """

    config: Mapping[str, Any]
    comparison: Comparison
    trials: tuple[TrialRecord, ...]
    choices: tuple[Choice, ...]
    frozen: str
    runs: tuple[RunRecord, ...]
    block_scores: Mapping[Cell, Sequence[float]]
    judgement: Judgement
    expected_best: Mapping[Cell, tuple[float, ...]]
    seconds: float

    @property
    def tuned_trials(self) -> int:
        """Returns the tuning trials of each cell: in each block, or at all."""
        return int(self.config["identity"]["tune_trials"])

    @property
    def budget(self) -> int | None:
        """Returns of how many of a block's trials the winner is judged; None where all blocks have one choice."""
        found = self.config["identity"]["tune_budget"]
        return None if found is None else int(found)
