"""Findings in words: the verdict of each claim, its checks, and the whole in one sentence."""

from jaxreg.claims.catalog import find_claims
from jaxreg.claims.claim import Check, Claim, ClaimsResults, Finding, Unit, Verdict, plus_minus, quantity
from jaxreg.text import Text

VERDICTS: dict[Verdict, Text] = {
    "yes": Text("yes", "예"),
    "no": Text("no", "아니요"),
    "only when": Text("only when", "조건부"),
}
COUNTS = Text(
    "Statements that hold on this network as predicted: {yes} of {total}; only in part: {some}; not: {no}.",
    "이 신경망에서 진술 {total}개 중 {yes}개는 예측대로 성립하고, {some}개는 일부만 성립하며, {no}개는 성립하지 "
    "않습니다.",
)
SMOKE = Text(
    "A tiny budget (--smoke): this shows the path, and its numbers mean nothing.",
    "아주 작은 예산(--smoke)입니다. 과정만 보여 주며 수치에는 의미가 없습니다.",
)
RULE = {"above": Text("above {limit}", "{limit} 초과"), "below": Text("below {limit}", "{limit} 미만")}
EVERY = Text("{rule} in every run", "모든 실행에서 {rule}")
POINTS = Text("{value} points", "{value}%p")
_FOUND = "[{done}/{total}] {number}. {title}: {verdict} ({value})"
FOUND = Text(_FOUND, _FOUND)


def say(results: ClaimsResults, lang: str) -> list[str]:
    """Returns the answer: the counts of verdicts, then a line for each claim."""
    lines = counts(results, lang)
    for claim, finding in results.findings:
        verdict, number, why = (text.to(lang) for text in (VERDICTS[finding.verdict], finding.number, finding.why))
        lines.append(f"{claim.number}. {claim.title.to(lang)}: {verdict} ({number}). {why}")
    return lines


def counts(results: ClaimsResults, lang: str) -> list[str]:
    """Returns how many claims hold, in one sentence; and one more with `--smoke`."""
    verdicts = [finding.verdict for _, finding in results.findings]
    number = {"yes": verdicts.count("yes"), "no": verdicts.count("no"), "some": verdicts.count("only when")}
    said = COUNTS.format(total=len(verdicts), **number).to(lang)
    return [said, SMOKE.to(lang)] if results.smoke else [said]


def found(done: int, total: int, claim: Claim, finding: Finding) -> Text:
    """Returns what was found, in a line."""
    verdict, value = VERDICTS[finding.verdict], finding.number
    return FOUND.format(done=done, total=total, number=claim.number, title=claim.title, verdict=verdict, value=value)


def list_claims(lang: str) -> str:
    """Returns all claims, one a line: number, name, section of the text, title."""
    claims = find_claims()
    width = max(len(claim.name) for claim in claims)
    return "\n".join(f"{c.number:>2}  {c.name:<{width}}  {c.section:<4} {c.title.to(lang)}" for c in claims)


def rule(check: Check) -> Text:
    """Returns the rule of a check: above 1.00 points in every run, where there are several."""
    said = RULE[check.relation].format(limit=_with_points(quantity(check.limit, check.unit), check.unit))
    return EVERY.format(rule=said) if len(check.values) > 1 else said


def value(check: Check) -> Text:
    """Returns the mean and spread of a check's values."""
    return _with_points(plus_minus(check.values, check.unit), check.unit)


def _with_points(shown: str, unit: Unit) -> Text:
    return POINTS.format(value=shown) if unit == "points" else Text(shown, shown)
