"""Words that several claims use: names of normalizations, penalties, activations and axes."""

from __future__ import annotations

from jaxreg.text import Text

NORMS = {
    "none": Text("no normalization", "정규화 없음"),
    "batch": Text("batch normalization", "배치 정규화"),
    "layer": Text("layer normalization", "레이어 정규화"),
}
PENALTIES = {
    "none": Text("no penalty", "규제 없음"),
    "l1": Text("L1", "L1"),
    "l2": Text("L2", "L2"),
    "elastic": Text("elastic net", "엘라스틱넷"),
}
ACTIVATIONS = {
    "sigmoid": Text("sigmoid", "sigmoid"),
    "tanh": Text("tanh", "tanh"),
    "relu": Text("ReLU", "ReLU"),
    "leaky_relu": Text("leaky ReLU", "Leaky ReLU"),
}
LAMBDA = Text("lambda", "람다")
EPOCH = Text("epoch", "에포크")
LEARNING_RATE = Text("learning rate", "학습률")
TEST_ACCURACY = Text("test accuracy (%)", "테스트 정확도 (%)")
LOSS = Text("loss", "손실")
