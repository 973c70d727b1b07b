"""The one error a user can cause: bad input, said in one line."""


class InputError(ValueError):
    """Input that cannot be used, described in one line for the person who gave it.

    The message says what is wrong, where (option, file, array), and what is allowed, for example
    ``--train-size 9000: the training pool has 8000 images; train + epoch-valid + trial-valid must fit``.
    Commands print it on standard error and exit with code 2; library callers catch a ``ValueError``.
    """
