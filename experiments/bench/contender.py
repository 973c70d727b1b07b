"""A contender in a process of its own: it runs an epoch when it is asked to, and is idle in between.

    python -m bench.contender NAME NORM_TYPE TRAIN_SIZE EPOCH_VALID_SIZE    (in experiments/)

Each line on its standard input is answered by one line of JSON, an `EpochTiming`; the end of the input ends it.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Self, TextIO, cast

from bench.config import BenchmarkConfig
from bench.section import SectionError
from bench.workload import Contender, EpochTiming, Workload, load_workload


class ContenderProcess:
    """The benchmark's side of a contender: use it as a context, which starts the process and ends it."""

    def __init__(self, config: BenchmarkConfig, name: str, norm_type: str) -> None:
        sizes = (str(config.train_size), str(config.epoch_valid_size))
        self._command = [sys.executable, "-m", "bench.contender", name, norm_type, *sizes]
        self._process = subprocess.Popen(
            self._command,
            cwd=Path(__file__).parents[1],  # where `-m` finds this module
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._requests, self._answers = cast(TextIO, self._process.stdin), cast(TextIO, self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.communicate()

    def epoch(self) -> EpochTiming:
        """Returns the measures of the contender's next epoch.

        Raises:
          SectionError: the process has ended; what it had to say is on standard error.
        """
        try:
            print("epoch", file=self._requests, flush=True)
            line = self._answers.readline()
        except OSError:
            line = ""
        if not line:
            raise SectionError(f"{shlex.join(self._command)}: ended without an answer")
        return EpochTiming(**json.loads(line))


def make_contender(name: str, workload: Workload, norm_type: str) -> Contender:
    """Returns the contender of a name; only its own libraries are imported."""
    if name == "torch":
        from bench.torch_loop import TorchLoop

        return TorchLoop(workload, norm_type)
    if name == "naive":
        from bench.naive import Naive

        return Naive(workload, norm_type)
    from bench.ours import Ours

    return Ours(workload, norm_type)


def serve(contender: Contender, requests: Iterable[str], answers: TextIO) -> None:
    """Answers every request by the measures of one more epoch."""
    for _ in requests:
        print(json.dumps(contender.epoch()._asdict(), allow_nan=False), file=answers, flush=True)


if __name__ == "__main__":
    name, norm_type, train_size, epoch_valid_size = sys.argv[1:]
    serve(make_contender(name, load_workload(int(train_size), int(epoch_valid_size)), norm_type), sys.stdin, sys.stdout)
