"""Which regularization is best? The balanced comparison of all normalizations with all penalties.

    jaxreg verdict                  12 cells x 12 blocks x 4 tuning trials, into runs/verdict
    jaxreg verdict --tuning once    16 tuning trials of each cell, whose best is run on 12 blocks
    jaxreg verdict --smoke          the whole path on a tiny budget
    jaxreg verdict --data A --data B    each judged by itself, and whether the order holds on both
    jaxreg verdict --help           all options

Running it again continues an interrupted run. Ctrl-C keeps everything that is finished.
"""

from pathlib import Path

from jaxreg.verdict.config import VerdictConfig

CONFIG = VerdictConfig
KOREAN = """어떤 정규화·규제가 가장 좋을까? 모든 정규화와 모든 규제의 조합을 같은 횟수로 비교하여 판정합니다.

    jaxreg verdict                    조합 12개 x 블록 12개 x 튜닝 4회, 결과는 runs/verdict
    jaxreg verdict --tuning once      조합마다 튜닝 16회, 그중 최고를 블록 12개에서 실행
    jaxreg verdict --smoke            아주 적은 계산량으로 전체 과정을 실행
    jaxreg verdict --data A --data B  각각 따로 판정하고, 방법의 순서가 둘 다에서 같은지 말함
    jaxreg verdict --help --lang ko   모든 옵션

다시 실행하면 중단된 곳에서 이어집니다. Ctrl-C로 멈추어도 끝난 것은 모두 보존됩니다.
"""


def run(config: VerdictConfig) -> None:
    """Tunes, confirms and judges, writes the report, and prints the answer."""
    from jaxreg.engine.dashboard import attach, watching
    from jaxreg.engine.machine import prepare  # JAX, Optuna and matplotlib: nothing that --help needs
    from jaxreg.pages.note import note
    from jaxreg.pages.wording import answer
    from jaxreg.verdict.run import run_verdict
    from jaxreg.verdict.several import each, say_across, write_across
    from jaxreg.verdict.words import say
    from jaxreg.verdict.write import write_verdict_report  # here: without its libraries nothing is trained

    prepare(config)
    found = {}
    for one in each(config) if config.also else (config,):
        results = found[one.data] = run_verdict(one.effective())
        report = write_verdict_report(results, Path(one.out), one.lang)
        said, studied = say(results, one.lang), one if one.per_block else one.effective().tuning_study()
        attach(studied, note(said, results.config, one.lang), sorted((Path(one.out) / "plots").glob("*.png")))
        print(answer(said, watching(studied), report, one.lang), flush=True)
    if config.also:
        report = write_across(Path(config.out), found, config.lang)
        print(answer([said.to(config.lang) for said in say_across(found)], (), report, config.lang))
