"""Section "accelerator": what a GPU or TPU computes, how fast, and whole commands on it, each part for itself.

Where JAX sees none, the parts try themselves on tiny sizes, and nothing that is shown is a measurement of anything.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax

from bench.accelerator.part import PARTS
from bench.config import BenchmarkConfig
from bench.section import Table


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the rows of each part, and why any of them has not come to its end."""
    tiny, start, seconds = jax.default_backend() == "cpu", time.monotonic(), 60 * config.minutes
    if tiny:
        print("JAX sees no accelerator here: each part tries itself on tiny sizes, and measures nothing", flush=True)
    parts = {}
    with TemporaryDirectory() as cache:
        for name, part in PARTS.items():
            left = seconds - (time.monotonic() - start)
            print(f"  {name}", flush=True)
            parts[name] = _run(name, cache, None if tiny else max(0.0, min(part.share * seconds, left)))
    return {"tiny": tiny, "parts": parts}


def _run(name: str, cache: str, limit: float | None) -> dict[str, Any]:
    """Returns the rows of a part, its seconds, and the reason where it has failed; without a limit it is tiny."""
    command = [sys.executable, "-m", "bench.accelerator.part", name, *(["--tiny"] if limit is None else [])]
    folder, start = Path(__file__).parents[2], time.monotonic()  # where `-m` finds the module
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a command that the part has started ends with it
    )
    try:
        out, errors = process.communicate(timeout=limit)
        failed = {} if process.returncode == 0 else {"error": _last_line(errors) or f"exit code {process.returncode}"}
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, errors = process.communicate()
        failed = {"error": f"ended after {limit:.0f} s"}
    rows = [json.loads(line) for line in out.splitlines() if line.startswith("{") and line.endswith("}")]
    return {"seconds": time.monotonic() - start, "rows": rows, **failed}


def _environment(cache: str) -> dict[str, str]:
    """Returns this process's own with a cache for all parts, and a GPU's memory taken as it is needed."""
    return {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ, "XDG_CACHE_HOME": cache}


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the tables of all parts that have measured something, and one of what each part took."""
    shown = [
        table for name, part in result["parts"].items() if part["rows"] for table in PARTS[name].tables(part["rows"])
    ]
    rows = [(name, f"{part['seconds']:.0f}", part.get("error", "")) for name, part in result["parts"].items()]
    note = "Tiny sizes: nothing here is a measurement." if result["tiny"] else ""
    return [*shown, Table("The parts", ("", "seconds", "did not come to its end"), rows, note)]
