"""The errors that are not ours: bad input, and what a machine refuses; each said in one line."""

from collections.abc import Collection

KEPT = "everything finished is kept, the same command continues"


class InputError(ValueError):
    """Input that cannot be used, described in one line for the person who gave it.

    The message says what is wrong, where (option, file, array), and what is allowed, for example
    ``--train-size 9000: the training pool has 8000 images; train + epoch-valid + trial-valid must fit``.
    Commands print it on standard error and exit with code 2; library callers catch a ``ValueError``.
    """


class NotYet(Exception):
    """What this process was asked for is done, and others have to do theirs before there is a result; no failure."""


def one_of(what: str, name: str, allowed: Collection[str]) -> str:
    """Returns a name that is one of those allowed.

    Raises:
      InputError: it is none of them.
    """
    if name not in allowed:
        raise InputError(f"{what} {name!r}: allowed is {', '.join(allowed)}")
    return name


def said_in_one_line(error: BaseException) -> str | None:
    """Returns what to tell the user of bad input, of a full or read-only disk or of too little memory.

    Any other error is a mistake of ours, for which this returns None: its traceback is needed.
    """
    if isinstance(error, InputError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror or error}; {KEPT}"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" in str(error)):
        reason = (str(error).splitlines() or [""])[0] or "out of memory"  # the second is JAX's, of a device
        return f"{reason}: fewer --workers, a smaller --population or --batch-size need less; {KEPT}"
    return None
