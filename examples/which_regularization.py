# ---
# jupyter:
#   jupytext:
#     notebook_metadata_filter: -all
#     cell_metadata_filter: -all
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which regularization is best?
#
# A network that has few images to learn from learns them by heart. *Regularization* is what keeps it from that.
# First you see what some of it does inside a network, then `jaxreg.compare` says which of it is best. The data are
# three digits; put your own in their place.
#
# > 이 노트북에서 **정규화**는 배치·레이어 정규화(normalization)를, **규제**는 L1·L2(흔히 'L1·L2 정규화'라고도 하는
# > 것)를 뜻합니다. 제목의 '정규화'는 둘을 아우르는 regularization입니다.
#
# Run the cells from top to bottom: a few minutes on a laptop. Then change a number and run a cell again.

# %%
import os

import jax
import matplotlib.pyplot as plt
import numpy as np

import jaxreg
from jaxreg.claims.observe import intermediates, signals
from jaxreg.claims.statements.c05_constraint_region import boundary, constrained, make_pair, optimum, size
from jaxreg.core.fit import fit, init_fit
from jaxreg.core.model import CNN, CONV_LAYERS, ConvLayer, predict_proba
from jaxreg.core.train import Examples, Recipe, make_hparams
from jaxreg.data import SplitSizes, draw_splits, from_arrays, load_dataset, take_sizes
from jaxreg.methods import find_methods
from jaxreg.methods.compose import compose, numbers_for

TINY = "JAXREG_TINY" in os.environ  # seconds in the place of minutes, and pictures that mean nothing
globals().pop("__file__", None)  # where this is run as a script: the processes that train in part 4 do not run it again

mnist = load_dataset("embedded")  # real MNIST, in the package
digits, number = ((3, 5), 240) if TINY else ((3, 5, 8), 900)
of_these = np.flatnonzero(np.isin(mnist.train_labels, digits))[:number]
images, labels = mnist.train_images[of_these], np.searchsorted(digits, mnist.train_labels[of_these])
if TINY:
    images = images[:, 6:22, 6:22]

data = from_arrays(images, labels)  # yours, or load_dataset("folder:photos"): one folder of pictures for each class
sizes, _ = take_sizes(data, (None, None, None), SplitSizes())
train, valid, _, test = (Examples(*split) for split in draw_splits(data, sizes, data_seed=0))
print(len(train.labels), "images to train on,", len(valid.labels), "to stop by,", len(test.labels), "to test on")

# %% [markdown]
# ## 1. What L1 and L2 do to weights (규제)
#
# Both add something to the loss: L1 the sum of all |w|, L2 the sum of all w², each times lambda. L1 pulls a weight
# of 0.01 as hard as a weight of 1, so that many end near 0; L2 pulls the large ones harder, so that none grows
# large.


# %%
def trained(penalty, reg_lambda, max_epochs):
    """Returns the study's network, and what it is after training with a penalty."""
    methods = [find_methods("norm_type")["none"], find_methods("reg_type")[penalty]]
    recipe = compose(methods, data.num_classes)
    hparams = make_hparams(learning_rate=2e-3, **numbers_for(methods, {"reg_lambda": reg_lambda}))
    return recipe.model, fit(recipe, hparams, train, valid, jax.random.key(0), max_epochs=max_epochs).variables


_, ax = plt.subplots(figsize=(8, 4))
for penalty in ("none", "l1", "l2"):
    model, variables = trained(penalty, reg_lambda=0.03, max_epochs=1 if TINY else 20)
    weights = np.concatenate([np.ravel(w) for w in jax.tree.leaves(variables["params"]) if w.ndim > 1])
    right = predict_proba(model, variables, test.images).argmax(-1) == test.labels
    label = f"{penalty}: {right.mean():.1%} of test images right, largest |w| {abs(weights).max():.2f}"
    ax.hist(abs(weights).clip(1e-6), np.logspace(-6, 0.5, 80), histtype="step", label=label)
ax.set(xscale="log", xlabel="|w|", ylabel="number of weights")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## 2. Why L1 makes zeros: the constraint region
#
# Two weights of a trained network, all others fixed. The lines are where the loss is the same. L1 keeps the two in
# a diamond, L2 in a disc. The best point within a diamond may be a corner, where one weight is exactly 0; a disc has
# no corners.

# %%
model, variables = trained("none", reg_lambda=0.0, max_epochs=1 if TINY else 3)
h = np.asarray(intermediates(model, variables, train.images, train=False)["activation4"], float)  # into the last layer
kernel, bias = (np.asarray(variables["params"]["dense2"][name], float) for name in ("kernel", "bias"))


def best_within(l1_ratio, pair, free):
    """Returns the best two weights of half the free ones' size, which L1 (l1_ratio 1) or L2 (0) measures."""
    return constrained(pair, l1_ratio, 0.5 * size(l1_ratio, free))


solved = []
for i in range(40):  # the weights from features i and i + 20 to a class, and where the loss is least over them
    one_class = i % data.num_classes
    pair = make_pair(h, kernel, bias, train.labels, i, i + 20, one_class)
    free = optimum(pair, kernel[[i, i + 20], one_class])
    if free is not None:
        solved.append((pair, free))
corners, others = ([one for one in solved if (best_within(l1_ratio, *one) == 0).any()] for l1_ratio in (1.0, 0.0))
print(f"of {len(solved)} pairs of weights, {len(corners)} have a zero with L1, {len(others)} with L2")
pair, free = max(
    corners or solved, key=lambda one: np.divide(*np.sort(abs(best_within(0.0, *one))))
)  # far from 0 there

line = np.linspace(-1.3, 1.3, 61) * abs(free).max()
grid = np.stack(np.meshgrid(line, line), -1)
fig, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
for ax, name, l1_ratio in zip(axes, ("L1", "L2"), (1.0, 0.0), strict=True):
    ax.contour(line, line, pair.loss(grid), 20, colors="gray", linewidths=0.6)
    ax.fill(*boundary(l1_ratio, 0.5 * size(l1_ratio, free)).T, alpha=0.3)
    ax.plot(*free, "o", label="best without a constraint")
    ax.plot(*best_within(l1_ratio, pair, free), "D", label="best within the region")
    ax.set(title=name, xlabel="w1", ylabel="w2", aspect="equal")
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %% [markdown]
# ## 3. Vanishing gradients, and what normalization does (정규화)
#
# Training goes from the output back to the input. With sigmoid each layer makes the signal smaller, until the first
# layers hear nothing and learn nothing. ReLU passes it on, and batch normalization keeps it alive even with
# sigmoid.

# %%
_, ax = plt.subplots(figsize=(8, 4))
layers = (*CONV_LAYERS, *[ConvLayer(64, padding=1, pool=False)] * (1 if TINY else 8))
batch = Examples(train.images[:100], train.labels[:100])
networks = (("sigmoid", "none"), ("relu", "none"), ("sigmoid", "batch"))
for activation, norm_type in networks[:1] if TINY else networks:
    recipe = Recipe(CNN(data.num_classes, find_methods("norm_type")[norm_type].normalization, activation, layers))
    state = init_fit(recipe, train.images.shape[1:], jax.random.key(0)).train  # before any training
    back = signals(recipe, make_hparams(learning_rate=1e-3, l1=0, l2=0), state, batch)
    heard = [np.sqrt(np.mean(np.square(signal))) for signal in back]
    ax.semilogy(range(3, 3 + len(heard)), heard, "o-", label=f"{activation}, normalization: {norm_type}")
ax.set(xlabel="layer, from the input on", ylabel="size of the gradient")
ax.legend()
plt.show()

# %% [markdown]
# ## 4. Which is best? `jaxreg.compare`
#
# Each combination of methods is tuned anew in each *block*, on another draw of the images, so that luck is measured,
# too. One line says how far it is. Stop it when you like: run again, it continues.

# %%
budget = {"blocks": 3, "tune_trials": 1, "max_epochs": 1, "workers": 1} if TINY else {"blocks": 6, "tune_trials": 2}
verdict = jaxreg.compare(data, methods=["none", "l2", "batch"], out="runs/notebook", **budget)
verdict

# %% [markdown]
# Ask it. `None` means that these numbers do not say, which is an answer, too: more blocks tell smaller differences
# apart.

# %%
print("may be best:", *verdict.best)
print("is batch better than none, both without L2?", verdict.better("batch/none", "none/none"))
print(verdict)

# %%
print(verdict.table())  # Markdown; form="latex" is for a paper, form="csv" for a program
verdict.figure("effects")

# %% [markdown]
# ## 5. What was trained elsewhere: `jaxreg.judge`
#
# The same verdict on accuracies that you have already, of any framework: a row for each method, a column for each
# seed.

# %%
jaxreg.judge([[0.91, 0.93, 0.92, 0.93, 0.92], [0.90, 0.92, 0.92, 0.91, 0.90]], methods=["with", "without"])

# %% [markdown]
# The whole report, with all figures and how it was done, is `runs/notebook/report.html`. `lang="ko"` in `compare`
# and `judge` gives everything in Korean. `jaxreg claims` measures eighteen such statements over many seeds.
