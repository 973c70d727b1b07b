"""The reports in a real browser: no message on the console, no request to anywhere, and tables that sort."""

import html
import json
import re
import shutil
import subprocess
from string import Formatter

import pytest
from report_cases import search
from verdict_cases import PLACE, verdict

from jaxreg.claims.catalog import find_claims
from jaxreg.claims.claim import ClaimsResults, Finding
from jaxreg.claims.figure import Figure, Panel, Series
from jaxreg.claims.rule import Limit, above
from jaxreg.claims.write import write_claims_report
from jaxreg.search.write import write_report
from jaxreg.text import Text
from jaxreg.verdict.write import write_verdict_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]
# Clicks each head of the first table that sorts, and says what came of it and how wide the page is.
PROBE = """<script>
var table = document.querySelector("table.sortable"), columns = Array.from(table.tHead.rows[0].cells, (head, i) => {
  head.firstElementChild.click();
  return Array.from(table.tBodies[0].rows, row => row.cells[i].dataset.sort);
});
document.title = JSON.stringify({columns: columns, needed: document.documentElement.scrollWidth, there: innerWidth});
</script>"""


def claims():
    """Returns every claim with a finding that was never measured, the last claim first."""
    name = Text("a measure of several words", "여러 낱말로 된 측정")
    panel = Panel(name, name, (Series(name, (0.0, 1.0), (0.5, 0.6)),))
    checks, figures = (above(name, (0.5, 0.6), Limit(0.0, name, "%")),), (Figure(name, (panel,) * 3),)

    def finding(claim):
        terms = {term: "28" for _, term, _, _ in Formatter().parse(claim.prediction.en) if term}
        return Finding(checks, name, name, figures, terms)

    described = PLACE | {"settings": {}, "command": "python experiments/claims.py"}
    return ClaimsResults(described, tuple((claim, finding(claim)) for claim in reversed(find_claims())), 60.0, 1, False)


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
def test_tables_sort_and_a_report_is_no_wider_than_its_window(page, width):
    probe = page.with_name("probe.html")
    probe.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    result, _ = visit(probe, "--dump-dom", f"--window-size={width},2000")
    found = json.loads(html.unescape(result.stdout.split("<title>", 1)[1].split("</title>")[0]))
    assert found["needed"] <= found["there"]
    columns = [list(map(float, filter(None, column))) for column in found["columns"] if all(map(is_number, column))]
    assert any(len(set(column)) > 2 for column in columns)
    assert all(column == sorted(column) for column in columns)


def is_number(key):
    """Returns whether a cell is sorted by a number, or has nothing and comes last."""
    return re.fullmatch(r"(-?[\d.]+(e-\d+)?)?", key) is not None
