"""The network as a Flax user would first write it, from flax.linen's own layers, with the same names of parameters."""

import flax.linen as nn

from jaxreg.core.model import ACTIVATIONS


class ReferenceCNN(nn.Module):
    num_classes: int
    normalization: str = "none"
    activation: str = "relu"

    @nn.compact
    def __call__(self, x, train):
        def norm(x, name):
            if self.normalization == "batch":
                layer = nn.BatchNorm(
                    use_running_average=not train, momentum=0.9, epsilon=1e-5, use_fast_variance=False, name=name
                )
                return layer(x)
            if self.normalization == "layer":
                axes = tuple(range(1, x.ndim))
                return nn.LayerNorm(
                    epsilon=1e-5, reduction_axes=axes, feature_axes=-1, use_fast_variance=False, name=name
                )(x)
            return x

        act = ACTIVATIONS[self.activation]
        x = act(norm(nn.Conv(32, (3, 3), padding=1, name="conv1")(x), "norm1"))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = act(norm(nn.Conv(64, (3, 3), padding="VALID", name="conv2")(x), "norm2"))
        x = nn.max_pool(x, (2, 2), (2, 2))
        x = act(norm(nn.Conv(64, (3, 3), padding="VALID", name="conv3")(x), "norm3"))
        x = x.reshape(x.shape[0], -1)
        x = nn.sigmoid(norm(nn.Dense(64, name="dense1")(x), "norm4"))
        return nn.Dense(self.num_classes, name="dense2")(x)
