"""The benchmark: epochs beside PyTorch and a plain Flax loop, arithmetic, start, overhead, scaling and memory.

    python experiments/benchmark.py                     everything, some minutes, into runs/benchmark
    python experiments/benchmark.py --only epochs gemm  two of its sections
    python experiments/benchmark.py --help              all options

Leave the machine alone meanwhile. PyTorch comes with: pip install -c constraints.txt -e '.[bench]'
"""

import sys

from bench.config import BenchmarkConfig
from jaxreg.cli import parse, run_command

EXIT_FAILED = 1


def benchmark(config: BenchmarkConfig) -> None:
    """Measures, shows and writes; a section that failed is named at the end, and the exit code is 1."""
    from bench.run import run_benchmark  # JAX and matplotlib: nothing that --help needs

    failures = run_benchmark(config)
    for name, reason in failures.items():
        print(f"failed: {name}: {reason}", file=sys.stderr)
    if failures:
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    run_command(lambda: benchmark(parse(BenchmarkConfig, __doc__)))
