"""The claims from settings to findings, in a run folder that the same command continues in."""

from pathlib import Path

from jaxreg.claims.catalog import choose_claims
from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.config import ClaimsConfig
from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import Run
from jaxreg.claims.screen import Screen
from jaxreg.claims.tables import FIGURES, write_tables
from jaxreg.engine import environment
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.problem import identity_of, load_data, say_notes
from jaxreg.engine.run_folder import locked, refuse_other_configuration
from jaxreg.files import write_json

RUNS = "training"  # in the run folder: one file a run
RESULTS = (f"{RUNS}/", f"{FIGURES}/", "claims.csv", "claims.md", "checks.csv", "summary.json", "report.html", "plots/")


@pinned()
def run_claims(config: ClaimsConfig) -> ClaimsResults:
    """Measures the claims that are asked for, or continues where the same call was interrupted.

    Raises:
      InputError: settings, data or run folder cannot be used.
      KeyboardInterrupt: on Ctrl-C; every finished run is kept, and the same call continues.
    """
    claims = choose_claims(config.only)
    dataset = load_data(config)
    identity = identity_of(config, dataset)
    folder = Path(config.out)
    with locked(folder, *RESULTS):
        kept = refuse_other_configuration(folder, identity)
        full_config = environment.run_config(config, identity, kept) | dataset.about()
        say_notes(dataset)
        write_json(folder / "config.json", full_config)
        (folder / RUNS).mkdir(exist_ok=True)
        seconds: dict[str, float] = {}
        findings: list[tuple[Claim, Finding]] = []
        with Screen(len(claims), config.lang) as screen:

            def on_run(run: Run, new: bool) -> None:
                seconds[run.spec.digest()] = run.number("seconds")
                screen.run(run, new)

            lab = Lab(config, dataset, folder / RUNS, on_run)
            for claim in claims:
                screen.claim(claim)
                findings.append((claim, claim.measure(lab)))
                screen.found(findings[-1][1])
        results = ClaimsResults(full_config, tuple(findings), sum(seconds.values()), len(seconds), config.smoke)
        write_tables(folder, results)
    return results
