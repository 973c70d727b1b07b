"""Limits that several claims have in common, with their reasons."""

from jaxreg.claims.rule import Limit
from jaxreg.text import Text

ANY = Text("the text names no amount: any difference counts", "원문이 크기를 말하지 않으므로 어떤 차이든 인정한다")
NO_DIFFERENCE = Limit(0.0, ANY)
NO_POINTS = Limit(0.0, ANY, "points")
NO_CHANGE = Limit(1.0, ANY, "x")
