"""matplotlib as it comes, whatever the user's settings of it are: figures are always drawn, and always look the same.

A notebook sets MPLBACKEND for all that it starts; a matplotlibrc may turn LaTeX on, or change any colour and size.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jaxreg.errors import KEPT, InputError
from jaxreg.text import Text


@contextmanager
def plain_matplotlib() -> Iterator[None]:
    """Loads matplotlib, and within it has its own default settings; the user's hold again afterwards.

    Raises:
      InputError: it cannot be loaded, even without the user's settings.
    """
    _load()
    import matplotlib as mpl

    with mpl.rc_context({name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}):
        from jaxreg.pages.fonts import families

        mpl.rcParams["font.family"] = families("en")
        yield


def _load() -> None:
    """Imports matplotlib; where a backend or a matplotlibrc that it cannot read keeps it from it, without these."""
    try:
        import matplotlib
    except Exception:  # of whatever is in the file
        for name in [name for name in sys.modules if name.startswith("matplotlib.")]:  # what it had loaded by then
            del sys.modules[name]
        before = dict(os.environ)
        os.environ.update(MPLBACKEND="", MATPLOTLIBRC=os.devnull)
        try:
            import matplotlib  # noqa: F401
        except Exception as error:
            reason = f"matplotlib cannot be loaded ({error}), because of a file matplotlibrc in this folder perhaps"
            raise InputError(Text("{}; {}", "{}. {}").format(reason, KEPT)) from None
        finally:
            os.environ.clear()
            os.environ.update(before)
