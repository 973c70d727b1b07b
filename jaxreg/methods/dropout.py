"""Dropout before the last layer (Srivastava et al. 2014, JMLR 15)."""

from jaxreg.methods.method import Method, Range
from jaxreg.text import Text

METHODS = (
    Method(
        "dropout",
        Text("dropout", "드롭아웃"),
        space={"dropout": Range(0.05, 0.8, log=False)},
        fields=("dropout",),
        marker="X",
    ),
)
