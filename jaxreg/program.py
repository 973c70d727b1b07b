"""How jaxreg was called, so that a command that is printed works when it is copied."""

import os
import shutil
import sys
from pathlib import Path


def called_as(name: str) -> list[str]:
    """Returns the words that call a command of jaxreg from the present folder, as this process was called.

    That is the program (`jaxreg search`; with its folder where a shell would not find it), `python -m jaxreg search` or
    `python experiments/search.py`; for a call in Python it is the second.
    """
    program = Path(sys.argv[0])
    if program.stem == "jaxreg":
        return [_found(program), name]
    script = program.parent / f"{name}.py"
    is_script = script.absolute().parent.name == "experiments" and script.is_file()
    return [_found(Path(sys.executable)), *([str(script)] if is_script else ["-m", "jaxreg", name])]


def _found(program: Path) -> str:
    """Returns a program's name where a shell finds this one by it, else its path, from the present folder if in it."""
    by_name = shutil.which(program.name)
    if by_name and os.path.abspath(by_name) == os.path.abspath(program):  # not resolved: an environment is a link
        return program.name
    path = Path(os.path.abspath(program))
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return str(near) if len(near.parts) > 1 else os.path.join(os.curdir, near)  # a bare name is looked for elsewhere
