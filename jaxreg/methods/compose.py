"""How methods become what trains: a recipe of functions, and named numbers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jaxreg.core.model import CNN, Classifier
from jaxreg.core.penalty import WeightPenalty
from jaxreg.core.train import Loss, Recipe, cross_entropy
from jaxreg.errors import InputError
from jaxreg.methods.method import Method, Reading
from jaxreg.own import fields_of

ALWAYS = {"l1": 0.0, "l2": 0.0}  # the numbers of the weight penalty, which every program has
AT_A_TIME = "one of them at a time"
SINGLE = ("penalty", "optimizer", "projection", "num_epochs")  # what two methods of a cell cannot both set


def compose(
    methods: Iterable[Method],
    num_classes: int,
    *,
    network: Callable[[int], Classifier] = CNN,
    loss: Loss = cross_entropy,
    batch_size: int = 32,
    reading: Reading | None = None,
) -> Recipe[Any]:
    """Returns the recipe of a network of so many classes, by default the study's, with these methods.

    Raises:
      InputError: two of them want the same place, such as two penalties; or one a field that the network has not.

    >>> from jaxreg.methods import find_methods
    >>> recipe = compose([find_methods("norm_type")["batch"], find_methods("reg_type")["l1"]], num_classes=10)
    >>> recipe.model.normalization.__name__, recipe.penalty
    ('Batch', WeightPenalty(scope='kernels'))
    """
    methods, model = tuple(methods), network(num_classes)
    fields = {"penalty": WeightPenalty((reading or Reading()).scope)} | _only(
        (m.name, part, getattr(m, part)) for part in SINGLE for m in methods if getattr(m, part) is not None
    )
    for method in methods:
        for name in (*method.fields, *method.static):
            if name == "num_classes":
                raise InputError(f"method {method.name}: num_classes is the data's, and no method sets it")
            if name not in fields_of(model):
                raise InputError(
                    f"method {method.name}: needs a field {name} of the network, which {type(model).__name__} has "
                    "not; leave the method out or give the network the field"
                )
    static = _only((m.name, part, value) for m in methods for part, value in m.static.items())
    model = model.clone(**static)
    try:
        hash(model)  # by which programs are told apart
    except TypeError:
        named = " and ".join(m.name for m in methods if m.network)
        raise InputError(
            f"method {named}: a field that it gives the network has no hash; allowed are values that have one, as a "
            "tuple has and an array has not"
        ) from None
    return Recipe(
        model,
        loss,
        batch_size=batch_size,
        augmentations=tuple(m.augmentation for m in methods if m.augmentation is not None),
        fields=tuple(name for m in methods for name in m.fields),
        **fields,
    )


def _only(parts: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """Returns the value of each part, which only one method may set: (name of the method, part, value)."""
    setters: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, part, value in parts:
        if part in setters:
            raise InputError(f"methods {setters[part]} and {name}: both set the {part}; {AT_A_TIME}")
        setters[part], values[part] = name, value
    return values


def numbers_for(
    methods: Iterable[Method], values: Mapping[str, float], reading: Reading | None = None
) -> dict[str, float]:
    """Returns what the methods' hyperparameters at these values are in training, by name.

    The two numbers of the weight penalty are always there, 0 where no method gives them: a program is of names.

    Raises:
      InputError: two methods set a number, to other values than 0 that differ; or one of the weight penalty where a
        penalty has taken its place.

    >>> from jaxreg.methods import find_methods
    >>> numbers_for([find_methods("reg_type")["l1"]], {"reg_lambda": 0.032})  # lambda / n, n the batch size
    {'l1': 0.001, 'l2': 0.0}
    """
    methods, numbers = tuple(methods), dict[str, float]()
    setters: dict[str, str] = {}
    for method in methods:
        traced = method.traced({name: values[name] for name in method.space}, reading or Reading())
        for name, value in traced.items():
            if value and numbers.get(name) not in (None, 0, value):
                raise InputError(f"methods {setters[name]} and {method.name}: both set the number {name}; {AT_A_TIME}")
            if value or name not in numbers:  # a zero is nothing beside another's
                numbers[name] = value
                setters[name] = method.name
    for method in methods:
        if method.penalty is not None and (lost := next((name for name in ALWAYS if numbers.get(name)), None)):
            names = " and ".join(dict.fromkeys([setters[lost], method.name]))
            raise InputError(
                f"method{'s' * (' ' in names)} {names}: the number {lost} is of the penalty that {method.name} "
                f"replaces; {AT_A_TIME}"
            )
    return ALWAYS | numbers
