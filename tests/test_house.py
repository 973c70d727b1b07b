"""The order of the house: which part of jaxreg imports which, read from the source and so blind to lazy imports."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, EXPERIMENTS = ROOT / "jaxreg", ROOT / "experiments"
FILES = sorted(PACKAGE.rglob("*.py"))
OUTSIDE = sorted(EXPERIMENTS.rglob("*.py"))

# The parts of jaxreg and all that each may import of the others. Data flow down: data, study, core, stats, report.
ALLOWED = {
    "__init__": {"study", "methods", "text"},  # lazily, in `jaxreg.load`
    "errors": set(),
    "files": {"errors"},
    "records": set(),
    "cli": {"errors", "methods"},
    "compile_cache": {"errors", "files"},
    "data": {"errors", "files"},
    "core": {"errors"},
    "text": set(),
    "methods": {"errors", "text", "core", "records"},
    "study": {"errors", "files", "records", "compile_cache", "data", "core", "methods", "text"},
    "stats": {"errors", "records"},
    "commands": {"errors", "compile_cache", "study", "stats", "verdict", "predict", "claims", "report"},
    "__main__": {"errors", "cli", "commands"},
    "verdict": {"errors", "files", "text", "records", "data", "core", "methods", "study", "stats", "report"},
    "predict": {"errors", "files", "data", "study"},
    "claims": {"errors", "files", "text", "records", "data", "core", "methods", "study", "stats", "report"},
    "report": {"errors", "files", "text", "records", "methods", "stats", "study"},
}
# What is imported in one place only, and that place; or in one place for each of two purposes.
HOMES = {
    "optuna": "study/",
    "sqlalchemy": "study/",
    "grpc": "study/backends.py",
    "orbax": "study/checkpoint.py",
    "matplotlib": ("report/", "claims/plots.py", "verdict/plots.py"),
    "PIL": "data/pictures.py",
    "rich": ("study/", "experiments/bench/screen.py", "verdict/screen.py", "claims/screen.py"),
    "torch": "experiments/bench/torch_loop.py",
    "filelock": "study/locks.py",
    "tensorboardX": "study/events.py",
    "tensorflow_datasets": "data/tfds_source.py",
    "tensorflow": "data/tfds_source.py",
}
OUTSIDE_OF_THE_CORE = {
    *("os", "io", "sys", "pathlib", "tempfile", "shutil", "glob", "subprocess", "socket", "logging"),  # the machine
    *("time", "datetime", "random", "secrets"),  # what differs from run to run
}
BUILTINS_OUTSIDE_OF_THE_CORE = {"open", "print", "input"}


def relative(path):
    return path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT).as_posix()


def part(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source):
    """Returns the full dotted names that a source imports at any depth; `from a import b` imports a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def own_parts(source):
    """Returns the parts of jaxreg that a source imports."""
    return {name.split(".")[1] for name in imports(source) if name.startswith("jaxreg.")}


def top_levels(source):
    return {name.split(".")[0] for name in imports(source)}


def uses(source, names):
    """Returns which of the names a source uses as variables or functions."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} & names


def test_the_reading_of_imports_finds_every_form():
    source = (
        "import os.path\nfrom jaxreg import study\ndef f():\n    from jaxreg.data.npz import load\n    import time as t"
    )
    assert top_levels(source) == {"os", "jaxreg", "time"}
    assert own_parts(source) == {"study", "data"}
    assert uses("def f():\n    with open('x') as g: pass", {"open", "print"}) == {"open"}
    assert "" in top_levels("from . import study")


def test_every_part_of_the_package_has_its_place_in_the_order():
    assert {part(path) for path in FILES} <= ALLOWED.keys()
    assert {"core", "data", "study", "report"} <= {part(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_each_module_imports_only_from_the_parts_below_it(path):
    source = path.read_text(encoding="utf-8")
    assert own_parts(source) <= ALLOWED[part(path)] | {part(path)}
    assert not top_levels(source) & {"bench", *(path.stem for path in OUTSIDE)}, "the wheel has no experiments/"
    assert "" not in top_levels(source), "imports are written in full, or this test cannot read them"


@pytest.mark.parametrize(("library", "home"), HOMES.items(), ids=HOMES)
def test_each_outside_library_is_imported_in_one_place(library, home):
    importers = {relative(path) for path in FILES + OUTSIDE if library in top_levels(path.read_text(encoding="utf-8"))}
    assert {path for path in importers if not path.startswith(home)} == set()
    if library != "tensorflow":  # it is reached through TFDS
        assert importers


@pytest.mark.parametrize("path", [path for path in FILES if part(path) == "core"], ids=relative)
def test_the_core_knows_jax_and_no_files_clock_or_screen(path):
    source = path.read_text(encoding="utf-8")
    allowed = {"jaxreg", "jax", "flax", "optax"} | set(sys.stdlib_module_names) - OUTSIDE_OF_THE_CORE
    assert top_levels(source) <= allowed
    assert uses(source, BUILTINS_OUTSIDE_OF_THE_CORE) == set()


@pytest.mark.parametrize("name", ["data", "stats", "report", "records", "errors", "cli"])
def test_what_is_not_training_needs_no_jax(name):
    for path in FILES:
        if part(path) == name:
            assert not top_levels(path.read_text(encoding="utf-8")) & {"jax", "flax", "optax", "orbax"}, path
