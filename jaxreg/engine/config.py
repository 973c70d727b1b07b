"""All settings of a study: typed, checked, and light to import."""

from __future__ import annotations

import dataclasses
import math
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import unquote

from jaxreg.engine.costs import Costs, read_costs
from jaxreg.errors import InputError
from jaxreg.files import expanded
from jaxreg.methods import Own, find_methods, own_methods, shipped_names
from jaxreg.own import OwnMethod, OwnNetwork, fields_of, own_network
from jaxreg.records import LANGUAGES

if TYPE_CHECKING:
    from jaxreg.data import SplitSizes
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Reading

ACTIVATION_NAMES = ("relu", "leaky_relu", "sigmoid", "tanh")
LOSS_NAMES = ("cross_entropy", "softmax_twice")
METRIC_NAMES = ("accuracy", "balanced_accuracy", "log_loss", "brier", "cost")
SCOPE_NAMES = ("kernels", "all")
FACTORS = {"norm_type": "norm_types", "reg_type": "reg_types"}  # a factor's name, and the option of its methods
VARIED = {"norm_type": "normalization"}  # the field of a network without which a factor is left out of the comparison
RANGES = {"reg_lambda": "lambda_range", "learning_rate": "learning_rate_range"}  # likewise of hyperparameters
MAX_SEED = 2**32 - 1
MAX_COUNT = 2**31 - 1  # as JAX counts
LEAST_FLOAT32, MOST_FLOAT32 = 2.0**-126, (2 - 2**-23) * 2.0**127  # smaller ones lose digits, or are taken for 0


def setting(default: Any, help_text: str, **metadata: Any) -> Any:
    """A field with its one-line help; `identity=False` marks what may change when a run is continued.

    An integer field has `least`, and may have `most`; a field that is a `path` may begin with ~. The size of a split
    has what is `usual`, which is taken where it is not given and fits the data.
    """
    return field(default=default, metadata={"help": help_text, "identity": True} | metadata)


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of every experiment that trains on drawn splits; an InputError says which values are allowed."""

    script: ClassVar[str]  # the command that takes these settings
    tiny: ClassVar[Mapping[str, Any]]  # what `--smoke` puts in the place of defaults, where there is that option

    seed: int = setting(0, "seed of the search and the trials: initialisation and shuffling", least=0, most=MAX_SEED)
    # Where the data come from may change; their fingerprint is part of the identity.
    data: str = setting("embedded", "embedded | folder:DIR | idx:DIR | npz:FILE | tfds:NAME", identity=False)
    tfds_dir: str | None = setting(None, "where TFDS keeps its sets (default: TFDS's own)", identity=False, path=True)
    image_size: tuple[int, ...] = setting(
        (), "height and width of folder:DIR's pictures, or one number for both; else as the first ones suggest"
    )
    test_share: float | None = setting(
        None, "share of images held out to test on, where data have no test set (default: 0.2)"
    )
    test_seed: int = setting(0, "seed of the draw of those test images", least=0, most=MAX_SEED)
    data_seed: int = setting(0, "seed of the draw of the splits; nothing else depends on it", least=0, most=MAX_SEED)
    train_size: int | float | None = setting(
        None, "training images: a number, or a share such as 0.6 (default: 1000)", usual=1000
    )
    epoch_valid_size: int | float | None = setting(
        None, "images that early stopping looks at after each epoch, likewise (default: 2000)", usual=2000
    )
    trial_valid_size: int | float | None = setting(
        None, "images whose accuracy is a trial's objective, likewise (default: 5000)", usual=5000
    )
    stratify: bool = setting(False, "draw each class into each split by its share, not as they come")
    batch_size: int = setting(32, "images per training step", least=1)
    patience: int = setting(5, "epochs without improvement on epoch-valid that end a trial", least=1)
    loss: str = setting("cross_entropy", "data term of the loss", choices=LOSS_NAMES)
    penalty_n: str = setting("batch", "n in lambda / n: batch (its size), train (the training-set size), a number")
    penalty_scope: str = setting("kernels", "what is penalized: kernels, or all parameters", choices=SCOPE_NAMES)
    l1_ratio: float = setting(0.5, "share of L1 in the elastic net, 0..1")
    out: str = setting("runs/search", "run folder", identity=False, path=True)
    lang: str = setting("en", "language of the report and of the answer", identity=False, choices=LANGUAGES)
    workers: int | None = setting(
        None,
        "processes that share the runs, one core or GPU each (default: as many as there are)",
        identity=False,
        least=1,
    )
    population: int | None = setting(
        None,
        "runs of one kind that a process trains in one program (default: 1 on a CPU, else by memory)",
        identity=False,
        least=1,
    )
    storage: str | None = setting(
        None,
        "journal:FILE | folder:DIR | SQLAlchemy URL | grpc://HOST:PORT (default: SQLite in the run folder)",
        identity=False,
    )
    study_name: str = setting("jaxreg", "name of the runs in their storage")
    share: str | None = setting(None, "I/N: with --storage folder:DIR, the I-th of N shares only", identity=False)
    compile_cache: bool = setting(True, "keep compiled programs in the user's cache folder", identity=False)

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            if "least" in spec.metadata and not (spec.default is None and getattr(self, spec.name) is None):
                self._check_integer(spec.name, spec.metadata["least"], spec.metadata.get("most"))
            if "usual" in spec.metadata:
                self._check_size(spec.name)
            if "choices" in spec.metadata:
                self._check_choice(spec.name, spec.metadata["choices"])
            if isinstance(spec.default, bool) and not isinstance(getattr(self, spec.name), bool):
                raise self._refusal(spec.name, "True or False")
            if isinstance(getattr(self, spec.name), str):
                self._check_text(spec.name)
                if "path" in spec.metadata:
                    object.__setattr__(self, spec.name, expanded(getattr(self, spec.name), option(spec.name)))
        if not (is_number(self.l1_ratio) and (self.l1_ratio in (0, 1) or 1e-6 <= self.l1_ratio <= 1 - 1e-6)):
            raise self._refusal("l1_ratio", "0, 1 or a number in 1e-6..0.999999")
        sides = self.image_size
        if len(sides) > 2 or any(
            isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_COUNT for n in sides
        ):
            raise self._refusal("image_size", "one or two integers of at least 1, HEIGHT WIDTH")
        if self.test_share is not None and not (is_number(self.test_share) and 0 < self.test_share < 1):
            raise self._refusal("test_share", "a share between 0 and 1")
        self._check_name("out")
        self._check_name("study_name")
        object.__setattr__(self, "storage", expanded_storage(self.storage))
        self._check_share()
        self.penalty_divisor  # noqa: B018  (its check)

    @property
    def penalty_divisor(self) -> float:
        """Returns n in lambda / n as a number."""
        if self.penalty_n in ("batch", "train"):
            return self.batch_size if self.penalty_n == "batch" else self.sizes.train
        try:
            n = float(self.penalty_n)
        except ValueError:
            n = math.nan
        if not 1e-20 <= n <= 1e20:
            raise self._refusal("penalty_n", "batch, train or a number in 1e-20..1e20")
        return n

    @property
    def usual_sizes(self) -> SplitSizes:
        """Returns what the splits have where it is not given, and there are as many images."""
        from jaxreg.data import SplitSizes  # NumPy: nothing that --help needs

        tiny = self.tiny if getattr(self, "smoke", False) else {}
        specs = [spec for spec in dataclasses.fields(self) if "usual" in spec.metadata]
        return SplitSizes(*(tiny.get(spec.name, spec.metadata["usual"]) for spec in specs))

    @property
    def sizes(self) -> SplitSizes:
        """Returns the sizes of the splits; one that depends on data not yet known (`problem.settle`) is the usual."""
        asked = (self.train_size, self.epoch_valid_size, self.trial_valid_size)
        usual = self.usual_sizes
        return type(usual)(*(a if isinstance(a, int) else u for a, u in zip(asked, usual, strict=True)))

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values; a password in the storage URL is hidden."""
        given = {spec.name: getattr(self, spec.name) for spec in dataclasses.fields(self)}
        values = {name: list(v) if isinstance(v, tuple) else v for name, v in given.items()}
        return values | {"storage": hide_password(self.storage)}

    @property
    def part(self) -> tuple[int, int]:
        """Returns the index, from 0, and the number of shares that `--share` says."""
        index, _, count = (self.share or "1/1").partition("/")
        return int(index) - 1, int(count)

    @property
    def only_in_python(self) -> tuple[str, ...]:
        """Returns what of these settings a command line cannot name."""
        return (f"arrays ({self.data})",) if self.data.startswith("arrays:") else ()

    def effective(self) -> Self:
        """Returns these settings, or with `--smoke` the tiny ones wherever a setting is at its default.

        Sizes of splits are not yet set by it: the tiny ones are then the usual.
        """
        defaults = {spec.name: spec.default for spec in dataclasses.fields(self) if "usual" not in spec.metadata}
        tiny = self.tiny.items() if getattr(self, "smoke", False) else ()
        return dataclasses.replace(self, **{k: v for k, v in tiny if k in defaults and getattr(self, k) == defaults[k]})

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run can only be continued with unchanged."""
        values = self.settings()
        return {spec.name: values[spec.name] for spec in dataclasses.fields(self) if spec.metadata["identity"]}

    def command(self) -> str:
        """Returns the command line that starts the same again, with only what differs from the defaults.

        Of what is in Python only there is no such line, and it says so as a shell's comment.
        """
        if self.only_in_python:
            return f"# the same call in Python with the same {' and '.join(self.only_in_python)}"
        words = ["python", self.script]
        values = self.settings()
        usual = {f"{name}_size": size for name, size in self.usual_sizes._asdict().items()}
        for spec in dataclasses.fields(self):
            if getattr(self, spec.name) not in (spec.default, usual.get(spec.name, spec.default)):
                again = spec.metadata.get("again")
                for value in values[spec.name] if again else [values[spec.name]]:
                    words += _words(again or spec.name, value)
        return shlex.join(words)

    def _check_integer(self, name: str, low: int, high: int | None = None) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= (high or MAX_COUNT):
            few = high is None and not (isinstance(value, int) and value > MAX_COUNT)
            allowed = f"an integer of at least {low}" if few else f"an integer in {low}..{high or MAX_COUNT}"
            raise self._refusal(name, allowed)

    def _check_size(self, name: str) -> None:
        value = getattr(self, name)
        whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COUNT
        if not (value is None or whole or (isinstance(value, float) and 0 < value < 1)):
            raise self._refusal(name, f"a number of images in 1..{MAX_COUNT}, or a share of them between 0 and 1")

    def _check_name(self, name: str) -> None:
        if not getattr(self, name).strip():
            raise self._refusal(name, "a name that is not empty")

    def _check_share(self) -> None:
        if self.share is None:
            return
        match = re.fullmatch("([0-9]{1,9})/([0-9]{1,9})", self.share)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise self._refusal("share", "I/N with I in 1..N, such as 3/16")
        if not (self.storage or "").startswith("folder:"):
            raise self._refusal("share", "none but with --storage folder:DIR, as others share runs by themselves")

    def _check_text(self, name: str) -> None:
        try:
            getattr(self, name).encode()
        except UnicodeEncodeError:  # config.json could not hold it
            raise self._refusal(name, "text in Unicode") from None

    def _check_choice(self, name: str, choices: Sequence[str]) -> None:
        value = getattr(self, name)
        chosen = (value,) if isinstance(value, str) else tuple(value)
        if not chosen or any(c not in choices for c in chosen) or len(set(chosen)) < len(chosen):
            several = "" if isinstance(value, str) else "one or more different ones of "
            raise self._refusal(name, several + ", ".join(choices))

    def _refusal(self, name: str, allowed: str) -> InputError:
        value = getattr(self, name)
        shown = " ".join(map(str, value)) if isinstance(value, tuple | list) else value
        return InputError(f"{option(name)} {shown}: allowed is {allowed}")


@dataclass(frozen=True)
class ProblemConfig(TrainingConfig):
    """The settings of every experiment that compares methods, each over the ranges of its hyperparameters."""

    # The identity names it where it is another than that of older runs.
    metric: str = setting(
        "accuracy", "by which epochs and trials are the best; a mean over images", choices=METRIC_NAMES, identity=False
    )
    costs: str | None = setting(
        None,
        "CSV file of what each confusion costs, a row for each true class, for --metric cost",
        identity=False,
        path=True,
    )
    max_epochs: int | None = setting(None, "upper bound on a trial's epochs (default: none)", least=1)
    activation: str = setting("relu", "activation after the convolutions", choices=ACTIVATION_NAMES)
    norm_types: tuple[str, ...] = setting(("none", "batch", "layer"), "normalizations, of: {}", names="norm_type")
    reg_types: tuple[str, ...] = setting(("none", "l1", "l2", "elastic"), "regularizers, of: {}", names="reg_type")
    # In Python, methods themselves too: values of `jaxreg.Method`.
    methods: tuple[str | Any, ...] = setting(
        (), "Python files of yours with more methods; they are run", identity=False
    )
    network: str | None = setting(
        None,
        "FILE.py:NAME, a Flax module of yours in the place of the study's network; the file is run",
        identity=False,
    )
    lambda_range: tuple[float, float] = setting((1e-6, 1e-2), "range of lambda, log scale", metavar=("LOW", "HIGH"))
    learning_rate_range: tuple[float, float] = setting(
        (5e-4, 1e-2), "range of the learning rate, log scale", metavar=("LOW", "HIGH")
    )

    # Of an instance: the costs, its methods, and the files of methods and of the network as they were when it was made.
    cost_table: ClassVar[Costs]
    own: ClassVar[tuple[Own, ...]]
    own_network: ClassVar[OwnNetwork | None]

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.metric == "cost") != (self.costs is not None):
            raise InputError("--metric cost and --costs FILE: allowed is both or neither")
        object.__setattr__(self, "cost_table", () if self.costs is None else read_costs(self.costs))
        given = (expanded(own, "--methods") if isinstance(own, str) else own for own in self.methods)
        object.__setattr__(self, "methods", tuple(given))
        object.__setattr__(self, "own", own_methods(self.methods))
        object.__setattr__(self, "own_network", None if self.network is None else own_network(self.network))
        for factor, name in FACTORS.items():
            if not self._leaves_out(factor):
                self._check_choice(name, tuple(find_methods(factor, self.own) if self.own else shipped_names(factor)))
        if self.network is not None and self.activation != "relu":
            raise InputError(f"--activation {self.activation}: none with --network, which has its own activations")
        for name in RANGES.values():
            self._check_range(name)

    @property
    def comparison(self) -> Comparison:
        """Returns the methods that are compared and the ranges of their hyperparameters."""
        from jaxreg import compile_cache  # noqa: F401  (first, as it says which of JAX's variables is wrong)
        from jaxreg.methods.comparison import compare  # JAX: nothing that --help needs

        named = ((factor, tuple(getattr(self, name))) for factor, name in FACTORS.items())
        factors = tuple((factor, names) for factor, names in named if names)
        ranges = tuple((param, tuple(getattr(self, name))) for param, name in RANGES.items())
        return compare(factors, ranges, self.own, self.own_network)

    def settings(self) -> dict[str, Any]:
        """Returns all settings as JSON values, methods by their names, without such as an own network does not have."""
        named = {"methods": [own.path for own in self.own]}
        return super().settings() | named | ({} if self.network is None else {"activation": None})

    @property
    def only_in_python(self) -> tuple[str, ...]:
        """Returns what of these settings a command line cannot name: arrays and methods made in Python."""
        made = [own.path for own in self.own if isinstance(own, OwnMethod)]
        return super().only_in_python + ((f"methods ({', '.join(made)})",) if made else ())

    def identity(self) -> dict[str, Any]:
        """Returns the settings that a run can only be continued with unchanged, ranges of methods and own files too."""
        space = {name: list(given[:3]) for name, given in self.comparison.space.items() if name not in RANGES}
        own = {"methods_sha256": [file.sha256 for file in self.own]} if self.own else {}
        given = self.own_network
        network = {"network": given.name, "network_sha256": given.file.sha256} if given else {}
        metric: dict[str, Any] = {"metric": self.metric} if self.metric != "accuracy" else {}
        if self.cost_table:
            metric["costs"] = [list(row) for row in self.cost_table]
        return super().identity() | ({"space": space} if space else {}) | own | network | metric

    @property
    def notes(self) -> tuple[str, ...]:
        """Returns what is to be said of these settings before anything runs."""
        return tuple(
            f"--network {self.network}: it has no field {VARIED[factor]}; {option(name)} is left out of the comparison"
            for factor, name in FACTORS.items()
            if not getattr(self, name)
        )

    def _leaves_out(self, factor: str) -> bool:
        """Leaves out a factor that the network cannot vary, or refuses it where it was asked for; says whether."""
        from jaxreg import compile_cache  # noqa: F401  (first, as it says which of JAX's variables is wrong)

        name = FACTORS[factor]
        if self.own_network is None or factor not in VARIED or VARIED[factor] in fields_of(self.own_network.cls):
            return False
        given, default = getattr(self, name), next(s.default for s in dataclasses.fields(self) if s.name == name)
        if given != () and given is not default:  # given in so many words, be it the same as the default
            lacks = f"none with --network {self.network}, which has no field {VARIED[factor]}"
            raise self._refusal(name, lacks)
        object.__setattr__(self, name, ())
        return True

    def bounds(self, name: str) -> tuple[float, float]:
        """Returns the least and the greatest value of a range's hyperparameter that float32 holds as it is used.

        What is recorded is a value as a float64; training takes the float32 next to it, 6e-8 of it away at most.
        """
        param = next(param for param, own in RANGES.items() if own == name)
        methods = [m for _, methods in self.comparison.factors for m in methods if param in m.space]
        used = [m.traced(dict.fromkeys(m.space, 1.0), self.reading) for m in methods]
        factors = [1.0, *(abs(factor) for numbers in used for factor in numbers.values() if factor)]
        return LEAST_FLOAT32 / min(factors), MOST_FLOAT32 / max(factors)

    @property
    def reading(self) -> Reading:
        """Returns how the study reads lambda."""
        from jaxreg.methods.method import Reading

        return Reading(self.penalty_divisor, self.l1_ratio, self.penalty_scope)

    def _check_range(self, name: str) -> None:
        """Refuses a range that is none, or whose values float32 cannot hold as they are used."""
        value = getattr(self, name)
        if not (len(value) == 2 and all(map(is_number, value)) and 0 < value[0] < value[1]):
            raise self._refusal(name, "two finite numbers LOW HIGH with 0 < LOW < HIGH")
        low, high = self.bounds(name)
        if not low <= value[0] < value[1] <= high:
            raise self._refusal(name, f"LOW and HIGH in {low:.2g}..{high:.2g}, which float32 holds as they are used")


def option(name: str) -> str:
    """Returns the command-line option of a setting: train_size -> --train-size."""
    return "--" + name.replace("_", "-")


def is_number(value: object) -> bool:
    """Returns whether a value is a finite number; True and False are none."""
    finite = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -finite <= value <= finite


def expanded_storage(storage: str | None) -> str | None:
    """Returns what names a storage, with a leading ~ of a file's path as the home folder."""
    match = re.fullmatch("(journal:|folder:|sqlite[^:]*:///)(~.*)", storage or "", re.DOTALL)
    return match[1] + expanded(match[2], "--storage") if match else storage


def _words(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [option(name if value else f"no_{name}")]
    if isinstance(value, list):  # an empty one is what the settings left out by themselves
        return [option(name), *map(str, value)] if value else []
    if str(value).startswith("-"):  # apart, it would be read as an option
        return [f"{option(name)}={value}"]
    return [option(name), str(value)]


def hide_password(url: str | None) -> str | None:
    """Returns a storage URL without the password in it, be it before the host or among the parameters."""
    if url is None:
        return None
    url = re.sub(r"^([^:/]+://[^:/@]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)([?&](?:password|passwd)=)[^&]*", r"\1***", url)


def without_password(said: str, address: str) -> str:
    """Returns a message without the storage's password, should a library have put it there."""
    said = said.replace(address, hide_password(address) or "")
    found = re.findall(r"^[^:/]+://[^:/@]*:(.*)@|(?i:[?&](?:password|passwd)=)([^&]*)", address)
    for secret in sorted({word for groups in found for word in groups if word}, key=len, reverse=True):
        for form in {secret, unquote(secret)}:
            said = said.replace(form, "***")
    return said
