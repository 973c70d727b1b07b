"""What measuring the claims leaves behind, for tables and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaxreg.claims.claim import Claim, Finding


@dataclass(frozen=True)
class ClaimsResults:
    """Everything that the report is made from.

    Attributes:
      config: the content of config.json.
      findings: the claims that were measured, in order of their numbers, each with what was found.
      seconds: wall time spent in the training runs that they use, each counted once.
      num_runs: how many runs that are.
      smoke: whether the budget was the tiny one, whose numbers mean nothing.
    """

    config: Mapping[str, Any]
    findings: tuple[tuple[Claim, Finding], ...]
    seconds: float
    num_runs: int
    smoke: bool
