"""How a command ends: its exit code, one line for what went wrong, and what an interrupted one leaves."""

import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import random_examples

from jaxreg.cli import run_command
from jaxreg.errors import InputError

SEARCH = Path(__file__).parents[1] / "experiments" / "search.py"


def ended(command, capsys):
    """Returns exit code, standard output and standard error of a command run in this process."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as caught:
            run_command(command)
    finally:
        signal.signal(signal.SIGTERM, before)
    return caught.value.code, *capsys.readouterr()


def test_a_command_that_is_done_exits_0_and_says_nothing_of_its_own(capsys):
    assert ended(lambda: print("answer"), capsys) == (0, "answer\n", "")


def test_bad_input_exits_2_with_one_line_whatever_is_in_the_message(capsys):
    def command():
        raise InputError("--out a\nb:  needs\r\n\tanother ")

    assert ended(command, capsys) == (2, "", "error: --out a b: needs another\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_interrupted_or_asked_to_stop_exits_130_with_one_line(number, capsys):
    code, out, err = ended(lambda: signal.raise_signal(number), capsys)
    assert (code, out) == (130, "")
    assert err == "interrupted: everything finished is kept; the same command continues\n"


SAYS_ALL = """
import os, sys
from rich.console import Console
from jaxreg.cli import run_command
from jaxreg.errors import InputError
def command():
    print("97 – 98 %, 정규화, a\\udcff")
    Console(highlight=False).print("정규화 – layer")
    if len(sys.argv) > 1:
        raise InputError("정규화 – layer")
run_command(command)
"""


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "97 - 98 %, \\uc815\\uaddc\\ud654, a\\udcff"),
        ({"PYTHONIOENCODING": "latin-1"}, "97 - 98 %, \\uc815\\uaddc\\ud654, a\\udcff"),
        ({"PYTHONIOENCODING": "cp1252:strict"}, "97 – 98 %, \\uc815\\uaddc\\ud654, a\\udcff"),
        ({"PYTHONIOENCODING": "utf-8"}, "97 – 98 %, 정규화, a\\udcff"),
        (
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            "97 - 98 %, \\uc815\\uaddc\\ud654, a\\udcff",
        ),
    ],
    ids=str,
)
def test_a_command_shows_what_it_can_where_the_output_has_not_all_letters(variables, shown):
    encoding = variables.get("PYTHONIOENCODING", "ascii").split(":")[0]
    Path("script.py").write_text(SAYS_ALL, encoding="utf-8")
    for argv, code in (((), 0), (("fail",), 2)):
        command = [sys.executable, "script.py", *argv]
        done = subprocess.run(command, capture_output=True, env=os.environ | variables)
        assert done.returncode == code, done.stderr
        first, second = done.stdout.decode(encoding).splitlines()
        assert first == shown
        assert second.endswith("layer")
        assert len(done.stderr.splitlines()) == bool(argv)


OPENS_A_FILE = """
import os
from jaxreg.cli import run_command
def command():
    with open("kept", "w") as file:
        print("to the output")
        os.write(1, b"from a library in C")
        file.write("to the file")
run_command(command)
"""


def test_an_output_that_is_closed_takes_no_files_place_and_a_full_one_is_one_line(monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # without it, what is printed waits for the end
    Path("script.py").write_text(OPENS_A_FILE)
    command = f"{shlex.quote(sys.executable)} script.py"
    closed = subprocess.run(f"{command} >&- 2>&-", shell=True)
    assert (closed.returncode, Path("kept").read_text()) == (0, "to the file")
    Path("script.py").write_text("from jaxreg.cli import run_command\nrun_command(lambda: print('x'))")
    full = subprocess.run(f"{command} >/dev/full", shell=True, stderr=subprocess.PIPE, text=True)
    assert full.returncode == 2
    assert re.fullmatch(r"error: No space left on device; everything finished is kept[^\n]*\n", full.stderr)


def test_a_reader_that_has_had_enough_of_what_is_done_is_no_failure(monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    Path("script.py").write_text("from jaxreg.cli import run_command\nrun_command(lambda: print('x'))")
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run([sys.executable, "script.py"], stdout=write, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_mistake_of_ours_is_not_passed_off_as_bad_input():
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(ZeroDivisionError):
            run_command(lambda: 1 / 0)
    finally:
        signal.signal(signal.SIGTERM, before)


def run(*argv):
    return subprocess.run([sys.executable, str(SEARCH), *argv], capture_output=True, text=True)


def write_images(path, size, pool=60, test=20):
    images, labels = random_examples(pool + test, (size, size), num_classes=2)
    pixels = np.clip(127 + 40 * images, 0, 255).astype(np.uint8)
    pixels[labels == 1, : size // 2] = 255
    np.savez(path, x_train=pixels[:pool], y_train=labels[:pool], x_test=pixels[pool:], y_test=labels[pool:])


TINY = [
    *("--data", "npz:data.npz", "--out", "run", "--norm-types", "none", "--max-epochs", "1", "--patience", "1"),
    *("--train-size", "20", "--epoch-valid-size", "20", "--trial-valid-size", "20"),
]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        pytest.param(["--trials", "0"], ["--trials 0", "at least 1"], id="a count"),
        pytest.param(["--foo"], ["--foo", "--help"], id="an option"),
        pytest.param(
            ["--data", "foo:bar"], ["foo:bar", "embedded, folder:DIR, idx:DIR, npz:FILE or tfds:NAME"], id="a source"
        ),
        pytest.param(["--data", "npz:none.npz"], ["none.npz"], id="a file"),
        pytest.param(["--train-size", "9000"], ["train 9000", "= 9002 images", "has 8000"], id="a size"),
        pytest.param([*TINY, "--data", "npz:8x8.npz"], ["8 x 8 pixels", "at least 16 x 16"], id="small images"),
        pytest.param([*TINY, "--out", "data.npz/run"], ["--out data.npz/run", "Not a directory"], id="a run folder"),
        pytest.param(
            [*TINY, "--storage", "foo"],
            ["--storage foo", "journal:FILE, folder:DIR, sqlite:///FILE, postgresql://USER@HOST"],
            id="a storage",
        ),
    ],
)
def test_bad_input_ends_the_program_with_exit_code_2_and_one_line_on_standard_error(argv, said):
    write_images("data.npz", 16)
    write_images("8x8.npz", 8)
    ended = run(*argv)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert re.fullmatch(r"error: [^\n]+\n", ended.stderr)
    for words in said:
        assert words in ended.stderr


def test_help_exits_0_and_loads_no_heavy_library():
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['search.py', '--help']\n"
        "try:\n"
        f"    runpy.run_path({str(SEARCH)!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--lambda-range LOW HIGH" in ended.stdout
    loaded = set(ended.stderr.split())
    assert "jaxreg" in loaded
    assert not loaded & {"jax", "optuna", "flax", "optax", "matplotlib", "orbax", "tensorflow", "numpy", "scipy"}


def start(*argv):
    """Starts a search that can be interrupted even where these tests run in the background of a shell."""
    return subprocess.Popen(
        [sys.executable, str(SEARCH), *TINY, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def rows():
    """Returns the lines of trials.csv by the trials' numbers."""
    lines = Path("run/trials.csv").read_text().splitlines()[1:]
    return {int(line.split(",")[0]): line for line in lines}


@pytest.mark.slow
def test_an_interrupted_search_exits_130_keeps_what_is_finished_and_is_continued_by_the_same_command():
    write_images("data.npz", 16)
    with start("--trials", "10000") as search:
        try:
            assert any(line.startswith("[1/10000] trial ") for line in iter(search.stdout.readline, ""))
            search.send_signal(signal.SIGINT)
            out, err = search.communicate()
        finally:
            search.kill()
    assert search.returncode == 130
    said = [line for line in err.splitlines() if not line.startswith("waiting for ")]  # another test compiles the same
    assert said == ["interrupted: everything finished is kept; the same command continues"]
    assert Path("run/study.db").stat().st_size > 0
    kept = rows()
    assert kept
    done = next(number for number in itertools.count() if number not in kept)
    told = re.findall(r"^(\d+) finished trials?; the report of what is there: .* --trials (\d+)\b", out, re.MULTILINE)
    assert told == ([(str(done), str(done))] if done else [])
    total = max(kept) + 2  # one more, beside those that were cut off
    with start("--trials", str(total)) as search:
        out, err = search.communicate()
    assert (search.returncode, err) == (0, "")
    made = re.findall(rf"^\[(\d+)/{total}\] trial (\d+): ", out, re.MULTILINE)
    assert [int(count) for count, _ in made] == list(range(len(kept) + 1, total + 1))
    assert {int(number) for _, number in made} == {*range(total)} - kept.keys()
    assert out.rstrip().endswith("run/report.html")
    assert list(rows()) == list(range(total))
    assert rows().items() >= kept.items()
    assert json.loads(Path("run/summary.json").read_text())["trials"] == total
