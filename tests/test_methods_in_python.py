"""Methods that are values in Python: named by the file that has them, or themselves; known by what trains in them."""

import dataclasses
import json
import pickle
import re
import sys
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import own_method
import pytest
from test_compare import FEW, pictures

import jaxreg
from jaxreg import LogUniform, Method, Text
from jaxreg.engine import workers
from jaxreg.errors import InputError
from jaxreg.methods import find_methods, own_methods
from jaxreg.own import digest, file_of
from jaxreg.verdict import run as verdict_run
from jaxreg.verdict.compare import _methods
from jaxreg.verdict.config import VerdictConfig

ROOT = Path(__file__).parents[1]
WORDS = Text("half", "절반")
FILE = own_method.__file__


def weigh(params, hparams):
    return hparams["strength"] * scaled(params["dense2"]["kernel"]).sum()


def scaled(kernel):
    return SCALE * abs(kernel) ** 0.5


SCALE = 2.0


def half(penalty, name="half", **changed):
    return Method(name, **{"text": WORDS, "space": {"strength": LogUniform(1e-6, 1e-2)}, "penalty": penalty} | changed)


def lone(scale=2.0):
    """Returns a method that no other process can have, as it closes over what is here."""
    return half(lambda params, hparams: scale * hparams["strength"] * abs(params["dense2"]["kernel"]).sum())


def config_of(method):
    return VerdictConfig(methods=(method,), reg_types=("none", method.name), norm_types=("none",), lang="en")


def test_a_method_of_a_file_is_named_by_it_and_one_of_ours_by_its_name():
    ours, alone = find_methods("reg_type")["l2"], lone()
    found = _methods(["none", own_method.smooth_l1, ours, alone])
    assert found == {"reg_types": ("none", "smooth_l1", "l2", "half"), "methods": (FILE, alone)}
    assert _methods(["none", "smooth_l1", FILE]) == _methods(["none", own_method.smooth_l1])
    assert file_of(alone) is None


def test_a_method_that_its_file_has_no_more_as_it_is_stands_for_itself(monkeypatch):
    other = dataclasses.replace(own_method.smooth_l1, num_epochs=3)
    monkeypatch.setattr(own_method, "smooth_l1", other)
    assert file_of(other) == FILE
    assert _methods(["none", other])["methods"] == (other,)


@pytest.mark.parametrize(
    "change",
    [
        lambda: half(lambda params, hparams: 3 * hparams["strength"]),
        lambda: half(lambda params, hparams, scale=3: scale * hparams["strength"]),
        lambda: half(partial(lambda scale, params, hparams: scale * hparams["strength"], 2)),
        lambda: half(partial(lambda scale, params, hparams: scale * hparams["strength"], 3)),
        lambda: half(partial(lambda scale, params, hparams: scale * hparams["strength"], np.ones(2))),
        lambda: half(partial(lambda scale, params, hparams: scale * hparams["strength"], np.arange(2.0))),
        lambda: lone(2.0),
        lambda: lone(3.0),
        lambda: half(weigh),
        lambda: half(weigh, num_epochs=3),
        lambda: half(weigh, name="other"),
        lambda: half(weigh, space={"strength": LogUniform(1e-6, 1e-3)}),
        lambda: half(weigh, network={"depth": 3}),
    ],
)
def test_whatever_trains_differently_is_another_method(change):
    one, other = change().digest, half(lambda params, hparams: 2 * hparams["strength"]).digest
    assert one == change().digest != other


def test_a_run_is_of_its_methods():
    assert config_of(half(weigh)).identity()["methods_sha256"] == [half(weigh).digest]


def test_what_a_function_uses_of_its_own_module_counts_and_words_do_not(monkeypatch):
    before = half(weigh).digest
    assert half(weigh, text=Text("other", "다른"), marker="o").digest == before
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 3.0)
    assert half(weigh).digest != before
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 2.0)
    assert half(weigh).digest == before
    monkeypatch.setattr(sys.modules[__name__], "scaled", lambda kernel: kernel)
    assert half(weigh).digest != before


def test_classes_are_known_by_what_they_do():
    def made(bias):
        class Kind:
            width: int = 3

            def __call__(self, x):
                return x + bias

        return Kind

    assert digest(made(1)) == digest(made(1)) != digest(made(2))
    assert digest({1, 2}) == digest({2, 1}) != digest({1, 3})


def test_what_was_made_at_a_prompt_is_in_no_other_process(monkeypatch):
    portable, alone = own_methods([half(weigh), lone()])
    assert portable.is_portable
    assert not alone.is_portable
    session = ModuleType("__main__")
    exec("def penalty(params, hparams): return hparams['strength']", session.__dict__)
    monkeypatch.setitem(sys.modules, "__main__", session)
    (prompted,) = own_methods([half(session.penalty)])
    assert not prompted.is_portable
    session.__file__ = "script.py"  # which each process runs, too
    assert prompted.is_portable


def test_another_process_has_the_same_method():
    config = config_of(half(weigh))
    sent = pickle.loads(pickle.dumps(config))
    assert sent.identity() == config.identity()
    assert sent.comparison.method("reg_type", "half").penalty is weigh


def test_settings_name_methods_and_no_command_of_a_shell_that_could_not_repeat_it():
    config = config_of(lone())
    assert json.loads(json.dumps(config.settings()))["methods"] == ["half"]
    assert config.command() == "# the same call in Python with the same methods (half)"
    both = dataclasses.replace(config, data="arrays:123")
    assert both.command() == "# the same call in Python with the same arrays (arrays:123) and methods (half)"
    assert both.tuning_study().identity()["methods_sha256"] == config.identity()["methods_sha256"]


def test_a_method_that_is_here_alone_trains_here_alone(monkeypatch):
    def here(config):
        return workers.made_here(SimpleNamespace(config=config))

    assert here(config_of(half(weigh))) == ""
    assert here(config_of(lone())) == "method half"
    monkeypatch.setattr(workers, "is_prepared", lambda: False)
    assert here(config_of(half(weigh))) == ""
    with pytest.raises(
        InputError, match=r"^method half: made in Python, for this process alone, .* put it into a file"
    ):
        here(config_of(lone()))


def test_a_changed_method_does_not_go_on_with_the_old_ones_run(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verdict_run, "_tune_in_blocks", interrupted)
    started = partial(jaxreg.compare, pictures(), norm_types=("none",), out=tmp_path / "run", **FEW)
    for method in (lone(), lone()):  # the same call again, which makes the method again
        with pytest.raises(KeyboardInterrupt):
            started(methods=["none", method])
    with pytest.raises(InputError, match="methods_sha256 was") as refused:
        started(methods=["none", lone(3.0)])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("page", ["README.md", "README.ko.md", "docs/extending.md"])
def test_what_the_docs_compare_are_methods(page, tmp_path, monkeypatch):
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "mine.py").write_text(next(block for block in shown if block.startswith("# mine.py")), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    compared = []

    def compare(data, methods, **_):
        compared.append(methods)
        raise KeyboardInterrupt

    monkeypatch.setattr(jaxreg, "compare", compare)
    with pytest.raises(KeyboardInterrupt):
        exec(next(block for block in shown if "jaxreg.compare(" in block), {})
    named = _methods(compared[0])
    assert named["methods"][0] == str(tmp_path / "mine.py")
    assert [getattr(method, "name", None) for method in named["methods"][1:]] == ["mean_square"] * ("docs" in page)
    VerdictConfig(**named).identity()
    del sys.modules["mine"]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"num_epochs": -1}, "num_epochs -1: allowed is an integer of at least 1"),
        ({"num_epochs": 1.5}, "num_epochs 1.5: allowed is an integer of at least 1"),
        ({"space": [1]}, "space [1]: allowed is a mapping of names"),
        ({"penalty": "l2"}, "penalty 'l2': allowed is a function"),
        ({"text": "half"}, "text 'half': allowed is Text(english, korean)"),
    ],
)
def test_a_part_of_a_method_that_is_of_another_kind_is_refused_when_it_is_made(part, said):
    with pytest.raises(InputError) as refused:
        Method(**{"name": "half", "text": Text("half", "반")} | part)
    assert str(refused.value) == f"method half: {said}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["none", 3], "methods: allowed are names, Python files and values of jaxreg.Method, not 3"),
        (["none", half(weigh, name="l2")], "--methods l2: l2 is the name of another method; give another one"),
        (["none", half(weigh), "half"], "--reg-types none half half: allowed is one or more different ones of"),
    ],
)
def test_what_is_no_method_is_said_in_one_line(given, said, tmp_path):
    with pytest.raises(InputError) as refused:
        jaxreg.compare(methods=given, norm_types=("none",), out=tmp_path / "run")
    assert str(refused.value).startswith(said)
