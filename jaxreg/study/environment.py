"""Where a study ran: versions and machine, kept with its results because bits depend on them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from typing import Any

import jax

from jaxreg.compile_cache import visible_cores
from jaxreg.study.config import TrainingConfig

PACKAGES = ("jaxreg", "jax", "jaxlib", "flax", "optax", "optuna", "orbax-checkpoint", "numpy", "scipy", "matplotlib")


def run_config(config: TrainingConfig, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the content of config.json: the settings of a run and where it ran."""
    return {
        "settings": config.settings(),
        "command": config.command(),
        "data_fingerprint": identity["data_fingerprint"],
        "versions": versions(),
        "machine": machine(),
        "identity": dict(identity),
    }


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that decide a result."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def machine() -> dict[str, Any]:
    """Returns what of the machine may change the bits of a result: cores that JAX sees, devices, XLA flags."""
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": visible_cores(),
        "devices": [device.device_kind for device in jax.devices()],
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor()
