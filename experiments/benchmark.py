"""The benchmark: epochs beside PyTorch and a plain Flax loop, arithmetic, start, overhead, scaling and memory.

    python experiments/benchmark.py                     everything, some minutes, into runs/benchmark
    python experiments/benchmark.py --only epochs gemm  two of its sections
    python experiments/benchmark.py --help              all options

Leave the machine alone meanwhile. PyTorch comes with: pip install -c constraints.txt -e '.[bench]'
"""

import importlib.util
import sys

from bench.config import BenchmarkConfig
from jaxreg.cli import parse, run_command
from jaxreg.errors import InputError

EXIT_FAILED = 1
# What is imported of other packages: a machine without a network may have only some of them.
NEEDED = (
    "jax",
    "flax",
    "optax",
    "optuna",
    "sqlalchemy",
    "alembic",
    "colorlog",
    "orbax",
    "numpy",
    "scipy",
    "matplotlib",
)


def refuse_missing() -> None:
    """Says before anything is started which packages this Python lacks.

    Raises:
      InputError: some are not installed.
    """
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise InputError(
            f"{sys.executable} lacks {', '.join(missing)}: pip install -c constraints.txt -e . or, without a network, "
            "their wheels: pip install --no-index --no-deps --target FOLDER *.whl, and FOLDER in PYTHONPATH"
        )


def benchmark(config: BenchmarkConfig) -> None:
    """Measures, shows and writes; a section that failed is named at the end, and the exit code is 1."""
    refuse_missing()
    from bench.run import run_benchmark  # JAX and matplotlib: nothing that --help needs

    failures = run_benchmark(config)
    for name, reason in failures.items():
        print(f"failed: {name}: {reason}", file=sys.stderr)
    if failures:
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    run_command(lambda: benchmark(parse(BenchmarkConfig, __doc__)))
