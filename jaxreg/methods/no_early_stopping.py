"""Early stopping switched off: a fixed number of epochs, whose last weights are kept."""

from jaxreg.methods.method import Method
from jaxreg.text import Text

METHODS = (
    Method(
        "no_early_stopping",
        Text("no early stopping", "조기 종료 없음"),
        num_epochs=40,
        marker="d",
    ),
)
