"""What a run writes down about itself before it starts. No JAX."""

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import vae_jax
from vae_jax.dataset import Dataset

PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "ml-collections",
    "numpy",
    "scikit-learn",
)


def make_record(config: dict[str, Any], datasets: Sequence[Dataset]) -> dict[str, Any]:
    """Config, command, versions, platform and each program's data, as plain JSON."""
    return {
        "config": config,
        "data": {f"program_{i}": describe(data) for i, data in enumerate(datasets)},
        "command": shlex.join([os.path.basename(sys.executable), *sys.argv]),
        "versions": {"vae_jax": vae_jax.__version__, **package_versions()},
        "platform": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "xla_flags": os.environ.get("XLA_FLAGS", ""),
        },
    }


def describe(dataset: Dataset) -> dict[str, Any]:
    """What a program's members were trained and tested on."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "train": len(dataset.train),
        "valid": len(dataset.valid),
        "test": len(dataset.test),
        "shape": list(dataset.shape),
        "levels": dataset.levels,
        "pixels": dataset.pixels,
    }


def package_versions() -> dict[str, str]:
    """Versions of the packages that can change a number."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
