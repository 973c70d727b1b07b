"""A user's own method, in a file outside of the package, goes everywhere that ours go, and no name of ours is known."""

import ast
import json
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from test_study import write_data
from test_verdict import SMALL_VERDICT

import jaxreg
from jaxreg.engine.foreign import try_own
from jaxreg.engine.problem import draw, load_data, make_task
from jaxreg.errors import InputError
from jaxreg.methods import find_methods, shipped_names
from jaxreg.search.config import StudyConfig

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
PACKAGE = Path(jaxreg.__file__).parent

OWN = (Path(__file__).parent / "own_method.py").read_text(encoding="utf-8")
TINY = [
    "--methods",
    "mine.py",
    "--reg-types",
    "none",
    "l2",
    "smooth_l1",
    "--norm-types",
    "none",
    "--data",
    "npz:data.npz",
]


def options(**values):
    """Returns the words of a command line."""
    return [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value))]


SIZES = options(train_size=24, epoch_valid_size=20, trial_valid_size=20, batch_size=8, max_epochs=2)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_data("data.npz")
    Path("mine.py").write_text(OWN, encoding="utf-8")


def run(name, *argv, monkeypatch):
    """Runs a command of ours in this process; returns its exit code."""
    monkeypatch.setattr("sys.argv", [str(EXPERIMENTS / f"{name}.py"), *argv])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(EXPERIMENTS / f"{name}.py"), run_name="__main__")
    return end.value.code


def test_an_own_penalty_goes_through_search_report_checkpoint_and_predict(here, monkeypatch, capsys):
    argv = [*TINY, *SIZES, *options(trials=6, sampler="balanced", out="run")]
    assert run("search", *argv, monkeypatch=monkeypatch) == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "smoothed L1" in page
    assert "strength" in page
    assert run("search", *argv, "--lang", "ko", monkeypatch=monkeypatch) == 0
    assert "매끄러운 L1" in Path("run/report.html").read_text(encoding="utf-8")
    rows = Path("run/trials.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("number,norm_type,reg_type,reg_lambda,strength,learning_rate,")
    assert [row.split(",")[2] for row in rows[1:]] == ["none", "l2", "smooth_l1"] * 2
    images = np.load("data.npz")["x_test"]
    assert jaxreg.load("run", "none/smooth_l1").predict_proba(images).shape == (len(images), 4)
    assert run("predict", "run", "data.npz", "--cell", "none/smooth_l1", monkeypatch=monkeypatch) == 0
    assert "accuracy: " in capsys.readouterr().out


def test_an_own_penalty_is_judged_by_a_verdict_in_both_languages(here, monkeypatch):
    sizes = {name: value for name, value in SMALL_VERDICT.items() if name not in ("norm_types", "reg_types")}
    argv = [*TINY, *options(**sizes | {"blocks": 3, "out": "run"})]
    for lang, words in (("en", "smoothed L1"), ("ko", "매끄러운 L1")):
        assert run("verdict", *argv, "--lang", lang, monkeypatch=monkeypatch) == 0
        assert words in Path("run/report.html").read_text(encoding="utf-8")
    cells = {entry["cell"] for entry in json.loads(Path("run/summary.json").read_text())["cells"]}
    assert cells == {"none/none", "none/l2", "none/smooth_l1"}


def test_an_own_normalization_is_loaded_with_its_file_and_refused_in_one_line_without(here, monkeypatch):
    Path("mine.py").write_text(
        "from jaxreg.core.model import Normalization\n"
        "from jaxreg import NORMALIZATION, Method, Text\n"
        "class Twice(Normalization): pass\n"
        'METHODS = [Method("twice", Text("nothing twice", "두 번"), NORMALIZATION, network={"normalization": Twice})]\n'
    )
    argv = ["--methods", "mine.py", "--norm-types", "twice", "--reg-types", "none", "--data", "npz:data.npz", *SIZES]
    assert run("search", *argv, *options(trials=1, out="run"), monkeypatch=monkeypatch) == 0
    assert run("predict", "run", "data.npz", "--methods", "mine.py", monkeypatch=monkeypatch) == 0
    assert jaxreg.load("run", methods=["mine.py"]).predict_proba(np.load("data.npz")["x_test"]).shape[1] == 4
    with pytest.raises(InputError, match=r"normalization 'twice': allowed is .*; your own needs its file") as caught:
        jaxreg.load("run")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, "a Python file is needed"),
        ("x = 1", "no jaxreg.Method in it"),
        ("1 / 0", "it ends with ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name", "it ends with ModuleNotFoundError"),
        (OWN.replace('"smooth_l1"', '"l2"'), "l2 is the name of another method"),
        (OWN.replace('"smooth_l1"', '"Smooth L1"'), "a name of letters, digits and _"),
        (OWN.replace("LogUniform(1e-6, 1e-3)", "LogUniform(1e-3, 1e-6)"), "low < high"),
        (OWN.replace('"strength":', '"the strength":'), "allowed are letters, digits and _"),
        (OWN.replace("penalty=smooth", 'colors=("red", "blue")'), "allowed are two like #0072b2"),
        (OWN.replace('"strength":', '"l1":'), "l1 is no name for a hyperparameter of its own"),
        (OWN.replace("penalty=smooth", 'network={"depth": 3}'), "method smooth_l1: needs a field depth of the network"),
        (
            OWN.replace("penalty=smooth", "numbers=lambda v, r: v[0]")
            .replace('"strength":', '"reg_lambda":')
            .replace("LogUniform(1e-6, 1e-3)", 'LogUniform(1e-6, 1e-2, Text("lambda", "람다"))'),
            "method smooth_l1: numbers ends with KeyError: 0",
        ),
        (OWN.replace("penalty=smooth", 'marker="A"'), "allowed is one of matplotlib's"),
        (OWN.replace('"strength":', '"reg_lambda":'), "both have a hyperparameter reg_lambda"),
        (OWN.replace('"strength":', '"learning_rate":'), "learning_rate"),
        (OWN.replace('"strength":', '"number":'), "number is no name for a hyperparameter of its own"),
        (OWN.replace('"strength":', '"best_epoch":'), "best_epoch is no name for a hyperparameter of its own"),
        (OWN.replace("1e-6, 1e-3", "1e-60, 1e-3"), "allowed are numbers 0 < low < high that float32 holds"),
        (OWN.replace("1e-6, 1e-3", "1e-6, 1e60"), "allowed are numbers 0 < low < high that float32 holds"),
        (OWN.replace("1e-6, 1e-3", "'1', '2'"), "allowed are numbers 0 < low < high that float32 holds"),
        (OWN.replace("LogUniform(1e-6, 1e-3)", "(1e-6, 1e-3)"), "allowed is LogUniform(low, high) or Uniform"),
        (OWN.replace("penalty=smooth", 'network={"num_classes": 7}'), "num_classes is the data's"),
        (OWN.replace("penalty=smooth", 'fields="dropout"'), "fields 'dropout': allowed are names"),
        (OWN.replace("penalty=smooth", 'factor="reg_type"'), "allowed is NORMALIZATION or REGULARIZER"),
        (OWN.replace("penalty=smooth", 'colors=("#0072b2",)'), "allowed are two like #0072b2"),
        (OWN.replace("penalty=smooth", "short=Text(1, 2)"), "allowed is Text(english, korean)"),
        (OWN.replace('"smooth_l1"', "7"), "a name of letters, digits and _"),
    ],
)
def test_a_file_of_methods_that_cannot_be_used_is_refused_in_one_line(source, said, tmp_path):
    path = tmp_path / "mine.py"
    if source is not None:
        path.write_text(source, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        StudyConfig(methods=(str(path),), reg_types=("none", "l1", "smooth_l1")).identity()
    assert str(caught.value).count("\n") == 0


def changing(part):
    """Returns a file of a method that has this part in the place of its penalty."""
    return OWN.replace("penalty=smooth", part).replace("import jax\n", "import jax\nimport optax\n")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OWN.replace('hparams["strength"]', 'hparams["strenght"]'), "KeyError: 'strenght'"),
        (changing("numbers=lambda v, r: {'l2': v['strength'], 'learning_rate': 0.1}"), "numbers returns {'l2': "),
        (changing("numbers=lambda v, r: None"), "numbers returns None; allowed is a mapping of names"),
        (changing("numbers=lambda v, r: {'l2': 'x'}"), "numbers returns {'l2': 'x'}; allowed is a mapping"),
        (changing("numbers=lambda v, r: {'l2': float('nan')}"), "numbers returns {'l2': nan}; allowed is a mapping"),
        (changing("projection=lambda p, h: None"), "is nothing after it; it must stay what it is"),
        (
            changing("projection=lambda p, h: jax.tree.map(lambda w: w.astype(jnp.float16), p)"),
            "params/conv1/bias was float32 [32] and is float16 [32] after it; it must stay what it is",
        ),
        (
            changing("optimizer=lambda h: optax.inject_hyperparams(optax.adam)(learning_rate=h['learning_rate'])"),
            "its optimizer has hyperparameters in its state",
        ),
        (
            changing("augmentation=lambda x, t, there, h, key: (x, t[:1])"),
            "TypeError: an augmentation makes images [8, 16, 16, 1] with labels [1, 4] of a batch of 8; it must keep",
        ),
        (
            changing("augmentation=lambda x, t, there, h, key: (x.mean(0, keepdims=True), t)"),
            "TypeError: an augmentation makes images [1, 16, 16, 1] with labels [8, 4] of a batch of 8; it must keep",
        ),
        (
            OWN.replace("return ", "return jnp.ones(3) * "),
            "TypeError: Gradient only defined for scalar-output functions",
        ),
        (OWN.replace("return ", "return 1 / 0 + "), "ZeroDivisionError: division by zero"),
        (
            changing("penalty=smooth, numbers=lambda v, r: {**v, 'l2': 1e-3}"),
            "the number l2 is of the penalty that smooth_l1 replaces; one of them at a time",
        ),
        (
            OWN.replace("return ", "return jnp.nan * "),
            "its penalty at the first weights is not finite (at strength 1e-06, ",
        ),
        (  # |w|^(1/2) has no gradient at 0, where biases begin
            OWN.replace("jnp.sqrt(jnp.square(w) + 1e-6)", "jnp.sqrt(jnp.abs(w))"),
            "its penalty's gradient at the first weights is not finite (at strength 1e-06, ",
        ),
    ],
)
def test_a_method_whose_function_cannot_be_used_is_refused_before_anything_is_trained(
    source, said, here, monkeypatch, capsys
):
    Path("mine.py").write_text(source, encoding="utf-8")
    assert run("search", *TINY, *SIZES, *options(trials=6, out="run"), monkeypatch=monkeypatch) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    named = ("a step of none/smooth_l1 ends with ", "method smooth_l1: ")
    assert line.startswith(tuple(f"error: --methods mine.py: {what}" for what in named))
    assert said in line
    assert not Path("run/trials.csv").exists()


UNIT_STEPS = """
import jax, optax
from jaxreg import Method, Text

def unit(updates, params):
    return jax.tree.map(lambda update: update / optax.global_norm(updates), updates)

steps = Method(
    "unit_steps", Text("unit steps", "단위 걸음"),
    optimizer=lambda hparams: optax.chain(optax.stateless(unit), optax.sgd(hparams["learning_rate"])),
)
"""


def test_an_optimizer_that_divides_by_the_gradient_is_not_refused_where_a_penalty_has_none(here):
    Path("mine.py").write_text(UNIT_STEPS, encoding="utf-8")
    few = {"norm_types": ("none",), "train_size": 24, "epoch_valid_size": 20, "trial_valid_size": 20}
    config = StudyConfig(data="npz:data.npz", methods=("mine.py",), reg_types=("none", "unit_steps"), **few)
    data = load_data(config)
    assert list(try_own(make_task(config, data, draw(config, data, 0)))) == []


@pytest.mark.parametrize(
    "part",
    [
        "optimizer=lambda h: optax.chain(optax.add_noise(0.01, 0.55, 0), optax.adam(h['learning_rate']))",
        "penalty=lambda params, hparams: 0",
        "augmentation=lambda x, t, there, h, key: (x, t.argmax(-1))",
    ],
)
def test_random_keys_in_an_optimizers_state_integers_as_penalties_and_classes_as_labels_are_taken(part, here):
    Path("mine.py").write_text(changing(part), encoding="utf-8")
    few = {"norm_types": ("none",), "train_size": 24, "epoch_valid_size": 20, "trial_valid_size": 20}
    config = StudyConfig(data="npz:data.npz", methods=("mine.py",), reg_types=("none", "smooth_l1"), **few)
    data = load_data(config)
    assert list(try_own(make_task(config, data, draw(config, data, 0)))) == []


TWO_NUMBERS = """
from jaxreg import LogUniform, Method, Text
from jaxreg.methods.method import NORMALIZATION

METHODS = [
    Method("decayed", Text("a", "가"), factor=NORMALIZATION, space={"strength": LogUniform(1e-6, 1e-2)},
           numbers=lambda values, reading: {"l2": values["strength"]}),
    Method("weighted", Text("b", "나"), space={"weight": LogUniform(1e-6, 1e-2)},
           numbers=lambda values, reading: {"l2": values["weight"]}),
]
"""


def test_two_methods_of_a_cell_that_set_a_number_are_refused_before_anything_runs(here):
    Path("mine.py").write_text(TWO_NUMBERS, encoding="utf-8")
    few = {"norm_types": ("none", "decayed"), "train_size": 24, "epoch_valid_size": 20, "trial_valid_size": 20}
    for reg_types, said in (
        (("none", "l1"), None),
        (("none", "l2"), "methods decayed and l2: both set the number l2"),
        (("none", "weighted"), "methods decayed and weighted: both set the number l2"),
    ):
        config = StudyConfig(data="npz:data.npz", methods=("mine.py",), reg_types=reg_types, **few)
        data = load_data(config)
        tried = try_own(make_task(config, data, draw(config, data, 0)))
        if said is None:
            assert list(tried) == []
            continue
        with pytest.raises(InputError, match=f"^--methods mine.py: {said}; one of them at a time$"):
            list(tried)


def test_a_range_that_an_option_has_is_no_methods_own(tmp_path):
    (tmp_path / "mine.py").write_text(OWN.replace('"strength":', '"reg_lambda":'), encoding="utf-8")
    with pytest.raises(InputError, match=r"the range of reg_lambda is an option.*LogUniform\(1e-06, 0.01\)"):
        StudyConfig(methods=(str(tmp_path / "mine.py"),), reg_types=("none", "smooth_l1")).identity()


def test_a_method_of_numbers_alone_is_not_nothing():
    fixed = jaxreg.Method("fixed", jaxreg.Text("a fixed penalty", "고정 규제"), numbers=lambda v, r: {"l2": 0.1})
    assert not fixed.is_nothing
    comparison = StudyConfig(methods=(fixed,), norm_types=("none",), reg_types=("l2", "fixed")).comparison
    assert comparison.reference is None


LAYERS = """
from jaxreg import Method, Text
from jaxreg.core.model import ConvLayer

METHODS = (
    Method("wide", Text("more padding", "넓은 여백"), network={"conv_layers": CONV}),
)
"""


def test_static_fields_of_the_studys_network_are_saved_with_the_weights(here, monkeypatch):
    layers = "(ConvLayer(32, 0, True), ConvLayer(64, 1, True), ConvLayer(64, 1, True))"  # of the usual shapes
    Path("mine.py").write_text(LAYERS.replace("CONV}", f"{layers}}}"), encoding="utf-8")
    argv = ["--methods", "mine.py", "--norm-types", "none", "--reg-types", "wide", "--data", "npz:data.npz", *SIZES]
    assert run("search", *argv, *options(trials=1, again=0, out="run"), monkeypatch=monkeypatch) == 0
    (padding, *_) = [layer.padding for layer in jaxreg.load("run").model.conv_layers]
    assert padding == 0
    Path("other.py").write_text(LAYERS.replace("CONV}", "__import__('numpy').ones(3)}"), encoding="utf-8")
    argv[1] = "other.py"
    assert run("search", *argv, *options(trials=1, out="other"), monkeypatch=monkeypatch) == 2


def test_names_with_a_dollar_are_no_formulas(here, monkeypatch):
    named = OWN.replace('Text("smoothed L1"', r'Text("smoothed $\\frac$ L1"')  # which matplotlib cannot read
    assert named != OWN
    Path("mine.py").write_text(named, encoding="utf-8")
    argv = [*TINY, *SIZES, *options(trials=3, sampler="balanced", again=0, out="run")]
    assert run("search", *argv, monkeypatch=monkeypatch) == 0
    assert r"smoothed $\frac$ L1" in Path("run/report.html").read_text(encoding="utf-8")


def test_a_study_is_of_the_own_file_that_it_began_with(here, monkeypatch, capsys):
    argv = [*TINY, *SIZES, *options(trials=1, out="run")]
    assert run("search", *argv, monkeypatch=monkeypatch) == 0
    Path("mine.py").write_text(OWN.replace("1e-3)", "1e-2)"), encoding="utf-8")
    assert run("search", *argv, monkeypatch=monkeypatch) == 2
    assert "methods_sha256 was" in capsys.readouterr().err


def test_the_names_of_methods_are_read_without_importing_them():
    for factor in ("norm_type", "reg_type"):
        assert set(shipped_names(factor)) == set(find_methods(factor))


# Where the name of a method stands outside of its own file, and why.
NAMED = {
    "engine/config.py": {"batch"},  # --penalty-n batch
    "engine/problem_config.py": {"batch", "layer", "l1", "l2", "elastic"},  # the defaults
    "core/penalty.py": {"l1", "l2"},  # the two numbers of the one penalty that the seed's share
    "core/train.py": {"dropout"},  # what Flax calls the randomness of a network
    "nn.py": {"dropout"},  # likewise
    "core/model.py": {"dropout"},
    "engine/network.py": {"layer"},  # the head of a table of layers
    "claims/": {*shipped_names("norm_type"), *shipped_names("reg_type")},  # they speak of them
}
WORDS = {*shipped_names("norm_type"), *shipped_names("reg_type")} - {"none"}  # a word of Optuna and matplotlib too


def names_in(path):
    """Returns the names of methods among the texts of a source, its docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs)
    return {node.value for node in texts if isinstance(node.value, str)} & WORDS


def test_no_name_of_a_method_stands_outside_of_its_own_file():
    files = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "methods"]
    assert len(files) > 100
    for path in files:
        name = path.relative_to(PACKAGE).as_posix()
        allowed = {word for place, words in NAMED.items() if name.startswith(place) for word in words}
        assert names_in(path) <= allowed, name


def test_the_reading_of_names_finds_them_wherever_they_are_texts(tmp_path):
    path = tmp_path / "a.py"
    path.write_text('"""mixup"""\nx = {"l2": 1}\nassert y == "elastic"\ndef f(z="layer"): g(z, "a layer")\n')
    assert names_in(path) == {"l2", "elastic", "layer"}
