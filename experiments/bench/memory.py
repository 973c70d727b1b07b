"""Section "memory": the peak resident memory of a study with default settings in one process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.command import read_trials, run, search_command
from bench.config import BenchmarkConfig
from bench.section import SectionError, Table
from bench.workload import NORM_TYPES

TRIALS = 10
# A process inherits the peak of the one that starts it, so a small one is put between: it runs its arguments as a
# command and prints the greatest peak of its children, in kilobytes (bytes on macOS).
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def measure(config: BenchmarkConfig) -> dict[str, Any]:
    """Returns the peak of a study that compiles and trains all three normalizations.

    Raises:
      SectionError: its trials have not met all of them.
    """
    del config
    with TemporaryDirectory() as place:
        folder = Path(place, "study")
        command = search_command(folder, "--trials", TRIALS, "--workers", 1)
        finished = run([sys.executable, "-c", LAUNCHER, *command], Path(place, "cache"))
        met = {trial.norm_type for trial in read_trials(folder)}
    if met != set(NORM_TYPES):
        raise SectionError(f"memory: {TRIALS} trials have met the normalizations {', '.join(sorted(met))} only")
    unit = 1 if sys.platform == "darwin" else 1024
    return {"trials": TRIALS, "peak_bytes": int(finished.stdout) * unit}


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Returns the one number, in MB of a million bytes."""
    title = f"Peak resident memory of a default study of {result['trials']} trials, all normalizations"
    return [Table(title, ("", ""), [("the process of the study", f"{result['peak_bytes'] / 1e6:.0f} MB")])]
