"""The order of the house: which part of jaxreg imports which, read from the source and so blind to lazy imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE, EXPERIMENTS = ROOT / "jaxreg", ROOT / "experiments"
FILES = sorted(PACKAGE.rglob("*.py"))
OUTSIDE = sorted(EXPERIMENTS.rglob("*.py"))

# The parts of jaxreg and all that each may import of the others: slices (search, verdict, claims) above engine and
# pages, these above methods and data, these above the core. No slice knows another, but that the verdict tunes with the
# search's own run. The words, page and figures of a slice are its own.
BASE = {"errors", "files", "text", "records", "program", "own", "data", "core", "methods", "engine", "pages"}
ALLOWED = {
    "__init__": {"trained", "methods", "text", "nn", "judging", "verdict"},  # lazily
    "__main__": {"errors", "text", "records", "program", "cli", "commands"},
    "cli": {"errors", "text", "records", "methods"},
    "commands": {
        "errors",
        "text",
        "records",
        "program",
        "compile_cache",
        "engine",
        "pages",
        "stats",
        "search",
        "verdict",
        "claims",
        "judging",
        "predict",
    },
    "search": BASE,
    "verdict": BASE | {"stats", "search"},
    "claims": BASE,
    "judging": BASE | {"stats", "verdict"},
    "predict": {"errors", "files", "text", "data", "trained"},
    "trained": {"errors", "files", "records", "own", "data", "core", "methods", "engine"},
    "engine": {"errors", "files", "text", "records", "program", "own", "compile_cache", "data", "core", "methods"},
    "pages": {"errors", "files", "text", "records", "methods"},
    "stats": {"errors", "records"},
    "methods": {"errors", "text", "records", "own", "core"},
    "nn": {"core"},
    "own": {"errors", "files", "core"},
    "data": {"errors", "files", "text"},
    "core": {"errors", "text"},
    "compile_cache": {"errors", "files", "text", "core"},
    "files": {"errors", "text"},
    "records": set(),
    "text": set(),
    "errors": {"text"},
    "program": set(),
}
# What one slice takes of another, and of what: a verdict runs a search with its settings, and takes none of its words;
# scores from elsewhere are given the verdict's words, tables, figures and page, and nothing of how it is made.
BETWEEN_SLICES = {
    ("verdict", "search"): {"run", "config"},
    ("judging", "verdict"): {"answer", "results", "tables", "write"},
}
# What is imported in one place only, and that place; or in one place for each of two purposes.
HOMES = {
    "optuna": ("engine/", "search/", "verdict/confirm.py", "claims/trainings.py", "experiments/bench/lookback.py"),
    "sqlalchemy": "engine/",
    "grpc": "engine/backends.py",
    "orbax": "engine/checkpoint.py",
    "matplotlib": ("pages/", "search/", "verdict/plots.py", "claims/plots.py"),
    "PIL": "data/pictures.py",
    "rich": ("engine/", "experiments/bench/screen.py"),
    "torch": ("experiments/bench/torch_loop.py", "experiments/bench/torch_fast.py"),
    "filelock": "files.py",
    "tensorboardX": "search/events.py",
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
        "import os.path\nfrom jaxreg import engine\ndef f():\n    from jaxreg.data.npz import load\n    import time"
    )
    assert top_levels(source) == {"os", "jaxreg", "time"}
    assert own_parts(source) == {"engine", "data"}
    assert uses("def f():\n    with open('x') as g: pass", {"open", "print"}) == {"open"}
    assert "" in top_levels("from . import study")


def test_every_part_of_the_package_has_its_place_in_the_order():
    assert {part(path) for path in FILES} <= ALLOWED.keys()
    assert {"core", "data", "engine", "pages", "search"} <= {part(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_each_module_imports_only_from_the_parts_below_it(path):
    source = path.read_text(encoding="utf-8")
    assert own_parts(source) <= ALLOWED[part(path)] | {part(path)}
    assert not top_levels(source) & {"bench", *(path.stem for path in OUTSIDE)}, "the wheel has no experiments/"
    assert "" not in top_levels(source), "imports are written in full, or this test cannot read them"


def test_no_slice_takes_more_of_another_than_its_run():
    slices = {"search", "verdict", "claims", "judging"}
    for path in FILES:
        if part(path) in slices:
            for name in imports(path.read_text(encoding="utf-8")):
                package, of, module = [*name.split("."), "", ""][:3]
                if package == "jaxreg" and of in slices - {part(path)} and module:
                    assert module in BETWEEN_SLICES.get((part(path), of), set()), (relative(path), name)


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


@pytest.mark.parametrize("name", ["data", "stats", "pages", "records", "errors", "cli"])
def test_what_is_not_training_needs_no_jax(name):
    for path in FILES:
        if part(path) == name:
            assert not top_levels(path.read_text(encoding="utf-8")) & {"jax", "flax", "optax", "orbax"}, path


TOP = {".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile"}
TOP |= {"README.ko.md", "README.md", "constraints.txt", "docs", "examples", "experiments", "jaxreg", "pyproject.toml"}


def test_nothing_that_a_run_has_left_is_kept_with_the_code():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("no clone")
    assert {name.partition("/")[0] for name in listed.stdout.splitlines()} <= TOP | {"tests"}
