"""A verdict by one call in Python: `jaxreg.compare`."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jaxreg.data import Dataset, from_arrays
from jaxreg.engine.machine import prepare
from jaxreg.engine.problem_config import FACTORS
from jaxreg.errors import InputError, one_of
from jaxreg.methods import find_methods, own_methods, shipped_names
from jaxreg.methods.method import Method
from jaxreg.own import are_alike, file_of, own_network
from jaxreg.verdict.answer import Verdict
from jaxreg.verdict.config import CHOSEN, VerdictConfig
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.write import write_verdict_report


def compare_methods(
    data: Any,
    network: str | type | None,
    methods: Any,
    out: str | Path,
    settings: Mapping[str, Any],
) -> Verdict:
    """Returns the verdict on data, see `jaxreg.compare`.

    Raises:
      InputError: data, network, methods or settings cannot be used.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    known = [spec.name for spec in dataclasses.fields(VerdictConfig)]
    for name in settings:
        one_of("setting", name, [name for name in known if name not in ("data", "also", "network", "methods", "out")])
    if isinstance(methods, str) or not isinstance(methods, Sequence):
        shown = str(methods) if isinstance(methods, Path) else methods
        raise InputError(f"methods: a list of names, Python files and methods is needed, not {shown!r}")
    chosen = _methods(methods)
    if twice := next((name for name in chosen if name in settings), None):
        raise InputError(f"{twice}: methods of it are named in methods already; give them once")
    if (budget := settings.get("budget")) is not None:
        for name in (name for name in CHOSEN if name in settings):  # those at their defaults, too
            raise InputError(f"budget: it chooses {name}; give one of the two, not budget={budget!r} beside it")
    chosen |= settings
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()}
    given = None if isinstance(data, str | Path) else data if isinstance(data, Dataset) else _arrays(data)
    if given is None:
        chosen["data"] = str(data)
    config = VerdictConfig(network=_network(network), out=str(out), **chosen).effective()
    prepare(config)
    results = run_verdict(config, given)
    write_verdict_report(results, Path(config.out), config.lang)
    return Verdict(results, config.lang)


def _methods(given: Sequence[str | Path | Method]) -> dict[str, Any]:
    """Returns as settings what is a user's own, and the names of all methods by the factors that have them.

    A name that several factors have, such as none, goes to each of which another is named, or else to regularizers.
    """
    names = [method.name if isinstance(method, Method) else _text(method) for method in given]
    files = [name for name in names if name.endswith(".py")]
    made = [_place(method) for method in given if isinstance(method, Method)]
    own = tuple(dict.fromkeys([*files, *(place for place in made if place is not None)]))
    places = own_methods(own)
    found = {factor: find_methods(factor, places) for factor in ("reg_type", "norm_type")}
    names = [name for name in names if name not in files]
    for name in names:
        one_of("method", name, list(dict.fromkeys(known for methods in found.values() for known in methods)))
    having = {name: [factor for factor in found if name in found[factor]] for name in names}
    asked = {factors[0] for factors in having.values() if len(factors) == 1} or {"reg_type"}
    chosen = {FACTORS[f]: tuple(name for name in names if f in having[name]) for f in found if names and f in asked}
    shipped = {name for factor in found for name in shipped_names(factor)}
    mine = [m.name for methods in found.values() for m in methods.values() if m.name not in shipped]
    if own and not set(mine) & set(names):
        where = ", ".join(own.path for own in places)
        raise InputError(f"methods: none of {', '.join(mine) or 'no method'} of {where} is named beside it")
    return chosen | ({"methods": own} if own else {})


def _text(given: object) -> str:
    if not isinstance(given, str | Path):
        raise InputError(f"methods: allowed are names, Python files and values of jaxreg.Method, not {given!r}")
    return str(given)


def _place(method: Method) -> str | Method | None:
    """Returns where processes that share the runs find a method: the file that has it, or else the method itself.

    None of a method of ours, which its name is enough for. A file that holds another one of this name now (it was
    changed, or makes the method by itself no more) is none.
    """
    factor, name = method.factor.name, method.name
    if find_methods(factor).get(name) is method:
        return None
    if (file := file_of(method)) is not None:
        with suppress(InputError):
            found = find_methods(factor, own_methods([file])).get(name)
            if found is not None and found.digest == method.digest:
                return file
    return method


def _network(given: str | type | None) -> str | None:
    """Returns a network as `--network` takes it; processes that share the runs read its file."""
    if given is None or isinstance(given, str):
        return given
    try:
        file = inspect.getsourcefile(given)
    except (TypeError, OSError):
        file = None
    if (
        file is None
        or given.__module__ == "__main__"
        or not Path(file).is_file()
        or not given.__qualname__.isidentifier()
    ):
        name = getattr(given, "__qualname__", repr(given))
        own = "a class that stands in a file of its own, not in the script that calls"
        raise InputError(f"network {name}: {own}, is needed, or 'FILE.py:NAME'")
    named = f"{file}:{given.__qualname__}"
    if not are_alike(own_network(named).cls, given):
        raise InputError(f"network {given.__qualname__}: {file} has another one now; import it again")
    return named


def _arrays(data: Any) -> Dataset:
    if not isinstance(data, tuple | list) or len(data) not in (2, 4):
        allowed = (
            "a source such as 'folder:DIR', jaxreg.data.from_arrays(...), or (images, labels) with or without test"
        )
        raise InputError(f"data: allowed is {allowed}, not a {type(data).__name__}")
    return from_arrays(*data)
