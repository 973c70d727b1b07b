"""The array of docs/scale.md as SLURM would start it: shares in a folder, no database, a last command that judges."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from forks import Fork, run_command
from test_study import write_data
from test_verdict import small

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
(SCRIPT,) = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if block.startswith("#!/bin/bash")]
TASKS = 2


def started(words):
    """Starts a command where the docs have it, with the interpreter of the tests."""
    return subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def task(number, options):
    slurm = {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_COUNT": str(TASKS), "PYTHON": sys.executable}
    command = ["env", *(f"{name}={value}" for name, value in slurm.items()), "bash", "array.sbatch", *options]
    return started(command)


@pytest.mark.slow
def test_an_array_makes_a_verdict_with_nothing_but_a_folder(tmp_path):
    Path("array.sbatch").write_text(SCRIPT, encoding="utf-8")
    os.symlink(ROOT / "experiments", "experiments")
    write_data("data.npz")
    cells = {"norm_types": ("batch",), "reg_types": ("none", "l1", "l2", "elastic")}  # which share their programs
    options = small("unused", "data.npz", **cells).options()
    options = options[: options.index("--out")] + options[options.index("--out") + 2 :]
    said = []
    for number in range(1, TASKS + 1):
        ended = task(number, options)
        said.append(ended.communicate()[0])
        assert ended.returncode == 0, said[-1]
    assert "this share is done; verdict.tuning: 4 of 8 runs are in --storage folder:" in said[0]
    assert "verdict.confirmation: 4 of 8 runs" in said[1]  # the last one finds all tuned, and goes on
    preempted = task(1, options)
    preempted.terminate()
    assert preempted.wait() in (130, -15)  # before or after Python listens
    assert task(1, options).wait() == 0
    last = started([sys.executable, "experiments/verdict.py", "--storage", f"folder:{tmp_path}/runs/shared", *options])
    assert last.communicate()[0]
    assert last.returncode == 0
    alone = Fork(run_command, ROOT / "experiments" / "verdict.py", *options, "--out", "alone")
    assert alone.wait() == 0
    for name in ("runs.csv", "cells.csv", "contrasts.csv", "frozen.json", "tuning/trials.csv"):
        assert Path("runs/verdict", name).read_bytes() == Path("alone", name).read_bytes(), name
