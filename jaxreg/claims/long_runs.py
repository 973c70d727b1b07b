"""Runs that go on long after early stopping would have ended them, which several claims look at."""

from jaxreg.claims.lab import Lab
from jaxreg.claims.runs import RunSpec

EPOCHS = 100
TRAIN_LOSS, _, LOSS, ACCURACY = range(4)  # what the observer "gap" sees, of training and held-out images


def long_run(lab: Lab, reg_type: str = "none", reg_lambda: float | None = None, norm_type: str = "none") -> RunSpec:
    """Returns the spec of a run without early stopping, looked at on training and on held-out images."""
    return lab.spec(reg_type, reg_lambda, norm_type=norm_type, epochs=lab.num_epochs(EPOCHS), observe=("gap",))
