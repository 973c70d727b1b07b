"""The one limit of the tests, and their way to wait for an event."""

import ast
import re
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import pytest
import waiting
from waiting import limited, until

TESTS = sorted(Path(__file__).parent.glob("test_*.py"))


def waits_for_seconds(source):
    """Gives what sleeps, has a limit of its own, or compares a clock."""
    for node in ast.walk(ast.parse(source)):
        text = ast.unparse(node)
        limit = isinstance(node, ast.Call) and re.search(r"[(, ]timeout=|\.(wait|join)\([\d.]+\)", text)
        clock = isinstance(node, ast.Compare) and re.search(r"\b(monotonic|perf_counter)\(\)", text)
        if limit or clock or re.fullmatch(r"(\w+\.)?(sleep|alarm|setitimer)", text):
            yield text


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_tests_wait_for_events_and_leave_limits_to_one_place(path):
    assert list(waits_for_seconds(path.read_text(encoding="utf-8"))) == []


def test_a_wait_for_seconds_is_found():
    for found in ("time.sleep", "run('x', timeout=3)", "a.wait(90)", "b.join(0.5)", "monotonic() < end"):
        assert set(waits_for_seconds(f"until(done)\n{found}")) == {found}


@pytest.mark.skipif(sys.platform == "win32", reason="no timers by signals")
def test_what_hangs_fails_after_the_limit_even_on_its_way_out(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(waiting, "AGAIN_SECONDS", 1.0)
    with pytest.raises(pytest.fail.Exception, match=r"after 0\.5 s, which JAXREG_TEST_PATIENCE sets"), limited():
        hang(threading.Event())


def hang(never):
    try:
        never.wait()
    finally:
        never.wait()


def test_an_event_is_waited_for_while_the_process_lives_that_brings_it_about():
    looks = count()
    assert until(lambda: next(looks) == 3 and "there") == "there"
    with (
        subprocess.Popen([sys.executable, "-c", "print('why')"], stdout=subprocess.PIPE, text=True) as process,
        pytest.raises(AssertionError, match="ended before: why"),
    ):
        until(lambda: False, process)
