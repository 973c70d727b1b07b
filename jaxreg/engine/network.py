"""A network as a table: its layers, their shapes and how many parameters they have."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial

import jax
import jax.numpy as jnp
from jax.tree_util import keystr, tree_leaves_with_path

from jaxreg.core.model import CNN, Classifier
from jaxreg.core.ops import KERNEL_SIZE
from jaxreg.text import Text, filled, padded

LAYER = (Text("layer", "층"), Text("output shape", "출력 형태"))
PARAMETER = (Text("parameter", "파라미터"), Text("shape", "형태"))
PARAMETERS, TOTAL = Text("parameters", "파라미터"), Text("total", "합계")


@cache
def summary(model: Classifier, image_shape: tuple[int, ...], batch_size: int = 32) -> Text:
    """Returns the network as a table of layer, output shape and number of parameters, as the study's author prints it.

    Another network than the study's is a table of its parameters and their shapes.

    >>> summary(CNN(10), (28, 28, 1)).en.split()[-2:]
    ['total', '121,994']
    """
    images = jax.ShapeDtypeStruct((batch_size, *image_shape), jnp.float32)
    if type(model) is not CNN:
        params = jax.eval_shape(partial(model.init, train=False), jax.random.key(0), images)["params"]
        named = ((keystr(path, simple=True, separator="/"), leaf) for path, leaf in tree_leaves_with_path(params))
        return _table(PARAMETER, [(name, leaf.shape, leaf.size) for name, leaf in named])
    init = partial(model.init_with_output, train=False, mutable=["params", "batch_stats", "intermediates"])
    logits, found = jax.eval_shape(init, jax.random.key(0), images)
    outputs = {name: value[0].shape for name, value in found["intermediates"].items()} | {"dense2": logits.shape}
    sizes = {name: sum(leaf.size for leaf in jax.tree.leaves(group)) for name, group in found["params"].items()}
    return _table(LAYER, _layers(model, images.shape, outputs, sizes))


Row = tuple[str, tuple[int, ...], int]  # what it is, its shape, and how many parameters it has


def _layers(
    model: CNN, input_shape: tuple[int, ...], outputs: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]
) -> Iterator[Row]:
    def norm(i: int) -> list[Row]:
        name = f"norm{i} ({model.normalization.__name__.lower()})"
        return [(name, outputs[f"linear{i}"], sizes[f"norm{i}"])] if f"norm{i}" in sizes else []

    yield "input", input_shape, 0
    for i, layer in enumerate(model.conv_layers, start=1):
        name = f"conv{i} {KERNEL_SIZE}x{KERNEL_SIZE}, padding {layer.padding}"
        yield name, outputs[f"linear{i}"], sizes[f"conv{i}"]
        yield from norm(i)
        yield model.activation + " + max pool 2x2" * layer.pool, outputs[f"activation{i}"], 0
    i = len(model.conv_layers) + 1
    yield "dense1", outputs[f"linear{i}"], sizes["dense1"]
    yield from norm(i)
    yield "sigmoid", outputs[f"activation{i}"], 0
    yield "dense2 (logits; Softmax follows)", outputs["dense2"], sizes["dense2"]


def _table(what: tuple[Text, Text], rows: Iterable[Row]) -> Text:
    """Returns names, shapes and numbers of parameters below each other, with their total."""
    rows = list(rows)
    wide = max(33, *(len(name) for name, *_ in rows), 0) + 1

    def line(name: str, shape: str, size: str) -> str:
        return filled(name, wide) + filled(shape, 22) + padded(size, 10)

    def table(lang: str) -> str:
        rule = "-" * (wide + 32)
        lines = [line(*(head.to(lang) for head in (*what, PARAMETERS))), rule]
        lines += [line(name, str(list(shape)), f"{size:,}" if size else "-") for name, shape, size in rows]
        total = sum(size for *_, size in rows)
        return "\n".join([*lines, rule, line(TOTAL.to(lang), "", f"{total:,}")])

    return Text(table("en"), table("ko"))
