"""Compiled programs, kept in the user's cache folder so that the next start of a command need not compile them again.

JAX's persistent compilation cache does the keeping. What it leaves to its user is done here, for jax 0.10.2:

- Its key covers the program, the versions, the XLA flags and the accelerator, but not the number of cores, for which
  XLA:CPU compiles different code, and code for a processor that lacks something XLA:CPU runs with no more than a
  message. So each kind of machine has its own folder; a home folder may be shared between machines.
- XLA:CPU may crash on a program with a changed byte. An entry is a zlib stream, whose checksum tells; what is no whole
  stream is removed before JAX reads it. (With the zstandard package JAX would write streams without a checksum, which
  are removed all the same: such an environment is safe and compiles at every start.)
- Its entries are code that this process runs: a folder that somebody else may write is not used.
- It grows without end: the oldest entries are removed.
"""

import contextlib
import hashlib
import os
import platform
import stat
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from jaxreg.errors import InputError
from jaxreg.files import PatientLock, expanded, read_json, write_json
from jaxreg.text import Text, tell

try:  # a command imports this before all else that needs JAX
    import jax
except ValueError as error:
    raise InputError(f"JAX cannot start with the JAX_... variables of the environment: {error}") from None

from jaxreg.core.program import compile_in_turn

NOT_KEPT = Text("warning: compiled programs are not kept: {}", "경고: 컴파일된 프로그램을 저장하지 않습니다: {}")

THREADS = ("NPROC", "PJRT_NPROC")  # variables of the environment by which XLA:CPU decides on its threads at its start
MAX_BYTES = 64 * 2**20  # about 100 programs of each kind
CHECKED = "checked"  # the file that says which entries were whole
# A study's programs have 30 kB and more, the many small operations around them less than 10 kB.
MIN_ENTRY_BYTES = 16 * 2**10
# What of a processor decides the code that is made for it, by its names in /proc/cpuinfo on x86 and on ARM.
PROCESSOR_KEYS = {
    *("vendor_id", "cpu family", "model", "model name", "stepping", "flags"),
    *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", "Features"),
}


def enable() -> None:
    """Turns the cache on for this process; where that cannot be done safely, says so in one line and leaves it off.

    A cache that the user has chosen, by JAX_COMPILATION_CACHE_DIR or in JAX's configuration, stays as it is.
    """
    chosen = jax.config.values["jax_compilation_cache_dir"]
    if chosen is not None:  # JAX itself would make a folder named ~
        jax.config.update("jax_compilation_cache_dir", expanded(chosen, "JAX_COMPILATION_CACHE_DIR"))
        return
    try:
        folder = _make_folder()
        _clean(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        tell(NOT_KEPT.format(error))
        return
    # A full disk, or an entry that another process is just writing: the program is compiled, and nothing is lost.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # the size decides, on slow and fast machines
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", MIN_ENTRY_BYTES)
    jax.config.update("jax_persistent_cache_enable_xla_caches", "none")  # files of GPUs, which _clean knows nothing of
    compile_in_turn(partial(_turn, folder))


@contextlib.contextmanager
def _turn(folder: Path, text: Callable[[], str]) -> Iterator[None]:
    """Lets one process of a machine compile a program, while others that need it wait for it to be in the cache."""
    path = folder / f"{hashlib.sha256(text().encode()).hexdigest()[:24]}.lock"
    with contextlib.ExitStack() as turn:
        with contextlib.suppress(OSError):  # a folder that can only be read, a full disk: each compiles for itself
            turn.enter_context(PatientLock(path).held())
        yield
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)  # somebody who has it open already compiles at the worst what is there


def visible_cores() -> int | None:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def threads() -> int | None:
    """Returns the number of threads of a computation on a CPU."""
    chosen = [os.environ[name] for name in THREADS if os.environ.get(name, "").isdigit()]
    return int(chosen[0]) if chosen else visible_cores()


def _make_folder() -> Path:
    """Returns this machine's folder in the user's cache folder, made where it is missing; it must be private."""
    base = _user_cache()
    own = [base / "jaxreg", base / "jaxreg" / "xla", base / "jaxreg" / "xla" / _machine()]
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    windows = not hasattr(os, "geteuid")  # which keeps profiles private itself
    for folder in own:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.stat()
        if not windows and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            raise PermissionError(f"{folder} is not this user's, or others may write it")
    for folder in own[0].resolve().parents:  # in which another folder may be put in the place of one
        mode = folder.stat().st_mode
        if not windows and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PermissionError(f"{folder} may be written by everybody")
    return own[-1]


def _user_cache() -> Path:
    """Returns the folder where the platform wants a user's caches, XDG_CACHE_HOME before all."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():  # a relative one is to be ignored, by its specification
        return chosen
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _machine() -> str:
    """Returns a short hash of what JAX's key leaves out: the processor, and the number of threads that XLA uses."""
    threads = (visible_cores(), *map(os.environ.get, THREADS))
    return hashlib.sha256(repr((processor(), threads)).encode()).hexdigest()[:16]


def processor() -> list[str]:
    """Returns the lines of /proc/cpuinfo that say which code a processor can run."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux: the machine stands for its processor
        return [platform.node(), platform.machine(), platform.processor()]
    return sorted({line for line in lines if line.split(":")[0].strip() in PROCESSOR_KEYS})


def _clean(folder: Path) -> None:
    """Removes damaged entries, so that they are written anew, and the oldest ones beyond MAX_BYTES.

    To know again, by its CRC-32, what was whole at an earlier start takes a fortieth of the time.
    """
    known, whole, total = _read_checked(folder), {}, 0
    for entry in sorted(folder.glob("*-cache"), key=_time_written, reverse=True):
        with contextlib.suppress(FileNotFoundError):  # another process has removed it
            content = entry.read_bytes()
            total += len(content)
            checksum = zlib.crc32(content)
            if total <= MAX_BYTES and (known.get(entry.name) == checksum or _is_whole(content)):
                whole[entry.name] = checksum
            else:
                entry.unlink()
    if whole != known:
        with contextlib.suppress(OSError):  # a folder that can only be read, a full disk: the next start checks again
            write_json(folder / CHECKED, whole)


def _read_checked(folder: Path) -> dict[str, int]:
    """Returns the CRC-32 of the entries that were whole, by their names; a file that is none knows of none."""
    try:
        return read_json(folder / CHECKED)
    except (OSError, ValueError, TypeError):
        return {}


def _is_whole(content: bytes) -> bool:
    """Returns whether an entry is a whole stream, which its checksum confirms."""
    try:
        zlib.decompress(content)
    except zlib.error:
        return False
    return True


def _time_written(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:
        return 0.0
