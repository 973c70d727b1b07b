"""Several processes on one study: each trial once and as it is alone, and none lost with the process that ran it."""

import contextlib
import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import optuna
import pytest
from conftest import point
from test_study import small_config, timeless, write_data
from waiting import until

import jaxreg
from jaxreg.engine import work, workers
from jaxreg.search.config import StudyConfig
from jaxreg.engine.leases import FileLeases
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import FinishedTrials, next_trial
from jaxreg.engine.trial import Task
from jaxreg.engine.work import Job, next_batch
from jaxreg.engine.workers import Place, places
from jaxreg.errors import InputError
from jaxreg.search.run import run_search

SEARCH = Path(__file__).parents[1] / "experiments" / "search.py"
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")


def command(config):
    return [sys.executable, str(SEARCH), *config.command().split()[2:]]


def one_core():
    """Leaves a new process one core, so that its sums are rounded as those of every other process here."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def start(config):
    return subprocess.Popen(
        command(config), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=one_core
    )


def rows(folder):
    """Returns what trials.csv says of each trial, without its time."""
    with open(folder / "trials.csv", newline="") as file:
        return [row | {"seconds": ""} for row in csv.DictReader(file)]


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def workers_of(pid):
    """Returns the worker processes of a study (multiprocessing has one more child, which keeps track of semaphores)."""
    return [child for child in children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def holders(process, leases):
    """Returns the workers of a study that hold a trial; who has locked a file has it open."""
    trial = f"{leases}/trial-"
    return [pid for pid in workers_of(process.pid) if any(file.startswith(trial) for file in open_files(pid))]


def open_files(pid):
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            yield os.readlink(link)


@contextlib.contextmanager
def amid_a_trial(process, folder):
    """Gives the workers that hold a trial, at least one; while this is held, none can take nor end one."""
    leases = folder / ".leases"
    until(lambda: list(leases.glob("trial-*")), process)
    with contextlib.ExitStack() as queue:

        def found():
            queue.enter_context(FileLeases(leases).queue())
            if not (holding := holders(process, leases)):
                queue.close()
            return holding

        yield until(found, process)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A study of random search by one process on one core, and its configuration."""
    folder = tmp_path_factory.mktemp("alone")
    write_data(folder / "data.npz")
    config = small_config(folder / "run", folder / "data.npz", sampler="random", trials=8, norm_types=("none",))
    process = start(config)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return config


@pytest.mark.slow
def test_two_workers_run_every_trial_once_and_each_is_the_trial_of_a_lone_process(alone, tmp_path):
    config = dataclasses.replace(alone, workers=2, out=str(tmp_path / "run"))
    process = start(config)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert rows(tmp_path / "run") == rows(Path(alone.out))
    summaries = [json.loads((Path(c.out) / "summary.json").read_text()) | {"seconds": 0} for c in (config, alone)]
    assert summaries[0] == summaries[1]
    assert "running it again" not in said  # the workers themselves have kept the weights of each cell
    assert {cell: jaxreg.load(config.out, cell).description["trial"] for cell in summaries[0]["best_by_cell"]} == {
        cell: best["trial"] for cell, best in summaries[0]["best_by_cell"].items()
    }
    assert sum(line.startswith("[") for line in said.splitlines()) == 8
    assert not list((tmp_path / "run" / ".leases").glob("trial-*"))


@pytest.mark.slow
@needs_proc
def test_a_killed_worker_is_named_and_its_trial_is_run_by_another(alone, tmp_path):
    config = dataclasses.replace(alone, workers=2, out=str(tmp_path / "run"))
    process = start(config)
    with amid_a_trial(process, tmp_path / "run") as holding:
        os.kill(holding[0], signal.SIGKILL)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "ended with code -9" in said
    assert rows(tmp_path / "run") == rows(Path(alone.out))


@pytest.mark.slow
@needs_proc
def test_workers_end_with_their_parent_and_the_same_command_continues(alone, tmp_path):
    config = dataclasses.replace(alone, workers=2, out=str(tmp_path / "run"))
    process = start(config)
    with amid_a_trial(process, tmp_path / "run"):
        orphans = workers_of(process.pid)
        process.kill()
        process.wait()
    assert len(orphans) == 2
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))
    again = start(config)
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert rows(tmp_path / "run") == rows(Path(alone.out))


@pytest.mark.slow
def test_what_the_workers_leave_undone_their_parent_does(tmp_path, monkeypatch, capfd):
    write_data(tmp_path / "data.npz")
    config = small_config(trials=2, norm_types=("none",), workers=2)
    monkeypatch.setattr(workers, "_worker", die)
    results = run_search(config)
    assert [trial.number for trial in results.trials] == [0, 1]
    assert timeless(results) == timeless(run_search(dataclasses.replace(config, workers=1, out="alone")))
    assert "worker 1 ended with code 3" in capfd.readouterr().out


def die(*_):
    os._exit(3)


def test_a_lease_is_of_one_process_until_it_is_given_up_or_its_holder_is_gone(tmp_path):
    first, second = FileLeases(tmp_path / "leases"), FileLeases(tmp_path / "leases")
    assert first.take(3)
    assert not second.take(3)
    assert not first.take(3)
    assert second.take(4)
    first.give_up(3)
    assert second.take(3)
    with second:
        pass  # leaving gives up what is held
    assert first.take(3)
    assert first.take(4)


def test_a_trial_left_running_is_taken_over_and_one_that_runs_elsewhere_is_not(tmp_path):
    study = optuna.create_study()
    mine, other = FileLeases(tmp_path / "leases"), FileLeases(tmp_path / "leases")
    study.ask()  # trial 0, left by a process that died
    assert next_trial(study, other, total=3).number == 0
    assert next_trial(study, mine, total=3).number == 1
    assert next_trial(study, mine, total=3).number == 2
    assert next_trial(study, mine, total=3) is None  # the total is three, whoever runs them
    with other:
        pass
    assert next_trial(study, mine, total=3).number == 0


def test_the_jobs_to_run_at_once_share_a_normalization_and_are_the_oldest_of_it():
    norms = ["none", "batch", "layer", "batch", "none", "batch"]
    jobs = [Job(SimpleNamespace(number=i), point(norm)) for i, norm in enumerate(norms)]
    two, eight = (Task(StudyConfig(population=n), 10, None, None, None, "", None) for n in (2, 8))
    assert [job.trial.number for job in next_batch(jobs, two)] == [1, 3]
    assert [job.trial.number for job in next_batch(jobs, eight)] == [1, 3, 5]
    assert [job.trial.number for job in next_batch(jobs[:3], eight)] == [0]
    assert next_batch([], eight) == []


def test_jobs_of_one_normalization_are_run_at_once_only_where_they_share_a_program():
    regularizers = ["none", "dropout", "l2", "mixup", "elastic"]
    config = StudyConfig(population=8, reg_types=(*regularizers,))
    jobs = [Job(SimpleNamespace(number=i), point("batch", reg)) for i, reg in enumerate(regularizers)]
    batch = next_batch(jobs, Task(config, 10, None, None, None, "", None))
    assert [job.trial.number for job in batch] == [0, 2, 4]


def test_records_are_read_once_and_the_best_is_kept_up(tmp_path, monkeypatch):
    write_data(tmp_path / "data.npz")
    run_search(small_config(trials=3, norm_types=("none",)))
    study = optuna.load_study(study_name="search", storage="sqlite:///run/study.db")
    finished = FinishedTrials(study)
    assert [record.number for record in finished.update()] == [0, 1, 2]
    monkeypatch.setattr("jaxreg.engine.storage._record", None)
    assert len(finished.update()) == 3
    assert finished.best.trial_valid_accuracy == max(r.trial_valid_accuracy for r in finished.records.values())


def test_a_trial_that_another_has_ended_stays_as_it_is(monkeypatch):
    write_data("data.npz")
    real = work.finish_trial

    def end_first(study, trial, record):
        assert real(study, trial, dataclasses.replace(record, trial_valid_accuracy=0.25))
        return real(study, trial, record)

    monkeypatch.setattr(work, "finish_trial", end_first)
    shown = []
    monkeypatch.setattr(Display, "trial", lambda _, record, done, best: shown.append((done, best)))
    with pytest.raises(InputError, match=r"is recorded with 25\.0000%"):  # what no trial of this study reaches
        run_search(small_config(trials=2, norm_types=("none",)))
    assert [(done, best.number, best.trial_valid_accuracy) for done, best in shown] == [(1, 0, 0.25), (2, 0, 0.25)]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen on this system")
def test_workers_share_the_cores_evenly_and_take_turns_where_there_are_too_few(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3, 5, 7})
    assert [place.cores for place in places(2)] == [{2, 3}, {5, 7}]
    sizes = [len(place.cores) for place in places(3)]
    assert sorted(sizes) == [1, 1, 2]
    crowded = Counter(core for place in places(6) for core in place.cores)
    assert crowded == {2: 2, 3: 2, 5: 1, 7: 1}


def test_each_worker_sees_a_gpu_of_its_own_and_a_tpu_is_for_one_process(monkeypatch):
    monkeypatch.setattr(workers.jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(workers.jax, "local_device_count", lambda: 2)
    assert [place.device for place in places(3)] == [0, 1, 0]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    workers._move_to(Place(None, 1))
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "6"
    monkeypatch.setattr(workers.jax, "default_backend", lambda: "tpu")
    with pytest.raises(InputError, match="--workers 2: a TPU belongs to one process"):
        places(2)


def test_a_population_is_refused_with_a_pruner():
    with pytest.raises(InputError, match="--population 2: allowed is 1 with a pruner"):
        StudyConfig(population=2, pruner="median")
