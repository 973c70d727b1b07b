"""The methods that the claims speak of, with their words and looks; and other words that several claims use."""

from jaxreg.methods import find_methods
from jaxreg.text import Text, same

ALL_NORMS, ALL_PENALTIES = find_methods("norm_type"), find_methods("reg_type")
PROXIMAL = "l1_proximal"

NORMS = {name: ALL_NORMS[name].text for name in ("none", "batch", "layer")}
PENALTIES = {name: ALL_PENALTIES[name].label for name in ("none", "l1", "l2", "elastic", PROXIMAL)}
ACTIVATIONS = {
    "sigmoid": same("sigmoid"),
    "tanh": same("tanh"),
    "relu": same("ReLU"),
    "leaky_relu": Text("leaky ReLU", "Leaky ReLU"),
}
LAMBDA = Text("lambda", "람다")
EPOCH = Text("epoch", "에포크")
LEARNING_RATE = Text("learning rate", "학습률")
TEST_ACCURACY = Text("test accuracy (%)", "테스트 정확도 (%)")
LAYERS = tuple(same(name) for name in ("conv1", "conv2", "conv3", "dense1", "dense2"))
