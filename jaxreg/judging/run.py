"""From given scores to a verdict, and to its run folder."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxreg.data import refuse_masked
from jaxreg.engine.environment import versions
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.errors import InputError, one_of
from jaxreg.files import write_json
from jaxreg.judging.config import ARRAYS, JudgeConfig
from jaxreg.judging.given import Given, from_arrays, from_frame, read_file
from jaxreg.methods import find_methods
from jaxreg.methods.comparison import Comparison
from jaxreg.methods.method import Factor, Method
from jaxreg.records import Cell, cell_name
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Confirmation
from jaxreg.text import Text, same
from jaxreg.verdict.answer import Verdict
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import FILES, write_tables
from jaxreg.verdict.write import write_verdict_report

OTHER_SCORES = Text(
    "{where} holds the judgement of other scores or settings ({named}); allowed are the same ones, another --out, or "
    "this one after it was removed",
    "{where}: 이미 다른 점수나 설정의 판정이 있는 폴더입니다({named}). 같은 점수와 설정을 쓰거나, --out에 다른 폴더를 "
    "주거나, 이 폴더를 지운 뒤 다시 실행합니다",
)
METHOD = Factor("method", Text("method", "방법"), Text("methods", "방법"))


@dataclass(frozen=True, eq=False)
class Named(Method):
    """A method of which nothing is known but its name, which may be any."""

    def __post_init__(self) -> None:
        """Checks nothing."""

    @property
    def is_nothing(self) -> bool:
        """Returns no: whether it changes nothing is not known."""
        return False


def run_judge(config: JudgeConfig) -> VerdictResults:
    """Judges the scores of a file, and writes tables, figures and page into the run folder.

    Raises:
      InputError: settings, scores or run folder cannot be used.
    """
    results = judged(read_file(config), config)
    write(results, config)
    return results


def write(results: VerdictResults, config: JudgeConfig) -> None:
    """Writes tables, figures and page into the run folder."""
    folder = Path(config.out)
    identity = config.identity() | {"data_fingerprint": results.config["data_fingerprint"]}
    with locked(folder, *FILES, "report.html", "plots/"):
        refuse_other_configuration(folder, identity, OTHER_SCORES)
        write_json(folder / "config.json", {**results.config, "identity": identity})
        write_tables(folder, results)
        write_verdict_report(results, folder, config.lang)


def judge_given(
    scores: Any, methods: Sequence[Any] | None, out: str | Path | None, options: Mapping[str, Any]
) -> Verdict:
    """Returns the verdict on scores in memory or in a file, see `jaxreg.judge`.

    Raises:
      InputError: settings or scores cannot be used.
    """
    known = {spec.name for spec in dataclasses.fields(JudgeConfig)} - {"scores", "out"}
    for name in options:
        one_of("option", name, known)
    chosen: dict[str, Any] = {"factors": (METHOD.name,), **options}
    if out is not None:
        chosen["out"] = str(out)
    in_file = isinstance(scores, str | Path)
    config = JudgeConfig(str(scores) if in_file else ARRAYS, **chosen)
    if methods is not None and (in_file or isinstance(scores, Mapping) or hasattr(scores, "columns")):
        raise InputError("methods: allowed with an array; a table and a file name their own")
    if in_file:
        given = read_file(config)
    elif isinstance(scores, Mapping) or hasattr(scores, "columns"):
        given = from_frame(scores, config)
    else:
        given = from_arrays(_as_arrays(scores, methods), "scores", config)
    results = judged(given, config)
    if out is not None:
        write(results, config)
    return Verdict(results, config.lang)


def _as_arrays(scores: Any, methods: Sequence[Any] | None) -> dict[str, Any]:
    refuse_masked("scores", scores)
    try:
        array = np.asarray(scores)
    except ValueError:
        raise InputError("scores: rows of unequal length; each method needs each block") from None
    if methods is None:
        return {"scores": array}
    if isinstance(methods, str | Mapping) or not isinstance(methods, Sequence | np.ndarray):
        raise InputError(f"methods: a list of names, in the order of the rows, is needed, not {methods!r}")
    return {"scores": array, "methods": list(methods)}


def judged(given: Given, config: JudgeConfig) -> VerdictResults:
    """Returns the verdict on given scores.

    Raises:
      InputError: there is no such reference, or scores that are no shares have no margin.
    """
    confirmation = given.confirmation
    if config.margin is None and not confirmation.are_shares:
        lowest, highest = float(confirmation.scores.min()), float(confirmation.scores.max())
        which = f"of {config.score}, which is no share" if lowest >= 0 and highest <= 1 else "no shares in 0..1"
        wanted = "say which difference does not matter, for accuracies in per cent perhaps 0.1"
        raise InputError(f"--margin: the scores, {lowest:g} to {highest:g}, are {which}; {wanted}")
    comparison = comparison_of(confirmation)
    judgement = judge(
        confirmation,
        reference=_reference(config.reference, confirmation.cells) or comparison.reference,
        margins=comparison.margins(config.margin),
        level=config.level,
        seed=config.seed,
    )
    about = {
        "settings": config.settings(),
        "command": config.command(),
        "data_fingerprint": fingerprint(confirmation),
        "versions": versions(),
        "machine": {"platform": platform.platform()},
    }
    return VerdictResults(about, comparison, confirmation, judgement, given.score)


def comparison_of(confirmation: Confirmation) -> Comparison:
    """Returns what is compared: methods of the package where they have the names of such, else what has a name only."""
    factors = []
    for place, name in enumerate(confirmation.factors):
        names = list(dict.fromkeys(cell[place] for cell in confirmation.cells))
        found = find_methods(name)
        if found.keys() >= set(names):
            factors.append((found[names[0]].factor, tuple(found[own] for own in names)))
            continue
        label = name.replace("_", " ")
        factor = METHOD if name == METHOD.name else Factor(name, same(label), same(label))
        factors.append((factor, tuple(Named(own, same(own), factor) for own in names)))
    return Comparison(tuple(factors))


def _reference(name: str | None, cells: tuple[Cell, ...]) -> Cell | None:
    by_name = {cell_name(cell): cell for cell in cells}
    return None if name is None else by_name[one_of("--reference", name, by_name)]


def fingerprint(confirmation: Confirmation) -> str:
    """Returns the SHA-256 of names and scores."""
    names = "\n".join("\t".join(row) for row in (confirmation.factors, *confirmation.cells))
    scores = np.ascontiguousarray(confirmation.scores, np.float64)
    return hashlib.sha256(f"{names}\n{scores.shape}\n".encode() + scores.tobytes()).hexdigest()
