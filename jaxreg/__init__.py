"""Which regularization is best? A small CNN on little data, tuned with Optuna, answered by experiment.

The way down: `jaxreg.commands.search`, `study.search`, `study.trial`, `core.fit`, `core.train`, `core.model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jaxreg.study.trained import Trained

__all__ = ["load"]


def load(run_folder: str | Path, cell: str | None = None) -> Trained:
    """Returns the best network of a run folder, ready to classify images; nothing in the folder is executed.

        jaxreg.load("runs/search").predict_proba(images)

    Args:
      run_folder: the folder of a search (of a verdict, its tuning study: `runs/verdict/tuning`).
      cell: a cell of normalization and penalty such as "batch/l2"; by default the best trial of the study.

    Raises:
      InputError: this is no run folder, it has no weights of that cell, or they are damaged or of another run.
    """
    from jaxreg.study.trained import load_trained  # JAX and Orbax: nothing that `import jaxreg` needs

    return load_trained(run_folder, cell)
