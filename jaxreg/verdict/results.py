"""What a verdict leaves behind, for its words, tables, figures and report."""

from collections.abc import Mapping
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
      trials: all tuning trials, in order of their numbers.
      choices: what tuning chose, in the order of the cells.
      frozen: SHA-256 of the choices.
      runs: the confirmation, block by block.
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
    judgement: Judgement
    expected_best: Mapping[Cell, tuple[float, ...]]
    seconds: float
