"""Nothing: the network without a normalization, and the loss without a penalty."""

from jaxreg.methods.method import NORMALIZATION, Method
from jaxreg.text import Text

METHODS = (
    Method(
        "none",
        Text("no normalization", "정규화 없음"),
        factor=NORMALIZATION,
        short=Text("no norm", "정규화 없음"),
        colors=("#4d4d4d", "#c9cdd2"),
    ),
    Method("none", Text("no regularizer", "규제 없음"), marker="o"),
)
