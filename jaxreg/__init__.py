"""Which regularization is best? A small CNN on little data, tuned with Optuna, answered by experiment.

The way down: `commands.search`, `search.run`, `engine.work`, `search.trial`, `core.fit`, `core.train`, `core.model`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jaxreg.methods.method import NORMALIZATION, REGULARIZER, Factor, LogUniform, Method, Uniform
    from jaxreg.text import Text
    from jaxreg.trained import Trained
    from jaxreg.verdict.answer import Verdict

__all__ = [
    "NORMALIZATION",
    "REGULARIZER",
    "Factor",
    "LogUniform",
    "Method",
    "Text",
    "Uniform",
    "compare",
    "judge",
    "load",
    "nn",
]


def __getattr__(name: str) -> Any:
    """Returns a public name from its home, which is imported only then, and keeps it here."""
    if name not in __all__:
        raise AttributeError(f"module 'jaxreg' has no attribute {name!r}")
    if name == "nn":
        return importlib.import_module("jaxreg.nn")
    home = importlib.import_module("jaxreg.text" if name == "Text" else "jaxreg.methods.method")
    return globals().setdefault(name, getattr(home, name))


def load(
    run_folder: str | Path,
    cell: str | None = None,
    methods: Sequence[str | Method] = (),
    network: str | type | None = None,
) -> Trained:
    """Returns the best network of a run folder, ready to classify images; nothing in the folder is executed.

        jaxreg.load("runs/search").predict_proba(images)

    Args:
      run_folder: the folder of a search (of a verdict with `--tuning once` that of its tuning: `runs/verdict/tuning`).
      cell: a cell of one method of each factor such as "batch/l2"; by default the best trial of the study.
      methods: your methods or files with them, where the network's normalization is one of them.
      network: the class of your network, or "FILE.py:NAME", where the study was of that.

    Raises:
      InputError: this is no run folder, it has no weights of that cell, they are damaged or of another run, or they are
        of a network whose class is not given, or is another now.

    >>> load("nowhere")
    Traceback (most recent call last):
    jaxreg.errors.InputError: nowhere: not a run folder of jaxreg: there is no config.json in it
    """
    from jaxreg.trained import load_trained  # JAX and Orbax: nothing that `import jaxreg` needs

    return load_trained(run_folder, cell, methods, network)


def compare(
    data: Any = "embedded",
    *,
    network: str | type | None = None,
    methods: Sequence[str | Path | Method] = (),
    out: str | Path = "runs/verdict",
    **settings: Any,
) -> Verdict:
    """Returns the verdict on methods, tuned and trained on data; `jaxreg verdict` is the same in a shell.

        verdict = jaxreg.compare("folder:photos", methods=["none", "l2", "mine.py", "half"], out="runs/photos")
        print(verdict)
        verdict.best, verdict.better("batch/l2", "batch/none"), verdict.table(form="latex")

    The same call continues an interrupted run, and a finished one only judges again.

    Args:
      data: a source as `--data` takes it; (images, labels) or (images, labels, test_images, test_labels); or what
        `jaxreg.data.from_arrays` returns.
      network: the class of your Flax module, in a file of its own, or "FILE.py:NAME"; by default the study's network.
      methods: names of methods, of normalizations (`--norm-types`) or else of regularizers (`--reg-types`); yours, as
        values of `jaxreg.Method` or as Python files with such, beside their names. A factor that none is named of has
        the study's. A method that no other process can have, as one made in a notebook, trains in this one alone, which
        a line says.
      out: the run folder.
      settings: of `jaxreg verdict`, by their names: blocks and tune_trials, or budget="30min", which chooses both by
        what first trainings take; margin, train_size, workers, lang ...

    Raises:
      InputError: something cannot be used, in one line.

    >>> compare(methods="l2")
    Traceback (most recent call last):
    jaxreg.errors.InputError: methods: a list of names, Python files and methods is needed, not 'l2'
    """
    from jaxreg.verdict.compare import compare_methods  # JAX, Optuna and matplotlib: nothing that `import jaxreg` needs

    return compare_methods(data, network, methods, out, settings)


def judge(
    scores: Any,
    *,
    methods: Sequence[Any] | None = None,
    out: str | Path | None = None,
    lang: str = "en",
    **options: Any,
) -> Verdict:
    """Returns the verdict on scores that were measured elsewhere, by any framework.

        print(jaxreg.judge(frame))                        # columns method, block, score, and perhaps image
        jaxreg.judge(array, methods=["sgd", "adam"])      # [method, block] or [method, block, image]

    Args:
      scores: a data frame or a mapping of columns, an array, or the path of a file that `jaxreg judge` takes.
      methods: the names of the methods of an array.
      out: a run folder for the report; by default nothing is written.
      lang: of its words, "en" or "ko".
      options: of `jaxreg judge`: factors, block, image, score, reference, margin, level, chance, overlap, seed.

    Raises:
      InputError: what cannot be judged, in one line.

    >>> verdict = judge([[0.90, 0.92, 0.91, 0.93], [0.80, 0.83, 0.81, 0.82]], methods=["new", "old"])
    >>> verdict.best, verdict.better("old", "new")
    (('new',), False)
    """
    from jaxreg.judging.run import judge_given  # JAX and matplotlib: nothing that `import jaxreg` needs

    return judge_given(scores, methods, out, {"lang": lang, **options})
