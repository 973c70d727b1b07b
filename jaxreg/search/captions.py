"""The words that go with each figure: a title, one sentence made from the data, and the alternative text."""

from collections.abc import Sequence

from jaxreg.pages.markup import Picture
from jaxreg.pages.wording import (
    CELLS,
    EPOCHS,
    IMAGES,
    IMPROVEMENTS,
    TEST_IMAGES,
    TRIALS,
    combination,
    listed,
    number,
    percent,
    points,
    quantity,
)
from jaxreg.search.summary import FEW_TRIALS, Panel, Relation, Summary, TestSummary, grid
from jaxreg.text import NOTHING, Text, counted, joined, same

FIGURES = ("cells", "history", "distribution", "importance", "training_curve", "confusion")  # beside the relations
Said = tuple[Text, Text, Text]  # the title, what kind of figure it is, and what it shows
TITLE_CELLS = Text("Best <metric> by {factors}", "{factors}별 최고 <metric>")
TITLE_HISTORY = Text("<Metric> over trials", "시도에 따른 <metric> 추이")
TITLE_RELATION = Text("<Metric> by {parameter}, for each {factor}", "{parameter}에 따른 <metric> ({factor}별)")
TITLE_IMPORTANCE = Text("What the differences between trials go with", "시도 간 차이와 함께 달라지는 하이퍼파라미터")
TITLE_CONFUSION = Text("The winner's errors on test", "최고 시도의 테스트 오류")
CELLS_SHAPE = Text("Table of coloured cells, {sides}.", "색으로 나타낸 표. {sides}입니다.")
ROWS, COLUMNS = Text("one row for each {names}", "행은 {names}"), Text("one column for each {names}", "열은 {names}")
CELLS_ONE = Text(
    "The best trial-valid <metric> is {best} in {top} ({trials})",
    "trial-valid <metric>의 최고값은 {top}에서 {best} ({trials})입니다",
)
CELLS_BEST = Text(
    "The best trial-valid <metric> is {best} in {top} ({trials}) and {lowest}, the <low>, in {bottom} "
    "({bottom_trials})",
    "조합별 최고 trial-valid <metric>는 {top}에서 {best} ({trials})로 가장 <high>고, {bottom}에서 {lowest} "
    "({bottom_trials})로 가장 <low>습니다",
)
CELLS_EQUAL = Text(
    "The best trial-valid <metric> is {best} in each of the {filled} with a trial that counts",
    "유효한 시도가 있는 {filled} 모두에서 trial-valid <metric>의 최고값이 {best}입니다",
)
CELLS_FEW = Text(
    "; hatched, with fewer than {limit} trials that count: {few} of {cells}",
    ". 유효한 시도가 {limit}회 미만인 조합은 빗금으로 표시했습니다({cells} 중 {few}개)",
)
HISTORY_SHAPE = Text(
    "Scatter plot of trial-valid <metric> against trial number, with a step line of the best so far.",
    "시도 번호에 따른 trial-valid <metric>의 산점도. 계단선은 그때까지의 최고값입니다.",
)
HISTORY_ONLY = Text("The one trial reached {best}.", "단 한 번의 시도에서 <metric>는 {best}입니다.")
HISTORY = Text(
    "The search reached its best, {best}, in trial {number} (of trials 0 to {last}){after}.",
    "0번부터 {last}번까지의 시도 중 {number}번 시도에서 최고 <metric> {best}에 이르렀습니다.{after}",
)
HISTORY_AFTER = Text(
    ", after {improvements} on the {first} of trial {number}",
    " {number}번 시도의 {first}에서 시작하여 {improvements}를 거친 값입니다.",
)
BELOW = Text(
    " <Beyond> {low}, in the shaded band: {trials} (<low> {lowest}).",
    " {low} <Beyond>의 음영 띠에 놓인 결과: {trials} (<worst> {lowest}).",
)
DISTRIBUTION_SHAPE = Text(
    "Strip plot of the trial-valid <metric> of each trial, one row for each {factors}.",
    "모든 시도의 trial-valid <metric>를 {factors}마다 한 줄에 나타낸 점그래프.",
)
DISTRIBUTION_FEW = Text(
    "Fewer than two cells have {limit} trials, so medians are not compared.",
    "시도가 {limit}회 이상인 조합이 둘 미만이어서 중앙값을 비교하지 않습니다.",
)
DISTRIBUTION = Text(
    "Among the cells with at least {limit} trials, medians run from {lowest} in {bottom} to {highest} in {top}.",
    "시도가 {limit}회 이상인 조합 중 중앙값이 가장 <low>은 조합은 {bottom} ({lowest}), 가장 <high>은 조합은 {top} "
    "({highest})입니다.",
)
DISTRIBUTION_EQUAL = Text(
    "The cells with at least {limit} trials have one median, {highest}.",
    "시도가 {limit}회 이상인 조합의 중앙값은 모두 {highest}입니다.",
)
RELATION_SHAPE = Text(
    "Scatter plots of trial-valid <metric> against {parameter}{scale}, one panel for each {by}, with the median in "
    "each bin.",
    "{parameter}{scale}에 따른 trial-valid <metric>의 산점도. {by}마다 패널 하나이며 구간별 중앙값을 함께 나타냅니다.",
)
RELATION_FEW = Text(
    "No panel has the {limit} trials that a statement about {parameter} would need.",
    "{parameter}에 대해 말하려면 한 패널에 시도가 {limit}회 이상 필요하지만, 그런 패널이 없습니다.",
)
RELATION = Text(
    "Trials that cannot be told from the best of their panel had a {parameter} of {ranges}",
    "각 패널의 최고값과 구별할 수 없는 시도의 {parameter} 범위: {ranges}",
)
RELATION_REST = Text("; too few trials to say: {panels}", ". 시도가 너무 적어 말할 수 없는 패널: {panels}")
NEAR_SAME = Text("{low} with {panel} ({count} of {total})", "{panel} {low} ({total}회 중 {count}회)")
NEAR = Text("{low} to {high} with {panel} ({count} of {total})", "{panel} {low} ~ {high} ({total}회 중 {count}회)")
IMPORTANCE_SHAPE = Text(
    "Bar chart of how much of the differences between trials goes with each hyperparameter, with a mark for what "
    "chance alone gives.",
    "시도 간 차이가 각 하이퍼파라미터와 얼마나 함께 달라지는지 나타낸 막대그래프. 우연만으로 생기는 값이 함께 "
    "표시되어 있습니다.",
)
IMPORTANCE = Text(
    "Of the variance of the trials' ranks in <metric>, this goes with a hyperparameter: {above}. It is more than "
    "chance gives (marks: 95 %, for all at once).",
    "시도의 <metric> 순위 분산 중 하이퍼파라미터의 값에 따라 달라지는 몫: {above}. 우연으로 생기는 값보다 "
    "큽니다(표시: 모두 함께 볼 때 95%).",
)
IMPORTANCE_NONE = Text(
    "No hyperparameter goes with more of the variance of the trials' ranks in <metric> than chance gives (marks: 95 "
    "%, for all at once): none can be called important here.",
    "시도의 <metric> 순위 분산 중 어느 하이퍼파라미터의 몫도 우연으로 생기는 값을 넘지 않습니다(표시: 모두 함께 볼 "
    "때 95%). 여기서는 중요하다고 말할 수 있는 것이 없습니다.",
)
IMPORTANCE_WHAT = Text(
    " From {trials} that count, numbers taken in quarters of them",
    " 유효한 {trials}의 결과이며, 수치는 사분위로 나누어",
)
IMPORTANCE_SHARED = Text(
    ". Shares overlap where hyperparameters changed together, and what few trials vary shows little.",
    " 비교합니다. 함께 달라진 하이퍼파라미터의 몫은 겹치며, 값을 바꾼 시도가 적으면 몫이 작게 나옵니다.",
)
TRAINING_CURVE_SHAPE = Text(
    "Line plots of the winner's accuracy and loss on train and epoch-valid over epochs, the best epoch marked.",
    "에포크에 따른 최고 시도의 학습 및 epoch-valid 정확도와 손실의 꺾은선그래프. 최고 에포크가 표시되어 있습니다.",
)
TRAINING_CURVE = Text(
    "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on epoch-valid and {train} on "
    "train, {gap} {side}.",
    "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. epoch-valid 정확도는 {valid}, 학습 "
    "정확도는 {train}이며 학습 쪽이 {gap} {side}.",
)
TRAINING_CURVE_EQUAL = Text(
    "The winner trained for {epochs} and kept the weights of epoch {best}: {valid} on epoch-valid and on train.",
    "최고 시도는 {epochs} 동안 학습하여 {best}번째 에포크의 가중치를 남겼습니다. epoch-valid 정확도와 학습 정확도는 "
    "모두 {valid}입니다.",
)
CONFUSION_SHAPE = Text(
    "Confusion matrix on test: a row for each actual class and a column for each predicted class.",
    "테스트 이미지의 혼동 행렬. 행은 실제 클래스, 열은 예측 클래스입니다.",
)
RIGHT = Text("Right: {right} of {images}{error}.", "{images} 중 {right}장을 맞혔습니다.{error}")
ERROR = Text(
    "; the most frequent error: class {actual} taken for class {predicted} ({errors})",
    " 가장 잦은 오류: 실제 클래스 {actual}, 예측 클래스 {predicted} ({errors}).",
)
ERRORS = Text(
    "; {kinds} kinds of error are the most frequent ({errors} each), such as class {actual} "
    "taken for class {predicted}",
    " 가장 잦은 오류는 {kinds}가지이며(각각 {errors}), 그중 하나는 실제 클래스 {actual}, 예측 클래스 "
    "{predicted}입니다.",
)
UNANSWERED = Text(" Without a finite answer, so wrong: {lost}.", " 답이 유한하지 않아 틀린 것으로 센 것: {lost}.")


def figure_texts(summary: Summary) -> tuple[Picture, ...]:
    """Returns the texts of the figures that the study has data for, in the order of the report."""
    if not summary.trials:
        return ()
    drawn: list[tuple[str, Said | None]] = [
        ("cells", _cells(summary)),
        ("history", _history(summary)),
        ("distribution", _distribution(summary)),
        *((name, _relation(summary, relation)) for name, relation in summary.relations.items()),
        ("importance", _importance(summary)),
        ("training_curve", _training_curve(summary)),
    ]
    if summary.winner is not None:
        drawn.append(
            (
                "confusion",
                (TITLE_CONFUSION, CONFUSION_SHAPE, confusion_sentence(summary.winner.test, summary.class_names)),
            )
        )
    lang = summary.lang
    return tuple(
        Picture(name, title.to(lang), caption=caption.to(lang), alt=joined([shape, caption]).to(lang))
        for name, said in drawn
        if said is not None
        for title, shape, caption in [map(summary.measure.words, said)]
    )


def _cells(summary: Summary) -> Said:
    title = TITLE_CELLS.format(factors=combination(summary.comparison))
    sides = [
        text.format(names=joined([factor.text for factor, _ in side], " + "))
        for text, side in zip((ROWS, COLUMNS), grid(summary.comparison), strict=True)
        if side
    ]
    return title, CELLS_SHAPE.format(sides=listed(sides)), _cells_caption(summary)


def _cells_caption(summary: Summary) -> Text:
    filled = [cell for cell in summary.cells if cell.best is not None]
    if not filled:
        return Text("No cell has a trial that counts.", "유효한 시도가 있는 조합이 없습니다.")
    top = max(filled, key=lambda c: (c.best or 0.0, -(c.best_trial or 0)))
    bottom = min(filled, key=lambda c: c.best or 0.0)
    equal = CELLS_EQUAL if bottom.best == top.best else CELLS_BEST
    caption = (CELLS_ONE if len(filled) == 1 else equal).format(
        filled=counted(len(filled), CELLS),
        best=summary.measure.value(top.best or 0.0),
        top=top.label,
        trials=counted(top.count, TRIALS),
        lowest=summary.measure.value(bottom.best or 0.0),
        bottom=bottom.label,
        bottom_trials=counted(bottom.count, TRIALS),
    )
    few = sum(cell.count < FEW_TRIALS for cell in summary.cells)
    hatched = CELLS_FEW.format(few=few, cells=counted(len(summary.cells), CELLS), limit=FEW_TRIALS)
    return joined([caption, hatched if few else NOTHING, same(".")], "")


def _history(summary: Summary) -> Said:
    improved = summary.history.improved
    caption = Text("No trial counts towards a best.", "유효한 시도가 없습니다.")
    if improved:
        reached = [best for best in summary.history.best_so_far if best is not None]
        steps = counted(len(improved) - 1, IMPROVEMENTS)
        after = HISTORY_AFTER.format(improvements=steps, first=summary.measure.value(reached[0]), number=improved[0])
        caption = (HISTORY_ONLY if len(summary.trials) == 1 else HISTORY).format(
            best=summary.measure.value(reached[-1]),
            number=improved[-1],
            last=summary.trials[-1].number,
            after=after if len(improved) > 1 else "",
        )
    return TITLE_HISTORY, HISTORY_SHAPE, joined([caption, _below(summary)], "")


def _below(summary: Summary) -> Text:
    axis = summary.axis
    if not axis.below or axis.lowest is None:
        return NOTHING
    low, lowest = (summary.measure.value(score, 1) for score in (axis.low, axis.lowest))
    return BELOW.format(trials=counted(axis.below, TRIALS), low=low, lowest=lowest)


def _distribution(summary: Summary) -> Said:
    enough = [
        (cell.median, cell.label) for cell in summary.cells if cell.count >= FEW_TRIALS and cell.median is not None
    ]
    caption, value = DISTRIBUTION_FEW.format(limit=FEW_TRIALS), summary.measure.value
    if len(enough) > 1:
        (highest, top), (lowest, bottom) = (choose(enough, key=lambda cell: cell[0]) for choose in (max, min))
        caption = (DISTRIBUTION_EQUAL if highest == lowest else DISTRIBUTION).format(
            limit=FEW_TRIALS, lowest=value(lowest), bottom=bottom, highest=value(highest), top=top
        )
    factors = combination(summary.comparison)
    return (
        Text("Every trial, by {factors}", "{factors}별 모든 시도").format(factors=factors),
        DISTRIBUTION_SHAPE.format(factors=factors),
        joined([caption, _below(summary)], ""),
    )


def _relation(summary: Summary, relation: Relation) -> Said:
    parameter = summary.comparison.param(relation.parameter)
    title = TITLE_RELATION.format(parameter=parameter, factor=relation.by.text)
    scale = Text(" on a logarithmic axis", "(로그 축)") if relation.range.log else NOTHING
    shape = RELATION_SHAPE.format(parameter=parameter, scale=scale, by=relation.by.text)
    ranges = [_near_best(panel, relation) for panel in relation.panels if panel.near_best is not None]
    few = [panel.method.label for panel in relation.panels if panel.near_best is None]
    caption = RELATION_FEW.format(limit=FEW_TRIALS, parameter=parameter)
    if ranges:
        rest = RELATION_REST.format(panels=listed(few)) if few else NOTHING
        parts = [RELATION.format(parameter=parameter, ranges=listed(ranges)), rest, same(".")]
        caption = joined(parts, "")
    return title, shape, caption


def _near_best(panel: Panel, relation: Relation) -> Text:
    assert panel.near_best is not None
    *ends, count = panel.near_best
    low, high = (number(end, relation.range) for end in ends)
    return (NEAR_SAME if low == high else NEAR).format(
        low=low, high=high, panel=panel.method.label, count=count, total=panel.count
    )


def _importance(summary: Summary) -> Said | None:
    found, comparison = summary.importance, summary.comparison
    if found is None:
        return None
    ranked = sorted(found.shares, key=lambda name: -found.shares[name])
    told = same("{} ({})")
    above = [told.format(quantity(comparison, n), percent(found.shares[n], 0)) for n in ranked if found.tells(n)]
    below = [quantity(comparison, name) for name in ranked if not found.tells(name)]
    everywhere = {*comparison.names}.union(set.intersection(*(set(comparison.params(c)) for c in comparison.cells)))
    some = [comparison.param(name) for name in ranked if name not in everywhere]
    parts = [
        IMPORTANCE if above else IMPORTANCE_NONE,
        Text(" No more than by chance: {below}.", " 우연을 넘지 않는 것: {below}.") if above and below else NOTHING,
        IMPORTANCE_WHAT,
        Text(", {some} among those that have it", "({some}: 그 값이 있는 시도끼리)") if some else NOTHING,
        IMPORTANCE_SHARED,
    ]
    caption = joined(parts, "").format(
        trials=counted(found.num_trials, TRIALS), above=listed(above), below=listed(below), some=listed(some)
    )
    return TITLE_IMPORTANCE, IMPORTANCE_SHAPE, caption


def _training_curve(summary: Summary) -> Said | None:
    if summary.winner is None or not summary.winner.trial.curve.valid_accuracy:
        return None
    trial = summary.winner.trial
    gap = trial.train_accuracy - trial.epoch_valid_accuracy
    caption = (TRAINING_CURVE if gap else TRAINING_CURVE_EQUAL).format(
        epochs=counted(trial.num_epochs, EPOCHS),
        best=trial.best_epoch,
        valid=percent(trial.epoch_valid_accuracy),
        train=percent(trial.train_accuracy),
        gap=points(abs(gap)),
        side=Text("higher", "높습니다") if gap > 0 else Text("lower", "낮습니다"),
    )
    return Text("The winner's training", "최고 시도의 학습 과정"), TRAINING_CURVE_SHAPE, caption


def confusion_sentence(test: TestSummary, class_names: Sequence[str]) -> Text:
    """Returns how many test images are right, and the most frequent kind of error."""
    error = NOTHING
    if test.confusions:
        top = test.confusions[0]
        kinds, errors = sum(kind.count == top.count for kind in test.confusions), counted(top.count, IMAGES)
        said = ERROR if kinds == 1 else ERRORS
        actual, predicted = class_names[top.actual], class_names[top.predicted]
        error = said.format(kinds=f"{kinds:,}", actual=actual, predicted=predicted, errors=errors)
    right = RIGHT.format(right=f"{test.num_correct:,}", images=counted(test.num_examples, TEST_IMAGES), error=error)
    lost = UNANSWERED.format(lost=counted(test.unanswered, IMAGES)) if test.unanswered else NOTHING
    return joined([right, lost], "")
