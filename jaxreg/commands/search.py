"""The study of section 5 of the study's text: the best configuration, searched by Optuna.

    jaxreg search                            200 trials on the embedded MNIST, into runs/search
    jaxreg search --trials 20 --out runs/a   a short look
    jaxreg search --help                     all options

Running it again continues to the total of --trials. Ctrl-C keeps everything that is finished.
"""

from dataclasses import fields
from pathlib import Path
from typing import Any

from jaxreg.engine.problem_config import ProblemConfig
from jaxreg.pages.measure import MEASURES
from jaxreg.search.config import StudyConfig
from jaxreg.verdict.config import MARGIN, VerdictConfig

CONFIG = StudyConfig
OF_A_RUN = ("out", "study_name", "storage", "share")  # what a search and the verdict on the same do not have in common
KOREAN = """원문 5절의 연구: 가장 좋은 설정을 Optuna로 탐색합니다.

    jaxreg search                            내장 MNIST로 200회 시도, 결과는 runs/search
    jaxreg search --trials 20 --out runs/a   짧게 살펴보기
    jaxreg search --help --lang ko           모든 옵션

다시 실행하면 --trials의 총횟수까지 이어집니다. Ctrl-C로 멈추어도 끝난 것은 모두 보존됩니다.
"""


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
    verdict = verdict_on_the_same(config).command()
    results = run_search(config)
    report = write_report(results, Path(config.out), config.lang)
    said = summarize(results, config.lang).conclusion
    attach(config, note(said, results.config, config.lang), sorted((Path(config.out) / "plots").glob("*.png")))
    views = (*watching(config), *watching_events(config), next_question(verdict, config.lang))
    print(answer(said, views, report, config.lang))


def verdict_on_the_same(config: StudyConfig) -> VerdictConfig:
    """Returns the settings of the verdict on the same data, network, methods and metric, in a folder of its own."""
    shared: dict[str, Any] = {s.name: getattr(config, s.name) for s in fields(ProblemConfig) if s.name not in OF_A_RUN}
    if config.out != StudyConfig.out:
        shared["out"] = str(Path(config.out) / "verdict")
    return VerdictConfig(**shared, margin=None if MEASURES[config.metric].is_share else MARGIN)
