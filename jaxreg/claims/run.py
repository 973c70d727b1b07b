"""The claims from settings to findings, in a run folder that the same command continues in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from jaxreg.claims.catalog import choose_claims, find_claims, find_networks
from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import Run, RunSpec
from jaxreg.claims.tables import FIGURES, write_tables
from jaxreg.claims.trainings import Trainings
from jaxreg.claims.words import found
from jaxreg.data import Dataset
from jaxreg.engine import environment
from jaxreg.engine.backends import make_storage
from jaxreg.engine.experiment import identity_of
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.problem import say_notes, settle
from jaxreg.engine.progress import say_phase
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.engine.storage import open_study
from jaxreg.engine.workers import run_all
from jaxreg.files import write_json
from jaxreg.text import Text

RESULTS = (f"{FIGURES}/", "claims.csv", "claims.md", "checks.csv", "tables/", "summary.json", "report.html", "plots/")

Making = Callable[[Mapping[str, RunSpec]], Mapping[str, Run]]
FIRST = Text("what the claims ask for", "주장이 요구하는 실행")
THEN = Text("what they then ask for, with the first", "그 결과에 따라 요구하는 실행, 앞의 것 포함")


@pinned()
def run_claims(config: ClaimsConfig) -> ClaimsResults:
    """Measures the claims that are asked for, or continues where the same call was interrupted.

    Raises:
      InputError: settings, data or run folder cannot be used.
      NotYet: this process's `--share` is done, and others' are not.
      KeyboardInterrupt: on Ctrl-C; every finished run is kept, and the same call continues.
    """
    claims = choose_claims(config.only)
    config, dataset = settle(config)
    identity = identity_of(config, dataset)
    folder = Path(config.out)
    with locked(folder, *RESULTS):
        kept = refuse_other_configuration(folder, identity)
        full_config = environment.run_config(config, identity, kept) | dataset.about()
        say_notes(dataset.notes, config.lang)
        write_json(folder / "config.json", full_config)
        lab = with_runs(Lab(config, dataset, find_networks(find_claims())), claims, partial(make_all, config, dataset))
        findings: list[tuple[Claim, Finding]] = []
        for claim in claims:
            findings.append((claim, claim.measure(lab)))
            print(found(len(findings), len(claims), *findings[-1]).to(config.lang), flush=True)
        seconds = sum(run.number("seconds") for run in lab.finished.values())
        diverged = {claim.name: specs for claim in claims if (specs := lab.diverged(claim))}
        num_runs = len(lab.finished)
        results = ClaimsResults(full_config, tuple(findings), seconds, num_runs, diverged, config.smoke)
        write_tables(folder, results)
    return results


def with_runs(lab: Lab, claims: Sequence[Claim], make: Making) -> Lab:
    """Returns the lab with all runs that claims read: what they ask for, and what they then ask for."""
    first = once(run for claim in claims for spec in claim.asks(lab) for run in lab.repeats(spec))
    if any(claim.asks_then is not Claim.asks_then for claim in claims):
        say_phase(1, FIRST, len(first), lab.config.lang)
    lab = replace(lab, finished=make(first))
    then = first | once(spec for claim in claims for spec in claim.asks_then(lab))
    if len(then) == len(first):
        return lab
    say_phase(2, THEN, len(then), lab.config.lang)
    return replace(lab, finished=make(then))


def make_all(config: ClaimsConfig, dataset: Dataset, specs: Mapping[str, RunSpec]) -> Mapping[str, Run]:
    """Returns the run of each of the specs, those made that are missing."""
    with make_storage(config.storage, config.out).failures():
        runs = run_all(open_study(Trainings(config, dataset, tuple(specs.values()))))
    return {run.spec.text(): run for run in runs}


def once(specs: Iterable[RunSpec]) -> dict[str, RunSpec]:
    """Returns each of the specs once, in their order, by its text."""
    return {spec.text(): spec for spec in specs}
