"""Paths as a person writes them."""

from __future__ import annotations

import os

from jaxreg.errors import InputError


def expanded(path: str, option: str) -> str:
    """Returns a path with its leading ~ or ~USER as that home folder, which a shell does not do within --out=~/x.

    Raises:
      InputError: there is no such home folder; the line begins with `option`, what gave the path.
    """
    found = os.path.expanduser(path)
    if found.startswith("~"):
        user = found.split("/")[0]
        raise InputError(f"{option} {path}: there is no home folder {user}; allowed is ./{user} for one of that name")
    return found
