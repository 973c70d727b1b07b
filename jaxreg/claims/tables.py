"""The tables of the claims, for their page and as files: CSVs, the data of every figure, and tables/."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.figure import Figure
from jaxreg.claims.quantities import mean
from jaxreg.claims.rule import Judged
from jaxreg.claims.words import OUTCOMES, VERDICTS, bounds_of, p_of, rule, value
from jaxreg.files import finite_or_none, write_atomically, write_csv, write_json, write_texts
from jaxreg.pages.table import Column, Table, files_of
from jaxreg.text import Text, same

FIGURES = "figures"  # in the run folder: one CSV a figure
Found = tuple[Claim, Finding]


def figure_name(claim: Claim, index: int) -> str:
    """Returns the name of a claim's figure in files: claim02_l1_sparsity, and claim02_l1_sparsity_2 for the next."""
    return f"claim{claim.number:02d}_{claim.name}" + (f"_{index + 1}" if index else "")


def _words(name: str, said: Callable[[Claim, Finding], Text], head: Text | None = None) -> Column[Found]:
    """Returns a column of words, of which a CSV has the English ones."""
    return Column(name, lambda found: said(*found).en, head, lambda found: said(*found), is_text=True)


COLUMNS: tuple[Column[Found], ...] = (
    Column("number", lambda found: found[0].number, Text("no.", "번호")),
    Column("name", lambda found: found[0].name),
    Column("section", lambda found: found[0].section, Text("section", "절"), is_text=True),
    _words("verdict", lambda _, finding: VERDICTS[finding.verdict], Text("holds?", "판정")),
    _words("title", lambda claim, _: claim.title, Text("claim", "주장")),
    _words("prediction", lambda claim, finding: claim.predicts(finding), Text("prediction", "예측")),
    _words("result", lambda _, finding: finding.number, Text("measured", "측정값")),
    _words("why", lambda _, finding: finding.why),
)


CHECKS: tuple[Column[Judged], ...] = (
    Column(
        "check", lambda one: one.check.what.en, Text("measure", "측정 항목"), lambda one: one.check.what, is_text=True
    ),
    Column(
        "value",
        lambda one: finite_or_none(mean(one.check.values, one.check.limit.unit)),
        Text("mean ± sd", "평균 ± 표준편차"),
        lambda one: value(one.check),
    ),
    Column(
        "bounds",
        head=Text("bounds of the mean", "평균의 하한과 상한"),
        show=lambda one: bounds_of(one.check),
        is_text=True,
    ),
    Column(
        "rule", lambda one: rule(one.check).en, Text("predicted", "예측"), lambda one: rule(one.check), is_text=True
    ),
    Column("reason", head=Text("why this limit", "기준의 이유"), show=lambda one: one.check.limit.reason, is_text=True),
    Column("p", lambda one: finite_or_none(one.p), same("p"), p_of),
    Column(
        "outcome",
        lambda one: one.outcome,
        Text("outcome", "판정"),
        lambda one: OUTCOMES[one.outcome],
        is_text=True,
    ),
)

SEEN = ("number", "title", "prediction", "result", "verdict")


def claim_table(results: ClaimsResults, *order: str) -> Table[Found]:
    """Returns the findings as a table, of which readers see these columns."""
    return Table(COLUMNS, results.findings, order)


def check_table(judged: Sequence[Judged]) -> Table[Judged]:
    """Returns checks as a table."""
    return Table(CHECKS, judged)


def write_tables(folder: Path, results: ClaimsResults) -> None:
    """Writes all tables of the findings into the run folder."""
    write_json(folder / "summary.json", summary(results))
    write_csv(folder / "claims.csv", *claim_table(results).csv())
    shown = claim_table(results, *SEEN)
    write_atomically(folder / "claims.md", shown.markdown("en"))
    own = {claim.name: check_table(finding.measured) for claim, finding in results.findings}
    write_texts(folder / "tables", files_of({"claims": shown} | own, results.config["settings"]["lang"]))
    header = ["claim", "check", "relation", "limit", "unit", "basis", "outcome", "p", "seed", "value"]
    checks = [
        [c.name, *_row(one), seed, value]
        for c, f in results.findings
        for one in f.measured
        for seed, value in enumerate(one.check.values)
    ]
    write_csv(folder / "checks.csv", header, checks)
    (folder / FIGURES).mkdir(exist_ok=True)
    for claim, finding in results.findings:
        for index, figure in enumerate(finding.figures):
            write_csv(folder / FIGURES / f"{figure_name(claim, index)}.csv", *figure_table(figure))


def _row(judged: Judged) -> list[Any]:
    check, limit = judged.check, judged.check.limit
    return [
        check.what.en,
        check.relation,
        limit.value,
        limit.unit,
        check.basis,
        judged.outcome,
        finite_or_none(judged.p),
    ]


def summary(results: ClaimsResults) -> dict[str, Any]:
    """Returns what a script reads: each claim's verdict, numbers and sentence, and what it cost."""
    claims = {claim.name: _entry(claim, finding) for claim, finding in results.findings}
    diverged = {name: [spec.short() for spec in specs] for name, specs in results.diverged.items()}
    cost = {"runs": results.num_runs, "seconds": results.seconds, "smoke": results.smoke}
    return {"claims": claims, "diverged": diverged, **cost}


def _entry(claim: Claim, finding: Finding) -> dict[str, Any]:
    checks = [
        {
            "check": one.check.what.en,
            "mean": finite_or_none(mean(one.check.values, one.check.limit.unit)),
            "values": [finite_or_none(value) for value in one.check.values],
            "rule": f"mean {one.check.relation} {one.check.limit.value:g}",
            "reason": one.check.limit.reason.en,
            "basis": one.check.basis,
            "p": finite_or_none(one.p),
            "outcome": one.outcome,
        }
        for one in finding.measured
    ]
    said = {"verdict": finding.verdict, "result": finding.number.en, "why": finding.why.en}
    return {"number": claim.number, **said, "checks": checks}


def figure_table(figure: Figure) -> tuple[list[str], list[list[Any]]]:
    """Returns the data of a figure as header and rows: one row a point of each series, and of a surface."""
    rows: list[list[Any]] = []
    for number, panel in enumerate(figure.panels, start=1):
        axes = [number, panel.xlabel.en, panel.ylabel.en]
        for series in panel.series:
            points = zip(series.x, series.y, series.low or series.y, series.high or series.y, strict=True)
            rows += [[*axes, series.label.en, *point] for point in points]
        if panel.surface is not None:
            for y, line in zip(panel.surface.y, panel.surface.z, strict=True):
                values = zip(panel.surface.x, line, strict=True)
                rows += [[*axes, f"surface at y = {y:.6g}", x, z, z, z] for x, z in values]
    return ["panel", "xlabel", "ylabel", "series", "x", "y", "low", "high"], rows
