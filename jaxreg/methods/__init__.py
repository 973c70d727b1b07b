"""The methods that can be compared: each a value in a file of this folder, or in a user's own. Light to import."""

from __future__ import annotations

import ast
import hashlib
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from jaxreg.errors import InputError

if TYPE_CHECKING:
    from jaxreg.core.model import Normalization
    from jaxreg.methods.method import Method

__all__ = ["find_methods", "normalization", "own_digest", "shipped_names"]


@cache
def find_methods(factor: str, own: tuple[str, ...] = ()) -> Mapping[str, Method]:
    """Returns the methods of a factor ("norm_type", "reg_type") by their names.

    They are found in the files of this folder and in `own` files, which are run as what they are: a user's programs.

    Raises:
      InputError: an own file cannot be run, has no method, or one of a name that there is already.

    >>> [method.text.en for method in find_methods("norm_type").values() if method.is_nothing]
    ['no normalization']
    """
    modules = [importlib.import_module(f"{__name__}.{name}") for name in _files()]
    found = {m.name: m for module in modules for m in getattr(module, "METHODS", ()) if m.factor.name == factor}
    for path in own:
        for method in _own_methods(path):
            if method.factor.name == factor:
                if method.name in found:
                    raise InputError(f"--methods {path}: {method.name} is the name of another method; give another one")
                found[method.name] = method
    return found


def normalization(name: str, own: tuple[str, ...] = ()) -> type[Normalization]:
    """Returns the kind of normalization of a name.

    Raises:
      InputError: there is none of this name.
    """
    methods = find_methods("norm_type", own)
    if name not in methods:
        raise InputError(f"normalization {name!r}: allowed is {', '.join(methods)}")
    return methods[name].normalization


def shipped_names(factor: str) -> tuple[str, ...]:
    """Returns the names of this folder's methods of a factor, read from the source: nothing is imported for --help."""
    trees = [ast.parse((Path(__path__[0]) / f"{name}.py").read_text(encoding="utf-8")) for name in _files()]
    return tuple(name for tree in trees for name, of in _named(tree) if of == factor)


def _named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yields name and factor of each `Method(...)` in a source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Method" and node.args:
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            yield (
                ast.literal_eval(node.args[0]),
                {"NORMALIZATION": "norm_type"}.get(given.get("factor", ""), "reg_type"),
            )


def _files() -> Sequence[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def own_digest(path: str) -> str:
    """Returns the SHA-256 of a user's file of methods, which makes part of what a study is."""
    return hashlib.sha256(_source(path)).hexdigest()


def _source(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"--methods {path}: a Python file is needed ({error.strerror})") from None


@cache
def _run(path: str) -> ModuleType:
    """Returns a user's file as a module, run once in a process."""
    _source(path)
    spec = spec_from_file_location(f"jaxreg_own_{hashlib.sha256(path.encode()).hexdigest()[:16]}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"--methods {path}: a Python file is needed, whose name ends in .py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's program raises
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"--methods {path}: it ends with {type(error).__name__}: {reason}") from error
    return module


def _own_methods(path: str) -> list[Method]:
    """Returns the methods of a user's file: all values of its names that are methods."""
    from jaxreg.methods.method import Method

    values = vars(_run(path)).values()
    listed = [item for value in values if isinstance(value, list | tuple) for item in value]
    found = list(dict.fromkeys(v for v in [*values, *listed] if isinstance(v, Method)))
    if not found:
        raise InputError(f"--methods {path}: no jaxreg.Method in it")
    return found
