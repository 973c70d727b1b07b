"""The reports in a real browser: no message on the console, no request to anywhere, and tables that sort."""

import html
import json
import re
import shutil
import subprocess
from string import Formatter

import pytest
from report_cases import search
from verdict_cases import NORMS, PLACE, methods, verdict

from jaxreg.claims.catalog import find_claims
from jaxreg.claims.claim import ClaimsResults, Finding
from jaxreg.claims.figure import Figure, Panel, Series
from jaxreg.claims.rule import Limit, above
from jaxreg.claims.write import write_claims_report
from jaxreg.methods import find_methods
from jaxreg.methods.method import REGULARIZER
from jaxreg.search.write import write_report
from jaxreg.text import Text
from jaxreg.verdict.write import write_verdict_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]
# A page in a frame, because Chromium's own window is no narrower than 500 px. Clicks each head of the first table that
# sorts and says what came of it, how wide the page is, what of it lies outside of the frame and of what scrolls there,
# and how large its figures are drawn.
PROBE = """<!DOCTYPE html><title>not loaded</title>
<iframe srcdoc="{page}" width="{width}" height="900"></iframe><script>
var frame = document.querySelector("iframe");
frame.addEventListener("load", function () {{
  var page = frame.contentDocument, width = page.documentElement.clientWidth;
  var table = page.querySelector("table.sortable"), columns = Array.from(table.tHead.rows[0].cells, (head, i) => {{
    head.firstElementChild.click();
    return Array.from(table.tBodies[0].rows, row => row.cells[i].dataset.sort);
  }});
  page.querySelectorAll("details").forEach(folded => {{ folded.open = true; }});
  var outside = Array.from(page.querySelectorAll("body *")).filter(function (element) {{
    var box = element.getBoundingClientRect(), scrolls = element.parentElement.closest(".scroll, pre");
    return box.width && !scrolls && (box.left < 0 || box.right > width + 0.5);
  }});
  document.title = JSON.stringify({{
    columns: columns, needed: page.documentElement.scrollWidth, there: width,
    outside: outside.map(element => element.outerHTML.slice(0, 80)),
    scales: Array.from(page.images, image => [image.alt.slice(0, 40), image.clientWidth / image.naturalWidth])
  }});
}});
</script>"""
LEGIBLE = 0.7  # of the size at which a figure is drawn: its smallest letters, 9.5 points, are then those of small print


def claims():
    """Returns every claim with a finding that was never measured, the last claim first."""
    name = Text("a measure of several words", "여러 낱말로 된 측정")
    panel = Panel(name, name, (Series(name, (0.0, 1.0), (0.5, 0.6)),))
    checks, figure = (above(name, (0.5, 0.6), Limit(0.0, name, "%")),), Figure(name, (panel,) * 3)

    def finding(claim):
        terms = {term: "28" for _, term, _, _ in Formatter().parse(claim.prediction.en) if term}
        return Finding(checks, name, name, (figure,) * (claim.number < 3), terms)

    described = PLACE | {"settings": {}, "command": "python experiments/claims.py"}
    return ClaimsResults(
        described, tuple((claim, finding(claim)) for claim in reversed(find_claims())), 60.0, 1, {}, False
    )


WRITERS = {
    "search": lambda *place: write_report(search(), *place),
    "verdict": lambda *place: write_verdict_report(verdict(), *place),
    "claims": lambda *place: write_claims_report(claims(), *place),
}


@pytest.fixture(scope="module", params=[f"{kind} {lang}" for kind in WRITERS for lang in ("en", "ko")])
def page(request, tmp_path_factory):
    kind, lang = request.param.split()
    return WRITERS[kind](tmp_path_factory.mktemp("page"), lang)


def visit(page, *options):
    """Opens a page and returns what the browser says of itself, and the requests that it made."""
    log = page.with_name("net.json")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    command += [f"--user-data-dir={page.with_name('profile')}", f"--log-net-log={log}", "--virtual-time-budget=2000"]
    command += ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-sync"]
    result = subprocess.run([*command, *options, page.as_uri()], capture_output=True, text=True, check=True)
    text = log.read_text()
    events = json.loads(text if text.rstrip().endswith("}") else text.rstrip().rstrip(",") + "]}")["events"]
    asked = {event["params"]["url"] for event in events if "url" in event.get("params", {})}
    return result, asked


def test_a_report_opens_without_a_message_and_without_a_request(page):
    result, asked = visit(page, "--dump-dom")
    assert "CONSOLE" not in result.stderr
    assert "</footer>" in result.stdout
    elsewhere = {url for url in asked if not url.startswith(("file:", "data:", "chrome", "devtools:"))}
    assert not {url for url in elsewhere if not is_the_browsers_own(url)}


def is_the_browsers_own(url):
    """Returns whether a request is the browser's by itself: Chromium looks for its maker's services at its start."""
    return any(name in url for name in ("google.com", "googleapis.com", "gvt1.com", "gstatic.com"))


@pytest.mark.parametrize("width", [390, 1200], ids=["phone", "desk"])
def test_tables_sort_and_nothing_of_a_report_is_wider_than_its_window_or_too_small_to_read(page, width):
    probe = page.with_name("probe.html")
    framed = PROBE.format(page=html.escape(page.read_text(encoding="utf-8")), width=width)
    probe.write_text(framed, encoding="utf-8")
    result, _ = visit(probe, "--dump-dom", "--window-size=1300,1000")
    found = json.loads(html.unescape(result.stdout.split("<title>", 1)[1].split("</title>")[0]))
    assert width - 20 <= found["there"] <= width
    assert found["needed"] <= found["there"]
    assert found["outside"] == []
    assert {what: scale for what, scale in found["scales"] if not scale >= LEGIBLE} == {}
    columns = [list(map(float, filter(None, column))) for column in found["columns"] if all(map(is_number, column))]
    assert any(len(set(column)) > 2 for column in columns)
    assert all(column == sorted(column) for column in columns)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here (Debian: poppler-utils)")
def test_printed_a_long_table_has_its_heads_on_every_page_and_loses_no_row(tmp_path):
    page, paper = write_report(search(), tmp_path), tmp_path / "report.pdf"
    visit(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    printed = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    row = re.compile(r"^ *(\d+) .*(?:complete|diverged) +0, \1$", re.MULTILINE)
    sheets = {sheet: [int(number) for number in row.findall(sheet)] for sheet in printed.split("\f")}
    assert sorted(number for numbers in sheets.values() for number in numbers) == list(range(200))
    with_rows = [sheet for sheet, numbers in sheets.items() if numbers]
    assert len(with_rows) > 2
    assert all("random" in sheet and "status" in sheet for sheet in with_rows)


def test_printed_a_table_of_many_sheets_stays_folded(tmp_path):
    factors = NORMS, methods(REGULARIZER, *list(find_methods("reg_type"))[:10])  # 30 cells, 435 pairs
    results = verdict((0, 0, 0), factors=factors, images=50)
    page, paper = write_verdict_report(results, tmp_path), tmp_path / "report.pdf"
    visit(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) < 30


def is_number(key):
    """Returns whether a cell is sorted by a number, or has nothing and comes last."""
    return re.fullmatch(r"(-?[\d.]+(e-\d+)?)?", key) is not None
