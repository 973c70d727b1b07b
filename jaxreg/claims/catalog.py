"""All claims: whatever lies in `statements` and has a CLAIM, or CLAIMS that belong together."""

import importlib
import itertools
import pkgutil
from collections.abc import Iterable, Sequence

from jaxreg.claims import statements
from jaxreg.claims.claim import Claim
from jaxreg.claims.config import ALL
from jaxreg.claims.train import CNN_NETWORK, Network
from jaxreg.engine.setting import refusal
from jaxreg.errors import InputError
from jaxreg.text import Text, joined

NAMED = Text("{} or {}", "{} 또는 {}")
ALLOWED = Text("{}, or: {}", "{} 또는 다음: {}")


def find_claims() -> tuple[Claim, ...]:
    """Returns the claims in order of their numbers.

    Raises:
      InputError: a file has none, or two claims have the same number or name.
    """
    found: list[tuple[str, Claim]] = []
    for module in pkgutil.iter_modules(statements.__path__):
        held, file = vars(importlib.import_module(f"{statements.__name__}.{module.name}")), f"{module.name}.py"
        own = held.get("CLAIMS") or [claim for claim in [held.get("CLAIM")] if claim is not None]
        if not own:
            raise InputError(f"claims: {file}: there is no CLAIM in it, and no CLAIMS")
        found += [(file, claim) for claim in own]
    for (file, claim), (other, known) in itertools.combinations(found, 2):
        if twice := {claim.number, claim.name} & {known.number, known.name}:
            raise InputError(f"claims: {file} and {other}: two claims are called {twice.pop()}")
    return tuple(sorted((claim for _, claim in found), key=lambda claim: claim.number))


def find_networks(claims: Iterable[Claim]) -> dict[str, Network]:
    """Returns the networks by their names: the study's own, and those that claims bring along.

    Raises:
      ValueError: two networks have the same name.
    """
    found = dict.fromkeys((CNN_NETWORK, *(network for claim in claims for network in claim.networks)))
    networks = {network.name: network for network in found}
    if len(networks) < len(found):
        raise ValueError("two networks of statements have the same name")
    return networks


def choose_claims(only: Sequence[str]) -> tuple[Claim, ...]:
    """Returns the claims of these names or numbers, in order; ("all",) gives all.

    Raises:
      InputError: a name that no claim has.
    """
    claims = find_claims()
    if tuple(only) == (ALL,):
        return claims
    allowed = {claim.name for claim in claims} | {str(claim.number) for claim in claims}
    unknown = [name for name in only if name not in allowed]
    if unknown:
        names = joined([NAMED.format(claim.number, claim.name) for claim in claims], ", ")
        raise refusal("only", unknown, ALLOWED.format(ALL, names))
    return tuple(claim for claim in claims if {claim.name, str(claim.number)} & set(only))
