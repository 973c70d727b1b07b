"""What is a user's own: files, run as what they are, their programs; and methods made in Python. Known by SHA-256."""

from __future__ import annotations

import ast
import dataclasses
import dis
import hashlib
import inspect
import pickle
import pickletools
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib import invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jaxreg.errors import InputError
from jaxreg.files import expanded

if TYPE_CHECKING:
    from jaxreg.core.model import Classifier

RULES = ("fwd", "bwd", "jvp")  # of a function with a derivative of its own
_imported: list[ModuleType] = []  # by users' files, which the user has not imported
OWN_MODULE = "jaxreg_own_"  # and the SHA-256 of a user's file: the name of its module


class OwnFile(NamedTuple):
    """A user's Python file: its path, and the SHA-256 of what it held when it was named.

    Where it imports files of its folder, the SHA-256 is that of all of them.
    """

    path: str
    sha256: str


class OwnMethod(NamedTuple):
    """A method that a user has made in Python: its name, the SHA-256 of what trains in it, and the method itself."""

    path: str
    sha256: str
    method: Any

    @property
    def is_portable(self) -> bool:
        """Returns whether another process can have it: one that imports the modules, or the script, of its functions.

        What was made in a notebook, at a prompt or within a function (a lambda, for one) is in no other process.
        """
        try:
            named = _named(self.method)
        except Exception:  # whatever a user's value raises
            return False
        session = getattr(sys.modules["__main__"], "__file__", None) is None
        return not (session and "__main__" in named) and not any(str(name).startswith(OWN_MODULE) for name in named)


def is_of_the_script(value: object) -> bool:
    """Returns whether a value has parts that another process finds only in the script that this one was started by."""
    return "__main__" in _named(value)


def _named(value: object) -> set[Any]:
    """Returns the modules and names by which another process finds the parts of a value."""
    return {arg for _, arg, _ in pickletools.genops(pickle.dumps(value))}


def own_file(path: str, named: str) -> OwnFile:
    """Returns a user's file as it is now; `named` is what named it, "--methods mine.py", for an InputError."""
    try:
        alone, *others = ((name, hashlib.sha256(content).hexdigest()) for name, content in sources(path).items())
    except (OSError, ValueError) as error:  # the latter for a path that holds a zero
        other = str(getattr(error, "filename", None) or path)
        where = f"{other}: " if other != path else ""
        raise InputError(f"{named}: {where}a Python file is needed ({getattr(error, 'strerror', error)})") from None
    said = "\n".join([alone[1], *(f"{name} {value}" for name, value in sorted(others))])
    return OwnFile(path, hashlib.sha256(said.encode()).hexdigest() if others else alone[1])


def sources(path: str) -> dict[str, bytes]:
    """Returns what a user's file holds, and each file in its folder, or below, that it or one of these imports.

    They are read and not run, and called by their paths within the folder.
    """
    folder = Path(path).parent
    found = {Path(path).name: Path(path).read_bytes()}
    left = [Path(path).name]
    while left:
        place = left.pop()
        for level, name in _imports(found[place]):
            start = Path(place).parents[level - 1] if 0 < level <= len(Path(place).parts) else Path()
            for other in _files_of(start, name) if name.partition(".")[0] != "jaxreg" else ():
                if other not in found and (folder / other).is_file():
                    found[other] = (folder / other).read_bytes()
                    left.append(other)
    return found


@cache
def _imports(content: bytes) -> tuple[tuple[int, str], ...]:
    """Returns the names of modules that a program may import, and how many dots are before each."""
    try:
        with warnings.catch_warnings(action="ignore"):
            nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # no program, which is said when it is run
        return ()
    found = [(0, alias.name) for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module or ''}.{alias.name}" for alias in node.names)]
            found += [(node.level, name.strip(".")) for name in names]
    return tuple(dict.fromkeys(found))


def _files_of(start: Path, name: str) -> list[str]:
    """Returns the paths that a module and the packages around it may have, from a folder on."""
    parts = name.split(".") if name else []
    places = [start.joinpath(*parts[:count]) for count in range(len(parts) + 1)]
    inits = [place / "__init__.py" for place in places if place.parts]
    return [path.as_posix() for path in (*inits, *(place.with_suffix(".py") for place in places[1:]))]


def _module_names(places: Iterable[str]) -> set[str]:
    """Returns the names of modules that files within a folder are, and of the packages around them."""
    parts = [Path(place.removesuffix("/__init__.py")).with_suffix("").parts for place in places]
    return {".".join(own[:count]) for own in parts for count in range(1, len(own) + 1)}


def run_own(file: OwnFile, named: str) -> ModuleType:
    """Returns a user's file as a module, run once in a process as long as it stays the same.

    Raises:
      InputError: it was changed since it was named, or it cannot be run.
    """
    if own_file(file.path, named) != file:
        raise InputError(f"{named}: it was changed while it was in use; start again")
    try:
        return _module(file)
    except (Exception, SystemExit) as error:  # whatever a user's program raises
        raise InputError(f"{named}: {ended(error)}") from error


def ended(error: BaseException, what: str = "it") -> str:
    """Returns in one line how a user's program ended."""
    reason = (str(error).splitlines() or [""])[0]
    return f"{what} ends with {type(error).__name__}: {reason}"


@cache
def _module(file: OwnFile) -> ModuleType:
    spec = spec_from_file_location(f"{OWN_MODULE}{file.sha256}", file.path)
    if spec is None or spec.loader is None:
        raise ImportError("the name of a Python file ends in .py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    with _importing_beside(file.path):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _importing_beside(path: str) -> Iterator[None]:
    """Has a file import those beside it, as a script does, as they are now; others of these names stay as they are."""
    _, *others = sources(path)
    names, folder = _module_names(others), str(Path(path).absolute().parent)
    before = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
    sys.path.insert(0, folder)
    invalidate_caches()
    try:
        yield
    finally:
        with suppress(ValueError):  # the file may have changed where Python looks
            sys.path.remove(folder)
        users = {name: held for name, held in before.items() if held not in _imported}
        sys.modules.update(users)
        _imported.extend(sys.modules[name] for name in names & sys.modules.keys() - users.keys())


def file_of(value: object) -> str | None:
    """Returns the file of the module that has a value, by a name or in a list; None where a script or none has it.

    A file within a package cannot be run by itself, and does not count.
    """
    for name, module in list(sys.modules.items()):
        file, package = (getattr(module, part, None) for part in ("__file__", "__package__"))
        if name in ("__main__", "__mp_main__") or package or not file or not file.endswith(".py"):
            continue
        for held in list(vars(module).values()):
            if held is value or (isinstance(held, list | tuple) and any(item is value for item in held)):
                return str(file)
    return None


def digest(value: object) -> str:
    """Returns the SHA-256 of values and of what functions and classes among them do.

    Of a function that is its bytecode, its defaults, what it closes over, and what of its own module it uses; what it
    uses of other modules counts by its name. So it is the same in another process, and another with another version of
    Python.

    >>> digest(lambda x: 2 * x) == digest(lambda x: 2 * x), digest(lambda x: 2 * x) == digest(lambda x: 3 * x)
    (True, False)
    """
    return hashlib.sha256("\n".join(_said(value, None, {})).encode()).hexdigest()


def are_alike(one: type, other: type) -> bool:
    """Returns whether two classes do the same, whatever their modules are called; so it is where that is not known."""
    try:
        texts = ["\n".join(_said(value, None, {})) for value in (one, other)]
    except Exception:  # whatever a user's value raises
        return True
    for name in sorted({one.__module__, other.__module__}, key=len, reverse=True):
        texts = [text.replace(name, "") for text in texts]
    return texts[0] == texts[1]


def _said(value: Any, home: str | None, seen: dict[int, Any]) -> Iterator[str]:
    """Yields what is to be known of a value; `home` is the module of the function that uses it."""
    rules = [rule for name in RULES if (rule := getattr(value, name, None))] if hasattr(value, "__wrapped__") else []
    if rules and id(value) not in seen:
        seen[id(value)] = value
        for rule in rules:
            yield from _said(rule, home, seen)
    value = inspect.unwrap(value) if callable(value) else value
    kind, defined = type(value), isinstance(value, FunctionType | type)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield f"{kind.__name__} {value!r}"
    elif isinstance(value, ModuleType):
        yield f"module {value.__name__}"
    elif defined and home not in (None, value.__module__):
        yield f"{value.__module__}.{value.__qualname__}"
    elif id(value) in seen:
        yield "as before"
    else:
        if not isinstance(value, tuple | frozenset | CodeType):  # of which Python may keep one for several
            seen[id(value)] = value
        yield f"{kind.__module__}.{kind.__qualname__}"
        for part in _parts(value):
            yield from _said(part, value.__module__ if defined else home, seen)
        yield "end"


def _parts(value: Any) -> list[Any]:
    """Returns what a value is made of."""
    if isinstance(value, CodeType):
        return [value.co_code, value.co_names, value.co_varnames, value.co_freevars, value.co_flags, value.co_consts]
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        used = {name: value.__globals__[name] for name in sorted(_globals(value.__code__) & value.__globals__.keys())}
        return [value.__code__, value.__defaults__, value.__kwdefaults__, cells, used]
    if isinstance(value, type):
        own = {name: part for name, part in vars(value).items() if _is_written(name, part)}
        fields = {name: str(hint) for name, hint in inspect.get_annotations(value).items()}
        return [value.__qualname__, *value.__bases__, fields, own]
    if hasattr(value, "__array__"):
        array = value.__array__()
        return [array.shape, array.dtype.str, array.tobytes()]
    if isinstance(value, Mapping):
        return [part for item in value.items() for part in item]
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return list(value)
    parts = ("func", "args", "keywords", "__func__", "__self__", "fget", "__module__", "__name__")
    slots = (name for kind in type(value).__mro__ for name in _listed(getattr(kind, "__slots__", ())))
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)} | getattr(value, "__dict__", {})
    made_by = [type(value)] if _is_a_users(type(value).__module__) else []
    shown = [] if held or "0x" in repr(value) else [repr(value)]  # of a number of the standard library, say
    return [*(getattr(value, part, None) for part in parts), {**held}, *made_by, *shown]


def _is_written(name: str, part: Any) -> bool:
    """Returns whether something of a class has been written by its author, rather than made by Python or a library."""
    if name.startswith("__"):
        return name == "__call__"
    return not name.startswith("_") or isinstance(part, FunctionType | property | classmethod | staticmethod)


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _is_a_users(module: str) -> bool:
    """Returns whether a module is of a user: a script, a notebook, or a file that is not installed."""
    if module in ("__main__", "__mp_main__") or module.startswith(OWN_MODULE):
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return file is not None and module.partition(".")[0] != "jaxreg" and not any(map(str(file).startswith, libraries))


def _globals(code: CodeType) -> set[str]:
    """Returns the names of all that a function may use of its module, functions within it included."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    own = {use.argval for use in dis.get_instructions(code) if use.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*map(_globals, inner))


class OwnNetwork(NamedTuple):
    """A user's network: the class of a name in a file."""

    file: OwnFile
    name: str

    @property
    def option(self) -> str:
        """Returns what named it."""
        return f"--network {self.file.path}:{self.name}"

    @property
    def cls(self) -> type[Classifier]:
        """Returns the class; the file is run.

        Raises:
          InputError: the file cannot be run, or what it has of this name is no network.
        """
        module = run_own(self.file, self.option)
        if not hasattr(module, self.name):
            raise InputError(f"{self.option}: there is no {self.name} in the file")
        return checked_network(getattr(module, self.name), self.option)

    def make(self, num_classes: int) -> Classifier:
        """Returns the network, its fields but `num_classes` at what the class gives them.

        Raises:
          InputError: it cannot be made so.
        """
        return made(self.cls, {"num_classes": num_classes}, self.option)


def own_network(given: str) -> OwnNetwork:
    """Returns the network that FILE.py:NAME names, its file as it is now; it is not run.

    Raises:
      InputError: the words are of another form, or the file cannot be read.
    """
    path, colon, name = given.rpartition(":")
    if not (colon and path and name.isidentifier()):
        raise InputError(f"--network {given}: allowed is FILE.py:NAME, NAME that of a Flax module in the file")
    return OwnNetwork(own_file(expanded(path, "--network"), f"--network {given}"), name)


def checked_network(found: Any, named: str) -> type[Classifier]:
    """Returns a class that is one of networks.

    Raises:
      InputError: it is no Flax module of `__call__(images, train)` or `(images, train, mask)` with `num_classes`.
    """
    import flax.linen as nn  # JAX: nothing that --help needs

    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        kind = found.__name__ if isinstance(found, type) else type(found).__name__
        raise InputError(f"{named}: a class that is a flax.linen.Module is needed, not {kind}")
    if "num_classes" not in fields_of(found):
        raise InputError(f"{named}: it needs a field num_classes: int, the number of logits")
    if "train" not in inspect.signature(found.__call__).parameters:
        raise InputError(f"{named}: its __call__ needs the argument train, as in __call__(self, images, train)")
    return cast("type[Classifier]", found)


def made(network: type[Classifier], fields: Mapping[str, Any], named: str) -> Classifier:
    """Returns a network of these fields.

    Raises:
      InputError: it cannot be made of them, or what it is made of has no hash, by which programs are told apart.
    """
    try:
        model = network(**fields)
        hash(model)
    except Exception as error:  # whatever a user's program raises
        raise InputError(f"{named}: {ended(error, 'making it')}") from error
    return model


def fields_of(network: Any) -> set[str]:
    """Returns the names of a network's fields, of its class or of itself."""
    return {field.name for field in dataclasses.fields(network)} - {"parent", "name"}
