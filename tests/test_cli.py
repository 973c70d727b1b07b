"""The command line: an option for every setting, and one line for every mistake."""

import dataclasses
import itertools
import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from test_ends import ended

import jaxreg
from bench.config import BenchmarkConfig
from jaxreg.claims.config import ClaimsConfig
from jaxreg.cli import parse
from jaxreg.engine.setting import MAX_SEED, option
from jaxreg.errors import InputError
from jaxreg.methods import find_methods, shipped_names
from jaxreg.methods.compose import numbers_for
from jaxreg.methods.method import Reading
from jaxreg.program import called_as
from jaxreg.search.config import StudyConfig
from jaxreg.verdict.config import VerdictConfig

SEARCH = Path(__file__).parents[1] / "experiments" / "search.py"
COMMANDS = sorted(SEARCH.parent.glob("*.py"))

# A value other than the default for every setting; a population and a pruner are at odds, and a share needs a folder.
OTHER = {
    "trials": 7,
    "seed": MAX_SEED,
    "data": "npz:a file.npz",
    "tfds_dir": "some where",
    "image_size": (20, 24),
    "test_share": 0.25,
    "more_test_size": 40,
    "test_seed": 4,
    "data_seed": 3,
    "train_size": 20,
    "epoch_valid_size": 21,
    "trial_valid_size": 0.25,
    "stratify": True,
    "batch_size": 8,
    "patience": 2,
    "max_epochs": 9,
    "activation": "tanh",
    "loss": "softmax_twice",
    "penalty_n": "1.5",
    "penalty_scope": "all",
    "l1_ratio": 0.25,
    "norm_types": ("batch",),
    "reg_types": ("elastic", "l1"),
    "methods": (str(Path(__file__).parent / "own_method.py"),),
    "metric": "log_loss",
    "costs": str(Path(__file__).parent / "costs.csv"),
    "network": f"{Path(__file__).parent / 'own_network.py'}:Net",
    "lambda_range": (1e-5, 0.5),
    "learning_rate_range": (0.0001, 0.02),
    "sampler": "random",
    "pruner": "median",
    "lookback": 3,
    "again": 2,
    "out": "runs/läufe b",
    "lang": "ko",
    "storage": "folder:a b",
    "share": "2/3",
    "study_name": "second study",
    "compile_cache": False,
    "workers": 2,
    "population": 2,
    "tensorboard": True,
}
FIELDS = {spec.name: spec for spec in dataclasses.fields(StudyConfig)}


def parsed(*argv):
    return parse(StudyConfig, None, argv)


def refusal(*argv):
    """Returns the one line with which these arguments are refused."""
    with pytest.raises(InputError) as caught:
        parsed(*argv)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def words(value):
    return [str(v) for v in value] if isinstance(value, tuple) else [str(value)]


def argv_of(name, value):
    """Returns the words that give a setting its value; a switch has a word for each."""
    if isinstance(value, bool):
        return [option(name) if value else option(f"no_{name}")]
    return [option(name), *words(value)]


def test_no_options_give_the_defaults():
    assert parsed() == StudyConfig()


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_an_option_of_its_name_and_type(name):
    settings = {name: OTHER[name]} | ({"storage": OTHER["storage"]} if name == "share" else {})
    settings |= {"metric": "cost"} if name == "costs" else {}
    config = parsed(*itertools.chain(*(argv_of(*setting) for setting in settings.items())))
    assert config == StudyConfig(**settings)
    assert getattr(config, name) != FIELDS[name].default


def test_all_options_together_give_all_settings_and_the_command_of_a_config_gives_it_again():
    together = OTHER | {"population": 1}
    del together["network"], together["costs"]  # with one come its own activations, with the other its metric
    config = StudyConfig(**together)
    assert parsed(*itertools.chain(*(argv_of(name, value) for name, value in together.items()))) == config
    assert shlex.split(config.command()) == [*called_as("search"), *config.options()]
    assert parsed(*config.options()) == config
    assert StudyConfig().options() == []
    taken = StudyConfig(train_size=1000, epoch_valid_size=2000, trial_valid_size=5000)  # as where nothing is given
    assert taken.command() == StudyConfig().command()


@pytest.mark.parametrize("value", ["-x", "--trials", "-1", "- a"])
@pytest.mark.parametrize("name", ["out", "study_name", "storage"])
def test_a_value_that_begins_with_a_dash_is_in_the_command_and_is_read_from_it(name, value):
    config = StudyConfig(trials=3, **{name: value})
    assert parsed(*config.options()) == config
    assert f"{option(name)}={value}" in shlex.split(config.command())


def test_a_switch_is_turned_off_and_on_by_its_two_options_and_the_last_one_counts():
    assert not parsed("--no-compile-cache").compile_cache
    assert parsed("--no-compile-cache", "--compile-cache").compile_cache
    assert StudyConfig(compile_cache=False).options() == ["--no-compile-cache"]
    assert "compile_cache" not in StudyConfig().identity()


def test_help_shows_every_option_with_its_default_and_its_choices(capsys):
    with pytest.raises(SystemExit) as caught:
        parse(StudyConfig, "What it does.", ["--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "What it does." in text
    for name, spec in FIELDS.items():
        assert re.search(rf"{option(name)}[ ,]", text)
        names = ", ".join(shipped_names(spec.metadata["names"])) if "names" in spec.metadata else ""
        assert spec.metadata["help"].en.format(names) in text
        if spec.default not in (None, ()):
            assert f"(default: {' '.join(words(spec.default))})" in text
        for choice in spec.metadata.get("choices", ()):
            assert choice in text


@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.stem)
def test_help_of_every_command_is_shown_whatever_is_in_it_and_exits_0(script, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [script.name, "--help"])
    assert ended(lambda: runpy.run_path(str(script), run_name="__main__"), capsys)[::2] == (0, "")


def test_a_per_cent_sign_in_a_help_text_is_shown_as_it_is(capsys):
    @dataclasses.dataclass
    class Config:
        place: str = dataclasses.field(metadata={"help": "50 %s of it"})
        share: str = dataclasses.field(default="5 %", metadata={"help": "95 % intervals, %(prog)s"})

    with pytest.raises(SystemExit):
        parse(Config, None, ["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "50 %s of it" in text
    assert "95 % intervals, %(prog)s (default: 5 %)" in text


COUNTS = ("trials", "batch_size", "patience", "max_epochs")
SIZES = ("train_size", "epoch_valid_size", "trial_valid_size")


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_count_below_one_is_refused(name, value):
    assert refusal(option(name), value) == f"{option(name)} {value}: allowed is an integer of at least 1"


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [2**31, 10**30])
def test_a_count_that_jax_cannot_count_to_is_refused(name, value):
    assert refusal(option(name), str(value)) == f"{option(name)} {value}: allowed is an integer in 1..2147483647"
    assert getattr(parsed(option(name), "2147483647"), name) == 2**31 - 1


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("value", [0, -1, 2**31, 0.0, 1.0, -0.5, 1.5, "nan", "inf", "1e3"])
def test_a_size_that_is_neither_a_count_nor_a_share_is_refused(name, value):
    allowed = "a number of images in 1..2147483647, or a share of them between 0 and 1"
    shown = float(value) if isinstance(value, str) else value
    assert refusal(option(name), str(value)) == f"{option(name)} {shown}: allowed is {allowed}"
    assert refused(**{name: shown}) == refusal(option(name), str(value))
    assert "invalid number value" in refusal(option(name), "many")
    assert refused(**{name: True}).endswith(allowed)
    given = [parsed(option(name), size) for size in ("600", "0.6", "2147483647")]
    assert [getattr(config, name) for config in given] == [600, 0.6, 2**31 - 1]
    assert [type(getattr(config, name)) for config in given] == [int, float, int]


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "nan", "2"])
def test_a_share_to_test_on_that_is_none_is_refused(value):
    assert refusal("--test-share", value) == f"--test-share {float(value)}: allowed is a share between 0 and 1"


@pytest.mark.parametrize("name", [*COUNTS, "seed", "data_seed"])
@pytest.mark.parametrize("value", ["abc", "1.5", "", "nan", "1e3"])
def test_what_is_no_integer_is_refused(name, value):
    assert f"argument {option(name)}: invalid int value: {value!r}" in refusal(option(name), value)


@pytest.mark.parametrize("name", [*COUNTS, "lambda_range", "norm_types"])
def test_two_dashes_in_the_place_of_a_value_are_refused(name):
    assert f"argument {option(name)}: " in refusal(f"{option(name)}=--")  # Python 3.11's argparse takes them for none


@pytest.mark.parametrize("name", ["seed", "data_seed", "test_seed"])
@pytest.mark.parametrize("value", [-1, 2**32, 10**30])
def test_a_seed_outside_of_32_bits_is_refused(name, value):
    assert refusal(option(name), str(value)) == f"{option(name)} {value}: allowed is an integer in 0..4294967295"


@pytest.mark.parametrize("name", ["lambda_range", "learning_rate_range"])
@pytest.mark.parametrize(
    ("low", "high"),
    [(0.1, 0.01), (0.01, 0.01), (0.0, 0.1), (-0.1, 0.1), ("nan", 0.1), (0.1, "nan"), (0.1, "inf"), (0.1, -0.2)],
)
def test_a_range_that_is_reversed_empty_or_not_positive_and_finite_is_refused(name, low, high):
    allowed = "allowed is two finite numbers LOW HIGH with 0 < LOW < HIGH"
    assert refusal(option(name), str(low), str(high)) == f"{option(name)} {low} {high}: {allowed}"


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["--lambda-range", "1e300", "1e308"], "7.5e-37..3.4e+38"),
        (["--lambda-range", "1e-2", "1e39"], "7.5e-37..3.4e+38"),
        (["--lambda-range", "7e-37", "1e-2"], "7.5e-37..3.4e+38"),
        (["--lambda-range", "1e-320", "1e-2"], "7.5e-37..3.4e+38"),
        (["--lambda-range", "7e-37", "1e-2", "--l1-ratio", "0.25"], "1.5e-36..3.4e+38"),
        (["--lambda-range", "3e-37", "1e-2", "--reg-types", "l1"], "3.8e-37..3.4e+38"),
        (["--lambda-range", "1e-30", "1e-2", "--penalty-n", "1e10"], "2.4e-28..3.4e+38"),
        (["--lambda-range", "1e-2", "1e30", "--penalty-n", "1e-10"], "1.2e-38..3.4e+28"),
        (["--learning-rate-range", "1e-39", "1e-2"], "1.2e-38..3.4e+38"),
        (["--learning-rate-range", "1e-2", "1e39"], "1.2e-38..3.4e+38"),
    ],
)
def test_a_range_that_float32_cannot_hold_as_it_is_used_is_refused_with_the_one_that_it_holds(argv, named):
    name, low, high = argv[:3]
    allowed = f"allowed is LOW and HIGH in {named}, which float32 holds as they are used"
    assert refusal(*argv) == f"{name} {float(low)} {float(high)}: {allowed}"


@pytest.mark.parametrize("reg_type", ["l1", "l2", "elastic"])
def test_the_coefficients_of_every_range_that_is_accepted_are_normal_numbers_of_float32(reg_type):
    tiny, big = np.finfo(np.float32).smallest_normal, np.finfo(np.float32).max
    method = find_methods("reg_type")[reg_type]
    for n in ("batch", "1e-20", "1e20"):
        for ratio in (1e-6, 0.5, 1 - 1e-6):
            settings = {"penalty_n": n, "l1_ratio": ratio, "reg_types": (reg_type,)}
            low, high = re.search(r"in (\S+)\.\.(\S+),", refused(lambda_range=(1e-320, 1e300), **settings)).groups()
            config = StudyConfig(lambda_range=(1.1 * float(low), 0.9 * float(high)), **settings)
            for value in config.lambda_range:
                numbers = numbers_for([method], {"reg_lambda": value}, Reading(config.penalty_divisor, ratio))
                used = np.array([*numbers.values()], np.float32)
                assert used.any()
                assert ((used == 0) | ((tiny <= used) & (used <= big))).all()


@pytest.mark.parametrize("argv", [["0.1"], [], ["a", "b"], ["-inf", "1"]])
def test_a_range_that_is_not_two_numbers_is_refused(argv):
    assert "argument --lambda-range: " in refusal("--lambda-range", *argv)


@pytest.mark.parametrize("name", [name for name, spec in FIELDS.items() if "choices" in spec.metadata])
def test_an_unknown_name_is_refused_and_the_known_ones_are_listed(name):
    choices = FIELDS[name].metadata["choices"]
    for message in (
        refusal(option(name), "foo"),
        refusal(option(name), choices[0].upper()),
        refused(**{name: ("foo",) if isinstance(FIELDS[name].default, tuple) else "foo"}),
    ):
        assert option(name) in message
        assert all(choice in message for choice in choices)


def refused(**settings):
    """Returns the one line with which a library's caller is refused."""
    with pytest.raises(InputError) as caught:
        StudyConfig(**settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("norm_types", ["none", "batch", "none"]), ("reg_types", ["l1", "l1"]), ("norm_types", [])]
)
def test_a_name_given_twice_or_none_at_all_is_refused(name, value):
    message = refused(**{name: tuple(value)})
    allowed = ", ".join(shipped_names(name.removesuffix("s")))
    assert message == f"{option(name)} {' '.join(value) or '()'}: allowed is one or more different ones of {allowed}"
    if value:
        assert refusal(option(name), *value) == message
    else:
        assert f"argument {option(name)}: expected at least one argument" in refusal(option(name))


@pytest.mark.parametrize("value", ["0", "nan", "foo", "-1", "inf", "1e999", "", "Batch", "1e-21", "1e21", "1e-320"])
def test_a_penalty_n_that_is_no_number_of_a_size_to_divide_by_and_no_known_name_is_refused(value):
    shown = value or "''"
    assert refusal("--penalty-n", value) == f"--penalty-n {shown}: allowed is batch, train or a number in 1e-20..1e20"


@pytest.mark.parametrize(("value", "n"), [("batch", 8), ("train", 20), ("1", 1.0), ("2.5e1", 25.0)])
def test_n_is_the_batch_size_the_training_set_size_or_the_number(value, n):
    assert parsed("--penalty-n", value, "--batch-size", "8", "--train-size", "20").penalty_divisor == n


@pytest.mark.parametrize("value", ["2.0", "-0.1", "nan", "inf", "1e-320", "1e-7", "0.9999999", "1e400"])
def test_an_l1_ratio_outside_of_0_to_1_or_so_near_to_an_end_that_a_share_vanishes_is_refused(value):
    assert refusal("--l1-ratio", value) == f"--l1-ratio {float(value)}: allowed is 0, 1 or a number in 1e-6..0.999999"
    assert [parsed("--l1-ratio", end).l1_ratio for end in ("0", "1", "-0.0", "1e-6")] == [0, 1, 0, 1e-6]


@pytest.mark.parametrize("name", ["out", "study_name"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_name_of_a_study_or_a_run_folder_is_refused(name, value):
    assert refusal(option(name), value) == f"{option(name)} {value!r}: allowed is a name that is not empty"


@pytest.mark.parametrize("name", ["out", "tfds_dir"])
def test_a_path_that_begins_with_a_home_folder_is_in_it(name, monkeypatch):
    monkeypatch.setenv("HOME", "/home/of me")
    assert getattr(parsed(f"{option(name)}=~/x y"), name) == "/home/of me/x y"
    assert getattr(parsed(option(name), "./~/x"), name) == "./~/x"
    assert BenchmarkConfig(out="~/x").out == "/home/of me/x"
    assert VerdictConfig(out="~/x").tuning_study().out == "/home/of me/x/tuning"


@pytest.mark.parametrize("prefix", ["journal:", "folder:", "sqlite:///", "sqlite+pysqlite:///"])
def test_a_storage_whose_file_begins_with_a_home_folder_is_in_it(prefix, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert parsed("--storage", f"{prefix}~/x.db").storage == f"{prefix}/home/me/x.db"
    for other in (f"{prefix}a~/x.db", "postgresql://~/x", "grpc://~:1"):
        assert parsed("--storage", other).storage == other


@pytest.mark.parametrize(
    ("name", "value"), [("out", "{}/x"), ("tfds_dir", "{}"), ("storage", "journal:{}/x"), ("storage", "sqlite:///{}/x")]
)
def test_a_home_folder_that_is_not_there_is_refused_with_the_way_to_name_such_a_folder(name, value):
    said = refusal(option(name), value.format("~nosuchuser"))
    assert said.startswith(f"{option(name)} ~nosuchuser")
    assert said.endswith(": there is no home folder ~nosuchuser; allowed is ./~nosuchuser for one of that name")
    with pytest.raises(InputError, match=r"^run folder ~nosuchuser/x: there is no home folder ~nosuchuser; "):
        jaxreg.load("~nosuchuser/x")


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-39, 1e39, 1e-320, float("inf"), float("nan"), True, "1", 10**400])
def test_a_learning_rate_that_float32_cannot_hold_or_that_is_no_number_is_refused(value):
    said = f"--learning-rate {value}: allowed is a number in 1.2e-38..3.4e+38, which float32 holds"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        ClaimsConfig(learning_rate=value)


@pytest.mark.parametrize("name", ["lambda_range", "learning_rate_range"])
@pytest.mark.parametrize("value", [(True, 2.0), (0.1, 10**400), ("0.1", "1"), (0.1,), (None, 1.0)])
def test_a_library_caller_is_refused_a_range_that_is_not_of_two_finite_numbers(name, value):
    assert refused(**{name: value}).endswith(": allowed is two finite numbers LOW HIGH with 0 < LOW < HIGH")


@pytest.mark.parametrize("argv", [["--foo", "1"], ["--trial", "3"], ["stray"], ["--learning-rate", "0.1"]])
def test_an_unknown_option_an_abbreviated_one_and_a_stray_word_are_refused_with_a_pointer_to_help(argv):
    message = refusal(*argv)
    assert f"unrecognized arguments: {' '.join(argv)}" in message
    assert "--help shows all options" in message


@pytest.mark.parametrize("name", ["trials", "seed", "patience"])
@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_a_library_caller_is_refused_what_only_looks_like_an_integer(name, value):
    shown = repr(value) if isinstance(value, str) else value  # a text that would be a number is seen to be one
    assert refused(**{name: value}).startswith(f"{option(name)} {shown}: allowed is an integer ")


@pytest.mark.parametrize("value", [1, 0, "no", None])
def test_a_library_caller_is_refused_what_only_looks_like_a_truth_value(value):
    assert refused(compile_cache=value) == f"--compile-cache {value}: allowed is True or False"


@pytest.mark.parametrize("name", ["data", "out", "storage", "study_name"])
def test_text_that_is_not_unicode_is_refused(name):
    assert refusal(option(name), "a\udcff").startswith(option(name))
