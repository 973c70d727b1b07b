"""Files of a user's own: named on the command line, run as what they are, their programs; remembered by SHA-256."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jaxreg.errors import InputError
from jaxreg.files import expanded

if TYPE_CHECKING:
    from jaxreg.core.model import Classifier


class OwnFile(NamedTuple):
    """A user's Python file: its path, and the SHA-256 of what it held when it was named."""

    path: str
    sha256: str


def own_file(path: str, named: str) -> OwnFile:
    """Returns a user's file as it is now; `named` is what named it, "--methods mine.py", for an InputError."""
    try:
        return OwnFile(path, hashlib.sha256(Path(path).read_bytes()).hexdigest())
    except (OSError, ValueError) as error:  # the latter for a path that holds a zero
        raise InputError(f"{named}: a Python file is needed ({getattr(error, 'strerror', error)})") from None


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
    spec = spec_from_file_location(f"jaxreg_own_{file.sha256}", file.path)
    if spec is None or spec.loader is None:
        raise ImportError("the name of a Python file ends in .py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


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
