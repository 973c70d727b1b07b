"""The benchmark: equal work, the arithmetic of its numbers, standard JSON, and a line for everything that fails."""

import importlib.util
import io
import json
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NORM_TYPES, cnn, random_examples, traced
from rich.console import Console

from bench import busy, epochs, memory, overhead, run, scaling
from bench.command import Finished, TimedTrial
from bench.config import ACCELERATOR, CONTENDERS, SECTIONS, BenchmarkConfig
from bench.contender import ContenderProcess, make_contender, serve
from bench.flops import epoch_flops, layer_flops
from bench.screen import show
from bench.section import SectionError, geometric_mean, paired_ratios, spread, spread_text
from bench.workload import EpochTiming, Unavailable, Workload, load_workload
from jaxreg.cli import parse
from jaxreg.core.model import forward
from jaxreg.core.train import Examples, Recipe, init_state, train_step
from jaxreg.data import Split
from jaxreg.errors import InputError

BENCHMARK = Path(__file__).parents[1] / "experiments" / "benchmark.py"
TINY = BenchmarkConfig(rounds=1, train_size=40, epoch_valid_size=20)
MEASURED = run.Section(lambda config: {"trials": 1, "peak_bytes": 1}, memory.tables)


def turn(*seconds):
    return epochs.Turn([EpochTiming(s, 0.5, 0.8, 0.9) for s in seconds], 0.1)


def hand_made_epochs():
    """A warm-up and three rounds with turns of two epochs, which take jaxreg 0.2, 0.4 and 0.3 seconds on average."""
    turns = ((9.0, 9.0), (0.1, 0.3), (0.4, 0.4), (0.4, 0.2))
    ours, twice, half, same = ([turn(*(f * s for s in seconds)) for seconds in turns] for f in (1.0, 2.0, 0.5, 1.0))
    return {
        "none": {"ours": ours, "torch": twice},
        "batch": {"ours": ours, "torch": half},
        "layer": {"ours": ours, "torch": same},
    }


def text_of(tables):
    console = Console(file=io.StringIO(), width=200)
    for table in tables:
        show(table, console)
    return console.file.getvalue()


# The arithmetic.


def test_the_operations_of_a_layer_are_those_counted_by_hand():
    conv1, conv2, conv3 = 2 * 28 * 28 * 9 * 32, 2 * 12 * 12 * 9 * 32 * 64, 2 * 4 * 4 * 9 * 64 * 64
    assert layer_flops((28, 28, 1), 10) == (conv1, conv2, conv3, 2 * 1024 * 64, 2 * 64 * 10)
    assert epoch_flops(1000, 2000) == (20_764_416_000, 14_144_000_000)


def test_the_operations_are_those_that_the_compiler_counts_but_for_a_few_per_cent_of_elementwise_ones(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")  # direct convolutions: what an epoch is said to be
    recipe = Recipe(cnn(10))
    batch = Examples(jnp.zeros((32, 28, 28, 1)), jnp.zeros(32, jnp.int32))
    state = jax.eval_shape(lambda: init_state(recipe, (28, 28, 1), jax.random.key(0)))
    step = jax.jit(train_step, static_argnums=0).lower(recipe, traced(1e-3), state, batch)
    evaluation = jax.jit(forward, static_argnums=0).lower(recipe.model, state.variables, batch.images)
    for lowered, flops in zip((step, evaluation), epoch_flops(32, 32), strict=True):
        counted = lowered.compile().cost_analysis() or {}
        assert 1 < counted["flops"] / flops < 1.1


def test_spreads_ratios_and_geometric_means_are_those_of_hand_made_numbers():
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "low": 1.0, "high": 3.0}
    assert paired_ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert spread_text({"median": 2.0, "low": 1.0, "high": 3.0}, 1) == "2.0 (1.0 to 3.0)"


def test_the_summary_of_the_epochs_leaves_out_the_warm_up_and_pairs_the_rounds():
    summary = epochs.summarize(hand_made_epochs())
    torch = summary["norms"]["none"]["torch"]
    assert torch["seconds"] == pytest.approx({"median": 0.6, "low": 0.4, "high": 0.8})
    assert torch["train_seconds"]["median"] == pytest.approx(0.5)
    assert torch["times_ours"] == pytest.approx({"median": 2.0, "low": 2.0, "high": 2.0})
    assert summary["geometric_mean_times_ours"] == pytest.approx({"ours": 1.0, "torch": 1.0})


def test_the_rate_of_processes_that_run_at_once_is_that_of_the_time_in_which_all_do():
    assert busy.total_rate(10.0, [[12.0, 14.0, 16.0]]) == pytest.approx(0.5)
    # The second run is in the middle of its second epoch when the first one ends: 2 + 1.5 epochs in 4 seconds.
    assert busy.total_rate(10.0, [[12.0, 14.0], [13.0, 15.0, 17.0]]) == pytest.approx(3.5 / 4)
    assert busy.total_rate(10.0, [[14.0], [12.0, 13.0, 15.0]]) == pytest.approx((1 + 2.5) / 4)


def test_every_even_way_to_fill_the_cores_is_tried_and_jaxregs_runs_have_one_thread():
    assert busy.layouts("torch_fast", 6) == [(6, 1), (3, 2), (2, 3), (1, 6)]
    assert busy.layouts("naive", 1) == [(1, 1)]
    assert busy.layouts("ours", 6) == [(6, 1)]


def test_the_ratios_of_the_busy_machine_are_of_the_same_round_and_above_1_where_ours_is_faster():
    ours, theirs = [6.0, 3.0, 8.0], [3.0, 1.0, 4.0]
    summary = busy.summarize_rounds(ours, theirs)
    assert summary["ours_times"] == {"median": 2.0, "low": 2.0, "high": 3.0}
    assert summary["epochs_per_second"]["median"] == 3.0
    half = busy.summarize_rounds([1.0], [2.0])
    norms = {"none": {"torch": summary}, "batch": {"torch": half}}
    assert busy.mean_ratios(norms) == pytest.approx({"torch": 1.0})


def test_the_overhead_of_a_study_is_what_is_neither_start_up_nor_trial():
    trials = [
        TimedTrial(10, 14, 3.5, 5, "none"),
        TimedTrial(14, 17, 2.5, 5, "none"),
        TimedTrial(17, 20, 2.5, 5, "none"),
    ]
    summary = overhead.summarize_study(Finished(8, 23, ""), trials, 21.0)
    assert summary["start_up_seconds"] == 2
    assert summary["in_trials_seconds"] == 8.5
    assert summary["between_trials_seconds"] == pytest.approx(1.5)
    assert (summary["measuring_seconds"], summary["reporting_seconds"]) == (1, 2)
    assert summary["share"] == pytest.approx(3.5 / 13)
    assert summary["share_at_default_length"] == pytest.approx((200 * 0.5 + 2) / (3.5 + 199 * 2.5 + 1 + 200 * 0.5 + 2))


def test_the_windows_of_the_stand_in_are_its_first_and_last_trials():
    seconds, sampler = [0.002] * 50 + [9.0] * 10 + [0.004] * 50, [0.001] * 110
    means = overhead.summarize_stand_in(seconds, sampler)["mean_seconds"]
    assert means["1-50"] == pytest.approx({"sampler": 0.001, "others": 0.001, "total": 0.002})
    assert means["61-110"] == pytest.approx({"sampler": 0.001, "others": 0.003, "total": 0.004})


def test_the_steady_rate_leaves_out_the_first_wave():
    trials = [TimedTrial(0, end, 1.0, 4, "batch") for end in (30, 31, 33, 33, 35, 35)]
    assert scaling.steady_rate(trials, 2) == pytest.approx(16 / 4)


# Equal work.


def tiny_workload(shape=(28, 28, 1)):
    return Workload(10, Split(*random_examples(40, shape)), Split(*random_examples(30, shape, seed=1)))


def test_ours_and_naive_learn_the_same_to_within_their_initialisation():
    workload = load_workload(200, 100)
    ours, naive = (
        [contender.epoch() for _ in range(6)][-1]
        for contender in (make_contender(name, workload, "batch") for name in ("ours", "naive"))
    )
    for measured in (ours, naive):
        assert measured.valid_accuracy > 0.5
        assert measured.train_accuracy > 0.6
    assert abs(ours.valid_accuracy - naive.valid_accuracy) < 0.25


@pytest.mark.parametrize("name", ["ours", "naive"])
def test_a_validation_alone_is_the_one_that_ends_the_epoch(name):
    contender = make_contender(name, load_workload(40, 50), "batch")
    assert contender.epoch().valid_accuracy == contender.validate()


@pytest.mark.parametrize("norm_type", NORM_TYPES)
def test_the_torch_network_has_the_parameters_of_ours_and_learns(norm_type):
    pytest.importorskip("torch")
    from bench.torch_loop import TorchCNN

    variables = cnn(10, norm_type).init(jax.random.key(0), jnp.zeros((1, 28, 28, 1)), train=False)
    ours = sum(leaf.size for leaf in jax.tree.leaves(variables["params"]))
    assert sum(parameter.numel() for parameter in TorchCNN(10, norm_type).parameters()) == ours
    contender = make_contender("torch", load_workload(200, 100), norm_type)
    assert [contender.epoch() for _ in range(6)][-1].valid_accuracy > 0.5


@pytest.mark.parametrize("norm_type", NORM_TYPES)
def test_the_fast_torch_loop_learns_what_the_other_learns_and_says_how_it_validates(norm_type):
    pytest.importorskip("torch")
    from bench.torch_fast import VALID_BATCHES

    workload = load_workload(200, 100)
    slow, fast = (make_contender(name, workload, norm_type) for name in ("torch", "torch_fast"))
    assert fast.valid_batch in VALID_BATCHES
    assert abs(slow.epoch().train_loss - fast.epoch().train_loss) < 0.2
    assert [fast.epoch() for _ in range(6)][-1].valid_accuracy > 0.5
    assert fast.epoch().valid_accuracy == fast.validate()


def test_a_compiler_of_pytorch_that_does_not_work_is_told_in_one_line(monkeypatch):
    torch = pytest.importorskip("torch")

    def no_compiler(*args):
        raise RuntimeError("no working C++ compiler\nand many lines more")

    monkeypatch.setattr(torch, "compile", lambda function, dynamic: no_compiler)
    reason = r"torch.compile does not work here \(RuntimeError: no working C\+\+ compiler\)$"
    with pytest.raises(Unavailable, match=reason):
        make_contender("torch_compiled", tiny_workload(), "none")


def test_the_workload_is_the_studys_own_draw():
    workload = load_workload(40, 20)
    assert workload.train.images.shape == (40, 28, 28, 1)
    assert workload.valid.images.shape == (20, 28, 28, 1)
    assert np.array_equal(load_workload(40, 30).train.labels, workload.train.labels)


# The protocol.


def test_every_request_is_answered_by_one_line_of_json():
    answers = io.StringIO()
    requests = ["epoch\n", "epoch\n", "validate\n", "valid_batch\n"]
    serve(lambda: make_contender("naive", tiny_workload(), "none"), requests, answers)
    *answered, seconds, valid_batch = map(json.loads, answers.getvalue().splitlines())
    first, second = (EpochTiming(**answer) for answer in answered)
    assert second.train_loss < first.train_loss
    assert 0 < seconds < 60
    assert valid_batch == 32


def unavailable():
    raise Unavailable("no compiler")


def test_a_contender_that_cannot_run_answers_with_the_reason(monkeypatch):
    answers = io.StringIO()
    serve(unavailable, ["epoch\n"], answers)
    with ContenderProcess(TINY, "naive", "none") as process:
        monkeypatch.setattr(process, "_answers", io.StringIO(answers.getvalue()))
        with pytest.raises(Unavailable, match=r"^no compiler$"):
            process.epoch()


def test_a_contender_is_asked_for_its_threads_before_its_library_starts(monkeypatch):
    given = []

    def popen(command, env, **_):
        given.append(env)
        return SimpleNamespace(stdin=None, stdout=None)

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.delenv("NPROC", raising=False)
    ContenderProcess(TINY, "ours", "none")
    ContenderProcess(TINY, "ours", "none", threads=1)
    free, one = given
    assert "NPROC" not in free
    assert (one["NPROC"], one["OMP_NUM_THREADS"], one["JAX_PLATFORMS"]) == ("1", "1", "cpu")


def test_a_process_that_has_ended_is_named():
    with ContenderProcess(TINY, "ours", "batch") as process:
        process._process.kill()
        with pytest.raises(SectionError, match=r"contender ours batch 40 20: ended without an answer"):
            process.epoch()


# The whole command.


def test_a_small_benchmark_leaves_standard_json_and_a_plot(capsys, monkeypatch):
    monkeypatch.setattr(epochs, "NORM_TYPES", ("none",))
    config = BenchmarkConfig(1, ("epochs",), ("ours", "naive"), 40, 20, "out")
    assert run.run_benchmark(config) == {}

    def refuse(name):
        raise AssertionError(name)

    result = json.loads(Path("out/benchmark.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert result["command"] == config.command()
    assert {"date", "settings", "machine", "versions"} < result.keys()
    section = result["sections"]["epochs"]
    assert {name: len(measured) for name, measured in section["epochs"]["none"].items()} == {"ours": 8, "naive": 8}
    assert Path("out/benchmark.png").stat().st_size > 10_000
    assert "plain Flax loop" in capsys.readouterr().out


def test_the_busy_section_runs_whole_teams_in_rounds_and_keeps_the_fastest_layout(monkeypatch):
    started, ended = [], []

    class Process:
        """An epoch takes long with more threads than one."""

        def __init__(self, config, name, norm_type, threads):
            started.append((name, threads))
            self.seconds = 0.001 if threads == 1 else 0.5

        def __enter__(self):
            return self

        def __exit__(self, *raised):
            ended.append(self)

        def epoch(self):
            threading.Event().wait(self.seconds)  # stands for work: 500 times as long with more threads

        def valid_batch(self):
            return 32

    monkeypatch.setattr(busy, "ContenderProcess", Process)
    monkeypatch.setattr(busy, "NORM_TYPES", ("none",))
    monkeypatch.setattr(busy, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(busy, "visible_cores", lambda: 2)
    section = busy.measure(BenchmarkConfig(3, ("busy",), ("ours", "naive")))
    tries, rounds = [("ours", 1)] * 2 + [("naive", 1)] * 2 + [("naive", 2)], [("ours", 1)] * 2 + [("naive", 1)] * 2
    assert started == tries + rounds
    assert len(ended) == len(started)
    ours, naive = section["norms"]["none"]["ours"], section["norms"]["none"]["naive"]
    assert (naive["processes"], naive["threads"], naive["valid_batches"]) == (2, 1, [32])
    assert naive["tried"]["2 x 1"] > naive["tried"]["1 x 2"]
    assert len(naive["rounds"]) == 3
    assert naive["ours_times"] == spread(paired_ratios(ours["rounds"], naive["rounds"]))
    assert "2 x 1" in text_of(busy.tables(section))


def test_a_contender_that_cannot_run_is_left_out_in_one_line(capsys, monkeypatch):
    compared = []

    def measure(config):
        compared.append(config.contenders)
        return {"trials": 1, "peak_bytes": 1}

    class Unable:
        def __init__(self, config, name, norm_type):
            assert name == "torch_compiled"

        def __enter__(self):
            return self

        def __exit__(self, *raised):
            pass

        def valid_batch(self):
            unavailable()

    monkeypatch.setattr(run, "ContenderProcess", Unable)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name != "torch" else True)
    monkeypatch.setattr(run, "version", lambda name: "0")
    monkeypatch.setitem(run.SECTIONS, "busy", run.Section(measure, memory.tables))
    config = BenchmarkConfig(only=("busy",), contenders=("ours", "torch_compiled"), out="out")
    assert run.run_benchmark(config) == {}
    assert compared == [("ours",)]
    assert "left out: torch_compiled: no compiler\n" in capsys.readouterr().out
    assert json.loads(Path("out/benchmark.json").read_text(encoding="utf-8"))["left_out"] == {
        "torch_compiled": "no compiler"
    }


def test_a_section_that_fails_is_told_and_the_others_are_measured(monkeypatch):
    def fail(config):
        raise SectionError("python search.py --workers 2: exit code 2: error: no workers")

    monkeypatch.setitem(run.SECTIONS, "scaling", run.SECTIONS["scaling"]._replace(measure=fail))
    monkeypatch.setitem(run.SECTIONS, "memory", MEASURED)
    failures = run.run_benchmark(BenchmarkConfig(only=("scaling", "memory"), out="out"))
    assert failures == {"scaling": "python search.py --workers 2: exit code 2: error: no workers"}
    sections = json.loads(Path("out/benchmark.json").read_text(encoding="utf-8"))["sections"]
    assert sections == {"scaling": {"error": failures["scaling"]}, "memory": {"trials": 1, "peak_bytes": 1}}


def test_a_missing_torch_is_told_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for config in (BenchmarkConfig(), BenchmarkConfig(only=("busy",), contenders=("torch_fast", "ours"))):
        with pytest.raises(InputError, match=r"pip install -c constraints.txt -e '.\[bench\]'"):
            run.run_benchmark(config)
    assert not Path("runs").exists()
    monkeypatch.setitem(run.SECTIONS, "memory", MEASURED)
    assert run.run_benchmark(BenchmarkConfig(only=("memory",))) == {}


def test_every_section_of_the_settings_is_measured_by_one():
    assert tuple(run.SECTIONS) == (*SECTIONS, ACCELERATOR)
    assert epochs.NAMES.keys() == set(CONTENDERS)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("--rounds", "0"), "--rounds 0: allowed is an integer of at least 1"),
        (("--only", "speed"), "argument --only: invalid choice"),
        (("--only", "gemm", "gemm"), "--only gemm gemm: allowed is one or more different ones of epochs, busy"),
        (("--contenders", "torch"), "--contenders torch: allowed is a choice with ours"),
        (("--train-size", "7000"), "--train-size 7000: allowed is what with --epoch-valid-size is less than 8000"),
        (("--out", " "), "allowed is a name that is not empty"),
    ],
)
def test_a_bad_option_is_refused_in_one_line(argv, told):
    with pytest.raises(InputError) as caught:
        parse(BenchmarkConfig, None, argv)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_of_a_config_gives_it_again():
    config = BenchmarkConfig(3, ("gemm", "memory"), ("naive", "ours"), 40, 20, "a folder")
    python, script, *argv = config.command().split(" ")
    assert (python, script) == ("python", "experiments/benchmark.py")
    assert config.command().endswith("--out 'a folder'")
    assert parse(BenchmarkConfig, None, [*argv[:-2], "a folder"]) == config
    assert BenchmarkConfig().command() == "python experiments/benchmark.py"


def test_the_command_ends_with_code_2_and_one_line_on_a_bad_option():
    done = subprocess.run([sys.executable, BENCHMARK, "--rounds", "0"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --rounds 0: allowed is an integer of at least 1\n"


# Each section.
