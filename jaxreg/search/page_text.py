"""The words of a search's page beside its conclusion and its figures: headings, columns, notes."""

from __future__ import annotations

from jaxreg.text import Text

CONTENTS = Text("Contents", "목차")
CONCLUSION = Text("Conclusion", "실험 결론")
TRIALS = Text("Accuracy over trials", "하이퍼파라미터 최적화 진행에 따른 정확도 추이")
HYPERPARAMETERS = Text("Accuracy by the value of each hyperparameter", "각 하이퍼파라미터의 값에 따른 성능 분포")
WINNER = Text("The winner", "최고 시도")
DATA = Text("Images per class and split", "데이터 분리와 클래스별 이미지 수")
ALL_TRIALS = Text("All trials", "모든 시도")
METHOD = Text("Method, settings and how to repeat this", "방법, 설정, 재현")
FOOTER = Text(
    "Made by jaxreg from the records of this run. The figures are in the folder plots/ too.",
    "jaxreg가 이 실행의 기록으로 만들었습니다. 그림은 plots/ 폴더에도 있습니다.",
)
DATA_NAME = Text("data: {data}", "데이터: {data}")
SEED = Text("seed {seed}", "시드 {seed}")
HOW_SURE = Text("How sure one can be", "얼마나 확신할 수 있는가")
TEST_ACCURACY = Text("accuracy on test", "테스트 정확도")
TRIAL_VALID_ACCURACY = Text("accuracy on trial-valid", "trial-valid 정확도")
EPOCH_VALID_ACCURACY = Text("accuracy on epoch-valid", "epoch-valid 정확도")
TRAIN_ACCURACY = Text("accuracy on train", "학습 정확도")
GENERALIZATION_GAP = Text("train minus test", "일반화 격차")
STANDARD_ERROR = Text("± {error} (one standard error of the images)", "± {error} (이미지 표본의 표준오차)")
WINNER_SHORT = Text("winner", "최고 시도")
COUNTED = Text("trials that count", "유효한 시도")
NOT_COUNTED = Text("{count} diverged or pruned", "발산 또는 가지치기 {count}회")
CELLS_NOTE = Text(
    "Shaded rows, marked *, have fewer than {limit} trials that count: their place rests on little. A click on a head "
    "sorts.",
    "음영과 * 표시가 있는 행은 유효한 시도가 {limit}회 미만이어서 순위의 근거가 약합니다. 열 제목을 누르면 정렬됩니다.",
)
NUM_TRIALS = Text("trials", "시도 횟수")
BEST = Text("best", "최고")
MEDIAN = Text("median", "중앙값")
GAP = Text("points below", "최고와의 차이 (%p)")
BEST_TRIAL = Text("best trial", "최고 시도 번호")
TRIAL = Text("trial", "시도")
CONFIGURATION = Text("configuration", "설정")
EPOCHS = Text("epochs", "에포크")
EPOCHS_BEST = Text("{epochs} (best epoch {best})", "{epochs} (최고: {best}번째)")
BEST_EPOCH = Text("best epoch", "최고 에포크")
SECONDS = Text("seconds", "시간 (초)")
STATUS = Text("status", "상태")
KEY = Text("random key", "난수 키")
NETWORK = Text("Network", "신경망 구조")
ACTUAL = Text("actual", "실제")
PREDICTED = Text("predicted", "예측")
IMAGES = Text("images", "이미지 수")
CLASS = Text("class", "클래스")
HARDEST_CLASS = Text(
    "Recognised least often: {classes} ({recall}).",
    "재현율이 가장 낮은 클래스: {classes} ({recall}).",
)
TOP_ERRORS = Text("Most frequent errors on test", "가장 잦은 테스트 오류")
SHOW = Text("Show {trials}", "{trials} 모두 보기")
GENERAL = Text("General", "일반")
REPRODUCE = Text("Repeat this run", "다시 실행하기")
REPRODUCE_NOTE = Text(
    "Each trial's randomness derives from its random key in the table above, so that one trial can be run again alone.",
    "각 시도의 난수는 위 표의 난수 키에서 나오므로 시도 하나만 따로 다시 실행할 수 있습니다.",
)
METHOD_TEXT = Text(
    "Each trial trains the network on train, stops when the accuracy on epoch-valid no longer improves or after the "
    "epochs of --max-epochs where these are set, keeps the weights of its best epoch and measures them on "
    "trial-valid; the search maximises that accuracy. Only the winner is measured on test, once.\nTrain accuracy and "
    "loss are averages over an epoch, taken before each step's update; losses are without the penalty. An interval is "
    "Wilson's, a standard error the binomial one with half an image more wrong and half an image more right; trials "
    "are compared by the images that only one of two gets right (McNemar). All speak of the images measured, not of "
    "the luck of a training.",
    "각 시도는 학습 데이터로 신경망을 학습하고, epoch-valid 정확도가 더 나아지지 않으면 조기 종료하거나 "
    "--max-epochs가 있으면 그 에포크 수에서 끝내며, 최고 에포크의 가중치를 남겨 trial-valid 데이터로 측정합니다. "
    "탐색은 이 정확도를 최대화합니다. 테스트 데이터로는 최고 시도만 한 번 측정합니다.\n학습 정확도와 손실은 매 갱신 "
    "직전 값의 에포크 평균이며, 손실에는 규제 항이 들어 있지 않습니다. 신뢰구간은 Wilson 구간, 표준오차는 맞힌 "
    "이미지와 틀린 이미지를 반 장씩 더한 이항 분포의 표준오차입니다. 시도끼리는 둘 중 하나만 맞힌 이미지로 "
    "비교합니다(McNemar). 모두 측정한 이미지에 대한 것이며 학습의 우연은 반영하지 않습니다.",
)
FIXED_EPOCHS = Text(
    "With {method}, a trial trains for {epochs} epochs in any case and keeps the weights of the last one.",
    "{method}: 항상 {epochs} 에포크를 학습하고 마지막 에포크의 가중치를 남깁니다.",
)
RATIOS = Text(
    "Images of the largest class over those of the smallest that occurs: {splits}.",
    "이미지가 있는 클래스 중 가장 적은 클래스에 대한 가장 많은 클래스의 이미지 수 비율: {splits}.",
)
RATIO = Text("{ratio} in {split}", "{split} {ratio}")
ABSENT = Text("No image of {classes}.", "이미지 없음: {classes}.")
ABSENT_IN = Text("{classes} in {split}", "{classes} ({split} 데이터)")
ABSENT_EVERYWHERE = Text("{classes} in any split", "{classes} (모든 데이터)")
ONE_CLASS = Text(
    "Only one class occurs, so always naming it is right and accuracy tells nothing.",
    "나타나는 클래스가 하나뿐이어서 항상 그 클래스로 답하면 맞으므로 정확도에는 의미가 없습니다.",
)
EVEN = Text(
    "The classes are even enough for accuracy to be a fair metric: on {split}, the least even of the splits that it "
    "is measured on, always naming the largest class would score {guess} (with {classes} classes of one size: "
    "{share}).",
    "클래스 간 데이터 불균형이 적어 정확도로 성능을 측정해도 됩니다. 정확도를 재는 데이터 중 가장 고르지 않은 {split} "
    "데이터에서, 항상 이미지가 가장 많은 클래스로 답할 때의 정확도는 {guess}입니다(크기가 같은 클래스 {classes}개라면 "
    "{share}).",
)
DRAWN = Text(
    "The classes of {split} are uneven, but no more than in a draw of so few images from even classes: always naming "
    "the largest would score {guess} there (with {classes} classes of one size: {share}).",
    "{split} 데이터의 클래스는 고르지 않지만, 고른 클래스에서 이만큼 적은 이미지를 뽑을 때 생기는 정도를 넘지 "
    "않습니다. 항상 이미지가 가장 많은 클래스로 답할 때의 정확도는 {guess}입니다(크기가 같은 클래스 {classes}개라면 "
    "{share}).",
)
UNEVEN = Text(
    "The classes are unbalanced, so accuracy favours the frequent ones: always naming the largest class of {split} "
    "would score {guess} (with {classes} classes of one size: {share}).",
    "클래스 간 데이터 불균형이 있어 정확도는 이미지가 많은 클래스에 유리합니다. {split} 데이터에서 항상 이미지가 가장 "
    "많은 클래스로 답할 때의 정확도는 {guess}입니다(크기가 같은 클래스 {classes}개라면 {share}).",
)
WEIGHED = Text(
    "With every class weighed the same, the winner's test accuracy of {accuracy} would be {balanced}.",
    "모든 클래스에 같은 비중을 두면 최고 시도의 테스트 정확도 {accuracy}는 {balanced}가 됩니다.",
)
GROUPS = {
    "settings": Text("settings", "설정"),
    "versions": Text("versions", "버전"),
    "machine": Text("machine", "실행 환경"),
    "identity": Text("identity", "이어서 실행할 때 같아야 하는 설정"),
}
