"""A user's file is known by what it and the user's files that it imports hold, and finds those beside it."""

import hashlib
import importlib
import sys
from pathlib import Path

import pytest

from jaxreg.errors import InputError
from jaxreg.own import own_file, run_own, sources
from jaxreg.verdict.compare import _network

MINE = "import json\nimport numpy as np\nfrom jaxreg import Text\nfrom helper import K\nVALUE = K\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a file and one that it imports; neither the current one nor one where Python looks."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("helper", "helper_net", "pack")]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.py").write_text(MINE)
    (tmp_path / "own" / "helper.py").write_text("K = 1\n")
    return tmp_path / "own"


def file_in(folder):
    return own_file(str(folder / "mine.py"), "--methods")


def test_a_file_that_imports_none_of_the_users_is_known_by_what_it_holds(folder):
    alone = (folder / "mine.py").write_text(MINE.replace("from helper import K", "K = 1"))
    assert file_in(folder).sha256 == hashlib.sha256((folder / "mine.py").read_bytes()).hexdigest(), alone


def test_what_an_imported_file_holds_counts_and_what_a_library_holds_does_not(folder):
    assert [path.name for path in sources(folder / "mine.py")] == ["mine.py", "helper.py"]
    before = file_in(folder)
    assert file_in(folder) == before
    (folder / "helper.py").write_text("K = 2\n")
    assert file_in(folder).sha256 != before.sha256


def test_packages_relative_imports_and_where_python_looks_are_followed_each_file_once(folder, tmp_path, monkeypatch):
    (folder / "mine.py").write_text("def later():\n    from pack.inner import a\n    import elsewhere\n")
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text("from . import inner\n")
    (folder / "pack" / "inner.py").write_text("from .other import b\nfrom pack import inner\na = b\n")
    (folder / "pack" / "other.py").write_text("b = 1 +\n")  # no Python, which is said when it is run
    (tmp_path / "elsewhere.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in sources(folder / "mine.py")]
    assert found[0] == "own/mine.py"
    assert sorted(found[1:]) == ["elsewhere.py", "own/pack/__init__.py", "own/pack/inner.py", "own/pack/other.py"]


def test_a_file_finds_those_beside_it_and_what_changed_is_imported_anew(folder):
    before = list(sys.path)
    assert run_own(file_in(folder), "--methods").VALUE == 1
    (folder / "helper.py").write_text("K = 23\n")
    assert run_own(file_in(folder), "--methods").VALUE == 23
    assert sys.path == before


def test_a_file_whose_import_changed_since_it_was_named_is_refused(folder):
    named = file_in(folder)
    (folder / "helper.py").write_text("K = 5\n")
    with pytest.raises(InputError, match="--methods: it was changed while it was in use; start again"):
        run_own(named, "--methods")


def test_a_class_that_its_file_has_no_more_as_it_is_is_no_network(folder, monkeypatch):
    text = "import flax.linen as nn\nclass Net(nn.Module):\n    num_classes: int\n    width: int = 4\n"
    text += "    def __call__(self, images, train):\n        return nn.Dense(self.num_classes)(images)\n"
    (folder / "helper_net.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    Net = importlib.import_module("helper_net").Net

    assert _network(Net) == f"{Path(folder, 'helper_net.py')}:Net"
    (folder / "helper_net.py").write_text(text.replace("= 4", "= 64"))
    with pytest.raises(InputError, match=r"network Net: .*helper_net\.py has another one now; import it again"):
        _network(Net)
