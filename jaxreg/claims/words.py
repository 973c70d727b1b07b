"""Findings in words: the verdict of each claim, its checks, and the whole in one sentence."""

import math

from jaxreg.claims.catalog import find_claims
from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.quantities import plus_minus, quantity
from jaxreg.claims.rule import Basis, Check, Judged, Outcome, Verdict, bounds
from jaxreg.engine.config import SMOKE
from jaxreg.pages.wording import ends
from jaxreg.text import NOTHING, Counted, Text, counted, joined, same

VERDICTS: dict[Verdict, Text] = {
    "yes": Text("yes", "예"),
    "no": Text("no", "아니요"),
    "in part": Text("in part", "일부만"),
    "open": Text("open", "판정 보류"),
    "by definition": Text("by definition", "정의상 성립"),
}
OUTCOMES: dict[Outcome, Text] = {
    "holds": Text("holds", "성립"),
    "fails": Text("fails", "불성립"),
    "open": Text("open", "보류"),
}
BASES: dict[Basis, Text] = {
    "runs": NOTHING,
    "count": Text("a count", "집계한 값"),
    "definition": Text("by definition: no evidence", "정의에서 나오므로 증거가 아님"),
}
CLAIMS = Counted(
    "{n} claim of the text was measured", "{n} claims of the text were measured", "원문의 주장 {n}개를 측정했습니다"
)
HOW_MANY: dict[Verdict, Text] = {
    "yes": Text("as predicted: {}", "예측대로 성립 {}개"),
    "in part": Text("in part: {}", "일부만 성립 {}개"),
    "no": Text("not: {}", "성립하지 않음 {}개"),
    "open": Text("left open: {}", "판정 보류 {}개"),
    "by definition": Text("true by definition: {}", "정의상 성립 {}개"),
}
ONE_SEED = Text(
    "One seed decides nothing: what needs chance to be told apart from effect is left open.",
    "시드가 하나이면 우연과 효과를 구별할 수 없으므로, 측정으로 판정하는 항목은 모두 보류합니다.",
)
DIVERGED = Text(
    "Of the runs that claim {number} reads {count} diverged, {which}: their measures are as they came out, an answer "
    "that is not finite is a wrong one, and the checks include these trainings, which did not work.",
    "주장 {number}의 실행 가운데 {count}회가 발산했습니다({which}). 측정값은 나온 그대로이고 유한하지 않은 답은 틀린 "
    "답으로 셉니다. 따라서 검사에는 학습이 제대로 되지 않은 실행이 들어 있습니다.",
)
MOST_NAMED = 3  # of runs that diverged
RULE = {"above": Text("above {}", "{} 초과"), "below": Text("below {}", "{} 미만")}
_FOUND = "[{done}/{total}] {number}. {title}: {verdict} ({value})"
FOUND = same(_FOUND)


def say(results: ClaimsResults, lang: str) -> list[str]:
    """Returns the answer: the counts of verdicts, then a line for each claim."""
    lines = counts(results, lang)
    for claim, finding in results.findings:
        verdict, number, why = (text.to(lang) for text in (VERDICTS[finding.verdict], finding.number, finding.why))
        lines.append(f"{claim.number}. {claim.title.to(lang)}: {verdict} ({number}). {why}")
    return lines


def counts(results: ClaimsResults, lang: str) -> list[str]:
    """Returns how many claims hold, in one sentence; and one more with `--smoke` or a single seed."""
    verdicts = [finding.verdict for _, finding in results.findings]
    each = [said.format(verdicts.count(verdict)) for verdict, said in HOW_MANY.items() if verdict in verdicts]
    said = [Text("{}; {}.", "{}. {}.").format(counted(len(verdicts), CLAIMS), joined(each, ", "))]
    said += [diverged(claim, results) for claim, _ in results.findings if claim.name in results.diverged]
    said += [SMOKE] * results.smoke + [ONE_SEED] * (results.config["settings"].get("seeds") == 1)
    return [sentence.to(lang) for sentence in said]


def diverged(claim: Claim, results: ClaimsResults) -> Text:
    """Returns which of the runs that a claim reads diverged."""
    specs = results.diverged[claim.name]
    named = [same(spec.short()) for spec in specs[:MOST_NAMED]] + [same("...")] * (len(specs) > MOST_NAMED)
    return DIVERGED.format(number=claim.number, count=len(specs), which=joined(named, "; "))


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
    """Returns the rule of a check: above 1 point."""
    return RULE[check.relation].format(Text(check.limit.en, check.limit.ko))


def value(check: Check) -> Text:
    """Returns the mean and spread of a check's values."""
    return plus_minus(check.values, check.limit.unit)


def bounds_of(check: Check) -> Text:
    """Returns both one-sided bounds of a check's mean, or nothing where there are none."""
    low, high = bounds(check)
    if math.isnan(low):
        return BASES[check.basis]
    return ends(*(quantity(bound, check.limit.unit) for bound in (low, high)))


def p_of(judged: Judged) -> str:
    """Returns the adjusted p, or nothing where nothing was tested."""
    return "" if math.isnan(judged.p) else "< 0.0001" if judged.p < 1e-4 else f"{judged.p:.4f}"
