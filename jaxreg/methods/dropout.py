"""Dropout before the last layer (Srivastava et al. 2014, JMLR 15)."""

from jaxreg.methods.method import BETTER_WITH_TIME, Method, Uniform
from jaxreg.text import Text

METHODS = (
    Method(
        "dropout",
        Text("dropout", "드롭아웃"),
        space={"dropout": Uniform(0.05, 0.8, Text("dropout rate", "드롭아웃 비율"))},
        fields=("dropout",),
        marker="X",
        note=BETTER_WITH_TIME,
    ),
)
