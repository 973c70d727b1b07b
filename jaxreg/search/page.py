"""A search's page: the answer first, then the evidence, then how it was made. Pure: text and bytes in."""

import math
from collections.abc import Sequence
from html import escape

from jaxreg.pages.frame import FINGERPRINT, data_notes, frame
from jaxreg.pages.markup import (
    Images,
    aside,
    bullets,
    command,
    figure,
    flat,
    folded,
    heading,
    pairs,
    paragraphs,
    plain,
    words,
)
from jaxreg.pages.measure import F1_NOT_JUDGED, MACRO_F1, MEASURES
from jaxreg.pages.note import TITLE
from jaxreg.pages.wording import (
    CLASS_NUMBERS,
    SPLITS,
    TRIALS,
    configuration,
    crossed,
    duration,
    ends,
    listed,
    numbered,
    percent,
    points,
    settings,
)
from jaxreg.search.captions import confusion_sentence
from jaxreg.search.summary import (
    FEW_TRIALS,
    MANY_PANELS,
    Split,
    Summary,
    TestSummary,
    Winner,
)
from jaxreg.search.tables import EPOCHS, KEY, SECONDS, TRIAL, cell_table, class_table, error_table, trial_table
from jaxreg.text import NOTHING, Text, counted, joined, same

MAX_CLASS_ROWS = 20  # longer tables of classes scroll
HOW_SURE = Text("How sure one can be", "얼마나 확신할 수 있는가")
OVER_TRIALS = Text("<Metric> over trials", "하이퍼파라미터 최적화 진행에 따른 <metric> 추이")
HYPERPARAMETERS = Text("<Metric> by the value of each hyperparameter", "각 하이퍼파라미터의 값에 따른 성능 분포")
DATA = Text("Images per class and split", "데이터 분리와 클래스별 이미지 수")
FOOTER = Text(
    "Made by jaxreg from the records of this run. The figures are in the folder plots/ too, as PNG, SVG and PDF.",
    "jaxreg가 이 실행의 기록으로 만들었습니다. 그림은 plots/ 폴더에도 PNG, SVG, PDF로 있습니다.",
)
TEST_SCORE = Text("<metric> on test", "테스트 <metric>")
TRIAL_VALID_SCORE = Text("<metric> on trial-valid", "trial-valid <metric>")
ON_TEST = Text("{what} on test", "테스트 {what}")
STANDARD_ERROR = Text("± {error} (one standard error of the images)", "± {error} (이미지 표본의 표준오차)")
COUNTED = Text("trials that count", "유효한 시도")
NOT_COUNTED = Text("{count} diverged or pruned", "발산 또는 가지치기 {count}회")
CELLS_NOTE = Text(
    "Shaded rows, marked *, have fewer than {limit} trials that count: their place rests on little. A click on a head "
    "sorts.",
    "음영과 * 표시가 있는 행은 유효한 시도가 {limit}회 미만이어서 순위의 근거가 약합니다. 열 제목을 누르면 정렬됩니다.",
)
EPOCHS_BEST = Text("{epochs} (best epoch {best})", "{epochs} (최고: {best}번째)")
HARDEST_CLASS = Text(
    "Recognised least often: {classes} ({recall}).", "재현율이 가장 낮은 클래스: {classes} ({recall})."
)
INTERVAL = Text("95 %: {}", "95%: {}")
SHOW = Text("Show {trials}", "{trials} 모두 보기")
GENERAL = Text("General", "일반")
REPRODUCE_NOTE = Text(
    "Each trial's randomness derives from its random key in the table above, so that one trial can be run again alone.",
    "각 시도의 난수는 위 표의 난수 키에서 나오므로 시도 하나만 따로 다시 실행할 수 있습니다.",
)
METHOD_TEXT = Text(
    "Each trial trains the network on train, stops when the <metric> on epoch-valid no longer improves or after the "
    "epochs of --max-epochs where these are set, keeps the weights of its best epoch and measures them on "
    "trial-valid; the search <maximises> that <metric>. Only the winner is measured on test, once, and where it "
    "is trained again with other seeds (--again).\nTrain accuracy and "
    "loss are averages over an epoch, taken before each step's update; losses are without the penalty. {errors} All "
    "speak of the images measured, not of the luck of a training.",
    "각 시도는 학습 데이터로 신경망을 학습하고, epoch-valid <metric>가 더 나아지지 않으면 조기 종료하거나 "
    "--max-epochs가 있으면 그 에포크 수에서 끝내며, 최고 에포크의 가중치를 남겨 trial-valid 데이터로 측정합니다. "
    "탐색은 이 <metric>를 <maximises>합니다. 테스트 데이터로는 최고 시도만 한 번, 시드를 바꾸어 다시 "
    "학습하면(--again) 그때마다 측정합니다.\n학습 정확도와 손실은 매 "
    "갱신 직전 값의 에포크 평균이며, 손실에는 규제 항이 들어 있지 않습니다. {errors} 모두 측정한 이미지에 대한 것이며 "
    "학습의 우연은 반영하지 않습니다.",
)
ERRORS = Text(
    "An interval is Wilson's, a standard error the binomial one with half an image more wrong and half an image more "
    "right; trials are compared by the images that only one of two gets right (McNemar).",
    "신뢰구간은 Wilson 구간, 표준오차는 맞힌 이미지와 틀린 이미지를 반 장씩 더한 이항 분포의 표준오차입니다. "
    "시도끼리는 둘 중 하나만 맞힌 이미지로 비교합니다(McNemar).",
)
ERRORS_SCORED = Text(
    "Standard errors are those of a mean of scores of images, an interval 1.96 of them to each side; trials are "
    "compared by the differences of their scores on the same images.",
    "표준오차는 이미지별 점수의 평균에 대한 것이고, 신뢰구간은 그 1.96배를 양쪽에 더한 구간입니다. 시도끼리는 같은 "
    "이미지에서의 점수 차이로 비교합니다.",
)
FIXED_EPOCHS = Text(
    "With {method}, a trial trains for {epochs} epochs in any case and keeps the weights of the last one.",
    "{method}: 항상 {epochs} 에포크를 학습하고 마지막 에포크의 가중치를 남깁니다.",
)
RATIOS = Text(
    "Images of the largest class over those of the smallest that occurs: {splits}.",
    "이미지가 있는 클래스 중 가장 많은 클래스의 이미지 수를 가장 적은 클래스의 이미지 수로 나눈 값: {splits}.",
)
RATIO = Text("{ratio} in {split}", "{split} {ratio}")
ABSENT_IN = Text("{classes} in {split}", "{classes} ({split} 데이터)")
ONE_CLASS = Text(
    "Only one class occurs, so always naming it is right and accuracy tells nothing.",
    "나타나는 클래스가 하나뿐이어서 항상 그 클래스로 답하면 맞으므로 정확도에는 의미가 없습니다.",
)
BALANCE = Text(
    "{judged}: always naming the largest class of {split}, the least even of the splits that accuracy is measured on, "
    "would score {guess} (with {classes} classes of one size: {share}).",
    "{judged} 정확도를 재는 데이터 중 가장 고르지 않은 {split} 데이터에서, 항상 이미지가 가장 많은 클래스로 답할 때의 "
    "정확도는 {guess}입니다(크기가 같은 클래스 {classes}개라면 {share}).",
)
JUDGED = {
    "even": Text(
        "The classes are even enough for accuracy to be a fair metric",
        "클래스 간 데이터 불균형이 적어 정확도로 성능을 측정해도 됩니다.",
    ),
    "drawn": Text(
        "The classes are uneven, but no more than in a draw of so few images from even classes",
        "클래스는 고르지 않지만, 고른 클래스에서 이만큼 적은 이미지를 뽑을 때 생기는 정도를 넘지 않습니다.",
    ),
    "uneven": Text(
        "The classes are unbalanced, so accuracy favours the frequent ones",
        "클래스 간 데이터 불균형이 있어 정확도는 이미지가 많은 클래스에 유리합니다.",
    ),
}
WEIGHED = Text(
    "With every class weighed the same, the winner's test accuracy of {accuracy} would be {balanced}.",
    "모든 클래스에 같은 비중을 두면 최고 시도의 테스트 정확도 {accuracy}는 {balanced}가 됩니다.",
)
GROUPS = {
    "settings": Text("settings", "설정"),
    "versions": Text("versions", "버전"),
    "machine": Text("machine", "실행 환경"),
    "data_fingerprint": FINGERPRINT,
    "identity": Text("identity", "이어서 실행할 때 같아야 하는 설정"),
}


def render(summary: Summary, images: Images) -> str:
    """Returns the page of a summary; `images` has the SVGs of every figure that `summary.figures` names."""
    sections = [
        ("conclusion", Text("Conclusion", "실험 결론"), _conclusion(summary, images)),
        ("trials", OVER_TRIALS, _figures(summary, images, "history", wide=True)),
        ("hyperparameters", HYPERPARAMETERS, _hyperparameters(summary, images)),
        ("winner", Text("The winner", "최고 시도"), _winner(summary, images)),
        ("data", DATA, _classes(summary)),
        ("all_trials", Text("All trials", "모든 시도"), _trials(summary)),
        ("method", Text("Method, settings and how to repeat this", "방법, 설정, 다시 실행하기"), _method(summary)),
    ]
    lang = summary.lang
    return frame(
        [(name, summary.measure.words(title).to(lang), body) for name, title, body in sections if body],
        title=TITLE.to(lang),
        sub=_subtitle(summary),
        lang=lang,
        footer=FOOTER,
    )


def _subtitle(summary: Summary) -> str:
    data, seed = summary.setting("data"), summary.setting("seed")
    parts = [counted(len(summary.trials), TRIALS), duration(summary.seconds)]
    if data is not None:
        parts.insert(0, Text("data: {data}", "데이터: {data}").format(data=plain(data)))
    if seed is not None:
        parts.insert(-1, Text("seed {seed}", "시드 {seed}").format(seed=seed))
    return joined(parts, " · ").to(summary.lang)


def _figures(summary: Summary, images: Images, *names: str, wide: bool = False) -> str:
    """Returns those of the named figures that the study has data for; several stand side by side on a wide screen."""
    shown = [figure(said, images, wide=wide) for name in names for said in summary.figures if said.name == name]
    return f'<div class="pair">{"".join(shown)}</div>' if len(shown) > 1 else "".join(shown)


def _conclusion(summary: Summary, images: Images) -> str:
    cells = _figures(summary, images, "cells", wide=True)
    if summary.winner is None:
        return f'<div class="answer">{paragraphs(summary.conclusion)}</div>{cells}'
    num_lead = 1 + sum(len(groups) > 1 for groups in summary.groups.values())  # the winner, and the factors compared
    lead, rest = summary.conclusion[:num_lead], summary.conclusion[num_lead:]
    return (
        f'<div class="answer">{paragraphs(lead)}</div>{_tiles(summary, summary.winner)}'
        f"{cells}{heading(HOW_SURE.to(summary.lang))}{bullets(rest)}"
    )


def _tiles(summary: Summary, winner: Winner) -> str:
    lang, trial, comparison = summary.lang, winner.trial, summary.comparison
    measure = summary.measure
    low, high = (
        measure.value(end) for end in sorted((winner.test.low, winner.test.high), reverse=not measure.is_share)
    )
    lost = len(summary.trials) - summary.num_counted
    error = STANDARD_ERROR.format(error=measure.difference(winner.standard_error))
    chosen = joined(settings(comparison, trial), ", ")
    left_out = NOT_COUNTED.format(count=lost) if lost else NOTHING
    counts = f"{summary.num_counted:,}"
    tiles = [
        (measure.words(TEST_SCORE), measure.value(winner.test.score), INTERVAL.format(ends(low, high))),
        (measure.words(TRIAL_VALID_SCORE), measure.value(trial.score), error),
        (Text("winner", "최고 시도"), comparison.label(trial.cell), chosen),
        (COUNTED, same(counts), left_out),
    ]
    body = "".join(
        f"<div><dt>{words(a)}</dt><dd>{words(b)}<small>{words(c)}</small></dd></div>"
        for a, b, c in ([text.to(lang) for text in tile] for tile in tiles)
    )
    return f'<dl class="tiles">{body}</dl>'


def _hyperparameters(summary: Summary, images: Images) -> str:
    if not summary.trials:
        return ""
    note = CELLS_NOTE.format(limit=FEW_TRIALS).to(summary.lang)
    title = crossed(summary.comparison).to(summary.lang)
    title = title[:1].upper() + title[1:]
    many = [name for name, relation in summary.relations.items() if len(relation.panels) > MANY_PANELS]
    rest = [name for name in summary.relations if name not in many]
    return (
        f"{heading(title)}{_cells(summary, title)}{aside(note)}"
        f"{_figures(summary, images, 'distribution', wide=True)}{_figures(summary, images, *rest)}"
        f"{_figures(summary, images, *many, wide=True)}{_figures(summary, images, 'importance')}"
    )


def _winner(summary: Summary, images: Images) -> str:
    if summary.winner is None:
        return ""
    lang, trial, test = summary.lang, summary.winner.trial, summary.winner.test
    measure = summary.measure
    values = {
        TRIAL: str(trial.number),
        Text("configuration", "설정"): configuration(summary.comparison, trial).to(lang),
        EPOCHS: EPOCHS_BEST.format(epochs=trial.num_epochs, best=trial.best_epoch).to(lang),
        Text("accuracy on train", "학습 정확도"): percent(trial.train_accuracy).to(lang),
        Text("accuracy on epoch-valid", "epoch-valid 정확도"): percent(trial.epoch_valid_accuracy).to(lang),
        measure.words(TRIAL_VALID_SCORE): measure.value(trial.score).to(lang),
        measure.words(TEST_SCORE): measure.value(test.score).to(lang),
        ON_TEST.format(what=MACRO_F1): percent(test.macro_f1).to(lang),
        Text("train minus test", "일반화 격차"): points(trial.train_accuracy - test.result.accuracy).to(lang),
        SECONDS: f"{trial.seconds:.1f}",
        KEY: plain(trial.key),
    }
    table = pairs({name.to(lang): value for name, value in values.items()})
    note = aside(F1_NOT_JUDGED.to(lang))
    return (
        f'<div class="pair"><div>{table}{note}</div><div>{_errors(test, summary.class_names, lang)}</div></div>'
        f"{_figures(summary, images, 'training_curve', 'confusion')}"
        f"{heading(Text('Network', '신경망 구조').to(lang))}<pre>{escape(summary.network.to(lang))}</pre>"
    )


def _method(summary: Summary) -> str:
    lang = summary.lang
    errors = ERRORS if summary.measure is MEASURES["accuracy"] else ERRORS_SCORED
    lines = summary.measure.words(METHOD_TEXT.format(errors=errors)).to(lang).split("\n")
    for method in (method for _, methods in summary.comparison.factors for method in methods if method.num_epochs):
        epochs = min(method.num_epochs or 0, summary.setting("max_epochs") or math.inf)
        lines.append(FIXED_EPOCHS.format(method=method.text, epochs=epochs).to(lang))
    parts = [paragraphs(lines)]
    if given := summary.config.get("command"):
        parts.append(heading(Text("Repeat this run", "다시 실행하기").to(lang)) + command(given))
        parts.append(aside(REPRODUCE_NOTE.to(lang)))
    parts.append(data_notes(summary.config, lang))
    said = ("command", "data_notes", "data_notes_ko")
    groups = {k: v for k, v in summary.config.items() if flat({k: v}) and k not in said}
    top = {k: v for k, v in groups.items() if not hasattr(v, "items")}
    tables = ({GENERAL.to(lang): top} if top else {}) | {k: v for k, v in groups.items() if k not in top}
    titles = {name: GROUPS[name].to(lang) if name in GROUPS else name.replace("_", " ") for name in tables}
    shown = [f"<div>{heading(titles[name])}{pairs(values)}</div>" for name, values in tables.items()]
    return f'{"".join(parts)}<div class="pair">{"".join(shown)}</div>'


def _cells(summary: Summary, title: str) -> str:
    """Returns the cells with their bests; rows of few trials are shaded."""
    top = max((c.best for c in summary.cells if c.best is not None), default=None)
    marks = [
        "few" if cell.count < FEW_TRIALS else "best" if cell.best == top and cell.standing == "leader" else ""
        for cell in summary.cells
    ]
    return cell_table(summary).html(summary.lang, caption=title, marks=marks)


def _errors(test: TestSummary, class_names: Sequence[str], lang: str) -> str:
    """Returns the errors that the winner makes most, and the class that it knows least."""
    if not test.confusions:
        return ""
    worst = min(recall for recall in test.recall if recall is not None)
    hardest = numbered([class_names[c] for c, recall in enumerate(test.recall) if recall == worst], CLASS_NUMBERS)
    note = HARDEST_CLASS.format(classes=hardest, recall=percent(worst))
    title = Text("Most frequent errors on test", "가장 잦은 테스트 오류").to(lang)
    return (
        f"{heading(title)}<p>{words(joined([confusion_sentence(test, class_names), note]).to(lang))}</p>"
        f"{error_table(test, class_names).html(lang, caption=title)}"
    )


def _classes(summary: Summary) -> str:
    """Returns the images of each class in each split, below what their balance means for accuracy."""
    many, title = len(summary.splits[0].counts) > MAX_CLASS_ROWS, DATA.to(summary.lang)
    body = class_table(summary).html(summary.lang, caption=title, tall=many)
    return f"<p>{words(_balance(summary).to(summary.lang))}</p>{body}"


def _balance(summary: Summary) -> Text:
    """Returns how unbalanced the classes are, which are empty, and what follows for accuracy as a metric."""
    balance = summary.balance
    ratios = [RATIO.format(ratio=f"{split.ratio:.2f}", split=SPLITS[split.name]) for split in summary.splits]
    parts = [RATIOS.format(splits=listed(ratios)), *_absent(summary.splits, summary.class_names)]
    parts.append(
        (ONE_CLASS if balance.num_classes == 1 else BALANCE).format(
            judged=JUDGED[balance.evenness],
            split=SPLITS[balance.split],
            guess=percent(balance.guess, 1),
            classes=balance.num_classes,
            share=percent(1.0 / balance.num_classes, 1),
        )
    )
    if summary.winner is not None and balance.num_classes > 1:
        test = summary.winner.test
        parts.append(WEIGHED.format(accuracy=percent(test.result.accuracy), balanced=percent(test.balanced_accuracy)))
    return joined(parts)


def _absent(splits: Sequence[Split], class_names: Sequence[str]) -> list[Text]:
    """Returns which classes have no image, in any split or in one."""
    everywhere = frozenset.intersection(*(split.absent for split in splits))
    found = {Text("any split", "모든"): everywhere} | {SPLITS[s.name]: s.absent - everywhere for s in splits}
    said = [
        ABSENT_IN.format(classes=numbered([class_names[c] for c in sorted(absent)], CLASS_NUMBERS), split=split)
        for split, absent in found.items()
        if absent
    ]
    return [Text("No image of {classes}.", "이미지 없음: {classes}.").format(classes=listed(said))] if said else []


def _trials(summary: Summary) -> str:
    """Returns every trial, folded."""
    if not summary.trials:
        return ""
    title = SHOW.format(trials=counted(len(summary.trials), TRIALS)).to(summary.lang)
    return folded(title, trial_table(summary).html(summary.lang, caption=title, tall=True))
