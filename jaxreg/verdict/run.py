"""The verdict: from settings to the judgement, in a run folder that the same command continues in."""

from collections.abc import Sequence
from pathlib import Path

from jaxreg.engine import environment
from jaxreg.engine.backends import make_storage
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.problem import identity_of, load_data
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import run_all
from jaxreg.files import write_json
from jaxreg.records import Cell, TrialRecord
from jaxreg.search.run import TRIALS, search_trials
from jaxreg.stats.budget import expected_best
from jaxreg.stats.judge import judge
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs, as_confirmation
from jaxreg.verdict.freeze import FROZEN, choose, freeze
from jaxreg.verdict.results import VerdictResults
from jaxreg.verdict.tables import FILES, write_tables

RESULTS = (FROZEN, "tuning/", *FILES, "report.html", "plots/")


@pinned()
def run_verdict(config: VerdictConfig) -> VerdictResults:
    """Tunes, freezes, confirms and judges, or continues where the same call was interrupted.

    Raises:
      InputError: settings, data or run folder cannot be used.
      NotYet: this process's `--share` is done, and others' are not.
      KeyboardInterrupt: on Ctrl-C; everything finished is kept, and the same call continues.
    """
    tuning, dataset = config.tuning(), load_data(config)
    folder, identity = Path(config.out), identity_of(config, dataset)
    with locked(folder, *RESULTS):
        kept = refuse_other_configuration(folder, identity)
        full_config = environment.run_config(config, identity, kept) | dataset.about()
        write_json(folder / "config.json", full_config)
        # The tuning is a study in a run folder of its own.
        with locked(Path(tuning.out), *TRIALS), make_storage(tuning.storage, tuning.out).failures():
            trials = search_trials(tuning, dataset).records
        choices = choose(trials, config.comparison.cells)
        digest = freeze(folder, choices, identity)
        with make_storage(config.storage, config.out).failures():
            runs = run_all(open_study(Runs(config, dataset, choices, digest)))
        comparison = config.comparison
        confirmation = as_confirmation(config, runs, len(dataset.test_labels), len(dataset.train_labels))
        reference, margin, level = comparison.reference, config.margin, config.level
        judgement = judge(confirmation, reference=reference, margin=margin, level=level, seed=config.seed)
        results = VerdictResults(
            config=full_config,
            comparison=comparison,
            trials=trials,
            choices=choices,
            frozen=digest,
            runs=runs,
            judgement=judgement,
            expected_best={cell: _best_of(trials, cell) for cell in comparison.cells},
            seconds=sum(trial.seconds for trial in trials) + sum(run.seconds for run in runs),
        )
        write_tables(folder, results)
    return results


def _best_of(trials: Sequence[TrialRecord], cell: Cell) -> tuple[float, ...]:
    """Returns the expected best of m trials; one that diverged counts as it would in tuning, as no use at all."""
    values = [0.0 if trial.diverged else trial.trial_valid_accuracy for trial in trials if trial.cell == cell]
    return tuple(float(value) for value in expected_best(values))
