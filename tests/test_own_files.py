"""A user's file is known by what it and the user's files that it imports hold, and finds those beside it."""

import hashlib
import importlib
import sys
from pathlib import Path

import pytest

from jaxreg import own
from jaxreg.errors import InputError
from jaxreg.own import own_file, run_own, sources
from jaxreg.verdict.compare import _network

NAMES = ("helper", "helper_net", "helper_lib", "pack", "part")  # of modules of these tests
MINE = "import json\nimport numpy as np\nfrom jaxreg import Text\nfrom helper import K\nVALUE = K\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a file and one that it imports; neither the current one nor one where Python looks."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ("helper", "helper_net", "helper_lib", "pack", "part")
    ]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.py").write_text(MINE)
    (tmp_path / "own" / "helper.py").write_text("K = 1\n")
    return tmp_path / "own"


def file_in(folder):
    return own_file(str(folder / "mine.py"), "--methods")


def test_a_file_that_imports_none_beside_it_is_known_by_what_it_holds(folder):
    (folder / "mine.py").write_text(MINE.replace("from helper import K", "K = 1"))
    assert file_in(folder).sha256 == hashlib.sha256((folder / "mine.py").read_bytes()).hexdigest()


def test_what_files_beside_it_hold_counts_if_they_are_imported(folder):
    assert [*sources(str(folder / "mine.py"))] == ["mine.py", "helper.py"]
    before = file_in(folder)
    (folder / "other.py").write_text("")
    assert file_in(folder) == before
    (folder / "helper.py").write_text("K = 2\n")
    assert file_in(folder).sha256 != before.sha256


def test_packages_and_relative_imports_are_followed_and_files_of_one_name_are_several(folder):
    (folder / "mine.py").write_text("def later():\n    from pack.inner import a\n")
    (folder / "pack" / "sub").mkdir(parents=True)
    (folder / "pack" / "__init__.py").write_text("from . import inner\nimport jaxreg.verdict\n")
    (folder / "pack" / "inner.py").write_text("from .sub.mine import b\nfrom pack import inner\na = b\n")
    (folder / "pack" / "sub" / "__init__.py").write_text("")
    (folder / "pack" / "sub" / "mine.py").write_text("from ..leaf import c\n")
    (folder / "pack" / "leaf.py").write_text("b = 1 +\n")  # no Python, which is said when it is run
    (folder / "leaf.py").write_text("")  # which none imports
    found = ["pack/__init__.py", "pack/inner.py", "pack/leaf.py", "pack/sub/__init__.py", "pack/sub/mine.py"]
    assert sorted(sources(str(folder / "mine.py"))) == ["mine.py", *found]
    known = {file_in(folder).sha256}
    for place in ("mine.py", *found):
        (folder / place).write_text((folder / place).read_text() + "# more\n")
        known.add(file_in(folder).sha256)
    assert len(known) == 7


def value_of(folder):
    return run_own(file_in(folder), "--methods").VALUE


def test_a_file_finds_those_beside_it_as_they_are_now(folder):
    (folder / "helper.py").write_text("from part import leaf\nK = leaf.K\n")
    (folder / "part").mkdir()
    before = list(sys.path)
    for value in (1, 23, 456):
        (folder / "part" / "leaf.py").write_text(f"K = {value}\n")
        assert value_of(folder) == value
        left = sys.modules["part.leaf"]
        assert value == left.K
        assert left in own._imported  # and so none of the user's, which would be put back
    assert sys.path == before


def test_files_of_one_name_in_two_folders_and_the_users_own_module_are_no_others(folder, tmp_path, monkeypatch):
    for place, value in (("users", 1), ("second", 2)):
        (tmp_path / place).mkdir()
        (tmp_path / place / "helper.py").write_text(f"K = {value}\n")
    (tmp_path / "second" / "mine.py").write_text(MINE)
    (folder / "helper.py").write_text("K = 3\n")
    monkeypatch.syspath_prepend(tmp_path / "users")
    users = importlib.import_module("helper")
    assert [value_of(folder), value_of(tmp_path / "second")] == [3, 2]
    assert sys.modules["helper"] is users


def test_a_file_may_change_where_python_looks(folder, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (folder / "lib").mkdir()
    (folder / "lib" / "helper_lib.py").write_text("K = 7\n")
    text = f"import sys\nsys.path[0] = {str(folder / 'lib')!r}\nfrom helper_lib import K as VALUE\n"
    (folder / "mine.py").write_text(text)
    assert [value_of(folder), value_of(folder)] == [7, 7]


def test_a_file_whose_import_changed_since_it_was_named_is_refused(folder):
    named = file_in(folder)
    (folder / "helper.py").write_text("K = 5\n")
    with pytest.raises(InputError, match="--methods: it was changed while it was in use; start again"):
        run_own(named, "--methods")


NET = """
import enum
import flax.linen as nn

class Kind(enum.Enum):
    WIDE = 1

class Block(nn.Module):
    def __call__(self, x):
        return x

class Net(nn.Module):
    num_classes: int
    width: int = 4
    kind: Kind = Kind.WIDE
    block: type[Block] = Block

    def __call__(self, images, train):
        return nn.Dense(self.num_classes)(images)
"""


def test_a_class_that_its_file_has_no_more_as_it_is_is_no_network(folder, monkeypatch):
    (folder / "helper_net.py").write_text(NET)
    monkeypatch.syspath_prepend(folder)
    net = importlib.import_module("helper_net").Net
    assert _network(net) == f"{Path(folder, 'helper_net.py')}:Net"
    (folder / "helper_net.py").write_text(NET.replace("= 4", "= 64"))
    with pytest.raises(InputError, match=r"network Net: .*helper_net\.py has another one now; import it again"):
        _network(net)
