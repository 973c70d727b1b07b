"""The claims from settings to findings, in a run folder that the same command continues in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jaxreg.claims.catalog import choose_claims, find_claims, find_networks
from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import Run, RunSpec, read_run, write_run
from jaxreg.claims.screen import Screen
from jaxreg.claims.tables import FIGURES, write_tables
from jaxreg.claims.train import Network, train
from jaxreg.data import Dataset
from jaxreg.engine import environment
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.engine.trial import load_problem, say_notes
from jaxreg.files import write_json

RUNS = "training"  # in the run folder: one file a run
RESULTS = (f"{RUNS}/", f"{FIGURES}/", "claims.csv", "claims.md", "checks.csv", "summary.json", "report.html", "plots/")

Training = Callable[[Sequence[RunSpec]], Mapping[str, Run]]


@pinned()
def run_claims(config: ClaimsConfig) -> ClaimsResults:
    """Measures the claims that are asked for, or continues where the same call was interrupted.

    Raises:
      InputError: settings, data or run folder cannot be used.
      KeyboardInterrupt: on Ctrl-C; every finished run is kept, and the same call continues.
    """
    claims = choose_claims(config.only)
    problem = load_problem(config)
    folder = Path(config.out)
    with locked(folder, *RESULTS):
        kept = refuse_other_configuration(folder, problem.identity)
        full_config = environment.run_config(config, problem.identity, kept) | problem.dataset.about()
        say_notes(problem.dataset)
        write_json(folder / "config.json", full_config)
        (folder / RUNS).mkdir(exist_ok=True)
        findings: list[tuple[Claim, Finding]] = []
        lab = Lab(config, problem.dataset, find_networks(find_claims()))
        with Screen(len(claims), config.lang) as screen:

            def trained(specs: Sequence[RunSpec]) -> Mapping[str, Run]:
                screen.expect(len(specs))
                return train_missing(config, lab.dataset, specs, lab.networks, folder / RUNS, screen.run)

            lab = with_runs(lab, claims, trained)
            for claim in claims:
                findings.append((claim, claim.measure(lab)))
                screen.found(*findings[-1])
        seconds = sum(run.number("seconds") for run in lab.finished.values())
        results = ClaimsResults(full_config, tuple(findings), seconds, len(lab.finished), config.smoke)
        write_tables(folder, results)
    return results


def with_runs(lab: Lab, claims: Sequence[Claim], trained: Training) -> Lab:
    """Returns the lab with all runs that claims read: what they ask for, and what they then ask for."""
    first = once(run for claim in claims for spec in claim.asks(lab) for run in lab.repeats(spec))
    lab = replace(lab, finished=trained(list(first.values())))
    then = once(spec for claim in claims for spec in claim.asks_then(lab))
    more = trained([spec for text, spec in then.items() if text not in first])
    return replace(lab, finished={**lab.finished, **more})


def once(specs: Iterable[RunSpec]) -> dict[str, RunSpec]:
    """Returns each of the specs once, in their order, by its text."""
    return {spec.text(): spec for spec in specs}


def train_missing(
    config: ClaimsConfig,
    dataset: Dataset,
    specs: Sequence[RunSpec],
    networks: Mapping[str, Network],
    folder: Path,
    on_run: Callable[[bool], object] = lambda new: None,
) -> Mapping[str, Run]:
    """Returns the runs by the text of their specs, those first that have a file; each calls whether it is new."""
    runs: dict[str, Run] = {}
    for spec in specs:
        if kept := read_run(folder, spec):
            runs[spec.text()] = kept
            on_run(False)
    for spec in specs:
        if spec.text() not in runs:
            run = runs[spec.text()] = train(config, dataset, networks[spec.network], spec)
            write_run(folder, run)
            on_run(True)
    return runs
