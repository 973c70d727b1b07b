"""Each section of the benchmark, on next to nothing."""

import importlib.util
import json
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from conftest import NORM_TYPES
from test_benchmark import hand_made_epochs, text_of

import benchmark
from bench import busy, conv, epochs, gemm, idle, memory, overhead, scaling, startup, storage
from bench.accelerator import checks, command, part
from bench.accelerator import epochs as accelerator_epochs
from bench.accelerator import section as accelerator
from bench.command import Finished, TimedTrial, read_trials, search_command
from bench.command import run as run_child
from bench.config import ACCELERATOR, BenchmarkConfig
from bench.plot import write_plot
from bench.section import SectionError, spread
from bench.stand_in import StandIn
from bench.storage import together
from jaxreg.core import ops
from jaxreg.errors import InputError
from jaxreg.search.config import StudyConfig


def test_a_command_that_fails_is_named_with_its_last_line():
    with pytest.raises(SectionError, match=r"search.py .*--trials 0: exit code 2: error: --trials 0: allowed is"):
        run_child(search_command(Path("run"), "--trials", 0), Path("cache"))


def test_the_times_of_a_real_study_are_read_from_its_run_folder():
    sizes = ("--train-size", 40, "--epoch-valid-size", 20, "--trial-valid-size", 20)
    finished = run_child(
        search_command(Path("run"), "--trials", 2, "--max-epochs", 2, "--norm-types", "none", *sizes),
        Path(os.environ["XDG_CACHE_HOME"]),
    )
    trials = read_trials(Path("run"))
    assert [trial.num_epochs for trial in trials] == [2, 2]
    for trial in trials:
        assert finished.start < trial.start < trial.end < finished.end
        assert 0 < trial.seconds < trial.end - trial.start


def test_a_worker_that_cannot_open_its_storage_ends_the_section_and_keeps_none_waiting(tmp_path):
    storages = (None, f"sqlite:///{tmp_path}/not there/study.db")
    configs = [StudyConfig(out=str(tmp_path / str(i)), trials=1, storage=s) for i, s in enumerate(storages)]
    with pytest.raises(SectionError, match="odd: a worker of 2 ended with code 1"):
        together("odd", [StandIn(config, None) for config in configs])


def test_the_stand_in_runs_the_whole_loop():
    seconds, sampler = overhead.measure_stand_in(Path("study"), 25)
    assert len(seconds) == len(sampler) == 25
    assert all(0 < part < whole for part, whole in zip(sampler, seconds, strict=True))
    assert json.loads(Path("study/best/model.json").read_text(encoding="utf-8"))["trial"] == 20


def test_the_rate_of_a_product_is_finite_and_positive():
    assert 0 < gemm.matmul_rate(64, 64, 64) < float("inf")


def test_convolutions_are_timed_each_way_and_shown(monkeypatch):
    monkeypatch.setattr(conv, "CASES", {"tiny": ((4, 4, 2), 3, (3, 3), 1)})
    monkeypatch.setattr(conv, "BATCH_SIZE", 2)
    result = conv.measure(BenchmarkConfig(rounds=2))
    assert set(result["seconds"]["tiny"]) == set(conv.WAYS)
    assert all(len(times) == 2 and min(times) > 0 for times in result["rounds"]["tiny"].values())
    assert "tiny" in text_of(conv.tables(result))


def test_each_part_of_the_accelerator_is_a_process_whose_failure_costs_itself_alone(monkeypatch, capsys):
    tried = {name: part.PARTS[name] for name in ("device", "rivals")}
    monkeypatch.setattr(accelerator, "PARTS", tried)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    if importlib.util.find_spec("torch") is not None:
        pytest.skip("all parts succeed where there is PyTorch")
    result = accelerator.measure(BenchmarkConfig(only=(ACCELERATOR,)))
    assert "no accelerator" in capsys.readouterr().out
    assert (result["tiny"], set(result["parts"])) == (True, {"device", "rivals"})
    (row,) = result["parts"]["device"]["rows"]
    assert (row["devices"], row["machine"]["devices"]) == (1, ["cpu"])
    assert min(row["product_flops"], row["copy_bytes"]) > 0
    assert result["parts"]["rivals"]["error"] == "ModuleNotFoundError: No module named 'torch'"
    text = text_of(accelerator.tables(result))
    assert "1 x cpu, unknown" in text
    assert "nothing here is a measurement" in text


def test_a_part_of_the_accelerator_that_takes_too_long_is_ended_with_what_it_has_started(monkeypatch):
    python = Path("python")
    python.write_text("#!/bin/sh\nsleep 3600 &\nwait\n")  # while it lives, it holds the part's output open
    python.chmod(0o755)
    monkeypatch.setattr(accelerator.sys, "executable", str(python.absolute()))
    ended = accelerator._run("study", "cache", 2.0)
    assert (ended["rows"], ended["error"]) == ([], "ended after 2 s")


def test_the_checks_of_the_accelerator_hold_here_and_see_a_wrong_convolution(monkeypatch):
    rows = [*checks._convolutions(), *checks._pooling(), checks._penalty(), *checks._steps("none")]
    assert [row["check"] for row in rows if not row["holds"]] == []
    assert len(rows) == 16 + 3 + 4
    right = ops.WAYS["patches"]
    monkeypatch.setitem(ops.WAYS, "patches", lambda *args: 1.0001 * right(*args))
    wrong = [row for row in checks._convolutions() if not row["holds"]]
    assert len(wrong) == 4
    assert all("patches" in row["check"] for row in wrong)
    assert "DOES NOT HOLD" in text_of(checks.tables(wrong))


def test_the_epochs_on_the_accelerator_are_measured_each_way(monkeypatch):
    monkeypatch.setattr(accelerator_epochs, "TINY_CASES", (("none", "chosen", 1), ("none", "by_image", 2)))
    usual = ops.way_of
    rows = list(accelerator_epochs.measure(tiny=True))
    assert ops.way_of is usual
    assert [(row["way"], row["size"]) for row in rows] == [("chosen", 1), ("by_image", 2)]
    assert min(row["epoch"] for row in rows) > 0
    assert "by_image" in text_of(accelerator_epochs.tables(rows))


def test_a_command_on_the_accelerator_says_what_it_found_or_why_it_failed(monkeypatch):
    (row,) = command.measure("search.py", ("--trials", "1", "--norm-types", "none"), True)
    assert (row["summary"]["trials"], len(row["run_seconds"])) == (1, 1)
    monkeypatch.setattr(command, "TINY", ("--trials", "0"))
    (refused,) = command.measure("search.py", (), True)
    assert "exit code 2: error: --trials 0: allowed is" in refused["error"]
    text = text_of(command.tables([row, refused]))
    assert "trials 1, epochs 2" in text
    assert "allowed is" in text


def test_what_lies_between_the_trials_of_a_worker_is_idle(monkeypatch, tmp_path):
    for name, value in {"WORKERS": (2,), "EACH": 3, "SECONDS": 0.1}.items():
        monkeypatch.setattr(idle, name, value)
    monkeypatch.setattr(storage, "addresses", lambda folder: nullcontext({"journal": f"journal:{folder}/study.log"}))
    result = idle.measure(BenchmarkConfig())
    (row,) = result["variants"]
    assert (row["storage"], row["workers"]) == ("journal", 2)
    between = row["seconds_between"]
    assert 0 < between["low"] <= between["median"] <= between["high"]
    assert 0 < row["idle"] < 1
    assert row["calls_a_trial"] >= 4  # it is made, taken, told and ended
    assert f"{row['idle']:.1%}" in text_of(idle.tables(result))


def test_packages_that_are_missing_are_named_before_anything_starts(monkeypatch):
    monkeypatch.setattr(
        benchmark.importlib.util, "find_spec", lambda name: None if name in ("optuna", "alembic") else 1
    )
    with pytest.raises(InputError, match="lacks optuna, alembic: pip install"):
        benchmark.benchmark(BenchmarkConfig(only=(ACCELERATOR,)))


def test_workers_are_scaled_up_to_all_cores():
    assert scaling.variants(1) == ((1, 1), (1, 2), (1, 4))
    assert scaling.variants(8)[:4] == ((1, 1), (2, 1), (4, 1), (8, 1))


def test_every_section_has_a_table_for_its_result():
    result = epochs.summarize(hand_made_epochs()) | {"epochs": epochs.as_json(hand_made_epochs())}
    text = text_of(epochs.tables(result))
    assert "0.600 (0.400 to 0.800)" in text
    assert "PyTorch loop 1.00" in text
    write_plot(Path("benchmark.png"), result)
    run_of_ours = {"processes": 2, "threads": 1, "valid_batches": [50], "tried": {"2 x 1": 8.0}}
    run_of_torch = {"processes": 1, "threads": 2, "valid_batches": [32, 250], "tried": {"2 x 1": 2.5, "1 x 2": 2.625}}
    runs = {
        "ours": run_of_ours | busy.summarize_rounds([8.0, 9.0], [8.0, 9.0]),
        "torch_fast": run_of_torch | busy.summarize_rounds([8.0, 9.0], [2.0, 3.0]),
    }
    text = text_of(
        busy.tables(
            {"cores": 2, "norms": {"none": runs}, "geometric_mean_ours_times": busy.mean_ratios({"none": runs})}
        )
    )
    assert "3.50 (3.00 to 4.00)" in text
    assert "fast PyTorch loop 3.50" in " ".join(text.split())  # the note is wrapped at the table's width
    assert all(part in text for part in ("32/250", "1 x 2", "2.62"))
    rates = {name: spread([1e11, 2e11, 3e11]) for name in (*gemm.SHAPES, *NORM_TYPES)}
    flops = {"train": 20.7e9, "validate": 14.1e9}
    assert "200.0 (100.0 to 300.0)" in text_of(gemm.tables({"flops_of_an_epoch": flops, "flops_per_second": rates}))
    states = {"cold": spread([2.0]), "warm": spread([1.0])}
    assert "2.00 (2.00 to 2.00)" in text_of(startup.tables({"seconds": {"--help": states}}))
    study = overhead.summarize_study(Finished(0, 9, ""), [TimedTrial(1, 3, 2.0, 5, "none")] * 2, 8.0)
    stand_in = overhead.summarize_stand_in([0.002] * 100, [0.001] * 100)
    assert "trials 51-100" in text_of(overhead.tables({"study": study, "stand_in": stand_in}))
    one = spread([1.0])
    variant = {"workers": 2, "population": 4, "epochs_per_second": one, "times_one": one, "rounds": [1.0]}
    assert "1.00 (1.00 to 1.00)" in text_of(scaling.tables({"variants": [variant]}))
    assert "512 MB" in text_of(memory.tables({"trials": 10, "peak_bytes": 512_000_000}))
