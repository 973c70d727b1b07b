"""How the metric of a study is called and written: its words in both languages, its numbers as they are usual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jaxreg.pages.wording import percent, points
from jaxreg.text import Text, joined, same


@dataclass(frozen=True)
class Measure:
    """A metric in words. Its scores are the higher the better; one that is not, such as a loss, has them negative.

    Attributes:
      text: its name, which ends in a vowel in Korean, so that templates have their particles.
      is_share: whether a score is a share, written in per cent.

    >>> MEASURES["log_loss"].value(-0.25), MEASURES["accuracy"].value(0.25)
    (Text(en='0.2500', ko='0.2500'), Text(en='25.00 %', ko='25.00%'))
    >>> MEASURES["log_loss"].words(Text("the <high> <metric>", "")).en
    'the lowest log loss'
    """

    text: Text
    is_share: bool = True

    def number(self, score: float | None) -> float | None:
        """Returns a score as files have it, if there is one: of a loss, the loss."""
        return score if score is None or self.is_share else 0 - score

    def written(self, number: float, digits: int = 2) -> Text:
        """Returns what `number` gives as readers see it; `digits` are those of per cent."""
        return percent(number, digits) if self.is_share else same(_four_decimals(number))

    def value(self, score: float, digits: int = 2) -> Text:
        """Returns a score as readers see it."""
        return self.written(score if self.is_share else 0 - score, digits)

    def brief(self, score: float) -> Text:
        """Returns a score in a line of the screen: accuracy without its name, as everybody expects it."""
        return same(f"{score:.2%}") if self is MEASURES["accuracy"] else joined([self.text, self.value(score)])

    @property
    def most(self) -> float:
        """Returns the greatest score that there can be: a loss and a cost are nothing at the least."""
        return 1.0 if self.is_share else 0.0

    def maximised(self, metric: str) -> str:
        """Returns what a storage calls the score on trial-valid of this metric."""
        return f"trial_valid_{'' if self.is_share else 'negative_'}{metric}"

    def difference(self, gap: float) -> Text:
        """Returns the difference of two scores."""
        return points(gap) if self.is_share else same(_four_decimals(gap))

    def chance(self, num_classes: int, costs: Sequence[Sequence[float]] = ()) -> float:
        """Returns the score of answers that give every class the same probability; `costs` are those of confusions."""
        if self.is_share:
            return 1.0 / num_classes
        if costs:
            return -sum(map(sum, costs)) / len(costs) ** 2
        return -math.log(num_classes) if self is MEASURES["log_loss"] else 1.0 / num_classes - 1.0

    @property
    def signed(self) -> Text:
        """Returns the name of what is maximised: a loss has the opposite sign."""
        return self.text if self.is_share else Text(f"negative {self.text.en}", f"음의 {self.text.ko}")

    @property
    def axis(self) -> Text:
        """Returns what an axis of scores on trial-valid says."""
        unit = " (%)" if self.is_share else ""
        return Text(f"trial-valid {self.text.en}{unit}", f"trial-valid {self.text.ko}{unit}")

    def words(self, text: Text) -> Text:
        """Returns a text with its marks filled in: <metric>, <high> and <low> for the best and the worst, and more."""
        high, low = Text("high", "높"), Text("low", "낮")
        up, down = (high, low) if self.is_share else (low, high)
        marks = {
            "<metric>": self.text,
            "<Metric>": Text(self.text.en[:1].upper() + self.text.en[1:], self.text.ko),
            "<an>": Text("an" if self.text.en[0] in "aeiou" else "a", ""),
            "<named>": Text("" if self is MEASURES["accuracy"] else f"{self.text.en} ", ""),
            "<high>": Text(f"{up.en}est", up.ko),
            "<low>": Text(f"{down.en}est", down.ko),
            "<lower>": Text(f"{down.en}er", down.ko),
            "<Beyond>": Text("Below", "아래") if self.is_share else Text("Above", "위"),
            "<worst>": Text("", "최저" if self.is_share else "최고"),
            "<grows>": Text("grows", "커지") if self.is_share else Text("falls", "작아지"),
            "<upward>": Text("upward" if self.is_share else "downward", up.ko),
            "<maximises>": Text("maximises", "최대화") if self.is_share else Text("minimises", "최소화"),
        }
        for mark, filled in marks.items():
            text = Text(text.en.replace(mark, filled.en), text.ko.replace(mark, filled.ko))
        return text


def _four_decimals(number: float) -> str:
    """Returns a number with as many decimals as usual, and one that would have none in other form."""
    return f"{number:.4f}" if number == 0 or abs(number) >= 5e-4 else f"{number:.1e}"


MEASURES = {
    "accuracy": Measure(Text("accuracy", "정확도")),
    "balanced_accuracy": Measure(Text("balanced accuracy", "균형 정확도")),
    "log_loss": Measure(Text("log loss", "크로스 엔트로피"), is_share=False),
    "brier": Measure(Text("Brier score", "브라이어 점수"), is_share=False),
    "cost": Measure(Text("mean cost", "평균 손해"), is_share=False),
}
MACRO_F1 = same("macro F1")
F1_NOT_JUDGED = Text(
    "Macro F1, the mean over classes of 2 tp / (2 tp + fp + fn), is shown and not judged: how much one image counts in "
    "it depends on the answers to all others, so that no image has a score of its own. Balanced accuracy, which weighs "
    "the classes alike, too, can be judged (--metric).",
    "macro F1(클래스별 2 tp / (2 tp + fp + fn)의 평균)은 보여 주기만 하고 판정하지 않습니다. 이미지 한 장의 비중이 "
    "다른 모든 이미지의 답에 따라 달라져 이미지별 점수가 없기 때문입니다. 모든 클래스에 같은 비중을 두는 균형 "
    "정확도로는 판정할 수 있습니다(--metric).",
)
