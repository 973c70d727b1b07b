"""What each confusion costs: a table of the user's, as a metric."""

import csv
import math
from pathlib import Path

from jaxreg.errors import InputError

Costs = tuple[tuple[float, ...], ...]


def read_costs(path: str) -> Costs:
    """Returns the costs [C, C] of a CSV file: the row of a class has what each answer costs where it is the true one.

    Classes are in the order of their labels. A right answer, on the diagonal, usually costs 0.

    Raises:
      InputError: the file cannot be read, or is no square table of finite numbers from 0 on.
    """
    named, form = f"--costs {path}", "a row for each class with what each answer costs, finite numbers from 0 on"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(value.strip() for value in row)]
    except (OSError, ValueError) as error:
        raise InputError(f"{named}: cannot be read ({getattr(error, 'strerror', None) or error}); {form}") from None
    if len(rows) < 2:
        raise InputError(f"{named}: {len(rows)} rows; allowed is {form}")
    costs = []
    for line, row in enumerate(rows, start=1):
        if len(row) != len(rows):
            raise InputError(f"{named} row {line}: {len(row)} numbers, where there are {len(rows)} rows; {form}")
        costs.append(tuple(_cost(value, f"{named} row {line}: {value.strip()!r}; allowed is {form}") for value in row))
    if all(cost == costs[0][0] for row in costs for cost in row):
        raise InputError(f"{named}: every answer costs the same, so that none is better than another")
    return tuple(costs)


def _cost(value: str, refusal: str) -> float:
    try:
        cost = float(value)
    except ValueError:
        cost = math.nan
    if not 0 <= cost <= 1e6:
        raise InputError(refusal)
    return cost
