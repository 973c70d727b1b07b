"""The benchmark from settings to files: measures section by section, shows tables, writes JSON and a plot."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from bench import busy, conv, epochs, gemm, idle, lookback, memory, overhead, scaling, startup, storage
from bench.accelerator import section as accelerator
from bench.config import ACCELERATOR, COMPARING, BenchmarkConfig
from bench.contender import ContenderProcess
from bench.screen import show
from bench.section import SectionError, Table
from bench.workload import Unavailable
from jaxreg.engine import environment
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.run_folder import locked
from jaxreg.errors import InputError
from jaxreg.files import write_json
from jaxreg.pages.plain import plain_matplotlib


class Section(NamedTuple):
    """A part of the benchmark: what it measures as JSON values, and how these are shown."""

    measure: Callable[[BenchmarkConfig], dict[str, Any]]
    tables: Callable[[Mapping[str, Any]], list[Table]]


SECTIONS = {
    "epochs": Section(epochs.measure, epochs.tables),
    "busy": Section(busy.measure, busy.tables),
    "gemm": Section(gemm.measure, gemm.tables),
    "conv": Section(conv.measure, conv.tables),
    "startup": Section(startup.measure, startup.tables),
    "overhead": Section(overhead.measure, overhead.tables),
    "scaling": Section(scaling.measure, scaling.tables),
    "lookback": Section(lookback.measure, lookback.tables),
    "storage": Section(storage.measure, storage.tables),
    "idle": Section(idle.measure, idle.tables),
    "memory": Section(memory.measure, memory.tables),
    ACCELERATOR: Section(accelerator.measure, accelerator.tables),
}


@pinned()
def run_benchmark(config: BenchmarkConfig) -> dict[str, str]:
    """Measures the sections of the settings and returns why any of them failed; what is measured is kept at once.

    Raises:
      InputError: PyTorch is to be measured and is not installed, or the folder cannot be used.
    """
    _refuse_missing_torch(config)
    folder = Path(config.out)
    failures: dict[str, str] = {}
    with locked(folder):
        left_out = _left_out(config)
        result = _heading(config) | {"left_out": left_out}
        for name, reason in left_out.items():
            print(f"left out: {name}: {reason}", flush=True)
        able = replace(config, contenders=tuple(name for name in config.contenders if name not in left_out))
        for name in config.only:
            print(f"measuring {name}", flush=True)
            try:
                result["sections"][name] = SECTIONS[name].measure(able)
            except SectionError as error:
                failures[name] = str(error)
                result["sections"][name] = {"error": str(error)}
            else:
                for table in SECTIONS[name].tables(result["sections"][name]):
                    show(table)
            write_json(folder / "benchmark.json", result)
        if "norms" in result["sections"].get("epochs", {}):
            with plain_matplotlib():
                from bench.plot import write_plot

                write_plot(folder / "benchmark.png", result["sections"]["epochs"])
    print(f"Results: {folder / 'benchmark.json'}")
    return failures


def _refuse_missing_torch(config: BenchmarkConfig) -> None:
    if any(name.startswith("torch") for name in _compared(config)) and importlib.util.find_spec("torch") is None:
        raise InputError(
            "PyTorch, which the epochs are compared with, is not installed: "
            "pip install -c constraints.txt -e '.[bench]', or leave it out by --contenders ours naive"
        )


def _compared(config: BenchmarkConfig) -> tuple[str, ...]:
    """Returns the contenders that a section of the settings measures."""
    return config.contenders if set(COMPARING) & set(config.only) else ()


def _left_out(config: BenchmarkConfig) -> dict[str, str]:
    """Returns the contenders that cannot run on this machine, with the reason: one needs a compiler of C++."""
    if "torch_compiled" not in _compared(config):
        return {}
    try:
        with ContenderProcess(config, "torch_compiled", "none") as process:
            process.valid_batch()
    except Unavailable as error:
        return {"torch_compiled": str(error)}
    return {}


def _heading(config: BenchmarkConfig) -> dict[str, Any]:
    torch = {"torch": version("torch")} if importlib.util.find_spec("torch") else {}
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": config.command(),
        "settings": config.settings(),
        "machine": environment.machine(),
        "versions": environment.versions() | torch,
        "sections": {},
    }
