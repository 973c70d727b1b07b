"""A verdict by one call in Python: `jaxreg.compare`."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxreg.data import Dataset, from_arrays
from jaxreg.engine.machine import prepare
from jaxreg.errors import InputError, one_of
from jaxreg.methods import find_methods, own_files
from jaxreg.verdict.answer import Verdict
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.write import write_verdict_report

FACTORS = {"norm_type": "norm_types", "reg_type": "reg_types"}


def compare_methods(
    data: Any,
    network: str | type | None,
    methods: Sequence[str | Path],
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
        one_of("setting", name, [name for name in known if name not in ("data", "network", "methods", "out")])
    if isinstance(methods, str | Path):
        raise InputError(f"methods: a list of names and of Python files is needed, not {str(methods)!r}")
    chosen: dict[str, Any] = {**_methods([str(method) for method in methods]), **settings}
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()}
    given = None if isinstance(data, str | Path) else data if isinstance(data, Dataset) else _arrays(data)
    if given is None:
        chosen["data"] = str(data)
    config = VerdictConfig(network=_network(network), out=str(out), **chosen).effective()
    prepare(config)
    results = run_verdict(config, given)
    write_verdict_report(results, Path(config.out), config.lang)
    return Verdict(results, config.lang)


def _methods(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns as settings the files among names, and the names by the factors that have them: regularizers first."""
    files = tuple(name for name in given if name.endswith(".py"))
    own = own_files(files)
    found = {factor: find_methods(factor, own) for factor in ("reg_type", "norm_type")}
    chosen: dict[str, list[str]] = {}
    for name in given:
        if name not in files:
            one_of("method", name, list(dict.fromkeys(known for methods in found.values() for known in methods)))
            chosen.setdefault(next(factor for factor in found if name in found[factor]), []).append(name)
    named = {FACTORS[factor]: tuple(names) for factor, names in chosen.items()}
    return named | ({"methods": files} if files else {})


def _network(given: str | type | None) -> str | None:
    """Returns a network as `--network` takes it; processes that share the runs read its file."""
    if given is None or isinstance(given, str):
        return given
    try:
        file = inspect.getsourcefile(given)
    except (TypeError, OSError):
        file = None
    if file is None or not Path(file).is_file() or not given.__qualname__.isidentifier():
        name = getattr(given, "__qualname__", repr(given))
        raise InputError(f"network {name}: a class that stands in a file of its own is needed, or 'FILE.py:NAME'")
    return f"{file}:{given.__qualname__}"


def _arrays(data: Any) -> Dataset:
    if not isinstance(data, tuple | list) or len(data) not in (2, 4):
        allowed = (
            "a source such as 'folder:DIR', jaxreg.data.from_arrays(...), or (images, labels) with or without test"
        )
        raise InputError(f"data: allowed is {allowed}, not a {type(data).__name__}")
    return from_arrays(*data)
