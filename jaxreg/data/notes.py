"""What is said of data before anything runs: what was decided, and what is unusual."""

from jaxreg.text import Counted, Text

IMAGES = {"train": Text("train", "학습"), "test": Text("test", "테스트")}
TRAINING, TEST = Text("training", "학습"), Text("test", "테스트")
BRIGHTNESS, CONTRAST = Text("mean brightness", "평균 밝기"), Text("contrast", "대비")
LABELLED = Text(", labelled 0..{}", ", 라벨 0..{}")
CLASSES = Counted("{n} class", "{n} classes", "클래스 {n}개")
SCALE = Text(
    "give integers in 0..255 or floats in 0..1, x / white with white the value of a white pixel",
    "0..255의 정수나 0..1의 실수(흰 픽셀의 값으로 나눈 값)로 줍니다",
)
HELD_OUT = Text(
    "no test set in it: {drawn} of {all} images are held out as one, of each class its share (--test-share {share}, "
    "--test-seed {seed})",
    "테스트 세트가 없어 이미지 {all}장 중 {drawn}장을 클래스 비율대로 떼어 두었습니다(--test-share {share}, "
    "--test-seed {seed})",
)
MORE_TEST = Text(
    "tested on {drawn} images of the training pool, too, which no split has, {all} in all (--more-test-size {size}, "
    "--test-seed {seed})",
    "학습용 이미지 {drawn}장을 테스트에 더해 모두 {all}장입니다. 어떤 분할에도 들어가지 않습니다(--more-test-size "
    "{size}, --test-seed {seed})",
)
BLACK_AND_WHITE = Text(
    "integer pixels are all 0 or 1: taken as black and white", "정수 픽셀이 모두 0 또는 1이어서 흑백으로 보았습니다"
)
HALF_SCALE = Text(
    "pixels are in {pixels}, less than half of the scale: taken as they are",
    "픽셀의 범위가 {pixels}로 척도의 절반이 안 되지만 그대로 썼습니다",
)
NEARLY_BLACK = Text(
    "{share} of the {part} images are nearly black, all their pixels below {faint} of 255, the others are not: taken "
    "as they are; if they are on another scale, {allowed}",
    "{part} 이미지의 {share}는 모든 픽셀이 255 중 {faint} 미만으로 거의 검은데 나머지는 그렇지 않습니다. 그대로 썼지만 "
    "척도가 다르다면 {allowed}",
)
DIFFER = Text(
    "train and test images differ much: the {what} of nine in ten is {train} of 0..255 in train, {test} in test",
    "학습 이미지와 테스트 이미지가 많이 다릅니다. 열에 아홉의 {what}(0..255): 학습 {train}, 테스트 {test}",
)
REPEATED = Text(
    "{repeated} of {all} test images are among the training images too, pixel for pixel: what was learned by heart "
    "counts as right there",
    "테스트 이미지 {all}장 중 {repeated}장은 학습 이미지와 픽셀까지 같습니다. 외운 것도 맞힌 것으로 셉니다",
)
NO_IMAGE = Text("no {part} image of {classes} ({count}{numbers})", "{part} 이미지 없음: {classes} ({count}{numbers})")
RESIZED = Text(
    "pictures of {sizes} (height x width) are resized as a whole to {height}x{width} (--image-size {height} {width})",
    "크기가 {sizes}인 사진(높이 x 너비)을 통째로 {height}x{width}로 바꾸었습니다(--image-size {height} {width})",
)
LEFT_OUT = Text("left out, as no folder of a class: {names}", "클래스 폴더가 아니어서 제외: {names}")
TAKEN = Text(
    "{data}: the training pool has {pool} images, fewer than {whole}: taken are {said}",
    "{data}: 학습에 쓸 이미지는 {pool}장으로 {whole}보다 적어 다음과 같이 나누었습니다: {said}",
)
AS_ASKED = Text(", as asked", ", 지정한 값")
NO_TEST_SET = Text(
    "--more-test-size {size}: {data}: it has no test set of its own; --test-share says how many images are held out",
    "--more-test-size {size}: {data}: 테스트 세트가 없습니다. 떼어 둘 이미지의 비율은 --test-share로 줍니다",
)
TOO_MANY_MORE = Text(
    "--more-test-size {size}: {data}: the training pool has {pool} images; allowed is an integer in {least}..{most}, "
    "so that both parts have every class",
    "--more-test-size {size}: {data}: 학습용 이미지는 {pool}장입니다. {least}..{most}의 정수를 줍니다(양쪽에 모든 "
    "클래스가 있도록)",
)
OWN_TEST_SET = Text(
    "--test-share {share}: {data}: it has a test set of its own, of {count} images, and that is what is tested on; "
    "leave --test-share out",
    "--test-share {share}: {data}: 테스트 세트(이미지 {count}장)가 있으며 그것으로 테스트합니다. --test-share를 "
    "빼고 실행합니다",
)
