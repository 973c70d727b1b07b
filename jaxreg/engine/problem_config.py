"""The settings of what compares methods: which, over which ranges, and by what; typed, checked, light to import."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jaxreg.engine.config import LEAST_FLOAT32, MOST_FLOAT32, TrainingConfig
from jaxreg.engine.costs import Costs, read_costs
from jaxreg.engine.setting import COMPARED, MOST_USED, TRAINING, is_number, option, setting
from jaxreg.errors import InputError
from jaxreg.files import expanded
from jaxreg.methods import Own, find_methods, own_methods, shipped_names
from jaxreg.own import OwnMethod, OwnNetwork, fields_of, own_network
from jaxreg.text import Text

if TYPE_CHECKING:
    from jaxreg.methods.comparison import Comparison
    from jaxreg.methods.method import Reading

ACTIVATION_NAMES = ("relu", "leaky_relu", "sigmoid", "tanh")
METRIC_NAMES = ("accuracy", "balanced_accuracy", "log_loss", "brier", "cost")
FACTORS = {"norm_type": "norm_types", "reg_type": "reg_types"}  # a factor's name, and the option of its methods
VARIED = {"norm_type": "normalization"}  # the field of a network without which a factor is left out of the comparison
RANGES = {"reg_lambda": "lambda_range", "learning_rate": "learning_rate_range"}  # likewise of hyperparameters
LEFT_OUT = Text(
    "--network {network}: it has no field {field}; {option} is left out of the comparison",
    "--network {network}: {field} 필드가 없어 {option} 비교는 뺍니다",
)
LOW_HIGH = Text("two finite numbers LOW HIGH with 0 < LOW < HIGH", "0 < 낮은 값 < 높은 값인 유한한 두 수")


@dataclass(frozen=True)
class ProblemConfig(TrainingConfig):
    """The settings of every experiment that compares methods, each over the ranges of its hyperparameters."""

    # The identity names it where it is another than that of older runs.
    metric: str = setting(
        "accuracy",
        Text(
            "by which epochs and trials are the best; a mean over images",
            "최고 에포크와 시도를 정하는 지표, 이미지에 걸친 평균",
        ),
        TRAINING,
        choices=METRIC_NAMES,
        identity=False,
    )
    costs: str | None = setting(
        None,
        Text(
            "CSV file of what each confusion costs, a row for each true class, for --metric cost",
            "오답마다의 손해를 적은 CSV 파일, 정답 클래스마다 한 줄(--metric cost)",
        ),
        TRAINING,
        identity=False,
        path=True,
    )
    max_epochs: int | None = setting(
        None,
        Text("upper bound on a trial's epochs (default: none)", "시도의 최대 에포크 (기본값: 없음)"),
        TRAINING,
        least=1,
    )
    activation: str = setting(
        "relu",
        Text("activation after the convolutions", "합성곱 뒤의 활성화 함수"),
        TRAINING,
        choices=ACTIVATION_NAMES,
    )
    norm_types: tuple[str, ...] = setting(
        ("none", "batch", "layer"), Text("normalizations, of: {}", "정규화, 다음 중: {}"), MOST_USED, names="norm_type"
    )
    reg_types: tuple[str, ...] = setting(
        ("none", "l1", "l2", "elastic"), Text("regularizers, of: {}", "규제, 다음 중: {}"), MOST_USED, names="reg_type"
    )
    # In Python, methods themselves too: values of `jaxreg.Method`.
    methods: tuple[str | Any, ...] = setting(
        (),
        Text("Python files of yours with more methods; they are run", "직접 만든 방법이 있는 파이썬 파일(실행됩니다)"),
        COMPARED,
        identity=False,
    )
    network: str | None = setting(
        None,
        Text(
            "FILE.py:NAME, a Flax module of yours in the place of the study's network; the file is run",
            "파일.py:이름, 이 연구의 신경망 대신 쓸 Flax 모듈(파일이 실행됩니다)",
        ),
        COMPARED,
        identity=False,
    )
    lambda_range: tuple[float, float] = setting(
        (1e-6, 1e-2), Text("range of lambda, log scale", "lambda의 범위(로그)"), COMPARED, metavar=("LOW", "HIGH")
    )
    learning_rate_range: tuple[float, float] = setting(
        (5e-4, 1e-2),
        Text("range of the learning rate, log scale", "학습률의 범위(로그)"),
        COMPARED,
        metavar=("LOW", "HIGH"),
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
    def notes(self) -> tuple[Text, ...]:
        """Returns what is to be said of these settings before anything runs."""
        return tuple(
            LEFT_OUT.format(network=self.network, field=VARIED[factor], option=option(name))
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
        known = find_methods(factor, self.own)
        asked = [name for name in given if name not in known or not known[name].is_nothing]
        if asked and given is not default:  # in so many words, be it the same as that
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
            raise self._refusal(name, LOW_HIGH)
        low, high = self.bounds(name)
        if not low <= value[0] < value[1] <= high:
            raise self._refusal(name, f"LOW and HIGH in {low:.2g}..{high:.2g}, which float32 holds as they are used")
