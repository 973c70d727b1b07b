"""The statements of the study's text, each measured: what penalties and normalizations do to this network.

    jaxreg claims                       all claims, 8 seeds each, into runs/claims
    jaxreg claims --only l1_sparsity 4  some of them, by name or number
    jaxreg claims --list                what there is
    jaxreg claims --smoke               the whole path on a tiny budget
    jaxreg claims --help                all options

Running it again continues an interrupted run. Ctrl-C keeps everything that is finished.
"""

from pathlib import Path

from jaxreg.claims.config import ClaimsConfig

CONFIG = ClaimsConfig


def run(config: ClaimsConfig) -> None:
    """Measures the claims, writes the report, and prints what was found."""
    from jaxreg.claims.run import run_claims
    from jaxreg.claims.words import list_claims, say
    from jaxreg.engine.machine import prepare  # JAX and matplotlib: nothing that --help needs

    if config.list:
        print(list_claims(config.lang))
        return
    from jaxreg.claims.write import write_claims_report  # here: without its libraries nothing is trained

    prepare(config)
    results = run_claims(config.effective())
    report = write_claims_report(results, Path(config.out), config.lang)
    print(*say(results, config.lang), f"Report: {report}", sep="\n\n")
