"""The claims as one HTML page: the table of verdicts first, then a chapter for each. Pure: results and bytes in."""

from jaxreg.claims.claim import Check, Claim, ClaimsResults, Finding
from jaxreg.claims.tables import claim_table, figure_name
from jaxreg.claims.words import VERDICTS, counts, rule, value
from jaxreg.pages.frame import frame, how_it_was_done
from jaxreg.pages.markup import Images, Picture, figure, paragraphs, words
from jaxreg.pages.table import Column, Table
from jaxreg.pages.wording import duration
from jaxreg.text import Text

TITLE = Text("What is said of regularization, measured", "정규화에 관한 진술, 측정하다")
SUBTITLE = Text(
    "statements: {claims} · training runs: {runs} · {duration}", "진술 {claims}개 · 학습 {runs}회 · {duration}"
)
ANSWER, METHOD = Text("The answer", "답"), Text("How it was done", "방법")
QUOTE = Text("The text (section {})", "원문 ({}절)")
PREDICTION = Text("What it predicts here", "이 신경망에서의 예측")
OUTCOME = Text("What came out", "결과")
CHECKS = Text("The checks of statement {}", "진술 {}의 검사")
CHECK_TABLE: tuple[Column[Check], ...] = (
    Column("check", head=Text("measure", "측정한 것"), show=lambda check: check.what, is_text=True),
    Column("value", lambda check: sum(check.values), Text("mean ± sd over runs", "실행의 평균 ± 표준편차"), value),
    Column("rule", head=Text("predicted", "예측"), show=rule, is_text=True),
    Column("holds", head=Text("so?", "맞는가?"), show=lambda c: VERDICTS["yes" if c.holds else "no"], is_text=True),
)
METHOD_TEXT = Text(
    "Every statement is turned into measurable parts, each with a limit that is written in the code before anything is "
    "run. A part holds where every run obeys it. yes: all parts hold; only when: some do; no: none does.\n"
    "All runs use the study's train step, and its network where the statement does not ask for another (a deeper one, "
    "one that reads an image row by row). A seed is one initialisation, one order of images and one draw of training "
    "images; settings that are compared share their seeds. Test images are not used for training or for stopping.\n"
    "In figures lines and points are means over seeds, bands their range.",
    "모든 진술을 측정할 수 있는 부분으로 나누고, 부분마다 실행 전에 코드에 적어 둔 한계를 정합니다. 모든 실행이 "
    "한계를 지키면 그 부분은 성립합니다. 예: 모든 부분이 성립. 조건부: 일부만 성립. 아니요: 하나도 성립하지 않음.\n"
    "모든 실행은 이 연구의 학습 단계를 그대로 쓰며, 진술이 다른 것(더 깊은 신경망, 이미지를 한 행씩 읽는 신경망)을 "
    "요구하지 않으면 이 연구의 신경망을 씁니다. 시드 하나는 초기화 하나, 이미지 순서 하나, 학습 이미지 추출 하나이며, "
    "비교하는 설정들은 시드를 공유합니다. 테스트 이미지는 학습이나 조기 종료에 쓰지 않습니다.\n"
    "그림에서 선과 점은 시드 평균, 띠는 시드의 범위입니다.",
)


def render_claims(results: ClaimsResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    found = claim_table(results, "number", "title", "verdict", "result", "section").html(lang, caption=ANSWER.to(lang))
    answer = f'<div class="answer">{paragraphs(counts(results, lang))}</div><div class="wrap">{found}</div>'
    sections = [
        ("answer", ANSWER.to(lang), answer),
        *((c.name, f"{c.number}. {c.title.to(lang)}", _chapter(c, f, images, lang)) for c, f in results.findings),
        ("method", METHOD.to(lang), how_it_was_done(METHOD_TEXT.to(lang).splitlines(), results.config, lang)),
    ]
    time = duration(results.seconds)
    sub = SUBTITLE.format(claims=len(results.findings), runs=results.num_runs, duration=time).to(lang)
    return frame(sections, title=TITLE.to(lang), sub=sub, lang=lang, numbered=False)


def _chapter(claim: Claim, finding: Finding, images: Images, lang: str) -> str:
    quote = f"<blockquote>{paragraphs([claim.quote.to(lang)])}</blockquote>"
    if lang == "en":
        quote += f'<blockquote lang="ko" class="note">{paragraphs([claim.quote.ko])}</blockquote>'
    pictures = ""
    for index, shown in enumerate(finding.figures):
        caption, title = shown.caption.to(lang), claim.title.to(lang)
        picture = Picture(figure_name(claim, index), title, caption, f"{title}. {caption} {finding.number.to(lang)}")
        pictures += figure(picture, images, wide=True)
    checks = Table(CHECK_TABLE, finding.measured).html(lang, caption=CHECKS.format(claim.number).to(lang))
    verdict = f"{VERDICTS[finding.verdict].to(lang)}: {finding.number.to(lang)}"
    return (
        f"<h3>{words(QUOTE.format(claim.section).to(lang))}</h3>{quote}"
        f"<h3>{words(PREDICTION.to(lang))}</h3>{paragraphs([claim.predicts(finding).to(lang)])}"
        f"<h3>{words(OUTCOME.to(lang))}</h3><p><strong>{words(verdict)}</strong></p>"
        f"{paragraphs([finding.why.to(lang)])}"
        f'{pictures}<div class="wrap">{checks}</div>'
    )
