"""A user's own network, any Flax module in a file of theirs: trained, kept and loaded as ours, or refused in a line."""

import json
import re
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import random_examples, traced
from test_own_methods import SIZES, options, run
from test_study import trials_of, write_data

import jaxreg
from jaxreg.core.model import Normalization
from jaxreg.core.train import Examples, Recipe, init_state, train_epoch, train_step
from jaxreg.engine.foreign import try_own
from jaxreg.engine.problem import make_recipe
from jaxreg.errors import InputError
from jaxreg.methods import normalization
from jaxreg.search.config import StudyConfig

NET = (Path(__file__).parent / "own_network.py").read_text(encoding="utf-8")
VARIED = """
import flax.linen as nn
import jax.numpy as jnp
from jaxreg.core.ops import dropout
from jaxreg.methods.batch import Batch


class Net(nn.Module):
    num_classes: int
    normalization: type = Batch
    dropout: float | None = None

    @nn.compact
    def __call__(self, images, train, mask=None):
        x = nn.Dense(4)(images.reshape(len(images), -1))
        x = self.normalization()(x, jnp.zeros(4), train, mask)(x)
        if train and self.dropout is not None:
            x = dropout(x, self.dropout, self.make_rng("dropout"))
        return nn.Dense(self.num_classes)(x)
"""
NETWORK = ["--network", "net.py:Net", "--data", "npz:data.npz"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_data("data.npz")
    Path("net.py").write_text(NET, encoding="utf-8")


def task_of(**settings):
    given = {"data": "npz:data.npz", "network": "net.py:Net", "train_size": 20, "epoch_valid_size": 20}
    config = StudyConfig(**given | {"trial_valid_size": 20, "batch_size": 8} | settings)
    return trials_of(config).task


class BatchStatistics(nn.Module):
    num_classes: int

    @nn.compact
    def __call__(self, images, train):
        x = nn.BatchNorm(use_running_average=not train, momentum=0.5)(images.reshape(len(images), -1))
        return nn.Dense(self.num_classes)(nn.Dropout(0.5, deterministic=not train)(x))


@pytest.mark.parametrize("count", [20, 5])
def test_a_smaller_last_batch_is_a_step_of_its_own_where_the_network_cannot_be_told_of_filling(count):
    recipe = Recipe(BatchStatistics(4), batch_size=8)
    images, labels = random_examples(count, (3, 3, 1), num_classes=4)
    examples, hparams = Examples(jnp.asarray(images), jnp.asarray(labels)), traced(1e-2)
    state, shuffle, noise = init_state(recipe, (3, 3, 1), jax.random.key(0)), jax.random.key(1), jax.random.key(2)
    got, metrics = jax.jit(train_epoch, static_argnums=0)(recipe, hparams, state, examples, shuffle, noise)
    order, right = jax.random.permutation(shuffle, count), 0
    step = jax.jit(train_step, static_argnums=0)
    for i, key in enumerate(jax.random.split(noise, -(-count // 8))):
        chosen = order[8 * i : 8 * i + 8]
        state, one = step(recipe, hparams, state, Examples(examples.images[chosen], examples.labels[chosen]), key=key)
        right += int(one.num_correct)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), got.variables, state.variables)
    assert int(metrics.num_correct) == right


def test_a_network_goes_through_search_report_checkpoint_load_and_predict(monkeypatch, capsys):
    argv = [*NETWORK, *SIZES, *options(train_size=20, trials=4, sampler="balanced", out="run")]
    assert run("search", *argv, monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    assert "note: --network net.py:Net: it has no field normalization; --norm-types is left out" in said.err
    assert "Dense_2/kernel" in said.out
    rows = Path("run/trials.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("number,reg_type,reg_lambda,learning_rate,")
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "Dense_2/kernel" in page
    assert "--network net.py:Net" in page
    assert "--norm-types" not in page

    images = np.load("data.npz")["x_test"]
    net: dict[str, Any] = {}
    exec(NET, net)
    probs = jaxreg.load("run", network=net["Net"]).predict_proba(images)
    assert probs.shape == (len(images), 4)
    assert jaxreg.load("run", "l2", network="net.py:Net").predict_proba(images).shape == probs.shape
    assert run("predict", "run", "data.npz", "--network", "net.py:Net", monkeypatch=monkeypatch) == 0
    assert "accuracy: " in capsys.readouterr().out
    about = json.loads(Path("run/best/model.json").read_text())["model"]
    assert (about["class"], about["file"]) == ("Net", "net.py")
    assert about["fields"] == {"num_classes": 4, "widths": [4, 4]}

    for given, said in (
        (None, "weights of the network Net of net.py: give its class, network=Net or --network net.py:Net"),
        (BatchStatistics, "weights of the network Net of net.py"),
    ):
        with pytest.raises(InputError, match=said):
            jaxreg.load("run", network=given)
    for old, new, said in (
        ("nn.relu", "nn.tanh", "the network Net computes something else than when these weights were saved"),
        ("widths", "sizes", "network Net: it has no field widths, which the weights were saved with"),
        ("nn.Dense(width)", "nn.Dense(width + 1)", "not a whole checkpoint of jaxreg"),
    ):
        Path("net.py").write_text(NET.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=said) as caught:
            jaxreg.load("run", network="net.py:Net")
        assert "\n" not in str(caught.value)
    # A default that has changed since does not matter, and a study goes on with the file that it began with.
    Path("net.py").write_text(NET.replace("(4, 4)", "(9,)"), encoding="utf-8")
    np.testing.assert_array_equal(jaxreg.load("run", network="net.py:Net").predict_proba(images), probs)
    assert run("search", *argv, monkeypatch=monkeypatch) == 2
    assert "network_sha256 was" in capsys.readouterr().err


def test_a_network_made_of_the_studys_own_is_one_of_the_users(monkeypatch, capsys):
    Path("net.py").write_text(
        "from jaxreg.core.model import CNN, ConvLayer\n\n\n"
        "class Net(CNN):\n    conv_layers: tuple = (ConvLayer(2, padding=1, pool=True),)\n"
    )
    options = [*NETWORK, "--norm-types", "batch", *SIZES, "--trials", "1", "--max-epochs", "1"]
    assert run("search", *options, "--out", "run", monkeypatch=monkeypatch) == 0
    assert "conv1/kernel" in capsys.readouterr().out
    images = np.load("data.npz")["x_test"]
    net = jaxreg.load("run", network="net.py:Net")
    assert net.predict_proba(images).shape == (len(images), 4)
    with pytest.raises(InputError, match="give its class"):
        jaxreg.load("run")


ODD = """
import enum
from typing import Any

import flax.linen as nn
import jax.numpy as jnp


class Act(enum.IntEnum):
    relu = 1
    tanh = 2


class Named(nn.Module):
    num_classes: int
    dtype: Any = jnp.float32
    act: Act = Act.relu

    @nn.compact
    def __call__(self, images, train):
        boxed = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "model"))
        x = nn.Dense(8, dtype=self.dtype, kernel_init=boxed)(images.reshape(len(images), -1))
        bias = self.param("parts", lambda key: [jnp.zeros(8), jnp.zeros(8)])
        x = (nn.relu if self.act is Act.relu else nn.tanh)(x + bias[0] + bias[1])
        return nn.Dense(self.num_classes)(x)


Net = Named
"""


def test_a_network_may_have_a_field_dtype_enumerations_boxed_kernels_lists_and_another_name(monkeypatch, capsys):
    Path("net.py").write_text(ODD)
    assert run("search", *NETWORK, *SIZES, "--trials", "1", "--out", "run", monkeypatch=monkeypatch) == 0
    images = np.load("data.npz")["x_test"]
    assert jaxreg.load("run", network="net.py:Net").predict_proba(images).shape == (len(images), 4)
    with pytest.raises(InputError, match=r"give its class, network=Net or --network net.py:Net"):
        jaxreg.load("run")


def test_fields_of_a_network_are_varied_where_it_has_them_and_its_own_defaults_are_no_method():
    Path("net.py").write_text(VARIED, encoding="utf-8")
    task = task_of(norm_types=("none", "batch"), reg_types=("none", "dropout"))
    assert list(try_own(task)) == []
    models = {cell: make_recipe(task, cell).model for cell in task.config.comparison.cells}
    kinds = {cell: model.normalization for cell, model in models.items()}
    assert kinds["none", "none"] is Normalization
    assert kinds["batch", "dropout"] is normalization("batch")
    assert {cell: make_recipe(task, cell).fields for cell in models} == {
        cell: ("dropout",) if "dropout" in cell else () for cell in models
    }


def test_no_normalization_is_what_a_network_without_the_field_has_and_may_be_asked_for():
    assert StudyConfig(network="net.py:Net", norm_types=("none",)) == StudyConfig(network="net.py:Net")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"network": "net.py"}, "--network net.py: allowed is FILE.py:NAME"),
        ({"network": "net.py:"}, "--network net.py:: allowed is FILE.py:NAME"),
        ({"network": "nowhere.py:Net"}, "--network nowhere.py:Net: a Python file is needed (No such file"),
        ({"network": "net.py:Other"}, "--network net.py:Other: there is no Other in the file"),
        ({"network": "net.py:nn"}, "a class that is a flax.linen.Module is needed, not module"),
        (
            {"norm_types": ("none", "batch")},
            "--norm-types none batch: allowed is none with --network net.py:Net",
        ),
        ({"norm_types": ("none", "batch", "layer")}, "which has no field normalization"),
        ({"reg_types": ("none", "dropout")}, "method dropout: needs a field dropout of the network, which Net has not"),
        ({"activation": "tanh"}, "--activation tanh: none with --network"),
    ],
)
def test_settings_that_do_not_go_with_a_network_are_refused(settings, said):
    with pytest.raises(InputError, match=re.escape(said)):
        StudyConfig(**{"network": "net.py:Net"} | settings).identity()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "it ends with ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name", "it ends with ModuleNotFoundError"),
        ("import sys\nsys.exit('no')", "it ends with SystemExit: no"),
        ("class Net: pass", "a class that is a flax.linen.Module is needed, not Net"),
        (NET.replace("num_classes", "classes"), "it needs a field num_classes: int"),
        (NET.replace("train", "training"), "its __call__ needs the argument train"),
        (NET.replace("tuple = (4, 4)", "tuple"), "making it ends with TypeError: "),
        (
            "import dataclasses\n" + NET.replace("tuple = (4, 4)", "list = dataclasses.field(default_factory=list)"),
            "making it ends with TypeError: Failed to hash",
        ),
    ],
)
def test_a_file_without_a_network_is_refused_in_one_line(source, said):
    Path("net.py").write_text(source, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        StudyConfig(network="net.py:Net").identity()
    assert str(caught.value).startswith("--network net.py:Net: ")
    assert "\n" not in str(caught.value)


LAST = "nn.Dense(self.num_classes)(x)"
UNREACHED = NET.replace("(4, 4)", "(4,)").replace("nn.BatchNorm(use_running_average=not train)", "")
NOT_PENALIZED = "--network net.py:Net: not penalized, as they are not called kernel: w [256, 4] (--penalty-scope all)"
UNREACHED = UNREACHED.replace("nn.Dense(width)(x)", "x @ self.param('w', nn.initializers.ones, (256, width))")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (LAST, "nn.Dense(7)(x)", "it returns float32 [1, 7], not logits float32 [1, 4]"),
        (LAST, LAST + ".mean(0)", "it returns float32 [4], not logits float32 [1, 4]"),
        ("images, train):", "images, train, mask=None):", "it takes a mask, but what stands where the mask is False"),
        (LAST, LAST + ".astype('float16')", "it returns float16 [1, 4], not"),
        (LAST, LAST + ", x", "it returns a tuple, not logits"),
        (LAST, LAST + ".squeeze()", "it returns float32 [4], not logits float32 [1, 4]"),
        (LAST, LAST + " / 0.0", "its answers to the first images are not finite"),
        (LAST, "nn.softmax(" + LAST + ")", "it returns probabilities; logits are needed"),
        (LAST, LAST + " - x.mean()", "with train=False, its answer to an image depends on the others of the batch"),
        ("not train)(nn", "False)(nn", "answering 1 of the images [16, 16, 1] ends with ModifyScopeVariableError"),
        ("nn.Dense(width)(x)", "nn.Conv(width, (3, 3))(x).sum((1, 2, 9))", "making its parameters ends with "),
        ("x = nn.Dropout", "self.variable('memory', 'm', lambda: x)\n        x = nn.Dropout", "variables of memory"),
        (
            "x = nn.Dropout",
            "c = self.variable('batch_stats', 'c', lambda: 0 * images[:, 0, 0, 0].astype(int).sum())\n"
            "        if train:\n            c.value = c.value + 1.5\n        x = nn.Dropout",
            "batch_stats/c was int32 [] and is float32 [] after it; it must stay what it is",
        ),
        (
            "x = nn.Dropout",
            "nn.Dense(2)(x) if train else 0\n        x = nn.Dropout",
            "in training ends with Scope",
        ),
    ],
)
def test_a_network_that_cannot_be_trained_is_refused_in_one_line_before_any_run(old, new, said):
    changed = NET.replace(old, new)
    assert changed != NET
    Path("net.py").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        list(try_own(task_of()))
    assert str(caught.value).startswith("--network net.py:Net: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "scope", "said"),
    [
        (NET, "kernels", []),
        (
            UNREACHED,
            "kernels",
            [NOT_PENALIZED],
        ),
        (UNREACHED, "all", []),
    ],
)
def test_weights_that_no_penalty_reaches_by_their_name_are_said(source, scope, said):
    Path("net.py").write_text(source, encoding="utf-8")
    assert list(try_own(task_of(penalty_scope=scope))) == said


def test_a_network_whose_weights_no_penalty_reaches_is_refused():
    Path("net.py").write_text(UNREACHED.replace(LAST, "x"), encoding="utf-8")
    with pytest.raises(InputError, match="no parameter is called kernel, and so a penalty has none"):
        list(try_own(task_of()))
    assert len(list(try_own(task_of(reg_types=("none",))))) == 0


SLOPE = """
import flax.linen as nn

class Net(nn.Module):
    num_classes: int
    slope: float = 0.01

    @nn.compact
    def __call__(self, images, train):
        x = nn.Dense(4)(images.reshape(len(images), -1))
        return nn.Dense(self.num_classes)(nn.leaky_relu(x, self.slope{}))
"""
LEAK = """
from jaxreg import Method, Text, Uniform

METHODS = [Method("leak", Text("leak", "leak"), space={"slope": Uniform(0.1, 0.5)}, fields=("slope",))]
"""


def test_a_field_that_an_answer_depends_on_is_refused_as_only_training_gives_it():
    Path("leak.py").write_text(LEAK, encoding="utf-8")
    settings: dict[str, Any] = {"methods": ("leak.py",), "norm_types": ("none",), "reg_types": ("none", "leak")}
    Path("net.py").write_text(SLOPE.format(""), encoding="utf-8")
    with pytest.raises(InputError, match="method leak: with train=False the network's answers depend on slope, which"):
        list(try_own(task_of(**settings)))
    Path("net.py").write_text(SLOPE.format(" if train else 0.01"), encoding="utf-8")
    assert list(try_own(task_of(**settings))) == []


def test_weights_that_methods_of_kernels_leave_as_they_are_are_said_whatever_is_penalized():
    settings: dict[str, Any] = {"reg_types": ("none", "weight_decay", "max_norm"), "penalty_scope": "all"}
    Path("net.py").write_text(UNREACHED, encoding="utf-8")
    (said,) = try_own(task_of(**settings))
    assert said.startswith(
        "--network net.py:Net: weight_decay, max_norm leave as they are, as they are not called kern"
    )
    Path("net.py").write_text(UNREACHED.replace(LAST, "x"), encoding="utf-8")
    with pytest.raises(InputError, match="no parameter is called kernel, and so weight_decay, max_norm would change n"):
        list(try_own(task_of(**settings)))
