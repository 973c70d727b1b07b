"""Tests wait for events and never for seconds: a limit is there only against hanging, and this is its one home."""

import os
import signal
import socket
import time
from contextlib import contextmanager

import pytest

PATIENCE_SECONDS = float(os.environ.get("JAXREG_TEST_PATIENCE", "1200"))  # for each test, its set-up, its clean-up
LOOK_SECONDS = 0.02
HANDLE = signal.signal  # kept here, for a test may put something else in its place
AGAIN_SECONDS = 10.0  # what a hanging test does on its way out may hang too


def until(condition, process=None):
    """Waits for a condition and returns what it gave; a process that shall bring it about must not end before."""
    while not (found := condition()):
        assert process is None or process.poll() is None, f"ended before: {process.stdout and process.stdout.read()}"
        time.sleep(LOOK_SECONDS)
    return found


def listens(port):
    """Returns whether a server on this machine takes connections at a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def limited():
    """Fails where what is inside hangs: a real timer, so that no test needs a limit of its own."""

    def fail(*_):
        pytest.fail(f"still waiting after {PATIENCE_SECONDS:g} s, which JAXREG_TEST_PATIENCE sets")

    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    before = HANDLE(signal.SIGALRM, fail)
    outer = signal.getitimer(signal.ITIMER_REAL)
    try:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS, AGAIN_SECONDS)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *outer)
        HANDLE(signal.SIGALRM, before)
