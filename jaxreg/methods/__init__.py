"""The methods that can be compared: each a value in a file of this folder, or in a user's own. Light to import."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jaxreg.errors import InputError
from jaxreg.own import OwnFile, OwnMethod, own_file, run_own

if TYPE_CHECKING:
    from jaxreg.core.model import Normalization
    from jaxreg.methods.method import Method

__all__ = ["Own", "find_methods", "normalization", "own_methods", "shipped_names"]

Own = OwnFile | OwnMethod  # where a user's methods are


def own_methods(given: Sequence[str | Method]) -> tuple[Own, ...]:
    """Returns where a user's methods are: paths of files, as these are now, or the methods themselves.

    Raises:
      InputError: a file cannot be read, or one of them is neither a path nor a method.
    """
    for own in given:
        if not (isinstance(own, str) or hasattr(own, "digest")):  # a Method, whose class takes JAX
            raise InputError(f"--methods {own!r}: allowed are paths of Python files, and values jaxreg.Method")
    return tuple(
        own_file(own, f"--methods {own}") if isinstance(own, str) else OwnMethod(own.name, own.digest, own)
        for own in given
    )


@cache
def find_methods(factor: str, own: tuple[Own, ...] = ()) -> Mapping[str, Method]:
    """Returns the methods of a factor ("norm_type", "reg_type") by their names.

    They are found in the files of this folder and in what is a user's `own`; files are run as what they are, programs.

    Raises:
      InputError: an own file cannot be run, has no method, or one of a name that there is already.

    >>> [method.text.en for method in find_methods("norm_type").values() if method.is_nothing]
    ['no normalization']
    """
    modules = [importlib.import_module(f"{__name__}.{name}") for name in _files()]
    found = {m.name: m for module in modules for m in getattr(module, "METHODS", ()) if m.factor.name == factor}
    for file in own:
        for method in _methods_of(file):
            if method.factor.name == factor:
                if method.name in found:
                    raise InputError(
                        f"--methods {file.path}: {method.name} is the name of another method; give another one"
                    )
                found[method.name] = method
    return found


def normalization(name: str, own: tuple[Own, ...] = ()) -> type[Normalization]:
    """Returns the kind of normalization of a name.

    Raises:
      InputError: there is none of this name.
    """
    methods = find_methods("norm_type", own)
    if name not in methods:
        raise InputError(f"normalization {name!r}: allowed is {', '.join(methods)}; your own needs its file, --methods")
    return methods[name].normalization


# A method as files of this folder have it, formatted.
CALL = re.compile(r"^    Method\((?:[^\n]+\)|\n.*?^    \)),$", re.MULTILINE | re.DOTALL)


@cache
def shipped_names(factor: str) -> tuple[str, ...]:
    """Returns the names of this folder's methods of a factor, read from the source: nothing is imported for --help."""
    texts = ((Path(__path__[0]) / f"{name}.py").read_text(encoding="utf-8") for name in _files())
    calls = (call for text in texts for call in CALL.findall(text))
    return tuple(
        re.findall('"(.*?)"', call)[0] for call in calls if ("NORMALIZATION" in call) == (factor == "norm_type")
    )


def _files() -> Sequence[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def _methods_of(file: Own) -> list[Method]:
    """Returns a user's method, or the methods of their file: all values of its names that are methods."""
    from jaxreg.methods.method import Method

    if isinstance(file, OwnMethod):
        return [file.method]
    values = vars(run_own(file, f"--methods {file.path}")).values()
    listed = [item for value in values if isinstance(value, list | tuple) for item in value]
    found = list(dict.fromkeys(v for v in [*values, *listed] if isinstance(v, Method)))
    if not found:
        raise InputError(f"--methods {file.path}: no jaxreg.Method in it")
    return found
