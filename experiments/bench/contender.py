"""A contender in a process of its own: it runs an epoch when it is asked to, and is idle in between.

    python -m bench.contender NAME NORM_TYPE TRAIN_SIZE EPOCH_VALID_SIZE    (in experiments/)

Each line on its standard input is a request, answered by one line of JSON: "epoch" by an `EpochTiming`, "validate" by
the seconds of a validation alone, "valid_batch" by how many images that takes at once. The end of the input ends it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self, TextIO, cast

from bench.config import BenchmarkConfig
from bench.section import SectionError
from bench.workload import Contender, EpochTiming, Unavailable, Workload, load_workload

# The variables that XLA, PyTorch and its compiler read when they start.
THREADS = ("NPROC", "OMP_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS")
ON_CPU = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
UNAVAILABLE = "unavailable"  # the answer of a contender that cannot run, with the reason


class ContenderProcess:
    """The benchmark's side of a contender: use it as a context, which ends the process.

    Args:
      config: the sizes of an epoch.
      name: the contender.
      norm_type: its normalization.
      threads: so many on a CPU; without, as its library starts on this machine.
    """

    def __init__(self, config: BenchmarkConfig, name: str, norm_type: str, threads: int | None = None) -> None:
        sizes = (str(config.train_size), str(config.epoch_valid_size))
        self._command = [sys.executable, "-m", "bench.contender", name, norm_type, *sizes]
        chosen = dict.fromkeys(THREADS, str(threads)) | ON_CPU if threads else {}
        self._process = subprocess.Popen(
            self._command,
            cwd=Path(__file__).parents[1],  # where `-m` finds this module
            env=os.environ | chosen,
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
        """Returns the measures of the contender's next epoch."""
        return EpochTiming(**self._ask("epoch"))

    def validation_seconds(self) -> float:
        """Returns the seconds of a validation alone."""
        return float(self._ask("validate"))

    def valid_batch(self) -> int:
        """Returns how many images it validates at once."""
        return int(self._ask("valid_batch"))

    def _ask(self, request: str) -> Any:
        """Returns the answer to a request.

        Raises:
          Unavailable: the contender cannot run here.
          SectionError: the process has ended; what it had to say is on standard error.
        """
        try:
            print(request, file=self._requests, flush=True)
            line = self._answers.readline()
        except OSError:
            line = ""
        if not line:
            raise SectionError(f"{shlex.join(self._command)}: ended without an answer")
        answer = json.loads(line)
        if isinstance(answer, dict) and UNAVAILABLE in answer:
            raise Unavailable(answer[UNAVAILABLE])
        return answer


def make_contender(name: str, workload: Workload, norm_type: str) -> Contender:
    """Returns the contender of a name; only its own libraries are imported."""
    if name == "torch":
        from bench.torch_loop import TorchLoop

        return TorchLoop(workload, norm_type)
    if name in ("torch_fast", "torch_compiled"):
        from bench.torch_fast import TorchFast

        return TorchFast(workload, norm_type, compiled=name == "torch_compiled")
    if name == "naive":
        from bench.naive import Naive

        return Naive(workload, norm_type)
    from bench.ours import Ours

    return Ours(workload, norm_type)


def serve(make: Callable[[], Contender], requests: Iterable[str], answers: TextIO) -> None:
    """Makes a contender and answers every request; one that cannot run here answers with the reason."""
    try:
        contender = make()
    except Unavailable as error:
        _answer(({UNAVAILABLE: str(error)} for _ in requests), answers)
    else:
        _answer((respond(contender, request.strip()) for request in requests), answers)


def _answer(values: Iterable[Any], answers: TextIO) -> None:
    for value in values:
        print(json.dumps(value, allow_nan=False), file=answers, flush=True)


def respond(contender: Contender, request: str) -> Any:
    """Returns what a contender answers to a request."""
    if request == "epoch":
        return contender.epoch()._asdict()
    if request == "valid_batch":
        return contender.valid_batch
    start = time.perf_counter()
    contender.validate()
    return time.perf_counter() - start


if __name__ == "__main__":
    name, norm_type, train_size, epoch_valid_size = sys.argv[1:]
    workload = load_workload(int(train_size), int(epoch_valid_size))
    serve(lambda: make_contender(name, workload, norm_type), sys.stdin, sys.stdout)
