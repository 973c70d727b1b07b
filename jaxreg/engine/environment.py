"""Where a study ran: versions and machine, kept with its results because bits depend on them."""

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from typing import Any

import jax

from jaxreg.compile_cache import processor, threads
from jaxreg.engine.config import TrainingConfig
from jaxreg.engine.jax_settings import others
from jaxreg.engine.run_folder import WAS
from jaxreg.errors import InputError
from jaxreg.text import Text, joined, note

PACKAGES = ("jaxreg", "jax", "jaxlib", "flax", "optax", "optuna", "orbax-checkpoint", "numpy", "scipy", "matplotlib")
# Beside XLA_FLAGS, what of the environment decides how XLA computes: its threads, and what its libraries round.
VARIABLES = ("NPROC", "PJRT_NPROC", "NVIDIA_TF32_OVERRIDE", "LIBTPU_INIT_ARGS", "ONEDNN_MAX_CPU_ISA")

VECTORS = ("avx", "fma", "amx", "asimd", "sve")  # of processors of one name some have more than others

SINCE = Text(
    "since {out} was left, {changes}: what runs now may be rounded otherwise",
    "{out}: 멈춘 뒤 달라진 것이 있어 지금부터의 실행은 반올림이 다를 수 있습니다({changes})",
)


def run_config(
    config: TrainingConfig, identity: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Returns the content of config.json: the settings of a run and where it ran, and before that where it began.

    `kept` is the folder's config.json where the run is continued; another machine than there is said on standard error.
    """
    here = {"versions": versions(), "machine": machine()}
    earlier = list(kept.get("earlier", [])) if kept else []
    if kept and (changes := _changes(kept, here)):
        earlier.append({name: kept.get(name) for name in here})
        note(SINCE.format(out=config.out, changes=changes), config.lang)
    return {
        "settings": config.settings(),
        "command": config.command(),
        "data_fingerprint": identity["data_fingerprint"],
        **here,
        "earlier": earlier,
        "identity": dict(identity),
    }


def _changes(kept: Mapping[str, Any], here: Mapping[str, Mapping[str, Any]]) -> Text | None:
    """Returns in words what of versions and machine is not as it was, of what was recorded then, if anything."""
    changes = [
        WAS.format(name=name, kept=str(kept[part][name]), now=str(value))
        for part, values in here.items()
        for name, value in values.items()
        if kept.get(part, {}).get(name, value) != value
    ]
    return joined(changes, ", ") if changes else None


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that decide a result."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def machine() -> dict[str, Any]:
    """Returns what of the machine may change the bits of a result: threads, devices, settings of compilers."""
    names = [line for line in processor() if line.startswith("model name")]
    return {
        "platform": platform.platform(),
        "processor": names[0].split(":", 1)[1].strip() if names else platform.processor(),
        "vectors": _vectors(),
        "threads": threads(),
        "devices": _devices(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "jax_settings": others(),
    }


def _vectors() -> str:
    """Returns the processor's instructions on vectors, which decide in what order sums are added; Linux's names."""
    lines = [line.split(":", 1) for line in processor() if line.startswith(("flags", "Features"))]
    return " ".join(sorted({flag for _, flags in lines for flag in flags.split() if flag.startswith(VECTORS)}))


def _devices() -> list[str]:
    try:
        return [device.device_kind for device in jax.devices()]
    except (RuntimeError, AssertionError) as error:  # the latter for cuda without its plugin
        asked = os.environ.get("JAX_PLATFORMS", "")
        reason = (str(error).splitlines() or [""])[0] or "it is not installed"
        raise InputError(
            f"JAX_PLATFORMS={asked}: JAX cannot use it here ({reason}); "
            "install it (.[cuda12], .[cuda13] or .[tpu]), or unset JAX_PLATFORMS"
        ) from None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
