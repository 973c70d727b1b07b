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


def run(config: JudgeConfig) -> None:
    """Judges, writes the report, and prints the answer."""
    from jaxreg.judging.run import run_judge  # JAX and matplotlib: nothing that --help needs
    from jaxreg.pages.wording import answer
    from jaxreg.verdict.words import say

    results = run_judge(config)
    print(answer(say(results, config.lang), (), Path(config.out) / "report.html", config.lang))
