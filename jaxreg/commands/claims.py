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
KOREAN = """원문의 주장을 하나씩 실험으로 확인합니다: 규제와 정규화가 이 신경망에서 하는 일.

    jaxreg claims                       모든 주장, 시드 8개씩, 결과는 runs/claims
    jaxreg claims --only l1_sparsity 4  이름이나 번호로 고른 주장만
    jaxreg claims --list --lang ko      주장의 목록
    jaxreg claims --smoke               아주 적은 계산량으로 전체 과정을 실행
    jaxreg claims --help --lang ko      모든 옵션

다시 실행하면 중단된 곳에서 이어집니다. Ctrl-C로 멈추어도 끝난 것은 모두 보존됩니다.
"""


def run(config: ClaimsConfig) -> None:
    """Measures the claims, writes the report, and prints what was found."""
    from jaxreg.claims.run import run_claims
    from jaxreg.claims.words import list_claims, say
    from jaxreg.engine.machine import prepare  # JAX and matplotlib: nothing that --help needs
    from jaxreg.pages.wording import REPORT

    if config.list:
        print(list_claims(config.lang))
        return
    from jaxreg.claims.write import write_claims_report  # here: without its libraries nothing is trained

    prepare(config)
    results = run_claims(config.effective())
    report = write_claims_report(results, Path(config.out), config.lang)
    print(*say(results, config.lang), REPORT.to(config.lang).format(path=report), sep="\n\n")
