"""The verdict in plain words, generated from the numbers and from nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from jaxreg.records import Choice
from jaxreg.stats.contrasts import cell_name
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS, Cell, CellScore, Contrast, Estimate, Family, Judgement
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.texts import NAMES, SENTENCES

BOUNDARY = 0.05  # of a range's length on the log scale: nearer to an end than this is at the end


def say(results: VerdictResults, lang: str = "en") -> tuple[str, ...]:
    """Returns the verdict, the answer first, one thought a string; `lang` is "en" or "ko"."""
    return tuple(
        sentence[0].upper() + sentence[1:]
        for part in (_winner, _effects, _interaction, _bought, _power, _cautions, _scope)
        for sentence in part(results, lang)
    )


def name_cell(cell: Cell, lang: str) -> str:
    """Returns a cell in words."""
    names = NAMES[lang]
    return names["cell"].format(norm=names[f"norm_{cell.norm_type}"], reg=names[f"reg_{cell.reg_type}"])


def percent(share: float) -> str:
    """Returns a share as `97.58 %`."""
    return f"{100 * share:.2f} %"


def points(difference: float) -> str:
    """Returns a difference of shares in percentage points, `0.16`, without a minus before zero."""
    return f"{100 * difference + 0:.2f}".replace("-0.00", "0.00")


def interval(estimate: Estimate) -> str:
    """Returns ` (97.41 to 97.75 %)`, or nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f" ({points(estimate.low)} – {points(estimate.high)} %)"


def _winner(results: VerdictResults, lang: str) -> Iterable[str]:
    text, judgement = SENTENCES[lang], results.judgement
    best = judgement.cells[0]
    common = {"best": name_cell(best.cell, lang), "accuracy": percent(best.test.value), "interval": interval(best.test)}
    if len(judgement.cells) == 1:
        yield text["one_cell"].format(**common)
        return
    own = [contrast for contrast in judgement.pairs.contrasts if contrast.left == cell_name(best.cell)]
    if all(contrast.decision == "better" for contrast in own):
        yield text["best"].format(**common)
        return
    yield text["highest"].format(**common)
    same = [cell_name(score.cell) for score in judgement.cells[1:] if math.isclose(score.test.value, best.test.value)]
    if same:
        yield text["same"].format(cells=_cells(same, judgement.cells, lang))
    if not judgement.judged:
        return
    for decision, key in (("undecided", "open"), ("equivalent", "equivalent")):
        found = [contrast.right for contrast in own if contrast.decision == decision]
        if found:
            yield text[key].format(cells=_cells(found, judgement.cells, lang), margin=points(judgement.margin))
    if len(own) > 1:  # of a single other one all is said
        yield text["beats"].format(count=sum(c.decision == "better" for c in own), others=len(own))


def _cells(found: Sequence[str], scores: Sequence[CellScore], lang: str) -> str:
    return "; ".join(name_cell(score.cell, lang) for score in scores if cell_name(score.cell) in found)


def _effects(results: VerdictResults, lang: str) -> Iterable[str]:
    judgement = results.judgement
    if not judgement.judged:
        return
    for family, prefix, key, none in (
        (judgement.normalizations, "norm_", "norms", "no_norm_effect"),
        (judgement.penalties, "reg_", "penalties", "no_penalty_effect"),
    ):
        if family.contrasts:
            yield _effect(family, prefix, key, none, lang)


def _effect(family: Family, prefix: str, key: str, none: str, lang: str) -> str:
    text = SENTENCES[lang]
    if all(contrast.decision == "undecided" for contrast in family.contrasts):
        return text[none].format(seen=_seen(family, lang))
    told = sorted(family.contrasts, key=lambda contrast: contrast.decision == "undecided")
    return text[key].format(contrasts="; ".join(_comparison(contrast, prefix, lang) for contrast in told))


def _seen(family: Family, lang: str) -> str:
    """Returns what would have been found, or that nothing could have been."""
    text = SENTENCES[lang]
    return text["seen_none"] if family.detectable is None else text["seen"].format(points=points(family.detectable))


def _comparison(contrast: Contrast, prefix: str, lang: str) -> str:
    """Returns a comparison with the better level first."""
    left, right, difference = contrast.left, contrast.right, contrast.difference
    assert difference.low is not None
    assert difference.high is not None
    value, low, high = difference.value, difference.low, difference.high
    if value < 0:
        left, right, value, low, high = right, left, -value, -high, -low
    key = {"equivalent": "equal", "undecided": "unknown"}.get(contrast.decision, "better")
    names = {"left": NAMES[lang][prefix + left], "right": NAMES[lang][prefix + right]}
    return SENTENCES[lang][key].format(**names, points=points(value), low=points(low), high=points(high))


def _interaction(results: VerdictResults, lang: str) -> Iterable[str]:
    text, family = SENTENCES[lang], results.judgement.interactions
    found = [contrast.left for contrast in family.contrasts if contrast.decision in ("better", "worse")]
    if found:
        yield text["interaction"].format(cells=_cells(found, results.judgement.cells, lang))
    elif results.judgement.judged and family.contrasts:
        alike = "" if family.detectable is None else text["alike"]
        yield text["no_interaction"].format(seen=_seen(family, lang), alike=alike)


def _bought(results: VerdictResults, lang: str) -> Iterable[str]:
    judgement = results.judgement
    best = judgement.cells[0]
    for contrast in judgement.against_reference.contrasts:
        if contrast.left == cell_name(best.cell) and contrast.decision == "better" and judgement.reference:
            reference = next(score for score in judgement.cells if score.cell == judgement.reference)
            difference = contrast.difference
            yield SENTENCES[lang]["bought"].format(
                best=name_cell(best.cell, lang),
                reference=name_cell(reference.cell, lang),
                points=points(difference.value),
                low=points(difference.low or 0),
                high=points(difference.high or 0),
                gap=points(best.gap.value),
                reference_gap=points(reference.gap.value),
            )


def _power(results: VerdictResults, lang: str) -> Iterable[str]:
    text, judgement = SENTENCES[lang], results.judgement
    if not judgement.judged:
        yield text["too_few"].format(blocks=judgement.num_blocks, least=LEAST_BLOCKS, enough=ENOUGH_BLOCKS)
    elif judgement.pairs.contrasts:
        yield _least(judgement, lang)


def _least(judgement: Judgement, lang: str) -> str:
    """Returns which differences between combinations, and between normalizations, these blocks can show."""
    text, pairs, norms = SENTENCES[lang], judgement.pairs, judgement.normalizations.detectable
    of_norms = "detectable_norms"
    if pairs.detectable is None:
        of_norms = "undetectable_norms"
        none_found = all(contrast.decision == "undecided" for contrast in pairs.contrasts)
        said = text["undetectable" if none_found else "undetectable_most"]
    else:
        said = text["detectable"]
    return said.format(
        blocks=judgement.num_blocks,
        pairs=points(pairs.detectable or 0),
        norms="" if norms is None else text[of_norms].format(points=points(norms)),
    )


def _cautions(results: VerdictResults, lang: str) -> Iterable[str]:
    text = SENTENCES[lang]
    diverged = [Cell(run.norm_type, run.reg_type) for run in results.runs if run.diverged]
    if diverged:
        named = _cells([cell_name(cell) for cell in diverged], results.judgement.cells, lang)
        yield text["diverged"].format(count=len(diverged), runs=len(results.runs), cells=named)
    at_end = [found for choice in results.choices for found in _at_end(results, choice, lang)]
    if at_end:
        yield text["boundary"].format(cells="; ".join(at_end))
    if results.config["settings"]["smoke"]:
        yield text["smoke"]


def _at_end(results: VerdictResults, choice: Choice, lang: str) -> Iterable[str]:
    settings = results.config["settings"]
    for name, value in (("learning_rate", choice.learning_rate), ("reg_lambda", choice.reg_lambda)):
        low, high = map(math.log, settings["lambda_range" if name == "reg_lambda" else "learning_rate_range"])
        if value is not None and not BOUNDARY < (math.log(value) - low) / (high - low) < 1 - BOUNDARY:
            cell = name_cell(Cell(choice.norm_type, choice.reg_type), lang)
            yield SENTENCES[lang]["boundary_one"].format(cell=cell, name=NAMES[lang][name], value=f"{value:.2g}")


def _scope(results: VerdictResults, lang: str) -> Iterable[str]:
    settings, text = results.config["settings"], SENTENCES[lang]
    confidence, trials = f"{100 * (1 - results.judgement.level):g} %", settings["tune_trials"]
    yield text["scope"].format(
        data=settings["data"],
        train=f"{settings['train_size']:,}",
        trials=text["tuned_one" if trials == 1 else "tuned"].format(trials=trials),
        together=text["together"].format(confidence=confidence) if results.judgement.judged else "",
    )
