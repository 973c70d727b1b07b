"""What a person sees while a study runs, on a terminal and elsewhere."""

import contextlib
import re
import sys
from io import StringIO
from types import SimpleNamespace

import pytest
from conftest import point
from report_cases import trial
from rich.console import Console

from bench.stand_in import ONE_IMAGE, StandIn
from jaxreg.core.fit import Epoch
from jaxreg.engine.progress import Display, configuration, say_phase
from jaxreg.records import RunRecord
from jaxreg.search.config import StudyConfig
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs
from jaxreg.verdict.run import TUNING

L2 = trial(0, 0.875, "batch", "l2", reg_lambda=3.14e-5, learning_rate=0.0025)
PLAIN = trial(1, 0.75, "none", "none", learning_rate=0.01)
PARAMS = point("layer", "elastic", reg_lambda=1e-3, learning_rate=5e-4)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def display(total, terminal=False, width=100, lang="en"):
    """Returns a display, its clock, and where it writes."""
    file, clock = StringIO(), Clock()
    console = Console(
        file=file, force_terminal=terminal, width=width, highlight=False, color_system=None, legacy_windows=False
    )
    return Display(StandIn(StudyConfig(trials=total, lang=lang)), console, clock), clock, file


def visible(text):
    """Returns what is written without the terminal's control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def last_picture(file):
    """Returns the picture that was drawn last: the terminal's live view goes back up before it draws again."""
    return visible(re.split(r"\x1b\[1A\x1b\[2K", file.getvalue())[-1])


def test_without_a_terminal_each_finished_run_is_one_line_and_nothing_else_is_said():
    shown, clock, file = display(total=4)
    with shown:
        shown.begin([])
        shown.epoch(0, "layer/elastic", 1, Epoch(0.5, 0.5, 0.5, 0.5))
        clock.now += 20  # the first compiles
        shown.ended(L2, [L2])
        clock.now += 1
        shown.ended(PLAIN, [L2, PLAIN])
    assert file.getvalue() == (
        "[1/4] trial 0: 87.50%  batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025"
        " | best 87.50% (trial 0: batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025)"
        " | time left: after the next runs\n"
        "[2/4] trial 1: 75.00%  none/none, learning_rate 0.01"
        " | best 87.50% (trial 0: batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025) | 1.0 s a run, 2 s left\n"
    )


def test_the_time_left_is_without_compilation_once_as_many_runs_as_compile_have_followed():
    shown, clock, file = display(total=10)
    with shown:
        shown.begin([], at_once=2)
        records = []
        for seconds in (30, 1, 3, 1, 3, 1):  # two processes compile, then their runs take four seconds each
            clock.now += seconds
            records.append(L2)
            shown.ended(L2, records)
    rates = [line.rpartition("| ")[2] for line in file.getvalue().splitlines()]
    assert rates[:3] == ["time left: after the next runs"] * 3
    assert rates[3:] == ["2.0 s a run, 12 s left", "2.3 s a run, 12 s left", "2.0 s a run, 8 s left"]


def test_the_last_of_few_runs_promises_no_more():
    shown, _, file = display(total=3)
    with shown:
        shown.begin([], at_once=2)
        for count in (1, 2, 3):
            shown.ended(L2, [L2] * count)
    assert [("time left" in line) for line in file.getvalue().splitlines()] == [True, True, False]


def test_with_lang_ko_all_that_is_shown_is_in_korean_but_for_names_of_settings():
    for terminal in (True, False):
        shown, clock, file = display(total=4, terminal=terminal, lang="ko")
        with shown:
            shown.begin([])
            if terminal:
                shown._live.refresh()
                assert "첫 실행을 컴파일하고 학습하는 중" in visible(file.getvalue())
            shown.ended(L2, [L2])
            if terminal:
                shown._live.refresh()
            assert "남은 시간은 다음 실행 뒤에 표시" in visible(file.getvalue())
            shown.begin([], at_once=0)
            clock.now += 75
            shown.ended(L2, [L2])
            shown.epoch(1, "layer/elastic", 7, Epoch(0.5, 0.5, 0.5, 0.9731))
            shown.waits((3, 4))
            if terminal:
                shown._live.refresh()
        said = visible(file.getvalue())
        assert "최고 87.50% (0번 시도: batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025)" in said
        assert "실행당 75.0초, 남은 시간 3분 45초" in said
        assert "다른 프로세스들이 맡은 실행 3, 4번을 기다리는 중" in said
        ours = re.sub(r"batch/l2|layer/elastic|reg_lambda|learning_rate|epoch-valid|search|e-05", "", said)
        assert re.findall("[a-z]{2,}", ours) == []


def test_a_notebook_shows_one_line_in_its_cell_that_changes_without_control_characters(monkeypatch):
    shown: list[str] = []  # as the cell has it
    handle = SimpleNamespace(update=lambda line: shown.__setitem__(-1, line))

    def display_(line, display_id):
        assert display_id
        shown.append(line)
        return handle

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(Pretty=str, display=display_))
    console = Console(force_jupyter=True, file=StringIO())
    progress = Display(StandIn(StudyConfig(trials=4)), console, Clock())
    with progress:
        progress.begin([])
        assert shown == ["[0/4] best: none yet | compiling and training the first run; time left: after the first runs"]
        progress.epoch(0, "layer/elastic", 1, Epoch(0.5, 0.5, 0.5, 0.5))
        progress.ended(L2, [L2])
        progress.ended(PLAIN, [L2, PLAIN])
    assert [line[:30] for line in shown] == ["[2/4] trial 1: 75.00%  none/no"]
    with progress:
        progress.ended(PLAIN, [L2, PLAIN, L2, PLAIN])
        progress.begin([L2, PLAIN, L2, PLAIN])  # as after workers: there is nothing left to do
    assert [line[:30] for line in shown] == ["[4/4] trial 1: 75.00%  none/no"]
    assert console.file.getvalue() == ""


def test_a_line_stays_one_line_however_narrow_the_console_is():
    shown, _, file = display(total=4, width=20)
    with shown:
        shown.begin([])
        shown.ended(L2, [L2])
    assert file.getvalue().count("\n") == 1


def test_the_rate_of_a_continued_study_counts_only_the_runs_since():
    shown, clock, file = display(total=200)
    with shown:
        clock.now += 500  # before begin: not a trial's time
        shown.begin([PLAIN] * 100, at_once=0)
        clock.now += 10
        shown.ended(L2, [PLAIN] * 100 + [L2])
    assert "[101/200]" in file.getvalue()
    assert file.getvalue().endswith("| 10.0 s a run, 16 min 30 s left\n")


@pytest.mark.parametrize(
    ("seconds", "left"), [(0.0, "0 s"), (0.1, "10 s"), (0.6, "59 s"), (1.0, "1 min 39 s"), (40.0, "1 h 06 min")]
)
def test_the_time_left_is_said_in_words_of_its_size(seconds, left):
    shown, clock, file = display(total=100)
    with shown:
        shown.begin([], at_once=0)
        clock.now += seconds
        shown.ended(L2, [L2])
    assert file.getvalue().endswith(f"{seconds:.1f} s a run, {left} left\n")


def test_diverged_and_pruned_trials_are_marked_and_without_a_winner_there_is_no_best():
    shown, _, file = display(total=3)
    with shown:
        shown.begin([])
        ended = [trial(0, 0.1, diverged=True), trial(1, 0.2, pruned=True)]
        shown.ended(ended[0], ended[:1])
        shown.ended(ended[1], ended)
    first, second = file.getvalue().splitlines()
    assert "trial 0: 10.00% diverged  batch/l2" in first
    assert "trial 1: 20.00% pruned  batch/l2" in second
    assert "| best: none yet |" in first


def test_a_terminal_shows_runs_done_the_best_the_rate_the_time_left_and_the_run_that_is_trained():
    shown, clock, file = display(total=200, terminal=True)
    with shown:
        shown.begin([PLAIN] * 40, at_once=0)
        clock.now += 3
        shown.ended(L2, [PLAIN] * 40 + [L2])
        shown.epoch(41, shown._experiment.describe(PARAMS), 7, Epoch(0.5, 0.5, 0.5, 0.9731))
        shown._live.refresh()  # rather than wait for its timer
        picture = last_picture(file)
    for words in (
        "41/200",
        "best 87.50% (trial 0: batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025)",
        "3.0 s a run, 7 min 57 s left",
        "run 41, epoch 7, epoch-valid 97.31%: layer/elastic, reg_lambda 0.001, learning_rate 0.0005",
    ):
        assert words in picture
    assert all(len(line) <= 100 for line in picture.splitlines())


def test_what_is_live_stands_first_so_that_80_columns_show_it():
    shown, _, file = display(total=200, terminal=True, width=80)
    with shown:
        shown.begin([L2])
        shown.epoch(41, shown._experiment.describe(PARAMS), 7, Epoch(0.5, 0.5, 0.5, 0.9731))
        shown._live.refresh()
        picture = last_picture(file)
    assert "run 41, epoch 7, epoch-valid 97.31%: layer/elastic" in picture
    assert all(len(line) <= 80 for line in picture.splitlines())


def test_a_terminal_shows_before_the_first_run_that_there_is_nothing_yet():
    shown, _, file = display(total=200, terminal=True)
    with shown:
        shown.begin([])
        shown._live.refresh()
        picture = last_picture(file)
    assert "0/200" in picture
    assert "best: none yet" in picture
    assert "time left: after the first runs" in picture


def test_a_terminal_too_narrow_cuts_lines_rather_than_wrapping_them():
    shown, _, file = display(total=200, terminal=True, width=30)
    with shown:
        shown.begin([L2])
        shown._live.refresh()
        lines = last_picture(file).splitlines()
    assert all(len(line) <= 30 for line in lines)
    assert len([line for line in lines if line.strip()]) == 3


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_after_a_failure_inside_nothing_more_is_shown_and_the_picture_is_gone(terminal, failure):
    shown, _, file = display(total=4, terminal=terminal)
    with contextlib.suppress(failure), shown:
        shown.begin([])
        shown.ended(L2, [L2])
        before = file.getvalue()
        raise failure
    if terminal:
        assert not shown._live.is_started
        assert last_picture(file).strip() == ""
        assert "\x1b[?25h" in file.getvalue()[len(before) :]  # the cursor is visible again
    else:
        assert file.getvalue() == before


@pytest.mark.parametrize("terminal", [False, True])
def test_square_brackets_in_a_text_are_text(terminal):
    odd = trial(0, 0.5, norm_type="[red]x[/red] [/]")
    shown, _, file = display(total=4, terminal=terminal)
    with shown:
        shown.begin([])
        shown.ended(odd, [odd])
        if terminal:
            shown._live.refresh()
    assert "[red]x[/red] [/]/l2" in visible(file.getvalue())


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (point("none", "none", learning_rate=0.0005), "none/none, learning_rate 0.0005"),
        (L2, "batch/l2, reg_lambda 3.1e-05, learning_rate 0.0025"),
        (PARAMS, "layer/elastic, reg_lambda 0.001, learning_rate 0.0005"),
    ],
)
def test_a_configuration_is_said_in_a_few_words(params, words):
    assert configuration(params) == words


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "phase 1 of 2: tuning, 1 run\n"), ("ko", "2단계 중 1단계: 튜닝, 실행 1회\n")]
)
def test_a_phase_is_said_with_its_runs(lang, said, capsys):
    say_phase(1, TUNING, 1, lang)
    assert capsys.readouterr().out == said


def test_a_verdict_shows_the_highest_mean_so_far_of_cells_that_have_had_their_turns():
    runs = Runs(VerdictConfig(), ONE_IMAGE, ())
    at = {"trial": 0, "params": {}, "test_accuracy": 0.5, "test_loss": 0.1, "train_accuracy": 1.0, "num_epochs": 9}
    at |= {"epoch_valid_accuracy": 0.9, "diverged": False, "seconds": 1.0, "correct": b""}
    tried = [(0, "none", 0.97), (0, "batch", 0.95), (1, "none", 0.91), (1, "batch", 0.96), (2, "none", 0.92)]
    records = [
        RunRecord(block=block, methods={"norm_type": norm, "reg_type": "l2"}, trial_valid_accuracy=accuracy, **at)
        for block, norm, accuracy in tried
    ]
    assert runs.best([]).en == "best: none yet"
    assert runs.best(records[:2]).en == "highest mean on trial-valid so far 97.00% (none/l2, 1 run)"
    assert runs.best(records).en == "highest mean on trial-valid so far 95.50% (batch/l2, 2 runs)"
    assert "50.00%" not in runs.best(records).en + runs.outcome(records[0]).en  # nothing of the test set
