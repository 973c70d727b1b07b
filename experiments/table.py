"""The command `jaxreg table`, for whoever works in the repository."""

from jaxreg.__main__ import run_script

if __name__ == "__main__":
    run_script("table")
