"""The verdict in plain words, generated from the numbers and from nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from jaxreg.methods.comparison import LEARNING_RATE, Comparison
from jaxreg.methods.method import Factor, Range
from jaxreg.pages.wording import joined, listed, percent
from jaxreg.records import Choice, cell_name
from jaxreg.stats.judgement import ENOUGH_BLOCKS, LEAST_BLOCKS, Contrast, Estimate, Family
from jaxreg.text import Text
from jaxreg.verdict import texts
from jaxreg.verdict.results import VerdictResults

BOUNDARY = 0.05  # of a range's length on its scale: nearer to an end than this is at the end
MOST_CELLS = 12  # more are not named one by one
MOST_CONTRASTS = 6  # of more, those of the best level stand for all
NOTHING = Text("", "")


def say(results: VerdictResults, lang: str = "en") -> tuple[str, ...]:
    """Returns the verdict, the answer first, one thought a string; `lang` is "en" or "ko"."""
    sentences = (
        sentence.to(lang)
        for part in (_winner, _effects, _interaction, _bought, _power, _cautions, _scope)
        for sentence in part(results)
    )
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def things(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what cells are called: combinations, or methods of the only factor."""
    return texts.COMBINATION if len(comparison.factors) > 1 else texts.METHOD


def several(comparison: Comparison) -> Mapping[str, Text]:
    """Returns what the factors are called together."""
    return texts.BOTH if len(comparison.factors) == 2 else texts.ALL


def effects(results: VerdictResults) -> list[tuple[Factor, Family]]:
    """Returns the factors with several methods and their pairs; of an only factor the cells' pairs say all."""
    crossed = results.comparison.factors if len(results.comparison.factors) > 1 else ()
    families = results.judgement.main_effects
    return [(factor, families[factor.name]) for factor, _ in crossed if families[factor.name].contrasts]


def telling(family: Family) -> tuple[Contrast, ...]:
    """Returns the comparisons of levels that are told: all, or of many those with the best level."""
    contrasts = family.contrasts
    if len(contrasts) <= MOST_CONTRASTS:
        return contrasts
    above = dict.fromkeys((name for c in contrasts for name in (c.left, c.right)), 0.0)
    for contrast in contrasts:
        above[contrast.left] += contrast.difference.value
        above[contrast.right] -= contrast.difference.value
    best = max(above, key=above.__getitem__)
    return tuple(contrast for contrast in contrasts if best in (contrast.left, contrast.right))


def points(difference: float) -> str:
    """Returns a difference of shares in percentage points, `0.16`, without a minus before zero."""
    return f"{100 * difference + 0:.2f}".replace("-0.00", "0.00")


def ends(estimate: Estimate) -> str | None:
    """Returns `97.41 – 97.75`, or None where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return None
    return f"{points(estimate.low)} – {points(estimate.high)}"


def _winner(results: VerdictResults) -> Iterable[Text]:
    comparison, judgement = results.comparison, results.judgement
    named, best = things(comparison), judgement.cells[0]
    interval = ends(best.test)
    common = {
        "best": comparison.text(best.cell),
        "accuracy": percent(best.test.value),
        "interval": f" ({interval} %)" if interval else "",
    }
    if len(judgement.cells) == 1:
        yield texts.ONE_CELL.format(**common, **named)
        return
    own = [contrast for contrast in judgement.pairs.contrasts if contrast.left == cell_name(best.cell)]
    if all(contrast.decision == "better" for contrast in own):
        yield texts.BEST.format(**common, **named)
        return
    yield texts.HIGHEST.format(**common, **named)
    same = [cell_name(score.cell) for score in judgement.cells[1:] if math.isclose(score.test.value, best.test.value)]
    if same:
        yield texts.SAME.format(cells=_cells(results, same), **named)
    if not judgement.judged:
        return
    for decision, text in (("undecided", texts.OPEN), ("equivalent", texts.ALIKE)):
        found = [contrast.right for contrast in own if contrast.decision == decision]
        if found:
            yield text.format(cells=_cells(results, found), margin=points(judgement.margin), **named)
    if len(own) > 1:  # of a single other one all is said
        yield texts.BEATS.format(count=sum(c.decision == "better" for c in own), others=len(own), **named)


def _cells(results: VerdictResults, names: Sequence[str]) -> Text:
    """Returns cells in words, the best first; of many the first and how many more."""
    found = [results.comparison.text(s.cell) for s in results.judgement.cells if cell_name(s.cell) in names]
    more = texts.MORE.format(count=len(found) - MOST_CELLS) if len(found) > MOST_CELLS else NOTHING
    return joined([joined(found[:MOST_CELLS], "; "), more], "")


def _effects(results: VerdictResults) -> Iterable[Text]:
    if not results.judgement.judged:
        return
    for factor, family in effects(results):
        others = listed([other.plural for other, _ in results.comparison.factors if other != factor])
        if all(contrast.decision == "undecided" for contrast in family.contrasts):
            said = texts.NOTHING_SEEN.format(seen=_seen(family))
        else:
            told = sorted(telling(family), key=lambda contrast: contrast.decision == "undecided")
            parts = [_comparison(results.comparison, factor, contrast) for contrast in told]
            rest = len(family.contrasts) - len(told)
            said = joined([*parts, texts.REST.format(count=rest)] if rest else parts, "; ")
        yield texts.EFFECT.format(factor=factor.text, others=others, said=said)


def _seen(family: Family) -> Text:
    """Returns what would have been found, or that nothing could have been."""
    return texts.NONE_SEEN if family.detectable is None else texts.SEEN.format(points=points(family.detectable))


def _comparison(comparison: Comparison, factor: Factor, contrast: Contrast) -> Text:
    """Returns a comparison with the better level first."""
    left, right, difference = contrast.left, contrast.right, contrast.difference
    assert difference.low is not None
    assert difference.high is not None
    value, low, high = difference.value, difference.low, difference.high
    if value < 0:
        left, right, value, low, high = right, left, -value, -high, -low
    text = {"equivalent": texts.EQUAL, "undecided": texts.UNKNOWN}.get(contrast.decision, texts.BETTER)
    names = {"left": comparison.method(factor.name, left).text, "right": comparison.method(factor.name, right).text}
    return text.format(**names, points=points(value), low=points(low), high=points(high))


def _interaction(results: VerdictResults) -> Iterable[Text]:
    comparison, family = results.comparison, results.judgement.interactions
    found = [contrast.left for contrast in family.contrasts if contrast.decision in ("better", "worse")]
    if found:
        yield texts.INTERACTION.format(cells=_cells(results, found), **several(comparison))
    elif results.judgement.judged and family.contrasts:
        *others, last = (factor for factor, _ in comparison.factors)
        under = listed([factor.text for factor in others])
        alike = NOTHING if family.detectable is None else texts.ACT_ALIKE.format(methods=last.plural, others=under)
        yield texts.NO_INTERACTION.format(seen=_seen(family), alike=alike)


def _bought(results: VerdictResults) -> Iterable[Text]:
    judgement = results.judgement
    best = judgement.cells[0]
    for contrast in judgement.against_reference.contrasts:
        if contrast.left == cell_name(best.cell) and contrast.decision == "better":
            reference = next(score for score in judgement.cells if score.cell == judgement.reference)
            difference = contrast.difference
            yield texts.BOUGHT.format(
                best=results.comparison.text(best.cell),
                reference=results.comparison.text(reference.cell),
                points=points(difference.value),
                low=points(difference.low or 0),
                high=points(difference.high or 0),
                gap=points(best.gap.value),
                reference_gap=points(reference.gap.value),
            )


def _power(results: VerdictResults) -> Iterable[Text]:
    judgement = results.judgement
    if not judgement.judged:
        yield texts.TOO_FEW.format(blocks=judgement.num_blocks, least=LEAST_BLOCKS, enough=ENOUGH_BLOCKS)
    elif judgement.pairs.contrasts:
        yield _least(results)


def _least(results: VerdictResults) -> Text:
    """Returns which differences between cells, and between the methods of the first factor, these blocks can show."""
    pairs = results.judgement.pairs
    text, of_effects = texts.DETECTABLE, texts.DETECTABLE_EFFECTS
    if pairs.detectable is None:
        none_found = all(contrast.decision == "undecided" for contrast in pairs.contrasts)
        text = texts.UNDETECTABLE if none_found else texts.UNDETECTABLE_MOST
        of_effects = texts.UNDETECTABLE_EFFECTS
    said = NOTHING
    for factor, family in effects(results)[:1]:
        if family.detectable is not None:
            said = of_effects.format(methods=factor.plural, points=points(family.detectable))
    return text.format(
        blocks=results.judgement.num_blocks,
        pairs=points(pairs.detectable or 0),
        effects=said,
        **things(results.comparison),
    )


def _cautions(results: VerdictResults) -> Iterable[Text]:
    diverged = [cell_name(run.cell) for run in results.runs if run.diverged]
    if diverged:
        cells = _cells(results, diverged)
        yield texts.DIVERGED.format(count=len(diverged), runs=len(results.runs), cells=cells)
    at_end = [found for choice in results.choices for found in _at_end(results.comparison, choice)]
    if at_end:
        yield texts.BOUNDARY.format(cells=joined(at_end, "; "))
    yield from _notes(results.comparison)
    if results.config["settings"]["smoke"]:
        yield texts.SMOKE


def _at_end(comparison: Comparison, choice: Choice) -> Iterable[Text]:
    for name in sorted(choice.params, key=lambda name: name != LEARNING_RATE):
        value = choice.params[name]
        if not BOUNDARY < _place(value, comparison.space[name]) < 1 - BOUNDARY:
            cell, named = comparison.text(choice.cell), comparison.param(name)
            yield texts.BOUNDARY_ONE.format(cell=cell, name=named, value=f"{value:.2g}")


def _place(value: float, within: Range) -> float:
    """Returns how far a value is on the way from the low to the high end of its range."""
    at, low, high = (math.log(x) if within.log else x for x in (value, within.low, within.high))
    return (at - low) / (high - low)


def _notes(comparison: Comparison) -> Iterable[Text]:
    """Returns what has to be known of methods, those of the same note together."""
    noted: dict[Text, list[Text]] = {}
    for _, methods in comparison.factors:
        for method in methods:
            if method.note:
                noted.setdefault(method.note, []).append(method.text)
    for note, names in noted.items():
        yield (texts.NOTED if len(names) == 1 else texts.NOTED_EACH).format(methods=listed(names), note=note)


def _scope(results: VerdictResults) -> Iterable[Text]:
    settings = results.config["settings"]
    confidence, trials = f"{100 * (1 - results.judgement.level):g} %", settings["tune_trials"]
    yield texts.SCOPE.format(
        data=settings["data"],
        train=f"{settings['train_size']:,}",
        trials=(texts.TUNED_ONCE if trials == 1 else texts.TUNED).format(trials=trials),
        together=texts.TOGETHER.format(confidence=confidence) if results.judgement.judged else "",
        **things(results.comparison),
    )
