"""What the process imports that workers are forked from (jaxreg.engine.processes), before it is asked for the first.

It starts nothing: a process that has started JAX must not be forked. What cannot be imported each worker imports, and
says why it cannot. Ctrl-C is for the command to end by, which this process ends with; and so it does in between.
"""

import importlib
import os
import signal
from contextlib import suppress

MODULES = (
    *("jax", "flax.linen", "optax", "orbax.checkpoint", "optuna", "sqlalchemy", "jaxreg.engine.workers"),
    "scipy.stats",  # which the experiments import
    "alembic.command",  # which Optuna imports as soon as it opens a database
)

parent, on_interrupt = os.getppid(), signal.signal(signal.SIGINT, signal.SIG_IGN)
with suppress(Exception):
    for name in MODULES:
        if os.getppid() == parent:
            importlib.import_module(name)
signal.signal(signal.SIGINT, on_interrupt)
