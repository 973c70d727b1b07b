"""Several processes on one study: the same files as one alone leaves, and no trial lost with its process."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import point
from forks import Fork, run_command
from storage_workers import next_trial
from test_study import small_config, timeless, write_data
from waiting import until

import jaxreg
from jaxreg.engine import machine, storage, work, workers
from jaxreg.engine.leases import FileLeases
from jaxreg.engine.problem import load_data
from jaxreg.engine.progress import Display
from jaxreg.engine.storage import Ended, next_trials, open_study
from jaxreg.engine.work import Job, next_batch
from jaxreg.errors import InputError
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search
from jaxreg.search.trial import Trials

SEARCH = Path(__file__).parents[1] / "experiments" / "search.py"
needs_cores = pytest.mark.skipif(machine.available_cores() < 2, reason="no more workers than cores are started")
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")


def start(config):
    return Fork(run_command, SEARCH, *config.options())


def finish(process):
    ended = process.ended()
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def files(folder):
    """Returns the tables of a study, which must be the same files, byte for byte."""
    return [(Path(folder) / name).read_bytes() for name in ("trials.csv", "curves.csv")]


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


# A look-back of 4 and 20 trials: TPE knows the 10 trials that it begins with from the fifteenth on.
KINDS: dict[str, dict[str, Any]] = {
    "tpe": {"trials": 20, "lookback": 4},
    "balanced": {"sampler": "balanced"},
    "median": {"pruner": "median"},
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Returns, for a kind of search, its configuration and what one process alone makes of it; each is run once."""
    folder, made = tmp_path_factory.mktemp("alone"), {}
    write_data(folder / "data.npz")

    def study(kind):
        if kind not in made:
            changed: dict[str, Any] = {
                "trials": 12,
                "max_epochs": 4,
                "patience": 4,
                "lookback": 4,
                "norm_types": ("none",),
            }
            changed |= KINDS[kind]
            made[kind] = small_config(folder / kind, folder / "data.npz", **changed)
            run_search(made[kind])
        return made[kind]

    return study


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("tpe", 4), ("balanced", 2), ("median", 3)])
def test_any_number_of_workers_leaves_the_same_files(kind, count, alone, tmp_path):
    one = alone(kind)
    config = dataclasses.replace(one, workers=count, out=str(tmp_path / "run"))
    said = finish(start(config))
    assert files(config.out) == files(one.out)
    summaries = [json.loads((Path(c.out) / "summary.json").read_text()) | {"seconds": 0} for c in (config, one)]
    assert summaries[0] == summaries[1]
    assert "running it again" not in said  # the workers themselves have kept the weights of each cell
    assert {cell: jaxreg.load(config.out, cell).description["trial"] for cell in summaries[0]["best_by_cell"]} == {
        cell: best["trial"] for cell, best in summaries[0]["best_by_cell"].items()
    }
    assert sum(line.startswith("[") for line in said.splitlines()) == config.trials + config.num_again
    assert f"{min(count, machine.available_cores())} processes" in said
    assert not list((tmp_path / "run" / ".leases").glob("trial-*"))


@pytest.mark.slow
@needs_proc
@needs_cores
def test_a_killed_worker_is_named_and_its_trial_is_run_by_another(alone, tmp_path):
    config = dataclasses.replace(alone("tpe"), workers=2, out=str(tmp_path / "run"))
    process = start(config)
    with amid_a_trial(process, tmp_path / "run") as holding:
        os.kill(holding[0], signal.SIGKILL)
    assert "ended with code -9" in finish(process)
    assert files(config.out) == files(alone("tpe").out)


@pytest.mark.slow
@needs_proc
@needs_cores
def test_workers_end_with_their_parent_and_another_number_of_them_continues(alone, tmp_path):
    config = dataclasses.replace(alone("tpe"), workers=2, out=str(tmp_path / "run"))
    process = start(config)
    with amid_a_trial(process, tmp_path / "run"):
        orphans = workers_of(process.pid)
        process.kill()
        process.wait()
    assert len(orphans) == 2
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))
    finish(start(dataclasses.replace(config, workers=3)))
    assert files(config.out) == files(alone("tpe").out)


@pytest.mark.slow
@needs_cores
def test_what_the_workers_leave_undone_their_parent_does(tmp_path, monkeypatch, capfd):
    write_data(tmp_path / "data.npz")
    config = small_config(trials=2, norm_types=("none",), workers=2)
    monkeypatch.setattr(workers, "_worker", die)
    results = run_search(config)
    assert [trial.number for trial in results.trials] == [0, 1]
    assert timeless(results) == timeless(run_search(dataclasses.replace(config, workers=1, out="one")))
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


def study_of(**changed):
    """Returns a study in the folder `run`, of three trials that nobody has begun."""
    write_data("data.npz")
    config = small_config(**{"trials": 3, "sampler": "random", "norm_types": ("none",)} | changed)
    return open_study(Trials(config, load_data(config)))


def test_a_trial_left_running_is_taken_over_and_one_that_runs_elsewhere_is_not(tmp_path):
    study = study_of()
    mine, other = FileLeases(tmp_path / "leases"), FileLeases(tmp_path / "leases")
    study.ask()  # trial 0, left by a process that died
    assert next_trial(study, other).number == 0
    assert next_trial(study, mine).number == 1
    assert next_trial(study, mine).number == 2
    assert next_trial(study, mine) is None  # the total is three, whoever runs them
    with other:
        pass
    assert next_trial(study, mine).number == 0


def test_a_trial_waits_for_those_that_it_may_know_and_for_no_other(tmp_path):
    study = study_of(sampler="tpe", lookback=2, trials=4)
    leases = FileLeases(tmp_path / "leases")
    first, second = (next_trial(study, leases) for _ in range(2))
    assert next_trial(study, leases) is None  # the third knows the first
    record = next(study.experiment.run([(1, study.experiment.plan(second))], 1, lambda *_: False))[0]
    storage.finish_trial(study, second, record)
    assert next_trial(study, leases) is None
    storage.finish_trial(study, first, dataclasses.replace(record, number=0))
    assert [next_trial(study, leases).number for _ in range(2)] == [2, 3]
    assert [[t.number for t in study.as_known_to(i).get_trials()] for i in range(4)] == [[], [], [0], [0, 1]]


def job(number, norm="none", reg="none"):
    return Job(SimpleNamespace(number=number), point(norm, reg))


def batch_of(jobs, size, **changed):
    trials = study_of(**{"norm_types": ("none", "batch", "layer")} | changed).experiment
    return [job.trial.number for job in next_batch(jobs, trials, size)]


def test_the_jobs_to_run_at_once_share_a_normalization_and_are_the_oldest_of_it():
    jobs = [job(i, norm) for i, norm in enumerate(["none", "batch", "layer", "batch", "none", "batch"])]
    assert batch_of(jobs, 2) == [1, 3]
    assert batch_of(jobs, 8) == [1, 3, 5]
    assert batch_of(jobs[:3], 8) == [0]
    assert batch_of([], 8) == []


def test_jobs_of_one_normalization_are_run_at_once_only_where_they_share_a_program():
    regularizers = ("none", "dropout", "l2", "mixup", "elastic")
    jobs = [job(number, "batch", reg) for number, reg in enumerate(regularizers)]
    assert batch_of(jobs, 8, reg_types=regularizers) == [0, 2, 4]


def test_records_are_read_once(monkeypatch):
    write_data("data.npz")
    config = small_config(trials=3, norm_types=("none",))
    run_search(config)
    ended: Ended[Any, Any] = Ended(open_study(Trials(config, load_data(config))))
    assert [record.number for record in ended.update()] == [0, 1, 2]
    monkeypatch.setattr(Trials, "decode", None)
    assert len(ended.update()) == 3


def test_a_record_longer_than_a_database_takes_at_once_is_kept_in_parts(monkeypatch):
    write_data("data.npz")
    config = small_config(trials=1, norm_types=("none",))
    monkeypatch.setattr(storage, "PART_LENGTH", 100)
    (record,) = run_search(config).trials
    study = open_study(Trials(config, load_data(config)))
    assert "record:5" in study.trials[0].user_attrs
    assert Ended(study).update() == (record,)


def test_parts_that_a_try_before_has_left_are_no_part_of_a_record(monkeypatch):
    write_data("data.npz")
    config, real = small_config(trials=1, norm_types=("none",)), work.finish_trial

    def after_a_longer_one(study, trial, record):
        for part in range(3):  # whose process died before it told
            trial.set_user_attr(f"record:{part}", "[" * 40)
        return real(study, trial, record)

    monkeypatch.setattr(work, "finish_trial", after_a_longer_one)
    (record,) = run_search(config).trials
    study = open_study(Trials(config, load_data(config)))
    assert "record:2" in study.trials[0].user_attrs
    assert Ended(study).update() == (record,)


def test_a_trial_that_another_has_ended_stays_as_it_is(monkeypatch):
    write_data("data.npz")
    real = work.finish_trial

    def end_first(study, trial, record):
        assert real(study, trial, dataclasses.replace(record, trial_valid_accuracy=0.25))
        return real(study, trial, record)

    monkeypatch.setattr(work, "finish_trial", end_first)
    shown = []
    monkeypatch.setattr(Display, "ended", lambda _, record, records: shown.append(records))
    with pytest.raises(InputError, match=r"is recorded with 25\.0000%"):  # what no trial of this study reaches
        run_search(small_config(trials=2, norm_types=("none",)))
    assert [[record.trial_valid_accuracy for record in records] for records in shown] == [[0.25], [0.25, 0.25]]


def workers_of_a(monkeypatch, backend="cpu", cores=16, memory=64, left=1000, **changed):
    monkeypatch.setattr(machine.jax, "default_backend", lambda: backend)
    monkeypatch.setattr(machine.jax, "local_device_count", lambda: 2)
    monkeypatch.setattr(machine, "available_cores", lambda: cores)
    monkeypatch.setattr(machine, "available_bytes", lambda: None if memory is None else int(memory * 2**30))
    trials = Trials(StudyConfig(**{"lookback": 32} | changed), None)
    return machine.workers_of(trials, left)[0], machine.population_of(trials)


def test_there_are_as_many_workers_as_cores_unless_memory_runs_or_the_lookback_are_fewer(monkeypatch):
    count = partial(workers_of_a, monkeypatch)
    assert count() == (16, 1)
    assert count(memory=None) == (16, 1)
    assert count(memory=6) == (5, 1)
    assert count(memory=0.1) == (1, 1)
    assert count(left=9) == (2, 1)
    assert count(left=1) == (1, 1)
    assert count(lookback=8) == (8, 1)
    assert count(lookback=8, sampler="random") == (16, 1)
    assert count(workers=9) == (9, 1)
    assert count(workers=40) == (16, 1)  # those beyond would share cores
    assert count(workers=40, left=3) == (3, 1)
    assert count(population=5) == (16, 5)


def test_an_accelerator_trains_populations_that_its_memory_holds_one_process_a_gpu(monkeypatch):
    device = SimpleNamespace(memory_stats=lambda: {"bytes_limit": 4 * 2**30})
    monkeypatch.setattr(machine.jax, "local_devices", lambda: [device])
    count = partial(workers_of_a, monkeypatch, "gpu")
    assert count() == (2, 32)
    assert count(lookback=100) == (2, 34)
    assert count(pruner="median") == (2, 1)
    assert count(population=4) == (2, 4)
    assert workers_of_a(monkeypatch, "tpu", workers=1) == (1, 32)
    with pytest.raises(InputError, match="--workers 2: a TPU belongs to one process"):
        workers_of_a(monkeypatch, "tpu", workers=2)


@pytest.mark.parametrize(
    ("platforms", "installed", "backend", "threads"),
    [
        (None, (), None, "1"),
        (None, ("jax_plugins",), None, None),  # a GPU, perhaps
        (None, ("libtpu",), None, None),
        (None, ("jax_plugins",), "cpu", "1"),  # a worker is told that there is none
        (None, (), "gpu", None),
        ("cpu", ("jax_plugins",), None, "1"),
        ("cuda,cpu", ("jax_plugins",), None, None),
    ],
)
def test_one_thread_is_for_a_cpu_and_not_for_the_compiler_of_an_accelerator(
    platforms, installed, backend, threads, monkeypatch
):
    monkeypatch.delenv("NPROC")
    monkeypatch.setattr(machine.xla_bridge, "backends_are_initialized", lambda: False)
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: name in installed or None)
    monkeypatch.setattr(machine.jax, "config", SimpleNamespace(values={"jax_platforms": platforms}))
    machine.prepare(StudyConfig(compile_cache=False), backend)
    assert os.environ.pop("NPROC", None) == threads
    assert machine.is_prepared() is False  # this process is on a CPU, whatever was to be expected
    monkeypatch.setattr(machine.jax, "default_backend", lambda: "gpu")
    assert machine.is_prepared() is True


def test_where_compiling_is_slow_every_other_kind_is_rehearsed_once_and_nothing_comes_out_differently(monkeypatch):
    write_data("data.npz")
    config = small_config(trials=6, sampler="random", population=3, workers=1)
    usual = run_search(config)
    rehearsed, real = [], Trials.rehearse

    def rehearse(trials, plan, size):
        rehearsed.append((plan.cell[0], size))
        real(trials, plan, size)

    monkeypatch.setattr(work, "compiles_slowly", lambda: True)
    monkeypatch.setattr(Trials, "rehearse", rehearse)
    results = run_search(dataclasses.replace(config, out="rehearsed"))
    assert timeless(results) == timeless(usual)
    first = {trial.cell[0] for trial in results.trials}
    assert len(rehearsed) == len({norm for norm, _ in rehearsed}) == len(first) - 1
    assert {size for _, size in rehearsed} == {3}


def test_as_many_trials_are_taken_at_once_as_are_wanted_and_there_are(tmp_path):
    study, leases = study_of(trials=5), FileLeases(tmp_path / "leases")
    assert [trial.number for trial in next_trials(study, leases, 2)] == [0, 1]
    assert [trial.number for trial in next_trials(study, leases, 9)] == [2, 3, 4]
    assert list(next_trials(study, leases, 9)) == []
    waiting = study_of(sampler="tpe", lookback=2, trials=5, out="tpe")
    assert [trial.number for trial in next_trials(waiting, FileLeases(tmp_path / "others"), 9)] == [0, 1]


def test_what_was_taken_before_the_storage_failed_is_not_lost(tmp_path, monkeypatch):
    study, leases, real = study_of(), FileLeases(tmp_path / "leases"), storage._take
    taken: list[int] = []

    def take(*args):
        if len(taken) == 2:
            raise OSError("away")
        return real(*args)

    monkeypatch.setattr(storage, "_take", take)
    with pytest.raises(OSError, match="away"):
        taken.extend(trial.number for trial in next_trials(study, leases, 3))
    assert taken == [0, 1]


def test_a_trial_that_cannot_be_planned_is_free_again_and_so_are_those_after_it(monkeypatch):
    write_data("data.npz")
    config = small_config(trials=4, sampler="random", population=4, workers=1, norm_types=("none",))
    real = Trials.plan

    def plan(trials, trial):
        if trial.number == 2:
            raise KeyboardInterrupt
        return real(trials, trial)

    monkeypatch.setattr(Trials, "plan", plan)
    with pytest.raises(KeyboardInterrupt):
        run_search(config)
    monkeypatch.setattr(Trials, "plan", real)
    assert [trial.number for trial in run_search(config).trials] == [0, 1, 2, 3]


@pytest.mark.parametrize(("quotas", "cores"), [([], 8), (["max 100000"], 8), (["250000 100000", "max 100000"], 2)])
def test_a_containers_share_of_the_cores_and_of_the_memory_is_what_counts(quotas, cores, monkeypatch):
    limits = {"cpu.max": quotas, "memory.max": ["max", "1000"], "memory.current": ["5", "300"]}
    monkeypatch.setattr(machine, "_limits", limits.get)
    monkeypatch.setattr(machine, "visible_cores", lambda: 8)
    assert machine.available_cores() == cores
    assert machine.available_bytes() == 700


def test_a_process_that_has_started_jax_on_several_threads_leaves_its_runs_to_new_ones(tmp_path):
    write_data(tmp_path / "data.npz")
    config = small_config(tmp_path / "run", tmp_path / "data.npz", trials=2, norm_types=("none",))
    source = f"""
import jax
from jaxreg.search.config import StudyConfig
from jaxreg.search.run import run_search
if __name__ == "__main__":
    jax.devices()
    run_search(StudyConfig(**{config.settings()!r}))
"""
    (tmp_path / "program.py").write_text(source)
    bare = {name: value for name, value in os.environ.items() if name != "NPROC"}
    done = subprocess.run([sys.executable, "program.py"], env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run_search(dataclasses.replace(config, out=str(tmp_path / "here")))
    assert files(tmp_path / "run") == files(tmp_path / "here")


def test_a_population_is_refused_with_a_pruner():
    with pytest.raises(InputError, match="--population 2: allowed is 1 with a pruner"):
        StudyConfig(population=2, pruner="median")
