"""The errors that are not ours: bad input, and what a machine refuses; each said in one line."""

from collections.abc import Collection

from jaxreg.text import Text, same

KEPT = Text(
    "everything finished is kept, the same command continues", "끝난 것은 모두 보존되며 같은 명령으로 이어집니다"
)
TOO_LITTLE = Text(
    "{reason}: fewer --workers, a smaller --population or --batch-size need less; {kept}",
    "{reason}: --workers, --population, --batch-size를 줄이면 메모리가 덜 듭니다. {kept}",
)
NONE_OF = Text("{what} {name!r}: allowed is {allowed}", "{what} {name!r}: 사용할 수 있는 값은 {allowed}입니다")


class Said(Exception):
    """An error whose message is in both languages, `text`; as a Python exception it says the English one."""

    def __init__(self, said: str | Text) -> None:
        self.text = said if isinstance(said, Text) else same(said)
        super().__init__(self.text.en)


class InputError(Said, ValueError):
    """Input that cannot be used, described in one line for the person who gave it.

    The message says what is wrong, where (option, file, array), and what is allowed, for example
    ``--train-size 9000: the training pool has 8000 images; train + epoch-valid + trial-valid must fit``.
    Commands print it on standard error, in the language of `--lang` where it is a Text, and exit with code 2; library
    callers catch a ``ValueError``, whose message is in English.
    """


class NotYet(Said):
    """What this process was asked for is done, and others have to do theirs before there is a result; no failure."""


def one_of(what: str, name: str, allowed: Collection[str]) -> str:
    """Returns a name that is one of those allowed.

    Raises:
      InputError: it is none of them.
    """
    if name not in allowed:
        raise InputError(NONE_OF.format(what=what, name=name, allowed=", ".join(allowed)))
    return name


def said_in_one_line(error: BaseException) -> Text | None:
    """Returns what to tell the user of bad input, of a full or read-only disk or of too little memory.

    Any other error is a mistake of ours, for which this returns None: its traceback is needed.
    """
    if isinstance(error, InputError):
        return Text(*(" ".join(said.split()) for said in error.text))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return Text("{}{}; {}", "{}{}. {}").format(where, error.strerror or error, KEPT)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" in str(error)):
        reason = (str(error).splitlines() or [""])[0] or "out of memory"  # the second is JAX's, of a device
        return TOO_LITTLE.format(reason=reason, kept=KEPT)
    return None
