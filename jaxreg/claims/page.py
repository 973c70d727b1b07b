"""The claims as one HTML page: the table of verdicts first, then a chapter for each. Pure: results and bytes in."""

from jaxreg.claims.claim import Claim, ClaimsResults, Finding
from jaxreg.claims.quantities import quantity
from jaxreg.claims.rule import power
from jaxreg.claims.tables import check_table, claim_table, figure_name
from jaxreg.claims.words import ONE_SEED, VERDICTS, counts
from jaxreg.engine.progress import RUNS
from jaxreg.pages.frame import frame, how_it_was_done
from jaxreg.pages.markup import Images, Picture, figure, heading, paragraphs, words
from jaxreg.pages.wording import duration
from jaxreg.text import Counted, Text, counted, same

TITLE = Text("What is said of regularization, measured", "정규화·규제에 관한 주장을 실험으로 확인하다")
SUBTITLE = same("{claims} · {runs} · {duration}")
CLAIMS = Counted("{n} claim", "{n} claims", "주장 {n}개")
SEEDS = Counted("{n} seed", "{n} seeds", "시드 {n}개")
ANSWER, METHOD = Text("The answer", "결론"), Text("How it was done", "방법")
QUOTE = Text("The text (section {})", "원문 ({}절)")
PREDICTION = Text("What it predicts here", "이 신경망에서의 예측")
OUTCOME = Text("What came out", "결과")
CHECKS = Text("The checks of claim {}", "주장 {}의 검사")
BESIDE = Text("Measured beside, which decides nothing", "판정과 별도로 측정한 것")
METHOD_TEXT = Text(
    "Every claim is turned into measurable parts, its checks, each with a limit that is written in the code before "
    "anything is run, and a reason for it. A check is about a mean over all seeds that there could be. It holds where "
    "a one-sided t test shows at 5 % that the mean lies beyond the limit, fails where it shows the opposite, and is "
    "open otherwise; factors are tested by their logarithms. All checks of a claim are tested together (Hochberg "
    "1988, by Holm's steps), and p is corrected for their number: of a claim's checks that are not so, one is said to "
    "hold in at most 5 % of all repetitions. {power}\n"
    "yes: all checks hold; no: all fail; in part: some hold and some fail; open: anything else. What is true by "
    "definition is marked, computed to show that the code does what it says, and no evidence; a claim that has nothing "
    "else is called true by definition.\n"
    "In the tables, bounds are the lower and the upper one-sided 95 % bound of the mean, of this check alone; of "
    "factors the mean is the geometric one, with the range over seeds.\n"
    "All runs use the study's train step, and its network where the claim does not ask for another (a deeper one, "
    "one that reads an image row by row). A seed is one initialisation, one order of images and one draw of training "
    "images; settings that are compared share their seeds. Test images are not used for training, for stopping or for "
    "choosing a setting.\n"
    "In figures lines and points are means over seeds, bands their range.",
    "모든 주장을 측정할 수 있는 부분, 곧 검사로 나누고, 검사마다 실행 전에 코드에 적어 둔 기준과 그 이유가 있습니다. "
    "검사는 가능한 모든 시드에 걸친 평균에 관한 것입니다. 단측 t 검정(5%)에서 평균이 기준을 만족하는 것으로 나타나면 "
    "성립, 그 반대로 나타나면 불성립, 어느 쪽도 아니면 보류입니다. 배수는 로그로 검정합니다. 한 주장의 검사는 함께 "
    "검정하며(Hochberg 1988, Holm의 단계) p는 검사 수에 맞게 보정한 값입니다. 즉 성립하지 않는 검사 가운데 하나라도 "
    "성립한다고 말할 확률은 5% 이하입니다. {power}\n"
    "예: 모든 검사가 성립. 아니요: 모두 불성립. 일부만: 성립과 불성립이 섞여 있음. 판정 보류: 그 밖의 경우. 정의에서 "
    "나오는 것은 따로 표시하며, 코드가 말한 대로 계산하는지 보일 뿐 증거로 삼지 않습니다. 그런 검사만 있는 주장은 "
    "정의상 성립한다고 적습니다.\n"
    "표의 하한과 상한은 그 검사 하나만 볼 때 평균의 단측 95% 하한과 상한입니다. 배수의 평균은 기하평균이며 괄호 안은 "
    "시드의 범위입니다.\n"
    "모든 실행은 이 연구의 학습 단계를 그대로 쓰며, 주장이 다른 것(더 깊은 신경망, 이미지를 한 행씩 읽는 신경망)을 "
    "요구하지 않으면 이 연구의 신경망을 씁니다. 시드 하나는 초기화 하나, 이미지 순서 하나, 학습 이미지 추출 "
    "하나이며, 비교하는 설정들은 시드를 공유합니다. 테스트 이미지는 학습, 조기 종료, 설정의 선택에 쓰지 않습니다.\n"
    "그림에서 선과 점은 시드 평균, 띠는 시드의 범위입니다.",
)

POWER = Text(
    "With {seeds}, a check whose mean lies one standard deviation inside its limit is found in {power} of all "
    "repetitions, one on its limit in 5 %.",
    "{seeds}일 때 평균이 기준보다 표준편차 하나만큼 안쪽에 있는 검사는 {power}의 확률로, 평균이 기준과 똑같은 검사는 "
    "5%의 확률로 성립이라고 판정됩니다.",
)


def render_claims(results: ClaimsResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    table = claim_table(results, "number", "title", "verdict", "result", "section")
    found = table.html(lang, caption=ANSWER.to(lang), folds=True)
    answer = f'<div class="answer">{paragraphs(counts(results, lang))}</div>{found}'
    seeds = int(results.config["settings"].get("seeds", 1))
    found_in = POWER.format(seeds=counted(seeds, SEEDS), power=quantity(power(seeds), "%"))
    method = METHOD_TEXT.format(power=ONE_SEED if seeds == 1 else found_in)
    sections = [
        ("answer", ANSWER.to(lang), answer),
        *((c.name, f"{c.number}. {c.title.to(lang)}", _chapter(c, f, images, lang)) for c, f in results.findings),
        ("method", METHOD.to(lang), how_it_was_done(method.to(lang).splitlines(), results.config, lang)),
    ]
    claims, runs = counted(len(results.findings), CLAIMS), counted(results.num_runs, RUNS)
    sub = SUBTITLE.format(claims=claims, runs=runs, duration=duration(results.seconds)).to(lang)
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
    checks = check_table(finding.judged).html(lang, caption=CHECKS.format(claim.number).to(lang), folds=True)
    beside = finding.measured[len(finding.judged) :]
    if beside:
        more = check_table(beside).html(lang, caption=BESIDE.to(lang), folds=True)
        checks += f"{heading(BESIDE.to(lang))}{more}"
    verdict = f"{VERDICTS[finding.verdict].to(lang)}: {finding.number.to(lang)}"
    return (
        f"{heading(QUOTE.format(claim.section).to(lang))}{quote}"
        f"{heading(PREDICTION.to(lang))}{paragraphs([claim.predicts(finding).to(lang)])}"
        f"{heading(OUTCOME.to(lang))}<p><strong>{words(verdict)}</strong></p>"
        f"{paragraphs([finding.why.to(lang)])}"
        f"{pictures}{checks}"
    )
