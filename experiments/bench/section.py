"""What the sections of the benchmark have in common: tables, spreads of repeated measurements, and failure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Spread = dict[str, float]  # "median", "low" and "high"


class SectionError(RuntimeError):
    """A section could not be measured; the line says which command failed and what it said."""


class Table(NamedTuple):
    """A table as it is shown: text in every cell, and what a reader must know below it."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def spread(values: Iterable[float]) -> Spread:
    """Returns median, least and greatest of repeated measurements."""
    measured = list(values)
    return {"median": statistics.median(measured), "low": min(measured), "high": max(measured)}


def paired_ratios(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Returns each round's value over the same round's reference, which cancels what slows a whole round down."""
    return [value / base for value, base in zip(values, reference, strict=True)]


def geometric_mean(ratios: Iterable[float]) -> float:
    """Returns exp(mean(log(ratio))), the mean by which ratios multiply."""
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def spread_text(values: Mapping[str, float], digits: int = 3) -> str:
    """Returns a spread as `median (low to high)`."""
    return f"{values['median']:.{digits}f} ({values['low']:.{digits}f} to {values['high']:.{digits}f})"
