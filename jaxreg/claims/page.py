"""The claims as one HTML page: the table of verdicts first, then a chapter for each. Pure: results and bytes in."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from jaxreg.claims.claim import Claim, Finding
from jaxreg.claims.results import ClaimsResults
from jaxreg.claims.tables import figure_name
from jaxreg.claims.words import SMOKE, VERDICTS, counts, rule, value
from jaxreg.report.assets import CSS, SCRIPT
from jaxreg.report.markup import Cell, Images, Picture, figure, pairs, paragraphs, table, words
from jaxreg.report.page import POLICY, duration

TEXT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "What is said of regularization, measured",
        "sub": "statements: {claims} · training runs: {runs} · {duration}",
        "contents": "Contents",
        "answer": "The answer",
        "method": "How it was done",
        "number": "no.",
        "claim": "statement",
        "section": "section",
        "result": "measured",
        "verdict": "holds?",
        "quote": "The text (section {section})",
        "prediction": "What it predicts here",
        "why": "What came out",
        "check": "measure",
        "value": "mean ± sd over runs",
        "rule": "predicted",
        "holds": "so?",
        "yes": "yes",
        "no": "no",
        "checks": "The checks of statement {number}",
        "method_text": "Every statement is turned into measurable parts, each with a limit that is written in the "
        "code before anything is run. A part holds where every run obeys it. yes: all parts hold; only when: some "
        "do; no: none does.\nAll runs use the study's train step, and its network where the statement does not ask for "
        "another (a deeper one, one that reads an image row by row). A seed is one initialisation, "
        "one order of images and one draw of training images; settings that are compared share their seeds. Test "
        "images are not used for training or for stopping.\nIn figures lines are means over seeds, bands their "
        "range.",
        "reproduce": "To reproduce it",
        "settings": "Settings",
        "versions": "Versions",
        "machine": "Machine",
        "fingerprint": "data fingerprint",
        "footer": "Made by jaxreg. Nothing in this page is loaded from elsewhere.",
    },
    "ko": {
        "title": "정규화에 관한 진술, 측정하다",
        "sub": "진술 {claims}개 · 학습 {runs}회 · {duration}",
        "contents": "차례",
        "answer": "답",
        "method": "방법",
        "number": "번호",
        "claim": "진술",
        "section": "절",
        "result": "측정값",
        "verdict": "성립하는가?",
        "quote": "원문 ({section}절)",
        "prediction": "이 신경망에서의 예측",
        "why": "결과",
        "check": "측정한 것",
        "value": "실행의 평균 ± 표준편차",
        "rule": "예측",
        "holds": "맞는가?",
        "yes": "예",
        "no": "아니요",
        "checks": "진술 {number}의 검사",
        "method_text": "모든 진술을 측정할 수 있는 부분으로 나누고, 부분마다 실행 전에 코드에 적어 둔 한계를 "
        "정합니다. 모든 실행이 한계를 지키면 그 부분은 성립합니다. 예: 모든 부분이 성립. 조건부: 일부만 성립. "
        "아니요: 하나도 성립하지 않음.\n모든 실행은 이 연구의 학습 단계를 그대로 쓰며, 진술이 다른 것(더 깊은 신경망, "
        "이미지를 한 행씩 읽는 신경망)을 요구하지 않으면 이 연구의 신경망을 씁니다. 시드 하나는 "
        "초기화 하나, 이미지 순서 하나, 학습 이미지 추출 하나이며, 비교하는 설정들은 시드를 공유합니다. 테스트 "
        "이미지는 학습이나 조기 종료에 쓰지 않습니다.\n그림에서 선은 시드 평균, 띠는 시드의 범위입니다.",
        "reproduce": "재현하기",
        "settings": "설정",
        "versions": "버전",
        "machine": "컴퓨터",
        "fingerprint": "데이터 지문",
        "footer": "jaxreg가 만들었습니다. 이 페이지는 외부에서 아무것도 불러오지 않습니다.",
    },
}


def render_claims(results: ClaimsResults, images: Images, lang: str) -> str:
    """Returns the page; `images` has the figures' SVGs by name."""
    text = TEXT[lang]
    chapters = [(c.name, f"{c.number}. {c.title.to(lang)}", _chapter(c, f, images, lang)) for c, f in results.findings]
    sections = [
        ("answer", text["answer"], _answer(results, lang)),
        *chapters,
        ("method", text["method"], _method(results, lang)),
    ]
    links = "".join(f'<li><a href="#{name}">{words(title)}</a></li>' for name, title, _ in sections)
    body = "".join(f'<section id="{name}"><h2>{words(title)}</h2>{part}</section>' for name, title, part in sections)
    sub = text["sub"].format(
        claims=len(results.findings), runs=results.num_runs, duration=duration(results.seconds, lang)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words(text['title'])}</title><style>{CSS}</style></head><body>"
        f'<header><h1>{words(text["title"])}</h1><p class="sub">{words(sub)}</p></header>'
        f'<nav aria-label="{escape(text["contents"])}"><ul>{links}</ul></nav><main>{body}</main>'
        f"<footer>{words(text['footer'])}</footer><script>{SCRIPT}</script></body></html>\n"
    )


def _answer(results: ClaimsResults, lang: str) -> str:
    text = TEXT[lang]
    rows = [
        [
            Cell(str(claim.number), claim.number),
            Cell(claim.title.to(lang), is_text=True),
            Cell(VERDICTS[finding.verdict].to(lang), is_text=True),
            Cell(finding.number.to(lang), is_text=True),
            Cell(claim.section, is_text=True),
        ]
        for claim, finding in results.findings
    ]
    heads = [text[name] for name in ("number", "claim", "verdict", "result", "section")]
    lead = [counts(results, lang), *([SMOKE.to(lang)] if results.smoke else [])]
    found = table(heads, rows, caption=text["answer"])
    return f'<div class="answer">{paragraphs(lead)}</div><div class="wrap">{found}</div>'


def _chapter(claim: Claim, finding: Finding, images: Images, lang: str) -> str:
    text = TEXT[lang]
    quote = f"<blockquote>{paragraphs([claim.quote.to(lang)])}</blockquote>"
    if lang == "en":
        quote += f'<blockquote lang="ko" class="note">{paragraphs([claim.quote.ko])}</blockquote>'
    pictures = "".join(
        figure(_picture(claim, finding, index, lang), images, wide=True) for index in range(len(finding.figures))
    )
    rows = [
        [
            Cell(check.what.to(lang), is_text=True),
            Cell(value(check, lang), sum(check.values)),
            Cell(rule(check, lang), is_text=True),
            Cell(text["yes" if check.holds else "no"], is_text=True),
        ]
        for check in finding.checks
    ]
    heads = [text[name] for name in ("check", "value", "rule", "holds")]
    checks = table(heads, rows, caption=text["checks"].format(number=claim.number))
    verdict = f"{VERDICTS[finding.verdict].to(lang)}: {finding.number.to(lang)}"
    return (
        f"<h3>{words(text['quote'].format(section=claim.section))}</h3>{quote}"
        f"<h3>{words(text['prediction'])}</h3>{paragraphs([claim.predicts(finding).to(lang)])}"
        f"<h3>{words(text['why'])}</h3><p><strong>{words(verdict)}</strong></p>{paragraphs([finding.why.to(lang)])}"
        f'{pictures}<div class="wrap">{checks}</div>'
    )


def _picture(claim: Claim, finding: Finding, index: int, lang: str) -> Picture:
    caption = finding.figures[index].caption.to(lang)
    alt = f"{claim.title.to(lang)}. {caption} {finding.number.to(lang)}"
    return Picture(figure_name(claim, index), claim.title.to(lang), caption, alt)


def _method(results: ClaimsResults, lang: str) -> str:
    text, config = TEXT[lang], results.config
    tables = "".join(
        f"<div><h3>{words(text[name])}</h3>{pairs(config[name])}</div>" for name in ("settings", "versions", "machine")
    )
    return (
        f"{paragraphs(text['method_text'].splitlines())}<h3>{words(text['reproduce'])}</h3>"
        f"<pre>{escape(config['command'])}</pre>{pairs({text['fingerprint']: config['data_fingerprint']})}"
        f'<div class="pair">{tables}</div>'
    )
