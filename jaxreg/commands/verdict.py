"""Which regularization is best? The balanced comparison of all normalizations with all penalties.

    jaxreg verdict                  12 cells x 12 blocks x 4 tuning trials, into runs/verdict
    jaxreg verdict --tuning once    16 tuning trials of each cell, whose best is run on 12 blocks
    jaxreg verdict --smoke          the whole path on a tiny budget
    jaxreg verdict --help           all options

Running it again continues an interrupted run. Ctrl-C keeps everything that is finished.
"""

from pathlib import Path

from jaxreg.verdict.config import VerdictConfig

CONFIG = VerdictConfig


def run(config: VerdictConfig) -> None:
    """Tunes, confirms and judges, writes the report, and prints the answer."""
    from jaxreg.engine.dashboard import attach, watching
    from jaxreg.engine.machine import prepare  # JAX, Optuna and matplotlib: nothing that --help needs
    from jaxreg.pages.note import note
    from jaxreg.pages.wording import answer
    from jaxreg.verdict.run import run_verdict
    from jaxreg.verdict.words import say
    from jaxreg.verdict.write import write_verdict_report  # here: without its libraries nothing is trained

    prepare(config)
    results = run_verdict(config.effective())
    report = write_verdict_report(results, Path(config.out), config.lang)
    said, studied = say(results, config.lang), config if config.per_block else config.effective().tuning_study()
    attach(studied, note(said, results.config, config.lang), sorted((Path(config.out) / "plots").glob("*.png")))
    print(answer(said, watching(studied), report, config.lang))
