"""Judges scores that were measured elsewhere, by any framework: which method is best, and how sure that is.

    jaxreg judge results.csv                   columns method, block and score: one score a block (seed, draw, fold)
    jaxreg judge answers.csv                   a column image too: one score for each test image, the same in all blocks
    jaxreg judge scores.npz                    arrays scores [method, block, image] or [method, block], and methods
    jaxreg judge runs/verdict                  what a verdict was judged by
    jaxreg judge results.csv --factors normalization penalty --block seed --score accuracy

More is better. Each method needs each block. Where several columns name a method (--factors) and all combinations are
there, main effects and interactions are judged too. Into runs/judge: report.html, tables/, plots/, summary.json.
"""

from pathlib import Path

from jaxreg.judging.config import JudgeConfig

CONFIG = JudgeConfig
KOREAN = """다른 곳에서, 어떤 프레임워크로든 잰 점수를 판정합니다: 어느 방법이 최고이고, 얼마나 확실한가.

    jaxreg judge results.csv                   열 method, block, score: 블록(시드, 추출, 폴드)마다 점수 하나
    jaxreg judge answers.csv                   열 image도: 모든 블록에 공통인 테스트 이미지마다 점수 하나
    jaxreg judge scores.npz                    배열 scores [방법, 블록, 이미지] 또는 [방법, 블록], 그리고 methods
    jaxreg judge runs/verdict                  판정(verdict)에 쓰인 점수
    jaxreg judge results.csv --factors normalization penalty --block seed --score accuracy

점수는 클수록 좋아야 하고, 방법마다 모든 블록이 있어야 합니다. 여러 열이 방법을 나타내고(--factors) 모든 조합이 있으면
주효과와 상호작용도 판정합니다. 결과는 runs/judge에: report.html, tables/, plots/, summary.json.
"""


def run(config: JudgeConfig) -> None:
    """Judges, writes the report, and prints the answer."""
    from jaxreg.judging.run import run_judge  # JAX and matplotlib: nothing that --help needs
    from jaxreg.pages.wording import answer
    from jaxreg.verdict.words import say

    results = run_judge(config)
    print(answer(say(results, config.lang), (), Path(config.out) / "report.html", config.lang))
