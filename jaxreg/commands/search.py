"""The study of the seed's section 5: which regularization is best, searched by Optuna.

    jaxreg search                            200 trials on the embedded MNIST, into runs/search
    jaxreg search --trials 20 --out runs/a   a short look
    jaxreg search --help                     all options

Running it again continues to the total of --trials. Ctrl-C keeps everything that is finished.
"""

import shlex
import sys
from pathlib import Path

from jaxreg.search.config import StudyConfig

CONFIG = StudyConfig


def run(config: StudyConfig) -> None:
    """Runs the study, writes its report, and prints the answer."""
    from jaxreg.engine.dashboard import attach, watching
    from jaxreg.engine.machine import prepare  # JAX, Optuna and matplotlib: nothing that --help needs
    from jaxreg.pages.note import note
    from jaxreg.pages.wording import answer
    from jaxreg.search.conclusion import next_question
    from jaxreg.search.events import watching_events
    from jaxreg.search.run import run_search
    from jaxreg.search.summarize import summarize
    from jaxreg.search.write import write_report  # here, so that figures that cannot be drawn cost no training

    prepare(config)
    results = run_search(config)
    report = write_report(results, Path(config.out), config.lang)
    said = summarize(results, config.lang).conclusion
    attach(config, note(said, results.config, config.lang), sorted((Path(config.out) / "plots").glob("*.png")))
    verdict = shlex.join([sys.executable, "-m", "jaxreg", "verdict"])
    views = (*watching(config), *watching_events(config), next_question(verdict, config.lang))
    print(answer(said, views, report, config.lang))
