"""The reports in a real browser: no message on the console, no request to anywhere, and tables that sort."""

import html
import json
import shutil
import subprocess

import pytest
from report_cases import search
from verdict_cases import verdict

from jaxreg.report import write_report, write_verdict_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]
# Clicks the head of the first table that sorts, and says what came of it and how wide the page is.
PROBE = """<script>
var head = document.querySelector("table.sortable th:last-child"); head.firstElementChild.click();
var keys = Array.from(head.closest("table").tBodies[0].rows).map(row => row.lastElementChild.dataset.sort);
document.title = JSON.stringify({keys: keys, needed: document.documentElement.scrollWidth, there: innerWidth});
</script>"""


@pytest.fixture(scope="module", params=["search en", "search ko", "verdict en", "verdict ko"])
def page(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    if request.param.startswith("search"):
        return write_report(search(), folder, request.param[-2:])
    return write_verdict_report(verdict(), folder, request.param[-2:])


def visit(page, *options):
    """Opens a page and returns what the browser says of itself, and the requests that it made."""
    log = page.with_name("net.json")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    command += [f"--user-data-dir={page.with_name('profile')}", f"--log-net-log={log}", "--virtual-time-budget=2000"]
    command += ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-sync"]
    result = subprocess.run(
        [*command, *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
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
    keys = [float(key) for key in found["keys"] if key]
    assert len(keys) > 2
    assert keys == sorted(keys)
