"""The compile cache: used at the next start, by several at once, and harmless whatever has happened to its folder."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import cached_program
import matplotlib
import pytest
from forks import Fork
from test_ends import SEARCH, TINY, write_images

from jaxreg import compile_cache
from jaxreg.errors import InputError


@pytest.fixture(autouse=True)
def cache_home(tmp_path, monkeypatch):
    """An empty folder in the place of the user's cache folder."""
    home = tmp_path / "cache home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    return home


PROGRAM = [sys.executable, cached_program.__file__]


def answered(done):
    """Returns the answer, hits, new entries and standard error of a program that has ended."""
    assert done.returncode == 0, done.stderr
    answer, hits, misses = done.stdout.split()
    return float(answer), int(hits), int(misses), done.stderr


def run():
    """Runs the program from the start, imports and all."""
    return answered(subprocess.run(PROGRAM, capture_output=True, text=True, check=False))


def start_fork(max_file_bytes=None):
    return Fork(cached_program.say_answer, max_file_bytes)


def run_fork(max_file_bytes=None):
    """Runs the program in a process that has all imports."""
    return answered(start_fork(max_file_bytes).ended())


def entries(cache_home):
    return sorted(cache_home.glob("jaxreg/xla/*/*-cache"))


def test_a_program_is_compiled_once_and_the_next_start_reads_it(cache_home):
    answer, hits, misses, err = run()
    assert (hits, misses, err) == (0, 1, "")  # one: the operations around the program are not worth a file
    [entry] = entries(cache_home)
    written = entry.read_bytes()
    assert run() == (answer, 1, 0, "")
    assert [(e, e.read_bytes()) for e in entries(cache_home)] == [(entry, written)]
    for folder in (cache_home, *(cache_home / p for p in ("jaxreg", "jaxreg/xla")), entry.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache folder that has the program, and the program's answer."""
    home = tmp_path_factory.mktemp("filled") / "cache home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home))
        patch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
        return home, run_fork()[0]


@pytest.fixture
def answer(filled, cache_home):
    """The program's answer, which is in the cache."""
    home, answer = filled
    shutil.copytree(home, cache_home)
    return answer


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def flip_inside(content):
    """Changes the program but not the checksum of the stream."""
    return zlib.compress(flip(zlib.decompress(content)))[:-4] + content[-4:]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-1], id="torn"),
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(flip, id="a flipped bit"),
        pytest.param(flip_inside, id="a flipped bit in a well-formed stream"),
    ],
)
def test_a_damaged_entry_is_not_used_and_is_written_anew(damage, cache_home, answer):
    assert run_fork() == (answer, 1, 0, "")  # and knows it as whole
    [entry] = entries(cache_home)
    entry.write_bytes(damage(entry.read_bytes()))
    assert run_fork() == (answer, 0, 1, "")
    assert run_fork() == (answer, 1, 0, "")


def test_a_full_disk_harms_neither_this_run_nor_the_next(cache_home):
    answer, hits, _, err = run_fork(max_file_bytes=1000)
    assert (hits, err) == (0, "")
    assert [entry.stat().st_size for entry in entries(cache_home)] == [1000]
    assert run_fork() == (answer, 0, 1, "")
    assert run_fork() == (answer, 1, 0, "")


def test_of_two_processes_at_once_one_compiles_and_the_other_reads_what_it_has_left(cache_home):
    answers = [answered(process.ended()) for process in (start_fork(), start_fork())]
    answer = answers[0][0]
    assert sorted(answers) == [(answer, 0, 1, ""), (answer, 1, 0, "")]
    assert run_fork() == (answer, 1, 0, "")
    assert [path.suffix for path in entries(cache_home)[0].parent.iterdir() if path.suffix] == []


def test_where_no_turns_can_be_taken_a_program_is_compiled_all_the_same(tmp_path):
    (tmp_path / "in the way").write_text("")
    with compile_cache._turn(tmp_path / "in the way", lambda: "a program"):
        pass


@pytest.mark.parametrize("part", ["jaxreg", "jaxreg/xla", "jaxreg/xla/machine", ""])
def test_a_folder_that_others_may_write_is_not_used_and_the_line_names_it(part, cache_home, monkeypatch):
    monkeypatch.setattr(compile_cache, "_machine", lambda: "machine")
    compile_cache._make_folder()
    (cache_home / part).chmod(0o777)
    with pytest.raises(PermissionError, match=f"^{re.escape(str(cache_home / part))} "):
        compile_cache._make_folder()
    (cache_home / part).chmod(0o1777 if part == "" else 0o755)
    compile_cache._make_folder()


@pytest.mark.parametrize("obstacle", ["a file in its place", "others may write it"])
def test_without_a_usable_folder_the_program_runs_and_one_line_says_that_nothing_is_kept(obstacle, cache_home):
    if obstacle == "a file in its place":
        cache_home.write_text("")
    else:
        (cache_home / "jaxreg").mkdir(parents=True)
        (cache_home / "jaxreg").chmod(0o777)
    _, hits, misses, err = run_fork()
    assert (hits, misses) == (0, 0)
    assert re.fullmatch(rf"warning: compiled programs are not kept: [^\n]*{re.escape(str(cache_home))}[^\n]*\n", err)
    assert entries(cache_home) == []


def test_a_read_only_folder_is_read_and_does_no_harm(cache_home, answer):
    [entry] = entries(cache_home)
    entry.parent.chmod(0o500)
    assert run_fork() == (answer, 1, 0, "")
    entry.parent.chmod(0o700)


@pytest.mark.parametrize("own", ["a folder", ""])
def test_a_cache_of_the_users_own_or_the_wish_for_none_is_left_as_it_is(own, cache_home, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", own)
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "1000")  # kept only if it is not overruled
    _, hits, misses, err = run()
    assert (hits, misses, err) == (0, 0, "")
    assert not cache_home.exists()


def test_a_cache_of_the_users_own_in_a_home_folder_is_there_and_in_one_that_is_not_there_refused(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    config = compile_cache.jax.config
    before = config.values["jax_compilation_cache_dir"]
    try:
        config.update("jax_compilation_cache_dir", "~/x")
        compile_cache.enable()
        assert config.values["jax_compilation_cache_dir"] == "/home/me/x"
        config.update("jax_compilation_cache_dir", "~nosuchuser")
        with pytest.raises(InputError, match=r"^JAX_COMPILATION_CACHE_DIR ~nosuchuser: there is no home folder"):
            compile_cache.enable()
    finally:
        config.update("jax_compilation_cache_dir", before)


@pytest.mark.parametrize("hide", [{"NPROC": "1"}, {"PJRT_NPROC": "1"}, None], ids=str)
def test_a_program_for_another_number_of_threads_is_another_one(hide, monkeypatch):
    monkeypatch.delenv("NPROC")  # which holds for all tests
    before = compile_cache._machine()
    assert compile_cache._machine() == before
    if hide:
        for name, value in hide.items():
            monkeypatch.setenv(name, value)
    else:
        monkeypatch.setattr(compile_cache, "visible_cores", lambda: 1000)
    assert compile_cache._machine() != before


def test_a_program_for_another_processor_is_another_one(monkeypatch):
    before = compile_cache._machine()
    monkeypatch.setattr(compile_cache, "processor", lambda: ["model name: another"])
    assert compile_cache._machine() != before


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="not Linux")
def test_a_processor_is_known_by_what_it_can_do_and_not_by_its_clock():
    lines = compile_cache.processor()
    assert {line.split(":")[0].strip().lower() for line in lines} & {"flags", "features"}
    assert not any("mhz" in line.lower() for line in lines)


def test_the_oldest_entries_are_removed_beyond_the_limit_and_other_files_stay(tmp_path, monkeypatch):
    content = zlib.compress(b"a program")
    for age, name in enumerate(["new-cache", "middle-cache", "old-cache", "note"]):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    monkeypatch.setattr(compile_cache, "MAX_BYTES", 2 * len(content))
    compile_cache._clean(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*e")) == ["middle-cache", "new-cache", "note"]


@pytest.mark.parametrize("content", [flip(zlib.compress(b"a program")), zlib.compress(b"another one"), b""])
def test_what_was_whole_at_the_last_start_is_not_read_again_but_if_it_has_changed(content, tmp_path, monkeypatch):
    entry, read, real = tmp_path / "a-cache", [], zlib.decompress

    def decompress(content):
        read.append(content)
        return real(content)

    monkeypatch.setattr(compile_cache.zlib, "decompress", decompress)
    entry.write_bytes(zlib.compress(b"a program"))
    before = os.stat(entry)
    for _ in range(2):
        compile_cache._clean(tmp_path)
    assert len(read) == 1
    entry.write_bytes(content)
    os.utime(entry, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a disk leaves it
    compile_cache._clean(tmp_path)
    assert len(read) == 2
    assert entry.exists() == (content == zlib.compress(b"another one"))


@pytest.mark.parametrize("known", [b"", b"[1", b"[1]", b"3", b"\xff", b'{"a-cache": "x"}'])
def test_a_list_of_whole_entries_that_is_none_costs_nothing_but_the_time_to_make_it(known, tmp_path):
    (tmp_path / "a-cache").write_bytes(zlib.compress(b"a program"))
    (tmp_path / "torn-cache").write_bytes(zlib.compress(b"a program")[:-1])
    (tmp_path / compile_cache.CHECKED).write_bytes(known)
    compile_cache._clean(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*-cache")) == ["a-cache"]
    assert list(json.loads((tmp_path / compile_cache.CHECKED).read_bytes())) == ["a-cache"]


def test_a_relative_cache_folder_is_ignored_as_its_specification_wants(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert compile_cache._user_cache() in (tmp_path / ".cache", tmp_path / "Library/Caches")


def search(*argv):
    command = [sys.executable, str(SEARCH), *TINY, "--trials", "1", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_a_search_keeps_its_programs_but_not_if_told_so_and_a_second_one_adds_none(cache_home, monkeypatch):
    write_images("data.npz", 16)
    monkeypatch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())  # or it makes its list of fonts anew, in cache_home
    assert search("--no-compile-cache").stderr == ""
    assert not (cache_home / "jaxreg").exists()
    assert search("--out", "first").stderr == ""
    kept = entries(cache_home)
    names = {entry.name.rsplit("-", 2)[0] for entry in kept}
    assert {"jit_init_fit", "jit_advance", "jit_evaluate_program"} <= names
    assert len(kept) <= 6
    assert search("--out", "second").stderr == ""
    assert entries(cache_home) == kept
    rows = [Path(folder, "curves.csv").read_text() for folder in ("run", "first", "second")]
    assert rows[0] == rows[1] == rows[2]
